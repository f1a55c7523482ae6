"""A cost surface as a GeoTIFF: three bands, blocked cells without data."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from infraplan.core import CostSurface, ExportError, Grid, LayerError, Problem, name_reason
from infraplan.routes.surface.drawing import transform
from infraplan.study import check_crs

BANDS = ("eur_per_m", "multiplier", "crossing_eur")
_BASE_TAG = "BASE_EUR_PER_M"


def write(surface: CostSurface, path: Path) -> None:
    """Write a GeoTIFF with the bands eur_per_m, multiplier and crossing_eur; blocked cells hold no data.

    Raises
    ------
    ExportError
        If the file cannot be written; then nothing is left behind.
    """
    bands = (surface.eur_per_m, surface.multiplier, surface.crossing_eur)
    draft = path.with_name(f".{path.name}.draft")
    profile = {"driver": "GTiff", "dtype": "float32", "count": len(bands), "nodata": math.nan, "tiled": True}
    profile |= {"width": surface.grid.width, "height": surface.grid.height, "crs": surface.grid.crs}
    profile |= {"compress": "deflate", "predictor": 3, "transform": transform(surface.grid)}
    try:
        with rasterio.open(draft, "w", **profile) as raster:
            raster.update_tags(**{_BASE_TAG: repr(float(surface.base_eur_per_m))})
            for number, (name, band) in enumerate(zip(BANDS, bands, strict=True), start=1):
                raster.write(np.where(np.isfinite(band), band, np.nan).astype(np.float32), number)
                raster.set_band_description(number, name)
        draft.replace(path)
    except (OSError, RasterioError) as error:
        raise ExportError(Problem("surface.not_written", {"error": name_reason(error)}, str(path))) from error
    finally:
        if draft.exists():
            draft.unlink()


def read_surface(path: Path) -> CostSurface:
    """Read a surface that ``write`` wrote.

    Raises
    ------
    LayerError
        If the file cannot be read or is no such surface: other bands, CRS not in metres, cells not square.
    """
    try:
        with rasterio.open(path) as raster:
            base = raster.tags().get(_BASE_TAG)
            if raster.count != len(BANDS) or raster.descriptions != BANDS or base is None:
                raise LayerError(
                    Problem(
                        "surface.wrong_bands",
                        {"count": raster.count, "found": str(raster.descriptions), "bands": str(BANDS)},
                        path.name,
                    )
                )
            crs = check_crs(raster.crs.to_string() if raster.crs else "none")
            step = raster.transform
            if step.b or step.d or step.a != -step.e:
                raise LayerError(Problem("surface.not_square", file=path.name))
            grid = Grid(crs, step.c, step.f, step.a, raster.width, raster.height)
            multiplier, crossing = raster.read(2), raster.read(3)
    except RasterioError as error:
        raise LayerError(Problem("surface.not_a_raster", {"error": name_reason(error)}, path.name)) from error
    multiplier = np.where(np.isnan(multiplier), np.float32(np.inf), multiplier)
    return CostSurface(grid, multiplier, crossing, float(base))
