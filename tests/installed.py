"""An installed wheel, by itself: run with its interpreter in an empty folder, outside the checkout.

It plans Toyland, asks the app for its page over HTTP, and draws that page from the default study in the wheel.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PORT = 8599
PATIENCE_S = 400.0
INFRAPLAN = [sys.executable, "-m", "infraplan"]


def plan_toyland() -> None:
    """Start a study and plan it, as a newcomer does."""
    subprocess.run([*INFRAPLAN, "new", "toyland", "--toyland"], check=True)
    subprocess.run([*INFRAPLAN, "check", "--study", "toyland"], check=True)
    subprocess.run([*INFRAPLAN, "plan", "--study", "toyland", "--out", "out", "--language", "nl"], check=True)
    assert {"map.html", "map.pdf", "plan.gpkg", "corridors.geojson"} <= {path.name for path in Path("out").iterdir()}


def check_the_default_study() -> None:
    """Read the study in the wheel: nothing in this folder is one."""
    said = subprocess.run([*INFRAPLAN, "check"], check=True, capture_output=True, text=True).stdout
    assert said.endswith("No problems\n") and len(said.splitlines()) > 2, said
    refused = subprocess.run([*INFRAPLAN, "osm", "pipelines"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "--study" in refused.stderr, refused


def ask_for_the_page() -> None:
    """Start the app and ask for its page over HTTP."""
    app = subprocess.Popen([*INFRAPLAN, "app", "--port", str(PORT)], stdin=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + PATIENCE_S
    try:
        while True:
            assert app.poll() is None and time.monotonic() < end, "the app did not start"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5) as page:
                    assert page.status == 200 and b"<title>" in page.read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=5) as health:
            assert health.read() == b"ok"
    finally:
        os.killpg(app.pid, signal.SIGTERM)  # the command, and the server that it started
        app.wait(timeout=30)


def draw_the_page() -> None:
    """Draw the first page without a browser."""
    from streamlit.testing.v1 import AppTest

    from infraplan.study import home, open_study

    page = AppTest.from_file(str(home() / "app.py"), default_timeout=PATIENCE_S).run()
    assert not page.exception and not page.error, (page.exception, page.error)
    study = open_study()
    said = "".join(element.proto.body for element in page.get("html"))
    assert study.settings.notice_en in said, "the page does not say what the study is"
    assert study.folder == home()


if __name__ == "__main__":
    plan_toyland()
    check_the_default_study()
    ask_for_the_page()
    draw_the_page()
    sys.stdout.write(f"the wheel works by itself on Python {sys.version.split()[0]}\n")
