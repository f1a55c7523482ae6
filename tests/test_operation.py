"""How plans run and what their chain costs: no cost twice, no pressure too low, and the brief that tells it."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from study_tools import Outcome

from infraplan.appraisal import chain_costs
from infraplan.core import units
from infraplan.core.errors import DesignError, ScenarioError
from infraplan.core.grid import Grid
from infraplan.core.model import CandidateGraph, Network
from infraplan.engineering import costs, hydraulics, operation
from infraplan.networks.design.report import no_segments
from infraplan.plan import Plan, make_plan
from infraplan.reports import brief, geopackage, operation_tables, plan_layers, writers
from infraplan.study.assumptions import Assumptions
from infraplan.study.study import Study

# --- a line drawn by hand ---------------------------------------------------------------------------------------


def line_of(km: list[float]) -> CandidateGraph:
    """Nodes 0, 1, 2 ... eastward in a row; every edge is drawn from its far end, against the flow."""
    graph: nx.Graph[int] = nx.Graph()
    x = np.concatenate([[0.0], np.cumsum(km)]) * 1000.0
    for node, here in enumerate(x):
        graph.add_node(node, x=float(here), y=0.0, cell=node)
    for edge, metres in enumerate(np.array(km) * 1000.0):
        shape = shapely.LineString([(x[edge + 1], 0.0), (x[edge], 0.0)])
        graph.add_edge(
            edge, edge + 1, edge=edge, length_m=metres, weighted_m=2.0 * metres, crossing_eur=1e5, geometry=shape
        )
    grid = Grid("EPSG:25831", 0.0, 1000.0, 1000.0, 500, 1)
    return CandidateGraph(graph, grid, {"source": 0, "sink": len(km)}, {})


def network_of(carrier: str, km: list[float], numbers: Assumptions, *, dn_mm: float) -> Network:
    """One full pipe from the first node to the last."""
    price = costs.price(carrier, numbers)  # type: ignore[arg-type]
    size = price.dn_mm.tolist().index(dn_mm)
    flow, factor = float(price.capacity_per_a[size]), 0.8
    rows = []
    for edge, length in enumerate(km):
        paid_m = 2.0 * length * 1000.0 * factor
        crossing = 1e5 * float(price.crossing_factor[size])
        capex = float(price.capex_eur_per_m[size]) * paid_m + crossing
        annual = float(price.annual_eur_per_m[size]) * paid_m + crossing * price.crossing_annuity
        rows.append((edge, edge, edge + 1, flow, dn_mm, 1, length * 1000.0, capex, annual, factor))
    segments = pd.DataFrame(rows, columns=list(no_segments().columns))
    joins = pd.DataFrame(
        {"place_id": ["source"], "hub_id": ["hub"], "amount": [flow], "edges": [tuple(range(len(km)))]}
    )
    out = pd.DataFrame(columns=["place_id", "amount", "reason", "break_even_worth"])
    return Network(carrier, price.unit, segments, joins, out, 0.0)


KM = [60.0, 30.0, 250.0, 10.0]


@pytest.fixture(scope="module")
def long_line(toy_study: Study) -> tuple[Network, CandidateGraph]:
    return network_of("co2", KM, toy_study.assumptions, dn_mm=300.0), line_of(KM)


def test_boosters_stand_where_the_pressure_needs_them(
    long_line: tuple[Network, CandidateGraph], toy_study: Study
) -> None:
    """Full pipe, 0.3 bar/km: 120 at the start, 93 after 90 km; then 250 km in three lifts, and 10 km more."""
    network, candidates = long_line
    run = operation.operate({"co2": network}, candidates, toy_study.assumptions)
    boosters = run.boosters
    assert boosters["booster_id"].tolist() == ["co2-station-1", "co2-station-2", "co2-station-3"]
    assert boosters["node"].tolist() == [2, -1, -1]
    assert boosters["x"].tolist() == pytest.approx([90e3, 90e3 + 250e3 / 3, 90e3 + 500e3 / 3])
    assert boosters["suction_bar"].tolist() == pytest.approx([93.0, 95.0, 95.0], abs=0.5)
    assert (boosters["discharge_bar"] == 120.0).all()
    assert set(run.nodes["phase"]) == {"dense"}
    assert not run.remarks
    kw = float(boosters["power_mw"].sum()) * 1000.0
    per_kw = costs.boosting_eur_per_kw("co2", toy_study.assumptions)
    assert float(boosters["annual_eur"].sum()) == pytest.approx(kw * per_kw)


def test_without_boosters_the_two_phase_window_is_told_in_one_sentence(
    long_line: tuple[Network, CandidateGraph], toy_study: Study
) -> None:
    network, candidates = long_line
    run = operation.operate({"co2": network}, candidates, toy_study.assumptions, boost=False)
    assert run.boosters.empty
    (remark,) = run.remarks
    assert "two-phase" in remark.sentence("en") and "tweefasig" in remark.sentence("nl")
    # 90 km of full pipe leave it dense; what then falls to nothing has crossed the window
    assert run.nodes["phase"].tolist() == ["dense"] * 3 + [operation.TWO_PHASE] * 2


def test_where_co2_is_two_phase_every_such_node_is_flagged(toy_study: Study) -> None:
    network, candidates = network_of("co2", [90.0, 90.0], toy_study.assumptions, dn_mm=300.0), line_of([90.0, 90.0])
    run = operation.operate({"co2": network}, candidates, toy_study.assumptions, boost=False)
    assert run.nodes["phase"].tolist() == ["dense", "dense", operation.TWO_PHASE]
    assert "at 1 nodes, at worst at node 2 with 6" in run.remarks[0].sentence("en")


def test_a_full_line_boosts_for_what_the_allowance_holds(toy_study: Study) -> None:
    """The allowance stands for stations every design length: on flat open ground both are the same money."""
    numbers = toy_study.assumptions
    km = [99.0] * 10
    network, candidates = network_of("co2", km, numbers, dn_mm=300.0), line_of(km)
    run = operation.operate({"co2": network}, candidates, numbers)
    allowed = chain_costs.boosting_allowance_eur(network, candidates, numbers)
    # ground is twice as dear and the strip pays 0.8: the allowance goes with what is paid, the stations do not
    per_flat_metre = allowed / (2.0 * 0.8)
    assert len(run.boosters) == 9  # the first stretch is lifted by the sources
    assert float(run.boosters["annual_eur"].sum()) == pytest.approx(per_flat_metre * 9 / 10, rel=0.05)


def test_a_pipe_without_flow_has_no_pressure_and_a_free_one_no_allowance(
    long_line: tuple[Network, CandidateGraph], toy_study: Study
) -> None:
    """Pipes may be laid for later, or lie there already: neither may spoil what the others say."""
    network, candidates = long_line
    numbers = toy_study.assumptions
    segments = network.segments.copy()
    segments.loc[3, "flow"] = 0.0
    segments.loc[0, ["capex_eur", "annual_eur"]] = 0.0
    changed = replace(network, segments=segments)
    run = operation.operate({"co2": changed}, candidates, numbers)
    assert run.segments["edge"].tolist() == [0, 1, 2]
    assert chain_costs.allowances_eur(changed, candidates, numbers)[0] == 0.0
    models = chain_costs.compare_models({"co2": changed}, candidates, numbers, chosen=costs.ENGINEERING)
    whole = models.set_index("model").loc[costs.ENGINEERING, "capex_eur"]
    assert whole == pytest.approx(float(segments["capex_eur"].sum()))


def test_what_a_user_gets_is_held_against_its_band(toy_study: Study) -> None:
    numbers = toy_study.assumptions
    flow = float(costs.price("heat", numbers).capacity_per_a[0])  # DN50, full
    network, candidates = network_of("heat", [2.0, 8.0], numbers, dn_mm=50.0), line_of([2.0, 8.0])
    joins = pd.DataFrame({"place_id": ["sink"], "hub_id": ["hub"], "amount": [flow], "edges": [(0, 1)]})
    network = replace(network, joins=joins)
    bands = pd.DataFrame({"place_id": ["sink", "sink"], "band": ["lt100", "100_200"]})
    run = operation.operate({"heat": network}, candidates, numbers, bands=bands)
    (user,) = run.users.to_dict("records")
    assert (user["place_id"], user["band"], user["served"]) == ("sink", "100_200", False)
    assert 75.0 < user["temperature_degc"] < user["needed_degc"]
    assert run.remarks[0].sentence("en").startswith("sink gets 9")
    cool = operation.operate({"heat": network}, candidates, numbers, bands=bands[:1])
    assert cool.users["served"].tolist() == [True] and not cool.remarks


def test_pumps_turn_the_water_both_ways_over_the_whole_line(toy_study: Study) -> None:
    """Full pipe at its design gradient: the design's watt per metre, whether a source or a station lifts."""
    numbers = toy_study.assumptions
    km = [6.0, 30.0]
    network, candidates = network_of("heat", km, numbers, dn_mm=300.0), line_of(km)
    run = operation.operate({"heat": network}, candidates, numbers)
    watt_per_m = hydraulics.boosting_w_per_m("heat", numbers)[6]
    assert float(run.segments["pump_mw"].sum()) == pytest.approx(watt_per_m * 36e3 / 1e6, rel=0.02)
    assert len(run.boosters) >= 3, "water under 16 bar is lifted every eight kilometres or so"
    assert float(run.boosters["power_mw"].sum()) < float(run.segments["pump_mw"].sum())


