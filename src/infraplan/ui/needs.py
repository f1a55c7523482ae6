"""Page 2: who needs what, where and when."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from infraplan.delivery import localised
from infraplan.maps.cards import UNIT_WORDS
from infraplan.model import Scenario
from infraplan.plan import estimate_needs
from infraplan.study import Study
from infraplan.tables import ANNUAL_UNIT
from infraplan.ui import mapview, session, summary, tables
from infraplan.ui.look import name_carrier, show_figures, show_heading
from infraplan.ui.session import language, number, say
from infraplan.ui.tables import Head

COLUMNS = (0.58, 0.42)
ROWS_SHOWN = 14
# carrier and role, in the order they are read
KINDS = (
    ("co2", "supply"),
    ("h2", "demand"),
    ("heat", "demand"),
    ("heat", "supply"),
    ("electricity", "demand"),
)
TITLES = {
    ("co2", "supply"): "CO2 captured",
    ("co2", "demand"): "CO2 used",
    ("h2", "supply"): "Hydrogen offered",
    ("h2", "demand"): "Hydrogen used",
    ("heat", "supply"): "Residual heat offered",
    ("heat", "demand"): "Heat used",
    ("electricity", "supply"): "Electricity offered",
    ("electricity", "demand"): "Electricity used, extra",
}
EVERY_NEED = {
    "name": Head("Place", width=260),
    "sector": Head("Sector"),
    "carrier": Head("Carrier"),
    "role": Head("Role"),
    "band": Head("Temperature"),
    "pathway": Head("Pathway"),
    "amount_low": Head("Low", digits=1),
    "amount": Head("Most likely", digits=1),
    "amount_high": Head("High", digits=1),
    "unit": Head("Unit"),
    "peak": Head("Peak", digits=1),
    "peak_unit": Head("Unit of peak"),
    "assumption_keys": Head("Assumptions", width=300),
}


def show() -> None:
    """Draw the page."""
    study, asked = session.study(), session.scenario()
    needed, by_year = _estimate(study, asked)
    show_heading(say("Who needs what"), f"{localised(asked, 'title', language())} · {asked.year}")
    if needed.empty:
        st.info(say("Nobody needs anything in this scenario and year."))
        return
    by_sector = summary.sum_by_sector(needed)
    totals = summary.sum_by_kind(needed)
    show_figures(
        (say(TITLES[kind]), number(totals[kind]), say(UNIT_WORDS[ANNUAL_UNIT[kind[0]]]))
        for kind in KINDS
        if kind in totals.index
    )
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        _show_map(study, needed, [kind for kind in KINDS if kind in totals.index])
    with right:
        st.subheader(say("Per sector"), anchor=False)
        _show_spread(by_sector.rename(index=say), "Sector", key="per-sector")
        st.subheader(say("Per year"), anchor=False)
        _show_spread(by_year.rename(index=str), "Year", key="per-year")
    st.subheader(say("Every need"), anchor=False)
    st.caption(say("Low and high take every assumption at its low or high end."))
    _show_every(summary.list_needs(study, needed))


def _estimate(study: Study, asked: Scenario) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Needs of the year and sums per milestone, once per question."""
    if st.session_state.get("needs_of") != (id(study), asked):
        st.session_state["needs"] = estimate_needs(study, asked), summary.sum_by_year(study, asked)
        st.session_state["needs_of"] = (id(study), asked)
    needed, by_year = st.session_state["needs"]
    return needed, by_year


def _show_map(study: Study, needed: pd.DataFrame, kinds: list[tuple[str, str]]) -> None:
    titles = {" ".join(kind): say(TITLES[kind]) for kind in kinds}
    shown = st.segmented_control(
        say("On the map"),
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        default=next(iter(titles)),
        key="kind",
        label_visibility="collapsed",
    )
    carrier, role = str(shown).split()
    places = summary.sum_by_place(study, needed, carrier=carrier, role=role)
    mapview.show_needs(study, places, carrier=carrier, title=say(TITLES[carrier, role]))


def _show_spread(table: pd.DataFrame, first: str, *, key: str) -> None:
    kinds = [kind for kind in table.columns if kind in TITLES]
    flat = table[kinds].set_axis([f"{carrier} {role}" for carrier, role in kinds], axis=1)
    flat.insert(0, "key", table.index)
    heads = {"key": Head(first)} | {
        f"{carrier} {role}": Head(TITLES[carrier, role], UNIT_WORDS[ANNUAL_UNIT[carrier]], 0)
        for carrier, role in kinds
    }
    tables.show(flat, heads, key=key)


def _show_every(table: pd.DataFrame) -> None:
    words = {
        "sector": say,
        "role": say,
        "pathway": say,
        "band": say,
        "peak_unit": say,
        "carrier": name_carrier,
    }
    written = table.assign(
        unit=table["unit"].map(lambda unit: say(UNIT_WORDS[unit])),
        **{column: table[column].astype(str).map(lambda cell, word=word: word(cell) if cell else "") for column, word in words.items()},
    )  # fmt: skip
    tables.show(written, EVERY_NEED, key="every-need", rows=ROWS_SHOWN)
