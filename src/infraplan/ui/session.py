"""What one visitor has open: the study, the language, the question and the plan.

Only the study and grounds on which nothing is drawn are shared between visitors; a visitor's question, drawing and
plan stay in his session.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd
import streamlit as st

from infraplan.analysis import counter_proposals
from infraplan.core import LANGUAGES, InfraplanError, Problem, Scenario, begin, format_number, tell_remedy, translate
from infraplan.demand import NeedsByYear, estimate_needs_by_year
from infraplan.plan import Ground, Plan
from infraplan.reports import maps, plan_basemap, plan_layers, writers
from infraplan.routes import GroundKey
from infraplan.study import Case, Study, default_folder, drawings, open_case, open_study
from infraplan.ui import history, summary
from infraplan.ui.job import Job

log = logging.getLogger(__name__)

VARIABLE = "INFRAPLAN_STUDY"
FAULT = "Something went wrong in infraplan itself. Undo the last change, or reload the page; the log has the details."
# rooms of codes about what a visitor has just done himself
_ASKED_HERE = frozenset({"link", "edit"})
PROBLEMS_SHOWN = 5
STUDIES_OPEN = 4
GROUNDS_PRINTED = 8


@dataclass(frozen=True)
class Answer:
    """A plan and what every screen shows of it, laid out once: ``frames`` are in WGS84, for the map."""

    number: int
    plan: Plan
    language: str
    stopped: bool
    frames: dict[str, gpd.GeoDataFrame]

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """The corridors with every figure, best first."""
        return plan_layers.ranking_table(self.plan, language=self.language)

    @cached_property
    def covered(self) -> pd.DataFrame:
        """The places under no-go areas (see ``proposals.list_covered``)."""
        return counter_proposals.list_covered(self.plan)

    @cached_property
    def networks(self) -> pd.DataFrame:
        """One row per carrier."""
        return summary.list_networks(self.plan)


def look_up_study() -> Study:
    """Look, once per drawing of a page, whether a file of the study has changed; read the study again if so.

    Its tables are those of all visitors, but what is made of it for a question with a drawing is this visitor's own.
    """
    folder = Path(os.environ.get(VARIABLE) or default_folder())
    st.session_state["files"] = str(folder), _stamp_files(folder)
    opened = _open(*st.session_state["files"])
    if st.session_state.get("study_of") is not opened:
        st.session_state["study"], st.session_state["study_of"] = opened.apart(), opened
        st.session_state["edition"] = st.session_state.get("edition", 0) + 1
    own: Study = st.session_state["study"]
    return own


def study() -> Study:
    """The study that the app was started with, as it was when the page was last begun."""
    if "study" not in st.session_state:
        return look_up_study()
    own: Study = st.session_state["study"]
    return own


def _files() -> tuple[str, tuple[tuple[str, int, int], ...]]:
    """Folder and stamps of the study's files at that time."""
    study()
    files: tuple[str, tuple[tuple[str, int, int], ...]] = st.session_state["files"]
    return files


@st.cache_resource(max_entries=STUDIES_OPEN, show_spinner=False)
def _open(folder: str, stamps: tuple[tuple[str, int, int], ...]) -> Study:
    opened = open_study(folder)
    # what stays is not looked through again when memory is cleared: that would hold up a plan now and then
    gc.collect()
    gc.freeze()
    return opened


def edition() -> int:
    """Number of the study's reading in this session: another one when its files have changed."""
    study()
    return int(st.session_state["edition"])


def basemap() -> dict[str, gpd.GeoDataFrame]:
    """The ground of the browser map in WGS84, once per study and language."""
    return _draw_basemap(*_files(), language())


@st.cache_resource(max_entries=STUDIES_OPEN, show_spinner=False)
def _draw_basemap(folder: str, stamps: tuple[tuple[str, int, int], ...], language: str) -> dict[str, gpd.GeoDataFrame]:
    return plan_basemap.map_basemap(_open(folder, stamps), language=language)


@st.cache_resource(show_spinner=False)
def shared_grounds() -> dict[GroundKey, Ground]:
    """Grounds by their key, for all visitors: of the open study, with nothing a visitor drew."""
    return {}


def own_grounds() -> dict[GroundKey, Ground]:
    """Grounds by their key that hold what this visitor drew: they stay in his session."""
    grounds: dict[GroundKey, Ground] = st.session_state.setdefault("grounds", {})
    return grounds


@st.cache_resource(max_entries=GROUNDS_PRINTED, show_spinner=False)
def _print_ground(
    folder: str, stamps: tuple[tuple[str, int, int], ...], language: str, bounds: maps.Bounds, draw: bool, tiles: bool
) -> maps.Ground:
    return maps.app_ground(
        bounds,
        basemap=_draw_basemap(folder, stamps, language),
        language=language,
        memory=f"infraplan-{_open(folder, stamps).settings.id}",
        tiles="osm" if tiles else None,
        draw=draw,
    )


def find_view() -> maps.Bounds:
    """West, south, east, north [deg] of the places that take part in the study's first scenario: shown at first."""
    if st.session_state.get("view_of") is not study():
        st.session_state["view"] = maps.find_bounds(
            summary.list_first_places(study(), study().scenario(first_scenario()))
        )
        st.session_state["view_of"] = study()
    bounds: maps.Bounds = st.session_state["view"]
    return bounds


