"""How long a room waits: from a change on the page What if to the new map, in a headless browser.

Run by hand: ``python -m benchmarks.app [--study DIR] [--sites N]``. It serves the app on a free port, proposes a plan,
switches the largest joined sites off and on again, one by one, turns a dial of every other group there and back, draws
a no-go area, and switches the sites once more beside a pinned plan.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
PATIENCE_S = 30.0
# between two switches the room looks at the map
SETTLED_S = 1.0
MAP = "iframe[title*='folium']"
SWITCHED = ".st-key-sites_off-en"
LOOK_EVERY_MS = 20
IS_ANOTHER = """before => {
  const plan = window.map ? window.map.getContainer().dataset.plan || '' : '';
  return plan !== '' && plan !== '0' && plan !== before;
}"""
# layers whose weight is turned; corners of the area that is drawn, as shares of the map
LAYERS = 4
NO_GO = ((0.45, 0.3), (0.52, 0.3), (0.52, 0.42), (0.45, 0.42))
# names of the joined sites on the page's map, largest first
FIND_SITES = """() => {
  const found = [];
  window.map.eachLayer(layer => {
    const told = layer.feature && layer.feature.properties;
    if (told && told.site_id && layer.getRadius) {
      found.push({name: told.name, radius: layer.getRadius(), joined: !!layer.options.slices});
    }
  });
  return found.filter(site => site.joined).sort((a, b) => b.radius - a.radius);
}"""


def find_free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(study: Path) -> Iterator[str]:
    """Address of the app, served on a free port of this machine."""
    port = find_free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    options = ["--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, "INFRAPLAN_STUDY": str(study)}
    server = subprocess.Popen(
        [*command, *options], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def find_frame(page: Any) -> Any:
    """The frame of the map that is shown; None while the browser attaches it."""
    return page.locator(MAP).last.element_handle().content_frame()


def read_plan(page: Any) -> str:
    """Number of the plan on the map; nothing before there is one."""
    frame = find_frame(page)
    return (
        ""
        if frame is None
        else str(frame.evaluate("() => window.map ? window.map.getContainer().dataset.plan || '' : ''"))
    )


def await_first_plan(page: Any, patience_s: float = PATIENCE_S) -> None:
    """Wait until a map shows a plan; until then the page exchanges its maps."""
    end = time.monotonic() + patience_s
    while read_plan(page) in ("", "0"):
        if time.monotonic() > end:
            raise TimeoutError("no plan came")
        time.sleep(0.1)


def await_plan(page: Any, other_than: str) -> None:
    """Wait until the map shows another plan; the browser looks by itself, which costs less than asking it."""
    find_frame(page).wait_for_function(IS_ANOTHER, arg=other_than, polling=LOOK_EVERY_MS, timeout=PATIENCE_S * 1000)


def measure_sites(page: Any, sites: int) -> list[tuple[str, float]]:
    """Seconds from the key that puts a site on the list, or takes it off, to the new map, for each switch."""
    choose(page, "Sites")
    box = page.locator(f"{SWITCHED} input")
    box.wait_for()
    taken = []
    for site in find_frame(page).evaluate(FIND_SITES)[:sites]:
        box.click()
        box.fill(site["name"])
        option = page.get_by_role("option").filter(has_text=site["name"]).first
        option.wait_for()
        taken.append((f"{site['name']} off", clock(page, partial(box.press, "Enter"))))
        page.keyboard.press("Escape")
        taken.append((f"{site['name']} on", clock(page, partial(box.press, "Backspace"))))
    return taken


def measure_dials(page: Any) -> list[tuple[str, float]]:
    """Seconds from a turn of a dial to the new map: money, a hub, a project, a pathway, capture, and the ground."""
    taken = []
    choose(page, "Money")
    value = page.locator(".st-key-co2_value input")
    for price in ("140", "100"):
        value.fill(price)
        taken.append((f"CO2 value {price}", clock(page, lambda: value.press("Enter"))))
    taken += turn(page, "cost")
    choose(page, "Hubs")
    page.locator(".st-key-hubs_off-en input").click()
    option = page.get_by_role("option").first
    option.wait_for()
    taken.append(("hub off", clock(page, option.click)))
    page.keyboard.press("Escape")
    taken.append(("undo", clock(page, page.locator(".st-key-undo button").click)))
    choose(page, "Projects")
    for answer in ("No", "As known"):
        button = page.locator(".st-key-decision").get_by_text(answer, exact=True)
        taken.append((f"project: {answer}", clock(page, button.click)))
    for group in ("Pathways", "Capture"):
        choose(page, group)
        taken += turn(page, group)
    return taken


def measure_ground(page: Any, layers: int) -> list[tuple[str, float]]:
    """Seconds from a turn of a layer's weight to the new map, there and back, for each of the first layers."""
    choose(page, "Ground")
    return [one for number in range(layers) for one in turn(page, f"layer {number + 1}", number)]


