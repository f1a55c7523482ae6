"""Detours: the best route through one cell, made of the cheapest way to it and the cheapest way on."""

from __future__ import annotations

import numpy as np

from infraplan.core import FloatArray, IntArray
from infraplan.networks.alternatives.measures import Mask, Raster, overlap
from infraplan.routes import Spread, spreading

# the spreading adds up in float32
_ROUNDING = 1.0e-5
# most routes checked in full before the search gives up
_MOST_LOOKS = 200


def find_detour(
    eur_per_m: Raster,
    ends: tuple[int, int],
    *,
    near: Mask,
    cell_m: float,
    most_overlap: float,
    reach_m: float,
    most_eur: float,
) -> IntArray | None:
    """Return the cheapest route through one cell that keeps the overlap limit and costs less than ``most_eur`` [EUR].

    Two spreadings give cost, length and overlap of the route through every cell, so all cells are compared at once.
    A route must also be the cheapest one around its cell, over ``reach_m`` [m] to either side. That leaves out stubs
    that are walked twice and bends that nobody would build.

    Notes
    -----
    Single-via paths and the test of local optimality: Abraham, Delling, Goldberg and Werneck (2013), Alternative
    routes in road networks, ACM Journal of Experimental Algorithmics 18.
    """
    start, end = ends
    there, back = (spreading.spread(eur_per_m, [cell], cell_m=cell_m, limit=most_eur) for cell in (start, end))
    cost = there.distance.ravel().astype(float) + back.distance.ravel()
    cells = np.flatnonzero(cost < most_eur)
    if not len(cells):
        return None
    length_a, beside_a = _add_up(there, cells, near)
    length_b, beside_b = _add_up(back, cells, near)
    length, beside = length_a + length_b, beside_a + beside_b
    fits = np.flatnonzero((length > 0.0) & (beside <= most_overlap * length))
    # all cells of one route have its cost and overlap: check only the first
    _, first = np.unique(np.round(np.column_stack([cost[cells[fits]], beside[fits]]), 1), axis=0, return_index=True)
    for via in cells[fits[first]][:_MOST_LOOKS].tolist():
        onward = spreading.trace(back, via)[::-1]
        way = np.concatenate([spreading.trace(there, via), onward[1:]])
        simple = len(np.unique(way)) == len(way) and overlap(way, near) <= most_overlap
        if simple and _is_straight(way, len(way) - len(onward), eur_per_m, cell_m, reach_m):
            return way
    return None


def _add_up(spread: Spread, cells: IntArray, near: Mask) -> tuple[FloatArray, FloatArray]:
    """Return the length of the route to each cell, and the length of it near earlier routes [cells].

    Pointer doubling: each cell adds the sums of the cell before it, in steps that double until all reach the source.
    """
    columns = near.shape[1]
    step = np.append(spreading.moves.flat_steps(columns, spread.neighbours)[0], 0)
    move_m = np.append(spreading.moves.move_lengths(spread.neighbours), 0.0)
    code = spread.parent.ravel()[cells].astype(np.int64)
    code[code == spreading.moves.SOURCE] = len(step) - 1
    before = cells - step[code]
    # the cell before costs less, so it is among the cells, unless rounding left it out: then the route ends there
    place = np.minimum(np.searchsorted(cells, before), len(cells) - 1)
    missing = cells[place] != before
    place[missing] = np.flatnonzero(missing)
    beside = near.ravel()
    length = np.where(missing, 0.0, move_m[code])
    shared = length * (beside[cells].astype(float) + beside[before]) / 2.0
    while (place != place[place]).any():
        # a source has length 0, so a further step from it adds nothing
        length, shared, place = length + length[place], shared + shared[place], place[place]
    return length, shared


def _is_straight(way: IntArray, middle: int, eur_per_m: Raster, cell_m: float, reach_m: float) -> bool:
    """Return whether no way is cheaper between the cells ``reach_m`` [m] before and after the middle."""
    row, column = np.divmod(way, eur_per_m.shape[1])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(row), np.diff(column)))]) * cell_m
    first = int(np.searchsorted(along, along[middle] - reach_m))
    last = int(np.searchsorted(along, along[middle] + reach_m, side="right")) - 1
    part = way[first : last + 1]
    if len(part) < 3:
        return True
    ours = spreading.price_path(eur_per_m, part, cell_m=cell_m)
    reach = int(np.ceil(reach_m / cell_m))
    top, left = max(int(row[first : last + 1].min()) - reach, 0), max(int(column[first : last + 1].min()) - reach, 0)
    window = eur_per_m[top : row[first : last + 1].max() + reach + 1, left : column[first : last + 1].max() + reach + 1]
    a, b = ((int(row[i]) - top) * window.shape[1] + int(column[i]) - left for i in (first, last))
    best = spreading.spread(window, [a], cell_m=cell_m, targets=[b]).distance.ravel()[b]
    return ours <= float(best) * (1.0 + _ROUNDING)
