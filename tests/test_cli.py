"""The command line: every command does what its help says, on Toyland and on the default study."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import rasterio
from study_tools import PLAN_FILES, Outcome, edit, read_rows

from infraplan.cli import studies
from infraplan.plan import Plan
from infraplan.study import home
from infraplan.study.study import Study, open_study

Run = Callable[..., Outcome]
ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    "plan",
    "alternatives",
    "explain",
    "check",
    "needs",
    "projects",
    "layers",
    "sources",
    "new",
    "app",
    "surface",
    "osm",
)


def test_help_names_every_command(run: Run) -> None:
    said = run("--help")
    assert said.code == 0 and all(f" {command} " in said.out for command in COMMANDS)
    for command in COMMANDS:
        assert run(command, "--help").code == 0


def test_the_module_is_the_command_and_warnings_reach_the_user(toy: Path, tmp_path: Path) -> None:
    river = toy / "layers/river.geojson"
    features = json.loads(river.read_text())
    features["features"].append({"type": "Feature", "properties": {"name": "ghost"}, "geometry": None})
    river.write_text(json.dumps(features))
    command = [sys.executable, "-m", "infraplan", "surface", "--study", str(toy), "--out", str(tmp_path / "g.tif")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"Wrote {tmp_path}/g.tif\n")
    assert done.stderr.endswith("river.geojson: 1 features without a shape left out\n")


def test_check_of_the_default_study_finds_nothing(default_study: Study, run: Run) -> None:
    said = run("check", "--study", ROOT)
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("No problems\n"), said.out
    assert f"{len(default_study.sites)} sites, {len(default_study.hubs)} hubs" in said.out


def test_check_lists_every_problem(toy: Path, run: Run) -> None:
    edit(toy / "data/sites.csv", 3, "sector", "alchemy")
    edit(toy / "data/sites.csv", 4, "source", "hearsay")
    (toy / "layers/town.geojson").write_text("{}")
    scenario = toy / "data/scenarios/low-industry.toml"
    scenario.write_text(scenario.read_text().replace("year = 2040", "year = 2060"))
    said = run("check", "--study", toy)
    problems = [line for line in said.out.splitlines() if line.startswith("- ")]
    assert said.code == 1 and said.out.endswith("4 problems\n")
    assert [line[2:].split(",")[0].split(":")[0] for line in problems] == [
        "sites.csv", "sites.csv", "layers/town.geojson", "low-industry.toml",
    ]  # fmt: skip


def test_check_says_what_it_could_not_read_yet(toy: Path, run: Run) -> None:
    edit(toy / "data/sites.csv", 3, "lon", "x")
    edit(toy / "data/hubs.csv", 3, "status", "y")
    said = run("check", "--study", toy)
    assert said.code == 1 and said.out.endswith("2 problems\n")
    assert "Layers and scenarios are read when the tables can be" in said.out


def test_check_remarks_on_what_is_no_mistake(toy: Path, run: Run) -> None:
    edit(toy / "data/sites.csv", 3, "co2_kt_per_a", "")
    edit(toy / "data/sites.csv", 4, "lon", 12.5)
    said = run("check", "--study", toy)
    assert said.code == 0
    assert "Without a public CO2 figure, so without needs: bell-chemicals" in said.out
    assert "Outside the extent, counted but not routed: cyan-hydrogen" in said.out


def test_plan_writes_its_files_and_prints_the_ranking(
    toy_plan: Plan, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {}

    def make_plan(study: object, scenario: object, **_: object) -> Plan:
        given["scenario"] = scenario
        return toy_plan

    monkeypatch.setattr("infraplan.plan.make_plan", make_plan)
    out = tmp_path / "deep" / "out"
    words = ("--year", 2035, "--carriers", "h2, co2,h2", "--scenario", "ccs-led", "--language", "nl")
    said = run("plan", "--study", toy_plan.study.folder, "--out", out, *words)
    assert said.code == 0, said.err
    scenario = given["scenario"]
    assert (scenario.name, scenario.year, scenario.carriers) == ("ccs-led", 2035, ("h2", "co2"))
    assert {path.name for path in out.iterdir()} == PLAN_FILES
    assert str(out) in said.out and "CO2, Waterstof" in said.out
    assert all(name in said.out for name in {row[1] for row in read_rows(out / "ranking.csv")[1:]})
    assert "Oost - West" in said.out, "names in the language that was asked for"


def test_a_second_plan_replaces_the_first_and_nothing_else(
    toy_plan: Plan, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infraplan.plan.make_plan", lambda *_, **__: toy_plan)
    monkeypatch.setattr("infraplan.reports.writers.write_sheet", lambda *_, **__: None)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "plan.json").write_text("old")
    assert run("plan", "--study", toy_plan.study.folder, "--out", tmp_path).code == 0
    assert json.loads((tmp_path / "plan.json").read_text())["scenario"]["name"] == toy_plan.scenario.name
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == PLAN_FILES - {"map.png", "map.pdf"} | {"notes.txt"}


def test_needs_in_a_table_and_as_csv(toyland: Path, run: Run) -> None:
    said = run("needs", "--study", toyland, "--year", 2050)
    assert said.code == 0 and "Needs in 2050" in said.out
    assert all(word in said.out for word in ("steel", "CO2", "kt/a", "GWh/a", "Electricity"))
    rows = list(csv.DictReader(io.StringIO(run("needs", "--study", toyland, "--csv").out)))
    sites = {row[0] for row in read_rows(toyland / "data/sites.csv")[1:]}
    assert {row["place_id"] for row in rows} == sites | {"toytown"}
    assert all(float(r["amount_low"]) <= float(r["amount"]) <= float(r["amount_high"]) and r["unit"] for r in rows)


def test_layers_and_sources_show_their_papers(toyland: Path, run: Run) -> None:
    said = run("layers", "--study", toyland)
    assert said.code == 0
    assert all(
        word in said.out for word in ("river", "crossing", "class:railway", "own-estimate", "invented", "own work")
    )
    said = run("sources", "--study", toyland)
    assert said.code == 0 and "own-estimate" in said.out and "licence" in said.out


def test_brackets_in_a_title_are_not_markup(toy: Path, run: Run) -> None:
    edit(toy / "data/sources.csv", 2, "title", "Prices [bold] of [unverified] things")
    assert "Prices [bold] of [unverified] things" in run("sources", "--study", toy).out


def test_surface_is_a_raster_of_the_study(toyland: Path, tmp_path: Path, run: Run) -> None:
    said = run("surface", "--study", toyland, "--out", tmp_path / "ground.tif")
    assert said.code == 0 and "ground.tif" in said.out
    with rasterio.open(tmp_path / "ground.tif") as raster:
        assert raster.crs.to_string() == open_study(toyland).settings.crs
        assert raster.res == (250.0, 250.0)


def test_app_opens_the_study_that_was_named(toyland: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started = {}

    def start(command: list[str], **options: object) -> SimpleNamespace:
        started.update(command=command, **options)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(studies.subprocess, "run", start)
    monkeypatch.setattr("infraplan.reports.assets.fill", lambda: None)
    assert run("app", "--study", toyland, "--port", 8765).code == 0
    assert started["env"]["INFRAPLAN_STUDY"] == str(toyland)
    assert started["command"][-2:] == ["--server.port", "8765"] and str(home() / "app.py") in started["command"]
