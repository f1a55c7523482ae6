"""The compiled ways to join clients to a network: the cheapest one by one, in parts, or all at fixed prices."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.books import (
    ASKED,
    BOOKS,
    EPSILON,
    FLOW,
    FREE,
    NET,
    OVERFLOW,
    PIPES,
    POOL,
    PRICE,
    SLOTS,
    TRADE,
    UNITS_PER_AMOUNT,
    WHOLE,
    book,
    choose,
    fit,
    joined,
    note_way,
    put_back,
    seek,
    take_off,
)

LIST = "int64[::1]"
MOST_PARTS = 6  # sizes of a part that are tried where pipes lie already


@kernels.kernel(f"float64[::1]({PRICE}, {ASKED}, {NET}, int64, float64)")
def _sizes(price: Any, asked: Any, net: Any, client: Any, amount: Any) -> Any:
    """Return the distinct sizes below `amount` that a given pipe or a hub has room for, the largest last."""
    capacity, given, edges, room = price[0], price[3], net[0], net[1]
    fitted = asked[9]
    sizes = np.empty(fitted.size + room.size)
    count = 0
    for place in range(fitted.size + room.size):
        if place < fitted.size:
            edge = fitted[place]
            flow = edges[edge, FLOW]
            size = given[edge, FREE] - flow
            if given[edge, FREE] == 0.0:
                size = capacity[fit(flow, capacity)[0]] - flow
        else:
            hub = place - fitted.size
            size = room[hub] if asked[7][client, hub] else 0.0
        if EPSILON < size < amount - EPSILON:
            sizes[count] = size
            count += 1
    return np.unique(sizes[:count])


@kernels.kernel(f"Tuple((int64, float64, float64, int64, int64))({BOOKS}, int64, float64, float64)")
def choose_part(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, client: Any, amount: Any, most: Any
) -> Any:
    """Return what `choose` does, or a part that fits a given pipe or a hub if that is cheaper per unit."""
    used = pieces[7]
    hub, part, extra, begin, length = choose(ground, price, asked, net, pieces, spare, client, amount, most)
    sizes = _sizes(price, asked, net, client, amount)
    for place in range(sizes.size - 1, max(-1, sizes.size - 1 - MOST_PARTS), -1):
        if used[OVERFLOW]:
            break
        size = sizes[place]
        size_extra, other, end = seek(
            ground, price, asked, net, pieces, spare, client, size, WHOLE, -1, most * size * UNITS_PER_AMOUNT
        )
        if other >= 0 and (hub < 0 or size_extra / size < extra / part):
            hub, part, extra, begin = other, size, size_extra, begin + length
            length = note_way(ground, pieces, spare, end, begin)
            if length < 0:
                used[OVERFLOW] = 1
    if used[OVERFLOW]:
        hub = -1
    return hub, part, extra, begin, length


@kernels.kernel(f"void({BOOKS}, int64, float64, boolean)")
def _fill(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, client: Any, most: Any, in_parts: Any
) -> None:
    """Join what is not yet joined of a client, piece by piece."""
    first, following, hubs, parts, begins, lengths, _, used = pieces
    left = asked[1][client] - joined(pieces, client)
    while left > EPSILON:
        if used[SLOTS] == following.size:
            used[OVERFLOW] = 1
            return
        if in_parts:
            hub, part, _, begin, length = choose_part(
                ground, price, asked, net, pieces, spare, client, left, most
            )  # fmt: skip
        else:
            hub, part, _, begin, length = choose(ground, price, asked, net, pieces, spare, client, left, most)
        if hub < 0:
            return
        slot = used[SLOTS]
        used[SLOTS] = slot + 1
        used[POOL] = begin + length
        hubs[slot], parts[slot], begins[slot], lengths[slot] = hub, part, begin, length
        following[slot] = first[client]
        first[client] = slot
        book(ground, price, asked, net, pieces, client, slot, 1.0)
        left -= part


@kernels.kernel(f"void({BOOKS}, int64, float64)")
def join_client(ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, client: Any, most: Any) -> None:
    """Join what is not yet joined of a client, below `most` per unit, along the cheapest extra pipe.

    Where there are edges that parts are `fitted` to, it is also tried to send no more along these than they have
    room for, and the cheaper of the two is kept; who joins even at a loss, or must, joins as far as it can.
    """
    if asked[9].size == 0:
        _fill(ground, price, asked, net, pieces, spare, client, most, False)
        return
    money, used = net[2], pieces[7]
    before = np.int64(pieces[0][client])
    _fill(ground, price, asked, net, pieces, spare, client, most, False)
    whole_eur, whole_in = money[PIPES] + money[TRADE], joined(pieces, client)
    whole = take_off(ground, price, asked, net, pieces, client)
    put_back(ground, price, asked, net, pieces, client, before)
    if used[OVERFLOW]:
        return
    _fill(ground, price, asked, net, pieces, spare, client, most, True)
    more_in = joined(pieces, client) - whole_in if most == np.inf else 0.0
    better = money[PIPES] + money[TRADE] < whole_eur if abs(more_in) <= EPSILON else more_in > 0.0
    if used[OVERFLOW] or not better:
        take_off(ground, price, asked, net, pieces, client)
        put_back(ground, price, asked, net, pieces, client, before if used[OVERFLOW] else whole)


@kernels.kernel(f"float64[::1]({BOOKS}, {LIST}, {kernels.INTS}, {kernels.INTS}, {kernels.INTS}, float64[::1])")
def send(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any,
    order: Any, parent_arc: Any, parent_node: Any, hub_of: Any, distance: Any,
) -> Any:  # fmt: skip
    """Join each client that is off along a tree of ways (as of `dijkstra_csr`) while the hub at its root has room.

    `hub_of` is the hub at each root. Return what each hub was asked to take; stop when the pool runs out.
    """
    first, following, hubs, parts, begins, lengths, pool, used = pieces
    wanted = np.zeros(net[1].size)
    for client in order:
        node = asked[0][client]
        if distance[node] == np.inf:
            continue
        begin, count = used[1], 0
        while parent_arc[node] >= 0:
            if begin + count >= pool.size:
                used[OVERFLOW] = 1
                return wanted
            pool[begin + count] = ground[1][parent_arc[node], 1]
            count += 1
            node = np.int64(parent_node[node])
        hub = hub_of[node]
        wanted[hub] += asked[1][client]
        part = min(asked[1][client], net[1][hub])
        if part <= 0.0 or not asked[7][client, hub]:
            continue
        if used[0] == following.size:
            used[OVERFLOW] = 1
            return wanted
        slot = used[0]
        used[0] += 1
        used[1] += count
        hubs[slot], parts[slot], begins[slot], lengths[slot] = hub, part, begin, count
        following[slot] = -1
        first[client] = slot
        book(ground, price, asked, net, pieces, client, slot, 1.0)
    return wanted


@kernels.kernel(f"Tuple((int64, float64, float64))({BOOKS}, int64, float64)")
def quote(ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, client: Any, most: Any) -> Any:
    """Return hub (-1: none), amount and extra cost of the next piece of a client, without joining it."""
    left = asked[1][client] - joined(pieces, client)
    if left <= EPSILON:
        return -1, 0.0, np.inf
    hub, part, extra, _, _ = choose(ground, price, asked, net, pieces, spare, client, left, most)
    return hub, part, extra
