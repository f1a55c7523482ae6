"""The compiled part of spreading: a bucket queue over a padded raster.

The queue holds cells in buckets by distance. A step is shorter than all buckets together, so the buckets are
used in a circle.
Inside a bucket the order does not matter: a cell that improves after its turn is queued again (label
correcting), so distances are exact.

Half the price of a cell and its distance lie side by side, so a neighbour costs one line of the cache, and the
lines of the cells that come next in a chain are fetched ahead: large rasters would else wait for memory.

A parent code with the QUEUED bit set belongs to a cell that waits in the queue. So a cell queued twice is
settled once, and after an early stop the bit tells which distances are not final.

The innermost loop calls no helper with an array: numba would count references there, ten times the work. Cell
numbers are unsigned, which spares a test for negative indexes; they wrap around, so backward steps work.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from infraplan.core import kernels
from infraplan.routes.spreading.moves import DOWN, ROWS, STRAIGHT

Single = kernels.Single
Word = kernels.Word

# The pool, in cells; slot 0 of each chunk is its link.
CHUNK = np.uint64(64)
IN_CHUNK = np.uint64(63)
ZERO = np.uint64(0)
ONE = np.uint64(1)
QUEUED = np.uint8(128)
FRESH = np.uint8(255)
AHEAD = np.uint64(4)  # cells of a chain between the one at work and the one that is fetched

# Places in `Queue.state`, which lets the work stop and go on.
FREE = 0  # first chunk given back
UNUSED = 1  # first slot of the pool never used
BUCKET = 2  # the bucket at work
CHAIN = 3  # what is left of its chain
EMPTY = 4  # empty buckets met in a row
DONE = 5  # slots worked through
SETTLED_TARGETS = 6
STATE_SIZE = 7


class Field(NamedTuple):
    """The padded raster: half the price of crossing each cell and its distance [EUR] in turn, and its parent code."""

    pairs: kernels.Singles
    parent: kernels.Bytes


class Queue(NamedTuple):
    """The bucket queue.

    pool : a bucket is a chain of chunks cut from it; slot 0 of a chunk says where the chunk before in the chain ends
    (0: there is none). top : where the next cell of each bucket goes (0: the bucket is empty). state : see the
    constants.
    """

    pool: kernels.Words32
    top: kernels.Words32
    state: kernels.Words


class Moves(NamedTuple):
    """The moves from a cell: how far each goes and which two cells it passes, and its factor (``move_weights``)."""

    steps: kernels.WordRows
    weights: kernels.Singles


@kernels.typed_kernel
def prepare(eur_per_m: kernels.GivenSingleRows, half_cell_m: Single, pad: int, field: Field) -> Single:
    """Fill the padded field with half the price of crossing each cell; return the largest of these."""
    pairs, parent = field
    rows, columns = eur_per_m.shape
    stride = columns + 2 * pad
    largest = np.float32(0.0)
    pairs[:] = np.inf
    parent[:] = FRESH
    for row in range(rows):
        start = (row + pad) * stride + pad
        for column in range(columns):
            price = eur_per_m[row, column] * half_cell_m
            if price > 0.0 and price < np.inf:  # false for nan
                pairs[2 * (start + column)] = price
                largest = max(largest, price)
    return largest


def make_drain(name: str, move_count: int) -> Any:
    """Compile the work on one chain for a number of moves: a loop of known length is a fifth faster."""
    knights = move_count > STRAIGHT

    @kernels.named_kernel(name)
    def drain(field: Field, queue: Queue, moves: Moves, buckets_per_eur: Single, chain: Word, until: Word) -> Word:
        """Settle the cells of one chain; return what is left of it when the work or the pool runs out, else 0."""
        pairs, parent = field
        pool, top, state = queue
        steps, weights = moves
        row = steps[0, DOWN]
        mask = np.uint64(top.size) - ONE
        free, unused = state[FREE], state[UNUSED]
        # Each cell of a chunk can open a chunk for each of its neighbours.
        last_start = np.uint64(pool.size) - CHUNK * CHUNK * np.uint64(move_count)
        while chain != ZERO and unused <= last_start and state[DONE] < until:
            start = (chain - ONE) & ~IN_CHUNK
            state[DONE] += chain - start
            for slot in range(start + ONE, chain):
                ahead = np.uint64(pool[min(slot + AHEAD, chain - ONE)])
                kernels.prefetch(pairs, (ahead - row) << ONE)
                kernels.prefetch(pairs, ahead << ONE)
                kernels.prefetch(pairs, (ahead + row) << ONE)
                if knights:
                    kernels.prefetch(pairs, (ahead - row - row) << ONE)
                    kernels.prefetch(pairs, (ahead + row + row) << ONE)
                kernels.prefetch(parent, ahead)
                cell = np.uint64(pool[slot])
                code = parent[cell]
                if code < QUEUED:
                    continue
                parent[cell] = code ^ QUEUED
                half_here, here = pairs[cell << ONE], pairs[(cell << ONE) + ONE]
                for move in range(move_count):
                    neighbour = cell + steps[0, move]
                    price = half_here + pairs[neighbour << ONE]
                    if move >= STRAIGHT:
                        price += pairs[(cell + steps[1, move]) << ONE] + pairs[(cell + steps[2, move]) << ONE]
                    reached = here + price * weights[move]
                    if reached < pairs[(neighbour << ONE) + ONE]:
                        pairs[(neighbour << ONE) + ONE] = reached
                        parent[neighbour] = np.uint8(move) | QUEUED
                        bucket = np.uint64(reached * buckets_per_eur) & mask
                        end = np.uint64(top[bucket])
                        if end & IN_CHUNK == ZERO:  # the chunk is full, or there is none yet
                            chunk = free
                            if chunk != ZERO:
                                free = np.uint64(pool[chunk])
                            else:
                                chunk = unused
                                unused += CHUNK
                            pool[chunk] = np.uint32(end)
                            end = chunk + ONE
                        pool[end] = np.uint32(neighbour)
                        top[bucket] = np.uint32(end + ONE)
            chain = np.uint64(pool[start])
            pool[start] = np.uint32(free)
            free = start
        state[FREE], state[UNUSED] = free, unused
        return chain

    return drain


drain_straight = make_drain("drain_straight", STRAIGHT)
drain_all = make_drain("drain_all", len(ROWS))


@kernels.typed_kernel
def advance(
    field: Field,
    queue: Queue,
    moves: Moves,
    buckets_per_eur: Single,
    targets: kernels.GivenInts,
    last_bucket: Word,
    until: Word,
) -> bool:
    """Empty bucket after bucket; return True when done, False when the work or the pool ran out before."""
    parent, top, state = field.parent, queue.top, queue.state
    straight = moves.weights.size == STRAIGHT
    buckets = np.uint64(top.size)
    while state[EMPTY] < buckets and state[BUCKET] <= last_bucket:
        if state[CHAIN] == ZERO:
            place = state[BUCKET] & (buckets - ONE)
            state[CHAIN] = np.uint64(top[place])
            top[place] = np.uint32(0)
        if state[CHAIN] != ZERO:
            state[EMPTY] = ZERO
            if straight:
                state[CHAIN] = drain_straight(field, queue, moves, buckets_per_eur, state[CHAIN], until)
            else:
                state[CHAIN] = drain_all(field, queue, moves, buckets_per_eur, state[CHAIN], until)
            if state[CHAIN] != ZERO:
                return False
        else:  # nothing can improve the cells of this bucket any more
            state[BUCKET] += ONE
            state[EMPTY] += ONE
            met = np.int64(state[SETTLED_TARGETS])
            while met < targets.size and parent[targets[met]] < QUEUED:
                met += 1
            state[SETTLED_TARGETS] = np.uint64(met)
            if met > 0 and met == targets.size:
                return True
    return True


@kernels.typed_kernel
def unpad(field: Field, rows: int, columns: int, pad: int, limit: Single) -> None:
    """Gather distance and parent at the front of their arrays; forget what is not final or beyond the limit."""
    pairs, parent = field
    stride = columns + 2 * pad
    for row in range(rows):
        start = (row + pad) * stride + pad
        for column in range(columns):
            reached, code = pairs[2 * (start + column) + 1], parent[start + column]
            if code >= QUEUED or reached > limit:
                reached, code = np.float32(np.inf), FRESH
            pairs[row * columns + column] = reached
            parent[row * columns + column] = code


@kernels.typed_kernel
def label_regions(
    parent: kernels.GivenByteRows, steps: kernels.GivenInts, sources: kernels.GivenInts, label: kernels.Int32Rows
) -> None:
    """Give each reached cell the position of the source that its route starts from; the others get -1."""
    codes, labels = parent.reshape(-1), label.reshape(-1)
    labels[:] = -1
    for position in range(sources.size - 1, -1, -1):  # the first of two equal sources wins
        labels[sources[position]] = position
    for first in range(codes.size):
        if codes[first] >= QUEUED or labels[first] >= 0:
            continue
        cell = first
        while labels[cell] < 0:
            cell -= steps[codes[cell]]
        found = labels[cell]
        cell = first
        while labels[cell] < 0:
            labels[cell] = found
            cell -= steps[codes[cell]]


@kernels.typed_kernel
def follow(parent: kernels.GivenByteRows, steps: kernels.GivenInts, last: int) -> kernels.Ints:
    """Return the cells of the route from its source to the last cell."""
    codes = parent.reshape(-1)
    count = 1
    cell = last
    while codes[cell] < steps.size:
        cell -= steps[codes[cell]]
        count += 1
    cells = np.empty(count, np.int64)
    cell = last
    for position in range(count - 1, -1, -1):
        cells[position] = cell
        if position > 0:
            cell -= steps[codes[cell]]
    return cells
