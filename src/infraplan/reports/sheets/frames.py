"""Input of a sheet: checked at the start, with all problems in one error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from infraplan.core import ExportError, Problem, split_list

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
        "cost_meur_per_a",
        "capex_meur",
        "cost_eur_per_t",
    ),
    "segments": ("segment_id", "corridor_id", "carrier", "flow", "flow_unit"),
    "sites": ("site_id", "name", "co2_kt_per_a", "connected", "left_out"),
    "hubs": ("hub_id", "name", "carrier", "role", "flow", "flow_unit"),
}
BASEMAP_IDS = (
    "sea",
    "land",
    "protected",
    "settlements",
    "port_zones",
    "water_areas",
    "waterways",
    "borders",
    "railways",
    "motorways",
    "pipelines",
    "clusters",
    "towns",
)


def check_frames(frames: Frames, basemap: Frames) -> None:
    """Refuse missing frames and columns, frames without one common CRS in metres, and unknown basemap ids.

    Raises
    ------
    ExportError
        With one problem per frame and column.
    """
    problems = []
    for name, columns in PLAN_COLUMNS.items():
        if name not in frames:
            problems.append(Problem("map.missing_frame", file=name))
            continue
        problems += [
            Problem("map.missing_column", file=name, column=column)
            for column in columns
            if column not in frames[name].columns
        ]
    known = {"frames": tuple(PLAN_COLUMNS), "basemap": BASEMAP_IDS}
    for given, group in (("frames", frames), ("basemap", basemap)):
        problems += [
            Problem("map.unknown_frame", {"known": tuple(known[given])}, file=name)
            for name in group
            if name not in known[given]
        ]
    if not problems:
        problems += _check_crs(frames, basemap)
    if problems:
        raise ExportError(problems)


def _check_crs(frames: Frames, basemap: Frames) -> list[Problem]:
    crs = frames["corridors"].crs
    if crs is None or not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        return [Problem("map.not_in_metres", file="corridors", value=str(crs))]
    return [
        Problem("map.another_crs", {"crs": str(crs)}, file=name, value=str(frame.crs))
        for name, frame in {**basemap, **frames}.items()
        if frame.crs != crs
    ]


def list_known(basemap: Frames) -> list[gpd.GeoDataFrame]:
    """Return the basemap layers that show the extent of the basemap: land and sea, if it has them."""
    return [basemap[name] for name in ("land", "sea") if name in basemap and len(basemap[name])]


def lies_on(basemap: Frames, points: gpd.GeoSeries) -> pd.Series[bool]:
    """Return for each point whether it lies within the hull of land and sea.

    All do if the basemap has neither.
    """
    known = [shape for frame in list_known(basemap) for shape in frame.geometry]
    if not known:
        return pd.Series(data=True, index=points.index, dtype=bool)
    inside: pd.Series[bool] = points.within(shapely.convex_hull(shapely.GeometryCollection(known)))
    return inside


def read_number(cell: Any) -> float | None:
    """Return the number in a table cell; None if it is missing or infinite."""
    if cell is None or cell is pd.NA:
        return None
    number = float(cell)
    return number if np.isfinite(number) else None


def find_state(row: Any) -> str:
    """Return the state of a site: ``connected``, ``left out`` or ``not in plan``; left_out is a list or yes/no."""
    if split_list(row.connected):
        return "connected"
    left_out = row.left_out
    is_left_out = bool(split_list(left_out)) if isinstance(left_out, str) else left_out is not pd.NA and left_out == 1
    return "left out" if is_left_out else "not in plan"


def pick_name(row: Any, language: str) -> str:
    """Return the name of a place in the reader's language, else its own name, else an empty text."""
    for column in (f"name_{language}", "name"):
        name = getattr(row, column, None)
        if isinstance(name, str) and name.strip():
            return name.strip()
    return ""


def sum_all(column: pd.Series[Any]) -> float | None:
    """Return the total of a column, or None if a number is missing: a partial sum is not a total."""
    numbers = [read_number(cell) for cell in column]
    known = [number for number in numbers if number is not None]
    return float(sum(known)) if len(known) == len(numbers) else None
