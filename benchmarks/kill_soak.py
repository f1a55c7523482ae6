"""Kill a process that publishes a plan, at random moments, and look whether the folder is whole each time.

    python -m benchmarks.kill_soak [--times 200] [--seed 0] [--moves]

Two plans of Toyland, one with a no-go area drawn, go into one folder by turns, beside a file of somebody else. Each
writing process is killed (SIGKILL): every other time at any moment, and every other time while it publishes what it
has drafted. Every tenth time a second process writes at the same time, and lives on. After each kill the folder is
held against its manifest: all files of one plan, none of the other. ``--moves`` forbids to exchange folders: then a
folder that goes from one plan to the other must say so, and be whole once the next process came by.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from infraplan import make_plan, open_study
from infraplan.core import publication
from infraplan.plan import Plan
from infraplan.reports import writers
from infraplan.study import new

FOREIGN = "notes.txt"
RING = [(3.345, 51.150), (3.355, 51.150), (3.355, 51.156), (3.345, 51.156)]
MOST_S = 60.0


def main() -> int:
    """Kill as often as asked, print what was found, and return 1 if a folder was mixed or broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--moves", action="store_true")
    wanted = parser.parse_args()
    if wanted.moves:
        publication._change_at_once = lambda *_: False
    chance = random.Random(wanted.seed)
    with tempfile.TemporaryDirectory() as scratch:
        plans = make_plans(Path(scratch) / "study")
        folder = Path(scratch) / "out"
        whole_s, publishing_s = measure(plans, folder)
        print(f"a plan is written in {whole_s:.2f} s, of which {1000 * publishing_s:.0f} ms publish it", flush=True)
        (folder / FOREIGN).write_text("mine")
        found: Counter[str] = Counter()
        for number in range(wanted.times):
            second = start(plans[(number + 1) % 2], folder)[0] if number % 10 == 9 else None
            child, told = start(plans[number % 2], folder)
            if number % 2:
                select.select([told], [], [], MOST_S)
                time.sleep(chance.uniform(0.0, 1.5 * publishing_s))
            else:
                time.sleep(chance.uniform(0.0, 1.1 * whole_s))
            os.kill(child, signal.SIGKILL)
            ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            os.close(told)
            if second is not None:
                code = os.waitstatus_to_exitcode(os.waitpid(second, 0)[1])
                found["a second writer failed"] += code != 0
            found["had ended already" if ended else "killed"] += 1
            look(folder, plans, found)
        writers.write(plans[0], folder)
        found["left hidden"] += len(list(Path(scratch).rglob(".*draft*")))
    for what, count in sorted(found.items()):
        print(f"{count:6d} {what}")
    return 1 if any(found[what] for what in ("mixed or broken", "a second writer failed", "left hidden")) else 0


def make_plans(study: Path) -> list[Plan]:
    """Return two plans of Toyland: as it is, and with a no-go area."""
    new.write_toyland(study)
    opened = open_study(study)
    scenario = opened.scenario()
    drawn = scenario.changed(drawing={"no_go": [{"name": "School", "ring": RING}]})
    return [make_plan(opened, scenario), make_plan(opened, drawn)]


def measure(plans: list[Plan], folder: Path) -> tuple[float, float]:
    """Write both plans; return how long the second took, and how long its publishing [s]."""
    writers.write(plans[1], folder)
    spent = []
    publish = publication.put_in_place

    def timed(*given: object) -> None:
        begin = time.perf_counter()
        publish(*given)  # type: ignore[arg-type]
        spent.append(time.perf_counter() - begin)

    publication.put_in_place = timed
    begin = time.perf_counter()
    writers.write(plans[0], folder)
    publication.put_in_place = publish
    return time.perf_counter() - begin, spent[0]


def start(plan: Plan, folder: Path) -> tuple[int, int]:
    """Start a process that writes a plan; return its number, and a pipe that says when it begins to publish."""
    told, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        return child, told
    publish = publication.put_in_place

    def telling(*given: object) -> None:
        os.write(tell, b"x")
        publish(*given)  # type: ignore[arg-type]

    code = 1
    try:
        publication.put_in_place = telling
        writers.write(plan, folder)
        code = 0
    finally:
        os._exit(code)


def look(folder: Path, plans: list[Plan], found: Counter[str]) -> None:
    """Hold a folder against its manifest."""
    if (folder / publication.PENDING).exists():
        found["on the way, and said so"] += 1
        with publication.hold(folder):
            publication.sweep(folder)
    listed = json.loads((folder / "manifest.json").read_text())
    there = {path.name for path in folder.iterdir() if not path.name.startswith(".")} - {"manifest.json", FOREIGN}
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in there}
    whole = digests == {name: file["sha256"] for name, file in listed["files"].items()}
    inputs = [writers.batch_of(plan).inputs for plan in plans]
    of = listed["infraplan"]["inputs_sha256"]
    drawn = "drawing.geojson" in there
    whole = whole and of in inputs and drawn == bool(inputs.index(of)) and (folder / FOREIGN).read_text() == "mine"
    found[f"whole, {'with' if drawn else 'without'} a drawing" if whole else "mixed or broken"] += 1


if __name__ == "__main__":
    sys.exit(main())
