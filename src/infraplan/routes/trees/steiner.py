"""The cheapest tree that joins some nodes of a graph, with a proof of how far it may be from the best."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from infraplan.core import DesignError, FloatArray, IntArray, Problem

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
    ([(1, 0), (2, 0), (3, 0)], 3.0, 3.0)
    """
    wanted = list(dict.fromkeys(terminals))
    _refuse_nonsense(graph, wanted)
    ends, price = _weigh(graph, weight)
    if len(wanted) == 1:
        return SteinerTree(_cut_out(graph, wanted, [], weight), 0.0, 0.0)

    until = time.monotonic() + time_limit_s
    number = {node: at for at, node in enumerate(graph)}
    targets = [number[node] for node in wanted]
    _refuse_islands(wanted, _part_of(len(number), ends)[targets])
    chosen, bound = find_tree(
        len(number),
        ends,
        price,
        targets,
        seed=seed,
        effort=effort,
        should_stop=lambda: time.monotonic() > until or (should_stop is not None and should_stop()),
    )
    nodes = list(graph)
    links = [(nodes[one], nodes[two]) for one, two in ends[chosen].tolist()]
    return SteinerTree(_cut_out(graph, wanted, links, weight), math.fsum(price[chosen]), bound)


def find_tree(
    nodes: int,
    ends: npt.NDArray[np.int32],
    price: FloatArray,
    terminals: list[int],
    *,
    seed: int = 0,
    effort: float = 1.0,
    quick: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[IntArray, float]:
    """Join the terminals of a graph in arrays, which must hang together; see ``steiner_tree``.

    Parameters
    ----------
    nodes : how many there are.
    ends : int32 (edges, 2), the two nodes of each edge.
    price : float64 (edges,), 0 or more.
    quick : stop at a good tree, without looking around it.

    Returns
    -------
    The edges of the tree, in order, and a bound on what any such tree costs.
    """
    from infraplan.routes.trees import search, stages

    scale = _scale(price)
    work = search.start(
        stages.first_stage(nodes, ends, np.floor(price * scale), terminals),
        seed=seed,
        effort=effort,
        should_stop=should_stop,
    )
    if quick:
        work.run_quickly()
    else:
        work.run()
    return np.sort(work.edges()), work.bound / scale


def _refuse_nonsense(graph: nx.Graph[Any], wanted: list[Hashable]) -> None:
    problems = [Problem("tree.unknown_terminal", value=repr(n)) for n in wanted if n not in graph]
    if not wanted:
        problems.append(Problem("tree.no_terminal"))
    if graph.is_directed():
        problems.append(Problem("tree.directed"))
    if problems:
        raise DesignError(problems)


def _weigh(graph: nx.Graph[Any], weight: str | None) -> tuple[npt.NDArray[np.int32], FloatArray]:
    """Return the two ends of each edge (positions of nodes, one row per edge) and its weight."""
    number = {node: at for at, node in enumerate(graph)}
    heads: list[int] = []
    weights: list[Any] = []
    degree: list[int] = []
    for _, near in graph.adjacency():
        ways = near
        if graph.is_multigraph():
            ways = {(node, key): known for node, parallel in near.items() for key, known in parallel.items()}
            heads.extend([number[node] for node, _ in ways])
        else:
            heads.extend([number[node] for node in near])
        degree.append(len(ways))
        weights.extend([1 if weight is None else known.get(weight) for known in ways.values()])
    try:
        price = np.array(weights, dtype=float)
    except (TypeError, ValueError):
        price = np.array([_number(value) for value in weights])
    ends = np.stack([np.repeat(np.arange(len(number)), degree), np.array(heads, dtype=int)], axis=1)
    _refuse_weights(graph, weight, ends, price, weights)
    once = ends[:, 0] <= ends[:, 1]  # each edge is listed at both its ends
    return ends[once].astype(np.int32), price[once]


def _refuse_weights(
    graph: nx.Graph[Any], weight: str | None, ends: IntArray, price: FloatArray, given: list[Any]
) -> None:
    nodes = list(graph)
    problems = [
        Problem(
            "tree.wrong_weight",
            {"weight": weight, "start": nodes[ends[at, 0]], "end": nodes[ends[at, 1]]},
            value=repr(given[at]),
        )
        for at in np.flatnonzero(~((price >= 0.0) & np.isfinite(price)))
        if ends[at, 0] <= ends[at, 1]
    ]
    if not problems and not np.isfinite(price.sum()):
        problems.append(Problem("tree.too_large", {"weight": weight}))
    if problems:
        raise DesignError(problems)


def _number(value: object) -> float:
    """Return a number for what is one, else not-a-number."""
    return float(value) if isinstance(value, int | float | np.number) else math.nan


def _scale(price: FloatArray) -> float:
    """Return the power of two by which the weights become whole numbers, as fine as sums stay exact."""
    total = float(price.sum())
    if total == 0.0 or (total < EXACT and bool(np.all(price == np.floor(price)))):
        return 1.0
    return math.ldexp(1.0, min(math.frexp(EXACT)[1] - math.frexp(total)[1] - 1, FINEST))


def _part_of(nodes: int, ends: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Number the parts of a graph that hang together, and say which one each node is in."""
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    return np.asarray(connected_components(links, directed=False)[1], np.int32)


def _refuse_islands(wanted: list[Hashable], part: npt.NDArray[np.int32]) -> None:
    start = wanted[0]
    problems = [
        Problem("tree.island", {"start": start}, value=repr(node))
        for node, own in zip(wanted, part.tolist(), strict=True)
        if own != part[0]
    ]
    if problems:
        raise DesignError(problems)


def _cut_out(
    graph: nx.Graph[Any], wanted: list[Hashable], links: list[tuple[Any, Any]], weight: str | None
) -> nx.Graph[Any]:
    """Return a new graph of some nodes and edges, with what is known of them."""
    tree: Any = nx.MultiGraph() if graph.is_multigraph() else nx.Graph()
    tree.graph.update(graph.graph)
    inside = dict.fromkeys([*wanted, *(node for link in links for node in link)])
    tree.add_nodes_from((node, graph.nodes[node]) for node in inside)
    for one, two in links:
        known = graph[one][two]
        if graph.is_multigraph():
            key = min(known, key=lambda name: 0 if weight is None else known[name][weight])
            tree.add_edge(one, two, key, **known[key])
        else:
            tree.add_edge(one, two, **known)
    return cast("nx.Graph[Any]", tree)
