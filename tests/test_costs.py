"""Prices against published figures, and the laws a price list must obey for the planner."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.core import units
from infraplan.core.errors import AssumptionError, DesignError
from infraplan.core.model import PipePrice
from infraplan.engineering import costs, hydraulics
from infraplan.engineering.hydraulics import fluids
from infraplan.study import assumptions as assumptions_
from infraplan.study.assumptions import Assumptions

ROOT = Path(__file__).parents[1]
NUMBERS = assumptions_.read(ROOT / "data" / "assumptions")
OWN_FILES = ("pipes.csv", "fluids.csv", "costs.csv")
CARRIERS = ("co2", "h2", "heat")


def published() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "published_values.csv").open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file) if row["module"] == "costs"}


def capex(name: str, inch: float, region: str = "") -> float:
    return costs.capex_model(name, NUMBERS, diameter_m=inch * units.M_PER_INCH, length_m=1e5, region=region)


def mccoy_usd_per_t(region: str) -> float:
    return (0.15 * capex("mccoy-rubin-2008", 16.0, region) + 3250.0 * 100.0) / 5e6


def oeuvray_eur(inner_m: float) -> float:
    """Pipe of 100 km in the source's money and in the X80 steel that it finds cheapest."""
    of_2024 = NUMBERS.with_values(
        {
            ("finance", "money_year"): 2024.0,
            ("steel_x65", "yield_strength"): 550.0,
            ("steel_x65", "price"): 1.51,
        }
    )
    line = {"inlet_bar": 120.0, "design_factor": 0.61}
    outer = inner_m
    for _ in range(20):
        outer = inner_m + 2.0 * float(costs.wall_m(outer, of_2024, **line))
    return float(costs.engineering_eur_per_m(outer, of_2024, **line)) * 1e5


def ramp_up_tariff() -> float:
    years = range(31)
    return costs.levelised(
        [500.0 if t == 0 else 10.0 for t in years],
        [0.0 if t == 0 else min(5.0, 0.5 + 0.45 * t) for t in years],
        rate=0.06,
    )


def compress(carrier: str, suction_bar: float, discharge_bar: float, stages: int) -> float:
    """Compression [kWh/kg] with the assumptions' efficiency and coolers."""
    name = f"{carrier}_compression"
    return hydraulics.compression_kwh_per_kg(
        hydraulics.FLUIDS[carrier],  # type: ignore[index]
        suction_bar=suction_bar,
        discharge_bar=discharge_bar,
        stages=stages,
        efficiency=NUMBERS.value(name, "efficiency", "share"),
        suction_degc=NUMBERS.value(name, "suction_temperature", "degc"),
        intercooler_degc=NUMBERS.value(name, "intercooler_temperature", "degc"),
    )


def from_gas_collection() -> float:
    """CO2 from 30 to 110 bar [kWh/t]: a compressor to 75 bar, a pump above."""
    density = hydraulics.density_kg_per_m3("CarbonDioxide", pressure_bar=75.0, temperature_degc=25.0)
    pump = hydraulics.pump_kwh_per_kg(rise_bar=35.0, density=density, efficiency=0.75)
    return 1000.0 * (compress("co2", 30.0, 75.0, 2) + pump)


def ship_eur_per_t(**changes: float) -> float:
    """Ship of the Danish Energy Agency in its money, at 8 % and 60 EUR of 2020 per MWh of fuel."""
    index = costs.in_money_year(1.0, NUMBERS, price_year=2020)
    of_2020 = {("finance", "discount_rate"): 0.08, ("finance", "money_year"): 2020.0}
    fuel = {("co2_ship", "fuel_price"): 60.0 * index}  # the row is in money of 2025
    return costs.ship_eur_per_t(
        NUMBERS.with_values({**of_2020, **fuel, **{("co2_ship", key): value for key, value in changes.items()}})
    )


def model_value(name: str) -> float:
    """Row ``model <name> [<region>] <inch>`` of the published table."""
    _, model, *region, inch = name.split()
    return capex(model, float(inch), *region)


