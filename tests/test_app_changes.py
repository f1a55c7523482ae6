"""The app follows what people change: dials, projects, drawings, pinned variants, undo and redo."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_tools import (
    NASTY,
    box,
    current_scenario,
    open_app,
    propose,
    read_html,
    speak,
    turn_to,
    visitor,
)
from streamlit.testing.v1 import AppTest
from study_tools import append

from infraplan.core.errors import Problem
from infraplan.core.i18n import translate
from infraplan.core.model import Drawing, DrawnSite
from infraplan.study import edits
from infraplan.study.case import open_case
from infraplan.study.study import Study
from infraplan.ui import (
    corridors,
    dials,
    session,
)
from infraplan.ui.state import current


def test_the_plan_follows_a_site_that_is_switched_off(app: AppTest) -> None:
    propose(speak(app, "en"))
    before = app.dataframe[0].value
    assert list(before["rank"]) == list(range(1, len(before) + 1))
    assert before["co2_avoided_kt_per_a"].is_monotonic_decreasing
    assert "M EUR" in read_html(app)

    largest = visitor(app).plan.corridors.users.set_index("place_id")["amount"].idxmax()
    turn_to(app, "what-if")
    app.pills(key="dial_group").set_value("Sites").run()
    box(app, "sites_off").set_value([largest]).run()
    assert not app.error
    assert visitor(app).plan.scenario.sites_off == (largest,)
    assert largest not in set(visitor(app).plan.corridors.users["place_id"])
    turn_to(app, "corridors")
    assert not app.dataframe[0].value.equals(before)


def test_undo_redo_and_reset_walk_through_the_questions(app: AppTest, toy_study: Study) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    first = visitor(app).plan.scenario
    app.number_input(key="co2_value").set_value(90.0).run()
    app.segmented_control(key="co2_view").set_value("direct").run()
    scenario = visitor(app).plan.scenario
    assert scenario.co2_value() == 90.0
    assert scenario.co2_view == "direct"
    app.button(key="undo").click().run()
    assert visitor(app).plan.scenario.co2_view == "system"
    app.button(key="undo").click().run()
    assert visitor(app).plan.scenario == first
    assert app.button(key="undo").disabled
    app.button(key="redo").click().run()
    assert visitor(app).plan.scenario.co2_value() == 90.0
    app.button(key="reset").click().run()
    assert visitor(app).plan.scenario == toy_study.scenario()
    app.text_input(key="author").set_value("Port authority").run()
    app.number_input(key="co2_value").set_value(120.0).run()
    steps = visitor(app).log
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
    scenario = visitor(app).plan.scenario
    sector = box(app, "sector").value
    slider = next(one for one in app.slider if str(one.key).startswith(f"share-{sector}-"))
    pathway = str(slider.key).removeprefix(f"share-{sector}-")
    slider.set_value(0 if slider.value else 50).run()
    assert not app.error
    changed = visitor(app).plan.scenario
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
    app = propose(speak(open_app(), language))
    first = visitor(app).plan
    assert "harbour-h2" in set(first.corridors.users["hub_id"])
    turn_to(app, "what-if")
    app.pills(key="dial_group").set_value("Projects").run()
    decision = app.segmented_control(key="decision")
    assert decision.value == "as_known"
    assert decision.options == [translate(told, language) for told in dials.DECISIONS.values()]
    decision.set_value("no").run()
    assert not app.error
    fallen = visitor(app).plan
    assert fallen.scenario.projects_off == ("quay",)
    assert "harbour-h2" not in set(fallen.corridors.users["hub_id"])

    app.segmented_control(key="decision").set_value("later").run()
    last = max(first.study.settings.milestones)
    assert visitor(app).plan.scenario.project_years == {"quay": last}
    assert visitor(app).plan.scenario.projects_off == ()
    app.slider(key="project_year").set_value(first.scenario.year).run()
    assert visitor(app).plan.scenario.project_years == {"quay": first.scenario.year}
    app.segmented_control(key="decision").set_value("yes").run()
    assert visitor(app).plan.scenario.projects_on == ("quay",)
    assert "harbour-h2" in set(visitor(app).plan.corridors.users["hub_id"])
    app.segmented_control(key="decision").set_value("as_known").run()
    assert visitor(app).plan.scenario == first.scenario

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
    assert visitor(app).plan.scenario.assumptions["co2_pipeline/capex_factor"] == 1.5
    rate = app.select_slider(key=f"dial-finance/discount_rate-{language}")
    assert all(option.endswith(" %") for option in rate.options)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_stop_of_every_dial_has_a_text_of_its_own(default_study: Study, language: str) -> None:
    for dial in edits.list_dials(default_study, default_study.scenario()):
        if dial.low < dial.high:
            stops = dial.list_stops()
            assert len({dials.write_stop(stop, dial.unit, language) for stop in stops}) == len(stops), dial.id


def dial_of(app: AppTest, key: str) -> edits.Dial:
    plan = visitor(app).plan
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
    base = visitor(app).plan
    app.number_input(key="co2_value").set_value(0.0).run()
    assert not app.error
    text = read_html(app)
    assert "<b>Base</b>" not in text
    assert "&lt;b&gt;Base&lt;/b&gt;" in text
    assert "CO2 through the pipes" in text
    for _ in range(3):
        app.button(key="pin").click().run()
    assert list(visitor(app).pinned) == ["<b>Base</b>", "Variant A", "Variant B", "Variant C"]
    app.button(key="take-<b>Base</b>").click().run()
    assert visitor(app).plan.scenario == base.scenario
    app.button(key="unpin-Variant B").click().run()
    assert "Variant B" not in visitor(app).pinned


def test_the_map_of_a_comparison_is_written_before_the_figures_change(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    app.button(key="pin").click().run()
    written: list[tuple[int, bool]] = []
    show_summary = corridors.show_summary

    def look_first(answer: session.Answer) -> None:
        _, number, _, compared = current().printed["changing"][0]
        written.append((number - answer.number, compared is not None))
        show_summary(answer)

    monkeypatch.setattr(corridors, "show_summary", look_first)
    app.number_input(key="co2_value").set_value(0.0).run()
    assert not app.error
    assert set(written) == {(0, True)}


def test_drawn_shapes_join_the_question_and_stay_private(app: AppTest) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    lon, lat = visitor(app).plan.study.sites[["lon", "lat"]].mean()
    ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat]]
    visitor(app).new_shape = {"type": "Polygon", "coordinates": [ring]}
    app.run()
    app.text_input(key="shape_name").set_value(NASTY).run()
    app.button(key="shape_add").click().run()
    assert not app.error
    plan = visitor(app).plan
    assert [area.name for area in plan.scenario.drawing.no_go] == [NASTY]
    assert plan.ground.key in visitor(app).grounds
    assert plan.ground.key not in session.shared_grounds()
    assert NASTY not in read_html(app)
    assert NASTY not in str(app.query_params)
    # moved on the map, then deleted there
    shape = {"type": "Feature", "properties": {"shape": "no_go/0"}}
    moved = [[x + 0.002, y] for x, y in ring]
    for drawn, expected in (([{**shape, "geometry": {"type": "Polygon", "coordinates": [moved]}}], 1), ([], 0)):
        app.session_state["map-draw"] = {"all_drawings": drawn}
        app.run()
        assert len(visitor(app).plan.scenario.drawing.no_go) == expected
    assert visitor(app).plan.ground.key in session.shared_grounds()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_forms_of_what_is_drawn_say_what_it_does(app: AppTest, language: str) -> None:
    """A line asks for a carrier, a hub for its first year, and a no-go area over a place says what becomes of it."""
    propose(speak(app, language))
    turn_to(app, "what-if")
    first = visitor(app).plan
    lon, lat = first.study.sites[["lon", "lat"]].mean()
    visitor(app).new_shape = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.02, lat]]}
    app.run()
    chosen = next(pills for pills in app.pills if pills.key == "shape_carriers")
    assert chosen.value == list(first.scenario.carriers)
    chosen.set_value([]).run()
    app.button(key="shape_add").click().run()
    assert [Problem("screen.no_carrier").sentence(language) in error.value for error in app.error] == [True]
    assert visitor(app).plan is first
    app.pills(key="shape_carriers").set_value(["co2"]).run()
    app.button(key="shape_add").click().run()
    assert not app.error
    assert [line.carriers for line in visitor(app).plan.scenario.drawing.must_pass] == [("co2",)]
    app.button(key="undo").click().run()

    visitor(app).new_shape = {"type": "Point", "coordinates": [lon, lat]}
    app.run()
    app.pills(key="shape_part").set_value("hubs").run()
    last = max(first.study.settings.milestones)
    app.selectbox(key="shape_year").set_value(last).run()
    app.button(key="shape_add").click().run()
    assert not app.error
    (hub,) = visitor(app).plan.scenario.drawing.hubs
    assert (hub.first_year, hub.role) == (last, "sink")
    app.button(key="undo").click().run()

    place = first.study.sites.set_index("site_id").loc["arc-steel"]
    around = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[place["lon"] + 0.004 * x, place["lat"] + 0.004 * y] for x, y in around]
    visitor(app).new_shape = {"type": "Polygon", "coordinates": [ring]}
    app.run()
    app.text_input(key="shape_name").set_value(NASTY).run()
    app.button(key="shape_add").click().run()
    (warning,) = app.warning
    assert place["name"] in warning.value and "**bold**" not in warning.value
    # without a name each gets one of its own, also where an earlier one is gone
    for _ in range(2):
        visitor(app).new_shape = {"type": "Point", "coordinates": [lon, lat]}
        app.run()
        app.button(key="shape_add").click().run()
        lon += 0.01
    title = translate("New site", language)
    assert [one.name for one in visitor(app).plan.scenario.drawing.sites] == [f"{title} 1", f"{title} 2"]
    app.pills(key="dial_group").set_value("Drawn").run()
    app.button(key="delete-sites/0").click().run()
    visitor(app).new_shape = {"type": "Point", "coordinates": [lon, lat]}
    app.run()
    app.button(key="shape_add").click().run()
    assert not app.error
    assert {one.name for one in visitor(app).plan.scenario.drawing.sites} == {f"{title} 1", f"{title} 2"}
    # an outline that crosses itself: one message, in the reader's words
    bow = [ring[0], ring[2], ring[1], ring[3], ring[0]]
    visitor(app).new_shape = {"type": "Polygon", "coordinates": [bow]}
    app.run()
    app.button(key="shape_add").click().run()
    (error,) = app.error
    assert Problem("drawing.outline_crosses_itself").sentence(language) in error.value
    assert "drawing" not in error.value


def test_a_drawn_site_stays_with_the_visitor_who_drew_it(app: AppTest, toyland: Path) -> None:
    """Two visitors of one server: they share the facts, not what is drawn on them."""
    other = open_app()
    for one in (app, other):
        speak(one, "en")
    lon, lat = visitor(app).study.sites[["lon", "lat"]].mean()
    site = DrawnSite(site_id="new-lime", name=NASTY, sector="lime", lon=lon, lat=lat, co2_kt_per_a=100.0)
    visitor(app).scenarios = [visitor(app).scenarios[0].changed(drawing=Drawing(sites=(site,)))]
    propose(app)
    plan, mine = visitor(app).plan, visitor(app).study
    assert "new-lime" in set(plan.study.sites["site_id"])
    assert plan.study.origin is mine and plan.study is open_case(mine, plan.scenario).study
    shared, theirs = visitor(app).opened, visitor(other).study
    assert visitor(other) is not visitor(app) and visitor(other).grounds is not visitor(app).grounds
    assert theirs is not mine and visitor(other).opened is shared
    assert not shared.kept and not theirs.kept
    assert plan.ground.key not in session.shared_grounds()
    # switching on: the study that was made is met again, and with it what was estimated
    visitor(app).scenarios = [plan.scenario.changed(hubs_off=(str(mine.hubs["hub_id"].iloc[0]),))]
    app.run()
    again = visitor(app).plan
    assert again is not plan and again.study is plan.study
    year = plan.scenario.year
    assert again.needs_by_year.everybody_in(year) is plan.needs_by_year.everybody_in(year)


def test_another_scenario_brings_its_own_answers(app: AppTest, toy_study: Study) -> None:
    speak(app, "en")
    first, second, *_ = toy_study.scenario_names()
    app.slider(key="year").set_value(2050).run()
    scenario = current_scenario(app)
    assert scenario.year == 2050
    assert scenario.co2_value() == toy_study.scenario(first).co2_value(2050)
    box(app, "scenario_name").set_value(second).run()
    assert current_scenario(app) == toy_study.scenario(second)


def test_no_carrier_gives_one_message_and_no_plan(app: AppTest) -> None:
    speak(app, "nl")
    turn_to(app, "corridors")
    app.pills(key="carriers").set_value([]).run()
    app.button(key="propose").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["Er is geen drager gekozen. Kies er minstens één"]
    assert visitor(app).plan is None


def test_a_negative_co2_value_gives_one_message(app: AppTest) -> None:
    propose(speak(app, "en"))
    turn_to(app, "what-if")
    before = visitor(app).plan
    app.number_input(key="co2_value").set_value(-5.0).run()
    assert len(app.error) == 1
    assert "negative CO2 value" in app.error[0].value
    assert visitor(app).plan is before
    app.button(key="undo").click().run()
    assert not app.error
