"""Page 5: what the study holds and where it came from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict

import pandas as pd
import streamlit as st

from infraplan.core import format_figure
from infraplan.reports import captions
from infraplan.study import Study
from infraplan.ui import session, summary, tables
from infraplan.ui.look import name_carrier, show_heading
from infraplan.ui.session import language, number, say
from infraplan.ui.tables import Head
from infraplan.ui.wording import (
    begin,
    begin_name,
    begin_sector,
    name_country,
    name_effect,
    name_hub_role,
    name_kind,
    name_parameter,
    name_subject,
    name_unit,
)

ROWS_SHOWN = 16
SEARCH_PX = 360
SIGNIFICANT = 6
# what is read first stands first: as many columns as a small laptop shows, then the papers
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
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.text_input(
            say("Search"),
            key=f"search-{key}",
            placeholder=say("Part of a word"),
            label_visibility="collapsed",
            width=SEARCH_PX,
        )
        found = summary.search(frame[list(heads)], wanted)
        st.caption(say("{shown} of {all} rows", shown=len(found), all=len(frame)))
    if len(found):
        tables.show(found, heads, key=key, rows=ROWS_SHOWN)


def _layers(study: Study) -> pd.DataFrame:
    table = study.stack.summary()
    entries = study.stack.entries
    described = table.assign(
        title=[captions.localised(entry, "title", language()) for entry in entries],
        vintage=[captions.localised(entry, "vintage", language()) for entry in entries],
        role=tables.tell(table["role"], begin_name),
        effect=[name_effect(study, effect) for effect in table["effect"]],
        schematic=[say("yes") if entry.schematic else say("no") for entry in entries],
        note=[entry.note for entry in entries],
    )
    described["accuracy_m"] = pd.Series([entry.accuracy_m for entry in entries], dtype=float)
    return described


def _sites(study: Study) -> pd.DataFrame:
    clusters = study.clusters.set_index("cluster_id")[f"name_{language()}"]
    table = pd.DataFrame(study.sites.drop(columns="geometry")).sort_values("co2_kt_per_a", ascending=False)
    return table.assign(
        name=study.spell(table["name"], language()),
        municipality=study.spell(table["municipality"], language()),
        sector=tables.tell(table["sector"], begin_sector),
        cluster=table["cluster"].map(clusters).fillna(table["cluster"]).map(begin),
        country=tables.tell(table["country"], name_country),
        co2_year=_years(table["co2_year"]),
    )


def _hubs(study: Study) -> pd.DataFrame:
    table = pd.DataFrame(study.hubs.drop(columns="geometry"))
    years = [f"capacity_{year}" for year in study.settings.milestones if f"capacity_{year}" in table.columns]
    hubs = list(table.to_dict("records"))
    return table.assign(
        name=study.spell(table["name"], language()),
        carrier=tables.tell(table["carrier"], name_carrier),
        role=tables.tell(table["role"], name_hub_role),
        status=tables.tell(table["status"], begin_name),
        first_year=_years(table["first_year"]),
        capacity=[_range(hub[years[0]], hub[years[-1]], hub["capacity_unit"]) if years else "" for hub in hubs],
        cost=[_range(hub["cost_mode"], hub["cost_mode"], hub["cost_unit"]) for hub in hubs],
        cost_range=[_range(hub["cost_low"], hub["cost_high"], hub["cost_unit"]) for hub in hubs],
    )


def _projects(study: Study) -> pd.DataFrame:
    table = study.projects
    names = dict(zip(table["project_id"], table["name"], strict=True))
    effects = zip(table["effect_carrier"], table["effect_amount"], table["effect_unit"], strict=True)
    return table.assign(
        place=study.spell(table["place"], language()),
        kind=tables.tell(table["type"], name_kind),
        status=tables.tell(table["status"], begin_name),
        first_year=_years(table["first_year"]),
        effect=[
            f"{name_carrier(carrier)} {_range(amount, amount, unit)}" if carrier and pd.notna(amount) else ""
            for carrier, amount, unit in effects
        ],
        depends_on=[", ".join(names.get(one, one) for one in ids.split()) for ids in table["depends_on"]],
    )


def _assumptions(study: Study) -> pd.DataFrame:
    table = pd.DataFrame([asdict(row) for row in study.assumptions.rows.values()])
    figures = {
        column: [format_figure(value, language(), SIGNIFICANT) for value in table[column]]
        for column in ("value", "low", "high")
    }
    return table.assign(
        **figures,
        about=tables.tell(table["subject"], name_subject),
        number=tables.tell(table["parameter"], name_parameter),
        unit=tables.tell(table["unit"], name_unit),
        price_year=_years(table["price_year"]),
        key=table["subject"] + "/" + table["parameter"],
    )


def _range(low: float, high: float, unit: str) -> str:
    """An amount with its unit, or two where they differ; nothing where none is known."""
    if math.isnan(low) or math.isnan(high):
        return ""
    if low == high:
        return f"{number(low)} {name_unit(unit)}"
    return say("{low} to {high} {unit}", low=number(low), high=number(high), unit=name_unit(unit))


def _years(column: pd.Series[float]) -> pd.Series[str]:
    return column.map(lambda year: "" if pd.isna(year) else f"{year:.0f}")
