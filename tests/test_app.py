"""The app on Toyland: every page in both languages, one message for a mistake, every word translated."""

from __future__ import annotations

import ast
import re
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from app_tools import (
    ROOT,
    all_files,
    box,
    open_app,
    propose,
    read_html,
    speak,
    turn_to,
    visitor,
)
from streamlit.testing.v1 import AppTest

from infraplan.core.i18n import list_untranslated, translate
from infraplan.reports import need_tables, study_tables
from infraplan.study import drawings
from infraplan.study.case import open_case
from infraplan.study.study import Study
from infraplan.ui import (
    data,
    dials,
    downloads,
    drawing,
    look,
    protocol,
    session,
    sheets,
)

PAGES = {
    "needs": "Who needs what",
    "corridors": "Sites and hubs of the study",
    "what-if": "Sites and hubs of the study",
    "sheets": "Sheets and exports",
    "data": "Data and sources",
}


PLANNED = {"corridors": "CO2 avoided", "what-if": "CO2 avoided", "sheets": "Sheets and exports"}


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
    plan = visitor(app).plan
    assert plan is not None
    off = str(plan.needs["place_id"].iloc[0])
    scenario = plan.scenario.changed(sites_off=(off,), year=plan.scenario.year + 1)
    visitor(app).scenarios = [scenario]
    turn_to(app, "")
    assert visitor(app).needs_of_years is plan.needs_by_year, "another year or a switched site needs no others"
    mine = visitor(app)
    assert mine.needs is not None and mine.needs_by_year is not None
    needed, by_year = mine.needs[1], mine.needs_by_year[1]
    assert needed.equals(plan.needs_by_year.needs_in(open_case(plan.study, scenario)))
    assert off not in set(needed["place_id"])
    assert list(by_year.index) == sorted({*plan.study.settings.milestones, scenario.year})


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
    assert visitor(app).plan_number == 1, "another page is no other question"


def test_pages_stand_in_the_order_of_a_session() -> None:
    door = (ROOT / "app.py").read_text(encoding="utf-8")
    titles = re.findall(r'st\.Page\([\w.]+, title=say\("([^"]+)"', door)
    assert titles == ["Needs", "Corridors", "What if", "Sheets and exports", "Data and sources"]


def test_a_link_restores_the_question(app: AppTest, toyland: Path) -> None:
    speak(app, "en")
    app.slider(key="year").set_value(2050).run()
    link = dict(app.query_params)
    again = open_app()
    for key, value in link.items():
        again.query_params[key] = value
    again.run()
    assert not again.error
    assert again.slider(key="year").value == 2050
    broken = open_app()
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

    monkeypatch.setattr(need_tables, "sum_by_kind", fail)
    app.run()
    assert [error.value for error in app.error] == [translate(session.FAULT, "nl")]


def test_large_type_is_larger(app: AppTest) -> None:
    speak(app, "en")
    small = read_html(app)
    app.toggle(key="large").set_value(True).run()
    assert f"font-size: {look.TYPE_PX[False]}px" in small
    assert f"font-size: {look.TYPE_PX[True]}px" in read_html(app)


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
    corridors = visitor(app).answer.ranking["corridor_id"]
    visitor(app).corridor_id = corridors.iloc[-1]
    app.run()
    assert box(app, "sheet_corridor").value == corridors.iloc[-1]
    assert not app.exception


def test_a_choice_told_in_the_language_of_before_changes_nothing(app: AppTest) -> None:
    """The browser tells choices by their labels, and may do so once more after the language changed."""
    propose(speak(app, "en"))
    scenario = visitor(app).plan.scenario
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
        assert visitor(app).plan.scenario == scenario
        app.segmented_control(key="language").set_value("en").run()


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


def test_a_folder_that_is_no_study_gives_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(session.VARIABLE, str(tmp_path))
    app = open_app().run()
    assert not app.exception
    assert len(app.error) == 1
    assert "not a study" in app.error[0].value


def test_a_table_mended_while_the_app_runs_is_read_again(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(session.VARIABLE, str(toy))
    sites = toy / "data/sites.csv"
    whole = sites.read_text(encoding="utf-8")
    sites.write_text(whole.replace("sector", "sektor", 1), encoding="utf-8")
    app = open_app().run()
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


def test_every_word_on_the_screens_is_translated() -> None:
    texts = {*dials.GROUPS, *dials.DECISIONS.values(), *dials.VIEWS.values(), *drawing.TITLES.values()}
    texts |= {*drawings.TITLES.values(), drawing.COVERED, drawing.CUT_OFF}
    texts |= {session.FAULT, sheets.CHOICES_CHANGED, sheets.PLAN_CHANGED, *downloads.FILES}
    texts |= {text for kind in sheets.KINDS.values() for text in kind}
    texts |= {text for file in (*all_files(), *protocol.FILES) for text in (file.label, file.about) if text}
    reports = ROOT / "src/infraplan/reports"
    tables = [reports / f"{name}.py" for name in ("corridor_tables", "need_tables", "study_tables")]
    for path in (ROOT / "app.py", *(ROOT / "src/infraplan/ui").glob("*.py"), *tables):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("say", "Head", "translate"):
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
    language: str, default_study: Study, toy_study: Study, caplog: pytest.LogCaptureFixture
) -> None:
    """No key of a table stands on the page of data but where the key is what is told."""
    for opened in (default_study, toy_study):
        for made, heads in (
            (study_tables.list_layers(opened, language), data.LAYERS),
            (study_tables.list_sites(opened, language), data.SITES),
            (study_tables.list_hubs(opened, language), data.HUBS),
            (study_tables.list_projects(opened, language), data.PROJECTS),
            (study_tables.list_assumptions(opened, language), data.ASSUMPTIONS),
        ):
            told = [column for column in heads if column not in ("source", "note", "key")]
            words = {str(cell) for column in made[told].select_dtypes(exclude="number") for cell in made[column]}
            assert not [word for word in words if "_" in word or word.startswith(("class:", "density:"))]
    assert not [record.message for record in caplog.records if "translation" in record.message]
    layers = study_tables.list_layers(default_study, language).set_index("id")
    expected = {"en": "Along a motorway: 0.95 × open ground", "nl": "Langs een autosnelweg: 0,95 × open grond"}
    assert layers.loc["motorways_bundling", "effect"] == expected[language]
    assert layers.loc["sea", "vintage"] == {"en": "compiled 2026", "nl": "samengesteld in 2026"}[language]
    assert layers.loc["settlements", "vintage"] == "2010-2020"
    hubs = set(study_tables.list_hubs(default_study, language)["name"])
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
