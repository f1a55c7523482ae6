"""The cost surface: what a metre of the reference pipe costs in each cell, and what each crossing adds.

    multiplier = highest of (open ground, every constraint that covers the cell) x cheapest bundling
    crossing   = sum over the crossing layers of the dearest line of each that touches the cell

Constraints combine by maximum because layers overlap (a town in a port zone is still a town: multiplying
would count the same trouble twice); bundling by minimum because one trench is saved only once. Blocked
is infinite, so no bundling can reopen it. A polygon claims the cells whose centre it covers; a blocked
polygon claims every cell it touches, so that no no-go is ever slipped through.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import pairwise

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import ndimage

from infraplan.core import M_PER_KM, CostSurface, FloatArray, Grid, IntArray, LayerError, Phrase, Problem, ScenarioError
from infraplan.routes.surface.crossings import burn_crossings, crossings
from infraplan.routes.surface.drawing import Burned, Raster, areas, burn, near
from infraplan.study import (
    BLOCKED,
    DENSITY_FIELD,
    NONE,
    Assumptions,
    Bounds,
    LayerEntry,
    LayerStack,
    check_crs,
    classes,
    codes_of,
    project_extent,
)

_WGS84 = "EPSG:4326"
_EDGE_STEP_DEG = 0.05  # straight pieces that stand in for a parallel or meridian


@lru_cache(maxsize=16)
def grid_of(extent: Bounds, crs: str, cell_m: float) -> Grid:
    """Lay a grid over ``extent``, its edges on whole multiples of ``cell_m`` so that studies line up.

    Parameters
    ----------
    extent : west, south, east, north [deg, WGS84].
    cell_m : side of a cell [m].

    Raises
    ------
    LayerError
        If the extent is upside down, the CRS is not in metres or the cell has no size.
    """
    if not (math.isfinite(cell_m) and cell_m > 0.0):
        raise LayerError(Problem("surface.no_cell_size", column="cell_m", value=str(cell_m)))
    west, south, east, north = project_extent(extent, crs)
    left, right = math.floor(west / cell_m), math.ceil(east / cell_m)
    bottom, top = math.floor(south / cell_m), math.ceil(north / cell_m)
    return Grid(check_crs(crs), left * cell_m, top * cell_m, cell_m, right - left, top - bottom)


def build(
    stack: LayerStack,
    grid: Grid,
    assumptions: Assumptions,
    *,
    existing_statuses: Iterable[str],
    existing_lines: Iterable[str] = (),
    extent: Bounds | None = None,
    burned: Burned | None = None,
) -> CostSurface:
    """Turn the layer stack into the cost of ground.

    Parameters
    ----------
    existing_statuses : statuses of lines that can be followed in this scenario; a bundling layer without
        ``status_field`` holds only what exists.
    existing_lines : ids or names of lines that can be followed whatever their status.
    extent : west, south, east, north [deg, WGS84]; ground outside is blocked. A grid in metres is a little
        larger than the extent it was made for, and layers cut to the extent leave its rim open.
    burned : remembers what the layers claim; give that of an earlier surface of the same stack on the same grid.

    Raises
    ------
    LayerError, AssumptionError
        If a layer or the number behind its class is missing or wrong.
    ScenarioError
        If ``existing_lines`` names a line that no bundling layer has.
    """
    problems = stack.check_classes(classes(assumptions))
    if problems:
        raise LayerError(problems)
    burned = Burned() if burned is None else burned
    ground = np.full(grid.shape, assumptions.value("open", "multiplier", "1"), np.float32)
    for entry in stack.of_role("constraint"):
        np.maximum(ground, _constraint(stack, entry, grid, assumptions, burned), out=ground)
    if extent is not None:
        ground[burned.get(("outside",), lambda: _outside(extent, grid))] = np.inf
    ground *= _bundling(stack, grid, assumptions, frozenset(existing_statuses), frozenset(existing_lines), burned)
    base_eur_per_m = assumptions.value("reference_pipe", "base_cost", "eur_per_m")
    crossing_eur = burn_crossings(crossings(stack, grid, assumptions), grid, burned)
    return CostSurface(grid, ground, crossing_eur, base_eur_per_m)


def block(surface: CostSurface, areas: Sequence[shapely.Geometry]) -> CostSurface:
    """Return ground on which no pipe may touch some areas in the grid's CRS."""
    if not areas:
        return surface
    shapes = np.asarray(gpd.GeoSeries(list(areas)).make_valid().array, dtype=object)
    closed = burn(shapes, np.full(len(shapes), np.inf), surface.grid) > 0.0
    return replace(surface, multiplier=np.where(closed, np.float32(np.inf), surface.multiplier))


