"""Who needs how much of which carrier, where and in which year.

A need is one carrier at one place in one role. A recipe says what a kiloton of a sector's CO2 turns into
under a pathway; a place multiplies it by its own CO2. The shares of the pathways add to 1 and no recipe
takes away more than its share, so no tonne is counted twice.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from infraplan import tables
from infraplan.assumptions import Assumptions
from infraplan.errors import Problem, TableError
from infraplan.model import Scenario
from infraplan.needs.pathways import PATHWAYS, check_pathways, refuse_shares
from infraplan.needs.ranges import ANY_SECTOR, Range, look_up, look_up_peak, look_up_year
from infraplan.needs.recipes import PIPED_HEAT_BANDS, tabulate
from infraplan.units import KG_PER_KT, MWH_PER_GWH, SECONDS_PER_HOUR

__all__ = [
    "COLUMNS",
    "PATHWAYS",
    "PIPED_HEAT_BANDS",
    "Range",
    "baseline",
    "check_pathways",
    "check_sectors",
    "estimate",
    "look_up",
    "look_up_year",
    "sectors",
    "unknown",
]

COLUMNS = (
    "place_id",
    "kind",
    "sector",
    "carrier",
    "role",
    "band",
    "year",
    "amount_low",
    "amount",
    "amount_high",
    "unit",
    "peak",
    "peak_unit",
    "pathway",
    "biogenic_kt_per_a",
    "assumption_keys",
    "replaced_kt_per_a",
    "baseline_kt_per_a",
)
_PEAK_UNIT = {"co2": "kg_per_s", "h2": "mw", "heat": "mw", "electricity": "mw"}


def sectors(assumptions: Assumptions) -> tuple[str, ...]:
    """Return the sectors the assumptions know."""
    return tuple(s for s in assumptions.subjects("ccs_coverage") if s != ANY_SECTOR)


def check_sectors(sites: pd.DataFrame, assumptions: Assumptions) -> list[Problem]:
    """Return the sites of a sector that the assumptions do not know; rows as in ``tables.read``."""
    known = sectors(assumptions)
    remedy = f"Use one of {', '.join(known)}"
    return [
        Problem("unknown sector", remedy, "sites.csv", int(str(row)), "sector", str(value))
        for row, value in sites["sector"].items()
        if value not in known
    ]


def estimate(
    sites: pd.DataFrame, heat_areas: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int
) -> pd.DataFrame:
    """Estimate every need of every place in ``year``.

    Parameters
    ----------
    sites, heat_areas : tables of ``tables.SITES`` and ``tables.HEAT_AREAS``.

    Returns
    -------
    Table with ``COLUMNS``, sorted by place: amount_low, amount, amount_high [kt/a or GWh/a, see unit], peak
    [kg/s or MW, see peak_unit]. amount_low and amount_high take every assumption at its low or high end.
    ``amount`` of CO2 is all CO2 in the pipe, ``biogenic_kt_per_a`` the biogenic part of it. ``sector`` is
    the sector whose pathways the place follows. ``replaced_kt_per_a`` is the fossil CO2 that the need takes
    away at the stack, ``baseline_kt_per_a`` the fossil CO2 of the place in ``year`` without any measure.
    Places whose CO2 or heat demand is not known give no rows (see ``unknown``).

    Raises
    ------
    AssumptionError, ScenarioError, TableError
        With every problem: missing numbers, shares that do not add to 1, unknown sectors, process gas of an
        unknown site.
    """
    problems = check_sectors(sites, assumptions)
    if problems:
        raise TableError(problems)
    emitters = _emitters(sites, scenario, year)
    present = sorted(emitters["sector"].unique())
    refuse_shares(scenario, present, year)
    rows = _multiply(emitters, tabulate(assumptions, scenario, present, year))
    areas = _area_needs(heat_areas, assumptions, scenario)
    table = pd.concat([part for part in (rows, areas) if len(part)] or [rows], ignore_index=True)
    table["year"] = year
    table["unit"] = table["carrier"].map(tables.ANNUAL_UNIT)
    table["peak_unit"] = table["carrier"].map(_PEAK_UNIT)
    order = ["place_id", "kind", "carrier", "role", "band", "pathway"]
    return table.sort_values(order, ignore_index=True)[list(COLUMNS)]


def _emitters(sites: pd.DataFrame, scenario: Scenario, year: int) -> pd.DataFrame:
    """Return place_id, sector, fossil and biogenic CO2 [kt/a] in ``year`` of the sites that have a figure."""
    sector_of = sites.set_index("site_id")["sector"]
    host = sites["process_gas_of"].fillna("")
    lost = sites[(host != "") & ~host.isin(sector_of.index)]
    if len(lost):
        raise TableError(
            Problem(
                f"{site}: no site has this id",
                "Give the site_id of the plant whose gas is burned",
                "sites.csv",
                column="process_gas_of",
                value=str(gas),
            )
            for site, gas in zip(lost["site_id"], lost["process_gas_of"], strict=True)
        )
    sector = host.map(sector_of).where(host != "", sites["sector"])
    activity = sector.map({s: scenario.activity_of(s, year) for s in sector.unique()}).astype(float)
    table = pd.DataFrame(
        {
            "place_id": sites["site_id"],
            "sector": sector.astype(object),  # of no sites at all it would be numbers
            "fossil": sites["co2_kt_per_a"] * activity,
            "biogenic": sites["co2_biogenic_kt_per_a"].fillna(0.0) * activity,
        }
    )
    return table[table["fossil"].notna() & ~table["place_id"].isin(scenario.sites_off)]


def _multiply(emitters: pd.DataFrame, recipes: pd.DataFrame) -> pd.DataFrame:
    """Apply the recipes of each place's sector to its CO2."""
    table = emitters.merge(recipes, on="sector")
    biogenic = table["biogenic"].where(table["biogenic_too"], 0.0)
    base = table["fossil"] + biogenic
    for end, name in (("low", "amount_low"), ("mode", "amount"), ("high", "amount_high")):
        table[name] = base * table[end]
    table["kind"] = "site"
    table["biogenic_kt_per_a"] = (biogenic * table["mode"]).where(table["carrier"] == "co2", 0.0)
    table["replaced_kt_per_a"] = table["fossil"] * table["replaced"]
    table["baseline_kt_per_a"] = table["fossil"]
    return _with_peak(table[table["amount"] > 0.0].copy())