# --- costs: each once -------------------------------------------------------------------------------------------


def link_eur(plan: Plan, carrier: str) -> dict[str, float]:
    mine = plan.chain[plan.chain["carrier"] == carrier]
    return dict(zip(mine["link"], mine["annual_eur"], strict=True))


def test_no_cost_counts_twice(default_plan: Plan) -> None:
    """Pipes of the chain are those of the network less its allowances; stations and losses are added once."""
    numbers, ground = default_plan.assumptions, default_plan.routes
    for carrier, network in default_plan.networks.items():
        links = link_eur(default_plan, carrier)
        price = costs.price(carrier, numbers)  # type: ignore[arg-type]
        size = price.size_of(network.segments["flow"])
        paid_m = ground.edges.weighted_m[network.segments["edge"]] * network.segments["ground_factor"]
        paid_m = paid_m * network.segments["pipes"]
        # by hand: capex at its annuity, nothing that runs
        crossing = network.segments["capex_eur"] - price.capex_eur_per_m[size] * paid_m
        bare = (price.capex_eur_per_m[size] * paid_m + crossing) * price.crossing_annuity
        assert links["pipes"] == pytest.approx(float(bare.sum()), rel=1e-9)
        held = float(chain_costs.allowances_eur(network, ground, numbers).sum())
        assert links["pipes"] + held == pytest.approx(float(network.segments["annual_eur"].sum()), rel=1e-9)
        assert held > 0.0
        stations_eur = default_plan.operation.boosters.query("carrier == @carrier")["annual_eur"].sum()
        if carrier != "heat":
            assert links["boosters"] == pytest.approx(float(stations_eur))
        else:
            assert links["pumps"] >= float(stations_eur), "stations are part of all pumping"


