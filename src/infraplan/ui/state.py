"""What one visitor has open: one typed object under one key of Streamlit's session state.

Streamlit may interrupt a page at any use of ``st.*``, the session state included. To fetch the object is such a use;
to write a field of it is not. So fetch it first, then write the fields that belong together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from infraplan.core import InfraplanError, Scenario
from infraplan.demand import NeedsByYear
from infraplan.plan import Ground, Plan
from infraplan.reports import maps, minutes
from infraplan.routes import GroundKey
from infraplan.study import Case, Study

if TYPE_CHECKING:
    import pandas as pd

    from infraplan.analysis import Explanation
    from infraplan.ui.job import Job
    from infraplan.ui.session import Answer
    from infraplan.ui.sheets import Made
    from infraplan.ui.variants import Compared

KEY = "session"
# path, size [bytes] and time of change [ns] of every file of a study
Stamps = tuple[tuple[str, int, int], ...]


@dataclass
class Session:
    """What one visitor has open. What Streamlit keeps of the boxes on a page is named in ``keys``."""

    files: tuple[str, Stamps] | None = None
    """Folder of the study, and its files as they were when the page was begun."""
    opened: Study | None = None
    """The study as all visitors share it."""
    study: Study | None = None
    """This visitor's own view of the study: what his drawings make of it is kept here."""
    edition: int = 0
    """Number of the study's reading: another one once its files have changed."""
    view: maps.Bounds | None = None
    """What the map shows at first: west, south, east, north [deg]."""
    view_of: Study | None = None
    """The study of that view."""

    scenarios: list[Scenario] = field(default_factory=list)
    """The scenarios asked so far, oldest first, for undo and redo."""
    position: int = 0
    """Place of the scenario of now among them."""
    log: list[minutes.Entry] = field(default_factory=list)
    """Every change, oldest first."""
    log_words: dict[tuple[Any, str], tuple[str, ...]] = field(default_factory=dict)
    """Changes in words, by their time and language."""
    mistake: InfraplanError | None = None
    """The mistake in what was asked last, until it is shown."""
    choices: dict[str, tuple[object, str]] = field(default_factory=dict)
    """By box: what it showed at first, and what was chosen last."""

    wants_plan: bool = False
    """Whether the plan follows every change."""
    job: Job | None = None
    """The plan in the making."""
    ended: Scenario | None = None
    """The scenario whose plan was made, stopped or refused last."""
    refused: InfraplanError | None = None
    """Why that scenario has no plan."""
    plan: Plan | None = None
    """The plan that is shown."""
    plan_of: Study | None = None
    """The study of that plan."""
    plan_number: int = 0
    """How many plans were shown so far."""
    stopped: bool = False
    """Whether the search for the plan was stopped."""
    answer: Answer | None = None
    """The plan laid out for the screens."""
    grounds: dict[GroundKey, Ground] = field(default_factory=dict)
    """Grounds that hold what this visitor drew."""

    case: Case | None = None
    """The study and the scenario of now, joined."""
    needs_of_years: NeedsByYear | None = None
    """Needs of every year of the scenario of now."""
    needs: tuple[object, pd.DataFrame] | None = None
    """Needs of the scenario's year, after what they were estimated for."""
    needs_by_year: tuple[object, pd.DataFrame] | None = None
    """Sums of the needs per year, after what they were estimated for."""

    corridor_id: str = ""
    """The corridor whose card is open."""
    selected_row: int | None = None
    """The row of the ranking that was selected at the last look."""
    explained: dict[str, tuple[object, Explanation]] = field(default_factory=dict)
    """By kind: the last explanation, after what it explains."""
    printed: dict[str, tuple[object, str]] = field(default_factory=dict)
    """By kind of map: the layers written last, after what they show."""
    clicks: dict[str, int] = field(default_factory=dict)
    """By kind of map: the number of clicks that were answered."""
    clicked: tuple[str, str] = ("", "")
    """Site and hub of the last click on the map to draw on."""
    shapes_seen: list[dict[str, Any]] | None = None
    """The shapes on the map at the last look."""
    new_shape: Mapping[str, Any] | None = None
    """The geometry (GeoJSON) that waits for its name."""

    pinned: dict[str, Plan] = field(default_factory=dict)
    """Plans by the name that they were pinned under."""
    pinned_of: Study | None = None
    """The study of those plans."""
    comparison: Compared | None = None
    """The last comparison of the plan with a pinned one."""
    sheet: Made | None = None
    """The sheet that was made last."""


def current() -> Session:
    """Return what the visitor of this page has open. Streamlit may interrupt the page here."""
    if KEY not in st.session_state:
        st.session_state[KEY] = Session()
    session: Session = st.session_state[KEY]
    return session
