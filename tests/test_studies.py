"""Whole studies through the same commands: Toyland, one in another part of Europe, one on real layers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from realdata import LAND_USE, NATURE, REALDATA, bring, needs_realdata
from study_tools import (
    PLAN_FILES,
    Outcome,
    add_layer,
    append,
    box,
    change,
    read_rows,
    write_geojson,
    write_rows,
)

from infraplan.plan import make_plan
from infraplan.routes.ground import build_surface
from infraplan.study import layers
from infraplan.study.case import open_case
from infraplan.study.study import Study, open_study

Run = Callable[..., Outcome]
CORRIDOR_FIGURES = {
    "corridor_id", "name", "rank", "carriers", "users", "length_km", "co2_avoided_kt_per_a", "capex_meur",
    "co2_avoided_gross_kt_per_a", "co2_flow_kt_per_a", "h2_flow_gwh_per_a", "heat_flow_gwh_per_a",
    "diameter_co2_mm", "diameter_h2_mm", "diameter_heat_mm", "cost_meur_per_a", "cost_eur_per_t", "shared_with",
    "first_year",
}  # fmt: skip


def line(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


def fill_po_valley(study: Path) -> None:
    """Fill an empty study with invented places south of the Alps, in another zone and with other years."""
    settings = study / "data/study.toml"
    change(settings, '"EPSG:25831"', '"EPSG:32632"')
    change(settings, "cell_m = 250 ", "cell_m = 500 ")
    change(settings, "[3.0, 51.0, 3.5, 51.3]", "[9.0, 44.9, 10.4, 45.7]")
    change(settings, "[2030, 2035, 2040, 2050]", "[2032, 2045]")
    change(settings, '"My study"', '"Po valley, invented"')
    data = study / "data"
    rows = [[c for c in row if not c.startswith("capacity_2")] for row in read_rows(data / "hubs.csv")]
    write_rows(data / "hubs.csv", [[*rows[0], "capacity_2032", "capacity_2045"]])
    for cluster, name, lon, lat in (("adda", "Adda", 9.6, 45.5), ("po", "Po", 9.9, 45.1)):
        names = {f"{kind}_{language}": name for kind in ("name", "short") for language in ("en", "nl")}
        append(data / "clusters.csv", cluster_id=cluster, lon=lon, lat=lat, radius_km=15, **names)
    for site, cluster, sector, lon, lat, co2 in (
        ("forge", "adda", "steel", 9.61, 45.55, 900),
        ("kiln", "adda", "cement", 9.55, 45.62, 700),
        ("cracker", "po", "chemicals", 9.85, 45.08, 1100),
        ("still", "po", "refining", 10.05, 45.14, 1500),
    ):
        where = {"lon": lon, "lat": lat, "country": "IT", "cluster": cluster, "sector": sector}
        append(data / "sites.csv", site_id=site, name=f"The {site}", co2_kt_per_a=co2, co2_year=2022, **where,
               source="own-estimate")  # fmt: skip
    hub = {"lon": 10.35, "lat": 44.95, "first_year": 2031, "status": "planned", "source": "own-estimate"}
    append(data / "hubs.csv", hub_id="store", name="The store", carrier="co2", role="sink", capacity_unit="kt_per_a",
           cost_low=30, cost_mode=45, cost_high=70, cost_unit="eur_per_t", capacity_2032=500, capacity_2045=4000,
           **hub)  # fmt: skip
    append(data / "hubs.csv", hub_id="tap", name="The tap", carrier="h2", role="supply", capacity_unit="gwh_per_a",
           cost_low=50, cost_mode=60, cost_high=90, cost_unit="eur_per_mwh", capacity_2032=5000, capacity_2045=9000,
           **hub)  # fmt: skip
    append(data / "heat_areas.csv", area_id="bergam", name="Bergam", kind="city", lon=9.66, lat=45.64,
           population=90000, band="lt100", source="own-estimate")  # fmt: skip
    maps = study / "layers"
    river = line((8.9, 45.1), (9.5, 45.05), (10.0, 45.05), (10.5, 44.9))
    write_geojson(maps / "river.geojson", river, name="Po", width_m=300)
    write_geojson(maps / "lake.geojson", box(9.95, 45.5, 10.1, 45.7))
    write_geojson(
        maps / "gas.geojson", line((9.6, 45.6), (9.9, 45.1), (10.4, 44.9)), name="Old gas", status="operational"
    )
    add_layer(study, id="river", file="river.geojson", role="crossing", effect="class:waterway", drawn_as="waterways")
    add_layer(study, id="lake", file="lake.geojson", role="constraint", effect="blocked", drawn_as="water_areas")
    add_layer(study, id="gas", file="gas.geojson", role="bundling", effect="class:pipeline_strip",
              status_field="status", drawn_as="pipelines")  # fmt: skip


def write_study(folder: Path, run: Run, name: str) -> Path:
    """Make one of the studies with the command that users have."""
    study = folder / name
    assert run("new", study, *(["--toyland"] if name == "toyland" else [])).code == 0
    if name == "po-valley":
        said = run("check", "--study", study)
        assert said.code == 1 and "sites.csv: the table has no rows" in said.out and "no [[layer]] in it" in said.out
        fill_po_valley(study)
    return study


def read_geojson(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def assert_contract(out: Path, study: Study) -> None:
    """Hold the files of a plan against the contract and against each other."""
    assert {path.name for path in out.iterdir()} == PLAN_FILES
    record = read_geojson(out / "plan.json")
    collections = {name: read_geojson(out / f"{name}.geojson") for name in ("corridors", "segments", "sites")}
    ranking, needed = pd.read_csv(out / "ranking.csv"), pd.read_csv(out / "needs.csv")
    west, south, east, north = study.settings.extent
    for name, collection in collections.items():
        assert "crs" not in collection
        assert collection["infraplan"] == record["infraplan"]
        ids = [feature["id"] for feature in collection["features"]]
        assert len(set(ids)) == len(ids) > 0 and all(isinstance(key, str) for key in ids)
        shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in collection["features"]])
        bounds = shapely.total_bounds(shapes)
        assert (bounds[:2] > [west - 0.1, south - 0.1]).all() and (bounds[2:] < [east + 0.1, north + 0.1]).all(), name
    corridors = [feature["properties"] for feature in collections["corridors"]["features"]]
    assert set(corridors[0]) >= CORRIDOR_FIGURES
    assert [c["rank"] for c in corridors] == list(range(1, len(corridors) + 1)) == list(ranking["rank"])
    assert [c["name"] for c in corridors] == list(ranking["name"])
    assert {f["properties"]["corridor_id"] for f in collections["segments"]["features"]} == set(ranking["corridor_id"])
    assert [f["id"] for f in collections["sites"]["features"]] == sorted(study.sites["site_id"])
    assert set(needed["place_id"]) <= {*study.sites["site_id"], *study.heat_areas["area_id"]}
    for name, collection in collections.items():
        frame = gpd.read_file(out / "plan.gpkg", layer=name)
        assert len(frame) == len(collection["features"]) and frame.crs == study.settings.crs
    avoided = float(ranking["co2_avoided_assigned_kt_per_a"].sum())
    assert avoided <= float(study.sites["co2_kt_per_a"].sum())
    assert record["totals"]["co2_avoided_assigned_kt_per_a"] == pytest.approx(avoided, abs=0.01)
    page = (out / "map.html").read_text(encoding="utf-8")
    assert study.settings.title_en in page


@pytest.mark.parametrize(
    ("name", "year", "title"), [("toyland", 2040, "Toyland"), ("po-valley", 2045, "Po valley, invented")]
)
def test_a_study_elsewhere_through_every_command(
    name: str, year: int, title: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = write_study(tmp_path, run, name)
    said = run("check", "--study", study)
    assert (said.code, said.err) == (0, "") and said.out.endswith("No problems\n"), said.out
    opened = open_study(study)
    assert f"Needs in {year}" in run("needs", "--study", study, "--year", year).out
    assert all(entry.id in run("layers", "--study", study).out for entry in opened.stack.entries)
    assert "own-estimate" in run("sources", "--study", study).out
    assert run("surface", "--study", study, "--out", tmp_path / "ground.tif").code == 0
    with rasterio.open(tmp_path / "ground.tif") as raster:
        assert raster.crs.to_string() == opened.settings.crs and raster.res[0] == opened.settings.cell_m
    said = run("plan", "--study", study, "--year", year, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "") and title in said.out
    assert_contract(tmp_path / "out", opened)


def test_milestones_of_ones_own(tmp_path: Path, run: Run) -> None:
    study = open_study(write_study(tmp_path, run, "po-valley"))
    case = open_case(study, study.scenario())
    room = {year: float(case.in_year(year).hubs_of("co2")["capacity"].sum()) for year in (2031, 2032, 2038, 2045)}
    assert room == {2031: 500.0, 2032: 500.0, 2038: pytest.approx(500 + 3500 * 6 / 13), 2045: 4000.0}
    assert run("plan", "--study", study.folder, "--year", 2031, "--out", tmp_path / "out").code == 2


def test_a_new_study_names_no_place_of_the_default_one(default_study: Study, tmp_path: Path, run: Run) -> None:
    study = write_study(tmp_path, run, "po-valley")
    for path in (study / "data/scenarios").glob("*.toml"):
        rules = "\n".join(text for text in path.read_text().splitlines() if not text.startswith("#"))
        assert not [cluster for cluster in default_study.clusters["cluster_id"] if f'"{cluster}"' in rules]
        assert "Antwerp" not in rules
    assert set(open_study(study).scenario_names()) == set(default_study.scenario_names())


def test_toyland_is_the_drawing(toy_study: Study) -> None:
    assert len(toy_study.sites) == 5 and len(toy_study.hubs) == 2
    river = toy_study.stack.read("river", crs=toy_study.settings.crs)
    town = toy_study.stack.read("town", crs=toy_study.settings.crs)
    assert town.area.sum() == pytest.approx(4 * 3 * 500.0**2, rel=0.01)
    hub_side = toy_study.hubs.geometry.x.iloc[0] > river.total_bounds[0]
    assert hub_side and (toy_study.sites.geometry.x < river.total_bounds[0]).sum() == 3, "three sites west of the river"


# ------------------------------------------------------------------ layers of one's own


def export(source: str, layer: str, path: Path, crs: str, columns: Mapping[str, str]) -> None:
    """Write a real layer as a user would: another format, another CRS, the columns of interest."""
    frame = gpd.read_file(REALDATA / "geo" / source, layer=layer, bbox=(2.5, 50.6, 6.0, 51.6)).to_crs(crs)
    frame[[*columns, "geometry"]].rename(columns=columns).explode().to_file(path)


@needs_realdata
def test_a_users_own_layers_are_one_entry_each(tmp_path: Path, default_study: Study) -> None:
    for part in ("data", "layers"):
        shutil.copytree(default_study.folder / part, tmp_path / part)
    change(tmp_path / "data/study.toml", "cell_m = 250", "cell_m = 1000")
    own = tmp_path / "layers"
    export("gas_pipelines.gpkg", "scigrid_gas_inet", own / "gas.shp", "EPSG:31370", {"name": "name"})
    export("railways_belgium_infrabel.gpkg", "lines", own / "rail.geojson", "EPSG:4326", {"trackname": "name"})
    export("natural_earth_10m_bbox.gpkg", "ne_10m_ports", own / "ports.geojson", "EPSG:4326", {"name": "name"})
    fairways = bring(own, {"file": "geo/waterways.gpkg", "layer": "nl_fairways_nwb"})
    entries: list[dict[str, Any]] = [
        bring(own, LAND_USE),
        bring(own, NATURE),
        {"id": "gas", "file": "gas.shp", "role": "bundling", "effect": "class:pipeline_strip", "crs": "EPSG:31370"},
        {"id": "rail", "file": "rail.geojson", "role": "crossing", "effect": "class:railway"},
        {"id": "fairways", "role": "crossing", "effect": "class:waterway", **fairways},
        {"id": "ports", "file": "ports.geojson", "role": "context", "effect": ""},
    ]
    for entry in entries:
        add_layer(tmp_path, **entry)
    study = open_study(tmp_path)
    known, sources = layers.classes(study.assumptions), set(study.sources["source"])
    assert study.stack.check(study.settings.extent, study.settings.crs, sources, known) == []
    summary = study.stack.summary().set_index("id")
    assert (summary.loc[[entry["id"] for entry in entries], "status"] == "ok").all()

    scenario = study.scenario()
    before, after = (build_surface(open_case(one, scenario)) for one in (default_at(default_study, 1000.0), study))
    assert after.blocked.sum() > before.blocked.sum() + 100, "Dutch nature sites are closed"
    assert (after.multiplier != before.multiplier)[~after.blocked].mean() > 0.05, "land use and pipelines count"
    assert (after.crossing_eur > before.crossing_eur).sum() > 1000, "so do railways and fairways"

    made = make_plan(study, scenario.changed(carriers=("co2",)))
    network = made.networks["co2"]
    assert len(network.joins) > 30 and len(made.ranking) > 5
    points = shapely.get_coordinates(made.corridors.segments.geometry.array)
    cells = made.ground.surface.grid.cells_at(points[:, 0], points[:, 1])
    assert (cells >= 0).all() and not made.ground.surface.blocked.ravel()[np.unique(cells)].any()


def default_at(study: Study, cell_m: float) -> Study:
    """The same study on a coarser grid."""
    settings = study.settings.model_copy(update={"cell_m": cell_m})
    return Study(**{**study.__dict__, "settings": settings})
