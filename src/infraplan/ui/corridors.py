"""Page 2: the corridors of the plan on the map, their ranking, and the card of the chosen one."""

from __future__ import annotations

import streamlit as st

from infraplan.core import Scenario, records
from infraplan.reports import captions, corridor_tables
from infraplan.ui import card, drawing, follow, mapview, session, tables
from infraplan.ui.look import show_figures, show_heading
from infraplan.ui.session import Answer, language, number, say
from infraplan.ui.state import current
from infraplan.ui.tables import Head
from infraplan.ui.wording import name_carrier, to_percent

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
    "build_step": Head("Build step", digits=0, about="Place in the build order: see there."),
    "confidence": Head(
        "Confidence",
        digits=2,
        about="Low over most likely need, times the maturity of the projects at both ends; mean weighted by tonnes.",
    ),
    "tied_with": Head(
        "Tied with", width=200, about="Corridors of the same figure: those in series avoid nothing without each other."
    ),
    "co2_avoided_cumulative_kt": Head(
        "CO2 avoided over the years", "kt", 0, about="From the first year to the last milestone, last-in."
    ),
    "co2_avoided_direct_kt_per_a": Head(
        "CO2 avoided, direct", "kt/a", 0, about="Without what making power and hydrogen emits, as in emission trading."
    ),
    "co2_biogenic_kt_per_a": Head(
        "Biogenic CO2 stored", "kt/a", 0, about="Would not be stored without this corridor; not in the other figures."
    ),
    "co2_avoided_kt_per_a_per_km": Head("CO2 avoided per km", "kt/a", 1),
    "strip_use_share": Head("Use", digits=2, about="Flow over what the pipes laid can carry."),
    "length_km": Head("Length", "km", 1),
    "co2_flow_kt_per_a": Head("CO2", "kt/a", 0),
    "h2_flow_gwh_per_a": Head("Hydrogen", "GWh/a", 0),
    "heat_flow_gwh_per_a": Head("Heat", "GWh/a", 0),
    "shared_with": Head("Follows", width=260),
}
BUILD_ORDER = {
    "build_step": Head("Build step", digits=0, width=90),
    "name": Head("Corridor", width=290),
    "carriers": Head("Carriers", width=165),
    "first_year": Head("First year", width=100),
    "capex_meur": Head("Investment", "M EUR", 0),
    "co2_avoided_step_kt_per_a": Head(
        "CO2 avoided from this step", "kt/a", 0, about="Of the flows whose whole way stands with this corridor."
    ),
    "capex_cumulative_meur": Head("Investment so far", "M EUR", 0),
    "co2_avoided_cumulative_kt_per_a": Head("CO2 avoided so far", "kt/a", 0),
    "trunk": Head("After", width=420, about="The corridors that more than half of its tonnes need."),
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
        invite()
        return
    show_summary(answer)
    chosen = _choose(answer)
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        mapview.show_plan(answer, chosen=chosen)
    with right, st.container(height=mapview.HEIGHT_PX, border=True, key="beside_map"):
        if chosen:
            card.show(answer, chosen)
        else:
            st.info(say("No corridor pays in this scenario: see the sites left out and their break-even value."))
    titles = ("Ranking", "Build order", "Left out", "Networks", "Legend")
    ranked, steps, left_out, networks, legend = st.tabs([say(title) for title in titles])
    with ranked:
        table = corridor_tables.write_ranking(answer.ranking, language())
        tables.show(table, RANKING, key=_name_ranking(answer), rows=ROWS_SHOWN, selectable=True)
    with steps:
        _show_build_order(answer)
    with left_out:
        _show_left_out(answer)
    with networks:
        _show_networks(answer)
    with legend:
        mapview.show_legend(answer)


def invite() -> None:
    """Show the study's sites before there is a plan, and the button that asks for one."""
    study = session.study()
    show_heading(captions.localised(study.settings, "title", language()), say("Sites and hubs of the study"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(say("Propose corridors"), type="primary", key="propose", on_click=follow.ask)
        st.markdown(
            say("Proposes shared corridors for the scenario at the left; from then on they follow every change.")
        )
    mapview.show_study(study)


def show_summary(answer: Answer) -> None:
    """Show the title of the plan and its key figures."""
    plan = answer.plan
    scenario, settings = plan.scenario, plan.study.settings
    show_heading(captions.localised(settings, "title", language()), _describe(scenario))
    with st.container(key="stopped"):
        if answer.stopped:
            st.caption(say("The search was stopped: these are the best networks found until then."))
    # always in its place: an element that comes and goes would make the browser draw the map again
    with st.container(key="covered"):
        drawing.warn_covered(answer)
    total = corridor_tables.sum_corridors(plan)
    moved = [
        (say("{carrier} moved", carrier=row.carrier), number(row.amount), row.unit) for row in records(answer.networks)
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


def _describe(scenario: Scenario) -> str:
    carriers = ", ".join(name_carrier(carrier) for carrier in scenario.carriers)
    parts = [
        captions.localised(scenario, "title", language()),
        str(scenario.year),
        carriers,
        f"{number(scenario.co2_value())} {say('EUR/t')}",
    ]
    for off, text in (
        (scenario.sites_off, "{count} sites off"),
        (scenario.hubs_off, "{count} hubs off"),
        (scenario.clusters_off, "{count} clusters off"),
    ):
        if off:
            parts.append(say(text, count=len(off)))
    return " · ".join(parts)


def _choose(answer: Answer) -> str:
    """Return the corridor whose card is open: clicked or selected just now, or before, or the first of the ranking."""
    now, ids = current(), list(answer.ranking["corridor_id"])
    wanted = mapview.find_clicked() or _find_selected(answer) or now.corridor_id
    now.corridor_id = wanted if wanted in ids else ids[0] if ids else ""
    return now.corridor_id


def _name_ranking(answer: Answer) -> str:
    return f"ranking-{answer.number}"


def _find_selected(answer: Answer) -> str:
    """Return the corridor whose row was selected since the last look."""
    now, row = current(), tables.find_selected(_name_ranking(answer))
    if row == now.selected_row:
        return ""
    now.selected_row = row
    return "" if row is None else str(answer.ranking["corridor_id"].iloc[row])


def _show_build_order(answer: Answer) -> None:
    order = answer.plan.build_order
    st.caption(
        say(
            "Most CO2 down earliest for the money, and no corridor before the one that more than half of its tonnes"
            " need. Years in which projects are ready are not weighed."
        )
    )
    if not order.proven:
        percent = number(to_percent(order.gap), 1)
        st.caption(say("Found by search: the best order is at most {percent} % better.", percent=percent))
    table = corridor_tables.write_build_order(answer.plan, answer.ranking, language())
    tables.show(table, BUILD_ORDER, key=f"build-order-{answer.number}", rows=ROWS_SHOWN)


def _show_left_out(answer: Answer) -> None:
    table = corridor_tables.list_left_out(answer.plan, language())
    if table.empty:
        st.caption(say("Every site of the scenario is joined."))
        return
    value = number(answer.plan.scenario.co2_value())
    st.caption(say("Not joined at {value} EUR/t: joining pays from the break-even value on.", value=value))
    tables.show(table, LEFT_OUT, key=f"left-out-{answer.number}", rows=ROWS_SHOWN)


def _show_networks(answer: Answer) -> None:
    tables.show(answer.networks, NETWORKS, key=f"networks-{answer.number}")
