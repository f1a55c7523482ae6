"""Pipes that lie there, pipes that must be laid, shut ground, hubs that cost to open; reach, and the audit."""

from __future__ import annotations

import dataclasses
import math
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from test_exact import balance_of
from test_network import PER_UNIT, Case, candidates_of, clients_of, hubs_of, toy_price, wide_case

from infraplan.core.errors import DesignError
from infraplan.core.model import Network, NetworkProblem
from infraplan.networks.design import Designer, audit, design, design_exactly
from infraplan.networks.design.branches import Memo

SURE = 1.0e-7


def pose(seed: int) -> tuple[Case, NetworkProblem]:
    """A random question of 6 edges, one with a pipe, one forced, one forbidden, some with a fixed cost of hubs."""
    dice = np.random.default_rng(seed)
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3), (3, 4)]
    spread = [(u, v, float(dice.uniform(500, 4_000)), float(dice.uniform(0, 9_000))) for u, v in edges]
    clients = {name: (float(dice.uniform(0.5, 4.0)), float(dice.uniform(10, 90))) for name in "abc"}
    hubs = {name: (float(dice.uniform(2.0, 8.0)), float(dice.uniform(0, 15))) for name in "xy"}
    graph = candidates_of(spread, {"a": 0, "b": 1, "c": 2, "x": 3, "y": 4})
    frame = hubs_of(hubs)
    if seed % 2:
        frame = frame.assign(fixed_cost=dice.uniform(0, 40_000, 2))
    case = Case(graph, clients_of(clients), frame)
    there, other, must, shut = (int(e) for e in dice.permutation(6)[:4])
    full = toy_price()
    price = dataclasses.replace(
        full,
        **{n: getattr(full, n)[1:3] for n in full.__dataclass_fields__ if isinstance(getattr(full, n), np.ndarray)},
    )
    question = case.ask(
        price=price,
        existing={there: float(dice.uniform(0.5, 5.0)), other: 2.0},
        reuse_eur_per_a={other: float(dice.uniform(0.0, 20_000.0))},
        forced=frozenset({must}),
        forbidden=frozenset({shut}) if seed % 3 else frozenset(),
    )
    return case, question


def cheapest_by_enumeration(case: Case, question: NetworkProblem) -> float:
    """Least yearly cost over every choice of a pipe, old or new, on every edge and every choice of open hubs."""
    price, clients, hubs = question.price, question.clients, question.hubs
    edges = sorted((d["edge"], u, v, d) for u, v, d in case.graph.graph.edges(data=True))
    m, t = len(edges), len(hubs)
    balance = balance_of(case)
    trade = np.concatenate([np.zeros(m), -clients["worth"], hubs["unit_cost"]]) * PER_UNIT
    most_gained = float((clients["amount"] * clients["worth"]).sum()) * PER_UNIT
    choices = []
    for e, _, _, d in edges:
        new = [
            (float(room), annual * d["weighted_m"] + factor * price.crossing_annuity * d["crossing_eur"])
            for room, annual, factor in zip(
                price.capacity_per_a, price.annual_eur_per_m, price.crossing_factor, strict=True
            )
        ]
        old = [(question.existing[e], question.reuse_eur_per_a.get(e, 0.0))] if e in question.existing else []
        must = e in question.forced and e not in question.existing
        choices.append([(0.0, 0.0)] if e in question.forbidden else new + old + ([] if must else [(0.0, 0.0)]))
    fixed = hubs["fixed_cost"].to_numpy() if "fixed_cost" in hubs else np.zeros(t)
    best = math.inf
    for chosen in product(*choices):
        pipes_eur = sum(cost for _, cost in chosen)
        if pipes_eur - most_gained >= best:
            continue
        for open_ in product((0.0, 1.0), repeat=t) if fixed.any() else [(1.0,) * t]:
            bounds = [(-room, room) for room, _ in chosen]
            bounds += [(0.0, a) for a in clients["amount"]]
            bounds += [(0.0, c * o) for c, o in zip(hubs["capacity"], open_, strict=True)]
            money = linprog(trade, A_eq=balance, b_eq=np.zeros(len(balance)), bounds=bounds).fun
            best = min(best, pipes_eur + float(np.dot(fixed, open_)) + money)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_both_designs_against_every_choice_of_pipes(seed: int) -> None:
    case, question = pose(seed)
    expected = cheapest_by_enumeration(case, question)
    forgone = float((question.clients["amount"] * question.clients["worth"]).sum()) * PER_UNIT
    heuristic = design(case.graph, question)
    exact = design_exactly(case.graph, question, start=heuristic, gap=SURE, time_limit_s=20.0)
    assert exact.network.objective_eur_per_a == pytest.approx(expected, rel=1e-6, abs=1e-2)
    assert exact.bound_eur_per_a <= expected + 1e-6 * abs(expected) + 1e-2
    # the heuristic is near, and no cheaper than the cheapest: the two price alike
    assert heuristic.objective_eur_per_a >= expected - 1e-2
    assert heuristic.objective_eur_per_a - expected <= 0.1 * (expected + forgone)
    for network in (heuristic, exact.network):
        assert not set(network.segments["edge"]) & question.forbidden
        assert question.forced - set(question.existing) <= set(network.segments["edge"])


