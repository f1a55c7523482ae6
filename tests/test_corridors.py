"""Corridors: carriers designed together, segments gathered under the names of clusters."""

from __future__ import annotations

import dataclasses
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from default_limits import NAMING
from hypothesis import given, settings
from hypothesis import strategies as st
from test_network import CRS, Case, Edge, candidates_of, clients_of, hubs_of, random_case, toy_price

from infraplan.core.model import CandidateGraph, Network, NetworkProblem
from infraplan.networks import corridors
from infraplan.networks.corridors import Corridors
from infraplan.networks.design import design

QUICK = settings(max_examples=15, deadline=None, derandomize=True)
BESIDE = 0.6


# --- carriers together ----------------------------------------------------------------------------------------


def questions_of(seed: int) -> tuple[Case, dict[str, NetworkProblem]]:
    """The same places ask for two carriers whose pipes differ in price."""
    case, dice = random_case(seed), np.random.default_rng(seed + 999)
    questions = {}
    for carrier, scale in (("co2", 1.0), ("h2", float(dice.uniform(0.5, 3.0)))):
        count = len(case.clients)
        clients = case.clients.assign(amount=dice.uniform(0.2, 8.0, count), worth=dice.uniform(200.0, 2500.0, count))
        questions[carrier] = NetworkProblem(clients, case.hubs, toy_price(carrier, scale=scale), math.inf)
    return case, questions if seed % 2 else dict(reversed(questions.items()))


def alone(case: Case, question: NetworkProblem) -> Network:
    return design(case.graph, question)


