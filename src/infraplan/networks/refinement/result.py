"""Turn a refined layout back into a graph of segments and networks on it."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from infraplan.core import CandidateGraph, CostSurface, FloatArray, Grid, Network, NetworkProblem, records
from infraplan.networks.design import list_segments, read_terms
from infraplan.networks.refinement.layout import Layout
from infraplan.routes import candidates as candidate_graph


def to_candidates(
    layout: Layout,
    candidates: CandidateGraph,
    surface: CostSurface,
    crossings: gpd.GeoDataFrame,
    longest_segment_m: float,
) -> tuple[CandidateGraph, list[tuple[int, ...]]]:
    """Return the graph of the stretches as they run now, and the edges of each stretch, from ``a`` to ``b``.

    A stretch longer than ``longest_segment_m`` is drawn as several segments, so that a corridor can begin and end
    between its junctions.
    """
    nodes = sorted(layout.position)
    number = {node: place for place, node in enumerate(nodes)}
    at = [layout.position[node] for node in nodes]
    runs: list[npt.NDArray[np.int64]] = []
    ends: list[tuple[int, int]] = []
    pieces: list[tuple[int, ...]] = []
    flat = np.ones_like(surface.multiplier)
    for stretch in layout.stretches:
        parts = _cut(stretch.cells, flat, surface.grid, longest_segment_m)
        between = list(range(len(at), len(at) + len(parts) - 1))
        at += [int(part[-1]) for part in parts[:-1]]
        pieces.append(tuple(range(len(runs), len(runs) + len(parts))))
        runs += parts
        ends += list(pairwise([number[stretch.a], *between, number[stretch.b]]))
    overlay = candidate_graph.Overlay(
        nodes=np.array(at, dtype=np.int64),
        ends=np.array(ends, dtype=np.int64).reshape(-1, 2),
        cells=np.concatenate([np.empty(0, np.int64), *runs]),
        begins=np.concatenate([[0], np.cumsum([len(run) for run in runs])]).astype(np.int64),
    )
    graph = candidate_graph.to_graph(overlay, surface)
    node_of = {place: number[node] for place, node in candidates.node_of.items() if node in layout.fixed}
    for place, node in node_of.items():
        graph.nodes[node]["terminals"] += (place,)
    routes = CandidateGraph(graph, candidates.grid, node_of, candidates.unreachable)
    candidate_graph.price_crossings(routes, crossings)
    return routes, pieces


def _cut(
    cells: npt.NDArray[np.int64], flat: npt.NDArray[Any], grid: Grid, longest_m: float
) -> list[npt.NDArray[np.int64]]:
    """Cut a stretch into segments of nearly equal numbers of cells; each ends where the next begins.

    On the surface ``flat`` all ground costs the same.
    """
    begins = np.array([0, len(cells)], dtype=np.int64)
    length_m = float(candidate_graph.measure(cells, begins, flat, width=grid.width)[0]) * grid.cell_m
    count = min(math.ceil(length_m / longest_m), len(cells) - 1)
    cuts = np.linspace(0, len(cells) - 1, count + 1).round().astype(int).tolist()
    return [cells[start : end + 1] for start, end in pairwise(cuts)]


def rewrite_network(
    network: Network,
    layout: Layout,
    pieces: list[tuple[int, ...]],
    *,
    candidates: CandidateGraph,
    routes: CandidateGraph,
    problem: NetworkProblem,
) -> Network:
    """Return a network on the graph of its stretches: same joins and flows, new lines and costs.

    ``problem`` names the edges of ``routes`` that must be laid (see ``pin``).
    """
    stretch_of = {edge: number for number, stretch in enumerate(layout.stretches) for edge in stretch.edges}
    joins = network.joins.copy()
    joins["edges"] = [
        tuple(
            piece
            for number, along in _follow(candidates.node_of[row.place_id], row.edges, stretch_of, layout)
            for piece in pieces[number][::along]
        )
        for row in records(network.joins)
    ]
    factor = strip_factors(layout, pieces, network.carrier)
    terms = read_terms(problem, len(routes.edges.length_m))
    segments = list_segments(routes.edges, joins, problem.price, factor, routes.node_of, terms)
    gain = float(segments["annual_eur"].sum() - network.segments["annual_eur"].sum())
    return replace(network, segments=segments, joins=joins, objective_eur_per_a=network.objective_eur_per_a + gain)


def pin(problem: NetworkProblem, layout: Layout, pieces: list[tuple[int, ...]]) -> NetworkProblem:
    """Return a problem that names the edges of the stretches which its forced segments became.

    Forbidden edges are edges of the candidates: no stretch runs there any more, so they are dropped.
    """
    forced = {
        piece
        for stretch, mine in zip(layout.stretches, pieces, strict=True)
        if stretch.pinned and not problem.forced.isdisjoint(stretch.edges)
        for piece in mine
    }
    return replace(problem, forced=frozenset(forced), forbidden=frozenset())


def strip_factors(layout: Layout, pieces: list[tuple[int, ...]], carrier: str) -> FloatArray:
    """Return the ground factor [-] of each segment for a carrier, relative to fresh ground; 1 where it has no pipe."""
    own = [stretch.factor.get(carrier, 1.0) for stretch in layout.stretches]
    return np.repeat(np.array(own, dtype=float), [len(mine) for mine in pieces])


def _follow(node: int, edges: tuple[int, ...], stretch_of: dict[int, int], layout: Layout) -> list[tuple[int, int]]:
    """Return the whole stretches that a path of candidate segments runs through: 1 from ``a`` to ``b``, -1 back."""
    way = []
    for number, _ in groupby(stretch_of[edge] for edge in edges):
        stretch = layout.stretches[number]
        way.append((number, 1 if node == stretch.a else -1))
        node = stretch.other_end(node)
    return way
