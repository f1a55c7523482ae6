"""The exact design: against brute force, against the heuristic, and stopped at any time."""

from __future__ import annotations

import importlib
import math
import os
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import highspy
import numpy as np
import pytest
from scipy.optimize import linprog
from test_network import Case, candidates_of, clients_of, hubs_of, random_case, toy_price

from infraplan.core.errors import DesignError
from infraplan.core.model import NetworkProblem, PipePrice
from infraplan.networks.design import audit, solver
from infraplan.networks.design.chains import contract
from infraplan.networks.design.cuts import Cutter
from infraplan.networks.design.exact import ExactDesign, design_exactly
from infraplan.networks.design.formulation import FixedChargeProblem, Formulation
from infraplan.networks.design.slopes import price_flow, to_columns
from infraplan.networks.design.solver import solve

PER_UNIT = 1000.0  # t per kt
_ASKED = {field.name for field in fields(NetworkProblem)}
SURE = 1.0e-7  # gap that counts as proven


def exactly(case: Case, **options: object) -> ExactDesign:
    """The exact answer to a case, as far as it can be proven."""
    question = case.ask(**{k: options.pop(k) for k in _ASKED & options.keys()})
    return design_exactly(case.graph, question, **{"gap": SURE, "time_limit_s": 20.0, **options})  # type: ignore[arg-type]


def two_sizes() -> PipePrice:
    """The toy price list without its thinnest and thickest pipe."""
    full = toy_price()
    cut = {name: getattr(full, name)[1:3] for name in full.__dataclass_fields__
           if isinstance(getattr(full, name), np.ndarray)}  # fmt: skip
    return replace(full, **cut)


def balance_of(case: Case) -> np.ndarray:
    """What comes into each node (rows): along each edge, from each client and into each hub (columns)."""
    graph, clients, hubs = case.graph, case.clients, case.hubs
    m, k, t = graph.graph.number_of_edges(), len(clients), len(hubs)
    balance = np.zeros((graph.graph.number_of_nodes(), m + k + t))
    for u, v, d in graph.graph.edges(data=True):
        balance[u, d["edge"]], balance[v, d["edge"]] = 1.0, -1.0
    for i, place in enumerate(clients["place_id"]):
        balance[graph.node_of[place], m + i] = -1.0
    for j, place in enumerate(hubs["place_id"]):
        balance[graph.node_of[place], m + k + j] = 1.0
    return balance


def cheapest_by_enumeration(case: Case, price: PipePrice) -> float:
    """Least yearly cost over every choice of pipes on every edge, the flow through them by linear programming."""
    edges = sorted((d["edge"], u, v, d) for u, v, d in case.graph.graph.edges(data=True))
    clients, hubs = case.clients, case.hubs
    m = len(edges)
    balance = balance_of(case)
    trade = np.concatenate([np.zeros(m), -clients["worth"], hubs["unit_cost"]]) * PER_UNIT
    most_gained = float((clients["amount"] * clients["worth"].clip(lower=0.0)).sum()) * PER_UNIT
    best = 0.0
    sizes = len(price.dn_mm)
    for choice in product(range(-1, sizes), repeat=m):
        pipes_eur = sum(
            price.annual_eur_per_m[s] * d["weighted_m"]
            + price.crossing_factor[s] * price.crossing_annuity * d["crossing_eur"]
            for s, (*_, d) in zip(choice, edges, strict=True)
            if s >= 0
        )
        if pipes_eur - most_gained >= best:
            continue
        room = [price.capacity_per_a[s] if s >= 0 else 0.0 for s in choice]
        bounds = [(-r, r) for r in room] + [(0.0, a) for a in clients["amount"]] + [(0.0, c) for c in hubs["capacity"]]
        best = min(best, pipes_eur + linprog(trade, A_eq=balance, b_eq=np.zeros(len(balance)), bounds=bounds).fun)
    return float(best)


def small_case(seed: int) -> Case:
    """A random case of at most 6 edges that its two pipe sizes can serve."""
    dice = np.random.default_rng(seed)
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 3), (3, 4)]
    spread = [(u, v, float(dice.uniform(500, 4_000)), float(dice.uniform(0, 9_000))) for u, v in edges]
    places = {"a": 0, "b": 1, "c": 2, "x": 3, "y": 4}
    clients = {name: (float(dice.uniform(0.5, 4.0)), float(dice.uniform(5, 60))) for name in "abc"}
    hubs = {name: (float(dice.uniform(1.0, 5.0)), float(dice.uniform(0, 15))) for name in "xy"}
    return Case(candidates_of(spread, places), clients_of(clients), hubs_of(hubs))


