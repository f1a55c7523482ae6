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

from infraplan.core import kernels

INTS = "Array(int64, 1, 'C', readonly=True)"
FLOATS = "Array(float64, 1, 'C', readonly=True)"
FLAGS = "Array(boolean, 1, 'C', readonly=True)"
# less than this share of a place's amount is nothing
TINY = 1.0e-9


@kernels.kernel(f"float64({INTS}, {INTS}, {FLOATS}, {FLAGS}, float64[::1], float64[::1], {INTS}, int64, float64)")
def _send_along(
    node_a: Any, node_b: Any, room: Any, built: Any, flow: Any, sink: Any, way: Any, start: Any, amount: Any
) -> Any:
    """Send up to `amount` along a given way; return how much arrived."""
    node, part = start, amount
    for pipe in way:
        if part <= TINY * amount:
            return 0.0
        forth = node == node_a[pipe]
        part = min(part, room[pipe] - (flow[pipe] if forth else -flow[pipe]) if built[pipe] else 0.0)
        node = node_b[pipe] if forth else node_a[pipe]
    part = min(part, sink[node])
    if part <= TINY * amount:
        return 0.0
    node = start
    for pipe in way:
        forth = node == node_a[pipe]
        flow[pipe] += part if forth else -part
        node = node_b[pipe] if forth else node_a[pipe]
    sink[node] -= part
    return part


@kernels.kernel(
    f"float64({INTS}, {INTS}, {INTS}, {INTS}, {FLOATS}, {FLAGS}, float64[::1], float64[::1], int64[::1], int64[::1],"
    f" int64[::1], int64, float64[::1], {INTS}, {INTS}, {INTS}, {INTS}, int64, float64, float64)"
)
def _send_round(
    node_a: Any, node_b: Any, indptr: Any, arcs: Any, room: Any, built: Any, flow: Any, sink: Any, seen: Any,
    came_by: Any, queue: Any, stamp: Any, sent: Any, place_node: Any, rank: Any, home_at: Any, homes: Any, place: Any,
    amount: Any, tiny: Any
) -> Any:  # fmt: skip
    """Send up to `amount` of a place the shortest way that has room, or else instead of the last that makes room.

    Return how much arrived. Where neither is to be found nothing ever will be by those that come later: the nodes
    are marked so that nobody looks there again.
    """
    start = place_node[place]
    if seen[start] < 0:
        return 0.0
    queue[0], first, last, end, giver = start, 0, 1, -1, -1
    seen[start], came_by[start] = stamp, -1
    while first < last:
        node = queue[first]
        first += 1
        if sink[node] > tiny:
            end, giver = node, -1
            break
        for k in range(home_at[node], home_at[node + 1]):
            other = homes[k]
            if sent[other] > tiny and rank[other] > (rank[place] if giver < 0 else rank[giver]):
                end, giver = node, other
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
    part, node = min(amount, sink[end] if giver < 0 else sent[giver]), end
    while node != start:
        pipe = came_by[node]
        forth = node == node_b[pipe]
        part = min(part, room[pipe] - (flow[pipe] if forth else -flow[pipe]))
        node = node_a[pipe] if forth else node_b[pipe]
    node = end
    if giver < 0:
        sink[end] -= part
    else:
        sent[giver] -= part
    while node != start:
        pipe = came_by[node]
        forth = node == node_b[pipe]
        flow[pipe] += part if forth else -part
        node = node_a[pipe] if forth else node_b[pipe]
    return part


