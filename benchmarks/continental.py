"""A study as large as a continent: what planning takes, stage by stage.

    python -m benchmarks.continental [--sites 5000] [--hubs 100] [--cells 4000] [--carriers 1] [--seed 0] [--reach KM]
    python -m benchmarks.continental --plot docs/scale.png

Ground, sites and hubs are made up from a seed; the rest is the real chain with the price lists of the default
study: cost surface, candidate graph, networks (one carrier, or up to three in turn), corridors, and with --rank the
ranking. Prints
one JSON object per line: stage, seconds, cpu_seconds (of all threads: what counts beside other work) and peak_mb
(largest resident memory of the process so far), then a summary. What is being done shows on stderr.

With --plot it measures smaller and larger continents instead, each in a process of its own, and draws how the CPU time
of each stage and the memory of all grow.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.routing import make_ground
from infraplan import open_study
from infraplan.appraisal import ranking
from infraplan.core.grid import CostSurface, Grid
from infraplan.core.model import Carrier, NetworkProblem
from infraplan.engineering import costs
from infraplan.networks import corridors
from infraplan.routes import candidates
from infraplan.study.assumptions import Assumptions

CELL_M = 1000.0
CRS = "EPSG:3035"
# sites lie in clusters, and a share of them anywhere; hubs lie anywhere
SITES_PER_CLUSTER, SHARE_ANYWHERE = 40, 0.3
CLUSTER_RADIUS_M = 25_000.0
# per carrier: median amount of a site [kt/a or GWh/a], its worth and a hub's cost, lowest and highest [EUR/unit]
MARKETS: dict[Carrier, tuple[float, tuple[float, float], tuple[float, float]]] = {
    "co2": (120.0, (20.0, 110.0), (15.0, 45.0)),
    "h2": (150.0, (60.0, 120.0), (50.0, 70.0)),
    "heat": (100.0, (10.0, 60.0), (5.0, 20.0)),
}
AMOUNT_SPREAD, LARGEST_OVER_MEDIAN = 1.2, 70.0
ROOM = 1.3  # of all hubs together, relative to all amounts
ROADS, ROAD_EUR = 30, 1.0e6
SECONDS_BETWEEN_SIGNS = 2.0

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Continent:
    """A made-up study, as the floors of the house hand it to each other."""

    surface: CostSurface
    places: pd.DataFrame
    crossings: gpd.GeoDataFrame
    questions: Mapping[Carrier, NetworkProblem]
    cluster_of: Mapping[str, str]
    radius_m: Mapping[str, float]
    second_pipe_factor: float
    ways: candidates.Limits
    naming: corridors.Limits


def make_continent(*, sites: int, hubs: int, cells: int, carriers: int, seed: int) -> Continent:
    """Make up a study of so many sites, hubs, cells on a side and carriers."""
    dice = np.random.default_rng(seed)
    assumptions = open_study().assumptions
    surface = CostSurface(
        Grid(CRS, 0.0, cells * CELL_M, CELL_M, cells, cells),
        make_ground(cells, seed=seed),
        np.zeros((cells, cells), np.float32),
        assumptions.value("reference_pipe", "base_cost", "eur_per_m"),
    )
    side_m = cells * CELL_M
    clusters = max(1, sites // SITES_PER_CLUSTER)
    cluster = dice.integers(0, clusters, sites)
    spots = dice.uniform(0.05 * side_m, 0.95 * side_m, (clusters, 2))[cluster]
    spots += dice.normal(0.0, min(CLUSTER_RADIUS_M, 0.05 * side_m), (sites, 2))
    alone = dice.random(sites) < SHARE_ANYWHERE
    spots[alone] = dice.uniform(0.0, side_m, (int(alone.sum()), 2))
    spots = np.concatenate([spots, dice.uniform(0.05 * side_m, 0.95 * side_m, (hubs, 2))])
    site_names, hub_names = [f"site-{i}" for i in range(sites)], [f"hub-{i}" for i in range(hubs)]
    x, y = _move_to_free_ground(surface, spots.clip(0.0, side_m - 1.0))
    names = site_names + hub_names
    homes = [name if lone else f"cluster-{c}" for name, lone, c in zip(site_names, alone, cluster, strict=True)]
    return Continent(
        surface,
        pd.DataFrame({"place_id": names, "x": x, "y": y}),
        _make_roads(side_m, dice),
        {c: _make_question(c, site_names, hub_names, assumptions, dice) for c in tuple(MARKETS)[:carriers]},
        dict(zip(names, homes + hub_names, strict=True)),
        {f"cluster-{c}": CLUSTER_RADIUS_M for c in range(clusters)},
        assumptions.value("shared_strip", "second_pipe_factor", "share"),
        candidates.limits_of(assumptions),
        corridors.limits_of(assumptions),
    )


def _move_to_free_ground(surface: CostSurface, spots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of spots, those on blocked ground moved to the nearest free cell in their row."""
    grid = surface.grid
    cells = grid.cells_at(spots[:, 0], spots[:, 1])
    for number in np.flatnonzero(~np.isfinite(surface.multiplier.ravel()[cells])).tolist():
        row, column = divmod(int(cells[number]), grid.width)
        free = np.flatnonzero(np.isfinite(surface.multiplier[row]))
        cells[number] = row * grid.width + free[np.argmin(np.abs(free - column))]
    return grid.centres(cells)


