"""The candidate graph: terminals, junctions and segments along which pipes could run.

One spreading from all terminals at once gives each terminal's region; the cheapest links between
neighbouring regions (Mehlhorn 1988) join them all. Least-cost trees from the hubs add the long trunk
routes. Where paths overlap they become one segment, where they part there is a junction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from infraplan import routing
from infraplan.model import CandidateGraph, CostSurface, Grid, IntArray

Progress = Callable[[float, str], None]
# ground that an earlier route uses looks this much cheaper to later ones, so that routes run together
_TRODDEN = 0.95
# every terminal is in the trees of all roots while their spreadings take no more cells than this together [cells],
# on a larger map in those of its nearest roots only: at least so many
_CELLS_OF_TREES, _FEWEST_TREES = 50_000_000, 4
# room around a tree in which its ways may make a detour: cells, and share of its size
_ROOM_CELLS, _ROOM_SHARE = 40, 0.15
# intersections closer together than this are one meeting of the two lines, in cells
_SAME_CROSSING_CELLS = 3.0
# paths are looked at this far (east, north) off, so that one that runs in a line is beside it, on one bank
_NUDGE_CELLS = (1.0e-4, 2.0e-4)


@dataclass(frozen=True)
class _Overlay:
    """Unique undirected cell moves of many paths, as neighbour lists in cell order."""

    cells: IntArray
    start: IntArray
    neighbour: IntArray


def build(
    surface: CostSurface,
    places: pd.DataFrame,
    *,
    crossings: gpd.GeoDataFrame,
    roots: Sequence[str] = (),
    snapped: Mapping[str, int] | None = None,
    unreachable: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> CandidateGraph:
    """Build the graph that joins all ``places`` along cheap ground.

    Parameters
    ----------
    surface : cost surface in the study's CRS.
    places : one row per terminal with ``place_id``, ``x``, ``y`` [m].
    crossings : lines with ``cost_eur`` [EUR] of one crossing at the reference pipe.
    roots : place_ids (hubs) from which least-cost trees to all other places are added.
    snapped : cell per place_id where the place was moved off blocked ground.
    unreachable : place_ids already known to be out of reach, with the reason.
    progress : told how far it is, 0..1.

    Returns
    -------
    CandidateGraph
        Places that no path can reach are listed in ``unreachable`` with the reason.

    Source: Mehlhorn (1988), Information Processing Letters 27, 125-128.
    """
    tell = progress or (lambda share, what: None)
    unreachable = dict(unreachable or {})
    cell_of = _terminal_cells(surface, places, snapped or {}, unreachable)
    terminals = np.unique(np.fromiter(cell_of.values(), dtype=np.int64, count=len(cell_of)))
    fresh = surface.eur_per_m
    trodden = fresh.copy()
    root_cells = np.unique(np.array([cell_of[r] for r in roots if r in cell_of], dtype=np.int64))
    paths: list[IntArray] = []
    for number, (root, near) in enumerate(_share_out(terminals, root_cells, surface.grid), start=1):
        paths += _tread(_tree_paths(trodden, root, near, surface.grid), fresh, trodden)
        tell(0.5 * number / len(root_cells), "trunk routes")
    del fresh
    paths += _region_paths(trodden, terminals, surface.grid)
    tell(0.6, "regions")
    graph = _contract(_overlay(paths, terminals), surface, terminals)
    _price_crossings(graph, crossings, surface.grid)
    node_of = _name_terminals(graph, cell_of, unreachable)
    tell(1.0, "candidate graph")
    return CandidateGraph(graph, surface.grid, node_of, unreachable)


def _terminal_cells(
    surface: CostSurface, places: pd.DataFrame, snapped: Mapping[str, int], unreachable: dict[str, str]
) -> dict[str, int]:
    cells = surface.grid.cells_at(places["x"].to_numpy(), places["y"].to_numpy())
    blocked = surface.blocked.ravel()
    found: dict[str, int] = {}
    for place_id, cell in zip(places["place_id"], cells, strict=True):
        if place_id in unreachable:
            continue
        cell = snapped.get(place_id, int(cell))
        if cell < 0:
            unreachable[place_id] = "outside the study area"
        elif blocked[cell]:
            unreachable[place_id] = "on ground where building is forbidden"
        else:
            found[place_id] = int(cell)
    return found


def _region_paths(eur_per_m: npt.NDArray[np.float32], terminals: IntArray, grid: Grid) -> list[IntArray]:
    """Return the cheapest path between every pair of neighbouring terminal regions."""
    if not len(terminals):
        return []
    spread = routing.spread(eur_per_m, terminals, cell_m=grid.cell_m, labels=True)
    links = routing.boundary_links(eur_per_m, spread)
    paths = []
    for cell_a, cell_b in zip(links.cell_a, links.cell_b, strict=True):
        to_a = routing.trace(spread, int(cell_a))
        to_b = routing.trace(spread, int(cell_b))
        paths.append(np.concatenate([to_a, to_b[::-1]]))
    return paths


def _share_out(terminals: IntArray, roots: IntArray, grid: Grid) -> Iterator[tuple[int, IntArray]]:
    """Yield each root with the terminals its tree goes to: all, or on a large map those it is among the nearest of."""
    most = max(_FEWEST_TREES, _CELLS_OF_TREES // (grid.width * grid.height))
    spots = np.column_stack(grid.centres(terminals))
    _, nearest = cKDTree(np.column_stack(grid.centres(roots))).query(spots, k=np.arange(1, min(most, len(roots)) + 1))
    for number, root in enumerate(roots.tolist()):
        yield root, terminals[(nearest == number).any(axis=1)]


def _tree_paths(eur_per_m: npt.NDArray[np.float32], root: int, terminals: IntArray, grid: Grid) -> list[IntArray]:
    """Return the ways from a root to the terminals, each from where it leaves an earlier one.

    The search keeps to a window with some room around the root and the terminals.
    """
    row, column = np.divmod(np.append(terminals, root), grid.width)
    room = max(_ROOM_CELLS, round(_ROOM_SHARE * max(np.ptp(row), np.ptp(column))))
    top, left = max(0, row.min() - room), max(0, column.min() - room)
    window = eur_per_m[top : row.max() + room + 1, left : column.max() + room + 1]
    width = window.shape[1]
    cells = (row - top) * width + column - left
    spread = routing.spread(window, cells[-1:], cell_m=grid.cell_m, targets=cells)
    reached = cells[:-1][np.isfinite(spread.distance.ravel()[cells[:-1]])]
    ways = [np.divmod(way, width) for way in routing.trace_tree(spread, reached[reached != cells[-1]])]
    return [(rows + top) * grid.width + columns + left for rows, columns in ways]


def _tread(
    paths: list[IntArray], fresh: npt.NDArray[np.float32], trodden: npt.NDArray[np.float32]
) -> list[IntArray]:
    """Make the ground under ``paths`` look cheaper in ``trodden`` than it is ``fresh``, and return the paths."""
    if paths:
        cells = np.unique(np.concatenate(paths))
        trodden.ravel()[cells] = fresh.ravel()[cells] * np.float32(_TRODDEN)
    return paths


def _overlay(paths: Sequence[IntArray], terminals: IntArray) -> _Overlay:
    moves = [np.stack([path[:-1], path[1:]], axis=1) for path in paths if len(path) > 1]
    pairs = np.concatenate(moves) if moves else np.empty((0, 2), dtype=np.int64)
    pairs.sort(axis=1)
    # one number per pair: sorting numbers is much faster than sorting rows
    width = int(pairs.max(initial=0)) + 1
    pairs = np.stack(np.divmod(np.unique(pairs[:, 0] * width + pairs[:, 1]), width), axis=1)
    cells = np.unique(np.concatenate([pairs.ravel(), terminals]))
    ends = np.searchsorted(cells, pairs)
    both = np.concatenate([ends, ends[:, ::-1]])
    order = np.lexsort((both[:, 1], both[:, 0]))
    both = both[order]
    start = np.searchsorted(both[:, 0], np.arange(len(cells) + 1))
    return _Overlay(cells, start.astype(np.int64), both[:, 1].astype(np.int64))


def _contract(overlay: _Overlay, surface: CostSurface, terminals: IntArray) -> nx.Graph[int]:
    """Turn chains of cells into edges; keep terminals, junctions and dead ends as nodes."""
    degree = np.diff(overlay.start)
    keep = (degree != 2) | np.isin(overlay.cells, terminals)
    x, y = surface.grid.centres(overlay.cells)
    graph: nx.Graph[int] = nx.Graph()
    number = {int(i): n for n, i in enumerate(np.flatnonzero(keep))}
    for i, node in number.items():
        graph.add_node(node, x=float(x[i]), y=float(y[i]), cell=int(overlay.cells[i]), terminals=())
    ways: dict[tuple[int, int], list[list[int]]] = {}
    for chain in _chains(overlay, keep):
        ways.setdefault((number[chain[0]], number[chain[-1]]), []).append(chain)
    # of several ways between two nodes only the cheapest is ever used
    kept = {
        ends: overlay.cells[
            min(chains, key=lambda chain: _weigh(overlay.cells[chain], surface)) if chains[1:] else chains[0]
        ]
        for ends, chains in ways.items()
    }
    if 2 * sum(len(cells) - 1 for cells in kept.values()) < len(overlay.neighbour):
        # without the loops and the dearer of two ways, some junctions are none any more
        return _contract(_overlay(list(kept.values()), terminals), surface, terminals)
    for edge, ((u, v), cells) in enumerate(sorted(kept.items(), key=lambda way: way[0])):
        graph.add_edge(u, v, edge=edge, **_measure(cells, surface))
    return graph


def _chains(overlay: _Overlay, keep: npt.NDArray[np.bool_]) -> Iterator[list[int]]:
    """Yield each chain of cells between two kept ones once, from the lower to the higher."""
    start, neighbour, stop = overlay.start.tolist(), overlay.neighbour.tolist(), keep.tolist()
    for first in np.flatnonzero(keep).tolist():
        for second in neighbour[start[first] : start[first + 1]]:
            chain = [first, second]
            while not stop[chain[-1]]:
                a, b = neighbour[start[chain[-1]] : start[chain[-1] + 1]]
                chain.append(b if a == chain[-2] else a)
            if chain[0] < chain[-1]:
                yield chain


def _weigh(cells: IntArray, surface: CostSurface) -> float:
    """Length times ground multiplier [m] of a path of cells."""
    x, y = surface.grid.centres(cells)
    multiplier = surface.multiplier.ravel()[cells].astype(float)
    return float((np.hypot(np.diff(x), np.diff(y)) * (multiplier[:-1] + multiplier[1:]) / 2.0).sum())


def _measure(cells: IntArray, surface: CostSurface) -> dict[str, object]:
    """Return length, weighted length and geometry of one segment, from its node to its other node."""
    x, y = surface.grid.centres(cells)
    return {
        "length_m": float(np.hypot(np.diff(x), np.diff(y)).sum()),
        "weighted_m": _weigh(cells, surface),
        "geometry": shapely.LineString(np.column_stack([x, y])),
    }


def _price_crossings(graph: nx.Graph[int], crossings: gpd.GeoDataFrame, grid: Grid) -> None:
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


def _name_terminals(graph: nx.Graph[int], cell_of: Mapping[str, int], unreachable: dict[str, str]) -> dict[str, int]:
    node_at = {data["cell"]: node for node, data in graph.nodes(data=True)}
    node_of = {}
    for place_id, cell in cell_of.items():
        node = node_at[cell]
        if graph.degree(node) == 0 and len(graph) > 1:
            unreachable[place_id] = "cut off: every way to it crosses forbidden ground"
            continue
        node_of[place_id] = node
        graph.nodes[node]["terminals"] += (place_id,)
    return node_of