COMPUTED: dict[str, Callable[[], float]] = {
    "4a": lambda: capex("mccoy-rubin-2008", 16.0),
    "4b": lambda: mccoy_usd_per_t(""),
    "4c": lambda: mccoy_usd_per_t("central"),
    "4d": lambda: mccoy_usd_per_t("northeast"),
    "5": lambda: capex("parker-2004", 12.0),
    "5p": lambda: capex("parker-2004", 36.0),
    "5o": lambda: capex("ieaghg-2002-offshore", 24.0),
    "5n": lambda: capex("ieaghg-2002-onshore", 24.0),
    "5c": lambda: capex("comet", 24.0),
    "7a": lambda: oeuvray_eur(0.159),
    "7b": lambda: oeuvray_eur(0.344),
    "7c": lambda: oeuvray_eur(0.491),
    "14": lambda: costs.h2_backbone_eur_per_mw_km(NUMBERS),
    "15a": lambda: 1000.0 * costs.compression_mwh_per_t("co2", NUMBERS, to_bar=110.0),
    "15b": lambda: costs.compression_mwh_per_t("h2", NUMBERS, to_bar=80.0),
    "18a": ramp_up_tariff,
    **{name: partial(model_value, name) for name in published() if name.startswith("model ")},
    "15c": lambda: 1000.0 * compress("co2", 1.6, 30.0, 3),
    "15d": from_gas_collection,
    "15e": lambda: compress("h2", 40.0, 80.0, 2),
    "15f": lambda: compress("h2", 50.0, 80.0, 2),
    "15g": lambda: compress("h2", 30.0, 67.0, 2),
    "15h": lambda: compress("h2", 1.0, 30.0, 4),
    "16s": ship_eur_per_t,
    "16t": lambda: ship_eur_per_t(cargo=4.0, fuel=90.0, capex=9500.0),
    "19r": lambda: costs.reuse("h2", NUMBERS, dn_mm=1200.0).cost_factor,
}


def test_every_published_value_has_its_computation() -> None:
    assert set(COMPUTED) == set(published())


@pytest.mark.parametrize("name", COMPUTED)
def test_published_value(name: str) -> None:
    row = published()[name]
    assert COMPUTED[name]() == pytest.approx(float(row["expected"]), rel=float(row["tolerance"]))


def lawful(pipe: PipePrice) -> None:
    """Thicker costs more per metre and less per unit carried: the concave price that makes trunk lines."""
    for column in (
        pipe.dn_mm,
        pipe.capacity_per_a,
        pipe.capex_eur_per_m,
        pipe.annual_eur_per_m,
        pipe.crossing_factor,
    ):
        assert column[0] > 0.0
        assert np.all(np.diff(column) > 0.0)
    for column in (pipe.capex_eur_per_m, pipe.annual_eur_per_m):
        assert np.all(np.diff(column / pipe.capacity_per_a) < 0.0)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_price_list_is_lawful(carrier: str) -> None:
    pipe = costs.price(carrier, NUMBERS)
    assert (pipe.carrier, pipe.unit) == (carrier, "kt_per_a" if carrier == "co2" else "gwh_per_a")
    lawful(pipe)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_every_draw_within_the_ranges_gives_a_lawful_price_list(seed: int) -> None:
    """An ensemble draws all assumptions at once; none may be refused or turn the prices around."""
    draw = np.random.default_rng(seed)
    changes = {
        key: draw.uniform(row.low, row.high)
        for key, row in NUMBERS.rows.items()
        if row.file in OWN_FILES and row.high > row.low
    }
    drawn = NUMBERS.with_values(changes)
    for carrier in CARRIERS:
        lawful(costs.price(carrier, drawn))


@pytest.mark.parametrize("model", costs.MODELS)
def test_a_published_regression_can_price_co2(model: str) -> None:
    pipe = costs.price("co2", NUMBERS, model=model)
    lawful(pipe)
    assert not np.allclose(pipe.capex_eur_per_m, costs.price("co2", NUMBERS).capex_eur_per_m)


def at(pipe: PipePrice, dn_mm: float) -> int:
    return pipe.dn_mm.tolist().index(dn_mm)


def test_co2_investment_lies_in_the_published_range() -> None:
    """DEA: 1.8-3 EUR/(t/h)/m of 2020 at up to 500 t/h, which is a 12 inch line."""
    pipe = costs.price("co2", NUMBERS)
    now = costs.in_money_year(1.0, NUMBERS, price_year=2020)
    dn300 = pipe.capex_eur_per_m[at(pipe, 300.0)]
    assert 1.8 * 500.0 * now < dn300 < 3.0 * 500.0 * now


