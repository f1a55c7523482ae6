"""Flow that runs in circles is taken off, and nothing else changes."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.networks.design.report import _unwind_cycles


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 100_000), nodes=st.integers(2, 12), arcs=st.integers(1, 40))
def test_no_circle_is_left_and_every_node_keeps_its_balance(seed: int, nodes: int, arcs: int) -> None:
    dice = np.random.default_rng(seed)
    net: dict[tuple[int, int], float] = {}
    for _ in range(arcs):
        u, v = (int(n) for n in dice.choice(nodes, 2, replace=False))
        net[u, v] = net.get((u, v), 0.0) + float(dice.integers(1, 6))
    before = dict(net)
    _unwind_cycles(net)
    left = nx.DiGraph((u, v) for (u, v), flow in net.items() if flow > 1e-7)
    assert nx.is_directed_acyclic_graph(left)
    for node in range(nodes):
        for book in (before, net):
            book[node, node] = 0.0
        balance = [sum(f for (u, _), f in book.items() if u == node) - sum(f for (_, v), f in book.items() if v == node)
                   for book in (before, net)]  # fmt: skip
        assert balance[0] == pytest.approx(balance[1])
    assert all(-1e-9 <= net[arc] <= before[arc] + 1e-9 for arc in before)
