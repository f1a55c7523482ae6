"""The candidate graph: terminals, junctions and segments along which pipes could run.

One spreading from all terminals at once, and from junctions where trunks would meet, gives the region of each;
the cheapest links between neighbouring regions (Mehlhorn 1988) join them all. Least-cost trees from the hubs
add the long trunk routes. Where paths overlap they become one segment, where they part there is a junction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.core import CandidateGraph, CostSurface, Grid, IntArray, Phrase
from infraplan.routes import spreading
from infraplan.routes.candidates.carrying import are_same, carry, chains_on, reprice
from infraplan.routes.candidates.crossings import CrossingFinder, price_crossings
from infraplan.routes.candidates.limits import Limits, limits_of
from infraplan.routes.candidates.overlay import Overlay, lay_over, measure, to_graph
from infraplan.routes.candidates.seeds import find_junctions
from infraplan.routes.candidates.windows import paths_from, share_out

__all__ = [
    "CrossingFinder",
    "Limits",
    "Overlay",
    "Progress",
    "are_same",
    "build",
    "carry",
    "chains_on",
    "limits_of",
    "measure",
    "price_crossings",
    "reprice",
    "to_graph",
]

Progress = Callable[[float, str], None]


def build(
    surface: CostSurface,
    places: pd.DataFrame,
    *,
    crossings: gpd.GeoDataFrame,
    limits: Limits,
    roots: Sequence[str] = (),
    junctions: bool = True,
    snapped: Mapping[str, int] | None = None,
    unreachable: Mapping[str, str | Phrase] | None = None,
    lines: Sequence[IntArray] = (),
    earlier: CandidateGraph | None = None,
    progress: Progress | None = None,
) -> CandidateGraph:
    """Build the graph that joins all ``places`` along cheap ground.

    Parameters
    ----------
    surface : cost surface in the study's CRS.
    places : one row per terminal with ``place_id``, ``x``, ``y`` [m].
    crossings : lines with ``cost_eur`` [EUR] of one crossing at the reference pipe.
    limits : how the ways are looked for.
    roots : place_ids (hubs) from which least-cost trees to all other places are added.
    junctions : look for places where three and more routes should meet; without them the first, quick graph.
    snapped : cell per place_id where the place was moved off blocked ground.
    unreachable : place_ids already known to be out of reach, with the reason.
    lines : cells of lines that become segments as they are, two cells at least, each beside the one before.
    earlier : graph on ground of the same crossings whose ways stay on offer where they are free; others may well run
        along them.
    progress : told how far it is, 0..1.

    Returns
    -------
    CandidateGraph
        Places that no path can reach are listed in ``unreachable`` with the reason.

    Source: Mehlhorn (1988), Information Processing Letters 27, 125-128.
    """
    report_progress = progress or (lambda share, what: None)
    unreachable = dict(unreachable or {})
    cell_of = _terminal_cells(surface, places, snapped or {}, unreachable)
    terminals = np.unique(np.fromiter(cell_of.values(), dtype=np.int64, count=len(cell_of)))
    eur_per_m = surface.eur_per_m
    trodden = eur_per_m.copy()
    root_cells = np.unique(np.array([cell_of[r] for r in roots if r in cell_of], dtype=np.int64))
    kept = [] if earlier is None else chains_on(earlier, surface)
    paths = _tread([*lines, *kept], eur_per_m, trodden, limits.used_ground)
    for number, (root, near) in enumerate(share_out(terminals, root_cells, surface.grid.shape), start=1):
        paths += _tread(
            paths_from(trodden, root, near, cell_m=surface.grid.cell_m), eur_per_m, trodden, limits.used_ground
        )
        report_progress(0.5 * number / len(root_cells), "trunk routes")
    sources = terminals
    if junctions:
        sources = np.union1d(terminals, find_junctions(trodden, terminals, limits))
        report_progress(0.55, "junctions")
    sources = np.union1d(sources, [line[end] for line in lines for end in (0, -1)]).astype(np.int64)
    paths += _region_paths(trodden, sources, surface.grid)
    report_progress(0.6, "regions")
    overlay = lay_over(paths, terminals, eur_per_m=eur_per_m, width=surface.grid.width, lines=lines)
    graph = to_graph(overlay, surface)
    node_of = _name_terminals(graph, cell_of, unreachable)
    along = tuple(frozenset(overlay.along(line, eur_per_m.size).tolist()) for line in lines)
    made = CandidateGraph(graph, surface.grid, node_of, unreachable, along)
    price_crossings(made, crossings, earlier)
    report_progress(1.0, "candidate graph")
    return made


def _terminal_cells(
    surface: CostSurface, places: pd.DataFrame, snapped: Mapping[str, int], unreachable: dict[str, str | Phrase]
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
    spread = spreading.spread(eur_per_m, terminals, cell_m=grid.cell_m, labels=True)
    links = spreading.boundary_links(eur_per_m, spread)
    if not len(links.total_cost):
        return []
    halves = zip(spreading.trace_all(spread, links.cell_a), spreading.trace_all(spread, links.cell_b), strict=True)
    return [np.concatenate([to_a, to_b[::-1]]) for to_a, to_b in halves]


def _tread(
    paths: list[IntArray], eur_per_m: npt.NDArray[np.float32], trodden: npt.NDArray[np.float32], factor: float
) -> list[IntArray]:
    """Make the ground under ``paths`` look cheaper in ``trodden`` and return the paths."""
    if paths:
        cells = np.concatenate(paths)
        trodden.ravel()[cells] = eur_per_m.ravel()[cells] * np.float32(factor)
    return paths


def _name_terminals(
    graph: nx.Graph[int], cell_of: Mapping[str, int], unreachable: dict[str, str | Phrase]
) -> dict[str, int]:
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
