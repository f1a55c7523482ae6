"""The compiled part of `trees.steiner_tree` that makes the graph smaller without losing any best tree."""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.routes.trees.kernels import Graph


@kernels.typed_kernel
def index(nodes: int, ends: kernels.Ints32) -> Graph:
    """Return the graph of the edges whose two ends stand in pairs."""
    first = np.zeros(nodes + 1, np.int32)
    for name in range(ends.size):
        first[ends[name] + 1] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    head = np.empty(ends.size, np.int32)
    arc = np.empty(ends.size, np.int32)
    spot = first[:-1].copy()
    for name in range(ends.size):
        at = spot[ends[name]]
        spot[ends[name]] = at + 1
        head[at] = ends[name ^ 1]
        arc[at] = name
    return Graph(first, head, arc, ends)


@kernels.inner_kernel
def _needed(
    graph: Graph, keep: kernels.Bytes, terminal: kernels.Bytes, root: int
) -> tuple[kernels.Bytes, kernels.Ints32]:
    """Return the edges that lead from the root to somewhere, and how many of them each node has."""
    first, head, arc, _ = graph
    nodes = first.size - 1
    seen = np.zeros(nodes, np.uint8)
    queue = np.empty(nodes, np.int32)
    needed = np.zeros(keep.size, np.uint8)
    degree = np.zeros(nodes, np.int32)
    queue[0] = root
    seen[root] = 1
    at, size = 0, 1
    while at < size:
        node = queue[at]
        at += 1
        for spot in range(first[node], first[node + 1]):
            if not keep[arc[spot] >> 1] or head[spot] == node:
                continue
            needed[arc[spot] >> 1] = 1
            degree[node] += 1
            if not seen[head[spot]]:
                seen[head[spot]] = 1
                queue[size] = head[spot]
                size += 1
    for leaf in range(nodes):
        node = leaf
        while degree[node] == 1 and not terminal[node]:
            spot = first[node]
            while not needed[arc[spot] >> 1]:
                spot += 1
            needed[arc[spot] >> 1] = 0
            degree[node] = 0
            node = head[spot]
            degree[node] -= 1
    return needed, degree


@kernels.inner_kernel
def _follow(
    graph: Graph,
    cost: kernels.Floats,
    needed: kernels.Bytes,
    number: kernels.Ints32,
    pool: kernels.Ints32,
    filled: int,
    at: int,
) -> tuple[float, int, int]:
    """Follow a chain to the next node with a number; return what it costs, that node and how full the pool is.

    Its edges go to the pool and are needed no more.
    """
    first, head, arc, _ = graph
    total = 0.0
    while True:
        edge = arc[at] >> 1
        needed[edge] = 0
        pool[filled] = edge
        filled += 1
        total += cost[edge]
        end = kernels.int64(head[at])
        if number[end] >= 0:
            return total, end, filled
        at = kernels.int64(first[end])
        while not needed[arc[at] >> 1]:
            at += 1


@kernels.inner_kernel
def _pack(
    edges: int, begins: kernels.Ints32, lasts: kernels.Ints32, pool: kernels.Ints32
) -> tuple[kernels.Ints32, kernels.Ints32]:
    """Return the pieces of each edge without the gaps that chains without use left between them."""
    begin = np.zeros(edges + 1, np.int32)
    for edge in range(edges):
        begin[edge + 1] = begin[edge] + lasts[edge] - begins[edge]
    pieces = np.empty(begin[edges], np.int32)
    for edge in range(edges):
        for at in range(lasts[edge] - begins[edge]):
            pieces[begin[edge] + at] = pool[begins[edge] + at]
    return begin, pieces


@kernels.typed_kernel
def shrink(
    graph: Graph, cost: kernels.Floats, keep: kernels.Bytes, terminal: kernels.Bytes, root: int
) -> tuple[int, kernels.Ints32, kernels.Floats, kernels.Bytes, kernels.Ints32, kernels.Ints32]:
    """Drop dead ends, make one edge of each chain, and keep the cheapest of parallel edges.

    Return how many nodes are left (the root is the first of them), the ends and costs of the new edges, the new
    terminals, where the old edges of each new one begin (and the end of the last) in a list of them, and that.
    """
    first, _, arc, ends = graph
    nodes = first.size - 1
    needed, degree = _needed(graph, keep, terminal, root)
    number = np.full(nodes, np.int32(-1))
    number[root] = 0
    count = 1
    for node in range(nodes):
        if node != root and (terminal[node] or degree[node] > 2):
            number[node] = count
            count += 1
    new_ends = np.empty(ends.size, np.int32)
    new_cost = np.empty(cost.size)
    spare = np.empty((3, cost.size), np.int32)
    begins, lasts, pool = spare[0], spare[1], spare[2]
    new_terminal = np.zeros(count, np.uint8)
    best = np.full(count, np.int32(-1))
    edges, filled = 0, 0
    for node in range(nodes):
        if number[node] < 0:
            continue
        new_terminal[number[node]] = terminal[node]
        fresh = edges
        for spot in range(first[node], first[node + 1]):
            if not needed[arc[spot] >> 1]:
                continue
            begin = filled
            total, end, filled = _follow(graph, cost, needed, number, pool, filled, spot)
            if end == node:
                continue
            same = best[number[end]]
            if same < fresh:
                same = edges
                edges += 1
                best[number[end]] = same
            elif new_cost[same] <= total:
                continue
            new_ends[2 * same] = number[node]
            new_ends[2 * same + 1] = number[end]
            new_cost[same] = total
            begins[same] = begin
            lasts[same] = filled
    begin_of, pieces = _pack(edges, begins, lasts, pool)
    return count, new_ends[: 2 * edges].copy(), new_cost[:edges].copy(), new_terminal, begin_of, pieces