def measure_no_go(page: Any) -> list[tuple[str, float]]:
    """Seconds from the button that adds a drawn area to the map around it, from undo and redo to theirs."""
    box = page.locator(MAP).last.bounding_box()
    page.frame_locator(MAP).last.locator(".leaflet-draw-draw-polygon").click()
    for x, y in (*NO_GO, NO_GO[0]):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        time.sleep(0.3)
    add = page.locator(".st-key-shape_add button")
    add.wait_for()
    time.sleep(SETTLED_S)
    taken = [("no-go area", clock(page, add.click))]
    for key in ("undo", "redo", "undo"):
        taken.append((f"{key} of a no-go area", clock(page, page.locator(f".st-key-{key} button").click)))
    return taken


def pin(page: Any) -> None:
    """Keep the plan that is shown, to compare with: from now on the map shows what differs from it."""
    page.get_by_role("button", name="Pin this plan").click()
    page.locator(".st-key-pin button").click()
    page.locator(".st-key-beside").wait_for()
    page.keyboard.press("Escape")
    time.sleep(2.0 * SETTLED_S)


def choose(page: Any, group: str) -> None:
    """Open a group of dials."""
    page.locator(".st-key-dial_group").get_by_text(group, exact=True).click()
    time.sleep(SETTLED_S)


def turn(page: Any, title: str, number: int = 0) -> list[tuple[str, float]]:
    """Turn a slider of the open group a step there and back."""
    knob = page.locator("[class*='st-key-dial-'], [class*='st-key-share-']").get_by_role("slider").nth(number)
    knob.focus()
    back = ("ArrowLeft", "ArrowRight")
    return [(f"{title}: {key}", clock(page, partial(knob.press, key))) for key in back]


def clock(page: Any, switch: Callable[[], None]) -> float:
    """Seconds from a change to the map of another plan."""
    before, begun = read_plan(page), time.monotonic()
    switch()
    await_plan(page, before)
    taken = time.monotonic() - begun
    time.sleep(SETTLED_S)
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=ROOT)
    parser.add_argument("--sites", type=int, default=10)
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with serve(options.study) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(PATIENCE_S * 1000)
        begun = time.monotonic()
        page.goto(address)
        page.frame_locator(MAP).first.locator("canvas").first.wait_for()
        print(f"first map after {time.monotonic() - begun:.1f} s")
        page.get_by_role("link", name="What if").click()
        page.get_by_role("button", name="Propose corridors").wait_for()
        begun = time.monotonic()
        page.get_by_role("button", name="Propose corridors").click()
        page.locator(".st-key-dial_group").wait_for()
        await_first_plan(page)
        print(f"first plan after {time.monotonic() - begun:.1f} s")
        time.sleep(2.0)
        measured = {
            "sites": measure_sites(page, options.sites),
            "other dials": measure_dials(page),
            "layer weights": measure_ground(page, LAYERS),
            "no-go area": measure_no_go(page),
        }
        pin(page)
        measured["sites beside a pinned plan"] = measure_sites(page, options.sites)
        browser.close()
    for title, taken in measured.items():
        for name, seconds in taken:
            print(f"  {seconds:5.2f} s  {name}")
        times = [seconds for _, seconds in taken]
        slow = statistics.quantiles(times, n=20, method="inclusive")[-1]
        print(f"{title}: p50 {statistics.median(times):.2f} s, p95 {slow:.2f} s")


if __name__ == "__main__":
    main()
