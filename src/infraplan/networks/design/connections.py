"""Kernels that join clients to a network: one by one at least cost, in parts, or all at fixed prices."""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.flow_accounts import book, fit_pipe, joined_amount, put_back, take_off
from infraplan.networks.design.kernel_state import (
    EDGE,
    EPSILON,
    FLOW,
    FREE,
    OVERFLOW,
    PIPES,
    POOL,
    SLOTS,
    TRADE,
    UNITS_PER_AMOUNT,
    DesignState,
)
from infraplan.networks.design.path_search import WHOLE, choose, seek, write_path

MOST_PARTS = 6  # sizes of a part that are tried where pipes lie already


@kernels.inner_kernel
def list_sizes(state: DesignState, client: int, amount: float, sizes: kernels.Floats) -> int:
    """Write the sizes below `amount` that a fitted edge or a hub has room for, largest first; return their number.

    `sizes` limits their number; each is listed once.
    """
    edges, room, count = state.loads.edges, state.loads.room, 0
    for place in range(state.fitted.size + room.size):
        if place < state.fitted.size:
            edge = state.fitted[place]
            flow, size = edges[edge, FLOW], state.prices.terms[edge, FREE]
            if size == 0.0:
                size = state.prices.capacity[fit_pipe(state.prices.capacity, flow)[0]]
            size -= flow
        else:
            hub = place - state.fitted.size
            size = room[hub] if state.reach[client, hub] else 0.0
        if not EPSILON < size < amount - EPSILON:
            continue
        spot = 0
        while spot < count and sizes[spot] > size:
            spot += 1
        if spot == sizes.size or (spot < count and sizes[spot] == size):
            continue
        count = min(count + 1, sizes.size)
        for later in range(count - 1, spot, -1):
            sizes[later] = sizes[later - 1]
        sizes[spot] = size
    return count


@kernels.inner_kernel
def choose_part(state: DesignState, client: int, amount: float, most: float) -> tuple[int, float, float, int, int]:
    """Return the result of `choose`, or a part that fits an existing pipe or a hub if that is cheaper per unit."""
    used = state.flows.used
    hub, part, extra, begin, length = choose(state, client, amount, most)
    sizes = np.empty(MOST_PARTS)
    for place in range(list_sizes(state, client, amount, sizes)):
        if used[OVERFLOW]:
            break
        size = sizes[place]
        size_extra, other, end = seek(state, client, size, WHOLE, -1, most * size * UNITS_PER_AMOUNT)
        if other >= 0 and (hub < 0 or size_extra / size < extra / part):
            hub, part, extra, begin = other, size, size_extra, begin + length
            length = write_path(state, end, begin)
            if length < 0:
                used[OVERFLOW] = 1
    if used[OVERFLOW]:
        hub = -1
    return hub, part, extra, begin, length


@kernels.inner_kernel
def join_rest(state: DesignState, client: int, most: float, in_parts: bool) -> None:
    """Join the remaining amount of a client, path flow by path flow."""
    flows, used = state.flows, state.flows.used
    left = state.clients.amount[client] - joined_amount(flows, client)
    while left > EPSILON:
        if used[SLOTS] == flows.next.size:
            used[OVERFLOW] = 1
            return
        if in_parts:
            hub, part, _, begin, length = choose_part(state, client, left, most)
        else:
            hub, part, _, begin, length = choose(state, client, left, most)
        if hub < 0:
            return
        slot = used[SLOTS]
        used[SLOTS] = slot + 1
        used[POOL] = begin + length
        flows.hub[slot], flows.amount[slot], flows.begin[slot], flows.length[slot] = hub, part, begin, length
        flows.next[slot] = flows.first[client]
        flows.first[client] = slot
        book(state, client, slot, 1.0)
        left -= part


@kernels.inner_kernel
def join_client(state: DesignState, client: int, most: float) -> None:
    """Join the remaining amount of a client, below `most` per unit, along the cheapest extra pipe.

    Where there are fitted edges, it also tries to send no more along them than they have room for, and keeps the
    cheaper result. Clients that must join, or may join at a loss, join as much as fits.
    """
    money, used = state.loads.money, state.flows.used
    before = state.flows.first[client]
    join_rest(state, client, most, False)
    if state.fitted.size == 0:
        return
    whole_eur, whole_in = money[PIPES] + money[TRADE], joined_amount(state.flows, client)
    whole = take_off(state, client)
    put_back(state, client, before)
    if used[OVERFLOW]:
        return
    join_rest(state, client, most, True)
    more_in = joined_amount(state.flows, client) - whole_in if most == np.inf else 0.0
    better = money[PIPES] + money[TRADE] < whole_eur if abs(more_in) <= EPSILON else more_in > 0.0
    if used[OVERFLOW] or not better:
        take_off(state, client)
        put_back(state, client, before if used[OVERFLOW] else whole)


@kernels.typed_kernel
def send_along_tree(
    state: DesignState,
    order: kernels.Ints,
    parent_arc: kernels.GivenInts32,
    parent_node: kernels.GivenInts32,
    hub_of: kernels.GivenInts32,
    distance: kernels.GivenFloats,
    wanted: kernels.Floats,
) -> None:
    """Join each client without joins along a tree of paths (see `dijkstra_csr`) while the hub at its root has room.

    `hub_of` is the hub at each root. The amount asked of each hub is added to `wanted`. It stops when the pool is full.
    """
    flows, pool, used, amounts = state.flows, state.flows.pool, state.flows.used, state.clients.amount
    for client in order:
        node = state.clients.node[client]
        if distance[node] == np.inf:
            continue
        begin, count = used[POOL], 0
        while parent_arc[node] >= 0:
            if begin + count >= pool.size:
                used[OVERFLOW] = 1
                return
            pool[begin + count] = state.graph.arcs[parent_arc[node], EDGE]
            count += 1
            node = np.int64(parent_node[node])
        hub = hub_of[node]
        wanted[hub] += amounts[client]
        part = min(amounts[client], state.loads.room[hub])
        if part <= 0.0 or not state.reach[client, hub]:
            continue
        if used[SLOTS] == flows.next.size:
            used[OVERFLOW] = 1
            return
        slot = used[SLOTS]
        used[SLOTS] += 1
        used[POOL] += count
        flows.hub[slot], flows.amount[slot], flows.begin[slot], flows.length[slot] = hub, part, begin, count
        flows.next[slot] = -1
        flows.first[client] = slot
        book(state, client, slot, 1.0)
