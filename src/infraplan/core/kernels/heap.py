"""The compiled part of `dijkstra_csr`: a binary heap; an entry overtaken by a cheaper one is skipped."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.core.kernels.compiled import kernel

INTS = "Array(int32, 1, 'C', readonly=True)"
FLOATS = "Array(float64, 1, 'C', readonly=True)"


@kernel("void(float64[::1], int32[::1], int64, float64, int32)")
def push(keys: Any, names: Any, size: Any, key: Any, name: Any) -> None:
    """Put an entry in a heap of `size` entries."""
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if keys[above] <= key:
            break
        keys[place], names[place] = keys[above], names[above]
        place = above
    keys[place], names[place] = key, name


@kernel("void(float64[::1], int32[::1], int64)")
def pop(keys: Any, names: Any, size: Any) -> None:
    """Take the first entry out of a heap that keeps `size` entries."""
    key, name = keys[size], names[size]
    place = 0
    below = 1
    while below < size:
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[place], names[place] = keys[below], names[below]
        place = below
        below = 2 * place + 1
    keys[place], names[place] = key, name


@kernel(f"Tuple((float64[::1], int32[::1], int32[::1]))({INTS}, {INTS}, {FLOATS}, {INTS}, {FLOATS})")
def settle(indptr: Any, indices: Any, weight: Any, sources: Any, source_cost: Any) -> Any:
    """Return distance, parent edge and parent node of every node."""
    nodes = indptr.size - 1
    distance = np.full(nodes, np.inf)
    parent_edge = np.full(nodes, np.int32(-1))
    parent_node = np.full(nodes, np.int32(-1))
    keys = np.empty(indices.size + sources.size + 1, np.float64)
    names = np.empty(indices.size + sources.size + 1, np.int32)
    size = 0
    for position in range(sources.size):
        node = sources[position]
        if source_cost[position] < distance[node]:
            distance[node] = source_cost[position]
            push(keys, names, size, distance[node], node)
            size += 1
    while size > 0:
        reached, node = keys[0], names[0]
        size -= 1
        pop(keys, names, size)
        if reached > distance[node]:
            continue
        for edge in range(indptr[node], indptr[node + 1]):
            head = indices[edge]
            total = reached + weight[edge]
            if total < distance[head]:
                distance[head] = total
                parent_edge[head] = edge
                parent_node[head] = node
                push(keys, names, size, total, head)
                size += 1
    return distance, parent_edge, parent_node
