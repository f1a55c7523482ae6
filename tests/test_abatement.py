"""Abatement: no tonne twice, captured is not avoided, worth is linear in the CO2 value."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_needs import NO_AREAS, NUMBERS, PLANT, SECTORS, make_scenario, make_sites

from infraplan.core.errors import AssumptionError, DesignError
from infraplan.core.model import Scenario
from infraplan.demand import abatement, needs
from infraplan.study.assumptions import Assumptions

QUICK = settings(max_examples=25, deadline=None, derandomize=True)
SHARES = st.lists(st.integers(0, 20), min_size=6, max_size=6).filter(any)
UNIT = st.floats(0.0, 1.0)


def credit(
    sites: pd.DataFrame, scenario: Scenario, numbers: Assumptions = NUMBERS, areas: pd.DataFrame = NO_AREAS
) -> pd.DataFrame:
    table = needs.estimate(sites, areas, numbers, scenario, 2040)
    return abatement.credit(table, numbers, scenario, 2040)


def spread(weights: list[int]) -> dict[str, float]:
    return dict(zip(needs.PATHWAYS, (w / sum(weights) for w in weights), strict=True))


@QUICK
@given(
    weights=SHARES,
    sector=st.sampled_from(SECTORS),
    bands=st.tuples(UNIT, UNIT, UNIT),
    coverages=st.tuples(UNIT, UNIT, UNIT, UNIT),
    activity=st.floats(0.0, 3.0),
)
def test_a_site_never_avoids_more_than_it_emits(
    weights: list[int],
    sector: str,
    bands: tuple[float, float, float],
    coverages: tuple[float, float, float, float],
    activity: float,
) -> None:
    scale = max(1.0, sum(bands))
    names = ("ccs_coverage", "h2_coverage", "electrification_coverage")
    changes = {(sector, f"heat_{b}"): s / scale for b, s in zip(("lt100", "100_200", "200_500"), bands, strict=True)}
    changes |= {(sector, n): c for n, c in zip(names, coverages[:3], strict=True)}
    changes[("co2", "capture_rate_2030")] = coverages[3]
    numbers = NUMBERS.with_values(changes)
    scenario = make_scenario({sector: spread(weights)}, activity={sector: {2040: activity}})
    sites = make_sites({"site_id": "plant", "sector": sector})
    table = needs.estimate(sites, NO_AREAS, numbers, scenario, 2040)
    clients = abatement.credit(table, numbers, scenario, 2040)
    emits = 1000.0 * activity * (1.0 + 1e-9)
    assert clients["avoided_kt_per_a"].clip(lower=0.0).sum() <= emits
    assert clients["avoided_kt_per_a"].sum() <= table["replaced_kt_per_a"].sum()
    assert table["replaced_kt_per_a"].sum() <= emits
    assert (clients["gross_kt_per_a"] <= emits).all()


def test_double_counting_is_refused() -> None:
    everything = {("food", f"heat_{band}"): 0.9 for band in needs.PIPED_HEAT_BANDS}
    sites = make_sites({"site_id": "dairy", "sector": "food"})
    with pytest.raises(DesignError, match=r"dairy would avoid more than the 1000\.000 kt/a"):
        credit(sites, make_scenario({"food": {"heat_network": 1.0}}), NUMBERS.with_values(everything))
    table = needs.estimate(PLANT, NO_AREAS, NUMBERS, make_scenario({"chemicals": {"ccs": 1.0}}), 2040)
    table["replaced_kt_per_a"] = 1300.0
    with pytest.raises(DesignError, match="plant"):
        abatement.credit(table, NUMBERS, make_scenario({"chemicals": {"ccs": 1.0}}), 2040)


@pytest.mark.parametrize("sector", SECTORS)
def test_captured_is_not_avoided(sector: str) -> None:
    sites = make_sites({"site_id": "plant", "sector": sector})
    row = credit(sites, make_scenario({sector: {"ccs": 1.0}})).set_index("carrier").loc["co2"]
    assert 0.80 <= row["avoided_t_per_unit"] <= 0.97
    assert row["avoided_kt_per_a"] == pytest.approx(row["avoided_t_per_unit"] * row["amount"])


def test_captured_minus_its_energy_by_hand() -> None:
    row = credit(PLANT, make_scenario({"chemicals": {"ccs": 1.0}})).set_index("carrier").loc["co2"]
    power_mwh_per_t = (0.085 + 0.075) / 2 + 0.022 * 0.95
    steam_t_per_t = (0.72 + 0.66) / 2 * 0.95 * 0.6 * 0.202 / 0.93
    assert row["avoided_t_per_unit"] == pytest.approx(1 - 0.01 - 0.02 - power_mwh_per_t * 0.04 - steam_t_per_t)


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_capture_asks_for_its_steam_and_gives_its_heat(share: float) -> None:
    sites = make_sites({"site_id": "plant", "sector": "chemicals", "co2_biogenic_kt_per_a": 500.0})
    scenario = make_scenario({"chemicals": {"ccs": share, "unchanged": 1.0 - share}})
    table = needs.estimate(sites, NO_AREAS, NUMBERS, scenario, 2040)
    caught = float(table.loc[table["carrier"] == "co2", "amount"].iloc[0])
    heat = table[(table["carrier"] == "heat") & (table["pathway"] == "ccs")].set_index(["role", "band"])
    steam_gwh = caught * 0.95 * (0.72 + 0.66) / 2
    assert heat.loc[("demand", "100_200"), "amount"].sum() == pytest.approx(0.6 * steam_gwh)
    # what the solvent gives off, beside the residual heat of the process itself
    process = needs.estimate(sites, NO_AREAS, NUMBERS, make_scenario({"chemicals": {"unchanged": 1.0}}), 2040)
    process = process[process["role"] == "supply"].set_index("band")["amount"]
    given = table[(table["carrier"] == "heat") & (table["role"] == "supply")].groupby("band")["amount"].sum()
    assert given["lt100"] == pytest.approx(process["lt100"] + caught * 0.95 * 1.54)
    # the site's own heat goes to its capture first
    of_process = process["100_200"]
    left_gwh = (1.0 - share) * of_process + max(0.0, share * of_process - 0.4 * steam_gwh / 1.5)
    assert given.get("100_200", 0.0) == pytest.approx(left_gwh)
    assert (left_gwh > 0.0) == (share < 1.0)
    assert (heat["replaced_kt_per_a"] == 0.0).all()


def test_the_steam_of_capture_is_charged_once_and_rides_no_pipe() -> None:
    sites = make_sites({"site_id": "plant", "sector": "chemicals"})
    clients = credit(sites, make_scenario({"chemicals": {"ccs": 1.0}}))
    assert clients[(clients["carrier"] == "heat") & (clients["role"] == "demand")].empty
    table = needs.estimate(sites, NO_AREAS, NUMBERS, make_scenario({"chemicals": {"ccs": 1.0}}), 2040)
    steam = table[(table["carrier"] == "heat") & (table["role"] == "demand")]["amount"].sum()
    row = clients.set_index("carrier").loc["co2"]
    charged = row["amount"] * (1 - 0.01 - 0.02) - row["avoided_direct_kt_per_a"]
    assert charged == pytest.approx(steam * 0.202 / 0.93)


def test_a_pure_stream_asks_for_no_steam() -> None:
    pure = NUMBERS.with_values({("chemicals", "pure_stream_share"): 1.0})
    table = needs.estimate(PLANT, NO_AREAS, pure, make_scenario({"chemicals": {"ccs": 1.0}}), 2040)
    assert table[(table["carrier"] == "heat") & (table["role"] == "demand")].empty


def test_hydrogen_in_steel_avoids_less_than_it_replaces() -> None:
    sites = make_sites({"site_id": "mill", "sector": "steel"})
    row = credit(sites, make_scenario({"steel": {"h2": 1.0}})).set_index("carrier").loc["h2"]
    # 1 / 1.04 t replaced per MWh, minus making the hydrogen and the power of shaft and furnace
    made = 0.45 * 0.03 + 0.40 * 0.04 + 0.15 * 0.01
    assert row["avoided_t_per_unit"] == pytest.approx(1 / 1.04 - made - 0.53 / 1.04 * 0.04)
    fixed = 2.86 * 11.0 + 40.0 - 25.0 - 0.53 / 1.04 * 70.0
    assert row["worth_fixed_eur_per_unit"] == pytest.approx(fixed)
    assert row["worth_eur_per_unit"] == pytest.approx(fixed + row["avoided_t_per_unit"] * 150.0)


def test_only_pipes_of_the_scenario_are_clients() -> None:
    ways = {"chemicals": spread([1, 1, 1, 1, 1, 1])}
    clients = credit(PLANT, make_scenario(ways))
    assert list(clients.columns) == list(abatement.COLUMNS)
    assert set(clients["carrier"]) == {"co2", "h2", "heat"}
    assert set(clients.loc[clients["carrier"] == "heat", "band"]) == set(needs.PIPED_HEAT_BANDS)
    assert set(credit(PLANT, make_scenario(ways, carriers=("h2",)))["carrier"]) == {"h2"}
    supply = clients[(clients["carrier"] == "heat") & (clients["role"] == "supply")]
    assert (supply["avoided_kt_per_a"] == 0.0).all()
    assert (supply["worth_eur_per_unit"] < 0.0).all()


def test_gross_is_what_the_whole_site_could_avoid() -> None:
    part = credit(PLANT, make_scenario({"chemicals": {"ccs": 0.25, "unchanged": 0.75}})).set_index("carrier").loc["co2"]
    whole = credit(PLANT, make_scenario({"chemicals": {"ccs": 1.0}})).set_index("carrier").loc["co2"]
    assert part["gross_kt_per_a"] == pytest.approx(whole["avoided_kt_per_a"])
    assert part["avoided_kt_per_a"] == pytest.approx(0.25 * whole["avoided_kt_per_a"])


def test_biogenic_co2_is_worth_nothing_unless_the_study_says_so() -> None:
    sites = make_sites({"site_id": "wte", "sector": "waste", "co2_kt_per_a": 90.0, "co2_biogenic_kt_per_a": 110.0})
    scenario = make_scenario({"waste": {"ccs": 1.0}})
    plain = credit(sites, scenario).set_index("carrier").loc["co2"]
    assert plain["avoided_kt_per_a"] < plain["amount"] - plain["biogenic_kt_per_a"]
    paid = (
        credit(sites, scenario, NUMBERS.with_values({("co2", "removal_credit"): 1.0})).set_index("carrier").loc["co2"]
    )
    assert paid["avoided_kt_per_a"] == plain["avoided_kt_per_a"]
    assert paid["worth_eur_per_unit"] - plain["worth_eur_per_unit"] == pytest.approx(0.55 * 150.0)


def test_biogenic_co2_that_is_stored_stands_apart() -> None:
    sites = make_sites({"site_id": "wte", "sector": "waste", "co2_kt_per_a": 90.0, "co2_biogenic_kt_per_a": 110.0})
    row = credit(sites, make_scenario({"waste": {"ccs": 1.0}})).set_index("carrier").loc["co2"]
    assert row["biogenic_stored_kt_per_a"] == pytest.approx(row["biogenic_kt_per_a"] * 0.99)
    assert row["biogenic_kt_per_a"] == pytest.approx(row["amount"] * 0.55)
    assert row["avoided_kt_per_a"] < 90.0


def test_the_direct_view_leaves_out_what_making_power_and_hydrogen_emits() -> None:
    ways = {"chemicals": spread([1, 1, 1, 1, 1, 1])}
    both = credit(PLANT, make_scenario(ways))
    assert (both["avoided_kt_per_a"] == both["avoided_system_kt_per_a"]).all()
    demand = both[both["role"].ne("supply") | both["carrier"].eq("co2")]
    assert (demand["avoided_direct_kt_per_a"] > demand["avoided_system_kt_per_a"]).all()
    h2 = both.set_index("carrier").loc["h2"]
    replaced = needs.estimate(PLANT, NO_AREAS, NUMBERS, make_scenario(ways), 2040).set_index("carrier").loc["h2"]
    assert h2["avoided_direct_kt_per_a"] == pytest.approx(replaced["replaced_kt_per_a"])
    # captured CO2 still loses what leaks, what moving it emits and the steam of its own boiler
    co2 = both.set_index("carrier").loc["co2"]
    steam_t_per_t = (0.72 + 0.66) / 2 * 0.95 * 0.6 * 0.202 / 0.93
    assert co2["avoided_direct_kt_per_a"] == pytest.approx(co2["amount"] * (1 - 0.01 - 0.02 - steam_t_per_t))


def test_the_scenario_says_which_view_counts() -> None:
    ways = {"chemicals": spread([1, 1, 1, 1, 1, 1])}
    system = credit(PLANT, make_scenario(ways))
    direct = credit(PLANT, make_scenario(ways, co2_view="direct"))
    assert (direct["avoided_kt_per_a"] == direct["avoided_direct_kt_per_a"]).all()
    columns = ["avoided_system_kt_per_a", "avoided_direct_kt_per_a"]
    pd.testing.assert_frame_equal(system[columns], direct[columns])
    assert direct["worth_eur_per_unit"].sum() > system["worth_eur_per_unit"].sum()
    with pytest.raises(ValueError, match="co2_view"):
        make_scenario(ways, co2_view="netted")


def test_a_greener_mix_of_hydrogen_avoids_more_and_a_broken_one_is_refused() -> None:
    ways = make_scenario({"steel": {"h2": 1.0}})
    sites = make_sites({"site_id": "mill", "sector": "steel"})
    origins = ("h2_import", "h2_blue", "h2_green")
    green = NUMBERS.with_values({(o, "mix_share_2040"): float(o == "h2_green") for o in origins})
    blue = NUMBERS.with_values({(o, "mix_share_2040"): float(o == "h2_blue") for o in origins})
    values = [
        credit(sites, ways, numbers).set_index("carrier").loc["h2", "avoided_t_per_unit"] for numbers in (blue, green)
    ]
    assert values[1] - values[0] == pytest.approx(0.04 - 0.01)
    with pytest.raises(AssumptionError, match=r"hydrogen mix of 2040 adds to 1\.1"):
        credit(sites, ways, NUMBERS.with_values({("h2_blue", "mix_share_2040"): 0.5}))


def test_heat_from_a_source_that_loses_power_or_burns_more_avoids_less() -> None:
    sites = make_sites({"site_id": "dairy", "sector": "food"}, {"site_id": "wte", "sector": "waste"})
    ways = make_scenario({"food": {"heat_network": 1.0}, "waste": {"unchanged": 1.0}})

    def at_dairy(numbers: Assumptions) -> float:
        rows = credit(sites, ways, numbers)
        mine = rows[(rows["place_id"] == "dairy") & (rows["role"] == "demand") & (rows["band"] == "100_200")]
        return float(mine["avoided_t_per_unit"].iloc[0])

    supply = needs.estimate(sites, NO_AREAS, NUMBERS, ways, 2040)
    supply = supply[(supply["role"] == "supply") & (supply["band"] == "100_200")].set_index("place_id")["amount"]
    of_waste = supply["wte"] / supply.sum()
    assert at_dairy(NUMBERS) == pytest.approx(0.202 / 0.93 - (0.02 + 0.15 * of_waste) * 0.04)
    burning = NUMBERS.with_values({("industry", "heat_source_emission"): 0.1})
    assert at_dairy(NUMBERS) - at_dairy(burning) == pytest.approx(0.1)


def test_heat_is_worth_the_boiler_it_replaces() -> None:
    areas = pd.DataFrame(
        {"area_id": ["city"], "band": ["lt100"], "population": [1e5], "heat_demand_gwh_per_a": [math.nan]}
    )
    sites = make_sites({"site_id": "dairy", "sector": "food"})
    clients = credit(sites, make_scenario({"food": {"heat_network": 1.0}}), areas=areas)
    demand = clients[clients["role"] == "demand"].set_index(["place_id", "band"])
    at_site, at_city = demand.loc[("dairy", "lt100")], demand.loc[("city", "lt100")]
    moving = 0.02 * 0.04
    assert at_site["worth_per_co2_value"] == pytest.approx(0.202 / 0.93 - moving)
    assert at_site["worth_fixed_eur_per_unit"] == pytest.approx(30.0 / 0.93 - 3.0 - 0.02 * 70.0)
    assert at_city["worth_per_co2_value"] == pytest.approx(0.202 / 0.90 - moving)
    assert at_city["worth_fixed_eur_per_unit"] == pytest.approx(30.0 / 0.90 - 3.0 - 0.02 * 70.0 + 25.0 - 30.0)


@QUICK
@given(weights=SHARES, sector=st.sampled_from(SECTORS), wanted=st.floats(-50.0, 300.0))
def test_break_even_co2_value_gives_the_worth_asked(weights: list[int], sector: str, wanted: float) -> None:
    ways = {sector: spread(weights)}
    sites = make_sites({"site_id": "plant", "sector": sector})
    table = needs.estimate(sites, NO_AREAS, NUMBERS, make_scenario(ways), 2040)
    for number, row in enumerate(credit(sites, make_scenario(ways)).to_dict("records")):
        value = abatement.break_even_co2_value(row, wanted)
        if math.isnan(value):
            assert row["worth_per_co2_value"] <= 0.0
            continue
        other = make_scenario(ways, co2_value_eur_per_t={2040: value})
        again = abatement.credit(table, NUMBERS, other, 2040)
        assert again.loc[number, "worth_eur_per_unit"] == pytest.approx(wanted, abs=1e-6)


def test_nothing_gives_nothing() -> None:
    empty: dict[str, Any] = {"chemicals": {"closure": 1.0}}
    assert len(credit(PLANT, make_scenario(empty))) == 0
