"""The bucket queue seen from outside the kernels: how wide, how many, how much room, what comes first."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from infraplan.routes.spreading import kernels, moves
from infraplan.routes.spreading.kernels import Queue

Cells = npt.NDArray[np.int64]

MOST_BUCKETS = 2**20
SAMPLE = 2**12  # cells looked at to choose the width of a bucket
CELLS_PER_POOL_SLOT = 4


def choose(
    eur_per_m: npt.NDArray[np.float32], *, largest_half_eur: float, cell_m: float, neighbours: int
) -> tuple[np.float32, int]:
    """Return how many buckets cover one EUR, and how many are needed so that the circle never bites its tail.

    A bucket is as wide as half the cost of crossing a typical cell: wider, and cells are settled twice;
    narrower, and empty buckets cost time. The typical cell is the median of a regular sample, so the choice
    is the same every time. Very uneven ground gets wider buckets, so that their number stays bounded:
    slower, still exact.
    """
    flat = eur_per_m.reshape(-1)
    sample = flat[:: max(1, flat.size // SAMPLE)]
    sample = sample[(sample > 0) & (sample < np.inf)]
    typical_eur = float(np.median(sample)) * cell_m if sample.size else 2 * largest_half_eur
    dearest_step_eur = 2 * largest_half_eur * float(moves.move_lengths(neighbours).max())
    width_eur = max(typical_eur / 2, dearest_step_eur / (MOST_BUCKETS - 4), float(np.finfo(np.float32).tiny))
    needed = math.ceil(dearest_step_eur / width_eur) + 3  # the bucket at work, and rounding at both ends
    return np.float32(1 / width_eur), 1 << (needed - 1).bit_length()


def reserve(neighbours: int) -> int:
    """Return the slots that one chunk of cells can take: a chunk for each neighbour of each of its cells."""
    return int(kernels.CHUNK) ** 2 * neighbours


def fill(sources: Cells, *, buckets: int, cells: int, neighbours: int) -> Queue:
    """Return a queue with the sources as the chain to settle first.

    The pool holds a quarter of all cells, far more than a front normally has; pages that stay untouched
    cost no memory.
    """
    chunk = int(kernels.CHUNK)
    per_chunk = chunk - 1
    chunks = -(-sources.size // per_chunk)
    chain = np.zeros((chunks, chunk), np.uint32)
    chain[:, 0] = np.arange(chunks) * chunk + chunk  # where the chunk before ends
    chain[0, 0] = 0
    chain[:, 1:].flat[: sources.size] = sources
    pool = np.empty(cells // CELLS_PER_POOL_SLOT + (chunks + 1) * chunk + reserve(neighbours), np.uint32)
    pool[chunk : (chunks + 1) * chunk] = chain.reshape(-1)
    state = np.zeros(kernels.STATE_SIZE, np.uint64)
    state[kernels.UNUSED] = (chunks + 1) * chunk
    state[kernels.CHAIN] = chunks * chunk + 1 + sources.size - (chunks - 1) * per_chunk
    return Queue(pool, np.zeros(buckets, np.uint32), state)


def enlarge(queue: Queue, neighbours: int) -> Queue:
    """Return the queue with a pool of twice the size if the pool has run out, else as it is."""
    pool, top, state = queue
    used = int(state[kernels.UNUSED])
    if pool.size - used >= reserve(neighbours):
        return queue
    larger = np.empty(2 * pool.size, np.uint32)
    larger[:used] = pool[:used]
    return Queue(larger, top, state)
