"""The search zone on the raster, and its outline."""

from __future__ import annotations

import numpy as np
import shapely
from rasterio import features
from rasterio.transform import Affine

from infraplan.core import Grid
from infraplan.networks.alternatives.measures import Mask, Raster, price_least
from infraplan.routes import spreading

# the spreading adds up in float32
_ROUNDING = 1.0e-5


def find_zone_cells(eur_per_m: Raster, ends: tuple[int, int], *, cell_m: float, within: float) -> Mask:
    """Return the cells on any way between the ends that costs at most ``within`` [-] above the least cost.

    The cheapest way through a cell is the cheapest way from one end to it plus the cheapest way on to the other end.
    Blocked cells are on no way.
    """
    start, end = ends
    most = price_least(eur_per_m, ends, cell_m) * (1.0 + within) * (1.0 + _ROUNDING)
    there, back = (
        spreading.spread(eur_per_m, [cell], cell_m=cell_m, limit=most).distance.astype(float) for cell in (start, end)
    )
    return np.asarray(there + back <= most, bool)


def outline(mask: Mask, grid: Grid) -> shapely.MultiPolygon:
    """Return the area of the True cells; cells that meet only at a corner become separate parts."""
    place = Affine(grid.cell_m, 0.0, grid.x_min, 0.0, -grid.cell_m, grid.y_max)
    found = features.shapes(mask.astype(np.uint8), mask=mask, transform=place)
    rings = [part["coordinates"] for part, _ in found]
    area = shapely.MultiPolygon([shapely.Polygon(shell, holes) for shell, *holes in rings])
    return shapely.MultiPolygon(list(shapely.get_parts(shapely.normalize(area))))
