"""Page 3: change something, and see at once what moves."""

from __future__ import annotations

from typing import Any

import streamlit as st

from infraplan.analysis import counter_proposals
from infraplan.core import records
from infraplan.study import Study
from infraplan.ui import corridors, dials, drawing, history, look, mapview, protocol, session, variants
from infraplan.ui.session import Answer, number, say
from infraplan.ui.state import current

COLUMNS, LARGE_COLUMNS = (0.31, 0.69), (0.38, 0.62)


def show() -> None:
    """Draw the page."""
    drawn = mapview.find_drawn()
    if drawn is not None:
        before = session.scenario()
        drawing.take(drawn)
        if session.scenario() != before:
            # the plan of the new scenario is made before the page is drawn
            st.rerun()
    answer = session.answer()
    if answer is None:
        corridors.invite()
        return
    study = session.study()
    compared = variants.compare(answer, variants.beside())
    # written before anything is drawn, so that figures and map change together
    written = mapview.write_changing(answer, compared=compared)
    head = st.container(key="figures")
    left, right = st.columns(LARGE_COLUMNS if look.scale() > 1.0 else COLUMNS, gap="medium")
    with right:  # first, because the browser draws it while the rest is written
        _show_map(study, answer, written, compared=compared is not None)
    with head:
        corridors.show_summary(answer)
    with left:
        _show_steps(study, answer)
        with st.container(height=mapview.HEIGHT_PX, border=True, key="dials"):
            # a shape that waits for its name goes first; beside the map, which must not move
            if drawing.new_shape() is None:
                dials.show(study)
            else:
                drawing.ask_name(study)
    titles = ("Difference", "Side by side", "Counter-proposals", "Log and minutes")
    difference, side, counter, minutes = st.tabs([say(title) for title in titles])
    with difference:
        if compared is None:
            st.caption(say("Pin a plan first: the map and this table then show what differs from it."))
        else:
            variants.show_totals(compared.found, variants.beside())
    with side:
        variants.show_side_by_side(answer)
    with counter:
        _show_proposals(answer)
    with minutes:
        protocol.show(study)


def _show_steps(study: Study, answer: Answer) -> None:
    """Show undo, redo and reset; pin and compare."""
    with st.container(horizontal=True, gap="small"):
        st.button(say("↶ Undo"), key="undo", on_click=history.undo, disabled=not history.can_undo(), width="stretch")
        st.button(say("↷ Redo"), key="redo", on_click=history.redo, disabled=not history.can_redo(), width="stretch")
        st.button(
            say("Reset"),
            key="reset",
            on_click=_reset,
            args=(study,),
            help=say("Back to the scenario as the study has it"),
            width="stretch",
        )
    # nothing to compare with yet: the one button takes the whole row
    pin, *compare = st.columns(2 if variants.pinned() else 1, gap="small")
    with pin:
        variants.show_pin(answer)
    for column in compare:
        with column:
            variants.choose()


def _reset(study: Study) -> None:
    scenario = session.scenario()
    known = study.scenario_names()
    history.change(study.scenario(scenario.name if scenario.name in known else session.first_scenario()))


def _show_map(study: Study, answer: Answer, written: str, *, compared: bool) -> None:
    clicked = mapview.find_clicked_place()
    now = current()
    if any(clicked):
        now.clicked = clicked
    mapview.show_changing(
        answer,
        written,
        shapes=drawing.list_shapes(session.scenario()),
        pending=drawing.new_shape() is not None,
    )
    if compared:
        look.show_change_key()
    if any(now.clicked):
        dials.show_switch(*now.clicked)
    else:
        st.caption(say("Click a site or hub to switch it; draw with the tools at the left of the map."))


def _show_proposals(answer: Answer) -> None:
    """Show what the drawn counter-proposals cost beside the plan's own corridor."""
    priced = counter_proposals.price(answer.plan)
    if priced.empty:
        st.caption(say("Draw a line on the map and call it a counter-proposal: it is priced on the same ground."))
        return
    heads = [say("Counter-proposal"), say("Length"), say("Investment"), say("Least-cost way"), say("Extra cost")]
    look.show_grid(heads, [_write_proposal(row) for row in records(priced)])


def _write_proposal(row: Any) -> list[str]:
    if row.blocked_km > 0:
        return [row.name, _km(row.length_km), say("Forbidden ground: {km}", km=_km(row.blocked_km)), "", ""]
    return [
        row.name,
        _km(row.length_km),
        f"{number(row.capex_meur, 1)} {say('M EUR')}",
        _km(row.least_length_km),
        f"{number(row.extra_cost_pct, 0)} %",
    ]


def _km(length: float) -> str:
    return f"{number(length, 1)} {say('km')}"
