"""The map on the screen: the only place that knows the map component."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st
import streamlit_folium

from infraplan import maps
from infraplan.maps.cards import UNIT_WORDS
from infraplan.maps.frames import escape
from infraplan.study import Study
from infraplan.style import CARRIER_STYLE
from infraplan.ui import session, summary
from infraplan.ui.session import Answer, language, number, say
from infraplan.ui.wording import name

HEIGHT_PX = 560
# Under this name the component leaves in the session what was clicked, before the screen is drawn.
KEY = "map-{}"
DISC_OPACITY = 0.62
# Scripts travel with the map: no folder is served and nothing is fetched.
SCRIPTS = "data"
# The count makes a second click on the same thing count as news.
RETURNED = ("last_active_drawing", "last_object_clicked_count")

Frames = dict[str, gpd.GeoDataFrame]


def show_plan(answer: Answer, *, chosen: str) -> None:
    """Show the plan, with one corridor emphasised (see ``find_clicked``)."""
    groups = maps.plan_layers(answer.frames, language=language(), chosen=chosen)
    for group in groups:
        _drop_cards(group)
    _show("plan", answer.frames, groups)


def show_study(study: Study) -> None:
    """Show the study's sites and hubs, before there is a plan."""
    frames = _without_plan(study)
    groups = maps.plan_layers(frames, language=language())
    for group in groups:
        # without a plan no site is left out
        if group.layer_name == say("Sites left out"):
            group.layer_name = say("Sites")
    _show("study", frames, groups)


def show_needs(study: Study, places: pd.DataFrame, *, carrier: str, title: str) -> None:
    """Show one carrier's amounts as discs whose area grows with the amount."""
    frames = _without_plan(study)
    points = gpd.points_from_xy(places["lon"], places["lat"], crs="EPSG:4326")
    frames["hubs"] = frames["hubs"].iloc[:0]
    # the maps know discs of CO2 only: give them the amount in its place, and tell it right below
    frames["sites"] = gpd.GeoDataFrame(places, geometry=points).assign(
        site_id=places["place_id"],
        cluster="",
        co2_kt_per_a=places["amount"],
        connected=carrier,
        left_out="",
        in_area=True,
    )
    told = {
        row.place_id: f"{escape(row.name)} ({escape(name(row.sector))}): "
        f"{number(row.amount, 1)} {say(UNIT_WORDS[row.unit])}"
        for row in summary.list_rows(places)
    }
    groups = maps.plan_layers(frames, language=language())
    for group in groups:
        group.layer_name = title
        _retell(group, told, CARRIER_STYLE[carrier].colour)
    _show("needs", frames, groups)


def show_legend(answer: Answer) -> None:
    """What lines, discs and squares mean."""
    st.html(maps.legend(answer.frames, language=language(), basemap=session.basemap()))


def _show(kind: str, frames: Frames, groups: list[Any]) -> None:
    streamlit_folium.st_folium(
        _base_map(kind, frames),
        key=KEY.format(kind),
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=RETURNED,
        feature_group_to_add=groups,
        # The maps hand over no layer control, and folium itself stays in their room.
        layer_control=streamlit_folium.folium.LayerControl(collapsed=True),
    )


def _base_map(kind: str, frames: Frames) -> Any:
    """The ground, drawn once: a new plan changes what lies on it and not the view."""
    key = (session.edition(), language(), st.session_state.get("tiles", False))
    bases = st.session_state.setdefault("base_maps", {})
    if kind not in bases or bases[kind][0] != key:
        shown = maps.find_bounds({**frames, "hubs": frames["hubs"].iloc[:0]})
        drawn = maps.base_map(
            # a single place has no extent of its own
            shown,
            basemap=session.basemap(),
            language=language(),
            scripts=SCRIPTS,
            tiles="osm" if st.session_state.get("tiles") else None,
        )
        bases[kind] = key, drawn
    # The component marks the map that it is given: keep the first print clean. The shapes are only read.
    drawn = bases[kind][1]
    return copy.deepcopy(drawn, {id(shapes): shapes for shapes in _list_shapes(drawn)})


def _list_shapes(drawn: Any) -> Iterator[Any]:
    for child in drawn._children.values():
        if hasattr(child, "data"):
            yield child.data
        yield from _list_shapes(child)


def find_clicked() -> str:
    """The corridor of a click on the plan that was not answered yet, or nothing."""
    seen = st.session_state.get(KEY.format("plan")) or {}
    count = seen.get("last_object_clicked_count") or 0
    if count == st.session_state.get("map_clicks", 0):
        return ""
    st.session_state["map_clicks"] = count
    feature = seen.get("last_active_drawing") or {}
    return str((feature.get("properties") or {}).get("corridor_id") or "")


def _drop_cards(group: Any) -> None:
    """Take the pop-up cards off corridors: their card stands beside the map."""
    for layer in group._children.values():
        for feature in getattr(layer, "data", {}).get("features", ()):
            if "corridor_id" in feature["properties"]:
                feature["properties"].pop("card", None)


def _retell(group: Any, told: dict[str, str], colour: str) -> None:
    """Give discs the carrier's colour and their own tooltip."""
    for layer in group._children.values():
        if not hasattr(layer, "style_function"):
            continue
        layer.style_function = _repaint(layer.style_function, colour)
        for feature in layer.data["features"]:
            feature["properties"]["tip"] = told[feature["properties"]["site_id"]]
            feature["properties"].pop("card")


def _repaint(paint: Callable[[Any], dict[str, Any]], colour: str) -> Callable[[Any], dict[str, Any]]:
    return lambda feature: {**paint(feature), "fillColor": colour, "fillOpacity": DISC_OPACITY}


def _without_plan(study: Study) -> Frames:
    """The study's places as frames of a plan in which nothing is built."""
    frames = {
        key: gpd.GeoDataFrame({column: [] for column in columns}, geometry=[], crs="EPSG:4326")
        for key, columns in maps.PLAN_COLUMNS.items()
    }
    inside = study.sites[study.inside(study.sites)]
    frames["sites"] = inside.assign(connected="", left_out="", in_area=True).to_crs("EPSG:4326")
    hubs = study.hubs.assign(flow=0.0, capacity=float("nan"), flow_unit=study.hubs["capacity_unit"])
    frames["hubs"] = hubs.to_crs("EPSG:4326")
    return frames
