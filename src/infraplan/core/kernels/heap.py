"""The compiled part of `dijkstra_csr`: a binary heap; an entry overtaken by a cheaper one is skipped."""

from __future__ import annotations

import numpy as np

from infraplan.core.kernels.signatures import Floats, GivenFloats, GivenInts32, Ints32, typed_kernel


@typed_kernel
def push(keys: Floats, names: Ints32, size: int, key: float, name: int) -> None:
    """Put an entry in a heap of `size` entries."""
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if keys[above] <= key:
            break
        keys[place], names[place] = keys[above], names[above]
        place = above
    keys[place], names[place] = key, name


@typed_kernel
def pop(keys: Floats, names: Ints32, size: int) -> None:
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


@typed_kernel
def settle(
    indptr: GivenInts32, indices: GivenInts32, weight: GivenFloats, sources: GivenInts32, source_cost: GivenFloats
) -> tuple[Floats, Ints32, Ints32]:
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
