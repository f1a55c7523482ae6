"""Who needs what in a year, from the sites, their processes and the projects that go ahead."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from infraplan.core import Problem, TableError
from infraplan.demand import needs
from infraplan.study import Case, Study, clusters_of, list_places


def estimate_needs(case: Case) -> pd.DataFrame:
    """Estimate who needs what in the scenario's year. Sites and areas of clusters that are off take no part."""
    study, scenario = case.study, case.scenario
    cluster_of = clusters_of(study)
    areas = study.heat_areas
    areas = areas[~areas["area_id"].map(cluster_of).isin(scenario.clusters_off)]
    sites, detail = _taking_part(case), describe(case)
    needed = needs.estimate(sites, areas, case.assumptions, scenario, scenario.year, detail=detail)
    return needs.specify(
        needed,
        study.specifications,
        places=list_places(study),
        substations=study.substations,
        assumptions=case.assumptions,
    )


def take_apart(case: Case) -> needs.Parts:
    """Return the parts that the needs of the sites are summed from (see ``needs.take_apart``)."""
    year, detail = case.scenario.year, describe(case)
    return needs.take_apart(_taking_part(case), case.assumptions, case.scenario, year, detail=detail)


def _taking_part(case: Case) -> gpd.GeoDataFrame:
    """Return the sites of the clusters that take part."""
    sites = case.study.sites
    return sites[~sites["cluster"].isin(case.scenario.clusters_off)]


def check_detail(study: Study) -> list[Problem]:
    """Return what is wrong with the processes, specifications and project effects of a study."""
    known, families = needs.sectors(study.assumptions), needs.families_of(study.pathways)
    return [
        *needs.check_processes(study.processes, study.sites, known),
        *needs.check_specifications(study.specifications, known, tuple(families)),
        *needs.check_effects(study.project_effects, known, families),
    ]


def describe(case: Case) -> needs.Detail:
    """Return what the study knows beyond its sectors: processes, named pathways, and projects that go ahead.

    Raises
    ------
    TableError
        With everything that is wrong with these tables.
    """
    study = case.study
    problems = check_detail(study)
    if problems:
        raise TableError(problems)
    projects = study.projects.set_index("project_id")
    effects = study.project_effects
    of = projects.reindex(effects["project_id"])
    captures = (of["effect_carrier"] == "co2").to_numpy()
    effects = effects.assign(
        cap_kt_per_a=of["effect_amount"].where(captures).to_numpy(dtype=float),
        from_year=of["first_year"].to_numpy(dtype=float),
    )
    effects["from_year"] = effects["from_year"].fillna(effects["first_year"])
    measures = needs.Measures(effects, case.going_ahead)
    return needs.Detail(study.processes, needs.families_of(study.pathways), measures)


def sum_needs(needed: pd.DataFrame) -> pd.DataFrame:
    """Sum needs per sector, carrier, role and temperature band: low, most likely and high amount, and places."""
    keys = ["sector", "carrier", "role", "band", "unit"]
    return needed.groupby(keys, as_index=False).agg(
        places=("place_id", "nunique"),
        amount_low=("amount_low", "sum"),
        amount=("amount", "sum"),
        amount_high=("amount_high", "sum"),
    )


def needs_by_year(case: Case) -> pd.DataFrame:
    """Estimate the needs at every milestone of the study and in the scenario's year."""
    years = sorted({*case.study.settings.milestones, case.scenario.year})
    return pd.concat([estimate_needs(case.in_year(year)) for year in years], ignore_index=True)


def total_needs(study: Study, needed: pd.DataFrame) -> pd.DataFrame:
    """Sum needs per sector, cluster, carrier, role and year.

    Parameters
    ----------
    needed : table of ``needs_by_year`` or ``estimate_needs``.

    Returns
    -------
    year, sector, cluster, carrier, role, unit, peak_unit, places, amount_low, amount, amount_high [unit],
    peak [peak_unit], biogenic_kt_per_a [kt/a] (of CO2), sorted by these keys.
    """
    keys = ["year", "sector", "cluster", "carrier", "role", "unit", "peak_unit"]
    table = needed.assign(cluster=needed["place_id"].map(clusters_of(study)))
    return table.groupby(keys, as_index=False).agg(
        places=("place_id", "nunique"),
        amount_low=("amount_low", "sum"),
        amount=("amount", "sum"),
        amount_high=("amount_high", "sum"),
        peak=("peak", "sum"),
        biogenic_kt_per_a=("biogenic_kt_per_a", "sum"),
    )