def _make_roads(side_m: float, dice: np.random.Generator) -> gpd.GeoDataFrame:
    """Return wavy lines from side to side, with what it costs to cross them."""
    along = np.linspace(0.0, side_m, 200)
    lines = []
    for number in range(ROADS):
        bends = np.sin(along / side_m * dice.uniform(6.0, 30.0))
        line = np.column_stack([along, dice.uniform(0.0, side_m) + 0.03 * side_m * bends])
        lines.append(shapely.LineString(line if number % 2 else line[:, ::-1]))
    return gpd.GeoDataFrame({"cost_eur": np.full(ROADS, ROAD_EUR)}, geometry=lines, crs=CRS)


def _make_question(
    carrier: Carrier, sites: list[str], hubs: list[str], assumptions: Assumptions, dice: np.random.Generator
) -> NetworkProblem:
    """Return clients of log-normal amounts and hubs of log-normal room, with the carrier's real prices."""
    median, worth, hub_cost = MARKETS[carrier]
    amount = np.minimum(dice.lognormal(0.0, AMOUNT_SPREAD, len(sites)), LARGEST_OVER_MEDIAN) * median
    room = dice.lognormal(0.0, 0.7, len(hubs))
    capacity = room / room.sum() * amount.sum() * ROOM
    return NetworkProblem(
        pd.DataFrame({"place_id": sites, "amount": amount, "worth": dice.uniform(*worth, len(sites))}),
        pd.DataFrame(
            {"hub_id": hubs, "place_id": hubs, "capacity": capacity, "unit_cost": dice.uniform(*hub_cost, len(hubs))}
        ).assign(carrier=carrier),
        costs.price(carrier, assumptions),
    )


def peak_mb() -> float:
    """Return the largest resident memory of this process so far [MB]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


class Stages:
    """Times the stages; shows on stderr how far each is."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []
        self._begun = self._shown = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[Tell]:
        """Time one stage."""
        begun, cpu = time.perf_counter(), time.process_time()

        def report_progress(share: float, what: str) -> None:
            now = time.perf_counter()
            if now - self._shown >= SECONDS_BETWEEN_SIGNS:
                self._shown = now
                print(f"{now - self._begun:6.1f} s  {name}: {what} {share:.0%}", file=sys.stderr, flush=True)

        yield report_progress
        self.done.append(
            {
                "stage": name,
                "seconds": round(time.perf_counter() - begun, 2),
                "cpu_seconds": round(time.process_time() - cpu, 2),
                "peak_mb": round(peak_mb()),
            }
        )
        print(json.dumps(self.done[-1]), flush=True)


def plan(options: argparse.Namespace, stages: Stages) -> dict[str, Any]:
    """Plan a made-up continent; return the summary."""
    with stages.stage("make the study"):
        made = make_continent(
            sites=options.sites, hubs=options.hubs, cells=options.cells, carriers=options.carriers, seed=options.seed
        )
    with stages.stage("candidate graph") as report_progress:
        hubs = [name for name in made.places["place_id"] if name.startswith("hub-")]
        graph = candidates.build(
            made.surface, made.places, crossings=made.crossings, limits=made.ways, roots=hubs, progress=report_progress
        )
        edges = graph.edges
    questions = {
        carrier: replace(question, max_distance_km=options.reach) for carrier, question in made.questions.items()
    }
    with stages.stage("networks") as report_progress:
        networks = corridors.design_together(
            graph, questions, second_pipe_factor=made.second_pipe_factor, progress=report_progress
        )
    with stages.stage("corridors"):
        proposed = corridors.propose(
            networks, graph, cluster_of=made.cluster_of, radius_m=made.radius_m, limits=made.naming
        )
    if options.rank:
        with stages.stage("ranking") as report_progress:
            ranking.rank(
                proposed,
                networks,
                candidates=graph,
                credit=_credit(made.questions),
                hubs=_all_hubs(made.questions),
                prices={carrier: question.price for carrier, question in made.questions.items()},
                progress=lambda share: report_progress(share, "corridors"),
            )
    return {
        "summary": "continental",
        "sites": options.sites,
        "hubs": options.hubs,
        "cells": options.cells,
        "carriers": options.carriers,
        "seconds": round(sum(row["seconds"] for row in stages.done), 1),
        "planning_seconds": round(sum(row["seconds"] for row in stages.done[1:]), 1),
        "planning_cpu_seconds": round(sum(row["cpu_seconds"] for row in stages.done[1:]), 1),
        "peak_mb": round(peak_mb()),
        "nodes": edges.nodes,
        "edges": len(edges.length_m),
        "joined": sum(network.joins["place_id"].nunique() for network in networks.values()),
        "corridors": len(proposed.strips),
        "objective_meur_per_a": round(sum(n.objective_eur_per_a for n in networks.values()) / 1e6, 3),
    }


