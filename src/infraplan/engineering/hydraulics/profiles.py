"""Pressure and temperature along a network in flow direction, and the places of its stations.

A network is a list of pipes from ``tail`` to ``head`` in flow direction. Supplies enter at the line's inlet pressure.
Where pipes meet, the lowest pressure holds and other streams are throttled to it. A station lifts the pressure back
to the inlet pressure. Heights are not known: the ground is taken as flat.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infraplan.core import DesignError, FloatArray, IntArray, Problem, units
from infraplan.engineering.hydraulics import fluids, pipes
from infraplan.engineering.hydraulics.lines import Design

_CURVE_POINTS = 13
_PASSES = 4  # each pass corrects the mean state of a stretch; the second already changes less than 1e-4 bar
_SLACK_BAR = 1.0e-6


@dataclass(frozen=True)
class PipeList:
    """Pipes in flow direction.

    Attributes
    ----------
    tail, head
        Node numbers of both ends.
    length_m
        Length [m].
    inner_m
        Inner diameter [m].
    flow_kg_per_s
        Flow of all parallel pipes together [kg/s].
    parallel
        Number of parallel pipes.
    """

    tail: IntArray
    head: IntArray
    length_m: FloatArray
    inner_m: FloatArray
    flow_kg_per_s: FloatArray
    parallel: IntArray

    @property
    def flow_per_pipe(self) -> FloatArray:
        """Flow [kg/s] in each of the parallel pipes."""
        return np.asarray(self.flow_kg_per_s / self.parallel, dtype=float)


@dataclass(frozen=True)
class Station:
    """A booster or pump station.

    Attributes
    ----------
    pipe
        Number of its pipe.
    distance_m
        Distance from the tail of the pipe [m]; 0 at the node.
    feeds
        Numbers of the pipes that it lifts; at a node several pipes may share one station.
    flow_kg_per_s
        Flow through the station [kg/s].
    suction_bar, discharge_bar
        Pressure before and after the station [bar].
    """

    pipe: int
    distance_m: float
    feeds: tuple[int, ...]
    flow_kg_per_s: float
    suction_bar: float
    discharge_bar: float


@dataclass(frozen=True)
class PressureProfile:
    """Pressures along a network.

    Attributes
    ----------
    node_bar
        Pressure at each node [bar], before a station there.
    inlet_bar, outlet_bar
        Pressure at both ends of each pipe [bar], after a station at its tail.
    velocity_m_per_s
        Highest velocity in each pipe [m/s].
    stations
        Stations placed.
    """

    node_bar: Mapping[int, float]
    inlet_bar: FloatArray
    outlet_bar: FloatArray
    velocity_m_per_s: FloatArray
    stations: tuple[Station, ...]


@dataclass(frozen=True)
class TemperatureProfile:
    """Temperatures along a network.

    Attributes
    ----------
    node_degc
        Temperature at each node [degC].
    inlet_degc, outlet_degc
        Temperature at both ends of each pipe [degC].
    loss_mw
        Heat lost per pipe [MW].
    """

    node_degc: Mapping[int, float]
    inlet_degc: FloatArray
    outlet_degc: FloatArray
    loss_mw: FloatArray


class Curve:
    """Density and viscosity of a line's fluid at steps of pressure from the lowest pressure to the inlet."""

    def __init__(self, line: Design, lowest_bar: float) -> None:
        self.line = line
        self.bar = np.linspace(min(lowest_bar, line.inlet_bar), line.inlet_bar, _CURVE_POINTS)
        at = {"temperature_degc": line.temperature_degc}
        self._density = np.array([fluids.density_kg_per_m3(line.fluid, pressure_bar=p, **at) for p in self.bar])
        self._viscosity = np.array([fluids.viscosity_pa_s(line.fluid, pressure_bar=p, **at) for p in self.bar])

    def density(self, bar: FloatArray) -> FloatArray:
        """Return the density [kg/m3], with the end values outside the curve."""
        return np.asarray(np.interp(bar, self.bar, self._density), dtype=float)

    def slopes(self, inner_m: npt.ArrayLike, flow: npt.ArrayLike) -> FloatArray:
        """Return the pressure drop per metre at each pressure of the curve, one row per pipe.

        For a liquid it is the drop of the pressure [bar/m], for a gas the drop of its square [bar²/m]. A gas obeys
        p = Z rho R T / M, so Z R T / M is p / rho.

        Source: Darcy & Weisbach; general flow equation p1² - p2² = 16 Z R T f L m² / (π² D⁵ M) (e.g. Menon, 2005).
        """
        inner = np.atleast_1d(np.asarray(inner_m, dtype=float))[:, None]
        mass = np.atleast_1d(np.asarray(flow, dtype=float))[:, None]
        reynolds = 4.0 * mass / (math.pi * inner * self._viscosity)
        friction = pipes.friction_factor(reynolds, relative_roughness=self.line.roughness_m / inner)
        fall_pa_per_m = 8.0 * friction * mass**2 / (math.pi**2 * inner**5 * self._density)
        fall = fall_pa_per_m / units.PA_PER_BAR
        return np.asarray(2.0 * self.bar * fall if self.line.gas else fall, dtype=float)