def test_hydrogen_investment_meets_the_backbone_figures() -> None:
    pipe = costs.price("h2", NUMBERS)
    for dn_mm, meur_per_km in ((500.0, 2.4), (900.0, 3.5), (1200.0, 4.4)):
        expected = costs.in_money_year(meur_per_km * 1000.0, NUMBERS, price_year=2023)
        assert pipe.capex_eur_per_m[at(pipe, dn_mm)] == pytest.approx(expected)


def test_heat_investment_lies_in_the_published_range() -> None:
    """DEA transmission on open ground, of 2020: 500, 900-1200 and 1500-2250 EUR/m at 20, 100 and 250 MW.

    The widths are those of 40 K and 150 Pa/m.
    """
    pipe = costs.price("heat", NUMBERS)
    open_2020 = pipe.capex_eur_per_m / NUMBERS.value("heat_network", "capex_factor", "1")
    open_2020 = open_2020 / costs.in_money_year(1.0, NUMBERS, price_year=2020)
    for dn_mm, low, high in ((250.0, 400.0, 600.0), (500.0, 900.0, 1200.0), (800.0, 1500.0, 2250.0)):
        assert low <= open_2020[at(pipe, dn_mm)] <= high


def test_crossings_grow_with_the_pipe_from_the_reference() -> None:
    pipe = costs.price("co2", NUMBERS)
    assert pipe.crossing_factor[at(pipe, 500.0)] == pytest.approx(1.0)
    assert costs.price("heat", NUMBERS).crossing_factor[-4] == pytest.approx(1.6)  # DN500: two bores


def test_transport_cost_of_a_full_line() -> None:
    pipe = costs.price("co2", NUMBERS)
    per_t = costs.transport_eur_per_unit(pipe, length_m=1e5)
    assert per_t[0] == pytest.approx(pipe.annual_eur_per_m[0] * 1e5 / (pipe.capacity_per_a[0] * 1000.0))
    assert 1.0 < per_t[at(pipe, 500.0)] < 6.0  # ZEP and DEA: a few euro per tonne for 100 km at 5-10 Mt/a


def test_money_moves_with_the_index() -> None:
    assert costs.in_money_year(1.0, NUMBERS, price_year=costs.money_year(NUMBERS)) == 1.0
    doubled = NUMBERS.with_values({("price_index", "2025"): 2.0 * NUMBERS.value("price_index", "2025", "1")})
    before, after = (costs.in_money_year(1.0, a, price_year=2010) for a in (NUMBERS, doubled))
    assert after == pytest.approx(2.0 * before)


@pytest.mark.parametrize("subject", ["co2_pipeline", "h2_boosting", "co2_ship"])
def test_what_does_not_last_is_refused(subject: str) -> None:
    with pytest.raises(AssumptionError, match=f"{subject} / lifetime.*must last"):
        costs.annuity(subject, NUMBERS.with_values({(subject, "lifetime"): 0.0}))


def test_money_without_a_year_is_refused() -> None:
    key = ("heat_network", "capex_base")
    yearless = Assumptions({**NUMBERS.rows, key: replace(NUMBERS.row(*key), price_year=None)})
    with pytest.raises(AssumptionError, match="without a price year"):
        costs.price("heat", yearless)


def test_prices_that_fall_with_size_are_refused() -> None:
    fallen = NUMBERS.with_values({("h2_pipeline_capex", "dn1200"): 3000.0})
    with pytest.raises(DesignError, match="a thicker pipe must cost more") as caught:
        costs.price("h2", fallen)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("model", "region", "said"),
    [
        ("guess", "", "unknown cost model"),
        ("parker-2004", "central", "does not know the region"),
        ("mccoy-rubin-2008", "atlantis", "does not know the region"),
    ],
)
def test_unknown_models_and_regions_are_refused(model: str, region: str, said: str) -> None:
    with pytest.raises(DesignError, match=said):
        capex(model, 12.0, region)


def test_a_co2_model_does_not_price_hydrogen() -> None:
    with pytest.raises(DesignError, match="Leave it out"):
        costs.price("h2", NUMBERS, model="parker-2004")


