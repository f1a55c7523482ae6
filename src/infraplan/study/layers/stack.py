"""The layer stack: read a layer by its id, list all layers, find their problems."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.core import Grid, LayerError, Problem
from infraplan.study.assumptions import Assumptions
from infraplan.study.layers import catalogue, rasters, vectors
from infraplan.study.layers.catalogue import CATALOGUE, LayerEntry, problem
from infraplan.study.layers.contents import refuse_disguised
from infraplan.study.layers.places import Bounds, check_crs, overlap, project_extent

_CHECK_CELLS = 1000  # `check` reads a raster onto a grid with this many cells on its longest side


@dataclass(frozen=True)
class LayerStack:
    """Layers of a study, in the order of the catalogue."""

    folder: Path
    entries: tuple[LayerEntry, ...]

    def entry(self, layer_id: str) -> LayerEntry:
        """Return one entry of the catalogue.

        Raises
        ------
        LayerError
            If the catalogue has no such layer.
        """
        for entry in self.entries:
            if entry.id == layer_id:
                return entry
        known = ", ".join(entry.id for entry in self.entries)
        raise LayerError(
            Problem("catalogue.unknown_layer", {"known": known}, file=CATALOGUE, column="id", value=layer_id)
        )

    def _path(self, entry: LayerEntry) -> Path:
        """Return where a layer's file lies; refuse one that is not what its name says, or not in the study."""
        path = self.folder / entry.file
        refuse_disguised(path, self.folder)
        return path

    def of_role(self, role: str) -> tuple[LayerEntry, ...]:
        """Return the entries with one role."""
        return tuple(entry for entry in self.entries if entry.role == role)

    def read(self, layer_id: str, *, crs: str, bounds: Bounds | None = None) -> gpd.GeoDataFrame:
        """Read a vector layer in ``crs``, repaired. The file is read once per process; each call returns a copy.

        Parameters
        ----------
        layer_id
            Id in the catalogue.
        crs
            Projected CRS in metres.
        bounds
            West, south, east, north [m] in ``crs``; a layer entirely outside is refused.

        Raises
        ------
        LayerError
            If the file is missing, broken, empty, outside the bounds or in another CRS than declared, or if a property
            that its effect needs is missing or wrong.
        """
        entry = self.entry(layer_id)
        path = self._path(entry)
        if entry.is_raster:
            raise LayerError(problem(path, "layer.is_a_raster"))
        frame = vectors.load(path, entry, check_crs(crs))
        if bounds is not None and not overlap(tuple(frame.total_bounds), bounds):
            raise LayerError(problem(path, "layer.elsewhere"))
        return frame.copy()

    def read_raster(self, layer_id: str, grid: Grid) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Read a raster onto a grid by nearest pixel.

        Returns
        -------
        values, mask
            Arrays (rows, columns) of the grid; the mask is True where the raster has a value.

        Raises
        ------
        LayerError
            If the file is missing, broken or outside the grid, has no CRS, another CRS than declared or no such band,
            or contains codes that are not in the value_map.
        """
        entry = self.entry(layer_id)
        path = self._path(entry)
        if not entry.is_raster:
            raise LayerError(problem(path, "layer.is_no_raster"))
        return rasters.load(path, entry, grid)

    def summary(self) -> pd.DataFrame:
        """Return one row per layer: description, effect, source, licence, and whether the file opens."""
        return pd.DataFrame([self._row(entry) for entry in self.entries])

    def check(
        self, extent: Bounds, crs: str, source_keys: Collection[str], classes: Mapping[str, Collection[str]]
    ) -> list[Problem]:
        """Read every layer and return all problems, or an empty list.

        Parameters
        ----------
        extent
            West, south, east, north of the study [deg, WGS84].
        crs
            CRS of the study.
        source_keys
            Keys of data/sources.csv.
        classes
            Ground classes in the assumptions, per role (see ``layers.classes``).
        """
        bounds = project_extent(extent, crs)
        problems = self._check_sources(source_keys) + self.check_classes(classes)
        for entry in self.entries:
            try:
                if entry.is_raster:
                    self.read_raster(entry.id, _grid(bounds, crs))
                else:
                    self.read(entry.id, crs=crs, bounds=bounds)
            except LayerError as error:
                problems += error.problems
        return problems

    def _row(self, entry: LayerEntry) -> dict[str, object]:
        rows, status = 0, "missing"
        if (self.folder / entry.file).is_file():
            try:
                path = self._path(entry)
                rows = rasters.count(path) if entry.is_raster else vectors.count(path, entry)
                status = "schematic" if entry.schematic else "ok"
            except LayerError:
                status = "broken"
        return {
            "id": entry.id,
            "title": entry.title_en,
            "role": entry.role,
            "effect": entry.effect,
            "rows": rows,
            "crs": entry.crs,
            "source": ", ".join(entry.source),
            "licence": entry.licence,
            "vintage": entry.vintage,
            "status": status,
        }

    def check_classes(self, classes: Mapping[str, Collection[str]]) -> list[Problem]:
        """Return a problem for each layer whose effect names a ground class that the assumptions do not contain."""
        path = self.folder / CATALOGUE
        return [
            problem(
                path,
                "catalogue.unknown_class",
                {"layer": entry.id, "role": entry.role, "known": sorted(classes[entry.role])},
                "effect",
                name,
            )
            for entry in self.entries
            for name in entry.classes
            if name not in classes[entry.role]
        ]

    def _check_sources(self, source_keys: Collection[str]) -> list[Problem]:
        path = self.folder / CATALOGUE
        return [
            problem(path, "catalogue.unknown_source", {"layer": entry.id}, "source", key)
            for entry in self.entries
            for key in entry.source
            if key not in source_keys
        ]


def open_stack(folder: Path) -> LayerStack:
    """Read the catalogue in a folder; each layer is read on first use.

    Raises
    ------
    LayerError
        With every problem of the catalogue: line, layer id, key, value and remedy.
    """
    return LayerStack(folder, catalogue.read(folder))


def classes(assumptions: Assumptions) -> dict[str, frozenset[str]]:
    """Return the ground classes in the assumptions, per role of a layer."""
    bundling = frozenset(assumptions.subjects("reach_m"))
    return {
        "constraint": frozenset(assumptions.subjects("multiplier")) - bundling,
        "bundling": bundling,
        "crossing": frozenset(assumptions.subjects("default_width_m")),
        "context": frozenset(),
    }


def _grid(bounds: Bounds, crs: str) -> Grid:
    """Return a coarse grid over the bounds."""
    west, south, east, north = bounds
    cell_m = max(east - west, north - south) / _CHECK_CELLS
    width, height = math.ceil((east - west) / cell_m), math.ceil((north - south) / cell_m)
    return Grid(check_crs(crs), west, north, cell_m, width, height)
