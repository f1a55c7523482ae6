"""How long a map sheet takes: processor seconds of every kind, page and format.

    python -m benchmarks.sheets [--study DIR | toyland] [--gallery DIR]

Plans the study for its default scenario and for the milestone before it, draws one sheet to warm up, then every kind
on every page in every format, three times each, and prints a table of the least processor seconds: laying the plan out
and writing the file are in it, planning is not. Processor time, because the machine may be shared. With ``--gallery``
it also makes the pictures of sheets in the documentation.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image

from infraplan import make_plan, open_study
from infraplan.plan import Plan
from infraplan.reports import writers
from infraplan.reports.sheets import FORMATS, PAGES
from infraplan.study import new
from infraplan.study.study import default_folder

# kind and width of each picture in the documentation: the overview heads the README, the others stand in a table
GALLERY = {"map": ("overview", 1400), "sheet-corridor": ("corridor", 1050), "sheet-needs": ("needs", 1050),
           "sheet-comparison": ("comparison", 1050)}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="", help="folder of a study, or toyland (default: the default study)")
    parser.add_argument("--runs", type=int, default=3, help="times each sheet is drawn; the fastest counts")
    parser.add_argument("--gallery", default="", help="folder for the pictures of the documentation")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.study) if options.study else default_folder()
        if options.study == "toyland":
            folder = Path(scratch) / "toyland"
            new.write_toyland(folder)
        plan, before = make_plans(folder)
        if options.gallery:
            make_gallery(plan, before, Path(options.gallery), Path(scratch))
        else:
            measure(plan, before, Path(scratch), options.runs)


def make_plans(folder: Path) -> tuple[Plan, Plan]:
    """Plan the default scenario, and the milestone before its year to compare with."""
    study = open_study(folder)
    scenario = study.scenario()
    plan = make_plan(study, scenario)
    earlier = max(year for year in scenario.co2_value_eur_per_t if year < scenario.year)
    return plan, make_plan(study, scenario.changed(year=earlier), ground=plan.ground)


def list_options(plan: Plan, before: Plan) -> dict[str, dict[str, Any]]:
    """What each kind of sheet is asked: the corridor with the most users, CO2, the milestone before."""
    busiest = plan.ranking.sort_values(["users", "rank"], ascending=[False, True])["corridor_id"].iloc[0]
    return {
        "overview": {},
        "corridor": {"corridor_id": str(busiest)},
        "needs": {"carrier": "co2"},
        "comparison": {"before": before},
    }


def measure(plan: Plan, before: Plan, scratch: Path, runs: int) -> None:
    """Time every sheet and print a table."""
    writers.write_sheet(plan, scratch / "warm.png", also=[scratch / "warm.pdf"])
    heads = [f"{size} {suffix[1:].upper()}" for size in PAGES for suffix in FORMATS]
    print(f"| kind | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}")
    for kind, options in list_options(plan, before).items():
        cells = []
        for size in PAGES:
            for suffix in FORMATS:
                taken = []
                for _ in range(runs):
                    start = time.process_time()
                    writers.write_sheet(plan, scratch / f"sheet{suffix}", kind=kind, size=size, **options)
                    taken.append(time.process_time() - start)
                cells.append(f"{min(taken):.1f}")
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)


def make_gallery(plan: Plan, before: Plan, folder: Path, scratch: Path) -> None:
    """Write the pictures of the documentation."""
    options = list_options(plan, before)
    for name, (kind, width) in GALLERY.items():
        sheet = writers.write_sheet(plan, scratch / f"{name}.png", kind=kind, size="A3", **options[kind])
        with Image.open(sheet) as picture:
            small = picture.convert("RGB").resize((width, round(width * picture.height / picture.width)))
        small.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
