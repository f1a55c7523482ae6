"""Fluids, friction and capacities against published values and against the laws they must obey."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.core import units
from infraplan.core.errors import DesignError
from infraplan.engineering import hydraulics
from infraplan.engineering.hydraulics import FLUIDS, PipeList
from infraplan.engineering.hydraulics.profiles import Curve
from infraplan.engineering.hydraulics.steam import saturation_degc
from infraplan.study import assumptions as assumptions_
from infraplan.study.assumptions import Assumptions

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT.parent / "shared" / "method" / "benchmarks.csv"
NUMBERS = assumptions_.read(ROOT / "data" / "assumptions")
CO2, H2, WATER = FLUIDS["co2"], FLUIDS["h2"], FLUIDS["heat"]
CARRIERS = ("co2", "h2", "heat")
FEW = settings(max_examples=25, deadline=None, derandomize=True)


def published(module: str) -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "published_values.csv").open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file) if row["module"] == module}


def netl_inch(mt_per_a: float) -> float:
    """NETL's diameter for 100 km without pumps."""
    inlet, outlet = (psi * units.PA_PER_PSI / units.PA_PER_BAR for psi in (2200.0, 1200.0))
    state = {"pressure_bar": (inlet + outlet) / 2.0, "temperature_degc": (53.0 - 32.0) / 1.8}
    density = hydraulics.density_kg_per_m3(CO2, **state)
    gradient = hydraulics.gradient_pa_per_m(inlet, outlet, length_m=1e5, density=density)
    inner = hydraulics.diameter_m(
        units.kg_per_s_from_kt_per_a(1000.0 * mt_per_a, 0.80),
        resistance=hydraulics.liquid_resistance(gradient=gradient, density=density),
        viscosity=hydraulics.viscosity_pa_s(CO2, **state),
        roughness_m=45.7e-6,
    )
    return float(inner) / units.M_PER_INCH


def comet_m(kg_per_s: float) -> float:
    resistance = hydraulics.liquid_resistance(gradient=20.0, density=827.0)
    return float(
        hydraulics.diameter_m(kg_per_s, resistance=resistance, viscosity=math.nan, roughness_m=0.0, friction=0.015)
    )


def h2_darcy() -> tuple[float, float, float]:
    """GW, friction factor and outlet velocity of the wide long hydrogen line."""
    pressure = hydraulics.mean_pressure_bar(80.0, 60.0)
    viscosity = hydraulics.viscosity_pa_s(H2, pressure_bar=pressure, temperature_degc=10.0)
    resistance = hydraulics.gas_resistance(H2, inlet_bar=80.0, outlet_bar=60.0, length_m=1e5, temperature_degc=10.0)
    flow = float(hydraulics.flow_kg_per_s(1.18, resistance=resistance, viscosity=viscosity, roughness_m=1e-5))
    reynolds = 4.0 * flow / (math.pi * viscosity * 1.18)
    density = hydraulics.density_kg_per_m3(H2, pressure_bar=60.0, temperature_degc=10.0)
    return (
        flow * units.H2_LHV_MJ_PER_KG / 1000.0,
        float(hydraulics.friction_factor(reynolds, relative_roughness=1e-5 / 1.18)),
        float(hydraulics.velocity_m_per_s(flow, inner_m=1.18, density=density)),
    )


def hot_water_mw() -> float:
    flow = hydraulics.flow_kg_per_s(
        0.3127,
        resistance=hydraulics.liquid_resistance(gradient=150.0, density=965.0),
        viscosity=3.2e-4,
        roughness_m=1e-4,
    )
    return float(hydraulics.heat_mw(flow, supply_degc=90.0, return_degc=50.0, pressure_bar=16.0))


def loss_dn300_w_per_m() -> float:
    cooler = with_values(heat_network__supply_temperature=90.0, heat_network__return_temperature=50.0)
    dn_mm = hydraulics.sizes("heat", NUMBERS)[0]
    return float(hydraulics.heat_loss_w_per_m(cooler)[dn_mm.tolist().index(300.0)])


def ecluse_gwh() -> float:
    t_per_mwh = NUMBERS.value("gas", "emission_factor", "t_per_mwh")
    return 100.0 / (t_per_mwh / NUMBERS.value("heat", "boiler_efficiency", "share"))