@settings(QUICK, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_carriers_together_are_never_dearer_than_each_alone(seed: int) -> None:
    case, questions = questions_of(seed)
    together = corridors.design_together(case.graph, questions, second_pipe_factor=BESIDE)
    assert list(together) == list(questions)
    separate = sum(alone(case, question).objective_eur_per_a for question in questions.values())
    assert sum(network.objective_eur_per_a for network in together.values()) <= separate + 1.0


@QUICK
@given(seed=st.integers(0, 10_000))
def test_in_a_shared_strip_the_dearest_pipe_opens_the_ground_and_the_others_lie_beside_it(seed: int) -> None:
    case, questions = questions_of(seed)
    networks = corridors.design_together(case.graph, questions, second_pipe_factor=BESIDE)
    pipes = pd.concat([n.segments.assign(carrier=c) for c, n in networks.items()])
    price = {carrier: question.price for carrier, question in questions.items()}
    pipes["dear"] = [
        price[row.carrier].annual_eur_per_m[np.flatnonzero(price[row.carrier].dn_mm == row.dn_mm)[0]]
        for row in pipes.itertuples()
    ]
    for _, strip in pipes.groupby("edge"):
        ordered = strip.sort_values("dear", ascending=False)
        assert ordered["ground_factor"].tolist() == [1.0, BESIDE][: len(ordered)]
        assert ordered["dear"].iloc[0] == strip["dear"].max()


@QUICK
@given(seed=st.integers(0, 10_000))
def test_the_price_of_shared_ground_is_in_the_segments_and_the_objective(seed: int) -> None:
    case, questions = questions_of(seed)
    networks = corridors.design_together(case.graph, questions, second_pipe_factor=BESIDE)
    ground = {d["edge"]: d for *_, d in case.graph.graph.edges(data=True)}
    for carrier, network in networks.items():
        question = questions[carrier]
        for row in network.segments.itertuples():
            size = int(np.flatnonzero(question.price.dn_mm == row.dn_mm)[0])
            metre = ground[row.edge]["weighted_m"] * row.ground_factor
            crossing = ground[row.edge]["crossing_eur"] * question.price.crossing_factor[size]
            capex = (question.price.capex_eur_per_m[size] * metre + crossing) * row.pipes
            annual = question.price.annual_eur_per_m[size] * metre + crossing * question.price.crossing_annuity
            assert row.capex_eur == pytest.approx(capex)
            assert row.annual_eur == pytest.approx(annual * row.pipes)
        hub_cost = network.joins["hub_id"].map(question.hubs.set_index("hub_id")["unit_cost"])
        worth = network.joins["place_id"].map(question.clients.set_index("place_id")["worth"])
        trade = float(((hub_cost - worth) * network.joins["amount"]).sum()) * 1000.0
        assert network.objective_eur_per_a == pytest.approx(network.segments["annual_eur"].sum() + trade, abs=1e-2)


def test_a_carrier_alone_is_designed_as_if_there_were_no_sharing() -> None:
    case, questions = questions_of(4)
    only = {"co2": questions["co2"]}
    (network,) = corridors.design_together(case.graph, only, second_pipe_factor=BESIDE).values()
    pd.testing.assert_frame_equal(network.segments, alone(case, questions["co2"]).segments)


def test_each_carrier_is_told() -> None:
    case, questions = questions_of(4)
    told: list[str] = []
    corridors.design_together(case.graph, questions, second_pipe_factor=BESIDE, report_progress=told.append)
    assert set(told) == {"co2", "h2"}


# --- names and shape ------------------------------------------------------------------------------------------

# west: a, b; mid: m; east: c and the hub. Lengths in metres; every node 10 km from the next on the map
LINE: list[Edge] = [(0, 1, 6000.0), (1, 2, 20_000.0), (2, 3, 20_000.0), (3, 4, 6000.0)]
PLACE = {"a": 0, "b": 1, "m": 2, "c": 3, "h": 4}
CLUSTER = {"a": "west", "b": "west", "m": "mid", "c": "east", "h": "east"}
RADIUS_M = {"west": 5000.0, "mid": 5000.0, "east": 5000.0}


def line_graph(edges: list[Edge] | None = None) -> CandidateGraph:
    return candidates_of(edges or LINE, PLACE)


def network_on(graph: CandidateGraph, carrier: str, rows: dict[str, tuple[float, float]], hub: str = "h") -> Network:
    return design(graph, NetworkProblem(clients_of(rows), hubs_of({hub: (99.0, 1.0)}, carrier), toy_price(carrier)))


def propose(graph: CandidateGraph, *networks: Network, cluster_of: dict[str, str] | None = None) -> Corridors:
    return corridors.propose(
        {n.carrier: n for n in networks}, graph, cluster_of=cluster_of or CLUSTER, radius_m=RADIUS_M, limits=NAMING
    )


RICH = 9000.0


def test_corridors_carry_the_names_of_the_clusters_they_join() -> None:
    graph = line_graph()
    co2 = network_on(graph, "co2", {"a": (1.0, RICH), "b": (1.0, RICH), "m": (1.0, RICH), "c": (1.0, RICH)})
    proposed = propose(graph, co2)
    found = proposed.strips.set_index("corridor_id")
    assert found.index.tolist() == ["east", "east--mid", "mid--west", "west"]
    assert found.loc["east--mid", ["cluster_a", "cluster_b"]].tolist() == ["east", "mid"]
    assert found.loc["west", ["cluster_a", "cluster_b"]].tolist() == ["west", "west"]
    edges = proposed.segments.set_index("edge")["corridor_id"].to_dict()
    assert edges == {0: "west", 1: "mid--west", 2: "east--mid", 3: "east"}
    assert found["length_km"].to_dict() == {"east": 6.0, "east--mid": 20.0, "mid--west": 20.0, "west": 6.0}


def test_without_the_cluster_between_it_is_one_corridor() -> None:
    graph = line_graph()
    proposed = propose(graph, network_on(graph, "co2", {"a": (1.0, RICH), "b": (1.0, RICH), "c": (1.0, RICH)}))
    assert proposed.strips["corridor_id"].tolist() == ["east", "east--west", "west"]
    assert proposed.strips.set_index("corridor_id").loc["east--west", "length_km"] == 40.0


def test_id_of_a_pair_does_not_depend_on_the_direction_of_flow() -> None:
    graph = line_graph()
    there = propose(graph, network_on(graph, "co2", {"b": (1.0, RICH)}))
    back = propose(graph, network_on(graph, "co2", {"c": (1.0, RICH)}, hub="b"))
    assert there.segments.set_index("edge")["corridor_id"][1] == "east--west"
    assert back.segments.set_index("edge")["corridor_id"][1] == "east--west"


def test_pipes_of_all_carriers_in_one_strip_are_in_one_corridor() -> None:
    graph = line_graph()
    co2 = network_on(graph, "co2", {"a": (1.0, RICH), "b": (1.0, RICH), "c": (1.0, RICH)})
    h2 = network_on(graph, "h2", {"a": (0.5, RICH)})
    proposed = propose(graph, co2, h2)
    assert not proposed.segments[["edge", "corridor_id"]].drop_duplicates()["edge"].duplicated().any()
    assert set(proposed.segments["segment_id"]) == {f"{c}-{e}" for c in ("co2", "h2") for e in range(4)}
    assert proposed.strips["length_km"].sum() == 52.0  # a strip counts once, whatever lies in it


def test_segments_are_drawn_in_the_direction_of_flow() -> None:
    graph = line_graph()
    proposed = propose(graph, network_on(graph, "co2", {"b": (1.0, RICH)}), network_on(graph, "h2", {"b": (0.5, RICH)}))
    for row in proposed.segments.itertuples():
        start, end = row.geometry.coords[0], row.geometry.coords[-1]
        assert (end[0] > start[0]) == (row.carrier == "co2")
        node = graph.graph.nodes[row.node_from]
        assert start == (node["x"], node["y"])


def test_a_stretch_too_short_for_a_name_belongs_to_its_longest_neighbour() -> None:
    edges: list[Edge] = [(0, 1, 6000.0), (1, 2, 3000.0), (2, 3, 20_000.0), (3, 4, 6000.0)]
    graph = line_graph(edges)
    rows = {"a": (1.0, RICH), "b": (1.0, RICH), "m": (1.0, RICH), "c": (1.0, RICH)}
    proposed = propose(graph, network_on(graph, "co2", rows))
    assert proposed.segments.set_index("edge")["corridor_id"].to_dict() == {
        0: "west",
        1: "east--mid",
        2: "east--mid",
        3: "east",
    }


def test_a_lonely_short_stretch_keeps_its_own_name() -> None:
    graph = candidates_of([(0, 1, 1500.0)], {"b": 0, "h": 1})
    proposed = propose(graph, network_on(graph, "co2", {"b": (1.0, RICH)}))
    assert proposed.strips["corridor_id"].tolist() == ["east--west"]


def stretches(proposed: Corridors, graph: CandidateGraph) -> list[tuple[str, set[int], float]]:
    """Connected edges of one corridor, with their length [m]."""
    label = dict(zip(proposed.segments["edge"], proposed.segments["corridor_id"], strict=True))
    found = []
    for corridor in sorted(set(label.values())):
        part = nx.Graph(
            graph.graph.edge_subgraph(
                [(u, v) for u, v, d in graph.graph.edges(data=True) if label.get(d["edge"]) == corridor]
            )
        )
        for nodes in nx.connected_components(part):
            found.append((corridor, nodes, sum(d["length_m"] for *_, d in part.subgraph(nodes).edges(data=True))))
    return found


@QUICK
@given(seed=st.integers(0, 10_000))
def test_every_used_edge_is_in_one_corridor_and_every_user_is_listed(seed: int) -> None:
    case, questions = questions_of(seed)
    networks = corridors.design_together(case.graph, questions, second_pipe_factor=BESIDE)
    dice = np.random.default_rng(seed)
    cluster_of = {name: str(dice.choice(["west", "mid", "east"])) for name in case.graph.node_of}
    radius_m = dict.fromkeys(("west", "mid", "east"), float(dice.choice([0.0, 8000.0, 40_000.0])))
    proposed = corridors.propose(networks, case.graph, cluster_of=cluster_of, radius_m=radius_m, limits=NAMING)

    for carrier, network in networks.items():
        mine = proposed.segments[proposed.segments["carrier"] == carrier]
        assert sorted(mine["edge"]) == sorted(network.segments["edge"])
    assert not proposed.segments[["edge", "corridor_id"]].drop_duplicates()["edge"].duplicated().any()
    assert proposed.segments["segment_id"].is_unique
    assert set(proposed.segments["corridor_id"]) == set(proposed.strips["corridor_id"])

    corridor_of = dict(zip(proposed.segments["edge"], proposed.segments["corridor_id"], strict=True))
    wanted: dict[tuple[str, str, str, str], float] = {}
    for carrier, network in networks.items():
        for row in network.joins.itertuples():
            for corridor in {corridor_of[edge] for edge in row.edges}:
                key = (corridor, carrier, row.place_id, row.hub_id)
                wanted[key] = wanted.get(key, 0.0) + row.amount
    keys = ["corridor_id", "carrier", "place_id", "hub_id"]
    assert proposed.users.set_index(keys)["amount"].to_dict() == pytest.approx(wanted)

    once = proposed.segments.drop_duplicates("edge").groupby("corridor_id")["length_m"].sum() / 1000.0
    assert proposed.strips.set_index("corridor_id")["length_km"].to_dict() == pytest.approx(once.to_dict())
    parts = stretches(proposed, case.graph)
    for corridor, nodes, length_m in parts:
        if length_m < 4000.0:
            assert not any(nodes & others for name, others, _ in parts if name != corridor)


def test_strips_are_lines_in_the_crs_of_the_study() -> None:
    graph = line_graph()
    proposed = propose(graph, network_on(graph, "co2", {"a": (1.0, RICH)}))
    assert proposed.strips.crs == CRS
    assert proposed.segments.crs == CRS
    assert all(isinstance(strip, shapely.MultiLineString) for strip in proposed.strips.geometry)


def test_when_nothing_pays_there_are_no_corridors() -> None:
    graph = line_graph()
    empty = network_on(graph, "co2", {"a": (1.0, 0.0)})
    proposed = propose(graph, empty)
    assert proposed.strips.empty
    assert proposed.segments.empty
    assert proposed.users.empty


def test_nothing_that_was_given_is_changed() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"a": (1.0, RICH)})
    before = dataclasses.replace(network, segments=network.segments.copy(), joins=network.joins.copy())
    propose(graph, network)
    pd.testing.assert_frame_equal(network.segments, before.segments)
    pd.testing.assert_frame_equal(network.joins, before.joins)


def test_without_networks_there_are_no_corridors() -> None:
    nothing = propose(line_graph())
    assert nothing.strips.empty and nothing.segments.empty and nothing.users.empty
    assert {"segment_id", "corridor_id", "carrier", "flow", "capex_eur"} <= set(nothing.segments.columns)
    assert nothing.segments.crs == nothing.strips.crs
