"""The layer stack: what the catalogue refuses, what reading mends, what it will not guess."""

from __future__ import annotations

import logging
import os
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import Affine
from realdata import bring, needs_realdata

from infraplan.core.errors import LayerError
from infraplan.core.grid import Grid
from infraplan.core.messages import write_remedy
from infraplan.study import layers
from infraplan.study.layers import LayerStack
from infraplan.study.layers.vectors import codes_of

UTM = "EPSG:25831"
BOUNDS = (500_000.0, 5_650_000.0, 510_000.0, 5_660_000.0)
GRID = Grid(UTM, 500_000.0, 5_660_000.0, 1000.0, 10, 10)
ENTRY = {
    "id": "nature",
    "title_en": "Nature",
    "title_nl": "Natuur",
    "file": "nature.gpkg",
    "role": "constraint",
    "effect": "class:protected",
    "crs": UTM,
    "source": "own-estimate",
    "licence": "CC0-1.0",
    "vintage": "2026",
}


def toml(*entries: dict[str, object]) -> str:
    def value(thing: object) -> str:
        if isinstance(thing, dict):
            return "{" + ", ".join(f'"{k}" = "{v}"' for k, v in thing.items()) + "}"
        return str(thing).lower() if isinstance(thing, bool) else str(thing) if isinstance(thing, int) else f'"{thing}"'

    return "\n".join(
        "\n".join(["[[layer]]", *(f"{key} = {value(v)}" for key, v in entry.items()), ""]) for entry in entries
    )


def stack_of(folder: Path, *changes: dict[str, object]) -> LayerStack:
    (folder / "catalogue.toml").write_text(toml(*({**ENTRY, **change} for change in changes or ({},))))
    return layers.open_stack(folder)


def frame_of(*shapes: shapely.Geometry | None, crs: str | None = UTM, **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(list(shapes), crs=crs))


def square(x_km: float, y_km: float, side_km: float = 1.0) -> shapely.Polygon:
    x, y = 500_000.0 + 1000.0 * x_km, 5_650_000.0 + 1000.0 * y_km
    return shapely.box(x, y, x + 1000.0 * side_km, y + 1000.0 * side_km)


def raster_of(path: Path, values: np.ndarray, *, west: float = 500_000.0, crs: str | None = UTM) -> None:
    profile = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": str(values.dtype)}
    transform = Affine(500.0, 0.0, west, 0.0, -500.0, 5_660_000.0)
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, nodata=255, **profile) as raster:
        raster.write(values, 1)


def message(error: pytest.ExceptionInfo[LayerError]) -> str:
    return str(error.value)


# ------------------------------------------------------------------ the catalogue


def test_catalogue_reports_every_problem_at_once(tmp_path: Path) -> None:
    bad = [
        {"colour": "green"},
        {"id": "river", "role": "crossing", "effect": "blocked"},
        {"id": "nature", "crs": "EPSG:0"},
        {"id": "codes", "effect": "codes"},
        {"id": "fine"},
        {"id": "fine", "role": "constrain"},
    ]
    with pytest.raises(LayerError) as error:
        stack_of(tmp_path, *bad)
    found = {(p.column, p.value): p for p in error.value.problems}
    assert ("colour", "green") in found
    assert "crossing layer is class:<name>" in found["effect", "blocked"].sentence("en")
    assert ("crs", "EPSG:0") in found and ("value_map", "{}") in found and ("role", "constrain") in found
    assert found["effect", "blocked"].row == 14, "the line of the second [[layer]]"
    assert "layer river" in found["effect", "blocked"].sentence("en")
    assert all(str(p.file).endswith("catalogue.toml") and write_remedy(p, "en") for p in error.value.problems)


def test_catalogue_reports_missing_keys_doubles_and_strays(tmp_path: Path) -> None:
    text = "study = 1\n" + toml(ENTRY, ENTRY, {"id": "bare"})
    (tmp_path / "catalogue.toml").write_text(text)
    with pytest.raises(LayerError) as error:
        layers.open_stack(tmp_path)
    assert "two layers have this id" in message(error)
    assert "column study: unknown key" in message(error)
    missing = {p.column for p in error.value.problems if "layer bare" in p.sentence("en")}
    assert missing >= {
        "title_en",
        "title_nl",
        "file",
        "role",
        "effect",
        "crs",
        "source",
        "licence",
        "vintage",
    }


@pytest.mark.parametrize(
    ("text", "what"), [("[[layer]\n", "not TOML"), ("", "no [[layer]]"), ("layer = 3\n", "no [[layer]]")]
)
def test_catalogue_that_is_none_is_refused(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "catalogue.toml").write_text(text)
    with pytest.raises(LayerError, match=what.replace("[", r"\[")):
        layers.open_stack(tmp_path)