@kernels.kernel(
    f"float64[::1]({INTS}, {INTS}, {INTS}, {INTS}, {FLOATS}, {FLAGS}, {INTS}, {FLOATS}, {INTS}, {INTS}, {INTS}, {INTS},"
    " float64[::1], float64[::1])"
)
def send(
    node_a: Any, node_b: Any, indptr: Any, arcs: Any, room: Any, built: Any, place_node: Any, amount: Any, order: Any,
    join_at: Any, way_at: Any, ways: Any, flow: Any, sink: Any
) -> Any:  # fmt: skip
    """Return how much of each place arrives in the pipes that are built, the first in `order` first.

    Pipes run from `node_a` to `node_b` and carry up to `room` either way; `arcs` are those at each node, from
    `indptr`. A place first tries the ways that were planned for it: those from `join_at`, each the pipes of `ways`
    from `way_at`. Filled in: what flows in each pipe (`flow`, zeros at first) and what the hubs of each node still hold
    (`sink`, at first all they hold).
    """
    nodes = indptr.size - 1
    seen, came_by, queue = np.zeros(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    # nobody makes room for a place here: whoever came before goes first
    home_at, none = np.zeros(nodes + 1, np.int64), np.empty(0, np.int64)
    arrived = np.zeros(amount.size)
    stamp = 0
    for place in order:
        left, start = amount[place], place_node[place]
        tiny = TINY * left
        if left <= 0.0:
            continue
        for join in range(join_at[place], join_at[place + 1]):
            way = ways[way_at[join] : way_at[join + 1]]
            left -= _send_along(node_a, node_b, room, built, flow, sink, way, start, left)
        while left > tiny:
            stamp += 1
            part = _send_round(
                node_a, node_b, indptr, arcs, room, built, flow, sink, seen, came_by, queue, stamp, arrived, place_node,
                none, home_at, none, place, left, tiny,
            )  # fmt: skip
            if part <= 0.0:
                break
            left -= part
        arrived[place] = amount[place] - (left if left > tiny else 0.0)
    return arrived


@kernels.kernel(
    f"Tuple((int64[::1], float64[::1], int64[::1], int64[::1]))({INTS}, {INTS}, {INTS}, {INTS}, float64[::1],"
    f" float64[::1], {INTS}, {FLOATS})"
)
def unravel(
    node_a: Any, node_b: Any, indptr: Any, arcs: Any, flow: Any, held: Any, place_node: Any, arrived: Any
) -> Any:  # fmt: skip
    """Take a flow apart into ways from places to hubs: the place, amount and first pipe of each, and their pipes.

    `held` is what the hubs of each node hold of the flow; it and `flow` are used up. No two ways pass a pipe in
    opposite directions, so any of them can be taken back.
    """
    nodes = indptr.size - 1
    spot, path, came = np.full(nodes, -1, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    most = arrived.size + node_a.size + nodes  # each way uses up a place, a pipe or a hub
    place_of, part_of, begins = np.empty(most, np.int64), np.empty(most), np.zeros(most + 1, np.int64)
    ways, count = np.empty(1024, np.int64), 0
    for place in range(arrived.size):
        left = arrived[place]
        tiny = TINY * left
        while left > tiny and count < most:
            node, steps, back = place_node[place], 0, -1
            spot[node] = 0
            while held[node] <= tiny:
                best, onward = tiny, -1
                for k in range(indptr[node], indptr[node + 1]):
                    out = flow[arcs[k]] if node == node_a[arcs[k]] else -flow[arcs[k]]
                    if out > best:
                        best, onward = out, arcs[k]
                if onward < 0:
                    break
                path[steps], came[steps] = onward, node
                steps += 1
                node = node_b[onward] if node == node_a[onward] else node_a[onward]
                if spot[node] >= 0:
                    back = spot[node]
                    break
                spot[node] = steps
            begin = max(back, 0)
            part = min(left, held[node]) if back < 0 else np.inf
            for i in range(begin, steps):
                part = min(part, abs(flow[path[i]]))
            for i in range(begin, steps):
                flow[path[i]] -= part if came[i] == node_a[path[i]] else -part
            for i in range(steps):
                spot[came[i]] = -1
            spot[node] = -1
            if back >= 0:
                continue  # it went in a circle, which brings nobody anywhere
            if part <= tiny:
                break
            held[node] -= part
            left -= part
            if begins[count] + steps > ways.size:
                wider = np.empty(2 * (begins[count] + steps), np.int64)
                wider[: begins[count]] = ways[: begins[count]]
                ways = wider
            ways[begins[count] : begins[count] + steps] = path[:steps]
            place_of[count], part_of[count], begins[count + 1] = place, part, begins[count] + steps
            count += 1
    return (
        place_of[:count].copy(), part_of[:count].copy(), begins[: count + 1].copy(), ways[: begins[count]].copy()
    )  # fmt: skip


@kernels.kernel(
    f"void({INTS}, {INTS}, float64[::1], float64[::1], float64[::1], {INTS}, {INTS}, {INTS}, {INTS}, {FLOATS}, {INTS})"
)
def _take_back(
    node_a: Any, node_b: Any, flow: Any, sink: Any, sent: Any, place_node: Any, way_place: Any, way_at: Any,
    ways: Any, parts: Any, broken: Any
) -> Any:  # fmt: skip
    """Take back what goes the `broken` ways."""
    for way in broken:
        place, part = way_place[way], parts[way]
        node = place_node[place]
        for pipe in ways[way_at[way] : way_at[way + 1]]:
            forth = node == node_a[pipe]
            flow[pipe] -= part if forth else -part
            node = node_b[pipe] if forth else node_a[pipe]
        sink[node] += part
        sent[place] -= part


@kernels.kernel(
    f"void({INTS}, {INTS}, {INTS}, {INTS}, {FLOATS}, {FLAGS}, {INTS}, {FLOATS}, {INTS}, {INTS}, {FLOATS}, {INTS},"
    f" {INTS}, float64[::1], float64[::1], float64[::1], {INTS}, {INTS}, {INTS}, {INTS})"
)
def send_again(
    node_a: Any, node_b: Any, indptr: Any, arcs: Any, room: Any, built: Any, place_node: Any, amount: Any, rank: Any,
    way_place: Any, parts: Any, way_at: Any, ways: Any, flow: Any, sink: Any, sent: Any, home_at: Any, homes: Any,
    broken: Any, again: Any
) -> Any:  # fmt: skip
    """Change what `send` found to what it would find without pipes, asking only those who lost their way.

    `flow`, `sink` and `sent` (what arrived) are changed. The ways are those of `unravel`: `broken` pass a missing
    pipe; `again` are their places and those of which not all arrived, the first first. `rank` is the turn of each
    place, `homes` the places at each node, from `home_at`. Each takes the room that is left or else that of whoever
    comes last, if later than itself: where one place has more to send, the best exchange of one unit is enough
    (successive shortest ways).
    """
    _take_back(node_a, node_b, flow, sink, sent, place_node, way_place, way_at, ways, parts, broken)
    nodes = indptr.size - 1
    seen, came_by, queue = np.zeros(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    stamp = 0
    for place in again:
        tiny = TINY * amount[place]
        left = amount[place] - sent[place]
        while left > tiny:
            stamp += 1
            part = _send_round(
                node_a, node_b, indptr, arcs, room, built, flow, sink, seen, came_by, queue, stamp, sent, place_node,
                rank, home_at, homes, place, left, tiny,
            )  # fmt: skip
            if part <= 0.0:
                break
            left -= part
        sent[place] = amount[place] - (left if left > tiny else 0.0)
