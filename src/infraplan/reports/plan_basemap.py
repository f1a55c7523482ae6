"""The basemap of maps and sheets, from the study's own layers."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from infraplan.study import BASEMAP_PARTS, WIDTH_FIELD, Study

# names of basemap parts on the browser map, where they differ
_MAP_NAMES = {"port_zones": "ports"}


_WATER = ("water_areas", "waterways")


# parts whose names are written on the map
_NAMED_PARTS = ("towns", "settlements")


def _name_clusters(study: Study, language: str) -> gpd.GeoDataFrame:
    """Return the clusters with the names for a map."""
    return study.clusters.assign(name=study.clusters[f"short_{language}"])[["name", "geometry"]]


def map_basemap(study: Study, *, language: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the schematic basemap in WGS84, for the browser map."""
    parts = basemap(study, language=language)
    water = [parts.pop(name) for name in _WATER if name in parts]
    if water:
        joined = pd.concat(water, ignore_index=True)
        if WIDTH_FIELD not in joined:
            joined[WIDTH_FIELD] = 0.0
        parts["water"] = gpd.GeoDataFrame(joined, crs=water[0].crs)
    parts["clusters"] = _name_clusters(study, language)
    parts["substations"] = study.substations
    return {_MAP_NAMES.get(part, part): frame.to_crs("EPSG:4326") for part, frame in parts.items() if len(frame)}


def basemap(study: Study, *, language: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers that the catalogue marks as drawn, by part of the basemap, in the study's CRS."""
    parts: dict[str, gpd.GeoDataFrame] = {}
    for part in BASEMAP_PARTS:
        frames = [
            study.stack.read(entry.id, crs=study.settings.crs)
            for entry in study.stack.entries
            if entry.drawn_as == part and not entry.is_raster
        ]
        if frames:
            parts[part] = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=study.settings.crs)
    for part in _NAMED_PARTS:
        if part in parts and "name" in parts[part]:
            parts[part]["name"] = study.spell(parts[part]["name"], language)
    return _with_foreign_towns(parts)


def _with_foreign_towns(parts: dict[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """Add to the towns the settlements of countries without towns in the layer."""
    towns, settlements = parts.get("towns"), parts.get("settlements")
    if towns is not None and settlements is not None and {"country"} <= {*towns, *settlements}:
        foreign = settlements[~settlements["country"].isin(towns["country"])]
        points = foreign.assign(geometry=foreign.geometry.centroid)
        columns = ["name", "population", "geometry"]
        parts["towns"] = gpd.GeoDataFrame(
            pd.concat([towns[columns], points[columns]], ignore_index=True), crs=towns.crs
        )
    return parts
