"""What browser tests share: a browser that must not see a fault, and the ways to find things on the page."""

from __future__ import annotations

import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

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


def await_server(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the app answers; it must not end before."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert server.poll() is None, "the app did not start"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the app did not answer")


def describe_fault(error: Any) -> str:
    """A fault of the page and where it came from, without the scripts that stand in the addresses."""
    return re.sub(r"data:[^\s)]*?(:\d+:\d+)", r"script\1", error.stack or str(error))


def see(page: Any) -> Any:
    """The frame of the map on the page, once it is drawn."""
    end = time.monotonic() + PATIENCE_S
    while True:
        page.frame_locator(MAP).last.locator(".leaflet-overlay-pane canvas").first.wait_for()
        # a map that is drawn anew at this moment has no frame any more
        frame = page.locator(MAP).last.element_handle().content_frame()
        if frame is not None:
            return frame
        assert time.monotonic() < end, "the map has no frame"


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


# red, green and blue in the middle of the ground
MIDDLE = """() => {
  const canvas = document.querySelector(".leaflet-ground-pane canvas");
  return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
}"""
