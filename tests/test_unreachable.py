"""Places that no pipe can reach, and studies in which nobody takes part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from study_tools import (
    PLAN_FILES,
    Outcome,
    add_layer,
    box,
    change,
    edit,
    read_rows,
    write_geojson,
    write_rows,
)

from infraplan.plan import make_plan
from infraplan.study.study import open_study

Run = Callable[..., Outcome]

SITES, HUBS, PROJECTS, SOURCES = "data/sites.csv", "data/hubs.csv", "data/projects.csv", "data/sources.csv"
SCENARIO, SETTINGS, CATALOGUE = "data/scenarios/roadmap-2025.toml", "data/study.toml", "layers/catalogue.toml"


def place_of(study: Path, site_id: str) -> tuple[float, float]:
    rows = read_rows(study / SITES)
    row = next(row for row in rows if row[0] == site_id)
    return float(row[rows[0].index("lon")]), float(row[rows[0].index("lat")])


def flood(study: Path, *shapes: dict[str, object]) -> None:
    """Put a sea on the map."""
    write_geojson(study / "layers/sea.geojson", *shapes)
    add_layer(study, id="sea", file="sea.geojson", role="constraint", effect="blocked")


def left_out(study: Path, *carriers: str) -> dict[tuple[str, str], str]:
    """Plan, and return the reason why each carrier does not reach each place."""
    opened = open_study(study)
    scenario = opened.scenario()
    made = make_plan(opened, scenario.changed(carriers=carriers) if carriers else scenario)
    return {(row.carrier, row.place_id): row.reason for row in made.left_out.itertuples()}


def test_an_island_is_left_out_with_the_reason(toy: Path, tmp_path: Path, run: Run) -> None:
    lon, lat = place_of(toy, "bell-chemicals")
    island = box(lon - 0.007, lat - 0.0045, lon + 0.007, lat + 0.0045)["coordinates"][0]
    moat = box(lon - 0.012, lat - 0.008, lon + 0.012, lat + 0.008)
    flood(toy, {"type": "Polygon", "coordinates": [*moat["coordinates"], island[::-1]]})
    said = run("plan", "--study", toy, "--out", tmp_path / "out", "--carriers", "co2")
    assert said.code == 0 and {path.name for path in (tmp_path / "out").iterdir()} == PLAN_FILES
    table = read_rows(tmp_path / "out/left_out.csv")
    reasons = {row[1]: row[table[0].index("reason")] for row in table[1:]}
    assert reasons == {"bell-chemicals": "cut off: every way to it crosses forbidden ground"}


def test_a_site_in_the_sea_is_told(toy: Path, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    lon, lat = place_of(toy, "dairy-dale")
    flood(toy, box(lon - 0.05, lat - 0.03, lon + 0.01, lat + 0.01))
    said = run("check", "--study", toy)
    words = ("sites.csv, row 5, column lon, lat", f"'{lon}, {lat}'", "dairy-dale stands on", "the sea?", "Correct lon")
    assert said.code == 1 and said.out.endswith("1 problem\n")
    assert [word for word in words if word not in said.out] == []
    assert left_out(toy, "heat") == {}
    assert "starts at the nearest free cell: dairy-dale" in caplog.text


def test_a_site_far_out_at_sea_and_one_abroad(toy: Path) -> None:
    lon, lat = place_of(toy, "bell-chemicals")
    flood(toy, box(lon - 0.06, lat - 0.035, lon + 0.06, lat + 0.035))
    edit(toy / SITES, 4, "lon", 12.5)
    reasons = left_out(toy, "co2")
    assert reasons["co2", "cyan-hydrogen"] == "outside the study area"
    assert "blocked ground for" in str(reasons["co2", "bell-chemicals"])


def test_a_country_of_nothing_but_sea(toy: Path) -> None:
    flood(toy, box(3.0, 50.8, 4.0, 51.6))
    assert set(left_out(toy).values()) == {"all ground is blocked"}


def test_no_hub_for_a_carrier(toy: Path) -> None:
    rows = read_rows(toy / HUBS)
    write_rows(toy / HUBS, [row for row in rows if "co2" not in row])
    reasons = left_out(toy, "co2", "h2")
    emitters = ("arc-steel", "bell-chemicals", "cyan-hydrogen", "east-refinery")
    assert {place: reasons["co2", place] for place in emitters} == dict.fromkeys(emitters, "no hub for this carrier")
    assert ("h2", "arc-steel") not in reasons, "the other carriers are planned all the same"


def test_a_full_hub_leaves_out_the_rest(toy: Path) -> None:
    edit(toy / HUBS, 2, "capacity_2040", 400)
    reasons = left_out(toy, "co2")
    assert reasons and set(reasons.values()) <= {"hubs are full", "does not pay"}


def test_a_study_in_which_nobody_takes_part(toy: Path) -> None:
    change(toy / SCENARIO, "year = 2040", "year = 2040\nclusters_off = ['west', 'east']")
    assert left_out(toy) == {}
