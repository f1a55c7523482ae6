"""Lines: a corridor split into lines between two ends, and the cells under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import csgraph, csr_array

from infraplan.core import CandidateGraph, FloatArray, InfraplanError, IntArray, Phrase, Problem
from infraplan.networks.corridors import Corridors


def check_corridor(corridors: Corridors, corridor_id: str) -> None:
    """Refuse a corridor that the plan does not have; name those with a similar id."""
    known = sorted(str(c) for c in corridors.strips["corridor_id"])
    if corridor_id in known:
        return
    # readers may name the two clusters in either order
    word = "--".join(sorted(corridor_id.strip().lower().split("--")))
    near = get_close_matches(word, known, n=3, cutoff=0.5)
    parts = set(word.split("--"))
    near += [c for c in known if parts & set(c.split("--")) and c not in near][: 6 - len(near)]
    if near:
        raise InfraplanError(Problem("corridor.unknown_near", {"near": near}, file="CORRIDOR", value=corridor_id))
    offered = known or Phrase("phrase.none_in_this_plan")
    raise InfraplanError(Problem("corridor.unknown", {"known": offered}, file="CORRIDOR", value=corridor_id))


@dataclass(frozen=True)
class Line:
    """Candidate nodes of a line from end to end, and the number of the connected part it belongs to."""

    part: int
    nodes: tuple[int, ...]
    length_m: float


def lines_of(corridors: Corridors, corridor_id: str, candidates: CandidateGraph) -> list[Line]:
    """Split a corridor into lines, the longest of each connected part first.

    Parts are numbered from 1, by the length of their longest line.

    Raises
    ------
    InfraplanError
        If the plan has no such corridor.
    """
    check_corridor(corridors, corridor_id)
    mine = corridors.segments[corridors.segments["corridor_id"] == corridor_id].drop_duplicates("edge")
    nodes, ends = np.unique(mine[["node_from", "node_to"]].to_numpy(dtype=np.int64), return_inverse=True)
    ends = ends.reshape(-1, 2)
    metres = mine["length_m"].to_numpy(dtype=float)
    metre_of = {frozenset(pair): length for pair, length in zip(ends.tolist(), metres, strict=True)}
    users = corridors.users[corridors.users["corridor_id"] == corridor_id]
    served = {candidates.node_of.get(place) for place in {*users["place_id"], *users["hub_id"]}}
    stops = {number for number, node in enumerate(nodes.tolist()) if node in served}
    _, part_of = csgraph.connected_components(csr_array((metres, ends.T), shape=(len(nodes), len(nodes))), False)
    pieces = [piece for way in _unravel(ends, metres, len(nodes)) for piece in _break(way, stops)]
    lengths = [sum(metre_of[frozenset(step)] for step in pairwise(piece)) for piece in pieces]
    order = sorted(range(len(pieces)), key=lambda i: (-lengths[i], pieces[i]))
    parts = list(dict.fromkeys(int(part_of[pieces[i][0]]) for i in order))
    lines = [
        Line(parts.index(int(part_of[pieces[i][0]])) + 1, tuple(nodes[pieces[i]].tolist()), lengths[i]) for i in order
    ]
    return sorted(lines, key=lambda line: line.part)


def _unravel(ends: IntArray, metres: FloatArray, count: int) -> list[list[int]]:
    """Cover a graph with ways: the longest one, then repeatedly the longest that starts on the ways before."""
    left, placed = np.ones(len(ends), bool), np.zeros(count, bool)
    ways = []
    while left.any():
        graph = csr_array((metres[left], ends[left].T), shape=(count, count))
        ahead, before = csgraph.dijkstra(graph, directed=False, return_predecessors=True)
        ahead[~np.isfinite(ahead)] = 0.0
        # a part that touches no way so far begins with its own longest way
        starts = placed[:, None] if (ahead[placed] > 0.0).any() else np.ones((count, 1), bool)
        first, last = np.unravel_index(int(np.argmax(np.where(starts, ahead, 0.0))), ahead.shape)
        way = [int(last)]
        while way[-1] != first:
            way.append(int(before[first, way[-1]]))
        steps = {frozenset(step) for step in pairwise(way)}
        left &= np.array([frozenset(pair) not in steps for pair in ends.tolist()])
        placed[way] = True
        ways.append(way[::-1])
    return ways


def _break(way: list[int], stops: set[int]) -> list[list[int]]:
    """Cut a way at its stops."""
    cuts = [0, *(i for i in range(1, len(way) - 1) if way[i] in stops), len(way) - 1]
    return [way[a : b + 1] for a, b in pairwise(cuts)]


def cells_along(line: Sequence[int], candidates: CandidateGraph) -> IntArray:
    """Return the cells under the candidate edges that join the nodes of a line."""
    graph = candidates.graph
    parts: list[FloatArray] = []
    for a, b in pairwise(line):
        points = shapely.get_coordinates(graph.edges[a, b]["geometry"])
        starts_at_a = tuple(points[0]) == (graph.nodes[a]["x"], graph.nodes[a]["y"])
        parts.append((points if starts_at_a else points[::-1])[1:])
    head = np.array([[graph.nodes[line[0]]["x"], graph.nodes[line[0]]["y"]]])
    return candidates.grid.cells_at(*np.concatenate([head, *parts]).T)
