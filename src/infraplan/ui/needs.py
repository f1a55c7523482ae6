"""Page 1: who needs what, where and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from infraplan.core import ANNUAL_UNIT, Scenario, records, translate_unit
from infraplan.reports import captions, need_tables
from infraplan.study import Study
from infraplan.ui import explanation, follow, keys, mapview, session, tables
from infraplan.ui.choices import choose
from infraplan.ui.look import Row, carrier_row, row, show_figures, show_heading, show_rows
from infraplan.ui.session import language, number, say
from infraplan.ui.state import current
from infraplan.ui.tables import Head
from infraplan.ui.wording import begin_sector, name_carrier, name_unit

if TYPE_CHECKING:
    import pandas as pd

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
    study, scenario = session.study(), session.scenario()
    _show(study, scenario)
    # last: work for the next page would take the processor from this one
    follow.prepare(study)


def _show(study: Study, scenario: Scenario) -> None:
    needed, spoken = _estimate(scenario), language()
    show_heading(say("Who needs what"), f"{captions.localised(scenario, 'title', spoken)} · {scenario.year}")
    if needed.empty:
        st.info(say("Nobody needs anything in this scenario and year."))
        return
    totals = need_tables.sum_by_kind(needed)
    kinds = [kind for kind in KINDS if kind in totals]
    show_figures((say(TITLES[kind]), number(totals[kind]), name_unit(ANNUAL_UNIT[kind[0]])) for kind in kinds)
    kind = _choose_kind(kinds)
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        mapview.show_needs(study, scenario, needed, carrier=kind[0], role=kind[1], title=say(TITLES[kind]))
    with right, st.container(height=mapview.HEIGHT_PX, border=True, key="beside_map"):
        # after the map, which people wait for
        by_year = _sum_by_year(scenario)
        _show_kind(needed, by_year, kind)
    sectors, clusters, years, one, every = st.tabs(
        [say(title) for title in ("Per sector", "Per cluster", "Per year", "Per place", "Every need")]
    )
    with sectors:
        _show_sums(need_tables.sum_by_sector(study, needed, spoken), "Sector", key="per-sector")
    with clusters:
        _show_sums(need_tables.sum_by_cluster(study, needed, spoken), "Cluster", key="per-cluster")
    with years:
        _show_sums(by_year, "Year", key="per-year")
    with one:
        _show_place(study, needed)
    with every:
        st.caption(say("Low and high take every assumption at its low or high end."))
        tables.show(need_tables.list_every(study, needed, spoken), EVERY_NEED, key="every-need", rows=ROWS_SHOWN)


def _estimate(scenario: Scenario) -> pd.DataFrame:
    """Return the needs of the scenario's year, worked out once per scenario."""
    now, key = current(), (session.edition(), scenario)
    if now.needs is None or now.needs[0] != key:
        now.needs = (key, session.needs_by_year().needs_in(session.case()))
    return now.needs[1]


def _sum_by_year(scenario: Scenario) -> pd.DataFrame:
    """Return the sums per milestone and in the scenario's year, worked out once per scenario."""
    now, key = current(), (session.edition(), scenario)
    if now.needs_by_year is None or now.needs_by_year[0] != key:
        now.needs_by_year = (key, need_tables.sum_by_year(session.needs_by_year().at_milestones(session.case())))
    return now.needs_by_year[1]


def _choose_kind(kinds: list[tuple[str, str]]) -> tuple[str, str]:
    titles = {" ".join(kind): say(TITLES[kind]) for kind in kinds}
    shown = st.segmented_control(
        say("On the map"),
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        default=next(iter(titles)),
        key=keys.KIND_OF_NEED,
        label_visibility="collapsed",
    )
    carrier, role = str(shown).split()
    return carrier, role


def _show_kind(needed: pd.DataFrame, by_year: pd.DataFrame, kind: tuple[str, str]) -> None:
    """Show one carrier and role beside its map: per sector with the range, and per year."""
    unit = name_unit(ANNUAL_UNIT[kind[0]])
    st.subheader(f"{say(TITLES[kind])} [{unit}]", anchor=False)
    ranges = need_tables.sum_ranges(needed, carrier=kind[0], role=kind[1])
    show_rows(
        row(
            begin_sector(line.sector),
            number(line.amount),
            say("{low} to {high}", low=number(line.amount_low), high=number(line.amount_high)),
        )
        for line in records(ranges)
    )
    st.subheader(say("Per year"), anchor=False)
    if kind in by_year.columns:
        show_rows(row(str(year), number(amount)) for year, amount in by_year[kind].items())


def _show_sums(table: pd.DataFrame, first: str, *, key: str) -> None:
    heads = {"key": Head(first, width=FIRST_PX)} | {
        f"{carrier} {role}": Head(TITLES[carrier, role], translate_unit(ANNUAL_UNIT[carrier]), 0)
        for carrier, role in need_tables.list_kinds(table)
    }
    tables.show(need_tables.flatten(table), heads, key=key)


def _show_place(study: Study, needed: pd.DataFrame) -> None:
    """Show one place: every need with its range and the condition it is handed over in."""
    place = choose(say("Choose a place"), need_tables.rank_places(study, needed, language()), keys.PLACE)
    show_rows(_write_need(need) for need in need_tables.list_of_place(study, needed, place, language()))
    explanation.show_site(study, session.scenario(), place, plan=session.latest_plan())


def _write_need(need: need_tables.PlaceNeed) -> Row:
    what = (f"{name_carrier(need.carrier)}, {need.role}", need.process, need.pathway, need.band)
    ends = say("{low} to {high}", low=number(need.amount_low), high=number(need.amount_high))
    return carrier_row(
        need.carrier,
        " · ".join(part for part in what if part),
        f"{number(need.amount)} {need.unit}",
        f"{ends} · {number(need.peak, 1)} {need.peak_unit} · {need.condition}",
    )
