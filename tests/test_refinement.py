"""Refinement: lines get cheaper and never dearer, joins and flows stay, junctions end where they cost least."""

from __future__ import annotations

import dataclasses
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from default_limits import MOVES, WAYS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infraplan.core.grid import CostSurface, Grid
from infraplan.core.model import CandidateGraph, Network, NetworkProblem, PipePrice
from infraplan.networks.corridors import design_together
from infraplan.networks.design import audit
from infraplan.networks.refinement import Refined, refine
from infraplan.networks.refinement.layout import read_layout
from infraplan.plan import Plan
from infraplan.routes import candidates, spreading

CRS = "EPSG:25831"
GRID = Grid(CRS, 500_000.0, 5_650_000.0, 100.0, 60, 50)
NO_LINES = gpd.GeoDataFrame({"layer": [], "name": [], "cost_eur": []}, geometry=[], crs=CRS)
QUICK = settings(max_examples=12, deadline=None, derandomize=True)


def price_of(carrier: str) -> PipePrice:
    annual = np.array([100.0, 170.0, 300.0, 520.0]) * (1.0 if carrier == "co2" else 0.8)
    return PipePrice(
        carrier=carrier, unit="kt_per_a" if carrier == "co2" else "gwh_per_a",
        dn_mm=np.array([100.0, 200.0, 300.0, 500.0]), capacity_per_a=np.array([1.0, 3.0, 9.0, 27.0]),
        capex_eur_per_m=annual * 12.0, annual_eur_per_m=annual, crossing_factor=np.array([0.5, 0.7, 0.8, 1.0]),
        crossing_annuity=0.08,
    )  # fmt: skip


def ground_of(seed: int) -> CostSurface:
    """Rough ground in patches, with no-go areas."""
    dice = np.random.default_rng(seed)
    patches = np.exp(dice.normal(0.0, 0.6, (10, 12))).repeat(5, axis=0).repeat(5, axis=1)
    ground = patches * dice.uniform(0.8, 1.25, GRID.shape)
    for _ in range(4):
        row, column = int(dice.integers(0, 44)), int(dice.integers(0, 54))
        ground[row : row + int(dice.integers(1, 7)), column : column + int(dice.integers(1, 7))] = np.inf
    return CostSurface(GRID, ground.astype(np.float32), np.zeros(GRID.shape, np.float32), 1000.0)


def rivers(seed: int) -> gpd.GeoDataFrame:
    """Two straight lines across the country."""
    dice = np.random.default_rng(seed + 7)
    x0, y0 = GRID.x_min, GRID.y_max
    north = dice.uniform(500.0, 4500.0, 4)
    lines = [f"LINESTRING ({x0} {y0 - a}, {x0 + 6000} {y0 - b})" for a, b in north.reshape(2, 2)]
    return gpd.GeoDataFrame(
        {"layer": "river", "name": ["a", "b"], "cost_eur": [2.0e5, 5.0e5]},
        geometry=gpd.GeoSeries.from_wkt(lines).to_numpy(),
        crs=CRS,
    )


def designed(
    seed: int, carriers: tuple[str, ...] = ("co2", "h2"), clients: int = 6, middle_only: bool = False
) -> tuple[CostSurface, gpd.GeoDataFrame, CandidateGraph, dict[str, NetworkProblem], dict[str, Network]]:
    """Networks of some carriers on the quick candidate graph, everybody joined."""
    dice = np.random.default_rng(seed + 1)
    surface, lines = ground_of(seed), rivers(seed)
    free = np.flatnonzero(~surface.blocked.ravel())
    if middle_only:
        row, column = np.divmod(free, GRID.width)
        free = free[(abs(row - 24) < 12) & (abs(column - 30) < 12)]
    cells = dice.choice(free, clients + 1, replace=False)
    x, y = GRID.centres(cells)
    names = ["hub", *(f"p{i}" for i in range(clients))]
    graph = candidates.build(
        surface,
        pd.DataFrame({"place_id": names, "x": x, "y": y}),
        crossings=lines,
        limits=WAYS,
        roots=["hub"],
        junctions=False,
    )
    questions = {}
    for carrier in carriers:
        reached = [name for name in names[1:] if name in graph.node_of]
        amount = dice.uniform(0.2, 4.0, len(reached))
        questions[carrier] = NetworkProblem(
            pd.DataFrame({"place_id": reached, "amount": amount, "worth": math.inf}),
            pd.DataFrame({"hub_id": ["hub"], "place_id": ["hub"], "capacity": [1e3], "unit_cost": [1.0]}),
            price_of(carrier),
            math.inf,
        )
    return surface, lines, graph, questions, design_together(graph, questions, second_pipe_factor=0.6)


