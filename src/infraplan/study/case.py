"""A case: one study, one scenario, and the study's numbers as that scenario has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan.core import Drawing, Scenario
from infraplan.study import drawings
from infraplan.study.assumptions import Assumptions, apply_overrides
from infraplan.study.study import Study

# changed studies that are kept at a time
_MOST_KEPT = 4
_COUNTED_BY = ("hub_id", "carrier", "status", "first_year")


@dataclass(frozen=True, eq=False)
class Case:
    """One study and one scenario, joined once.

    Every door (a plan, a command, a page) opens a case with ``open_case`` and hands it down, so that nothing below
    can forget to apply the scenario.

    Attributes
    ----------
    study : the study with the places that the scenario draws, and its projects and hubs in the years it says.
        ``study.opened`` is the study as it was read.
    scenario : what is asked.
    assumptions : the study's numbers with the scenario's changes.
    """

    study: Study
    scenario: Scenario
    assumptions: Assumptions

    def in_year(self, year: int) -> Case:
        """Return the same case in another year. This is cheap: study and assumptions do not depend on the year."""
        if year == self.scenario.year:
            return self
        return replace(self, scenario=self.scenario.model_copy(update={"year": year}))

    def changed(self, **changes: Any) -> Case:
        """Return the case of the same study with some answers of the scenario changed."""
        return open_case(self.study, self.scenario.changed(**changes))

    def is_same(self, other: Case) -> bool:
        """Say whether another case is of the same opened study and asks the same."""
        return self.scenario == other.scenario and self.study is other.study

    @cached_property
    def going_ahead(self) -> frozenset[str]:
        """Projects that go ahead: by status or because the scenario says so, if all that they depend on do too."""
        projects, scenario = self.study.projects, self.scenario
        counts = projects["status"].isin(scenario.hub_statuses) | projects["project_id"].isin(scenario.projects_on)
        stopped = self.study.cancelled({*scenario.projects_off, *projects.loc[~counts, "project_id"]})
        return frozenset(projects["project_id"]) - stopped

    def hubs_of(self, carriers: str | Collection[str]) -> gpd.GeoDataFrame:
        """Return the hubs of one or more carriers that count in the scenario's year.

        A hub counts by its status, or because the scenario says that its project goes ahead. It does not count when
        it is switched off, when its project is, or when a project falls that its project needs.

        Returns
        -------
        GeoDataFrame
            The rows of the study's hubs with ``capacity`` [kt/a or GWh/a], ``unit_cost`` [EUR/t or EUR/MWh] and
            ``place_id``.
        """
        study, scenario, year = self.study, self.scenario, self.scenario.year
        off = study.cancelled(scenario.projects_off)
        wanted = {carriers} if isinstance(carriers, str) else set(carriers)
        projects = list(zip(study.projects["project_id"], study.projects["hub_id"], strict=True))
        built = {hub for project, hub in projects if project in scenario.projects_on}
        built |= {hub.hub_id for hub in scenario.drawing.hubs}
        gone = {*scenario.hubs_off, *(hub for project, hub in projects if project in off)}
        counts = [
            c in wanted and (status in scenario.hub_statuses or hub in built) and hub not in gone and first <= year
            for hub, c, status, first in zip(*(study.hubs[name] for name in _COUNTED_BY), strict=True)
        ]
        hubs = study.hubs[np.array(counts, dtype=bool)]
        milestones = sorted(study.settings.milestones)
        by_milestone = hubs[[f"capacity_{m}" for m in milestones]].to_numpy(dtype=float)
        capacity = [float(np.interp(year, milestones, row)) for row in by_milestone]
        return hubs.assign(
            capacity=np.array(capacity, dtype=float), unit_cost=hubs["cost_mode"], place_id=hubs["hub_id"]
        )


def open_case(study: Study, scenario: Scenario) -> Case:
    """Join a study and a scenario: draw its places, delay its projects, change its numbers.

    Only this function applies a scenario to a study. Doors call it; what stands below a door takes the case.

    Parameters
    ----------
    study : as it was opened, or as another scenario has it.
    scenario : checked against the study (see ``check_scenario``).

    Raises
    ------
    AssumptionError
        If the scenario changes a number that the study does not have, or to a value that makes no sense.
    """
    return Case(_apply(study.opened, scenario), scenario, apply_overrides(study.assumptions, scenario))


def _apply(study: Study, scenario: Scenario) -> Study:
    """Return the study with the scenario's places and delays; the same object for the same drawing and delays.

    A delayed project delays its hub, its effects and the projects that need it.
    """
    drawing, delays = Drawing(sites=scenario.drawing.sites, hubs=scenario.drawing.hubs), scenario.project_years
    if not (drawing or delays):
        return study
    key = (drawing, repr(sorted(delays.items())))
    kept = study.kept
    made = kept.get(key)
    if made is None or made.origin is not study:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        made = kept[key] = _draw_and_delay(study, drawing, delays)
    return made


def _draw_and_delay(study: Study, drawing: Drawing, delays: Mapping[str, int]) -> Study:
    spots = drawings.points(drawing.sites, study.settings.crs)
    clusters = {
        site.site_id: near or site.site_id for site, near in zip(drawing.sites, study.clusters_near(spots), strict=True)
    }
    sites = drawings.add_sites(study.sites, drawing, clusters=clusters)
    hubs = drawings.add_hubs(study.hubs, drawing, study.settings.milestones)
    tables_of = {"projects": study.projects, "project_effects": study.project_effects, "hubs": hubs}
    tables_of |= _delay(tables_of, study.delayed(delays)) if delays else {}
    return replace(study, sites=sites, **tables_of, origin=study, kept={})


def _delay(tables_of: Mapping[str, Any], late: Mapping[str, int]) -> dict[str, pd.DataFrame]:
    """Return projects, their effects and their hubs with the years before which they cannot start."""
    projects, effects, hubs = (tables_of[name] for name in ("projects", "project_effects", "hubs"))
    least = projects["project_id"].map(late).astype(float)
    own = projects["first_year"].astype(float)
    dated = set(effects.loc[effects["first_year"].notna(), "project_id"])
    # a project without a year of its own follows the years of its effects
    has_year = own.notna() | ~projects["project_id"].isin(dated)
    of_hub = least.groupby(projects["hub_id"]).max()
    return {
        "projects": projects.assign(first_year=own.where(~has_year, np.fmax(own, least))),
        "project_effects": effects.assign(
            first_year=np.fmax(effects["first_year"].astype(float), effects["project_id"].map(late).astype(float))
        ),
        "hubs": hubs.assign(first_year=np.fmax(hubs["first_year"], hubs["hub_id"].map(of_hub).astype(float))),
    }
