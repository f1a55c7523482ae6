"""The compiled part of `network.steiner_tree` that improves a tree by small changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.routing.compiled import kernel
from infraplan.routing.steiner_kernels import COST, GRAPH, NODES, OUT


@kernel(f"int64({NODES}, {NODES}, {NODES}, {NODES}, int64, int64, int64, int64)")
def _hang(up: Any, ends: Any, names: Any, olds: Any, size: Any, node: Any, arc: Any, stop: Any) -> Any:
    """Hang a node on another arc and turn the arcs between it and `stop` around; note what they were."""
    while True:
        old = up[node]
        names[size] = node
        olds[size] = old
        size += 1
        up[node] = arc
        if node == stop:
            return size
        arc = old ^ 1
        node = ends[old]


@kernel(f"Tuple((int64, int64))({NODES}, {NODES}, {COST}, {NODES}, int64, int64, int64)")
def _dearest(up: Any, ends: Any, cost: Any, mark: Any, stamp: Any, node: Any, other: Any) -> Any:
    """Return the node under the dearest edge between two nodes, and which of the two is below it (0 or 1).

    The ways up from `other` are marked with the stamp.
    """
    worst, side, most = -1, 0, -1.0
    while mark[node] != stamp:
        if cost[up[node] >> 1] > most:
            worst, most = node, cost[up[node] >> 1]
        node = ends[up[node]]
    while other != node:
        if cost[up[other] >> 1] > most:
            worst, side, most = other, 1, cost[up[other] >> 1]
        other = ends[up[other]]
    return worst, side


@kernel(f"float64({GRAPH}, {COST}, {NODES})")
def insert(graph: Any, cost: Any, up: Any) -> Any:
    """Try to add each node outside the tree with all its edges into it; return what was saved.

    Source: M. Minoux (1990), Networks 20, 219-231, the update of a spanning tree by one node.
    """
    first, head, arc, ends = graph
    nodes = first.size - 1
    names = np.empty(8 * nodes + 8, np.int32)
    olds = np.empty(8 * nodes + 8, np.int32)
    mark = np.full(nodes, np.int32(-1))
    stamp = 0
    saved = 0.0
    for node in range(nodes):
        if up[node] != OUT:
            continue
        nearest, touching = -1, 0
        for at in range(first[node], first[node + 1]):
            if up[head[at]] != OUT:
                touching += 1
                if nearest < 0 or cost[arc[at] >> 1] < cost[nearest >> 1]:
                    nearest = arc[at]
        if touching < 2:
            continue
        change = cost[nearest >> 1]
        size = _hang(up, ends, names, olds, 0, node, nearest ^ 1, node)
        fresh = True
        for at in range(first[node], first[node + 1]):
            other = head[at]
            if up[other] == OUT or arc[at] == nearest or size > 6 * nodes:
                continue
            if fresh:
                stamp += 1
                above = np.int64(node)
                while up[above] >= 0:
                    mark[above] = stamp
                    above = ends[up[above]]
                mark[above] = stamp
                fresh = False
            worst, side = _dearest(up, ends, cost, mark, stamp, other, node)
            gain = cost[up[worst] >> 1] - cost[arc[at] >> 1]
            if gain > 0.0:
                change -= gain
                fresh = True
                if side == 0:
                    size = _hang(up, ends, names, olds, size, other, arc[at], worst)
                else:
                    size = _hang(up, ends, names, olds, size, node, arc[at] ^ 1, worst)
        if change < 0.0:
            saved -= change
            continue
        while size > 0:
            size -= 1
            up[names[size]] = olds[size]
    return saved
