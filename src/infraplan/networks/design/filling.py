"""Kernels of a minimum cut: fill a network from source to sink, and mark the nodes still reachable."""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.minimum_cut import FlowGraph

EPSILON = 1.0e-9


@kernels.typed_kernel
def mark_reached(graph: FlowGraph, room: kernels.Floats, root: int, backwards: bool, reached: kernels.Flags) -> None:
    """Mark the nodes that can be reached from the root (or that reach it) along arcs with room left."""
    queue = np.empty(reached.size, np.int32)
    queue[0], reached[root] = root, True
    done, waiting = 0, 1
    while done < waiting:
        node = queue[done]
        done += 1
        for place in range(graph.first[node], graph.first[node + 1]):
            arc = graph.leaving[place]
            left = room[arc ^ 1] if backwards else room[arc]
            if left > EPSILON and not reached[graph.head[arc]]:
                reached[graph.head[arc]] = True
                queue[waiting] = graph.head[arc]
                waiting += 1


@kernels.typed_kernel
def mark_levels(
    graph: FlowGraph, room: kernels.Floats, source: int, sink: int, level: kernels.Ints32, queue: kernels.Ints32
) -> None:
    """Write how many arcs with room lead from the source to each node that is nearer than the sink; -1 beyond."""
    for node in range(level.size):
        level[node] = -1
    level[source], queue[0] = 0, source
    done, waiting = 0, 1
    while done < waiting and level[sink] < 0:
        node = queue[done]
        done += 1
        for place in range(graph.first[node], graph.first[node + 1]):
            arc = graph.leaving[place]
            if room[arc] > EPSILON and level[graph.head[arc]] < 0:
                level[graph.head[arc]] = level[node] + 1
                queue[waiting] = graph.head[arc]
                waiting += 1


@kernels.typed_kernel
def push_along(graph: FlowGraph, room: kernels.Floats, path: kernels.Ints32, depth: int) -> tuple[float, int]:
    """Push as much as fits along the first `depth` arcs of a path; return the amount and the first arc now full."""
    least = room[path[0]]
    for step in range(1, depth):
        least = min(least, room[path[step]])
    full = depth
    for step in range(depth):
        arc = path[step]
        room[arc] -= least
        room[arc ^ 1] += least
        if room[arc] <= EPSILON and full == depth:
            full = step
    return least, full


@kernels.typed_kernel
def fill(graph: FlowGraph, room: kernels.Floats, source: int, sink: int) -> float:
    """Push as much as fits from source to sink; update ``room``."""
    nodes = graph.first.size - 1
    level, place = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    path = np.empty(nodes, np.int32)
    total = 0.0
    while True:
        mark_levels(graph, room, source, sink, level, place)
        if level[sink] < 0:
            return total
        for node in range(nodes):
            place[node] = graph.first[node]
        depth, node = 0, source
        while True:
            if node == sink:
                least, depth = push_along(graph, room, path, depth)
                total += least
                node = graph.head[path[depth] ^ 1]
                continue
            while place[node] < graph.first[node + 1]:
                arc = graph.leaving[place[node]]
                if room[arc] > EPSILON and level[graph.head[arc]] == level[node] + 1:
                    break
                place[node] += 1
            if place[node] < graph.first[node + 1]:
                path[depth] = graph.leaving[place[node]]
                node = graph.head[path[depth]]
                depth += 1
                continue
            if node == source:
                break
            depth -= 1
            node = graph.head[path[depth] ^ 1]
            place[node] += 1


@kernels.typed_kernel
def cut(
    graph: FlowGraph, room: kernels.Floats, source: int, sink: int, near: kernels.Flags, far: kernels.Flags
) -> float:
    """Return the largest flow; mark nodes reachable from the source (`near`), and those that reach the sink."""
    value = fill(graph, room, source, sink)
    mark_reached(graph, room, source, False, near)
    mark_reached(graph, room, sink, True, far)
    return value
