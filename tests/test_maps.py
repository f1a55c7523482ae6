"""Browser maps: stand-alone, safe, in two languages, in the carriers' own styles."""

from __future__ import annotations

import base64
import json
import logging
import re
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiLineString, Point, box

from infraplan.core import i18n, style
from infraplan.core.errors import ExportError, InfraplanError
from infraplan.reports import maps
from infraplan.reports.maps import layers as layers_room
from infraplan.reports.maps.labels import ZOOMS, Place, _box_many, place_labels
from infraplan.reports.maps.printing import Group

CHROMIUM = Path("/usr/bin/chromium")
NASTY = "<img src=x onerror=window.pwned=1></script>{{ 7*7 }}{% nonsense %}{# gone #}"


def frame(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def make_frames(name: str = "North strip") -> dict[str, gpd.GeoDataFrame]:
    """Two corridors in a made-up country: one shared by CO2 and hydrogen, one for heat."""
    trunk = LineString([(4.0, 51.0), (4.2, 51.05), (4.4, 51.0)])
    branch = LineString([(4.4, 51.0), (4.45, 50.9)])
    figures = {
        "users": 4,
        "length_km": 31.25,
        "co2_avoided_kt_per_a": 1234.5,
        "co2_avoided_gross_kt_per_a": 1500.0,
        "co2_flow_kt_per_a": 1300.0,
        "h2_flow_gwh_per_a": 2400.0,
        "heat_flow_gwh_per_a": None,
        "diameter_co2_mm": 500.0,
        "diameter_h2_mm": 400.0,
        "diameter_heat_mm": None,
        "capex_meur": 88.0,
        "cost_meur_per_a": 7.5,
        "cost_eur_per_t": 24.0,
        "shared_with": "",
        "first_year": 2031,
    }
    pipe = {"corridor_id": "c-1", "flow_unit": "kt_per_a", "diameter_mm": 500.0, "length_km": 31.0}
    site = {"sector": "steel", "cluster": "north", "left_out": "", "in_area": True}
    hub = {"flow": 1300.0, "flow_unit": "kt_per_a", "capacity": 5000.0}
    return {
        "corridors": frame(
            [
                {
                    "corridor_id": "c-1",
                    "name": name,
                    "rank": 1,
                    "carriers": "co2,h2",
                    **figures,
                    "geometry": trunk,
                },
                {
                    "corridor_id": "c-2",
                    "name": "South",
                    "rank": 2,
                    "carriers": "heat",
                    **figures,
                    "geometry": MultiLineString([branch]),
                },
            ]
        ),
        "segments": frame(
            [
                {
                    "segment_id": "s-1",
                    "carrier": "co2",
                    "flow": 1300.0,
                    "shared_with_carriers": "h2",
                    **pipe,
                    "geometry": trunk,
                },
                {
                    "segment_id": "s-2",
                    "carrier": "h2",
                    "flow": 2400.0,
                    "shared_with_carriers": "co2",
                    **pipe,
                    "geometry": trunk.reverse(),
                },
                {
                    "segment_id": "s-3",
                    "carrier": "heat",
                    "flow": 50.0,
                    "shared_with_carriers": "",
                    **pipe,
                    "geometry": branch,
                },
            ]
        ),
        "sites": frame(
            [
                {
                    "site_id": "a",
                    "name": name,
                    "co2_kt_per_a": 900.0,
                    "connected": "co2,h2",
                    **site,
                    "geometry": Point(4.0, 51.0),
                },
                {
                    "site_id": "b",
                    "name": "Kiln",
                    "co2_kt_per_a": np.nan,
                    "connected": "",
                    **site,
                    "geometry": Point(4.3, 50.95),
                },
                {
                    "site_id": "c",
                    "name": "Abroad",
                    "co2_kt_per_a": 80.0,
                    "connected": "",
                    **(site | {"in_area": False}),
                    "geometry": Point(4.6, 50.9),
                },
            ]
        ),
        "hubs": frame(
            [
                {
                    "hub_id": "h1",
                    "name": name,
                    "carrier": "co2",
                    "role": "sink",
                    **hub,
                    "geometry": Point(4.4, 51.0),
                },
                {
                    "hub_id": "h2",
                    "name": "In",
                    "carrier": "h2",
                    "role": "supply",
                    **hub,
                    "geometry": Point(4.0, 51.1),
                },
            ]
        ),
        "stations": frame(
            [
                {
                    "booster_id": "co2-1",
                    "carrier": "co2",
                    "suction_bar": 85.0,
                    "discharge_bar": 120.0,
                    "power_mw": 1.4,
                    "capex_meur": 6.2,
                    "geometry": Point(4.2, 51.05),
                }
            ]
        ),
    }


def make_ground(name: str = "Toytown", towns: int = 3) -> dict[str, gpd.GeoDataFrame]:
    places = [
        {
            "name": name if n == 0 else f"Town {n}",
            "population": 90_000 - n,
            "radius_km": 1.5,
            "geometry": Point(3.6 + 0.013 * (n % 97), 50.7 + 0.011 * (n % 61)),
        }
        for n in range(towns)
    ]
    river = LineString([(3.9, 50.8), (4.1, 51.2)])
    return {
        "sea": frame([{"geometry": box(3.0, 51.2, 4.0, 51.6)}]),
        "water": frame([{"width_m": 40.0, "geometry": river}, {"width_m": 300.0, "geometry": river}]),
        "motorways": frame([{"geometry": LineString([(3.8, 50.8), (4.6, 51.1)])}]),
        "protected": frame([{"geometry": Point(4.2, 51.0).buffer(0.05)}]),
        "pipelines": frame([{"geometry": LineString([(3.8, 51.0), (4.6, 50.95)])}]),
        "substations": frame([{"geometry": Point(4.25, 50.97)}]),
        "settlements": frame(places),
        "clusters": frame([{"name": "North cluster", "geometry": Point(4.4, 51.0)}]),
    }


def write(path: Path, name: str = "North strip", language: str = "en", **options: object) -> str:
    ground = make_ground(name)
    maps.write_map(
        path,
        make_frames(name),
        basemap=ground,
        title=name,
        subtitle="2040",
        language=language,
        sources=("Made up, 2024",),
        vintage="2024",
        **options,
    )
    return path.read_text(encoding="utf-8")


def test_page_asks_nothing_of_the_network(tmp_path: Path) -> None:
    page = write(tmp_path / "map.html")
    references = re.findall(r"""<(\w+)[^<>]*?\b(?:src|href)\s*=\s*["']?(?:https?:)?//[^"'\s>]*""", page)
    assert set(references) == {"a"}, "only links a reader may follow"
    assert not re.search(r"url\(['\"]?(https?:)?//|@import|sourceMappingURL", page)
    assert not re.search(r"jquery|bootstrap|fontawesome|awesome-markers|carto", page, re.IGNORECASE)
    assert "BSD-2-Clause" in page, "the licence travels with the script"


def test_folium_itself_is_left_alone(tmp_path: Path) -> None:
    before = list(folium.Map.default_js)
    write(tmp_path / "map.html")
    assert folium.Map.default_js == before


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "Proposed corridor",
                "Hydrogen pipe",
                "Site left out",
                "Schematic map",
                "1,234 kt/a",
                "7.5 M EUR",
            ),
        ),
        (
            "nl",
            (
                "Voorgestelde leidingstraat",
                "Waterstofleiding",
                "Niet aangesloten site",
                "Schematische kaart",
                "1.234 kt/jaar",
                "7,5 M EUR",
            ),
        ),
    ],
)
def test_page_speaks_the_language(tmp_path: Path, language: str, expected: tuple[str, ...]) -> None:
    page = write(tmp_path / "map.html", language=language)
    assert [text for text in expected if text not in page] == []
    assert f'<html lang="{language}">' in page
    assert "Made up, 2024" in page


