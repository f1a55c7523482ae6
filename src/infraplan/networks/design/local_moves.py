"""Kernels for the moves of network design: take clients off, join them again, and keep what is cheaper.

Each move goes through a list from `begin` on and returns where it stopped: at the end, after its share of `work` (arcs
looked at), or when the pool of path flows was full and the move was undone.
"""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.connections import join_client
from infraplan.networks.design.flow_accounts import edge_eur, joined_amount, put_back, take_off
from infraplan.networks.design.kernel_state import (
    COST,
    CROSSING,
    DONE,
    EPSILON,
    FLOW,
    METRE,
    OVERFLOW,
    PIPES,
    TRADE,
    UNITS_PER_AMOUNT,
    DesignState,
    PathFlows,
)
from infraplan.networks.design.move_memory import (
    MoveMemory,
    are_equal,
    forget_tiles,
    is_settled,
    mark_change,
    mark_tiles,
    remember,
)

GAIN = 1.0e-6


@kernels.typed_kernel
def join_all(state: DesignState, memory: MoveMemory, order: kernels.Ints, begin: int, most: float, work: int) -> int:
    """Join each client below `most` per unit (nan: below its worth); return where it stopped."""
    flows, done = state.flows, state.space.work
    until = done[DONE] + work
    for place in range(begin, order.size):
        if done[DONE] > until:
            return place
        client = order[place]
        head = flows.first[client]
        join_client(state, client, state.clients.worth[client] if np.isnan(most) else most)
        if flows.first[client] != head:
            memory.clock[0] += 1
            mark_tiles(state, memory, client, flows.first[client], True)
        if flows.used[OVERFLOW]:
            return place
    return order.size


@kernels.typed_kernel
def reinsert(state: DesignState, memory: MoveMemory, order: kernels.Ints, begin: int, work: int) -> int:
    """Take each client off and join it again where it is now cheapest, or leave it out; return where it stopped."""
    flows, money, done = state.flows, state.loads.money, state.space.work
    until = done[DONE] + work
    for place in range(begin, order.size):
        if done[DONE] > until:
            return place
        client = order[place]
        if is_settled(memory, client):
            continue
        forget_tiles(state.space)
        before = money[PIPES] + money[TRADE]
        head = take_off(state, client)
        mark_tiles(state, memory, client, head, False)
        join_client(state, client, state.clients.worth[client])
        if flows.used[OVERFLOW] or money[PIPES] + money[TRADE] > before + GAIN:
            take_off(state, client)
            put_back(state, client, head)
            if flows.used[OVERFLOW]:
                return place
        elif not are_equal(flows, head, flows.first[client]):
            memory.clock[0] += 1
            mark_change(state, memory, client, head)
        remember(state.space, memory, client)
    return order.size


@kernels.inner_kernel
def drop_losers(state: DesignState, members: kernels.Ints, begin: int, end: int) -> None:
    """Remove each member of a group that costs more than it is worth."""
    money = state.loads.money
    for place in range(begin, end):
        client = members[place]
        if state.clients.worth[client] == np.inf or state.flows.first[client] < 0:
            continue
        before = money[PIPES] + money[TRADE]
        head = take_off(state, client)
        if money[PIPES] + money[TRADE] >= before - GAIN:
            put_back(state, client, head)


@kernels.inner_kernel
def are_joined(flows: PathFlows, members: kernels.Ints, begin: int, end: int) -> bool:
    """Return whether each member of a group is joined."""
    for place in range(begin, end):  # noqa: SIM110
        if flows.first[members[place]] < 0:
            return False
    return True


@kernels.inner_kernel
def move_group(
    state: DesignState, memory: MoveMemory, members: kernels.Ints, by_size: kernels.Ints, begin: int, end: int
) -> None:
    """Take the members `begin` to `end` off and join them again together, if that is cheaper."""
    flows, money, heads = state.flows, state.loads.money, state.space.heads
    before = money[PIPES] + money[TRADE]
    for place in range(begin, end):
        heads[place - begin] = take_off(state, members[place])
        mark_tiles(state, memory, members[place], heads[place - begin], False)
    for place in range(begin, end):
        join_client(state, by_size[place], np.inf)
    for place in range(begin, end):
        mark_tiles(state, memory, members[place], flows.first[members[place]], False)
    if not flows.used[OVERFLOW]:
        drop_losers(state, members, begin, end)
    if flows.used[OVERFLOW] or money[PIPES] + money[TRADE] > before - GAIN:
        for place in range(begin, end):
            take_off(state, members[place])
        for place in range(begin, end):
            put_back(state, members[place], heads[place - begin])
    else:
        memory.clock[0] += 1
        for place in range(begin, end):
            mark_change(state, memory, members[place], heads[place - begin])


@kernels.typed_kernel
def move_groups(
    state: DesignState,
    memory: MoveMemory,
    starts: kernels.Ints,
    members: kernels.Ints,
    by_size: kernels.Ints,
    rows: kernels.Ints,
    largest: int,
    begin: int,
    work: int,
) -> int:
    """Take each group off and join its members again, so that they can move together; return where it stopped.

    The members of group g are `members[starts[g] : starts[g + 1]]`, in `by_size` with the largest first; its
    row in the memory is `rows[g]`. Groups are sorted by their number of members; those above `largest` stay.
    """
    flows, done = state.flows, state.space.work
    groups = starts.size - 1
    until = done[DONE] + work
    for group in range(begin, groups):
        first, end = starts[group], starts[group + 1]
        if end - first > largest:
            return groups
        if done[DONE] > until:
            return group
        if is_settled(memory, rows[group]) or not are_joined(flows, members, first, end):
            continue
        forget_tiles(state.space)
        move_group(state, memory, members, by_size, first, end)
        if flows.used[OVERFLOW]:
            return group
        remember(state.space, memory, rows[group])
    return groups


