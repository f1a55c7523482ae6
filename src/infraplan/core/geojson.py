"""Layers as GeoJSON (RFC 7946): WGS84, string ids, six decimals, and the origin in a foreign member."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

DECIMALS = 6


def to_wgs84(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Reproject a layer to WGS84 longitude and latitude, with counter-clockwise rings and rounded coordinates."""
    placed = frame.to_crs("EPSG:4326")
    shapes = shapely.set_precision(placed.geometry.to_numpy(), 10.0**-DECIMALS, mode="pointwise")
    placed["geometry"] = shapely.orient_polygons(shapes)
    return placed


def print_layer(frame: gpd.GeoDataFrame, *, id_column: str, about: Mapping[str, Any]) -> str:
    """Return a layer as RFC 7946 GeoJSON text.

    Not by ``GeoDataFrame.to_geo_dict``: it writes the id before the type, so that every file would change.

    Parameters
    ----------
    frame
        Layer in any CRS.
    id_column
        Column with the feature ids, written as text.
    about
        Content of the foreign member ``infraplan``.
    """
    placed = to_wgs84(frame)
    properties = placed.drop(columns="geometry").to_dict("records")
    shapes = placed.geometry.to_numpy()
    features = [
        {
            "type": "Feature",
            "id": str(row[id_column]),
            "properties": {key: _plain(value) for key, value in row.items()},
            "geometry": shapely.geometry.mapping(shape),
        }
        for row, shape in zip(properties, shapes, strict=True)
    ]
    head: dict[str, Any] = {"type": "FeatureCollection", "infraplan": dict(about)}
    if len(placed):
        head["bbox"] = [round(float(v), DECIMALS) for v in placed.total_bounds]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    return f'{opening}, "features": [\n{lines}\n]}}\n'


def _plain(value: Any) -> Any:
    """Convert a numpy value to its JSON type, NaN to null, and round long decimals."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if not np.isfinite(value) else round(float(value), 6)
    return str(value)