def outlet_bar(curve: Curve, slopes: FloatArray, inlet_bar: float, *, length_m: float) -> float:
    """Return the pressure [bar] after ``length_m`` [m] of a pipe; 0 if none is left.

    Parameters
    ----------
    curve
        Fluid of the line.
    slopes
        Row of ``Curve.slopes`` for this pipe.
    inlet_bar
        Pressure at the start [bar].
    length_m
        Length [m].
    """
    if inlet_bar <= 0.0:
        return 0.0
    outlet = inlet_bar
    for _ in range(_PASSES):
        slope = float(np.interp(pipes.mean_pressure_bar(inlet_bar, outlet), curve.bar, slopes))
        left = (inlet_bar**2 if curve.line.gas else inlet_bar) - slope * length_m
        if left <= 0.0:
            return 0.0
        outlet = math.sqrt(left) if curve.line.gas else left
    return outlet


def reach_m(curve: Curve, slopes: FloatArray, inlet_bar: float, minimum_bar: float) -> float:
    """Return the length [m] over which the pressure falls from ``inlet_bar`` to ``minimum_bar`` [bar]."""
    slope = float(np.interp(pipes.mean_pressure_bar(inlet_bar, minimum_bar), curve.bar, slopes))
    fall = inlet_bar**2 - minimum_bar**2 if curve.line.gas else inlet_bar - minimum_bar
    return fall / slope


def downstream_order(tail: IntArray, head: IntArray) -> Iterator[tuple[int, IntArray, IntArray]]:
    """Yield each node after all nodes upstream of it, with the numbers of its incoming and outgoing pipes.

    Raises
    ------
    DesignError
        If flow runs in a circle.

    Notes
    -----
    Source: Kahn (1962).
    """
    nodes = sorted({*tail.tolist(), *head.tolist()})
    into: dict[int, list[int]] = {node: [] for node in nodes}
    out: dict[int, list[int]] = {node: [] for node in nodes}
    for number, (a, b) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        out[a].append(number)
        into[b].append(number)
    waiting = {node: len(into[node]) for node in nodes}
    ready = [node for node in nodes if not waiting[node]]
    done = 0
    while ready:
        node = heapq.heappop(ready)
        done += 1
        yield node, np.array(into[node], dtype=np.int64), np.array(out[node], dtype=np.int64)
        for number in out[node]:
            after = int(head[number])
            waiting[after] -= 1
            if not waiting[after]:
                heapq.heappush(ready, after)
    if done < len(nodes):
        raise DesignError(Problem("network.runs_in_a_circle"))


def follow_pressure(line: Design, network: PipeList, *, minimum_bar: float, boost: bool = True) -> PressureProfile:
    """Compute the pressure downstream of the supplies, and place a station before it falls below the minimum.

    A station stands at the last node before that, and lifts all pipes that need it there. A pipe too long for one lift
    gets further stations at equal distances.

    Parameters
    ----------
    line
        Design conditions.
    network
        Pipes with their flows.
    minimum_bar
        Lowest pressure allowed [bar].
    boost
        If False, place no stations: the pressure just falls, to 0 where none is left.

    Raises
    ------
    DesignError
        If flow runs in a circle, the minimum is not below the inlet pressure, or a pipe carries nothing.
    """
    if not 0.0 < minimum_bar < line.inlet_bar:
        raise DesignError(
            Problem(
                "pipe.minimum_above_inlet",
                {"minimum_bar": minimum_bar, "inlet_bar": line.inlet_bar},
                value=f"{minimum_bar:g}",
            )
        )
    flow = network.flow_per_pipe
    if np.any(flow <= 0.0) or np.any(network.length_m < 0.0):
        raise DesignError(Problem("pipe.no_flow"))
    curve = Curve(line, minimum_bar)
    slopes = curve.slopes(network.inner_m, flow)
    inlet, outlet = np.full(len(flow), np.nan), np.full(len(flow), np.nan)
    node_bar: dict[int, float] = {}
    stations: list[Station] = []

    def end_of(number: int, start_bar: float, length_m: float) -> float:
        return outlet_bar(curve, slopes[number], start_bar, length_m=length_m)

    for node, into, out in downstream_order(network.tail, network.head):
        here = node_bar[node] = float(outlet[into].min()) if len(into) else line.inlet_bar
        inlet[out] = here
        for number in out.tolist():
            outlet[number] = end_of(number, here, float(network.length_m[number]))
        short = [number for number in out.tolist() if boost and outlet[number] < minimum_bar - _SLACK_BAR]
        if not short:
            continue
        if here < line.inlet_bar - _SLACK_BAR:
            lifted = float(network.flow_kg_per_s[short].sum())
            stations.append(Station(short[0], 0.0, tuple(short), lifted, here, line.inlet_bar))
            inlet[short] = line.inlet_bar
        for number in short:
            length_m = float(network.length_m[number])
            most_m = reach_m(curve, slopes[number], line.inlet_bar, minimum_bar)
            stretches = max(1, math.ceil(length_m / most_m - 1e-9))
            outlet[number] = max(end_of(number, line.inlet_bar, length_m / stretches), minimum_bar)
            stations += [
                Station(
                    number,
                    length_m * step / stretches,
                    (number,),
                    float(network.flow_kg_per_s[number]),
                    float(outlet[number]),
                    line.inlet_bar,
                )
                for step in range(1, stretches)
            ]
    velocity = pipes.velocity_m_per_s(flow, inner_m=network.inner_m, density=curve.density(outlet))
    return PressureProfile(node_bar, inlet, outlet, velocity, tuple(stations))


