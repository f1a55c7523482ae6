"""How good the candidate graph is and how long it takes, beside the graph of the paths between all pairs.

    python -m benchmarks.candidates [--size 2500] [--terminals 40 150] [--most 500] [--no-all-pairs]

On the raster of benchmarks.routing. Prints one JSON object per line: graph (first: regions alone; candidates: with
junctions; all pairs: one spreading per terminal), size, terminals, nodes, edges, seconds (processor time of one
thread to build it), tree_cost (of a good Steiner tree on it) and, where all pairs were made, gap_percent (tree_cost
above theirs) and time_percent (of theirs). Then the first graph of ``--most`` terminals, and a summary.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd

from benchmarks.routing import SMALL, make_ground
from infraplan import open_study
from infraplan.core.grid import CostSurface, Grid
from infraplan.routes import candidates, spreading
from infraplan.routes.candidates.overlay import lay_over, to_graph
from infraplan.routes.trees import steiner_tree

Figures = dict[str, Any]
WAYS = candidates.limits_of(open_study().assumptions)
EFFORT = 4.0  # of the tree search: the same on every graph


def surface_of(ground: np.ndarray) -> CostSurface:
    """Return a raster as a cost surface of 1 m cells without crossings."""
    rows, columns = ground.shape
    grid = Grid("EPSG:25831", 0.0, float(rows), 1.0, columns, rows)
    return CostSurface(grid, ground, np.zeros_like(ground), 1.0)


def choose(ground: np.ndarray, count: int) -> np.ndarray:
    """Return the cells of some terminals, the same for the same number."""
    free = np.flatnonzero(np.isfinite(ground))
    return np.sort(np.random.default_rng(count).choice(free, count, replace=False))


def build(surface: CostSurface, cells: np.ndarray, *, junctions: bool) -> nx.Graph:
    """Return the candidate graph of infraplan."""
    x, y = surface.grid.centres(cells)
    places = pd.DataFrame({"place_id": [str(cell) for cell in cells], "x": x, "y": y})
    nothing = gpd.GeoDataFrame({"layer": [], "name": [], "cost_eur": []}, geometry=[], crs=surface.grid.crs)
    return candidates.build(surface, places, crossings=nothing, limits=WAYS, junctions=junctions).graph


def build_all_pairs(surface: CostSurface, cells: np.ndarray) -> nx.Graph:
    """Return the graph of the cheapest paths between all pairs."""
    ground = surface.eur_per_m
    paths = []
    for number in range(len(cells) - 1):
        spread = spreading.spread(ground, cells[[number]])
        paths += [spreading.trace(spread, int(other)) for other in cells[number + 1 :]]
    return to_graph(lay_over(paths, cells, eur_per_m=ground, width=surface.grid.width), surface)


def measure(surface: CostSurface, cells: np.ndarray, kind: str) -> Figures:
    """Build one graph, and the same good tree on it."""
    begin = time.process_time()
    if kind == "all pairs":
        graph = build_all_pairs(surface, cells)
    else:
        graph = build(surface, cells, junctions=kind == "candidates")
    seconds = time.process_time() - begin
    node_at = {data["cell"]: node for node, data in graph.nodes(data=True)}
    tree = steiner_tree(graph, [node_at[cell] for cell in cells.tolist()], weight="weighted_m", effort=EFFORT)
    return {
        "graph": kind,
        "size": surface.grid.width,
        "terminals": len(cells),
        "nodes": len(graph),
        "edges": graph.number_of_edges(),
        "seconds": round(seconds, 3),
        "tree_cost": round(tree.cost, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2500, help="cells on each side of the raster")
    parser.add_argument("--terminals", type=int, nargs="+", default=[40, 150])
    parser.add_argument("--most", type=int, default=500, help="terminals of the last, first graph")
    parser.add_argument("--no-all-pairs", action="store_true", help="leave the slow graph out")
    options = parser.parse_args()
    warm = surface_of(make_ground(SMALL))
    for kind in ("candidates", "all pairs"):
        measure(warm, choose(warm.multiplier, 5), kind)
    surface = surface_of(make_ground(options.size))
    kinds = ["first", "candidates"] + ([] if options.no_all_pairs else ["all pairs"])
    summary: Figures = {"summary": "candidates", "size": options.size}
    for count in options.terminals:
        rows = [measure(surface, choose(surface.multiplier, count), kind) for kind in kinds]
        every = rows[-1]
        for row in rows:
            if not options.no_all_pairs:
                row["gap_percent"] = round(100.0 * (row["tree_cost"] / every["tree_cost"] - 1.0), 3)
                row["time_percent"] = round(100.0 * row["seconds"] / every["seconds"], 2)
                summary[f"{row['graph']}_{count}".replace(" ", "_")] = [row["gap_percent"], row["time_percent"]]
            print(json.dumps(row), flush=True)
    row = measure(surface, choose(surface.multiplier, options.most), "first")
    summary["first_graph_seconds"] = row["seconds"]
    print(json.dumps(row))
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
