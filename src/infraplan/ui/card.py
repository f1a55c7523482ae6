"""The card of one corridor: four figures, users, pipes, and what it crosses and follows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from infraplan.core import begin, records, split_list, translate_unit
from infraplan.reports import corridor_tables, maps, sheet_facts
from infraplan.ui import explanation
from infraplan.ui.look import Row, carrier_row, row, show_rows
from infraplan.ui.session import Answer, language, number, say
from infraplan.ui.wording import name_carrier, name_carriers

# What each of the four figures says, the main one first.
FIGURES = (
    (
        "co2_avoided_kt_per_a",
        "last in (ranks the corridors)",
        "What would be lost if all were built but this corridor.",
    ),
    (
        "co2_avoided_assigned_kt_per_a",
        "assigned",
        "Each user's tonnes shared by the corridors they pass through: adds up to the plan's total.",
    ),
    (
        "co2_avoided_first_in_kt_per_a",
        "first in",
        "What the corridor would bring if it were the only one built.",
    ),
    (
        "co2_avoided_gross_kt_per_a",
        "gross",
        "Upper bound: all that its users could avoid with its carriers, whatever the scenario says.",
    ),
)
WAYS = {"crosses": "Crosses: {what}", "through": "Through: {what}", "follows": "Follows: {what}"}


def show(answer: Answer, corridor_id: str) -> None:
    """Show the card of a corridor."""
    corridor: Any = answer.ranking.set_index("corridor_id").loc[corridor_id]
    st.subheader(f"{corridor['rank']}. {_plain(begin(corridor['name']))}", anchor=False)
    about = (
        name_carriers(corridor["carriers"]),
        _amount(corridor["length_km"], "km", 1),
        say("{count} users", count=number(float(corridor["users"]))),
    )
    st.caption(" · ".join(about))
    # in place of the figures that it explains: below them it would be out of sight
    if explanation.show_corridor(answer, corridor_id):
        return
    figures, users, pipes, way = st.tabs([say("Figures"), say("Users"), say("Pipes"), say("On its way")])
    with figures:
        show_rows(_list_figures(corridor))
    with users:
        _show_users(answer, corridor_id)
    with pipes:
        _show_pipes(answer, corridor_id)
    with way:
        show_rows(_list_way(answer, corridor_id))


def _plain(text: str) -> str:
    return text.replace("[", "\\[").replace("*", "\\*").replace("_", "\\_").replace("$", "\\$")


def _amount(value: Any, unit: str, digits: int = 0) -> str:
    written = number(None if value is None else float(value), digits)
    return f"{written} {say(unit)}"


def _list_figures(corridor: Any) -> list[Row]:
    rows = [
        row(f"{say('CO2 avoided')}: {say(label)}", _amount(corridor[column], "kt/a"), say(about), key=not place)
        for place, (column, label, about) in enumerate(FIGURES)
    ]
    for carrier, (column, unit) in maps.FLOW_COLUMNS.items():
        if carrier in split_list(corridor["carriers"]):
            label = say("Largest flow of {carrier}", carrier=name_carrier(carrier))
            rows.append(carrier_row(carrier, label, _amount(corridor[column], translate_unit(unit))))
    per_tonne = say("Yearly cost of the pipes per last-in tonne, without capture, hub and storage.")
    return [
        *rows,
        row(say("Investment"), _amount(corridor["capex_meur"], "M EUR")),
        row(say("Yearly cost"), _amount(corridor["cost_meur_per_a"], "M EUR/a", 1)),
        row(say("Pipe cost per tonne"), _amount(corridor["cost_eur_per_t"], "EUR/t", 1), per_tonne),
    ]


def _show_users(answer: Answer, corridor_id: str) -> None:
    table = corridor_tables.list_users(answer.plan, corridor_id, language())
    show_rows(
        carrier_row(
            line.carrier,
            line.name,
            _amount(line.amount, translate_unit(line.unit)),
            say("to {hub}" if line.gives else "from {hub}", hub=line.hub),
        )
        for line in records(table)
    )


def _show_pipes(answer: Answer, corridor_id: str) -> None:
    table = sheet_facts.list_pipes(answer.plan, corridor_id)
    show_rows(
        carrier_row(
            line.carrier,
            f"{name_carrier(line.carrier)}, DN {number(line.dn_mm)}" + (f" × {line.pipes}" if line.pipes > 1 else ""),
            _amount(line.length_km, "km", 1),
            f"{say('up to')} {_amount(line.flow, translate_unit(line.unit))} · {_amount(line.capex_meur, 'M EUR', 1)}"
            f" · {_amount(line.cost_meur_per_a, 'M EUR/a', 1)}",
        )
        for line in records(table)
    )
    if table["carrier"].nunique() > 1:
        st.caption(say("Where pipes lie side by side the strip is paid once: the dearest pipe pays the ground."))


def _list_way(answer: Answer, corridor_id: str) -> list[Row]:
    rows = []
    for kind, name, count, length_km, names in sheet_facts.list_way(
        answer.plan, corridor_id, language(), drawn_only=False
    ):
        met = number(count) if kind == "crosses" else _amount(length_km, "km", 1)
        rows.append(row(say(WAYS[kind], what=name), met, names))
    return rows or [row(say("Crosses nothing that the layers know, and follows no existing strip."), "")]