@pytest.mark.parametrize("seed", range(4))
def test_exact_is_the_cheapest_of_all_choices(seed: int) -> None:
    case = small_case(seed)
    answer = exactly(case, price=two_sizes())
    expected = cheapest_by_enumeration(case, two_sizes())
    assert answer.network.objective_eur_per_a == pytest.approx(expected, rel=1e-6, abs=1e-3)
    assert answer.bound_eur_per_a <= expected + 1e-6 * abs(expected) + 1e-3
    assert answer.gap <= 2e-6


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("tight", [False, True])
def test_exact_is_never_dearer_than_the_heuristic(seed: int, tight: bool) -> None:
    case = random_case(seed, tight=tight)
    heuristic = case.design()
    answer = exactly(case, start=heuristic)
    slack = 1e-6 * abs(heuristic.objective_eur_per_a) + 1e-2
    assert answer.network.objective_eur_per_a <= heuristic.objective_eur_per_a + slack
    assert answer.bound_eur_per_a <= answer.network.objective_eur_per_a + slack
    audit(answer.network, case.graph, case.ask())


def test_stopped_at_once_returns_the_start_with_a_bound() -> None:
    case = random_case(3)
    heuristic = case.design()
    best = exactly(case)
    stopped = exactly(case, start=heuristic, should_stop=lambda: True)
    assert stopped.network.objective_eur_per_a == pytest.approx(heuristic.objective_eur_per_a, rel=1e-6)
    assert -math.inf < stopped.bound_eur_per_a <= best.network.objective_eur_per_a


def test_stopped_at_once_without_a_start_leaves_everybody_out() -> None:
    case = random_case(3)
    stopped = exactly(case, should_stop=lambda: True)
    assert stopped.network.joins.empty
    assert stopped.network.objective_eur_per_a == 0.0
    assert sorted(stopped.network.left_out["place_id"]) == sorted(case.clients["place_id"])


def test_who_must_join_joins_even_when_stopped_at_once() -> None:
    case = random_case(3)
    must = replace(case, clients=case.clients.assign(worth=math.inf))
    stopped = exactly(must, should_stop=lambda: True)
    can = min(case.clients["amount"].sum(), case.hubs["capacity"].sum())
    assert stopped.network.joins["amount"].sum() == pytest.approx(can)


def test_tell_hears_falling_costs_and_rising_bounds() -> None:
    heard: list[tuple[float, float]] = []
    exactly(random_case(5), report_progress=lambda cost, bound: heard.append((cost, bound)))
    costs, bounds = zip(*heard, strict=True)
    assert list(costs) == sorted(costs, reverse=True)
    assert list(bounds) == sorted(bounds)


def test_forbidden_segments_are_avoided_and_forced_ones_laid() -> None:
    ring = [(0, 1, 1_000.0), (1, 2, 1_000.0), (0, 3, 4_000.0), (3, 2, 4_000.0)]
    case = Case(candidates_of(ring, {"a": 0, "x": 2}), clients_of({"a": (2.0, 900.0)}), hubs_of({"x": (9.0, 1.0)}))
    free = exactly(case).network
    assert set(free.segments["edge"]) == {0, 1}
    detour = exactly(case, forbidden=frozenset({1})).network
    assert set(detour.segments["edge"]) == {2, 3}
    idle = exactly(case, forced=frozenset({3})).network
    assert set(idle.segments["edge"]) == {0, 1, 3}
    thin = toy_price()
    assert idle.objective_eur_per_a - free.objective_eur_per_a == pytest.approx(thin.annual_eur_per_m[0] * 4_000.0)
    audit(idle, case.graph, case.ask(forced=frozenset({3})))
    with pytest.raises(DesignError, match="both forced and forbidden"):
        exactly(case, forced=frozenset({1}), forbidden=frozenset({1}))


