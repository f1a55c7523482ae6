"""What a need that rides a pipe is worth: CO2 avoided and EUR at the gate, without counting a tonne twice.

Captured is not avoided: the energy of capture, the leaks and the transport are taken off. What hydrogen,
power or heat emits where it is made is charged to the need that uses it (the system view). The direct view, that
of emission trading, leaves out what making power and hydrogen emits. Both stand side by side; the scenario says
which one counts. Biogenic CO2 that is stored stands apart and is never netted.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

import pandas as pd

from infraplan.assumptions import Assumptions
from infraplan.errors import AssumptionError, DesignError, Problem
from infraplan.model import Scenario
from infraplan.needs import PIPED_HEAT_BANDS, Range, look_up, look_up_year, subjects_of
from infraplan.tables import HEAT_BANDS

COLUMNS = (
    "place_id",
    "kind",
    "sector",
    "process",
    "carrier",
    "role",
    "band",
    "pathway",
    "family",
    "amount_low",
    "amount",
    "amount_high",
    "unit",
    "avoided_t_per_unit",
    "avoided_kt_per_a",
    "avoided_system_kt_per_a",
    "avoided_direct_kt_per_a",
    "gross_kt_per_a",
    "worth_eur_per_unit",
    "worth_fixed_eur_per_unit",
    "worth_per_co2_value",
    "biogenic_kt_per_a",
    "biogenic_stored_kt_per_a",
)
VIEWS = ("system", "direct")
_TOLERANCE = 1e-9
_SHARE_TOLERANCE = 1e-6
_MIX = "mix_share"
# items of an account that follow from the needs alone
_UNRATED = ("stack", "heat_source", "avoided")


@dataclass(frozen=True)
class Account:
    """What each need avoids and is worth, item by item, one row per need of ``credit``.

    avoided : [kt/a] in the view of the scenario; the items add to avoided_kt_per_a.
    fixed : [EUR/unit]; the items add to worth_fixed_eur_per_unit. per_co2 : [t/unit]; to worth_per_co2_value.
    """

    avoided: pd.DataFrame
    fixed: pd.DataFrame
    per_co2: pd.DataFrame


class _Numbers:
    """The assumptions of one year, and the rates made of them: one number per row of a table of needs."""

    def __init__(self, assumptions: Assumptions, year: int) -> None:
        self._assumptions = assumptions
        self._year = year
        self._by_year: dict[tuple[str, str], Range] = {}

    def get(self, subject: str | tuple[str, str], parameter: str, unit: str) -> Range:
        return look_up(self._assumptions, subject, parameter=parameter, unit=unit)

    def at(self, subject: str, prefix: str, unit: str) -> Range:
        if (subject, prefix) not in self._by_year:
            found = look_up_year(self._assumptions, subject, prefix=prefix, unit=unit, year=self._year)
            self._by_year[subject, prefix] = found
        return self._by_year[subject, prefix]

    def h2_t_per_mwh(self) -> Range:
        """What making and bringing hydrogen emits [t/MWh]: the year's mix of where it comes from."""
        origins = _origins(self._assumptions)
        shares = {origin: self.at(origin, _MIX, "share") for origin in origins}
        total = math.fsum(share.value for share in shares.values())
        if abs(total - 1.0) > _SHARE_TOLERANCE:
            raise AssumptionError(
                Problem(
                    f"the hydrogen mix of {self._year} adds to {total:g}, not to 1",
                    f"Make the rows {_MIX}_<year> of {', '.join(origins) or 'where hydrogen comes from'} add to 1",
                    "data/assumptions",
                )
            )
        parts = [shares[origin] * self.at(origin, "emission_factor", "t_per_mwh") for origin in origins]
        return reduce(operator.add, parts)

    def steam_t_per_t(self, of: tuple[str, str]) -> Range:
        """CO2 of the extra fossil steam that capture takes [t per t captured]."""
        steam_mwh_per_t = self.get(of, "pure_stream_share", "share").rest() * self.at(
            "co2", "capture_heat", "mwh_per_t"
        )
        burned = steam_mwh_per_t * self.get(of, "capture_steam_fossil_share", "share")
        return burned * self.get("gas", "emission_factor", "t_per_mwh") / self.get("heat", "boiler_efficiency", "share")

    def rate(self, item: str, process: str, pathway: str) -> Range:
        """What an item of an account comes to per unit, or per MWh of the power that it is about."""
        of = subjects_of(process, pathway)
        made: Mapping[str, Callable[[], Range]] = {
            "leak": lambda: self.get("co2", "leak_share", "share"),
            "transport": lambda: self.get("co2", "transport_emission", "t_per_t"),
            "steam": lambda: self.steam_t_per_t(of),
            "origin": self.h2_t_per_mwh,
            "pumping": lambda: (
                self.get("heat", "electricity_per_heat", "1") * self.at("electricity", "emission_factor", "t_per_mwh")
            ),
            "power": lambda: self.at("electricity", "emission_factor", "t_per_mwh"),
            "removal": lambda: self.get("co2", "removal_credit", "share"),
            "capture": lambda: self.get(of, "capture_cost", "eur_per_t"),
            "gas": lambda: self.get(of, "h2_gas_saved", "1") * self.at("gas", "price", "eur_per_mwh"),
            "coal": lambda: self.get(of, "h2_coal_saved", "1") * self.at("coal", "price", "eur_per_mwh"),
            "support": lambda: self.get("h2", "support", "eur_per_mwh"),
            "conversion": lambda: self.get(of, "h2_conversion_cost", "eur_per_mwh"),
            "bought_power": lambda: self.at("power", "price", "eur_per_mwh"),
            "boiler": lambda: self.at("gas", "price", "eur_per_mwh") / self.get("heat", "boiler_efficiency", "share"),
            "home_boiler": lambda: (
                self.at("gas", "price", "eur_per_mwh") / self.get("heat_area", "boiler_efficiency", "share")
            ),
            "station": lambda: self.get("heat", "station_cost", "eur_per_mwh"),
            "moving": lambda: self.get("heat", "electricity_per_heat", "1") * self.at("power", "price", "eur_per_mwh"),
            "retail": lambda: self.get("heat_area", "retail_premium", "eur_per_mwh"),
            "distribution": lambda: self.get("heat_area", "distribution_cost", "eur_per_mwh"),
            "source": lambda: self.get(of, "heat_source_cost", "eur_per_mwh"),
        }
        return made[item]()

    def rates(self, item: str, needs: pd.DataFrame) -> pd.Series[float]:
        """The rate of each need's process and pathway."""
        return self._spread(needs, lambda way: self.rate(item, *way))

    def by_way(self, needs: pd.DataFrame, parameter: str, unit: str) -> pd.Series[float]:
        """The number of each need's process and pathway."""
        return self._spread(needs, lambda way: self.get(subjects_of(*way), parameter, unit))

    def _spread(self, needs: pd.DataFrame, find: Callable[[tuple[str, str]], Range]) -> pd.Series[float]:
        ways = list(zip(needs["process"], needs["pathway"], strict=True))
        values = {way: find(way).value for way in set(ways)}
        return pd.Series([values[way] for way in ways], index=needs.index, dtype=float)


