"""The compiled moves of network design: take clients off, join them again, and keep what is cheaper.

Each kernel goes through a list from `begin` on and returns where it stopped: at the end, when its share of `work`
(arcs looked at) is done, or when the pool of pieces ran out and the move was taken back.

A move depends only on what it looked at. `memo` (changed, tried, seen_by, clock) says when each tile of the graph
last changed, and when each move was last tried and which tiles it looked at: while none of them changes, trying
again would give the same, so it is passed over.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.books import (
    ASKED,
    BOOKS,
    COST,
    CROSSING,
    EPSILON,
    FLOW,
    FREE,
    GROUND,
    LAID,
    METRE,
    NET,
    OVERFLOW,
    PIECES,
    PIPES,
    PRICE,
    REUSE,
    ROUNDING,
    SPARE,
    TRADE,
    UNITS_PER_AMOUNT,
    joined,
    put_back,
    take_off,
)
from infraplan.networks.design.connections import join_client

MEMO = "Tuple((int64[::1], int64[::1], uint64[:, ::1], int64[::1]))"
LIST = "int64[::1]"
GAIN = 1.0e-6


@kernels.kernel(f"boolean({MEMO}, int64)")
def _same(memo: Any, row: Any) -> Any:
    """Say whether nothing changed in the tiles that a move looked at since it was last tried."""
    changed, tried, seen_by, _ = memo
    if tried[row] < 0:
        return False
    for word in range(seen_by.shape[1]):
        bits = seen_by[row, word]
        tile = word << 6
        while bits:
            if bits & np.uint64(1) and changed[tile] > tried[row]:
                return False
            bits >>= np.uint64(1)
            tile += 1
    return True


@kernels.kernel(f"void({GROUND}, {ASKED}, {PIECES}, {SPARE}, {MEMO}, int64, int64, boolean)")
def _mark(ground: Any, asked: Any, pieces: Any, spare: Any, memo: Any, client: Any, head: Any, changed: Any) -> None:
    """Note the tiles along pieces of a client as looked at, or as changed."""
    indptr, arcs = ground
    seen, tile_of = spare[8], spare[9]
    clock = memo[3][0]
    slot = head
    while True:
        node = asked[0][client]
        place = 0
        while True:
            tile = tile_of[node]
            if changed:
                memo[0][tile] = clock
            else:
                seen[tile >> 6] |= np.uint64(1) << np.uint64(tile & 63)
            if slot < 0 or place == pieces[5][slot]:
                break
            edge = pieces[6][pieces[4][slot] + place]
            for arc in range(indptr[node], indptr[node + 1]):
                if arcs[arc, 1] == edge:
                    node = np.int64(arcs[arc, 0])
                    break
            place += 1
        if slot < 0:
            return
        slot = pieces[1][slot]
        if slot < 0:
            return


@kernels.kernel(f"boolean({PIECES}, int64, int64)")
def _equal(pieces: Any, one: Any, two: Any) -> Any:
    """Say whether two lists of pieces are the same."""
    _, following, hubs, parts, begins, lengths, pool, _ = pieces
    while one >= 0 and two >= 0:
        if hubs[one] != hubs[two] or lengths[one] != lengths[two] or abs(parts[one] - parts[two]) > EPSILON:
            return False
        for place in range(lengths[one]):
            if pool[begins[one] + place] != pool[begins[two] + place]:
                return False
        one, two = np.int64(following[one]), np.int64(following[two])
    return one == two


@kernels.kernel(f"void({SPARE}, {MEMO}, int64)")
def _remember(spare: Any, memo: Any, row: Any) -> None:
    """Note that a move was tried now, and the tiles it looked at."""
    memo[1][row] = memo[3][0]
    for word in range(spare[8].size):
        memo[2][row, word] = spare[8][word]


@kernels.kernel(f"int64({BOOKS}, {MEMO}, {LIST}, int64, float64, int64)")
def join_all(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, memo: Any,
    order: Any, begin: Any, most: Any, work: Any,
) -> Any:  # fmt: skip
    """Join each client below `most` per unit (nan: below its worth); return where it stopped."""
    until = spare[10][0] + work
    for place in range(begin, order.size):
        if spare[10][0] > until:
            return place
        client = order[place]
        head = pieces[0][client]
        join_client(ground, price, asked, net, pieces, spare, client, asked[2][client] if np.isnan(most) else most)
        if pieces[0][client] != head:
            memo[3][0] += 1
            _mark(ground, asked, pieces, spare, memo, client, np.int64(pieces[0][client]), True)
        if pieces[7][OVERFLOW]:
            return place
    return order.size


@kernels.kernel(f"int64({BOOKS}, {MEMO}, {LIST}, int64, int64)")
def reinsert(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, memo: Any,
    order: Any, begin: Any, work: Any,
) -> Any:  # fmt: skip
    """Take each client off and join it again where it is now cheapest, or leave it out; return where it stopped."""
    money = net[2]
    until = spare[10][0] + work
    for place in range(begin, order.size):
        if spare[10][0] > until:
            return place
        client = order[place]
        if _same(memo, client):
            continue
        spare[8][:] = 0
        before = money[PIPES] + money[TRADE]
        head = take_off(ground, price, asked, net, pieces, client)
        _mark(ground, asked, pieces, spare, memo, client, head, False)
        join_client(ground, price, asked, net, pieces, spare, client, asked[2][client])
        if pieces[7][OVERFLOW] or money[PIPES] + money[TRADE] > before + GAIN:
            take_off(ground, price, asked, net, pieces, client)
            put_back(ground, price, asked, net, pieces, client, head)
            if pieces[7][OVERFLOW]:
                return place
        elif not _equal(pieces, head, np.int64(pieces[0][client])):
            memo[3][0] += 1
            _mark(ground, asked, pieces, spare, memo, client, head, True)
            _mark(ground, asked, pieces, spare, memo, client, np.int64(pieces[0][client]), True)
        _remember(spare, memo, client)
    return order.size


@kernels.kernel(f"void({GROUND}, {PRICE}, {ASKED}, {NET}, {PIECES}, {LIST}, int64, int64)")
def _drop_losers(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, members: Any, begin: Any, end: Any
) -> None:
    """Let each member of a group leave that costs more than it is worth."""
    money = net[2]
    for place in range(begin, end):
        client = members[place]
        if asked[2][client] == np.inf or pieces[0][client] < 0:
            continue
        before = money[PIPES] + money[TRADE]
        head = take_off(ground, price, asked, net, pieces, client)
        if money[PIPES] + money[TRADE] >= before - GAIN:
            put_back(ground, price, asked, net, pieces, client, head)


@kernels.kernel(f"boolean({PIECES}, {LIST}, int64, int64)")
def _all_in(pieces: Any, members: Any, begin: Any, end: Any) -> Any:
    """Say whether each member of a group is joined."""
    for place in range(begin, end):  # noqa: SIM110
        if pieces[0][members[place]] < 0:
            return False
    return True


@kernels.kernel(f"int64({BOOKS}, {MEMO}, {LIST}, {LIST}, {LIST}, {LIST}, int64, int64, int64)")
def move_groups(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, memo: Any,
    starts: Any, members: Any, by_size: Any, rows: Any, largest: Any, begin: Any, work: Any,
) -> Any:  # fmt: skip
    """Take each group off and join its members again, so that they can move together; return where it stopped.

    The members of group g are `members[starts[g] : starts[g + 1]]`, in `by_size` with the largest first; its
    row in the memo is `rows[g]`. Groups are sorted by their number of members; those above `largest` stay.
    """
    first, used, money, heads = pieces[0], pieces[7], net[2], spare[7]
    groups = starts.size - 1
    until = spare[10][0] + work
    for group in range(begin, groups):
        one, end = starts[group], starts[group + 1]
        if end - one > largest:
            return groups
        if spare[10][0] > until:
            return group
        if _same(memo, rows[group]) or not _all_in(pieces, members, one, end):
            continue
        spare[8][:] = 0
        before = money[PIPES] + money[TRADE]
        for place in range(one, end):
            client = members[place]
            heads[place - one] = take_off(ground, price, asked, net, pieces, client)
            _mark(ground, asked, pieces, spare, memo, client, np.int64(heads[place - one]), False)
        for place in range(one, end):
            join_client(ground, price, asked, net, pieces, spare, by_size[place], np.inf)
        for place in range(one, end):
            _mark(ground, asked, pieces, spare, memo, members[place], np.int64(first[members[place]]), False)
        if not used[OVERFLOW]:
            _drop_losers(ground, price, asked, net, pieces, members, one, end)
        if used[OVERFLOW] or money[PIPES] + money[TRADE] > before - GAIN:
            for place in range(one, end):
                take_off(ground, price, asked, net, pieces, members[place])
            for place in range(one, end):
                put_back(ground, price, asked, net, pieces, members[place], np.int64(heads[place - one]))
            if used[OVERFLOW]:
                return group
        else:
            memo[3][0] += 1
            for place in range(one, end):
                client = members[place]
                _mark(ground, asked, pieces, spare, memo, client, np.int64(heads[place - one]), True)
                _mark(ground, asked, pieces, spare, memo, client, np.int64(first[client]), True)
        _remember(spare, memo, rows[group])
    return groups


@kernels.kernel(f"float64({ASKED}, {NET}, {PIECES}, {LIST}, int64, int64)")
def _closing(asked: Any, net: Any, pieces: Any, members: Any, begin: Any, end: Any) -> Any:
    """Return the fixed cost of the hubs that nobody uses once a group has left."""
    leaving = np.zeros(net[1].size)
    for place in range(begin, end):
        slot = pieces[0][members[place]]
        while slot >= 0:
            leaving[pieces[2][slot]] += pieces[3][slot]
            slot = pieces[1][slot]
    saved = 0.0
    for hub in range(leaving.size):
        if leaving[hub] > 0.0 and net[3][hub] - leaving[hub] <= EPSILON:
            saved += asked[8][hub]
    return saved


@kernels.kernel(f"int64({BOOKS}, {MEMO}, {LIST}, {LIST}, float64[::1], {LIST}, int64, int64)")
def prune_groups(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, memo: Any,
    starts: Any, members: Any, less: Any, touched: Any, begin: Any, work: Any,
) -> Any:  # fmt: skip
    """Let each whole group leave that costs more than it is worth; return where it stopped.

    What it would save is added up first: `less` (0 per edge) and `touched` are room for that.
    """
    capacity, annual, crossing_annual, given = price
    edges = net[0]
    with_terms, with_fixed = given.shape[0] > 0, np.any(asked[8] > 0.0)
    first, following, hubs, parts, begins, lengths, pool, _ = pieces
    last = capacity.size - 1
    groups = starts.size - 1
    until = spare[10][0] + work
    for group in range(begin, groups):
        if spare[10][0] > until:
            return group
        one, end = starts[group], starts[group + 1]
        if not _all_in(pieces, members, one, end):
            continue
        change, count = 0.0, 0
        if with_fixed:
            change -= _closing(asked, net, pieces, members, one, end)
        for place in range(one, end):
            client = members[place]
            slot = first[client]
            while slot >= 0:
                change -= parts[slot] * UNITS_PER_AMOUNT * (asked[4][hubs[slot]] - asked[2][client])
                for entry in range(begins[slot], begins[slot] + lengths[slot]):
                    edge = pool[entry]
                    if less[edge] == 0.0:
                        touched[count] = edge
                        count += 1
                    less[edge] += parts[slot]
                spare[10][0] += lengths[slot]
                slot = following[slot]
        for place in range(count):
            edge = touched[place]
            carried = edges[edge, FLOW] - less[edge]
            less[edge] = 0.0
            more = 0.0
            if carried > EPSILON:
                kind = 0
                while kind < last and capacity[kind] < carried - EPSILON:
                    kind += 1
                more = annual[kind] * edges[edge, METRE] + crossing_annual[kind] * edges[edge, CROSSING]
                if carried - EPSILON > capacity[last]:
                    more *= np.ceil(carried / capacity[last] - EPSILON)
            if with_terms:
                if carried <= EPSILON and given[edge, LAID] > 0.0:
                    more = annual[0] * edges[edge, METRE] + crossing_annual[0] * edges[edge, CROSSING]
                elif EPSILON < carried <= given[edge, FREE] * (1.0 + ROUNDING):
                    more = min(more, given[edge, REUSE])
            change += more - edges[edge, COST]
        if not change < -GAIN:  # a member that must join makes it inf
            continue
        memo[3][0] += 1
        for place in range(one, end):
            head = take_off(ground, price, asked, net, pieces, members[place])
            _mark(ground, asked, pieces, spare, memo, members[place], head, True)
    return groups


@kernels.kernel(f"boolean({BOOKS}, {MEMO}, int64, int64)")
def _exchange(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, memo: Any, client: Any, guest: Any
) -> Any:
    """Put a client in the place of a guest if that pays; what room is left goes back to the guest."""
    first, used, money, worth = pieces[0], pieces[7], net[2], asked[2]
    before = money[PIPES] + money[TRADE]
    if worth[client] == np.inf:
        before = np.inf
    mine = take_off(ground, price, asked, net, pieces, client)
    theirs = take_off(ground, price, asked, net, pieces, guest)
    join_client(ground, price, asked, net, pieces, spare, client, worth[client])
    join_client(ground, price, asked, net, pieces, spare, guest, worth[guest])
    better = money[PIPES] + money[TRADE] < before - GAIN
    if joined(pieces, client) > 0.0 and better and not used[OVERFLOW]:
        memo[3][0] += 1
        for head in (mine, np.int64(first[client])):
            _mark(ground, asked, pieces, spare, memo, client, head, True)
        for head in (theirs, np.int64(first[guest])):
            _mark(ground, asked, pieces, spare, memo, guest, head, True)
        return True
    take_off(ground, price, asked, net, pieces, client)
    take_off(ground, price, asked, net, pieces, guest)
    put_back(ground, price, asked, net, pieces, guest, theirs)
    put_back(ground, price, asked, net, pieces, client, mine)
    return False


@kernels.kernel(f"int64({BOOKS}, {MEMO}, {LIST}, boolean[::1], {LIST}, int64, int64, int64)")
def make_room(
    ground: Any, price: Any, asked: Any, net: Any, pieces: Any, spare: Any, memo: Any,
    order: Any, full: Any, by_worth: Any, most_guests: Any, begin: Any, work: Any,
) -> Any:  # fmt: skip
    """Let each client take the place of one that is worth less at a full hub; return where it stopped."""
    first, following, hubs = pieces[0], pieces[1], pieces[2]
    reach, worth = asked[7], asked[2]
    until = spare[10][0] + work
    guests = np.empty(most_guests, np.int64)
    for place in range(begin, order.size):
        if spare[10][0] > until:
            return place
        client = order[place]
        count = 0
        for guest in by_worth:
            if count == most_guests or not worth[guest] < worth[client]:
                break
            slot = first[guest]
            while slot >= 0:
                if full[hubs[slot]] and reach[client, hubs[slot]]:
                    guests[count] = guest
                    count += 1
                    break
                slot = following[slot]
        for number in range(count):
            if _exchange(ground, price, asked, net, pieces, spare, memo, client, guests[number]):
                break
            if pieces[7][OVERFLOW]:
                return place
    return order.size
