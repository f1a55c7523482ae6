"""Print sheets from frames: the same bytes, text in both languages, names that never overlap, nothing half-written."""

from __future__ import annotations

import io
import logging
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from pyproj import Transformer
from sheet_tools import read_texts

from infraplan.core import style
from infraplan.core.errors import ExportError
from infraplan.reports.sheets import BASEMAP_IDS, NeedsFacts, Wording, draw_sheet
from infraplan.reports.sheets.frames import check_frames
from infraplan.reports.sheets.page import open_paper
from infraplan.reports.sheets.page_elements import find_north, list_key_figures
from infraplan.reports.sheets.sheet import compose
from infraplan.reports.sheets.strips import gather_strips, lay_pipes
from infraplan.reports.sheets.window import Window, open_window

CRS = "EPSG:25831"


# Well east of the central meridian of the zone, where grid north and true north differ.
WEST, SOUTH = 700_000.0, 5_650_000.0


RECT = (10.0, 10.0, 210.0, 110.0)


Frames = dict[str, gpd.GeoDataFrame]


def frame(geometry: list[Any], **columns: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)


def point(x_km: float, y_km: float) -> shapely.Point:
    return shapely.Point(WEST + x_km * 1000.0, SOUTH + y_km * 1000.0)


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([point(*p) for p in points])


@pytest.fixture
def plan() -> Frames:
    first, second = line((5, 20), (20, 22), (40, 20)), line((40, 20), (55, 30))
    return {
        "corridors": frame(
            [shapely.MultiLineString([first]), shapely.MultiLineString([second])],
            corridor_id=["a--b", "b--c"],
            name=["Alda – Brug", "Brug $1 – Cost $2"],
            rank=[1, 2],
            carriers=["co2,h2", "h2"],
            users=[3, 1],
            length_km=[35.2, 18.0],
            co2_avoided_kt_per_a=[1234.6, np.nan],
            cost_meur_per_a=[12.34, 5.0],
            capex_meur=[140.0, np.nan],
            cost_eur_per_t=[10.0, np.nan],
        ),
        "segments": frame(
            [first, shapely.reverse(first), second],
            segment_id=["co2-1", "h2-1", "h2-2"],
            corridor_id=["a--b", "a--b", "b--c"],
            carrier=["co2", "h2", "h2"],
            flow=[1300.0, 900.0, 400.0],
            flow_unit=["kt_per_a", "gwh_per_a", "gwh_per_a"],
        ),
        "sites": frame(
            [point(5, 20), point(30, 12), point(50, 10)],
            site_id=["s1", "s2", "s3"],
            name=["Staal", "Glas", "Klein"],
            co2_kt_per_a=[2000.0, 150.0, np.nan],
            connected=["co2,h2", "", ""],
            left_out=["", "co2", ""],
        ),
        "hubs": frame(
            [point(40, 20), point(55, 30)],
            hub_id=["k1", "k2"],
            name=["CO2 terminal Brug", "Backbone (north)"],
            carrier=["co2", "h2"],
            role=["sink", "supply"],
            flow=[1300.0, 900.0],
            flow_unit=["kt_per_a", "gwh_per_a"],
        ),
    }


@pytest.fixture
def basemap() -> Frames:
    def block(west: float, south: float, east: float, north: float) -> shapely.Polygon:
        return shapely.box(*point(west, south).coords[0], *point(east, north).coords[0])

    towns = [point(12, 14).buffer(1500), point(33, 27).buffer(900)]
    return {
        "land": frame([block(-40, -40, 100, 60)], name=["Lowland"], name_nl=["Laagland"]),
        "sea": frame([block(-40, 60, 100, 90)], name=["Sea"], name_nl=["Zee"]),
        "borders": frame([line((-40, 5), (100, 0))], name=["border"]),
        "water_areas": frame([block(20, 30, 26, 40)], name=["Lake"]),
        "waterways": frame([line((23, 50), (23, 0))], name=["Canal"], width_m=[150]),
        "motorways": frame([line((0, 0), (60, 40))], name=["M1"]),
        "railways": frame([line((0, 40), (60, 0))], name=["R1"]),
        "settlements": frame(towns, name=["Aardorp", "Bergdorp"], population=[90_000, 4_000]),
        "protected": frame([block(44, 0, 52, 6)], name=["Heath"]),
        "port_zones": frame([block(36, 18, 42, 23)], name=["Port"]),
        "pipelines": frame(
            [line((0, 18), (60, 18)), line((0, 8), (60, 9))],
            name=["P1", "P2"],
            status=["operational", "planned"],
        ),
        "towns": frame([point(12, 14)], name=["Aardorp-Stad"], population=[120_000]),
        "clusters": frame([point(8, 24)], name=["Alda"], name_nl=["Alda-Noord"]),
    }


