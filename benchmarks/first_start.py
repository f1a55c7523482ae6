"""How long a newcomer waits: the first plan ever, a later one, the first page of the app, the import of the package.

    python -m benchmarks.first_start [--study DIR] [--no-app]

Nothing is compiled before: compiled code goes to a temporary folder (``NUMBA_CACHE_DIR``), which the plan and the app
each find empty. The packages are warm: the import is measured first, twice, the faster counts. Prints one JSON object
per line: what, seconds (of the clock) and, for commands, cpu_seconds (of all processes) and peak_mb (of the largest).

    import       ``from infraplan import make_plan, open_study`` in a new process, without the start of Python itself
    first plan   ``infraplan plan``, start to exit
    later plan   the same once more
    first page   from ``infraplan app`` to the map of needs in a headless browser; needs playwright and Chromium
    first corridors   from the click on *Propose corridors* right after that to the map of the plan

The summary holds them all, with loop_seconds beside them: ten million rounds of ``s += i * i``, before and after. On
the machine for which the goals are set the loop takes 0.95 s; ``scaled`` are the seconds on that machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.app import CHROMIUM, MAP, await_first_plan, find_free_port
from infraplan.study.study import default_folder

LOOP = """import time
begun = time.perf_counter()
s = 0
for i in range(10_000_000):
    s += i * i
print(time.perf_counter() - begun)"""
GOAL_LOOP_S = 0.95
PATIENCE_S = 600.0
IMPORT = """
import time
begun = time.perf_counter()
from infraplan import make_plan, open_study
print(time.perf_counter() - begun)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, default=default_folder(), help="folder (default: the default study)")
    parser.add_argument("--no-app", action="store_true", help="leave the browser out")
    wanted = parser.parse_args()
    loops = [run_loop()]
    rows = [{"what": "import", "seconds": round(measure_import(), 2)}]
    print(json.dumps(rows[0]), flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for what in ("first plan", "later plan"):
            rows.append({"what": what, **measure_plan(wanted.study, Path(scratch))})
            print(json.dumps(rows[-1]), flush=True)
    if not wanted.no_app:
        with tempfile.TemporaryDirectory() as scratch:
            for what, seconds in measure_app(wanted.study, Path(scratch)):
                rows.append({"what": what, "seconds": round(seconds, 2)})
                print(json.dumps(rows[-1]), flush=True)
    loops.append(run_loop())
    loop = sum(loops) / len(loops)
    scaled = {str(row["what"]): round(float(row["seconds"]) * GOAL_LOOP_S / loop, 2) for row in rows}
    print(json.dumps({"summary": "first start", "loop_seconds": round(loop, 3), "scaled": scaled}))


def run_loop() -> float:
    """Return the seconds of the loop by which machines are compared: a script's loop, whose names are looked up."""
    return float(subprocess.run([sys.executable, "-c", LOOP], check=True, capture_output=True, text=True).stdout)


def measure_import() -> float:
    """Seconds of the import, the faster of two."""
    command = [sys.executable, "-c", IMPORT]
    return min(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(2))


def measure_plan(study: Path, scratch: Path) -> dict[str, float]:
    """Run the command with what is compiled in a folder; return seconds, and those of all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "infraplan", "plan", "--study", str(study), "--out", str(scratch / "out")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_keep_in(scratch))
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "peak_mb": round(used.ru_maxrss / 1024.0)}


def measure_app(study: Path, scratch: Path) -> Iterator[tuple[str, float]]:
    """Seconds to the map of needs, and from there to the map of the first plan."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(PATIENCE_S * 1000)
        begun = time.perf_counter()
        with start_app(study, scratch) as address:
            page.goto(address)
            page.frame_locator(MAP).first.locator("canvas").first.wait_for()
            yield "first page", time.perf_counter() - begun
            page.get_by_role("link", name="Corridors").click()
            propose = page.get_by_role("button", name="Propose corridors")
            propose.wait_for()
            begun = time.perf_counter()
            propose.click()
            await_first_plan(page, PATIENCE_S)
            yield "first corridors", time.perf_counter() - begun
        browser.close()


@contextmanager
def start_app(study: Path, scratch: Path) -> Iterator[str]:
    """Address of ``infraplan app``, as soon as it answers."""
    port = find_free_port()
    command = [sys.executable, "-m", "infraplan", "app", "--study", str(study), "--port", str(port)]
    environment = {**_keep_in(scratch), "STREAMLIT_SERVER_HEADLESS": "true"}
    app = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        yield address
    finally:
        os.killpg(app.pid, signal.SIGTERM)
        app.wait(timeout=30)


def _keep_in(scratch: Path) -> dict[str, str]:
    return {**os.environ, "NUMBA_CACHE_DIR": str(scratch)}


if __name__ == "__main__":
    main()