def open_ways(surface: CostSurface, ways: Sequence[IntArray], multiplier: float) -> CostSurface:
    """Return ground on which forbidden cells under some ways can be built on, at ``multiplier`` [-]."""
    if not ways:
        return surface
    ground = surface.multiplier.copy()
    under = np.unique(np.concatenate(ways))
    ground.flat[under[~np.isfinite(ground.flat[under])]] = multiplier
    return replace(surface, multiplier=ground)


def cells_under(line: shapely.Geometry, grid: Grid) -> IntArray:
    """Return the cells along a line in the grid's CRS, each beside the one before; those outside are left out."""
    column = np.floor((shapely.get_coordinates(line)[:, 0] - grid.x_min) / grid.cell_m).astype(np.int64)
    row = np.floor((grid.y_max - shapely.get_coordinates(line)[:, 1]) / grid.cell_m).astype(np.int64)
    pieces = []
    for (left, top), (right, bottom) in pairwise(zip(column.tolist(), row.tolist(), strict=True)):
        steps = np.linspace(0.0, 1.0, max(abs(right - left), abs(bottom - top)) + 1)
        across = np.floor(left + (right - left) * steps + 0.5).astype(np.int64)
        down = np.floor(top + (bottom - top) * steps + 0.5).astype(np.int64)
        pieces.append(np.column_stack([across, down]))
    across, down = np.concatenate(pieces).T
    inside = (across >= 0) & (across < grid.width) & (down >= 0) & (down < grid.height)
    cells = np.asarray((down * grid.width + across)[inside], dtype=np.int64)
    return cells[np.append(True, cells[1:] != cells[:-1])] if len(cells) else cells


def free_cells(
    surface: CostSurface, cells: Mapping[str, int], *, snap_limit_m: float
) -> tuple[dict[str, int], dict[str, str | Phrase]]:
    """Move places off blocked ground to the nearest free cell.

    Parameters
    ----------
    cells : cell per place id; -1 lies outside the grid.
    snap_limit_m : how far a place may move [m], assumption terminal / snap_limit_m.

    Returns
    -------
    moved : cell per place id, for the places that stood on blocked ground and could be moved.
    lost : reason per place id, for the places that cannot be reached.
    """
    blocked = surface.blocked
    flat = blocked.ravel()
    lost: dict[str, str | Phrase] = {place: "outside the study area" for place, cell in cells.items() if cell < 0}
    stuck = [place for place, cell in cells.items() if cell >= 0 and flat[cell]]
    if not stuck or flat.all():
        return {}, lost | dict.fromkeys(stuck, "all ground is blocked")
    distance, nearest = ndimage.distance_transform_edt(blocked, sampling=surface.grid.cell_m, return_indices=True)
    moved = {}
    for place in stuck:
        row, column = divmod(cells[place], surface.grid.width)
        if distance[row, column] <= snap_limit_m:
            near_row, near_column = nearest[:, row, column]
            moved[place] = int(near_row) * surface.grid.width + int(near_column)
        else:
            lost[place] = Phrase(
                "phrase.blocked_around",
                {"around_km": float(distance[row, column]) / M_PER_KM, "most_km": snap_limit_m / M_PER_KM},
            )
    return moved, lost


def _constraint(stack: LayerStack, entry: LayerEntry, grid: Grid, assumptions: Assumptions, burned: Burned) -> Raster:
    """Multiplier of one constraint layer per cell, 0 where it says nothing."""
    if entry.is_raster:
        values, mask = stack.read_raster(entry.id, grid)
        codes, place = np.unique(values[mask], return_inverse=True)
        ground = np.zeros(grid.shape, np.float32)
        of_code = [_multiplier(entry.value_map[str(int(code))], assumptions) for code in codes]
        ground[mask] = np.array(of_code, np.float32)[place]
        return ground
    frame = stack.read(entry.id, crs=grid.crs, bounds=grid.bounds)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if entry.kind == "density":
        reach_m = assumptions.value("density", "nearest_point_reach", "m")
        multiplier = _by_density(pd.to_numeric(frame[entry.name]).to_numpy(dtype=float), "density_", assumptions)
        return burned.burn(entry.id, lambda: areas(shapes, grid, reach_m), multiplier, grid, reach_m)
    if entry.kind == "codes":
        names = codes_of(frame[entry.code_field]).map(entry.value_map)
        of_name = {name: _multiplier(name, assumptions) for name in names.unique()}
        multiplier = names.map(of_name).to_numpy(dtype=float)
    else:
        multiplier = _class_multiplier(entry, frame, assumptions)
    return burned.burn(entry.id, lambda: shapes, multiplier, grid)


