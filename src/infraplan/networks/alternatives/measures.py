"""Measures of a route: least cost, length and overlap with other routes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from infraplan.core import IntArray
from infraplan.routes import spreading

Mask = npt.NDArray[np.bool_]
Raster = npt.NDArray[np.float32]


def least_way(eur_per_m: Raster, ends: tuple[int, int], cell_m: float) -> IntArray:
    """Return the cells of the cheapest way between two cells."""
    start, end = ends
    spread = spreading.spread(eur_per_m, [start], cell_m=cell_m, targets=[end])
    return spreading.trace(spread, end)


def near_cells(ways: Sequence[IntArray], shape: tuple[int, ...], *, cell_m: float, separation_m: float) -> Mask:
    """Return the cells with their centre within ``separation_m`` [m] of a cell of any route."""
    away = np.ones(shape, bool)
    for way in ways:
        away.ravel()[way] = False
    if away.all():
        return ~away
    return np.asarray(ndimage.distance_transform_edt(away, sampling=cell_m) <= separation_m, bool)


def overlap(way: IntArray, near: Mask) -> float:
    """Return the share of a route's length on near cells [-]; half of each step belongs to either cell."""
    row, column = np.divmod(way, near.shape[1])
    steps = np.hypot(np.diff(row), np.diff(column))
    beside = near.ravel()[way].astype(float)
    return float((steps * (beside[:-1] + beside[1:])).sum() / 2.0 / steps.sum())


def price_least(eur_per_m: Raster, ends: tuple[int, int], cell_m: float) -> float:
    """Return the cost [EUR] of the cheapest way between two cells."""
    return spreading.price_path(eur_per_m, least_way(eur_per_m, ends, cell_m), cell_m=cell_m)


def length_cells(way: IntArray, columns: int) -> float:
    """Return the length of a route [cells] on a raster with that many ``columns``."""
    row, column = np.divmod(way, columns)
    return float(np.hypot(np.diff(row), np.diff(column)).sum())