def co2_density(bar: float) -> float:
    return hydraulics.density_kg_per_m3(CO2, pressure_bar=bar, temperature_degc=15.0)


def h2_density(bar: float) -> float:
    return hydraulics.density_kg_per_m3(H2, pressure_bar=bar, temperature_degc=15.0)


def backbone_gw(dn_mm: float, bar: float) -> float:
    return hydraulics.h2_backbone_gw(dn_mm, NUMBERS, pressure_bar=bar)


def with_values(**changes: float) -> Assumptions:
    """Change assumptions: the keyword is subject__parameter."""
    pairs = {tuple(key.split("__")): value for key, value in changes.items()}
    return NUMBERS.with_values(pairs)  # type: ignore[arg-type]


def running_line(inner_m: float, mt_per_a: float) -> tuple[float, float]:
    """Velocity [m/s] and gradient [bar/km] of dense CO2 at 120 bar and 12 degC in a line that exists."""
    state = {"pressure_bar": 120.0, "temperature_degc": 12.0}
    density = hydraulics.density_kg_per_m3(CO2, **state)
    flow = units.kg_per_s_from_kt_per_a(1000.0 * mt_per_a)
    line = replace(hydraulics.design("co2", NUMBERS), inlet_bar=120.0, outlet_bar=119.0)
    (slope, *_), *_ = Curve(line, 119.0).slopes(inner_m, flow)
    return float(hydraulics.velocity_m_per_s(flow, inner_m=inner_m, density=density)), 1000.0 * float(slope)


def weyburn_boosters() -> float:
    """Stations on 330 km from a plant at 200 bar to a field that takes 150."""
    pipe = PipeList(
        *(np.array([v]) for v in (0, 1)),
        *(np.array([v]) for v in (330e3, 0.3048, units.kg_per_s_from_kt_per_a(1800.0))),
        np.array([1]),
    )
    line = replace(hydraulics.design("co2", NUMBERS), inlet_bar=200.0)
    return float(len(hydraulics.follow_pressure(line, pipe, minimum_bar=150.0).stations))


def porthos_mt_per_a() -> float:
    resistance = hydraulics.gas_resistance(CO2, inlet_bar=35.0, outlet_bar=25.0, length_m=3e4, temperature_degc=12.0)
    viscosity = hydraulics.viscosity_pa_s(CO2, pressure_bar=30.0, temperature_degc=12.0)
    flow = hydraulics.flow_kg_per_s(1.0109, resistance=resistance, viscosity=viscosity, roughness_m=45.7e-6)
    return float(flow) * units.SECONDS_PER_YEAR / 1e9


def backbone_m_per_s(gw: float) -> float:
    """Velocity at the pressure of the inlet, 10 degC."""
    density = hydraulics.density_kg_per_m3(H2, pressure_bar=80.0, temperature_degc=10.0)
    flow = 1000.0 * gw / units.H2_LHV_MJ_PER_KG
    return float(hydraulics.velocity_m_per_s(flow, inner_m=1.18, density=density))


def table_mw(dn_mm: float) -> float:
    """Heat through a standard pipe in the table of the method sheet: 40 K, 150 Pa/m or 3.5 m/s."""
    sheet = with_values(heat_network__supply_temperature=90.0, heat_network__return_temperature=50.0)
    inner = dict(zip(*hydraulics.sizes("heat", sheet), strict=True))[dn_mm]
    resistance = hydraulics.liquid_resistance(gradient=150.0, density=965.7)
    rubbed = hydraulics.flow_kg_per_s(inner, resistance=resistance, viscosity=314e-6, roughness_m=1e-4)
    flow = min(float(rubbed), 3.5 * 965.7 * math.pi / 4.0 * inner**2)
    return float(hydraulics.heat_mw(flow, supply_degc=90.0, return_degc=50.0, pressure_bar=16.0))


