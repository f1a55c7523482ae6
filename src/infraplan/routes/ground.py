"""The ground of a case: cost surface, crossings and candidate graph. It stays when a site is switched."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan.core import CandidateGraph, CostSurface, IntArray, Problem, ScenarioError
from infraplan.routes import candidates, surface
from infraplan.routes.surface import Burned
from infraplan.study import SURFACE_FILE, Case, Study, drawings

log = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
# numbers in these units change the cost of ground only, not where a pipe may start
PRICE_UNITS = frozenset({"1", "eur", "eur_per_m"})


class GroundKey(NamedTuple):
    """Digests of what a ground depends on: layers and places of the study, the price of ground, the drawing."""

    layers: str
    prices: str
    drawing: str


@dataclass(frozen=True)
class Ground:
    """Where pipes could run and what that costs.

    Attributes
    ----------
    key : digests of what it was built from.
    surface, crossings, candidates : with what the scenario draws.
    undrawn, plain : surface and candidates without what the scenario draws.
    burned : the layers as rasters, so that an unchanged layer is not burned again.
    """

    key: GroundKey
    surface: CostSurface
    crossings: gpd.GeoDataFrame
    candidates: CandidateGraph
    undrawn: CostSurface = field(repr=False)
    plain: CandidateGraph = field(repr=False)
    burned: Burned = field(repr=False)


def prepare(case: Case, *, earlier: Ground | None = None, progress: Progress | None = None) -> Ground:
    """Build the cost surface and the candidate graph of a case.

    Parameters
    ----------
    case : study and scenario.
    earlier : ground of another plan. Rasterised layers are reused where layers and their numbers are unchanged. Where
        only prices differ the candidates stay and are priced again: refinement moves pipes to the better ground.
        After a new drawing only links between neighbours are searched, not trunks.
    progress : told how far it is [0..1], and the step.

    Raises
    ------
    ScenarioError
        If a must-pass line is shorter than a cell or touches cells of a no-go area.
    """
    report_progress = progress or (lambda share, what: None)
    report_progress(0.0, "cost surface")
    study, key = case.study, ground_key(case)
    if earlier is not None and earlier.key.layers != key.layers:
        earlier = None
    if earlier is not None and earlier.key.prices == key.prices:
        undrawn, crossings, plain, burned = earlier.undrawn, earlier.crossings, earlier.plain, earlier.burned
    else:
        burned = Burned(None if earlier is None else earlier.burned)
        undrawn = _build_undrawn(case, burned)
        crossings = surface.crossings(study.stack, undrawn.grid, case.assumptions)
        if earlier is not None:
            plain = candidates.reprice(earlier.plain, undrawn, crossings)
        else:
            plain = _build_candidates(
                case, study.opened, undrawn, crossings, report_progress, roots=_hubs(study.opened)
            )
    ground, lines = _draw(case, undrawn)
    graph = plain
    if earlier is not None and earlier.key.drawing == key.drawing and earlier.candidates is not earlier.plain:
        graph = candidates.reprice(earlier.candidates, ground, crossings)
    elif ground is not undrawn or lines or case.scenario.drawing.sites or case.scenario.drawing.hubs:
        # candidates from before the drawing stay, so that the plan changes only where something was drawn
        roots = () if earlier is not None else _hubs(study)
        graph = _build_candidates(
            case, study, ground, crossings, report_progress, lines=lines, earlier=plain, roots=roots
        )
    return Ground(key, ground, crossings, graph, undrawn, plain, burned)


def _build_candidates(
    case: Case,
    study: Study,
    ground: CostSurface,
    crossings: gpd.GeoDataFrame,
    report_progress: Progress,
    *,
    roots: Sequence[str],
    lines: Sequence[IntArray] = (),
    earlier: CandidateGraph | None = None,
) -> CandidateGraph:
    """Build the candidate graph between the places of a study: with those that the case draws, or as it was opened."""
    places = terminals(study)
    cells = ground.grid.cells_at(places["x"], places["y"])
    moved, unreachable = surface.free_cells(
        ground,
        dict(zip(places["place_id"], cells.tolist(), strict=True)),
        snap_limit_m=case.assumptions.value("terminal", "snap_limit_m", "m"),
    )
    if moved:
        log.warning("on blocked ground, so the pipe starts at the nearest free cell: %s", ", ".join(sorted(moved)))
    return candidates.build(
        ground,
        places,
        crossings=crossings,
        limits=candidates.limits_of(case.assumptions),
        roots=roots,
        snapped=moved,
        unreachable=unreachable,
        lines=lines,
        earlier=earlier,
        junctions=earlier is None,
        progress=lambda share, what: report_progress(0.2 + 0.8 * share, what),
    )


def _hubs(study: Study) -> list[str]:
    return [str(hub) for hub in study.hubs["hub_id"]]


def build_surface(case: Case) -> CostSurface:
    """Build the cost surface of a case alone, for instance to write it as GeoTIFF."""
    return _draw(case, _build_undrawn(case, Burned()))[0]


def _draw(case: Case, undrawn: CostSurface) -> tuple[CostSurface, list[IntArray]]:
    """Return ground with no-go areas closed and must-pass lines opened, and the cells under these lines."""
    drawing, grid = case.scenario.drawing, undrawn.grid
    lines = [surface.cells_under(line, grid) for line in drawings.polylines(drawing.must_pass, grid.crs)]
    ground = undrawn
    forbidden = [~np.isfinite(undrawn.multiplier.flat[cells]) for cells in lines]
    if any(stuck.any() for stuck in forbidden):
        ground = surface.open_ways(ground, lines, case.assumptions.value("drawn_line", "multiplier", "1"))
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


def _build_undrawn(case: Case, burned: Burned) -> CostSurface:
    """Build the cost surface without what the scenario draws."""
    settings = case.study.settings
    return surface.build(
        case.study.stack,
        surface.grid_of(settings.extent, settings.crs, settings.cell_m),
        case.assumptions,
        existing_statuses=case.scenario.existing_statuses,
        existing_lines=case.scenario.existing_lines,
        extent=settings.extent,
        burned=burned,
    )


def ground_key(case: Case) -> GroundKey:
    """Return digests of all that the ground depends on. Plans with equal keys can share their ground."""
    study, scenario = case.study, case.scenario
    rows = [row for row in case.assumptions.rows.values() if row.file == SURFACE_FILE]
    layers = {
        "study": study.settings.model_dump(mode="json"),
        "layers": _layer_stamps(study),
        "places": terminals(study.opened).to_dict("list"),
        "statuses": scenario.existing_statuses,
        "lines": scenario.existing_lines,
        "ways": astuple(candidates.limits_of(case.assumptions)),
        "numbers": [(row.subject, row.parameter, row.value) for row in rows if row.unit not in PRICE_UNITS],
    }
    prices = [(row.subject, row.parameter, row.value) for row in rows if row.unit in PRICE_UNITS]
    drawing = {
        "places": terminals(study).to_dict("list"),
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
