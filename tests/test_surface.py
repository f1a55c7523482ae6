"""The cost surface: how layers combine, what a crossing costs, and that no river is slipped through."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine
from realdata import LAND_USE, NATURE, bring, needs_realdata

from infraplan.core.errors import AssumptionError, ExportError, LayerError, ScenarioError
from infraplan.core.grid import CostSurface, Grid
from infraplan.routes import surface
from infraplan.study import layers
from infraplan.study.assumptions import Assumption, Assumptions
from infraplan.study.layers import LayerStack

UTM = "EPSG:25831"
X, Y = 500_000.0, 5_650_000.0
GRID = Grid(UTM, X, Y + 12_000.0, 1000.0, 12, 12)
ROOT = Path(__file__).resolve().parents[1]
PAPER = {
    "id": "layer",
    "title_en": "Layer",
    "title_nl": "Laag",
    "crs": UTM,
    "source": "own-estimate",
    "licence": "CC0-1.0",
    "vintage": "2026",
}
NUMBERS = {
    ("open", "multiplier", "1"): 1.0,
    ("reference_pipe", "base_cost", "eur_per_m"): 1000.0,
    ("forest", "multiplier", "1"): 1.5,
    ("protected", "multiplier", "1"): 10.0,
    ("urban", "multiplier", "1"): 4.0,
    ("urban_density_1", "persons_per_km2", "persons_per_km2"): 1000.0,
    ("urban_density_1", "multiplier", "1"): 3.0,
    ("urban_density_2", "persons_per_km2", "persons_per_km2"): 3000.0,
    ("urban_density_2", "multiplier", "1"): 5.0,
    ("density_1", "persons_per_km2", "persons_per_km2"): 100.0,
    ("density_1", "multiplier", "1"): 1.0,
    ("density_2", "persons_per_km2", "persons_per_km2"): 1100.0,
    ("density_2", "multiplier", "1"): 2.0,
    ("density", "nearest_point_reach", "m"): 4000.0,
    ("strip", "multiplier", "1"): 0.8,
    ("strip", "reach_m", "m"): 2000.0,
    ("roadside", "multiplier", "1"): 0.9,
    ("roadside", "reach_m", "m"): 0.0,
    ("waterway", "default_width_m", "m"): 20.0,
    ("waterway_small", "from_width_m", "m"): 0.0,
    ("waterway_small", "mobilisation_eur", "eur"): 40_000.0,
    ("waterway_small", "eur_per_m", "eur_per_m"): 2000.0,
    ("waterway_small", "approach_m", "m"): 0.0,
    ("waterway_wide", "from_width_m", "m"): 30.0,
    ("waterway_wide", "mobilisation_eur", "eur"): 200_000.0,
    ("waterway_wide", "eur_per_m", "eur_per_m"): 1500.0,
    ("waterway_wide", "approach_m", "m"): 300.0,
    ("railway", "default_width_m", "m"): 50.0,
    ("railway_bore", "from_width_m", "m"): 0.0,
    ("railway_bore", "mobilisation_eur", "eur"): 100_000.0,
    ("railway_bore", "eur_per_m", "eur_per_m"): 2000.0,
    ("railway_bore", "approach_m", "m"): 0.0,
}


def numbers() -> Assumptions:
    return Assumptions(
        {
            (subject, parameter): Assumption(
                subject, parameter, value, value, value, unit, 2025, "own-estimate", "", "surface.csv", 2
            )
            for (subject, parameter, unit), value in NUMBERS.items()
        }
    )


class Maps:
    """A folder in which invented layers pile up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text = ""

    def add(self, role: str, effect: str, shapes: Sequence[shapely.Geometry], **columns: Sequence[object]) -> Maps:
        number = self.text.count("[[layer]]")
        entry: dict[str, object] = {**PAPER, "id": f"layer-{number}", "file": f"{number}.gpkg"}
        entry |= {"role": role, "effect": effect}
        entry |= {key: columns.pop(key) for key in ("status_field", "density_field") if key in columns}
        gpd.GeoDataFrame(columns, geometry=list(shapes), crs=UTM).to_file(self.folder / f"{number}.gpkg")
        return self.describe(entry)

    def describe(self, entry: dict[str, object]) -> Maps:
        self.text += "[[layer]]\n"
        for key, value in entry.items():
            table = isinstance(value, dict) and "{" + ", ".join(f'"{k}" = "{v}"' for k, v in value.items()) + "}"
            self.text += f"{key} = {table or repr(value)}\n"
        return self

    @property
    def stack(self) -> LayerStack:
        (self.folder / "catalogue.toml").write_text(self.text)
        return layers.open_stack(self.folder)

    def build(self, **options: object) -> CostSurface:
        options = {"existing_statuses": ["operational"], **options}
        return surface.build(self.stack, GRID, numbers(), **options)  # type: ignore[arg-type]


