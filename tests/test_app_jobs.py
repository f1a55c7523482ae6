"""Plans made in the background: stopped, interrupted, failed."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest
import streamlit as st
from app_tools import (
    PATIENCE_S,
    speak,
    turn_to,
    visitor,
)
from streamlit.testing.v1 import AppTest

from infraplan.core.errors import InfraplanError, Problem
from infraplan.plan import Plan
from infraplan.study.study import Study
from infraplan.ui import (
    job,
    session,
)


def test_a_plan_is_not_lost_when_the_visitor_interrupts(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever he does while it is taken begins the page anew, at the next use of the session."""
    speak(app, "en")
    turn_to(app, "corridors")
    take_plan, interrupted = session.take_plan, []

    def take(made: Plan, *, stopped: bool) -> None:
        if not interrupted:
            interrupted.append(made)
            st.rerun()
        take_plan(made, stopped=stopped)

    monkeypatch.setattr(session, "take_plan", take)
    app.button(key="propose").click().run()
    assert visitor(app).plan is interrupted[0]
    assert visitor(app).job is None


def test_a_job_stops_before_the_search_without_a_plan(toy_study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    started, asked = Event(), Event()

    def build_for_ever(*_: Any, progress: Any, **__: Any) -> None:
        started.set()
        assert asked.wait(PATIENCE_S)
        progress(0.1, "cost surface")

    monkeypatch.setattr(job.story, "make_plan", build_for_ever)
    begun = job.start(toy_study, toy_study.scenario(), shared={}, own={}, previous=None)
    assert started.wait(PATIENCE_S)
    begun.stop()
    asked.set()
    assert begun.result() is None


def test_a_job_stopped_in_the_search_gives_what_was_found(
    toy_study: Study, toy_plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(*_: Any, progress: Any, should_stop: Any, **__: Any) -> Any:
        progress(0.8, "co2")
        while not should_stop():
            time.sleep(0.01)
        progress(0.9, "corridors")
        return toy_plan

    monkeypatch.setattr(job.story, "make_plan", search)
    grounds: dict[str, Any] = {}
    begun = job.start(toy_study, toy_study.scenario(), shared=grounds, own={}, previous=None)
    begun.stop()
    assert begun.result() is toy_plan
    assert grounds == {toy_plan.ground.key: toy_plan.ground}


@pytest.mark.parametrize("error", [RuntimeError("a fault"), InfraplanError(Problem("screen.no_carrier"))])
def test_a_job_hides_no_error(toy_study: Study, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(job.story, "make_plan", fail)
    begun = job.start(toy_study, toy_study.scenario(), shared={}, own={}, previous=None)
    with pytest.raises(type(error)):
        begun.result()
