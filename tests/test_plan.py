"""Plans from end to end: Toyland for the laws, the default study for figures a planner would recognise."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from infraplan.appraisal import impact
from infraplan.core import LANGUAGES, i18n
from infraplan.core.errors import ScenarioError
from infraplan.demand.design_basis import build_design_basis
from infraplan.networks.design import audit
from infraplan.plan import Plan, make_plan
from infraplan.reports import plan_layers
from infraplan.routes import ground
from infraplan.study.case import open_case
from infraplan.study.study import Study
from infraplan.ui import job

# --- Toyland --------------------------------------------------------------------------------------------------


def replan(plan: Plan, **changes: object) -> Plan:
    """The same plan after a change of the scenario, on the same ground."""
    return make_plan(plan.study, plan.scenario.changed(**changes), ground=plan.ground)


def total_eur(plan: Plan) -> float:
    return sum(network.objective_eur_per_a for network in plan.networks.values())


def test_every_need_is_joined_or_left_out_with_its_reason(toy_plan: Plan) -> None:
    poor = replan(toy_plan, co2_value_eur_per_t={2040: 110.0})
    assert len(poor.left_out) > len(toy_plan.left_out)
    for carrier, network in poor.networks.items():
        joined = network.joins.groupby("place_id")["amount"].sum()
        # what residual heat is left may be less than one place asks
        out = network.left_out[network.left_out["reason"] != "hubs are full"].set_index("place_id")["amount"]
        assert not set(joined.index) & set(out.index), "nobody is half joined where hubs have room"
        assert poor.left_out.loc[poor.left_out["carrier"] == carrier, "reason"].ne("").all()


def test_a_higher_co2_value_never_joins_less(toy_plan: Plan) -> None:
    amounts = []
    for value in (0.0, 60.0, 90.0, 120.0, 170.0, 250.0, 400.0):
        plan = replan(toy_plan, co2_value_eur_per_t={2040: value})
        amounts.append([float(network.joins["amount"].sum()) for network in plan.networks.values()])
    assert (np.diff(amounts, axis=0) >= -1e-6).all()
    assert amounts[-1] > amounts[0]


def test_the_break_even_co2_value_is_where_a_place_joins(toy_plan: Plan) -> None:
    poor = replan(toy_plan, co2_value_eur_per_t={2040: 60.0}, carriers=("co2",))
    out = poor.left_out.sort_values("break_even_co2_value_eur_per_t").iloc[0]
    value = float(out["break_even_co2_value_eur_per_t"])

    def joined(co2_value: float) -> set[str]:
        plan = replan(poor, co2_value_eur_per_t={2040: co2_value})
        return set(plan.networks["co2"].joins["place_id"])

    assert value > 60.0
    assert out["place_id"] not in joined(60.0)
    assert out["place_id"] in joined(value * 1.001)


def test_when_nothing_pays_the_plan_is_empty_and_says_so(toy_plan: Plan) -> None:
    plan = replan(toy_plan, co2_value_eur_per_t={2040: 0.0}, carriers=("co2",))
    assert plan.ranking.empty
    assert set(plan.left_out["reason"]) == {"does not pay"}
    assert (plan.left_out["break_even_co2_value_eur_per_t"] > 0.0).all()


def test_a_hub_that_is_off_takes_nothing_and_saves_nothing(toy_plan: Plan) -> None:
    fewer = replan(toy_plan, hubs_off=("harbour-h2",))
    assert fewer.networks["h2"].joins.empty
    assert set(fewer.networks["h2"].left_out["reason"]) == {"no hub for this carrier"}
    assert total_eur(fewer) >= total_eur(toy_plan) - 1.0


def test_a_site_that_is_off_has_no_needs(toy_plan: Plan) -> None:
    fewer = replan(toy_plan, sites_off=("arc-steel",))
    assert "arc-steel" in set(toy_plan.needs["place_id"])
    assert "arc-steel" not in set(fewer.needs["place_id"])
    assert all("arc-steel" not in set(network.joins["place_id"]) for network in fewer.networks.values())


def test_a_cluster_that_is_off_takes_no_part(toy_plan: Plan) -> None:
    fewer = replan(toy_plan, clusters_off=("west",))
    assert set(fewer.needs["place_id"]) == {"cyan-hydrogen", "east-refinery"}


def test_only_the_carriers_asked_for_are_planned(toy_plan: Plan) -> None:
    plan = replan(toy_plan, carriers=("heat",))
    assert list(plan.networks) == ["heat"]
    assert set(plan.corridors.segments["carrier"]) <= {"heat"}


def test_carriers_planned_together_cost_less_than_one_by_one(toy_plan: Plan) -> None:
    alone = [total_eur(replan(toy_plan, carriers=(carrier,))) for carrier in toy_plan.networks]
    assert total_eur(toy_plan) <= sum(alone) + 1.0


def test_ground_is_used_again_when_it_fits_and_built_anew_when_not(toy_plan: Plan) -> None:
    assert replan(toy_plan, sites_off=("arc-steel",)).ground is toy_plan.ground
    dearer = replan(toy_plan, assumptions={"urban/multiplier": 5.0})
    assert dearer.ground is not toy_plan.ground
    multiplier = dearer.ground.surface.multiplier
    assert multiplier[np.isfinite(multiplier)].max() == pytest.approx(5.0)


def test_starting_from_a_plan_is_never_worse(toy_plan: Plan) -> None:
    again = make_plan(toy_plan.study, toy_plan.scenario, ground=toy_plan.ground, start=toy_plan)
    assert total_eur(again) <= total_eur(toy_plan) + 1.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"year": 1999}, "the year lies outside the study"),
        ({"hubs_off": ("no-such-hub",)}, "no-such-hub"),
        ({"pathways": {}}, "pathways"),
        ({"assumptions": {"no/such": 1.0}}, "no"),
        ({"carriers": ()}, "carrier"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(toy_plan: Plan, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        replan(toy_plan, **changes)


# --- the default study ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told() -> list[tuple[float, str]]:
    """What the plan of the default study told about its progress."""
    return []


@pytest.fixture(scope="module")
def default_plan(default_study: Study, told: list[tuple[float, str]]) -> Plan:
    return make_plan(default_study, default_study.scenario(), progress=lambda share, what: told.append((share, what)))


def test_every_carrier_has_a_network_whose_books_balance(default_plan: Plan) -> None:
    assert set(default_plan.networks) == {"co2", "h2", "heat"}
    for network in default_plan.networks.values():
        assert len(network.joins) >= 5
        assert len(network.segments) >= 10
        assert network.objective_eur_per_a < 0.0


def test_the_audit_of_the_whole_study_passes(default_plan: Plan) -> None:
    problems = build_design_basis(default_plan.case).network_problems
    graphs = ((default_plan.designed, default_plan.ground.candidates), (default_plan.networks, default_plan.routes))
    for networks, graph in graphs:
        for carrier, network in networks.items():
            ground = np.ones(len(graph.edges.length_m))
            ground[network.segments["edge"]] = network.segments["ground_factor"]
            audit(network, graph, problems[carrier], strip_factor=ground)


def test_refinement_saves_a_share_of_the_pipes_that_is_worth_having(default_plan: Plan) -> None:
    pipes = sum(float(network.segments["annual_eur"].sum()) for network in default_plan.designed.values())
    assert 0.01 * pipes < default_plan.refined.saved_eur_per_a < 0.15 * pipes


# [M EUR/km] of pipe in the ground, terrain and crossings included:
# co2   method sheet 1.5: 0.115 (8 inch, McCoy and Rubin) to 1.395 (36 inch, Parker) x the factor for dense
#       north-west Europe, 1.3 to 3.5
# h2    method sheet 2.3: EHB 2021 small lines from 1.4 at 20 inch, less for thinner, to EHB 2023 4.4 at 48 inch
# heat  method sheet 3.2: DHNx from 0.26 (DN25) to steam 6
MEUR_PER_KM = {"co2": (0.15, 4.9), "h2": (0.4, 4.4), "heat": (0.26, 6.0)}


@pytest.mark.parametrize("carrier", MEUR_PER_KM)
def test_a_kilometre_costs_what_is_published(default_plan: Plan, carrier: str) -> None:
    segments = default_plan.networks[carrier].segments
    pipe_km = float((segments["length_m"] * segments["pipes"]).sum()) / 1000.0
    low, high = MEUR_PER_KM[carrier]
    assert low <= float(segments["capex_eur"].sum()) / 1e6 / pipe_km <= high


# co2   method sheet 1.5 (ZEP 2011): 1.5 EUR/t for 20 Mt/a over 180 km, to 15.2 EUR/t with compression for
#       1 Mt/a over 100 km (Oeuvray, benchmark 7)
# h2    method sheet 6.2: entry and exit tariff of the German core network, 10 EUR/MWh; EHB over 100 km 0.3
EUR_PER_UNIT = {"co2": (1.5, 15.2), "h2": (0.3, 10.0)}


@pytest.mark.parametrize("carrier", EUR_PER_UNIT)
def test_a_tonne_and_a_megawatt_hour_travel_at_published_prices(default_plan: Plan, carrier: str) -> None:
    network = default_plan.networks[carrier]
    eur_per_unit = float(network.segments["annual_eur"].sum() / network.joins["amount"].sum()) / 1000.0
    low, high = EUR_PER_UNIT[carrier]
    assert low <= eur_per_unit <= high


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("nl", ("haven van Antwerpen", "Gent", "Duinkerke")), ("en", ("port of Antwerp", "Ghent", "Albert canal"))],
)
def test_corridors_have_names_a_planner_would_use(default_plan: Plan, language: str, wanted: tuple[str, ...]) -> None:
    names = plan_layers.frames(default_plan, language=language).corridors["name"]
    assert names.is_unique
    assert set(wanted) <= set(names)  # networks inside the clusters
    assert any(" - " in name and wanted[0] in name for name in names)  # and corridors between them


def test_figures_never_exceed_what_is_emitted(default_plan: Plan) -> None:
    ranking = default_plan.ranking
    baseline = float(default_plan.needs.drop_duplicates("place_id")["baseline_kt_per_a"].sum())
    assigned = float(ranking["co2_avoided_assigned_kt_per_a"].sum())
    assert 0.2 * baseline < assigned < baseline
    for figure in ("co2_avoided_kt_per_a", "co2_avoided_first_in_kt_per_a"):
        assert ranking[figure].max() <= baseline
    assert (ranking["co2_avoided_assigned_kt_per_a"] <= ranking["co2_avoided_gross_kt_per_a"] + 1e-6).all()


def test_nothing_is_carried_farther_than_it_may(default_plan: Plan) -> None:
    graph, node_of = default_plan.ground.candidates.graph, default_plan.ground.candidates.node_of
    at_hub = default_plan.hubs.set_index(["carrier", "hub_id"])["place_id"]
    for carrier, network in default_plan.networks.items():
        limit_m = default_plan.assumptions.value(carrier, "max_distance", "km") * 1000.0
        for row in network.joins.itertuples():
            a, b = (graph.nodes[node_of[p]] for p in (row.place_id, at_hub[carrier, row.hub_id]))
            assert np.hypot(a["x"] - b["x"], a["y"] - b["y"]) <= limit_m


def test_progress_rises_from_nothing_to_done(default_plan: Plan, told: list[tuple[float, str]]) -> None:
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], told[-1]) == (0.0, (1.0, "done"))
    assert {"cost surface", "needs", "co2", "h2", "heat", "corridors"} <= {what for _, what in told}
    for language in LANGUAGES:
        named = {word for of, word in i18n._read_words(language) if of == "step"}
        assert {what for _, what in told} <= named, "a step that the screen has no word for"
    ground = {what for share, what in told if share < told[[what for _, what in told].index("co2")][0]}
    assert ground <= {*job.GROUND_WORK, "needs"}, "a step of the ground in which a stop goes unheard"


def test_stopping_gives_a_plan_sooner_and_no_better(default_plan: Plan) -> None:
    calls: list[bool] = []

    def stop() -> bool:
        calls.append(True)
        return True

    hurried = make_plan(default_plan.study, default_plan.scenario, ground=default_plan.ground, should_stop=stop)
    assert calls
    assert total_eur(hurried) >= total_eur(default_plan) - 1.0
    assert len(hurried.ranking) > 0


def test_planned_pipelines_count_only_when_the_scenario_names_them(default_study: Study, default_plan: Plan) -> None:
    crs = default_study.settings.crs
    (entry,) = [e for e in default_study.stack.of_role("bundling") if e.status_field]
    lines = default_study.stack.read(entry.id, crs=crs)
    operational = set(lines.loc[lines[entry.status_field] == "operational", "name"])
    scenario = default_plan.scenario
    planned = lines[~lines["name"].isin({*operational, *scenario.existing_lines})]
    name = str(planned.loc[planned.geometry.length.idxmax(), "name"])
    assert name not in set(default_plan.followed["name"])

    named = scenario.changed(existing_lines=(*scenario.existing_lines, name))
    before = default_plan.ground.surface
    after = ground.build_surface(open_case(default_study, named))
    cheaper = np.argwhere((after.multiplier < before.multiplier).ravel()).ravel()
    assert len(cheaper) > 100
    assert not (after.multiplier > before.multiplier).any()
    x, y = before.grid.centres(cheaper)
    line = planned.loc[planned["name"] == name].geometry.union_all()
    apart_m = shapely.distance(shapely.points(x, y), line)
    assert apart_m.max() <= 4 * before.grid.cell_m
    assert ground.ground_key(open_case(default_study, named)) != default_plan.ground.key
    counted = impact.existing_lines(default_study.stack, crs, statuses=scenario.existing_statuses, names=(name,))
    assert name in set(counted["name"])
