"""What a piped need avoids and is worth: CO2 and EUR at the gate, with no tonne counted twice.

Captured is not avoided: the energy of capture, the leaks and the transport are subtracted. Two views exist. The system
view charges a need with what its hydrogen, power or heat emits where that is made. The direct view, that of emission
trading, leaves out what making power and hydrogen emits. The scenario says which view counts. Biogenic CO2 that is
stored is shown apart and never subtracted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraplan.core import DesignError, FloatArray, IntArray, Problem, Scenario
from infraplan.demand.abatement.rates import Rates
from infraplan.demand.abatement.rows import BoolArray, Rows
from infraplan.demand.needs import Range
from infraplan.study import Assumptions

__all__ = ["COLUMNS", "Account", "Range", "break_even_co2_value", "credit", "keep_account", "rate_of"]

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
# items of an account that follow from the needs alone
_UNRATED = ("stack", "heat_source", "avoided")


@dataclass(frozen=True)
class Account:
    """What each need avoids and is worth, item by item: one row per need of ``credit``, one column per item.

    Attributes
    ----------
    avoided : [kt/a] in the view of the scenario. The items add to avoided_kt_per_a.
    fixed : [EUR/unit]. The items add to worth_fixed_eur_per_unit.
    per_co2 : [t/unit]. The items add to worth_per_co2_value.
    """

    avoided: pd.DataFrame
    fixed: pd.DataFrame
    per_co2: pd.DataFrame


def credit(needs: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int) -> pd.DataFrame:
    """Return what each piped need of the scenario's carriers avoids and is worth at the gate.

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
    return _value_items(needs, assumptions, scenario, year)[0]


def keep_account(
    needs: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int
) -> tuple[pd.DataFrame, Account]:
    """Return the table of ``credit``, and the account of items that its figures are the sums of."""
    table, items = _value_items(needs, assumptions, scenario, year)
    return table, Account(*(pd.DataFrame(dict(parts)) for parts in items))


Items = dict[str, FloatArray]


def _value_items(
    needs: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int
) -> tuple[pd.DataFrame, tuple[Items, Items, Items]]:
    """Return the table of ``credit`` and its items: avoided [kt/a], fixed [EUR/unit] and per CO2 value [t/unit]."""
    numbers, rows = Rates(assumptions, year), Rows(needs)
    items = {view: _avoided(rows, numbers, view) for view in VIEWS}
    avoided = {view: _sum(parts) for view, parts in items.items()}
    for tonnes in avoided.values():
        _refuse_double_counting(rows, tonnes)
    mine = np.flatnonzero(needs["carrier"].isin(scenario.carriers).to_numpy(dtype=bool) & rows.rides)
    counted = avoided[scenario.co2_view]
    fixed, per_co2 = _worth(rows, numbers, counted, mine)
    fixed_eur, t_per_unit = _sum(fixed)[mine], _sum(per_co2)[mine]
    table = needs.iloc[mine].reset_index(drop=True)
    table = table.assign(
        avoided_t_per_unit=counted[mine] / rows.amount[mine],
        avoided_kt_per_a=counted[mine],
        **{f"avoided_{view}_kt_per_a": tonnes[mine] for view, tonnes in avoided.items()},
        gross_kt_per_a=counted[mine] / table["share"].to_numpy(dtype=float),
        worth_eur_per_unit=fixed_eur + t_per_unit * scenario.co2_value(year),
        worth_fixed_eur_per_unit=fixed_eur,
        worth_per_co2_value=t_per_unit,
        biogenic_stored_kt_per_a=rows.biogenic[mine] * numbers.get("co2", "leak_share", "share").rest().value,
    )
    avoided_by, *worth_by = (
        {item: part[mine] for item, part in t.items()} for t in (items[scenario.co2_view], fixed, per_co2)
    )
    return table[list(COLUMNS)], (avoided_by, worth_by[0], worth_by[1])


def _sum(items: Mapping[str, FloatArray]) -> FloatArray:
    """Add the items up, in their order."""
    return np.asarray(np.sum(list(items.values()), axis=0), dtype=float)


def rate_of(item: str, *, process: str, pathway: str, assumptions: Assumptions, year: int) -> Range | None:
    """Return the rate of an item of an account, with its formula; None where the item has no rate."""
    if item in _UNRATED:
        return None
    return Rates(assumptions, year).rate(item, process, pathway)


def break_even_co2_value(row: Mapping[str, object] | pd.Series, worth_eur_per_unit: float) -> float:
    """CO2 value [EUR/t] at which a need (a row of ``credit``) is worth ``worth_eur_per_unit``; NaN if never.

    >>> row = {"worth_fixed_eur_per_unit": -60.0, "worth_per_co2_value": 0.8}
    >>> round(break_even_co2_value(row, 20.0), 6)
    100.0
    """
    fixed, per_co2 = (float(str(row[name])) for name in ("worth_fixed_eur_per_unit", "worth_per_co2_value"))
    return (worth_eur_per_unit - fixed) / per_co2 if per_co2 > 0.0 else math.nan


