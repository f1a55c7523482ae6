"""The compiled part of contraction: walk along cells that have one way in and one way out."""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels


@kernels.typed_kernel
def walk(
    start: kernels.GivenInts, neighbour: kernels.GivenInts, stop: kernels.GivenFlags
) -> tuple[kernels.Ints, kernels.Ints]:
    """Return all chains one after the other, and where each begins: from a stop to the next, the lower end first.

    Neighbours of cell i are `neighbour[start[i]:start[i + 1]]`; a cell that is no stop has exactly two. A chain
    that comes back to where it began is left out.
    """
    # each step between two cells is walked at most twice, and a chain has one cell more than steps
    chain = np.empty(2 * neighbour.size + 1, np.int64)
    begins = np.empty(neighbour.size + 1, np.int64)
    used, found = 0, 0
    for first in range(stop.size):
        if not stop[first]:
            continue
        for arc in range(start[first], start[first + 1]):
            before, here = first, neighbour[arc]
            end = used + 1
            chain[used] = first
            chain[end] = here
            while not stop[here]:
                there = neighbour[start[here]]
                if there == before:
                    there = neighbour[start[here] + 1]
                before, here = here, there
                end += 1
                chain[end] = here
            if first < here:
                begins[found] = used
                found += 1
                used = end + 1
    begins[found] = used
    return chain[:used].copy(), begins[: found + 1].copy()