def test_every_dutch_word_is_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="infraplan.core.i18n"):
        write(tmp_path / "map.html", language="nl")
        assert i18n.translate("no such text", "nl") == "no such text"
    assert [record.getMessage() for record in caplog.records] == ["no nl translation of 'no such text'"]


def test_unknown_language_is_refused() -> None:
    with pytest.raises(InfraplanError, match="en, nl"):
        i18n.translate("CO2", "fr")


def test_names_from_tables_cannot_run(tmp_path: Path) -> None:
    page = write(tmp_path / "map.html", name=NASTY)
    assert "<img src=x" not in page
    assert "\\u003cimg src=x" not in page
    # Title, corridor, site, hub and town each keep all of their letters, as text.
    told = page.replace("\\u0026", "&")
    assert told.count("&lt;img src=x onerror=window.pwned=1&gt;&lt;/script&gt;&#123;&#123; 7*7") >= 5
    assert "&#123;# gone #&#125;" in told


def test_carriers_have_their_colour_and_dash(tmp_path: Path) -> None:
    page = write(tmp_path / "map.html")
    paints = re.findall(r'\{[^{}]*"level": 2[^{}]*\}', page)
    by_colour = {re.search(r'"color": "(#\w+)"', paint)[1]: paint for paint in paints}  # type: ignore[index]
    assert set(by_colour) == {"#000000", "#1E88E5", "#EE3377"}
    assert "dashArray" not in by_colour["#000000"]
    dashes = {c: re.search(r'"dashArray": "([\d.]+)', by_colour[c])[1] for c in ("#1E88E5", "#EE3377")}  # type: ignore[index]
    assert float(dashes["#1E88E5"]) > 3 * float(dashes["#EE3377"]), "dashed against dotted"