def _origins(assumptions: Assumptions) -> list[str]:
    """Where the hydrogen of the mix comes from."""
    return sorted({subject for subject, parameter in assumptions.rows if parameter.startswith(f"{_MIX}_")})


def credit(needs: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int) -> pd.DataFrame:
    """Say what each need that rides a pipe of the scenario's carriers avoids and is worth at the gate.

    Parameters
    ----------
    needs : table of ``needs.estimate`` for the same scenario and year, electricity included.

    Returns
    -------
    Table with ``COLUMNS``, one row per need. A unit is a tonne of CO2 in the pipe or a MWh.
    avoided_kt_per_a [kt/a] is fossil CO2 avoided by the whole amount in the view of the scenario,
    avoided_t_per_unit [t/t or t/MWh] per unit; avoided_system_kt_per_a and avoided_direct_kt_per_a are both views.
    biogenic_kt_per_a is in the pipe, biogenic_stored_kt_per_a what reaches the store; neither counts as avoided.
    gross_kt_per_a [kt/a] is the upper bound if the whole process followed the pathway. Worth [EUR/unit] is
    worth_fixed_eur_per_unit + worth_per_co2_value [t/unit] x CO2 value [EUR/t]. Heat supply avoids nothing
    itself (the user of the heat does) and is worth minus its cost.

    Raises
    ------
    AssumptionError
        If a number is missing or the hydrogen mix of the year does not add to 1.
    DesignError
        If the needs of a place would avoid more than the place emits.

    Source: avoided = captured x (1 - leak) - energy x emission factor, so avoided < captured (IPCC 2005,
    Special Report on Carbon Dioxide Capture and Storage); hydrogen and heat avoid the fuel they replace
    (emission factors of IPCC 2006, vol. 2, table 1.4) minus what making and moving them emits.
    """
    return keep_account(needs, assumptions, scenario, year)[0]