def test_levelised_cost_needs_a_volume() -> None:
    with pytest.raises(DesignError, match="needs a volume"):
        costs.levelised([1.0], [0.0], rate=0.05)


def test_price_lists_are_quick() -> None:
    """All three within 0.3 s, properties computed afresh: an ensemble asks for hundreds."""
    fluids.state.cache_clear()
    start = time.perf_counter()
    for carrier in CARRIERS:
        costs.price(carrier, NUMBERS)
    assert time.perf_counter() - start < 0.3


def test_energy_is_paid_at_its_price() -> None:
    """Ten euro per MWh more costs exactly the energy that pumps use and pipes lose."""
    for carrier, parameter, watt_per_m, share in (
        ("co2", "electricity_price", hydraulics.boosting_w_per_m("co2", NUMBERS), "co2_pipeline"),
        ("h2", "electricity_price", hydraulics.boosting_w_per_m("h2", NUMBERS), "h2_pipeline"),
        ("heat", "heat_price", hydraulics.heat_loss_w_per_m(NUMBERS), ""),
    ):
        key = ("pipeline_operation", parameter)
        dearer = NUMBERS.with_values({key: NUMBERS.value(*key, "eur_per_mwh") + 10.0})
        extra = costs.price(carrier, dearer).annual_eur_per_m - costs.price(carrier, NUMBERS).annual_eur_per_m
        running = NUMBERS.value(share, "load_factor", "share") if share else 1.0  # a hot pipe always loses
        assert extra == pytest.approx(watt_per_m * 8760.0 * running * 10.0 / 1e6)


def test_boosting_agrees_with_the_backbone() -> None:
    """Compressors of the wide hydrogen line: 434 MW per 1000 km at 16.9 GW in the source."""
    full_hours = units.HOURS_PER_YEAR * NUMBERS.value("h2_pipeline", "load_factor", "share")
    mw = hydraulics.capacities("h2", NUMBERS)[1][-1] * units.MWH_PER_GWH / full_hours
    per_mw = hydraulics.boosting_w_per_m("h2", NUMBERS)[-1] / mw
    assert per_mw == pytest.approx(434.0 / 16900.0, rel=0.25)


def test_pumps_turn_the_water_both_ways() -> None:
    """By hand: flow times gradient over density and efficiency, in supply and return."""
    line = hydraulics.design("heat", NUMBERS)
    flow = hydraulics.design_flow_kg_per_s(line, hydraulics.sizes("heat", NUMBERS)[1])
    one_way = flow * line.gradient / (line.slowest_density * 0.75)
    watt = hydraulics.boosting_w_per_m("heat", NUMBERS)
    inner = hydraulics.sizes("heat", NUMBERS)[1]
    speed = hydraulics.velocity_m_per_s(flow, inner_m=inner, density=line.slowest_density)
    limited = speed > line.max_velocity_m_per_s * (1.0 - 1e-9)
    assert watt[~limited] == pytest.approx(2.0 * one_way[~limited])
    # held back by the velocity limit, the pressure falls less than the design's
    assert limited.any()
    assert (watt[limited] < 2.0 * one_way[limited] * 0.99).all()


def test_the_pumps_of_a_size_are_paid_for_the_flows_it_is_chosen_for() -> None:
    """By sampling: the mean cube of flows between the next thinner pipe's and its own."""
    capacity = hydraulics.capacities("heat", NUMBERS)[1]
    share = hydraulics.mean_pumping_share(capacity)
    for least, most, mean in zip([0.0, *capacity[:-1]], capacity, share, strict=True):
        flows = np.linspace(least, most, 20_001)
        assert mean == pytest.approx(float(((flows / most) ** 3).mean()), rel=1e-3)
    full = hydraulics.boosting_w_per_m("heat", NUMBERS) / 1000.0 * costs.boosting_eur_per_kw("heat", NUMBERS)
    assert costs.boosting_allowance_eur_per_m("heat", NUMBERS) == pytest.approx(full * share)


def test_annuity_repays_and_maintains() -> None:
    repay = units.capital_recovery_factor(0.06, 50.0)
    assert costs.annuity("co2_pipeline", NUMBERS) == pytest.approx(repay + 0.015)
    assert costs.price("co2", NUMBERS).crossing_annuity == pytest.approx(repay + 0.015)
