"""Ways on one candidate graph told on another: where ground changed a little, most of the old ways are still there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import shapely

from infraplan.candidates.overlay import step_numbers
from infraplan.model import CandidateGraph, CostSurface, IntArray

# a way: the place it starts at, and the edges it runs along
Way = tuple[str, tuple[int, ...]]


def chains_on(candidates: CandidateGraph, surface: CostSurface) -> list[IntArray]:
    """Return the cells of every edge that runs on free ground all the way, in order of their numbers."""
    free = ~surface.blocked.ravel()
    return [cells for cells in _chains(candidates) if free[cells].all()]


def carry(ways: Iterable[Way], old: CandidateGraph, new: CandidateGraph) -> Iterator[tuple[int, ...] | None]:
    """Yield each way of the old graph as edges of the new; None where a part of it is not there any more."""
    count = old.grid.width * old.grid.height
    chain_of = _chains(old)
    edge_of: dict[int, int] = {}
    for edge, cells in enumerate(_chains(new)):
        edge_of.update(dict.fromkeys(step_numbers(cells, count).tolist(), edge))
    for place, edges in ways:
        yield _carry(place, edges, chain_of, edge_of, old, new)


def _carry(
    place: str,
    edges: tuple[int, ...],
    chain_of: list[IntArray],
    edge_of: dict[int, int],
    old: CandidateGraph,
    new: CandidateGraph,
) -> tuple[int, ...] | None:
    if place not in new.node_of or place not in old.node_of:
        return None
    cell = int(old.graph.nodes[old.node_of[place]]["cell"])
    node = new.node_of[place]
    if cell != new.graph.nodes[node]["cell"]:
        return None
    count = old.grid.width * old.grid.height
    told: list[int] = []
    for edge in edges:
        cells = chain_of[edge] if chain_of[edge][0] == cell else chain_of[edge][::-1]
        cell = int(cells[-1])
        for step in step_numbers(cells, count).tolist():
            if step not in edge_of:
                return None
            if not told or told[-1] != edge_of[step]:
                told.append(edge_of[step])
    ends = new.edges
    for edge in told:
        if node not in (ends.node_a[edge], ends.node_b[edge]):
            return None
        node = int(ends.node_a[edge] + ends.node_b[edge]) - node
    return tuple(told) if new.graph.nodes[node]["cell"] == cell else None


def _chains(candidates: CandidateGraph) -> list[IntArray]:
    """Return the cells of each edge, by number."""
    rows = sorted(
        ((data["edge"], data["geometry"]) for *_, data in candidates.graph.edges(data=True)), key=lambda row: row[0]
    )
    points, line = shapely.get_coordinates([line for _, line in rows], return_index=True)
    cells = candidates.grid.cells_at(*points.T)
    return np.split(cells, np.flatnonzero(np.diff(line)) + 1) if len(rows) else []
