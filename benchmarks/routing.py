"""How fast the routing room is, beside its peers.

    python -m benchmarks.routing --size 2500 [--repeat 3] [--neighbours 8 16] [--no-peers]

Prints one JSON object per line: tool, size, neighbours, threads, mcells_per_s (free cells, all threads
together) and mb_per_mcell (beyond imports and input, per thread); then the links of 500 sources; a summary.
Every figure is the median of fresh processes; the first call in each is a warm-up on a small raster.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from infraplan.routes import spreading

Figures = dict[str, Any]
PEERS = {"scikit-image": "skimage", "xarray-spatial": "xrspatial"}
SMALL = 64  # side of the raster to warm up on


def make_ground(size: int, *, seed: int = 0) -> np.ndarray:
    """Return parcels at two scales on smooth terrain, with rivers and 5 % blocked rectangles."""
    random = np.random.default_rng(seed)
    row, column = np.mgrid[:size, :size] / size
    terrain = sum(
        np.sin(2 * np.pi * (down * row + right * column) + phase)
        for down, right, phase in random.uniform((1, 1, 0), (6, 6, 6.3), (6, 3))
    )
    cost = np.exp(terrain / 4)
    for parcel, spread in ((40, 0.6), (8, 0.4)):
        count = -(-size // parcel)
        factors = np.exp(random.normal(0, spread, (count, count)))
        cost *= factors.repeat(parcel, axis=0).repeat(parcel, axis=1)[:size, :size]
    cost = cost.clip(0.2, 40)
    along = np.arange(size)
    for river in range(6):
        bends, phase = random.uniform((1, 0), (5, 6))
        middle = size * ((river + 0.5) / 6 + 0.05 * np.sin(2 * np.pi * bends * along / size + phase))
        for side in (-1, 0, 1):
            across = (middle.astype(int) + side).clip(0, size - 1)
            cost[(along, across) if river % 2 else (across, along)] = 14
    cost = (np.round(cost * 1000).astype(np.uint16) / 1000).astype(np.float32)
    blocked = 0
    while blocked < 0.05 * cost.size:
        height, width = random.integers(3, max(6, size // 25), 2)
        top, left = random.integers(0, size, 2)
        if not (top <= size // 2 < top + height and left <= size // 2 < left + width):
            cost[top : top + height, left : left + width] = np.inf
            blocked += height * width
    return cost


def middle(cost: np.ndarray) -> int:
    """Return the source: the cell in the centre."""
    return cost.shape[0] // 2 * cost.shape[1] + cost.shape[1] // 2


def run_infraplan(cost: np.ndarray, neighbours: int, threads: int) -> np.ndarray:
    """Spread from the centre in each thread at once."""

    def work(_: int) -> np.ndarray:
        return spreading.spread(cost, [middle(cost)], neighbours=neighbours).distance

    if threads == 1:
        return work(0)
    with ThreadPoolExecutor(threads) as pool:
        return next(pool.map(work, range(threads)))


def run_scikit_image(cost: np.ndarray, neighbours: int, threads: int) -> np.ndarray:
    """Spread with MCP_Geometric."""
    from skimage.graph import MCP_Geometric

    distance, _ = MCP_Geometric(cost).find_costs([divmod(middle(cost), cost.shape[1])])
    return np.asarray(distance)


def run_xarray_spatial(cost: np.ndarray, neighbours: int, threads: int) -> np.ndarray:
    """Spread with cost_distance."""
    import xarray
    from xrspatial.cost_distance import cost_distance

    side = np.arange(cost.shape[0], dtype=float)
    source = np.zeros_like(cost)
    source.flat[middle(cost)] = 1
    ground = xarray.DataArray(np.where(np.isfinite(cost), cost, np.nan), [("y", side), ("x", side)])
    return np.asarray(cost_distance(ground.copy(data=source), ground, connectivity=8))


TOOLS: dict[str, Callable[[np.ndarray, int, int], np.ndarray]] = {
    "infraplan": run_infraplan,
    "scikit-image": run_scikit_image,
    "xarray-spatial": run_xarray_spatial,
}


def peak_mb() -> float:
    """Return the highest memory of this process so far [MB]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def save_ground(job: tuple[int, str]) -> Figures:
    """Make the raster in a process of its own, so that its memory is not counted."""
    size, path = job
    np.save(path, make_ground(size))
    return {}


