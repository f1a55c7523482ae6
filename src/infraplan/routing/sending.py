"""The compiled part of `ranking.arrivals`: how much of each place arrives at hubs in pipes of limited room.

Places send in the order given, each as much as it still can, and what was sent before may be turned aside but never
less of it arrives. What can arrive from places at all is a polymatroid, so no other order serves the first places
better: where each unit of a place is worth a fixed sum and the dearest go first, the whole is worth the most.

Source: J. Edmonds (1971), Matroids and the greedy algorithm, Mathematical Programming 1, 127-136; shortest
augmenting ways of J. Edmonds and R. M. Karp (1972), Journal of the ACM 19(2), 248-264.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.routing.compiled import kernel

INTS = "Array(int64, 1, 'C', readonly=True)"
FLOATS = "Array(float64, 1, 'C', readonly=True)"
FLAGS = "Array(boolean, 1, 'C', readonly=True)"
# of the amount of a place: less than this is nothing
_TINY = 1.0e-9


@kernel(f"float64({INTS}, {INTS}, {FLOATS}, {FLAGS}, float64[::1], float64[::1], {INTS}, int64, float64)")
def _send_along(
    node_a: Any, node_b: Any, room: Any, built: Any, flow: Any, sink: Any, way: Any, start: Any, amount: Any
) -> Any:
    """Send up to `amount` along a given way; return how much arrived."""
    node, part = start, amount
    for pipe in way:
        forth = node == node_a[pipe]
        part = min(part, room[pipe] - (flow[pipe] if forth else -flow[pipe]) if built[pipe] else 0.0)
        node = node_b[pipe] if forth else node_a[pipe]
    part = min(part, sink[node])
    if part <= _TINY * amount:
        return 0.0
    node = start
    for pipe in way:
        forth = node == node_a[pipe]
        flow[pipe] += part if forth else -part
        node = node_b[pipe] if forth else node_a[pipe]
    sink[node] -= part
    return part


@kernel(
    f"float64({INTS}, {INTS}, {INTS}, {INTS}, {FLOATS}, {FLAGS}, float64[::1], float64[::1], int64[::1], int64[::1],"
    " int64[::1], int64, int64, float64, float64)"
)
def _send_round(
    node_a: Any, node_b: Any, indptr: Any, arcs: Any, room: Any, built: Any, flow: Any, sink: Any, seen: Any,
    came_by: Any, queue: Any, stamp: Any, start: Any, amount: Any, tiny: Any
) -> Any:  # fmt: skip
    """Send up to `amount` the shortest way that has room; return how much arrived, 0 when there is no way.

    Where no way leads to a hub none ever will: its nodes are marked so that nobody looks there again.
    """
    if seen[start] < 0:
        return 0.0
    queue[0], first, last, end = start, 0, 1, -1
    seen[start], came_by[start] = stamp, -1
    while first < last:
        node = queue[first]
        first += 1
        if sink[node] > tiny:
            end = node
            break
        for k in range(indptr[node], indptr[node + 1]):
            pipe = arcs[k]
            if not built[pipe]:
                continue
            forth = node == node_a[pipe]
            other = node_b[pipe] if forth else node_a[pipe]
            if seen[other] == stamp or seen[other] < 0:
                continue
            if room[pipe] - (flow[pipe] if forth else -flow[pipe]) > tiny:
                seen[other], came_by[other], queue[last] = stamp, pipe, other
                last += 1
    if end < 0:
        for i in range(last):
            seen[queue[i]] = -1
        return 0.0
    part, node = min(amount, sink[end]), end
    while node != start:
        pipe = came_by[node]
        forth = node == node_b[pipe]
        part = min(part, room[pipe] - (flow[pipe] if forth else -flow[pipe]))
        node = node_a[pipe] if forth else node_b[pipe]
    node = end
    sink[end] -= part
    while node != start:
        pipe = came_by[node]
        forth = node == node_b[pipe]
        flow[pipe] += part if forth else -part
        node = node_a[pipe] if forth else node_b[pipe]
    return part


@kernel(
    f"float64[::1]({INTS}, {INTS}, {INTS}, {INTS}, {FLOATS}, {FLAGS}, {FLOATS}, {INTS}, {FLOATS}, {INTS}, {INTS},"
    f" {INTS}, {INTS})"
)
def send(
    node_a: Any, node_b: Any, indptr: Any, arcs: Any, room: Any, built: Any, hub_room: Any, place_node: Any,
    amount: Any, order: Any, join_at: Any, way_at: Any, ways: Any
) -> Any:  # fmt: skip
    """Return how much of each place arrives in the pipes that are built, the first in `order` first.

    Pipes run from `node_a` to `node_b` and carry up to `room` either way; `arcs` are those at each node, from
    `indptr`. `hub_room` is what the hubs of each node hold. A place first tries the ways that were planned for it:
    those from `join_at`, each the pipes of `ways` from `way_at`.
    """
    nodes = indptr.size - 1
    flow, sink, seen = np.zeros(node_a.size), hub_room.copy(), np.zeros(nodes, np.int64)
    came_by, queue = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    arrived = np.zeros(amount.size)
    stamp = 0
    for place in order:
        left, start = amount[place], place_node[place]
        tiny = _TINY * left
        if left <= 0.0:
            continue
        for join in range(join_at[place], join_at[place + 1]):
            way = ways[way_at[join] : way_at[join + 1]]
            left -= _send_along(node_a, node_b, room, built, flow, sink, way, start, left)
        while left > tiny:
            stamp += 1
            part = _send_round(
                node_a, node_b, indptr, arcs, room, built, flow, sink, seen, came_by, queue, stamp, start, left, tiny
            )
            if part <= 0.0:
                break
            left -= part
        arrived[place] = amount[place] - (left if left > tiny else 0.0)
    return arrived
