"""The compiled part of joining one more amount to a network whose pipes have a concave price."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.routing.compiled import kernel
from infraplan.routing.heap import FLOATS, INTS, _pop, _push

LONGS = "Array(int64, 1, 'C', readonly=True)"
EPSILON = 1.0e-9


@kernel(f"Tuple((int64, float64))(float64, {FLOATS})")
def fit(flow: Any, capacity: Any) -> Any:
    """Return the thinnest size that carries the flow, and the number of pipes: several of the thickest beyond."""
    last = capacity.size - 1
    size = 0
    while size < last and capacity[size] < flow - EPSILON:
        size += 1
    pipes = 1.0
    if flow - EPSILON > capacity[last]:
        pipes = np.ceil(flow / capacity[last] - EPSILON)
    return size, pipes


@kernel(
    f"Tuple((float64, int64, int64[::1]))({INTS}, {INTS}, {LONGS}, {FLOATS}, {FLOATS}, {FLOATS}, {FLOATS}, "
    f"{FLOATS}, {FLOATS}, {FLOATS}, {FLOATS}, float64, int64, {FLOATS}, float64, float64)"
)
def cheapest_join(
    indptr: Any,
    indices: Any,
    arc_edge: Any,
    metre: Any,
    crossing: Any,
    tie: Any,
    flow: Any,
    cost: Any,
    capacity: Any,
    annual: Any,
    crossing_annual: Any,
    amount: Any,
    start: Any,
    end_price: Any,
    least_end_price: Any,
    limit: Any,
) -> Any:
    """Return extra cost, end node (-1 if none below the limit) and edges of the cheapest way for one more amount.

    Edges are priced only where the search gets to; it ends as soon as no end can be cheaper. The price of an
    edge is written out in the loop: a helper that takes arrays costs ten times the arithmetic.
    """
    last = capacity.size - 1
    alone, pipes = fit(amount, capacity)
    annual_alone, crossing_alone = pipes * annual[alone], pipes * crossing_annual[alone]
    nodes = indptr.size - 1
    distance = np.full(nodes, np.inf)
    parent_arc = np.full(nodes, np.int32(-1))
    parent_node = np.full(nodes, np.int32(-1))
    keys = np.empty(indices.size + 2, np.float64)
    names = np.empty(indices.size + 2, np.int32)
    distance[start] = 0.0
    _push(keys, names, 0, 0.0, np.int32(start))
    size = 1
    best, end = limit, -1
    while size > 0:
        reached, node = keys[0], names[0]
        size -= 1
        _pop(keys, names, size)
        if reached > distance[node]:
            continue
        if reached + least_end_price >= best:
            break
        if reached + end_price[node] < best:
            best, end = reached + end_price[node], node
        for arc in range(indptr[node], indptr[node + 1]):
            head, edge = indices[arc], arc_edge[arc]
            carried = flow[edge]
            if carried <= EPSILON:
                more = annual_alone * metre[edge] + crossing_alone * crossing[edge]
            else:
                carried += amount
                kind = 0
                while kind < last and capacity[kind] < carried - EPSILON:
                    kind += 1
                more = annual[kind] * metre[edge] + crossing_annual[kind] * crossing[edge]
                if carried - EPSILON > capacity[last]:
                    more *= np.ceil(carried / capacity[last] - EPSILON)
            total = reached + max(more - cost[edge], 0.0) + tie[edge]
            if total < distance[head]:
                distance[head] = total
                parent_arc[head], parent_node[head] = arc, node
                _push(keys, names, size, total, head)
                size += 1
    steps = 0
    node = end
    while node >= 0 and parent_arc[node] >= 0:
        steps += 1
        node = parent_node[node]
    edges = np.empty(steps, np.int64)
    node = end
    while steps > 0:
        steps -= 1
        edges[steps] = arc_edge[parent_arc[node]]
        node = parent_node[node]
    if end < 0:
        best = np.inf
    return best, end, edges
