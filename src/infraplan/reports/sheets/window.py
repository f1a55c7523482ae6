"""The map window: the part of the ground on the map, and its rectangle on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from infraplan.core import ExportError, Problem
from infraplan.reports.sheets.frames import Frames, list_known
from infraplan.reports.sheets.page import MM_PER_PT, Box

MARGIN_SHARE = 0.09
SMALLEST_M = 6000.0


@dataclass(frozen=True)
class Window:
    """Bounds in the CRS of the study [m] and their rectangle on paper [mm], with the same aspect."""

    bounds_m: Box
    rect_mm: Box

    @property
    def m_per_mm(self) -> float:
        """Metres on the ground per millimetre on paper."""
        return (self.bounds_m[2] - self.bounds_m[0]) / (self.rect_mm[2] - self.rect_mm[0])

    @property
    def m_per_pt(self) -> float:
        """Metres on the ground per point on paper."""
        return self.m_per_mm * MM_PER_PT

    @property
    def frame(self) -> shapely.Polygon:
        """The bounds as a polygon [m]."""
        return shapely.box(*self.bounds_m)

    def place(self, xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Convert ground coordinates [m] to paper [mm]."""
        origin = np.array(self.bounds_m[:2])
        return np.asarray((xy_m - origin) / self.m_per_mm + np.array(self.rect_mm[:2]), dtype=float)

    def project(self, geometry: Any) -> Any:
        """Convert a geometry on the ground [m] to paper [mm]."""
        return shapely.transform(geometry, self.place)


def open_window(frames: Frames, basemap: Frames, rect_mm: Box, bounds: Box | None) -> Window:
    """Fit the given bounds, or those of the corridors with a margin, to the rectangle on paper.

    Raises
    ------
    ExportError
        If the bounds are empty, or there is nothing to show.
    """
    if bounds is not None:
        if not (np.isfinite(bounds).all() and bounds[0] < bounds[2] and bounds[1] < bounds[3]):
            raise ExportError(Problem("map.empty_bounds", value=str(bounds)))
        return Window(_widen(bounds, rect_mm), rect_mm)
    layers = [frames["corridors"], frames["segments"], frames["sites"], *basemap.values()]
    shown = next((layer for layer in layers if len(layer) and np.isfinite(layer.total_bounds).all()), None)
    if shown is None:
        raise ExportError(Problem("map.nothing_to_draw"))
    west, south, east, north = (float(edge) for edge in shown.total_bounds)
    margin = _find_margin(shown)
    wide = _widen(_grow(shown, margin), rect_mm)
    air = margin / 3.0
    return Window(_keep_on_land(wide, basemap, (west - air, south - air, east + air, north + air)), rect_mm)


def find_aspect(shown: gpd.GeoDataFrame) -> float:
    """Return width over height of the mapped features, with their margin."""
    west, south, east, north = _grow(shown, _find_margin(shown))
    return (east - west) / (north - south)


def _find_margin(shown: gpd.GeoDataFrame) -> float:
    west, south, east, north = shown.total_bounds
    return float(max(MARGIN_SHARE * max(east - west, north - south), SMALLEST_M))


def _grow(shown: gpd.GeoDataFrame, margin: float) -> Box:
    west, south, east, north = (float(edge) for edge in shown.total_bounds)
    return (west - margin, south - margin, east + margin, north + margin)


def _widen(bounds: Box, rect_mm: Box) -> Box:
    """Widen bounds about their middle to the aspect of the paper."""
    aspect = (rect_mm[2] - rect_mm[0]) / (rect_mm[3] - rect_mm[1])
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    width, height = max(width, height * aspect), max(height, width / aspect)
    x, y = (bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0
    return (x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0)


def _keep_on_land(bounds: Box, basemap: Frames, shown: Box) -> Box:
    """Shift a window that extends beyond the basemap back onto it, as far as possible."""
    edges = [frame.total_bounds for frame in list_known(basemap)]
    if not edges:
        return bounds
    low, high = np.min([*edges, shown], axis=0)[:2], np.max([*edges, shown], axis=0)[2:]
    shift = [0.0, 0.0]
    for axis in (0, 1):
        before, after = low[axis] - bounds[axis], bounds[axis + 2] - high[axis]
        fits = bounds[axis + 2] - bounds[axis] <= high[axis] - low[axis]
        # A window larger than the basemap shows all of it.
        shift[axis] = float(max(before, 0.0) - max(after, 0.0) if fits else min(before, 0.0) - min(after, 0.0))
    return (bounds[0] + shift[0], bounds[1] + shift[1], bounds[2] + shift[0], bounds[3] + shift[1])
