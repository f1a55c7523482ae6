"""The compiled part of cutting a network in two: the cheapest set of arcs between a source and a sink."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.core import kernels

EPSILON = 1.0e-9


@kernels.kernel(f"boolean[::1]({kernels.INTS}, {kernels.INTS}, {kernels.INTS}, float64[::1], int64, boolean)")
def _reach(indptr: Any, out: Any, head: Any, room: Any, root: Any, backwards: Any) -> Any:
    """Nodes that can be reached from the root (or that reach it) along arcs with room left."""
    seen = np.zeros(indptr.size - 1, np.bool_)
    queue = np.empty(indptr.size - 1, np.int32)
    queue[0], seen[root] = root, True
    first, last = 0, 1
    while first < last:
        node = queue[first]
        first += 1
        for place in range(indptr[node], indptr[node + 1]):
            arc = out[place]
            left = room[arc ^ 1] if backwards else room[arc]
            if left > EPSILON and not seen[head[arc]]:
                seen[head[arc]] = True
                queue[last] = head[arc]
                last += 1
    return seen


@kernels.kernel(f"float64({kernels.INTS}, {kernels.INTS}, {kernels.INTS}, float64[::1], int64, int64)")
def _fill(indptr: Any, out: Any, head: Any, room: Any, source: Any, sink: Any) -> Any:
    """Push as much as the room allows from source to sink; the room that is left stays in ``room``."""
    nodes = indptr.size - 1
    level = np.empty(nodes, np.int32)
    queue = np.empty(nodes, np.int32)
    place = np.empty(nodes, np.int32)
    path = np.empty(nodes, np.int32)
    total = 0.0
    while True:
        level[:] = -1
        level[source] = 0
        queue[0] = source
        first, last = 0, 1
        while first < last and level[sink] < 0:
            node = queue[first]
            first += 1
            for p in range(indptr[node], indptr[node + 1]):
                arc = out[p]
                if room[arc] > EPSILON and level[head[arc]] < 0:
                    level[head[arc]] = level[node] + 1
                    queue[last] = head[arc]
                    last += 1
        if level[sink] < 0:
            return total
        place[:] = indptr[:-1]
        depth, node = 0, source
        while True:
            if node == sink:
                least = room[path[0]]
                for step in range(1, depth):
                    least = min(least, room[path[step]])
                back = depth
                for step in range(depth):
                    arc = path[step]
                    room[arc] -= least
                    room[arc ^ 1] += least
                    if room[arc] <= EPSILON and back == depth:
                        back = step
                total += least
                depth = back
                node = head[path[depth] ^ 1]
                continue
            moved = False
            while place[node] < indptr[node + 1]:
                arc = out[place[node]]
                if room[arc] > EPSILON and level[head[arc]] == level[node] + 1:
                    path[depth] = arc
                    depth += 1
                    node = head[arc]
                    moved = True
                    break
                place[node] += 1
            if moved:
                continue
            if node == source:
                break
            depth -= 1
            node = head[path[depth] ^ 1]
            place[node] += 1


_GRAPH = f"{kernels.INTS}, {kernels.INTS}, {kernels.INTS}"


@kernels.kernel(f"Tuple((float64, boolean[::1], boolean[::1]))({_GRAPH}, float64[::1], int64, int64)")
def minimum_cut(indptr: Any, out: Any, head: Any, capacity: Any, source: Any, sink: Any) -> Any:
    """Return the largest flow and the source's side of the cut nearest the source and nearest the sink.

    Arcs 2i and 2i + 1 are each other's reverse; ``out`` lists the arcs that leave each node, in compressed
    rows. Source: E. A. Dinic (1970), Soviet Mathematics Doklady 11, 1277-1280.
    """
    room = capacity.copy()
    value = _fill(indptr, out, head, room, source, sink)
    near = _reach(indptr, out, head, room, source, False)
    far = ~_reach(indptr, out, head, room, sink, True)
    return value, near, far
