"""The study's layers as the maps and the sheets name them: what a layer does to the ground says what it is."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from infraplan import sheets
from infraplan.layers import LayerEntry
from infraplan.study import Study

# effect of a layer -> its name on the browser map and on the sheet
NAMES = {
    "class:waterway": ("water", "waterways"),
    "class:water": ("water", "water_areas"),
    "class:motorway": ("motorways", "motorways"),
    "class:railway": ("railways", "railways"),
    "class:urban": ("settlements", "settlements"),
    "class:protected": ("protected", "protected"),
    "class:port": ("ports", "port_zones"),
    "class:pipeline_strip": ("pipelines", "pipelines"),
}
# layers without an effect of their own, and the blocked sea, are known by their id
KNOWN_IDS = ("sea", "land", "borders")
FILLED = {"water": {"width_m": 0.0}, "settlements": {"name": "", "population": 0.0}}


def list_for_map(study: Study, *, language: str) -> dict[str, gpd.GeoDataFrame]:
    """The ground of the browser map, in WGS84."""
    crs = "EPSG:4326"
    frames: dict[str, list[gpd.GeoDataFrame]] = {}
    for entry, (name, _) in _drawn(study):
        frames.setdefault(name, []).append(_fill(study.stack.read(entry.id, crs=crs), name))
    ground = {name: gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs) for name, parts in frames.items()}
    ground["clusters"] = _clusters(study, language).to_crs(crs)
    if len(study.substations):
        ground["substations"] = study.substations[["name", "geometry"]].to_crs(crs)
    return ground


def list_for_sheet(study: Study, *, language: str) -> dict[str, gpd.GeoDataFrame]:
    """The ground of the printed sheet, in the study's CRS."""
    ground = {name: study.stack.read(entry.id, crs=study.settings.crs) for entry, (_, name) in _drawn(study)}
    ground["clusters"] = _clusters(study, language)
    return {name: frame for name, frame in ground.items() if name in sheets.BASEMAP_IDS}


def _drawn(study: Study) -> Iterator[tuple[LayerEntry, tuple[str, str]]]:
    for entry in study.stack.entries:
        if entry.is_raster:
            continue
        if entry.id in KNOWN_IDS:
            yield entry, (entry.id, entry.id)
        elif entry.effect in NAMES:
            yield entry, NAMES[entry.effect]


def _fill(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    for column, value in FILLED.get(name, {}).items():
        frame[column] = frame[column].fillna(value) if column in frame else value
    return frame[[*FILLED.get(name, {}), "geometry"]]


def _clusters(study: Study, language: str) -> gpd.GeoDataFrame:
    column = f"short_{language}" if f"short_{language}" in study.clusters else "short_en"
    clusters = study.clusters[[column, "geometry"]].rename(columns={column: "name"})
    return gpd.GeoDataFrame(clusters, crs=study.clusters.crs)
