"""The compiled part of joining one more amount to a network whose pipes have a concave price."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.routing.compiled import kernel
from infraplan.routing.heap import FLOATS, INTS, _pop, _push

LONGS = "Array(int64, 1, 'C', readonly=True)"
EPSILON = 1.0e-9


@kernel(f"float64(float64, float64, float64, {FLOATS}, {FLOATS}, {FLOATS})")
def pipe_cost(flow: Any, metre: Any, crossing: Any, capacity: Any, annual: Any, crossing_annual: Any) -> Any:
    """Yearly cost of one edge: the thinnest pipe that carries the flow, or several of the thickest."""
    if flow <= EPSILON:
        return 0.0
    last = capacity.size - 1
    size = 0
    while size < last and capacity[size] < flow - EPSILON:
        size += 1
    pipes = 1.0
    if flow - EPSILON > capacity[last]:
        pipes = np.ceil(flow / capacity[last] - EPSILON)
    return pipes * (annual[size] * metre + crossing_annual[size] * crossing)


@kernel(
    f"Tuple((float64, int64, int64[::1]))({INTS}, {INTS}, {LONGS}, {FLOATS}, {FLOATS}, {FLOATS}, {FLOATS}, "
    f"{FLOATS}, {FLOATS}, {FLOATS}, {FLOATS}, float64, int64, {FLOATS}, float64)"
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
) -> Any:
    """Return extra cost, end node (-1 if none) and edges of the cheapest way for one more amount.

    Edges are priced only where the search gets to; it ends as soon as no end can be cheaper.
    """
    nodes = indptr.size - 1
    distance = np.full(nodes, np.inf)
    parent_arc = np.full(nodes, np.int32(-1))
    parent_node = np.full(nodes, np.int32(-1))
    keys = np.empty(indices.size + 2, np.float64)
    names = np.empty(indices.size + 2, np.int32)
    distance[start] = 0.0
    _push(keys, names, 0, 0.0, np.int32(start))
    size = 1
    best, end = np.inf, -1
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
            more = pipe_cost(
                flow[edge] + amount, metre[edge], crossing[edge], capacity, annual, crossing_annual
            )
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
    return best, end, edges
