"""The map on the screen: the only place that knows the map component."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st
import streamlit_folium

from infraplan.core import CARRIER_STYLE
from infraplan.reports import maps
from infraplan.study import Study
from infraplan.ui import session, summary
from infraplan.ui.session import Answer, language, number, say
from infraplan.ui.wording import name_sector, name_unit

# until the map is on the page: then it fills the screen, and what stands beside it is as high (see ``look.STYLE``)
HEIGHT_PX = 540
# Under this name the component leaves in the session what was done on the map, before the screen is drawn.
KEY = "map-{}"
DISC_OPACITY = 0.62
# The count makes a second click on the same thing count as news.
RETURNED = ("last_active_drawing", "last_object_clicked_count")

Frames = dict[str, gpd.GeoDataFrame]
# the pipes and the sites of a comparison
Changed = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]


def show_plan(answer: Answer, *, chosen: str) -> None:
    """Show the plan, with one corridor emphasised (see ``find_clicked``)."""
    text = _once(("plan", answer.number, language(), chosen), lambda: _print_plan(answer, chosen))
    _show("plan", text, number=answer.number)


def write_changing(answer: Answer, *, changes: Changed | None) -> str:
    """Write the plan for :func:`show_changing`; against an earlier plan, ``changes`` tells what came, went and grew."""
    key = ("changing", answer.number, language(), None if changes is None else id(changes))
    return _once(key, lambda: _print_changing(answer, changes))


def show_changing(answer: Answer, text: str, *, shapes: Sequence[maps.Shape], pending: bool) -> None:
    """Show the plan as it was written, with tools to draw.

    ``shapes`` are those of the question; ``pending`` keeps a new one in sight while it waits for its name.
    """
    told = [maps.tell_shape(shape) for shape in shapes]
    _show("draw", text, draw=True, shapes=told, pending=pending, number=answer.number)


def show_study(study: Study) -> None:
    """Show the study's sites and hubs, before there is a plan."""
    _show("study", _once(("study", session.edition(), language()), lambda: _print_study(study)))


def show_needs(study: Study, places: pd.DataFrame, *, carrier: str, title: str) -> None:
    """Show one carrier's amounts as discs whose area grows with the amount."""
    _show("needs", _once(("needs", id(places), language(), title), lambda: _print_needs(study, places, carrier, title)))


def show_legend(answer: Answer) -> None:
    """What lines, discs and squares mean."""
    st.html(maps.legend(answer.frames, language=language(), basemap=session.basemap(), themed=True))


def find_clicked() -> str:
    """The corridor of a click on the plan that was not answered yet, or nothing."""
    return _find_clicked("plan", "corridor_id")


def find_clicked_place() -> tuple[str, str]:
    """Site and hub of a click on the map to draw on that was not answered yet; nothing for neither."""
    feature = _find_news("draw")
    return str(feature.get("site_id") or ""), str(feature.get("hub_id") or "")


def find_drawn() -> list[dict[str, Any]] | None:
    """Every shape on the map as GeoJSON, if something was drawn, changed or deleted since the last look."""
    seen = st.session_state.get(KEY.format("draw")) or {}
    drawn = seen.get("all_drawings")
    if drawn is None or drawn == st.session_state.get("drawn_seen"):
        return None
    st.session_state["drawn_seen"] = drawn
    return list(drawn)


def _find_clicked(kind: str, column: str) -> str:
    return str(_find_news(kind).get(column) or "")


def _find_news(kind: str) -> dict[str, Any]:
    """Properties of what was clicked since the last look."""
    seen = st.session_state.get(KEY.format(kind)) or {}
    count = seen.get("last_object_clicked_count") or 0
    if count == st.session_state.get(f"clicks-{kind}", 0):
        return {}
    st.session_state[f"clicks-{kind}"] = count
    return (seen.get("last_active_drawing") or {}).get("properties") or {}


def _show(kind: str, text: str, *, draw: bool = False, **options: Any) -> None:
    ground = session.printed_ground(
        session.find_view(),
        draw=draw,
        tiles=bool(st.session_state.get("tiles")),
    )
    streamlit_folium.st_folium(
        maps.GroundMap(ground),
        key=KEY.format(kind),
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=(*RETURNED, "all_drawings") if draw else RETURNED,
        feature_group_to_add=[maps.Laid(text, large=bool(st.session_state.get("large")), **options)],
    )


def _once(key: tuple[Any, ...], write: Callable[[], str]) -> str:
    """What a map of this kind shows, written once: a visitor's own, one per kind."""
    written = st.session_state.setdefault("printed", {})
    if key[0] not in written or written[key[0]][0] != key:
        written[key[0]] = key, write()
    return str(written[key[0]][1])


def _print_plan(answer: Answer, chosen: str) -> str:
    # the card of a corridor stands beside the map
    return maps.print_layers(maps.plan_layers(answer.frames, language=language(), chosen=chosen, cards=False))


def _print_changing(answer: Answer, changes: Changed | None) -> str:
    groups = maps.plan_layers(answer.frames, language=language(), cards=False)
    if changes is not None:
        lines, sites = changes
        groups = maps.change_layers(groups, lines, sites=sites, language=language())
    return maps.print_layers(groups)


def _print_study(study: Study) -> str:
    frames = _without_plan(study)
    groups = maps.plan_layers(frames, language=language(), cards=False)
    for group in groups:
        # without a plan no site is left out
        if group.listed["title"] == say("Sites left out"):
            group.listed["title"] = say("Sites")
    return maps.print_layers(groups)


def _print_needs(study: Study, places: pd.DataFrame, carrier: str, title: str) -> str:
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
        row.place_id: f"{maps.escape(row.name)} ({maps.escape(name_sector(row.sector))}): "
        f"{number(row.amount, 1)} {name_unit(row.unit)}"
        for row in summary.list_rows(places)
    }
    groups = maps.plan_layers(frames, language=language(), cards=False)
    for group in groups:
        group.listed["title"] = title
        _retell(group, told, CARRIER_STYLE[carrier].colour)
    return maps.print_layers(groups)


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
    return lambda feature: {**paint(feature), "fillColor": colour, "fillOpacity": DISC_OPACITY, "slices": []}


def _without_plan(study: Study) -> Frames:
    """The study's places as frames of a plan in which nothing is built."""
    frames = {
        key: gpd.GeoDataFrame({column: [] for column in columns}, geometry=[], crs="EPSG:4326")
        for key, columns in maps.PLAN_COLUMNS.items()
    }
    inside = _spell(study, study.sites[study.inside(study.sites)])
    frames["sites"] = inside.assign(connected="", left_out="", in_area=True).to_crs("EPSG:4326")
    hubs = _spell(study, study.hubs).assign(flow=0.0, capacity=float("nan"), flow_unit=study.hubs["capacity_unit"])
    frames["hubs"] = hubs.to_crs("EPSG:4326")
    return frames


def _spell(study: Study, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return places.assign(name=study.spell(places["name"], language()))
