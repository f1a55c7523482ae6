"""Points, lines and polygons: read, converted to the study's CRS, repaired."""

from __future__ import annotations

import logging
import warnings
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS

from infraplan.core import LayerError, Problem, name_reason
from infraplan.study.layers.catalogue import DENSITY_FIELD, LINE_STATUSES, VECTORS, WIDTH_FIELD, LayerEntry, problem
from infraplan.study.layers.places import same_crs

log = logging.getLogger(__name__)


def load(path: Path, entry: LayerEntry, crs: str) -> gpd.GeoDataFrame:
    """Read one layer in ``crs``, once per process. The frame is shared: do not change it.

    Raises
    ------
    LayerError
        If the file is missing, broken, empty, in another CRS than declared, or a value is wrong.
    """
    if not path.is_file():
        raise LayerError(problem(path, "layer.missing_file"))
    frame = _load(path, path.stat().st_mtime_ns, entry.layer, entry.crs, crs)
    problems = _problems(entry, frame, path)
    if problems:
        raise LayerError(problems)
    return frame


def count(path: Path, entry: LayerEntry) -> int:
    """Return the number of features, without reading their geometry.

    Raises
    ------
    LayerError
        If the file cannot be opened.
    """
    source, layer = _inside_zip(path, entry.layer)
    try:
        return int(pyogrio.read_info(source, layer=layer or None, force_feature_count=True)["features"])
    except (DataSourceError, DataLayerError) as error:
        raise LayerError(_cannot_read(path, error)) from error


@lru_cache(maxsize=128)
def _load(path: Path, modified_ns: int, layer: str, declared: str, crs: str) -> gpd.GeoDataFrame:
    """Read, convert and repair a layer; a new ``modified_ns`` makes a changed file be read again."""
    frame = _open(path, layer)
    if frame.crs is None:
        log.warning("%s says no CRS: taken as %s, as the catalogue declares", path.name, declared)
        frame = frame.set_crs(declared)
    elif not frame.empty and not same_crs(CRS(frame.crs), CRS(declared), tuple(frame.total_bounds)):
        found = frame.crs.to_string()
        raise LayerError(problem(path, "layer.another_crs", {"found": found}, "crs", declared))
    frame = _mend(frame.to_crs(crs), path)
    if frame.empty:
        raise LayerError(problem(path, "layer.empty"))
    if not np.isfinite(frame.total_bounds).all():
        raise LayerError(problem(path, "layer.beyond_crs", {"crs": str(crs)}))
    return frame


def _open(path: Path, layer: str) -> gpd.GeoDataFrame:
    """Read the features of a file, or of a file in a zip, as they are."""
    source, layer = _inside_zip(path, layer)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            names = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
            if layer not in names and (layer or len(names) > 1):
                raise LayerError(problem(path, "layer.several_in_file", {"known": tuple(names)}, "layer", layer))
            frame = pyogrio.read_dataframe(source, layer=layer or None, force_2d=True)
        except (DataSourceError, DataLayerError) as error:
            raise LayerError(_cannot_read(path, error)) from error
        except shapely.errors.GEOSException as error:
            raise LayerError(_broken_shapes(path, source, layer, error)) from error
    for warning in caught:
        log.warning("%s: %s", path.name, warning.message)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError(problem(path, "layer.no_geometry"))
    return frame


def _inside_zip(path: Path, layer: str) -> tuple[str, str]:
    """Return the path that GDAL opens and the layer in it; ``layer`` chooses among several files of a zip."""
    if path.suffix.lower() != ".zip":
        return str(path), layer
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.lower().endswith(VECTORS)]
    except zipfile.BadZipFile as error:
        raise LayerError(problem(path, "layer.not_a_zip")) from error
    chosen = [name for name in members if Path(name).stem == layer]
    if not chosen and len(members) == 1:
        return f"/vsizip/{path}/{members[0]}", layer
    if len(chosen) != 1:
        raise LayerError(
            problem(
                path,
                "layer.several_in_zip",
                {"count": len(members), "known": tuple(Path(name).stem for name in members)},
                "layer",
                layer,
            )
        )
    return f"/vsizip/{path}/{chosen[0]}", ""


def _cannot_read(path: Path, error: Exception) -> Problem:
    return problem(path, "layer.not_read", {"error": name_reason(error)})


