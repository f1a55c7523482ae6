"""Waterways, railways and motorways: what each crossing costs."""

from __future__ import annotations

from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.core import FloatArray, Grid
from infraplan.routes.surface.drawing import Burned, Raster, burn_ranks, close_gaps, rank_values
from infraplan.study import WIDTH_FIELD, Assumptions, LayerStack


def crossings(stack: LayerStack, grid: Grid, assumptions: Assumptions) -> gpd.GeoDataFrame:
    """Return every line that costs something to cross: layer, id, name, width_m, cost_eur, geometry.

    ``cost_eur`` [EUR] is the cost of one crossing with the reference pipe.
    """
    columns = ["layer", "id", "name", WIDTH_FIELD, "cost_eur", "geometry"]
    frames = []
    for entry in stack.of_role("crossing"):
        frame = stack.read(entry.id, crs=grid.crs, bounds=grid.bounds)
        for column in {"id", "name"} - set(frame.columns):
            frame[column] = ""
        default_m = assumptions.value(entry.name, "default_width_m", "m")
        width_m = frame[WIDTH_FIELD] if WIDTH_FIELD in frame.columns else pd.Series(np.nan, frame.index)
        width_m = pd.to_numeric(width_m).astype(float).fillna(default_m)
        cost_eur = crossing_eur(assumptions, entry.name, width_m.to_numpy())
        frame = frame.assign(layer=entry.id, cost_eur=cost_eur, **{WIDTH_FIELD: width_m})
        frames.append(frame[columns])
    if not frames:
        return gpd.GeoDataFrame(columns=columns, geometry="geometry", crs=grid.crs)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=grid.crs)


def crossing_eur(assumptions: Assumptions, name: str, width_m: npt.ArrayLike) -> FloatArray:
    """Cost [EUR] of crossing lines of class ``name`` that are ``width_m`` [m] wide, at the reference pipe.

    cost = mobilisation + (width + approaches on both sides) x price per metre, of the widest width class
    that starts at or below the width.
    Source: own estimate, see data/assumptions/surface.csv.

    Raises
    ------
    AssumptionError
        If the class has no width classes (subjects ``<name>_...`` with ``from_width_m``).
    """
    subjects = [s for s in assumptions.subjects("from_width_m") if s.startswith(f"{name}_")]
    if not subjects:
        assumptions.row(f"{name}_bore", "from_width_m")  # raises, saying which row to add
    prices = sorted(
        (
            assumptions.value(subject, "from_width_m", "m"),
            assumptions.value(subject, "mobilisation_eur", "eur"),
            assumptions.value(subject, "eur_per_m", "eur_per_m"),
            assumptions.value(subject, "approach_m", "m"),
        )
        for subject in subjects
    )
    from_m, mobilisation_eur, eur_per_m, approach_m = np.array(prices, dtype=float).T
    width = np.asarray(width_m, dtype=float)
    kind = np.maximum(np.searchsorted(from_m, width, side="right") - 1, 0)
    return np.asarray(mobilisation_eur[kind] + (width + approach_m[kind]) * eur_per_m[kind], float)


def burn_crossings(lines: gpd.GeoDataFrame, grid: Grid, burned: Burned) -> Raster:
    """Cost [EUR] of the crossing in each cell."""
    total = np.zeros(grid.shape, np.float32)
    for name, layer in lines.groupby("layer", sort=False):
        shapes = np.asarray(layer.geometry.array, dtype=object)
        rank, cost_eur = rank_values(layer["cost_eur"].to_numpy(dtype=float))
        draw = partial(_draw_lines, shapes, rank, grid)
        total += cost_eur[burned.get(("crossing", name, rank.tobytes()), draw)]
    return total


def _draw_lines(shapes: npt.NDArray[Any], rank: npt.NDArray[np.uint16], grid: Grid) -> npt.NDArray[np.uint16]:
    return close_gaps(burn_ranks(shapes, rank, np.ones(len(rank), bool), grid))
