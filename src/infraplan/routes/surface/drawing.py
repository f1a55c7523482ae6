"""Draw shapes onto a grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy import ndimage

from infraplan.core import FloatArray, Grid

Raster = npt.NDArray[np.float32]
# so many cells around a line are stamped faster than all distances to lines are measured
_STAMPED_CELLS = 3


class Burned:
    """What layers claim on a grid, kept for the next surface: where prices change their places stay the same.

    ``earlier`` is of a surface of the same layers on the same grid; only what is used again is kept on.
    """

    def __init__(self, earlier: Burned | None = None) -> None:
        self._known: dict[tuple[Any, ...], npt.NDArray[Any]] = {} if earlier is None else earlier._used
        self._used: dict[tuple[Any, ...], npt.NDArray[Any]] = {}

    def get(self, key: tuple[Any, ...], make: Callable[[], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return a raster of cells that depends on nothing but the key, the layers and the grid."""
        if key not in self._used:
            self._used[key] = self._known[key] if key in self._known else make()
        return self._used[key]

    def burn(
        self, layer: str, shapes: Callable[[], npt.NDArray[Any]], values: FloatArray, grid: Grid, *numbers: float
    ) -> Raster:
        """Draw the shapes of a layer (see ``burn``); ``numbers`` are those that the shapes themselves depend on."""
        rank, value = rank_values(values)
        key = (layer, rank.tobytes(), np.isinf(values).tobytes(), numbers)
        on_top: npt.NDArray[np.uint16] = self.get(key, lambda: burn_ranks(shapes(), rank, np.isinf(values), grid))
        return value[on_top]


def burn(shapes: npt.NDArray[Any], values: FloatArray, grid: Grid) -> Raster:
    """Draw shapes onto the grid, the highest value on top, 0 where there is none.

    Lines, points and blocked areas claim every cell they touch.
    """
    rank, value = rank_values(values)
    return value[burn_ranks(shapes, rank, np.isinf(values), grid)]


def rank_values(values: FloatArray) -> tuple[npt.NDArray[np.uint16], Raster]:
    """Return the rank of each value, and the value of each rank; what is not above 0 has rank 0."""
    above = values > 0.0
    known = np.unique(values[above])
    if len(known) > np.iinfo(np.uint16).max:
        raise ValueError("more values than ranks")
    rank = np.where(above, np.searchsorted(known, values) + 1, 0).astype(np.uint16)
    return rank, np.append(0.0, known).astype(np.float32)


def burn_ranks(
    shapes: npt.NDArray[Any], rank: npt.NDArray[np.uint16], touched: npt.NDArray[np.bool_], grid: Grid
) -> npt.NDArray[np.uint16]:
    """Draw shapes onto the grid, the highest rank on top; lines, points and ``touched`` claim what they touch."""
    canvas = np.zeros(grid.shape, np.uint16)
    inside = shapely.intersects(shapes, shapely.box(*grid.bounds)) & (rank > 0)
    wide = touched | (shapely.get_dimensions(shapes) < 2)
    for every_cell in (False, True):
        chosen = np.flatnonzero(inside & (wide == every_cell))
        if not len(chosen):
            continue
        order = chosen[np.argsort(rank[chosen], kind="stable")]
        layer = rasterize(
            zip(shapes[order], rank[order], strict=True),
            out_shape=grid.shape,
            transform=transform(grid),
            all_touched=every_cell,
            dtype="uint16",
        )
        np.maximum(canvas, layer, out=canvas)
    return canvas


def near(frame: gpd.GeoDataFrame, grid: Grid, reach_m: float) -> npt.NDArray[np.bool_]:
    """Cells within ``reach_m`` of the lines, and always the line's cells and those beside them.

    Where a line is also a crossing, its own cells are dear: a pipe follows it in the cells beside.
    """
    lines = np.asarray(frame.geometry.array, dtype=object)
    every = np.ones(len(lines), np.uint16)
    touched = burn_ranks(lines, every, every > 0, grid) > 0
    if not touched.any():
        return touched
    reach_m = max(reach_m, grid.cell_m)
    cells = int(reach_m / grid.cell_m)
    if cells > _STAMPED_CELLS:
        return np.asarray(ndimage.distance_transform_edt(~touched, sampling=grid.cell_m) <= reach_m, bool)
    aside = np.arange(-cells, cells + 1) * grid.cell_m
    return np.asarray(ndimage.binary_dilation(touched, np.hypot(aside[:, None], aside) <= reach_m), bool)


def areas(shapes: npt.NDArray[Any], grid: Grid, reach_m: float) -> npt.NDArray[Any]:
    """Let every point speak for the ground nearest to it, within reach; leave areas as they are."""
    points = shapely.get_dimensions(shapes) == 0
    if not points.any():
        return shapes
    spots = shapely.centroid(shapes[points])
    frame = shapely.box(*grid.bounds)
    cells = shapely.voronoi_polygons(shapely.multipoints(spots), extend_to=frame)
    parts = shapely.get_parts(cells)
    owner, part = shapely.STRtree(parts).query(spots, predicate="within")
    spread = shapes.copy()
    spread[np.flatnonzero(points)[owner]] = shapely.intersection(parts[part], shapely.buffer(spots[owner], reach_m))
    return spread


def close_gaps(rank: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Thicken lines where two of their cells meet only at a corner, so that no diagonal slips through."""
    closed = rank.copy()
    north_west, north_east = closed[:-1, :-1], closed[:-1, 1:]
    south_west, south_east = closed[1:, :-1], closed[1:, 1:]
    falling = (north_west > 0) & (south_east > 0) & (north_east == 0) & (south_west == 0)
    rising = (north_east > 0) & (south_west > 0) & (north_west == 0) & (south_east == 0)
    fall, rise = np.maximum(north_west, south_east), np.maximum(north_east, south_west)
    np.maximum(north_east, fall, out=north_east, where=falling)
    np.maximum(north_west, rise, out=north_west, where=rising)
    return closed


def transform(grid: Grid) -> Affine:
    """Affine transform of a grid, as rasterio wants it."""
    return Affine(grid.cell_m, 0.0, grid.x_min, 0.0, -grid.cell_m, grid.y_max)
