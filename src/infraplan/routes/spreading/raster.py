"""Least-cost spreading: from one or many sources over a raster of EUR per metre, as far as wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from infraplan.core import Problem, RouteError
from infraplan.routes.spreading import buckets, kernels, moves
from infraplan.routes.spreading.checks import Cells, check_cells, check_cost, check_inside, check_settings, place

logger = logging.getLogger(__name__)

SLOTS_BETWEEN_POLLS = 2**20  # about 50 ms of work
BYTES_PER_CELL = 10  # half price 4, distance 4, parent 1, queue 1
BYTES_PER_MB = 1e6
FARTHEST_EUR = float(np.finfo(np.float32).max)


class Cancelled(RouteError):
    """The user stopped the spreading: `should_stop` said so."""


@dataclass(frozen=True)
class Spread:
    """How far every cell is from the nearest source, and which way the route goes.

    Attributes
    ----------
    distance: float32 (H, W), accumulated cost [EUR]; inf where unreached.
    parent: uint8 (H, W), the move that enters the cell (see `spreading.moves`); 127 at a source, 255 where
        unreached.
    label: int32 (H, W) or None, position in `sources` of the source whose region the cell is in; -1 where
        unreached.
    cell_m: side of a cell [m].
    neighbours: 8 or 16.
    """

    distance: npt.NDArray[np.float32]
    parent: npt.NDArray[np.uint8]
    label: npt.NDArray[np.int32] | None
    cell_m: float
    neighbours: int


def spread(
    cost: npt.NDArray[Any],
    sources: npt.ArrayLike,
    *,
    cell_m: float = 1.0,
    neighbours: int = 8,
    targets: npt.ArrayLike | None = None,
    limit: float | None = None,
    labels: bool = False,
    should_stop: Callable[[], bool] | None = None,
) -> Spread:
    """Spread from the sources over the raster, always along the cheapest route.

    A step between two cells costs the mean of their costs times its length: 1 or sqrt(2) cells. With 16
    neighbours a knight move costs the mean of the four cells it crosses times sqrt(5), so it never jumps a
    blocked cell. A diagonal step does pass between two blocked cells that only touch at a corner.

    Parameters
    ----------
    cost: (H, W), cost of a metre of ground [EUR/m]; a cell that is inf, nan, zero or negative is blocked.
    sources: flat numbers (row * W + column) of the cells to start from.
    cell_m: side of a cell [m].
    neighbours: 8, or 16 to include knight moves.
    targets: flat numbers of cells; stop as soon as all have their final distance.
    limit: stop at this distance [EUR].
    labels: say for each cell which source it belongs to.
    should_stop: asked about twenty times per second; True cancels.

    Returns
    -------
    Spread; after an early stop, a cell whose distance is not final counts as unreached.

    Raises
    ------
    RouteError: a source or target outside the raster or on a blocked cell; a raster too large for memory.
    Cancelled: `should_stop` said True.

    Source: E. W. Dijkstra (1959), Numerische Mathematik 1, 269-271; buckets of R. B. Dial (1969),
    Communications of the ACM 12(11), Algorithm 360; knight moves priced as in GRASS r.cost.

    >>> import numpy as np
    >>> spread(np.ones((1, 4), np.float32), [0], cell_m=100.0).distance.tolist()
    [[0.0, 100.0, 200.0, 300.0]]
    """
    check_settings(cell_m=cell_m, neighbours=neighbours, limit=0.0 if limit is None else limit)
    farthest = FARTHEST_EUR if limit is None else min(limit, FARTHEST_EUR)
    eur_per_m = check_cost(cost)
    starts = check_cells(eur_per_m, sources, role="source")
    ends = np.empty(0, np.int64) if targets is None else check_cells(eur_per_m, targets, role="target")
    needed_mb = memory_needed_mb(eur_per_m.shape, neighbours=neighbours)
    logger.debug("spreading over %d x %d cells, at most %.0f MB", *eur_per_m.shape, needed_mb)
    try:
        distance, parent = _run(eur_per_m, starts, ends, cell_m, neighbours, farthest, should_stop)
        label = _label(parent, starts, neighbours) if labels else None
    except MemoryError as error:
        raise RouteError(
            Problem(
                "route.out_of_memory",
                {"rows": eur_per_m.shape[0], "columns": eur_per_m.shape[1], "needed_mb": needed_mb},
            )
        ) from error
    return Spread(distance=distance, parent=parent, label=label, cell_m=cell_m, neighbours=neighbours)


def memory_needed_mb(shape: tuple[int, ...], *, neighbours: int = 8) -> float:
    """Return the memory that `spread` takes beyond its input, labels included [MB].

    Spreading from a large part of all cells at once can take up to twice as much.
    """
    border = 2 * _border(neighbours)
    return (BYTES_PER_CELL * (shape[0] + border) * (shape[1] + border) + 2**20) / BYTES_PER_MB


def trace(spread: Spread, cell: int) -> Cells:
    """Return the cheapest route to a cell.

    Parameters
    ----------
    spread: the spreading that reached the cell.
    cell: flat number of the cell.

    Returns
    -------
    int64 array, flat numbers of the cells from the source to `cell`, both included.

    Raises
    ------
    RouteError: the cell is outside the raster or was not reached.
    """
    return trace_all(spread, [cell])[0]


def trace_all(spread: Spread, cells: npt.ArrayLike) -> list[Cells]:
    """Return the cheapest route to each of some cells; see ``trace``."""
    ends = check_inside(spread.parent.shape, cells, role="cell")
    columns = spread.parent.shape[1]
    unreached = ends[spread.parent.reshape(-1)[ends] == moves.UNREACHED]
    if unreached.size:
        raise RouteError(Problem("route.unreached", {"place": place(unreached[0], columns)}))
    steps = moves.flat_steps(columns, spread.neighbours)[0]
    return [kernels.follow(spread.parent, steps, last) for last in ends.tolist()]


def price_path(cost: npt.NDArray[Any], cells: npt.ArrayLike, *, cell_m: float = 1.0) -> float:
    """Return the exact cost of a route, added up in double precision.

    Parameters
    ----------
    cost: (H, W), cost of a metre of ground [EUR/m].
    cells: flat numbers of the cells, each a neighbour or a knight move away from the one before.
    cell_m: side of a cell [m].

    Returns
    -------
    Cost of the route [EUR]; inf if it crosses a blocked cell.

    Raises
    ------
    RouteError: a cell outside the raster, or two cells in a row that no move connects.
    """
    columns = cost.shape[1]
    route = check_inside(cost.shape, cells, role="cell")
    down, right = np.diff(route // columns), np.diff(route % columns)
    codes = np.full((7, 7), -1)  # steps of up to 2 cells, with a rim for anything longer
    codes[np.array(moves.ROWS) + 3, np.array(moves.COLUMNS) + 3] = np.arange(len(moves.ROWS))
    taken = codes[down.clip(-3, 3) + 3, right.clip(-3, 3) + 3]
    if (taken < 0).any():
        first = int(np.argmax(taken < 0))
        raise RouteError(
            Problem("route.no_move", {"start": place(route[first], columns), "end": place(route[first + 1], columns)})
        )

    def prices(places: Cells) -> npt.NDArray[np.float64]:
        eur_per_m = cost.reshape(-1)[places].astype(np.float64)
        return np.where((eur_per_m > 0) & (eur_per_m < np.inf), eur_per_m, np.inf)

    steps = moves.flat_steps(columns, len(moves.ROWS))
    at_ends = prices(route[:-1]) + prices(route[1:])
    between = prices(route[:-1] + steps[1, taken]) + prices(route[:-1] + steps[2, taken])
    mean_eur_per_m = np.where(taken < moves.STRAIGHT, at_ends / 2, (at_ends + between) / 4)
    return float(np.sum(mean_eur_per_m * moves.move_lengths(len(moves.ROWS))[taken]) * cell_m)


def _border(neighbours: int) -> int:
    """Return how many blocked cells are put around the raster, so that no move leaves it."""
    return 1 if neighbours == moves.STRAIGHT else 2


def _run(
    eur_per_m: npt.NDArray[np.float32],
    sources: Cells,
    targets: Cells,
    cell_m: float,
    neighbours: int,
    limit: float,
    should_stop: Callable[[], bool] | None,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Return distance and parent: pad the raster, empty the queue, take the padding off."""
    rows, columns = eur_per_m.shape
    border = _border(neighbours)
    stride = columns + 2 * border
    size = (rows + 2 * border) * stride
    starts, ends = ((cells // columns + border) * stride + cells % columns + border for cells in (sources, targets))

    pairs, parent = np.empty(2 * size, np.float32), np.empty(size, np.uint8)
    field = kernels.Field(pairs, parent)
    largest_half_eur = float(kernels.prepare(eur_per_m, np.float32(cell_m / 2), border, field))
    pairs[2 * starts + 1] = 0.0
    per_eur, count = buckets.choose(eur_per_m, largest_half_eur=largest_half_eur, cell_m=cell_m, neighbours=neighbours)
    queue = buckets.fill(starts, buckets=count, cells=size, neighbours=neighbours)
    steps = kernels.Moves(
        moves.flat_steps(stride, neighbours).astype(np.uint64),
        moves.move_weights(neighbours).astype(np.float32),
    )
    last_bucket = np.uint64(min(limit * float(per_eur) + 1, 2.0**63))  # one more, for rounding
    until = np.uint64(SLOTS_BETWEEN_POLLS)
    while not kernels.advance(field, queue, steps, per_eur, ends, last_bucket, until):
        if should_stop is not None and should_stop():
            raise Cancelled(Problem("route.stopped"))
        until = queue.state[kernels.DONE] + np.uint64(SLOTS_BETWEEN_POLLS)
        queue = buckets.enlarge(queue, neighbours)
    del queue
    kernels.unpad(field, rows, columns, border, np.float32(limit))
    pairs.resize(eur_per_m.size, refcheck=False)  # gives the second half back without a copy
    return pairs.reshape(eur_per_m.shape), parent[: eur_per_m.size].reshape(eur_per_m.shape)


def _label(parent: npt.NDArray[np.uint8], sources: Cells, neighbours: int) -> npt.NDArray[np.int32]:
    """Return for each cell the position of its source."""
    label = np.empty(parent.shape, np.int32)
    kernels.label_regions(parent, moves.flat_steps(parent.shape[1], neighbours)[0], sources, label)
    return label
