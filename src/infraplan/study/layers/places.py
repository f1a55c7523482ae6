"""Coordinate reference systems and extents: checks and conversions."""

from __future__ import annotations

import warnings

import numpy as np
from pyproj import CRS, Geod, Proj, Transformer
from pyproj.exceptions import CRSError

from infraplan.core import LayerError, Problem, Term

Bounds = tuple[float, float, float, float]
WGS84 = "EPSG:4326"
_AREA_MARGIN_DEG = 3.0  # beyond its area a CRS is often still used, half a UTM zone further; the scale is checked apart
_SAME_PLACE_M = 1.0  # two CRS count as the same if the corners of a layer differ by less than a metre


def check_crs(crs: str | int) -> str:
    """Return ``crs`` in its usual spelling; refuse a CRS that is not projected or not in metres.

    Raises
    ------
    LayerError
        If it is unknown, in degrees or in feet.
    """
    try:
        known = CRS.from_user_input(crs)
    except CRSError as error:
        raise LayerError(Problem("crs.unknown", value=str(crs))) from error
    units = sorted({axis.unit_name for axis in known.axis_info})
    if not known.is_projected or not set(units) <= {"metre", "meter"}:
        raise LayerError(Problem("crs.not_in_metres", {"units": tuple(Term(unit) for unit in units)}, value=str(crs)))
    return str(known.to_string())


def project_extent(extent: Bounds, crs: str) -> Bounds:
    """Convert an extent (west, south, east, north [deg, WGS84]) to bounds [m] in ``crs``.

    Raises
    ------
    LayerError
        If the extent is invalid or ``crs`` is not defined there.
    """
    west, south, east, north = extent
    if not (-180.0 <= west < east <= 180.0 and -90.0 <= south < north <= 90.0):
        raise LayerError(Problem("crs.not_an_extent", column="extent", value=str(extent)))
    transformer = Transformer.from_crs(WGS84, check_crs(crs), always_xy=True)
    x_min, y_min, x_max, y_max = transformer.transform_bounds(west, south, east, north)
    if not np.isfinite([x_min, y_min, x_max, y_max]).all():
        raise LayerError(Problem("crs.cannot_draw", {"crs": str(crs)}, value=str(extent)))
    return x_min, y_min, x_max, y_max


def is_used_at(extent: Bounds, crs: str) -> bool:
    """Return whether a CRS is meant for the middle of an extent; one that names no area is meant for all."""
    area = CRS.from_user_input(crs).area_of_use
    west, south, east, north = extent
    lon, lat = (west + east) / 2.0, (south + north) / 2.0
    if area is None or area.west > area.east:
        return area is None or area.south <= lat <= area.north
    margin = _AREA_MARGIN_DEG
    return bool(area.west - margin <= lon <= area.east + margin and area.south - margin <= lat <= area.north + margin)


def scale_error(extent: Bounds, crs: str) -> float:
    """Return the largest error of lengths over an extent [-]: 0.01 if a kilometre is drawn 10 m too long or short.

    Measured at corners, middles of the edges and the centre; infinite where the CRS is not defined.
    """
    west, south, east, north = extent
    lon, lat = np.meshgrid(np.linspace(west, east, 3), np.linspace(south, north, 3))
    factors = Proj(crs).get_factors(lon.ravel(), lat.ravel())
    scales = np.concatenate([factors.meridional_scale, factors.parallel_scale])
    return float(np.max(np.abs(scales - 1.0))) if np.isfinite(scales).all() else float("inf")


def same_crs(one: CRS, other: CRS, bounds: Bounds) -> bool:
    """Return True if both CRS put the corners of ``bounds`` at the same place, even under different names."""
    if one.equals(other, ignore_axis_order=True):
        return True
    west, south, east, north = bounds
    corners = ([west, west, east, east], [south, north, south, north])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        here = Transformer.from_crs(one, WGS84, always_xy=True).transform(*corners)
        there = Transformer.from_crs(other, WGS84, always_xy=True).transform(*corners)
    if not np.isfinite([here, there]).all() or np.abs([here[1], there[1]]).max() > 90.0:
        return False
    return bool(np.max(Geod(ellps="WGS84").inv(*here, *there)[2]) < _SAME_PLACE_M)


def overlap(one: Bounds, other: Bounds) -> bool:
    """Return True if two boxes share a point."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
