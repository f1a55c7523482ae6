"""The minimum cut against networkx: the same flow, and both sides are cuts of that size."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.networks.design.minimum_cut import lay_out_arcs, minimum_cut


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 100_000))
def test_flow_and_cuts_are_those_of_networkx(seed: int) -> None:
    dice = np.random.default_rng(seed)
    nodes = int(dice.integers(2, 9))
    arcs = int(dice.integers(1, 25))
    tail, head = dice.integers(0, nodes, arcs), dice.integers(0, nodes, arcs)
    room = np.where(dice.random(arcs) < 0.2, 0.0, dice.integers(1, 9, arcs).astype(float))
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    for u, v, capacity in zip(tail.tolist(), head.tolist(), room.tolist(), strict=True):
        if u != v:
            before = graph[u][v]["capacity"] if graph.has_edge(u, v) else 0.0
            graph.add_edge(u, v, capacity=before + capacity)
    capacity = np.column_stack([room, np.zeros(arcs)]).ravel()
    given_capacity = capacity.copy()
    value, near, far = minimum_cut(lay_out_arcs(tail, head, nodes), capacity, 0, nodes - 1)
    assert value == pytest.approx(nx.maximum_flow_value(graph, 0, nodes - 1))
    assert (capacity == given_capacity).all(), "what was given stays as it is"
    for inside in (near, far):
        assert inside[0]
        assert not inside[nodes - 1]
        assert room[inside[tail] & ~inside[head]].sum() == pytest.approx(value)
    assert not (near & ~far).any(), "the cut nearest the source lies within that nearest the sink"
