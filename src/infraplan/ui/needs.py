"""Page 1: who needs what, where and when."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from infraplan.core import ANNUAL_UNIT, Scenario, tell_unit
from infraplan.reports import captions, listings
from infraplan.study import Study, name_places
from infraplan.ui import explanation, follow, mapview, session, summary, tables
from infraplan.ui.choices import choose
from infraplan.ui.look import carrier_row, name_carrier, row, show_figures, show_heading, show_rows
from infraplan.ui.session import language, number, say
from infraplan.ui.tables import Head
from infraplan.ui.wording import begin, begin_name, begin_sector, name, name_pathway, name_sector, name_unit

COLUMNS = (0.58, 0.42)
ROWS_SHOWN = 14
FIRST_PX = 240
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
# columns whose words keep their letters
UNITS = ("unit", "peak_unit")
EVERY_NEED = {
    "name": Head("Place", width=290),
    "sector": Head("Sector", width=130),
    "process": Head("Process"),
    "carrier": Head("Carrier"),
    "role": Head("Role"),
    "band": Head("Temperature"),
    "pathway": Head("Pathway", width=300),
    "amount_low": Head("Low", digits=1),
    "amount": Head("Most likely", digits=1),
    "amount_high": Head("High", digits=1),
    "unit": Head("Unit"),
    "peak": Head("Peak", digits=1),
    "peak_unit": Head("Unit of peak"),
    "condition": Head("Specification", width=380),
    "activity_kt_per_a": Head("Activity", "kt/a", 0),
    "activity_basis": Head("Activity from"),
    "assumption_keys": Head("Assumptions", width=300),
}


def show() -> None:
    """Draw the page."""
    study, asked = session.study(), session.scenario()
    _show(study, asked)
    # last: what is made ready for the next page would take the processor from this one
    follow.prepare(study)


def _show(study: Study, asked: Scenario) -> None:
    needed = _estimate(asked)
    show_heading(say("Who needs what"), f"{captions.localised(asked, 'title', language())} · {asked.year}")
    if needed.empty:
        st.info(say("Nobody needs anything in this scenario and year."))
        return
    totals = summary.sum_by_kind(needed)
    kinds = [kind for kind in KINDS if kind in totals.index]
    show_figures((say(TITLES[kind]), number(totals[kind]), name_unit(ANNUAL_UNIT[kind[0]])) for kind in kinds)
    kind = _choose_kind(kinds)
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        places = summary.sum_by_place(study, needed, carrier=kind[0], role=kind[1], language=language())
        mapview.show_needs(study, places, carrier=kind[0], title=say(TITLES[kind]))
    with right, st.container(height=mapview.HEIGHT_PX, border=True, key="beside_map"):
        # after the map, which is what the room waits for
        by_year = _sum_by_year(asked)
        _show_kind(needed, by_year, kind)
    sectors, clusters, years, one, every = st.tabs(
        [say(title) for title in ("Per sector", "Per cluster", "Per year", "Per place", "Every need")]
    )
    with sectors:
        _show_spread(summary.sum_by_sector(needed).rename(index=begin_sector).sort_index(), "Sector", key="per-sector")
    with clusters:
        _show_spread(
            summary.sum_by_cluster(study, needed, language()).rename(index=begin).sort_index(),
            "Cluster",
            key="per-cluster",
        )
    with years:
        _show_spread(by_year.rename(index=str), "Year", key="per-year")
    with one:
        _show_place(study, needed)
    with every:
        st.caption(say("Low and high take every assumption at its low or high end."))
        _show_every(study, summary.list_needs(study, needed, language()))


def _estimate(asked: Scenario) -> pd.DataFrame:
    """Needs of the year, worked out once per question."""
    return _once("needs", asked, lambda: session.needs_by_year().needs_in(session.case()))


def _sum_by_year(asked: Scenario) -> pd.DataFrame:
    """Sums per milestone and in the year of the question, worked out once per question."""
    return _once(
        "needs_by_year", asked, lambda: summary.sum_by_year(session.needs_by_year().at_milestones(session.case()))
    )


def _once(name: str, asked: Scenario, work: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    known = st.session_state.get(name)
    if known is None or known[0] != (session.edition(), asked):
        known = st.session_state[name] = ((session.edition(), asked), work())
    found: pd.DataFrame = known[1]
    return found


def _choose_kind(kinds: list[tuple[str, str]]) -> tuple[str, str]:
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
    return carrier, role


def _show_kind(needed: pd.DataFrame, by_year: pd.DataFrame, kind: tuple[str, str]) -> None:
    """One carrier and role beside its map: per sector with the range, and per year."""
    unit = name_unit(ANNUAL_UNIT[kind[0]])
    st.subheader(f"{say(TITLES[kind])} [{unit}]", anchor=False)
    ranges = summary.sum_ranges(needed, carrier=kind[0], role=kind[1])
    show_rows(
        row(
            begin_sector(line.sector),
            number(line.amount),
            say("{low} to {high}", low=number(line.amount_low), high=number(line.amount_high)),
        )
        for line in summary.list_rows(ranges)
    )
    st.subheader(say("Per year"), anchor=False)
    if kind in by_year.columns:
        show_rows(row(str(year), number(amount)) for year, amount in by_year[kind].items())


def _show_spread(table: pd.DataFrame, first: str, *, key: str) -> None:
    kinds = [kind for kind in TITLES if kind in table.columns]
    flat = table[kinds].set_axis([f"{carrier} {role}" for carrier, role in kinds], axis=1)
    flat.insert(0, "key", table.index)
    heads = {"key": Head(first, width=FIRST_PX)} | {
        f"{carrier} {role}": Head(TITLES[carrier, role], tell_unit(ANNUAL_UNIT[carrier]), 0) for carrier, role in kinds
    }
    tables.show(flat, heads, key=key)


def _show_place(study: Study, needed: pd.DataFrame) -> None:
    """The card of one place: every need with its range and the condition it is handed over in."""
    names = name_places(study, language=language())
    largest = needed.groupby("place_id")["baseline_kt_per_a"].first().sort_values(ascending=False, kind="stable")
    place = choose(say("Choose a place"), {place_id: names[place_id] for place_id in largest.index}, "place")
    mine = summary.list_needs(study, needed[needed["place_id"] == place], language())
    classes = listings.name_specifications(study, language())
    show_rows(
        carrier_row(
            need.carrier,
            " · ".join(
                part
                for part in (
                    f"{name_carrier(need.carrier)}, {name(need.role)}",
                    name_sector(need.process),
                    name_pathway(need.pathway),
                    name(need.band),
                )
                if part
            ),
            f"{number(need.amount)} {name_unit(need.unit)}",
            f"{say('{low} to {high}', low=number(need.amount_low), high=number(need.amount_high))} · "
            f"{number(need.peak, 1)} {name_unit(need.peak_unit)} · "
            + listings.describe_condition(need, classes, language()),
        )
        for need in summary.list_rows(mine)
    )
    explanation.show_site(study, session.scenario(), place, plan=session.latest_plan())


def _show_every(study: Study, table: pd.DataFrame) -> None:
    classes = listings.name_specifications(study, language())
    pathways = {pathway: begin(name_pathway(pathway)) for pathway in table["pathway"].unique()}
    words = dict.fromkeys(("role", "band", "activity_basis"), begin_name)
    words |= dict.fromkeys(("sector", "process"), begin_sector) | dict.fromkeys(UNITS, name_unit)
    columns = {column: tables.tell(table[column], told) for column, told in words.items()}
    written = table.assign(
        **columns,
        condition=[begin(listings.describe_condition(need, classes, language())) for need in summary.list_rows(table)],
        pathway=table["pathway"].map(pathways),
        carrier=tables.tell(table["carrier"].astype(str), name_carrier),
    )
    tables.show(written, EVERY_NEED, key="every-need", rows=ROWS_SHOWN)
