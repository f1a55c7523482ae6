"""The sidebar: language, scenario, year and carriers."""

from __future__ import annotations

import streamlit as st

from infraplan.core import LANGUAGES, InfraplanError, Scenario
from infraplan.reports import captions
from infraplan.study import Study
from infraplan.ui import history, keys, permalink, session
from infraplan.ui.choices import bind, labelled
from infraplan.ui.session import language, say
from infraplan.ui.state import current
from infraplan.ui.wording import name_carrier

LANGUAGE_NAMES = {"en": "English", "nl": "Nederlands"}
# the name of the scenario in the page's address
ADDRESS_KEY = "q"


def open_link(study: Study) -> None:
    """Take over the scenario of the page's address at the start of a session."""
    if history.begun():
        return
    text = st.query_params.get(ADDRESS_KEY, "")
    first = session.scenario()
    if text:
        try:
            history.begin(permalink.decode(study, text))
        except InfraplanError as error:
            history.begin(first)
            current().mistake = error


def keep_link(study: Study) -> None:
    """Write the scenario into the page's address, without anything that was drawn."""
    text = permalink.encode(study, session.scenario())
    if st.query_params.get(ADDRESS_KEY) != text:
        st.query_params[ADDRESS_KEY] = text


def show(study: Study) -> None:
    """Show the sidebar."""
    scenario = session.scenario()
    with st.sidebar:
        st.segmented_control(
            say("Language"),
            LANGUAGES,
            format_func=lambda code: LANGUAGE_NAMES[code],
            key=keys.LANGUAGE,
            required=True,
            label_visibility="collapsed",
        )
        _ask_scenario(study, scenario)
        milestones = study.settings.milestones
        if min(milestones) < max(milestones):
            st.slider(
                say("Year"),
                min(milestones),
                max(milestones),
                **bind(keys.YEAR, scenario.year, lambda year: history.alter(year=int(year))),
            )
        st.pills(
            say("Carriers"),
            study.settings.carriers,
            selection_mode="multi",
            format_func=name_carrier,
            **bind(keys.CARRIERS, list(scenario.carriers), lambda chosen: _take_carriers(study, chosen)),
        )
        st.divider()
        st.toggle(
            say("Large type"),
            key=keys.LARGE,
            help=say("For a beamer: everything is written larger. Light or dark follows the setting of the computer."),
        )
        st.toggle(
            say("OpenStreetMap tiles (needs network)"),
            key=keys.TILES,
            help=say("Off: the map works without a network. On: the browser fetches tiles from openstreetmap.org."),
        )


def _ask_scenario(study: Study, scenario: Scenario) -> None:
    """Ask for the scenario to start from; another one keeps what was drawn."""
    names = study.scenario_names()
    titles = {name: study.scenario(name) for name in names}
    options = names if scenario.name in names else [*names, scenario.name]
    titles.setdefault(scenario.name, scenario)
    st.selectbox(
        say("Scenario"),
        options,
        format_func=lambda name: captions.localised(titles[name], "title", language()),
        **bind(labelled(keys.SCENARIO), scenario.name, lambda name: take_scenario(study, name)),
    )
    st.caption(captions.localised(titles[scenario.name], "about", language()))


def take_scenario(study: Study, name: str) -> None:
    """Go to a scenario of the study, and keep what was drawn."""
    history.change(study.scenario(name).changed(drawing=session.scenario().drawing))


def _take_carriers(study: Study, chosen: list[str]) -> None:
    history.alter(carriers=tuple(carrier for carrier in study.settings.carriers if carrier in chosen))