def refined(seed: int, **options) -> tuple[Refined, dict[str, Network], dict[str, NetworkProblem], CostSurface]:
    surface, lines, graph, questions, networks = designed(seed)
    return (
        refine(networks, graph, questions, surface=surface, crossings=lines, limits=MOVES, **options),
        networks,
        questions,
        surface,
    )


def check_books(network: Network, routes: CandidateGraph, question: NetworkProblem) -> None:
    ground = np.ones(len(routes.edges.length_m))
    ground[network.segments["edge"]] = network.segments["ground_factor"]
    audit(network, routes, question, strip_factor=ground)


@QUICK
@given(seed=st.integers(0, 10_000))
@example(469)
def test_nothing_gets_dearer_and_nobody_is_lost(seed: int) -> None:
    result, networks, questions, surface = refined(seed)
    assert result.saved_eur_per_a >= 0.0
    before = sum(network.objective_eur_per_a for network in networks.values())
    after = sum(network.objective_eur_per_a for network in result.networks.values())
    assert before - after == pytest.approx(result.saved_eur_per_a, abs=1e-3)
    for carrier, network in result.networks.items():
        question = questions[carrier]
        check_books(network, result.routes, question)
        columns = ["place_id", "hub_id", "amount"]
        assert network.joins[columns].equals(networks[carrier].joins[columns])
        assert sorted(network.segments["dn_mm"].unique()) == sorted(networks[carrier].segments["dn_mm"].unique())
    blocked = surface.blocked.ravel()
    for *_, data in result.routes.graph.edges(data=True):
        x, y = np.array(data["geometry"].coords).T
        assert not blocked[GRID.cells_at(x, y)].any()


def test_it_saves() -> None:
    saved = []
    for seed in range(6):
        result, networks, *_ = refined(seed)
        pipes = sum(float(network.segments["annual_eur"].sum()) for network in networks.values())
        saved.append(result.saved_eur_per_a / pipes)
    assert max(saved) > 0.02
    assert sum(share > 0.001 for share in saved) >= 3


@QUICK
@given(seed=st.integers(0, 10_000))
@example(44)
@example(252)
def test_a_lone_junction_ends_on_the_cheapest_cell_of_all(seed: int) -> None:
    surface, _, graph, questions, networks = designed(seed, ("co2",), clients=2, middle_only=True)
    price = questions["co2"].price
    result = refine(networks, graph, questions, surface=surface, crossings=NO_LINES, limits=MOVES)
    network = result.networks["co2"]
    if len(network.joins) < 2:
        return  # one of the places is cut off
    ends = {place: graph.graph.nodes[graph.node_of[place]]["cell"] for place in ("hub", "p0", "p1")}
    fields = {
        place: spreading.spread(surface.multiplier, [cell], cell_m=GRID.cell_m).distance.astype(float)
        for place, cell in ends.items()
    }
    amount = dict(zip(network.joins["place_id"], network.joins["amount"], strict=True))
    annual = {p: price.annual_eur_per_m[price.size_of(amount[p])] for p in ("p0", "p1")}
    trunk = price.annual_eur_per_m[price.size_of(amount["p0"] + amount["p1"])]
    total = fields["hub"] * trunk + fields["p0"] * annual["p0"] + fields["p1"] * annual["p1"]
    best = total.min()
    # a junction may come beside a place, not onto it: that would be another tree
    total.ravel()[list(ends.values())] = math.inf
    beside = total.min()
    pipes = float(network.segments["annual_eur"].sum())
    assert pipes >= best * (1.0 - 1e-4)
    ways_m = [graph.edges.length_m[list(edges)].sum() for edges in networks["co2"].joins["edges"]]
    if len(network.segments) == 3 and max(ways_m) <= 4000.0:
        # the design has a junction, and all of it is within one look of that
        assert pipes <= beside * (1.0 + 1e-5)


def test_what_was_moved_once_is_remembered() -> None:
    surface, lines, graph, questions, networks = designed(3)
    known = {"problems": questions, "surface": surface, "crossings": lines, "limits": MOVES}
    first = refine(networks, graph, **known)
    again = refine(networks, graph, start=first.memory, **known)
    assert first.moved > 0
    assert again.moved == 0
    assert again.saved_eur_per_a == pytest.approx(first.saved_eur_per_a, rel=1e-9)
    for carrier, network in first.networks.items():
        pd.testing.assert_frame_equal(network.segments, again.networks[carrier].segments)


