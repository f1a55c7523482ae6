"""The ground of a study: cost surface, crossings and candidate graph, all that stays when a site is switched."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from infraplan import candidates, surface
from infraplan.model import CandidateGraph, CostSurface, Scenario
from infraplan.study import Study, overrides

log = logging.getLogger(__name__)

Progress = Callable[[float, str], None]
# the file of assumptions whose numbers shape the ground
SURFACE_FILE = "surface.csv"


@dataclass(frozen=True)
class Ground:
    """Where pipes could run and what that costs: all that does not change when a site is switched."""

    key: str
    surface: CostSurface
    crossings: gpd.GeoDataFrame
    candidates: CandidateGraph


def prepare(study: Study, scenario: Scenario, *, progress: Progress | None = None) -> Ground:
    """Build the cost surface and the candidate graph of a study."""
    tell = progress or (lambda share, what: None)
    tell(0.0, "cost surface")
    assumptions = study.assumptions.with_values(overrides(scenario))
    ground = build_surface(study, scenario)
    grid = ground.grid
    crossings = surface.crossings(study.stack, grid, assumptions)
    places = terminals(study)
    cells = grid.cells_at(places["x"], places["y"])
    moved, unreachable = surface.free_cells(
        ground,
        dict(zip(places["place_id"], cells.tolist(), strict=True)),
        snap_limit_m=assumptions.value("terminal", "snap_limit_m", "m"),
    )
    if moved:
        log.warning("on blocked ground, so the pipe starts at the nearest free cell: %s", ", ".join(sorted(moved)))
    graph = candidates.build(
        ground,
        places,
        crossings=crossings,
        roots=[str(hub) for hub in study.hubs["hub_id"]],
        snapped=moved,
        unreachable=unreachable,
        progress=lambda share, what: tell(0.2 + 0.8 * share, what),
    )
    return Ground(ground_key(study, scenario), ground, crossings, graph)


def build_surface(study: Study, scenario: Scenario) -> CostSurface:
    """Build the cost surface of a study alone, for instance to write it as GeoTIFF."""
    settings = study.settings
    return surface.build(
        study.stack,
        surface.grid_of(settings.extent, settings.crs, settings.cell_m),
        study.assumptions.with_values(overrides(scenario)),
        existing_statuses=scenario.existing_statuses,
        existing_lines=scenario.existing_lines,
        extent=settings.extent,
    )


def ground_key(study: Study, scenario: Scenario) -> str:
    """Digest of everything the ground depends on; plans with equal keys can share their ground."""
    assumptions = study.assumptions.with_values(overrides(scenario))
    content = {
        "study": study.settings.model_dump(mode="json"),
        "layers": _layer_stamps(study),
        "places": terminals(study).to_dict("list"),
        "statuses": scenario.existing_statuses,
        "lines": scenario.existing_lines,
        "surface": [
            (row.subject, row.parameter, row.value) for row in assumptions.rows.values() if row.file == SURFACE_FILE
        ],
    }
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
