"""How long a plan takes, as a whole process, and how fast the running app plans again.

    python -m benchmarks.plan [--study DIR | toyland]

Prints one JSON object per line: study, seconds (the command ``infraplan plan``, start to exit), peak_mb (its
largest resident memory), plan_seconds (make_plan alone, ground included) and replan_seconds (make_plan after
one site was switched off, as the app does). Run it by hand on a quiet machine; in CI it is only a smoke test.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from infraplan import make_plan, open_study
from infraplan.study import new
from infraplan.study.study import default_folder


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="", help="folder of a study, or toyland (default: the default study)")
    wanted = parser.parse_args().study
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(wanted) if wanted else default_folder()
        if wanted == "toyland":
            folder = Path(scratch) / "toyland"
            new.write_toyland(folder)
        result = measure(folder, Path(scratch) / "out")
    print(json.dumps(result))
    print(
        f"summary: {result['study']} in {result['seconds']} s and {result['peak_mb']} MB, "
        f"again in {result['replan_seconds']} s"
    )


def measure(folder: Path, out: Path) -> dict[str, object]:
    """Time the command line on a study, then planning and planning again in this process."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "infraplan", "plan", "--study", str(folder), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0
    study = open_study(folder)
    scenario = study.scenario()
    start = time.perf_counter()
    plan = make_plan(study, scenario)
    plan_seconds = time.perf_counter() - start
    joined = plan.networks["co2"].joins
    largest = str(joined.loc[joined["amount"].idxmax(), "place_id"])
    start = time.perf_counter()
    make_plan(study, scenario.changed(sites_off=(largest,)), ground=plan.ground, start=plan)
    replan_seconds = time.perf_counter() - start
    return {
        "study": study.settings.id,
        "seconds": round(seconds, 2),
        "peak_mb": round(peak_mb),
        "plan_seconds": round(plan_seconds, 2),
        "replan_seconds": round(replan_seconds, 2),
        "switched_off": largest,
    }


if __name__ == "__main__":
    main()