def test_dearer_power_is_paid_by_stations_and_not_by_pipes(default_plan: Plan) -> None:
    numbers = default_plan.assumptions
    key = ("pipeline_operation", "electricity_price")
    dearer = numbers.with_values({key: numbers.value(*key, "eur_per_mwh") + 10.0})
    network, ground = default_plan.networks["co2"], default_plan.routes
    run = operation.operate({"co2": network}, ground, dearer)
    more = float(run.boosters["annual_eur"].sum()) - link_eur(default_plan, "co2")["boosters"]
    load_factor = numbers.value("co2_pipeline", "load_factor", "share")
    assert more == pytest.approx(float(run.boosters["power_mw"].sum()) * 8760.0 * load_factor * 10.0)


def test_the_chain_of_the_default_study_is_of_published_size(default_plan: Plan) -> None:
    chain = default_plan.chain.set_index(["carrier", "link"])["eur_per_unit"]
    assert 25.0 < chain["co2", "capture"] < 110.0
    # AIT and DEA: 85-105 kWh/t and a train of some 34 thousand euro per t/h
    assert 6.0 < chain["co2", "compression"] < 12.0
    # ZEP 2011: 1.5-5.4 EUR/t of 2010 over 180 km onshore; here up to twice that for built-up country
    assert 1.5 < chain["co2", "pipes"] < 12.0
    assert 0.0 < chain["co2", "boosters"] < 1.0
    assert 30.0 <= chain["co2", "hubs"] <= 110.0
    assert 1.0 < chain["h2", "pipes"] < 8.0  # backbone: 0.11-0.21 EUR/kg over 1000 km is 3-6 EUR/MWh
    total = chain["co2"].sum()
    assert 80.0 < total < default_plan.scenario.co2_value(), "what joins pays on the whole"


