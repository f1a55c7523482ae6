"""The app on Toyland: every page in both languages, a plan proposed and changed, mistakes told in one message."""

from __future__ import annotations

import ast
import html
import json
import re
import threading
import time
import tomllib
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from study_tools import append

from infraplan.core.errors import InfraplanError, Problem
from infraplan.core.i18n import list_untranslated, translate
from infraplan.core.model import Drawing, DrawnSite
from infraplan.plan import Plan
from infraplan.study import drawings, edits
from infraplan.study.case import open_case
from infraplan.study.study import Study
from infraplan.ui import (
    corridors,
    data,
    dials,
    downloads,
    drawing,
    job,
    look,
    protocol,
    session,
    sheets,
    summary,
    wording,
)

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "needs": "Who needs what",
    "corridors": "Sites and hubs of the study",
    "what-if": "Sites and hubs of the study",
    "sheets": "Sheets and exports",
    "data": "Data and sources",
}
PLANNED = {"corridors": "CO2 avoided", "what-if": "CO2 avoided", "sheets": "Sheets and exports"}
PATIENCE_S = 120.0
NASTY = "<img src=x onerror=alert(1)> & **bold**"


@pytest.fixture
def app(toyland: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv(session.VARIABLE, str(toyland))
    return AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S)


def speak(app: AppTest, language: str) -> AppTest:
    app.session_state["language"] = language
    return app.run()


def box(app: AppTest, key: str) -> Any:
    """The box of a choice in the language of now."""
    own = f"{key}-{app.session_state['language']}"
    return next(widget for kind in (app.selectbox, app.multiselect) for widget in kind if widget.key == own)


def turn_to(app: AppTest, page: str) -> AppTest:
    """Open a page. AppTest finds pages by file; these are functions, known by their address."""
    pages = app._registered_pages.items()
    app._page_hash = next(key for key, page_info in pages if page_info["url_pathname"] == page)
    return app.run()


def propose(app: AppTest) -> AppTest:
    """Press the button: the plan is there when the page is drawn."""
    if not any(button.key == "propose" for button in app.button):
        turn_to(app, "corridors")
    app.button(key="propose").click().run()
    assert not app.exception
    return app


def read_html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_both_languages(app: AppTest, page: str, language: str) -> None:
    speak(app, language)
    if page != "needs":
        turn_to(app, page)
    assert not app.exception
    assert not app.error
    text = read_html(app)
    assert translate(PAGES[page], language) in text
    assert f"{translate('Vintage', language)}:" in text


def test_the_needs_come_from_the_plan_that_is_there(app: AppTest) -> None:
    """Every year is estimated once, and the sums are those of the plan's own needs."""
    propose(speak(app, "en"))
    plan: Plan = app.session_state["plan"]
    off = str(plan.needs["place_id"].iloc[0])
    asked = plan.scenario.changed(sites_off=(off,), year=plan.scenario.year + 1)
    app.session_state["questions"] = [asked]
    turn_to(app, "")
    assert app.session_state["needs_of_years"] is plan.needs_by_year, "another year or a switched site needs no others"
    needed, by_year = (app.session_state[key][1] for key in ("needs", "needs_by_year"))
    assert needed.equals(plan.needs_by_year.needs_in(open_case(plan.study, asked)))
    assert off not in set(needed["place_id"])
    assert list(by_year.index) == sorted({*plan.study.settings.milestones, asked.year})


