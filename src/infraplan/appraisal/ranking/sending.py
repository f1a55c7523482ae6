"""Kernels of `ranking.arrivals`: how much of each place arrives at hubs through pipes of limited room.

Places send in the given order, each as much as it still can. Earlier flow may be rerouted but never reduced. The
amounts that can arrive form a polymatroid, so no other order serves the first places better. If each unit of a place
has a fixed value and the most valuable go first, the total value is the largest.

Source: J. Edmonds (1971), Matroids and the greedy algorithm, Mathematical Programming 1, 127-136; shortest
augmenting paths of J. Edmonds and R. M. Karp (1972), Journal of the ACM 19(2), 248-264.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infraplan.core import kernels

# less than this share of a place's amount counts as nothing
TINY = 1.0e-9


class Pipes(NamedTuple):
    """Pipes from ``node_a`` to ``node_b`` that carry up to ``room`` [unit/a] in either direction.

    ``around`` lists the pipes at each node n, from ``first[n]`` to ``first[n + 1]``.
    """

    node_a: kernels.Ints
    node_b: kernels.Ints
    room: kernels.Floats
    first: kernels.Ints
    around: kernels.Ints


class Senders(NamedTuple):
    """Node of each place, and the amount it sends [unit/a]."""

    node: kernels.Ints
    amount: kernels.Floats


class Planned(NamedTuple):
    """Planned ways of each place p: those numbered ``first_way[p]`` to ``first_way[p + 1]``.

    The pipes of way w are ``pipes[first_pipe[w] : first_pipe[w + 1]]``.
    """

    first_way: kernels.Ints
    first_pipe: kernels.Ints
    pipes: kernels.Ints


class Turns(NamedTuple):
    """Turn of each place, and the places at each node n: ``places[first[n] : first[n + 1]]``."""

    turn: kernels.Ints
    first: kernels.Ints
    places: kernels.Ints


class Sent(NamedTuple):
    """Amount that arrives of each place, flow in each pipe, and room left at the hubs of each node [unit/a]."""

    arrived: kernels.Floats
    flow: kernels.Floats
    sink: kernels.Floats


class Ways(NamedTuple):
    """A flow split into ways: place and amount of each way, and its pipes ``pipes[first[w] : first[w + 1]]``."""

    place: kernels.Ints
    amount: kernels.Floats
    first: kernels.Ints
    pipes: kernels.Ints


class Search(NamedTuple):
    """Work space of one search: per node a mark, and the pipe by which it was reached (mark -1: dead end)."""

    seen: kernels.Ints
    came_by: kernels.Ints
    queue: kernels.Ints


@kernels.inlined_kernel
def room_left(pipes: Pipes, flow: kernels.Floats, pipe: int, forth: bool) -> float:
    """Return how much more a pipe can carry in one direction."""
    left: float = pipes.room[pipe] - (flow[pipe] if forth else -flow[pipe])
    return left


@kernels.inner_kernel
def send_along(
    pipes: Pipes, built: kernels.GivenFlags, sent: Sent, planned: Planned, way: int, start: int, amount: float
) -> float:
    """Send up to `amount` along a planned way; return how much arrived."""
    node, part = start, amount
    for place in range(planned.first_pipe[way], planned.first_pipe[way + 1]):
        if part <= TINY * amount:
            return 0.0
        pipe = planned.pipes[place]
        forth = node == pipes.node_a[pipe]
        part = min(part, room_left(pipes, sent.flow, pipe, forth) if built[pipe] else 0.0)
        node = pipes.node_b[pipe] if forth else pipes.node_a[pipe]
    part = min(part, float(sent.sink[node]))
    if part <= TINY * amount:
        return 0.0
    node = start
    for place in range(planned.first_pipe[way], planned.first_pipe[way + 1]):
        pipe = planned.pipes[place]
        forth = node == pipes.node_a[pipe]
        sent.flow[pipe] += part if forth else -part
        node = pipes.node_b[pipe] if forth else pipes.node_a[pipe]
    sent.sink[node] -= part
    return part


@kernels.inner_kernel
def find_end(
    pipes: Pipes,
    built: kernels.GivenFlags,
    sent: Sent,
    search: Search,
    turns: Turns,
    stamp: int,
    start: int,
    turn: int,
    tiny: float,
) -> tuple[int, int]:
    """Return the end node of the shortest way with room, and the place that yields its room (-1: a hub has room).

    Only places with a later turn yield their room, the last of them first. If nothing is found (node -1), later places
    will not find anything either: the nodes are marked so that they are not searched again.
    """
    seen, came_by, queue = search.seen, search.came_by, search.queue
    queue[0], done, waiting, end, giver = start, 0, 1, -1, -1
    seen[start], came_by[start] = stamp, -1
    while done < waiting:
        node = queue[done]
        done += 1
        if sent.sink[node] > tiny:
            return node, -1
        for k in range(turns.first[node], turns.first[node + 1]):
            other = turns.places[k]
            if sent.arrived[other] > tiny and turns.turn[other] > (turn if giver < 0 else turns.turn[giver]):
                end, giver = node, other
        for k in range(pipes.first[node], pipes.first[node + 1]):
            pipe = pipes.around[k]
            if not built[pipe]:
                continue
            forth = node == pipes.node_a[pipe]
            head = pipes.node_b[pipe] if forth else pipes.node_a[pipe]
            if seen[head] == stamp or seen[head] < 0:
                continue
            if room_left(pipes, sent.flow, pipe, forth) > tiny:
                seen[head], came_by[head], queue[waiting] = stamp, pipe, head
                waiting += 1
    if end < 0:
        for i in range(waiting):
            seen[queue[i]] = -1
    return end, giver


@kernels.inner_kernel
def send_round(
    pipes: Pipes,
    built: kernels.GivenFlags,
    sent: Sent,
    search: Search,
    turns: Turns,
    stamp: int,
    start: int,
    turn: int,
    amount: float,
    tiny: float,
) -> float:
    """Send up to `amount` by the shortest way with room, else by displacing the last place that yields; return it."""
    came_by = search.came_by
    if search.seen[start] < 0:
        return 0.0
    end, giver = find_end(pipes, built, sent, search, turns, stamp, start, turn, tiny)
    if end < 0:
        return 0.0
    taken: float = sent.sink[end] if giver < 0 else sent.arrived[giver]
    part, node = min(amount, taken), end
    while node != start:
        pipe = came_by[node]
        forth = node == pipes.node_b[pipe]
        part = min(part, room_left(pipes, sent.flow, pipe, forth))
        node = pipes.node_a[pipe] if forth else pipes.node_b[pipe]
    if giver < 0:
        sent.sink[end] -= part
    else:
        sent.arrived[giver] -= part
    node = end
    while node != start:
        pipe = came_by[node]
        forth = node == pipes.node_b[pipe]
        sent.flow[pipe] += part if forth else -part
        node = pipes.node_a[pipe] if forth else pipes.node_b[pipe]
    return part


@kernels.inner_kernel
def send_rest(
    pipes: Pipes,
    built: kernels.GivenFlags,
    sent: Sent,
    search: Search,
    turns: Turns,
    stamp: int,
    start: int,
    turn: int,
    left: float,
    tiny: float,
) -> tuple[float, int]:
    """Send the rest of a place in rounds, while some of it arrives; return what is left, and the last stamp."""
    while left > tiny:
        stamp += 1
        part = send_round(pipes, built, sent, search, turns, stamp, start, turn, left, tiny)
        if part <= 0.0:
            break
        left -= part
    return (left if left > tiny else 0.0), stamp


@kernels.typed_kernel
def send(
    pipes: Pipes,
    built: kernels.GivenFlags,
    senders: Senders,
    order: kernels.GivenInts,
    planned: Planned,
    turns: Turns,
    sent: Sent,
    search: Search,
) -> None:
    """Write to `sent` how much of each place arrives through the built pipes, the first in `order` first.

    At first nothing flows, and `sink` is the full capacity of the hubs. A place first tries its planned ways. No place
    yields its room here (`turns` has no places), since earlier places go first.
    """
    stamp = 0
    for place in order:
        amount, start = senders.amount[place], senders.node[place]
        left = amount
        if left <= 0.0:
            continue
        for way in range(planned.first_way[place], planned.first_way[place + 1]):
            left -= send_along(pipes, built, sent, planned, way, start, left)
        left, stamp = send_rest(pipes, built, sent, search, turns, stamp, start, 0, left, TINY * amount)
        sent.arrived[place] = amount - left


@kernels.inner_kernel
def walk_down(
    pipes: Pipes,
    flow: kernels.Floats,
    held: kernels.Floats,
    spot: kernels.Ints,
    path: kernels.Ints,
    came: kernels.Ints,
    start: int,
    tiny: float,
) -> tuple[int, int, int]:
    """Follow the largest flow from a node to a hub; return the node, the steps, and where a cycle begins (-1: none).

    `path` gets the pipes and `came` the node before each; `spot` is -1 for nodes that are not on the way.
    """
    node, steps = start, 0
    spot[node] = 0
    while held[node] <= tiny:
        best, onward = tiny, -1
        for k in range(pipes.first[node], pipes.first[node + 1]):
            pipe = pipes.around[k]
            out = flow[pipe] if node == pipes.node_a[pipe] else -flow[pipe]
            if out > best:
                best, onward = out, pipe
        if onward < 0:
            break
        path[steps], came[steps] = onward, node
        steps += 1
        node = pipes.node_b[onward] if node == pipes.node_a[onward] else pipes.node_a[onward]
        if spot[node] >= 0:
            return node, steps, spot[node]
        spot[node] = steps
    return node, steps, -1


@kernels.typed_kernel
def unravel(
    pipes: Pipes, senders: Senders, flow: kernels.Floats, held: kernels.Floats, search: Search, ways: Ways
) -> int:
    """Split a flow into ways from places to hubs; return their number, -1 if `ways` has no room for their pipes.

    `senders.amount` is the amount that arrives of each place, `held` the part of the flow that the hubs of each node
    take; these and `flow` are used up. No two ways pass a pipe in opposite directions, so any of them can be undone.
    """
    spot, path, came = search.seen, search.queue, search.came_by
    for node in range(spot.size):
        spot[node] = -1
    count = 0
    for place in range(senders.amount.size):
        left = senders.amount[place]
        tiny = TINY * left
        while left > tiny and count < ways.place.size:
            node, steps, back = walk_down(pipes, flow, held, spot, path, came, senders.node[place], tiny)
            begin = max(back, 0)
            part = min(left, held[node]) if back < 0 else np.inf
            for i in range(begin, steps):
                part = min(part, abs(flow[path[i]]))
            for i in range(begin, steps):
                flow[path[i]] -= part if came[i] == pipes.node_a[path[i]] else -part
            for i in range(steps):
                spot[came[i]] = -1
            spot[node] = -1
            if back >= 0:
                continue  # it went in a circle, which brings nobody anywhere
            if part <= tiny:
                break
            held[node] -= part
            left -= part
            if ways.first[count] + steps > ways.pipes.size:
                return -1
            for i in range(steps):
                ways.pipes[ways.first[count] + i] = path[i]
            ways.place[count], ways.amount[count], ways.first[count + 1] = place, part, ways.first[count] + steps
            count += 1
    return count


@kernels.inner_kernel
def take_back(pipes: Pipes, senders: Senders, ways: Ways, sent: Sent, broken: kernels.GivenInts) -> None:
    """Undo the flow of the `broken` ways."""
    for way in broken:
        place, part = ways.place[way], ways.amount[way]
        node = senders.node[place]
        for k in range(ways.first[way], ways.first[way + 1]):
            pipe = ways.pipes[k]
            forth = node == pipes.node_a[pipe]
            sent.flow[pipe] -= part if forth else -part
            node = pipes.node_b[pipe] if forth else pipes.node_a[pipe]
        sent.sink[node] += part
        sent.arrived[place] -= part


@kernels.typed_kernel
def send_again(
    pipes: Pipes,
    built: kernels.GivenFlags,
    senders: Senders,
    turns: Turns,
    ways: Ways,
    sent: Sent,
    search: Search,
    broken: kernels.GivenInts,
    again: kernels.GivenInts,
) -> None:
    """Change the result of `send` to what it would be without some pipes; solve only for places that lost their way.

    The ways are those of `unravel`: `broken` pass a missing pipe. `again` are their places and those of which not all
    arrived, in order. Each takes the room that is left, or else that of the last place after it. If one place has more
    to send, the best exchange of one unit is enough (successive shortest paths).
    """
    take_back(pipes, senders, ways, sent, broken)
    stamp = 0
    for place in again:
        amount = senders.amount[place]
        left = amount - sent.arrived[place]
        left, stamp = send_rest(
            pipes, built, sent, search, turns, stamp, senders.node[place], turns.turn[place], left, TINY * amount
        )
        sent.arrived[place] = amount - left
