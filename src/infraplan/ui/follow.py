"""The plan follows the question: asked once, it is made anew at every change, at once."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from infraplan.core import InfraplanError, Problem, Scenario, kernels
from infraplan.study import Study
from infraplan.ui import job, session
from infraplan.ui.session import say
from infraplan.ui.wording import name_step

LOOK_EVERY_S = 0.02
# A plan that comes sooner shows no progress: what flickers is not read.
PATIENCE_S = 1.2
TELL_EVERY_S = 0.25


def ask() -> None:
    """From now on the plan follows."""
    st.session_state["asked"] = True


def is_asked() -> bool:
    """Whether the plan follows."""
    return bool(st.session_state.get("asked"))


def prepare(study: Study) -> None:
    """Begin what the first plan needs while the room still looks at something else."""
    if not is_asked() and session.running_job() is None and session.latest_plan() is None:
        _begin(study, session.scenario())


def follow(study: Study) -> None:
    """Make the plan of the question as it stands, unless it is there; wait for it.

    Raises
    ------
    InfraplanError
        The user's mistake in the question: told until the question is another one.
    """
    # always in its place: an element that comes and goes would make the browser draw the map below it anew
    with st.container(key="progress"):
        box = st.empty()
    asked = session.scenario()
    made = session.latest_plan()
    if not is_asked() or (made is not None and made.scenario == asked):
        return
    if st.session_state.get("ended") == asked:
        if "refused" in st.session_state:
            raise st.session_state["refused"]
        return
    running = session.running_job()
    if running is None or running.scenario != asked:
        running = _begin(study, asked)
    _wait(running, box)
    _take(running)


def _begin(study: Study, asked: Scenario) -> job.Job:
    running = session.running_job()
    if running is not None:
        running.stop()
    if not asked.carriers:
        _refuse(asked, InfraplanError(Problem("screen.no_carrier")))
    begun = job.start(
        study, asked, shared=session.shared_grounds(), own=session.own_grounds(), previous=session.latest_plan()
    )
    st.session_state["job"] = begun
    return begun


def _wait(running: job.Job, box: DeltaGenerator) -> None:
    """Wait for the end; a long wait shows how far it is and a button to end it."""
    begun, bar = time.monotonic(), None
    told = begun + PATIENCE_S
    while not running.done:
        if time.monotonic() > told:
            told = time.monotonic() + TELL_EVERY_S
            bar = bar or _show_progress(box, running)
            bar.progress(*_tell(running))
        time.sleep(LOOK_EVERY_S)
    box.empty()


def _tell(running: job.Job) -> tuple[float, str]:
    """How far a plan is [0..1], in a number and in words; the first one ever waits until its code is compiled."""
    compiled = kernels.progress()
    if compiled is not None and not running.stop_asked.is_set():
        return compiled, say("The routing code is compiled once, which takes about a minute")
    title = say("Stopping") if running.stop_asked.is_set() else say("Proposing corridors")
    return running.share, f"{title}: {name_step(running.what)}"


def _show_progress(box: DeltaGenerator, running: job.Job) -> DeltaGenerator:
    """A bar and a button to stop; the bar is given back, to be moved on."""
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
    """Take the plan. The visitor may interrupt at every use of the session: what says that it is taken comes last."""
    st.session_state.pop("refused", None)
    try:
        made = running.result()
    except InfraplanError as error:
        _refuse(running.scenario, error)
    else:
        if made is not None:
            session.take_plan(made, stopped=running.stop_asked.is_set())
    st.session_state["ended"] = running.scenario
    st.session_state["job"] = None


def _refuse(asked: Scenario, error: InfraplanError) -> None:
    st.session_state["refused"] = error
    st.session_state["ended"] = asked
    st.session_state["job"] = None
    raise error
