"""Bad input: one clear message that says where and what to do, and nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from study_tools import (
    Outcome,
    add_layer,
    append,
    box,
    change,
    edit,
    read_rows,
    write_geojson,
    write_rows,
)

Run = Callable[..., Outcome]
Break = Callable[[Path], object]


def drop_column(path: Path, column: str) -> None:
    rows = read_rows(path)
    place = rows[0].index(column)
    write_rows(path, [row[:place] + row[place + 1 :] for row in rows])


def swap(path: Path, row: int) -> None:
    rows = read_rows(path)
    lon, lat = rows[0].index("lon"), rows[0].index("lat")
    rows[row - 1][lon], rows[row - 1][lat] = rows[row - 1][lat], rows[row - 1][lon]
    write_rows(path, rows)


def set_number(study: Path, subject: str, parameter: str, column: str, value: object) -> None:
    """Change an assumption, wherever it stands."""
    for path in sorted((study / "data/assumptions").glob("*.csv")):
        for number, row in enumerate(read_rows(path), start=1):
            if row[:2] == [subject, parameter]:
                return edit(path, number, column, value)
    raise AssertionError(f"no assumption {subject} / {parameter}")


def write_raster(path: Path, west_m: float, value: int) -> None:
    place = Affine(1000.0, 0.0, west_m, 0.0, -1000.0, 5_680_000.0)
    profile = {"width": 40, "height": 40, "count": 1, "dtype": "uint8", "crs": "EPSG:25831", "transform": place}
    with rasterio.open(path, "w", driver="GTiff", **profile) as raster:
        raster.write(np.full((40, 40), value, np.uint8), 1)


def add_raster(study: Path, west_m: float, value: int) -> None:
    write_raster(study / "layers/land.tif", west_m, value)
    entry = {"id": "land", "file": "land.tif", "role": "constraint", "effect": "codes", "crs": "EPSG:25831"}
    add_layer(study, **entry, value_map={"7": "urban"})


SITES, HUBS, PROJECTS, SOURCES = "data/sites.csv", "data/hubs.csv", "data/projects.csv", "data/sources.csv"
SCENARIO, SETTINGS, CATALOGUE = "data/scenarios/roadmap-2025.toml", "data/study.toml", "layers/catalogue.toml"
TOWN = "layers/town.geojson"

# what is broken, and the words that the message must hold: file, row, column, value, what, remedy
CASES: dict[str, tuple[Break, tuple[str, ...]]] = {
    "missing column": (
        lambda s: drop_column(s / SITES, "lat"),
        ("sites.csv", "row 1", "column lat", "missing", "Add it to the header"),
    ),
    "duplicate column": (
        lambda s: change(s / SITES, ",municipality,", ",name,"),
        ("sites.csv", "row 1", "column name", "twice", "Keep one"),
    ),
    "ragged row": (lambda s: change(s / SITES, "Dairy Dale", "Dairy, Dale"), ("sites.csv", "row 5", "cells", "quote")),
    "semicolons": (
        lambda s: (s / SITES).write_text((s / SITES).read_text().replace(",", ";")),
        ("sites.csv", "semicolons", "commas"),
    ),
    "not UTF-8": (
        lambda s: (s / SITES).write_bytes((s / SITES).read_bytes().replace(b"Dairy", b"Cr\xe9merie")),
        ("sites.csv", "not UTF-8", "Save it as CSV UTF-8"),
    ),
    "missing table": (lambda s: (s / HUBS).unlink(), ("hubs.csv", "the file is missing", "Put it there")),
    "no sites": (
        lambda s: write_rows(s / SITES, read_rows(s / SITES)[:1]),
        ("sites.csv", "no rows", "Add at least one"),
    ),
    "swapped": (lambda s: swap(s / SITES, 3), ("sites.csv", "row 3", "lon, lat", "51.", "swapped", "Exchange")),
    "off the globe": (
        lambda s: edit(s / SITES, 3, "lat", 512.2),
        ("sites.csv", "row 3", "column lat", "'512.2'", "above 90"),
    ),
    "negative": (
        lambda s: edit(s / SITES, 4, "co2_kt_per_a", -5),
        ("sites.csv", "row 4", "column co2_kt_per_a", "'-5.0'", "below 0", "Check the value and its unit"),
    ),
    "NaN": (
        lambda s: edit(s / SITES, 4, "co2_kt_per_a", "NaN"),
        ("sites.csv", "row 4", "column co2_kt_per_a", "'NaN'", "not a number"),
    ),
    "infinite": (lambda s: edit(s / SITES, 4, "co2_kt_per_a", "inf"), ("sites.csv", "row 4", "'inf'", "not a number")),
    "unit in a number": (
        lambda s: edit(s / SITES, 4, "co2_kt_per_a", "500 kt"),
        ("sites.csv", "row 4", "'500 kt'", "no unit"),
    ),
    "decimal comma": (lambda s: edit(s / SITES, 4, "co2_kt_per_a", "500,5"), ("row 4", "'500,5'", "decimal point")),
    "empty name": (
        lambda s: edit(s / SITES, 2, "name", ""),
        ("sites.csv", "row 2", "column name", "empty", "Fill it in"),
    ),
    "duplicate site": (
        lambda s: edit(s / SITES, 4, "site_id", "arc-steel"),
        ("sites.csv", "row 2", "row 4", "column site_id", "'arc-steel'", "more than once"),
    ),
    "site and hub of one id": (
        lambda s: edit(s / SITES, 4, "site_id", "harbour-co2"),
        ("hubs.csv", "row 2", "column hub_id", "'harbour-co2'", "sites.csv row 4", "its own id"),
    ),
    "unknown cluster": (
        lambda s: edit(s / SITES, 4, "cluster", "north"),
        ("sites.csv", "row 4", "column cluster", "'north'", "clusters.csv"),
    ),
    "unknown sector": (
        lambda s: edit(s / SITES, 4, "sector", "steelworks"),
        ("sites.csv", "row 4", "column sector", "'steelworks'", "unknown sector", "steel,"),
    ),
    "process gas of nobody": (
        lambda s: edit(s / SITES, 4, "process_gas_of", "ghost"),
        ("sites.csv", "row 4", "column process_gas_of", "'ghost'", "points to nothing", "site_id"),
    ),
    "unknown source": (
        lambda s: edit(s / SITES, 4, "source", "hearsay"),
        ("sites.csv", "row 4", "column source", "'hearsay'", "sources.csv"),
    ),
    "unknown carrier": (
        lambda s: edit(s / HUBS, 2, "carrier", "steam"),
        ("hubs.csv", "row 2", "column carrier", "'steam'", "choose from co2, h2, heat"),
    ),
    "wrong unit of a hub": (
        lambda s: edit(s / HUBS, 2, "capacity_unit", "gwh_per_a"),
        ("hubs.csv", "row 2", "column capacity_unit", "'gwh_per_a'", "the unit for co2 is kt_per_a", "Convert"),
    ),
    "negative capacity": (
        lambda s: edit(s / HUBS, 3, "capacity_2040", -1),
        ("hubs.csv", "row 3", "column capacity_2040", "'-1'", "0 or more"),
    ),
    "no capacity column": (
        lambda s: drop_column(s / HUBS, "capacity_2035"),
        ("hubs.csv", "column capacity_2035", "missing"),
    ),
    "project at an unknown site": (
        lambda s: append(
            s / PROJECTS, project_id="p", name="P", type="CCS", status="planned", site_id="ghost", source="own-estimate"
        ),
        ("projects.csv", "row 2", "column site_id", "'ghost'"),
    ),
    "project at an unknown hub": (
        lambda s: append(
            s / PROJECTS, project_id="p", name="P", type="CCS", status="planned", hub_id="ghost", source="own-estimate"
        ),
        ("projects.csv", "row 2", "column hub_id", "'ghost'"),
    ),
    "negative price": (
        lambda s: set_number(s, "coal", "price_2040", "value", -5),
        ("energy.csv", "coal / price_2040", "column value", "'-5'", "negative", "0 or more"),
    ),
    "capture rate over 1": (
        lambda s: set_number(s, "co2", "capture_rate_2050", "value", 1.5),
        ("energy.csv", "capture_rate_2050", "'1.5'", "a share lies between 0 and 1"),
    ),
    "COP below 1": (
        lambda s: append(
            s / "data/assumptions/energy.csv",
            subject="pump",
            parameter="cop",
            value=0.5,
            low=0.5,
            high=4,
            unit="cop",
            source="own-estimate",
        ),
        ("energy.csv", "pump / cop", "'0.5'", "a heat pump gives more than it takes"),
    ),
    "money without a year": (
        lambda s: set_number(s, "coal", "price_2040", "price_year", ""),
        ("energy.csv", "column price_year", "money without a price year"),
    ),
    "value outside its range": (
        lambda s: set_number(s, "coal", "price_2040", "high", 1e-3),
        ("energy.csv", "coal / price_2040", "low is above high", "Swap"),
    ),
    "wrong unit of a price": (
        lambda s: set_number(s, "coal", "price_2040", "unit", "eur_per_kwh"),
        ("energy.csv", "column unit", "'eur_per_kwh'", "must be eur_per_mwh", "Convert"),
    ),
    "wrong unit of the ground": (
        lambda s: set_number(s, "reference_pipe", "base_cost", "unit", "eur_per_km"),
        ("surface.csv", "column unit", "'eur_per_km'", "must be eur_per_m"),
    ),
    "wrong unit of a pipe": (
        lambda s: set_number(s, "h2", "max_distance", "unit", "m"),
        ("network.csv", "column unit", "must be km"),
    ),
    "number given twice": (
        lambda s: append(
            s / "data/assumptions/network.csv",
            **dict(zip(*read_rows(s / "data/assumptions/network.csv")[:2], strict=True)),
        ),
        ("network.csv", "stands already in network.csv row 2", "Keep one"),
    ),
    "missing assumption": (
        lambda s: write_rows(
            s / "data/assumptions/network.csv",
            [r for r in read_rows(s / "data/assumptions/network.csv") if r[:2] != ["h2", "max_distance"]],
        ),
        ("data/assumptions", "no assumption for h2 / max_distance", "Add a row"),
    ),
    "unknown key of a scenario": (
        lambda s: change(s / SCENARIO, "year = 2040", "year = 2040\ncolour = 'green'"),
        ("roadmap-2025.toml", "column colour", "'green'", "unknown key", "Remove it"),
    ),
    "missing key of a scenario": (
        lambda s: change(s / SCENARIO, "year = 2040", ""),
        ("roadmap-2025.toml", "column year", "missing", "Add it"),
    ),
    "year outside the study": (
        lambda s: change(s / SCENARIO, "year = 2040", "year = 2060"),
        ("roadmap-2025.toml", "column year", "'2060'", "from 2030 to 2050"),
    ),
    "scenario is not TOML": (
        lambda s: change(s / SCENARIO, "year = 2040", "year is 2040"),
        ("roadmap-2025.toml", "not valid TOML", "row "),
    ),
    "carrier of a scenario": (
        lambda s: change(s / SCENARIO, 'carriers = ["co2", "h2", "heat"]', 'carriers = ["co2", "steam"]'),
        ("roadmap-2025.toml", "carriers.1", "'steam'"),
    ),
    "shares that do not add to 1": (
        lambda s: change(
            s / SCENARIO,
            "unchanged = { 2030 = 0.97, 2035 = 0.50, 2040 = 0.18, 2050 = 0.05 }",
            "unchanged = { 2030 = 0.97, 2035 = 0.50, 2040 = 0.28, 2050 = 0.05 }",
        ),
        ("roadmap-2025.toml", "pathways.steel in 2040", "1.1", "Make them add to 1"),
    ),
    "pathways of an unknown sector": (
        lambda s: change(s / SCENARIO, "[pathways.steel]", "[pathways.steelworks]"),
        ("roadmap-2025.toml", "'steelworks'", "no such sector", "Choose from"),
    ),
    "not a number in a scenario": (
        lambda s: change(s / SCENARIO, "{ 2030 = 100, 2035 = 135,", "{ 2030 = nan, 2035 = 135,"),
        ("roadmap-2025.toml", "co2_value_eur_per_t.2030", "'nan'"),
    ),
    "negative production": (
        lambda s: change(s / SCENARIO, "refining = { 2030 = 0.95,", "refining = { 2030 = -0.95,"),
        ("roadmap-2025.toml", "activity.refining", "'-0.95'", "0 or more"),
    ),
    "unknown site, hub, cluster, project and status in a scenario": (
        lambda s: change(
            s / SCENARIO,
            "year = 2040",
            "year = 2040\nsites_off = ['a']\nhubs_off = ['b']\nclusters_off = ['c']\nprojects_on = ['d']",
        ),
        (
            "sites_off, value 'a'",
            "hubs_off, value 'b'",
            "clusters_off, value 'c'",
            "projects_on, value 'd'",
            "data/hubs.csv",
        ),
    ),
    "unknown status": (
        lambda s: change(s / SCENARIO, 'existing_statuses = ["operational"]', 'existing_statuses = ["built"]'),
        ("existing_statuses", "'built'", "Choose from operational"),
    ),
    "unknown line": (
        lambda s: change(s / SCENARIO, "year = 2040", "year = 2040\nexisting_lines = ['nowhere']"),
        ("existing_lines", "'nowhere'", "no such line"),
    ),
    "unknown assumption in a scenario": (
        lambda s: change(s / SCENARIO, "[activity]", "[assumptions]\n'co2/magic' = 1\n[activity]"),
        ("roadmap-2025.toml", "column assumptions", "co2 / magic"),
    ),
    "absurd assumption in a scenario": (
        lambda s: change(s / SCENARIO, "[activity]", "[assumptions]\n'co2/capture_rate_2050' = 1.5\n[activity]"),
        ("roadmap-2025.toml", "column assumptions", "'1.5'", "between 0 and 1"),
    ),
    "unknown setting": (
        lambda s: change(s / SETTINGS, "cell_m = 250", "cell_km = 1"),
        ("study.toml", "column cell_km", "column cell_m", "missing"),
    ),
    "CRS in degrees": (
        lambda s: change(s / SETTINGS, '"EPSG:25831"', '"EPSG:4326"'),
        ("'EPSG:4326'", "degree", "projected CRS in metres"),
    ),
    "extent upside down": (
        lambda s: (s / SETTINGS).write_text(
            (s / SETTINGS).read_text().replace("extent = [", "extent = [9.9, 51.0, 3.5, 51.3] #")
        ),
        ("study.toml", "column extent", "9.9", "180th meridian"),
    ),
    "no default scenario": (
        lambda s: change(s / SETTINGS, '"roadmap-2025"', '"roadmap"'),
        ("'roadmap'", "no such scenario"),
    ),
    "empty catalogue": (
        lambda s: (s / CATALOGUE).write_text("# nothing\n"),
        ("layers/catalogue.toml", "no [[layer]]", "Describe at least one"),
    ),
    "unknown class": (
        lambda s: change(s / CATALOGUE, '"class:urban"', '"class:suburb"'),
        ("layers/catalogue.toml", "layer town", "'suburb'", "Choose from", "urban"),
    ),
    "missing layer": (lambda s: (s / TOWN).unlink(), ("layers/town.geojson", "missing", "Put it there")),
    "broken GeoJSON": (
        lambda s: (s / TOWN).write_text('{"type": "FeatureCollection", '),
        ("layers/town.geojson", "cannot be read", "QGIS"),
    ),
    "empty layer": (lambda s: write_geojson(s / TOWN), ("layers/town.geojson", "empty", "drop it from the catalogue")),
    "wrong CRS": (
        lambda s: change(
            s / CATALOGUE,
            'file = "town.geojson"\nrole = "constraint"\neffect = "class:urban"\ncrs = "EPSG:4326"',
            'file = "town.geojson"\nrole = "constraint"\neffect = "class:urban"\ncrs = "EPSG:31370"',
        ),
        ("layers/town.geojson", "column crs", "'EPSG:31370'", "EPSG:4326", "Correct crs"),
    ),
    "layer elsewhere": (
        lambda s: write_geojson(s / TOWN, box(10.0, 45.0, 10.1, 45.1)),
        ("layers/town.geojson", "does not cover the study area"),
    ),
    "raster elsewhere": (
        lambda s: add_raster(s, 700_000.0, 7),
        ("layers/land.tif", "does not cover the study area", "drop it"),
    ),
    "raster with strange pixels": (
        lambda s: add_raster(s, 500_000.0, 9),
        ("layers/land.tif", "value_map", "'9'", "Map each"),
    ),
}

# found only when a plan is rehearsed or its ground is built: `check` must find them as well
FOUND_LATE = [
    "unknown sector",
    "wrong unit of a price",
    "wrong unit of the ground",
    "wrong unit of a pipe",
    "missing assumption",
    "unknown line",
    "shares that do not add to 1",
    "no default scenario",
    "unknown class",
    "broken GeoJSON",
    "raster with strange pixels",
]


@pytest.mark.parametrize("name", CASES)
def test_plan_refuses(name: str, toy: Path, tmp_path: Path, run: Run) -> None:
    spoil, words = CASES[name]
    spoil(toy)
    said = run("plan", "--study", toy, "--out", tmp_path / "out")
    assert said.code == 2
    assert said.err.startswith("infraplan: ") and said.err.count("infraplan: ") == 1 and said.out == ""
    assert [word for word in words if word not in said.err] == [], said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FOUND_LATE)
def test_check_finds_it_too(name: str, toy: Path, run: Run) -> None:
    spoil, words = CASES[name]
    spoil(toy)
    said = run("check", "--study", toy)
    assert said.code == 1 and said.out.endswith("1 problem\n"), said.out
    assert [word for word in words if word not in said.out] == [], said.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("plan", "--year", "abc"), "--year, value 'abc': the value does not fit: it must be a whole number"),
        (("plan", "--year", "2020"), "value '2020': the year lies outside the study. Choose a year from 2030 to 2050"),
        (("needs", "--year", "2020"), "value '2020': the year lies outside the study"),
        (
            ("plan", "--carriers", "co2,steam"),
            "--carriers, value 'co2,steam': unknown carrier. Choose from co2,h2,heat",
        ),
        (("plan", "--carriers", ","), "--carriers, value ',': unknown carrier"),
        (("plan", "--scenario", "utopia"), "value 'utopia': no such scenario. Choose from: roadmap-2025"),
        (("plan", "--language", "xx"), "value 'xx': unknown language. Use one of en, nl"),
        (("plan", "--colour", "green"), "--colour: there is no such option"),
        (("dream",), "value 'dream': there is no such command"),
    ],
)
def test_wrong_words_on_the_command_line(
    words: tuple[str, ...], message: str, toyland: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(toyland)
    out = ("--out", tmp_path / "out") if words[0] == "plan" else ()
    said = run(*words, *out)
    assert said.code == 2 and message in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["plan", "needs", "layers", "sources", "surface"])
def test_a_folder_that_is_no_study(command: str, tmp_path: Path, run: Run) -> None:
    said = run(command, "--study", tmp_path)
    assert said.code == 2 and "study.toml: this folder is not a study. Make one with `infraplan new DIR`" in said.err
    assert list(tmp_path.iterdir()) == []


def test_in_a_real_shell_there_is_one_message_and_no_traceback(toy: Path, tmp_path: Path) -> None:
    swap(toy / SITES, 3)
    command = [sys.executable, "-m", "infraplan", "plan", "--study", str(toy), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("infraplan: sites.csv, row 3") and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
