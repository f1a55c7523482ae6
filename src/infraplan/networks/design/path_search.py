"""Kernels that search the cheapest path of an extra amount to a hub, in the network as it stands."""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.flow_accounts import fit_pipe, joined_amount, new_pipe_eur
from infraplan.networks.design.kernel_state import (
    COST,
    CROSSING,
    DONE,
    EDGE,
    ENOUGH,
    EPSILON,
    FLOW,
    FREE,
    METRE,
    NODE,
    OVERFLOW,
    POOL,
    REUSE,
    ROUNDING,
    TIE,
    UNITS_PER_AMOUNT,
    DesignState,
)

WHOLE, SOME, ONE = 0, 1, 2  # which hubs a search may end at: with room for all of it, with any room, a given one


@kernels.inner_kernel
def _open_hubs(state: DesignState, client: int, amount: float, which: int, only: int) -> float:
    """Mark the hubs where a client's path may end; return the lowest price, infinite if there is none.

    Fixed costs are left out: they change without a change on the path that a search looks at.
    """
    room, opened = state.loads.room, state.space.open_hubs
    least = np.inf
    for hub in range(room.size):
        opened[hub] = 0
        fits = room[hub] >= amount - EPSILON if which == WHOLE else room[hub] > EPSILON
        if fits and state.reach[client, hub] and (which != ONE or hub == only):
            opened[hub] = 1
            least = min(least, state.hubs.cost[hub] * amount * UNITS_PER_AMOUNT)
    return least


@kernels.inner_kernel
def seek(state: DesignState, client: int, amount: float, which: int, only: int, limit: float) -> tuple[float, int, int]:
    """Return extra cost, hub and end node (-1 if none below the limit) of the cheapest path for an extra amount.

    `which` hubs it may end at is WHOLE, SOME or ONE; ONE means `only`. The path back is in `parent_arc` and
    `parent_node`. Edges are priced only where the search gets to; it ends when no other hub can be cheaper.
    """
    # read fields once: in the loop each reading would cost as much as the arithmetic
    first_arc, arcs = state.graph
    capacity, annual_eur_per_m, crossing_annual, terms = state.prices
    edges, unpaid_eur = state.loads.edges, state.loads.unpaid_eur
    hub_cost, first_at, next_at = state.hubs.cost, state.hubs.first_at, state.hubs.next_at
    distance, parent_arc, parent_node, heap_keys, heap_nodes, met, opened, _, seen, tile_of, work = state.space
    least = _open_hubs(state, client, amount, which, only)
    if least == np.inf:
        return np.inf, -1, -1
    start = state.clients.node[client]
    parent_arc[start], parent_node[start] = -1, -1
    distance[start], heap_keys[0], heap_nodes[0], met[0] = 0.0, 0.0, start, start
    with_terms = terms.shape[0] > 0
    # most edges are empty: their price per metre and per crossing is the same for all
    size, pipes = fit_pipe(capacity, amount)
    eur_per_m, per_crossing = pipes * annual_eur_per_m[size], pipes * crossing_annual[size]
    count, waiting = 1, 1  # nodes met, and those in the heap
    best, end, chosen = limit, -1, -1
    enough = work[DONE] + work[ENOUGH]
    while waiting > 0 and (end < 0 or work[DONE] < enough):
        reached, node = heap_keys[0], heap_nodes[0]
        waiting -= 1
        kernels.pop(heap_keys, heap_nodes, waiting)
        if reached > distance[node]:
            continue
        if reached + least >= best:
            break
        seen[tile_of[node] >> 6] |= np.uint64(1) << np.uint64(tile_of[node] & 63)
        hub = first_at[node]
        while hub >= 0:
            total = reached + (hub_cost[hub] * amount * UNITS_PER_AMOUNT + unpaid_eur[hub])
            if opened[hub] and total < best:
                best, end, chosen = total, node, hub
            hub = next_at[hub]
        work[DONE] += first_arc[node + 1] - first_arc[node]
        for arc in range(first_arc[node], first_arc[node + 1]):
            head, edge = arcs[arc, NODE], arcs[arc, EDGE]
            if distance[head] <= reached or (with_terms and terms[edge, FREE] < 0.0):
                continue
            if edges[edge, FLOW] <= EPSILON:
                cost = eur_per_m * edges[edge, METRE] + per_crossing * edges[edge, CROSSING]
            else:
                cost = new_pipe_eur(
                    capacity, annual_eur_per_m, crossing_annual,
                    edges[edge, FLOW] + amount, edges[edge, METRE], edges[edge, CROSSING],
                )  # fmt: skip
            if with_terms and edges[edge, FLOW] + amount <= terms[edge, FREE] * (1.0 + ROUNDING):
                cost = min(cost, terms[edge, REUSE])
            total = reached + max(cost - edges[edge, COST], 0.0) + edges[edge, TIE]
            if total < distance[head] and total + least < best:
                if distance[head] == np.inf:
                    met[count] = head
                    count += 1
                distance[head] = total
                parent_arc[head], parent_node[head] = arc, node
                kernels.push(heap_keys, heap_nodes, waiting, total, head)
                waiting += 1
    for place in range(count):
        distance[met[place]] = np.inf
    return (best if end >= 0 else np.inf), chosen, end


