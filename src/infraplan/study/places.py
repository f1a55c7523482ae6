"""Places of a study: points, names, clusters."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import pandas as pd

from infraplan.core import M_PER_KM
from infraplan.study.study import Study


def list_places(study: Study) -> gpd.GeoDataFrame:
    """Return place_id and point of every site and heat area."""
    frames = ((study.sites, "site_id"), (study.heat_areas, "area_id"))
    places = [frame.rename(columns={key: "place_id"})[["place_id", "geometry"]] for frame, key in frames]
    return gpd.GeoDataFrame(pd.concat(places, ignore_index=True), crs=study.sites.crs)


def name_places(study: Study, *, language: str = "") -> pd.Series[str]:
    """Return the names of sites, heat areas and hubs by id; without a language, as written in the tables."""
    frames = ((study.sites, "site_id"), (study.heat_areas, "area_id"), (study.hubs, "hub_id"))
    names = pd.Series(pd.concat([frame.set_index(key)["name"] for frame, key in frames]), dtype=object)
    return study.spell(names, language)


def corridor_names(study: Study, *, language: str) -> Callable[[str, str], str]:
    """Return a function that names the corridor between two clusters; a hub without cluster counts as its own."""
    clusters = study.clusters.set_index("cluster_id")
    names = name_places(study, language=language)
    column = f"short_{language}" if f"short_{language}" in clusters else "short_en"

    def short(place: str) -> str:
        if place in clusters.index:
            return str(clusters.loc[place, column])
        return str(names.get(place, place))

    return lambda a, b: short(a) if a == b else " - ".join(sorted((short(a), short(b))))


def clusters_of(study: Study) -> dict[str, str]:
    """Return the cluster of every place.

    A site has its own cluster. A hub or heat area belongs to the nearest cluster, measured in radii of the cluster;
    beyond the reach of every cluster it is its own.
    """
    cluster_of = dict(zip(study.sites["site_id"], study.sites["cluster"], strict=True))
    for frame, key in ((study.hubs, "hub_id"), (study.heat_areas, "area_id")):
        for place_id, near in zip(frame[key], study.clusters_near(list(frame.geometry)), strict=True):
            cluster_of[place_id] = near or str(place_id)
    return cluster_of


def cluster_radii(study: Study) -> dict[str, float]:
    """Return the typical radius [m] of each cluster."""
    radius_m = study.clusters["radius_km"] * M_PER_KM
    return dict(zip(study.clusters["cluster_id"], radius_m, strict=True))