def _with_peak(table: pd.DataFrame) -> pd.DataFrame:
    """Add the peak [kg/s or MW] of the amounts."""
    per_hour = table["amount"] * table["peak_per_h"]
    is_mass = table["carrier"] == "co2"
    table["peak"] = per_hour * np.where(is_mass, KG_PER_KT / SECONDS_PER_HOUR, MWH_PER_GWH)
    return table


def _area_needs(heat_areas: pd.DataFrame, assumptions: Assumptions, scenario: Scenario) -> pd.DataFrame:
    """Heat demand of the areas: the published one, or inhabitants x heat per person x connectable share."""

    def get(parameter: str, unit: str) -> Range:
        return look_up(assumptions, "heat_area", parameter=parameter, unit=unit)

    areas = heat_areas[~heat_areas["area_id"].isin(scenario.sites_off)]
    per_person = get("heat_per_person", "mwh_per_a") * get("connectable_share", "share")
    peak_per_h = look_up_peak(assumptions, "heat_area")
    published = areas["heat_demand_gwh_per_a"]
    table = pd.DataFrame({"place_id": areas["area_id"], "band": areas["band"]})
    for name, factor in (
        ("amount_low", per_person.low),
        ("amount", per_person.value),
        ("amount_high", per_person.high),
    ):
        table[name] = published.fillna(areas["population"] * factor / MWH_PER_GWH)
    gas = look_up(assumptions, "gas", parameter="emission_factor", unit="t_per_mwh")
    burned = gas / get("boiler_efficiency", "share")
    table["replaced_kt_per_a"] = table["amount"] * burned.value
    table["baseline_kt_per_a"] = table["replaced_kt_per_a"]
    table["biogenic_kt_per_a"] = 0.0
    table["peak_per_h"] = peak_per_h.value
    table["assumption_keys"] = [
        ",".join(peak_per_h.keys if known else per_person.keys + peak_per_h.keys) for known in published.notna()
    ]
    fixed = {"kind": "heat_area", "sector": "heat_area", "carrier": "heat", "role": "demand"}
    table = table.assign(**fixed, pathway="heat_network")
    return _with_peak(table[table["amount"] > 0.0].copy())


def unknown(sites: pd.DataFrame, heat_areas: pd.DataFrame | None = None) -> tuple[str, ...]:
    """Return the ids of the places without an estimate: no CO2, or neither a heat demand nor inhabitants."""
    missing = list(sites.loc[sites["co2_kt_per_a"].isna(), "site_id"])
    if heat_areas is not None:
        empty = heat_areas["heat_demand_gwh_per_a"].isna() & ~(heat_areas["population"] > 0.0)
        missing += list(heat_areas.loc[empty, "area_id"])
    return tuple(sorted(missing))


def baseline(sites: pd.DataFrame, *, region: str, sectors: Collection[str], process_gas: bool = False) -> float:
    """Sum the verified fossil CO2 [kt/a] of some sectors of one region.

    With ``process_gas`` the power plants that burn the process gases of these sites count too.
    """
    chosen = (sites["region"] == region) & sites["sector"].isin(list(sectors))
    if process_gas:
        chosen |= sites["process_gas_of"].isin(sites.loc[chosen, "site_id"])
    return float(sites.loc[chosen, "co2_kt_per_a"].sum())