def station_mw(line: Design, stations: tuple[Station, ...], *, minimum_bar: float, efficiency: float) -> FloatArray:
    """Return the electric power [MW] of each station: a pump for liquids, a single-stage compressor for gas.

    For hot water this is the power of supply or return; both need it.
    """
    if not stations:
        return np.zeros(0)
    flow = np.array([s.flow_kg_per_s for s in stations])
    suction = np.array([s.suction_bar for s in stations])
    if line.gas:
        grid_bar = np.linspace(min(minimum_bar, line.inlet_bar), line.inlet_bar, _CURVE_POINTS)
        kwh_per_kg = np.array(
            [
                fluids.compression_kwh_per_kg(
                    line.fluid,
                    suction_bar=bar,
                    discharge_bar=line.inlet_bar,
                    stages=1,
                    efficiency=efficiency,
                    suction_degc=line.temperature_degc,
                    intercooler_degc=line.temperature_degc,
                )
                for bar in grid_bar
            ]
        )
        kw_per_kg_per_s = np.interp(suction, grid_bar, kwh_per_kg) * units.SECONDS_PER_HOUR
        return np.asarray(flow * kw_per_kg_per_s / units.KWH_PER_MWH, dtype=float)
    rise_bar = np.array([s.discharge_bar for s in stations]) - suction
    return np.asarray(
        [
            m * fluids.pump_kwh_per_kg(rise_bar=dp, density=line.slowest_density, efficiency=efficiency)
            * units.SECONDS_PER_HOUR / units.KWH_PER_MWH
            for m, dp in zip(flow, rise_bar, strict=True)
        ]
    )  # fmt: skip


def follow_temperature(
    network: PipeList,
    *,
    supply_degc: float,
    soil_degc: float,
    loss_w_per_m_k: FloatArray,
    heat_capacity: float,
    return_degc: float = math.nan,
) -> TemperatureProfile:
    """Compute the temperature of hot water downstream of the supplies.

    In each pipe T(x) = Tsoil + (T0 - Tsoil) exp(-U x / (m cp)). Where pipes meet, the streams mix.

    Parameters
    ----------
    network
        Pipes with their flows.
    supply_degc
        Temperature of the water that supplies add [degC].
    soil_degc
        Temperature of the soil [degC].
    loss_w_per_m_k
        U of one pipe [W/(m K)].
    heat_capacity
        cp of water [J/(kg K)].
    return_degc
        Temperature of the return pipe [degC]; if given, its loss is added.

    Notes
    -----
    Source: plug flow with constant U, e.g. EN 13941-1 (2019).
    """
    flow, length_m = network.flow_per_pipe, network.length_m
    inlet, outlet = np.full(len(flow), np.nan), np.full(len(flow), np.nan)
    kept = np.exp(-loss_w_per_m_k * length_m / (flow * heat_capacity))
    node_degc: dict[int, float] = {}
    for node, into, out in downstream_order(network.tail, network.head):
        arriving = float(network.flow_kg_per_s[into].sum())
        added = max(0.0, float(network.flow_kg_per_s[out].sum()) - arriving)
        heat = float(np.dot(network.flow_kg_per_s[into], outlet[into])) + added * supply_degc
        here = node_degc[node] = heat / (arriving + added)
        inlet[out] = here
        outlet[out] = soil_degc + (here - soil_degc) * kept[out]
    loss_w = network.flow_kg_per_s * heat_capacity * (inlet - outlet)
    if math.isfinite(return_degc):
        loss_w = loss_w + loss_w_per_m_k * (return_degc - soil_degc) * length_m * network.parallel
    return TemperatureProfile(node_degc, inlet, outlet, np.asarray(loss_w / units.W_PER_MW, dtype=float))
