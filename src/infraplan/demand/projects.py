"""The projects of a study: what each brings, what it needs, and what falls with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from infraplan.core import ANNUAL_UNIT, Scenario, ScenarioError, records
from infraplan.demand.estimate import estimate_needs
from infraplan.study import Study, check_scenario, name_places

_WHO = ["place_id", "carrier", "role", "unit"]
_LEAST_CHANGE = 1e-6
# columns of the list of projects, with the kind of what they hold
_LISTED = {
    "project_id": "object", "name": "object", "type": "object", "status": "object", "first_year": "float",
    "goes_ahead": "bool", "depends_on": "object", "falls_too": "object", "hubs": "object", "sites": "object",
    "co2_kt_per_a": "float", "h2_gwh_per_a": "float",
}  # fmt: skip


@dataclass(frozen=True)
class Fall:
    """What falls when projects are cancelled, in the year of the scenario.

    projects : project_id, name, status, first_year, depends_on of all that fall.
    hubs : hub_id, name, carrier, capacity, unit of the hubs that close.
    needs : place_id, name, carrier, role, unit, with_projects, without, change of every need that moves.
    """

    projects: pd.DataFrame
    hubs: pd.DataFrame
    needs: pd.DataFrame


def cancel(study: Study, scenario: Scenario, projects_off: Iterable[str]) -> Fall:
    """Say what falls with some projects: all that depend on them, their hubs, and what their sites need.

    Raises
    ------
    ScenarioError
        If the study has no such project.
    """
    wanted = tuple(dict.fromkeys((*scenario.projects_off, *projects_off)))
    kept = tuple(project for project in scenario.projects_on if project not in wanted)
    without = scenario.changed(projects_off=wanted, projects_on=kept)
    problems = check_scenario(study, without, "--off")
    if problems:
        raise ScenarioError(problems)
    fallen = study.going_ahead(scenario) - study.going_ahead(without)
    projects = study.as_asked(scenario).projects
    columns = ["project_id", "name", "status", "first_year", "depends_on"]
    return Fall(
        projects.loc[projects["project_id"].isin(fallen), columns].reset_index(drop=True),
        _lost_hubs(study, scenario, without),
        _moved_needs(study, scenario, without),
    )


def list_projects(study: Study, scenario: Scenario) -> pd.DataFrame:
    """Return every project with what it needs and what would fall with it, in the year of the scenario.

    Columns: project_id, name, type, status, first_year, goes_ahead, depends_on, falls_too (project ids), hubs
    (hub ids), sites (place ids), co2_kt_per_a, h2_gwh_per_a: the captured CO2 and the hydrogen used that
    would be missing without it.
    """
    study = study.as_asked(scenario)
    ahead = study.going_ahead(scenario)
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
            "goes_ahead": project.project_id in ahead,
            "depends_on": project.depends_on,
            "falls_too": " ".join(sorted(family - {project.project_id})),
            "hubs": "",
            "sites": "",
            "co2_kt_per_a": 0.0,
            "h2_gwh_per_a": 0.0,
        }
        if project.project_id in ahead and family & touching:
            fall = cancel(study, scenario, [project.project_id])
            # what its sites do instead is not set against it
            lost = fall.needs["change"].clip(upper=0.0).groupby([fall.needs["carrier"], fall.needs["role"]]).sum()
            row |= {
                "hubs": " ".join(fall.hubs["hub_id"]),
                "sites": " ".join(sorted(set(fall.needs["place_id"]))),
                "co2_kt_per_a": abs(float(lost.get(("co2", "supply"), 0.0))),
                "h2_gwh_per_a": abs(float(lost.get(("h2", "demand"), 0.0))),
            }
        rows.append(row)
    # a study without projects has a table without rows, and its columns are of their kind all the same
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(_LISTED)).astype(_LISTED)


def _lost_hubs(study: Study, scenario: Scenario, without: Scenario) -> pd.DataFrame:
    lost = []
    for carrier in study.settings.carriers:
        before, after = (study.hubs_of(carrier, asked, scenario.year) for asked in (scenario, without))
        gone = before[~before["hub_id"].isin(after["hub_id"])]
        lost.append(pd.DataFrame(gone[["hub_id", "name", "carrier", "capacity"]]))
    table = pd.concat(lost, ignore_index=True)
    return table.assign(unit=table["carrier"].map(ANNUAL_UNIT))


def _moved_needs(study: Study, scenario: Scenario, without: Scenario) -> pd.DataFrame:
    sums = [estimate_needs(study, asked).groupby(_WHO)["amount"].sum() for asked in (scenario, without)]
    table = pd.concat(sums, axis=1, keys=["with_projects", "without"]).fillna(0.0).reset_index()
    table["change"] = table["without"] - table["with_projects"]
    table = table[table["change"].abs() > _LEAST_CHANGE]
    table.insert(1, "name", table["place_id"].map(name_places(study)))
    return table.sort_values(["carrier", "role", "change", "place_id"], ignore_index=True)
