"""Needs: laws, hand-made cases, published values and the default study."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.core import tables
from infraplan.core.errors import AssumptionError, ScenarioError, TableError
from infraplan.core.model import Scenario
from infraplan.demand import needs
from infraplan.study import assumptions as papers
from infraplan.study.assumptions import Assumptions

DATA = Path(__file__).parents[1] / "data"
NUMBERS = papers.read(DATA / "assumptions")
SECTORS = needs.sectors(NUMBERS)
DETAIL = needs.Detail(
    tables.read(DATA / "processes.csv", "processes"),
    needs.families_of(tables.read(DATA / "pathways.csv", "pathways")),
)
MILESTONES = tomllib.loads((DATA / "study.toml").read_text(encoding="utf-8"))["milestones"]
SCENARIOS = sorted((DATA / "scenarios").glob("*.toml"))
QUICK = settings(max_examples=25, deadline=None, derandomize=True)


def make_scenario(pathways: dict[str, dict[str, Any]], **answers: Any) -> Scenario:
    """Return a scenario; a share given as a number holds in every year."""
    shares = {
        sector: {p: s if isinstance(s, dict) else {2040: s} for p, s in ways.items()}
        for sector, ways in pathways.items()
    }
    question: dict[str, Any] = {
        "name": "toy",
        "title_en": "",
        "title_nl": "",
        "about_en": "",
        "about_nl": "",
        "year": 2040,
        "carriers": ("co2", "h2", "heat"),
        "co2_value_eur_per_t": {2040: 150.0},
        "existing_statuses": (),
        "hub_statuses": (),
        "activity": {},
        "pathways": shares,
    }
    return Scenario.model_validate({**question, **answers})


def make_sites(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a table of sites with 1000 kt/a each unless told otherwise."""
    usual = {
        "co2_kt_per_a": 1000.0,
        "co2_biogenic_kt_per_a": float("nan"),
        "process_gas_of": "",
        "region": "",
    }
    return pd.DataFrame([usual | row for row in rows])


NO_AREAS = pd.DataFrame(
    {c.name: pd.Series(dtype=float if c.kind == "number" else object) for c in tables.TABLES["heat_areas"]}
)
PLANT = make_sites({"site_id": "plant", "sector": "chemicals"})


def estimate(sites: pd.DataFrame, scenario: Scenario, numbers: Assumptions = NUMBERS, year: int = 2040) -> pd.DataFrame:
    return needs.estimate(sites, NO_AREAS, numbers, scenario, year)


def amount(table: pd.DataFrame, carrier: str, column: str = "amount", **where: str) -> float:
    for name, value in where.items():
        table = table[table[name] == value]
    return float(table.loc[table["carrier"] == carrier, column].sum())


def test_captured_co2_is_emission_x_share_x_coverage_x_rate() -> None:
    table = estimate(PLANT, make_scenario({"chemicals": {"ccs": 0.5, "unchanged": 0.5}}))
    rate = (NUMBERS.value("co2", "capture_rate_2030", "share") + NUMBERS.value("co2", "capture_rate_2050", "share")) / 2
    expected = 1000.0 * 0.5 * NUMBERS.value("chemicals", "ccs_coverage", "share") * rate
    row = table[table["carrier"] == "co2"].iloc[0]
    assert row["amount"] == pytest.approx(expected)
    assert (row["role"], row["unit"], row["peak_unit"], row["pathway"]) == (
        "supply",
        "kt_per_a",
        "kg_per_s",
        "ccs",
    )
    # 31.71 kg/s per Mt/a at full load
    hours = NUMBERS.value("chemicals", "full_load_hours", "h_per_a")
    assert row["peak"] == pytest.approx(expected / 1000.0 * 31.71 * 8760.0 / hours * 1.1, rel=1e-3)
    assert row["assumption_keys"].split(",") == [
        "chemicals/ccs_coverage",
        "co2/capture_rate_2030",
        "co2/capture_rate_2050",
        "industry/peak_margin",
        "chemicals/full_load_hours",
    ]