def test_boosters_of_the_default_study_are_where_an_engineer_expects_them(default_plan: Plan) -> None:
    run = default_plan.operation
    lowest = {c: hydraulics.minimum_bar(c, default_plan.assumptions) for c in ("co2", "h2", "heat")}  # type: ignore[arg-type]
    for carrier, group in run.segments.groupby("carrier"):
        assert group["outlet_bar"].min() >= lowest[str(carrier)] - 1e-6
    assert set(run.nodes.loc[run.nodes["carrier"] == "co2", "phase"]) == {"dense"}
    co2 = run.boosters[run.boosters["carrier"] == "co2"]
    # pumps every 100-150 km in the literature: on 800 km of tree, most of it short and not full, a handful
    assert 1 <= len(co2) <= 10
    assert (co2["power_mw"] < 10.0).all()
    placed = operation_tables.boosters(default_plan)
    near = shapely.distance(
        placed.geometry.to_numpy(),
        default_plan.corridors.segments.set_index("segment_id").loc[placed["segment_id"]].geometry.to_numpy(),
    )
    assert near.max() < 1.0
    assert placed["corridor_id"].isin(default_plan.ranking["corridor_id"]).all()


def test_cost_models_are_apart_and_the_chosen_one_is_that_of_the_plan(default_plan: Plan) -> None:
    models = default_plan.cost_models.set_index("model")
    network = default_plan.networks["co2"]
    assert models.loc[costs.ENGINEERING, "capex_eur"] == pytest.approx(float(network.segments["capex_eur"].sum()))
    assert models["chosen"].to_dict() == {name: name == costs.ENGINEERING for name in models.index}
    assert set(models.index) == {costs.ENGINEERING, *costs.MODELS} - costs.OFFSHORE
    assert 1.5 < models["capex_eur"].max() / models["capex_eur"].min() < 5.0


@pytest.mark.parametrize("model", ["mccoy-rubin-2008", "parker-2004"])
def test_a_plan_may_be_priced_by_a_published_model(toy_plan: Plan, model: str) -> None:
    plan = make_plan(toy_plan.study, toy_plan.scenario.changed(co2_cost_model=model), ground=toy_plan.ground)
    models = plan.cost_models.set_index("model")
    capex = float(plan.networks["co2"].segments["capex_eur"].sum())
    assert models.loc[model, "capex_eur"] == pytest.approx(capex)
    assert models.index[models["chosen"]].tolist() == [model]
    assert capex != pytest.approx(float(toy_plan.networks["co2"].segments["capex_eur"].sum()), rel=0.01)
    h2 = [float(p.networks["h2"].segments["capex_eur"].sum()) for p in (plan, toy_plan)]
    assert h2[0] == pytest.approx(h2[1], rel=0.2), "only CO2 pipes change their price"