@kernels.inner_kernel
def sum_closing_eur(state: DesignState, members: kernels.Ints, begin: int, end: int) -> float:
    """Return the fixed cost [EUR/a] of the hubs that become unused once a group has left."""
    flows, hubs = state.flows, state.hubs
    leaving = np.zeros(hubs.cost.size)
    for place in range(begin, end):
        slot = flows.first[members[place]]
        while slot >= 0:
            leaving[flows.hub[slot]] += flows.amount[slot]
            slot = flows.next[slot]
    saved = 0.0
    for hub in range(leaving.size):
        if leaving[hub] > 0.0 and state.loads.taken[hub] - leaving[hub] <= EPSILON:
            saved += hubs.fixed_eur[hub]
    return saved


@kernels.inner_kernel
def price_leaving(
    state: DesignState, members: kernels.Ints, begin: int, end: int, less: kernels.Floats, touched: kernels.Ints
) -> float:
    """Return the extra cost [EUR/a] of everything once a group has left.

    `less` (0 per edge, before and after) and `touched` are work space to sum what leaves each edge.
    """
    capacity, eur_per_m, per_crossing, terms = state.prices
    flows, edges, hubs = state.flows, state.loads.edges, state.hubs
    change, count = 0.0, 0
    change -= sum_closing_eur(state, members, begin, end)
    for place in range(begin, end):
        client = members[place]
        slot = flows.first[client]
        while slot >= 0:
            part = flows.amount[slot]
            change -= part * UNITS_PER_AMOUNT * (hubs.cost[flows.hub[slot]] - state.clients.worth[client])
            for entry in range(flows.begin[slot], flows.begin[slot] + flows.length[slot]):
                edge = flows.pool[entry]
                if less[edge] == 0.0:
                    touched[count] = edge
                    count += 1
                less[edge] += part
            state.space.work[DONE] += flows.length[slot]
            slot = flows.next[slot]
    for place in range(count):
        edge = touched[place]
        carried = edges[edge, FLOW] - less[edge]
        less[edge] = 0.0
        cost = edge_eur(
            capacity, eur_per_m, per_crossing, terms, edge, carried, edges[edge, METRE], edges[edge, CROSSING]
        )
        change += cost - edges[edge, COST]
    return change


@kernels.typed_kernel
def prune_groups(
    state: DesignState,
    memory: MoveMemory,
    starts: kernels.Ints,
    members: kernels.Ints,
    less: kernels.Floats,
    touched: kernels.Ints,
    begin: int,
    work: int,
) -> int:
    """Remove each whole group that costs more than it is worth; return where it stopped.

    The saving is summed first; `less` (0 per edge) and `touched` are work space for that.
    """
    groups = starts.size - 1
    until = state.space.work[DONE] + work
    for group in range(begin, groups):
        if state.space.work[DONE] > until:
            return group
        first, end = starts[group], starts[group + 1]
        if not are_joined(state.flows, members, first, end):
            continue
        change = price_leaving(state, members, first, end, less, touched)
        if not change < -GAIN:  # a member that must join makes it infinite
            continue
        memory.clock[0] += 1
        for place in range(first, end):
            head = take_off(state, members[place])
            mark_tiles(state, memory, members[place], head, True)
    return groups


@kernels.inner_kernel
def exchange(state: DesignState, memory: MoveMemory, client: int, guest: int) -> bool:
    """Put a client in the place of a guest if that pays; the guest gets the room that is left."""
    used, money, worth = state.flows.used, state.loads.money, state.clients.worth
    before = money[PIPES] + money[TRADE]
    if worth[client] == np.inf:
        before = np.inf
    mine = take_off(state, client)
    theirs = take_off(state, guest)
    join_client(state, client, worth[client])
    join_client(state, guest, worth[guest])
    better = money[PIPES] + money[TRADE] < before - GAIN
    if joined_amount(state.flows, client) > 0.0 and better and not used[OVERFLOW]:
        memory.clock[0] += 1
        mark_change(state, memory, client, mine)
        mark_change(state, memory, guest, theirs)
        return True
    take_off(state, client)
    take_off(state, guest)
    put_back(state, guest, theirs)
    put_back(state, client, mine)
    return False


@kernels.typed_kernel
def make_room(
    state: DesignState,
    memory: MoveMemory,
    order: kernels.Ints,
    full: kernels.Flags,
    by_worth: kernels.Ints,
    guests: kernels.Ints,
    begin: int,
    work: int,
) -> int:
    """Let each client take the place of one that is worth less at a full hub; return where it stopped.

    `guests` is work space for those that a client may replace; its length limits their number.
    """
    flows, worth, done = state.flows, state.clients.worth, state.space.work
    until = done[DONE] + work
    for place in range(begin, order.size):
        if done[DONE] > until:
            return place
        client = order[place]
        count = 0
        for guest in by_worth:
            if count == guests.size or not worth[guest] < worth[client]:
                break
            slot = flows.first[guest]
            while slot >= 0:
                if full[flows.hub[slot]] and state.reach[client, flows.hub[slot]]:
                    guests[count] = guest
                    count += 1
                    break
                slot = flows.next[slot]
        for number in range(count):
            if exchange(state, memory, client, guests[number]):
                break
            if flows.used[OVERFLOW]:
                return place
    return order.size
