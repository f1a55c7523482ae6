"""Kernels for the accounts of a network: add and remove path flows, and update costs."""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.kernel_state import (
    COST,
    CROSSING,
    EPSILON,
    FLOW,
    FREE,
    LAID,
    METRE,
    PIPES,
    POOL,
    REUSE,
    ROUNDING,
    SLOTS,
    TRADE,
    UNITS_PER_AMOUNT,
    DesignState,
    PathFlows,
)


@kernels.inlined_kernel
def fit_pipe(capacity: kernels.Floats, flow: float) -> tuple[int, float]:
    """Return the thinnest size that carries the flow, and the number of pipes: several of the thickest beyond."""
    last = capacity.size - 1
    size = 0
    while size < last and capacity[size] < flow - EPSILON:
        size += 1
    pipes = 1.0
    if flow - EPSILON > capacity[last]:
        pipes = np.ceil(flow / capacity[last] - EPSILON)
    return size, pipes


@kernels.inlined_kernel
def new_pipe_eur(
    capacity: kernels.Floats,
    eur_per_m: kernels.Floats,
    per_crossing: kernels.Floats,
    flow: float,
    metre: float,
    crossing: float,
) -> float:
    """Return the yearly cost [EUR/a] of new pipes for a flow, over so many weighted metres and EUR of crossings.

    The first three arguments are fields of `Prices`: reading them once, before a loop, is faster.
    """
    size, pipes = fit_pipe(capacity, flow)
    cost: float = pipes * (eur_per_m[size] * metre + per_crossing[size] * crossing)
    return cost


@kernels.inlined_kernel
def edge_eur(
    capacity: kernels.Floats,
    eur_per_m: kernels.Floats,
    per_crossing: kernels.Floats,
    terms: kernels.FloatRows,
    edge: int,
    flow: float,
    metre: float,
    crossing: float,
) -> float:
    """Return the yearly cost [EUR/a] of an edge with a flow: of new pipes, or on the terms of this edge."""
    cost = 0.0
    if flow > EPSILON:
        cost = new_pipe_eur(capacity, eur_per_m, per_crossing, flow, metre, crossing)
    if terms.shape[0] > 0:
        if flow <= EPSILON:
            if terms[edge, LAID] > 0.0:
                cost = new_pipe_eur(capacity, eur_per_m, per_crossing, 0.0, metre, crossing)
        elif flow <= terms[edge, FREE] * (1.0 + ROUNDING):
            cost = min(cost, terms[edge, REUSE])
    return cost


@kernels.inner_kernel
def book(state: DesignState, client: int, slot: int, sign: float) -> None:
    """Add (sign 1) or remove (-1) a path flow: update flows, costs, room of hubs and total money."""
    capacity, eur_per_m, per_crossing, terms = state.prices
    edges, room, taken, unpaid_eur, money = state.loads
    pool, begin, fixed_eur = state.flows.pool, state.flows.begin[slot], state.hubs.fixed_eur
    amount = sign * state.flows.amount[slot]
    hub = state.flows.hub[slot]
    change = 0.0
    for place in range(begin, begin + state.flows.length[slot]):
        edge = pool[place]
        carried = edges[edge, FLOW] + amount
        if abs(carried) < EPSILON:
            carried = 0.0
        cost = edge_eur(
            capacity, eur_per_m, per_crossing, terms, edge, carried, edges[edge, METRE], edges[edge, CROSSING]
        )
        change += cost - edges[edge, COST]
        edges[edge, FLOW], edges[edge, COST] = carried, cost
    worth = state.clients.worth[client]
    if worth == np.inf:
        worth = 0.0
    money[PIPES] += change
    money[TRADE] += amount * UNITS_PER_AMOUNT * (state.hubs.cost[hub] - worth)
    room[hub] -= amount
    taken[hub] += amount
    unpaid = fixed_eur[hub] if taken[hub] <= EPSILON else 0.0
    money[TRADE] += unpaid_eur[hub] - unpaid
    unpaid_eur[hub] = unpaid


@kernels.inner_kernel
def take_off(state: DesignState, client: int) -> int:
    """Take a client off; return the first of its path flows, to put back with `put_back` (-1: it has none)."""
    head: int = state.flows.first[client]
    slot = head
    while slot >= 0:
        book(state, client, slot, -1.0)
        slot = state.flows.next[slot]
    state.flows.first[client] = -1
    return head


@kernels.inner_kernel
def put_back(state: DesignState, client: int, head: int) -> None:
    """Join a client that is off along the path flows it had."""
    slot = head
    while slot >= 0:
        book(state, client, slot, 1.0)
        slot = state.flows.next[slot]
    state.flows.first[client] = head


@kernels.typed_kernel
def put_path(state: DesignState, client: int, hub: int, amount: float, edges: kernels.Ints) -> None:
    """Join a client to a hub along given edges; there must be room for one path flow more."""
    flows, used = state.flows, state.flows.used
    slot, begin = used[SLOTS], used[POOL]
    flows.hub[slot], flows.amount[slot], flows.begin[slot], flows.length[slot] = hub, amount, begin, edges.size
    for place in range(edges.size):
        flows.pool[begin + place] = edges[place]
    used[SLOTS], used[POOL] = slot + 1, begin + edges.size
    flows.next[slot], flows.first[client] = flows.first[client], slot
    book(state, client, slot, 1.0)


@kernels.typed_kernel
def book_all(state: DesignState) -> None:
    """Add the path flows of all clients, none of which is added yet."""
    for client in range(state.flows.first.size):
        put_back(state, client, state.flows.first[client])


@kernels.typed_kernel
def joined_amount(flows: PathFlows, client: int) -> float:
    """Return the amount of a client that is joined."""
    total = 0.0
    slot = flows.first[client]
    while slot >= 0:
        total += flows.amount[slot]
        slot = flows.next[slot]
    return total


@kernels.typed_kernel
def pack(flows: PathFlows, new: PathFlows) -> None:
    """Copy the path flows in use to `new`, whose lists are empty and long enough, client by client."""
    count, filled = 0, 0
    for client in range(flows.first.size):
        slot = flows.first[client]
        before = -1
        while slot >= 0:
            if before < 0:
                new.first[client] = count
            else:
                new.next[before] = count
            before = count
            new.next[count] = -1
            new.hub[count], new.amount[count] = flows.hub[slot], flows.amount[slot]
            new.begin[count], new.length[count] = filled, flows.length[slot]
            for place in range(flows.length[slot]):
                new.pool[filled + place] = flows.pool[flows.begin[slot] + place]
            filled += flows.length[slot]
            count += 1
            slot = flows.next[slot]
    new.used[SLOTS], new.used[POOL] = count, filled


@kernels.typed_kernel
def count_used(flows: PathFlows) -> tuple[int, int]:
    """Return how many slots, and pool entries, the path flows in use take."""
    slots, entries = 0, 0
    for client in range(flows.first.size):
        slot = flows.first[client]
        while slot >= 0:
            slots += 1
            entries += flows.length[slot]
            slot = flows.next[slot]
    return slots, entries


@kernels.typed_kernel
def list_users(flows: PathFlows, edges: kernels.Ints, clients: kernels.Ints) -> None:
    """Write the edge and the client of each step of each path flow to `edges` and `clients`."""
    count = 0
    for client in range(flows.first.size):
        slot = flows.first[client]
        while slot >= 0:
            for place in range(flows.begin[slot], flows.begin[slot] + flows.length[slot]):
                edges[count], clients[count] = flows.pool[place], client
                count += 1
            slot = flows.next[slot]