def test_the_command_line_chooses_the_cost_model(toyland: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    asked = ("plan", "--study", toyland, "--carriers", "co2", "--out", tmp_path)
    said = run(*asked, "--cost-model", "guess")
    assert (said.code, said.out) == (2, "") and "Traceback" not in said.err
    assert "'guess'" in said.err and "parker-2004" in said.err
    assert run(*asked, "--cost-model", "parker-2004").code == 0
    content = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert content["scenario"]["co2_cost_model"] == "parker-2004"
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    assert "priced by the model parker-2004" in text
    models = content["co2_pipe_capex_meur_by_cost_model"]
    assert models["parker-2004"] == pytest.approx(content["totals"]["networks"]["co2"]["capex_meur"], abs=2e-3)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("co2_ship", "cargo"), 0.0, "co2_ship / cargo: it must be above 0"),
        (("co2_ship", "speed"), 0.0, "co2_ship / speed: it must be above 0"),
        (("heat_network", "boiling_margin"), 20.0, "water boils at 2.0 bar, and the inlet has 16"),
    ],
)
def test_numbers_without_sense_are_refused(toy_study: Study, key: tuple[str, str], value: float, said: str) -> None:
    wrong = toy_study.assumptions.with_values({key: value})
    with pytest.raises(DesignError, match=said):
        costs.shipped_chain_eur_per_t(wrong)
        hydraulics.minimum_bar("heat", wrong)


def test_an_unknown_cost_model_is_refused(toy_plan: Plan) -> None:
    with pytest.raises(ScenarioError, match=r"co2_cost_model.*'guess'.*Choose one of engineering, mccoy-rubin-2008"):
        make_plan(toy_plan.study, toy_plan.scenario.changed(co2_cost_model="guess"))


# --- steam, reuse, links ----------------------------------------------------------------------------------------


def test_a_former_gas_line_takes_hydrogen_and_no_dense_co2(toy_study: Study) -> None:
    numbers = toy_study.assumptions
    hydrogen = costs.reuse("h2", numbers, dn_mm=1200.0)
    assert hydrogen.cost_factor == pytest.approx(0.8 / 4.4)  # backbone 2023: 0.8 against 4.4 million a kilometre
    new = float(hydraulics.capacities("h2", numbers)[1][-1])
    assert hydrogen.capacity_per_a == pytest.approx(new)
    assert costs.reuse("h2", numbers, dn_mm=1200.0, pressure_bar=50.0).capacity_per_a < new
    gas = costs.reuse("co2", numbers, dn_mm=900.0)
    dense = float(hydraulics.capacities("co2", numbers)[1][9])
    assert gas.capacity_per_a < dense / 2.0
    with pytest.raises(DesignError, match=r"cannot carry dense CO2.*gas-phase CO2 at 42 bar"):
        costs.reuse("co2", numbers, dn_mm=900.0, pressure_bar=80.0)
    with pytest.raises(DesignError, match="hot water"):
        costs.reuse("heat", numbers, dn_mm=500.0)
    with pytest.raises(DesignError, match="Choose from 100, 150"):
        costs.reuse("h2", numbers, dn_mm=333.0)


def test_a_gas_line_beside_a_corridor_is_offered_to_hydrogen_only(default_plan: Plan) -> None:
    """Follow an invented gas line in every corridor: hydrogen may take it, dense CO2 is refused with its reason."""
    proposed, numbers = default_plan.corridors, default_plan.assumptions
    strips = proposed.strips
    followed = pd.DataFrame({"corridor_id": strips["corridor_id"], "name": "old", "carrier": "gas"})
    followed["length_km"] = strips["length_km"] / 2.0
    table = chain_costs.offer_reuse(proposed, followed, numbers)
    co2, h2 = (table[table["carrier"] == carrier] for carrier in ("co2", "h2"))
    assert len(co2) >= 5 and not co2["possible"].any() and (co2["saved_eur"] == 0.0).all()
    assert co2["reason"].str.contains("cannot carry dense CO2").all()
    assert len(h2) >= 3 and h2["possible"].all() and (h2["capacity_per_a"] >= h2["flow"]).all()
    spent = proposed.segments[proposed.segments["carrier"] == "h2"].groupby("corridor_id")["capex_eur"].sum()
    assert (h2["saved_eur"].to_numpy() < spent[h2["corridor_id"]].to_numpy() / 2.0).all()
    assert chain_costs.offer_reuse(proposed, followed.assign(carrier="ethylene"), numbers).empty


