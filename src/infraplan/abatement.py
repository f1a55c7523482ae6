"""What a need that rides a pipe is worth: CO2 avoided and EUR at the gate, without counting a tonne twice.

Captured is not avoided: the energy of capture, the leaks and the transport are taken off. What hydrogen,
power or heat emits where it is made is charged to the need that uses it (the system view). The direct view, that
of emission trading, leaves out what making power and hydrogen emits. Both stand side by side; the scenario says
which one counts. Biogenic CO2 that is stored stands apart and is never netted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
_BY_WAY = ""
# what each part of an account is made of: subject ("": that of the process and pathway), parameter, unit, whether it
# stands at milestones
_PAPERS: Mapping[str, tuple[tuple[str, str, str, bool], ...]] = {
    "leak": (("co2", "leak_share", "share", False),),
    "transport": (("co2", "transport_emission", "t_per_t", False),),
    "steam": (
        (_BY_WAY, "pure_stream_share", "share", False),
        ("co2", "capture_heat", "mwh_per_t", True),
        (_BY_WAY, "capture_steam_fossil_share", "share", False),
        ("gas", "emission_factor", "t_per_mwh", False),
        ("heat", "boiler_efficiency", "share", False),
    ),
    "pumping": (
        ("heat", "electricity_per_heat", "1", False),
        ("electricity", "emission_factor", "t_per_mwh", True),
    ),
    "power": (("electricity", "emission_factor", "t_per_mwh", True),),
    "removal": (("co2", "removal_credit", "share", False),),
    "capture": ((_BY_WAY, "capture_cost", "eur_per_t", False),),
    "gas": ((_BY_WAY, "h2_gas_saved", "1", False), ("gas", "price", "eur_per_mwh", True)),
    "coal": ((_BY_WAY, "h2_coal_saved", "1", False), ("coal", "price", "eur_per_mwh", True)),
    "support": (("h2", "support", "eur_per_mwh", False),),
    "conversion": ((_BY_WAY, "h2_conversion_cost", "eur_per_mwh", False),),
    "bought_power": (("power", "price", "eur_per_mwh", True),),
    "boiler": (("gas", "price", "eur_per_mwh", True), ("heat", "boiler_efficiency", "share", False)),
    "home_boiler": (("gas", "price", "eur_per_mwh", True), ("heat_area", "boiler_efficiency", "share", False)),
    "station": (("heat", "station_cost", "eur_per_mwh", False),),
    "moving": (("heat", "electricity_per_heat", "1", False), ("power", "price", "eur_per_mwh", True)),
    "retail": (("heat_area", "retail_premium", "eur_per_mwh", False),),
    "distribution": (("heat_area", "distribution_cost", "eur_per_mwh", False),),
    "source": ((_BY_WAY, "heat_source_cost", "eur_per_mwh", False),),
}


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
    """The assumptions of one year as columns: one number per row of a table of needs."""

    def __init__(self, assumptions: Assumptions, year: int) -> None:
        self._assumptions = assumptions
        self._year = year

    def get(self, subject: str, parameter: str, unit: str) -> float:
        return look_up(self._assumptions, subject, parameter=parameter, unit=unit).value

    def inverse(self, subject: str, parameter: str, unit: str) -> float:
        """1 over the number; refused where it is 0."""
        row = look_up(self._assumptions, subject, parameter=parameter, unit=unit)
        return (Range(1.0, 1.0, 1.0) / row).value

    def at(self, subject: str, prefix: str, unit: str) -> float:
        return look_up_year(self._assumptions, subject, prefix=prefix, unit=unit, year=self._year).value

    def h2_t_per_mwh(self) -> float:
        """What making and bringing hydrogen emits [t/MWh]: the year's mix of where it comes from."""
        rows = self._assumptions.rows
        origins = sorted({subject for subject, parameter in rows if parameter.startswith(f"{_MIX}_")})
        shares = {origin: self.at(origin, _MIX, "share") for origin in origins}
        if abs(math.fsum(shares.values()) - 1.0) > _SHARE_TOLERANCE:
            raise AssumptionError(
                Problem(
                    f"the hydrogen mix of {self._year} adds to {math.fsum(shares.values()):g}, not to 1",
                    f"Make the rows {_MIX}_<year> of {', '.join(origins) or 'where hydrogen comes from'} add to 1",
                    "data/assumptions",
                )
            )
        factors = {origin: self.at(origin, "emission_factor", "t_per_mwh") for origin in origins}
        return math.fsum(shares[origin] * factors[origin] for origin in origins)

    def by_way(self, needs: pd.DataFrame, parameter: str, unit: str) -> pd.Series[float]:
        """The number of each need's process and pathway."""
        ways = list(zip(needs["process"], needs["pathway"], strict=True))
        values = {
            way: look_up(self._assumptions, subjects_of(*way), parameter=parameter, unit=unit).value
            for way in set(ways)
        }
        return pd.Series([values[way] for way in ways], index=needs.index, dtype=float)


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
    table["worth_eur_per_unit"] = table["worth_fixed_eur_per_unit"] + table[
        "worth_per_co2_value"
    ] * scenario.co2_value(year)
    kept = table.index
    account = Account(*(t.loc[kept].reset_index(drop=True) for t in (items[scenario.co2_view], fixed, per_co2)))
    return table[list(COLUMNS)].reset_index(drop=True), account