def linear(colour: str) -> np.ndarray:
    """Red, green and blue of a colour [linear light]."""
    parts = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255.0
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2 defines it."""
    low, high = sorted(float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_carriers_and_changes_are_read_on_a_dark_ground() -> None:
    looks = (style.LAND_STYLE, style.SEA_STYLE, style.SETTLEMENT_STYLE, style.PROTECTED_STYLE, style.PORT_STYLE)
    grounds = [style.ON_DARK[look.fill] for look in looks]
    told = [
        style.ON_DARK.get(look.colour, look.colour)
        for look in (*style.CARRIER_STYLE.values(), *style.CHANGE_STYLE.values())
    ]
    assert min(contrast(colour, ground) for colour in told for ground in grounds) >= 3.0
    # as far apart for a reader without one kind of cone (Machado 2009, severity 1) as the colours on paper
    kinds = (
        np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
        np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    )

    def nearest(dark: bool) -> float:
        colours = [look.colour for look in style.CARRIER_STYLE.values()]
        colours = [linear(style.ON_DARK.get(one, one) if dark else one) for one in colours]
        pairs = [(one, other) for n, one in enumerate(colours) for other in colours[:n]]
        return min(
            float(np.linalg.norm(np.cbrt(np.clip(kind @ one, 0, 1)) - np.cbrt(np.clip(kind @ other, 0, 1))))
            for kind in kinds
            for one, other in pairs
        )

    assert nearest(dark=True) >= 0.75 * nearest(dark=False)


def test_the_legend_has_the_colours_of_a_dark_map_where_the_page_may_be_dark() -> None:
    def read(themed: bool) -> list[str]:
        page = maps.legend(make_frames(), language="en", basemap=make_ground(), themed=themed)
        return [base64.b64decode(text).decode() for text in re.findall(r"base64,([\w+/=]+)", page)]

    dark = '[stroke="#000000"]{stroke:#FFFFFF}'
    assert [picture for picture in read(themed=True) if 'stroke="#000000" ' in picture and dark in picture]
    assert not any("@media" in picture for picture in read(themed=False)), "a page for paper and post stays light"
    assert not any("1E88E5]" in picture for picture in read(themed=True)), "read on both grounds"


def test_pipes_in_one_strip_step_to_different_sides() -> None:
    strip = ("co2", "h2", "heat")
    steps = [layers_room.find_lane(one, tuple(set(strip) - {one})) for one in strip]
    assert steps[0] == -steps[2] < steps[1] == 0.0
    assert layers_room.find_lane("heat", ()) == 0.0
    line = LineString([(4.0, 51.0), (4.0, 51.3), (4.1, 51.3)])
    assert layers_room._point_east(line).equals_exact(layers_room._point_east(line.reverse()), 0.0)


def test_wider_line_for_more_flow() -> None:
    span = style.SEGMENT_WIDTH_PX
    widths = [style.scale_by_area(flow, 100.0, span) for flow in (0.0, 1.0, 50.0, 100.0, float("nan"))]
    assert widths[0] == widths[4] == span[0] < widths[1] < widths[2] < widths[3] == span[1]


def test_every_missing_column_is_told_at_once() -> None:
    frames = make_frames()
    frames["corridors"] = frames["corridors"].drop(columns=["rank", "first_year"])
    frames["sites"] = frames["sites"].to_crs(25831)
    frames["hubs"].loc[0, "geometry"] = None
    del frames["segments"]
    with pytest.raises(ExportError) as caught:
        maps.plan_layers(frames, language="en")
    told = str(caught.value)
    assert len(caught.value.problems) == 5
    assert all(part in told for part in ("column rank", "column first_year", "25831", "segments", "1 rows"))


def test_unknown_ground_is_refused() -> None:
    with pytest.raises(ExportError, match="moon"):
        maps.base_map((4.0, 50.0, 5.0, 51.0), basemap={"moon": make_ground()["sea"]}, language="en")


def test_plan_without_networks_still_draws(tmp_path: Path) -> None:
    frames = make_frames()
    empty = {name: frames[name].iloc[:0] for name in ("corridors", "segments", "hubs")}
    maps.write_map(tmp_path / "map.html", {**frames, **empty}, basemap={}, title="Nothing pays")
    assert "Kiln" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_same_input_same_page(tmp_path: Path) -> None:
    assert write(tmp_path / "a.html") == write(tmp_path / "b.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"], "no leftovers"


def test_page_stays_small(tmp_path: Path) -> None:
    frames = make_frames()
    rng = np.random.default_rng(7)
    walk = np.cumsum(rng.normal(0.0, 0.004, (400, 2)), axis=0) + np.array([4.2, 51.0])
    lines = [LineString(walk[n : n + 30].tolist()) for n in range(0, 360, 2)]
    frames["segments"] = frame([{**frames["segments"].iloc[0].to_dict(), "geometry": line} for line in lines])
    frames["corridors"] = frame([{**frames["corridors"].iloc[0].to_dict(), "geometry": line} for line in lines])
    ground = make_ground(towns=1200)
    ground["water"] = frame([{"width_m": 40.0, "geometry": line} for line in lines])
    path = maps.write_map(tmp_path / "map.html", frames, basemap=ground, title="Large")
    assert 0.3e6 < path.stat().st_size <= 2.0e6


def test_tiles_only_when_asked(tmp_path: Path) -> None:
    assert "tile.openstreetmap.org" not in write(tmp_path / "map.html")
    assert "tile.openstreetmap.org" in write(tmp_path / "map.html", tiles="osm")
    keyed = maps.TileSource("Positron", "https://basemaps.cartocdn.com/light_all/{z}/{x}/{y}.png", "CARTO")
    with pytest.raises(ExportError, match="key"):
        write(tmp_path / "map.html", tiles=keyed)


def test_ground_of_the_app_brings_its_own_scripts_and_stays_small() -> None:
    bounds = maps.find_bounds(make_frames())
    ground = maps.app_basemap(bounds, basemap=make_ground(towns=1200), language="nl", memory="toy", draw=True)
    assert [name for name, _ in ground.scripts] == ["leaflet", "infraplan", "leaflet_draw", "infraplan_ground"]
    assert all(address.startswith("data:") for _, address in (*ground.scripts, *ground.styles))
    laid = maps.print_layers(maps.plan_layers(make_frames(), language="nl"))
    sent = sum(len(address) for _, address in (*ground.scripts, *ground.styles)) + len(laid)
    assert 0.2e6 < sent <= 2.0e6
    assert "Voorgestelde leidingstraten" in json.loads('"' + laid.split('"title": "')[1].split('"')[0] + '"')


def test_same_ground_same_script_and_other_grounds_are_told_apart() -> None:
    bounds = maps.find_bounds(make_frames())
    first, again, other = (
        maps.app_basemap(bounds, basemap=make_ground(), language=language, memory="toy")
        for language in ("en", "en", "nl")
    )
    assert first == again
    assert first.digest != other.digest
    drawn = maps.AppMap(first)
    drawn.get_root().render()
    assert f"/* {first.digest} */" in drawn.get_root().script.render()


def test_sites_are_split_by_their_carriers_and_stations_are_drawn() -> None:
    text = maps.print_layers(maps.plan_layers(make_frames(), language="en"))
    assert '"slices": ["#000000", "#1E88E5"]' in text
    assert "Booster station co2-1" in text
    assert "1.4 MW" in text


def test_what_changed_is_coloured_in_place_of_the_corridors() -> None:
    pipes = make_frames()["segments"].assign(
        change=["came", "went", "same"], flow_before=[0.0, 10.0, 5.0], flow_after=[20.0, 0.0, 5.0], unit="kt_per_a"
    )
    sites = make_frames(NASTY)["sites"].assign(came=["h2", "", ""], went=["co2", "heat", ""])
    groups = maps.change_layers(maps.plan_layers(make_frames(), language="en"), pipes, sites=sites, language="en")
    titles = [group.listed["title"] for group in groups]
    assert titles[:2] == ["Gone", "New"], "nothing for what stayed the same"
    assert "Proposed corridors" not in titles
    assert titles[-2:] == ["Sites joined now", "Sites no longer joined"]
    plan = maps.plan_layers(make_frames(), language="en")
    same = maps.change_layers(plan, pipes.iloc[2:], sites=sites.assign(came="", went=""), language="en")
    assert same == plan, "a plan against itself looks as it did"
    text = maps.print_layers(groups)
    assert "Kiln. No longer joined for: Heat" in text
    radii = [float(one) for one in re.findall(r'"level": 4[^{}]*"radius": ([\d.]+)', text)]
    assert len(radii) == 3, "one ring for a gain, two for losses"
    assert max(radii) > style.SITE_RADIUS_PX[1] + style.RING_STEP_PX
    assert "<img" not in text
    assert "0 kt/a \\u2192 20 kt/a" in text
    with pytest.raises(ExportError, match="flow_after"):
        maps.change_layers([], pipes.drop(columns="flow_after"), sites=sites, language="en")


def lines_of(group: Group) -> list[list[tuple[int, bool]]]:
    """Per drawing of a group: each line's number of points and whether it is seen."""
    drawings = [child for child in group._children.values() if hasattr(child, "data")]
    return [
        [
            (len(feature["geometry"]["coordinates"]), drawing.style_function(feature)["opacity"] > 0.0)
            for feature in drawing.data["features"]
        ]
        for drawing in drawings
    ]