def ring(**terms: object) -> tuple[Case, NetworkProblem]:
    """From a to x: 2 km over edges 0 and 1, or 8 km over 2 and 3."""
    edges = [(0, 1, 1_000.0), (1, 2, 1_000.0), (0, 3, 4_000.0), (3, 2, 4_000.0)]
    case = Case(candidates_of(edges, {"a": 0, "x": 2}), clients_of({"a": (2.0, 900.0)}), hubs_of({"x": (9.0, 1.0)}))
    return case, case.ask(**terms)


def laid(**terms: object) -> Network:
    case, question = ring(**terms)
    heuristic = design(case.graph, question)
    exact = design_exactly(case.graph, question, gap=SURE).network
    assert heuristic.segments["edge"].tolist() == exact.segments["edge"].tolist()
    assert heuristic.objective_eur_per_a == pytest.approx(exact.objective_eur_per_a)
    return heuristic


def test_an_existing_pipe_is_free_up_to_its_capacity_and_replaced_beyond() -> None:
    there = laid(existing={2: 2.0, 3: 2.0})
    assert there.segments["edge"].tolist() == [2, 3]
    assert there.segments[["capex_eur", "annual_eur"]].to_numpy().sum() == 0.0
    # what it has no room for goes the short way, in a new and thinner pipe; or all does, where it is of little use
    split = laid(existing={2: 1.9, 3: 1.9}).segments
    assert split["flow"].tolist() == pytest.approx([0.1, 0.1, 1.9, 1.9])
    assert split["annual_eur"].tolist() == pytest.approx([10_000.0, 10_000.0, 0.0, 0.0])
    assert laid(existing={2: 0.1, 3: 0.1}).segments["edge"].tolist() == [0, 1]


def test_an_existing_pipe_can_cost_something_and_never_more_than_a_new_one() -> None:
    reused = laid(existing={2: 2.0, 3: 2.0}, reuse_eur_per_a={3: 5_000.0})
    assert reused.segments["annual_eur"].tolist() == [0.0, 5_000.0]
    dear = laid(existing={0: 2.0}, reuse_eur_per_a={0: 1.0e9})
    assert dear.segments["annual_eur"].tolist() == [17_000.0, 17_000.0]


