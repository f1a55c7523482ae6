"""The app in a real browser with the network cut: propose corridors, click one, see its card."""

from __future__ import annotations

import os
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
PATIENCE_S = 120.0

pytestmark = pytest.mark.browser


@pytest.fixture
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
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
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
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.goto(address)
        yield page
        browser.close()


def test_corridors_are_proposed_and_clicked_without_a_network(page: Any, tmp_path: Path) -> None:
    drawing = page.frame_locator(MAP).first
    drawing.locator("canvas").first.wait_for()
    page.get_by_role("button", name="Propose corridors").click()
    badges = drawing.locator(".ip-rank")
    badges.first.wait_for()
    page.get_by_role("tab", name="Ranking").wait_for()
    count = badges.count()
    assert count >= 2

    badges.filter(has_text=str(count)).first.click(force=True)
    page.get_by_role("heading", name=f"{count}.").wait_for()

    painted = drawing.locator("canvas").first.evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    )
    assert painted
    shot = tmp_path / "corridors.png"
    page.screenshot(path=shot)
    assert shot.stat().st_size > 50_000
    assert page.elsewhere == []
    assert page.faults == []
