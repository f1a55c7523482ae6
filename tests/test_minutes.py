"""The minutes of a session: every change in words, the same file for the same session, English and Dutch."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import docx
import pytest
from drawn import DRAWING
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.core.errors import InfraplanError
from infraplan.core.model import Drawing, Scenario
from infraplan.plan import Plan
from infraplan.reports import minutes
from infraplan.reports.minutes import Entry, describe_changes
from infraplan.reports.minutes.page import Page, save_docx, save_markdown
from infraplan.study import edits
from infraplan.study.case import open_case
from infraplan.study.study import Study

ZONE = timezone(timedelta(hours=1))
NO_ANSWER = {"title_en", "title_nl", "about_en", "about_nl"}
# an answer of another kind for every field of a scenario
OTHER: dict[str, Any] = {
    "name": "ccs-led",
    "year": 2035,
    "carriers": ("co2",),
    "co2_value_eur_per_t": {2040: 200.0},
    "existing_statuses": (),
    "existing_lines": ("old-line",),
    "hub_statuses": ("operational",),
    "activity": {"steel": {2040: 0.5}},
    "pathways": {"steel": {"unchanged": {2040: 1.0}}},
    "projects_on": ("a-project",),
    "projects_off": ("a-project",),
    "project_years": {"a-project": 2040},
    "clusters_off": ("west",),
    "sites_off": ("arc-steel",),
    "hubs_off": ("harbour-co2",),
    "co2_cost_model": "parker-2004",
    "assumptions": {"co2_pipeline/capex_factor": 2.5},
    "co2_view": "direct",
    "weights": {"co2": 3.0},
    "drawing": DRAWING,
}


def entry(before: Scenario, after: Scenario, *what: str, minute: int = 5, author: str = "Anna") -> Entry:
    return Entry(datetime(2026, 11, 24, 14, minute, tzinfo=ZONE), author, what, before, after)


@pytest.fixture
def session(toy_study: Study) -> list[Entry]:
    base = toy_study.scenario()
    off = edits.switch_site(base, "arc-steel", on=False)
    dearer = edits.set_co2_value(off, 200.0)
    drawn = dearer.changed(drawing=DRAWING)
    return [
        entry(base, off), entry(off, dearer, minute=8), entry(dearer, drawn, minute=9, author="Bert"),
        entry(drawn, drawn, "Plan | kept as *A*", minute=12),
    ]  # fmt: skip


def test_every_answer_of_a_scenario_has_words(toy_study: Study, caplog: pytest.LogCaptureFixture) -> None:
    assert set(OTHER) | NO_ANSWER == set(Scenario.model_fields), "a new answer needs words in minutes.changes"
    base = toy_study.scenario()
    with caplog.at_level(logging.WARNING, "infraplan.core.i18n"):
        for field, value in OTHER.items():
            there, back = base.changed(**{field: value}), base
            for before, after in ((back, there), (there, back)):
                for language in ("en", "nl"):
                    said = describe_changes(toy_study, before, after, language)
                    assert said, (field, language)
                    assert len(set(said)) == len(said)
    assert not caplog.records


def test_nothing_changed_is_nothing_said(toy_study: Study) -> None:
    base = toy_study.scenario()
    assert describe_changes(toy_study, base, base.changed(title_en="Another title")) == []


def test_changes_read_as_a_policy_officer_reads(toy_study: Study) -> None:
    base = toy_study.scenario()
    after = edits.set_co2_value(edits.switch_site(base, "arc-steel", on=False), 200.0).changed(drawing=DRAWING)
    assert describe_changes(toy_study, base, after) == [
        "CO2 value in 2040: 170 → 200 EUR/t",
        "Site Arc steelworks switched off",
        "No-go area 'park' drawn",
        "Line to be passed 'south' drawn",
        "Counter-proposal 'counter' drawn",
        "Site 'Site new-lime' drawn",
        "Hub 'Hub new-hub' drawn",
    ]
    assert describe_changes(toy_study, base, after, "nl")[:3] == [
        "CO2-waarde in 2040: 170 → 200 EUR/t",
        "Site Arc steelworks uitgeschakeld",
        "Verboden gebied 'park' getekend",
    ]
    moved = DRAWING.model_copy(update={"no_go": ()})
    assert describe_changes(toy_study, after, after.changed(drawing=moved)) == ["No-go area 'park' erased"]
    assert describe_changes(toy_study, after, after.changed(sites_off=("arc-steel", "new-lime"))) == [
        "Site Site new-lime switched off"
    ]


def test_shares_and_numbers_are_told_with_year_and_unit(toy_study: Study) -> None:
    base = toy_study.scenario()
    after = edits.set_number(toy_study, base, "urban/multiplier", 4.5)
    assert describe_changes(toy_study, base, after) == ["Ground of layer 'Town': 4 → 4.5"]
    assert describe_changes(toy_study, base, after, "nl") == ["Grond van laag 'Stad': 4 → 4,5"]
    said = describe_changes(toy_study, base, edits.set_share(toy_study, base, "steel", "scrap_eaf", 0.3))
    assert "Share of arc furnace on scrap in steel in 2040: 6 → 30 %" in said


def test_projects_are_told_by_what_was_decided(default_study: Study) -> None:
    base = default_study.scenario()
    project = "kairos-c"
    steps = [
        (base, edits.decide_project(base, project, "yes"), ["Project Kairos@C goes ahead"]),
        (base, edits.decide_project(base, project, "later", year=2038), ["Project Kairos@C comes in 2038"]),
        (base, edits.decide_project(base, project, "no"), ["Project Kairos@C is cancelled"]),
        (edits.decide_project(base, project, "no"), base, ["Project Kairos@C is as the study has it"]),
    ]
    for before, after, said in steps:
        assert describe_changes(default_study, before, after) == said


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_same_session_makes_the_same_files(
    session: list[Entry], toy_study: Study, toy_plan: Plan, tmp_path: Path, language: str
) -> None:
    shared: dict[str, Any] = {"study": toy_study, "plans": {"Base": toy_plan, "A": toy_plan}, "language": language}
    for write, suffix in ((minutes.write_markdown, "md"), (minutes.write_docx, "docx")):
        one, other = (write(session, tmp_path / f"{name}.{suffix}", **shared).read_bytes() for name in "ab")
        assert one == other and len(one) > 500
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.docx", "a.md", "b.docx", "b.md"]


def test_the_minutes_hold_what_a_meeting_needs(
    session: list[Entry], toy_study: Study, toy_plan: Plan, tmp_path: Path
) -> None:
    text = minutes.write_markdown(
        session, tmp_path / "m.md", study=toy_study, plans={"Base": toy_plan}, language="nl"
    ).read_text(encoding="utf-8")  # fmt: skip
    assert text.startswith("# Verslag: Speelland\n")
    for told in (
        "- **Datum**: 24 november 2026",
        "- **Wie**: Anna, Bert",
        toy_study.settings.notice_nl,
        "| 14:05 | Anna | Site Arc steelworks uitgeschakeld |",
        "| 14:09 | Bert | Verboden gebied 'park' getekend |",
        "| 14:12 | Anna | Plan \\| kept as \\*A\\* |",
        "| Vermeden CO2 | kt/jaar |",
        minutes.hash_assumptions(open_case(toy_study, session[-1].scenario_after).assumptions),
    ):
        assert told in text, told
    paper = docx.Document(str(minutes.write_docx(session, tmp_path / "m.docx", study=toy_study, plans={"A": toy_plan})))
    assert [len(table.columns) for table in paper.tables] == [3, 3]
    cells = [cell.text for row in paper.tables[0].rows for cell in row.cells]
    assert cells[:3] == ["Time", "Who", "Change"] and "Plan | kept as *A*" in cells
    assert paper.core_properties.created == datetime(2026, 11, 24, 13, 12, tzinfo=UTC)


def test_assumptions_that_changed_have_another_hash(toy_study: Study) -> None:
    base = toy_study.scenario()
    other = edits.set_number(toy_study, base, "co2_pipeline/capex_factor", 2.5)
    one, two, later = (open_case(toy_study, s).assumptions for s in (base, other, base.changed(year=2035)))
    assert minutes.hash_assumptions(one) != minutes.hash_assumptions(two)
    assert minutes.hash_assumptions(one) == minutes.hash_assumptions(later)


def test_no_session_no_minutes(toy_study: Study, session: list[Entry], tmp_path: Path) -> None:
    with pytest.raises(InfraplanError, match="nothing happened yet"):
        minutes.write_docx([], tmp_path / "m.docx", study=toy_study)
    naive = Entry(datetime(2026, 11, 24), "", (), session[0].scenario_before, session[0].scenario_after)
    with pytest.raises(InfraplanError, match="no time zone"):
        minutes.write_markdown([naive], tmp_path / "m.md", study=toy_study)
    with pytest.raises(InfraplanError, match="could not be written"):
        minutes.write_markdown(session, tmp_path / "no/such/m.md", study=toy_study)
    assert not list(tmp_path.iterdir())


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=40))
def test_any_name_fits_in_both_files(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("page")
    page = Page("Title", "en", facts=[("Who", text)], notice=text)
    page.add("Table", ("a", "b"), [(text, text)])
    rows = save_markdown(page, folder / "m.md").read_text(encoding="utf-8").splitlines()
    assert sum(row.startswith("| ") for row in rows) == 3
    save_docx(page, folder / "m.docx", made=datetime(2026, 11, 24, tzinfo=ZONE))


@settings(max_examples=50, deadline=None)
@given(
    kinds=st.sets(st.sampled_from(sorted(Drawing.model_fields))),
    other=st.sets(st.sampled_from(sorted(Drawing.model_fields))),
)
def test_drawn_and_erased_are_told_for_each_shape(toy_study: Study, kinds: set[str], other: set[str]) -> None:
    def drawn(wanted: set[str]) -> Scenario:
        return toy_study.scenario().changed(drawing=Drawing(**{kind: getattr(DRAWING, kind) for kind in wanted}))

    said = describe_changes(toy_study, drawn(kinds), drawn(other))
    assert sum(text.endswith(" drawn") for text in said) == len(other - kinds)
    assert sum(text.endswith(" erased") for text in said) == len(kinds - other)
