"""Pressure and temperature along networks: by hand, by law, and against an independent program."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infraplan.core import units
from infraplan.core.errors import DesignError
from infraplan.engineering import hydraulics
from infraplan.engineering.hydraulics import PipeList, PressureProfile
from infraplan.engineering.hydraulics.profiles import Curve, downstream_order, outlet_bar, reach_m
from infraplan.study import assumptions as assumptions_

NUMBERS = assumptions_.read(Path(__file__).parents[1] / "data" / "assumptions")
CO2, H2, HEAT = (hydraulics.design(carrier, NUMBERS) for carrier in ("co2", "h2", "heat"))
FEW = settings(max_examples=25, deadline=None, derandomize=True)


def pipes(*rows: tuple[int, int, float, float, float], parallel: int = 1) -> PipeList:
    """Pipes as tail, head, km, inner m, kg/s."""
    tail, head, km, inner_m, flow = (np.array(column) for column in zip(*rows, strict=True))
    return PipeList(
        tail.astype(np.int64),
        head.astype(np.int64),
        km.astype(float) * 1000.0,
        inner_m.astype(float),
        flow.astype(float),
        np.full(len(rows), parallel, dtype=np.int64),
    )


def follow(carrier: str, network: PipeList, *, boost: bool = True) -> PressureProfile:
    line = hydraulics.design(carrier, NUMBERS)  # type: ignore[arg-type]
    lowest = hydraulics.minimum_bar(carrier, NUMBERS)  # type: ignore[arg-type]
    return hydraulics.follow_pressure(line, network, minimum_bar=lowest, boost=boost)


def full(carrier: str, inner_m: float) -> float:
    """Flow [kg/s] at the design gradient; wide pipes would meet the velocity limit first."""
    return float(hydraulics.design_flow_kg_per_s(hydraulics.design(carrier, NUMBERS), inner_m))  # type: ignore[arg-type]


@pytest.mark.parametrize(("carrier", "inner_m"), [("co2", 0.3048), ("h2", 0.3048)])
def test_a_full_line_needs_a_lift_every_design_length(carrier: str, inner_m: float) -> None:
    """The design length is the distance between boosters: over 3.5 of it three are needed, evenly spread."""
    flow = full(carrier, inner_m)
    line = hydraulics.design(carrier, NUMBERS)  # type: ignore[arg-type]
    km = line.length_m / 1000.0
    profile = follow(carrier, pipes((0, 1, 3.5 * km, inner_m, flow)))
    assert [s.distance_m / line.length_m for s in profile.stations] == pytest.approx([0.875, 1.75, 2.625])
    assert all(line.outlet_bar <= s.suction_bar < s.discharge_bar == line.inlet_bar for s in profile.stations)
    short = follow(carrier, pipes((0, 1, 0.99 * km, inner_m, flow)))
    assert not short.stations
    assert short.outlet_bar[0] == pytest.approx(line.outlet_bar, abs=0.5)


def test_a_booster_stands_at_the_last_node_before_the_pressure_falls_short() -> None:
    """Three pieces of 40 km at full flow: 12 bar each from 120; the third would end at 84, under 90."""
    flow = full("co2", 0.3048)
    profile = follow("co2", pipes((5, 6, 40, 0.3048, flow), (6, 7, 40, 0.3048, flow), (7, 8, 40, 0.3048, flow)))
    (station,) = profile.stations
    assert (station.pipe, station.distance_m, station.feeds) == (2, 0.0, (2,))
    assert station.suction_bar == pytest.approx(96.0, abs=0.3)
    assert profile.node_bar[8] == pytest.approx(108.0, abs=0.3)
    # 24 bar on some 930 kg/m3 at 75 %: by hand
    (mw,) = hydraulics.station_mw(CO2, profile.stations, minimum_bar=90.0, efficiency=0.75)
    assert mw == pytest.approx(flow * 24e5 / (CO2.slowest_density * 0.75) / 1e6, rel=0.02)


def test_the_place_of_a_booster_follows_the_path_and_not_the_single_pipe() -> None:
    """No piece alone would need a lift, the path does; and the path of the other branch does not."""
    flow = full("co2", 0.3048)
    rows = [(n, n + 1, 30, 0.3048, flow) for n in range(4)]
    assert all(not follow("co2", pipes(row)).stations for row in rows)
    profile = follow("co2", pipes(*rows, (10, 4, 10, 0.3048, flow), (4, 11, 5, 0.4814, 2.0 * flow)))
    assert [s.pipe for s in profile.stations] == [3]


def test_where_streams_meet_the_lower_pressure_rules() -> None:
    flow = full("co2", 0.3048)
    network = pipes((0, 2, 80, 0.3048, flow), (1, 2, 5, 0.3048, flow), (2, 3, 10, 0.4814, 2.0 * flow))
    profile = follow("co2", network)
    assert profile.outlet_bar[0] < profile.outlet_bar[1]
    assert profile.node_bar[2] == profile.inlet_bar[2] == profile.outlet_bar[0]


def test_branches_that_fall_short_at_a_node_share_one_station() -> None:
    wide, thin = full("h2", 0.4814), full("h2", 0.2032)
    network = pipes((0, 1, 90, 0.4814, wide), (1, 2, 30, 0.2032, thin), (1, 3, 30, 0.2032, thin), (1, 4, 1, 0.3, 0.1))
    (station,) = follow("h2", network).stations
    assert station.feeds == (1, 2)
    assert station.flow_kg_per_s == pytest.approx(2.0 * thin)


def test_without_boosters_co2_falls_into_the_two_phase_window_and_says_so() -> None:
    flow = full("co2", 0.3048)
    falling = follow("co2", pipes((0, 1, 100, 0.3048, flow), (1, 2, 100, 0.3048, flow)), boost=False)
    highest_gas, lowest_dense = hydraulics.two_phase_window_bar(CO2.temperature_degc, NUMBERS)
    assert highest_gas < falling.node_bar[2] < lowest_dense < falling.node_bar[1]
    lifted = follow("co2", pipes((0, 1, 100, 0.3048, flow), (1, 2, 100, 0.3048, flow)))
    assert min(lifted.node_bar.values()) >= lowest_dense


@given(
    st.sampled_from(["co2", "h2", "heat"]),
    st.lists(st.tuples(st.floats(0.2, 60.0), st.floats(0.2, 1.0)), min_size=1, max_size=12),
    st.integers(0, 2**31 - 1),
)
@example("heat", [(18.0, 1.0), (1.0, 1.0)], 0).via("nothing is left at the end of the first pipe")
@FEW
def test_laws_of_any_tree(carrier: str, edges: list[tuple[float, float]], seed: int) -> None:
    """Pressure never rises without a station, never falls under the minimum, and never tops the inlet."""
    draw = np.random.default_rng(seed)
    inner = hydraulics.sizes(carrier, NUMBERS)[1][3:]  # type: ignore[arg-type]
    rows = [
        (int(draw.integers(0, n)), n, km, float(draw.choice(inner)), share)
        for n, (km, share) in enumerate(edges, start=1)
    ]
    rows = [(a, b, km, d, share * full(carrier, d)) for a, b, km, d, share in rows]
    line = hydraulics.design(carrier, NUMBERS)  # type: ignore[arg-type]
    lowest = hydraulics.minimum_bar(carrier, NUMBERS)  # type: ignore[arg-type]
    profile = follow(carrier, pipes(*rows))
    assert np.all(profile.outlet_bar < profile.inlet_bar)
    assert np.all(profile.outlet_bar >= lowest - 1e-6)
    assert np.all(profile.inlet_bar <= line.inlet_bar)
    for station in profile.stations:
        assert lowest - 1e-6 <= station.suction_bar < station.discharge_bar
    assert np.all(profile.velocity_m_per_s <= line.max_velocity_m_per_s * 1.001)
    downhill = follow(carrier, pipes(*rows), boost=False)
    assert np.all(downhill.outlet_bar <= profile.outlet_bar + 1e-6), "a booster never lowers a pressure"


def test_parallel_pipes_share_the_flow() -> None:
    one, two = (follow("co2", pipes((0, 1, 50, 0.3048, n * 40.0), parallel=n)) for n in (1, 2))
    assert two.outlet_bar == pytest.approx(one.outlet_bar)


def test_reach_and_outlet_are_inverse() -> None:
    for line in (CO2, H2):
        curve = Curve(line, line.outlet_bar)
        flow = full("h2" if line.gas else "co2", 0.4814)
        slopes = curve.slopes(0.4814, flow)[0]
        metres = reach_m(curve, slopes, line.inlet_bar, line.outlet_bar)
        end = outlet_bar(curve, slopes, line.inlet_bar, length_m=metres)
        assert end == pytest.approx(line.outlet_bar, abs=1e-3)


def test_flow_in_a_circle_is_refused() -> None:
    with pytest.raises(DesignError, match="runs in a circle"):
        list(downstream_order(np.array([0, 1, 2]), np.array([1, 2, 0])))


@pytest.mark.parametrize(
    ("lowest", "flow", "said"), [(120.0, 10.0, "is not below that of the inlet"), (90.0, 0.0, "no flow")]
)
def test_absurd_profiles_are_refused(lowest: float, flow: float, said: str) -> None:
    with pytest.raises(DesignError, match=said):
        hydraulics.follow_pressure(CO2, pipes((0, 1, 1, 0.3, flow)), minimum_bar=lowest)


# --- heat -------------------------------------------------------------------------------------------------------


def cooled(network: PipeList, **changes: float) -> hydraulics.TemperatureProfile:
    arguments: dict[str, Any] = {"supply_degc": 120.0, "soil_degc": 10.0, "heat_capacity": 4200.0, **changes}
    return hydraulics.follow_temperature(network, loss_w_per_m_k=np.full(len(network.tail), 0.3), **arguments)


def test_hot_water_cools_as_the_method_sheet_says() -> None:
    profile = cooled(pipes((0, 1, 10, 0.2, 20.0)))
    assert profile.outlet_degc[0] == pytest.approx(10.0 + 110.0 * math.exp(-0.3 * 1e4 / (20.0 * 4200.0)))
    lost = 20.0 * 4200.0 * (120.0 - profile.outlet_degc[0])
    assert profile.loss_mw[0] == pytest.approx(lost / 1e6)
    both = cooled(pipes((0, 1, 10, 0.2, 20.0)), return_degc=70.0)
    assert both.loss_mw[0] - profile.loss_mw[0] == pytest.approx(0.3 * 60.0 * 1e4 / 1e6)


def test_streams_mix_by_their_heat() -> None:
    network = pipes((0, 2, 30, 0.2, 10.0), (1, 2, 1, 0.2, 30.0), (2, 3, 1, 0.3, 40.0))
    profile = cooled(network)
    mixed = (10.0 * profile.outlet_degc[0] + 30.0 * profile.outlet_degc[1]) / 40.0
    assert profile.node_degc[2] == pytest.approx(mixed)
    # a supply on the way warms the stream up again
    warmed = cooled(pipes((0, 2, 30, 0.2, 10.0), (2, 3, 1, 0.3, 40.0)))
    arriving = warmed.outlet_degc[0]
    assert warmed.node_degc[2] == pytest.approx((10.0 * arriving + 30.0 * 120.0) / 40.0)


def test_loss_along_the_line_agrees_with_the_loss_per_metre_of_the_design() -> None:
    """A short full pair loses what EN 13941 gives per metre at the mean of supply and return."""
    dn_mm, inner = hydraulics.sizes("heat", NUMBERS)
    per_m = hydraulics.heat_loss_w_per_m(NUMBERS)
    soil = NUMBERS.value("heat_pipe", "soil_temperature", "degc")
    number = dn_mm.tolist().index(300.0)
    each = per_m[number] / (2.0 * (HEAT.temperature_degc - soil))
    profile = hydraulics.follow_temperature(
        pipes((0, 1, 1.0, inner[number], full("heat", float(inner[number])))),
        supply_degc=HEAT.supply_degc,
        soil_degc=soil,
        loss_w_per_m_k=np.array([each]),
        heat_capacity=4200.0,
        return_degc=HEAT.return_degc,
    )
    assert profile.loss_mw[0] == pytest.approx(per_m[number] * 1000.0 / 1e6, rel=0.01)


# --- an independent program -------------------------------------------------------------------------------------

WHY = "pandapipes is not installed: the comparison with an independent program is optional (pip install pandapipes)"


@pytest.mark.filterwarnings("ignore")  # its own affair
def test_hydrogen_pressure_agrees_with_pandapipes() -> None:
    """A trunk with two branches; its compressibility is a straight line, ours Leachman's: hence half a per cent."""
    pp = pytest.importorskip("pandapipes", reason=WHY)
    rows = ((0, 1, 60.0, 0.4814, 6.0), (1, 2, 25.0, 0.3048, 2.0), (1, 3, 40.0, 0.3851, 4.0))
    line = replace(H2, inlet_bar=66.0)
    mine = hydraulics.follow_pressure(line, pipes(*rows), minimum_bar=1.0, boost=False)
    net = pp.create_empty_network(fluid="hydrogen")
    kelvin = line.temperature_degc + units.KELVIN_AT_0_DEGC
    nodes = [pp.create_junction(net, pn_bar=66.0, tfluid_k=kelvin) for _ in range(4)]
    pp.create_ext_grid(net, nodes[0], p_bar=66.0 - 1.01325, t_k=kelvin)  # it counts over the atmosphere
    for a, b, km, inner_m, _ in rows:
        pp.create_pipe_from_parameters(
            net, nodes[a], nodes[b], km, inner_m * 1000.0, k_mm=line.roughness_m * 1000.0, sections=25
        )
    pp.create_sink(net, nodes[2], 2.0)
    pp.create_sink(net, nodes[3], 4.0)
    pp.pipeflow(net, friction_model="colebrook", iter=200)
    theirs = net.res_junction["p_bar"].to_numpy() + 1.01325
    ours = [mine.node_bar[n] for n in range(4)]
    assert ours == pytest.approx(theirs.tolist(), rel=0.005)
    falls = 66.0 - np.array(ours[1:]), 66.0 - theirs[1:]
    assert falls[0] == pytest.approx(falls[1], rel=0.03), "the fall itself, not only the pressure"


