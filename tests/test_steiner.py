"""Steiner trees: against every tree there is on small graphs, and against known optima where they are at hand."""

from __future__ import annotations

import itertools
import math
import os
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.steinlib import read_instance, read_optima
from infraplan.core.errors import DesignError
from infraplan.routes.trees import SteinerTree, steiner_tree

HOME = Path(os.environ.get("INFRAPLAN_INSTANCES", Path(__file__).parents[1] / "../shared/instances"))


def best_cost(graph: nx.Graph, terminals: list[Any]) -> float:
    """Return the cost of the best tree (S. E. Dreyfus and R. A. Wagner, 1971), whatever the code under test does."""
    far = dict(nx.all_pairs_dijkstra_path_length(graph))
    *others, last = terminals
    best = {(one,): {node: far[one][node] for node in graph} for one in others}
    for size in range(2, len(others) + 1):
        for group in itertools.combinations(others, size):
            splits = [
                (part, tuple(one for one in group if one not in part))
                for cut in range(1, size)
                for part in itertools.combinations(group, cut)
            ]
            meet = {node: min(best[part][node] + best[rest][node] for part, rest in splits) for node in graph}
            best[group] = {node: min(meet[via] + far[via][node] for via in graph) for node in graph}
    return best[tuple(others)][last] if others else 0.0


def check(found: SteinerTree, graph: nx.Graph, terminals: list[Any]) -> None:
    """Check that it is a tree of the graph that joins the terminals, at its cost, with a bound below."""
    tree = found.tree
    assert nx.is_tree(tree)
    assert set(terminals) <= set(tree)
    assert all(graph.edges[edge] == tree.edges[edge] for edge in tree.edges)
    assert math.fsum(weight for *_, weight in tree.edges(data="weight")) == found.cost
    assert all(node in terminals for node in tree if tree.degree(node) == 1)
    assert 0.0 <= found.bound <= found.cost


@st.composite
def problems(draw: st.DrawFn, weights: st.SearchStrategy[Any]) -> tuple[nx.Graph, list[int]]:
    """Draw a connected graph with up to six terminals."""
    nodes = draw(st.integers(2, 12))
    graph = nx.Graph()
    for node in range(1, nodes):
        graph.add_edge(draw(st.integers(0, node - 1)), node, weight=draw(weights))
    for _ in range(draw(st.integers(0, 3 * nodes))):
        graph.add_edge(draw(st.integers(0, nodes - 1)), draw(st.integers(0, nodes - 1)), weight=draw(weights))
    count = draw(st.integers(1, min(6, nodes)))
    return graph, draw(st.lists(st.integers(0, nodes - 1), min_size=count, max_size=count, unique=True))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(problems(st.integers(0, 9)), st.integers(0, 3))
def test_bound_optimum_cost_stand_in_order(problem: tuple[nx.Graph, list[int]], seed: int) -> None:
    graph, terminals = problem
    found = steiner_tree(graph, terminals, seed=seed)
    check(found, graph, terminals)
    assert found.bound <= best_cost(graph, terminals) <= found.cost


@settings(max_examples=80, deadline=None, derandomize=True)
@given(problems(st.floats(0.0, 1e6, allow_subnormal=False)))
def test_weights_may_be_any_number(problem: tuple[nx.Graph, list[int]]) -> None:
    graph, terminals = problem
    found = steiner_tree(graph, terminals)
    check(found, graph, terminals)
    best = best_cost(graph, terminals)
    rounding = 1e-9 * best
    assert found.bound - rounding <= best <= found.cost + rounding


@pytest.mark.parametrize("seed", range(8))
def test_best_tree_is_found_and_proven_on_random_graphs(seed: int) -> None:
    graph = nx.gnm_random_graph(30, 60, seed=seed)
    graph = graph.subgraph(max(nx.connected_components(graph), key=len)).copy()
    for one, two in graph.edges:
        graph[one][two]["weight"] = 1 + (7 * one + 13 * two + seed) % 10
    terminals = sorted(graph)[::5]
    found = steiner_tree(graph, terminals)
    check(found, graph, terminals)
    assert found.cost == best_cost(graph, terminals)
    assert found.gap <= 0.05


def test_chains_dead_ends_and_loops_go_and_come_back() -> None:
    graph = nx.Graph()
    nx.add_path(graph, "abcdefg", weight=1.0)
    nx.add_path(graph, "axyg", weight=3.0)
    nx.add_path(graph, "dpq", weight=1.0)
    graph.add_edge("c", "c", weight=0.0)
    graph.nodes["c"]["name"] = "kept"
    found = steiner_tree(graph, ["a", "g"])
    assert sorted(found.tree) == list("abcdefg")
    assert (found.cost, found.bound, found.gap) == (6.0, 6.0, 0.0)
    assert found.tree.nodes["c"] == {"name": "kept"}