def test_an_existing_pipe_is_free_up_to_its_capacity() -> None:
    ring = [(0, 1, 1_000.0), (1, 2, 1_000.0), (0, 3, 4_000.0), (3, 2, 4_000.0)]
    case = Case(candidates_of(ring, {"a": 0, "x": 2}), clients_of({"a": (2.0, 900.0)}), hubs_of({"x": (9.0, 1.0)}))
    there = exactly(case, existing={2: 2.0, 3: 2.0}).network
    assert set(there.segments["edge"]) == {2, 3}
    assert there.segments["annual_eur"].sum() == 0.0
    too_thin = exactly(case, existing={2: 1.0, 3: 1.0}).network
    assert too_thin.objective_eur_per_a <= exactly(case).network.objective_eur_per_a


def test_a_hub_with_a_fixed_cost_opens_only_where_it_pays() -> None:
    line = [(0, 1, 1_000.0), (1, 2, 1_500.0)]
    case = Case(candidates_of(line, {"a": 1, "x": 0, "y": 2}), clients_of({"a": (2.0, 900.0)}),
                hubs_of({"x": (9.0, 1.0), "y": (9.0, 1.0)}))  # fmt: skip
    assert set(exactly(case).network.joins["hub_id"]) == {"x"}
    dear = replace(case, hubs=case.hubs.assign(fixed_cost=[50_000.0, 10_000.0]))
    answer = exactly(dear)
    assert set(answer.network.joins["hub_id"]) == {"y"}
    assert answer.gap <= 2e-6


def test_no_client_is_joined_to_a_hub_too_far_away() -> None:
    line = [(0, 1, 5_000.0), (1, 2, 1_000.0), (2, 3, 5_000.0)]
    clients = clients_of({"a": (2.0, 900.0), "b": (2.0, 900.0)})
    places = {"x": 0, "a": 1, "b": 2, "y": 3}
    case = Case(candidates_of(line, places), clients, hubs_of({"x": (9.0, 1.0), "y": (9.0, 20.0)}))
    near = exactly(case, max_distance_km=1.5).network
    assert set(zip(near.joins["place_id"], near.joins["hub_id"], strict=True)) == {("a", "x"), ("b", "y")}
    anywhere = exactly(case).network
    assert anywhere.objective_eur_per_a < near.objective_eur_per_a


def test_nothing_to_join_is_an_empty_network() -> None:
    case = random_case(1)
    answer = exactly(replace(case, hubs=case.hubs.iloc[:0]))
    assert answer.network.segments.empty
    assert answer.gap == 0.0


def random_problem(seed: int, *, target: bool) -> FixedChargeProblem:
    """A grid of 3 x 3 nodes with two kinds of pipe per edge, costs of opening, modules and perhaps a target."""
    dice = np.random.default_rng(seed)
    edges = [(r * 3 + c, r * 3 + c + 1) for r in range(3) for c in range(2)]
    edges += [(r * 3 + c, r * 3 + c + 3) for r in range(2) for c in range(3)]
    length = dice.uniform(1, 5, len(edges))
    spots = dice.permutation(9)
    amount, capacity = dice.uniform(1, 8, 4), dice.uniform(4, 9, 2)
    return FixedChargeProblem(
        nodes=9,
        tail=np.array([u for u, _ in edges]),
        head=np.array([v for _, v in edges]),
        option_edge=np.repeat(np.arange(len(edges)), 2),
        option_capacity=np.tile([4.0, 15.0], len(edges)),
        option_fixed=np.repeat(length, 2) * np.tile([1.0, 2.2], len(edges)),
        option_variable=np.repeat(length, 2) * np.tile([0.5, 0.2], len(edges)),
        source_node=spots[:4],
        source_amount=amount,
        source_fixed=dice.uniform(0, 20, 4),
        source_variable=dice.uniform(0, 3, 4) if target else -dice.uniform(5, 12, 4),
        sink_node=spots[4:6],
        sink_capacity=capacity,
        sink_fixed=dice.uniform(0, 10, 2),
        sink_variable=dice.uniform(0, 2, 2),
        sink_module=np.array([0.7, np.inf]),
        module_cost=np.array([1.1, 0.0]),
        reach=np.array([[True, True]] * 3 + [[True, seed % 2 == 0]]),
        forced=np.arange(len(edges)) == seed % 5,
        must=np.zeros(4, dtype=bool),
        target=0.6 * min(float(amount.sum()), float(capacity.sum())) if target else None,
    )


