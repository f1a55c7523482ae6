"""Rasters, resampled to the study's grid."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT

from infraplan.core import Grid, LayerError, name_reason
from infraplan.study.layers.catalogue import LayerEntry, problem
from infraplan.study.layers.places import same_crs

log = logging.getLogger(__name__)


def load(path: Path, entry: LayerEntry, grid: Grid) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Read one band onto a grid by nearest pixel; GDAL reads only the blocks it needs.

    Raises
    ------
    LayerError
        If the file is missing or broken, has no CRS, another CRS than declared or no such band, lies outside the study
        area, or contains codes that are not in the value_map.
    """
    values, mask = _warp(path, entry, grid)
    share = float(mask.mean())
    if share == 0.0:
        raise LayerError(problem(path, "raster.elsewhere"))
    if share < 1.0:
        log.warning("%s covers %.1f %% of the study area", entry.id, 100.0 * share)
    if entry.kind == "codes":
        found = np.unique(values[mask])
        unknown = [value for value in found if str(int(value)) not in entry.value_map or value != int(value)]
        if unknown:
            listed = ", ".join(f"{value:g}" for value in unknown[:20])
            raise LayerError(problem(path, "raster.unmapped", key="value_map", value=listed))
    return values, mask


def count(path: Path) -> int:
    """Return the number of pixels of one band.

    Raises
    ------
    LayerError
        If the file cannot be opened.
    """
    try:
        with rasterio.open(path) as raster:
            return int(raster.width * raster.height)
    except RasterioError as error:
        raise LayerError(problem(path, "raster.not_read", {"error": name_reason(error)})) from error


def _warp(path: Path, entry: LayerEntry, grid: Grid) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Read values and mask of one band, warped to the grid."""
    if not path.is_file():
        raise LayerError(problem(path, "layer.missing_file"))
    try:
        with warnings.catch_warnings():
            # a raster without georeference is reported below, as a problem
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            raster = rasterio.open(path)
        with raster:
            _refuse_unfit(path, entry, raster)
            with WarpedVRT(
                raster,
                crs=grid.crs,
                transform=Affine(grid.cell_m, 0.0, grid.x_min, 0.0, -grid.cell_m, grid.y_max),
                width=grid.width,
                height=grid.height,
                resampling=Resampling.nearest,
                add_alpha=not _has_nodata(raster, entry.band),
            ) as warped:
                values = warped.read(entry.band)
                mask = warped.read_masks(entry.band) > 0
    except RasterioError as error:
        raise LayerError(problem(path, "raster.not_read", {"error": name_reason(error)})) from error
    if np.issubdtype(values.dtype, np.floating):
        mask &= np.isfinite(values)
    return values, mask


def _has_nodata(raster: Any, band: int) -> bool:
    return raster.nodatavals[band - 1] is not None


def _refuse_unfit(path: Path, entry: LayerEntry, raster: Any) -> None:
    """Raise an error for a missing band or CRS, or another CRS than declared."""
    if entry.band > raster.count:
        raise LayerError(problem(path, "raster.no_band", {"count": raster.count}, "band", str(entry.band)))
    if raster.crs is None:
        raise LayerError(problem(path, "raster.no_crs", {"crs": entry.crs}, "crs", entry.crs))
    if raster.dtypes[entry.band - 1].startswith("complex"):
        raise LayerError(problem(path, "raster.complex", key="band", value=str(entry.band)))
    found = CRS.from_user_input(raster.crs)
    if not same_crs(found, CRS(entry.crs), tuple(raster.bounds)):
        raise LayerError(problem(path, "raster.another_crs", {"found": found.to_string()}, "crs", entry.crs))
