"""Sheets and files of the app: each made when it is asked for, in the language of the reader."""

from __future__ import annotations

import html
import json

import pytest
from app_tools import (
    all_files,
    box,
    propose,
    read_html,
    speak,
    turn_to,
    visitor,
)
from streamlit.testing.v1 import AppTest

from infraplan.core.i18n import translate
from infraplan.plan import Plan
from infraplan.ui import (
    downloads,
    session,
    sheets,
)


def test_a_plan_reads_in_dutch_and_can_be_taken_away(app: AppTest) -> None:
    propose(speak(app, "nl"))
    assert "Leidingstraten" in read_html(app)
    assert [tab.label for tab in app.tabs][:4] == ["Cijfers", "Gebruikers", "Leidingen", "Onderweg"]
    answer = visitor(app).answer
    collection = json.loads(downloads._make(answer, "corridors.geojson")())
    assert len(collection["features"]) == len(answer.ranking)
    table = downloads._make(answer, "ranking.csv")().decode()
    assert table.count("\n") == len(answer.ranking) + 1


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_sheet_is_drawn_only_when_asked_for(app: AppTest, language: str) -> None:
    propose(speak(app, language))
    turn_to(app, "sheets")
    assert visitor(app).sheet is None
    box(app, "sheet_kind").set_value("corridor").run()
    box(app, "sheet_size").set_value("A4").run()
    app.button(key="sheet_make").click().run()
    assert not app.exception
    sheet = visitor(app).sheet
    assert sheet is not None
    made, picture, content = sheet.wanted, sheet.picture, sheet.content
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
    assert visitor(app).sheet is sheet and sheet.content == content
    assert app.button(key="sheet_make").disabled
    assert translate("Pin a plan first: a comparison needs two.", language) in [info.value for info in app.info]


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


def test_a_pinned_plan_can_be_compared_on_a_sheet(app: AppTest) -> None:
    propose(speak(app, "nl"))
    plan = visitor(app).plan
    visitor(app).pinned, visitor(app).pinned_of = {"=Vast": plan}, plan.study
    turn_to(app, "sheets")
    box(app, "sheet_kind").set_value("comparison").run()
    box(app, "sheet_suffix").set_value(".svg").run()
    app.button(key="sheet_make").click().run()
    assert not app.exception
    sheet = visitor(app).sheet
    assert sheet is not None
    assert "=Vast" in sheet.content.decode()
    assert sheet.wanted.name == "sheet-comparison--Vast.svg"


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
