"""The plan follows the scenario: once asked for, it is made anew at every change."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from infraplan.core import InfraplanError, Problem, Scenario, kernels
from infraplan.study import Study
from infraplan.ui import job, session
from infraplan.ui.session import say
from infraplan.ui.state import current
from infraplan.ui.wording import name_step

LOOK_EVERY_S = 0.02
# Show no progress of a plan that comes sooner than this: what flickers is not read.
PATIENCE_S = 1.2
SHOW_EVERY_S = 0.25


def ask() -> None:
    """Let the plan follow from now on."""
    current().wants_plan = True


def wants_plan() -> bool:
    """Return whether the plan follows."""
    return current().wants_plan


def prepare(study: Study) -> None:
    """Begin the first plan while people still look at the needs."""
    if not wants_plan() and session.running_job() is None and session.latest_plan() is None:
        _begin(study, session.scenario())


def follow(study: Study) -> None:
    """Make the plan of the scenario as it stands, unless it is there; wait for it.

    Raises
    ------
    InfraplanError
        The user's mistake in the scenario: raised until the scenario is another one.
    """
    # always in its place: an element that comes and goes would make the browser draw the map below it again
    with st.container(key="progress"):
        box = st.empty()
    scenario = session.scenario()
    made = session.latest_plan()
    if not wants_plan() or (made is not None and made.scenario == scenario):
        return
    now = current()
    if now.ended == scenario:
        if now.refused is not None:
            raise now.refused
        return
    running = session.running_job()
    if running is None or running.scenario != scenario:
        running = _begin(study, scenario)
    _wait(running, box)
    _take(running)


def _begin(study: Study, scenario: Scenario) -> job.Job:
    running = session.running_job()
    if running is not None:
        running.stop()
    if not scenario.carriers:
        _refuse(scenario, InfraplanError(Problem("screen.no_carrier")))
    now = current()
    begun = job.start(study, scenario, shared=session.shared_grounds(), own=now.grounds, previous=session.latest_plan())
    now.job = begun
    return begun


def _wait(running: job.Job, box: DeltaGenerator) -> None:
    """Wait for the end; during a long wait show the progress and a button to stop."""
    begun, bar = time.monotonic(), None
    due = begun + PATIENCE_S
    while not running.done:
        if time.monotonic() > due:
            due = time.monotonic() + SHOW_EVERY_S
            bar = bar or _show_progress(box, running)
            bar.progress(*_describe(running))
        time.sleep(LOOK_EVERY_S)
    box.empty()


def _describe(running: job.Job) -> tuple[float, str]:
    """Return how far a plan is [0..1], and the same in words; the very first one waits until its code is compiled."""
    compiled = kernels.progress()
    if compiled is not None and not running.stop_asked.is_set():
        return compiled, say("The routing code is compiled once, which takes about a minute")
    title = say("Stopping") if running.stop_asked.is_set() else say("Proposing corridors")
    return running.share, f"{title}: {name_step(running.what)}"


def _show_progress(box: DeltaGenerator, running: job.Job) -> DeltaGenerator:
    """Show a bar and a button to stop, and return the bar, to be moved on."""
    with box.container(border=True):
        bar = st.empty()
        st.button(
            say("Stop"),
            key="stop",
            on_click=running.stop,
            disabled=running.stop_asked.is_set(),
            help=say("Ends the search; the best networks found so far are shown."),
        )
    return bar


def _take(running: job.Job) -> None:
    """Take the plan. Streamlit may interrupt while it is taken, so the job is dropped last: then it is taken again."""
    now = current()
    now.refused = None
    try:
        made = running.result()
    except InfraplanError as error:
        _refuse(running.scenario, error)
    else:
        if made is not None:
            session.take_plan(made, stopped=running.stop_asked.is_set())
    now.ended, now.job = running.scenario, None


def _refuse(scenario: Scenario, error: InfraplanError) -> None:
    now = current()
    now.refused, now.ended, now.job = error, scenario, None
    raise error
