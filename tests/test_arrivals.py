"""What still arrives when a corridor is missing: only what the other pipes have room for."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.ranking.arrivals import FIGURES, Arrivals

QUICK = settings(max_examples=40, deadline=None, derandomize=True)


def arrivals(pipes, places, hubs, joins) -> Arrivals:
    """Pipes (from, to, corridor, room), places (node, amount, brings), hubs (node, capacity), joins (place, pipes)."""
    brings = np.zeros((len(places), len(FIGURES)))
    brings[:, 0] = [place[2] for place in places]
    return Arrivals(
        node_a=np.array([pipe[0] for pipe in pipes], dtype=np.int64),
        node_b=np.array([pipe[1] for pipe in pipes], dtype=np.int64),
        corridor=np.array([pipe[2] for pipe in pipes], dtype=object),
        place_node=np.array([place[0] for place in places], dtype=np.int64),
        amount=np.array([place[1] for place in places], dtype=float),
        brings=brings,
        hub_node=np.array([hub[0] for hub in hubs], dtype=np.int64),
        capacity=np.array([hub[1] for hub in hubs], dtype=float),
        room=np.array([pipe[3] for pipe in pipes], dtype=float),
        ways=tuple(np.array(way, dtype=np.int64) for _, way in joins),
        way_place=np.array([place for place, _ in joins], dtype=np.int64),
    )


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
