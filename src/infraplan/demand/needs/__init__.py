"""Who needs how much of which carrier, where and in which year.

A need is one carrier at one place in one role. A site's CO2 comes from one or more processes. A recipe says what a
kiloton of a process's CO2 needs on a pathway. Need = recipe x CO2 of the process at the place x share of the pathway.
The shares of the pathways add to 1 and no recipe takes away more than its share, so no tonne is counted twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraplan.core import KG_PER_KT, MWH_PER_GWH, SECONDS_PER_HOUR, Problem, Scenario, TableError, tables
from infraplan.demand.needs.columns import NEEDED, PEAK_UNIT, SPECIFIED
from infraplan.demand.needs.pathways import PATHWAYS, STANDSTILL, check_pathways, families_of, refuse_shares
from infraplan.demand.needs.processes import PUBLIC, check_processes, fill_co2, split
from infraplan.demand.needs.ranges import Range, look_up, look_up_peak, look_up_year, subjects_of
from infraplan.demand.needs.recipes import PIPED_HEAT_BANDS, tabulate
from infraplan.demand.needs.shares import (
    POSTPONED,
    Detail,
    Measures,
    apply_projects,
    check_effects,
    find_tied,
    follow_projects,
    list_ways,
    share_out,
)
from infraplan.demand.needs.specifications import check_specifications, describe_gates, specify
from infraplan.study import Assumptions

__all__ = [
    "COLUMNS",
    "NEEDED",
    "PATHWAYS",
    "PIPED_HEAT_BANDS",
    "PUBLIC",
    "SPECIFIED",
    "Detail",
    "Measures",
    "Parts",
    "Range",
    "baseline",
    "check_effects",
    "check_pathways",
    "check_processes",
    "check_sectors",
    "check_specifications",
    "describe_gates",
    "estimate",
    "families_of",
    "find_tied",
    "look_up",
    "look_up_peak",
    "look_up_year",
    "sectors",
    "specify",
    "subjects_of",
    "take_apart",
    "unknown",
]

COLUMNS = tuple(column.name for column in NEEDED)
_ENDS = (("low", "amount_low"), ("mode", "amount"), ("high", "amount_high"))
_PLAIN_DETAIL = Detail()


@dataclass(frozen=True)
class Parts:
    """The parts that the needs of sites are summed from, for an explanation.

    Attributes
    ----------
    rows : one row per place, process, pathway, carrier, role and band. ``of`` [kt/a], the CO2 (or that of the
        product) that the need is calculated from, x ``share`` [-] x ``low``, ``mode``, ``high`` = amount_low, amount,
        amount_high. ``formula`` says how the factor follows from the assumptions. ``fossil``, ``biogenic`` and
        ``base`` [kt/a] are of the process, ``process_share`` and ``split_of`` say how it was split off.
    moves : place_id, process, pathway, project_id, before, after: the shares that projects changed, in turn.
    """

    rows: pd.DataFrame
    moves: pd.DataFrame


def sectors(assumptions: Assumptions) -> tuple[str, ...]:
    """Return the sectors and processes the assumptions know."""
    return assumptions.sectors()


def check_sectors(sites: pd.DataFrame, assumptions: Assumptions) -> list[Problem]:
    """Return the sites with a sector that has no assumptions; rows as in ``tables.read``."""
    known = sectors(assumptions)
    return [
        Problem("table.unknown_sector", {"known": tuple(known)}, "sites.csv", int(str(row)), "sector", str(value))
        for row, value in sites["sector"].items()
        if value not in known
    ]


def estimate(
    sites: pd.DataFrame,
    heat_areas: pd.DataFrame,
    assumptions: Assumptions,
    scenario: Scenario,
    year: int,
    *,
    detail: Detail = _PLAIN_DETAIL,
) -> pd.DataFrame:
    """Estimate every need of every place in ``year``.

    Parameters
    ----------
    sites, heat_areas : tables of ``tables.SITES`` and ``tables.HEAT_AREAS``.
    detail : the processes of the sites, the named pathways and the projects; without it a sector is one process.

    Returns
    -------
    Table with ``COLUMNS``, sorted by place: amount_low, amount, amount_high [kt/a or GWh/a, see unit], peak
    [kg/s or MW, see peak_unit]. amount_low and amount_high take every assumption at its low or high end.
    ``amount`` of CO2 is all CO2 in the pipe, ``biogenic_kt_per_a`` the biogenic part of it. ``sector`` is
    the sector of the place (of the steelworks where a plant burns its gas), ``process`` the source group and
    ``share`` the part of it [-] that goes the ``pathway``. ``activity_kt_per_a`` is what the process makes
    and ``activity_basis`` where that comes from: ``public`` tonnes, ``from_co2`` (CO2 / CO2 per product) or
    ``co2`` (no single product: the CO2 is the measure, no activity). ``replaced_kt_per_a`` is the fossil CO2
    that the need takes away at the stack, ``baseline_kt_per_a`` the fossil CO2 of the place in ``year``
    without any measure. Places whose CO2 or heat demand is not known give no rows (see ``unknown``).

    Raises
    ------
    AssumptionError, ScenarioError, TableError
        With every problem: missing numbers, shares that do not add to 1, unknown sectors, process gas of an
        unknown site.
    """
    groups = _group(sites, assumptions, scenario, year, detail)
    recipes, shares, captured = _read_recipes(groups, assumptions, scenario, year, detail)
    rows = _multiply(groups, apply_projects(shares, groups, captured, detail, year), recipes)
    rows = _with_peak(_gather_residual_heat(rows))
    areas = _area_needs(heat_areas, assumptions, scenario)
    table = pd.concat([part for part in (rows, areas) if len(part)] or [rows], ignore_index=True)
    table["year"] = year
    table["unit"] = table["carrier"].map(tables.ANNUAL_UNIT)
    table["peak_unit"] = table["carrier"].map(PEAK_UNIT)
    order = ["place_id", "kind", "carrier", "role", "band", "process", "pathway"]
    return table.sort_values(order, ignore_index=True)[list(COLUMNS)]


def take_apart(
    sites: pd.DataFrame,
    assumptions: Assumptions,
    scenario: Scenario,
    year: int,
    *,
    detail: Detail = _PLAIN_DETAIL,
) -> Parts:
    """Return the parts that ``estimate`` sums the needs of the sites from; arguments as there."""
    groups = _group(sites, assumptions, scenario, year, detail)
    recipes, shares, captured = _read_recipes(groups, assumptions, scenario, year, detail)
    keys, moves = ["place_id", "process", "pathway"], []
    for project, after in follow_projects(shares, groups, captured, detail, year):
        both = pd.concat(
            [frame.set_index(keys)["share"] for frame in (shares, after)], axis=1, keys=["before", "after"]
        )
        both = both.fillna(0.0)
        moves.append(both[both["before"] != both["after"]].reset_index().assign(project_id=project))
        shares = after
    columns = [*keys, "project_id", "before", "after"]
    moved = pd.concat([move for move in moves if len(move)] or [pd.DataFrame(columns=columns)], ignore_index=True)
    return Parts(_multiply(groups, shares[[*keys, "share"]], recipes), moved[columns])


def _group(
    sites: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int, detail: Detail
) -> pd.DataFrame:
    """Return the CO2 of each process of each place; refuse sectors and shares that make no sense."""
    problems = check_sectors(sites, assumptions)
    if problems:
        raise TableError(problems)
    groups = split(_emitters(fill_co2(sites, assumptions), scenario, year), detail.processes, assumptions)
    refuse_shares(scenario, sorted(groups["process"].unique()), year, detail.families)
    return groups


def _emitters(sites: pd.DataFrame, scenario: Scenario, year: int) -> pd.DataFrame:
    """Return the fossil and biogenic CO2 [kt/a] in ``year`` of every site that has a figure."""
    sector_of = sites.set_index("site_id")["sector"]
    host = sites["process_gas_of"].fillna("")
    lost = sites[(host != "") & ~host.isin(sector_of.index)]
    if len(lost):
        raise TableError(
            Problem("table.unknown_gas_host", {"site": site}, file="sites.csv", column="process_gas_of", value=str(gas))
            for site, gas in zip(lost["site_id"], lost["process_gas_of"], strict=True)
        )
    sector = host.map(sector_of).where(host != "", sites["sector"])
    activity = sector.map({s: scenario.activity_of(s, year) for s in sector.unique()}).astype(float)
    table = pd.DataFrame(
        {
            "place_id": sites["site_id"],
            "owner": host.where(host != "", sites["site_id"]).astype(object),
            "sector": sector.astype(object),  # of no sites at all it would be numbers
            "fossil": sites["co2_kt_per_a"] * activity,
            "biogenic": sites["co2_biogenic_kt_per_a"].fillna(0.0) * activity,
            "made": sites["activity_kt_per_a"] * activity if "activity_kt_per_a" in sites else np.nan,
            "made_in": sites.get("activity_of", ""),
        }
    )
    return table[table["fossil"].notna() & ~table["place_id"].isin(scenario.sites_off)]


def _read_recipes(
    groups: pd.DataFrame, assumptions: Assumptions, scenario: Scenario, year: int, detail: Detail
) -> tuple[pd.DataFrame, pd.DataFrame, dict[tuple[str, str], float]]:
    """Return the recipes, the shares of the scenario, and the CO2 captured per CO2 by process and pathway."""
    ways = list_ways(sorted(groups["process"].unique()), scenario, year, detail.families)
    mine = detail.measures.effects
    mine = mine[mine["site_id"].isin(groups["owner"]) & mine["process"].isin(groups["process"])]
    named = [(process, p, detail.families[p]) for process, p in zip(mine["process"], mine["pathway"], strict=True)]
    standing = [
        (p, w, detail.families[w]) for p, _, _ in named for w in (POSTPONED, STANDSTILL) if w in detail.families
    ]
    recipes = tabulate(assumptions, dict.fromkeys([*ways, *named, *standing]), year)
    co2 = recipes[recipes["carrier"] == "co2"]
    captured = dict(zip(zip(co2["process"], co2["pathway"], strict=True), co2["mode"], strict=True))
    return recipes, share_out(groups, ways, scenario, year), captured


def _multiply(groups: pd.DataFrame, shares: pd.DataFrame, recipes: pd.DataFrame) -> pd.DataFrame:
    """Multiply the CO2 of each process of each place by its shares and by the recipes of its pathways."""
    table = groups.merge(shares, on=["place_id", "process"]).merge(recipes, on=["process", "pathway"])
    biogenic = table["biogenic"].where(table["biogenic_too"], 0.0)
    table["of"] = table["fossil"].where(table["biogenic_too"], table["base"]) + biogenic
    for end, name in _ENDS:
        table[name] = table["of"] * table["share"] * table[end]
    table["kind"] = "site"
    table["biogenic_kt_per_a"] = (biogenic * table["share"] * table["mode"]).where(table["carrier"] == "co2", 0.0)
    table["replaced_kt_per_a"] = table["fossil"] * table["share"] * table["replaced"]
    table["baseline_kt_per_a"] = table["baseline"]
    return table[table["amount"] > 0.0]


def _gather_residual_heat(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the residual heat of a process over its pathways, because it leaves by one pipe.

    The row is named after the pathway with most of the heat.
    """
    heat = (table["carrier"] == "heat") & (table["role"] == "supply")
    if not heat.any():
        return table.copy()
    keys = ["place_id", "process", "band"]
    ends = [name for _, name in _ENDS]
    left = table[heat].sort_values([*keys, "amount", "pathway"], ascending=[True, True, True, False, True])
    gathered = left.drop_duplicates(keys).set_index(keys)
    by_band = left.groupby(keys)
    gathered[ends] = by_band[ends].sum()
    # capture gives heat beside its process: count the share of their pathway once
    gathered["share"] = left.drop_duplicates([*keys, "pathway"]).groupby(keys)["share"].sum()
    gathered["assumption_keys"] = by_band["assumption_keys"].agg(
        lambda k: ",".join(dict.fromkeys(",".join(k).split(",")))
    )
    return pd.concat([table[~heat], gathered.reset_index()], ignore_index=True)


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
    fixed = {"kind": "heat_area", "sector": "heat_area", "process": "heat_area", "carrier": "heat", "role": "demand"}
    table = table.assign(**fixed, pathway="heat_network", family="heat_network", share=1.0)
    table = table.assign(activity_kt_per_a=np.nan, activity_basis="")
    return _with_peak(table[table["amount"] > 0.0].copy())


def unknown(
    sites: pd.DataFrame, heat_areas: pd.DataFrame | None = None, assumptions: Assumptions | None = None
) -> tuple[str, ...]:
    """Return the ids of the places without an estimate: no CO2, or neither a heat demand nor inhabitants.

    With ``assumptions`` a site whose tonnes of product are public is known too.
    """
    filled = sites if assumptions is None else fill_co2(sites, assumptions)
    missing = list(filled.loc[filled["co2_kt_per_a"].isna(), "site_id"])
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