WORDS = {
    "title": "Corridors 2040",
    "subtitle": "Scenario one",
    "notice": "Not for permits.",
    "source_line": "Sources: own.",
    "hash_line": "assumptions 0123abcd",
}


def draw(path: Path, plan: Frames, basemap: Frames, **options: Any) -> Path:
    return draw_sheet(path, frames=plan, basemap=basemap, wording=Wording(**WORDS), **{"size": "A4", **options})


def compose_sheet(plan: Frames, basemap: Frames, **options: Any) -> Figure:
    return compose(
        frames=plan,
        basemap=basemap,
        **{
            "language": "en",
            "wording": Wording("T", "S", "notice", "sources", "hash"),
            "size": "A3",
            **options,
        },
    )


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_same_input_gives_the_same_bytes(suffix: str, tmp_path: Path, plan: Frames, basemap: Frames) -> None:
    first = draw(tmp_path / f"one{suffix}", plan, basemap).read_bytes()
    assert draw(tmp_path / f"two{suffix}", plan, basemap).read_bytes() == first
    plan["corridors"].loc[0, "cost_meur_per_a"] = 99.0
    assert draw(tmp_path / f"two{suffix}", plan, basemap).read_bytes() != first
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"one{suffix}", f"two{suffix}"]


@pytest.mark.parametrize(("size", "dots"), [("16:9", (3840, 2160)), ("A4", (3508, 2480)), ("A3", (3307, 2338))])
def test_png_has_dots_enough_to_print(
    size: str, dots: tuple[int, int], tmp_path: Path, plan: Frames, basemap: Frames
) -> None:
    """A4 has 300 dots per inch, A3 200; a slide has those of a screen of 3840 x 2160."""
    content = draw(tmp_path / "sheet.PNG", plan, basemap, size=size).read_bytes()
    assert Image.open(io.BytesIO(content)).size == pytest.approx(dots, abs=1)


def test_pdf_text_is_true_type_and_undated(tmp_path: Path, plan: Frames, basemap: Frames) -> None:
    content = draw(tmp_path / "sheet.pdf", plan, basemap).read_bytes()
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"/ToUnicode" in content
    assert b"CreationDate" not in content


def test_every_letter_of_an_svg_is_text_and_none_is_drawn(tmp_path: Path, plan: Frames, basemap: Frames) -> None:
    content = draw(tmp_path / "sheet.svg", plan, basemap).read_text(encoding="utf-8")
    assert len(re.findall(r"<text[^>]*>[^<]+</text>", content)) > 50
    # Letters that are drawn would be paths that are defined once and used by their glyph's name.
    assert "DejaVuSans-" not in content
    assert "<dc:date>" not in content