def _multiplier(name: str, assumptions: Assumptions) -> float:
    """Multiplier of a class; infinite where blocked, 0 where the layer says nothing."""
    if name in (BLOCKED, NONE):
        return math.inf if name == BLOCKED else 0.0
    return assumptions.value(name, "multiplier", "1")


def _class_multiplier(entry: LayerEntry, frame: gpd.GeoDataFrame, assumptions: Assumptions) -> FloatArray:
    """Multiplier per feature of a layer of one class, scaled by its density where it has one."""
    plain = _multiplier(entry.name or BLOCKED, assumptions)
    field = entry.density_field or (DENSITY_FIELD if DENSITY_FIELD in frame.columns else "")
    curve = f"{entry.name}_density_"
    if entry.kind == BLOCKED or not field or not (entry.density_field or _breakpoints(curve, assumptions)):
        return np.full(len(frame), plain)
    density = pd.to_numeric(frame[field]).to_numpy(dtype=float)
    return np.where(np.isnan(density), plain, _by_density(density, curve, assumptions))


def _breakpoints(prefix: str, assumptions: Assumptions) -> list[str]:
    return [s for s in assumptions.subjects("persons_per_km2") if s.startswith(prefix)]


def _by_density(density: FloatArray, prefix: str, assumptions: Assumptions) -> FloatArray:
    """Multiplier by inhabitants per km2, linear between the breakpoints, flat outside."""
    subjects = _breakpoints(prefix, assumptions) or [f"{prefix}1"]  # the latter raises, naming the row to add
    points = sorted(
        (assumptions.value(s, "persons_per_km2", "persons_per_km2"), assumptions.value(s, "multiplier", "1"))
        for s in subjects
    )
    known, multiplier = np.array(points, dtype=float).T
    return np.asarray(np.interp(density, known, multiplier), float)


def _bundling(
    stack: LayerStack,
    grid: Grid,
    assumptions: Assumptions,
    statuses: frozenset[str],
    lines: frozenset[str],
    burned: Burned,
) -> Raster:
    """Factor per cell for following existing lines, 1 where there are none."""
    factor = np.ones(grid.shape, np.float32)
    known: set[str] = set()
    for entry in stack.of_role("bundling"):
        frame = stack.read(entry.id, crs=grid.crs, bounds=grid.bounds)
        labels = [frame[column].astype(str) for column in ("id", "name") if column in frame.columns]
        named = np.zeros(len(frame), bool)
        for label in labels:
            known |= set(label)
            named |= label.isin(lines).to_numpy()
        if entry.status_field:
            frame = frame[frame[entry.status_field].isin(statuses).to_numpy() | named]
        reach_m = assumptions.value(entry.name, "reach_m", "m")
        key = ("beside", entry.id, tuple(frame.index), reach_m)
        beside = burned.get(key, partial(near, frame, grid, reach_m))
        value = np.float32(assumptions.value(entry.name, "multiplier", "1"))
        np.minimum(factor, value, out=factor, where=beside)
    unknown = sorted(lines - known)
    if unknown:
        raise ScenarioError(
            [Problem("scenario.unknown_line", file="scenario", column="existing_lines", value=u) for u in unknown]
        )
    return factor


def _outside(extent: Bounds, grid: Grid) -> npt.NDArray[np.bool_]:
    """Cells whose centre lies outside the extent, whose edges are curved on the grid."""
    edges = shapely.segmentize(shapely.box(*extent), _EDGE_STEP_DEG)
    outline = gpd.GeoSeries([edges], crs=_WGS84).to_crs(grid.crs)
    return np.asarray(burn(np.asarray(outline.array, dtype=object), np.ones(1), grid) == 0.0, bool)
