"""The files of a plan: GeoJSON by the book, GeoPackage, tables that agree, a record that reproduces the plan."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from infraplan.core import files, geojson
from infraplan.core.errors import ExportError
from infraplan.core.model import Scenario
from infraplan.demand.estimate import needs_by_year
from infraplan.plan import Plan, make_plan
from infraplan.reports import geopackage, plan_json, plan_layers, writers
from infraplan.study import fingerprint
from infraplan.study.case import open_case
from infraplan.study.study import Study, open_study

# --- the contract, as a JSON schema -----------------------------------------------------------------------------

POSITION = {
    "type": "array",
    "prefixItems": [
        {"type": "number", "minimum": -180, "maximum": 180},
        {"type": "number", "minimum": -90, "maximum": 90},
    ],
    "minItems": 2,
    "maxItems": 2,
}
LINE = {"type": "array", "items": POSITION, "minItems": 2}
NUMBER, TEXT = {"type": "number"}, {"type": "string"}
OPTIONAL = {"type": ["number", "null"]}
SIZE = {"type": ["number", "null"], "exclusiveMinimum": 0}
COUNT = {"type": "integer", "minimum": 0}
CARRIER = {"enum": ["co2", "h2", "heat"]}
SHAPES = {
    "corridors": {"type": {"enum": ["LineString", "MultiLineString"]}},
    "segments": {"type": {"const": "LineString"}, "coordinates": LINE},
    "sites": {"type": {"const": "Point"}, "coordinates": POSITION},
}
PROPERTIES: dict[str, dict[str, Any]] = {
    "corridors": {
        "corridor_id": TEXT,
        "name": {"type": "string", "minLength": 1},
        "rank": {"type": "integer", "minimum": 1},
        "carriers": {"type": "string", "pattern": "^(co2|h2|heat)(,(h2|heat))*$"},
        "users": {"type": "integer", "minimum": 1},
        "length_km": {"type": "number", "exclusiveMinimum": 0},
        "co2_avoided_kt_per_a": NUMBER,
        "co2_avoided_gross_kt_per_a": NUMBER,
        "co2_flow_kt_per_a": {"type": "number", "minimum": 0},
        "h2_flow_gwh_per_a": {"type": "number", "minimum": 0},
        "heat_flow_gwh_per_a": {"type": "number", "minimum": 0},
        "diameter_co2_mm": SIZE,
        "diameter_h2_mm": SIZE,
        "diameter_heat_mm": SIZE,
        "capex_meur": {"type": "number", "exclusiveMinimum": 0},
        "cost_meur_per_a": {"type": "number", "exclusiveMinimum": 0},
        "cost_eur_per_t": OPTIONAL,
        "shared_with": TEXT,
        "first_year": {"type": "integer", "minimum": 2000},
    },
    "segments": {
        "segment_id": TEXT,
        "corridor_id": TEXT,
        "carrier": CARRIER,
        "co2_flow_kt_per_a": OPTIONAL,
        "h2_flow_gwh_per_a": OPTIONAL,
        "heat_flow_gwh_per_a": OPTIONAL,
        "diameter_co2_mm": SIZE,
        "diameter_h2_mm": SIZE,
        "diameter_heat_mm": SIZE,
        "pipes": {"type": "integer", "minimum": 1},
        "length_km": {"type": "number", "exclusiveMinimum": 0},
        "capex_meur": {"type": "number", "exclusiveMinimum": 0},
        "cost_meur_per_a": {"type": "number", "exclusiveMinimum": 0},
    },
    "sites": {"site_id": TEXT, "name": TEXT, "sector": TEXT, "cluster": TEXT, "co2_kt_per_a": OPTIONAL},
}
IDS = {"corridors": "corridor_id", "segments": "segment_id", "sites": "site_id"}


def schema_of(layer: str) -> dict[str, Any]:
    """What a file of the plan must hold: RFC 7946, plus our own contract for properties and the foreign member."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["type", "features", "infraplan"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": "FeatureCollection"},
            "bbox": {"type": "array", "items": NUMBER, "minItems": 4, "maxItems": 4},
            "infraplan": {
                "type": "object",
                "required": ["version", "study", "scenario", "year", "inputs_sha256"],
                "properties": {
                    "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
                    "study": TEXT,
                    "scenario": TEXT,
                    "year": COUNT,
                    "inputs_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                },
            },
            "features": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type", "id", "properties", "geometry"],
                    "additionalProperties": False,
                    "properties": {
                        "type": {"const": "Feature"},
                        "id": {"type": "string", "minLength": 1},
                        "geometry": {
                            "type": "object",
                            "required": ["type", "coordinates"],
                            "additionalProperties": False,
                            "properties": {"coordinates": {"type": "array"}, **SHAPES[layer]},
                        },
                        "properties": {
                            "type": "object",
                            "required": list(PROPERTIES[layer]),
                            "properties": PROPERTIES[layer],
                            "propertyNames": {"pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"},
                            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                        },
                    },
                },
            },
        },
    }