@kernels.inner_kernel
def write_path(state: DesignState, end: int, begin: int) -> int:
    """Write the edges of the path that `seek` found into the pool; return their number, -1 if they do not fit."""
    arcs, pool = state.graph.arcs, state.flows.pool
    parent_arc, parent_node = state.space.parent_arc, state.space.parent_node
    steps = 0
    node = end
    while parent_arc[node] >= 0:
        steps += 1
        node = parent_node[node]
    if begin + steps > pool.size:
        return -1
    node = end
    for place in range(steps - 1, -1, -1):
        pool[begin + place] = arcs[parent_arc[node], EDGE]
        node = parent_node[node]
    return steps


@kernels.inner_kernel
def choose(state: DesignState, client: int, amount: float, most: float) -> tuple[int, float, float, int, int]:
    """Return hub, part, extra cost, and begin and length of the path, of the next path flow below `most` per unit.

    Hub -1: there is none; OVERFLOW in `used` is set if the pool is full. The whole amount goes to one hub, unless the
    cheapest hub has room for only a part and that part is cheaper per unit.
    """
    room, used = state.loads.room, state.flows.used
    begin = used[POOL]
    limit = most * amount * UNITS_PER_AMOUNT
    extra, hub, end = seek(state, client, amount, SOME, -1, limit)
    if hub < 0:
        return -1, 0.0, np.inf, begin, 0
    part, length = amount, 0
    if room[hub] < amount - EPSILON:
        cheapest, some = hub, min(amount, room[hub])
        extra, hub, end = seek(state, client, amount, WHOLE, -1, limit)
        if hub >= 0:
            length = write_path(state, end, begin)
        some_extra, split, some_end = seek(state, client, some, ONE, cheapest, most * some * UNITS_PER_AMOUNT)
        if split >= 0 and length >= 0 and (hub < 0 or some_extra / some < extra / amount):
            hub, part, extra, begin = split, some, some_extra, begin + length
            length = write_path(state, some_end, begin)
    else:
        length = write_path(state, end, begin)
    if length < 0:
        used[OVERFLOW] = 1
        hub = -1
    return hub, part, extra, begin, length


@kernels.typed_kernel
def quote(state: DesignState, client: int, most: float) -> tuple[int, float, float]:
    """Return hub (-1: none), amount and extra cost of the next path flow of a client, without joining it."""
    left = state.clients.amount[client] - joined_amount(state.flows, client)
    if left <= EPSILON:
        return -1, 0.0, np.inf
    hub, part, extra, _, _ = choose(state, client, left, most)
    return hub, part, extra