def _broken_shapes(path: Path, source: str, layer: str, error: Exception) -> Problem:
    """Return the problem of shapes that cannot be read, with the numbers of the first ones."""
    frame = pyogrio.read_dataframe(source, layer=layer or None, on_invalid="ignore", columns=[])
    lost = np.flatnonzero(frame.geometry.isna())
    first = ", ".join(str(number + 1) for number in lost[:5])
    return problem(
        path,
        "layer.broken_shapes",
        {"lost": len(lost), "count": len(frame), "first": first, "error": name_reason(error)},
    )


def _mend(frame: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """Make every shape valid and of one dimension, drop empty features, and log both counts."""
    shapes = np.array(frame.geometry.array, dtype=object)
    dimension = shapely.get_dimensions(shapes)
    broken = ~shapely.is_valid(shapes) & (dimension >= 0)
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for number in np.flatnonzero(mixed):
        shapes[number] = _parts(shapes[number], int(dimension[number]))
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if broken.any() or mixed.any():
        log.warning("%s: %d shapes repaired, %d collections reduced", path.name, broken.sum(), mixed.sum())
    if not kept.all():
        log.warning("%s: %d features without a shape left out", path.name, (~kept).sum())
    return frame.set_geometry(gpd.GeoSeries(shapes, frame.index, crs=frame.crs))[kept].reset_index(drop=True)


def _parts(shape: shapely.Geometry, dimension: int) -> shapely.Geometry:
    """Return the parts of a collection that have ``dimension``, as one shape."""
    return shapely.union_all([p for p in _leaves(shape) if shapely.get_dimensions(p) == dimension])


def _leaves(shape: Any) -> Iterator[Any]:
    """Yield the simple shapes of a nested collection."""
    for part in getattr(shape, "geoms", (shape,)):
        yield from _leaves(part) if hasattr(part, "geoms") else (part,)


def _problems(entry: LayerEntry, frame: gpd.GeoDataFrame, path: Path) -> list[Problem]:
    """Return a problem for each property that the effect needs and that is missing or wrong."""
    missing = [field for field in entry.fields if field not in frame.columns]
    if missing:
        return [
            problem(path, "layer.no_property", {"known": tuple(str(column) for column in frame.columns)}, field)
            for field in missing
        ]
    problems = _bad_numbers(entry, frame, path)
    if entry.status_field:
        found = frame[entry.status_field].astype(object).fillna("").astype(str)
        choices = ", ".join(LINE_STATUSES)
        problems += [
            problem(path, "layer.unknown_status", {"known": choices}, entry.status_field, value)
            for value in sorted(set(found) - set(LINE_STATUSES))
        ]
    if entry.kind == "codes":
        problems += [
            problem(path, "layer.unmapped", key=entry.code_field, value=c)
            for c in sorted(set(codes_of(frame[entry.code_field])) - set(entry.value_map))
        ]
    if entry.role == "crossing" and (shapely.get_dimensions(frame.geometry.array) != 1).any():
        problems.append(problem(path, "layer.lines_only"))
    return problems


def _bad_numbers(entry: LayerEntry, frame: gpd.GeoDataFrame, path: Path) -> list[Problem]:
    """Return a problem for each density or width that is not a positive number."""
    fields = {entry.density_field, entry.name if entry.kind == "density" else ""} - {""}
    if entry.role == "constraint" and entry.kind == "class" and DENSITY_FIELD in frame.columns:
        fields.add(DENSITY_FIELD)
    if entry.role == "crossing" and WIDTH_FIELD in frame.columns:
        fields.add(WIDTH_FIELD)
    problems = []
    for field in sorted(fields):
        number = pd.to_numeric(frame[field], errors="coerce")
        wrong = (number.isna() & frame[field].notna()) | (number < 0.0)
        if entry.kind == "density":
            wrong |= number.isna()
        problems += [
            problem(path, "layer.not_positive", {"feature": row + 1}, field, str(value))
            for row, value in frame.loc[wrong, field].head(5).items()
        ]
    return problems


def codes_of(column: pd.Series[Any]) -> pd.Series[str]:
    """Return codes as text: whole numbers without decimal point, missing codes as ""."""
    number = pd.to_numeric(column, errors="coerce")
    whole = number.notna() & (number == number.round())
    text = column.astype(object).where(column.notna(), "").astype(str)
    return text.mask(whole, number.where(whole, 0.0).astype("int64").astype(str))