def test_catalogue_missing(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="missing"):
        layers.open_stack(tmp_path)


@pytest.mark.parametrize(
    ("role", "effect", "good"),
    [
        ("constraint", "blocked", True),
        ("constraint", "density:people", True),
        ("constraint", "", False),
        ("constraint", "class:", False),
        ("bundling", "class:strip", True),
        ("bundling", "density:people", False),
        ("context", "", True),
        ("context", "blocked", False),
    ],
)
def test_effect_fits_role(tmp_path: Path, role: str, effect: str, good: bool) -> None:
    if good:
        assert stack_of(tmp_path, {"role": role, "effect": effect}).entries[0].effect == effect
    else:
        with pytest.raises(LayerError, match=f"layer nature: the effect of a {role} layer"):
            stack_of(tmp_path, {"role": role, "effect": effect})


def test_raster_takes_codes_only(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="effect of a raster"):
        stack_of(tmp_path, {"file": "land.tif"})
    with pytest.raises(LayerError, match="whole numbers, not forest"):
        stack_of(tmp_path, {"file": "land.tif", "effect": "codes", "value_map": {"forest": "forest"}})


def test_unknown_layer_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"'rivers'.*Choose from nature"):
        stack_of(tmp_path).entry("rivers")


# ------------------------------------------------------------------ CRS


@pytest.mark.parametrize("crs", ["EPSG:25831", "EPSG:31370", "EPSG:28992", "EPSG:3035", 25832])
def test_crs_in_metres_is_taken(crs: str | int) -> None:
    assert layers.check_crs(crs).startswith("EPSG:")


@pytest.mark.parametrize(
    ("crs", "what"),
    [("EPSG:4326", "degree"), ("EPSG:2263", "foot"), ("EPSG:99999", "unknown"), ("", "unknown")],
)
def test_other_crs_is_refused(crs: str, what: str) -> None:
    with pytest.raises(LayerError, match=what):
        layers.check_crs(crs)


@pytest.mark.parametrize("extent", [(6.0, 50.0, 2.0, 52.0), (2.0, 52.0, 6.0, 50.0), (2.0, 50.0, 6.0, 95.0)])
def test_extent_upside_down_is_refused(extent: layers.Bounds) -> None:
    with pytest.raises(LayerError, match="not an extent"):
        layers.project_extent(extent, UTM)


# ------------------------------------------------------------------ reading vectors


@pytest.mark.parametrize("file", ["nature.gpkg", "nature.geojson", "nature.shp", "nature.zip"])
def test_every_format_gives_the_same_layer(tmp_path: Path, file: str) -> None:
    name = "Vallei van de Ijzer – Fête’s ö, 'Doel'"
    crs = "EPSG:4326" if file.endswith("geojson") else UTM
    frame = frame_of(square(1, 1), square(4, 4), name=[name, "second"]).to_crs(crs)
    if file.endswith("zip"):
        frame.to_file(tmp_path / "inner.shp", encoding="utf-8")
        with zipfile.ZipFile(tmp_path / file, "w") as archive:
            for part in tmp_path.glob("inner.*"):
                archive.write(part, f"download/2026/{part.name}")
    else:
        frame.to_file(tmp_path / file, encoding="utf-8")
    read = stack_of(tmp_path, {"file": file, "crs": crs}).read("nature", crs=UTM, bounds=BOUNDS)
    assert list(read["name"]) == [name, "second"]
    assert read.crs == UTM
    assert read.geometry.area.to_numpy() == pytest.approx([1e6, 1e6], rel=1e-6)


def test_crs_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    frame_of(square(1, 1)).to_file(tmp_path / "nature.gpkg")
    with pytest.raises(LayerError, match=r"EPSG:31370.*the file says it is in EPSG:25831"):
        stack_of(tmp_path, {"crs": "EPSG:31370"}).read("nature", crs=UTM)


def test_same_crs_by_another_name_is_taken(tmp_path: Path) -> None:
    frame_of(square(1, 1)).to_crs("OGC:CRS84").to_file(tmp_path / "nature.gpkg")
    for name in ("EPSG:4326", "EPSG:4258"):
        assert len(stack_of(tmp_path, {"crs": name}).read("nature", crs=UTM)) == 1


def test_file_without_crs_takes_the_declared_one_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frame_of(square(1, 1)).to_file(tmp_path / "nature.shp")
    (tmp_path / "nature.prj").unlink()
    read = stack_of(tmp_path, {"file": "nature.shp"}).read("nature", crs=UTM)
    assert tuple(read.total_bounds) == square(1, 1).bounds
    assert f"says no CRS: taken as {UTM}" in caplog.text