def measure(job: tuple[str, str, int, int]) -> Figures:
    """Measure one tool once, in a process of its own."""
    tool, path, neighbours, threads = job
    TOOLS[tool](make_ground(SMALL), neighbours, threads)
    cost = np.load(path)
    before_mb, start = peak_mb(), time.perf_counter()
    distance = TOOLS[tool](cost, neighbours, threads)
    seconds, after_mb = time.perf_counter() - start, peak_mb()
    reached = np.isfinite(distance)
    return {
        "mcells_per_s": threads * int(reached.sum()) / seconds / 1e6,
        "mb_per_mcell": (after_mb - before_mb) / threads / (cost.size / 1e6),
        "mean_distance": float(distance[reached].mean(dtype=np.float64)),
    }


def measure_links(job: tuple[str, int]) -> Figures:
    """Measure a spreading from many sources, the links between their regions and their routes."""
    path, count = job
    small = make_ground(SMALL)  # warm up
    warm = spreading.spread(small, [middle(small)], labels=True)
    spreading.boundary_links(small, warm)
    spreading.trace(warm, middle(small))
    cost = np.load(path)
    sources = np.random.default_rng(1).choice(np.flatnonzero(np.isfinite(cost)), count, replace=False)
    start = time.perf_counter()
    spread = spreading.spread(cost, sources, labels=True)
    spread_s = time.perf_counter() - start
    links = spreading.boundary_links(cost, spread)
    links_s = time.perf_counter() - start - spread_s
    for cell in np.concatenate([links.cell_a, links.cell_b]).tolist():
        spreading.trace(spread, cell)
    total_s = time.perf_counter() - start
    return {"spread_s": spread_s, "links_s": links_s, "total_s": total_s, "links": len(links.total_cost)}


def in_fresh_processes(function: Callable[[Any], Any], job: Any, repeat: int) -> Any:
    """Return the median of each figure over a number of fresh processes."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        runs = [pool.apply(function, (job,)) for _ in range(repeat)]
    return {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}


def compare(size: int, path: str, *, neighbours: list[int], peers: bool, repeat: int) -> Iterator[Figures]:
    """Yield the figures of each tool, neighbourhood and number of threads; say which peers are absent."""
    cases = [("infraplan", count, threads) for count in neighbours for threads in (1, 2)]
    for tool, module in PEERS.items() if peers else ():
        if importlib.util.find_spec(module):
            cases.append((tool, 8, 1))
        else:
            yield {"tool": tool, "absent": f"{module} is not installed"}
    for tool, count, threads in cases:
        figures = in_fresh_processes(measure, (tool, path, count, threads), repeat)
        yield {"tool": tool, "size": size, "neighbours": count, "threads": threads} | figures


def summarise(rows: list[Figures]) -> Figures:
    """Return how infraplan compares: with each peer, and two threads with one."""
    measured = {(row["tool"], row["neighbours"], row["threads"]): row for row in rows if "size" in row}
    speed = {case: row["mcells_per_s"] for case, row in measured.items()}
    summary: Figures = {"summary": "routing"}
    for (tool, count, threads), mcells_per_s in speed.items():
        alone = speed.get(("infraplan", count, 1))
        if tool == "infraplan" and threads == 1:
            summary[f"mcells_per_s_{count}"] = mcells_per_s
        elif tool == "infraplan" and alone:
            summary[f"two_threads_{count}"] = round(mcells_per_s / alone, 2)
        elif alone:
            ours = measured["infraplan", count, 1]["mean_distance"]
            summary[f"times_{tool}"] = round(alone / mcells_per_s, 2)
            summary[f"difference_{tool}"] = float(f"{abs(ours / measured[tool, 8, 1]['mean_distance'] - 1):.1e}")
    return summary


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2500, help="cells on each side of the raster")
    parser.add_argument("--neighbours", type=int, nargs="+", default=[8, 16], choices=[8, 16])
    parser.add_argument("--repeat", type=int, default=3, help="fresh processes per figure")
    parser.add_argument("--sources", type=int, default=500, help="sources of the links figure")
    parser.add_argument("--no-peers", action="store_true", help="leave the other tools out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "ground.npy")
        in_fresh_processes(save_ground, (options.size, path), 1)
        rows = []
        for row in compare(
            options.size, path, neighbours=options.neighbours, peers=not options.no_peers, repeat=options.repeat
        ):
            print(json.dumps(row), flush=True)
            rows.append(row)
        links = in_fresh_processes(measure_links, (path, options.sources), options.repeat)
        print(json.dumps({"tool": "infraplan links", "size": options.size, "sources": options.sources} | links))
        print(json.dumps(summarise(rows)))


if __name__ == "__main__":
    main()
