"""What still arrives when a corridor is missing: only what the other pipes have room for."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from infraplan.appraisal.ranking.arrivals import FIGURES, Arrivals, Lines

QUICK = settings(max_examples=60, deadline=None, derandomize=True)


def arrivals(pipes, places, hubs, joins) -> Arrivals:
    """Pipes (from, to, corridor, room), places (node, amount, brings), hubs (node, capacity), joins (place, pipes)."""
    brings = np.zeros((len(places), len(FIGURES)))
    brings[:, 0] = [place[2] for place in places]
    lines = Lines(
        carrier="co2",
        node_a=np.array([pipe[0] for pipe in pipes], dtype=np.int64),
        node_b=np.array([pipe[1] for pipe in pipes], dtype=np.int64),
        room=np.array([pipe[3] for pipe in pipes], dtype=float),
        corridor=np.array([pipe[2] for pipe in pipes], dtype=object),
        places=tuple(f"place-{i}" for i in range(len(places))),
        place_node=np.array([place[0] for place in places], dtype=np.int64),
        joined=np.array([place[1] for place in places], dtype=float),
        hubs=tuple(f"hub-{i}" for i in range(len(hubs))),
        hub_node=np.array([hub[0] for hub in hubs], dtype=np.int64),
        ways=tuple(np.array(way, dtype=np.int64) for _, way in joins),
        way_place=np.array([place for place, _ in joins], dtype=np.int64),
    )
    return Arrivals(lines, lines.joined, brings, np.array([hub[1] for hub in hubs], dtype=float))


def lost(found: Arrivals) -> dict[str, float]:
    return {corridor_id: float(figures[0]) for corridor_id, figures in found.last_in()}


def test_a_second_way_takes_no_more_than_its_pipe() -> None:
    ring = arrivals(
        [(0, 2, "long", 8.0), (2, 1, "long", 8.0), (0, 1, "short", 2.0)],
        [(0, 10.0, 1.0)],
        [(1, 99.0)],
        [(0, [0, 1]), (0, [2])],
    )
    assert lost(ring) == pytest.approx({"long": 8.0, "short": 2.0})


def test_who_is_cut_off_goes_to_another_hub_while_it_has_room() -> None:
    line = arrivals(
        [(0, 1, "west", 9.0), (1, 2, "east", 9.0)],
        [(1, 5.0, 2.0)],
        [(0, 9.0), (2, 3.0)],
        [(0, [0])],
    )
    assert lost(line) == pytest.approx({"west": 4.0, "east": 0.0})


def test_the_best_goes_first_through_a_narrow_pipe() -> None:
    two = arrivals(
        [(0, 2, "wide", 9.0), (1, 2, "wide", 9.0), (2, 3, "wide", 9.0), (2, 4, "narrow", 3.0)],
        [(0, 4.0, 1.0), (1, 3.0, 5.0)],
        [(3, 9.0), (4, 9.0)],
        [(0, [0, 2]), (1, [1, 3])],
    )
    built = np.array([True, True, False, True])
    assert two.bring(built)[0] == pytest.approx(15.0)


@QUICK
@given(seed=st.integers(0, 10_000))
def test_what_arrives_is_the_most_that_can(seed: int) -> None:
    """Against a maximum flow, where every unit brings the same."""
    dice = np.random.default_rng(seed)
    edges = [(i, i + 1) for i in range(5)] + [(0, 3), (1, 4), (2, 5)]
    pipes = [(a, b, f"c{i}", float(dice.integers(1, 9))) for i, (a, b) in enumerate(edges)]
    places = [(node, float(dice.integers(1, 6)), 1.0) for node in (0, 1, 2)]
    hubs = [(5, float(dice.integers(3, 12))), (4, float(dice.integers(1, 5)))]
    # everybody was planned along the line, which is cut somewhere
    joins = [(place, list(range(node, 5))) for place, (node, *_) in enumerate(places)]
    built = np.ones(len(pipes), dtype=bool)
    built[int(dice.integers(2, 5))] = False
    graph = nx.DiGraph()
    for (a, b, _, room), there in zip(pipes, built, strict=True):
        if there:
            graph.add_edge(a, b, capacity=room)
            graph.add_edge(b, a, capacity=room)
    for node, amount, _ in places:
        graph.add_edge("source", node, capacity=amount)
    for node, capacity in hubs:
        graph.add_edge(node, "sink", capacity=capacity)
    most = nx.maximum_flow_value(graph, "source", "sink")
    assert arrivals(pipes, places, hubs, joins).bring(built)[0] == pytest.approx(most)


def by_programme(found: Arrivals, built: np.ndarray) -> float:
    """The most that can be avoided, by a linear programme of the flows in all pipes that stand."""
    lines, amount, worth = found.lines, found.amount, found.brings[:, 0]
    pipes, hubs = np.flatnonzero(built), len(found.capacity)
    columns = len(pipes) + len(amount) + hubs
    even = np.zeros((lines.nodes, columns))
    for column, pipe in enumerate(pipes):
        even[lines.node_a[pipe], column] += 1.0
        even[lines.node_b[pipe], column] -= 1.0
    for column, node in enumerate(lines.place_node, len(pipes)):
        even[node, column] -= 1.0
    for column, node in enumerate(lines.hub_node, len(pipes) + len(amount)):
        even[node, column] += 1.0
    most = np.concatenate([lines.room[pipes], amount, found.capacity])
    least = np.concatenate([-lines.room[pipes], np.zeros(len(amount) + hubs)])
    gain = np.concatenate([np.zeros(len(pipes)), worth, np.zeros(hubs)])
    answer = linprog(-gain, A_eq=even, b_eq=np.zeros(len(even)), bounds=np.column_stack([least, most]))
    return float(gain @ answer.x)


def tangle(dice: np.random.Generator) -> Arrivals:
    """Places and hubs on a tree with a few loops, planned along random ways, of which some do not fit."""
    nodes = int(dice.integers(4, 14))
    edges = {(int(dice.integers(0, node)), node) for node in range(1, nodes)}
    edges |= {(min(a, b), max(a, b)) for a, b in dice.integers(0, nodes, (nodes // 2, 2)).tolist() if a != b}
    pipes = [(a, b, f"c{dice.integers(0, 4)}", float(dice.integers(1, 9))) for a, b in sorted(edges)]
    places = [
        (int(dice.integers(0, nodes)), float(dice.integers(0, 6)), float(dice.integers(1, 6)))
        for _ in range(int(dice.integers(1, 8)))
    ]
    hubs = [(int(dice.integers(0, nodes)), float(dice.integers(0, 9))) for _ in range(int(dice.integers(1, 4)))]
    graph = nx.Graph([(a, b, {"pipe": i, "weight": dice.random()}) for i, (a, b, *_) in enumerate(pipes)])
    joins = []
    for place, (node, *_) in enumerate(places):
        for hub, _ in hubs[: int(dice.integers(1, 3))]:
            way = nx.shortest_path(graph, node, hub, weight="weight")
            joins.append((place, [graph.edges[step]["pipe"] for step in pairwise(way)]))
    return arrivals(pipes, places, hubs, joins)


@QUICK
@given(seed=st.integers(0, 100_000))
def test_the_best_first_is_as_good_as_a_linear_programme(seed: int) -> None:
    """What is worth most arrives, whichever pipes are missing; nobody sends more than it has."""
    dice = np.random.default_rng(seed)
    found = tangle(dice)
    for built in (np.ones(len(found.lines.room), dtype=bool), *(~inside for _, inside in found.lines.corridors)):
        arrived = found.arrive(built)
        assert (arrived >= 0.0).all()
        assert (arrived <= found.amount + 1e-12).all()
        assert found.bring(built)[0] == pytest.approx(by_programme(found, built), rel=1e-7, abs=1e-7)


@QUICK
@given(seed=st.integers(0, 100_000))
def test_asking_only_those_who_lost_their_way_is_asking_everybody(seed: int) -> None:
    """Whoever makes room for somebody better is found too: every place gets the same."""
    dice = np.random.default_rng(seed)
    found = tangle(dice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infraplan.appraisal.ranking.arrivals._FEW", 1.0)
        for corridor_id, inside in found.lines.corridors:
            assert found.arrive_without(corridor_id) == pytest.approx(found.arrive(~inside), abs=1e-7)
