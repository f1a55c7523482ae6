"""What the segments of a candidate graph cross, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely

from infraplan.core import CandidateGraph, Grid

# intersections closer together than this are one meeting of the two lines, in cells: a raster knows no better
_SAME_CROSSING_CELLS = 3.0
# paths are looked at this far (east, north) off, so that one that runs in a line is beside it, on one bank
_NUDGE_CELLS = (1.0e-4, 2.0e-4)


class CrossingFinder:
    """Finds which of some lines (with ``cost_eur`` [EUR] of one crossing at the reference pipe) a path crosses."""

    def __init__(self, crossings: gpd.GeoDataFrame, grid: Grid) -> None:
        self._lines = crossings.geometry.to_numpy()
        self._cost_eur = crossings["cost_eur"].to_numpy(dtype=float)
        self._tree = shapely.STRtree(self._lines)
        self._nudge_m = np.multiply(_NUDGE_CELLS, grid.cell_m)
        self._together_m = _SAME_CROSSING_CELLS * grid.cell_m

    def find(self, paths: Sequence[shapely.LineString]) -> list[tuple[int, ...]]:
        """Return for each path the numbers of the lines it crosses, each as often as it does."""
        made: list[list[int]] = [[] for _ in paths]
        geometry = np.asarray(shapely.transform(list(paths), lambda points: points + self._nudge_m), dtype=object)
        path, line = self._tree.query(geometry, predicate="intersects")
        order = np.lexsort((line, path))
        path, line = path[order], line[order]
        meetings = shapely.intersection(geometry[path], self._lines[line])
        for i, number, points in zip(path.tolist(), line.tolist(), meetings, strict=True):
            made[i] += [number] * _count_crossings(geometry[i], points, self._together_m)
        return [tuple(numbers) for numbers in made]

    def cost_eur(self, crossed: tuple[int, ...]) -> float:
        """Cost [EUR] of some crossings at the reference pipe."""
        return float(self._cost_eur[list(crossed)].sum())


def price_crossings(
    candidates: CandidateGraph, crossings: gpd.GeoDataFrame, earlier: CandidateGraph | None = None
) -> None:
    """Give each edge the crossings it makes: index of the line in ``crossings``, and their cost.

    Ways of an ``earlier`` graph cross the same lines as there.
    """
    finder = CrossingFinder(crossings, candidates.grid)
    known = {} if earlier is None else _list_known(candidates, earlier)
    edges = [data for *_, data in candidates.graph.edges(data=True)]
    unknown = [data for data in edges if data["edge"] not in known]
    found = finder.find([data["geometry"] for data in unknown])
    known |= {data["edge"]: crossed for data, crossed in zip(unknown, found, strict=True)}
    for data in edges:
        data["crossings"] = known[data["edge"]]
        data["crossing_eur"] = finder.cost_eur(known[data["edge"]])


def _list_known(candidates: CandidateGraph, earlier: CandidateGraph) -> dict[int, tuple[int, ...]]:
    """Return what those edges cross that run along the cells of an edge of the earlier graph."""
    crossed = {data["edge"]: data["crossings"] for *_, data in earlier.graph.edges(data=True)}
    edge_of = {cells.tobytes(): edge for edge, cells in enumerate(earlier.chains)}
    ways = [(edge, cells.tobytes()) for edge, cells in enumerate(candidates.chains)]
    return {edge: crossed[edge_of[way]] for edge, way in ways if way in edge_of}


def _count_crossings(path: shapely.LineString, meeting: shapely.Geometry, together_m: float) -> int:
    """Count real crossings: meetings close together are a weave, and only an odd weave changes sides."""
    points = shapely.get_coordinates(shapely.centroid(shapely.get_parts(meeting)))
    along = np.sort(shapely.line_locate_point(path, shapely.points(points)))
    groups = np.split(along, np.flatnonzero(np.diff(along) > together_m) + 1)
    return sum(len(group) % 2 for group in groups)
