"""The compiled part of `boundary_links`: one pass over all steps that lead from one region into another."""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.core import kernels

COST = "Array(float32, 2, 'C', readonly=True)"
LABEL = "Array(int32, 2, 'C', readonly=True)"
MOVES = "Tuple((Array(int64, 2, 'A', readonly=True), Array(int64, 2, 'A', readonly=True), float64[::1]))"
TABLE = "Tuple((int64[::1], float64[::1], int64[:, ::1]))"
SPREADER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: D. E. Knuth, multiplicative hashing


@kernels.kernel("float64(float32)")
def _price(eur_per_m: Any) -> Any:
    """Return the price, inf where blocked (false for nan)."""
    return np.float64(eur_per_m) if eur_per_m > 0.0 and eur_per_m < np.inf else np.inf


@kernels.kernel("int64(int64[::1], int64)")
def _find(pair: Any, key: Any) -> Any:
    """Return the slot of a pair in the table, a new one if need be."""
    mask = pair.size - 1
    slot = np.int64((np.uint64(key) * SPREADER) >> np.uint64(32)) & mask
    while pair[slot] != key and pair[slot] >= 0:
        slot = (slot + 1) & mask
    return slot


@kernels.kernel(f"boolean({COST}, {COST}, {LABEL}, {MOVES}, int64, {TABLE})")
def meet(cost: Any, distance: Any, label: Any, moves: Any, regions: Any, table: Any) -> Any:
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
