"""The map on the screen: the only module that knows the map component."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st
import streamlit_folium

from infraplan.core import Scenario
from infraplan.reports import maps, study_layers
from infraplan.study import Study
from infraplan.ui import keys, session
from infraplan.ui.session import Answer, language, say
from infraplan.ui.state import current
from infraplan.ui.variants import Compared

if TYPE_CHECKING:
    import pandas as pd

# Height until the map is drawn: then it fills the screen, and what stands beside it is as high (see ``look.STYLE``).
HEIGHT_PX = 540
# With the count, a second click on the same thing is seen as another click.
RETURNED = ("last_active_drawing", "last_object_clicked_count")


def show_plan(answer: Answer, *, chosen: str) -> None:
    """Show the plan, with one corridor emphasised; a click on it is found by ``find_clicked``."""
    text = _once(("plan", answer.number, language(), chosen), lambda: _print_plan(answer, chosen))
    _show("plan", text, number=answer.number)


def write_changing(answer: Answer, *, compared: Compared | None) -> str:
    """Write the plan for :func:`show_changing`, with what came, went and grew where it is compared with another."""
    key = ("changing", answer.number, language(), None if compared is None else id(compared))
    return _once(key, lambda: _print_changing(answer, compared))


def show_changing(answer: Answer, text: str, *, shapes: Sequence[maps.Shape], pending: bool) -> None:
    """Show the plan as it was written, with tools to draw.

    ``shapes`` are those of the scenario; ``pending`` keeps a new one in sight while it waits for its name.
    """
    described = [maps.describe_shape(shape) for shape in shapes]
    _show("draw", text, draw=True, shapes=described, pending=pending, number=answer.number)


def show_study(study: Study) -> None:
    """Show the study's sites and hubs, before there is a plan."""
    _show("study", _once(("study", session.edition(), language()), lambda: _print_study(study)))


def show_needs(study: Study, scenario: Scenario, needed: pd.DataFrame, *, carrier: str, role: str, title: str) -> None:
    """Show one carrier's amounts as discs whose area grows with the amount."""
    spoken = language()

    def write() -> str:
        places = study_layers.place_amounts(study, needed, carrier=carrier, role=role, language=spoken)
        return maps.print_layers(maps.amount_layers(places, carrier=carrier, title=title, language=spoken))

    _show("needs", _once(("needs", session.edition(), scenario, carrier, role, spoken), write))


def show_legend(answer: Answer) -> None:
    """Show what lines, discs and squares mean."""
    st.html(maps.legend(answer.frames, language=language(), basemap=session.basemap(), themed=True))


def find_clicked() -> str:
    """Return the corridor of a click on the plan that was not answered yet, or nothing."""
    return str(_find_news("plan").get("corridor_id") or "")


def find_clicked_place() -> tuple[str, str]:
    """Return site and hub of a click on the map to draw on that was not answered yet; nothing for neither."""
    feature = _find_news("draw")
    return str(feature.get("site_id") or ""), str(feature.get("hub_id") or "")


def find_drawn() -> list[dict[str, Any]] | None:
    """Return every shape on the map (GeoJSON), if one was drawn, changed or deleted since the last look."""
    now, drawn = current(), _read_map("draw").get("all_drawings")
    if drawn is None or drawn == now.shapes_seen:
        return None
    now.shapes_seen = drawn
    return list(drawn)


def _read_map(kind: str) -> dict[str, Any]:
    """Return what was done on a map: the component leaves it in the session before the page is drawn."""
    return st.session_state.get(keys.MAP.format(kind)) or {}


def _find_news(kind: str) -> dict[str, Any]:
    """Return the properties of what was clicked since the last look."""
    clicks, seen = current().clicks, _read_map(kind)
    count = seen.get("last_object_clicked_count") or 0
    if count == clicks.get(kind, 0):
        return {}
    clicks[kind] = count
    return (seen.get("last_active_drawing") or {}).get("properties") or {}


def _show(kind: str, text: str, *, draw: bool = False, **options: Any) -> None:
    basemap = session.printed_basemap(session.find_view(), draw=draw)
    streamlit_folium.st_folium(
        maps.AppMap(basemap),
        key=keys.MAP.format(kind),
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=(*RETURNED, "all_drawings") if draw else RETURNED,
        feature_group_to_add=[maps.Laid(text, large=session.large_type(), **options)],
    )


def _once(key: tuple[Any, ...], write: Callable[[], str]) -> str:
    """Return what a kind of map shows, written once and kept in the session, one per kind."""
    printed, kind = current().printed, str(key[0])
    if kind not in printed or printed[kind][0] != key:
        printed[kind] = key, write()
    return printed[kind][1]


def _print_plan(answer: Answer, chosen: str) -> str:
    # the card of a corridor stands beside the map
    return maps.print_layers(maps.plan_layers(answer.frames, language=language(), chosen=chosen, cards=False))


def _print_changing(answer: Answer, compared: Compared | None) -> str:
    groups = maps.plan_layers(answer.frames, language=language(), cards=False)
    if compared is not None:
        groups = maps.change_layers(groups, compared.segments, sites=compared.sites, language=language())
    return maps.print_layers(groups)


def _print_study(study: Study) -> str:
    groups = maps.plan_layers(study_layers.lay_out(study, language()), language=language(), cards=False)
    for group in groups:
        # without a plan no site is left out
        if group.listed["title"] == say("Sites left out"):
            group.listed["title"] = say("Sites")
    return maps.print_layers(groups)