def test_a_changed_network_starts_from_what_is_remembered() -> None:
    surface, lines, graph, questions, networks = designed(5)
    first = refine(networks, graph, questions, surface=surface, crossings=lines, limits=MOVES)
    fewer = {
        carrier: NetworkProblem(
            question.clients.iloc[1:].reset_index(drop=True), question.hubs, question.price, math.inf
        )
        for carrier, question in questions.items()
    }
    changed = design_together(graph, fewer, second_pipe_factor=0.6, start=networks)
    result = refine(changed, graph, fewer, surface=surface, crossings=lines, limits=MOVES, start=first.memory)
    assert result.saved_eur_per_a >= 0.0
    for carrier, network in result.networks.items():
        check_books(network, result.routes, fewer[carrier])


def test_two_junctions_remembered_on_one_cell_are_placed_anew() -> None:
    surface, lines, graph, questions, networks = designed(5, clients=14)
    first = refine(networks, graph, questions, surface=surface, crossings=lines, limits=MOVES)
    prices = {carrier: question.price for carrier, question in questions.items()}
    layout = read_layout(networks, graph, prices)
    loose = [s for s in layout.stretches if not layout.fixed & {s.a, s.b}]
    assert loose, "two junctions that are neighbours"
    one, two = loose[0].a, loose[0].b
    cell = first.memory.positions[layout.name(one)]
    met = dataclasses.replace(first.memory, positions={**first.memory.positions, layout.name(two): cell})
    again = refine(networks, graph, questions, surface=surface, crossings=lines, limits=MOVES, start=met)
    assert again.saved_eur_per_a >= 0.0
    assert all(len(data["geometry"].coords) > 1 for *_, data in again.routes.graph.edges(data=True))
    for carrier, network in again.networks.items():
        check_books(network, again.routes, questions[carrier])


def test_pipes_that_lie_there_keep_all_where_it_is() -> None:
    surface, lines, graph, questions, _ = designed(3)
    edge = int(design_together(graph, questions, second_pipe_factor=0.6)["co2"].segments["edge"].iloc[0])
    questions["co2"] = dataclasses.replace(questions["co2"], existing={edge: 50.0})
    networks = design_together(graph, questions, second_pipe_factor=0.6)
    result = refine(networks, graph, questions, surface=surface, crossings=lines, limits=MOVES)
    assert result.routes is graph
    assert result.networks == networks


def test_a_place_at_its_hub_needs_no_pipe() -> None:
    surface, lines, graph, questions, _ = designed(3, ("co2",))
    clients = questions["co2"].clients
    clients = pd.concat([clients, pd.DataFrame({"place_id": ["hub"], "amount": [2.0], "worth": [math.inf]})])
    questions["co2"] = dataclasses.replace(questions["co2"], clients=clients.reset_index(drop=True))
    alone = dataclasses.replace(questions["co2"], clients=clients.iloc[-1:].reset_index(drop=True))
    for asked in (questions, {"co2": alone}):
        networks = design_together(graph, asked, second_pipe_factor=0.6)
        result = refine(networks, graph, asked, surface=surface, crossings=lines, limits=MOVES)
        joins = result.networks["co2"].joins.set_index("place_id")
        assert joins.loc["hub", "edges"] == ()


def test_stopping_leaves_a_whole_network() -> None:
    result, networks, questions, _ = refined(3, should_stop=lambda: True)
    assert result.moved == 0
    for carrier, network in result.networks.items():
        question = questions[carrier]
        check_books(network, result.routes, question)
        assert network.objective_eur_per_a <= networks[carrier].objective_eur_per_a + 1e-6


def test_the_same_networks_give_the_same_lines() -> None:
    one, two = refined(4)[0], refined(4)[0]
    lines = [[d["geometry"].wkt for *_, d in result.routes.graph.edges(data=True)] for result in (one, two)]
    assert lines[0] == lines[1]
    assert one.saved_eur_per_a == two.saved_eur_per_a


def test_a_plan_says_what_refinement_saved(toy_plan: Plan) -> None:
    designed_eur = sum(network.objective_eur_per_a for network in toy_plan.designed.values())
    drawn_eur = sum(network.objective_eur_per_a for network in toy_plan.networks.values())
    assert designed_eur - drawn_eur == pytest.approx(toy_plan.refined.saved_eur_per_a)
    assert toy_plan.refined.saved_eur_per_a >= 0.0
