"""The sidebar: the question, and the button that asks it."""

from __future__ import annotations

import logging

import pandas as pd
import streamlit as st

from infraplan.delivery import localised
from infraplan.errors import InfraplanError, Problem
from infraplan.model import Scenario
from infraplan.study import Study
from infraplan.ui import job, session
from infraplan.ui.look import name_carrier
from infraplan.ui.session import language, say
from infraplan.ui.wording import name
from infraplan.words import LANGUAGES

log = logging.getLogger(__name__)

WATCH_EVERY_S = 1.0
SWITCHES = ("sites_off", "hubs_off", "clusters_off")
LANGUAGE_NAMES = {"en": "English", "nl": "Nederlands"}


def ask(study: Study) -> None:
    """Draw the sidebar and keep its answers as the session's scenario."""
    with st.sidebar:
        st.segmented_control(
            say("Language"),
            LANGUAGES,
            format_func=lambda code: LANGUAGE_NAMES[code],
            key="language",
            required=True,
            label_visibility="collapsed",
        )
        asked = _ask_scenario(study)
        off = {key: tuple(st.session_state[key]) for key in SWITCHES}
        st.session_state["scenario"] = asked.changed(**off)
        # Above the lists that grow and shrink: a button that moves under the mouse is not pressed.
        _propose(study)
        _ask_places(study)
        st.checkbox(
            say("OpenStreetMap tiles (needs network)"),
            key="tiles",
            help=say("Off: the map works without a network. On: the browser fetches tiles from openstreetmap.org."),
        )


def _ask_scenario(study: Study) -> Scenario:
    """Scenario, year, carriers and CO2 value; another scenario or year brings its own values along."""
    names = study.scenario_names()
    if st.session_state.get("scenario_name") not in names:
        st.session_state["scenario_name"] = names[0] if names else study.settings.default_scenario
        _take_over(study)
    titles = {name: study.scenario(name) for name in names}
    st.selectbox(
        say("Scenario"),
        names,
        format_func=lambda name: localised(titles[name], "title", language()),
        key="scenario_name",
        on_change=_take_over,
        args=(study,),
    )
    base = study.scenario(st.session_state["scenario_name"])
    st.caption(localised(base, "about", language()))
    milestones = study.settings.milestones
    if min(milestones) < max(milestones):
        st.slider(say("Year"), min(milestones), max(milestones), key="year", on_change=_take_value, args=(study,))
    st.pills(
        say("Carriers"),
        study.settings.carriers,
        selection_mode="multi",
        format_func=name_carrier,
        key="carriers",
    )
    st.number_input(
        say("Value of an avoided tonne of CO2 [EUR/t]"),
        step=10.0,
        format="%.0f",
        key="co2_value",
        help=say("A site is joined only where its pipes cost less than its avoided CO2 is worth."),
    )
    year, value = int(st.session_state["year"]), float(st.session_state["co2_value"])
    carriers = tuple(c for c in study.settings.carriers if c in st.session_state["carriers"])
    same_value = value == round(base.co2_value(year))
    values = base.co2_value_eur_per_t if same_value else {year: value}
    return base.changed(year=year, carriers=carriers, co2_value_eur_per_t=values)


def _take_over(study: Study) -> None:
    """Fill the sidebar with the answers of the chosen scenario."""
    base = study.scenario(st.session_state["scenario_name"])
    st.session_state["year"] = base.year
    st.session_state["carriers"] = list(base.carriers)
    for key in SWITCHES:
        st.session_state[key] = list(getattr(base, key))
    _take_value(study)


def _take_value(study: Study) -> None:
    base = study.scenario(st.session_state["scenario_name"])
    st.session_state["co2_value"] = float(round(base.co2_value(int(st.session_state["year"]))))


def _ask_places(study: Study) -> None:
    clusters = study.clusters.assign(name=study.clusters[f"name_{language()}"])
    with st.expander(say("Switch places off"), expanded=False):
        for title, places, column, key in (
            ("Sites switched off", study.sites, "site_id", "sites_off"),
            ("Hubs switched off", study.hubs, "hub_id", "hubs_off"),
            ("Clusters switched off", clusters, "cluster_id", "clusters_off"),
        ):
            labels = _label_places(places, column)
            # a place that has left the tables since cannot be switched
            st.session_state[key] = [place for place in st.session_state[key] if place in labels]
            st.multiselect(
                say(title),
                list(labels),
                format_func=labels.__getitem__,
                key=key,
                placeholder=say("None: all take part"),
            )


def _label_places(places: pd.DataFrame, column: str) -> dict[str, str]:
    """Names by id, in alphabetical order; a name that two places bear gets its id."""
    twice = places["name"].duplicated(keep=False)
    label = places["name"].where(~twice, places["name"] + " (" + places[column] + ")")
    return dict(sorted(zip(places[column], label, strict=True), key=lambda pair: pair[1].casefold()))


def _propose(study: Study) -> None:
    """The button; while a plan is made, its progress and a button to stop."""
    running = session.running_job()
    pressed = st.button(
        say("Propose corridors"), type="primary", width="stretch", disabled=running is not None, key="propose"
    )
    # a second press in the same breath starts no second search
    if pressed and running is None:
        with session.mistakes_told():
            running = _begin(study)
    if running is not None:
        _watch()


def _begin(study: Study) -> job.Job:
    asked = session.scenario()
    if not asked.carriers:
        raise InfraplanError(Problem(say("No carrier is chosen"), say("Choose at least one")))
    begun = job.start(study, asked, grounds=session.grounds(), previous=session.latest_plan())
    st.session_state["job"] = begun
    return begun


@st.fragment(run_every=WATCH_EVERY_S)
def _watch() -> None:
    begun = session.running_job()
    if begun is None:
        return
    if begun.done:
        st.rerun()
    title = say("Stopping") if begun.stop_asked.is_set() else say("Proposing corridors")
    box = st.status(title, expanded=True)
    box.progress(begun.share, text=name(begun.what))
    box.button(
        say("Stop"),
        key="stop",
        on_click=begun.stop,
        disabled=begun.stop_asked.is_set(),
        help=say("Ends the search; the best networks found so far are shown."),
    )