def _avoided(rows: Rows, numbers: Rates, view: str) -> Items:
    """Fossil CO2 avoided [kt/a] by every need, item by item: taken away at the stack minus emitted elsewhere."""
    whole = view == "system"
    grid_t_per_mwh = numbers.at("electricity", "emission_factor", "t_per_mwh").value if whole else 0.0
    items: Items = {}

    def put(item: str, which: BoolArray, tonnes: FloatArray) -> None:
        items[item] = np.zeros(len(rows.amount))
        items[item][which] = tonnes

    def each_unit(item: str, which: BoolArray) -> FloatArray:
        return rows.amount[which] * numbers.rates(item, rows, which)

    co2, h2, heat = rows.co2, rows.h2, rows.heat & rows.demand & rows.rides
    counted = co2 | h2 | heat | rows.electrified
    put("stack", counted, rows.replaced[counted])
    put("leak", co2, -rows.replaced[co2] * numbers.rates("leak", rows, co2))
    put("transport", co2, -each_unit("transport", co2))
    put("steam", co2, -each_unit("steam", co2))
    put("origin", h2, -rows.amount[h2] * (numbers.h2_t_per_mwh().value if whole else 0.0))
    source_mwh_per_mwh, source_t_per_mwh = _heat_sources(rows, numbers)
    put("pumping", heat, -each_unit("pumping", heat) if whole else np.zeros(int(heat.sum())))
    put("heat_source", heat, -rows.amount[heat] * (source_mwh_per_mwh * grid_t_per_mwh + source_t_per_mwh))
    # the power of capture and of a hydrogen furnace is charged to the carrier it comes with
    power = np.where(rows.electrified, rows.amount, np.where(co2 | h2, rows.helping_gwh, 0.0))
    put("power", np.ones(len(power), dtype=bool), -power * grid_t_per_mwh)
    return items


def _heat_sources(rows: Rows, numbers: Rates) -> tuple[float, float]:
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


def _worth(rows: Rows, numbers: Rates, avoided: FloatArray, mine: IntArray) -> tuple[Items, Items]:
    """Fixed worth [EUR/unit] and worth per EUR/t of CO2 value [t/unit] of the needs numbered ``mine``, item by item."""
    chosen = np.zeros(len(avoided), dtype=bool)
    chosen[mine] = True
    co2, h2, heat = chosen & rows.co2, chosen & rows.h2, chosen & rows.heat
    fixed: Items = {}

    def put(item: str, which: BoolArray, eur_per_unit: FloatArray) -> None:
        fixed[item] = np.zeros(len(avoided))
        fixed[item][which] = eur_per_unit

    put("capture", co2, -numbers.rates("capture", rows, co2))
    for item in ("gas", "coal", "support"):
        put(item, h2, numbers.rates(item, rows, h2))
    put("conversion", h2, -numbers.rates("conversion", rows, h2))
    helping = rows.helping_gwh[h2] / rows.amount[h2]
    put("bought_power", h2, -helping * numbers.rates("bought_power", rows, h2))
    used = heat & rows.demand
    sites, homes = used & ~rows.areas, used & rows.areas
    put("boiler", sites, numbers.rates("boiler", rows, sites))
    for item in ("home_boiler", "retail"):
        put(item, homes, numbers.rates(item, rows, homes))
    put("distribution", homes, -numbers.rates("distribution", rows, homes))
    for item in ("station", "moving"):
        put(item, used, -numbers.rates(item, rows, used))
    put("source", heat & rows.supply, -numbers.rates("source", rows, heat & rows.supply))

    removal = np.zeros(len(avoided))
    removal[co2] = numbers.rates("removal", rows, co2) * rows.biogenic[co2] / rows.amount[co2]
    return fixed, {"avoided": avoided / rows.amount, "removal": removal}


def _refuse_double_counting(rows: Rows, avoided: FloatArray) -> None:
    """Refuse needs that together avoid more than their place emits."""
    claimed = np.bincount(rows.place, weights=np.maximum(avoided, 0.0), minlength=len(rows.places))
    over = np.flatnonzero(claimed > rows.limit * (1.0 + _TOLERANCE)).tolist()
    if over:
        raise DesignError(
            Problem(
                "need.avoids_too_much",
                {"place": rows.places[number][1], "most": rows.limit[number]},
                value=f"{claimed[number]:g}",
            )
            for number in sorted(over, key=rows.places.__getitem__)
        )
