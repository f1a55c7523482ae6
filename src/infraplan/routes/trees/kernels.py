"""The compiled part of `trees.steiner_tree`, first half: growing trees in a small graph.

The two directions of edge e are arcs, named 2e and 2e + 1. So name ^ 1 is the way back, and name >> 1 the edge: the
position in `cost`. A tree is `up`: for each node the arc that enters it from its parent; ROOT at the root, OUT
outside the tree. Costs are whole numbers held in float64: sums of them are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infraplan.core import kernels

ROOT, OUT = -1, -2


class Graph(NamedTuple):
    """A graph in compressed rows.

    first : where the arcs out of each node begin (n + 1). head : the node that each of them leads to, and arc : its
    name. ends : the node that an arc comes from, by name.
    """

    first: kernels.Ints32
    head: kernels.Ints32
    arc: kernels.Ints32
    ends: kernels.Ints32


class Regions(NamedTuple):
    """Of each node: the cost to the nearest source (distance), that source (base), and the arc on which it is left."""

    distance: kernels.Floats
    base: kernels.Ints32
    enter: kernels.Ints32


@kernels.typed_kernel
def put(heap: kernels.Ints32, place: kernels.Ints32, key: kernels.Floats, size: int, node: int) -> int:
    """Put a node in a heap ordered by `key`, or move it up after its key fell; return the new size."""
    spot = kernels.int64(place[node])
    if spot < 0:
        spot = size
        size += 1
    value = key[node]
    while spot > 0:
        above = (spot - 1) >> 1
        other = heap[above]
        if key[other] <= value:
            break
        heap[spot] = other
        place[other] = spot
        spot = above
    heap[spot] = node
    place[node] = spot
    return size


@kernels.typed_kernel
def take(heap: kernels.Ints32, place: kernels.Ints32, key: kernels.Floats, size: int) -> int:
    """Take the first node out of a heap that keeps `size` others; return it."""
    taken: int = heap[0]
    place[taken] = -1
    if size == 0:
        return taken
    node = heap[size]
    value = key[node]
    spot = 0
    below = 1
    while below < size:
        if below + 1 < size and key[heap[below + 1]] < key[heap[below]]:
            below += 1
        other = heap[below]
        if key[other] >= value:
            break
        heap[spot] = other
        place[other] = spot
        spot = below
        below = 2 * spot + 1
    heap[spot] = node
    place[node] = spot
    return taken


@kernels.inner_kernel
def regions(graph: Graph, cost: kernels.Floats, source: kernels.Bytes) -> Regions:
    """Return the region of each source: the nodes that are nearer to it than to any other."""
    first, head, arc, _ = graph
    nodes = first.size - 1
    distance = np.full(nodes, np.inf)
    base = np.full(nodes, np.int32(OUT))
    enter = np.full(nodes, np.int32(OUT))
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, np.int32(-1))
    size = 0
    for node in range(nodes):
        if source[node]:
            distance[node] = 0.0
            base[node] = node
            enter[node] = ROOT
            size = put(heap, place, distance, size, node)
    while size > 0:
        size -= 1
        node = take(heap, place, distance, size)
        for at in range(first[node], first[node + 1]):
            total = distance[node] + cost[arc[at] >> 1]
            other = head[at]
            if total < distance[other]:
                distance[other] = total
                base[other] = base[node]
                enter[other] = arc[at]
                size = put(heap, place, distance, size, other)
    return Regions(distance, base, enter)


@kernels.typed_kernel
def grow(graph: Graph, cost: kernels.Floats, terminal: kernels.Bytes, start: int) -> kernels.Bytes:
    """Join the terminals one by one, the nearest first, to a tree that begins at `start`; return its nodes.

    Source: H. Takahashi and A. Matsuyama (1980), Mathematica Japonica 24, 573-577.
    """
    first, head, arc, ends = graph
    nodes = first.size - 1
    inside = np.zeros(nodes, np.uint8)
    distance = np.full(nodes, np.inf)
    enter = np.empty(nodes, np.int32)
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, np.int32(-1))
    left = 0
    for node in range(nodes):
        left += terminal[node]
    left -= terminal[start]
    inside[start] = 1
    distance[start] = 0.0
    size = put(heap, place, distance, 0, start)
    while size > 0 and left > 0:
        size -= 1
        node = take(heap, place, distance, size)
        if terminal[node] and not inside[node]:
            left -= 1
            while not inside[node]:
                inside[node] = 1
                distance[node] = 0.0
                size = put(heap, place, distance, size, node)
                node = ends[enter[node]]
            continue
        for at in range(first[node], first[node + 1]):
            total = distance[node] + cost[arc[at] >> 1]
            other = head[at]
            if total < distance[other]:
                distance[other] = total
                enter[other] = arc[at]
                size = put(heap, place, distance, size, other)
    return inside


@kernels.typed_kernel
def span(
    graph: Graph, cost: kernels.Floats, terminal: kernels.Bytes, inside: kernels.Bytes, root: int
) -> kernels.Ints32:
    """Return the cheapest tree over the nodes inside, without the branches that end in no terminal.

    Source: R. C. Prim (1957), Bell System Technical Journal 36(6), 1389-1401.
    """
    first, head, arc, ends = graph
    nodes = first.size - 1
    key = np.full(nodes, np.inf)
    up = np.full(nodes, np.int32(OUT))
    below = np.zeros(nodes, np.int32)
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, np.int32(-1))
    done = np.zeros(nodes, np.uint8)
    key[root] = 0.0
    up[root] = ROOT
    size = put(heap, place, key, 0, root)
    while size > 0:
        size -= 1
        node = take(heap, place, key, size)
        done[node] = 1
        for at in range(first[node], first[node + 1]):
            other = head[at]
            if inside[other] and not done[other] and cost[arc[at] >> 1] < key[other]:
                key[other] = cost[arc[at] >> 1]
                up[other] = arc[at]
                size = put(heap, place, key, size, other)
    for node in range(nodes):
        if up[node] >= 0:
            below[ends[up[node]]] += 1
    for leaf in range(nodes):
        node = leaf
        while up[node] >= 0 and below[node] == 0 and not terminal[node]:
            parent = ends[up[node]]
            up[node] = OUT
            below[parent] -= 1
            node = parent
    return up


@kernels.typed_kernel
def price(cost: kernels.Floats, up: kernels.Ints32) -> float:
    """Return the cost of a tree."""
    total = 0.0
    for node in range(up.size):
        if up[node] >= 0:
            total += cost[up[node] >> 1]
    return total