def papers_of(item: str, *, process: str, pathway: str, assumptions: Assumptions, year: int) -> Iterator[Range]:
    """Yield the numbers that an item of an account is made of; their keys say where they stand."""
    for subject, parameter, unit, by_year in _PAPERS.get(item, ()):
        if by_year:
            yield look_up_year(assumptions, subject, prefix=parameter, unit=unit, year=year)
        else:
            yield look_up(assumptions, subject or subjects_of(process, pathway), parameter=parameter, unit=unit)


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
    grid_t_per_mwh = numbers.at("electricity", "emission_factor", "t_per_mwh") if whole else 0.0
    items = ("stack", "leak", "transport", "steam", "origin", "pumping", "heat_source", "power")
    parts = pd.DataFrame(0.0, index=needs.index, columns=list(items))

    co2, h2 = carrier == "co2", carrier == "h2"
    heat = (carrier == "heat") & (needs["role"] == "demand") & _rides(needs)
    power = (carrier == "electricity") & (needs["family"] == "electrification")
    counted = co2 | h2 | heat | power
    parts.loc[counted, "stack"] = needs["replaced_kt_per_a"][counted]

    parts.loc[co2, "leak"] = -needs["replaced_kt_per_a"][co2] * (1.0 - _kept(numbers))
    parts.loc[co2, "transport"] = -amount[co2] * numbers.get("co2", "transport_emission", "t_per_t")
    parts.loc[co2, "steam"] = -amount[co2] * _steam_t_per_t(needs[co2], numbers)

    parts.loc[h2, "origin"] = -amount[h2] * (numbers.h2_t_per_mwh() if whole else 0.0)

    source_mwh_per_mwh, source_t_per_mwh = _heat_sources(needs, numbers)
    pumping_t_per_mwh = numbers.get("heat", "electricity_per_heat", "1") * grid_t_per_mwh
    parts.loc[heat, "pumping"] = -amount[heat] * pumping_t_per_mwh
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
    return 1.0 - numbers.get("co2", "leak_share", "share")


def _steam_t_per_t(captured: pd.DataFrame, numbers: _Numbers) -> pd.Series[float]:
    """CO2 of the extra fossil steam that capture takes [t per t captured]."""
    solvent = 1.0 - numbers.by_way(captured, "pure_stream_share", "share")
    steam_mwh_per_t = solvent * numbers.at("co2", "capture_heat", "mwh_per_t")
    burned = numbers.by_way(captured, "capture_steam_fossil_share", "share")
    boiler = numbers.inverse("heat", "boiler_efficiency", "share")
    return steam_mwh_per_t * burned * numbers.get("gas", "emission_factor", "t_per_mwh") * boiler


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
    gas, power = (numbers.at(fuel, "price", "eur_per_mwh") for fuel in ("gas", "power"))

    co2 = table[table["carrier"] == "co2"]
    fixed.loc[co2.index, "capture"] = -numbers.by_way(co2, "capture_cost", "eur_per_t")
    removal = numbers.get("co2", "removal_credit", "share")
    per_co2.loc[co2.index, "removal"] = removal * co2["biogenic_kt_per_a"] / co2["amount"]

    h2 = table[table["carrier"] == "h2"]
    fixed.loc[h2.index, "gas"] = numbers.by_way(h2, "h2_gas_saved", "1") * gas
    coal = numbers.at("coal", "price", "eur_per_mwh")
    fixed.loc[h2.index, "coal"] = numbers.by_way(h2, "h2_coal_saved", "1") * coal
    fixed.loc[h2.index, "support"] = numbers.get("h2", "support", "eur_per_mwh")
    fixed.loc[h2.index, "conversion"] = -numbers.by_way(h2, "h2_conversion_cost", "eur_per_mwh")
    fixed.loc[h2.index, "bought_power"] = -_helping_power_gwh(h2, needs) / h2["amount"] * power

    demand = (table["carrier"] == "heat") & (table["role"] == "demand")
    fixed.loc[demand, "station"] = -numbers.get("heat", "station_cost", "eur_per_mwh")
    fixed.loc[demand, "moving"] = -numbers.get("heat", "electricity_per_heat", "1") * power
    fixed.loc[demand & (table["kind"] == "site"), "boiler"] = gas * numbers.inverse("heat", "boiler_efficiency", "share")
    home = demand & (table["kind"] == "heat_area")
    if (table["kind"] == "heat_area").any():
        fixed.loc[home, "home_boiler"] = gas * numbers.inverse("heat_area", "boiler_efficiency", "share")
        fixed.loc[home, "retail"] = numbers.get("heat_area", "retail_premium", "eur_per_mwh")
        fixed.loc[home, "distribution"] = -numbers.get("heat_area", "distribution_cost", "eur_per_mwh")
    supply = table[(table["carrier"] == "heat") & (table["role"] == "supply")]
    fixed.loc[supply.index, "source"] = -numbers.by_way(supply, "heat_source_cost", "eur_per_mwh")
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
