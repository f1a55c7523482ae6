"""Where neighbouring regions meet cheapest: the links that a shortest network needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from infraplan.core import Problem, RouteError
from infraplan.routes.spreading import moves
from infraplan.routes.spreading.checks import check_cost
from infraplan.routes.spreading.meeting import ForwardMoves, LinkTable, meet
from infraplan.routes.spreading.raster import Spread

FEWEST_SLOTS = 2**12
SLOTS_PER_REGION = 16  # on a plane there are under 3 pairs per region; a roomy table is a fast one


@dataclass(frozen=True)
class BoundaryLinks:
    """The cheapest route between each two neighbouring regions; one row per pair, sorted by label.

    Attributes
    ----------
    label_a, label_b: int32, the two regions, label_a < label_b.
    cell_a, cell_b: int64, flat numbers of the cells on either side, where the route crosses.
    total_cost: float64, cost from source a over the boundary to source b [EUR].
    """

    label_a: npt.NDArray[np.int32]
    label_b: npt.NDArray[np.int32]
    cell_a: npt.NDArray[np.int64]
    cell_b: npt.NDArray[np.int64]
    total_cost: npt.NDArray[np.float64]


def boundary_links(cost: npt.NDArray[Any], spread: Spread) -> BoundaryLinks:
    """Find, for each pair of neighbouring regions, the cheapest step over their boundary.

    A minimum spanning tree over these links costs what it costs over the routes between all pairs of
    sources.

    Parameters
    ----------
    cost: (H, W), the raster that was spread over [EUR/m].
    spread: made with labels=True.

    Returns
    -------
    BoundaryLinks; the route of a link is `trace(spread, cell_a)` and, backwards, `trace(spread, cell_b)`.

    Raises
    ------
    RouteError: a spreading without labels, or a raster of another shape.

    Source: K. Mehlhorn (1988), A faster approximation algorithm for the Steiner problem in graphs,
    Information Processing Letters 27(3), 125-128.
    """
    eur_per_m = check_cost(cost)
    if spread.label is None:
        raise RouteError(Problem("route.no_regions"))
    if eur_per_m.shape != spread.label.shape:
        raise RouteError(
            Problem("route.another_shape", {"raster": str(eur_per_m.shape), "spread": str(spread.label.shape)})
        )
    regions = int(spread.label.max()) + 1
    forward = moves.forward_codes(spread.neighbours)
    leading = ForwardMoves(
        steps=np.ascontiguousarray(np.array([moves.ROWS, moves.COLUMNS], np.int64)[:, forward]),
        passed=np.ascontiguousarray(moves.flat_steps(eur_per_m.shape[1], spread.neighbours)[1:, forward]),
        weights=moves.move_weights(spread.neighbours)[forward] * spread.cell_m / 2,
    )
    slots = max(FEWEST_SLOTS, 1 << (SLOTS_PER_REGION * regions).bit_length())
    while True:
        table = LinkTable(np.full(slots, -1, np.int64), np.full(slots, np.inf), np.zeros((slots, 2), np.int64))
        if meet(eur_per_m, spread.distance, spread.label, leading, regions, table):
            break
        slots *= 2
    pair, best, ends = table
    used = np.flatnonzero(best < np.inf)
    used = used[np.argsort(pair[used])]
    return BoundaryLinks(
        label_a=(pair[used] // regions).astype(np.int32),
        label_b=(pair[used] % regions).astype(np.int32),
        cell_a=ends[used, 0],
        cell_b=ends[used, 1],
        total_cost=best[used],
    )
