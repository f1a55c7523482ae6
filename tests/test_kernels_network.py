"""The kernels of network design, each against plain Python: prices, accounts, the cheapest way, local moves."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_network import PER_UNIT, candidates_of, clients_of, hubs_of, toy_price, wide_case

from infraplan.core.model import Network, NetworkProblem
from infraplan.networks.design import Designer, audit, list_segments, read_terms
from infraplan.networks.design.path_flows import PathFlow
from infraplan.networks.design.solution_state import SolutionState

FEW = settings(max_examples=60, deadline=None, derandomize=True)
SEEDS = range(4)


def state_of(seed: int, clients: int = 12, hubs: int = 3) -> SolutionState:
    case = wide_case(clients, hubs, seed=seed, side=6)
    solution = Designer(case.graph, NetworkProblem(case.clients, case.hubs, toy_price(), math.inf)).solution
    assert solution is not None
    return solution


def plain_cost_eur(solution: SolutionState, edge: int, flow: float) -> float:
    """Price an edge from the price list, one size after the other."""
    price = solution.price
    if flow <= 1e-9:
        return 0.0
    fitting = [i for i, most in enumerate(price.capacity_per_a) if most >= flow - 1e-9]
    size = fitting[0] if fitting else len(price.capacity_per_a) - 1
    pipes = 1 if fitting else math.ceil(flow / price.capacity_per_a[-1] - 1e-9)
    metre = solution.graph.weighted_m[edge] * solution.strip_factor[edge]
    crossing = solution.graph.crossing_eur[edge] * price.crossing_factor[size] * price.crossing_annuity
    return float(pipes * (price.annual_eur_per_m[size] * metre + crossing))


@FEW
@given(
    flow=st.one_of(st.floats(0.001, 100.0), st.sampled_from([1.0, 3.0, 9.0, 27.0, 54.0])),
    scale=st.floats(0.1, 10.0),
    crossing=st.sampled_from([0.0, 1.0e5, 3.0e6]),
    existing=st.one_of(st.none(), st.floats(0.5, 60.0)),
    reuse=st.sampled_from([0.0, 1000.0, 1.0e9]),
    forced=st.booleans(),
    factor=st.sampled_from([1.0, 0.6]),
)
def test_kernel_price_list_report_and_audit_agree_on_the_price_of_a_pipe(
    flow: float, scale: float, crossing: float, existing: float | None, reuse: float, forced: bool, factor: float
) -> None:
    price = toy_price(scale=scale)
    graph = candidates_of([(0, 1, 1500.0, crossing), (1, 2, 700.0)], {"a": 0, "h": 2})
    problem = NetworkProblem(
        clients_of({"a": (flow, math.inf)}),
        hubs_of({"h": (1000.0, 0.0)}),
        price,
        existing={} if existing is None else {0: existing},
        reuse_eur_per_a={} if existing is None else {0: reuse},
        forced=frozenset({0} if forced else ()),
    )
    designer = Designer(graph, problem)
    solution = designer.solution
    assert solution is not None
    strips = np.array([factor, 1.0])
    solution.reprice(strips)
    empty_eur = solution.edge_cost(np.zeros(2))
    assert solution.cost == pytest.approx(empty_eur)
    solution.put(0, (PathFlow(0, flow, np.array([0, 1])),))
    by_kernel = solution.cost.copy()
    by_list = solution.edge_cost(solution.flow)
    joins = pd.DataFrame({"place_id": ["a"], "hub_id": ["h"], "amount": [flow], "edges": [(0, 1)]})
    terms = read_terms(problem, 2)
    segments = list_segments(graph.edges, joins, price, strips, graph.node_of, terms)
    assert by_kernel == pytest.approx(by_list, rel=1e-12)
    assert by_kernel == pytest.approx(segments["annual_eur"].to_numpy(), rel=1e-9)
    if existing is None:
        assert by_kernel == pytest.approx([plain_cost_eur(solution, edge, flow) for edge in (0, 1)], rel=1e-9)
    left_out = pd.DataFrame({"place_id": [], "amount": [], "reason": [], "break_even_worth": []})
    network = Network(price.carrier, price.unit, segments, joins, left_out, float(by_kernel.sum()))
    audit(network, graph, problem, strip_factor=strips)
    solution.clear()
    assert solution.cost == pytest.approx(empty_eur)


def check_accounts(solution: SolutionState) -> None:
    """Compare the accounts with what the path flows add up to."""
    flow, taken = np.zeros(len(solution.flow)), np.zeros(len(solution.capacity))
    trade = 0.0
    for client, mine in enumerate(solution.path_flows):
        assert sum(p.amount for p in mine) <= solution.amount[client] * (1.0 + 1e-9)
        for path_flow in mine:
            flow[path_flow.edges] += path_flow.amount
            taken[path_flow.hub] += path_flow.amount
            unit_eur = solution.hub_cost[path_flow.hub] - solution.worth[client]
            trade += path_flow.amount * PER_UNIT * unit_eur
    pipes = sum(plain_cost_eur(solution, edge, amount) for edge, amount in enumerate(flow.tolist()))
    assert solution.flow == pytest.approx(flow, abs=1e-7)
    assert solution.room == pytest.approx(solution.capacity - taken, abs=1e-7)
    assert solution.objective() == pytest.approx(pipes + trade, rel=1e-9, abs=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_move_keeps_the_accounts_and_makes_nothing_dearer(seed: int) -> None:
    solution = state_of(seed)
    everybody = np.argsort(-solution.amount, kind="stable")
    solution.join_all(everybody, most=np.inf)
    check_accounts(solution)
    moves = {
        "reinsert": lambda: solution.reinsert(everybody, lambda: False, lambda share: None),
        "prune": lambda: solution.prune(solution.branches(), lambda: False),
        "move": lambda: solution.move(solution.branches(), lambda: False, lambda share: None, largest=30),
        "exchange": lambda: solution.exchange(
            everybody[solution.left()[everybody] > 1e-6], lambda: False, lambda share: None, guests=5
        ),
    }
    for name, move in moves.items():
        before = solution.objective()
        move()
        check_accounts(solution)
        assert solution.objective() <= before + 1e-3, name


def ways_eur(solution: SolutionState, client: int, amount: float) -> dict[int, float]:
    """What it would cost to bring one more amount of a client to each hub [EUR/a], by networkx."""
    graph: nx.Graph[int] = nx.Graph()
    ends = zip(solution.graph.node_a.tolist(), solution.graph.node_b.tolist(), strict=True)
    for edge, (a, b) in enumerate(ends):
        flow = float(solution.flow[edge])
        more = plain_cost_eur(solution, edge, flow + amount) - plain_cost_eur(solution, edge, flow)
        # equal ways are told apart by a millionth of the thinnest pipe
        graph.add_edge(a, b, eur=max(more, 0.0) + solution.graph.weighted_m[edge] * 1e-5)
    eur = nx.single_source_dijkstra_path_length(graph, int(solution.client_node[client]), weight="eur")
    return {
        hub: eur[node] + float(solution.hub_cost[hub]) * amount * PER_UNIT
        for hub, node in enumerate(solution.hub_node.tolist())
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_way_of_a_client_is_the_cheapest_by_dijkstra(seed: int) -> None:
    solution = state_of(seed)
    order = np.argsort(-solution.amount, kind="stable")
    solution.join_all(order[:-3], most=np.inf)
    for client in order[-3:].tolist():
        amount = float(solution.amount[client])
        ways = ways_eur(solution, client, amount)
        cheapest = min((hub for hub in ways if solution.room[hub] > 1e-9), key=lambda hub: ways[hub])
        per_unit = [eur / amount for hub, eur in ways.items() if solution.room[hub] >= amount]
        if solution.room[cheapest] < amount:  # then a part may go there
            part = float(solution.room[cheapest])
            per_unit.append(ways_eur(solution, client, part)[cheapest] / part)
        assert solution.break_even(client) == pytest.approx(min(per_unit) / PER_UNIT, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_kept_comes_back_and_room_is_made_when_it_runs_out(seed: int) -> None:
    solution = state_of(seed)
    for _ in range(60):  # slots are used up, since those of path flows that were taken off are not used again
        solution.reinsert(np.arange(len(solution.amount)), lambda: False, lambda share: None)
        solution.memo.forget()
    check_accounts(solution)
    kept, objective, joined = solution.keep(), solution.objective(), solution.all_joined()
    solution.clear()
    assert solution.objective() == 0.0
    solution.bring_back(kept)
    assert solution.objective() == pytest.approx(objective)
    assert solution.all_joined() == pytest.approx(joined)
    assert solution.all_joined() == pytest.approx([solution.joined(c) for c in range(len(joined))])
