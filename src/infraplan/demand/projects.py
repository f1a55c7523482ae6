"""The projects of a study: what each brings, what it needs, and what falls with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from infraplan.core import ANNUAL_UNIT, ScenarioError, records
from infraplan.demand.estimate import estimate_needs
from infraplan.study import Case, check_scenario, name_places

_WHO = ["place_id", "carrier", "role", "unit"]
_LEAST_CHANGE = 1e-6
_LISTED = [
    "project_id", "name", "type", "status", "first_year", "goes_ahead", "depends_on", "falls_too", "hubs", "sites",
    "co2_kt_per_a", "h2_gwh_per_a",
]  # fmt: skip


@dataclass(frozen=True)
class Fall:
    """What falls when projects are cancelled, in the year of the scenario.

    Attributes
    ----------
    projects : project_id, name, status, first_year, depends_on of all that fall.
    hubs : hub_id, name, carrier, capacity, unit of the hubs that close.
    needs : place_id, name, carrier, role, unit, with_projects, without, change of every need that changes.
    """

    projects: pd.DataFrame
    hubs: pd.DataFrame
    needs: pd.DataFrame


def cancel(case: Case, projects_off: Iterable[str]) -> Fall:
    """Return what falls when projects are cancelled: all that depend on them, their hubs, and what their sites need.

    Parameters
    ----------
    case : study and scenario.
    projects_off : ids of the projects to cancel, beside those that the scenario has off.

    Raises
    ------
    ScenarioError
        If the study has no such project.
    """
    scenario, study = case.scenario, case.study
    off = tuple(dict.fromkeys((*scenario.projects_off, *projects_off)))
    kept = tuple(project for project in scenario.projects_on if project not in off)
    changes = {"projects_off": off, "projects_on": kept}
    problems = check_scenario(study, scenario.changed(**changes), "--off")
    if problems:
        raise ScenarioError(problems)
    without = case.changed(**changes)
    fallen = case.going_ahead - without.going_ahead
    columns = ["project_id", "name", "status", "first_year", "depends_on"]
    return Fall(
        study.projects.loc[study.projects["project_id"].isin(fallen), columns].reset_index(drop=True),
        _lost_hubs(case, without),
        _moved_needs(case, without),
    )


def list_projects(case: Case) -> pd.DataFrame:
    """Return every project with what it needs and what would fall with it, in the year of the scenario.

    Returns
    -------
    project_id, name, type, status, first_year, goes_ahead, depends_on, falls_too (project ids), hubs (hub ids), sites
    (place ids), co2_kt_per_a [kt/a] and h2_gwh_per_a [GWh/a]: the captured CO2 and the hydrogen used that would be
    missing without it.
    """
    study = case.study
    touching = {*study.project_effects["project_id"], *study.projects.loc[study.projects["hub_id"] != "", "project_id"]}
    rows = []
    for project in records(study.projects):
        family = study.cancelled([project.project_id])
        row = {
            "project_id": project.project_id,
            "name": project.name,
            "type": project.type,
            "status": project.status,
            "first_year": project.first_year,
            "goes_ahead": project.project_id in case.going_ahead,
            "depends_on": project.depends_on,
            "falls_too": " ".join(sorted(family - {project.project_id})),
            "hubs": "",
            "sites": "",
            "co2_kt_per_a": 0.0,
            "h2_gwh_per_a": 0.0,
        }
        if project.project_id in case.going_ahead and family & touching:
            fall = cancel(case, [project.project_id])
            # only losses count: what its sites do instead is not subtracted
            lost = fall.needs["change"].clip(upper=0.0).groupby([fall.needs["carrier"], fall.needs["role"]]).sum()
            row |= {
                "hubs": " ".join(fall.hubs["hub_id"]),
                "sites": " ".join(sorted(set(fall.needs["place_id"]))),
                "co2_kt_per_a": abs(float(lost.get(("co2", "supply"), 0.0))),
                "h2_gwh_per_a": abs(float(lost.get(("h2", "demand"), 0.0))),
            }
        rows.append(row)
    # named, so that a study without projects has the columns too
    return pd.DataFrame(rows, columns=_LISTED).astype({"co2_kt_per_a": float, "h2_gwh_per_a": float})


def _lost_hubs(case: Case, without: Case) -> pd.DataFrame:
    lost = []
    for carrier in case.study.settings.carriers:
        before, after = (one.hubs_of(carrier) for one in (case, without))
        gone = before[~before["hub_id"].isin(after["hub_id"])]
        lost.append(pd.DataFrame(gone[["hub_id", "name", "carrier", "capacity"]]))
    table = pd.concat(lost, ignore_index=True)
    return table.assign(unit=table["carrier"].map(ANNUAL_UNIT))


def _moved_needs(case: Case, without: Case) -> pd.DataFrame:
    sums = [estimate_needs(one).groupby(_WHO)["amount"].sum() for one in (case, without)]
    table = pd.concat(sums, axis=1, keys=["with_projects", "without"]).fillna(0.0).reset_index()
    table["change"] = table["without"] - table["with_projects"]
    table = table[table["change"].abs() > _LEAST_CHANGE]
    table.insert(1, "name", table["place_id"].map(name_places(case.study)))
    return table.sort_values(["carrier", "role", "change", "place_id"], ignore_index=True)
