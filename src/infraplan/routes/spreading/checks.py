"""What is refused at the door of the room, and in which words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from infraplan.core import Phrase, Problem, RouteError, Term

Cells = npt.NDArray[np.int64]

MOST_CELLS = 2**32 - 2**27  # cells are numbered in 32 bits; the rest is room for the border


def place(cell: int, columns: int) -> Phrase:
    """Say where a flat cell number is."""
    return Phrase("phrase.cell", {"cell": cell, "row": cell // columns, "column": cell % columns})


def check_cost(cost: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the cost as a float32 raster, or refuse it."""
    if cost.ndim != 2 or cost.size == 0:
        raise RouteError(Problem("route.wrong_shape", {"shape": str(cost.shape)}))
    if cost.size > MOST_CELLS:
        raise RouteError(Problem("route.too_many_cells", {"count": cost.size, "most": MOST_CELLS}))
    with np.errstate(over="ignore"):  # what exceeds float32 becomes inf: blocked
        return np.ascontiguousarray(cost, dtype=np.float32)


def check_settings(*, cell_m: float, neighbours: int, limit: float) -> None:
    """Refuse impossible settings, all at once."""
    problems = []
    if not (cell_m > 0 and math.isfinite(cell_m)):
        problems.append(Problem("route.no_cell_size", value=str(cell_m)))
    if neighbours not in (8, 16):
        problems.append(Problem("route.neighbours", value=str(neighbours)))
    if not limit >= 0:
        problems.append(Problem("route.no_limit", value=str(limit)))
    if problems:
        raise RouteError(problems)


def check_inside(shape: tuple[int, ...], cells: npt.ArrayLike, *, role: str) -> Cells:
    """Return flat cell numbers as int64, or name every one that is outside the raster."""
    given = np.asarray(cells)
    if given.ndim != 1 or given.size == 0 or given.dtype.kind not in "iu":
        raise RouteError(
            Problem("route.not_cells", {"role": Term(role), "dtype": str(given.dtype), "shape": str(given.shape)})
        )
    outside = np.flatnonzero((given < 0) | (given >= shape[0] * shape[1]))
    if outside.size:
        raise RouteError(
            Problem(
                "route.outside_raster",
                {"role": Term(role), "index": index, "cell": given[index], "rows": shape[0], "columns": shape[1]},
            )
            for index in outside.tolist()
        )
    return given.astype(np.int64)


def check_cells(cost: npt.NDArray[np.float32], cells: npt.ArrayLike, *, role: str) -> Cells:
    """Return flat cell numbers as int64, or name every one that is outside the raster or blocked."""
    numbers = check_inside(cost.shape, cells, role=role)
    eur_per_m = cost.reshape(-1)[numbers]
    blocked = np.flatnonzero(~((eur_per_m > 0) & (eur_per_m < np.inf)))
    if blocked.size:
        raise RouteError(
            Problem(
                "route.on_blocked_ground",
                {"role": Term(role), "index": index, "place": place(int(numbers[index]), cost.shape[1])},
                value=str(eur_per_m[index]),
            )
            for index in blocked.tolist()
        )
    return numbers
