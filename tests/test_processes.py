"""Processes and projects: CO2 is split and shared out without losing a tonne, projects act where they say."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_needs import DATA, DETAIL, NO_AREAS, NUMBERS, SECTORS, make_scenario, make_sites

from infraplan.core import tables
from infraplan.core.errors import ScenarioError
from infraplan.demand import abatement, needs
from infraplan.demand.needs.processes import fill_co2, split
from infraplan.demand.needs.shares import apply_projects, list_ways, share_out

QUICK = settings(max_examples=25, deadline=None, derandomize=True)
FAMILIES = {**DETAIL.families}


def make_processes(*rows: tuple[str, str, float] | tuple[str, str, float, float]) -> pd.DataFrame:
    filled = [(*row, float("nan")) if len(row) == 3 else row for row in rows]
    return pd.DataFrame(filled, columns=["owner", "process", "share", "biogenic_share"])


def make_effects(*rows: tuple[str, str, str, str, float, float]) -> pd.DataFrame:
    columns = ["project_id", "site_id", "process", "pathway", "cap_kt_per_a", "from_year"]
    return pd.DataFrame(list(rows), columns=columns)


def estimate(sites: pd.DataFrame, scenario: Any, detail: needs.Detail, year: int = 2040) -> pd.DataFrame:
    return needs.estimate(sites, NO_AREAS, NUMBERS, scenario, year, detail=detail)


PARTS = make_processes(("works", "ammonia", 0.25), ("works", "steam_cracker", 0.75))
WORKS = make_sites({"site_id": "works", "sector": "chemicals"}, {"site_id": "small", "sector": "chemicals"})
WAYS = {
    "ammonia": {"reformer_ccs": 0.4, "h2_import": 0.2, "unchanged": 0.4},
    "steam_cracker": {"cracker_ccs": 0.5, "electric_cracker": 0.3, "closure": 0.2},
    "chemicals": {"unchanged": 1.0},
}


def test_a_site_follows_its_own_processes_and_another_its_sector() -> None:
    table = estimate(WORKS, make_scenario(WAYS), needs.Detail(PARTS, FAMILIES))
    assert set(table.loc[table["place_id"] == "works", "process"]) == {"ammonia", "steam_cracker"}
    assert set(table.loc[table["place_id"] == "small", "process"]) == {"chemicals"}
    assert set(table["sector"]) == {"chemicals"}
    co2 = table[table["carrier"] == "co2"].set_index("process")["amount"]
    rate = 0.925
    assert co2["ammonia"] == pytest.approx(250.0 * 0.4 * NUMBERS.value("ammonia", "ccs_coverage", "share") * rate)
    assert co2["steam_cracker"] == pytest.approx(
        750.0 * 0.5 * NUMBERS.value("steam_cracker", "ccs_coverage", "share") * rate
    )


def test_numbers_of_a_pathway_beat_those_of_its_process() -> None:
    sites = make_sites({"site_id": "house", "sector": "boilers_chp"})
    detail = needs.Detail(families=FAMILIES)
    pump = estimate(sites, make_scenario({"boilers_chp": {"heat_pump": 1.0}}), detail)
    boiler = estimate(sites, make_scenario({"boilers_chp": {"e_boiler": 1.0}}), detail)
    used = [t[t["carrier"] == "electricity"].iloc[0] for t in (pump, boiler)]
    for need, subject in zip(used, ("boilers_chp.heat_pump", "boilers_chp.e_boiler"), strict=True):
        reach = NUMBERS.value(subject, "electrification_coverage", "share")
        per_kt = NUMBERS.value(subject, "electricity_gwh_per_kt_co2", "gwh_per_kt")
        assert need["amount"] == pytest.approx(1000.0 * reach * per_kt)
        assert f"{subject}/electricity_gwh_per_kt_co2" in need["assumption_keys"].split(",")
    # per tonne of CO2 replaced a heat pump takes about a third of the power of a boiler (programme note)
    pump_per_kt, boiler_per_kt = (need["amount"] / need["replaced_kt_per_a"] for need in used)
    assert boiler_per_kt / pump_per_kt == pytest.approx(3.0, rel=0.1)


def test_public_tonnes_set_the_hydrogen_and_verified_co2_the_capture() -> None:
    row = {"site_id": "works", "sector": "chemicals", "product": "ammonia", "activity_of": "ammonia"}
    sites = make_sites({**row, "activity_kt_per_a": 200.0})
    table = estimate(sites, make_scenario(WAYS), needs.Detail(PARTS, FAMILIES))
    h2 = table[table["carrier"] == "h2"].iloc[0]
    # 178 kg = 5.93 MWh of hydrogen per tonne of ammonia
    assert h2["amount"] == pytest.approx(200.0 * 5.93 * 0.2 * 0.95, rel=0.01)
    assert (h2["activity_kt_per_a"], h2["activity_basis"]) == (200.0, "public")
    cracker = table[table["process"] == "steam_cracker"].iloc[0]
    per_t = NUMBERS.value("steam_cracker", "co2_t_per_t_product", "t_per_t")
    assert cracker["activity_basis"] == "from_co2"
    assert cracker["activity_kt_per_a"] == pytest.approx(750.0 / per_t)
    without = estimate(make_sites(row | {"activity_kt_per_a": float("nan")}), make_scenario(WAYS),
                       needs.Detail(PARTS, FAMILIES))  # fmt: skip
    both = [t.loc[(t["carrier"] == "co2") & (t["process"] == "ammonia"), "amount"].iloc[0] for t in (table, without)]
    assert both[0] == both[1]


def test_tonnes_burned_give_the_co2_of_a_plant_that_publishes_none() -> None:
    row = {"site_id": "wte", "sector": "waste", "co2_kt_per_a": float("nan"), "activity_of": "waste"}
    sites = make_sites(
        {**row, "activity_kt_per_a": 1000.0}, {**row, "site_id": "quiet", "activity_kt_per_a": float("nan")}
    )
    filled = fill_co2(sites, NUMBERS)
    fossil = NUMBERS.value("waste", "co2_t_per_t_product", "t_per_t")
    biogenic = NUMBERS.value("waste", "biogenic_t_per_t_product", "t_per_t")
    assert filled.loc[0, ["co2_kt_per_a", "co2_biogenic_kt_per_a"]].tolist() == [1000 * fossil, 1000 * biogenic]
    # 0.9-1.1 t of CO2 per t of waste, 50-60 % of it biogenic
    assert 0.9 <= fossil + biogenic <= 1.1
    assert 0.5 <= biogenic / (fossil + biogenic) <= 0.6
    assert needs.unknown(sites, assumptions=NUMBERS) == ("quiet",)
    table = estimate(sites, make_scenario({"waste": {"wte_ccs": 1.0}}), needs.Detail(families=FAMILIES))
    assert set(table["place_id"]) == {"wte"}
    assert set(table["activity_basis"]) == {"public"}


def test_fermentation_takes_the_biogenic_part_only() -> None:
    parts = make_processes(("brewer", "food", 1.0, 0.0), ("brewer", "fermentation", 0.0, 1.0))
    sites = make_sites({"site_id": "brewer", "sector": "food", "co2_kt_per_a": 100.0, "co2_biogenic_kt_per_a": 150.0})
    ways = {"food": {"heat_pump": 0.5, "unchanged": 0.5}, "fermentation": {"pure_stream_capture": 1.0}}
    co2 = estimate(sites, make_scenario(ways), needs.Detail(parts, FAMILIES))
    co2 = co2[co2["carrier"] == "co2"].iloc[0]
    assert co2["amount"] == co2["biogenic_kt_per_a"] > 0.0
    assert co2["replaced_kt_per_a"] == 0.0


WEIGHTS = st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any)


@QUICK
@given(
    ammonia=WEIGHTS,
    cracker=WEIGHTS,
    part=st.floats(0.0, 1.0),
    cap=st.one_of(st.just(float("nan")), st.floats(0.0, 2000.0)),
    ahead=st.booleans(),
    first=st.integers(2030, 2050),
)
def test_shares_add_to_one_whatever_the_projects_do(
    ammonia: list[int], cracker: list[int], part: float, cap: float, ahead: bool, first: int
) -> None:
    names = {"ammonia": ("reformer_ccs", "h2_import", "closure", "postponed"),
             "steam_cracker": ("cracker_ccs", "h2_firing", "electric_cracker", "unchanged")}  # fmt: skip
    weights = {"ammonia": ammonia, "steam_cracker": cracker}
    ways = {p: {n: w / sum(weights[p]) for n, w in zip(names[p], weights[p], strict=True)} for p in names}
    parts = make_processes(("works", "ammonia", part), ("works", "steam_cracker", 1.0 - part))
    effects = make_effects(
        ("grab", "works", "ammonia", "reformer_ccs", cap, float(first)),
        ("grab", "works", "steam_cracker", "cracker_ccs", cap, float(first)),
        ("swap", "works", "steam_cracker", "electric_cracker", float("nan"), float("nan")),
    )
    measures = needs.Measures(effects, frozenset({"grab"} if ahead else ()))
    detail = needs.Detail(parts, FAMILIES, measures)
    scenario = make_scenario(ways)
    sites = WORKS[WORKS["site_id"] == "works"].assign(owner="works")
    emitters = pd.DataFrame(
        {"place_id": ["works"], "owner": "works", "sector": "chemicals", "fossil": 1000.0, "biogenic": 0.0,
         "made": float("nan"), "made_in": ""}
    )  # fmt: skip
    groups = split(emitters, parts, NUMBERS)
    assert groups["fossil"].sum() == pytest.approx(1000.0)
    listed = list_ways(sorted(groups["process"]), scenario, 2040, FAMILIES)
    shares = apply_projects(
        share_out(groups, listed, scenario, 2040),
        groups,
        {("ammonia", "reformer_ccs"): 0.8, ("steam_cracker", "cracker_ccs"): 0.7},
        detail,
        2040,
    )
    sums = shares.groupby(["place_id", "process"])["share"].sum()
    assert len(sums) == len(groups)
    assert sums.tolist() == pytest.approx([1.0] * len(groups))
    assert shares["share"].between(0.0, 1.0 + 1e-9).all()
    # ... and no need takes away more than there is
    table = estimate(sites, scenario, detail)
    assert table["replaced_kt_per_a"].sum() <= 1000.0 * (1 + 1e-9)
    assert (table["amount_low"] <= table["amount"] + 1e-9).all()
    assert (table["amount"] <= table["amount_high"] + 1e-9).all()
    abatement.credit(table, NUMBERS, scenario, 2040)


def captured(measures: needs.Measures, year: int = 2040) -> dict[str, float]:
    table = estimate(WORKS, make_scenario(WAYS), needs.Detail(PARTS, FAMILIES, measures), year)
    co2 = table[table["carrier"] == "co2"]
    return dict(zip(co2["process"], co2["amount"], strict=True))


def test_a_project_captures_up_to_its_cap_from_its_first_year_and_nothing_when_off() -> None:
    effects = make_effects(
        ("grab", "works", "ammonia", "reformer_ccs", 500.0, 2035.0),
        ("grab", "works", "steam_cracker", "cracker_ccs", 500.0, 2035.0),
    )
    on, off = needs.Measures(effects, frozenset({"grab"})), needs.Measures(effects, frozenset())
    plain = captured(needs.Measures(effects.iloc[:0], frozenset()))
    assert sum(plain.values()) < 500.0
    assert sum(captured(on).values()) == pytest.approx(500.0, rel=1e-6)
    assert captured(off) == {}
    assert captured(on, 2034) == {}
    # a cap beyond all there is takes all there is, not more
    all_of_it = captured(needs.Measures(effects.assign(cap_kt_per_a=9999.0), frozenset({"grab"})))
    reach = sum(
        mass * NUMBERS.value(p, "ccs_coverage", "share") for p, mass in (("ammonia", 250.0), ("steam_cracker", 750.0))
    )
    assert sum(all_of_it.values()) == pytest.approx(reach * 0.925)
    # without a cap the scenario's own share stands
    open_ended = needs.Measures(effects.assign(cap_kt_per_a=float("nan")), frozenset({"grab"}))
    assert captured(open_ended) == pytest.approx(plain)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([("works", "ammonia", 0.5), ("works", "steam_cracker", 0.4)], r"the shares of works add to 0\.9000"),
        ([("nobody", "ammonia", 1.0)], "neither a site nor a sector"),
        ([("works", "magic", 1.0)], "unknown process"),
        ([("works", "ammonia", 0.5), ("works", "ammonia", 0.5)], "stands twice"),
        ([("works", "ammonia", 1.0, 0.5)], "add to 0.5"),
    ],
)
def test_wrong_splits_are_listed(rows: list[Any], complaint: str) -> None:
    problems = needs.check_processes(make_processes(*rows), WORKS, SECTORS)
    assert any(re.search(complaint, problem.sentence("en")) for problem in problems), problems


def test_the_split_of_the_default_study_is_right() -> None:
    assert needs.check_processes(DETAIL.processes, tables.read(DATA / "sites.csv", "sites"), SECTORS) == []


def test_a_pathway_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no such pathway"):
        estimate(WORKS, make_scenario({"chemicals": {"magic": 1.0}}), needs.Detail(families=FAMILIES))