def test_a_forced_pipe_is_laid_even_without_flow_and_an_existing_one_will_do() -> None:
    idle = laid(forced=frozenset({3}))
    assert idle.segments[["edge", "flow", "annual_eur"]].to_numpy().tolist() == [
        [0.0, 2.0, 17_000.0], [1.0, 2.0, 17_000.0], [3.0, 0.0, 40_000.0],
    ]  # fmt: skip
    assert laid(forced=frozenset({3}), existing={3: 1.0}).segments["edge"].tolist() == [0, 1]
    # pipes that must be laid anyway are used as far as they have room
    assert laid(forced=frozenset({2, 3})).segments["flow"].tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0])


def test_shut_ground_is_avoided_even_where_a_pipe_lies() -> None:
    assert laid(forbidden=frozenset({1}), existing={1: 9.0}).segments["edge"].tolist() == [2, 3]
    alone = laid(forbidden=frozenset({1, 3}))
    assert alone.joins.empty
    assert alone.left_out[["place_id", "reason"]].to_numpy().tolist() == [["a", "out of reach"]]


def test_without_any_pipe_clients_at_a_hub_still_join() -> None:
    case, question = ring(forbidden=frozenset(range(4)))
    hubs = hubs_of({"x": (9.0, 1.0), "a": (1.5, 2.0)})
    for network in (
        design(case.graph, dataclasses.replace(question, hubs=hubs)),
        design_exactly(case.graph, dataclasses.replace(question, hubs=hubs), gap=SURE).network,
    ):
        assert network.joins[["hub_id", "edges"]].to_numpy().tolist() == [["a", ()]]
        assert network.joins["amount"].tolist() == pytest.approx([1.5])


def test_a_start_that_uses_shut_ground_is_not_followed() -> None:
    case, question = ring(forbidden=frozenset({1}))
    again = design(case.graph, question, start=design(case.graph, case.ask()))
    assert again.segments["edge"].tolist() == [2, 3]


def test_forced_pipes_are_laid_where_nobody_can_be_joined() -> None:
    case, question = ring(forced=frozenset({3}))
    nobody = dataclasses.replace(question, hubs=question.hubs.iloc[:0])
    for network in (design(case.graph, nobody), design_exactly(case.graph, nobody).network):
        assert network.segments["edge"].tolist() == [3]
        assert network.objective_eur_per_a == 40_000.0


@pytest.mark.parametrize(
    ("terms", "names"),
    [
        ({"forced": frozenset({1}), "forbidden": frozenset({1})}, "edge 1 is both forced and forbidden"),
        ({"forbidden": frozenset({4})}, "forbidden names edge 4, which does not exist"),
        ({"existing": {-1: 2.0}}, "existing names edge -1"),
        ({"existing": {1: math.nan}}, "existing of edge 1 makes no sense"),
        ({"existing": {1: 1.0}, "reuse_eur_per_a": {1: -1.0}}, "reuse_eur_per_a of edge 1 makes no sense"),
        ({"reuse_eur_per_a": {1: 1.0}}, "edge 1 has a cost of reuse but no existing pipe"),
    ],
)
def test_nonsense_about_segments_is_refused_by_both(terms: dict[str, object], names: str) -> None:
    case, question = ring(**terms)
    for make in (design, design_exactly):
        with pytest.raises(DesignError, match=names):
            make(case.graph, question)


def wide(seed: int) -> tuple[Case, NetworkProblem]:
    """A lattice with many clients, where a fifth of the edges have a pipe, and some must be laid or are shut."""
    dice = np.random.default_rng(seed)
    case = wide_case(40, 3, seed=seed)
    case = dataclasses.replace(case, hubs=case.hubs.assign(fixed_cost=dice.uniform(0.0, 200_000.0, 3)))
    edges = dice.permutation(len(case.graph.edges.length_m)).tolist()
    there = {edge: float(dice.uniform(0.5, 9.0)) for edge in edges[:70]}
    reuse = {edge: float(dice.uniform(0.0, 20_000.0)) for edge in edges[:40]}
    shut = frozenset(edges[80:100])
    return case, case.ask(existing=there, reuse_eur_per_a=reuse, forced=frozenset(edges[70:76]), forbidden=shut)