@pytest.mark.parametrize(
    ("language", "expected", "absent"),
    [
        (
            "nl",
            [
                "Rangschikking",
                "Legende",
                "Ligging",
                "Voorgestelde leidingstraat",
                "CO₂-leiding",
                "12,3",
                "1.235",
            ],
            ["Ranking", "Waterway", "12.3"],
        ),
        (
            "en",
            ["Ranking", "Legend", "Location", "Proposed corridor", "CO₂ pipe", "12.3", "1,235"],
            ["Rangschikking", "Waterweg", "12,3"],
        ),
    ],
)
def test_texts_are_in_the_language_of_the_reader(
    language: str,
    expected: list[str],
    absent: list[str],
    tmp_path: Path,
    plan: Frames,
    basemap: Frames,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        texts = read_texts(draw(tmp_path / "sheet.svg", plan, basemap, language=language))
    assert not caplog.messages
    assert set(expected) <= set(texts)
    assert not set(absent) & set(texts)
    # What the caller says stands on the sheet as it is; a dollar sign is no formula, a missing number a dash.
    assert set(WORDS.values()) <= set(texts)
    assert {"Brug $1 – Cost $2", "–", "Projection: ETRS89 / UTM zone 31N (EPSG:25831)"} <= {
        text.replace("Projectie", "Projection") for text in texts
    }
    assert {"nl": "Alda-Noord", "en": "Alda"}[language] in texts
    # Towns go before the settlements they stand for.
    assert "Aardorp-Stad" in texts
    assert "Bergdorp" not in texts


def test_empty_plan_is_told_in_both_languages(tmp_path: Path, plan: Frames, caplog: pytest.LogCaptureFixture) -> None:
    empty = {name: table.iloc[:0] for name, table in plan.items()} | {"sites": plan["sites"]}
    empty["hubs"] = plan["hubs"].assign(flow=0.0)
    for language, told in (("en", "No corridor in this plan"), ("nl", "Geen leidingstraat in dit plan")):
        texts = read_texts(draw(tmp_path / "sheet.svg", empty, {}, language=language))
        assert told in texts
        assert {"Hub without flow in this plan", "Hub zonder stroom in dit plan"} & set(texts)
    assert not caplog.messages


def test_more_than_ten_corridors_are_counted(tmp_path: Path, plan: Frames) -> None:
    corridors = plan["corridors"].iloc[[0] * 13].reset_index(drop=True)
    corridors["rank"] = range(1, 14)
    texts = read_texts(draw(tmp_path / "sheet.svg", plan | {"corridors": corridors}, {}, language="nl"))
    assert "en nog 3" in texts


def test_north_arrow_points_north(plan: Frames, basemap: Frames) -> None:
    figure = compose_sheet(plan, basemap)
    paper, ground = figure.axes[0], figure.axes[1]
    halves = [patch for patch in paper.patches if patch.get_gid() == "north-arrow"]
    assert len(halves) == 2
    corners = np.vstack([half.get_xy()[:3] for half in halves])
    tip = halves[0].get_xy()[0]
    foot = corners[[1, 4]].mean(axis=0)
    letter = next(text for text in paper.texts if text.get_gid() == "north-letter")
    step = tip - foot
    assert np.dot(np.array(letter.get_position()) - tip, step) > 0.0
    # Walk 10 km over the map along the arrow: the latitude grows, the longitude stays.
    (west, east), (south, north) = ground.get_xlim(), ground.get_ylim()
    assert west < east
    assert south < north
    here = np.array([(west + east) / 2.0, (south + north) / 2.0])
    there = here + step / np.hypot(*step) * 10_000.0
    to_earth = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_earth.transform([here[0], there[0]], [here[1], there[1]])
    assert lat[1] - lat[0] == pytest.approx(0.09, abs=0.001)
    assert lon[1] == pytest.approx(lon[0], abs=1e-4)


def test_grid_north_is_true_north_only_on_the_central_meridian(plan: Frames) -> None:
    crs = plan["corridors"].crs
    middle = Window((490_000.0, SOUTH, 510_000.0, SOUTH + 10_000.0), RECT)
    assert find_north(middle, crs) == pytest.approx([0.0, 1.0], abs=1e-6)
    east = Window((WEST, SOUTH, WEST + 20_000.0, SOUTH + 10_000.0), RECT)
    assert find_north(east, crs)[0] < -0.03


def crowd(plan: Frames) -> tuple[Frames, Frames]:
    """Far more names than there is room for, in a heap."""
    rng = np.random.default_rng(3)
    spots = [point(30 + x, 20 + y) for x, y in rng.normal(0.0, 6.0, (150, 2))]
    settlements = frame(
        spots,
        name=[f"Langdorpsnaam {n}" for n in range(150)],
        population=list(rng.integers(1000, 90_000, 150)),
    )
    hubs = plan["hubs"].iloc[[0, 1] * 12].reset_index(drop=True)
    hubs["hub_id"] = [f"k{n}" for n in range(24)]
    hubs["name"] = [f"Terminal number {n} of the crowd" for n in range(24)]
    hubs = hubs.set_geometry(gpd.GeoSeries(spots[:24], crs=CRS))
    corridors = plan["corridors"].iloc[[0] * 15].reset_index(drop=True)
    corridors["rank"] = range(1, 16)
    corridors["name"] = [f"Corridor {n}" for n in range(15)]
    return plan | {"hubs": hubs, "corridors": corridors}, {"settlements": settlements}


@pytest.mark.parametrize("size", ["A3", "16:9"])
def test_names_never_overlap_in_a_crowd(size: str, plan: Frames) -> None:
    figure = compose_sheet(*crowd(plan), size=size)
    renderer = FigureCanvasAgg(figure).get_renderer()
    paper, ground = figure.axes[0], figure.axes[1]
    names = [text for text in paper.texts if text.get_gid() == "name"]
    kinds = {text.get_text().split()[0] for text in names}
    assert kinds == {"Corridor", "Terminal", "Langdorpsnaam"}
    boxes = [text.get_window_extent(renderer) for text in names]
    assert len(boxes) >= 20
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    inside = ground.get_window_extent(renderer)
    assert all(inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1) for box in boxes)