def strict(text: str) -> Any:
    """Read JSON as the standard has it: no NaN, no infinity, no key twice."""

    def refuse(word: str) -> Any:
        raise AssertionError(f"{word} is not JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=once)


def positions(coordinates: Any) -> Iterator[list[float]]:
    if isinstance(coordinates[0], (int, float)):
        yield coordinates
    else:
        for part in coordinates:
            yield from positions(part)


@pytest.fixture(scope="module")
def folder(toy_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables and layers of Toyland's plan."""
    out = tmp_path_factory.mktemp("files")
    writers.write_tables(toy_plan, out, plan_layers.frames(toy_plan))
    geopackage.write(plan_layers.frames(toy_plan), out / "plan.gpkg")
    return out


@pytest.mark.parametrize("layer", SHAPES)
def test_geojson_keeps_the_contract(folder: Path, layer: str) -> None:
    content = strict((folder / f"{layer}.geojson").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema_of(layer)).validate(content)
    assert content["features"]
    ids = [feature["id"] for feature in content["features"]]
    assert len(set(ids)) == len(ids)
    assert ids == [feature["properties"][IDS[layer]] for feature in content["features"]]


@pytest.mark.parametrize("layer", SHAPES)
def test_the_schema_can_fail(folder: Path, layer: str) -> None:
    content = json.loads((folder / f"{layer}.geojson").read_text(encoding="utf-8"))
    del content["features"][0]["properties"][IDS[layer]]
    with pytest.raises(jsonschema.ValidationError, match=IDS[layer]):
        jsonschema.Draft202012Validator(schema_of(layer)).validate(content)
    content = json.loads((folder / f"{layer}.geojson").read_text(encoding="utf-8"))
    content["crs"] = {"type": "name"}
    with pytest.raises(jsonschema.ValidationError, match="crs"):
        jsonschema.Draft202012Validator(schema_of(layer)).validate(content)


@pytest.mark.parametrize("layer", SHAPES)
def test_coordinates_are_longitude_and_latitude_in_six_decimals(folder: Path, layer: str, toy_study: Study) -> None:
    text = (folder / f"{layer}.geojson").read_text(encoding="utf-8")
    content = json.loads(text)
    west, south, east, north = toy_study.settings.extent
    for feature in content["features"]:
        for lon, lat in positions(feature["geometry"]["coordinates"]):
            assert west <= lon <= east
            assert south <= lat <= north
    assert not re.findall(r"[\[,] ?-?\d+\.\d{7,}", text)
    inside = [p for f in content["features"] for p in positions(f["geometry"]["coordinates"])]
    lon, lat = np.array(inside).T
    assert content["bbox"] == pytest.approx([lon.min(), lat.min(), lon.max(), lat.max()], abs=1e-9)


def test_a_carrier_that_is_absent_has_no_diameter(folder: Path) -> None:
    content = json.loads((folder / "corridors.geojson").read_text(encoding="utf-8"))
    absent = 0
    for feature in content["features"]:
        row = feature["properties"]
        for carrier, flow in (
            ("co2", "co2_flow_kt_per_a"),
            ("h2", "h2_flow_gwh_per_a"),
            ("heat", "heat_flow_gwh_per_a"),
        ):
            there = carrier in row["carriers"].split(",")
            absent += not there
            assert (row[f"diameter_{carrier}_mm"] is not None) == there
            assert (row[flow] > 0.0) == there
    assert absent, "Toyland has a corridor without some carrier, or this test shows nothing"


def test_segments_and_corridors_tell_the_same_story(folder: Path) -> None:
    corridors = gpd.read_file(folder / "corridors.geojson").set_index("corridor_id")
    segments = gpd.read_file(folder / "segments.geojson")
    sums = segments.groupby("corridor_id")[["capex_meur", "cost_meur_per_a"]].sum()
    for column in sums:
        assert corridors[column].to_dict() == pytest.approx(sums[column].to_dict(), abs=1e-5)
    assert set(segments["corridor_id"]) == set(corridors.index)
    strip = segments["segment_id"].str.split("-").str[-1]  # pipes side by side have the same number
    once = segments[~strip.duplicated()].groupby("corridor_id")["length_km"].sum()
    assert corridors["length_km"].to_dict() == pytest.approx(once.to_dict(), abs=1e-5)


def test_rings_run_counter_clockwise_and_holes_clockwise() -> None:
    clockwise = shapely.Polygon(
        [(500_000, 5_600_000), (500_000, 5_610_000), (510_000, 5_610_000), (510_000, 5_600_000)],
        [[(502_000, 5_602_000), (504_000, 5_602_000), (504_000, 5_604_000), (502_000, 5_604_000)]],
    )
    assert not clockwise.exterior.is_ccw
    frame = gpd.GeoDataFrame({"area_id": ["a"], "far": [np.inf]}, geometry=[clockwise], crs="EPSG:25831")
    (feature,) = strict(geojson.print_layer(frame, id_column="area_id", about={}))["features"]
    outer, hole = (shapely.LinearRing(ring) for ring in feature["geometry"]["coordinates"])
    assert outer.is_ccw
    assert not hole.is_ccw
    assert feature["properties"] == {"area_id": "a", "far": None}


def test_a_layer_without_rows_is_still_geojson() -> None:
    frame = gpd.GeoDataFrame({"area_id": []}, geometry=[], crs="EPSG:25831")
    content = strict(geojson.print_layer(frame, id_column="area_id", about={"year": 1}))
    assert content == {"type": "FeatureCollection", "infraplan": {"year": 1}, "features": []}


def test_the_same_input_gives_the_same_bytes(toy_plan: Plan, folder: Path, tmp_path: Path) -> None:
    again = make_plan(toy_plan.study, toy_plan.scenario)
    writers.write_tables(again, tmp_path, plan_layers.frames(again))
    for name in sorted(path.name for path in folder.iterdir() if path.suffix != ".gpkg"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_record_is_enough_to_make_the_plan_again(toy_plan: Plan, folder: Path) -> None:
    content = strict((folder / "plan.json").read_text(encoding="utf-8"))
    scenario = Scenario.model_validate(content["scenario"])
    assert scenario == toy_plan.scenario
    again = make_plan(toy_plan.study, scenario)
    pd.testing.assert_frame_equal(again.ranking, toy_plan.ranking)


def test_the_record_says_what_was_asked_what_came_out_and_from_what(toy_plan: Plan, folder: Path) -> None:
    content = strict((folder / "plan.json").read_text(encoding="utf-8"))
    assert content["infraplan"] == plan_json.about(toy_plan)
    assert content["changed_assumptions"] == []
    assert content["totals"]["corridors"] == len(toy_plan.ranking)
    assert set(content["totals"]["networks"]) == {"co2", "h2", "heat"}
    co2 = content["totals"]["networks"]["co2"]
    assert co2["amount_kt_per_a"] == pytest.approx(toy_plan.networks["co2"].joins["amount"].sum(), abs=1e-3)
    assert co2["length_km"] == pytest.approx(toy_plan.networks["co2"].segments["length_m"].sum() / 1e3, abs=1e-3)
    assert {"numpy", "shapely", "geopandas"} <= set(content["versions"])
    assert {"data/sites.csv", "data/study.toml", "layers/river.geojson"} <= set(content["inputs"])
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in content["inputs"].values())


def test_changed_assumptions_are_on_record(toy_plan: Plan) -> None:
    scenario = toy_plan.scenario.changed(assumptions={"shared_strip/second_pipe_factor": 0.9})
    plan = make_plan(toy_plan.study, scenario, ground=toy_plan.ground)
    assert plan_json.record(plan)["changed_assumptions"] == [
        {"subject": "shared_strip", "parameter": "second_pipe_factor", "value": 0.9, "unit": "share"}
    ]
    assert plan_json.about(plan)["inputs_sha256"] != plan_json.about(toy_plan)["inputs_sha256"]


def test_the_digest_notices_a_changed_file(toy: Path, toy_plan: Plan) -> None:
    study = toy_plan.study
    before = fingerprint.inputs_sha256(study, toy_plan.scenario)
    moved = open_study(toy)
    assert fingerprint.inputs_sha256(moved, toy_plan.scenario) == before
    (toy / "data/sites.csv").write_text((toy / "data/sites.csv").read_text().replace("2000.0", "2001.0"))
    assert fingerprint.inputs_sha256(moved, toy_plan.scenario) != before


# --- GeoPackage and tables ----------------------------------------------------------------------------------------


def test_the_geopackage_holds_every_layer_in_the_crs_of_the_study(toy_plan: Plan, folder: Path) -> None:
    layers = {str(name) for name, _ in pyogrio.list_layers(folder / "plan.gpkg")}
    assert {"corridors", "segments", "sites", "hubs"} <= layers
    styles = pyogrio.read_dataframe(folder / "plan.gpkg", layer="layer_styles").set_index("f_table_name")
    for name in layers - {"layer_styles"}:
        assert ElementTree.fromstring(styles.loc[name, "styleQML"]).find("renderer-v2") is not None
    assert [c.get("value") for c in ElementTree.fromstring(styles.loc["segments", "styleQML"]).iter("category")][
        :3
    ] == [
        "co2",
        "h2",
        "heat",
    ]
    for name, frame in plan_layers.frames(toy_plan).items():
        read = gpd.read_file(folder / "plan.gpkg", layer=name)
        assert read.crs == toy_plan.study.settings.crs
        assert set(frame.columns) == set(read.columns)
        assert len(read) == len(frame)
        assert shapely.equals_exact(
            np.asarray(read.geometry.array), np.asarray(frame.geometry.array), tolerance=1e-6
        ).all()


def test_ranking_csv_agrees_with_corridors_geojson(folder: Path) -> None:
    table = pd.read_csv(folder / "ranking.csv", keep_default_na=False, na_values={"cost_eur_per_t": [""]})
    content = json.loads((folder / "corridors.geojson").read_text(encoding="utf-8"))
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    for row, feature in zip(table.to_dict("records"), content["features"], strict=True):
        assert list(row) == list(feature["properties"])
        for column, value in feature["properties"].items():
            if value is None:
                assert row[column] in ("", None) or row[column] != row[column]
            elif isinstance(value, str):
                assert row[column] == value
            else:
                assert float(row[column]) == pytest.approx(value, abs=1e-6)


def test_needs_csv_holds_every_need_with_its_unit(toy_plan: Plan, folder: Path) -> None:
    table = pd.read_csv(folder / "needs.csv")
    now = table[table["year"] == toy_plan.scenario.year]
    assert now["amount"].tolist() == pytest.approx(toy_plan.needs["amount"].tolist(), abs=1e-6)
    assert table["name"].notna().all()
    assert set(table["unit"]) == {"kt_per_a", "gwh_per_a"}
    assert (table["amount_low"] <= table["amount"]).all()
    assert (table["amount"] <= table["amount_high"]).all()


def test_names_come_in_the_language_asked(toy_plan: Plan) -> None:
    english = set(plan_layers.frames(toy_plan).corridors["name"])
    dutch = set(plan_layers.frames(toy_plan, language="nl").corridors["name"])
    assert {"East - West", "East"} <= english
    assert {"Oost - West", "Oost"} <= dutch


# --- all or nothing -----------------------------------------------------------------------------------------------


def test_files_appear_together_and_replace_the_old_ones(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    for text in ("first", "second"):
        with files.whole_or_nothing(out) as draft:
            (draft / "a.txt").write_text(text)
            (draft / "b.txt").write_text(text)
        assert [path.read_text() for path in sorted(out.iterdir())] == [text, text]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("no")])
def test_when_writing_fails_half_way_the_old_files_stay(tmp_path: Path, fault: BaseException) -> None:
    (tmp_path / "a.txt").write_text("old")
    expected = ExportError if isinstance(fault, OSError) else type(fault)
    with pytest.raises(expected), files.whole_or_nothing(tmp_path) as draft:
        (draft / "a.txt").write_text("new")
        raise fault
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_failed_first_write_leaves_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), files.whole_or_nothing(tmp_path / "out") as draft:
        (draft / "a.txt").write_text("new")
        raise ValueError("no")
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("I am a file")
    with pytest.raises(ExportError, match="cannot be written"), files.whole_or_nothing(tmp_path / "out"):
        pass
    assert (tmp_path / "out").read_text() == "I am a file"


def test_layers_outside_the_study_count_among_its_inputs(toy: Path, tmp_path: Path) -> None:
    away = tmp_path / "elsewhere.geojson"
    shutil.move(toy / "layers/town.geojson", away)
    catalogue = toy / "layers/catalogue.toml"
    catalogue.write_text(catalogue.read_text().replace('"town.geojson"', f'"{away}"'))
    assert str(away) in fingerprint.checksums(open_study(toy))


def test_needs_of_all_years_are_those_of_the_plan(toy_study: Study, toy_plan: Plan) -> None:
    site = str(toy_plan.networks["co2"].joins["place_id"].iloc[0])
    scenario = toy_plan.scenario.changed(sites_off=(site,))
    case = open_case(toy_study, scenario)
    found = toy_plan.needs_by_year.at_milestones(case)
    pd.testing.assert_frame_equal(found, needs_by_year(case))
    assert site not in set(found["place_id"]) and set(found["year"]) >= set(toy_study.settings.milestones)
