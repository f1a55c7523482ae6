"""Page 1: the corridors of the plan on the map, their ranking, and the card of the chosen one."""

from __future__ import annotations

import streamlit as st

from infraplan.delivery import localised
from infraplan.model import Scenario
from infraplan.ui import card, downloads, mapview, session, summary, tables
from infraplan.ui.look import name_carrier, name_carriers, show_figures, show_heading
from infraplan.ui.session import Answer, language, number, say
from infraplan.ui.tables import Head
from infraplan.ui.wording import name

COLUMNS = (0.61, 0.39)
ROWS_SHOWN = 14
RANKING = {
    "rank": Head("Rank", digits=0, width=60),
    "name": Head("Corridor", width=290),
    "carriers": Head("Carriers", width=165),
    "users": Head("Users", digits=0, width=80),
    "co2_avoided_kt_per_a": Head(
        "CO2 avoided", "kt/a", 0, about="What would be lost if all were built but this corridor."
    ),
    "co2_avoided_assigned_kt_per_a": Head(
        "Assigned",
        "kt/a",
        0,
        about="Each user's tonnes shared by the corridors they pass through: adds up to the plan's total.",
    ),
    "cost_eur_per_t": Head(
        "Cost", "EUR/t", 1, about="Yearly cost of the pipes per last-in tonne, without capture, hub and storage."
    ),
    "cost_meur_per_a": Head("Yearly cost", "M EUR/a", 1),
    "capex_meur": Head("Investment", "M EUR", 0),
    "length_km": Head("Length", "km", 1),
    "co2_flow_kt_per_a": Head("CO2", "kt/a", 0),
    "h2_flow_gwh_per_a": Head("Hydrogen", "GWh/a", 0),
    "heat_flow_gwh_per_a": Head("Heat", "GWh/a", 0),
    "shared_with": Head("Follows", width=260),
}
NETWORKS = {
    "carrier": Head("Carrier"),
    "joined": Head("Places joined", digits=0),
    "left_out": Head("Places left out", digits=0),
    "amount": Head("Amount", digits=0),
    "unit": Head("Unit"),
    "length_km": Head("Length", "km", 0),
    "capex_meur": Head("Investment", "M EUR", 0),
    "cost_meur_per_a": Head("Yearly cost", "M EUR/a", 1),
}
LEFT_OUT = {
    "name": Head("Place", width=280),
    "carrier": Head("Carrier"),
    "amount": Head("Amount", digits=1),
    "unit": Head("Unit"),
    "reason": Head("Why", width=330),
    "break_even_co2_value_eur_per_t": Head(
        "Break-even CO2 value", "EUR/t", 0, about="Joining pays from this value of an avoided tonne of CO2."
    ),
}


def show() -> None:
    """Draw the page."""
    answer = session.answer()
    if answer is None:
        _invite()
        return
    _show_summary(answer)
    chosen = _choose(answer)
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        mapview.show_plan(answer, chosen=chosen)
    with right, st.container(height=mapview.HEIGHT_PX, border=True):
        if chosen:
            card.show(answer, chosen)
        else:
            st.info(say("No corridor pays in this scenario: see the sites left out and their break-even value."))
    titles = ("Ranking", "Left out", "Networks", "Legend", "Downloads")
    ranked, left_out, networks, legend, files = st.tabs([say(title) for title in titles])
    with ranked:
        table = answer.ranking.assign(carriers=answer.ranking["carriers"].map(name_carriers))
        tables.show(table, RANKING, key=_name_ranking(answer), rows=ROWS_SHOWN, selectable=True)
    with left_out:
        _show_left_out(answer)
    with networks:
        _show_networks(answer)
    with legend:
        mapview.show_legend(answer)
    with files:
        downloads.show(answer)


def _invite() -> None:
    """Before there is a plan: the study's sites, and what to do."""
    study = session.study()
    show_heading(localised(study.settings, "title", language()), say("Sites and hubs of the study"))
    st.info(say("Choose a scenario at the left and press “Propose corridors”."))
    mapview.show_study(study)


def _show_summary(answer: Answer) -> None:
    plan = answer.plan
    asked, settings = plan.scenario, plan.study.settings
    show_heading(localised(settings, "title", language()), _describe(asked))
    if asked != session.scenario():
        st.caption(
            say("The question at the left has changed since this plan was made: propose again to see the effect.")
        )
    if answer.stopped:
        st.caption(say("The search was stopped: these are the best networks found until then."))
    total = summary.total(plan)
    networks = answer.networks
    moved = [
        (say("{carrier} moved", carrier=name_carrier(row.carrier)), number(row.amount), name(row.unit))
        for row in summary.list_rows(networks)
    ]
    show_figures(
        [
            (say("Corridors"), number(total["corridors"]), ""),
            (say("CO2 avoided"), number(total["co2_avoided_assigned_kt_per_a"]), say("kt/a")),
            *moved,
            (say("Investment"), number(total["capex_meur"]), say("M EUR")),
            (say("Yearly cost"), number(total["cost_meur_per_a"]), say("M EUR/a")),
        ]
    )


def _describe(asked: Scenario) -> str:
    carriers = ", ".join(name_carrier(carrier) for carrier in asked.carriers)
    parts = [
        localised(asked, "title", language()),
        str(asked.year),
        carriers,
        f"{number(asked.co2_value())} {say('EUR/t')}",
    ]
    for off, text in (
        (asked.sites_off, "{count} sites off"),
        (asked.hubs_off, "{count} hubs off"),
        (asked.clusters_off, "{count} clusters off"),
    ):
        if off:
            parts.append(say(text, count=len(off)))
    return " · ".join(parts)


def _choose(answer: Answer) -> str:
    """The corridor whose card is open: clicked or selected just now, or before, or the first of the ranking."""
    ids = answer.ranking["corridor_id"]
    wanted = mapview.find_clicked() or _find_selected(answer) or st.session_state.get("corridor_id", "")
    if wanted not in set(ids):
        wanted = str(ids.iloc[0]) if len(ids) else ""
    st.session_state["corridor_id"] = wanted
    return wanted


def _name_ranking(answer: Answer) -> str:
    return f"ranking-{answer.number}"


def _find_selected(answer: Answer) -> str:
    """The corridor whose row was selected since the last look."""
    row = tables.find_selected(_name_ranking(answer))
    if row == st.session_state.get("selected_row"):
        return ""
    st.session_state["selected_row"] = row
    return "" if row is None else str(answer.ranking["corridor_id"].iloc[row])


def _show_left_out(answer: Answer) -> None:
    table = summary.list_left_out(answer.plan)
    if table.empty:
        st.caption(say("Every site of the scenario is joined."))
        return
    value = number(answer.plan.scenario.co2_value())
    st.caption(say("Not joined at {value} EUR/t: joining pays from the break-even value on.", value=value))
    table = table.assign(
        carrier=table["carrier"].map(name_carrier),
        reason=table["reason"].map(name),
        unit=table["unit"].map(name),
    )
    tables.show(table, LEFT_OUT, key=f"left-out-{answer.number}", rows=ROWS_SHOWN)


def _show_networks(answer: Answer) -> None:
    table = answer.networks
    table = table.assign(carrier=table["carrier"].map(name_carrier), unit=table["unit"].map(name))
    tables.show(table, NETWORKS, key=f"networks-{answer.number}")
