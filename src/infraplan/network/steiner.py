"""The cheapest tree that joins some nodes of a graph, with a proof of how far it may be from the best."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from infraplan.errors import DesignError, Problem
from infraplan.model import FloatArray

EXACT = 2.0**52  # sums of whole costs stay below this, so that they are exact
FINEST = 1000  # the largest power of two by which weights are scaled


@dataclass(frozen=True)
class SteinerTree:
    """A tree, its cost, and a bound: no tree that joins the terminals costs less. In the unit of the weights."""

    tree: nx.Graph[Any]
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """How much dearer than the best tree this one can be, at most: 0.01 is 1 %."""
        if self.cost == self.bound:
            return 0.0
        return self.cost / self.bound - 1.0 if self.bound > 0.0 else math.inf


def steiner_tree(
    graph: nx.Graph[Any],
    terminals: Iterable[Hashable],
    *,
    weight: str | None = "weight",
    seed: int = 0,
    effort: float = 1.0,
    time_limit_s: float = math.inf,
    should_stop: Callable[[], bool] | None = None,
) -> SteinerTree:
    """Join the terminals of a graph by a tree of little weight, and prove a lower bound on every such tree.

    Reductions, dual ascent and local search in turn, until the tree is proven best or the effort is spent.

    Parameters
    ----------
    graph : undirected; of parallel edges the cheapest counts. It is not changed.
    terminals : the nodes to join.
    weight : edge attribute, a number of 0 or more; None counts edges.
    seed : the same seed gives the same tree, unless the time limit or `should_stop` ends the search.
    effort : how long to search; 1 is about as long as networkx takes for its approximation.
    time_limit_s : give the best tree so far after this time [s].
    should_stop : asked now and then; True ends the search with the best tree so far.

    Returns
    -------
    SteinerTree with a new graph (nodes and edges with their attributes), cost, bound and gap.

    Raises
    ------
    DesignError
        If the graph is directed, a terminal is not in it, a weight is missing or makes no sense, or the
        terminals do not hang together.

    Source: dual ascent R. T. Wong (1984); key paths and key nodes E. Uchoa and R. F. Werneck (2012); the whole
    after T. Pajor, E. Uchoa and R. F. Werneck (2018), Mathematical Programming Computation 10, 69-118.

    >>> import networkx as nx
    >>> found = steiner_tree(nx.star_graph(3), [1, 2, 3], weight=None)
    >>> sorted(found.tree.edges), found.cost, found.bound
    ([(0, 1), (0, 2), (0, 3)], 3.0, 3.0)
    """
    wanted = dict.fromkeys(terminals)
    _refuse_nonsense(graph, wanted)
    edges, price = _weigh(graph, weight)
    if len(wanted) == 1:
        return SteinerTree(_cut_out(graph, wanted, []), 0.0, 0.0)

    from infraplan.network import contraction, treesearch

    number = {node: at for at, node in enumerate(graph)}
    ends = np.array([(number[edge[0]], number[edge[1]]) for edge in edges], np.int32).ravel()
    scale = _scale(price)
    stage = contraction.first_stage(len(number), ends, np.floor(price * scale), [number[node] for node in wanted])
    _refuse_islands(wanted, contraction.reached(stage)[[number[node] for node in wanted]])
    until = time.monotonic() + time_limit_s
    search = treesearch.start(
        stage,
        seed=seed,
        effort=effort,
        should_stop=lambda: time.monotonic() > until or (should_stop is not None and should_stop()),
    )
    search.run()
    chosen = np.sort(search.edges())
    tree = _cut_out(graph, wanted, [edges[at][:-1] for at in chosen])
    return SteinerTree(tree, math.fsum(price[chosen]), search.bound / scale)


def _refuse_nonsense(graph: nx.Graph[Any], wanted: Iterable[Hashable]) -> None:
    remedy = "Give the terminals as nodes of the graph"
    problems = [Problem("a terminal is not in the graph", remedy, value=repr(n)) for n in wanted if n not in graph]
    if not wanted:
        problems.append(Problem("there is no terminal to join", remedy))
    if graph.is_directed():
        problems.append(Problem("the graph is directed", "Give graph.to_undirected()"))
    if problems:
        raise DesignError(problems)


def _weigh(graph: nx.Graph[Any], weight: str | None) -> tuple[list[tuple[Any, ...]], FloatArray]:
    """Return the edges (two ends, the key in a multigraph, the weight) and their weights."""
    keys = {"keys": True} if graph.is_multigraph() else {}
    if weight is None:
        edges = [(*edge, 1) for edge in graph.edges(**keys)]
    else:
        edges = list(graph.edges(data=weight, **keys))
    try:
        price = np.array([edge[-1] for edge in edges], dtype=float)
    except (TypeError, ValueError):
        price = np.array([_number(edge[-1]) for edge in edges])
    wrong = np.flatnonzero(~((price >= 0.0) & np.isfinite(price)))
    problems = [
        Problem(
            f"{weight} of edge {' - '.join(map(repr, edges[at][:-1]))} makes no sense",
            "Give a number of 0 or more",
            value=repr(edges[at][-1]),
        )
        for at in wrong
    ]
    if not problems and not np.isfinite(price.sum()):
        problems.append(Problem(f"the sum of all {weight} is too large", "Choose a larger unit"))
    if problems:
        raise DesignError(problems)
    return edges, price


def _number(value: object) -> float:
    """Return a number for what is one, else not-a-number."""
    return float(value) if isinstance(value, int | float | np.number) else math.nan


def _scale(price: FloatArray) -> float:
    """Return the power of two by which the weights become whole numbers, as fine as sums stay exact."""
    total = float(price.sum())
    if total == 0.0 or (total < EXACT and bool(np.all(price == np.floor(price)))):
        return 1.0
    return math.ldexp(1.0, min(math.frexp(EXACT)[1] - math.frexp(total)[1] - 1, FINEST))


def _refuse_islands(wanted: Iterable[Hashable], reached: npt.NDArray[np.bool_]) -> None:
    start = next(iter(wanted))
    problems = [
        Problem(f"no way leads from terminal {start!r} to another", "Add edges or leave it out", value=repr(node))
        for node, near in zip(wanted, reached, strict=True)
        if not near
    ]
    if problems:
        raise DesignError(problems)


def _cut_out(graph: nx.Graph[Any], wanted: Iterable[Hashable], edges: list[tuple[Any, ...]]) -> nx.Graph[Any]:
    """Return a new graph of some nodes and edges, with what is known of them."""
    tree: nx.Graph[Any] = nx.MultiGraph() if graph.is_multigraph() else nx.Graph()
    tree.graph.update(graph.graph)
    nodes = dict.fromkeys([*wanted, *(end for edge in edges for end in edge[:2])])
    tree.add_nodes_from((node, graph.nodes[node]) for node in nodes)
    for edge in edges:
        tree.add_edge(*edge, **graph.edges[edge])
    return tree
