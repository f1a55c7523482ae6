"""Plans pinned under a name, to compare the plan of now with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from infraplan.analysis import MOST_VARIANTS, Comparison, comparison
from infraplan.core import records
from infraplan.plan import Plan
from infraplan.reports import study_layers
from infraplan.ui import history, keys, look, session
from infraplan.ui.session import Answer, number, say
from infraplan.ui.state import current

if TYPE_CHECKING:
    import geopandas as gpd

# units whose figures are small enough for a decimal
FINE_UNITS = frozenset({"MEUR/a", "EUR/t"})
# units as the other screens write them
UNITS = {"MEUR": "M EUR", "MEUR/a": "M EUR/a"}


@dataclass(frozen=True)
class Compared:
    """A plan compared with an earlier one; ``segments`` and ``sites`` are in WGS84, for the map."""

    before: Plan
    after: Plan
    found: Comparison
    segments: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame


def pinned() -> dict[str, Plan]:
    """Return the plans by the name that they were pinned under; those of a study that has changed since are gone."""
    now, mine = current(), session.study()
    if now.pinned_of is not mine:
        now.pinned, now.pinned_of = {}, mine
    return now.pinned


def show_pin(answer: Answer) -> None:
    """Ask for a name and pin the plan of now."""
    plans = pinned()
    full = len(plans) >= MOST_VARIANTS
    with st.popover(say("Pin this plan"), disabled=full, use_container_width=True):
        st.text_input(say("Name"), key=keys.PIN_NAME, max_chars=40, placeholder=_next_name(plans))
        st.button(say("Pin"), key="pin", type="primary", on_click=_pin, args=(answer.plan,))


def _next_name(plans: dict[str, Plan]) -> str:
    free = (say("Variant {letter}", letter=letter) for letter in "ABCDEFGHI")
    return next(name for name in free if name not in plans)


def _pin(plan: Plan) -> None:
    plans = pinned()
    name = str(st.session_state.get(keys.PIN_NAME, "")).strip() or _next_name(plans)
    if name in plans or len(plans) < MOST_VARIANTS:
        plans[name] = plan
        history.note(say("Plan pinned: {name}", name=name))
        st.session_state[keys.BESIDE] = name
    st.session_state[keys.PIN_NAME] = ""


def choose() -> str:
    """Let the visitor choose the pinned plan that map and table compare with; return its name, nothing for none."""
    plans = pinned()
    if not plans:
        return ""
    options = {"": say("No comparison"), **{name: name for name in plans}}
    if st.session_state.get(keys.BESIDE) not in options:
        st.session_state[keys.BESIDE] = ""
    chosen = st.selectbox(
        say("Compare with"),
        list(options),
        format_func=options.__getitem__,
        key=keys.BESIDE,
        label_visibility="collapsed",
    )
    return str(chosen)


def beside() -> str:
    """Return the name of the pinned plan that is compared with; nothing for none."""
    chosen = st.session_state.get(keys.BESIDE, "")
    return chosen if chosen in pinned() else ""


def compare(answer: Answer, beside: str) -> Compared | None:
    """Return what the plan of now changed against a pinned one, worked out once; None without a pinned one."""
    if not beside:
        return None
    now, before = current(), pinned()[beside]
    kept = now.comparison
    if kept is None or kept.before is not before or kept.after is not answer.plan:
        found = comparison.compare(before, answer.plan)
        segments, sites = (frame.to_crs(study_layers.WGS84) for frame in (found.segments, found.sites))
        now.comparison = kept = Compared(before, answer.plan, found, segments, sites)
    return kept


def show_totals(found: Comparison, beside: str) -> None:
    """Show the key figures of both plans and the difference."""
    look.show_grid(
        [say("Figure"), beside, say("Now"), say("Difference")],
        [
            [
                say(row.figure),
                _write(row.before, row.unit),
                _write(row.after, row.unit),
                _write(row.delta, row.unit, sign=True),
            ]
            for row in records(found.totals)
        ],
    )


def _write(value: float, unit: str, *, sign: bool = False) -> str:
    written = number(value, 1 if unit in FINE_UNITS else 0)
    plus = "+" if sign and value > 0 else ""
    return f"{plus}{written} {say(UNITS.get(unit, unit))}" if unit else f"{plus}{written}"


def show_side_by_side(answer: Answer) -> None:
    """Show the pinned variants and the plan of now, a column each."""
    plans = pinned()
    if not plans:
        st.caption(say("Pin a plan, change something, and see both side by side; up to four."))
        return
    columns = {**plans, say("Now"): answer.plan} if len(plans) < MOST_VARIANTS else plans
    table = comparison.tabulate(columns)
    look.show_grid(
        [say("Figure"), *columns],
        [[say(figure), *[_write(value, unit) for value in values]] for figure, unit, *values in records(table)],
    )
    for name, plan in plans.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(name)
            st.button(say("Take over"), key=f"take-{name}", on_click=history.change, args=(plan.scenario,))
            st.button(say("Unpin"), key=f"unpin-{name}", on_click=_unpin, args=(name,))


def _unpin(name: str) -> None:
    current().pinned.pop(name, None)
