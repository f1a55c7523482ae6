"""Appraisal: dependence, ties, years to come, confidence, use, weights, and no tonne twice over all of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from default_limits import NAMING
from hypothesis import given, settings
from hypothesis import strategies as st
from study_tools import Outcome, append, change
from test_abatement import SHARES, spread
from test_corridors import RADIUS_M, line_graph, network_on, propose, questions_of
from test_needs import NO_AREAS, NUMBERS, SECTORS, make_scenario, make_sites
from test_network import hubs_of, toy_price
from test_ranking import RICH, credit_of

from infraplan.appraisal import ranking
from infraplan.appraisal.ranking import Milestone
from infraplan.appraisal.ranking.flows import find_dependence
from infraplan.core.errors import ScenarioError
from infraplan.demand import abatement, needs
from infraplan.demand.design_basis import build_design_basis, value_needs
from infraplan.networks import corridors
from infraplan.plan import Plan, make_plan
from infraplan.reports import plan_json, plan_layers
from infraplan.study.case import open_case
from infraplan.study.study import open_study

QUICK = settings(max_examples=40, deadline=None, derandomize=True)
MARGINAL, ASSIGNED = "co2_avoided_kt_per_a", "co2_avoided_assigned_kt_per_a"
CREDIT = {("b", "co2"): (2.0, 10.0), ("m", "co2"): (3.0, 7.0)}
YEARS = (2030, 2040, 2050)


def ranked(credit: pd.DataFrame) -> pd.DataFrame:
    """Two corridors in series: b needs both, m only the one to the hub."""
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    table = ranking.rank(
        propose(graph, network), {"co2": network}, candidates=graph, credit=credit, hubs=hubs_of({"h": (99.0, 1.0)})
    )
    return table.set_index("corridor_id")


# --- dependence and ties --------------------------------------------------------------------------------------


def test_a_branch_depends_on_its_trunk_and_not_the_other_way() -> None:
    table = ranked(credit_of(CREDIT))
    assert table["depends_on"].to_dict() == {"mid--west": "east--mid", "east--mid": ""}
    assert table["depends_mostly_on"].to_dict() == {"mid--west": "east--mid", "east--mid": ""}
    assert table["tied_with"].eq("").all()


def test_a_trunk_is_what_more_than_half_of_the_tonnes_need() -> None:
    ways = [("a", "b"), ("a",), ("c", "a")]
    flows = pd.DataFrame({"way": ways, "avoided_kt_per_a": [5.0, 4.0, 2.0]})
    assert find_dependence(flows) == {"a": {"b"}, "b": set(), "c": {"a"}}
    assert find_dependence(flows, mostly=True) == {"a": set(), "b": set(), "c": {"a"}}


def test_corridors_that_only_serve_together_are_tied() -> None:
    table = ranked(credit_of({("b", "co2"): (2.0, 10.0), ("m", "co2"): (3.0, 0.0)}))
    assert table["tied_with"].to_dict() == {"mid--west": "east--mid", "east--mid": "mid--west"}


def test_tonnes_per_km_and_both_views_stand_beside_the_ranking_figure() -> None:
    credit = credit_of(CREDIT).assign(
        avoided_system_kt_per_a=lambda t: t["avoided_kt_per_a"],
        avoided_direct_kt_per_a=lambda t: t["avoided_kt_per_a"] * 1.1,
        biogenic_stored_kt_per_a=[5.0, 0.0],
    )
    table = ranked(credit)
    assert table["co2_avoided_system_kt_per_a"].to_dict() == pytest.approx(table[MARGINAL].to_dict())
    assert table["co2_avoided_direct_kt_per_a"].to_dict() == pytest.approx((table[MARGINAL] * 1.1).to_dict())
    assert table["co2_biogenic_kt_per_a"].to_dict() == pytest.approx({"mid--west": 5.0, "east--mid": 5.0})
    assert table["co2_biogenic_assigned_kt_per_a"].sum() == pytest.approx(5.0)
    graph = line_graph()
    length = propose(graph, network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})).strips
    km = length.set_index("corridor_id")["length_km"]
    per_km = table[MARGINAL] / km
    assert table["co2_avoided_kt_per_a_per_km"].to_dict() == pytest.approx(per_km.to_dict())


# --- years to come --------------------------------------------------------------------------------------------


def grown(milestones: dict[int, Milestone], *, rate: float = 0.0, planned: int = 2040) -> pd.DataFrame:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    return ranking.accumulate(
        propose(graph, network), {"co2": network}, candidates=graph, milestones=milestones, planned=planned, rate=rate
    )


def year_of(scale: float, capacity: float = 99.0) -> Milestone:
    rows = {key: (amount * scale, avoided * scale) for key, (amount, avoided) in CREDIT.items()}
    return Milestone(credit_of(rows), hubs_of({"h": (capacity, 1.0)}))


def test_tonnes_are_summed_by_trapezoid_from_the_first_year_to_the_last_milestone() -> None:
    table = grown({2030: year_of(0.5), 2040: year_of(1.0), 2050: year_of(0.8)})
    # b's 10 kt/a: 5 in 2030, 10 in 2040, 8 in 2050
    assert table.loc["mid--west", "co2_avoided_cumulative_kt"] == pytest.approx(10 * 7.5 + 10 * 9.0)
    assert table.loc["east--mid", "co2_avoided_cumulative_kt"] == pytest.approx(1.7 * (10 * 7.5 + 10 * 9.0))
    assigned = table["co2_avoided_assigned_cumulative_kt"]
    assert assigned.sum() == pytest.approx(1.7 * (10 * 7.5 + 10 * 9.0))
    assert (table["first_year"] == 2030).all()


def test_no_more_flows_than_the_plan_joins_for_no_thicker_pipe_is_laid() -> None:
    table = grown({2040: year_of(1.0), 2050: year_of(3.0)})
    assert table.loc["mid--west", "co2_avoided_cumulative_kt"] == pytest.approx(10 * 10.0)


def test_nothing_counts_before_there_is_a_hub() -> None:
    shut = Milestone(credit_of(CREDIT), hubs_of({"h": (0.0, 1.0)}))
    table = grown({2030: shut, 2040: year_of(1.0), 2050: year_of(1.0)})
    assert (table["first_year"] == 2040).all()
    assert table.loc["mid--west", "co2_avoided_cumulative_kt"] == pytest.approx(10 * 10.0)
    none = Milestone(credit_of(CREDIT), hubs_of({"h": (9.0, 1.0)}).iloc[:0])
    pd.testing.assert_frame_equal(grown({2030: none, 2040: year_of(1.0), 2050: year_of(1.0)}), table)


def test_the_cost_of_a_tonne_over_the_years_discounts_both() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    annual = network.segments.set_index("edge")["annual_eur"][1]
    steady = grown({year: year_of(1.0) for year in YEARS}, rate=0.06)
    assert steady.loc["mid--west", "cost_levelised_eur_per_t"] == pytest.approx(annual / 10_000.0)
    ramping = {2030: year_of(0.2), 2040: year_of(1.0), 2050: year_of(1.0)}
    dearer = grown(ramping, rate=0.06).loc["mid--west", "cost_levelised_eur_per_t"]
    tonnes = np.concatenate([np.linspace(2.0, 10.0, 11), np.full(10, 10.0)]) * 1000.0
    discount = 1.06 ** -np.arange(21.0)
    assert dearer == pytest.approx(annual * discount.sum() / (tonnes * discount).sum())
    nothing = Milestone(credit_of({key: (amount, 0.0) for key, (amount, _) in CREDIT.items()}), year_of(1.0).hubs)
    assert grown({2040: nothing})["cost_levelised_eur_per_t"].isna().all()


# --- confidence and use ---------------------------------------------------------------------------------------


def test_confidence_is_low_over_mode_times_the_maturity_of_both_ends_weighted_by_tonnes() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    flows = ranking.list_flows(propose(graph, network), {"co2": network}, credit=credit_of(CREDIT))
    keys = pd.MultiIndex.from_tuples([("co2", "b"), ("co2", "m"), ("co2", "h")])
    found = ranking.rate_confidence(
        flows, need=pd.Series([0.5, 0.9], index=keys[:2]), maturity=pd.Series([0.4, 0.2, 0.6], index=keys)
    )
    b, m = 0.5 * (0.4 + 0.6) / 2, 0.9 * (0.2 + 0.6) / 2
    assert found.to_dict() == pytest.approx({"mid--west": b, "east--mid": (10.0 * b + 7.0 * m) / 17.0})


def test_use_is_flow_over_capacity_of_the_pipes_laid() -> None:
    graph = line_graph()
    network = network_on(graph, "co2", {"b": (2.0, RICH), "m": (3.0, RICH)})
    used = ranking.rate_use(propose(graph, network), {"co2": toy_price()})
    assert used["mid--west"] == pytest.approx(2.0 / 3.0)
    segments = propose(graph, network).segments
    trunk = segments[segments["corridor_id"] == "east--mid"]
    capacity = trunk["dn_mm"].map(dict(zip(toy_price().dn_mm, toy_price().capacity_per_a, strict=True)))
    expected = (trunk["flow"] / capacity * trunk["length_m"]).sum() / trunk["length_m"].sum()
    assert used["east--mid"] == pytest.approx(expected)
    assert (used <= 1.0 + 1e-9).all()
    there = propose(graph, network)
    there.segments.loc[there.segments["corridor_id"] == "mid--west", "pipes"] = 0
    assert "mid--west" not in ranking.rate_use(there, {"co2": toy_price()})


@pytest.mark.parametrize("by_effect", [False, True], ids=["own-row", "effect"])
def test_a_surer_project_makes_a_surer_corridor(toy: Path, by_effect: bool) -> None:
    study = open_study(toy)
    before = make_plan(study, study.scenario()).ranking.set_index("corridor_id")["confidence"]
    row = {
        "project_id": "sure", "name": "Sure", "type": "CCUS", "status": "operational", "place": "here", "lon": 10.0,
        "lat": 45.0, "source": "own-estimate",
    }  # fmt: skip
    own = {} if by_effect else {"site_id": "arc-steel", "effect_carrier": "co2"}
    append(toy / "data/projects.csv", **row, **own)
    if by_effect:
        way = {"site_id": "arc-steel", "process": "steel", "pathway": "bf_bof_ccus", "source": "own-estimate"}
        append(toy / "data/project_effects.csv", project_id="sure", **way)
    study = open_study(toy)
    after = make_plan(study, study.scenario()).ranking.set_index("corridor_id")["confidence"]
    assert (after >= before - 1e-12).all()
    assert (after > before + 1e-6).any()


# --- weights --------------------------------------------------------------------------------------------------


def table_of(**columns: list[float]) -> pd.DataFrame:
    names = {"co2": "co2_avoided_kt_per_a", "cost": "cost_eur_per_t"}
    return pd.DataFrame({"rank": range(1, 4)} | {names.get(name, name): cells for name, cells in columns.items()})


def test_the_score_is_the_weighted_share_of_others_beaten() -> None:
    table = table_of(co2=[9.0, 5.0, 5.0], cost=[7.0, math.nan, 3.0])
    scored = ranking.score(table, {"co2": 3.0, "cost": 1.0})
    assert scored["weighted_score"].tolist() == pytest.approx([(3 + 0.5) / 4, 0.75 / 4, (0.75 + 1) / 4])
    assert scored["weighted_rank"].tolist() == [1, 3, 2]
    assert list(scored["rank"]) == [1, 2, 3], "the default ranking stays"


def test_equal_scores_keep_the_default_order_and_weights_only_their_proportion() -> None:
    same = ranking.score(table_of(co2=[1.0, 1.0, 1.0]), {"co2": 1.0})
    assert same["weighted_rank"].tolist() == [1, 2, 3]
    table = table_of(co2=[9.0, 5.0, 1.0], cost=[7.0, 2.0, 3.0])
    one, ten = (ranking.score(table, {"co2": k, "cost": 2.0 * k}) for k in (1.0, 10.0))
    pd.testing.assert_frame_equal(one, ten)


def test_every_criterion_is_a_column_of_the_ranking(toy_plan: Plan) -> None:
    for name in ranking.CRITERIA:
        scored = ranking.score(toy_plan.ranking, {name: 1.0})
        assert sorted(scored["weighted_rank"]) == sorted(toy_plan.ranking["rank"])


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"beauty": 1.0}, "value 'beauty': unknown criterion. Choose from co2, cumulative, cost"),
        ({"co2": -1.0}, "value '-1': the weight of co2 must be 0 or more"),
        ({"co2": math.inf}, "value 'inf': the weight of co2 must be 0 or more"),
        ({"co2": 0.0}, "every weight is 0"),
        ({}, "no weights"),
    ],
)
def test_bad_weights_are_told_in_one_message(weights: dict[str, float], words: str) -> None:
    with pytest.raises(ScenarioError) as error:
        ranking.score(table_of(co2=[1.0, 2.0, 3.0]), weights)
    assert words in str(error.value)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("text", ["co2", "co2=", "co2=much", "=3", "co2=1,co2=2", ""])
def test_weights_that_cannot_be_read_are_told(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"not a weight|unknown criterion") as error:
        weights = ranking.read_weights(text)
        ranking.score(table_of(co2=[1.0, 2.0, 3.0]), weights)
    assert len(error.value.problems) == 1


def test_weights_of_the_command_line_stand_in_every_file(
    toyland: Path, tmp_path: Path, run: Callable[..., Outcome]
) -> None:
    said = run("plan", "--study", toyland, "--out", tmp_path, "--weights", "co2=3, cost=1")
    assert said.code == 0, said.err
    assert "weighted" in said.out and "co2 3, cost 1" in said.out
    record = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert record["ranking"]["weights"] == record["scenario"]["weights"] == {"co2": 3.0, "cost": 1.0}
    table = pd.read_csv(tmp_path / "ranking.csv")
    assert sorted(table["weighted_rank"]) == list(range(1, len(table) + 1))
    assert table["rank"].tolist() == list(range(1, len(table) + 1)), "the default ranking stays the order of the file"
    for words in ("beauty=1", "co2=-2"):
        said = run("plan", "--study", toyland, "--out", tmp_path / "none", "--weights", words)
        assert said.code == 2 and "weights" in said.err and "Traceback" not in said.err
    assert not (tmp_path / "none").exists()


def test_check_tells_weights_and_chances_that_are_wrong(toy: Path, run: Callable[..., Outcome]) -> None:
    file = next(iter(sorted((toy / "data/scenarios").glob("*.toml"))))
    file.write_text(file.read_text(encoding="utf-8") + "\n[weights]\nbeauty = 1\n", encoding="utf-8")
    said = run("check", "--study", toy)
    assert said.code == 1 and f"{file.name}, column weights, value 'beauty': unknown criterion" in said.out
    file.write_text(file.read_text(encoding="utf-8").replace("beauty", "co2"), encoding="utf-8")
    change(toy / "data/assumptions/judgement.csv", "maturity,planned,", "maturity,plannd,")
    said = run("check", "--study", toy)
    assert said.code == 1 and "no assumption for maturity / planned" in said.out


# --- the plan -------------------------------------------------------------------------------------------------


def test_default_plans_know_no_weights(toy_plan: Plan) -> None:
    assert toy_plan.scenario.weights == {}
    assert not {"weighted_score", "weighted_rank"} & set(plan_layers.frames(toy_plan).corridors)
    assert plan_json.record(toy_plan)["ranking"]["weights"] == {}


def test_the_direct_view_of_a_plan_shows_the_same_two_figures(toy_plan: Plan) -> None:
    plan = make_plan(toy_plan.study, toy_plan.scenario.changed(co2_view="direct"), ground=toy_plan.ground)
    table = plan.ranking
    assert (table[MARGINAL] == table["co2_avoided_direct_kt_per_a"]).all()
    assert table["co2_avoided_direct_kt_per_a"].sum() > table["co2_avoided_system_kt_per_a"].sum()
    assert plan_json.record(plan)["ranking"]["co2_view"] == "direct"


def test_the_build_order_of_a_plan_covers_it(toy_plan: Plan) -> None:
    steps = toy_plan.build_order.steps
    assert sorted(steps["corridor_id"]) == sorted(toy_plan.ranking["corridor_id"])
    assert steps["capex_cumulative_meur"].iloc[-1] == pytest.approx(toy_plan.ranking["capex_meur"].sum())
    assert steps["co2_avoided_cumulative_kt_per_a"].iloc[-1] == pytest.approx(toy_plan.ranking[ASSIGNED].sum())
    step = steps.set_index("corridor_id")["build_step"]
    for row in toy_plan.ranking.itertuples():
        assert all(step[trunk] < step[row.corridor_id] for trunk in row.depends_mostly_on.split(",") if trunk)
    assert toy_plan.ranking.set_index("corridor_id")["build_step"].to_dict() == step.to_dict()


def test_an_empty_plan_is_appraised_without_complaint(toy_plan: Plan) -> None:
    poor = toy_plan.scenario.changed(co2_value_eur_per_t={2040: 0.0}, carriers=("co2",), weights={"co2": 1.0})
    plan = make_plan(toy_plan.study, poor, ground=toy_plan.ground)
    assert plan.ranking.empty and plan.build_order.steps.empty
    assert {"confidence", "first_year", "weighted_rank"} <= set(plan.ranking)


def test_a_year_between_milestones_is_summed_too(toy_plan: Plan) -> None:
    plan = make_plan(toy_plan.study, toy_plan.scenario.changed(year=2037), ground=toy_plan.ground)
    last = max(toy_plan.study.settings.milestones)
    years = last - plan.ranking["first_year"]
    assert (plan.ranking["first_year"] <= 2037).all()
    assert (plan.ranking["co2_avoided_cumulative_kt"] >= 0.0).all()
    # needs of Toyland grow, and no more flows than in the plan's year
    most = plan.ranking[ASSIGNED].sum() * years.max()
    assert 0.0 < plan.ranking["co2_avoided_assigned_cumulative_kt"].sum() <= most * 1.05


def test_a_milestone_is_valued_as_the_plan_of_its_own_year(toy_plan: Plan) -> None:
    own = build_design_basis(open_case(toy_plan.study, toy_plan.scenario.changed(year=2030)))
    then = value_needs(toy_plan.case.in_year(2030))
    pd.testing.assert_frame_equal(own.clients, then.clients)
    pd.testing.assert_frame_equal(own.hubs, then.hubs)


# --- no tonne twice -------------------------------------------------------------------------------------------


@QUICK
@given(
    seed=st.integers(0, 10_000),
    weights=st.lists(SHARES, min_size=4, max_size=4),
    chosen=st.lists(st.sampled_from(SECTORS), min_size=4, max_size=4),
    coverage=st.floats(0.0, 1.0),
    biogenic=st.floats(0.0, 2000.0),
    view=st.sampled_from(abatement.VIEWS),
)
def test_no_figure_of_a_plan_exceeds_what_its_places_emit(
    seed: int, weights: list[list[int]], chosen: list[str], coverage: float, biogenic: float, view: str
) -> None:
    """Random pathways at every place, several carriers at once, everything joined by a random network."""
    case, questions = questions_of(seed)
    dice = np.random.default_rng(seed)
    ways: dict[str, dict[str, Any]] = {s: spread(w) for s, w in zip(chosen, weights, strict=True)}
    places = list(case.clients["place_id"])
    numbers = NUMBERS.with_values({(s, "ccs_coverage"): coverage for s in ways})
    sites = make_sites(
        *(
            {"site_id": place, "sector": chosen[i % 4], "co2_biogenic_kt_per_a": biogenic}
            for i, place in enumerate(places)
        )
    )
    scenario = make_scenario(ways, co2_view=view)
    table = needs.estimate(sites, NO_AREAS, numbers, scenario, 2040)
    credit = abatement.credit(table, numbers, scenario, 2040)
    credit = credit[credit["role"] == credit["carrier"].map({"co2": "supply", "h2": "demand", "heat": "demand"})]
    figures = [f"{name}_kt_per_a" for name in ranking.FIGURES]
    sums = {"amount": "sum", **dict.fromkeys(figures, "sum"), "gross_kt_per_a": "max"}
    clients = credit.groupby(["place_id", "carrier"], as_index=False).agg(sums).assign(baseline_kt_per_a=1000.0)
    networks = {}
    for carrier, question in questions.items():
        mine = clients[clients["carrier"] == carrier].set_index("place_id")["amount"]
        # as many units as the toy pipes carry, so that the random network is kept
        scenario = question.clients.assign(
            amount=question.clients["place_id"].map(mine).fillna(0.0) / 500.0, worth=RICH
        )
        scenario = scenario[scenario["amount"] > 0.0]
        if len(scenario):
            networks |= corridors.design_together(
                case.graph,
                {carrier: type(question)(scenario, question.hubs, question.price, math.inf)},
                second_pipe_factor=0.6,
            )
    clients = clients.assign(amount=clients["amount"] / 500.0)
    proposed = corridors.propose(
        networks,
        case.graph,
        cluster_of={name: str(dice.choice(list(RADIUS_M))) for name in case.graph.node_of},
        radius_m=RADIUS_M,
        limits=NAMING,
    )
    hubs = pd.concat([case.hubs.assign(carrier=carrier) for carrier in questions])
    if proposed.strips.empty:
        return
    result = ranking.rank(proposed, networks, candidates=case.graph, credit=clients, hubs=hubs)
    emitted = 1000.0 * len(places)
    assert result[ASSIGNED].sum() <= emitted * (1.0 + 1e-9)
    for figure in (MARGINAL, "co2_avoided_first_in_kt_per_a", "co2_avoided_direct_kt_per_a"):
        assert (result[figure] <= emitted * (1.0 + 1e-9)).all()
    assert (result["co2_biogenic_assigned_kt_per_a"].sum()) <= biogenic * len(places) * (1.0 + 1e-9)
    milestones = {2040: Milestone(clients, hubs), 2050: Milestone(clients, hubs)}
    years = ranking.accumulate(
        proposed, networks, candidates=case.graph, milestones=milestones, planned=2040, rate=0.06
    )
    assert years["co2_avoided_assigned_cumulative_kt"].sum() <= 10.0 * emitted * (1.0 + 1e-9)
    assert (years["co2_avoided_cumulative_kt"] <= 10.0 * emitted * (1.0 + 1e-9)).all()
