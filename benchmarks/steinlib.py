"""Steiner tree instances in the formats of SteinLib (.stp) and of the PACE 2018 challenge (.gr)."""

from __future__ import annotations

import csv
from pathlib import Path

import networkx as nx


def read_instance(path: Path) -> tuple[nx.Graph, list[int]]:
    """Return the graph of one file, with `weight` on its edges, and its terminals.

    The two formats share their lines: `Nodes n`, `E one two weight`, `T node`. Of parallel edges the cheapest
    is kept.
    """
    graph: nx.Graph = nx.Graph()
    terminals = []
    for line in path.read_text(encoding="latin-1").splitlines():
        words = line.split()
        if len(words) == 2 and words[0].lower() == "nodes":
            graph.add_nodes_from(range(1, int(words[1]) + 1))
        elif len(words) == 4 and words[0].upper() in {"E", "A"}:
            one, two, weight = int(words[1]), int(words[2]), float(words[3])
            if not graph.has_edge(one, two) or weight < graph[one][two]["weight"]:
                graph.add_edge(one, two, weight=int(weight) if weight.is_integer() else weight)
        elif len(words) == 2 and words[0].upper() == "T":
            terminals.append(int(words[1]))
    return graph, terminals


def read_optima(folder: Path) -> dict[str, tuple[float, bool]]:
    """Return by file (path below the folder) the cost of the best tree known, and whether it is proven best.

    Read from KNOWN_OPTIMA.csv with columns file, opt (-1 where open) and upper.
    """
    with (folder / "KNOWN_OPTIMA.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    optimum = next(name for name in rows[0] if name.startswith("opt"))
    return {row["file"]: (float(row["upper"]), float(row[optimum]) >= 0.0) for row in rows}