def test_the_shipped_chain_adds_up_to_published_costs(toy_study: Study) -> None:
    numbers = toy_study.assumptions
    links = costs.shipped_chain_eur_per_t(numbers)
    assert 12.0 <= links["liquefaction"] + 1.5 <= 18.0 + 1.5
    assert 2.0 <= links["terminal"] <= 6.0
    assert 30.0 <= links["liquefaction"] + links["terminal"] + links["shipping"] <= 40.0
    longer = numbers.with_values({("co2_ship", "distance"): 2100.0})
    assert costs.ship_eur_per_t(longer) > 1.5 * costs.ship_eur_per_t(numbers)


def test_steam_loses_pressure_and_condenses_on_the_way(toy_study: Study) -> None:
    numbers = toy_study.assumptions
    line = hydraulics.steam_design(numbers)
    dn_mm, inner = hydraulics.steam_sizes(numbers)
    number = dn_mm.tolist().index(400.0)
    flow = float(hydraulics.steam_flow_kg_per_s(line, inner)[number])
    end = hydraulics.steam_outlet_bar(line, length_m=line.length_m, inner_m=float(inner[number]), flow=flow)
    assert end == pytest.approx(line.outlet_bar, rel=0.03)
    half = hydraulics.steam_outlet_bar(line, length_m=line.length_m / 2.0, inner_m=float(inner[number]), flow=flow)
    assert end < half < line.inlet_bar
    assert hydraulics.steam_outlet_bar(line, length_m=1e6, inner_m=0.1, flow=flow) == 0.0
    loss = hydraulics.steam_loss_w_per_m(numbers)
    assert np.all(np.diff(loss) > 0.0)
    condensed = hydraulics.condensed_kg_per_s(line, loss_w_per_m=float(loss[number]), length_m=line.length_m)
    assert 0.0 < condensed < 0.05 * flow
    assert hydraulics.steam_size_mm(100.0, numbers) == 400.0
    with pytest.raises(DesignError, match="no standard steam pipe carries"):
        hydraulics.steam_size_mm(1e5, numbers)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outlet_pressure": 50.0}, "between 0 and the inlet"),
        ({"condensate_temperature": 300.0}, "would still be steam"),
        ({"max_velocity": 0.0}, "above 0"),
    ],
)
def test_absurd_steam_is_refused(toy_study: Study, changes: dict[str, float], said: str) -> None:
    wrong = toy_study.assumptions.with_values({("steam_network", name): value for name, value in changes.items()})
    with pytest.raises(DesignError, match=said):
        hydraulics.steam_capacities(wrong)


def test_steam_costs_what_the_only_shared_line_cost(toy_study: Study) -> None:
    """ECLUSE: about 30 million euro for about 5 km."""
    per_m = costs.steam_capex_eur_per_m(toy_study.assumptions)
    assert np.all(np.diff(per_m) > 0.0)
    assert per_m[7] * 5000.0 == pytest.approx(costs.in_money_year(30e6, toy_study.assumptions, price_year=2019))


# --- files ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(default_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("running")
    layers = plan_layers.frames(default_plan)
    writers.write_tables(default_plan, out, layers)
    geopackage.write(layers, out / "plan.gpkg")
    return out