def _warm_up() -> None:
    """Load the compiled kernels, so that no stage pays for them."""
    made = make_continent(sites=8, hubs=2, cells=64, carriers=1, seed=0)
    graph = candidates.build(
        made.surface, made.places, crossings=made.crossings, limits=made.ways, roots=["hub-0", "hub-1"]
    )
    corridors.design_together(graph, made.questions, second_pipe_factor=made.second_pipe_factor)


def _credit(questions: Mapping[Carrier, NetworkProblem]) -> pd.DataFrame:
    """Return what serving each client avoids: as much CO2 as there are units of its carrier."""
    frames = [
        question.clients.assign(
            carrier=carrier,
            avoided_kt_per_a=question.clients["amount"] / len(questions),
            gross_kt_per_a=question.clients["amount"],
        )
        for carrier, question in questions.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    return table.assign(baseline_kt_per_a=table.groupby("place_id")["amount"].transform("sum"))


def _all_hubs(questions: Mapping[Carrier, NetworkProblem]) -> pd.DataFrame:
    return pd.concat([question.hubs for question in questions.values()], ignore_index=True)


# what grows, the steps, and what stays the same meanwhile: sites, hubs, cells on a side, carriers
GROWTH: dict[str, tuple[str, tuple[int, ...], dict[str, int]]] = {
    "cells on a side": ("cells", (500, 1000, 2000), {"sites": 100, "hubs": 10, "carriers": 1}),
    "sites": ("sites", (100, 200, 400), {"hubs": 10, "cells": 500, "carriers": 1}),
    "carriers": ("carriers", (1, 2, 3), {"sites": 100, "hubs": 10, "cells": 500}),
}
DRAWN = {"candidate graph": "#1b6ca8", "networks": "#d1495b", "corridors": "#66a182", "ranking": "#8d5a97"}


def measure(sizes: Mapping[str, int], seed: int) -> list[dict[str, Any]]:
    """Plan one continent in a process of its own, so that its memory is its own; return the stages and summary."""
    options = [f"--{name}={number}" for name, number in (sizes | {"seed": seed}).items()]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.continental", "--rank", *options], stdout=subprocess.PIPE, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def draw_growth(file: str, seed: int) -> None:
    """Measure continents of different sizes, one after the other, and draw what each stage takes and all need."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    panels = figure.subplots(2, len(GROWTH), sharex="col", sharey="row")
    known: dict[tuple[tuple[str, int], ...], list[dict[str, Any]]] = {}
    for (title, (name, steps, rest)), (top, bottom) in zip(GROWTH.items(), panels.T, strict=True):
        runs = []
        for step in steps:
            sizes = rest | {name: step}
            key = tuple(sorted(sizes.items()))
            if key not in known:
                known[key] = measure(sizes, seed)
                print(json.dumps(known[key][-1]), flush=True)
            runs.append({row["stage"]: row for row in known[key] if "stage" in row})
        for stage, colour in DRAWN.items():
            seconds = [max(0.01, run[stage]["cpu_seconds"]) for run in runs]
            top.loglog(steps, seconds, "-o", color=colour, markersize=4, label=stage)
        memory = [max(row["peak_mb"] for row in run.values()) for run in runs]
        bottom.semilogx(steps, memory, "-o", color="#444444", markersize=4)
        bottom.set_ylim(bottom=0.0)
        top.set_title(", ".join(f"{number} {what}" for what, number in rest.items()), fontsize=8)
        bottom.set_xlabel(title)
        for axes in (top, bottom):
            axes.set_xticks(steps, [str(step) for step in steps])
            axes.minorticks_off()
            axes.grid(visible=True, linewidth=0.3)
            axes.spines[["top", "right"]].set_visible(False)
    panels[0, 0].set_ylabel("CPU seconds")
    panels[1, 0].set_ylabel("peak memory [MB]")
    panels[0, 0].legend(fontsize=7, frameon=False)
    figure.savefig(file, dpi=100)


def main() -> None:
    """Plan and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=5000)
    parser.add_argument("--hubs", type=int, default=100)
    parser.add_argument("--cells", type=int, default=4000, help="cells of 1 km on each side")
    parser.add_argument("--carriers", type=int, default=1, choices=[1, 2, 3], help="CO2, and hydrogen, and heat")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--reach",
        type=float,
        default=float("inf"),
        help="how far a site may be from its hub [km]; no limit if not given",
    )
    parser.add_argument("--rank", action="store_true", help="rank the corridors too")
    parser.add_argument("--plot", default="", help="a PNG file to draw the growth in")
    options = parser.parse_args()
    _warm_up()
    if options.plot:
        draw_growth(options.plot, options.seed)
    else:
        print(json.dumps(plan(options, Stages())))


if __name__ == "__main__":
    main()
