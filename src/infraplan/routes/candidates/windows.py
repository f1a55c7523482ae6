"""Routes from one cell to others on maps so large that looking at all of it would take too long."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from infraplan.core import IntArray
from infraplan.routes import spreading

# a smaller map is looked at as a whole [cells]
_WHOLE_CELLS = 2_000_000
# room in a window for detours: cells, and share of its size
_ROOM_CELLS, _ROOM_SHARE = 40, 0.15
# each terminal is in the trees of all roots while these look at no more cells than this together [cells], on a
# larger map in those of its nearest roots: at least so many
_CELLS_OF_TREES, _FEWEST_TREES = 50_000_000, 4


def paths_from(
    eur_per_m: npt.NDArray[np.float32], source: int, targets: IntArray, *, cell_m: float = 1.0
) -> list[IntArray]:
    """Return the cheapest path from a cell to each of the others that can be reached from it.

    On a large map the search keeps to a window around them, with some room for detours.
    """
    columns = eur_per_m.shape[1]
    top, left, window = 0, 0, eur_per_m
    row, column = np.divmod(np.append(targets, source), columns)
    if eur_per_m.size > _WHOLE_CELLS:
        room = max(_ROOM_CELLS, round(_ROOM_SHARE * max(np.ptp(row), np.ptp(column))))
        top, left = max(0, int(row.min()) - room), max(0, int(column.min()) - room)
        window = eur_per_m[top : int(row.max()) + room + 1, left : int(column.max()) + room + 1]
    width = window.shape[1]
    cells = (row - top) * width + column - left
    spread = spreading.spread(window, cells[-1:], cell_m=cell_m, targets=cells)
    reached = cells[:-1][np.isfinite(spread.distance.ravel()[cells[:-1]])]
    paths = spreading.trace_all(spread, reached) if len(reached) else []
    if window is eur_per_m:
        return paths
    return [(path // width + top) * columns + path % width + left for path in paths]


def share_out(terminals: IntArray, roots: IntArray, shape: tuple[int, int]) -> Iterator[tuple[int, IntArray]]:
    """Yield each root with the other terminals its tree goes to: all, or those to which it is among the nearest."""
    from scipy.spatial import cKDTree  # here, as it takes a tenth of a second to load

    if not len(roots) or not len(terminals):
        return
    most = min(len(roots), max(_FEWEST_TREES, _CELLS_OF_TREES // (shape[0] * shape[1])))
    spots, at = (np.stack(np.divmod(cells, shape[1]), axis=1).astype(float) for cells in (terminals, roots))
    nearest = cKDTree(at).query(spots, k=np.arange(1, most + 1))[1]
    for number, root in enumerate(roots.tolist()):
        yield root, terminals[(nearest == number).any(axis=1) & (terminals != root)]
