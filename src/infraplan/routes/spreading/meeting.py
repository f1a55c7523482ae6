"""The compiled part of `boundary_links`: one pass over all steps that lead from one region into another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infraplan.core import kernels

SPREADER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: D. E. Knuth, multiplicative hashing


class ForwardMoves(NamedTuple):
    """The moves that lead forward: rows and columns of each step, the two cells it passes, and its factor."""

    steps: kernels.IntRows
    passed: kernels.IntRows
    weights: kernels.Floats


class LinkTable(NamedTuple):
    """A hash table of links: pair of regions (-1: free slot), the cheapest cost [EUR], and the cells on either side."""

    pair: kernels.Ints
    best: kernels.Floats
    ends: kernels.IntRows


@kernels.typed_kernel
def _price(eur_per_m: kernels.Single) -> float:
    """Return the price, inf where blocked (false for nan)."""
    return np.float64(eur_per_m) if eur_per_m > 0.0 and eur_per_m < np.inf else np.inf


@kernels.typed_kernel
def _find(pair: kernels.Ints, key: int) -> int:
    """Return the slot of a pair in the table, a new one if need be."""
    mask = pair.size - 1
    slot: int = kernels.int64((np.uint64(key) * SPREADER) >> np.uint64(32)) & mask
    while pair[slot] != key and pair[slot] >= 0:
        slot = (slot + 1) & mask
    return slot


@kernels.typed_kernel
def meet(
    cost: kernels.GivenSingleRows,
    distance: kernels.GivenSingleRows,
    label: kernels.GivenInt32Rows,
    moves: ForwardMoves,
    regions: int,
    table: LinkTable,
) -> bool:
    """Fill the table with the cheapest link of each pair of regions; return False if it is too small.

    The moves are those that lead forward: the other half has seen each step from its other end.
    """
    steps, passed, weights = moves
    jumps = steps[0] * label.shape[1] + steps[1]
    pair, best, ends = table
    rows, columns = label.shape
    flat, labels = cost.reshape(-1), label.reshape(-1)
    found = 0
    for row in range(rows):
        inside_row = row + 2 < rows
        for column in range(columns):
            cell = row * columns + column
            here = labels[cell]
            if here < 0:
                continue
            if inside_row and 2 <= column < columns - 2:
                # well inside a region there is nothing to weigh
                other = np.int64(0)
                for move in range(weights.size):
                    other |= np.int64(labels[cell + jumps[move]] ^ here)
                if other == 0:
                    continue
            for move in range(weights.size):
                to_row, to_column = row + steps[0, move], column + steps[1, move]
                if to_row >= rows or to_column < 0 or to_column >= columns:
                    continue
                there = label[to_row, to_column]
                if there == here or there < 0:
                    continue
                price = _price(cost[row, column]) + _price(cost[to_row, to_column])
                if abs(steps[0, move]) + abs(steps[1, move]) > 2:  # a knight move
                    price += _price(flat[cell + passed[0, move]]) + _price(flat[cell + passed[1, move]])
                total = distance[row, column] + price * weights[move] + distance[to_row, to_column]
                slot = _find(pair, np.int64(min(here, there)) * regions + max(here, there))
                if pair[slot] < 0:
                    found += 1
                    if 2 * found > pair.size:
                        return False
                    pair[slot] = np.int64(min(here, there)) * regions + max(here, there)
                if total < best[slot]:
                    best[slot] = total
                    other = to_row * columns + to_column
                    ends[slot, 0], ends[slot, 1] = (cell, other) if here < there else (other, cell)
    return True