@pytest.mark.parametrize("seed", range(3))
def test_the_books_say_what_the_network_costs_whatever_was_tried(seed: int) -> None:
    case, question = wide(seed)
    designer, ground = Designer(case.graph, question), np.ones(len(case.graph.edges.length_m))
    for factor in (ground, 0.5 * ground, ground):
        designer.improve(factor)
        book = designer.solution
        assert book is not None
        flow, taken, worth = np.zeros(len(ground)), np.zeros(len(book.capacity)), 0.0
        for client, pieces in enumerate(book.path_flows):
            for piece in pieces:
                flow[piece.edges] += piece.amount
                taken[piece.hub] += piece.amount
                worth += piece.amount * PER_UNIT * book.worth[client]
        hubs_eur = taken @ book.hub_cost * PER_UNIT + case.hubs["fixed_cost"].to_numpy()[taken > 0.0].sum()
        assert taken.any()
        assert book.flow == pytest.approx(flow, abs=1e-6)
        assert book.room == pytest.approx(book.capacity - taken)
        assert book.cost == pytest.approx(book.edge_cost(np.where(flow < 1e-9, 0.0, flow)))
        assert book.objective() == pytest.approx(book.cost.sum() + hubs_eur - worth, abs=1e-3)
        assert not flow[list(question.forbidden)].any()


def test_a_move_whose_surroundings_did_not_change_would_bring_nothing_beside_pipes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, question = wide(0)
    with_memo = design(case.graph, question)
    arrays = Memo.arrays

    def forgetful(memo: Memo) -> tuple[np.ndarray, ...]:
        memo.forget()
        return arrays.__get__(memo)

    monkeypatch.setattr(Memo, "arrays", property(forgetful))
    without = design(case.graph, question)
    assert with_memo.joins.equals(without.joins)
    assert with_memo.objective_eur_per_a == pytest.approx(without.objective_eur_per_a)


# --- reach ------------------------------------------------------------------------------------------------------


def test_flows_that_meet_do_not_exchange_hubs_beyond_reach() -> None:
    # w - a - b - e in a line of 4 km: a's only hub within 2.5 km is e's side, b's is w's side
    spots = {0: (0.0, 0.0), 1: (4_000.0, 0.0), 2: (1_500.0, 0.0), 3: (5_500.0, 0.0)}
    graph = candidates_of([(0, 1, 1_000.0), (1, 2, 1_000.0), (2, 3, 1_000.0)], {"w": 0, "a": 1, "b": 2, "e": 3}, spots)
    clients = clients_of({"a": (2.0, 900.0), "b": (1.0, 900.0)})
    case = Case(graph, clients, hubs_of({"w": (9.0, 1.0), "e": (9.0, 1.0)}))
    # a (node 1) may only go to e over edges 1 and 2, b (node 2) only to w over edges 1 and 0: they meet on edge 1
    question = case.ask(max_distance_km=2.0)
    network = design(graph, question)
    allowed = {("a", "e"), ("b", "w")}
    assert set(zip(network.joins["place_id"], network.joins["hub_id"], strict=True)) <= allowed
    assert network.joins["place_id"].tolist() == ["a"]
    assert network.left_out["place_id"].tolist() == ["b"]
    exact = design_exactly(graph, question, gap=SURE)
    assert exact.network.objective_eur_per_a <= network.objective_eur_per_a + 1e-3
    # without the limit they exchange their hubs
    assert len(design(graph, case.ask()).joins) == 2


