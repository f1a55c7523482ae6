"""Draw shapes onto a grid."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy import ndimage

from infraplan.model import FloatArray, Grid

Raster = npt.NDArray[np.float32]


def burn(shapes: npt.NDArray[Any], values: FloatArray, grid: Grid, *, touched: bool = False) -> Raster:
    """Draw shapes onto the grid, the highest value on top, 0 where there is none.

    Lines, points, blocked areas and, if ``touched``, all shapes claim every cell they touch.
    """
    canvas = np.zeros(grid.shape, np.float32)
    inside = shapely.intersects(shapes, shapely.box(*grid.bounds)) & (values > 0.0)
    wide = touched | np.isinf(values) | (shapely.get_dimensions(shapes) < 2)
    for every_cell in (False, True):
        chosen = np.flatnonzero(inside & (wide == every_cell))
        if not len(chosen):
            continue
        order = chosen[np.argsort(values[chosen], kind="stable")]
        layer = rasterize(
            zip(shapes[order], values[order], strict=True),
            out_shape=grid.shape,
            transform=transform(grid),
            all_touched=every_cell,
            dtype="float32",
        )
        np.maximum(canvas, layer, out=canvas)
    return canvas


def near(frame: gpd.GeoDataFrame, grid: Grid, reach_m: float) -> npt.NDArray[np.bool_]:
    """Cells within ``reach_m`` of the lines, and always the line's cells and those beside them.

    Where a line is also a crossing, its own cells are dear: a pipe follows it in the cells beside.
    """
    lines = np.asarray(frame.geometry.array, dtype=object)
    touched = burn(lines, np.ones(len(lines)), grid, touched=True) > 0.0
    if not touched.any():
        return touched
    reach_m = max(reach_m, grid.cell_m)
    return np.asarray(ndimage.distance_transform_edt(~touched, sampling=grid.cell_m) <= reach_m, bool)


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


def close_gaps(cost: Raster) -> Raster:
    """Thicken lines where two of their cells meet only at a corner, so that no diagonal slips through."""
    cost = cost.copy()
    north_west, north_east = cost[:-1, :-1], cost[:-1, 1:]
    south_west, south_east = cost[1:, :-1], cost[1:, 1:]
    falling = (north_west > 0) & (south_east > 0) & (north_east == 0) & (south_west == 0)
    rising = (north_east > 0) & (south_west > 0) & (north_west == 0) & (south_east == 0)
    fall_eur, rise_eur = np.maximum(north_west, south_east), np.maximum(north_east, south_west)
    np.maximum(north_east, fall_eur, out=north_east, where=falling)
    np.maximum(north_west, rise_eur, out=north_west, where=rising)
    return cost


def transform(grid: Grid) -> Affine:
    """Affine transform of a grid, as rasterio wants it."""
    return Affine(grid.cell_m, 0.0, grid.x_min, 0.0, -grid.cell_m, grid.y_max)
