"""Where trunks would meet: the junctions of a good tree on coarse ground, as extra sources for the spreading.

The cheapest links between neighbouring terminals alone miss the places where three and more routes should come
together. On ground of some tens of cells between two terminals a good tree is found in next to no time; the
fine spreading then starts from its junctions too, so they only need to be about right.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from infraplan.core import FloatArray, IntArray
from infraplan.routes.candidates.limits import Limits
from infraplan.routes.candidates.overlay import Overlay, lay_over, measure
from infraplan.routes.candidates.windows import paths_from
from infraplan.routes.trees import find_tree


def find_junctions(eur_per_m: npt.NDArray[np.float32], terminals: IntArray, limits: Limits) -> IntArray:
    """Return the cells of junctions that would shorten a tree of all terminals; none where there are only two.

    Parameters
    ----------
    eur_per_m : float32 (rows, columns), cost of ground [EUR/m]; inf where building is forbidden.
    terminals : flat numbers of cells, each once, on free ground.
    limits : how coarse the ground is, and to how many of its nearest each terminal looks.
    """
    factor = max(1, round(math.sqrt(eur_per_m.size / max(len(terminals), 1)) / limits.cells_apart))
    coarse = coarsen(eur_per_m, factor)
    width = coarse.shape[1]
    row, column = np.divmod(terminals, eur_per_m.shape[1])
    places = np.unique(row // factor * width + column // factor)
    if len(places) < 3:
        return np.empty(0, np.int64)
    overlay = lay_over(_paths_to_nearest(coarse, places, limits.nearest), places, eur_per_m=coarse, width=width)
    price = measure(overlay.cells, overlay.begins, coarse, width=width)
    at = np.searchsorted(overlay.nodes, places)
    found = [node for island in _islands(overlay, at) for node in _branchings(overlay, price, island)]
    blocks = overlay.nodes[np.setdiff1d(found, at).astype(np.int64)]
    cells = [_free_cell(eur_per_m, block // width, block % width, factor) for block in blocks.tolist()]
    return np.setdiff1d(np.array(cells, dtype=np.int64), terminals)


def coarsen(eur_per_m: npt.NDArray[np.float32], factor: int) -> npt.NDArray[np.float32]:
    """Return ground of cells ``factor`` times as wide, each as easy to cross as its parts are on average."""
    rows, columns = (-(-side // factor) for side in eur_per_m.shape)
    easy = np.zeros((rows * factor, columns * factor), np.float32)
    with np.errstate(divide="ignore"):
        easy[: eur_per_m.shape[0], : eur_per_m.shape[1]] = 1.0 / eur_per_m
        return np.asarray(1.0 / easy.reshape(rows, factor, columns, factor).mean(axis=(1, 3)), np.float32)


def _paths_to_nearest(eur_per_m: npt.NDArray[np.float32], places: IntArray, nearest: int) -> list[IntArray]:
    """Return the cheapest path from each place to each of its nearest, once per pair."""
    from scipy.spatial import cKDTree  # here, as it takes a tenth of a second to load

    position = np.stack(np.divmod(places, eur_per_m.shape[1]), axis=1).astype(float)
    near = cKDTree(position).query(position, k=min(nearest + 1, len(places)))[1]
    paths: list[IntArray] = []
    done: set[tuple[int, int]] = set()
    for place, others in enumerate(near.tolist()):
        new = {(min(place, o), max(place, o)) for o in others if o != place} - done
        done |= new
        targets = places[sorted(a + b - place for a, b in new)]
        if len(targets):
            paths += paths_from(eur_per_m, int(places[place]), targets)
    return paths


def _islands(overlay: Overlay, places: IntArray) -> list[IntArray]:
    """Return the places (positions in the nodes) that hang together, group by group, of three or more."""
    ends, count = overlay.ends, len(overlay.nodes)
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    part = connected_components(links, directed=False)[1][places]
    groups = [places[part == number] for number in np.unique(part)]
    return [group for group in groups if len(group) > 2]


def _branchings(overlay: Overlay, price: FloatArray, places: IntArray) -> IntArray:
    """Return the nodes where three or more ways of a good tree meet."""
    chosen, _ = find_tree(len(overlay.nodes), overlay.ends.astype(np.int32), price, places.tolist(), quick=True)
    return np.flatnonzero(np.bincount(overlay.ends[chosen].ravel(), minlength=len(overlay.nodes)) > 2)


def _free_cell(eur_per_m: npt.NDArray[np.float32], row: int, column: int, factor: int) -> int:
    """Return the free cell nearest to the middle of a coarse cell."""
    top, left = row * factor, column * factor
    down, right = np.nonzero(np.isfinite(eur_per_m[top : top + factor, left : left + factor]))
    off = np.hypot(down - (factor - 1) / 2.0, right - (factor - 1) / 2.0)
    best = int(np.argmin(off))
    return int((top + down[best]) * eur_per_m.shape[1] + left + right[best])
