"""The search of one carrier's network: near the best of all networks, and honest about what it did."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from test_network import PER_UNIT, Case, random_case, toy_price, wide_case

from infraplan.core.model import NetworkProblem, PipePrice
from infraplan.networks.design import Designer, audit, search
from infraplan.networks.design.branches import Memo


def options_of(case: Case) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Per client: signed flow per edge and cost net of worth [EUR/a] of staying out and of every path to a hub."""
    graph = case.graph.graph
    number = {(u, v): (d["edge"], s) for a, b, d in graph.edges(data=True) for u, v, s in ((a, b, 1), (b, a, -1))}
    for client in case.clients.itertuples():
        flows, money = [np.zeros(len(number) // 2)], [0.0]
        for hub in case.hubs.itertuples():
            start, end = case.graph.node_of[client.place_id], case.graph.node_of[hub.place_id]
            paths = [[start]] if start == end else nx.all_simple_paths(graph, start, end)
            for path in paths:
                flow = np.zeros(len(number) // 2)
                for step in pairwise(path):
                    edge, sign = number[step]
                    flow[edge] = sign * client.amount
                flows.append(flow)
                money.append((hub.unit_cost - client.worth) * client.amount * PER_UNIT)
        yield np.array(flows), np.array(money)


def cheapest_eur(case: Case, price: PipePrice) -> float:
    """Least objective over every way to send each client, whole, along some path to some hub, or leave it out."""
    data = sorted(case.graph.graph.edges(data=True), key=lambda e: e[2]["edge"])
    metre = np.array([d["weighted_m"] for *_, d in data])
    crossing = np.array([d["crossing_eur"] for *_, d in data]) * price.crossing_annuity
    options = list(options_of(case))
    choices = np.array(list(product(*(range(len(money)) for _, money in options))))
    flow = sum(flows[choices[:, i]] for i, (flows, _) in enumerate(options))
    flow = np.abs(flow)
    size = price.size_of(flow)
    pipes = np.where(flow > 1e-9, price.pipes_of(flow), 0)
    annual = pipes * (price.annual_eur_per_m[size] * metre + price.crossing_factor[size] * crossing)
    trade = sum(money[choices[:, i]] for i, (_, money) in enumerate(options))
    return float((annual.sum(axis=1) + trade).min())


def test_small_networks_are_as_cheap_as_the_best_of_all_networks() -> None:
    gaps = []
    for seed in range(40):
        case = random_case(seed)
        best = cheapest_eur(case, toy_price())
        forgone = float((case.clients["amount"] * case.clients["worth"]).sum()) * PER_UNIT
        gaps.append((case.design().objective_eur_per_a - best) / (best + forgone))
    assert min(gaps) > -1e-9, "brute force missed something: the two do not price alike"
    assert float(np.median(gaps)) < 1e-9
    assert max(gaps) <= 0.05, f"worst gap {max(gaps):.1%} in case {int(np.argmax(gaps))}"


def test_a_move_whose_surroundings_did_not_change_would_bring_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    case = wide_case(60, 3)
    with_memo = case.design()
    arrays = Memo.arrays

    def forgetful(memo: Memo) -> tuple[npt.NDArray[Any], ...]:
        memo.forget()
        return arrays.__get__(memo)

    monkeypatch.setattr(Memo, "arrays", property(forgetful))
    without = case.design()
    pd.testing.assert_frame_equal(with_memo.joins, without.joins)
    assert with_memo.objective_eur_per_a == pytest.approx(without.objective_eur_per_a)


def test_less_work_gives_a_dearer_network_and_books_that_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    case = wide_case(60, 3)
    monkeypatch.setattr(search, "_MOST_WORK", 1000)
    monkeypatch.setattr(search, "_LESS_WORK", 1000)
    hurried = case.design()
    monkeypatch.undo()
    assert case.design().objective_eur_per_a < hurried.objective_eur_per_a < 0.0


def test_a_stopped_search_keeps_no_branch_that_does_not_pay() -> None:
    case = wide_case(60, 3)
    asked = iter(range(10**9))
    network = case.design(should_stop=lambda: next(asked) > 6)
    assert network.objective_eur_per_a < 0.0
    audit(network, case.graph, case.ask())


def test_books_come_back_as_they_were_kept() -> None:
    case = wide_case(30, 2)
    designer = Designer(case.graph, NetworkProblem(case.clients, case.hubs, toy_price(), math.inf))
    designer.improve(np.ones(len(case.graph.edges.length_m)))
    flow, pieces = designer.flow.copy(), designer.snapshot()
    designer.restore([() for _ in pieces])
    assert not designer.flow.any()
    designer.restore(pieces)
    assert designer.flow == pytest.approx(flow)


def test_the_search_says_how_far_it_is() -> None:
    shares: list[float] = []
    wide_case(60, 3).design(progress=shares.append)
    assert len(shares) > 5
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] <= shares[-1] <= 1.0