@pytest.mark.filterwarnings("ignore")  # its own affair
def test_hot_water_agrees_with_pandapipes() -> None:
    """Pressure and temperature of a supply line with a branch."""
    pp = pytest.importorskip("pandapipes", reason=WHY)
    rows = ((0, 1, 8.0, 0.3127, 80.0), (1, 2, 3.0, 0.2101, 30.0), (1, 3, 6.0, 0.263, 50.0))
    network, u_w_per_m_k = pipes(*rows), 0.3
    line = replace(HEAT, temperature_degc=HEAT.supply_degc)
    mine = hydraulics.follow_pressure(line, network, minimum_bar=1.0, boost=False)
    warm = cooled(network, heat_capacity=4244.0)
    net = pp.create_empty_network(fluid="water")
    kelvin = 120.0 + units.KELVIN_AT_0_DEGC
    nodes = [pp.create_junction(net, pn_bar=15.0, tfluid_k=kelvin) for _ in range(4)]
    pp.create_ext_grid(net, nodes[0], p_bar=16.0 - 1.01325, t_k=kelvin)
    for a, b, km, inner_m, _ in rows:
        pp.create_pipe_from_parameters(
            net, nodes[a], nodes[b], km, inner_m * 1000.0, k_mm=line.roughness_m * 1000.0, sections=20,
            u_w_per_m2k=u_w_per_m_k / (math.pi * inner_m), text_k=10.0 + units.KELVIN_AT_0_DEGC,
        )  # fmt: skip
    pp.create_sink(net, nodes[2], 30.0)
    pp.create_sink(net, nodes[3], 50.0)
    pp.pipeflow(net, friction_model="colebrook", mode="sequential", iter=200)
    theirs = net.res_junction
    ours_bar = [mine.node_bar[n] for n in range(4)]
    assert ours_bar == pytest.approx((theirs["p_bar"] + 1.01325).tolist(), rel=0.02)
    ours_degc = [warm.node_degc[n] for n in range(4)]
    assert ours_degc == pytest.approx((theirs["t_k"] - units.KELVIN_AT_0_DEGC).tolist(), abs=0.2)