def steam_mw(dn_mm: float, bar: float, degc: float) -> float:
    """Capacity at the velocity limit alone: over ten metres no pressure is lost."""
    steam = with_values(
        steam_network__design_length=0.01,
        steam_network__inlet_pressure=bar,
        steam_network__outlet_pressure=0.75 * bar,
        steam_network__temperature=degc,
    )
    return float(dict(zip(*hydraulics.steam_capacities(steam), strict=True))[dn_mm])


COMPUTED: dict[str, Callable[[], float]] = {
    "1a": lambda: co2_density(80.0),
    "1b": lambda: co2_density(100.0),
    "1c": lambda: co2_density(150.0),
    "1d": lambda: co2_density(15.0),
    "1e": lambda: hydraulics.saturation_pressure_bar(CO2, temperature_degc=12.0),
    "1f": lambda: hydraulics.viscosity_pa_s(CO2, pressure_bar=100.0, temperature_degc=15.0),
    "2a": lambda: h2_density(80.0),
    "2b": lambda: h2_density(50.0),
    "2z": lambda: hydraulics.compressibility(H2, pressure_bar=80.0, temperature_degc=15.0),
    "3a": lambda: netl_inch(1.0),
    "3b": lambda: netl_inch(3.2),
    "3c": lambda: netl_inch(5.0),
    "3d": lambda: netl_inch(10.0),
    "3e": lambda: netl_inch(20.0),
    "6a": lambda: comet_m(31.7),
    "6b": lambda: comet_m(317.0),
    "12a": lambda: backbone_gw(1200.0, 80.0),
    "12b": lambda: backbone_gw(900.0, 50.0),
    "12c": lambda: backbone_gw(600.0, 70.0),
    "13": lambda: h2_darcy()[0],
    "13f": lambda: h2_darcy()[1],
    "13v": lambda: h2_darcy()[2],
    "20": ecluse_gwh,
    "21": lambda: 178.0 * units.H2_LHV_KWH_PER_KG / units.KWH_PER_MWH,
    "22": hot_water_mw,
    "22l": loss_dn300_w_per_m,
    "9a": lambda: running_line(0.57765, 9.2)[0],
    "9b": lambda: running_line(0.57765, 9.2)[1],
    "9c": lambda: running_line(0.3048, 1.8)[0],
    "9d": lambda: running_line(0.3048, 1.8)[1],
    "9e": lambda: running_line(0.72207, 19.3)[0],
    "9f": weyburn_boosters,
    "10a": lambda: running_line(0.29, 5.0)[0],
    "10b": lambda: running_line(0.29, 5.0)[1],
    "11": porthos_mt_per_a,
    "12v": lambda: backbone_m_per_s(13.0),
    "12w": lambda: backbone_m_per_s(16.9),
    **{f"22-{dn}": partial(table_mw, float(dn)) for dn in (100, 150, 200, 250, 300, 400, 500, 600, 800, 1000)},
    **{f"s16-{dn}": partial(steam_mw, float(dn), 16.0, 0.0) for dn in (200, 300, 400, 500)},
    **{f"s40-{dn}": partial(steam_mw, float(dn), 40.0, 400.0) for dn in (200, 300, 400, 500)},
    **{f"sat{key}": partial(saturation_degc, bar) for key, bar in zip("abcd", (10.0, 16.0, 25.0, 40.0), strict=True)},
}


def test_every_published_value_has_its_computation() -> None:
    assert set(COMPUTED) == set(published("hydraulics"))


@pytest.mark.parametrize("name", COMPUTED)
def test_published_value(name: str) -> None:
    row = published("hydraulics")[name]
    assert COMPUTED[name]() == pytest.approx(float(row["expected"]), rel=float(row["tolerance"]))


def test_own_table_agrees_with_the_method_sheet() -> None:
    path = Path(os.environ.get("INFRAPLAN_BENCHMARKS", BENCHMARKS))
    if not path.is_file():
        pytest.skip(f"the method sheet's benchmarks are not at {path}")
    with path.open(encoding="utf-8") as file:
        sheet = {row["id"]: row for row in csv.DictReader(file)}
    own = {**published("hydraulics"), **published("costs")}
    asked = [name for name in sheet if name[0].isdigit() and int(name.rstrip("abcdef")) in _ROWS]
    assert set(asked) <= set(own), "a benchmark is missing from tests/published_values.csv"
    for name in asked:
        assert float(own[name]["expected"]) == float(sheet[name]["expected"]), name
        assert float(own[name]["tolerance"]) <= float(sheet[name]["tol_rel"]), name


