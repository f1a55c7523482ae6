"""Page 5: the tables of the study, with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from infraplan.reports import captions, study_tables
from infraplan.ui import keys, session, tables
from infraplan.ui.look import show_heading
from infraplan.ui.session import language, say
from infraplan.ui.tables import Head

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 16
SEARCH_PX = 360
# as many columns as a small laptop shows stand first, then sources and notes
LAYERS = {
    "title": Head("Layer", width=320),
    "effect": Head("Effect", width=280),
    "role": Head("Role", width=95),
    "vintage": Head("Vintage", width=120),
    "accuracy_m": Head("Accuracy", "m", 0, width=120),
    "schematic": Head("Schematic", width=95),
    "rows": Head("Features", digits=0, width=90),
    "source": Head("Source", width=330),
    "licence": Head("Licence", width=330),
    "note": Head("Note", width=900),
}
SITES = {
    "name": Head("Site", width=300),
    "sector": Head("Sector", width=140),
    "cluster": Head("Cluster", width=235),
    "co2_kt_per_a": Head("Fossil CO2", "kt/a", 1, width=145),
    "co2_year": Head("Year of CO2", width=100),
    "municipality": Head("Municipality", width=130),
    "co2_biogenic_kt_per_a": Head("Biogenic CO2", "kt/a", 1, width=155),
    "operator": Head("Operator", width=220),
    "country": Head("Country", width=110),
    "source": Head("Source", width=150),
    "note": Head("Note", width=900),
}
HUBS = {
    "name": Head("Hub", width=350),
    "carrier": Head("Carrier", width=90),
    "role": Head("Role", width=215),
    "capacity": Head("Capacity", width=190, right=True, about="From the first milestone of the study to the last."),
    "cost": Head("Cost, most likely", width=145, right=True),
    "cost_range": Head("Range of cost", width=170, right=True),
    "first_year": Head("First year", width=95),
    "status": Head("Status", width=150),
    "source": Head("Source", width=150),
    "note": Head("Note", width=900),
}
PROJECTS = {
    "name": Head("Project", width=240),
    "kind": Head("Kind", width=175),
    "status": Head("Status", width=215),
    "effect": Head("Effect", width=190, right=True),
    "first_year": Head("First year", width=95),
    "place": Head("Where", width=110),
    "company": Head("Company", width=240),
    "depends_on": Head("Depends on", width=180),
    "source": Head("Source", width=160),
    "note": Head("Note", width=900),
}
ASSUMPTIONS = {
    "about": Head("Subject", width=240),
    "number": Head("Parameter", width=290),
    "value": Head("Value", width=90, right=True),
    "low": Head("Low", width=80, right=True),
    "high": Head("High", width=80, right=True),
    "unit": Head("Unit", width=110),
    "price_year": Head("Price year", width=90),
    "source": Head("Source", width=150),
    "note": Head("Note", width=700),
    "key": Head("Key", width=330, about="The key of a scenario's own value in [assumptions]."),
}
SOURCES = {
    "source": Head("Key", width=190),
    "title": Head("Title", width=420),
    "author": Head("Author", width=200),
    "year": Head("Year", width=70),
    "licence": Head("Licence", width=190),
    "url": Head("Address", width=330),
    "note": Head("Note", width=600),
}


def show() -> None:
    """Draw the page."""
    study = session.study()
    show_heading(say("Data and sources"), captions.localised(study.settings, "title", language()))
    about = (
        say("Every number has a unit and a source; every layer says how old and how exact it is."),
        say("Notes and licences stand in the language they were written in."),
    )
    st.caption(" ".join(about))
    tabs = st.tabs(
        [say(title) for title in ("Layers", "Sites", "Hubs", "Projects", "Assumptions", "Sources")],
        key=keys.DATA_TABS,
    )
    spoken = language()
    shown = (
        ("layers", study_tables.list_layers(study, spoken), LAYERS),
        ("sites", study_tables.list_sites(study, spoken), SITES),
        ("hubs", study_tables.list_hubs(study, spoken), HUBS),
        ("projects", study_tables.list_projects(study, spoken), PROJECTS),
        ("assumptions", study_tables.list_assumptions(study, spoken), ASSUMPTIONS),
        ("sources", study.sources, SOURCES),
    )
    for tab, (key, frame, heads) in zip(tabs, shown, strict=True):
        with tab:
            _show(frame, heads, key)


def _show(frame: pd.DataFrame, heads: Mapping[str, Head], key: str) -> None:
    """Show a table with a search box; an empty table says so."""
    if frame.empty:
        st.caption(say("The study has none."))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.text_input(
            say("Search"),
            key=keys.SEARCH.format(key),
            placeholder=say("Part of a word"),
            label_visibility="collapsed",
            width=SEARCH_PX,
        )
        found = study_tables.search(frame[list(heads)], wanted)
        st.caption(say("{shown} of {all} rows", shown=len(found), all=len(frame)))
    if len(found):
        tables.show(found, heads, key=key, rows=ROWS_SHOWN)