def test_published_values() -> None:
    food = estimate(
        make_sites({"site_id": "dairy", "sector": "food", "co2_kt_per_a": 100.0}),
        make_scenario({"food": {"heat_network": 1.0}}),
    )
    # ECLUSE: 100 kt CO2 a year stands for about 460 GWh of gas-boiler heat
    assert amount(food, "heat", role="demand") == pytest.approx(460.0, rel=0.05)
    steel = estimate(
        make_sites({"site_id": "mill", "sector": "steel", "co2_kt_per_a": 1.8}),
        make_scenario({"steel": {"h2": 1.0}}),
    )
    # 56 kg = 1.87 MWh hydrogen replace about 1.8 t CO2 per t steel (range 51-63 kg)
    assert 1.7 * 0.85 <= amount(steel, "h2") <= 1.867 <= amount(steel, "h2", "amount_high") <= 2.2


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_default_scenarios_keep_the_rules(path: Path) -> None:
    scenario = Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    assert scenario.name == path.stem
    assert needs.check_pathways(scenario, SECTORS, MILESTONES, DETAIL.families) == []
    assert set(scenario.co2_value_eur_per_t) == set(MILESTONES)


def test_default_study_is_plausible() -> None:
    sites = tables.read(DATA / "sites.csv", "sites")
    home = ["chemicals", "refining", "steel", "hydrogen", "fertiliser"]
    assert needs.baseline(sites, region="Flanders", sectors=home) == pytest.approx(17060.0, abs=5.0)
    with_gas = needs.baseline(sites, region="Flanders", sectors=home, process_gas=True)
    assert with_gas == pytest.approx(22020.0, abs=5.0)
    road = Scenario.model_validate(tomllib.loads((DATA / "scenarios/roadmap-2025.toml").read_text(encoding="utf-8")))
    table = needs.estimate(
        sites, tables.read(DATA / "heat_areas.csv", "heat_areas"), NUMBERS, road, 2040, detail=DETAIL
    )
    flemish = table[table["place_id"].isin(sites.loc[sites["region"] == "Flanders", "site_id"])]
    assert 5000.0 <= amount(flemish, "co2") <= 9000.0
    assert 5000.0 <= amount(flemish, "h2") <= 20000.0
    assert 10000.0 <= amount(flemish, "electricity") <= 40000.0
    assert set(needs.unknown(sites, assumptions=NUMBERS)).isdisjoint(table["place_id"])


def test_table_is_sorted_and_complete() -> None:
    sites = make_sites({"site_id": "b", "sector": "food"}, {"site_id": "a", "sector": "chemicals"})
    half = {"ccs": 0.2, "h2": 0.2, "electrification": 0.2, "heat_network": 0.2, "unchanged": 0.2}
    table = estimate(sites, make_scenario({"food": half, "chemicals": half}))
    assert list(table.columns) == list(needs.COLUMNS)
    assert list(table["place_id"]) == sorted(table["place_id"])
    assert set(table["carrier"]) == {"co2", "h2", "heat", "electricity"}
    assert set(table.loc[table["role"] == "supply", "carrier"]) == {"co2", "heat"}
    assert (table.loc[table["band"] == "200_500", "replaced_kt_per_a"] == 0.0).all()
    pd.testing.assert_frame_equal(table, estimate(sites.iloc[::-1], make_scenario({"food": half, "chemicals": half})))


def test_process_gas_plant_follows_its_steelworks() -> None:
    sites = make_sites(
        {"site_id": "mill", "sector": "steel"},
        {"site_id": "gas-plant", "sector": "power", "process_gas_of": "mill"},
        {"site_id": "turbine", "sector": "power"},
    )
    scenario = make_scenario({"steel": {"ccs": 1.0}, "power": {"unchanged": 1.0}}, activity={"steel": {2040: 0.5}})
    table = estimate(sites, scenario)
    co2 = table[table["carrier"] == "co2"].set_index("place_id")
    assert list(co2.index) == ["gas-plant", "mill"]
    assert co2.loc["gas-plant", "sector"] == "steel"
    assert co2.loc["gas-plant", "amount"] == co2.loc["mill", "amount"]
    lost = make_sites({"site_id": "gas-plant", "sector": "power", "process_gas_of": "nowhere"})
    with pytest.raises(TableError, match="nowhere"):
        estimate(lost, scenario)


