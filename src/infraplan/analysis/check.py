"""The check of a study: read everything it holds, and tell every problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from infraplan.appraisal import chances, ranking
from infraplan.core import CostSurface, InfraplanError, Problem, Scenario, describe, translate
from infraplan.demand import DesignBasis, build_design_basis, check_detail, needs
from infraplan.networks import corridors, refinement
from infraplan.routes import build_surface, candidates
from infraplan.study import SETTINGS_FILE, Study, classes, open_case, read, remark_study

# what a plan reads from the assumptions besides the needs and the ground
_NUMBERS_OF_A_PLAN = (chances, candidates.limits_of, refinement.limits_of, corridors.limits_of)


def check_study(folder: Path, language: str = "en") -> tuple[list[Problem], list[str]]:
    """Read everything that a study holds; return every problem, and remarks that are no problem."""
    study, problems = read(folder)
    if study is None:
        return problems, [translate("Layers and scenarios are read when the tables can be", language)]
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
        problems.append(
            Problem(
                "study.no_default_scenario",
                file=SETTINGS_FILE,
                column="default_scenario",
                value=settings.default_scenario,
            )
        )
    problems += _rehearse(study) if not problems else []
    return problems, _remarks(study, language)


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
                "site.on_blocked_ground",
                {"place": frame[key][row]},
                file,
                int(str(row)),
                "lon, lat",
                f"{frame['lon'][row]}, {frame['lat'][row]}",
            )
            for row in frame.index[stuck]
        ]
    return problems


def _remarks(study: Study, language: str) -> list[str]:
    outside = study.sites.loc[~study.inside(study.sites), "site_id"]
    unknown = needs.unknown(study.sites, assumptions=study.assumptions)
    counts = {
        "sites": len(study.sites), "hubs": len(study.hubs), "layers": len(study.stack.entries),
        "assumptions": len(study.assumptions.rows), "scenarios": len(study.scenario_names()),
    }  # fmt: skip
    held = "{title}: {sites} sites, {hubs} hubs, {layers} layers, {assumptions} assumptions, {scenarios} scenarios"
    remarks = remark_study(study)
    lines = [
        translate(held, language, title=getattr(study.settings, f"title_{language}"), **counts),
        str(getattr(study.settings, f"notice_{language}")),
    ]
    named = {"sites": study.sites, "processes": study.processes, "projects": study.projects}
    for said, places in (
        ("Outside the extent, counted but not routed: {places}", outside),
        ("Without a public CO2 figure, so without needs: {places}", unknown),
        (
            "Without a title in data/terms.csv, shown by their own letters: {places}",
            list(study.titles.list_untitled(study.assumptions, named)),
        ),
    ):
        if len(places):
            lines.append(translate(said, language, places=", ".join(places)))
    return lines + [describe(remark, language) for remark in remarks]
