"""The frames that maps take, checked, and made into GeoJSON that a browser can draw.

Every frame is checked first: known name, WGS84, all columns present. Every text from a table is escaped before it
goes into HTML.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from infraplan.core import NO_VALUE, ExportError, Phrase, Problem

WGS84 = "EPSG:4326"

Frames = Mapping[str, gpd.GeoDataFrame]

PLAN_COLUMNS: dict[str, tuple[str, ...]] = {
    "corridors": (
        "corridor_id",
        "name",
        "rank",
        "carriers",
        "users",
        "length_km",
        "co2_avoided_kt_per_a",
        "co2_avoided_gross_kt_per_a",
        "co2_flow_kt_per_a",
        "h2_flow_gwh_per_a",
        "heat_flow_gwh_per_a",
        "diameter_co2_mm",
        "diameter_h2_mm",
        "diameter_heat_mm",
        "capex_meur",
        "cost_meur_per_a",
        "cost_eur_per_t",
    ),
    "segments": (
        "segment_id",
        "corridor_id",
        "carrier",
        "flow",
        "flow_unit",
        "diameter_mm",
        "length_km",
        "shared_with_carriers",
    ),
    "sites": ("site_id", "name", "sector", "cluster", "co2_kt_per_a", "connected", "left_out", "in_area"),
    "hubs": ("hub_id", "name", "carrier", "role", "flow", "flow_unit", "capacity"),
    "stations": ("booster_id", "carrier", "suction_bar", "discharge_bar", "power_mw", "capex_meur"),
}
# more columns, for the cards of corridors
CARD_COLUMNS = ("shared_with", "first_year")
BASEMAP_COLUMNS: dict[str, tuple[str, ...]] = {
    "sea": (),
    "land": (),
    "water": ("width_m",),
    "borders": (),
    "motorways": (),
    "railways": (),
    "settlements": ("name", "population"),
    "towns": ("name", "population"),
    "clusters": ("name",),
    "ports": (),
    "protected": (),
    "pipelines": (),
    "substations": (),
}


def check_frames(frames: Frames, columns: Mapping[str, tuple[str, ...]], *, complete: bool) -> None:
    """Refuse unknown or missing frames, another CRS than WGS84, and missing columns; list all problems at once.

    Raises
    ------
    ExportError
        With one problem per frame and column.
    """
    problems = [
        Problem("map.unknown_frame", {"known": tuple(columns)}, file=name) for name in frames if name not in columns
    ]
    if complete:
        problems += [Problem("map.missing_frame", file=name) for name in columns if name not in frames]
    for name, frame in frames.items():
        if frame.crs is None or frame.crs.to_epsg() != 4326:
            problems.append(Problem("map.not_wgs84", {"crs": WGS84}, file=name, value=str(frame.crs)))
        problems += _check_geometry(name, frame)
        problems += [
            Problem("map.missing_column", file=name, column=column)
            for column in columns.get(name, ())
            if column not in frame.columns
        ]
    if problems:
        raise ExportError(problems)


def _check_geometry(name: str, frame: gpd.GeoDataFrame) -> list[Problem]:
    if frame.geometry.name != "geometry":
        return [Problem("map.geometry_name", file=name)]
    missing = int((frame.geometry.isna() | frame.geometry.is_empty).sum())
    if missing:
        return [Problem("map.no_geometry", file=name, value=Phrase("phrase.rows", {"count": missing}))]
    return []


def escape(text: object) -> str:
    """Return a text from a table, safe inside HTML and inside the templates that folium renders twice.

    Braces are escaped too: folium runs rendered scripts through its template engine again, where a name with two
    braces would be executed. A missing text becomes a dash.

    >>> escape("<b>{{ 7*7 }}</b>")
    '&lt;b&gt;&#123;&#123; 7*7 &#125;&#125;&lt;/b&gt;'
    """
    if text is pd.NA or text is None or text != text:
        return NO_VALUE
    return html.escape(str(text)).replace("{", "&#123;").replace("}", "&#125;")


def make_feature(geometry: Any, number: int, *, digits: int, **properties: object) -> dict[str, Any]:
    """Return one GeoJSON feature with coordinates rounded to some digits [deg]."""
    (feature,) = make_features([geometry], [properties], digits=digits)
    return feature | {"id": str(number)}


def make_features(
    geometries: Sequence[Any], properties: Iterable[Mapping[str, object]], *, digits: int
) -> list[dict[str, Any]]:
    """Return numbered GeoJSON features with coordinates rounded to some digits [deg]."""
    rounded = shapely.transform(np.array(geometries, dtype=object), lambda xy: np.round(xy, digits))
    return [
        {"type": "Feature", "id": str(number), "properties": mine, "geometry": json.loads(text)}
        for number, (mine, text) in enumerate(zip(properties, shapely.to_geojson(rounded), strict=True))
    ]


def make_collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a GeoJSON feature collection."""
    return {"type": "FeatureCollection", "features": list(features)}


def read_number(value: object) -> float | None:
    """Return the number of a table cell; None where it is missing (None, NaN, NA)."""
    if value is None or isinstance(value, str):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except TypeError:  # pandas.NA refuses to become a float
        return None
    return number if np.isfinite(number) else None
