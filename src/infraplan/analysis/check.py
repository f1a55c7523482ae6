"""The check of a study: read everything it holds, and tell every problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from infraplan.appraisal import chances, ranking
from infraplan.core import CostSurface, InfraplanError, Problem, Scenario
from infraplan.demand import DesignBasis, build_design_basis, check_detail, needs
from infraplan.networks import corridors, refinement
from infraplan.routes import build_surface, candidates
from infraplan.study import SETTINGS_FILE, Study, classes, open_case, read

# what a plan reads from the assumptions besides the needs and the ground
_NUMBERS_OF_A_PLAN = (chances, candidates.limits_of, refinement.limits_of, corridors.limits_of)


def check_study(folder: Path) -> tuple[list[Problem], list[str]]:
    """Read everything that a study holds; return every problem, and remarks that are no problem."""
    study, problems = read(folder)
    if study is None:
        return problems, ["Layers and scenarios are read when the tables can be"]
    settings = study.settings
    problems += needs.check_sectors(study.sites, study.assumptions)
    problems += study.stack.check(
        settings.extent, settings.crs, set(study.sources["source"]), classes(study.assumptions)
    )
    sectors, families = needs.sectors(study.assumptions), needs.families_of(study.pathways)
    problems += check_detail(study)
    for name in study.scenario_names():
        try:
            scenario = study.scenario(name)
            problems += needs.check_pathways(scenario, sectors, settings.milestones, families)
            problems += ranking.check_weights(scenario.weights, f"{name}.toml")
        except InfraplanError as error:
            problems += error.problems
    if settings.default_scenario not in study.scenario_names():
        remedy = "Write data/scenarios/NAME.toml, or name another default_scenario"
        problems.append(
            Problem("no such scenario", remedy, SETTINGS_FILE, None, "default_scenario", settings.default_scenario)
        )
    problems += _rehearse(study) if not problems else []
    return problems, _remarks(study)


def _rehearse(study: Study) -> list[Problem]:
    """Return what would stop a plan: numbers missing or in another unit, unknown lines, sites in the sea."""
    problems: list[Problem] = []
    for name in study.scenario_names():
        scenario = study.scenario(name)
        default = name == study.settings.default_scenario
        years = study.settings.milestones if default else (scenario.year,)
        steps: list[Callable[[], object]] = [partial(_build_basis, study, scenario, year) for year in years]
        steps += [partial(number_of, study.assumptions) for number_of in _NUMBERS_OF_A_PLAN]
        if default or scenario.existing_lines or scenario.drawing:
            steps.append(partial(_build_surface, study, scenario))
        for step in steps:
            try:
                step()
            except InfraplanError as error:
                problems += [problem for problem in error.problems if problem not in problems]
    return problems or _misplaced(study)


def _build_basis(study: Study, scenario: Scenario, year: int) -> DesignBasis:
    return build_design_basis(open_case(study, scenario).in_year(year))


def _build_surface(study: Study, scenario: Scenario) -> CostSurface:
    return build_surface(open_case(study, scenario))


def _misplaced(study: Study) -> list[Problem]:
    """Return the sites and hubs that stand on ground where nothing can be built."""
    ground = _build_surface(study, study.scenario())
    problems = []
    for frame, key, file in ((study.sites, "site_id", "sites.csv"), (study.hubs, "hub_id", "hubs.csv")):
        cells = ground.grid.cells_at(frame.geometry.x, frame.geometry.y)
        inside = study.inside(frame).to_numpy() & (cells >= 0)
        stuck = inside & ground.blocked.ravel()[np.maximum(cells, 0)]
        problems += [
            Problem(
                f"{frame[key][row]} stands on ground where nothing can be built (the sea?)",
                "Correct lon and lat, or the layer that blocks the ground",
                file,
                int(str(row)),
                "lon, lat",
                f"{frame['lon'][row]}, {frame['lat'][row]}",
            )
            for row in frame.index[stuck]
        ]
    return problems


def _remarks(study: Study) -> list[str]:
    outside = study.sites.loc[~study.inside(study.sites), "site_id"]
    unknown = needs.unknown(study.sites, assumptions=study.assumptions)
    lines = [
        f"{study.settings.title_en}: {len(study.sites)} sites, {len(study.hubs)} hubs, "
        f"{len(study.stack.entries)} layers, {len(study.assumptions.rows)} assumptions, "
        f"{len(study.scenario_names())} scenarios",
        study.settings.notice_en,
    ]
    if len(outside):
        lines.append(f"Outside the extent, counted but not routed: {', '.join(outside)}")
    if len(unknown):
        lines.append(f"Without a public CO2 figure, so without needs: {', '.join(unknown)}")
    named = {"sites": study.sites, "processes": study.processes, "projects": study.projects}
    if untitled := list(study.titles.list_untitled(study.assumptions, named)):
        lines.append(f"Without a title in data/terms.csv, shown by their own letters: {', '.join(untitled)}")
    return lines