def test_shapes_are_repaired_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    x, y = 501_000.0, 5_651_000.0
    bow_tie = shapely.Polygon([(x, y), (x + 1000, y + 1000), (x + 1000, y), (x, y + 1000)])
    line = shapely.LineString([(x, y), (x + 9, y)])
    collection = shapely.GeometryCollection([square(4, 4), shapely.MultiPolygon([square(6, 6)]), line])
    flat = shapely.Polygon([(x, y), (x + 9, y), (x, y)])
    frame = frame_of(bow_tie, collection, flat, None, name=["bow", "both", "flat", "none"])
    frame.to_file(tmp_path / "nature.gpkg")
    with caplog.at_level(logging.WARNING):
        read = stack_of(tmp_path).read("nature", crs=UTM)
    assert list(read["name"]) == ["bow", "both"]
    assert read.geometry.is_valid.all()
    assert set(read.geom_type) == {"MultiPolygon"}
    assert read.geometry.area.to_numpy() == pytest.approx([0.5e6, 2e6])
    assert "2 shapes repaired, 1 collections reduced" in caplog.text
    assert "2 features without a shape left out" in caplog.text


def test_empty_layer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nature.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(LayerError, match="empty"):
        stack_of(tmp_path, {"file": "nature.geojson", "crs": "EPSG:4326"}).read("nature", crs=UTM)


@pytest.mark.parametrize("text", ['{"type": "FeatureCollection", "features": [{"type":', "", "lon,lat\n1,2\n"])
def test_broken_geojson_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "nature.geojson").write_text(text)
    with pytest.raises(LayerError, match=r"nature\.geojson: the (file cannot be read|content is no).*QGIS"):
        stack_of(tmp_path, {"file": "nature.geojson", "crs": "EPSG:4326"}).read("nature", crs=UTM)


def test_missing_file_and_bad_zip(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"nature\.gpkg: the file is missing"):
        stack_of(tmp_path).read("nature", crs=UTM)
    (tmp_path / "nature.zip").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(LayerError, match="not a zip file"):
        stack_of(tmp_path, {"file": "nature.zip"}).read("nature", crs=UTM)


def test_layer_elsewhere_is_refused(tmp_path: Path) -> None:
    frame_of(square(300, 300)).to_file(tmp_path / "nature.gpkg")
    with pytest.raises(LayerError, match="does not cover the study area"):
        stack_of(tmp_path).read("nature", crs=UTM, bounds=BOUNDS)


def test_file_with_several_layers_needs_a_name(tmp_path: Path) -> None:
    for name, place in (("north", 8), ("south", 1)):
        frame_of(square(1, place)).to_file(tmp_path / "nature.gpkg", layer=name)
    with pytest.raises(LayerError, match="holds the layers north, south"):
        stack_of(tmp_path).read("nature", crs=UTM)
    with pytest.raises(LayerError, match=r"'west'.*holds the layers north, south"):
        stack_of(tmp_path, {"layer": "west"}).read("nature", crs=UTM)
    south = stack_of(tmp_path, {"layer": "south"}).read("nature", crs=UTM)
    assert south.total_bounds[1] == 5_651_000.0


def test_layer_is_read_once_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "nature.gpkg"
    frame_of(square(1, 1), name=["one"]).to_file(path)
    reads = []
    original = pyogrio.read_dataframe
    monkeypatch.setattr(pyogrio, "read_dataframe", lambda *a, **k: reads.append(a) or original(*a, **k))
    first = stack_of(tmp_path).read("nature", crs=UTM)
    first["name"] = "spoiled"
    assert list(stack_of(tmp_path).read("nature", crs=UTM)["name"]) == ["one"]
    assert len(reads) == 1
    path.unlink()
    frame_of(square(1, 1), name=["two"]).to_file(path)
    os.utime(path, ns=(1, 1))
    assert list(stack_of(tmp_path).read("nature", crs=UTM)["name"]) == ["two"]


