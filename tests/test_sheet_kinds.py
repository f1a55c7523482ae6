"""Every kind of sheet of a plan: the same bytes in every format, both languages, its figures, nothing half-written."""

from __future__ import annotations

import csv
import io
import logging
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sheet_tools import first_corridor, read_texts, refuse_overlap
from study_tools import PLAN_FILES, Outcome

from infraplan.core import spreadsheets
from infraplan.core.errors import InfraplanError
from infraplan.core.i18n import LANGUAGES, format_number
from infraplan.networks import alternatives
from infraplan.plan import Plan, make_plan
from infraplan.reports import batch, plan_layers, sheet_facts, writers
from infraplan.reports.sheets import FORMATS, PAGES, sheet
from infraplan.study import fingerprint
from infraplan.study.study import open_study

Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def later(toy_plan: Plan) -> Plan:
    """Toyland ten years on, to compare with."""
    year = toy_plan.scenario.year + 10
    return make_plan(toy_plan.study, toy_plan.scenario.changed(year=year), ground=toy_plan.ground)


def options_of(kind: str, plan: Plan, before: Plan) -> dict[str, Any]:
    return {
        "overview": {},
        "corridor": {"corridor_id": first_corridor(plan)},
        "needs": {"carrier": "heat"},
        "comparison": {"before": before},
    }[kind]


