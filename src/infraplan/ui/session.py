"""What the screens ask of a session: the study, the language, the scenario and the plan.

The study, and grounds on which nothing is drawn, are shared between visitors. A visitor's scenario, drawing and plan
stay in his session (see ``state``).
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
from typing import TYPE_CHECKING

import streamlit as st

from infraplan.core import LANGUAGES, InfraplanError, Problem, Scenario, begin, format_number, translate, write_remedy
from infraplan.demand import NeedsByYear, estimate_needs_by_year
from infraplan.plan import Ground, Plan
from infraplan.reports import corridor_tables, maps, plan_basemap, plan_layers, study_layers, writers
from infraplan.routes import GroundKey
from infraplan.study import Case, Study, default_folder, drawings, open_case, open_study
from infraplan.ui import history, keys
from infraplan.ui.job import Job
from infraplan.ui.state import Stamps, current

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

log = logging.getLogger(__name__)

VARIABLE = "INFRAPLAN_STUDY"
FAULT = "Something went wrong in infraplan itself. Undo the last change, or reload the page; the log has the details."
# rooms of codes about what a visitor has just done himself
_ASKED_HERE = frozenset({"link", "edit"})
PROBLEMS_SHOWN = 5
STUDIES_OPEN = 4
BASEMAPS_PRINTED = 8


@dataclass(frozen=True)
class Answer:
    """A plan laid out for the screens, once per plan and language. ``frames`` are in WGS84, for the map."""

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
    def covered(self) -> list[corridor_tables.Covered]:
        """The places under no-go areas."""
        return corridor_tables.list_covered(self.plan, self.language)

    @cached_property
    def networks(self) -> pd.DataFrame:
        """One row per carrier."""
        return corridor_tables.list_networks(self.plan, self.language)


def look_up_study() -> Study:
    """Return the study, read again if one of its files has changed: to be called once per drawing of a page.

    All visitors share its tables. What is made of it for a scenario with a drawing belongs to this visitor.
    """
    now = current()
    folder = Path(os.environ.get(VARIABLE) or default_folder())
    now.files = str(folder), _stamp_files(folder)
    opened = _open(*now.files)
    if now.study is None or now.opened is not opened:
        now.study, now.opened = opened.apart(), opened
        now.edition += 1
    return now.study


def study() -> Study:
    """Return the study that the app was started with, as it was when the page was begun."""
    return current().study or look_up_study()


def _files() -> tuple[str, Stamps]:
    """Return the folder of the study and its files, as they were when the page was begun."""
    now = current()
    if now.files is None:
        look_up_study()
    assert now.files is not None
    return now.files


@st.cache_resource(max_entries=STUDIES_OPEN, show_spinner=False)
def _open(folder: str, stamps: Stamps) -> Study:
    opened = open_study(folder)
    # leave the study out of garbage collection: going through it again would hold up a plan now and then
    gc.collect()
    gc.freeze()
    return opened


def edition() -> int:
    """Return the number of the study's reading in this session: another one when its files have changed."""
    study()
    return current().edition


def basemap() -> dict[str, gpd.GeoDataFrame]:
    """Return the basemap of the browser map in WGS84, made once per study and language."""
    return _draw_basemap(*_files(), language())


@st.cache_resource(max_entries=STUDIES_OPEN, show_spinner=False)
def _draw_basemap(folder: str, stamps: Stamps, language: str) -> dict[str, gpd.GeoDataFrame]:
    return plan_basemap.map_basemap(_open(folder, stamps), language=language)


@st.cache_resource(show_spinner=False)
def shared_grounds() -> dict[GroundKey, Ground]:
    """Return the grounds of all visitors by their key: of the open study, with nothing a visitor drew."""
    return {}


@st.cache_resource(max_entries=BASEMAPS_PRINTED, show_spinner=False)
def _print_basemap(
    folder: str, stamps: Stamps, language: str, bounds: maps.Bounds, draw: bool, tiles: bool
) -> maps.PrintedBasemap:
    return maps.app_basemap(
        bounds,
        basemap=_draw_basemap(folder, stamps, language),
        language=language,
        memory=f"infraplan-{_open(folder, stamps).settings.id}",
        tiles="osm" if tiles else None,
        draw=draw,
    )


def find_view() -> maps.Bounds:
    """Return what the map shows at first: west, south, east, north [deg] of the places of the first scenario."""
    now, mine = current(), study()
    if now.view is None or now.view_of is not mine:
        now.view, now.view_of = study_layers.find_view(mine, mine.scenario(first_scenario())), mine
    return now.view


def printed_basemap(bounds: maps.Bounds, *, draw: bool) -> maps.PrintedBasemap:
    """Return the basemap of the browser map as one script, made once per study, language and set of tools."""
    return _print_basemap(*_files(), language(), bounds, draw, bool(st.session_state.get(keys.TILES)))