_ROWS = {1, 2, 3, 4, 5, 6, 12, 13, 14, 15, 20, 21, 22}


@given(st.floats(4e3, 1e8), st.floats(0.0, 0.05))
@FEW
def test_friction_solves_colebrook(reynolds: float, rough: float) -> None:
    factor = float(hydraulics.friction_factor(reynolds, relative_roughness=rough))
    right = -2.0 * math.log10(rough / 3.7 + 2.51 / (reynolds * math.sqrt(factor)))
    assert 1.0 / math.sqrt(factor) == pytest.approx(right, rel=1e-9)


@given(st.floats(0.05, 1.5), st.floats(5.0, 500.0), st.floats(0.0, 2e-4))
@FEW
def test_flow_and_diameter_are_inverse(inner_m: float, gradient: float, roughness_m: float) -> None:
    resistance = hydraulics.liquid_resistance(gradient=gradient, density=900.0)
    pipe = {"resistance": resistance, "viscosity": 9e-5, "roughness_m": roughness_m}
    flow = hydraulics.flow_kg_per_s(inner_m, **pipe)
    assert float(hydraulics.diameter_m(flow, **pipe)) == pytest.approx(inner_m, rel=1e-9)


@given(st.lists(st.floats(0.5, 2000.0), min_size=2, max_size=6))
@FEW
def test_more_flow_never_needs_a_thinner_pipe(flows: list[float]) -> None:
    resistance = hydraulics.liquid_resistance(gradient=30.0, density=900.0)
    inner = hydraulics.diameter_m(np.sort(flows), resistance=resistance, viscosity=9e-5, roughness_m=4.57e-5)
    assert np.all(np.diff(inner) >= 0.0)
    dn_mm = [hydraulics.standard_size(d, "co2", NUMBERS) for d in inner]
    assert dn_mm == sorted(dn_mm)


@given(st.sampled_from(["co2", "h2"]), st.floats(1.0, 4.0), st.floats(1.0, 10.0))
@FEW
def test_longer_or_rougher_never_carries_more(carrier: str, longer: float, rougher: float) -> None:
    name = hydraulics.SUBJECTS[carrier]
    before = hydraulics.capacities(carrier, NUMBERS)[1]
    for parameter, unit, factor in (("design_length", "km", longer), ("roughness", "mm", rougher)):
        worse = NUMBERS.with_values({(name, parameter): NUMBERS.value(name, parameter, unit) * factor})
        assert np.all(hydraulics.capacities(carrier, worse)[1] <= before * (1.0 + 1e-12))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_capacities_grow_with_size_and_respect_the_velocity_limit(carrier: str) -> None:
    dn_mm, capacity = hydraulics.capacities(carrier, NUMBERS)
    assert np.all(np.diff(dn_mm) > 0.0) and np.all(np.diff(capacity) > 0.0)
    line, inner = hydraulics.design(carrier, NUMBERS), hydraulics.sizes(carrier, NUMBERS)[1]
    flow = hydraulics.design_flow_kg_per_s(line, inner)
    velocity = hydraulics.velocity_m_per_s(flow, inner_m=inner, density=line.slowest_density)
    assert np.all(velocity <= line.max_velocity_m_per_s * (1.0 + 1e-12))


def test_lower_pressures_turn_co2_into_a_gas_line_that_carries_less() -> None:
    dense, gas = (hydraulics.capacities("co2", NUMBERS, subject=s)[1] for s in ("co2_pipeline", "co2_gas_pipeline"))
    assert hydraulics.design("co2", NUMBERS, subject="co2_gas_pipeline").gas
    assert not hydraulics.design("co2", NUMBERS).gas
    assert np.all(gas < dense)