def test_flows_beyond_reach_are_shared_out_where_their_pipes_hang_together() -> None:
    # the case above, beside it a line of pipes whose flows all arrive within reach, and farther on the case again
    spots = {0: (0.0, 0.0), 1: (4_000.0, 0.0), 2: (1_500.0, 0.0), 3: (5_500.0, 0.0)}
    spots |= {4: (0.0, 9_000.0), 5: (1_000.0, 9_000.0)} | {node + 6: (x, 18_000.0) for node, (x, _) in spots.items()}
    line = [(0, 1, 1_000.0), (1, 2, 1_000.0), (2, 3, 1_000.0)]
    edges = [*line, (4, 5, 1_000.0), *((u + 6, v + 6, length) for u, v, length in line)]
    names = {"w": 0, "a": 1, "b": 2, "e": 3, "c": 4, "h": 5, "w2": 6, "a2": 7, "b2": 8, "e2": 9}
    graph = candidates_of(edges, names, spots)
    clients = clients_of(
        {"a": (2.0, 900.0), "b": (1.0, 900.0), "c": (3.0, 900.0), "a2": (2.0, 900.0), "b2": (1.0, 900.0)}
    )
    hubs = hubs_of(dict.fromkeys(("w", "e", "h", "w2", "e2"), (9.0, 1.0)))
    network = design(graph, Case(graph, clients, hubs).ask(max_distance_km=2.0))
    joined = list(zip(network.joins["place_id"], network.joins["hub_id"], network.joins["amount"], strict=True))
    assert joined == [("a", "e", 2.0), ("a2", "e2", 2.0), ("c", "h", 3.0)]
    assert network.left_out["place_id"].tolist() == ["b", "b2"]


# --- the audit ----------------------------------------------------------------------------------------------------


def refusal(network: Network, case: Case, question: NetworkProblem, **options: object) -> str:
    with pytest.raises(DesignError) as error:
        audit(network, case.graph, question, **options)  # type: ignore[arg-type]
    return str(error.value)


def changed(network: Network, **columns: object) -> Network:
    return dataclasses.replace(network, segments=network.segments.assign(**columns))


def test_the_audit_prices_every_segment_again() -> None:
    case, question = ring(existing={2: 2.0, 3: 2.0}, reuse_eur_per_a={3: 5_000.0})
    network = design(case.graph, question)
    audit(network, case.graph, question)
    assert "annual_eur of segment 3 is 4999 instead of 5000" in refusal(
        changed(network, annual_eur=[0.0, 4_999.0]), case, question
    )
    assert "capex_eur of segment 2 is 7" in refusal(changed(network, capex_eur=[7.0, 0.0]), case, question)
    assert "annual_eur of segment 2 is 0 instead of 68000" in refusal(network, case, case.ask())
    assert "of 111 mm, which is not for sale" in refusal(changed(network, dn_mm=111.0), case, question)
    half = np.full(4, 0.5)
    assert "ground_factor of segment 2 is 1 instead of 0.5" in refusal(network, case, question, strip_factor=half)


def test_the_audit_adds_up_the_objective() -> None:
    case, question = ring()
    network = design(case.graph, question)
    wrong = dataclasses.replace(network, objective_eur_per_a=network.objective_eur_per_a - 10.0)
    assert "the objective is" in refusal(wrong, case, question)
    dear = dataclasses.replace(question, hubs=question.hubs.assign(fixed_cost=500.0))
    assert "the objective is" in refusal(network, case, dear)


def test_the_audit_finds_shut_ground_missing_pipes_and_hubs_too_far() -> None:
    case, question = ring()
    network = design(case.graph, question)
    assert "segment 1 is forbidden" in refusal(network, case, case.ask(forbidden=frozenset({1})))
    assert "segment 3 is forced but not there" in refusal(network, case, case.ask(forced=frozenset({3})))
    assert "which is 2.0 km away, beyond 1 km" in refusal(network, case, case.ask(max_distance_km=1.0))


def test_the_audit_follows_every_join_to_its_hub() -> None:
    case, question = ring()
    network = design(case.graph, question)
    astray = dataclasses.replace(network, joins=network.joins.assign(edges=[(0,)]))
    said = refusal(astray, case, question)
    assert "the way of a does not lead to x" in said
    assert "segment 1 carries 2 more than its joins" in said
