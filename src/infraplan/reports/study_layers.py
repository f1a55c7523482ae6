"""Places of a study as map layers in WGS84, before there is a plan."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from infraplan.core import Scenario
from infraplan.reports import maps
from infraplan.study import Study

WGS84 = "EPSG:4326"


def lay_out(study: Study, language: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the study's sites and hubs as the layers of a plan without networks."""
    frames = {
        key: gpd.GeoDataFrame({column: [] for column in columns}, geometry=[], crs=WGS84)
        for key, columns in maps.PLAN_COLUMNS.items()
    }
    inside = _spell(study, study.sites[study.inside(study.sites)], language)
    frames["sites"] = inside.assign(connected="", left_out="", in_area=True).to_crs(WGS84)
    hubs = _spell(study, study.hubs, language).assign(
        flow=0.0, capacity=float("nan"), flow_unit=study.hubs["capacity_unit"]
    )
    frames["hubs"] = hubs.to_crs(WGS84)
    return frames


def _spell(study: Study, places: gpd.GeoDataFrame, language: str) -> gpd.GeoDataFrame:
    return places.assign(name=study.spell(places["name"], language))


def find_view(study: Study, scenario: Scenario) -> maps.Bounds:
    """Return west, south, east, north [deg] of the sites that take part in a scenario."""
    sites = study.sites[study.inside(study.sites) & ~study.sites["cluster"].isin(scenario.clusters_off)].to_crs(WGS84)
    return maps.find_bounds({"sites": sites} | dict.fromkeys(("corridors", "hubs"), sites.iloc[:0]))


def place_amounts(study: Study, needed: pd.DataFrame, *, carrier: str, role: str, language: str) -> gpd.GeoDataFrame:
    """Return the amount of one carrier and role per place as points, largest first."""
    mine = needed[(needed["carrier"] == carrier) & (needed["role"] == role)]
    table = mine.groupby(["place_id", "sector", "unit"], as_index=False)["amount"].sum()
    places = pd.concat(
        [
            study.sites.rename(columns={"site_id": "place_id"})[["place_id", "name", "lon", "lat"]],
            study.heat_areas.rename(columns={"area_id": "place_id"})[["place_id", "name", "lon", "lat"]],
        ]
    )
    places["name"] = study.spell(places["name"], language)
    table = table.merge(places, on="place_id").sort_values("amount", ascending=False, ignore_index=True)
    table["sector"] = table["sector"].map(lambda sector: study.titles.name_sector(sector, language))
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84)