def test_biogenic_co2_rides_the_pipe_but_stays_apart() -> None:
    sites = make_sites({"site_id": "wte", "sector": "waste", "co2_kt_per_a": 90.0, "co2_biogenic_kt_per_a": 110.0})
    row = estimate(sites, make_scenario({"waste": {"ccs": 1.0}})).set_index("carrier").loc["co2"]
    assert row["biogenic_kt_per_a"] / row["amount"] == pytest.approx(0.55)
    assert row["replaced_kt_per_a"] == pytest.approx(row["amount"] - row["biogenic_kt_per_a"])
    assert row["baseline_kt_per_a"] == 90.0
    mills = make_sites(
        {"site_id": "fossil", "sector": "paper"},
        {"site_id": "mixed", "sector": "paper", "co2_biogenic_kt_per_a": 500.0},
    )
    power = estimate(mills, make_scenario({"paper": {"electrification": 1.0}}))
    power = power[power["carrier"] == "electricity"].set_index("place_id")
    assert power.loc["mixed", "amount"] == power.loc["fossil", "amount"]


def test_unknown_co2_gives_no_need_and_is_listed() -> None:
    sites = make_sites({"site_id": "quiet", "sector": "waste", "co2_kt_per_a": float("nan")})
    assert len(estimate(sites, make_scenario({"waste": {"ccs": 1.0}}))) == 0
    areas = pd.DataFrame(
        {
            "area_id": ["city", "glass", "metered"],
            "band": ["lt100", "lt100", "100_200"],
            "population": [100_000.0, 0.0, float("nan")],
            "heat_demand_gwh_per_a": [float("nan"), float("nan"), 12.0],
        }
    )
    assert needs.unknown(sites, areas) == ("glass", "quiet")
    table = needs.estimate(sites, areas, NUMBERS, make_scenario({}), 2040).set_index("place_id")
    assert list(table.index) == ["city", "metered"]
    assert table.loc["city", "amount"] == pytest.approx(100_000 * 6.5 * 0.15 / 1000.0)
    metered = table.loc["metered", ["amount_low", "amount", "amount_high"]]
    assert metered.tolist() == [12.0, 12.0, 12.0]
    assert "heat_per_person" not in table.loc["metered", "assumption_keys"]


def test_site_that_is_off_or_closed_needs_nothing() -> None:
    ways = {"chemicals": {"ccs": 0.5, "electrification": 0.5}}
    assert len(estimate(PLANT, make_scenario(ways))) > 0
    assert len(estimate(PLANT, make_scenario(ways, sites_off=("plant",)))) == 0
    assert len(estimate(PLANT, make_scenario({"chemicals": {"closure": 1.0}}))) == 0


@QUICK
@given(
    weights=st.lists(st.integers(0, 20), min_size=6, max_size=6).filter(any),
    activity=st.floats(0.01, 2.0),
    sector=st.sampled_from(SECTORS),
)
def test_low_mode_high_and_scale_with_activity(weights: list[int], activity: float, sector: str) -> None:
    shares = dict(zip(needs.PATHWAYS, (w / sum(weights) for w in weights), strict=True))
    sites = make_sites({"site_id": "plant", "sector": sector, "co2_biogenic_kt_per_a": 100.0})
    one = estimate(sites, make_scenario({sector: shares}))
    some = estimate(sites, make_scenario({sector: shares}, activity={sector: {2040: activity}}))
    assert (one["amount_low"] <= one["amount"]).all()
    assert (one["amount"] <= one["amount_high"]).all()
    ends = ["amount_low", "amount", "amount_high", "peak", "replaced_kt_per_a"]
    pd.testing.assert_frame_equal(some[ends], one[ends] * activity)
    assert one.groupby("place_id")["replaced_kt_per_a"].sum().le(1000.0 * (1 + 1e-9)).all()


