"""The sidebar: the language, and the question in its four broadest words."""

from __future__ import annotations

import streamlit as st

from infraplan.core import LANGUAGES, InfraplanError, Scenario
from infraplan.reports import captions
from infraplan.study import Study
from infraplan.ui import history, permalink, session
from infraplan.ui.choices import bind, labelled
from infraplan.ui.look import name_carrier
from infraplan.ui.session import language, say

LANGUAGE_NAMES = {"en": "English", "nl": "Nederlands"}
# the name of the question in the page's address
ADDRESS_KEY = "q"


def open_link(study: Study) -> None:
    """At the start of a session, take over the question of the page's address."""
    if history.begun():
        return
    text = st.query_params.get(ADDRESS_KEY, "")
    first = session.scenario()
    if text:
        try:
            history.begin(permalink.decode(study, text))
        except InfraplanError as error:
            history.begin(first)
            st.session_state["mistake"] = error


def keep_link(study: Study) -> None:
    """Write the question into the page's address, without anything that was drawn."""
    text = permalink.encode(study, session.scenario())
    if st.query_params.get(ADDRESS_KEY) != text:
        st.query_params[ADDRESS_KEY] = text


def ask(study: Study) -> None:
    """Draw the sidebar."""
    asked = session.scenario()
    with st.sidebar:
        st.segmented_control(
            say("Language"),
            LANGUAGES,
            format_func=lambda code: LANGUAGE_NAMES[code],
            key="language",
            required=True,
            label_visibility="collapsed",
        )
        _ask_scenario(study, asked)
        milestones = study.settings.milestones
        if min(milestones) < max(milestones):
            st.slider(
                say("Year"),
                min(milestones),
                max(milestones),
                **bind("year", asked.year, lambda year: history.alter(year=int(year))),
            )
        st.pills(
            say("Carriers"),
            study.settings.carriers,
            selection_mode="multi",
            format_func=name_carrier,
            **bind("carriers", list(asked.carriers), lambda chosen: _take_carriers(study, chosen)),
        )
        st.divider()
        st.toggle(
            say("Large type"),
            key="large",
            help=say("For a beamer: everything is written larger. Light or dark follows the setting of the computer."),
        )
        st.toggle(
            say("OpenStreetMap tiles (needs network)"),
            key="tiles",
            help=say("Off: the map works without a network. On: the browser fetches tiles from openstreetmap.org."),
        )


def _ask_scenario(study: Study, asked: Scenario) -> None:
    """The scenario to start from; another one keeps what was drawn."""
    names = study.scenario_names()
    titles = {name: study.scenario(name) for name in names}
    options = names if asked.name in names else [*names, asked.name]
    titles.setdefault(asked.name, asked)
    st.selectbox(
        say("Scenario"),
        options,
        format_func=lambda name: captions.localised(titles[name], "title", language()),
        **bind(labelled("scenario_name"), asked.name, lambda name: take_scenario(study, name)),
    )
    st.caption(captions.localised(titles[asked.name], "about", language()))


def take_scenario(study: Study, name: str) -> None:
    """Go to a scenario of the study, with what was drawn."""
    history.change(study.scenario(name).changed(drawing=session.scenario().drawing))


def _take_carriers(study: Study, chosen: list[str]) -> None:
    history.alter(carriers=tuple(carrier for carrier in study.settings.carriers if carrier in chosen))
