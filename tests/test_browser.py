"""The app in a real browser with the network cut: a session from the first needs to the files taken away.

``INFRAPLAN_SHOTS`` names a folder in which the pictures of the screens are kept.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infraplan.ui.session import VARIABLE

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
MAP = "iframe[title*='folium']"
SHOTS = "INFRAPLAN_SHOTS"
PATIENCE_S = 120.0

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(toyland: Path) -> Iterator[str]:
    """Address of the app, served with Toyland on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    options = ["--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, VARIABLE: str(toyland)}
    server = subprocess.Popen(
        [*command, *options], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_server(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _await_server(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert server.poll() is None, "the app did not start"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the app did not answer")


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    """A page of a browser that reaches the app only; it notes what it was kept from and what went wrong."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        page = browser.new_page(viewport={"width": 1600, "height": 1000}, accept_downloads=True)
        page.set_default_timeout(PATIENCE_S * 1000)
        page.elsewhere, page.faults = [], []

        def watch(route: Any) -> None:
            if route.request.url.startswith((address, "data:", "blob:")):
                route.continue_()
            else:
                page.elsewhere.append(route.request.url)
                route.abort()

        page.route("**/*", watch)
        page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(tell_fault(error)))
        page.goto(address)
        yield page
        browser.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = Path(os.environ.get(SHOTS) or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def tell_fault(error: Any) -> str:
    """A fault of the page and where it came from, without the scripts that stand in the addresses."""
    return re.sub(r"data:[^\s)]*?(:\d+:\d+)", r"script\1", error.stack or str(error))


def see(page: Any) -> Any:
    """The frame of the map on the page, once it is drawn."""
    page.frame_locator(MAP).last.locator(".leaflet-overlay-pane canvas").first.wait_for()
    return page.locator(MAP).last.element_handle().content_frame()


def read_plan(page: Any) -> str:
    """Number of the plan on the map; nothing while there is none."""
    return str(see(page).evaluate("() => window.map ? window.map.getContainer().dataset.plan || '' : ''"))


def await_another(page: Any, than: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while read_plan(page) in ("", "0", than):
        assert time.monotonic() < end, "no other plan was shown"
        time.sleep(0.05)


def read_view(page: Any) -> tuple[float, float, float]:
    lat, lon, zoom = see(page).evaluate("() => [map.getCenter().lat, map.getCenter().lng, map.getZoom()]")
    return round(lat, 4), round(lon, 4), round(zoom, 2)


def click_at(page: Any, *places: tuple[float, float]) -> None:
    """Click on the map at places given as shares of its width and height."""
    box = page.locator(MAP).last.bounding_box()
    for x, y in places:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        time.sleep(0.25)


def turn_to(page: Any, title: str) -> None:
    """Open a page, once this one is drawn to its end: on a busy machine a click before is lost now and then."""
    rest(page)
    page.get_by_role("link", name=title, exact=True).click()


def propose(page: Any) -> None:
    """Ask for a plan, once the page is drawn to its end."""
    button = page.get_by_role("button", name="Propose corridors")
    button.wait_for()
    rest(page)
    button.click()


def rest(page: Any) -> None:
    """Wait until the page is drawn to its end: a button pressed before is drawn anew, and its download is lost."""
    page.locator(".stApp[data-test-script-state='notRunning']").wait_for()


def test_a_session_from_needs_to_files(page: Any, shots: Path) -> None:
    see(page)
    page.get_by_role("heading", name="Who needs what").wait_for()
    page.screenshot(path=shots / "1-needs.png")

    turn_to(page, "Corridors")
    propose(page)
    page.get_by_role("tab", name="Ranking").wait_for()
    await_another(page, "")
    badges = page.frame_locator(MAP).last.locator(".ip-rank")
    badges.first.wait_for()
    count = badges.count()
    assert count >= 2
    badges.filter(has_text=str(count)).first.click(force=True)
    page.get_by_role("heading", name=f"{count}.").wait_for()
    painted = see(page).evaluate(
        "() => { const c = document.querySelector('.leaflet-overlay-pane canvas');"
        " return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(Boolean); }"
    )
    assert painted
    page.screenshot(path=shots / "2-corridors.png")

    turn_to(page, "What if")
    page.locator(".st-key-dial_group").wait_for()
    first = read_plan(page)
    assert first not in ("", "0")
    page.get_by_role("button", name="Pin this plan").click()
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_text("Variant A").first.wait_for()
    page.keyboard.press("Escape")
    time.sleep(1.0)

    # a no-go area across the middle of the country, with the map zoomed in: the view stays
    see(page).evaluate("() => map.setZoom(map.getZoom() + 0.25, {animate: false})")
    view = read_view(page)
    frame = page.frame_locator(MAP).last
    frame.locator(".leaflet-draw-draw-polygon").click()
    area = ((0.45, 0.2), (0.55, 0.2), (0.55, 0.45), (0.45, 0.45))
    click_at(page, *area, area[0])
    page.get_by_text("What is this?").wait_for()
    page.screenshot(path=shots / "3-drawn.png")
    page.get_by_label("Name").last.fill("Meadow")
    page.get_by_label("Name").last.press("Enter")
    page.get_by_role("button", name="Add to the question").click()
    await_another(page, first)
    assert read_view(page) == view
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 1
    assert see(page).evaluate("() => drawnItems.getLayers()[0].feature.properties.shape") == "no_go/0"
    page.get_by_role("tab", name="Difference").click()
    page.locator(".ip-grid").first.wait_for()
    page.screenshot(path=shots / "4-difference.png", full_page=True)

    # undo takes the drawing away, redo brings it back
    second = read_plan(page)
    page.get_by_role("button", name="Undo").click()
    await_another(page, second)
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 0
    third = read_plan(page)
    page.get_by_role("button", name="Redo").click()
    await_another(page, third)
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 1

    # another language, and back: the same plan, and nothing to complain of
    fourth = read_plan(page)
    for spoken, undo in (("Nederlands", "Terug"), ("English", "Undo")):
        page.get_by_text(spoken, exact=True).first.click()
        page.get_by_role("button", name=undo).wait_for()
        rest(page)
        time.sleep(1.0)
        assert page.get_by_test_id("stAlertContentError").count() == 0
    assert read_plan(page) == fourth

    page.get_by_role("tab", name="Log and minutes").click()
    page.get_by_text("Meadow").first.wait_for()
    rest(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Minutes (Markdown)").click()
    assert "Meadow" in Path(caught.value.path()).read_text(encoding="utf-8")

    turn_to(page, "Sheets and exports")
    page.get_by_role("heading", name="Sheets and exports").wait_for()
    page.get_by_role("button", name="Everything (zip)").wait_for()
    rest(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Corridors (GeoJSON)").first.click()
    assert "FeatureCollection" in Path(caught.value.path()).read_text(encoding="utf-8")[:200]
    page.screenshot(path=shots / "5-sheets.png")

    assert "Meadow" not in page.url
    assert page.elsewhere == []
    assert page.faults == []


def test_shapes_are_changed_and_deleted_on_the_map(page: Any) -> None:
    see(page)
    turn_to(page, "What if")
    propose(page)
    page.locator(".st-key-dial_group").wait_for()
    await_another(page, "")
    time.sleep(2.0)
    first = read_plan(page)
    frame = page.frame_locator(MAP).last
    frame.locator(".leaflet-draw-draw-marker").click()
    click_at(page, (0.5, 0.3))
    page.get_by_text("What is this?").wait_for()
    page.get_by_role("button", name="Add to the question").click()
    await_another(page, first)
    second = read_plan(page)

    frame.locator(".leaflet-draw-edit-edit").click()
    pin = page.frame_locator(MAP).last.locator(".ip-pin").first
    box = pin.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 40, steps=5)
    page.mouse.up()
    frame.get_by_role("link", name="Save", exact=True).click()
    await_another(page, second)
    third = read_plan(page)

    frame.locator(".leaflet-draw-edit-remove").click()
    frame.locator(".ip-pin").first.click()
    frame.get_by_role("link", name="Save", exact=True).click()
    await_another(page, third)
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 0
    assert page.faults == []


def test_a_map_without_room_waits_until_it_has_some(page: Any) -> None:
    fitted = see(page).evaluate(
        """() => {
          const box = document.createElement("div"), bounds = [[50, 3], [51, 5]];
          box.style.cssText = "position: absolute; width: 0; height: 0";
          document.body.appendChild(box);
          const small = L.map(box, {center: [40, 0], zoom: 9, zoomSnap: 0.25});
          small.infraplan = {};
          infraplan.fit(small, bounds);
          box.style.width = "400px";
          box.style.height = "300px";
          small.invalidateSize();
          const shown = small.getBounds().contains(bounds) && small.getZoom() > 6;
          small.remove();
          box.remove();
          return shown;
        }"""
    )
    assert fitted
    assert page.faults == []


def test_layers_switched_off_stay_off_and_answer_clicks_when_they_are_back(page: Any) -> None:
    see(page)
    turn_to(page, "Corridors")
    propose(page)
    page.get_by_role("tab", name="Ranking").wait_for()
    await_another(page, "")
    time.sleep(1.0)
    first = read_plan(page)
    frame = page.frame_locator(MAP).last
    frame.locator(".ip-layers button").click()
    frame.get_by_label("Proposed corridors").uncheck()
    page.get_by_role("slider", name="Year").focus()
    page.keyboard.press("ArrowRight")
    await_another(page, first)
    badges = frame.locator(".ip-rank")
    badges.first.wait_for(state="detached")

    turn_to(page, "What if")
    page.locator(".st-key-dial_group").wait_for()
    await_another(page, "")
    frame = page.frame_locator(MAP).last
    frame.locator(".ip-rank").first.wait_for(state="detached")
    frame.locator(".ip-layers button").click()
    assert not frame.get_by_label("Proposed corridors").is_checked()

    turn_to(page, "Corridors")
    page.get_by_role("tab", name="Ranking").wait_for()
    await_another(page, "")
    time.sleep(1.0)
    frame = page.frame_locator(MAP).last
    frame.locator(".ip-layers button").click()
    frame.get_by_label("Proposed corridors").check()
    badges = frame.locator(".ip-rank")
    badges.first.wait_for()
    count = badges.count()
    badges.filter(has_text=str(count)).first.click(force=True)
    page.get_by_role("heading", name=f"{count}.").wait_for()
    assert page.faults == []


# red, green and blue in the middle of the ground
MIDDLE = """() => {
  const canvas = document.querySelector(".leaflet-ground-pane canvas");
  return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
}"""


def test_the_map_follows_the_theme_at_once(page: Any, shots: Path) -> None:
    frame = see(page)
    rest(page)
    frame.evaluate("() => { window.stays = true; }")
    seen = []
    for theme in ("dark", "light", "dark"):
        page.emulate_media(color_scheme=theme)
        frame.wait_for_function(
            f"() => map.getContainer().classList.contains('ip-dark') === {str(theme == 'dark').lower()}"
        )
        time.sleep(0.5)
        seen.append(frame.evaluate(MIDDLE))
        ink = frame.evaluate("() => getComputedStyle(document.querySelector('.ip-search input')).color")
        note = page.evaluate("() => getComputedStyle(document.querySelector('.ip-banner')).color")
        assert all((min(map(int, re.findall(r"\d+", one))) > 127) is (theme == "dark") for one in (ink, note))
    page.screenshot(path=shots / "6-dark.png")
    assert seen[0] == seen[2]
    assert max(seen[0][:3]) < 80 < 180 < min(seen[1][:3])
    assert frame.evaluate("() => window.stays"), "the same map, painted anew"
    assert page.faults == []


def test_the_map_fills_the_screen_and_keeps_its_view(page: Any) -> None:
    def measure() -> tuple[float, float]:
        """Where the map ends and how high it is, once it has come to rest [px]."""
        end, seen = time.monotonic() + PATIENCE_S, None
        while time.monotonic() < end:
            box = page.locator(MAP).last.bounding_box()
            now = (box["y"] + box["height"], box["height"])
            if now == seen and see(page).evaluate("() => map.getSize().y") == round(now[1]):
                return now
            seen = now
            time.sleep(0.6)
        raise AssertionError("the map does not come to rest")

    see(page)
    rest(page)
    for height, least in ((768, 440.0), (1080, 680.0)):
        page.set_viewport_size({"width": 1600, "height": height})
        time.sleep(0.6)
        end, high = measure()
        assert height - 120.0 <= end <= height
        assert high >= least
        beside = page.locator(".st-key-beside_map").bounding_box()
        assert abs(beside["y"] + beside["height"] - end) <= 2.0
    see(page).evaluate("() => map.setView([map.getCenter().lat, map.getCenter().lng + 0.1], map.getZoom())")
    time.sleep(0.6)
    view = read_view(page)
    page.set_viewport_size({"width": 1600, "height": 768})
    time.sleep(0.6)
    measure()
    lat, lon, zoom = read_view(page)
    assert (lon, zoom) == view[1:]
    assert abs(lat - view[0]) < 0.01
    # large type: the bar above grows, the map still ends on the screen, and its search says all that it does
    page.get_by_text("Large type").click()
    rest(page)
    time.sleep(0.6)
    assert 768 - 120.0 <= measure()[0] <= 768
    page.get_by_text("Nederlands", exact=True).click()
    page.frame_locator(MAP).last.locator(".ip-large .ip-search input[placeholder^=Zoeken]").wait_for()
    assert see(page).evaluate(
        """() => {
          const field = document.querySelector('.ip-search input'), style = getComputedStyle(field);
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = style.font;
          return field.clientWidth - pen.measureText(field.placeholder).width >= parseFloat(style.paddingLeft) + 16;
        }"""
    )
    assert page.faults == []


def test_a_link_brings_the_question_back_and_the_keyboard_finds_the_button(page: Any, address: str) -> None:
    see(page)
    page.wait_for_url("**q=*")
    before = page.url
    time.sleep(2.0)
    page.get_by_role("slider", name="Year").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("2041").first.wait_for()
    page.wait_for_url(lambda now: "q=" in now and now != before)
    link = page.url
    turn_to(page, "Corridors")
    page.goto(link)
    page.get_by_text("2041").first.wait_for()
    page.goto(f"{address}/?q=1.nonsense")
    page.get_by_role("alert").first.wait_for()
    turn_to(page, "Corridors")
    button = page.get_by_role("button", name="Propose corridors")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Ranking").wait_for()
    assert page.faults == []
