"""Browser maps: stand-alone, safe, in two languages, without a network."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import folium
import numpy as np
import pytest
from map_tools import NASTY, frame, make_frames, make_ground, write
from shapely.geometry import LineString

from infraplan.core import i18n
from infraplan.core.errors import ExportError, InfraplanError
from infraplan.reports import maps

CHROMIUM = Path("/usr/bin/chromium")


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
