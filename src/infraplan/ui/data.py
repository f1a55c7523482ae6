"""Page 5: what the study holds and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd
import streamlit as st

from infraplan import delivery
from infraplan.study import Study
from infraplan.ui import session, summary, tables
from infraplan.ui.look import name_carrier, show_heading
from infraplan.ui.session import language, say
from infraplan.ui.tables import Head
from infraplan.ui.wording import HUB_ROLES, name

ROWS_SHOWN = 16
LAYERS = {
    "title": Head("Layer", width=290),
    "role": Head("Role", width=110),
    "effect": Head("Effect", width=190),
    "schematic": Head("Schematic", width=95),
    "vintage": Head("Vintage", width=120),
    "licence": Head("Licence", width=200),
    "source": Head("Source", width=250),
    "accuracy_m": Head("Accuracy", "m", 0, width=120),
    "rows": Head("Features", digits=0, width=90),
    "note": Head("Note", width=600),
}
SITES = {
    "name": Head("Site", width=280),
    "operator": Head("Operator"),
    "sector": Head("Sector"),
    "cluster": Head("Cluster", width=220),
    "municipality": Head("Municipality"),
    "country": Head("Country"),
    "co2_kt_per_a": Head("Fossil CO2", "kt/a", 1),
    "co2_year": Head("Year of CO2"),
    "co2_biogenic_kt_per_a": Head("Biogenic CO2", "kt/a", 1),
    "source": Head("Source"),
    "note": Head("Note", width=400),
}
HUBS = {
    "name": Head("Hub", width=320),
    "carrier": Head("Carrier"),
    "role": Head("Role", width=190),
    "status": Head("Status", width=150),
    "first_year": Head("First year"),
    "capacity_unit": Head("Unit of capacity"),
    "cost_low": Head("Cost, low", digits=0),
    "cost_mode": Head("Cost, most likely", digits=0),
    "cost_high": Head("Cost, high", digits=0),
    "cost_unit": Head("Unit of cost"),
    "source": Head("Source"),
    "note": Head("Note", width=400),
}
PROJECTS = {
    "name": Head("Project", width=300),
    "type": Head("Kind"),
    "status": Head("Status", width=150),
    "company": Head("Company", width=220),
    "place": Head("Where"),
    "depends_on": Head("Depends on", width=220),
    "source": Head("Source"),
    "note": Head("Note", width=400),
}
ASSUMPTIONS = {
    "subject": Head("Subject"),
    "parameter": Head("Parameter", width=230),
    "value": Head("Value"),
    "low": Head("Low"),
    "high": Head("High"),
    "unit": Head("Unit"),
    "price_year": Head("Price year"),
    "source": Head("Source", width=150),
    "note": Head("Note", width=600),
}
SOURCES = {
    "source": Head("Key"),
    "title": Head("Title", width=420),
    "author": Head("Author", width=220),
    "year": Head("Year"),
    "licence": Head("Licence", width=200),
    "url": Head("Address", width=320),
    "note": Head("Note", width=400),
}


def show() -> None:
    """Draw the page."""
    study = session.study()
    show_heading(say("Data and sources"), delivery.localised(study.settings, "title", language()))
    st.markdown(say("Every number has a unit and a source; every layer says how old and how exact it is."))
    tabs = st.tabs(
        [say(title) for title in ("Layers", "Sites", "Hubs", "Projects", "Assumptions", "Sources")],
        key="data-tabs",
    )
    frames = (_layers(study), _sites(study), _hubs(study), _projects(study), _assumptions(study), study.sources)
    heads = (LAYERS, SITES, HUBS, PROJECTS, ASSUMPTIONS, SOURCES)
    for tab, frame, columns, key in zip(
        tabs, frames, heads, ("layers", "sites", "hubs", "projects", "assumptions", "sources"), strict=True
    ):
        with tab:
            _show(frame, columns, key)


def _show(frame: pd.DataFrame, heads: Mapping[str, Head], key: str) -> None:
    """A table with a search box; empty tables say so."""
    if frame.empty:
        st.caption(say("The study has none."))
        return
    wanted = st.text_input(
        say("Search"), key=f"search-{key}", placeholder=say("Part of a word"), label_visibility="collapsed"
    )
    found = summary.search(frame[list(heads)], wanted)
    st.caption(say("{shown} of {all} rows", shown=len(found), all=len(frame)))
    if len(found):
        tables.show(found, heads, key=key, rows=ROWS_SHOWN)


def _layers(study: Study) -> pd.DataFrame:
    table = study.stack.summary()
    entries = study.stack.entries
    described = table.assign(
        title=[delivery.localised(entry, "title", language()) for entry in entries],
        role=table["role"].map(name),
        schematic=[say("yes") if entry.schematic else say("no") for entry in entries],
        note=[entry.note for entry in entries],
    )
    described["accuracy_m"] = pd.Series([entry.accuracy_m for entry in entries], dtype=float)
    return described


def _sites(study: Study) -> pd.DataFrame:
    clusters = study.clusters.set_index("cluster_id")[f"name_{language()}"]
    table = pd.DataFrame(study.sites.drop(columns="geometry")).sort_values("co2_kt_per_a", ascending=False)
    return table.assign(
        sector=table["sector"].map(name),
        cluster=table["cluster"].map(clusters),
        co2_year=_years(table["co2_year"]),
    )


def _hubs(study: Study) -> pd.DataFrame:
    table = pd.DataFrame(study.hubs.drop(columns="geometry"))
    return table.assign(
        carrier=table["carrier"].map(name_carrier),
        role=table["role"].map(lambda role: say(HUB_ROLES[role])),
        status=table["status"].map(name),
        capacity_unit=table["capacity_unit"].map(name),
        cost_unit=table["cost_unit"].map(name),
        first_year=_years(table["first_year"]),
    )


def _projects(study: Study) -> pd.DataFrame:
    return study.projects.assign(status=study.projects["status"].map(name))


def _assumptions(study: Study) -> pd.DataFrame:
    table = pd.DataFrame([asdict(row) for row in study.assumptions.rows.values()])
    figures = {column: table[column].map("{:.6g}".format) for column in ("value", "low", "high")}
    return table.assign(**figures, price_year=_years(table["price_year"]))


def _years(column: pd.Series[float]) -> pd.Series[str]:
    """Years are names, not amounts: no thousands separator."""
    return column.map(lambda year: "" if pd.isna(year) else f"{year:.0f}")
