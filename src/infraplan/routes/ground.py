"""The ground of a study: cost surface, crossings and candidate graph, all that stays when a site is switched."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan.core import CandidateGraph, CostSurface, IntArray, Problem, Scenario, ScenarioError
from infraplan.routes import candidates, surface
from infraplan.routes.surface import Burned
from infraplan.study import SURFACE_FILE, Assumptions, Study, drawings, overrides

log = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
# numbers in these units only change what ground costs, not where a pipe may start
PRICE_UNITS = frozenset({"1", "eur", "eur_per_m"})


class GroundKey(NamedTuple):
    """Digests of what a ground depends on: layers and places of the study, the price of ground, the drawing."""

    layers: str
    prices: str
    drawing: str


@dataclass(frozen=True)
class Ground:
    """Where pipes could run and what that costs: all that does not change when a site is switched.

    ``undrawn`` and ``plain`` are surface and candidates without what the scenario draws; ``burned`` is where its
    layers are on the grid.
    """

    key: GroundKey
    surface: CostSurface
    crossings: gpd.GeoDataFrame
    candidates: CandidateGraph
    undrawn: CostSurface = field(repr=False)
    plain: CandidateGraph = field(repr=False)
    burned: Burned = field(repr=False)


def prepare(
    study: Study, scenario: Scenario, *, earlier: Ground | None = None, progress: Progress | None = None
) -> Ground:
    """Build the cost surface and the candidate graph of a study.

    ``earlier`` is the ground of another plan: what its layers say is kept where they and their numbers are the same.
    Where only prices differ the ways stay and get the new ones: refinement moves what is laid to the better ground.
    Around what is drawn anew only the links between neighbours are looked for, no new trunks.

    Raises
    ------
    ScenarioError
        If a line that must be passed is shorter than a cell or touches cells of a no-go area.
    """
    tell = progress or (lambda share, what: None)
    tell(0.0, "cost surface")
    study = study.as_asked(scenario)
    assumptions = study.assumptions.with_values(overrides(scenario))
    key = ground_key(study, scenario)
    if earlier is not None and earlier.key.layers != key.layers:
        earlier = None
    if earlier is not None and earlier.key.prices == key.prices:
        undrawn, crossings, plain, burned = earlier.undrawn, earlier.crossings, earlier.plain, earlier.burned
    else:
        burned = Burned(None if earlier is None else earlier.burned)
        undrawn = _undrawn(study, scenario, burned)
        crossings = surface.crossings(study.stack, undrawn.grid, assumptions)
        if earlier is not None:
            plain = candidates.reprice(earlier.plain, undrawn, crossings)
        else:
            origin = study.origin or study
            plain = _find_ways(undrawn, origin, assumptions, crossings, tell, roots=_hubs(origin))
    ground, lines = _draw(undrawn, scenario, assumptions)
    graph = plain
    if earlier is not None and earlier.key.drawing == key.drawing and earlier.candidates is not earlier.plain:
        graph = candidates.reprice(earlier.candidates, ground, crossings)
    elif ground is not undrawn or lines or study.drawing:
        # what was offered before the drawing still is, so that a plan changes where something was drawn
        roots = () if earlier is not None else _hubs(study)
        graph = _find_ways(ground, study, assumptions, crossings, tell, lines=lines, earlier=plain, roots=roots)
    return Ground(key, ground, crossings, graph, undrawn, plain, burned)


def _find_ways(
    ground: CostSurface,
    study: Study,
    assumptions: Assumptions,
    crossings: gpd.GeoDataFrame,
    tell: Progress,
    *,
    roots: Sequence[str],
    lines: Sequence[IntArray] = (),
    earlier: CandidateGraph | None = None,
) -> CandidateGraph:
    places = terminals(study)
    cells = ground.grid.cells_at(places["x"], places["y"])
    moved, unreachable = surface.free_cells(
        ground,
        dict(zip(places["place_id"], cells.tolist(), strict=True)),
        snap_limit_m=assumptions.value("terminal", "snap_limit_m", "m"),
    )
    if moved:
        log.warning("on blocked ground, so the pipe starts at the nearest free cell: %s", ", ".join(sorted(moved)))
    return candidates.build(
        ground,
        places,
        crossings=crossings,
        roots=roots,
        snapped=moved,
        unreachable=unreachable,
        lines=lines,
        earlier=earlier,
        junctions=earlier is None,
        progress=lambda share, what: tell(0.2 + 0.8 * share, what),
    )


def _hubs(study: Study) -> list[str]:
    return [str(hub) for hub in study.hubs["hub_id"]]


def build_surface(study: Study, scenario: Scenario) -> CostSurface:
    """Build the cost surface of a study alone, for instance to write it as GeoTIFF."""
    return _draw(_undrawn(study, scenario, Burned()), scenario, study.assumptions.with_values(overrides(scenario)))[0]


def _draw(undrawn: CostSurface, scenario: Scenario, assumptions: Assumptions) -> tuple[CostSurface, list[IntArray]]:
    """Return ground with no-go areas closed and lines to be passed opened, and the cells under these lines."""
    drawing, grid = scenario.drawing, undrawn.grid
    lines = [surface.cells_under(line, grid) for line in drawings.polylines(drawing.must_pass, grid.crs)]
    ground = undrawn
    forbidden = [~np.isfinite(undrawn.multiplier.flat[cells]) for cells in lines]
    if any(stuck.any() for stuck in forbidden):
        ground = surface.open_ways(ground, lines, assumptions.value("drawn_line", "multiplier", "1"))
    ground = surface.block(ground, drawings.outlines(drawing.no_go, grid.crs))
    problems = []
    for number, (line, cells) in enumerate(zip(drawing.must_pass, lines, strict=True), start=1):
        if len(cells) < 2:
            code = "drawing.line_too_short"
        elif not np.isfinite(ground.multiplier.flat[cells]).all():
            code = "drawing.line_touches_area"
        else:
            continue
        values = {"cell_m": grid.cell_m}
        problems.append(Problem(code, values, "scenario", number, "drawing.must_pass.line", line.name))
    if problems:
        raise ScenarioError(problems)
    return ground, lines


def _undrawn(study: Study, scenario: Scenario, burned: Burned) -> CostSurface:
    settings = study.settings
    return surface.build(
        study.stack,
        surface.grid_of(settings.extent, settings.crs, settings.cell_m),
        study.assumptions.with_values(overrides(scenario)),
        existing_statuses=scenario.existing_statuses,
        existing_lines=scenario.existing_lines,
        extent=settings.extent,
        burned=burned,
    )


def ground_key(study: Study, scenario: Scenario) -> GroundKey:
    """Digests of everything the ground depends on; plans with equal keys can share their ground."""
    rows = [row for row in study.assumptions.with_values(overrides(scenario)).rows.values() if row.file == SURFACE_FILE]
    layers = {
        "study": study.settings.model_dump(mode="json"),
        "layers": _layer_stamps(study),
        "places": terminals(study.origin or study).to_dict("list"),
        "statuses": scenario.existing_statuses,
        "lines": scenario.existing_lines,
        "numbers": [(row.subject, row.parameter, row.value) for row in rows if row.unit not in PRICE_UNITS],
    }
    prices = [(row.subject, row.parameter, row.value) for row in rows if row.unit in PRICE_UNITS]
    drawing = {
        "places": terminals(study.as_asked(scenario)).to_dict("list"),
        "no_go": [area.ring for area in scenario.drawing.no_go],
        "must_pass": [line.line for line in scenario.drawing.must_pass],
    }
    return GroundKey(_digest(layers), _digest(prices), _digest(drawing))


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _layer_stamps(study: Study) -> list[tuple[str, int, int]]:
    """Size and time of each layer file: enough to notice within a session that one was replaced."""
    stats = [(path, path.stat()) for path in sorted(study.stack.folder.rglob("*")) if path.is_file()]
    return [(path.name, stat.st_size, stat.st_mtime_ns) for path, stat in stats]


def terminals(study: Study) -> pd.DataFrame:
    """Every place a pipe could start or end: sites, hubs and heat areas, with x and y [m]."""
    frames = [
        pd.DataFrame({"place_id": t[key], "x": t.geometry.x, "y": t.geometry.y})
        for t, key in ((study.sites, "site_id"), (study.hubs, "hub_id"), (study.heat_areas, "area_id"))
    ]
    return pd.concat(frames, ignore_index=True)
