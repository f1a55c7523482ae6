"""What a need that rides a pipe is worth: CO2 avoided and EUR at the gate, without counting a tonne twice.

Captured is not avoided: the energy of capture, the leaks and the transport are taken off. What hydrogen,
power or heat emits where it is made is charged to the need that uses it (the system view). The direct view, that
of emission trading, leaves out what making power and hydrogen emits. Both stand side by side; the scenario says
which one counts. Biogenic CO2 that is stored stands apart and is never netted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.assumptions import Assumptions
from infraplan.errors import AssumptionError, DesignError, Problem
from infraplan.model import FloatArray, IntArray, Scenario
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
BoolArray = npt.NDArray[np.bool_]


class _Numbers:
    """The assumptions of one year, by subject or for the rows of a table of needs."""

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

    def by_way(self, rows: _Rows, which: BoolArray, parameter: str, unit: str) -> FloatArray:
        """The number of the process and pathway of ``which`` rows."""
        way = rows.way[which]
        values = np.zeros(len(rows.ways))
        for number in np.unique(way).tolist():
            subjects = subjects_of(*rows.ways[number])
            values[number] = look_up(self._assumptions, subjects, parameter=parameter, unit=unit).value
        return np.asarray(values[way])


class _Rows:
    """A table of needs as arrays, laid out once; ``ways`` are its pairs of process and pathway."""

    def __init__(self, needs: pd.DataFrame) -> None:
        def words(column: str) -> npt.NDArray[np.object_]:
            return needs[column].to_numpy(dtype=object)

        def numbers(column: str) -> FloatArray:
            return needs[column].to_numpy(dtype=float)

        carrier, role, band, family = (words(name) for name in ("carrier", "role", "band", "family"))
        self.co2, self.h2, self.heat, self.power = (carrier == c for c in ("co2", "h2", "heat", "electricity"))
        self.demand, self.supply = role == "demand", role == "supply"
        piped = np.isin(band.astype(str), PIPED_HEAT_BANDS)
        # Not the hottest heat, and not the steam of capture: the solvent boils at 120 degC, as hot as the water in
        # the pipes, and the steam is only needed where the CO2 finds its own pipe. Its fossil part is charged to that.
        self.rides = ~self.heat | (piped & ~(self.demand & (family == "ccs")))
        self.sources = self.heat & self.supply & (band != HEAT_BANDS[0]) & piped
        self.electrified = self.power & (family == "electrification")
        self.areas = words("kind") == "heat_area"
        self.amount, self.replaced = numbers("amount"), numbers("replaced_kt_per_a")
        self.biogenic = numbers("biogenic_kt_per_a")
        self.ways, self.way = _number(words("process"), words("pathway"))
        self.places, self.place = _number(words("kind"), words("place_id"))
        self.limit = np.empty(len(self.places))
        self.limit[self.place[::-1]] = numbers("baseline_kt_per_a")[::-1]  # the first row of a place counts
        self.helping_gwh = self._helping_power_gwh()

    def _helping_power_gwh(self) -> FloatArray:
        """Electricity [GWh/a] that the same process of the same place needs for the same pathway as each need."""
        keys = self.place * len(self.ways) + self.way
        power = np.zeros(len(self.places) * len(self.ways))
        power[keys[self.power]] = self.amount[self.power]
        return np.asarray(power[keys])


def _number(*columns: npt.NDArray[np.object_]) -> tuple[list[tuple[str, ...]], IntArray]:
    """Return the distinct rows of some columns, and the number of each row among them."""
    rows = list(zip(*columns, strict=True))
    number = {row: i for i, row in enumerate(dict.fromkeys(rows))}
    return list(number), np.array([number[row] for row in rows], dtype=np.int64)


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
    numbers, rows = _Numbers(assumptions, year), _Rows(needs)
    avoided = {view: _avoided(rows, numbers, view) for view in VIEWS}
    for tonnes in avoided.values():
        _refuse_double_counting(rows, tonnes)
    mine = np.flatnonzero(needs["carrier"].isin(scenario.carriers).to_numpy(dtype=bool) & rows.rides)
    fixed, per_co2 = _worth(rows, numbers, avoided[scenario.co2_view], mine)
    counted = avoided[scenario.co2_view][mine]
    table = needs.iloc[mine].reset_index(drop=True)
    table = table.assign(
        avoided_t_per_unit=counted / rows.amount[mine],
        avoided_kt_per_a=counted,
        **{f"avoided_{view}_kt_per_a": tonnes[mine] for view, tonnes in avoided.items()},
        gross_kt_per_a=counted / table["share"].to_numpy(dtype=float),
        worth_eur_per_unit=fixed + per_co2 * scenario.co2_value(year),
        worth_fixed_eur_per_unit=fixed,
        worth_per_co2_value=per_co2,
        biogenic_stored_kt_per_a=rows.biogenic[mine] * _kept(numbers),
    )
    return table[list(COLUMNS)]


def break_even_co2_value(row: Mapping[str, object] | pd.Series, worth_eur_per_unit: float) -> float:
    """CO2 value [EUR/t] at which a need (a row of ``credit``) is worth ``worth_eur_per_unit``; NaN if never.

    >>> row = {"worth_fixed_eur_per_unit": -60.0, "worth_per_co2_value": 0.8}
    >>> round(break_even_co2_value(row, 20.0), 6)
    100.0
    """
    fixed, per_co2 = (float(str(row[name])) for name in ("worth_fixed_eur_per_unit", "worth_per_co2_value"))
    return (worth_eur_per_unit - fixed) / per_co2 if per_co2 > 0.0 else math.nan


def _avoided(rows: _Rows, numbers: _Numbers, view: str) -> FloatArray:
    """Fossil CO2 avoided [kt/a] by every need: taken away at the stack minus emitted elsewhere."""
    amount, replaced = rows.amount, rows.replaced
    whole = view == "system"
    grid_t_per_mwh = numbers.at("electricity", "emission_factor", "t_per_mwh") if whole else 0.0
    h2_t_per_mwh = numbers.h2_t_per_mwh() if whole else 0.0
    avoided = np.zeros(len(amount))

    co2 = rows.co2
    moved = numbers.get("co2", "transport_emission", "t_per_t") + _steam_t_per_t(rows, numbers)
    avoided[co2] = replaced[co2] * _kept(numbers) - amount[co2] * moved

    h2 = rows.h2
    avoided[h2] = replaced[h2] - amount[h2] * h2_t_per_mwh

    heat = rows.heat & rows.demand & rows.rides
    source_mwh_per_mwh, source_t_per_mwh = _heat_sources(rows, numbers)
    moving_mwh_per_mwh = numbers.get("heat", "electricity_per_heat", "1") + source_mwh_per_mwh
    avoided[heat] = replaced[heat] - amount[heat] * (moving_mwh_per_mwh * grid_t_per_mwh + source_t_per_mwh)

    power = rows.electrified
    avoided[power] = replaced[power] - amount[power] * grid_t_per_mwh

    # the power of capture and of a hydrogen furnace is charged to the carrier it comes with
    helped = co2 | h2
    avoided[helped] -= rows.helping_gwh[helped] * grid_t_per_mwh
    return avoided


def _kept(numbers: _Numbers) -> float:
    """Share of the captured CO2 that reaches the store."""
    return 1.0 - numbers.get("co2", "leak_share", "share")


def _steam_t_per_t(rows: _Rows, numbers: _Numbers) -> FloatArray:
    """CO2 of the extra fossil steam that capture takes [t per t captured]."""
    solvent = 1.0 - numbers.by_way(rows, rows.co2, "pure_stream_share", "share")
    steam_mwh_per_t = solvent * numbers.at("co2", "capture_heat", "mwh_per_t")
    burned = numbers.by_way(rows, rows.co2, "capture_steam_fossil_share", "share")
    boiler = numbers.inverse("heat", "boiler_efficiency", "share")
    return steam_mwh_per_t * burned * numbers.get("gas", "emission_factor", "t_per_mwh") * boiler


def _heat_sources(rows: _Rows, numbers: _Numbers) -> tuple[float, float]:
    """Power lost [MWh] and CO2 [t] per MWh at the sources of piped heat, the mean of what they can give.

    Which source a user gets is not known before the network is designed.
    """
    amount = rows.amount[rows.sources]
    total = float(amount.sum())
    if total <= 0.0:
        return 0.0, 0.0
    power = numbers.by_way(rows, rows.sources, "heat_source_power_loss", "1")
    emitted = numbers.by_way(rows, rows.sources, "heat_source_emission", "t_per_mwh")
    return float((power * amount).sum()) / total, float((emitted * amount).sum()) / total


def _worth(rows: _Rows, numbers: _Numbers, avoided: FloatArray, mine: IntArray) -> tuple[FloatArray, FloatArray]:
    """Fixed worth [EUR/unit] and worth per EUR/t of CO2 value [t/unit] of the needs numbered ``mine``."""
    chosen = np.zeros(len(avoided), dtype=bool)
    chosen[mine] = True
    fixed, per_co2 = np.zeros(len(avoided)), avoided / rows.amount
    gas, power = (numbers.at(fuel, "price", "eur_per_mwh") for fuel in ("gas", "power"))

    co2 = chosen & rows.co2
    fixed[co2] = -numbers.by_way(rows, co2, "capture_cost", "eur_per_t")
    removal = numbers.get("co2", "removal_credit", "share")
    per_co2[co2] += removal * rows.biogenic[co2] / rows.amount[co2]

    h2 = chosen & rows.h2
    helping = rows.helping_gwh[h2] / rows.amount[h2]
    saved = numbers.by_way(rows, h2, "h2_gas_saved", "1") * gas
    saved = saved + numbers.by_way(rows, h2, "h2_coal_saved", "1") * numbers.at("coal", "price", "eur_per_mwh")
    spent = numbers.by_way(rows, h2, "h2_conversion_cost", "eur_per_mwh") + helping * power
    fixed[h2] = saved + numbers.get("h2", "support", "eur_per_mwh") - spent

    heat = chosen & rows.heat
    moving = numbers.get("heat", "electricity_per_heat", "1") * power
    station = numbers.get("heat", "station_cost", "eur_per_mwh") + moving
    boiler = gas * numbers.inverse("heat", "boiler_efficiency", "share") - station
    fixed[heat & rows.demand & ~rows.areas] = boiler
    if (chosen & rows.areas).any():
        home = gas * numbers.inverse("heat_area", "boiler_efficiency", "share") - station
        home += numbers.get("heat_area", "retail_premium", "eur_per_mwh")
        home -= numbers.get("heat_area", "distribution_cost", "eur_per_mwh")
        fixed[heat & rows.demand & rows.areas] = home
    supply = heat & rows.supply
    fixed[supply] = -numbers.by_way(rows, supply, "heat_source_cost", "eur_per_mwh")
    return fixed[mine], per_co2[mine]


def _refuse_double_counting(rows: _Rows, avoided: FloatArray) -> None:
    """Refuse needs that together avoid more than their place emits."""
    claimed = np.bincount(rows.place, weights=np.maximum(avoided, 0.0), minlength=len(rows.places))
    over = np.flatnonzero(claimed > rows.limit * (1.0 + _TOLERANCE)).tolist()
    if over:
        raise DesignError(
            Problem(
                f"{rows.places[number][1]} would avoid more than the {rows.limit[number]:.3f} kt/a it emits",
                "Lower its pathway shares, heat bands or coverages: together they exceed the whole",
                value=f"{claimed[number]:g}",
            )
            for number in sorted(over, key=rows.places.__getitem__)
        )