KINDS = writers.SHEET_KINDS


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_bytes_in_every_format(
    kind: str, suffix: str, toy_plan: Plan, later: Plan, tmp_path: Path
) -> None:
    options = options_of(kind, toy_plan, later)
    one, two = (tmp_path / f"{name}{suffix}" for name in ("one", "two"))
    for path in (one, two):
        writers.write_sheet(toy_plan, path, kind=kind, size="A4", **options)
    assert one.read_bytes() == two.read_bytes()
    if suffix == ".pdf":
        assert b"/FontFile2" in one.read_bytes()
        assert b"/Type3" not in one.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_speaks_both_languages(
    kind: str, toy_plan: Plan, later: Plan, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = {}
    for language in LANGUAGES:
        path = tmp_path / f"{language}.svg"
        with caplog.at_level(logging.WARNING):
            writers.write_sheet(toy_plan, path, kind=kind, language=language, **options_of(kind, toy_plan, later))
        told[language] = set(read_texts(path))
    assert not [message for message in caplog.messages if "translation" in message]
    words = {
        "overview": {"Ranking": "Rangschikking"},
        "corridor": {"Pipes": "Leidingen", "On its way": "Onderweg", "How it stands in the plan": "Plaats in het plan"},
        "needs": {"Largest": "Grootste plaatsen", "Per sector": "Per sector", "Per cluster": "Per cluster"},
        "comparison": {"Figures": "Cijfers", "Pinned plan": "Vastgezet plan"},
    }[kind]
    assert set(words) <= told["en"]
    assert set(words.values()) <= told["nl"]
    # These page elements are on every sheet.
    assert {"Legend", "Location", "N"} <= told["en"]
    assert {"Legende", "Ligging", "N"} <= told["nl"]
    digits = fingerprint.inputs_sha256(toy_plan.study, toy_plan.scenario)[:16]
    assert f"Assumptions (SHA-256): {digits}" in told["en"]
    assert f"Aannames (SHA-256): {digits}" in told["nl"]
    assert any(text.startswith("Projection:") for text in told["en"])
    notice = toy_plan.study.settings.notice_en
    assert any(text and notice.startswith(text) for text in told["en"])


@pytest.mark.parametrize("size", PAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_lies_on_another_or_off_the_page(
    kind: str, size: str, toy_plan: Plan, later: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(sheet, "_render", lambda figure, suffix, dpi: figures.append(figure) or b"")
    with mpl.rc_context(sheet.SETTINGS):
        writers.write_sheet(
            toy_plan, tmp_path / "x.png", kind=kind, size=size, language="nl", **options_of(kind, toy_plan, later)
        )
        (figure,) = figures
        refuse_overlap(figure, everything=True)


def test_the_fact_sheet_tells_the_figures_of_the_plan(toy_plan: Plan, tmp_path: Path) -> None:
    corridor_id = first_corridor(toy_plan)
    path = writers.write_sheet(toy_plan, tmp_path / "c.svg", kind="corridor", corridor_id=corridor_id)
    texts = read_texts(path)
    row = toy_plan.ranking.iloc[0]
    assert f"{format_number(row['capex_meur'], 'en', int(row['capex_meur'] < 10))} M EUR" in texts
    assert f"{format_number(row['cost_meur_per_a'], 'en', 1)} M EUR/a" in texts
    assert f"1 of {len(toy_plan.ranking)}" in texts
    users = toy_plan.corridors.users
    mine = users[users["corridor_id"] == corridor_id]["place_id"]
    names = toy_plan.study.sites.set_index("site_id")["name"].reindex(mine.unique()).dropna()
    assert len(names)
    assert set(names) <= set(texts)
    facts = sheet_facts.gather_corridor(toy_plan, plan_layers.frames(toy_plan), corridor_id, language="en")
    segments = toy_plan.corridors.segments
    capex_eur = segments.loc[segments["corridor_id"] == corridor_id, "capex_eur"].sum()
    assert facts.pipes["capex_meur"].sum() == pytest.approx(capex_eur / 1e6)
    assert dict(facts.position)["Build step"].endswith(f"of {len(toy_plan.ranking)}")


def test_other_routes_are_told_when_asked(toy_plan: Plan) -> None:
    layers = plan_layers.frames(toy_plan)
    limits = alternatives.limits_of(toy_plan.assumptions)
    told = sheet_facts.gather_corridor(toy_plan, layers, first_corridor(toy_plan), language="en", limits=limits)
    assert "overlap" in dict(told.position)["Other routes"]
    quiet = sheet_facts.gather_corridor(toy_plan, layers, first_corridor(toy_plan), language="en")
    assert "Other routes" not in dict(quiet.position)


def test_sums_of_needs_agree_with_the_needs(toy_plan: Plan) -> None:
    for carrier in sorted(set(toy_plan.needs["carrier"])):
        facts = sheet_facts.gather_needs(toy_plan, carrier, language="en")
        mine = toy_plan.needs[toy_plan.needs["carrier"] == carrier]
        for table in (facts.places, facts.sectors, facts.clusters):
            for name in ("amount_low", "amount", "amount_high"):
                assert table[name].sum() == pytest.approx(mine[name].sum())
        year = facts.years[facts.years["year"] == toy_plan.scenario.year]
        assert year["amount"].sum() == pytest.approx(mine["amount"].sum())


def test_a_comparison_shows_the_sites_of_both_plans(toy_plan: Plan, tmp_path: Path) -> None:
    largest = toy_plan.networks["co2"].joins.sort_values("amount")["place_id"].iloc[-1]
    without = make_plan(toy_plan.study, toy_plan.scenario.changed(sites_off=(largest,)), ground=toy_plan.ground)
    for before, after, change, legend in (
        (toy_plan, without, "went", "Site no longer connected"),
        (without, toy_plan, "came", "Newly connected site"),
    ):
        variants = {"one": before, "two": after}
        facts = sheet_facts.gather_comparison(before, after, variants, names=("one", "two"), language="en")
        changes = facts.sites.set_index("site_id")["change"]
        assert changes[largest] == change
        assert set(changes.drop(largest)) <= {"same", "", change}
        assert (changes == "same").any()
        texts = read_texts(writers.write_sheet(after, tmp_path / "c.svg", kind="comparison", before=before))
        assert legend in texts
        assert "Connected before and after" in texts


def test_a_hub_that_is_used_no_longer_is_told(toy_plan: Plan, tmp_path: Path) -> None:
    hydrogen = make_plan(toy_plan.study, toy_plan.scenario.changed(carriers=("h2",)), ground=toy_plan.ground)
    path = tmp_path / "c.svg"
    assert "Hub no longer used" in read_texts(writers.write_sheet(hydrogen, path, kind="comparison", before=toy_plan))
    assert "Hub no longer used" not in read_texts(
        writers.write_sheet(toy_plan, path, kind="comparison", before=hydrogen)
    )


@pytest.mark.parametrize("size", PAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_sheet_says_where_its_map_lies(kind: str, size: str, toy_plan: Plan, later: Plan, tmp_path: Path) -> None:
    """Toyland has neither land nor sea: the inset tells where on earth it is."""
    path = tmp_path / "sheet.svg"
    writers.write_sheet(toy_plan, path, kind=kind, size=size, language="nl", **options_of(kind, toy_plan, later))
    texts = read_texts(path)
    assert "Ligging" in texts
    assert [text for text in texts if re.fullmatch(r"\d+,\d\d° noord, \d+,\d\d° oost", text)]


@pytest.fixture(scope="module")
def empty_plan(toy_plan: Plan) -> Plan:
    """Toyland where CO2 costs nothing, so that no pipe pays."""
    scenario = toy_plan.scenario
    free = scenario.changed(co2_value_eur_per_t=dict.fromkeys(scenario.co2_value_eur_per_t, 0.0), carriers=("co2",))
    return make_plan(toy_plan.study, free, ground=toy_plan.ground)


def test_a_plan_without_corridors_has_sheets_too(empty_plan: Plan, toy_plan: Plan, tmp_path: Path) -> None:
    assert empty_plan.ranking.empty
    folder = tmp_path / "all"
    batch.write_sheets(empty_plan, folder, before=toy_plan, suffix=".svg", size="A4")
    names = {path.name for path in folder.iterdir()}
    assert {"sheet-overview.svg", "sheet-needs-co2.svg", "sheet-comparison.svg"} <= names
    assert not [name for name in names if name.startswith("sheet-corridor")]
    assert "No corridor in this plan" in read_texts(folder / "sheet-overview.svg")
    with pytest.raises(InfraplanError, match="nothing that such a sheet could show") as caught:
        batch.write_sheets(empty_plan, tmp_path / "none", kinds=("corridor",))
    assert len(caught.value.problems) == 1
    assert not (tmp_path / "none").exists()


def test_another_process_writes_the_same_bytes(toyland: Path, toy_plan: Plan, tmp_path: Path) -> None:
    """Nothing hangs on the order of a set: the seed of Python's hashes differs."""
    words = ["sheets", "--study", str(toyland), "--corridor", first_corridor(toy_plan), "--kind", "corridor"]
    found = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        command = [sys.executable, "-m", "infraplan", *words, "--size", "A4", "--format", "pdf", "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
        found.append({path.name: path.read_bytes() for path in sorted(out.iterdir())})
    assert found[0]
    assert found[0] == found[1]


def test_up_to_four_variants_are_laid_side_by_side(toy_plan: Plan, later: Plan, tmp_path: Path) -> None:
    names = ["Now", "Later", "Again", "Once more"]
    variants = dict(zip(names, (toy_plan, later, toy_plan, later), strict=True))
    path = tmp_path / "v.svg"
    writers.write_sheet(later, path, kind="comparison", before=toy_plan, variants=variants)
    assert set(names) <= set(read_texts(path))
    with pytest.raises(InfraplanError, match="variants"):
        writers.write_sheet(later, path, kind="comparison", before=toy_plan, variants={**variants, "Too many": later})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "poster"}, "kind of sheet"),
        ({"kind": "corridor", "corridor_id": "nowhere"}, "no such corridor|nowhere"),
        ({"kind": "needs", "carrier": "coal"}, "unknown carrier"),
        ({"kind": "comparison"}, "second plan"),
        ({"size": "A5"}, "page size"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_sheet_that_cannot_be_made_is_refused(
    options: dict[str, Any], told: str, toy_plan: Plan, tmp_path: Path
) -> None:
    with pytest.raises(InfraplanError, match=told):
        writers.write_sheet(toy_plan, tmp_path / "x.pdf", **options)
    assert not list(tmp_path.iterdir())


def test_the_command_line_writes_one_or_all_sheets(run: Run, toyland: Path, toy_plan: Plan, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("sheets", "--study", toyland, "--out", out, "--size", "A4", "--format", "svg", "--language", "nl")
    assert done.code == 0, done.err
    carriers = {f"sheet-needs-{carrier}.svg" for carrier in set(toy_plan.needs["carrier"])}
    corridors = {f"sheet-corridor-{one}.svg" for one in toy_plan.ranking["corridor_id"]}
    assert {path.name for path in out.iterdir()} == {"sheet-overview.svg", "manifest.json"} | carriers | corridors


def test_the_command_line_compares_with_another_year(run: Run, toyland: Path, tmp_path: Path) -> None:
    name = "sheet-comparison.png"
    words = ("sheets", "--study", toyland, "--kind", "comparison", "--size", "A4", "--format", "png", "--out", tmp_path)
    assert run(*words).code == 2
    scenario = open_study(toyland).scenario()
    done = run(*words, "--against", f"{scenario.name}@{scenario.year + 10}")
    assert done.code == 0, done.err
    assert {path.name for path in tmp_path.iterdir()} == {name, "manifest.json"}


def test_the_command_line_refuses_before_it_plans(run: Run, toyland: Path, tmp_path: Path) -> None:
    done = run("sheets", "--study", toyland, "--kind", "poster", "--size", "A5", "--format", "gif", "--out", tmp_path)
    assert done.code == 2
    assert all(word in done.err for word in ("poster", "A5", "gif"))


def test_no_name_becomes_a_formula_in_a_spreadsheet() -> None:
    names = ["=HYPERLINK(1)", "+1", "-2", "@SUM(A1)", " =1", "\t=1", "Works"]
    table = pd.DataFrame({"=head": names, "amount": [-1.5, 2.0, 3.25, 4.0, 5.0, 6.0, 7.0]})
    content = spreadsheets.write_csv(table)
    text = content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows[0] == ["'=head", "amount"]
    assert [row[0] for row in rows[1:]] == [f"'{name}" for name in names[:-1]] + ["Works"]
    # Numbers stay numbers, a negative one too.
    assert [row[1] for row in rows[1:4]] == ["-1,5", "2,0", "3,25"]


def test_the_zip_holds_every_file_and_is_the_same_each_time(toy_plan: Plan, tmp_path: Path) -> None:
    one, two = (batch.write_zip(toy_plan, tmp_path / f"{name}.zip", language="nl") for name in ("one", "two"))
    with zipfile.ZipFile(one) as archive, zipfile.ZipFile(two) as again:
        names = set(archive.namelist())
        assert names == PLAN_FILES | {"ranking-excel.csv", "needs-excel.csv"}
        for name in names:
            assert archive.read(name) == again.read(name), name
        assert ";" in archive.read("ranking-excel.csv").decode("utf-8-sig").splitlines()[0]
