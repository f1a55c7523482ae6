"""Print sheets: the same bytes, text in both languages, names that never overlap, nothing half-written."""

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
from study_tools import PLAN_FILES, Outcome

from infraplan.core import spreadsheets, style
from infraplan.core.errors import ExportError, InfraplanError
from infraplan.core.i18n import LANGUAGES, format_number
from infraplan.networks import alternatives
from infraplan.plan import Plan, make_plan
from infraplan.reports import batch, plan_layers, sheet_facts, writers
from infraplan.reports.sheets import BASEMAP_IDS, FORMATS, PAGES, NeedsFacts, Wording, draw_sheet, sheet
from infraplan.reports.sheets.frames import check_frames
from infraplan.reports.sheets.page import open_paper
from infraplan.reports.sheets.page_elements import find_north, list_key_figures
from infraplan.reports.sheets.sheet import compose
from infraplan.reports.sheets.strips import gather_strips, lay_pipes
from infraplan.reports.sheets.window import Window, open_window
from infraplan.study import fingerprint
from infraplan.study.study import open_study

CRS = "EPSG:25831"
# Well east of the central meridian of the zone, where grid north and true north differ.
WEST, SOUTH = 700_000.0, 5_650_000.0
RECT = (10.0, 10.0, 210.0, 110.0)

Frames = dict[str, gpd.GeoDataFrame]
Run = Callable[..., Outcome]


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


def read_texts(path: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


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


# --- the kinds of sheets, on Toyland ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def later(toy_plan: Plan) -> Plan:
    """Toyland ten years on, to compare with."""
    year = toy_plan.scenario.year + 10
    return make_plan(toy_plan.study, toy_plan.scenario.changed(year=year), ground=toy_plan.ground)


def first_corridor(plan: Plan) -> str:
    return str(plan.ranking["corridor_id"].iloc[0])


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


def refuse_overlap(figure: Figure, *, everything: bool) -> None:
    """Names on the map never touch each other nor a rank; no other text lies on another or leaves the page."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    paper, ground = figure.axes[0], figure.axes[1]
    names = [text.get_window_extent(renderer) for text in paper.texts if text.get_gid() == "name"]
    inside = ground.get_window_extent(renderer)
    assert all(inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1) for box in names)
    for one, other in combinations(names, 2):
        assert not one.overlaps(other)
    discs = [find_disc(art) for art in paper.collections if art.get_gid() == "rank"]
    for name in names:
        for x, y, radius in discs:
            nearest = min(max(x, name.x0), name.x1), min(max(y, name.y0), name.y1)
            assert np.hypot(nearest[0] - x, nearest[1] - y) >= radius - 1.0
    for one_disc, other_disc in combinations(discs, 2):
        gap = np.hypot(one_disc[0] - other_disc[0], one_disc[1] - other_disc[1])
        assert gap >= one_disc[2] + other_disc[2] - 1.0
    if not everything:
        return
    page = figure.bbox
    texts = [text for text in paper.texts if text.get_text() and text.get_gid() not in ("name", "north-letter")]
    texts = [text for text in texts if text.get_color() != style.HALO]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    assert len(boxes) > 20
    for told, box in boxes:
        assert page.contains(box.x0, box.y0), told
        assert page.contains(box.x1, box.y1), told
    for (one_text, one), (other_text, other) in combinations(boxes, 2):
        # Line boxes hold air for tails and accents: half of it may be shared.
        air = 0.25 * min(one.height, other.height)
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        high = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert wide <= 1.0 or high <= air, (one_text, other_text)


def find_disc(art: Any) -> tuple[float, float, float]:
    """Middle and radius of a rank [px]."""
    x, y = art.axes.transData.transform(art.get_offsets()[0])
    return float(x), float(y), float(np.sqrt(art.get_sizes()[0]) / 2.0 * art.figure.dpi / 72.0)


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


def test_another_process_writes_the_same_bytes(toyland: Path, tmp_path: Path) -> None:
    """Nothing hangs on the order of a set: the seed of Python's hashes differs."""
    found = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        words = ["sheets", "--study", str(toyland), "--kind", "corridor", "--size", "A4", "--format", "pdf"]
        command = [sys.executable, "-m", "infraplan", *words, "--out", str(out)]
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
    assert {path.name for path in out.iterdir()} == {"sheet-overview.svg"} | carriers | corridors


def test_the_command_line_compares_with_another_year(run: Run, toyland: Path, tmp_path: Path) -> None:
    name = "sheet-comparison.png"
    words = ("sheets", "--study", toyland, "--kind", "comparison", "--size", "A4", "--format", "png", "--out", tmp_path)
    assert run(*words).code == 2
    scenario = open_study(toyland).scenario()
    done = run(*words, "--against", f"{scenario.name}@{scenario.year + 10}")
    assert done.code == 0, done.err
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_command_line_refuses_before_it_plans(run: Run, toyland: Path, tmp_path: Path) -> None:
    done = run("sheets", "--study", toyland, "--kind", "poster", "--size", "A5", "--format", "gif", "--out", tmp_path)
    assert done.code == 2
    assert all(word in done.err for word in ("poster", "A5", "gif"))


# --- tables for a spreadsheet -----------------------------------------------------------------------------------


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
        for name in names - {"plan.gpkg"}:  # GDAL dates a GeoPackage
            assert archive.read(name) == again.read(name), name
        assert ";" in archive.read("ranking-excel.csv").decode("utf-8-sig").splitlines()[0]
