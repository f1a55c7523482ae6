"""A corridor taken apart into lines between two ends, and the cells under them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import csgraph, csr_array

from infraplan.corridors import Corridors
from infraplan.errors import InfraplanError, Problem
from infraplan.model import CandidateGraph, FloatArray, IntArray


def check_corridor(corridors: Corridors, corridor_id: str) -> None:
    """Refuse a corridor that the plan does not have, naming those that look like it."""
    known = sorted(str(c) for c in corridors.strips["corridor_id"])
    if corridor_id in known:
        return
    # the order of the two clusters does not matter to the reader
    word = "--".join(sorted(corridor_id.strip().lower().split("--")))
    near = get_close_matches(word, known, n=3, cutoff=0.5)
    parts = set(word.split("--"))
    near += [c for c in known if parts & set(c.split("--")) and c not in near][: 6 - len(near)]
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"Choose from: {', '.join(known) or 'none in this plan'}"
    raise InfraplanError(Problem("no such corridor in this plan", remedy, "CORRIDOR", value=corridor_id))


def lines_of(corridors: Corridors, corridor_id: str) -> list[list[int]]:
    """Take a corridor apart into lines: the nodes of its trunk in order, then those of each branch.

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
    left, placed = np.ones(len(ends), bool), np.zeros(len(nodes), bool)
    lines = []
    while left.any():
        a, b = ends[left].T
        graph = csr_array((metres[left], (a, b)), shape=(len(nodes), len(nodes)))
        ahead, before = csgraph.dijkstra(graph, directed=False, return_predecessors=True)
        ahead[~np.isfinite(ahead)] = 0.0
        # a branch starts on a line; a part of the corridor that touches none has a trunk of its own
        starts = placed[:, None] if (ahead[placed] > 0.0).any() else np.ones((len(nodes), 1), bool)
        first, last = np.unravel_index(int(np.argmax(np.where(starts, ahead, 0.0))), ahead.shape)
        way = [int(last)]
        while way[-1] != first:
            way.append(int(before[first, way[-1]]))
        steps = {frozenset(step) for step in pairwise(way)}
        left &= np.array([frozenset(pair) not in steps for pair in ends.tolist()])
        placed[way] = True
        lines.append([int(nodes[node]) for node in reversed(way)])
    return lines


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