def test_carriers_lie_side_by_side_and_keep_their_side(plan: Frames) -> None:
    window = Window((WEST, SOUTH, WEST + 80_000.0, SOUTH + 40_000.0), RECT)
    strips = gather_strips(plan["segments"], window, unit=1.0)
    assert [sorted(strip.width_pt) for strip in strips] == [["co2", "h2"], ["h2"]]
    gap_pt = 1.0
    pipes = lay_pipes(strips, window, gap_pt=gap_pt)
    shared = next(strip for strip in strips if "co2" in strip.width_pt)
    co2, h2 = (max(pipes[c, shared.width_pt[c]], key=lambda pipe: pipe.length) for c in ("co2", "h2"))
    clear_pt = co2.distance(h2) / window.m_per_pt
    assert clear_pt == pytest.approx(sum(shared.width_pt.values()) / 2.0 + gap_pt, rel=0.05)
    # The same ground the other way round, and the same lanes.
    turned = plan["segments"].set_geometry(plan["segments"].geometry.reverse())
    assert lay_pipes(gather_strips(turned, window, unit=1.0), window, gap_pt=gap_pt) == pipes


def test_window_fits_the_page_and_holds_what_was_asked(plan: Frames) -> None:
    for bounds in (None, (WEST, SOUTH, WEST + 3000.0, SOUTH + 50_000.0)):
        window = open_window(plan, {}, RECT, bounds)
        west, south, east, north = window.bounds_m
        assert (east - west) / (north - south) == pytest.approx(2.0)
        asked = shapely.box(*(bounds or plan["corridors"].total_bounds))
        assert window.frame.buffer(1.0).covers(asked)
        assert window.project(shapely.Point(east, north)).coords[0] == pytest.approx(RECT[2:])


def test_key_figures_never_add_up_a_part(plan: Frames) -> None:
    figures = {label: figure for figure, label in list_key_figures(open_paper("A4", "en"), plan)}
    assert figures["Connected sites"] == "1 of 2"
    assert figures["Length"] == "53 km"
    assert figures["CO₂ through hubs"] == "1,300 kt/a"
    assert figures["Investment"] == "– M EUR"


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("sheet.gif", {}, "suffix"),
        ("sheet", {}, "suffix"),
        ("sheet.png", {"size": "A5"}, "page size"),
        ("sheet.png", {"bounds": (1.0, 2.0, 1.0, 3.0)}, "bounds"),
        ("nowhere/sheet.svg", {}, "could not be written"),
        ("file/sheet.svg", {}, "could not be written"),
        ("folder.svg", {}, "could not be written"),
    ],
)
def test_what_cannot_be_written_is_refused(
    name: str, options: dict[str, Any], told: str, tmp_path: Path, plan: Frames
) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(ExportError, match=told):
        draw(tmp_path / name, plan, {}, **options)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.svg"]


def test_a_failed_write_leaves_the_old_sheet(tmp_path: Path, plan: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sheet.svg"
    path.write_text("old")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ExportError, match="No space left"):
        draw(path, plan, {})
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_frames_are_checked_and_all_problems_told(plan: Frames, basemap: Frames) -> None:
    assert set(basemap) == set(BASEMAP_IDS)
    check_frames(plan, basemap)
    with pytest.raises(ExportError) as caught:
        check_frames(
            {"corridors": plan["corridors"].drop(columns="rank"), "segments": plan["segments"]},
            {"moon": basemap["sea"]},
        )
    assert {(p.file, p.column) for p in caught.value.problems} == {
        ("corridors", "rank"),
        ("sites", ""),
        ("hubs", ""),
        ("moon", ""),
    }
    with pytest.raises(ExportError, match="projected CRS in metres"):
        check_frames({name: table.to_crs(4326) for name, table in plan.items()}, {})
    with pytest.raises(ExportError, match=r"land.*another CRS"):
        check_frames(plan, {"land": basemap["land"].to_crs(3035)})