@pytest.mark.parametrize(
    ("change", "columns", "what"),
    [
        ({"effect": "density:people"}, {"folk": [1.0]}, "column people: no such property. Choose from folk"),
        (
            {"effect": "density:people"},
            {"people": ["many"]},
            "value 'many': feature 1: not a positive number",
        ),
        ({"density_field": "people"}, {"people": [-3.0]}, "value '-3.0': feature 1: not a positive number"),
        (
            {"status_field": "state"},
            {"state": ["busy"]},
            "value 'busy': unknown status. Choose from operational",
        ),
        (
            {"effect": "codes", "value_map": {"1": "forest"}},
            {"code": [7]},
            "value '7': the value_map has no such",
        ),
        (
            {"role": "crossing", "effect": "class:waterway"},
            {"name": ["x"]},
            "a crossing layer holds lines only",
        ),
    ],
)
def test_values_that_the_effect_needs(
    tmp_path: Path, change: dict[str, object], columns: dict[str, list[object]], what: str
) -> None:
    frame_of(square(1, 1), **columns).to_file(tmp_path / "nature.gpkg")
    with pytest.raises(LayerError) as error:
        stack_of(tmp_path, change).read("nature", crs=UTM)
    assert what in message(error)


def test_codes_compare_as_text() -> None:
    frame = gpd.GeoDataFrame({"code": [1.0, 2.5, None]})
    assert list(codes_of(frame["code"])) == ["1", "2.5", ""]
    assert list(codes_of(gpd.GeoDataFrame({"code": ["07", "7", "A1", None]})["code"])) == ["7", "7", "A1", ""]


# ------------------------------------------------------------------ rasters

LAND = {"file": "land.tif", "effect": "codes", "value_map": {"1": "arable", "2": "forest", "3": "blocked"}}


def test_raster_is_laid_over_the_grid(tmp_path: Path) -> None:
    pixels = np.repeat(np.repeat(np.arange(100).reshape(10, 10) % 3 + 1, 2, 0), 2, 1).astype(np.uint8)
    raster_of(tmp_path / "land.tif", pixels)
    values, mask = stack_of(tmp_path, LAND).read_raster("nature", GRID)
    assert mask.all()
    assert (values == pixels[::2, ::2]).all()


def test_raster_in_another_crs_lands_in_the_right_cells(tmp_path: Path) -> None:
    # one marked pixel at a known longitude and latitude
    values = np.ones((200, 300), np.uint8)
    values[120, 130] = 2
    lon, lat = 3.0 + 130.5 * 0.0005, 51.1 - 120.5 * 0.0005
    profile = {"height": 200, "width": 300, "count": 1, "dtype": "uint8", "crs": "EPSG:4326"}
    transform = Affine(0.0005, 0.0, 3.0, 0.0, -0.0005, 51.1)
    with rasterio.open(tmp_path / "land.tif", "w", driver="GTiff", transform=transform, **profile) as raster:
        raster.write(values, 1)
    spot = gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326").to_crs(UTM)
    grid = Grid(UTM, 500_000.0, 5_662_000.0, 20.0, 1200, 600)
    read, mask = stack_of(tmp_path, {**LAND, "crs": "EPSG:4326"}).read_raster("nature", grid)
    assert read.ravel()[grid.cells_at(spot.x, spot.y)[0]] == 2
    assert (read[mask] == 2).sum() == pytest.approx(35.1 * 55.6 / 20**2, abs=3)