def test_a_pipe_in_pieces_is_drawn_as_one_line() -> None:
    frames = make_frames()
    pipe = frames["segments"].iloc[[1]].assign(shared_with_carriers="")
    corners = [(4.0, 51.0), (4.2, 51.05), (4.4, 51.0), (4.6, 51.05)]
    pieces = [LineString(corners[:2]), LineString(corners[2:]), LineString(corners[1:3]).reverse()]
    cut = gpd.GeoDataFrame(pd.concat([pipe] * 3, ignore_index=True).drop(columns="geometry"), geometry=pieces, crs=4326)
    (whole,) = maps.plan_layers({**frames, "segments": cut}, language="en")[1:2]
    assert lines_of(whole) == [[(4, True)]], "its dashes run on"
    cut.loc[2, "flow"] = 24.0
    (three,) = maps.plan_layers({**frames, "segments": cut}, language="en")[1:2]
    assert lines_of(three) == [[(2, True), (2, True), (2, True)]], "another width is another line"


def test_what_went_for_two_carriers_is_one_line_that_names_both() -> None:
    frames = make_frames()
    pipes = frames["segments"].iloc[:2].assign(change="went", flow_before=10.0, flow_after=0.0, unit="kt_per_a")
    pipes.geometry = [pipes.geometry.iloc[0], pipes.geometry.iloc[0].reverse()]
    sites = frames["sites"].assign(came="", went="")
    gone = maps.change_layers([], pipes, sites=sites, language="en")[0]
    assert lines_of(gone) == [[(3, True)], [(3, False)]], "one line to see, one to point at"
    assert "0 kt/a\\u003cbr\\u003eHydrogen: 10 kt/a" in maps.print_layers([gone])


