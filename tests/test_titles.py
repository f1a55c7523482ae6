"""Titles of a study's words: from its tables, for new rows too; a word without one is shown as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from study_tools import Outcome, append, edit, read_rows

from infraplan.analysis import explanation
from infraplan.analysis.check import check_study
from infraplan.core import HEAT_BANDS, LANGUAGES, NEED_CARRIERS, NEED_ROLES, i18n, name_unit, translate_word
from infraplan.core.tables.columns import FAMILIES, HUB_ROLES, PHASES, STATUSES, USES
from infraplan.reports.minutes import describe_changes
from infraplan.study.case import open_case
from infraplan.study.study import Study, open_study

UNTITLED = "Without a title in data/terms.csv"
ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("key", "english", "dutch"),
    [
        ("right_of_way_a0_central", "Right of way, a0, centre", "Recht van doorgang, a0, midden"),
        ("capex_dn400", "Investment, DN 400", "Investering, DN 400"),
        ("capture_rate_2030", "Captured share, 2030", "Afgevangen aandeel, 2030"),
        ("labour_fixed", "Labour, fixed part", "Arbeid, vast deel"),
        ("2019", "2019", "2019"),
        ("own_new_number", "Own new number", "Own new number"),
        ("own_number_2041", "Own number, 2041", "Own number, 2041"),
    ],
)
def test_the_key_of_a_number_is_told_by_its_parts(key: str, english: str, dutch: str, toy_study: Study) -> None:
    for language, told in (("en", english), ("nl", dutch)):
        assert toy_study.titles.name_parameter(key, language) == told


@pytest.mark.parametrize(
    ("key", "english", "dutch"),
    [
        ("pipe_dn650", "Pipe DN 650", "Leiding DN 650"),
        ("food.heat_pump", "Food: industrial heat pump", "Voeding: industriële warmtepomp"),
        ("arable", "Arable land", "Akkerland"),
        ("steel", "Steel", "Staal"),
        ("own_subject", "Own subject", "Own subject"),
    ],
)
def test_what_a_number_is_about_is_told_by_its_title(key: str, english: str, dutch: str, toy_study: Study) -> None:
    for language, told in (("en", english), ("nl", dutch)):
        assert toy_study.titles.name_subject(key, language) == told


@pytest.mark.parametrize("folder", [ROOT, None], ids=["default", "toyland"])
def test_every_word_of_our_studies_has_a_title(folder: Path | None, toyland: Path) -> None:
    problems, remarks = check_study(folder or toyland)
    assert not problems
    assert not [remark for remark in remarks if remark.startswith(UNTITLED)]


def test_every_term_is_used_and_stands_once(default_study: Study) -> None:
    rows = [tuple(row[:2]) for row in read_rows(ROOT / "data/terms.csv")[1:]]
    assert len(rows) == len(set(rows))
    subjects = {part for subject, _ in default_study.assumptions.rows for part in (subject, subject.partition(".")[0])}
    known = {
        "sector": {*default_study.assumptions.sectors(), *default_study.sites["sector"]},
        "subject": subjects,
        "parameter": {parameter for _, parameter in default_study.assumptions.rows},
    }
    heads = {parameter.rsplit("_", times)[0] for parameter in known["parameter"] for times in (1, 2)}
    known["parameter"] |= heads
    idle = [(of, term) for of, term in rows if of in known and "#" not in term and term not in known[of]]
    assert not idle


def test_a_new_row_names_a_sector_a_pathway_and_a_kind_of_project(toy: Path) -> None:
    data = toy / "data"
    append(data / "terms.csv", of="sector", term="bricks", title_en="brick works", title_nl="steenbakkerijen")
    append(data / "terms.csv", of="project type", term="Kiln", title_en="New kiln", title_nl="Nieuwe oven")
    append(
        data / "pathways.csv", pathway="kiln_h2", family="h2", name_en="kiln on hydrogen", name_nl="oven op waterstof"
    )
    titles = open_study(toy).titles
    told = {
        "en": ("brick works", "Brick works", "kiln on hydrogen", "Brick works: kiln on hydrogen",
               "New kiln, CO2 capture"),
        "nl": ("steenbakkerijen", "Steenbakkerijen", "oven op waterstof", "Steenbakkerijen: oven op waterstof",
               "Nieuwe oven, CO2-afvang"),
    }  # fmt: skip
    for language, expected in told.items():
        assert expected == (
            titles.name_sector("bricks", language),
            titles.name_subject("bricks", language),
            titles.name_pathway("kiln_h2", language),
            titles.name_subject("bricks.kiln_h2", language),
            titles.name_project_type("Kiln/CCUS", language),
        )


def test_a_word_without_a_title_is_shown_as_it_is_and_told_by_the_check(toy: Path) -> None:
    append(toy / "data/terms.csv", of="parameter", term="half_done", title_en="Half done")
    for parameter in ("half_done", "quite_new", "quite_new_2033"):
        append(
            toy / "data/assumptions/energy.csv", subject="own_plant", parameter=parameter, value=1, low=1, high=1,
            unit="1", source="own-estimate",
        )  # fmt: skip
    study = open_study(toy)
    assert study.titles.name_assumption("own_plant", "quite_new_2033", "nl") == "Own plant · Quite new, 2033"
    assert study.titles.name_parameter("half_done", "nl") == "Half done"
    problems, remarks = check_study(toy)
    assert not problems
    (remark,) = [remark for remark in remarks if remark.startswith(UNTITLED)]
    assert remark.endswith(": subject own_plant, parameter half_done, parameter quite_new, parameter quite_new_2033")


def test_a_study_from_before_the_titles_still_opens_and_plans(
    toy: Path, run: Callable[..., Outcome], tmp_path: Path
) -> None:
    (toy / "data/terms.csv").unlink()
    study = open_study(toy)
    assert study.titles.name_sector("steam_cracker", "en") == "steam cracker"
    assert study.titles.name_parameter("capture_rate_2030", "nl") == "Capture rate 2030"
    problems, remarks = check_study(toy)
    assert not problems
    assert [remark for remark in remarks if remark.startswith(UNTITLED) and "sector steel" in remark]
    assert run("plan", "--study", toy, "--out", tmp_path / "out").code == 0
    meta = json.loads((tmp_path / "out/plan.json").read_text(encoding="utf-8"))
    assert meta


def test_minutes_and_screens_say_titles_and_the_command_line_keys(toy_study: Study) -> None:
    base = toy_study.scenario()
    after = base.changed(assumptions={"fermentation/ccs_coverage": 0.5})
    assert describe_changes(toy_study, base, after, "nl") == ["Gisting · CO2 die afvang bereikt: 1 → 0,5"]
    told = explanation.explain_place(open_case(toy_study, after), "arc-steel", language="nl")
    (step,) = [step for section in told.sections for step in section.steps if step.label == "fermentation/ccs_coverage"]
    assert step.title == "Gisting · CO2 die afvang bereikt"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_program_are_told(language: str, caplog: pytest.LogCaptureFixture) -> None:
    words = (
        *NEED_CARRIERS,
        *NEED_ROLES,
        *HEAT_BANDS,
        *FAMILIES,
        *PHASES,
        *USES,
        *STATUSES,
        "heat_area",
        "from_co2",
        "public",
    )
    assert not [word for word in words if not translate_word(word, language) or "_" in translate_word(word, language)]
    assert not [role for role in HUB_ROLES if translate_word(role, language, "hub role") == role]
    assert translate_word("", language) == ""
    assert not caplog.records


def test_both_languages_have_the_same_words() -> None:
    english, dutch = (set(i18n._read_words(language)) for language in ("en", "nl"))
    assert english == dutch
    assert english


def test_units_of_every_number_are_told(default_study: Study) -> None:
    for language in LANGUAGES:
        units = {name_unit(row.unit, language) for row in default_study.assumptions.rows.values()}
        assert not [unit for unit in units if "_" in unit]
    assert name_unit("persons_per_km2", "nl") == "inwoners/km²"


def test_a_kind_of_word_that_nobody_knows_is_refused(toy: Path, run: Callable[..., Outcome]) -> None:
    edit(toy / "data/terms.csv", 2, "of", "colour")
    said = run("check", "--study", toy)
    assert said.code == 1
    assert "terms.csv" in said.out + said.err