def test_of_parallel_edges_the_cheapest_is_taken() -> None:
    graph = nx.MultiGraph()
    graph.add_edge(0, 1, key="dear", weight=5.0)
    graph.add_edge(0, 1, key="cheap", weight=2.0)
    graph.add_edge(1, 2, weight=1.0)
    found = steiner_tree(graph, [0, 2])
    assert {(frozenset(edge[:2]), edge[2]) for edge in found.tree.edges(keys=True)} == {
        (frozenset((0, 1)), "cheap"),
        (frozenset((1, 2)), 0),
    }
    assert found.cost == found.bound == 3.0


def test_one_terminal_needs_nothing() -> None:
    found = steiner_tree(nx.path_graph(3), [1, 1], weight=None)
    assert (list(found.tree), found.cost, found.bound, found.gap) == ([1], 0.0, 0.0, 0.0)


def hard() -> tuple[nx.Graph, list[int]]:
    """Return a hypercube with every second corner a terminal, on which the bound stays below the best tree."""
    graph = nx.convert_node_labels_to_integers(nx.hypercube_graph(6), label_attribute="corner")
    return graph, [node for node, corner in graph.nodes(data="corner") if sum(corner) % 2 == 0]


def test_same_seed_same_tree_and_the_graph_is_left_alone() -> None:
    graph, terminals = hard()
    before = nx.to_dict_of_dicts(graph)
    one, two = (steiner_tree(graph, terminals, weight=None, seed=3) for _ in range(2))
    assert list(one.tree.edges) == list(two.tree.edges)
    assert (one.cost, one.bound) == (two.cost, two.bound)
    assert one.bound < one.cost
    assert nx.to_dict_of_dicts(graph) == before


def test_a_search_that_is_stopped_still_gives_a_tree_and_a_bound() -> None:
    graph, terminals = hard()
    calls = []
    stopped = steiner_tree(graph, terminals, weight=None, should_stop=lambda: bool(calls.append(1)) or True)
    in_no_time = steiner_tree(graph, terminals, weight=None, time_limit_s=0.0)
    no_effort = steiner_tree(graph, terminals, weight=None, effort=0.0)
    whole = steiner_tree(graph, terminals, weight=None)
    assert calls
    for found in (stopped, in_no_time, no_effort):
        assert nx.is_tree(found.tree)
        assert set(terminals) <= set(found.tree)
        assert 0.0 < found.bound <= whole.cost <= found.cost


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(DesignError, match="not in the graph") as told:
        steiner_tree(nx.DiGraph([(0, 1)]), [0, "x", "y"], weight=None)
    assert len(told.value.problems) == 3
    assert "'x'" in str(told.value)
    assert "directed" in str(told.value)
    with pytest.raises(DesignError, match="no terminal"):
        steiner_tree(nx.path_graph(3), [], weight=None)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, None, "dear", [2]])
def test_weights_that_make_no_sense_are_named(value: object) -> None:
    graph = nx.path_graph(3)
    nx.set_edge_attributes(graph, {(0, 1): 1.0, (1, 2): value}, "eur")
    with pytest.raises(DesignError, match="eur of edge 1 - 2 makes no sense") as told:
        steiner_tree(graph, [0, 2], weight="eur")
    assert len(told.value.problems) == 1
    assert repr(value) in told.value.problems[0].value


def test_terminals_on_islands_are_named() -> None:
    graph = nx.Graph([(0, 1), (2, 3), (4, 5)])
    with pytest.raises(DesignError, match="no way leads from terminal 0") as told:
        steiner_tree(graph, [0, 1, 3, 5], weight=None)
    assert [problem.value for problem in told.value.problems] == ["3", "5"]


def test_optima_of_steinlib_b_are_found_and_proven() -> None:
    if not (HOME / "steinlib" / "B").is_dir():
        pytest.skip(f"the instances are not at {HOME}")
    optima = read_optima(HOME)
    for path in sorted((HOME / "steinlib" / "B").glob("*.stp")):
        graph, terminals = read_instance(path)
        found = steiner_tree(graph, terminals)
        check(found, graph, terminals)
        assert (found.cost, found.gap) == (optima[f"steinlib/B/{path.name}"][0], 0.0)
