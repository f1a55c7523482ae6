"""Where a number comes from: the chain behind a place or a corridor, step by step."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial

import streamlit as st

from infraplan.analysis import Explanation, Step, explanation
from infraplan.core import Scenario, format_figure
from infraplan.plan import Plan
from infraplan.study import Study, open_case
from infraplan.ui import keys, session
from infraplan.ui.session import Answer, language, say
from infraplan.ui.state import current


def show_site(study: Study, scenario: Scenario, place_id: str, *, plan: Plan | None = None) -> None:
    """Offer the chain behind the needs of a place; with a plan of the same scenario also the plan's part."""
    case = open_case(study, scenario)
    mine = plan if plan is not None and plan.case.is_same(case) else None
    number = current().plan_number if mine is not None else None
    key = ("site", place_id, session.edition(), scenario, number, language())
    explain = partial(explanation.explain_place, case, place_id, plan=mine, language=language())
    _offer(key, explain)


def show_corridor(answer: Answer, corridor_id: str) -> bool:
    """Offer the chain behind the figures of a corridor; return whether it is open."""
    key = ("corridor", corridor_id, session.edition(), answer.plan.scenario, answer.number, language())
    return _offer(key, partial(explanation.explain_corridor, answer.plan, corridor_id, language=language()))


def _offer(key: tuple[object, ...], explain: Callable[[], Explanation]) -> bool:
    """Show the chain when it is asked for, and return whether it was; keep it until something changes."""
    kind = str(key[0])
    if not st.toggle(say("Where do these numbers come from?"), key=keys.EXPLAIN.format(kind)):
        return False
    explained = current().explained
    if kind not in explained or explained[kind][0] != key:
        explained[kind] = (key, explain())
    for section in explained[kind][1].sections:
        st.html(f'<h4 class="ip-chain">{html.escape(section.title)}</h4>{_write_table(section.steps)}')
    return True


def _write_table(steps: tuple[Step, ...]) -> str:
    return f'<table class="ip-rows">{"".join(_write_step(step) for step in steps)}</table>'


def _write_step(step: Step) -> str:
    """Return a row: the label with formula, note and source below it; the number with its range below it."""
    formulas = [f"= {text}" for text in (step.formula, step.filled) if text]
    # the key of an assumption goes with its source: that is where the reader looks it up
    source = f"{step.label} · {step.source}" if step.title else step.source
    below = "".join(f"<small>{html.escape(text)}</small>" for text in (*formulas, step.note, source) if text)
    changed = f"<small><b>{html.escape(step.changed)}</b></small>" if step.changed else ""
    ends = "" if step.low is None else f"<small>{_figure(step.low)} – {_figure(step.high)}</small>"
    value = html.escape(step.text) if step.text else "" if step.value is None else _figure(step.value)
    key = " class=ip-key" if step.sign == "=" else ""
    label = html.escape(f"{step.sign} {step.title or step.label}".strip())
    return f"<tr{key}><td>{label}{changed}{below}</td><td>{value} {html.escape(step.unit)}{ends}</td></tr>"


def _figure(value: float | None) -> str:
    return format_figure(value, language())