def test_value_outside_its_range_widens_the_range() -> None:
    changed = NUMBERS.with_values({("chemicals", "ccs_coverage"): 0.99})
    row = estimate(PLANT, make_scenario({"chemicals": {"ccs": 1.0}}), changed).set_index("carrier").loc["co2"]
    assert row["amount_low"] < row["amount"] <= row["amount_high"]


def test_milestones_are_linear_and_flat_outside() -> None:
    def rate(year: int) -> float:
        return needs.look_up_year(NUMBERS, "co2", prefix="capture_rate", unit="share", year=year).value

    assert rate(2035) == pytest.approx(0.75 * rate(2030) + 0.25 * rate(2050))
    assert (rate(2020), rate(2060)) == (rate(2030), rate(2050))
    with pytest.raises(AssumptionError, match="nonsense"):
        needs.look_up_year(NUMBERS, "co2", prefix="nonsense", unit="share", year=2040)


def test_missing_numbers_are_named_all_at_once() -> None:
    rows = {
        k: r for k, r in NUMBERS.rows.items() if k not in {("food", "full_load_hours"), ("lime", "full_load_hours")}
    }
    sites = make_sites({"site_id": "a", "sector": "food"}, {"site_id": "b", "sector": "lime"})
    with pytest.raises(AssumptionError) as caught:
        estimate(sites, make_scenario({"food": {"ccs": 1.0}, "lime": {"ccs": 1.0}}), Assumptions(rows))
    assert [p.sentence("en") for p in caught.value.problems] == [
        "no assumption for food / full_load_hours",
        "no assumption for lime / full_load_hours",
    ]


def test_zero_divisor_is_refused() -> None:
    broken = NUMBERS.with_values({("industry", "fuel_emission_factor"): 0.0})
    with pytest.raises(AssumptionError, match="industry/fuel_emission_factor"):
        estimate(PLANT, make_scenario({"chemicals": {"unchanged": 1.0}}), broken)
    idle = NUMBERS.with_values({("chemicals", "full_load_hours"): 0.0})
    with pytest.raises(AssumptionError, match="chemicals/full_load_hours"):
        estimate(PLANT, make_scenario({"chemicals": {"unchanged": 1.0}}), idle)


def test_shares_that_do_not_add_to_one_are_refused() -> None:
    with pytest.raises(ScenarioError, match=r"chemicals in 2040: the shares add to 0\.9000"):
        estimate(PLANT, make_scenario({"chemicals": {"ccs": 0.9}}))


@pytest.mark.parametrize(
    ("pathways", "complaint"),
    [
        ({"lime": {"ccs": 1.0}, "nosuch": {"ccs": 1.0}}, "no such sector"),
        ({}, "the sector has no pathways"),
        ({"lime": {"ccs": 1.0, "magic": 0.0}}, "no such pathway"),
        ({"lime": {"ccs": 1.5, "h2": -0.5}}, "not a share"),
        (
            {"lime": {"ccs": {2030: 1.0, 2050: 0.5}, "h2": {2030: 0.0, 2050: 0.4}}},
            "in 2050: the shares add to 0.9",
        ),
        # right at the study's milestones, wrong at the scenario's own year between them
        ({"lime": {"ccs": {2030: 1.0, 2033: 0.5, 2040: 1.0}, "h2": {2030: 0.0}}}, "in 2033"),
    ],
)
def test_wrong_pathways_are_listed(pathways: dict[str, dict[str, Any]], complaint: str) -> None:
    problems = needs.check_pathways(make_scenario(pathways), ("lime",), (2030, 2040, 2050))
    assert any(complaint in problem.sentence("en") for problem in problems), problems


def test_right_pathways_pass() -> None:
    scenario = make_scenario({"lime": {"ccs": {2030: 0.1, 2050: 0.9}, "unchanged": {2030: 0.9, 2050: 0.1}}})
    assert needs.check_pathways(scenario, ("lime",), (2030, 2040, 2050)) == []
