"""What the segments of a candidate graph cross, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from infraplan.model import Grid

# intersections closer together than this are one meeting of the two lines, in cells
_SAME_CROSSING_CELLS = 3.0
# paths are looked at this far (east, north) off, so that one that runs in a line is beside it, on one bank
_NUDGE_CELLS = (1.0e-4, 2.0e-4)


def price_crossings(graph: nx.Graph[int], crossings: gpd.GeoDataFrame, grid: Grid) -> None:
    """Give each edge the crossings it makes: index of the line in ``crossings``, and their cost."""
    edges = [data for *_, data in graph.edges(data=True)]
    made = find_crossings([data["geometry"] for data in edges], crossings, grid)
    cost_eur = crossings["cost_eur"].to_numpy(dtype=float) if len(crossings) else np.empty(0)
    for data, hit in zip(edges, made, strict=True):
        data["crossings"] = hit
        data["crossing_eur"] = float(cost_eur[list(hit)].sum())


def find_crossings(
    paths: Sequence[shapely.LineString], crossings: gpd.GeoDataFrame, grid: Grid
) -> list[tuple[int, ...]]:
    """Return the lines that each path over cell centres crosses: places in ``crossings``, once per crossing."""
    if crossings.empty or not len(paths):
        return [() for _ in paths]
    lines = crossings.geometry.to_numpy()
    nudge_m = np.multiply(_NUDGE_CELLS, grid.cell_m)
    geometry = shapely.transform(list(paths), lambda points: points + nudge_m)
    line_number, path_number = shapely.STRtree(geometry).query(lines, predicate="intersects")
    meeting = shapely.intersection(geometry[path_number], lines[line_number])
    made: list[list[int]] = [[] for _ in paths]
    for line, path, points in sorted(
        zip(line_number.tolist(), path_number.tolist(), meeting, strict=True), key=lambda t: (t[1], t[0])
    ):
        count = _count_crossings(geometry[path], points, _SAME_CROSSING_CELLS * grid.cell_m)
        made[path] += [line] * count
    return [tuple(hit) for hit in made]


def _count_crossings(path: shapely.LineString, meeting: shapely.Geometry, together_m: float) -> int:
    """Count real crossings: meetings close together are a weave, and only an odd weave changes sides."""
    points = shapely.get_coordinates(shapely.centroid(shapely.get_parts(meeting)))
    along = np.sort(shapely.line_locate_point(path, shapely.points(points)))
    groups = np.split(along, np.flatnonzero(np.diff(along) > together_m) + 1)
    return sum(len(group) % 2 for group in groups)