def test_drawing_changes_neither_frames_nor_settings(tmp_path: Path, plan: Frames, basemap: Frames) -> None:
    before = {name: table.copy() for name, table in (plan | basemap).items()}
    settings = dict(mpl.rcParams)
    draw(tmp_path / "sheet.svg", plan, basemap)
    assert all(table.equals(before[name]) for name, table in (plan | basemap).items())
    assert dict(mpl.rcParams) == settings


def needs_of(points: list[shapely.Point], names: list[str]) -> NeedsFacts:
    count = len(points)
    amounts = {"amount_low": [1.0] * count, "amount": [200.0] * count, "amount_high": [300.0] * count}
    places = frame(
        points, place_id=names, name=names, sector=["port works"] * count, role=["supply"] * count, **amounts
    )
    sums = pd.DataFrame({"name": ["port works"], "role": ["supply"], "amount_low": [1.0], "amount": [2.0],
                         "amount_high": [3.0]})  # fmt: skip
    conditions = pd.DataFrame({"role": ["supply"], "condition": ["dried gas"], "places": [count], "amount": [2.0]})
    years = pd.DataFrame({"role": ["supply"], "year": [2040], "amount": [2.0]})
    return NeedsFacts("co2", 2040, "kt_per_a", places, sums, sums, conditions, years)


def test_a_place_far_off_is_told_and_leaves_the_map_to_the_others(plan: Frames, basemap: Frames) -> None:
    near = [point(5, 20), point(30, 12), point(50, 10)]
    # The land of the basemap ends at 40 km south of the origin.
    far = point(20, -400)
    alone = compose_sheet(plan, basemap, facts=needs_of(near, ["Alda", "Brug", "Cost"]))
    with_far = compose_sheet(plan, basemap, facts=needs_of([*near, far], ["Alda", "Brug", "Cost", "Dorp (far)"]))
    assert with_far.axes[1].get_ylim() == alone.axes[1].get_ylim()
    assert "Off the map: Dorp" in {text.get_text() for text in with_far.axes[0].texts}
    assert not [text for text in alone.axes[0].texts if text.get_text().startswith("Off the map")]
    # Without land and sea nothing says where the ground ends: all are shown.
    bare = {name: table for name, table in basemap.items() if name not in ("land", "sea")}
    shown = compose_sheet(plan, bare, facts=needs_of([*near, far], ["Alda", "Brug", "Cost", "Dorp (far)"]))
    assert shown.axes[1].get_ylim()[0] < far.y


def test_cells_begin_with_a_capital(plan: Frames, basemap: Frames) -> None:
    plan["corridors"]["name"] = ["port of Alda", "brug – cost"]
    told = {text.get_text() for text in compose_sheet(plan, basemap).axes[0].texts}
    assert {"Port of Alda", "Brug – cost"} <= told
    figure = compose_sheet(plan, basemap, facts=needs_of([point(5, 20)], ["Alda"]))
    told = {text.get_text() for text in figure.axes[0].texts}
    assert {"Port works", "Dried gas", "Offered"} <= told
    assert not {"port works", "dried gas", "offered"} & told


def test_ground_beyond_the_basemap_is_left_white_and_told(plan: Frames, basemap: Frames) -> None:
    def told(bounds: tuple[float, ...], layers: Frames) -> tuple[bool, str]:
        figure = compose_sheet(plan, layers, bounds=bounds)
        texts = {text.get_text() for text in figure.axes[0].texts}
        return "Beyond the basemap" in texts, mpl.colors.to_hex(figure.axes[1].get_facecolor())

    inside = (WEST, SOUTH, WEST + 60_000.0, SOUTH + 40_000.0)
    over = (WEST, SOUTH - 80_000.0, WEST + 60_000.0, SOUTH)
    bare = {name: table for name, table in basemap.items() if name not in ("land", "sea")}
    assert told(inside, basemap)[0] is False
    assert told(over, basemap) == (True, "#ffffff")
    assert told(over, bare) == (False, style.LAND_STYLE.fill.lower())