def printed_ground(bounds: maps.Bounds, *, draw: bool, tiles: bool) -> maps.Ground:
    """The ground of the browser map as one script, made once per study, language and set of tools."""
    return _print_ground(*_files(), language(), bounds, draw, tiles)


def _stamp_files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    paths = [path for part in ("data", "layers") for path in (folder / part).rglob("*") if path.is_file()]
    return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(paths))


def language() -> str:
    """The visitor's language; at first the study's own."""
    if "language" not in st.session_state:
        st.session_state["language"] = _first_language()
    return str(st.session_state["language"])


def _first_language() -> str:
    try:
        known = [name for name in study().settings.languages if name in LANGUAGES]
    except InfraplanError:  # told where the study is opened
        known = []
    return known[0] if known else LANGUAGES[0]


def say(text: str, **values: object) -> str:
    """A text in the visitor's language."""
    return translate(text, language(), **values)


def number(value: float | None, digits: int = 0) -> str:
    """A number as the visitor writes it."""
    return format_number(value, language(), digits)


def scenario() -> Scenario:
    """The question as it stands."""
    if not history.begun():
        history.begin(study().scenario(first_scenario()))
    return history.scenario()


def case() -> Case:
    """The study and the question as it stands, joined once for each question."""
    opened, asked = study(), scenario()
    kept: Case | None = st.session_state.get("case")
    if kept is None or kept.study.opened is not opened or kept.scenario is not asked:
        kept = st.session_state["case"] = open_case(opened, asked)
    return kept


def first_scenario() -> str:
    """Name of the scenario that a visitor meets first."""
    names = study().scenario_names()
    return names[0] if names else study().settings.default_scenario


def running_job() -> Job | None:
    """The plan in the making, if there is one."""
    job: Job | None = st.session_state.get("job")
    return job


def latest_plan() -> Plan | None:
    """The plan that is shown; a plan of a study that has changed since is forgotten."""
    made: Plan | None = st.session_state.get("plan")
    # not the plan's own study: that one holds the sites and hubs which were drawn
    if made is not None and st.session_state.get("plan_of") is not study():
        st.session_state["plan"] = made = None
    return made


def take_plan(made: Plan, *, stopped: bool) -> None:
    """Show another plan from now on."""
    st.session_state["plan"], st.session_state["plan_of"] = made, study()
    st.session_state["plan_number"] = st.session_state.get("plan_number", 0) + 1
    st.session_state["stopped"] = stopped


def needs_by_year() -> NeedsByYear:
    """Who needs what in every year of the question as it stands; what the plan or an earlier look knows is kept."""
    now, made = case(), latest_plan()
    kept: NeedsByYear | None = st.session_state.get("needs_of_years")
    if made is not None and made.needs_by_year.fits(now):
        kept = made.needs_by_year
    found = estimate_needs_by_year(now, start=kept)
    st.session_state["needs_of_years"] = found
    return found


def answer() -> Answer | None:
    """The plan laid out in the visitor's language."""
    made = latest_plan()
    if made is None:
        return None
    shown: Answer | None = st.session_state.get("answer")
    if shown is None or shown.plan is not made or shown.language != language():
        layers = plan_layers.frames(made, language=language(), whole=False)
        shown = Answer(
            number=st.session_state.get("plan_number", 0),
            plan=made,
            language=language(),
            stopped=bool(st.session_state.get("stopped")),
            frames=writers.map_frames(made, language=language(), layers=layers),
        )
        st.session_state["answer"] = shown
    return shown


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Show a user's mistake as one message, and a fault of ours in our own words; what follows is left out."""
    try:
        yield
    except InfraplanError as error:
        show_mistake(error)
    except Exception:
        log.exception("a screen could not be drawn")
        st.error(say(FAULT))


def tell_mistake() -> None:
    """Show the mistake in what was asked last, once; in a place of its own, so that nothing below it moves."""
    error = st.session_state.pop("mistake", None)
    with st.container(key="mistake"):
        if error is not None:
            show_mistake(error)


def show_mistake(error: InfraplanError) -> None:
    """Write every problem, the first ones in sight."""
    lines = [f"- {plain(_tell(problem))}" for problem in error.problems]
    if len(lines) == 1:
        st.error(lines[0].removeprefix("- "))
        return
    st.error("\n".join([say("{count} problems:", count=len(lines)), "", *lines[:PROBLEMS_SHOWN]]))
    if len(lines) > PROBLEMS_SHOWN:
        with st.expander(say("All problems")):
            st.markdown("\n".join(lines))


def _tell(problem: Problem) -> str:
    """A problem as the visitor reads it: what he has just asked for has no place, a shape has its kind and name."""
    if problem.code.partition(".")[0] in _ASKED_HERE:
        return f"{begin(problem.tell(language()))}. {tell_remedy(problem, language())}"
    return drawings.tell(problem, language())


def plain(text: str) -> str:
    """Keep names and paths from being read as Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#$~|:" else letter for letter in text)
