"""Kernels for the memory of local moves: a move whose surroundings did not change is not tried again.

A move depends only on the tiles of the graph that it looked at. The memory holds when each tile last changed, when
each move was last tried, and which tiles it looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infraplan.core import kernels
from infraplan.networks.design.kernel_state import EDGE, EPSILON, NODE, DesignState, PathFlows, Workspace


class MoveMemory(NamedTuple):
    """When each tile last changed, when each move (a row) was last tried, and the tiles that it looked at, as bits.

    ``clock`` has one place: the number of changes so far. A move that was never tried has -1.
    """

    changed: kernels.Ints
    tried: kernels.Ints
    seen_by: kernels.WordRows
    clock: kernels.Ints


@kernels.inner_kernel
def is_settled(memory: MoveMemory, row: int) -> bool:
    """Return whether no tile that a move looked at changed since the move was last tried."""
    tried = memory.tried[row]
    if tried < 0:
        return False
    for word in range(memory.seen_by.shape[1]):
        bits = memory.seen_by[row, word]
        tile = word << 6
        while bits:
            if bits & np.uint64(1) and memory.changed[tile] > tried:
                return False
            bits >>= np.uint64(1)
            tile += 1
    return True


@kernels.inner_kernel
def mark_tiles(state: DesignState, memory: MoveMemory, client: int, head: int, changed: bool) -> None:
    """Mark the tiles along path flows of a client as looked at, or as changed."""
    first_arc, arcs, flows = state.graph.first_arc, state.graph.arcs, state.flows
    seen, tile_of = state.space.seen_tiles, state.space.tile_of
    clock = memory.clock[0]
    slot = head
    while True:
        node = state.clients.node[client]
        place = 0
        while True:
            tile = tile_of[node]
            if changed:
                memory.changed[tile] = clock
            else:
                seen[tile >> 6] |= np.uint64(1) << np.uint64(tile & 63)
            if slot < 0 or place == flows.length[slot]:
                break
            edge = flows.pool[flows.begin[slot] + place]
            for arc in range(first_arc[node], first_arc[node + 1]):
                if arcs[arc, EDGE] == edge:
                    node = np.int64(arcs[arc, NODE])
                    break
            place += 1
        if slot < 0:
            return
        slot = flows.next[slot]
        if slot < 0:
            return


@kernels.inner_kernel
def mark_change(state: DesignState, memory: MoveMemory, client: int, before: int) -> None:
    """Mark the tiles along the old and the new path flows of a client as changed."""
    mark_tiles(state, memory, client, before, True)
    mark_tiles(state, memory, client, state.flows.first[client], True)


@kernels.inner_kernel
def forget_tiles(space: Workspace) -> None:
    """Begin a move: no tile is looked at yet."""
    for word in range(space.seen_tiles.size):
        space.seen_tiles[word] = 0


@kernels.inner_kernel
def remember(space: Workspace, memory: MoveMemory, row: int) -> None:
    """Record when a move was tried, and the tiles it looked at."""
    memory.tried[row] = memory.clock[0]
    for word in range(space.seen_tiles.size):
        memory.seen_by[row, word] = space.seen_tiles[word]


@kernels.inner_kernel
def are_equal(flows: PathFlows, one: int, two: int) -> bool:
    """Return whether two lists of path flows are the same."""
    while one >= 0 and two >= 0:
        if (
            flows.hub[one] != flows.hub[two]
            or flows.length[one] != flows.length[two]
            or abs(flows.amount[one] - flows.amount[two]) > EPSILON
        ):
            return False
        for place in range(flows.length[one]):
            if flows.pool[flows.begin[one] + place] != flows.pool[flows.begin[two] + place]:
                return False
        one, two = flows.next[one], flows.next[two]
    return one == two
