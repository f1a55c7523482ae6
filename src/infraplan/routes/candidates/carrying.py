"""Ways on one candidate graph told on another: where ground changed a little, most of the old ways are still there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np

from infraplan.core import CandidateGraph, CostSurface, IntArray
from infraplan.routes.candidates.overlay import measure, step_numbers

# a way: the place it starts at, and the edges it runs along
Way = tuple[str, tuple[int, ...]]


def chains_on(candidates: CandidateGraph, surface: CostSurface) -> list[IntArray]:
    """Return the cells of every edge that runs on free ground all the way, in order of their numbers."""
    free = ~surface.blocked.ravel()
    return [cells for cells in candidates.chains if free[cells].all()]


def reprice(candidates: CandidateGraph, surface: CostSurface, crossings: gpd.GeoDataFrame) -> CandidateGraph:
    """Return the same ways where ground and crossings have other prices; the lines that are crossed are the same."""
    chains = candidates.chains
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(candidates.graph.nodes(data=True))
    begins = np.concatenate([[0], np.cumsum([len(cells) for cells in chains])]).astype(np.int64)
    cells = np.concatenate([np.empty(0, np.int64), *chains])
    weighted_m = measure(cells, begins, surface.multiplier, width=surface.grid.width) * surface.grid.cell_m
    crossing_eur = crossings["cost_eur"].to_numpy(dtype=float)
    for a, b, data in candidates.graph.edges(data=True):
        priced = {
            "weighted_m": float(weighted_m[data["edge"]]),
            "crossing_eur": float(crossing_eur[list(data["crossings"])].sum()),
        }
        graph.add_edge(a, b, **(data | priced))
    return replace(candidates, graph=graph)


def are_same(one: CandidateGraph, other: CandidateGraph) -> bool:
    """Say whether two graphs have the same ways by the same numbers, whatever they cost."""

    def steps(graph: CandidateGraph) -> Sequence[IntArray]:
        edges = graph.edges
        return np.concatenate([np.empty(0, np.int64), *graph.chains]), edges.node_a, edges.node_b

    return one.node_of == other.node_of and all(map(np.array_equal, steps(one), steps(other)))


def carry(ways: Sequence[Way], old: CandidateGraph, new: CandidateGraph) -> Iterator[tuple[int, ...] | None]:
    """Yield each way of the old graph as edges of the new; None where a part of it is not there any more."""
    matched = _match_edges({edge for _, edges in ways for edge in edges}, old, new)
    for place, edges in ways:
        yield _carry(place, edges, matched, old, new)


def _match_edges(edges: set[int], old: CandidateGraph, new: CandidateGraph) -> dict[int, tuple[int, ...]]:
    """Return the edges of the new graph along some of the old, as far as all of it is there."""
    count = old.grid.width * old.grid.height
    step = [step_numbers(cells, count) for cells in new.chains]
    steps = np.concatenate([np.empty(0, np.int64), *step])
    order = np.argsort(steps, kind="stable")
    ordered, edge_of = steps[order], np.repeat(np.arange(len(step)), [len(numbers) for numbers in step])[order]
    matched = {}
    for edge in edges:
        steps_of_old = step_numbers(old.chains[edge], count)
        found = np.minimum(np.searchsorted(ordered, steps_of_old), len(ordered) - 1)
        if len(ordered) and (ordered[found] == steps_of_old).all():
            along = edge_of[found]
            matched[edge] = tuple(along[np.append(True, along[1:] != along[:-1])].tolist())
    return matched


def _carry(
    place: str, edges: tuple[int, ...], matched: dict[int, tuple[int, ...]], old: CandidateGraph, new: CandidateGraph
) -> tuple[int, ...] | None:
    if place not in new.node_of or place not in old.node_of:
        return None
    cell = int(old.graph.nodes[old.node_of[place]]["cell"])
    node = new.node_of[place]
    if cell != new.graph.nodes[node]["cell"]:
        return None
    way: list[int] = []
    for edge in edges:
        if edge not in matched:
            return None
        cells, along = old.chains[edge], matched[edge]
        if cells[0] != cell:
            cells, along = cells[::-1], along[::-1]
        cell = int(cells[-1])
        way += along[1:] if way and way[-1] == along[0] else along
    ends = new.edges
    for edge in way:
        if node not in (ends.node_a[edge], ends.node_b[edge]):
            return None
        node = int(ends.node_a[edge] + ends.node_b[edge]) - node
    return tuple(way) if new.graph.nodes[node]["cell"] == cell else None
