"""Plans that were pinned under a name, to compare the plan of now with."""

from __future__ import annotations

import geopandas as gpd
import streamlit as st

from infraplan.analysis import MOST_VARIANTS, Comparison, comparison
from infraplan.plan import Plan
from infraplan.ui import history, look, session
from infraplan.ui.session import Answer, number, say

# units whose figures are small enough to be told by the tenth
FINE_UNITS = frozenset({"MEUR/a", "EUR/t"})
# units as the other screens write them
UNITS = {"MEUR": "M EUR", "MEUR/a": "M EUR/a"}


def pinned() -> dict[str, Plan]:
    """Plans by the name that they were pinned under; those of a study that has changed since are gone."""
    if st.session_state.get("pinned_of") is not session.study():
        st.session_state["pinned"], st.session_state["pinned_of"] = {}, session.study()
    plans: dict[str, Plan] = st.session_state["pinned"]
    return plans


def show_pin(answer: Answer) -> None:
    """Ask for a name and pin the plan of now."""
    plans = pinned()
    full = len(plans) >= MOST_VARIANTS
    with st.popover(say("Pin this plan"), disabled=full, use_container_width=True):
        st.text_input(say("Name"), key="pin_name", max_chars=40, placeholder=_next_name(plans))
        st.button(say("Pin"), key="pin", type="primary", on_click=_pin, args=(answer.plan,))


def _next_name(plans: dict[str, Plan]) -> str:
    free = (say("Variant {letter}", letter=letter) for letter in "ABCDEFGHI")
    return next(name for name in free if name not in plans)


def _pin(plan: Plan) -> None:
    plans = pinned()
    name = str(st.session_state.get("pin_name", "")).strip() or _next_name(plans)
    if name in plans or len(plans) < MOST_VARIANTS:
        plans[name] = plan
        history.note(say("Plan pinned: {name}", name=name))
        st.session_state["beside"] = name
    st.session_state["pin_name"] = ""


def choose() -> str:
    """Which pinned plan the map and the table compare with; nothing for none."""
    plans = pinned()
    if not plans:
        return ""
    options = {"": say("No comparison"), **{name: name for name in plans}}
    if st.session_state.get("beside") not in options:
        st.session_state["beside"] = ""
    chosen = st.selectbox(
        say("Compare with"),
        list(options),
        format_func=options.__getitem__,
        key="beside",
        label_visibility="collapsed",
    )
    return str(chosen)


def beside() -> str:
    """The name of the pinned plan that is compared with; nothing for none."""
    chosen = st.session_state.get("beside", "")
    return chosen if chosen in pinned() else ""


def compare(answer: Answer, beside: str) -> Comparison | None:
    """What the plan of now changed against a pinned one, worked out once."""
    if not beside:
        return None
    before = pinned()[beside]
    kept = st.session_state.get("comparison")
    if kept is None or kept[0] is not before or kept[1] is not answer.plan:
        made = comparison.compare(before, answer.plan)
        drawn = tuple(frame.to_crs("EPSG:4326") for frame in (made.segments, made.sites))
        st.session_state["comparison"] = kept = (before, answer.plan, made, drawn)
    found: Comparison = kept[2]
    return found


def changed_layers() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The pipes and the sites of the last comparison in WGS84."""
    drawn: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame] = st.session_state["comparison"][3]
    return drawn


def show_totals(found: Comparison, beside: str) -> None:
    """Key figures of both plans and the difference."""
    look.show_grid(
        [say("Figure"), beside, say("Now"), say("Difference")],
        [
            [
                say(row.figure),
                _tell(row.before, row.unit),
                _tell(row.after, row.unit),
                _tell(row.delta, row.unit, sign=True),
            ]
            for row in found.totals.itertuples(index=False)
        ],
    )


def _tell(value: float, unit: str, *, sign: bool = False) -> str:
    written = number(value, 1 if unit in FINE_UNITS else 0)
    plus = "+" if sign and value > 0 else ""
    return f"{plus}{written} {say(UNITS.get(unit, unit))}" if unit else f"{plus}{written}"


def show_side_by_side(answer: Answer) -> None:
    """The pinned variants and the plan of now, a column each."""
    plans = pinned()
    if not plans:
        st.caption(say("Pin a plan, change something, and see both side by side; up to four."))
        return
    columns = {**plans, say("Now"): answer.plan} if len(plans) < MOST_VARIANTS else plans
    table = comparison.tabulate(columns)
    look.show_grid(
        [say("Figure"), *columns],
        [
            [say(figure), *[_tell(value, unit) for value in values]]
            for figure, unit, *values in table.itertuples(index=False)
        ],
    )
    for name, plan in plans.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(name)
            st.button(say("Take over"), key=f"take-{name}", on_click=history.change, args=(plan.scenario,))
            st.button(say("Unpin"), key=f"unpin-{name}", on_click=_unpin, args=(name,))


def _unpin(name: str) -> None:
    st.session_state["pinned"].pop(name, None)
