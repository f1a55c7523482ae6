"""What the segments of a candidate graph cross, and what that costs."""

from __future__ import annotations

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
    edges = list(graph.edges(data=True))
    for *_, data in edges:
        data["crossings"] = ()
        data["crossing_eur"] = 0.0
    if crossings.empty or not edges:
        return
    lines = crossings.geometry.to_numpy()
    cost_eur = crossings["cost_eur"].to_numpy(dtype=float)
    nudge_m = np.multiply(_NUDGE_CELLS, grid.cell_m)
    geometry = shapely.transform([data["geometry"] for *_, data in edges], lambda points: points + nudge_m)
    line_number, edge_number = shapely.STRtree(geometry).query(lines, predicate="intersects")
    meeting = shapely.intersection(geometry[edge_number], lines[line_number])
    made: dict[int, list[int]] = {}
    for line, edge, points in sorted(
        zip(line_number.tolist(), edge_number.tolist(), meeting, strict=True), key=lambda t: (t[1], t[0])
    ):
        for _ in range(_count_crossings(geometry[edge], points, _SAME_CROSSING_CELLS * grid.cell_m)):
            made.setdefault(edge, []).append(line)
    for edge, hit in made.items():
        data = edges[edge][2]
        data["crossings"] = tuple(hit)
        data["crossing_eur"] = float(cost_eur[hit].sum())


def _count_crossings(path: shapely.LineString, meeting: shapely.Geometry, together_m: float) -> int:
    """Count real crossings: meetings close together are a weave, and only an odd weave changes sides."""
    points = shapely.get_coordinates(shapely.centroid(shapely.get_parts(meeting)))
    along = np.sort(shapely.line_locate_point(path, shapely.points(points)))
    groups = np.split(along, np.flatnonzero(np.diff(along) > together_m) + 1)
    return sum(len(group) % 2 for group in groups)
