"""The question of one visitor and how it came about: every change, with its time and author; undo, redo, reset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st
from pydantic import ValidationError

from infraplan.core import InfraplanError, Problem, Scenario
from infraplan.reports import minutes
from infraplan.study import name_fault

MOST_STEPS = 200


def begin(first: Scenario) -> None:
    """Start anew with a question."""
    st.session_state["questions"], st.session_state["at"] = [first], 0


def begun() -> bool:
    """Whether there is a question."""
    return bool(st.session_state.get("questions"))


def scenario() -> Scenario:
    """The question as it stands."""
    asked: Scenario = st.session_state["questions"][st.session_state["at"]]
    return asked


def log() -> list[minutes.Entry]:
    """Every change of this session, oldest first."""
    steps: list[minutes.Entry] = st.session_state.setdefault("steps", [])
    return steps


def change(new: Scenario) -> None:
    """Ask another question from now on."""
    old = scenario()
    if new == old:
        return
    kept = st.session_state["questions"][: st.session_state["at"] + 1]
    st.session_state["questions"] = [*kept, new][-MOST_STEPS:]
    st.session_state["at"] = len(st.session_state["questions"]) - 1
    _note(old, new)


def alter(**changes: object) -> None:
    """Change some answers of the question; a mistake is kept for the screen, and the question stays as it was."""
    attempt(lambda: change(scenario().changed(**changes)))


def attempt(act: Callable[[], None]) -> None:
    """Do what a visitor asked before the screen is drawn; his mistake is told once it is."""
    try:
        act()
    except InfraplanError as error:
        st.session_state["mistake"] = error
    except ValidationError as error:
        st.session_state["mistake"] = InfraplanError(
            [
                Problem(
                    "screen.wrong_value",
                    {"where": "/".join(str(part) for part in fault["loc"]), "fault": name_fault(fault)},
                    value=str(fault["input"])[:40],
                )
                for fault in error.errors()
            ]
        )


def can_undo() -> bool:
    """Whether there is a question before this one."""
    return bool(st.session_state["at"] > 0)


def can_redo() -> bool:
    """Whether a question was taken back."""
    return bool(st.session_state["at"] + 1 < len(st.session_state["questions"]))


def undo() -> None:
    """Go back to the question before."""
    _move(-1)


def redo() -> None:
    """Go forward to the question that was taken back."""
    _move(1)


def _move(steps: int) -> None:
    to = st.session_state["at"] + steps
    if 0 <= to < len(st.session_state["questions"]):
        old = scenario()
        st.session_state["at"] = to
        _note(old, scenario())


def note(what: str) -> None:
    """Put something in the log that changes no answer."""
    _note(scenario(), scenario(), what)


def _note(old: Scenario, new: Scenario, *what: str) -> None:
    author = str(st.session_state.get("author", "")).strip()
    log().append(minutes.Entry(datetime.now().astimezone(), author, what, old, new))
