"""The scenario of one visitor and its changes, each with its time and author; undo, redo, reset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st
from pydantic import ValidationError

from infraplan.core import InfraplanError, Problem, Scenario
from infraplan.reports import minutes
from infraplan.study import name_fault
from infraplan.ui import keys
from infraplan.ui.state import Session, current

MOST_STEPS = 200


def begin(first: Scenario) -> None:
    """Start anew with a scenario."""
    now = current()
    now.scenarios, now.position = [first], 0


def begun() -> bool:
    """Return whether there is a scenario."""
    return bool(current().scenarios)


def scenario() -> Scenario:
    """Return the scenario as it stands."""
    now = current()
    return now.scenarios[now.position]


def log() -> list[minutes.Entry]:
    """Return every change of this session, oldest first."""
    return current().log


def change(new: Scenario) -> None:
    """Ask another scenario from now on."""
    now, author = current(), _read_author()
    old = now.scenarios[now.position]
    if new == old:
        return
    now.scenarios = [*now.scenarios[: now.position + 1], new][-MOST_STEPS:]
    now.position = len(now.scenarios) - 1
    _note(now, author, old)


def alter(**changes: object) -> None:
    """Change some fields of the scenario; on a mistake keep it for the screen and leave the scenario as it was."""
    attempt(lambda: change(scenario().changed(**changes)))


def attempt(act: Callable[[], None]) -> None:
    """Do what a visitor asked before the screen is drawn; keep his mistake until it is drawn."""
    try:
        act()
    except InfraplanError as error:
        current().mistake = error
    except ValidationError as error:
        current().mistake = InfraplanError(
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
    """Return whether there is a scenario before this one."""
    return current().position > 0


def can_redo() -> bool:
    """Return whether a change was taken back."""
    now = current()
    return now.position + 1 < len(now.scenarios)


def undo() -> None:
    """Go back to the scenario before."""
    _move(-1)


def redo() -> None:
    """Go forward to the scenario that was taken back."""
    _move(1)


def _move(steps: int) -> None:
    now, author = current(), _read_author()
    to = now.position + steps
    if 0 <= to < len(now.scenarios):
        old, now.position = now.scenarios[now.position], to
        _note(now, author, old)


def note(what: str) -> None:
    """Put something in the log that changes no field of the scenario."""
    now, author = current(), _read_author()
    _note(now, author, now.scenarios[now.position], what)


def _read_author() -> str:
    """Return who makes the changes. Streamlit may interrupt here: ask before anything is changed."""
    return str(st.session_state.get(keys.AUTHOR, "")).strip()


def _note(now: Session, author: str, old: Scenario, *what: str) -> None:
    new = now.scenarios[now.position]
    now.log.append(minutes.Entry(datetime.now().astimezone(), author, what, old, new))