def test_a_drawn_name_cannot_run() -> None:
    shape = maps.Shape("no_go/0", "no_go", "area", ((4.0, 51.0), (4.1, 51.0), (4.1, 51.1)), NASTY)
    told = maps.describe_shape(shape)
    assert told["at"] == [(51.0, 4.0), (51.0, 4.1), (51.1, 4.1)]
    assert "<" not in told["tip"]
    assert "<" not in maps.Laid("", shapes=[{**told, "tip": NASTY}]).told


def test_labels_never_overlap_and_large_towns_come_first() -> None:
    rng = np.random.default_rng(3)
    places = [
        Place(f"Place number {n}", float(lon), float(lat), float(n), "town")
        for n, (lon, lat) in enumerate(zip(rng.uniform(4.0, 5.0, 80), rng.uniform(50.8, 51.2, 80), strict=True))
    ]
    zooms = place_labels(places)
    assert zooms[places[-1]] == ZOOMS[0]
    for zoom in ZOOMS:
        boxes = _box_many([place for place, first in zooms.items() if first <= zoom], zoom)
        for n, one in enumerate(boxes):
            rest = np.delete(boxes, n, axis=0)
            apart = (one[0] >= rest[:, 2]) | (rest[:, 0] >= one[2]) | (one[1] >= rest[:, 3]) | (rest[:, 1] >= one[3])
            assert apart.all()