def test_stations_are_handed_over_with_place_and_figures(folder: Path, default_plan: Plan) -> None:
    with (folder / "boosters.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    features = json.loads((folder / "boosters.geojson").read_text(encoding="utf-8"))["features"]
    assert [row["booster_id"] for row in rows] == [feature["id"] for feature in features]
    assert len(rows) == len(default_plan.operation.boosters) > 0
    for row, feature in zip(rows, features, strict=True):
        place = [float(row["lon"]), float(row["lat"])]
        assert feature["geometry"]["coordinates"] == pytest.approx(place, abs=2e-6)
        assert float(row["suction_bar"]) < float(row["discharge_bar"])
        assert float(row["power_mw"]) > 0.0 and float(row["capex_meur"]) > 0.0
    stored = pyogrio.read_dataframe(folder / "plan.gpkg", layer="boosters")
    assert len(stored) == len(rows)


def test_segments_carry_pressure_and_temperature(folder: Path) -> None:
    features = json.loads((folder / "segments.geojson").read_text(encoding="utf-8"))["features"]
    for feature in features:
        row = feature["properties"]
        assert row["outlet_pressure_bar"] < row["inlet_pressure_bar"] or row["length_km"] > 80.0
        warm = row["carrier"] == "heat"
        assert (row["inlet_temperature_degc"] is not None) == warm
        assert not warm or row["outlet_temperature_degc"] < row["inlet_temperature_degc"]


def test_the_record_tells_stations_beside_their_allowance(folder: Path) -> None:
    content = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    for carrier, figures in content["totals"]["running"].items():
        cost, allowed = figures["boosting_cost_meur_per_a"], figures["boosting_allowance_meur_per_a"]
        assert figures["boosting_less_allowance_meur_per_a"] == pytest.approx(cost - allowed, abs=2e-3), carrier
    assert content["co2_pipe_capex_meur_by_cost_model"]["parker-2004"] > 0.0
    assert content["scenario"]["co2_cost_model"] == "engineering"


def test_no_station_is_still_a_layer(toy_plan: Plan, tmp_path: Path) -> None:
    layers = plan_layers.frames(toy_plan)
    assert layers.boosters.empty, "Toyland is too small for a booster"
    geopackage.write(layers, tmp_path / "toy.gpkg")
    names = dict(pyogrio.list_layers(tmp_path / "toy.gpkg"))
    assert names["boosters"] == "Point"


# --- the brief --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_brief_is_one_page_in_the_readers_language(
    default_plan: Plan, language: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="infraplan.core.i18n"):
        path = writers.write_brief(default_plan, tmp_path / "brief.md", language=language)
    assert not caplog.records, "a text has no translation"
    text = path.read_text(encoding="utf-8")
    assert text == writers.write_brief(default_plan, tmp_path / "again.md", language=language).read_text()
    lines = [line for line in text.splitlines() if line]
    assert len(lines) < 60 and len(text) < 6000, "an A4"
    table_rows = [line for line in lines if line.startswith("|")]
    assert all(line.count("|") > 5 or "EUR" in line or line.count("|") == 5 for line in table_rows)
    for name in set(costs.MODELS) - costs.OFFSHORE:
        assert name in text, "the spread between cost models is shown"
    assert "{" not in text and "nan" not in text
    assert ("hele keten" in text) == (language == "nl")
    best = plan_layers.frames(default_plan, language=language).corridors["name"].iloc[0]
    assert best in text


def test_the_brief_of_a_plan_without_corridors_says_so(toy_plan: Plan) -> None:
    poor = toy_plan.scenario.changed(co2_value_eur_per_t={2040: 0.0}, carriers=("co2",))
    plan = make_plan(toy_plan.study, poor, ground=toy_plan.ground)
    text = brief.compose(plan, plan_layers.frames(plan), title="T", subtitle="S", notice="N", language="en")
    assert "No corridor pays in this scenario." in text
    assert "without a station" in text


def test_mass_flow_is_the_yearly_amount_in_full_hours(toy_study: Study) -> None:
    one_mt = operation.mass_flow_kg_per_s("co2", np.array([1000.0]), toy_study.assumptions)
    load_factor = toy_study.assumptions.value("co2_pipeline", "load_factor", "share")
    assert one_mt[0] == pytest.approx(units.kg_per_s_from_kt_per_a(1000.0, load_factor))