def keep_account(
    needs: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int
) -> tuple[pd.DataFrame, Account]:
    """Return the table of ``credit`` and the account that its figures are the sums of."""
    numbers = _Numbers(assumptions, year)
    table = needs.reset_index(drop=True)
    items = {view: _avoided(table, numbers, view) for view in VIEWS}
    for view in VIEWS:
        table["avoided_kt_per_a"] = table[f"avoided_{view}_kt_per_a"] = items[view].sum(axis=1)
        _refuse_double_counting(table)
    table["avoided_kt_per_a"] = table[f"avoided_{scenario.co2_view}_kt_per_a"]
    table["biogenic_stored_kt_per_a"] = table["biogenic_kt_per_a"] * _kept(numbers)
    table = table[table["carrier"].isin(scenario.carriers) & _rides(table)].copy()
    table["avoided_t_per_unit"] = table["avoided_kt_per_a"] / table["amount"]
    table["gross_kt_per_a"] = table["avoided_kt_per_a"] / table["share"]
    fixed, per_co2 = _worth(table, numbers, needs)
    table["worth_fixed_eur_per_unit"] = fixed.sum(axis=1)
    table["worth_per_co2_value"] = per_co2.sum(axis=1)
    table["worth_eur_per_unit"] = table["worth_fixed_eur_per_unit"] + table["worth_per_co2_value"] * scenario.co2_value(
        year
    )
    kept = table.index
    account = Account(*(t.loc[kept].reset_index(drop=True) for t in (items[scenario.co2_view], fixed, per_co2)))
    return table[list(COLUMNS)].reset_index(drop=True), account


def rate_of(item: str, *, process: str, pathway: str, assumptions: Assumptions, year: int) -> Range | None:
    """Return the rate that an item of an account was reckoned with, its formula in it; None where it has none."""
    if item in _UNRATED:
        return None
    return _Numbers(assumptions, year).rate(item, process, pathway)


def break_even_co2_value(row: Mapping[str, object] | pd.Series, worth_eur_per_unit: float) -> float:
    """CO2 value [EUR/t] at which a need (a row of ``credit``) is worth ``worth_eur_per_unit``; NaN if never.

    >>> row = {"worth_fixed_eur_per_unit": -60.0, "worth_per_co2_value": 0.8}
    >>> round(break_even_co2_value(row, 20.0), 6)
    100.0
    """
    fixed, per_co2 = (float(str(row[name])) for name in ("worth_fixed_eur_per_unit", "worth_per_co2_value"))
    return (worth_eur_per_unit - fixed) / per_co2 if per_co2 > 0.0 else math.nan


def _avoided(needs: pd.DataFrame, numbers: _Numbers, view: str) -> pd.DataFrame:
    """Fossil CO2 avoided [kt/a] by every need, item by item: taken away at the stack minus emitted elsewhere."""
    carrier, amount = needs["carrier"], needs["amount"]
    whole = view == "system"
    grid_t_per_mwh = numbers.at("electricity", "emission_factor", "t_per_mwh").value if whole else 0.0
    items = ("stack", "leak", "transport", "steam", "origin", "pumping", "heat_source", "power")
    parts = pd.DataFrame(0.0, index=needs.index, columns=list(items))

    co2, h2 = carrier == "co2", carrier == "h2"
    heat = (carrier == "heat") & (needs["role"] == "demand") & _rides(needs)
    power = (carrier == "electricity") & (needs["family"] == "electrification")
    counted = co2 | h2 | heat | power
    parts.loc[counted, "stack"] = needs["replaced_kt_per_a"][counted]

    parts.loc[co2, "leak"] = -needs["replaced_kt_per_a"][co2] * numbers.rates("leak", needs[co2])
    parts.loc[co2, "transport"] = -amount[co2] * numbers.rates("transport", needs[co2])
    parts.loc[co2, "steam"] = -amount[co2] * numbers.rates("steam", needs[co2])

    parts.loc[h2, "origin"] = -amount[h2] * (numbers.h2_t_per_mwh().value if whole else 0.0)

    source_mwh_per_mwh, source_t_per_mwh = _heat_sources(needs, numbers)
    if whole:
        parts.loc[heat, "pumping"] = -amount[heat] * numbers.rates("pumping", needs[heat])
    parts.loc[heat, "heat_source"] = -amount[heat] * (source_mwh_per_mwh * grid_t_per_mwh + source_t_per_mwh)

    parts.loc[power, "power"] = -amount[power] * grid_t_per_mwh
    # the power of capture and of a hydrogen furnace is charged to the carrier it comes with
    helped = co2 | h2
    parts.loc[helped, "power"] = -_helping_power_gwh(needs[helped], needs) * grid_t_per_mwh
    return parts