# what of the names that are seen lies on marks of hubs and ranks, or on other names
COVERED = """() => {
  const seen = found => [...document.querySelectorAll(found)].filter(
    one => one.offsetWidth && getComputedStyle(one).visibility === 'visible');
  const names = seen('.leaflet-places-pane span'), marks = seen('.ip-hub, .ip-rank, .ip-station');
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return [names.map(name => name.textContent), names.flatMap(name => [...marks, ...names]
    .filter(other => other !== name && meet(name.getBoundingClientRect(), other.getBoundingClientRect()))
    .map(other => name.textContent + ' on ' + other.outerHTML))];
}"""


@pytest.mark.browser
def test_page_draws_in_a_browser_without_a_network(tmp_path: Path) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = tmp_path / "map.html"
    write(path, name=NASTY)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    troubles: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        page = browser.new_context(offline=True, color_scheme="dark").new_page()
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:")) else troubles.append(asked.url),
        )
        page.goto(path.as_uri())
        page.locator(".leaflet-overlay-pane canvas").wait_for()
        page.locator(".ip-rank", has_text="1").click()
        card = page.locator(".ip-card h3").inner_text()
        inked = page.evaluate(
            "[...document.querySelectorAll('canvas')].map(c => c.getContext('2d')"
            ".getImageData(0, 0, c.width, c.height).data.some(v => v > 0))"
        )
        pwned = page.evaluate("window.pwned")
        names, covered = page.evaluate(COVERED)
        dark = page.locator(".ip-dark").count()
        page.screenshot(path=str(tmp_path / "map.png"))
        browser.close()
    assert troubles == []
    assert pwned is None
    assert "North cluster" in names, "its place is that of a hub"
    assert covered == []
    assert not dark, "a page for paper and post stays light"
    assert NASTY in card, "the name is shown letter by letter"
    assert len(inked) == 3, "ground, existing pipes, plan"
    assert all(inked)