@pytest.fixture
def maps(tmp_path: Path) -> Maps:
    return Maps(tmp_path)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Box in kilometres from the south-west corner of the grid."""
    return shapely.box(X + 1000 * west, Y + 1000 * south, X + 1000 * east, Y + 1000 * north)


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(X + 1000 * x, Y + 1000 * y) for x, y in points])


def at(band: np.ndarray, x: float, y: float) -> float:
    """Value of the cell at kilometres from the south-west corner."""
    return float(band.ravel()[GRID.cells_at(X + 1000 * x, Y + 1000 * y)])


# ------------------------------------------------------------------ the grid


@pytest.mark.parametrize("cell_m", [100.0, 250.0, 1000.0])
def test_grid_covers_the_extent_on_whole_cells(cell_m: float) -> None:
    extent = (2.5, 50.7, 5.9, 51.5)
    grid = surface.grid_of(extent, UTM, cell_m)
    assert grid.x_min % cell_m == 0.0 and grid.y_max % cell_m == 0.0
    west, south, east, north = layers.project_extent(extent, UTM)
    assert grid.bounds[0] <= west < grid.bounds[0] + cell_m
    assert grid.bounds[1] <= south < grid.bounds[1] + cell_m
    assert grid.bounds[2] - cell_m < east <= grid.bounds[2]
    assert grid.bounds[3] - cell_m < north <= grid.bounds[3]


def test_grid_needs_a_cell_and_metres() -> None:
    with pytest.raises(LayerError, match="cell_m"):
        surface.grid_of((2.5, 50.7, 5.9, 51.5), UTM, 0.0)
    with pytest.raises(LayerError, match="degree"):
        surface.grid_of((2.5, 50.7, 5.9, 51.5), "EPSG:4326", 250.0)


# ------------------------------------------------------------------ constraints


def test_constraints_take_the_highest_and_bundling_the_cheapest(maps: Maps) -> None:
    maps.add("constraint", "class:forest", [box(0, 0, 6, 12)])
    maps.add("constraint", "class:protected", [box(4, 0, 8, 12)])
    maps.add("bundling", "class:strip", [line((0, 2.5), (12, 2.5))])
    maps.add("bundling", "class:roadside", [line((0, 2.5), (12, 2.5))])
    built = maps.build()
    assert at(built.multiplier, 1.5, 8.5) == 1.5
    assert at(built.multiplier, 4.5, 8.5) == 10.0
    assert at(built.multiplier, 10.5, 8.5) == 1.0
    assert at(built.multiplier, 10.5, 2.5) == pytest.approx(0.8)
    assert at(built.multiplier, 4.5, 2.5) == pytest.approx(8.0)
    assert at(built.eur_per_m, 10.5, 8.5) == pytest.approx(1000.0)
    assert not built.blocked.any()


def test_bundling_reaches_so_far_and_no_farther(maps: Maps) -> None:
    maps.add("bundling", "class:strip", [line((0, 6.5), (12, 6.5))])
    maps.add("bundling", "class:roadside", [line((0.5, 0), (0.5, 12))])
    factor = maps.build().multiplier
    assert [round(at(factor, 8.5, y + 0.5), 3) for y in range(3, 11)] == [1, 0.8, 0.8, 0.8, 0.8, 0.8, 1, 1]
    # a reach below the cell still counts the cell beside the line, where a pipe can follow it
    assert [round(at(factor, x + 0.5, 1.5), 3) for x in range(3)] == [0.9, 0.9, 1]


def test_bundling_never_opens_blocked_ground(maps: Maps) -> None:
    maps.add("constraint", "blocked", [box(3, 0, 5, 12)])
    maps.add("bundling", "class:strip", [line((0, 2.5), (12, 2.5))])
    built = maps.build()
    assert built.blocked.sum() == 2 * 12
    assert math.isinf(at(built.multiplier, 4.5, 2.5))
    assert math.isinf(at(built.eur_per_m, 4.5, 2.5))


def test_a_no_go_smaller_than_a_cell_blocks_and_a_class_does_not(maps: Maps) -> None:
    maps.add("constraint", "blocked", [box(2.1, 2.1, 2.2, 2.2)])
    maps.add("constraint", "class:protected", [box(8.1, 8.1, 8.2, 8.2)])
    built = maps.build()
    assert built.blocked.sum() == 1 and math.isinf(at(built.multiplier, 2.5, 2.5))
    assert at(built.multiplier, 8.5, 8.5) == 1.0


def test_towns_cost_by_density(maps: Maps) -> None:
    towns = [box(0, 0, 2, 2), box(4, 0, 6, 2), box(8, 0, 10, 2), box(0, 8, 2, 10)]
    maps.add("constraint", "class:urban", towns, density_per_km2=[500.0, 2000.0, 9000.0, None])
    ground = maps.build().multiplier
    assert [at(ground, x, 1.5) for x in (1.5, 5.5, 9.5)] == [3.0, 4.0, 5.0]
    assert at(ground, 1.5, 9.5) == 4.0, "no density: the class as it stands"


def test_density_field_needs_a_curve_but_a_stray_density_does_not(maps: Maps) -> None:
    maps.add("constraint", "class:forest", [box(0, 0, 2, 2)], density_per_km2=[500.0])
    assert at(maps.build().multiplier, 1.5, 1.5) == 1.5
    maps.add("constraint", "class:forest", [box(0, 0, 2, 2)], d=[500.0], density_field="d")
    with pytest.raises(AssumptionError, match="forest_density_1"):
        maps.build()


def test_background_density_of_the_nearest_point_within_reach(maps: Maps) -> None:
    spots = [
        shapely.Point(X + 500, Y + 500),
        shapely.Point(X + 4500, Y + 500),
        shapely.Point(X + 500, Y + 500),
    ]
    maps.add("constraint", "density:people", spots, people=[600.0, 1100.0, 100.0])
    ground = maps.build().multiplier
    assert [at(ground, x + 0.5, 0.5) for x in range(0, 10, 1) if x != 2] == pytest.approx(
        [1.5, 1.5, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0]
    )


def test_background_density_of_polygons_and_of_one_point(maps: Maps) -> None:
    maps.add("constraint", "density:people", [box(0, 0, 6, 12)], people=[600.0])
    maps.add("constraint", "density:people", [shapely.Point(X + 9500, Y + 500)], people=[1100.0])
    ground = maps.build().multiplier
    assert (at(ground, 5.5, 11.5), at(ground, 6.5, 11.5), at(ground, 9.5, 1.5)) == (1.5, 1.0, 2.0)


def test_codes_of_polygons_and_pixels(maps: Maps) -> None:
    codes = {"1": "forest", "2": "blocked", "3": "none"}
    gpd.GeoDataFrame(
        {"code": [1, 2, 3]}, geometry=[box(0, 0, 2, 2), box(4, 0, 5, 1), box(0, 0, 12, 12)], crs=UTM
    ).to_file(maps.folder / "codes.gpkg")
    pixels = np.full((12, 12), 3, np.uint8)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = 1, 2, 255
    profile = {"height": 12, "width": 12, "count": 1, "dtype": "uint8", "crs": UTM, "nodata": 255}
    transform = Affine(1000.0, 0.0, X, 0.0, -1000.0, Y + 12_000.0)
    with rasterio.open(maps.folder / "codes.tif", "w", driver="GTiff", transform=transform, **profile) as raster:
        raster.write(pixels, 1)
    entry = {**PAPER, "role": "constraint", "effect": "codes"}
    maps.describe({**entry, "id": "vector", "file": "codes.gpkg", "value_map": codes})
    maps.describe({**entry, "id": "raster", "file": "codes.tif", "value_map": codes})
    ground = maps.build().multiplier
    assert at(ground, 1.5, 1.5) == 1.5 and math.isinf(at(ground, 4.5, 0.5))
    assert ground[0, 0] == 1.5 and math.isinf(ground[0, 1]) and ground[0, 2] == 1.0
    assert (ground == 1.0).sum() == 144 - 4 - 1 - 1 - np.isinf(ground[1:]).sum()


def test_unknown_class_names_the_layer(maps: Maps) -> None:
    maps.add("constraint", "class:swamp", [box(0, 0, 2, 2)])
    with pytest.raises(LayerError, match=r"'swamp': layer layer-0: unknown constraint class.*forest") as error:
        maps.add("crossing", "class:tramway", [line((0, 1), (9, 1))]).build()
    assert [problem.value for problem in error.value.problems] == ["swamp", "tramway"]


def test_drawn_areas_and_the_extent_block(maps: Maps) -> None:
    maps.add("constraint", "class:forest", [box(0, 0, 12, 12)])
    built = surface.block(maps.build(), [box(2.2, 2.2, 3.8, 3.8)])
    assert built.blocked.sum() == 4 and math.isinf(at(built.multiplier, 3.5, 2.5))
    west, south, east, north = gpd.GeoSeries([box(2, 2, 10, 10)], crs=UTM).to_crs("EPSG:4326").total_bounds
    framed = maps.build(extent=(west, south, east, north))
    assert framed.blocked[:2].all() and framed.blocked[-2:].all() and framed.blocked[:, :2].all()
    assert not framed.blocked[3:9, 3:9].any()


# ------------------------------------------------------------------ bundling and scenarios


def test_only_existing_lines_are_followed(maps: Maps) -> None:
    lines = [line((0, 1.5), (12, 1.5)), line((0, 10.5), (12, 10.5))]
    names = {"id": ["a", "b"], "name": ["Old", "New"], "status": ["operational", "planned"]}
    maps.add("bundling", "class:strip", lines, status_field="status", **names)

    def followed(**options: object) -> tuple[bool, bool]:
        factor = maps.build(**options).multiplier
        return at(factor, 5.5, 1.5) < 1.0, at(factor, 5.5, 10.5) < 1.0

    assert followed() == (True, False)
    assert followed(existing_statuses=["operational", "planned"]) == (True, True)
    assert followed(existing_statuses=[]) == (False, False)
    assert followed(existing_statuses=[], existing_lines=["New"]) == (False, True)
    assert followed(existing_statuses=[], existing_lines=["a"]) == (True, False)
    with pytest.raises(ScenarioError, match="value 'Nowhere': no such line"):
        followed(existing_lines=["New", "Nowhere"])


# ------------------------------------------------------------------ crossings


def test_crossing_cost_by_width() -> None:
    cost = surface.crossing_eur(numbers(), "waterway", [10.0, 29.9, 30.0, 100.0])
    assert cost == pytest.approx([60e3, 99.8e3, 200e3 + 330 * 1500, 200e3 + 400 * 1500])


def test_crossings_of_a_cell_add_up_over_layers_not_within(maps: Maps) -> None:
    rivers = [line((5.5, 0), (5.5, 12)), line((5.2, 0), (5.2, 12)), line((0, 9.5), (12, 9.5))]
    maps.add("crossing", "class:waterway", rivers, width_m=[100.0, 10.0, None], name=["Big", "Brook", "Plain"])
    maps.add("crossing", "class:railway", [line((0, 3.5), (12, 3.5))])
    built = maps.build()
    big, plain, rail = 800e3, 40e3 + 20 * 2000, 200e3
    assert at(built.crossing_eur, 5.5, 1.5) == big
    assert at(built.crossing_eur, 5.5, 3.5) == big + rail
    assert at(built.crossing_eur, 8.5, 3.5) == rail
    assert at(built.crossing_eur, 8.5, 9.5) == plain
    assert at(built.crossing_eur, 8.5, 7.5) == 0.0
    assert at(built.eur_per_m, 5.5, 1.5) == pytest.approx(1000.0 + big / 1000.0)
    table = surface.crossings(maps.stack, GRID, numbers())
    assert list(table["cost_eur"]) == [big, 60e3, plain, rail]
    assert list(table["name"]) == ["Big", "Brook", "Plain", ""]
    assert list(table["width_m"]) == [100.0, 10.0, 20.0, 50.0]


def test_a_study_without_crossings(maps: Maps) -> None:
    maps.add("constraint", "class:forest", [box(0, 0, 2, 2)])
    assert maps.build().crossing_eur.sum() == 0.0
    assert surface.crossings(maps.stack, GRID, numbers()).empty


def moves(*, knights: bool) -> list[list[tuple[int, int]]]:
    """Steps (row, column) to the cells of each move, its end last: a king's, and a knight's with its way."""
    kings = [[(a, b)] for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]
    tall = [[(a, 0), (a, b), (2 * a, b)] for a in (-1, 1) for b in (-1, 1)]
    flat = [[(0, b), (a, b), (a, 2 * b)] for a in (-1, 1) for b in (-1, 1)]
    return kings + (tall + flat if knights else [])


def reachable(free: np.ndarray, start: tuple[int, int], *, knights: bool) -> np.ndarray:
    """Cells reached by moves that are free all along."""
    padded = np.pad(free, 2)
    seen = np.zeros(padded.shape, bool)
    queue = deque([(start[0] + 2, start[1] + 2)])
    while queue:
        row, column = queue.popleft()
        if seen[row, column]:
            continue
        seen[row, column] = True
        for steps in moves(knights=knights):
            cells = [(row + down, column + right) for down, right in steps]
            if all(padded[cell] for cell in cells):
                queue.append(cells[-1])
    return seen[2:-2, 2:-2]


DIAGONALS = [((-1.0, -1.0 + d), (13.0, 13.0 + d)) for d in (0.0, 0.5, 1.0, 0.3)]
DIAGONALS += [((-1.0, 13.0 - d), (13.0, -1.0 - d)) for d in (0.0, 0.5, 1.0, 0.3)]
DIAGONALS += [((-1.0, a), (13.0, b)) for a, b in ((0.0, 12.0), (2.0, 9.0), (5.0, 6.0), (11.5, 3.5), (6.0, 6.0))]
DIAGONALS += [((a, -1.0), (b, 13.0)) for a, b in ((3.0, 8.0), (6.0, 6.0), (9.99, 2.01))]


@pytest.mark.parametrize("knights", [False, True])
@pytest.mark.parametrize("ends", DIAGONALS)
def test_no_diagonal_move_slips_through_a_river(
    maps: Maps, ends: tuple[tuple[float, float], tuple[float, float]], knights: bool
) -> None:
    maps.add("crossing", "class:waterway", [line(*ends)])
    free = maps.build().crossing_eur == 0.0
    rows, columns = np.indices(GRID.shape)
    (x0, y0), (x1, y1) = ends
    side = np.sign((x1 - x0) * (11.5 - rows - y0) - (y1 - y0) * (columns + 0.5 - x0))
    left, right = free & (side > 0), free & (side < 0)
    assert left.any() and right.any()
    start = tuple(int(i) for i in np.argwhere(left)[0])
    assert not (reachable(free, start, knights=knights) & right).any()  # type: ignore[arg-type]


def test_the_slip_test_can_fail() -> None:
    free = ~np.eye(12, dtype=bool)
    assert reachable(free, (0, 11), knights=False)[11, 0], "a bare diagonal leaks"
    wall = np.ones((12, 12), bool)
    wall[:, 5] = False
    assert not reachable(wall, (0, 0), knights=True)[0, 11]


# ------------------------------------------------------------------ places on blocked ground


def test_places_on_blocked_ground_move_to_the_nearest_free_cell(maps: Maps) -> None:
    built = maps.add("constraint", "blocked", [box(0, 0, 5.9, 12)]).build()
    cell = {
        name: int(GRID.cells_at(X + 1000 * x, Y + 3500.0)) for name, x in (("edge", 4.5), ("deep", 0.5), ("dry", 9.5))
    }
    moved, lost = surface.free_cells(built, {**cell, "abroad": -1}, snap_limit_m=2000.0)
    assert moved == {"edge": cell["edge"] + 2}
    assert set(lost) == {"deep", "abroad"}
    assert "6.0 km" in str(lost["deep"]) and "2.0 km" in str(lost["deep"])
    assert lost["abroad"] == "outside the study area"


def test_no_free_ground_at_all() -> None:
    full = np.full(GRID.shape, np.inf, np.float32)
    built = CostSurface(GRID, full, np.zeros(GRID.shape, np.float32), 1000.0)
    assert surface.free_cells(built, {"a": 3}, snap_limit_m=1e9) == ({}, {"a": "all ground is blocked"})


# ------------------------------------------------------------------ files


def test_surface_survives_its_file(maps: Maps, tmp_path: Path) -> None:
    maps.add("constraint", "blocked", [box(3, 0, 5, 12)])
    maps.add("constraint", "class:forest", [box(6, 0, 9, 12)])
    built = maps.add("crossing", "class:railway", [line((0, 3.5), (12, 3.5))]).build()
    path = tmp_path / "ground.tif"
    surface.write(built, path)
    read = surface.read_surface(path)
    assert read.grid == built.grid and read.base_eur_per_m == 1000.0
    assert np.array_equal(read.multiplier, built.multiplier)
    assert np.array_equal(read.crossing_eur, built.crossing_eur)
    with rasterio.open(path) as raster:
        assert raster.descriptions == surface.BANDS
        assert np.array_equal(raster.read_masks(1) == 0, built.blocked)
        assert np.array_equal(raster.read(1)[~built.blocked], built.eur_per_m[~built.blocked])
        assert (raster.compression.value, raster.crs.to_epsg()) == ("DEFLATE", 25831)
    assert sorted(p.name for p in tmp_path.glob("*ground*")) == ["ground.tif"]


def test_a_surface_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    flat = np.ones(GRID.shape, np.float32)
    with pytest.raises(ExportError, match="cannot be written"):
        surface.write(CostSurface(GRID, flat, flat, 1000.0), tmp_path / "missing" / "ground.tif")
    (tmp_path / "taken.tif").mkdir()
    with pytest.raises(ExportError, match="cannot be written"):
        surface.write(CostSurface(GRID, flat, flat, 1000.0), tmp_path / "taken.tif")
    assert [p.name for p in tmp_path.iterdir()] == ["taken.tif"]


@pytest.mark.parametrize(
    ("bands", "crs", "tags", "what"),
    [
        (1, UTM, True, r"1 band\(s\)"),
        (3, UTM, False, r"3 band\(s\)"),
        (3, "EPSG:4326", True, "degree"),
        (3, None, True, "unknown coordinate"),
    ],
)
def test_another_raster_is_not_a_surface(tmp_path: Path, bands: int, crs: str | None, tags: bool, what: str) -> None:
    path = tmp_path / "other.tif"
    transform = Affine(1000.0, 0.0, X, 0.0, -1000.0, Y)
    profile = {
        "height": 4,
        "width": 4,
        "count": bands,
        "dtype": "float32",
        "crs": crs,
        "transform": transform,
    }
    with rasterio.open(path, "w", driver="GTiff", **profile) as raster:
        if tags:
            raster.update_tags(BASE_EUR_PER_M="1000.0")
        for number, name in enumerate(surface.BANDS[:bands], start=1):
            raster.set_band_description(number, name)
    with pytest.raises(LayerError, match=what):
        surface.read_surface(path)
    with pytest.raises(LayerError, match="not a raster"):
        surface.read_surface(tmp_path / "none.tif")


# ------------------------------------------------------------------ real files


@needs_realdata
def test_real_land_use_and_nature_make_a_surface(maps: Maps, shipped: Assumptions) -> None:
    maps.describe({**PAPER, **bring(maps.folder, LAND_USE)}).describe({**PAPER, **bring(maps.folder, NATURE)})
    grid = surface.grid_of((2.5, 50.65, 5.95, 51.9), UTM, 500.0)
    built = surface.build(maps.stack, grid, shipped, existing_statuses=[])

    def ground(lon: float, lat: float) -> float:
        spot = gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326").to_crs(UTM)
        return float(built.multiplier.ravel()[grid.cells_at(spot.x, spot.y)[0]])

    assert ground(4.42, 50.77) == pytest.approx(1.4), "Sonian forest"
    assert ground(4.35, 50.845) == pytest.approx(4.0), "Brussels"
    assert math.isinf(ground(3.9, 51.4)), "Western Scheldt, a Dutch nature site"
    assert ground(5.9, 50.66) == 1.0, "no layer speaks about Wallonia"
    # 100 m pixels, every fifth taken, agree with the legend's own count of forest within a few per cent
    assert (built.multiplier == np.float32(1.4)).sum() * 25 == pytest.approx(118_556, rel=0.05)


@needs_realdata
def test_declaring_the_wrong_crs_for_a_real_raster_is_refused(maps: Maps, shipped: Assumptions) -> None:
    maps.describe({**PAPER, **bring(maps.folder, LAND_USE), "crs": "EPSG:28992"})
    with pytest.raises(LayerError, match=r"EPSG:28992.*EPSG:31370"):
        surface.build(maps.stack, GRID, shipped, existing_statuses=[])