def _stamp_files(folder: Path) -> Stamps:
    paths = [path for part in ("data", "layers") for path in (folder / part).rglob("*") if path.is_file()]
    return tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(paths))


def language() -> str:
    """Return the visitor's language; at first the study's own."""
    if keys.LANGUAGE not in st.session_state:
        st.session_state[keys.LANGUAGE] = _first_language()
    return str(st.session_state[keys.LANGUAGE])


def large_type() -> bool:
    """Return whether the visitor asked for large type."""
    return bool(st.session_state.get(keys.LARGE))


def _first_language() -> str:
    try:
        known = [name for name in study().settings.languages if name in LANGUAGES]
    except InfraplanError:  # shown where the study is opened
        known = []
    return known[0] if known else LANGUAGES[0]


def say(text: str, **values: object) -> str:
    """Return a text in the visitor's language."""
    return translate(text, language(), **values)


def number(value: float | None, digits: int = 0) -> str:
    """Return a number as the visitor writes it."""
    return format_number(value, language(), digits)


def scenario() -> Scenario:
    """Return the scenario as it stands."""
    if not history.begun():
        history.begin(study().scenario(first_scenario()))
    return history.scenario()


def case() -> Case:
    """Return the study and the scenario as it stands, joined once for each scenario."""
    now, opened, chosen = current(), study(), scenario()
    if now.case is None or now.case.study.opened is not opened or now.case.scenario is not chosen:
        now.case = open_case(opened, chosen)
    return now.case


def first_scenario() -> str:
    """Return the name of the scenario that a visitor meets first."""
    names = study().scenario_names()
    return names[0] if names else study().settings.default_scenario


def running_job() -> Job | None:
    """Return the plan in the making, if there is one."""
    return current().job


def latest_plan() -> Plan | None:
    """Return the plan that is shown; a plan of a study that has changed since is dropped."""
    now, mine = current(), study()
    # not the plan's own study: that one holds the sites and hubs which were drawn
    if now.plan is not None and now.plan_of is not mine:
        now.plan = None
    return now.plan


def take_plan(made: Plan, *, stopped: bool) -> None:
    """Show another plan from now on."""
    now, mine = current(), study()
    now.plan, now.plan_of, now.stopped = made, mine, stopped
    now.plan_number += 1


def needs_by_year() -> NeedsByYear:
    """Return the needs of every year of the scenario as it stands; what the plan or an earlier look knows is reused."""
    now, joined, made = current(), case(), latest_plan()
    kept = now.needs_of_years
    if made is not None and made.needs_by_year.fits(joined):
        kept = made.needs_by_year
    now.needs_of_years = estimate_needs_by_year(joined, start=kept)
    return now.needs_of_years


def answer() -> Answer | None:
    """Return the plan laid out in the visitor's language."""
    now, spoken, made = current(), language(), latest_plan()
    if made is None:
        return None
    if now.answer is None or now.answer.plan is not made or now.answer.language != spoken:
        layers = plan_layers.frames(made, language=spoken, whole=False)
        frames = writers.map_frames(made, language=spoken, layers=layers)
        now.answer = Answer(now.plan_number, made, spoken, now.stopped, frames)
    return now.answer


@contextmanager
def mistakes_shown() -> Iterator[None]:
    """Show a user's mistake as one message, and a fault of ours in our own words; skip the rest of the block."""
    try:
        yield
    except InfraplanError as error:
        show_mistake(error)
    except Exception:
        log.exception("a screen could not be drawn")
        st.error(say(FAULT))


def show_last_mistake() -> None:
    """Show the mistake in what was asked last, once; in a place of its own, so that nothing below it moves."""
    with st.container(key="mistake"):
        now = current()
        error, now.mistake = now.mistake, None
        if error is not None:
            show_mistake(error)


def show_mistake(error: InfraplanError) -> None:
    """Write every problem, the first ones in sight."""
    lines = [f"- {plain(_describe(problem))}" for problem in error.problems]
    if len(lines) == 1:
        st.error(lines[0].removeprefix("- "))
        return
    st.error("\n".join([say("{count} problems:", count=len(lines)), "", *lines[:PROBLEMS_SHOWN]]))
    if len(lines) > PROBLEMS_SHOWN:
        with st.expander(say("All problems")):
            st.markdown("\n".join(lines))


def _describe(problem: Problem) -> str:
    """Return a problem in the visitor's language: what he has just asked has no place, a shape its kind and name."""
    if problem.code.partition(".")[0] in _ASKED_HERE:
        return f"{begin(problem.sentence(language()))}. {write_remedy(problem, language())}"
    return drawings.describe_shape_problem(problem, language())


def plain(text: str) -> str:
    """Return a text in which names and paths are not read as Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#$~|:" else letter for letter in text)
