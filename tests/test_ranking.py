"""Ranking: four figures per corridor, none of which counts a tonne twice."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from default_limits import NAMING
from hypothesis import given, settings
from hypothesis import strategies as st
from test_corridors import RADIUS_M, line_graph, network_on, propose, questions_of
from test_network import candidates_of, clients_of, design, hubs_of, toy_price

from infraplan.appraisal import ranking
from infraplan.core.errors import DesignError
from infraplan.core.model import CandidateGraph, Network, NetworkProblem
from infraplan.demand.design_basis import CLIENT_ROLE
from infraplan.networks import corridors
from infraplan.plan import Plan

QUICK = settings(max_examples=15, deadline=None, derandomize=True)
MARGINAL, ASSIGNED = "co2_avoided_kt_per_a", "co2_avoided_assigned_kt_per_a"
FIRST_IN, GROSS = "co2_avoided_first_in_kt_per_a", "co2_avoided_gross_kt_per_a"
RICH = 9000.0


def credit_of(rows: dict[tuple[str, str], tuple[float, float]], baseline: float = 1000.0) -> pd.DataFrame:
    """Credit per place and carrier: amount and what it avoids; the gross figure is twice as much."""
    return pd.DataFrame(
        [
            {
                "place_id": place, "carrier": carrier, "amount": amount, "avoided_kt_per_a": avoided,
                "gross_kt_per_a": 2.0 * avoided, "baseline_kt_per_a": baseline,
            }
            for (place, carrier), (amount, avoided) in rows.items()
        ]
    )  # fmt: skip


def rank(graph: CandidateGraph, *networks: Network, credit: pd.DataFrame, capacity: float = 99.0) -> pd.DataFrame:
    hubs = pd.concat([hubs_of({"h": (capacity, 1.0)}, n.carrier) for n in networks])
    table = ranking.rank(
        propose(graph, *networks), {n.carrier: n for n in networks}, candidates=graph, credit=credit, hubs=hubs
    )
    return table.set_index("corridor_id")


def test_two_corridors_in_series_get_half_each_of_who_needs_both() -> None:
    # b needs mid--west and east--mid, m only east--mid: Shapley of the game "avoided when all that b needs stands"
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    table = rank(graph, network, credit=credit_of({("b", "co2"): (2.0, 10.0), ("m", "co2"): (3.0, 7.0)}))
    # c's corridor is too short for a name of its own without c: the last stretch belongs to east--mid
    assert table[ASSIGNED].to_dict() == pytest.approx({"mid--west": 5.0, "east--mid": 12.0})
    assert table[MARGINAL].to_dict() == pytest.approx({"mid--west": 10.0, "east--mid": 17.0})
    assert table[FIRST_IN].to_dict() == pytest.approx({"mid--west": 0.0, "east--mid": 7.0})
    assert table[GROSS].to_dict() == pytest.approx({"mid--west": 20.0, "east--mid": 34.0})
    assert table["users"].to_dict() == {"mid--west": 1, "east--mid": 2}
    assert table["rank"].to_dict() == {"east--mid": 1, "mid--west": 2}


def test_cost_per_tonne_is_yearly_cost_over_the_marginal_figure() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    table = rank(graph, network, credit=credit_of({("b", "co2"): (2.0, 10.0), ("m", "co2"): (3.0, 7.0)}))
    annual_eur = network.segments.set_index("edge")["annual_eur"]
    assert table.loc["mid--west", "cost_meur_per_a"] == pytest.approx(annual_eur[1] / 1e6)
    assert table.loc["mid--west", "cost_eur_per_t"] == pytest.approx(annual_eur[1] / 10_000.0)
    assert table["cost_meur_per_a"].sum() == pytest.approx(annual_eur.sum() / 1e6)
    assert table["capex_meur"].sum() == pytest.approx(network.segments["capex_eur"].sum() / 1e6)


def test_a_corridor_that_avoids_nothing_has_no_cost_per_tonne() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH)})
    table = rank(graph, network, credit=credit_of({("b", "co2"): (2.0, 0.0)}))
    assert table["cost_eur_per_t"].isna().all()
    assert table[MARGINAL].tolist() == [0.0]


def test_carriers_of_one_corridor_are_summed() -> None:
    graph = line_graph()
    co2, h2 = network_on(graph, "co2", {"b": (2.0, RICH)}), network_on(graph, "h2", {"b": (0.5, RICH)})
    credit = credit_of({("b", "co2"): (2.0, 10.0), ("b", "h2"): (0.5, 4.0)})
    table = rank(graph, co2, h2, credit=credit)
    assert table.loc["east--west", [MARGINAL, ASSIGNED, FIRST_IN]].tolist() == pytest.approx([14.0] * 3)
    # gross: the best of the user's carriers, since one place cannot do both in full
    assert table.loc["east--west", GROSS] == pytest.approx(20.0)
    assert table.loc["east--west", "users"] == 1


def test_what_is_only_partly_joined_is_only_partly_credited() -> None:
    graph = line_graph()
    network = design(graph, NetworkProblem(clients_of({"b": (8.0, RICH)}), hubs_of({"h": (2.0, 1.0)}), toy_price()))
    table = rank(graph, network, credit=credit_of({("b", "co2"): (8.0, 40.0)}), capacity=2.0)
    assert table[[MARGINAL, ASSIGNED, FIRST_IN]].to_numpy().tolist() == [pytest.approx([10.0] * 3)]


def test_a_full_hub_takes_those_first_that_avoid_most() -> None:
    # room for 3 of 4: m avoids 4.5 per kt and comes first, b only brings its last 1 kt, at 2 per kt
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (2.0, RICH)})
    credit = credit_of({("b", "co2"): (2.0, 4.0), ("m", "co2"): (2.0, 9.0)})
    table = rank(graph, network, credit=credit, capacity=3.0)
    assert table[MARGINAL].to_dict() == pytest.approx({"mid--west": 2.0, "east--mid": 11.0})


def test_a_flow_over_two_ways_is_credited_in_full_once() -> None:
    # a's 4 kt part: 2 over the north, 2 over the south; each way joins what lives there
    edges = [(0, 1, 9000.0), (1, 3, 9000.0), (0, 2, 9000.0), (2, 3, 9000.0)]
    spots = {0: (0.0, 0.0), 1: (9000.0, 9000.0), 2: (9000.0, -9000.0), 3: (18_000.0, 0.0)}
    graph = candidates_of(edges, {"a": 0, "n": 1, "s": 2, "h": 3}, spots)
    joins = pd.DataFrame(
        [("a", "h", 2.0, (0, 1)), ("a", "h", 2.0, (2, 3)), ("n", "h", 1.0, (1,)), ("s", "h", 1.0, (3,))],
        columns=["place_id", "hub_id", "amount", "edges"],
    )
    segments = pd.DataFrame(
        {
            "edge": [0, 1, 2, 3], "node_from": [0, 1, 0, 2], "node_to": [1, 3, 2, 3], "flow": [2.0, 3.0, 2.0, 3.0],
            "dn_mm": 200.0, "pipes": 1, "length_m": 9000.0, "capex_eur": 1e6, "annual_eur": 1e5, "ground_factor": 1.0,
        }
    )  # fmt: skip
    network = Network("co2", "kt_per_a", segments, joins, pd.DataFrame(), 0.0)
    proposed = corridors.propose(
        {"co2": network},
        graph,
        cluster_of={"a": "west", "n": "north", "s": "south", "h": "east"},
        radius_m={},
        limits=NAMING,
    )
    credit = credit_of({("a", "co2"): (4.0, 40.0), ("n", "co2"): (1.0, 1.0), ("s", "co2"): (1.0, 1.0)})
    table = ranking.rank(
        proposed, {"co2": network}, candidates=graph, credit=credit, hubs=hubs_of({"h": (9.0, 1.0)})
    ).set_index("corridor_id")
    assert table[ASSIGNED].sum() == pytest.approx(42.0)
    assert table[ASSIGNED].to_dict() == pytest.approx(
        {"north--west": 10.0, "south--west": 10.0, "east--north": 11.0, "east--south": 11.0}
    )
    # with one way lost, no more of a's flow arrives over the other than was planned for it ...
    assert table.loc["north--west", MARGINAL] == pytest.approx(20.0)
    # ... or than its pipes have room for: 3, of which a's, worth ten times as much, takes all
    roomy = ranking.rank(
        proposed, {"co2": network}, candidates=graph, credit=credit, hubs=hubs_of({"h": (9.0, 1.0)}),
        prices={"co2": toy_price()},
    ).set_index("corridor_id")  # fmt: skip
    assert roomy.loc["north--west", MARGINAL] == pytest.approx(42.0 - 30.0 - 1.0)


# --- no tonne twice -------------------------------------------------------------------------------------------


def test_a_planted_double_credit_is_refused() -> None:
    graph = line_graph()
    co2, h2 = network_on(graph, "co2", {"b": (2.0, RICH)}), network_on(graph, "h2", {"b": (0.5, RICH)})
    twice = credit_of({("b", "co2"): (2.0, 80.0), ("b", "h2"): (0.5, 80.0)}, baseline=100.0)
    with pytest.raises(DesignError, match="b would avoid 160"):
        rank(graph, co2, h2, credit=twice)


def test_a_double_credit_does_not_hide_behind_another_place() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    credit = credit_of({("b", "co2"): (2.0, 150.0), ("m", "co2"): (3.0, 1.0)}, baseline=100.0)
    with pytest.raises(DesignError, match="b would avoid 150") as error:
        rank(graph, network, credit=credit)
    assert len(error.value.problems) == 1


@QUICK
@given(seed=st.integers(0, 10_000))
def test_figures_keep_their_order_and_their_sum(seed: int) -> None:
    case, questions = questions_of(seed)
    networks = corridors.design_together(case.graph, questions, second_pipe_factor=0.6)
    dice = np.random.default_rng(seed)
    cluster_of = {name: str(dice.choice(["west", "mid", "east"])) for name in case.graph.node_of}
    proposed = corridors.propose(networks, case.graph, cluster_of=cluster_of, radius_m=RADIUS_M, limits=NAMING)
    credit = pd.concat(
        [
            question.clients.assign(
                carrier=carrier,
                avoided_kt_per_a=dice.uniform(0.0, 50.0, len(question.clients)),
                gross_kt_per_a=100.0,
                baseline_kt_per_a=100.0,
            )
            for carrier, question in questions.items()
        ]
    )
    hubs = pd.concat([case.hubs.assign(carrier=carrier) for carrier in questions])
    table = ranking.rank(proposed, networks, candidates=case.graph, credit=credit, hubs=hubs)
    total = in_pipes = 0.0
    for carrier, network in networks.items():
        rows = network.joins.merge(credit[credit["carrier"] == carrier], on="place_id", suffixes=("", "_need"))
        avoided = rows["avoided_kt_per_a"] * rows["amount"] / rows["amount_need"]
        total += avoided.sum()
        in_pipes += avoided[rows["edges"].map(len) > 0].sum()
    assert table[ASSIGNED].sum() == pytest.approx(in_pipes, abs=1e-6)
    for figure in (MARGINAL, FIRST_IN):
        assert (table[figure] <= total + 1e-6).all()
        assert (table[figure] >= -1e-6).all()
    assert (table[ASSIGNED] <= table[GROSS] + 1e-6).all()
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table[MARGINAL].is_monotonic_decreasing


def test_nothing_to_rank_is_an_empty_table() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, 0.0)})
    assert rank(graph, network, credit=credit_of({("b", "co2"): (2.0, 1.0)})).empty


def test_toyland_assigns_what_its_pipes_carry(toy_plan: Plan) -> None:
    credit = toy_plan.credit[toy_plan.credit["role"] == toy_plan.credit["carrier"].map(CLIENT_ROLE)]
    total = 0.0
    for carrier, network in toy_plan.networks.items():
        need = credit[credit["carrier"] == carrier].groupby("place_id")[["amount", "avoided_kt_per_a"]].sum()
        piped = network.joins[network.joins["edges"].map(len) > 0].set_index("place_id")["amount"]
        piped = piped.groupby(level=0).sum()
        total += float((piped * need["avoided_kt_per_a"] / need["amount"]).dropna().sum())
    assigned = float(toy_plan.ranking[ASSIGNED].sum())
    assert assigned == pytest.approx(total)
    baseline = toy_plan.needs.drop_duplicates("place_id")["baseline_kt_per_a"].sum()
    assert 0.0 < assigned < baseline
    assert math.isfinite(baseline)
    assert shapely.length(toy_plan.corridors.strips.geometry.to_numpy()).min() > 0.0