def _rides(needs: pd.DataFrame) -> pd.Series[bool]:
    """Say which needs a pipe can carry: not the hottest heat, and not the steam of capture.

    The solvent boils at 120 degC, as hot as the water in the pipes; and the steam is only needed where the CO2 finds
    its own pipe. Its fossil part is charged to the captured CO2.
    """
    steam = (needs["role"] == "demand") & (needs["family"] == "ccs")
    return (needs["carrier"] != "heat") | (needs["band"].isin(PIPED_HEAT_BANDS) & ~steam)


def _kept(numbers: _Numbers) -> float:
    """Share of the captured CO2 that reaches the store."""
    return 1.0 - numbers.get("co2", "leak_share", "share").value


def _heat_sources(needs: pd.DataFrame, numbers: _Numbers) -> tuple[float, float]:
    """Power lost [MWh] and CO2 [t] per MWh at the sources of piped heat, the mean of what they can give.

    Which source a user gets is not known before the network is designed.
    """
    giving = (needs["carrier"] == "heat") & (needs["role"] == "supply") & (needs["band"] != HEAT_BANDS[0])
    sources = needs[giving & needs["band"].isin(PIPED_HEAT_BANDS)]
    total = float(sources["amount"].sum())
    if total <= 0.0:
        return 0.0, 0.0
    power = numbers.by_way(sources, "heat_source_power_loss", "1")
    emitted = numbers.by_way(sources, "heat_source_emission", "t_per_mwh")
    return float((power * sources["amount"]).sum()) / total, float((emitted * sources["amount"]).sum()) / total


def _helping_power_gwh(clients: pd.DataFrame, needs: pd.DataFrame) -> pd.Series[float]:
    """Electricity [GWh/a] that the same process needs for the same pathway as each client."""
    way = ["place_id", "process", "pathway"]
    power = needs[needs["carrier"] == "electricity"].set_index(way)["amount"]
    keys = pd.MultiIndex.from_frame(clients[way])
    return pd.Series(power.reindex(keys).fillna(0.0).to_numpy(dtype=float), index=clients.index)


def _worth(table: pd.DataFrame, numbers: _Numbers, needs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fixed worth [EUR/unit] and worth per EUR/t of CO2 value [t/unit] of every client, item by item."""
    items = (
        "capture", "gas", "coal", "support", "conversion", "bought_power", "boiler", "home_boiler", "station", "moving",
        "retail", "distribution", "source",
    )  # fmt: skip
    fixed = pd.DataFrame(0.0, index=table.index, columns=list(items))
    per_co2 = pd.DataFrame({"avoided": table["avoided_t_per_unit"], "removal": 0.0})
    co2 = table[table["carrier"] == "co2"]
    fixed.loc[co2.index, "capture"] = -numbers.rates("capture", co2)
    per_co2.loc[co2.index, "removal"] = numbers.rates("removal", co2) * co2["biogenic_kt_per_a"] / co2["amount"]

    h2 = table[table["carrier"] == "h2"]
    for item in ("gas", "coal", "support"):
        fixed.loc[h2.index, item] = numbers.rates(item, h2)
    fixed.loc[h2.index, "conversion"] = -numbers.rates("conversion", h2)
    helping = _helping_power_gwh(h2, needs) / h2["amount"]
    fixed.loc[h2.index, "bought_power"] = -helping * numbers.rates("bought_power", h2)

    heat = table[(table["carrier"] == "heat") & (table["role"] == "demand")]
    sites, homes = (heat[heat["kind"] == kind] for kind in ("site", "heat_area"))
    supply = table[(table["carrier"] == "heat") & (table["role"] == "supply")]
    for rows, item, sign in (
        (sites, "boiler", 1.0), (homes, "home_boiler", 1.0), (homes, "retail", 1.0), (homes, "distribution", -1.0),
        (heat, "station", -1.0), (heat, "moving", -1.0), (supply, "source", -1.0),
    ):  # fmt: skip
        fixed.loc[rows.index, item] = sign * numbers.rates(item, rows)
    return fixed, per_co2


def _refuse_double_counting(table: pd.DataFrame) -> None:
    """Refuse needs that together avoid more than their place emits."""
    limit = table.groupby(["kind", "place_id"])["baseline_kt_per_a"].first()
    claimed = table["avoided_kt_per_a"].clip(lower=0.0).groupby([table["kind"], table["place_id"]]).sum()
    over = claimed > limit * (1.0 + _TOLERANCE)
    if over.any():
        raise DesignError(
            Problem(
                f"{place} would avoid more than the {limit[kind, place]:.3f} kt/a it emits",
                "Lower its pathway shares, heat bands or coverages: together they exceed the whole",
                value=f"{claimed[kind, place]:g}",
            )
            for kind, place in over[over].index
        )