def test_hydrogen_capacity_stands_by_the_backbone_where_both_apply() -> None:
    """At DN500 the friction law and what operators plan must agree; wider lines stay under the full load."""
    dn_mm, gwh_per_a = hydraulics.capacities("h2", NUMBERS)
    full_hours = units.HOURS_PER_YEAR * NUMBERS.value("h2_pipeline", "load_factor", "share")
    gw = dict(zip(dn_mm, gwh_per_a / full_hours, strict=True))
    inlet = NUMBERS.value("h2_pipeline", "inlet_pressure", "bar")
    assert gw[500.0] == pytest.approx(backbone_gw(500.0, inlet), rel=0.15)
    assert gw[1200.0] < backbone_gw(1200.0, inlet) * 16.9 / 13.0


def test_heat_loss_follows_the_method_sheet() -> None:
    cooler = with_values(heat_network__supply_temperature=90.0, heat_network__return_temperature=50.0)
    loss = dict(zip(hydraulics.sizes("heat", NUMBERS)[0], hydraulics.heat_loss_w_per_m(cooler), strict=True))
    for dn_mm, expected in ((100.0, 32.0), (200.0, 46.0), (500.0, 74.0), (800.0, 79.0)):
        assert loss[dn_mm] == pytest.approx(expected, rel=0.05)


def test_height_eats_pressure() -> None:
    flat = hydraulics.gradient_pa_per_m(120.0, 90.0, length_m=1e5)
    up = hydraulics.gradient_pa_per_m(120.0, 90.0, length_m=1e5, density=900.0, rise_m=100.0)
    assert flat - up == pytest.approx(900.0 * units.GRAVITY_M_PER_S2 * 100.0 / 1e5)
    with pytest.raises(DesignError, match="no pressure is left"):
        hydraulics.gradient_pa_per_m(120.0, 90.0, length_m=1e5, density=900.0, rise_m=400.0)


@pytest.mark.parametrize(
    ("carrier", "changes", "said"),
    [
        ("co2", {"co2_pipeline__outlet_pressure": 130.0}, "outlet must be below the inlet"),
        ("co2", {"co2_pipeline__outlet_pressure": 60.0}, "two-phase window"),
        ("co2", {"co2_pipeline__inlet_pressure": 45.0, "co2_pipeline__outlet_pressure": 30.0}, "two-phase"),
        ("co2", {"co2_phase__dense_minimum": 20.0, "co2_pipeline__outlet_pressure": 49.0}, "two-phase"),
        ("co2", {"co2_pipeline__roughness": 60.0}, "roughness lies between"),
        ("h2", {"h2_pipeline__roughness": 50.0}, "roughness lies between"),
        ("h2", {"h2_pipeline__outlet_pressure": 0.0}, "a pressure is positive"),
        ("h2", {"h2_pipeline__design_length": 0.0}, "a line has a length"),
        ("h2", {"h2_pipeline__max_velocity": 0.0}, "allowed to move"),
        ("h2", {"h2_pipeline__load_factor": 0.0}, "never runs"),
        ("heat", {"heat_network__return_temperature": 130.0}, "warmer than return"),
        ("heat", {"heat_network__inlet_pressure": 1.5}, "would boil"),
        ("heat", {"heat_network__gradient": 0.0}, "positive gradient"),
        ("co2", {"co2_pipeline__temperature": 5000.0}, "at which the fluid is known"),
    ],
)
def test_absurd_conditions_are_refused(carrier: str, changes: dict[str, float], said: str) -> None:
    with pytest.raises(DesignError, match=said) as caught:
        hydraulics.capacities(carrier, with_values(**changes))
    assert len(caught.value.problems) == 1
    assert "fluids.csv" in str(caught.value)


def test_all_absurdities_are_told_at_once() -> None:
    absurd = with_values(h2_pipeline__roughness=90.0, h2_pipeline__outlet_pressure=99.0)
    with pytest.raises(DesignError) as caught:
        hydraulics.capacities("h2", absurd)
    assert [p.value for p in caught.value.problems] == ["90", "99"]


def test_too_wide_is_refused_and_sizes_round_up() -> None:
    assert hydraulics.standard_size(0.2033, "co2", NUMBERS) == 250.0
    assert hydraulics.standard_size(0.2032, "co2", NUMBERS) == 200.0
    with pytest.raises(DesignError, match="parallel pipes"):
        hydraulics.standard_size(2.0, "co2", NUMBERS)
