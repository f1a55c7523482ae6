"""The compiled books of a network in the making: pieces of flow put on and taken off, and what one more would cost.

All state is in tuples of arrays, so that a whole search runs without the interpreter:

    ground   indptr, arcs: the graph in compressed rows; an arc is the node it leads to and its edge
    price    capacity, annual, crossing_annual: per pipe size, thinnest first; given: per edge (no rows where nothing
             is given) FREE, the capacity of the pipe that lies there (below 0: no pipe may be used), REUSE, its yearly
             cost in use, and LAID, whether a new pipe must be laid even without flow
    asked    client_node, amount, worth; hub_node, hub_cost; hub_at, hub_next: the hubs at a node, one after the
             other; reach: which hubs (columns) a client (row) may be joined to; hub_fixed: paid where a hub is used
             at all; fitted: the edges with a pipe that parts of a client are fitted to (none: clients stay whole)
    net      edges: METRE, CROSSING, TIE, FLOW, COST of each, side by side because they are looked at together;
             room, taken: per hub; opening: what is still to be paid for using it; money: yearly cost of pipes, and
             of hubs less worth [EUR/a]
    pieces   first, next: the pieces of a client, one after the other; hub, part, begin, length: a piece, and where
             its edges are in `pool`; used: slots and pool entries in use, and OVERFLOW when the pool ran out
    spare    room for one search: distance, parent_arc, parent_node, keys, names, met, open, heads; seen, the tiles
             looked at (64 to a word); work: arcs looked at so far,
             and in one search after which the best hub found will do

A piece that is taken off keeps its slot, so that it can be put back; `pack` throws away what nobody uses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.core import kernels

GROUND = "Tuple((int32[::1], int32[:, ::1]))"
PRICE = "Tuple((float64[::1], float64[::1], float64[::1], float64[:, ::1]))"
ASKED = "Tuple((int64[::1], float64[::1], float64[::1], int64[::1], float64[::1], int32[::1], int32[::1], boolean[:, ::1], float64[::1], int64[::1]))"  # noqa: E501
NET = "Tuple((float64[:, ::1], float64[::1], float64[::1], float64[::1], float64[::1]))"
PIECES = "Tuple((int32[::1], int32[::1], int32[::1], float64[::1], int64[::1], int32[::1], int32[::1], int64[::1]))"
SPARE = "Tuple((float64[::1], int32[::1], int32[::1], float64[::1], int32[::1], int32[::1], uint8[::1], int32[::1], uint64[::1], int32[::1], int64[::1]))"  # noqa: E501
BOOKS = f"{GROUND}, {PRICE}, {ASKED}, {NET}, {PIECES}, {SPARE}"

EPSILON = 1.0e-9
UNITS_PER_AMOUNT = 1000.0  # t per kt and MWh per GWh
SLOTS, POOL, OVERFLOW = 0, 1, 2  # places in `used`
PIPES, TRADE = 0, 1  # places in `money`
METRE, CROSSING, TIE, FLOW, COST, COLUMNS = 0, 1, 2, 3, 4, 5  # columns of `edges`
FREE, REUSE, LAID, TERMS = 0, 1, 2, 3  # columns of `given`
ROUNDING = 1.0e-7  # of the capacity of a pipe that lies there
WHOLE, SOME, ONE = 0, 1, 2  # which hubs are open: with room for all of it, with any room, a given one


@kernels.kernel(f"Tuple((int64, float64))(float64, {kernels.FLOATS})")
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


@kernels.kernel(f"void({GROUND}, {PRICE}, {ASKED}, {NET}, {PIECES}, int64, int64, float64)")
def book(ground: Any, price: Any, asked: Any, net: Any, pieces: Any, client: Any, slot: Any, sign: Any) -> None:
    """Enter a piece into (or strike it off) flows, costs, hub room and the balance."""
    capacity, annual, crossing_annual, given = price
    edges, room, money, taken, opening = net
    pool = pieces[6]
    last = capacity.size - 1
    with_terms = given.shape[0] > 0
    amount = sign * pieces[3][slot]
    hub = pieces[2][slot]
    change = 0.0
    for place in range(pieces[4][slot], pieces[4][slot] + pieces[5][slot]):
        edge = pool[place]
        carried = edges[edge, FLOW] + amount
        if abs(carried) < EPSILON:
            carried = 0.0
        more = 0.0
        if carried > EPSILON:
            kind = 0
            while kind < last and capacity[kind] < carried - EPSILON:
                kind += 1
            more = annual[kind] * edges[edge, METRE] + crossing_annual[kind] * edges[edge, CROSSING]
            if carried - EPSILON > capacity[last]:
                more *= np.ceil(carried / capacity[last] - EPSILON)
        if with_terms:
            if carried == 0.0 and given[edge, LAID] > 0.0:
                more = annual[0] * edges[edge, METRE] + crossing_annual[0] * edges[edge, CROSSING]
            elif 0.0 < carried <= given[edge, FREE] * (1.0 + ROUNDING):
                more = min(more, given[edge, REUSE])
        change += more - edges[edge, COST]
        edges[edge, FLOW], edges[edge, COST] = carried, more
    worth = asked[2][client]
    if worth == np.inf:
        worth = 0.0
    money[PIPES] += change
    money[TRADE] += amount * UNITS_PER_AMOUNT * (asked[4][hub] - worth)
    room[hub] -= amount
    taken[hub] += amount
    still = asked[8][hub] if taken[hub] <= EPSILON else 0.0
    money[TRADE] += opening[hub] - still
    opening[hub] = still


@kernels.kernel(f"int64({GROUND}, {PRICE}, {ASKED}, {NET}, {PIECES}, int64)")
def take_off(ground: Any, price: Any, asked: Any, net: Any, pieces: Any, client: Any) -> Any:
    """Take a client off; return the first of its pieces, to put back with `put_back` (-1: it has none)."""
    first, following = pieces[0], pieces[1]
    head = np.int64(first[client])
    slot = head
    while slot >= 0:
        book(ground, price, asked, net, pieces, client, slot, -1.0)
        slot = following[slot]
    first[client] = -1
    return head


@kernels.kernel(f"void({GROUND}, {PRICE}, {ASKED}, {NET}, {PIECES}, int64, int64)")
def put_back(ground: Any, price: Any, asked: Any, net: Any, pieces: Any, client: Any, head: Any) -> None:
    """Join a client that is off along the pieces it had."""
    slot = head
    while slot >= 0:
        book(ground, price, asked, net, pieces, client, slot, 1.0)
        slot = pieces[1][slot]
    pieces[0][client] = head


@kernels.kernel(f"float64({PIECES}, int64)")
def joined(pieces: Any, client: Any) -> Any:
    """Return the amount of a client that is joined."""
    total = 0.0
    slot = pieces[0][client]
    while slot >= 0:
        total += pieces[3][slot]
        slot = pieces[1][slot]
    return total


@kernels.kernel(f"float64({ASKED}, {NET}, {SPARE}, int64, float64, int64, int64)")
def _begin(asked: Any, net: Any, spare: Any, client: Any, amount: Any, which: Any, only: Any) -> Any:
    """Open the hubs that a client may end at, and its own node; return the price of the cheapest hub, inf without.

    Fixed costs are left out of it: they come and go without a change on the way that a search looks at.
    """
    hub_cost, reach, room = asked[4], asked[7], net[1]
    distance, parent_arc, parent_node, keys, names, met, opened = spare[:7]
    least = np.inf
    for hub in range(room.size):
        opened[hub] = 0
        fits = room[hub] >= amount - EPSILON if which == WHOLE else room[hub] > EPSILON
        if fits and reach[client, hub] and (which != ONE or hub == only):
            opened[hub] = 1
            least = min(least, hub_cost[hub] * amount * UNITS_PER_AMOUNT)
    if least < np.inf:
        start = asked[0][client]
        parent_arc[start], parent_node[start] = -1, -1
        distance[start], keys[0], names[0], met[0] = 0.0, 0.0, start, start
    return least


@kernels.kernel(f"Tuple((float64, int64, int64))({BOOKS}, int64, float64, int64, int64, float64)")
def seek(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any,
    client: Any, amount: Any, which: Any, only: Any, limit: Any,
) -> Any:  # fmt: skip
    """Return extra cost, hub and end node (-1 if none below the limit) of the cheapest way for one more amount.

    The way back is in `parent_arc` and `parent_node`. Edges are priced only where the search gets to; it ends
    as soon as no hub can be cheaper. The price of an edge is written out in the loop: a helper that takes
    arrays costs ten times the arithmetic.
    """
    indptr, arcs = ground
    capacity, annual, crossing_annual, given = price
    edges, opening = net[0], net[4]
    hub_cost, hub_at, hub_next = asked[4], asked[5], asked[6]
    distance, parent_arc, parent_node, keys, names, met, opened, _, seen, tile_of, work = spare
    least = _begin(asked, net, spare, client, amount, which, only)
    if least == np.inf:
        return np.inf, -1, -1
    last, with_terms = capacity.size - 1, given.shape[0] > 0
    alone, pipes = fit(amount, capacity)
    annual_alone, crossing_alone = pipes * annual[alone], pipes * crossing_annual[alone]
    count, size = 1, 1  # of nodes met, and of those in the heap
    best, end, chosen = limit, -1, -1
    enough = work[0] + work[1]
    while size > 0 and (end < 0 or work[0] < enough):
        reached, node = keys[0], names[0]
        size -= 1
        kernels.pop(keys, names, size)
        if reached > distance[node]:
            continue
        if reached + least >= best:
            break
        seen[tile_of[node] >> 6] |= np.uint64(1) << np.uint64(tile_of[node] & 63)
        hub = hub_at[node]
        while hub >= 0:
            total = reached + (hub_cost[hub] * amount * UNITS_PER_AMOUNT + opening[hub])
            if opened[hub] and total < best:
                best, end, chosen = total, node, hub
            hub = hub_next[hub]
        work[0] += indptr[node + 1] - indptr[node]
        for arc in range(indptr[node], indptr[node + 1]):
            head, edge = arcs[arc, 0], arcs[arc, 1]
            if distance[head] <= reached or (with_terms and given[edge, FREE] < 0.0):
                continue
            carried = edges[edge, FLOW]
            if carried <= EPSILON:
                more = annual_alone * edges[edge, METRE] + crossing_alone * edges[edge, CROSSING]
            else:
                carried += amount
                kind = 0
                while kind < last and capacity[kind] < carried - EPSILON:
                    kind += 1
                more = annual[kind] * edges[edge, METRE] + crossing_annual[kind] * edges[edge, CROSSING]
                if carried - EPSILON > capacity[last]:
                    more *= np.ceil(carried / capacity[last] - EPSILON)
            if with_terms and edges[edge, FLOW] + amount <= given[edge, FREE] * (1.0 + ROUNDING):
                more = min(more, given[edge, REUSE])
            total = reached + max(more - edges[edge, COST], 0.0) + edges[edge, TIE]
            if total < distance[head] and total + least < best:
                if distance[head] == np.inf:
                    met[count] = head
                    count += 1
                distance[head] = total
                parent_arc[head], parent_node[head] = arc, node
                kernels.push(keys, names, size, total, head)
                size += 1
    for place in range(count):
        distance[met[place]] = np.inf
    return (best if end >= 0 else np.inf), chosen, end


@kernels.kernel(f"int64({GROUND}, {PIECES}, {SPARE}, int64, int64)")
def note_way(ground: Any, pieces: Any, spare: Any, end: Any, begin: Any) -> Any:
    """Write the edges of the way that `seek` found into the pool; return how many, -1 if they do not fit."""
    arcs, parent_arc, parent_node, pool = ground[1], spare[1], spare[2], pieces[6]
    steps = 0
    node = end
    while parent_arc[node] >= 0:
        steps += 1
        node = parent_node[node]
    if begin + steps > pool.size:
        return -1
    node = end
    for place in range(steps - 1, -1, -1):
        pool[begin + place] = arcs[parent_arc[node], 1]
        node = parent_node[node]
    return steps


@kernels.kernel(f"Tuple((int64, float64, float64, int64, int64))({BOOKS}, int64, float64, float64)")
def choose(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, client: Any, amount: Any, most: Any
) -> Any:
    """Return hub, part, extra cost, and begin and length of the way, of the next piece below `most` per unit.

    Hub -1: there is none; OVERFLOW in `used` says when that is for want of room in the pool. All of it goes to
    one hub, unless the cheapest hub has room for a part of it only and that part is cheaper per unit.
    """
    used = pieces[7]
    begin = used[POOL]
    extra, hub, end = seek(
        ground, price, asked, net, pieces, spare, client, amount, SOME, -1, most * amount * UNITS_PER_AMOUNT
    )
    if hub < 0:
        return -1, 0.0, np.inf, begin, 0
    if net[1][hub] >= amount - EPSILON:
        length = note_way(ground, pieces, spare, end, begin)
        if length < 0:
            used[OVERFLOW] = 1
            hub = -1
        return hub, amount, extra, begin, length
    part = min(amount, net[1][hub])
    extra, whole, end = seek(
        ground, price, asked, net, pieces, spare, client, amount, WHOLE, -1, most * amount * UNITS_PER_AMOUNT
    )
    length = 0
    if whole >= 0:
        length = note_way(ground, pieces, spare, end, begin)
    split_extra, split, split_end = seek(
        ground, price, asked, net, pieces, spare, client, part, ONE, hub, most * part * UNITS_PER_AMOUNT
    )
    if split >= 0 and length >= 0 and (whole < 0 or split_extra / part < extra / amount):
        whole, amount, extra, begin = split, part, split_extra, begin + length
        length = note_way(ground, pieces, spare, split_end, begin)
    if length < 0:
        used[OVERFLOW] = 1
        whole = -1
    return whole, amount, extra, begin, length


@kernels.kernel(f"{PIECES}({PIECES}, int64, int64)")
def pack(pieces: Any, slots: Any, entries: Any) -> Any:
    """Return the pieces in use with room for so many slots and pool entries beyond them."""
    first, following, hubs, parts, begins, lengths, pool, _ = pieces
    count, filled = 0, 0
    for client in range(first.size):
        slot = first[client]
        while slot >= 0:
            count += 1
            filled += lengths[slot]
            slot = following[slot]
    new_first, new_following = np.full(first.size, np.int32(-1)), np.empty(count + slots, np.int32)
    new_hubs, new_parts = np.empty(count + slots, np.int32), np.empty(count + slots)
    new_begins, new_lengths = np.empty(count + slots, np.int64), np.empty(count + slots, np.int32)
    new_pool, used = np.empty(filled + entries, np.int32), np.zeros(3, np.int64)
    count, filled = 0, 0
    for client in range(first.size):
        slot = first[client]
        before = -1
        while slot >= 0:
            if before < 0:
                new_first[client] = count
            else:
                new_following[before] = count
            before = count
            new_following[count] = -1
            new_hubs[count], new_parts[count] = hubs[slot], parts[slot]
            new_begins[count], new_lengths[count] = filled, lengths[slot]
            for place in range(lengths[slot]):
                new_pool[filled + place] = pool[begins[slot] + place]
            filled += lengths[slot]
            count += 1
            slot = following[slot]
    used[SLOTS], used[POOL] = count, filled
    return new_first, new_following, new_hubs, new_parts, new_begins, new_lengths, new_pool, used


@kernels.kernel(f"Tuple((int64[::1], int64[::1]))({PIECES})")
def list_users(pieces: Any) -> Any:
    """Return the edge and the client of each step of each piece."""
    first, following, _, _, begins, lengths, pool, _ = pieces
    count = 0
    for client in range(first.size):
        slot = first[client]
        while slot >= 0:
            count += lengths[slot]
            slot = following[slot]
    edges, clients = np.empty(count, np.int64), np.empty(count, np.int64)
    count = 0
    for client in range(first.size):
        slot = first[client]
        while slot >= 0:
            for place in range(begins[slot], begins[slot] + lengths[slot]):
                edges[count], clients[count] = pool[place], client
                count += 1
            slot = following[slot]
    return edges, clients
