"""The moves from a cell to its neighbours, and what a move is called in `Spread.parent`.

Codes 0-7 are the eight neighbours, in reading order; 8-15 are the knight moves, in reading order. So code k
and its opposite add up to 7 (eight neighbours) or 23 (knight moves), and codes 4-7 and 12-15 lead forward.

A knight move crosses two more cells, a quarter of its length in each of the four: its price is the mean
cost of the four cells times sqrt(5), and it is blocked as soon as one of the four is blocked.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

ROWS = (-1, -1, -1, 0, 0, 1, 1, 1, -2, -2, -1, -1, 1, 1, 2, 2)
COLUMNS = (-1, 0, 1, -1, 1, -1, 0, 1, -1, 1, -2, 2, -2, 2, -1, 1)
DOWN = 6  # the move to the next row
STRAIGHT = 8  # moves before this code touch two cells, from this code on four
SOURCE = 127  # in Spread.parent: the route starts here
UNREACHED = 255  # in Spread.parent: no route was found, or none was looked for


def passed_cells(code: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the (row, column) steps to the two cells that a knight move passes through."""
    row, column = int(np.sign(ROWS[code])), int(np.sign(COLUMNS[code]))
    beside = (row, 0) if abs(ROWS[code]) > abs(COLUMNS[code]) else (0, column)
    return beside, (row, column)


def forward_codes(neighbours: int) -> list[int]:
    """Return the codes of the half of the moves that leads forward in reading order."""
    return [code for code in range(neighbours) if (ROWS[code], COLUMNS[code]) > (0, 0)]


def flat_steps(stride: int, neighbours: int) -> npt.NDArray[np.int64]:
    """Return, for a raster with `stride` cells per row, how far each move goes and which cells it passes.

    Returns
    -------
    int64 array (3, neighbours): the step itself, then the steps to the two cells that a knight move passes
    (0 for other moves).
    """
    steps = np.zeros((3, neighbours), np.int64)
    for code in range(neighbours):
        steps[0, code] = ROWS[code] * stride + COLUMNS[code]
        if code >= STRAIGHT:
            steps[1:, code] = [row * stride + column for row, column in passed_cells(code)]
    return steps


def move_lengths(neighbours: int) -> npt.NDArray[np.float64]:
    """Return the length of each move [cells]."""
    return np.array([math.hypot(ROWS[code], COLUMNS[code]) for code in range(neighbours)])


def move_weights(neighbours: int) -> npt.NDArray[np.float64]:
    """Return the factor of each move: its cost is the sum of its cells' halved costs times this."""
    lengths = move_lengths(neighbours)
    lengths[STRAIGHT:] /= 2
    return lengths