def test_the_files_of_the_study_are_looked_at_once_per_drawing(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look asks the disk about every file: a page that looked per row of a table took seconds."""
    speak(app, "en")
    looks: list[bool] = []
    stamp = session._stamp_files

    def look(folder: Path) -> tuple[tuple[str, int, int], ...]:
        # the test itself reads labels outside the app
        looks.append(threading.current_thread() is not threading.main_thread())
        return stamp(folder)

    monkeypatch.setattr(session, "_stamp_files", look)
    app.run()
    assert sum(looks) == 1


def test_tables_of_needs_are_in_the_readers_alphabet(app: AppTest) -> None:
    for language in ("en", "nl"):
        speak(app, language)
        sectors = list(app.dataframe[0].value["key"])
        assert sectors == sorted(sectors), language


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_shows_the_plan_in_both_languages(app: AppTest, language: str) -> None:
    propose(speak(app, language))
    for page, told in PLANNED.items():
        turn_to(app, page)
        assert not app.exception
        assert not app.error
        assert translate(told, language) in read_html(app)
    assert app.session_state["plan_number"] == 1, "another page is no other question"


def test_pages_stand_in_the_order_of_a_session() -> None:
    door = (ROOT / "app.py").read_text(encoding="utf-8")
    titles = re.findall(r'st\.Page\([\w.]+, title=say\("([^"]+)"', door)
    assert titles == ["Needs", "Corridors", "What if", "Sheets and exports", "Data and sources"]


def test_the_plan_follows_a_site_that_is_switched_off(app: AppTest) -> None:
    propose(speak(app, "en"))
    before = app.dataframe[0].value
    assert list(before["rank"]) == list(range(1, len(before) + 1))
    assert before["co2_avoided_kt_per_a"].is_monotonic_decreasing
    assert "M EUR" in read_html(app)

    largest = app.session_state["plan"].corridors.users.set_index("place_id")["amount"].idxmax()
    turn_to(app, "what-if")
    app.pills(key="dial_group").set_value("Sites").run()
    box(app, "sites_off").set_value([largest]).run()
    assert not app.error
    assert app.session_state["plan"].scenario.sites_off == (largest,)
    assert largest not in set(app.session_state["plan"].corridors.users["place_id"])
    turn_to(app, "corridors")
    assert not app.dataframe[0].value.equals(before)


def test_undo_redo_and_reset_walk_through_the_questions(app: AppTest, toy_study: Study) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    first = app.session_state["plan"].scenario
    app.number_input(key="co2_value").set_value(90.0).run()
    app.segmented_control(key="co2_view").set_value("direct").run()
    asked = app.session_state["plan"].scenario
    assert asked.co2_value() == 90.0
    assert asked.co2_view == "direct"
    app.button(key="undo").click().run()
    assert app.session_state["plan"].scenario.co2_view == "system"
    app.button(key="undo").click().run()
    assert app.session_state["plan"].scenario == first
    assert app.button(key="undo").disabled
    app.button(key="redo").click().run()
    assert app.session_state["plan"].scenario.co2_value() == 90.0
    app.button(key="reset").click().run()
    assert app.session_state["plan"].scenario == toy_study.scenario()
    app.text_input(key="author").set_value("Port authority").run()
    app.number_input(key="co2_value").set_value(120.0).run()
    steps = app.session_state["steps"]
    assert len(steps) == 7
    assert steps[-1].author == "Port authority"
    assert all(step.time.tzinfo is not None for step in steps)
    assert "Port authority" in read_html(app)


PROOFS = {
    "Money": "co2_value",
    "Sites": "sites_off",
    "Hubs": "hubs_off",
    "Projects": "The study has none.",
    "Pathways": "share-",
    "Capture": "dial-",
    "Ground": "dial-",
    "Drawn": "Draw on the map",
}


def test_every_group_of_dials_can_be_turned(app: AppTest, toy_study: Study) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    for group, proof in PROOFS.items():
        app.pills(key="dial_group").set_value(group).run()
        assert not app.error, group
        keys = [
            str(widget.key)
            for kind in (app.multiselect, app.number_input, app.slider, app.select_slider)
            for widget in kind
        ]
        shown = [*keys, *(caption.value for caption in app.caption)]
        assert any(told.startswith(proof) for told in shown), group
    assert PROOFS.keys() == dials.GROUPS.keys()
    app.pills(key="dial_group").set_value("Pathways").run()
    scenario = app.session_state["plan"].scenario
    sector = box(app, "sector").value
    slider = next(one for one in app.slider if str(one.key).startswith(f"share-{sector}-"))
    pathway = str(slider.key).removeprefix(f"share-{sector}-")
    slider.set_value(0 if slider.value else 50).run()
    assert not app.error
    changed = app.session_state["plan"].scenario
    assert changed.share(sector, pathway) != scenario.share(sector, pathway)
    assert sum(changed.share(sector, one) for one in changed.pathways[sector]) == pytest.approx(1.0)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_decision_on_a_project_changes_the_question_and_the_plan(
    toy: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """Toyland has no projects: here its hydrogen harbour hangs on one."""
    append(
        toy / "data/projects.csv", project_id="quay", name="quay", type="H2-CCUS", status="planned",
        hub_id="harbour-h2", effect_carrier="h2", effect_amount=5000, effect_unit="gwh_per_a", source="own-estimate",
    )  # fmt: skip
    monkeypatch.setenv(session.VARIABLE, str(toy))
    app = propose(speak(AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S), language))
    first = app.session_state["plan"]
    assert "harbour-h2" in set(first.corridors.users["hub_id"])
    turn_to(app, "what-if")
    app.pills(key="dial_group").set_value("Projects").run()
    decision = app.segmented_control(key="decision")
    assert decision.value == "as_known"
    assert decision.options == [translate(told, language) for told in dials.DECISIONS.values()]
    decision.set_value("no").run()
    assert not app.error
    fallen = app.session_state["plan"]
    assert fallen.scenario.projects_off == ("quay",)
    assert "harbour-h2" not in set(fallen.corridors.users["hub_id"])

    app.segmented_control(key="decision").set_value("later").run()
    last = max(first.study.settings.milestones)
    assert app.session_state["plan"].scenario.project_years == {"quay": last}
    assert app.session_state["plan"].scenario.projects_off == ()
    app.slider(key="project_year").set_value(first.scenario.year).run()
    assert app.session_state["plan"].scenario.project_years == {"quay": first.scenario.year}
    app.segmented_control(key="decision").set_value("yes").run()
    assert app.session_state["plan"].scenario.projects_on == ("quay",)
    assert "harbour-h2" in set(app.session_state["plan"].corridors.users["hub_id"])
    app.segmented_control(key="decision").set_value("as_known").run()
    assert app.session_state["plan"].scenario == first.scenario

    turn_to(app, "data")
    projects = next(frame.value for frame in app.dataframe if "kind" in frame.value)
    told = {"en": "Hydrogen, CO2 capture", "nl": "Waterstof, CO2-afvang"}
    assert list(projects["kind"]) == [told[language]]
    effects = {"en": "Hydrogen 5,000 GWh/a", "nl": "Waterstof 5.000 GWh/jaar"}
    assert list(projects["effect"]) == [effects[language]]


@pytest.mark.parametrize(("language", "told"), [("en", "× 1.5"), ("nl", "× 1,5")])
def test_a_dial_writes_its_number_as_the_reader_does(app: AppTest, language: str, told: str) -> None:
    propose(speak(app, language))
    turn_to(app, "what-if")
    app.pills(key="dial_group").set_value("Money").run()
    sign, figure = told.split()
    dial = app.select_slider(key=f"dial-co2_pipeline/capex_factor-{language}")
    assert f"{figure} {sign}" in dial.options
    assert dial.value in (float(stop) for stop in dial_of(app, "co2_pipeline/capex_factor").list_stops())
    dial.set_value(1.5).run()
    assert not app.error
    assert app.session_state["plan"].scenario.assumptions["co2_pipeline/capex_factor"] == 1.5
    rate = app.select_slider(key=f"dial-finance/discount_rate-{language}")
    assert all(option.endswith(" %") for option in rate.options)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_stop_of_every_dial_has_a_text_of_its_own(default_study: Study, language: str) -> None:
    for dial in edits.list_dials(default_study, default_study.scenario()):
        if dial.low < dial.high:
            stops = dial.list_stops()
            assert len({dials.tell_stop(stop, dial.unit, language) for stop in stops}) == len(stops), dial.id


def dial_of(app: AppTest, key: str) -> edits.Dial:
    plan = app.session_state["plan"]
    return next(dial for dial in edits.list_dials(plan.study, plan.scenario) if dial.id == key)


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [(0.85, 0.95, 0.9), (1.0, 3.5, 2.0), (8.0, 12.0, 9.17), (0.75, 1.0, 1.4), (0.0, 90.0, 7.0)],
)
def test_a_dial_stops_at_round_numbers_its_ends_and_what_it_is(low: float, high: float, value: float) -> None:
    dial = edits.Dial("a/b", "cost", "A", "", None, value, low, low, high, "1", "", "")
    stops = dial.list_stops()
    assert stops == sorted(set(stops))
    assert {low, high, value} <= set(stops)
    assert edits.LEAST_STEPS <= len(stops) <= 3 * edits.LEAST_STEPS


def test_variants_are_pinned_compared_and_taken_over(app: AppTest) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    app.text_input(key="pin_name").set_value("<b>Base</b>").run()
    app.button(key="pin").click().run()
    base = app.session_state["plan"]
    app.number_input(key="co2_value").set_value(0.0).run()
    assert not app.error
    text = read_html(app)
    assert "<b>Base</b>" not in text
    assert "&lt;b&gt;Base&lt;/b&gt;" in text
    assert "CO2 through the pipes" in text
    for _ in range(3):
        app.button(key="pin").click().run()
    assert list(app.session_state["pinned"]) == ["<b>Base</b>", "Variant A", "Variant B", "Variant C"]
    app.button(key="take-<b>Base</b>").click().run()
    assert app.session_state["plan"].scenario == base.scenario
    app.button(key="unpin-Variant B").click().run()
    assert "Variant B" not in app.session_state["pinned"]


def test_the_map_of_a_comparison_is_written_before_the_figures_change(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    app.button(key="pin").click().run()
    written: list[tuple[int, bool]] = []
    show_summary = corridors.show_summary

    def look_first(answer: session.Answer) -> None:
        _, number, _, compared = st.session_state["printed"]["changing"][0]
        written.append((number - answer.number, compared is not None))
        show_summary(answer)

    monkeypatch.setattr(corridors, "show_summary", look_first)
    app.number_input(key="co2_value").set_value(0.0).run()
    assert not app.error
    assert set(written) == {(0, True)}


def test_drawn_shapes_join_the_question_and_stay_private(app: AppTest) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    lon, lat = app.session_state["plan"].study.sites[["lon", "lat"]].mean()
    ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat]]
    app.session_state["new_shape"] = {"type": "Polygon", "coordinates": [ring]}
    app.run()
    app.text_input(key="shape_name").set_value(NASTY).run()
    app.button(key="shape_add").click().run()
    assert not app.error
    plan = app.session_state["plan"]
    assert [area.name for area in plan.scenario.drawing.no_go] == [NASTY]
    assert plan.ground.key in app.session_state["grounds"]
    assert plan.ground.key not in session.shared_grounds()
    assert NASTY not in read_html(app)
    assert NASTY not in str(app.query_params)
    # moved on the map, then deleted there
    shape = {"type": "Feature", "properties": {"shape": "no_go/0"}}
    moved = [[x + 0.002, y] for x, y in ring]
    for drawn, expected in (([{**shape, "geometry": {"type": "Polygon", "coordinates": [moved]}}], 1), ([], 0)):
        app.session_state["map-draw"] = {"all_drawings": drawn}
        app.run()
        assert len(app.session_state["plan"].scenario.drawing.no_go) == expected
    assert app.session_state["plan"].ground.key in session.shared_grounds()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_forms_of_what_is_drawn_say_what_it_does(app: AppTest, language: str) -> None:
    """A line asks for a carrier, a hub for its first year, and a no-go area over a place says what becomes of it."""
    propose(speak(app, language))
    turn_to(app, "what-if")
    first = app.session_state["plan"]
    lon, lat = first.study.sites[["lon", "lat"]].mean()
    app.session_state["new_shape"] = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.02, lat]]}
    app.run()
    chosen = next(pills for pills in app.pills if pills.key == "shape_carriers")
    assert chosen.value == list(first.scenario.carriers)
    chosen.set_value([]).run()
    app.button(key="shape_add").click().run()
    assert [Problem("screen.no_carrier").tell(language) in error.value for error in app.error] == [True]
    assert app.session_state["plan"] is first
    app.pills(key="shape_carriers").set_value(["co2"]).run()
    app.button(key="shape_add").click().run()
    assert not app.error
    assert [line.carriers for line in app.session_state["plan"].scenario.drawing.must_pass] == [("co2",)]
    app.button(key="undo").click().run()

    app.session_state["new_shape"] = {"type": "Point", "coordinates": [lon, lat]}
    app.run()
    app.pills(key="shape_part").set_value("hubs").run()
    last = max(first.study.settings.milestones)
    app.selectbox(key="shape_year").set_value(last).run()
    app.button(key="shape_add").click().run()
    assert not app.error
    (hub,) = app.session_state["plan"].scenario.drawing.hubs
    assert (hub.first_year, hub.role) == (last, "sink")
    app.button(key="undo").click().run()

    place = first.study.sites.set_index("site_id").loc["arc-steel"]
    around = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[place["lon"] + 0.004 * x, place["lat"] + 0.004 * y] for x, y in around]
    app.session_state["new_shape"] = {"type": "Polygon", "coordinates": [ring]}
    app.run()
    app.text_input(key="shape_name").set_value(NASTY).run()
    app.button(key="shape_add").click().run()
    (warning,) = app.warning
    assert place["name"] in warning.value and "**bold**" not in warning.value
    # without a name each gets one of its own, also where an earlier one is gone
    for _ in range(2):
        app.session_state["new_shape"] = {"type": "Point", "coordinates": [lon, lat]}
        app.run()
        app.button(key="shape_add").click().run()
        lon += 0.01
    title = translate("New site", language)
    assert [one.name for one in app.session_state["plan"].scenario.drawing.sites] == [f"{title} 1", f"{title} 2"]
    app.pills(key="dial_group").set_value("Drawn").run()
    app.button(key="delete-sites/0").click().run()
    app.session_state["new_shape"] = {"type": "Point", "coordinates": [lon, lat]}
    app.run()
    app.button(key="shape_add").click().run()
    assert not app.error
    assert {one.name for one in app.session_state["plan"].scenario.drawing.sites} == {f"{title} 1", f"{title} 2"}
    # an outline that crosses itself: one message, in the reader's words
    bow = [ring[0], ring[2], ring[1], ring[3], ring[0]]
    app.session_state["new_shape"] = {"type": "Polygon", "coordinates": [bow]}
    app.run()
    app.button(key="shape_add").click().run()
    (error,) = app.error
    assert Problem("drawing.outline_crosses_itself").tell(language) in error.value
    assert "drawing" not in error.value


def test_a_drawn_site_stays_with_the_visitor_who_drew_it(app: AppTest, toyland: Path) -> None:
    """Two visitors of one server: they share the facts, not what is drawn on them."""
    other = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S)
    for visitor in (app, other):
        speak(visitor, "en")
    lon, lat = app.session_state["study"].sites[["lon", "lat"]].mean()
    site = DrawnSite(site_id="new-lime", name=NASTY, sector="lime", lon=lon, lat=lat, co2_kt_per_a=100.0)
    app.session_state["questions"] = [app.session_state["questions"][0].changed(drawing=Drawing(sites=(site,)))]
    propose(app)
    plan, mine = app.session_state["plan"], app.session_state["study"]
    assert "new-lime" in set(plan.study.sites["site_id"])
    assert plan.study.origin is mine and plan.study is open_case(mine, plan.scenario).study
    shared, theirs = app.session_state["study_of"], other.session_state["study"]
    assert theirs is not mine and other.session_state["study_of"] is shared
    assert not shared.kept and not theirs.kept
    assert plan.ground.key not in session.shared_grounds()
    # switching on: the study that was made is met again, and with it what was estimated
    app.session_state["questions"] = [plan.scenario.changed(hubs_off=(str(mine.hubs["hub_id"].iloc[0]),))]
    app.run()
    again = app.session_state["plan"]
    assert again is not plan and again.study is plan.study
    year = plan.scenario.year
    assert again.needs_by_year.everybody_in(year) is plan.needs_by_year.everybody_in(year)


def test_a_link_restores_the_question(app: AppTest, toyland: Path) -> None:
    speak(app, "en")
    app.slider(key="year").set_value(2050).run()
    link = dict(app.query_params)
    again = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S)
    for key, value in link.items():
        again.query_params[key] = value
    again.run()
    assert not again.error
    assert again.slider(key="year").value == 2050
    broken = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S)
    broken.query_params["q"] = "1.broken"
    broken.run()
    assert [error.value for error in broken.error] == [
        "The link is cut off or altered. Ask for the link again, or start from a scenario"
    ]
    assert not broken.exception


def test_a_fault_of_ours_is_told_in_our_words(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    speak(app, "nl")

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(summary, "sum_by_kind", fail)
    app.run()
    assert [error.value for error in app.error] == [translate(session.FAULT, "nl")]


def test_large_type_is_larger(app: AppTest) -> None:
    speak(app, "en")
    small = read_html(app)
    app.toggle(key="large").set_value(True).run()
    assert f"font-size: {look.TYPE_PX[False]}px" in small
    assert f"font-size: {look.TYPE_PX[True]}px" in read_html(app)


def test_a_plan_reads_in_dutch_and_can_be_taken_away(app: AppTest) -> None:
    propose(speak(app, "nl"))
    assert "Leidingstraten" in read_html(app)
    assert [tab.label for tab in app.tabs][:4] == ["Cijfers", "Gebruikers", "Leidingen", "Onderweg"]
    answer = app.session_state["answer"]
    collection = json.loads(downloads._make(answer, "corridors.geojson")())
    assert len(collection["features"]) == len(answer.ranking)
    table = downloads._make(answer, "ranking.csv")().decode()
    assert table.count("\n") == len(answer.ranking) + 1


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_sheet_is_drawn_only_when_asked_for(app: AppTest, language: str) -> None:
    propose(speak(app, language))
    turn_to(app, "sheets")
    assert "sheet_made" not in app.session_state
    box(app, "sheet_kind").set_value("corridor").run()
    box(app, "sheet_size").set_value("A4").run()
    app.button(key="sheet_make").click().run()
    assert not app.exception
    made, picture, content = app.session_state["sheet_made"]
    assert (made.kind, made.size, made.suffix, made.language) == ("corridor", "A4", ".pdf", language)
    assert picture.startswith(b"\x89PNG")
    assert content.startswith(b"%PDF")
    assert made.name == f"sheet-corridor-{made.corridor_id}.pdf"
    # Another choice keeps the sheet and says so; without a pinned plan there is nothing to compare.
    files = sum(len(row) for row in downloads.FILES.values())
    assert len(app.get("download_button")) == 1 + files
    assert not app.info
    box(app, "sheet_size").set_value("A3").run()
    assert [info.value for info in app.info] == [translate(sheets.CHOICES_CHANGED, language)]
    box(app, "sheet_kind").set_value("comparison").run()
    assert len(app.get("download_button")) == 1 + files
    assert app.session_state["sheet_made"][2] == content
    assert app.button(key="sheet_make").disabled
    assert translate("Pin a plan first: a comparison needs two.", language) in [info.value for info in app.info]


def test_a_choice_outlives_another_language_and_another_page(app: AppTest) -> None:
    propose(speak(app, "en"))
    turn_to(app, "sheets")
    box(app, "sheet_kind").set_value("corridor").run()
    assert box(app, "sheet_kind").options[0] == "Overview"
    app.segmented_control(key="language").set_value("nl").run()
    assert (box(app, "sheet_kind").value, box(app, "sheet_kind").options[0]) == ("corridor", "Overzicht")
    assert box(app, "sheet_language").value == "nl", "a sheet follows the language until another is chosen"
    box(app, "sheet_kind").set_value("needs").run()
    turn_to(app, "data")
    turn_to(app, "sheets")
    app.segmented_control(key="language").set_value("en").run()
    assert box(app, "sheet_kind").value == "needs", "what was chosen last, not what English showed before"
    # the corridor looked at since then is the one offered
    box(app, "sheet_kind").set_value("corridor").run()
    corridors = app.session_state["answer"].ranking["corridor_id"]
    app.session_state["corridor_id"] = corridors.iloc[-1]
    app.run()
    assert box(app, "sheet_corridor").value == corridors.iloc[-1]
    assert not app.exception


def test_a_choice_told_in_the_language_of_before_changes_nothing(app: AppTest) -> None:
    """The browser tells choices by their labels, and may do so once more after the language changed."""
    propose(speak(app, "en"))
    asked = app.session_state["plan"].scenario
    turn_to(app, "what-if")
    for group in dials.GROUPS:
        app.pills(key="dial_group").set_value(group).run()
        late = app._tree.get_widget_states()
        app.segmented_control(key="language").set_value("nl").run()
        now = {state.id: state for state in app._tree.get_widget_states().widgets}
        for state in late.widgets:
            if "language" in state.id:
                state.CopyFrom(now[state.id])
        app._run(late)
        assert not app.error and not app.exception, group
        assert app.session_state["plan"].scenario == asked
        app.segmented_control(key="language").set_value("en").run()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_page_of_sheets_says_what_will_be_made(app: AppTest, language: str) -> None:
    speak(app, language)
    turn_to(app, "sheets")
    told = html.unescape(read_html(app))
    for about in (*(kind.holds for kind in sheets.KINDS.values()), *(file.about for file in all_files())):
        assert translate(about, language) in told, "before there is a plan"
    propose(app)
    turn_to(app, "sheets")
    for key, kind in sheets.KINDS.items():
        box(app, "sheet_kind").set_value(key).run()
        assert not app.exception
        assert any(translate(kind.holds, language) in caption.value for caption in app.caption)
        assert 'class="ip-paper"' in read_html(app)
        assert translate(kind.label, language) in read_html(app)
    box(app, "sheet_kind").set_value("overview").run()
    app.button(key="sheet_make").click().run()
    assert 'class="ip-paper"' not in read_html(app)
    captions = [caption.value for caption in app.caption]
    assert all(translate(file.about, language) in captions for file in all_files())
    app.slider(key="year").set_value(2050).run()
    assert translate(sheets.PLAN_CHANGED, language) in [info.value for info in app.info]


def all_files() -> list[downloads.File]:
    return [file for row in downloads.FILES.values() for file in row]


def test_a_pinned_plan_can_be_compared_on_a_sheet(app: AppTest) -> None:
    propose(speak(app, "nl"))
    plan = app.session_state["plan"]
    app.session_state["pinned"], app.session_state["pinned_of"] = {"=Vast": plan}, plan.study
    turn_to(app, "sheets")
    box(app, "sheet_kind").set_value("comparison").run()
    box(app, "sheet_suffix").set_value(".svg").run()
    app.button(key="sheet_make").click().run()
    assert not app.exception
    made, _, content = app.session_state["sheet_made"]
    assert "=Vast" in content.decode()
    assert made.name == "sheet-comparison--Vast.svg"


@pytest.mark.parametrize("name", [file.name for row in downloads.FILES.values() for file in row])
def test_every_file_is_made_when_asked_for(name: str, toy_plan: Plan) -> None:
    answer = session.Answer(1, toy_plan, "nl", False, {})
    content = downloads._make(answer, name)()
    starts = {
        "plan.gpkg": b"SQLite format 3",
        "everything.zip": b"PK",
        "brief.md": b"# ",
        "map.html": b"<!DOCTYPE html>",
        "ranking-excel.csv": "\ufeffcorridor_id;".encode(),
        "needs-excel.csv": "\ufeffplace_id;".encode(),
        "ranking.csv": b"corridor_id,",
        "needs.csv": b"place_id,",
    }
    assert content[:200].lower().startswith(starts.get(name, b"{").lower())


def test_the_numbers_of_a_corridor_and_a_site_are_explained_one_click_away(app: AppTest) -> None:
    propose(speak(app, "nl"))
    assert "Waarom deze leidingen" not in read_html(app)
    app.toggle(key="explain-corridor").set_value(True).run()
    assert not app.exception
    assert "Waarom deze leidingen" in read_html(app)
    turn_to(app, "")
    app.toggle(key="explain-site").set_value(True).run()
    assert not app.exception
    text = read_html(app)
    assert "Geverifieerde fossiele CO2" in text
    assert "In het plan" in text


def test_another_scenario_brings_its_own_answers(app: AppTest, toy_study: Study) -> None:
    speak(app, "en")
    first, second, *_ = toy_study.scenario_names()
    app.slider(key="year").set_value(2050).run()
    asked = history_of(app)
    assert asked.year == 2050
    assert asked.co2_value() == toy_study.scenario(first).co2_value(2050)
    box(app, "scenario_name").set_value(second).run()
    assert history_of(app) == toy_study.scenario(second)


def history_of(app: AppTest) -> Any:
    """The question as it stands."""
    return app.session_state["questions"][app.session_state["at"]]


def test_no_carrier_gives_one_message_and_no_plan(app: AppTest) -> None:
    speak(app, "nl")
    turn_to(app, "corridors")
    app.pills(key="carriers").set_value([]).run()
    app.button(key="propose").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["Er is geen drager gekozen. Kies er minstens één"]
    assert "plan" not in app.session_state


def test_a_negative_co2_value_gives_one_message(app: AppTest) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    before = app.session_state["plan"]
    app.number_input(key="co2_value").set_value(-5.0).run()
    assert len(app.error) == 1
    assert "negative CO2 value" in app.error[0].value
    assert app.session_state["plan"] is before
    app.button(key="undo").click().run()
    assert not app.error


def test_a_folder_that_is_no_study_gives_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(session.VARIABLE, str(tmp_path))
    app = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S).run()
    assert not app.exception
    assert len(app.error) == 1
    assert "not a study" in app.error[0].value


def test_a_table_mended_while_the_app_runs_is_read_again(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(session.VARIABLE, str(toy))
    sites = toy / "data/sites.csv"
    whole = sites.read_text(encoding="utf-8")
    sites.write_text(whole.replace("sector", "sektor", 1), encoding="utf-8")
    app = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S).run()
    assert len(app.error) == 1
    assert "sites.csv" in app.error[0].value
    sites.write_text(whole.replace("Arc steelworks", "Ark steelworks"), encoding="utf-8")
    app.run()
    assert not app.error
    assert "Ark steelworks" in box(app, "place").options


def test_many_problems_show_the_first_and_keep_the_rest() -> None:
    def page() -> None:
        from infraplan.core.errors import InfraplanError, Problem
        from infraplan.ui import session

        session.show_mistake(InfraplanError([Problem("file.in_the_way", {"why": f"wrong *{n}*"}) for n in range(9)]))

    app = AppTest.from_function(page).run()
    assert len(app.error) == 1
    assert "9 problems" in app.error[0].value
    assert app.error[0].value.count("Free it") == session.PROBLEMS_SHOWN
    assert app.expander[0].markdown[0].value.count("Free it") == 9
    assert r"\*0\*" in app.error[0].value


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
    assert app.session_state["plan"] is interrupted[0]
    assert app.session_state["job"] is None


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


def test_every_word_on_the_screens_is_translated() -> None:
    texts = {*dials.GROUPS, *dials.DECISIONS.values(), *dials.VIEWS.values(), *drawing.TITLES.values()}
    texts |= {*drawings.TITLES.values(), drawing.COVERED, drawing.CUT_OFF}
    texts |= {session.FAULT, sheets.CHOICES_CHANGED, sheets.PLAN_CHANGED, *downloads.FILES}
    texts |= {text for kind in sheets.KINDS.values() for text in kind}
    texts |= {text for file in (*all_files(), *protocol.FILES) for text in (file.label, file.about) if text}
    for path in (ROOT / "app.py", *(ROOT / "src/infraplan/ui").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("say", "Head"):
                told = [*call.args[:2], *(word.value for word in call.keywords if word.arg == "about")]
                texts |= {
                    leaf.value
                    for argument in told
                    for leaf in ast.walk(argument)
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and leaf.value
                }
    assert len(texts) > 100
    assert list_untranslated(tuple(sorted(texts)), "nl") == ()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_tables_of_the_study_are_told_in_words(
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    default_study: Study,
    toy_study: Study,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No key of a table stands on the page of data but where the key is what is told."""
    for module in (data, session, wording, look):
        monkeypatch.setattr(module, "language", lambda: language, raising=False)
        monkeypatch.setattr(module, "say", lambda text, **values: translate(text, language, **values), raising=False)
    for asked in (default_study, toy_study):
        monkeypatch.setattr(wording, "study", lambda asked=asked: asked)
        for made, heads in (
            (data._layers(asked), data.LAYERS),
            (data._sites(asked), data.SITES),
            (data._hubs(asked), data.HUBS),
            (data._projects(asked), data.PROJECTS),
            (data._assumptions(asked), data.ASSUMPTIONS),
        ):
            told = [column for column in heads if column not in ("source", "note", "key")]
            words = {str(cell) for column in made[told].select_dtypes(exclude="number") for cell in made[column]}
            assert not [word for word in words if "_" in word or word.startswith(("class:", "density:"))]
    assert not [record.message for record in caplog.records if "translation" in record.message]
    layers = data._layers(default_study).set_index("id")
    expected = {"en": "Along a motorway: 0.95 × open ground", "nl": "Langs een autosnelweg: 0,95 × open grond"}
    assert layers.loc["motorways_bundling", "effect"] == expected[language]
    assert layers.loc["sea", "vintage"] == {"en": "compiled 2026", "nl": "samengesteld in 2026"}[language]
    assert layers.loc["settlements", "vintage"] == "2010-2020"
    hubs = set(data._hubs(default_study)["name"])
    assert ("CO2-exporthub Antwerp@C" in hubs) == (language == "nl")


def test_the_app_keeps_to_this_machine_and_tells_nobody() -> None:
    with (ROOT / ".streamlit/config.toml").open("rb") as file:
        settings = tomllib.load(file)
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["server"]["enableStaticServing"] is False
    assert settings["server"]["enableAgentApi"] is False
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["client"]["toolbarMode"] == "minimal"


def test_the_door_is_small() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 40