def test_raster_that_covers_a_part_says_how_much(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    raster_of(tmp_path / "land.tif", np.ones((20, 10), np.uint8))
    values, mask = stack_of(tmp_path, LAND).read_raster("nature", GRID)
    assert mask[:, :5].all() and not mask[:, 5:].any()
    assert values[mask].tolist() == [1] * 50
    assert "nature covers 50.0 % of the study area" in caplog.text


def test_raster_without_nodata_is_masked_outside_too(tmp_path: Path) -> None:
    profile = {"height": 20, "width": 10, "count": 1, "dtype": "uint8", "crs": UTM}
    transform = Affine(500.0, 0.0, 500_000.0, 0.0, -500.0, 5_660_000.0)
    with rasterio.open(tmp_path / "land.tif", "w", driver="GTiff", transform=transform, **profile) as raster:
        raster.write(np.ones((20, 10), np.uint8), 1)
    _, mask = stack_of(tmp_path, LAND).read_raster("nature", GRID)
    assert mask.sum() == 50


def test_raster_faults_are_told(tmp_path: Path) -> None:
    path = tmp_path / "land.tif"
    pixels = np.ones((20, 20), np.uint8)

    def fault(change: dict[str, object] | None = None) -> str:
        with pytest.raises(LayerError) as error:
            stack_of(tmp_path, {**LAND, **(change or {})}).read_raster("nature", GRID)
        return message(error)

    assert "the file is missing" in fault()
    path.write_text("this is no raster")
    assert "the content is no .tif file" in fault()
    path.write_bytes(b"II*\x00 cut off")
    assert "cannot be read" in fault()
    path.unlink()
    raster_of(path, pixels, west=900_000.0)
    assert "does not cover the study area" in fault()
    raster_of(path, pixels)
    assert "column band, value '4': the raster has 1 band(s)" in fault({"band": 4})
    assert "value 'EPSG:31370': the raster says it is in EPSG:25831" in fault({"crs": "EPSG:31370"})
    raster_of(path, np.full((20, 20), 9, np.uint8))
    assert "value '9': pixel values without a class" in fault()
    raster_of(path, pixels, crs=None)
    assert "the raster has no CRS" in fault()


def test_raster_and_vector_have_their_own_reader(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="read_raster"):
        stack_of(tmp_path, LAND).read("nature", crs=UTM)
    with pytest.raises(LayerError, match="not a raster"):
        stack_of(tmp_path).read_raster("nature", GRID)


# ------------------------------------------------------------------ summary and check

KNOWN = {
    "constraint": {"protected", "arable"},
    "bundling": {"strip"},
    "crossing": {"waterway"},
    "context": set(),
}


def test_summary_has_a_row_per_layer(tmp_path: Path) -> None:
    frame_of(square(1, 1), square(3, 3)).to_file(tmp_path / "nature.gpkg")
    raster_of(tmp_path / "land.tif", np.ones((20, 20), np.uint8))
    (tmp_path / "bad.geojson").write_text("{")
    stack = stack_of(
        tmp_path,
        {"schematic": True},
        {**LAND, "id": "land"},
        {"id": "gone", "file": "gone.gpkg"},
        {"id": "bad", "file": "bad.geojson"},
    )
    table = stack.summary().set_index("id")
    assert list(table["rows"]) == [2, 400, 0, 0]
    assert list(table["status"]) == ["schematic", "ok", "missing", "broken"]
    assert table.loc["land", "source"] == "own-estimate"


def test_check_finds_everything_and_passes_a_good_stack(tmp_path: Path) -> None:
    frame_of(square(1, 1)).to_file(tmp_path / "nature.gpkg")
    extent = (3.0, 51.0, 3.14, 51.09)
    good = stack_of(tmp_path)
    assert good.check(extent, UTM, {"own-estimate"}, KNOWN) == []
    raster_of(tmp_path / "land.tif", np.ones((20, 20), np.uint8))
    bad = stack_of(
        tmp_path,
        {"source": "nobody", "effect": "class:swamp"},
        {**LAND, "id": "land"},
        {"id": "gone", "file": "gone.gpkg"},
    )
    text = "\n".join(str(problem) for problem in bad.check(extent, UTM, {"own-estimate"}, KNOWN))
    assert "value 'nobody': layer nature: unknown source" in text
    assert "value 'swamp': layer nature: unknown constraint class. Choose from arable, protected" in text
    assert "value 'forest': layer land: unknown constraint class" in text
    assert "gone.gpkg: the file is missing" in text


def real_stack(tmp_path: Path, **entry: object) -> LayerStack:
    return stack_of(tmp_path, bring(tmp_path, {**entry, "file": f"geo/{entry['file']}"}))


@needs_realdata
def test_broken_osm_polygons_give_one_clear_error(tmp_path: Path) -> None:
    file = {"file": "osm_wechelderzande.osm.pbf", "crs": "EPSG:4326"}
    with pytest.raises(LayerError) as error:
        real_stack(tmp_path, **file, layer="multipolygons").read("nature", crs=UTM)
    assert len(error.value.problems) == 1
    assert "8 of 2060 shapes cannot be read" in message(error) and "QGIS" in message(error)
    with pytest.raises(LayerError, match="holds the layers points, lines"):
        real_stack(tmp_path, **file).read("nature", crs=UTM)
    assert len(real_stack(tmp_path, **file, layer="lines").read("nature", crs=UTM)) == 276


@needs_realdata
def test_real_land_use_far_from_the_grid_is_refused(tmp_path: Path) -> None:
    stack = real_stack(tmp_path, **{**LAND, "file": "landuse_flanders_100m_vito.tif", "crs": "EPSG:31370"})
    with pytest.raises(LayerError, match="does not cover"):
        stack.read_raster("nature", Grid(UTM, 900_000.0, 6_000_000.0, 1000.0, 10, 10))


@needs_realdata
def test_real_municipalities_lose_their_collections_but_no_row(tmp_path: Path) -> None:
    stack = real_stack(tmp_path, file="belgium_admin_population.gpkg", crs="EPSG:4326", layer="municipalities")
    read = stack.read("nature", crs=UTM)
    assert len(read) == 581
    assert set(read.geom_type) <= {"Polygon", "MultiPolygon"}
    assert read.geometry.area.sum() / 1e6 == pytest.approx(30_700, rel=0.01)
