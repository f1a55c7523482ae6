"""How good the Steiner trees are and how long they take, beside networkx.

    python -m benchmarks.steiner --instances DIR [--seed 0] [--effort 1] [--only TEXT] [--no-peer]

DIR holds .stp or .gr files, in any folders, and KNOWN_OPTIMA.csv. Prints one JSON object per line: file, cost,
bound, optimum (best known where it is open), gap_percent (cost above that), certificate_percent (cost above our
own bound), seconds, and the gap and seconds of networkx' approximation (Mehlhorn) on the same graph. Then a
summary, as JSON and to read, of each set (folder) and of all.

Seconds are processor time of one thread, from a networkx graph to a networkx tree; reading files is not counted.
A first small tree is a warm-up: it loads the kernels (and compiles them, once per installation).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
from networkx.algorithms.approximation import steiner_tree as approximate

from benchmarks.steinlib import read_instance, read_optima
from infraplan.routes.trees import steiner_tree

Figures = dict[str, Any]
SUFFIXES = {".stp", ".gr"}


def clock(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return the answer of some work and the processor time it took [s]."""
    begin = time.process_time()
    answer = work()
    return answer, time.process_time() - begin


def above(cost: float, best: float) -> float:
    """Return how far a cost is above another [%]."""
    return 100.0 * (cost / best - 1.0) if best > 0.0 else 0.0


def measure(path: Path, optimum: float, *, seed: int, effort: float, peer: bool) -> Figures:
    """Return the figures of one file."""
    graph, terminals = read_instance(path)
    found, seconds = clock(lambda: steiner_tree(graph, terminals, seed=seed, effort=effort))
    if not nx.is_tree(found.tree) or not found.tree.nodes >= set(terminals):
        raise SystemExit(f"{path}: the answer is not a tree of all terminals")
    figures = {
        "cost": found.cost,
        "bound": found.bound,
        "optimum": optimum,
        "gap_percent": above(found.cost, optimum),
        "certificate_percent": 100.0 * found.gap,
        "seconds": seconds,
    }
    if peer:
        tree, figures["nx_seconds"] = clock(lambda: approximate(graph, terminals, method="mehlhorn"))
        figures["nx_gap_percent"] = above(tree.size(weight="weight"), optimum)
    return figures


def summarise(name: str, rows: list[Figures]) -> Figures:
    """Return the figures of a set of files."""

    def middle(column: str) -> float:
        return statistics.median(row[column] for row in rows)

    summary = {
        "summary": name,
        "files": len(rows),
        "best_known": sum(row["gap_percent"] <= 0.0 for row in rows),
        "proven": sum(row["certificate_percent"] <= 0.0 for row in rows),
        "median_gap_percent": middle("gap_percent"),
        "mean_gap_percent": statistics.fmean(row["gap_percent"] for row in rows),
        "max_gap_percent": max(row["gap_percent"] for row in rows),
        "median_certificate_percent": middle("certificate_percent"),
        "seconds": sum(row["seconds"] for row in rows),
    }
    if "nx_seconds" in rows[0]:
        summary["nx_median_gap_percent"] = middle("nx_gap_percent")
        summary["nx_seconds"] = sum(row["nx_seconds"] for row in rows)
    return summary


def describe(summary: Figures) -> str:
    """Return a summary as a line to read."""
    peer = ""
    if "nx_seconds" in summary:
        peer = f"; networkx: gap median {summary['nx_median_gap_percent']:.2f} %, {summary['nx_seconds']:.2f} s"
    return (
        f"{summary['summary']}: {summary['files']} files, gap median {summary['median_gap_percent']:.3f} % "
        f"mean {summary['mean_gap_percent']:.3f} % max {summary['max_gap_percent']:.2f} %, "
        f"{summary['best_known']} best known, {summary['proven']} proven, certificate median "
        f"{summary['median_certificate_percent']:.2f} %, {summary['seconds']:.2f} s{peer}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=Path, required=True, help="folder of .stp and .gr files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--effort", type=float, default=1.0)
    parser.add_argument("--only", default="", help="only files with this text in their path")
    parser.add_argument("--no-peer", action="store_true", help="leave networkx out")
    wanted = parser.parse_args()
    optima = read_optima(wanted.instances)
    files = sorted(p for p in wanted.instances.rglob("*") if p.suffix in SUFFIXES)
    names = {path: path.relative_to(wanted.instances).as_posix() for path in files}
    steiner_tree(nx.grid_graph((5, 5)), [(0, 0), (4, 4), (0, 4)], weight=None)
    sets: dict[str, list[Figures]] = {}
    for path, name in names.items():
        if name not in optima or wanted.only not in name:
            continue
        row = measure(path, optima[name][0], seed=wanted.seed, effort=wanted.effort, peer=not wanted.no_peer)
        print(json.dumps({"file": name} | row), flush=True)
        sets.setdefault(name.rpartition("/")[0], []).append(row)
    if not sets:
        raise SystemExit(f"{wanted.instances} holds no instance that KNOWN_OPTIMA.csv names")
    summaries = [summarise(name, rows) for name, rows in sets.items()]
    summaries.append(summarise("all", [row for rows in sets.values() for row in rows]))
    for summary in summaries:
        print(json.dumps(summary))
    for summary in summaries:
        print(describe(summary))


if __name__ == "__main__":
    main()