def plainly(problem: FixedChargeProblem) -> tuple[float, np.ndarray]:
    """Cost and columns of the best answer of the formulation without any cut."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.passModel(Formulation(problem).to_lp(whole=True))
    highs.run()
    return float(highs.getInfo().objective_function_value), np.array(highs.getSolution().col_value)


@pytest.mark.parametrize("target", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2, 4])
def test_cuts_never_cut_off_the_best_answer(seed: int, target: bool) -> None:
    problem = random_problem(seed, target=target)
    expected, best = plainly(problem)
    formulation = Formulation(problem)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    cutter = Cutter(formulation)
    for _ in range(6):
        highs.passModel(formulation.to_lp())
        highs.run()
        value = np.array(highs.getSolution().col_value)
        cuts = cutter.find(value, effort=3, stop=lambda: False)
        for column, factor, _, limit in cuts:
            assert factor @ value[column] > limit
            assert factor @ best[column] <= limit + 1e-5
        formulation.rows += cuts
    answer = solve(problem, gap=SURE, time_limit_s=20.0)
    assert answer.objective == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert answer.bound <= answer.objective
    assert answer.flow is not None
    assert price_flow(problem, answer.flow) == answer.objective
    columns = to_columns(formulation, answer.flow)
    for column, factor, low, high in formulation.rows:
        assert low - 1e-4 <= factor @ columns[column] <= high + 1e-4


def test_a_large_map_is_searched_in_neighbourhoods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "_LARGE", 0)
    case = random_case(7)
    heuristic, best = case.design(), exactly(case, existing={})
    slack = 1e-6 * abs(heuristic.objective_eur_per_a)
    for start in (None, heuristic):
        answer = exactly(case, start=start, time_limit_s=2.0)
        assert answer.network.objective_eur_per_a <= (0.0 if start is None else heuristic.objective_eur_per_a) + slack
        assert answer.bound_eur_per_a <= answer.network.objective_eur_per_a
        assert answer.bound_eur_per_a <= best.network.objective_eur_per_a + slack


def test_chains_and_dead_ends_do_not_change_the_answer() -> None:
    problem = random_problem(2, target=True)
    first, last = problem.tail[0], problem.head[0]
    # edge 0 becomes a chain over a new node, and another new node is a dead end
    plain = replace(
        problem,
        option_variable=np.zeros(len(problem.option_edge)),
        forced=np.zeros(len(problem.tail), dtype=bool),
    )
    half = np.where(plain.option_edge == 0, 0.5, 1.0) * plain.option_fixed
    count = len(problem.tail)
    longer = replace(
        plain,
        nodes=11,
        tail=np.append(plain.tail, [last, first]),
        head=np.append(np.where(np.arange(count) == 0, 9, plain.head), [9, 10]),
        option_edge=np.append(plain.option_edge, [count, count, count + 1]),
        option_capacity=np.append(plain.option_capacity, [4.0, 15.0, 15.0]),
        option_fixed=np.append(half, [*half[:2], 0.1]),
        option_variable=np.zeros(len(half) + 3),
        forced=np.zeros(count + 2, dtype=bool),
    )
    assert len(contract(longer).small.tail) <= count
    expected = solve(plain, gap=SURE, time_limit_s=20.0).objective
    answer = solve(longer, gap=SURE, time_limit_s=20.0)
    assert answer.objective == pytest.approx(expected, rel=1e-6)
    assert answer.flow is not None
    assert price_flow(longer, answer.flow) == pytest.approx(expected, rel=1e-6)


def test_published_case_is_solved_to_its_known_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    simccs = importlib.import_module("benchmarks.simccs")
    home = Path(os.environ.get("INFRAPLAN_INSTANCES", Path(__file__).parents[1] / "../shared/instances"))
    folder = home / "simccs" / "SoutheastUS" / "Scenarios"
    if not folder.is_dir():
        pytest.skip(f"no published instances at {folder}")
    file, known, _ = simccs.SCENARIOS["cap 50 Mt/yr"]
    answer = solve(simccs.read(folder / file), gap=0.02, time_limit_s=10.0)
    assert known * (1.0 - 1e-6) <= answer.objective <= known * 1.02
    assert answer.bound <= known * (1.0 + 1e-6)
    assert answer.gap <= 0.02
