"""The map on the screen: the only place that knows the map component."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st
import streamlit_folium

from infraplan import delivery, maps
from infraplan.maps.cards import UNIT_WORDS
from infraplan.maps.frames import escape
from infraplan.study import Study
from infraplan.style import CARRIER_STYLE
from infraplan.ui.session import Answer, language, number, say

HEIGHT_PX = 560
# Scripts travel with the map: no folder is served and nothing is fetched.
SCRIPTS = "data"
# The count makes a second click on the same thing count as news.
RETURNED = ("last_active_drawing", "last_object_clicked_count")


def show_plan(answer: Answer, *, chosen: str) -> str:
    """Show the plan and return the corridor that was clicked, or nothing."""
    drawn, groups = maps.app_map(
        answer.frames,
        basemap=_ground(answer.plan.study),
        language=language(),
        bounds=_keep_bounds(answer),
        scripts=SCRIPTS,
        tiles=_tiles(),
        chosen=chosen,
    )
    for group in groups:
        _drop_cards(group)
    return _clicked(_show(drawn, groups, key=f"map-{language()}-{_tiles()}"))


def show_legend(answer: Answer) -> None:
    """What lines, discs and squares mean."""
    st.html(maps.legend(answer.frames, language=language(), basemap=_ground(answer.plan.study)))


def show_study(study: Study) -> None:
    """Show the study's sites and hubs, before there is a plan."""
    frames = _without_plan(study)
    drawn, groups = maps.app_map(
        frames, basemap=_ground(study), language=language(), scripts=SCRIPTS, tiles=_tiles()
    )
    for group in groups:
        if group.layer_name == say("Sites left out"):
            group.layer_name = say("Sites")
    _show(drawn, groups, key=f"study-{language()}-{_tiles()}")


def _show(drawn: Any, groups: list[Any], *, key: str) -> dict[str, Any]:
    seen: dict[str, Any] | None = streamlit_folium.st_folium(
        drawn,
        key=key,
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=RETURNED,
        feature_group_to_add=groups,
        # The maps hand over no layer control, and folium itself stays in their room.
        layer_control=streamlit_folium.folium.LayerControl(collapsed=True),
    )
    return seen or {}


def _clicked(seen: dict[str, Any]) -> str:
    """The corridor of a click that was not answered yet."""
    count = seen.get("last_object_clicked_count") or 0
    if count == st.session_state.get("map_clicks", 0):
        return ""
    st.session_state["map_clicks"] = count
    feature = seen.get("last_active_drawing") or {}
    return str((feature.get("properties") or {}).get("corridor_id") or "")


def _keep_bounds(answer: Answer) -> tuple[float, float, float, float]:
    """The view of the first plan: a new plan changes the drawing and not the view."""
    study = answer.plan.study
    if st.session_state.get("bounds_of") is not study:
        st.session_state["bounds_of"] = study
        st.session_state["bounds"] = maps.find_bounds({**answer.frames, "hubs": answer.frames["hubs"].iloc[:0]})
    kept: tuple[float, float, float, float] = st.session_state["bounds"]
    return kept


def _drop_cards(group: Any) -> None:
    """Take the pop-up cards off corridors: their card stands beside the map."""
    for layer in group._children.values():
        for feature in getattr(layer, "data", {}).get("features", ()):
            if "corridor_id" in feature["properties"]:
                feature["properties"].pop("card", None)


def _tiles() -> str | None:
    return "osm" if st.session_state.get("tiles") else None


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Study: id})
def _draw_ground(study: Study, language: str) -> dict[str, gpd.GeoDataFrame]:
    return delivery.map_basemap(study, language=language)


def _ground(study: Study) -> dict[str, gpd.GeoDataFrame]:
    return _draw_ground(study, language())


def _without_plan(study: Study) -> dict[str, gpd.GeoDataFrame]:
    """The study's places as frames of a plan in which nothing is built."""
    frames = {
        name: gpd.GeoDataFrame({column: [] for column in columns}, geometry=[], crs="EPSG:4326")
        for name, columns in maps.PLAN_COLUMNS.items()
    }
    inside = study.sites[study.inside(study.sites)]
    frames["sites"] = inside.assign(connected="", left_out="", in_area=True).to_crs("EPSG:4326")
    hubs = study.hubs.assign(flow=0.0, capacity=float("nan"), flow_unit=study.hubs["capacity_unit"])
    frames["hubs"] = hubs.to_crs("EPSG:4326")
    return frames


def show_needs(study: Study, places: pd.DataFrame, *, carrier: str, title: str) -> None:
    """Show one carrier's amounts as discs whose area grows with the amount."""
    frames = _without_plan(study)
    frames["hubs"] = frames["hubs"].iloc[:0]
    points = gpd.GeoDataFrame(
        places, geometry=gpd.points_from_xy(places["lon"], places["lat"]), crs="EPSG:4326"
    )
    disguised = points.assign(
        site_id=points["place_id"],
        cluster="",
        co2_kt_per_a=points["amount"],
        connected=carrier,
        left_out="",
        in_area=True,
    )
    frames["sites"] = disguised
    drawn, groups = maps.app_map(
        frames, basemap=_ground(study), language=language(), scripts=SCRIPTS, tiles=_tiles()
    )
    told = {
        row.place_id: f"{escape(row.name)} ({escape(say(row.sector))}): {number(row.amount, 1)} {say(UNIT_WORDS[row.unit])}"
        for row in places.itertuples(index=False)
    }
    for group in groups:
        group.layer_name = title
        _retell(group, told, CARRIER_STYLE[carrier].colour)
    _show(drawn, groups, key=f"needs-{language()}-{_tiles()}")


def _retell(group: Any, told: dict[str, str], colour: str) -> None:
    """Give discs the carrier's colour and their own tooltip: the maps know discs of CO2 only."""
    for layer in group._children.values():
        paint = getattr(layer, "style_function", None)
        if paint is None:
            continue
        layer.style_function = lambda feature, paint=paint: {
            **paint(feature),
            "fillColor": colour,
            "fillOpacity": 0.62,
        }
        for feature in layer.data["features"]:
            feature["properties"]["tip"] = told[feature["properties"]["site_id"]]
            feature["properties"].pop("card")
