"""Ways: cheap routes over the raster that overlap little, found with a penalty on ground near earlier routes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infraplan.core import IntArray
from infraplan.networks.alternatives.detours import find_detour
from infraplan.networks.alternatives.limits import Limits
from infraplan.networks.alternatives.measures import Mask, Raster, least_way, near_cells, overlap, price_least
from infraplan.routes import spreading

# penalty factors on ground near earlier routes, from weak to prohibitive; bisection then refines the best
_PENALTIES = (*(2.0**power for power in range(-6, 5)), 1000.0)
_CLOSING_IN = 4


def find_ways(
    eur_per_m: Raster,
    ends: tuple[int, int],
    *,
    cell_m: float,
    limits: Limits,
    earlier: Sequence[IntArray] = (),
) -> list[IntArray]:
    """Find routes that overlap little with earlier routes and with each other, the cheapest first.

    Ground near earlier routes is made dearer in steps until the cheapest way keeps the overlap limit; bisection then
    finds the smallest such factor. Routes through one cell (see ``detours``) compete with these. The route that keeps
    the limits and costs least on the real ground is taken, and the search goes on from there. The search is a
    heuristic: the first route is the least-cost one, but it may miss a later one.

    Parameters
    ----------
    eur_per_m
        Cost of a metre of ground [EUR/m], of shape (H, W); infinite where blocked.
    ends
        Flat numbers of the two cells.
    cell_m
        Side of a cell [m].
    earlier
        Cells of routes that the new ones may not overlap either. Without any, the first route found is the least-cost
        one.

    Returns
    -------
    list
        Cells of each route from end to end; fewer than ``limits.routes`` if no more were found.

    Notes
    -----
    Penalty method: de la Barra, Perez and Anez (1993), PTRC 21st Summer Annual Meeting. Limited overlap:
    Chondrogiannis et al. (2020), The VLDB Journal 29.
    """
    known, found = list(earlier), []
    if not known and limits.routes:
        known.append(least_way(eur_per_m, ends, cell_m))
        found.append(known[0])
    while len(found) < limits.routes:
        near = near_cells(known, eur_per_m.shape, cell_m=cell_m, separation_m=limits.separation_m)
        way = _find_apart(eur_per_m, ends, near, cell_m, limits)
        if way is None:
            break
        known.append(way)
        found.append(way)
    return found


def _find_apart(eur_per_m: Raster, ends: tuple[int, int], near: Mask, cell_m: float, limits: Limits) -> IntArray | None:
    """Return the cheapest route found that keeps the limits, or none."""
    kept: dict[float, IntArray] = {}
    most_eur = (1.0 + limits.most_extra) * price_least(eur_per_m, ends, cell_m)

    def keeps(penalty: float) -> bool:
        dearer = np.where(near, eur_per_m * np.float32(1.0 + penalty), eur_per_m)
        way = least_way(dearer, ends, cell_m)
        if overlap(way, near) > limits.most_overlap:
            return False
        kept.setdefault(spreading.price_path(eur_per_m, way, cell_m=cell_m), way)
        return True

    low, high = 0.0, next((penalty for penalty in _PENALTIES if keeps(penalty)), None)
    if high is not None:
        low = max((penalty for penalty in _PENALTIES if penalty < high), default=0.0)
        for _ in range(_CLOSING_IN):
            middle = (low + high) / 2.0
            low, high = (low, middle) if keeps(middle) else (middle, high)
    best_eur = min(kept, default=most_eur)
    detour = find_detour(
        eur_per_m,
        ends,
        near=near,
        cell_m=cell_m,
        most_overlap=limits.most_overlap,
        reach_m=limits.separation_m,
        most_eur=min(best_eur, most_eur),
    )
    if detour is not None:
        return detour
    return kept[best_eur] if kept and best_eur <= most_eur else None
