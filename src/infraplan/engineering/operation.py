"""Operation of finished networks: pressures and temperatures, stations with their place and cost, users served.

``hydraulics.profiles`` holds the equations; this module applies them to the networks of a plan. All results hold at
design flow: the yearly amount in the carrier's full-load hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import pandas as pd
import shapely

from infraplan.core import CandidateGraph, Carrier, FloatArray, Network, translate, units
from infraplan.engineering import costs, hydraulics
from infraplan.engineering.hydraulics import PipeList, PressureProfile, Station
from infraplan.study import Assumptions

_SEGMENTS = (
    "carrier", "edge", "inlet_bar", "outlet_bar", "velocity_m_per_s", "inlet_degc", "outlet_degc", "loss_mw", "pump_mw",
)  # fmt: skip
_NODES = ("carrier", "node", "x", "y", "pressure_bar", "temperature_degc", "phase")
_BOOSTERS = (
    "booster_id", "carrier", "edge", "node", "distance_m", "x", "y", "flow", "flow_unit", "flow_kg_per_s",
    "suction_bar", "discharge_bar", "power_mw", "capex_eur", "annual_eur",
)  # fmt: skip
_USERS = ("place_id", "band", "temperature_degc", "needed_degc", "served")
_PUMPED_WAYS = {"co2": 1.0, "h2": 1.0, "heat": 2.0}  # hot water is pumped in supply and return
TWO_PHASE = "two-phase"


@dataclass(frozen=True)
class Remark:
    """One sentence for an engineer: an English text with ``{named}`` values, so that it can be translated."""

    text: str
    values: Mapping[str, object]

    def sentence(self, language: str) -> str:
        """Return the sentence in a language."""
        return translate(self.text, language, **self.values)


@dataclass(frozen=True)
class Operation:
    """Operation of a plan's networks at design flow.

    Attributes
    ----------
    segments
        One row per pipe segment: carrier, edge, inlet_bar, outlet_bar (absolute), velocity_m_per_s. For heat also
        inlet_degc and outlet_degc of the supply pipe, loss_mw of the pair and pump_mw of supply and return; NaN for
        other carriers.
    nodes
        One row per node: carrier, node, x, y [m], pressure_bar before a station there, temperature_degc, phase (CO2
        only).
    boosters
        One row per station: booster_id, carrier, edge, node (-1 where it stands along a pipe), distance_m from the
        start of the edge, x, y [m], flow (yearly, in flow_unit), flow_kg_per_s, suction_bar, discharge_bar, power_mw,
        capex_eur, annual_eur.
    users
        One row per heat user: place_id, band (the warmest band it needs), temperature_degc on arrival, needed_degc,
        served.
    remarks
        Warnings for the engineer, one sentence each.
    """

    segments: pd.DataFrame
    nodes: pd.DataFrame
    boosters: pd.DataFrame
    users: pd.DataFrame
    remarks: tuple[Remark, ...]


def operate(
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    assumptions: Assumptions,
    *,
    bands: pd.DataFrame | None = None,
    boost: bool = True,
) -> Operation:
    """Compute pressures and temperatures at design flow, place stations, and list the heat users that are not served.

    Parameters
    ----------
    networks
        Network of each carrier.
    candidates
        Graph that the networks lie on.
    assumptions
        Assumptions of the study.
    bands
        Columns place_id and band, one row or more per heat user.
    boost
        If False, place no stations: the pressure just falls.

    Returns
    -------
    Operation
        Tables of segments, nodes, stations and users, and remarks.
    """
    # a pipe laid for a later year has no flow yet, so no pressure to compute
    flowing = {
        carrier: replace(network, segments=network.segments[network.segments["flow"] > 0.0].reset_index(drop=True))
        for carrier, network in networks.items()
    }
    parts = {
        carrier: _run(flowing[carrier], carrier, candidates, assumptions, boost=boost)
        for carrier in get_args(Carrier)
        if carrier in flowing and len(flowing[carrier].segments)
    }

    def gather(number: int, columns: tuple[str, ...]) -> pd.DataFrame:
        frames = [part[number] for part in parts.values() if len(part[number])]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(columns))

    segments, nodes, boosters = gather(0, _SEGMENTS), gather(1, _NODES), gather(2, _BOOSTERS)
    users = _users(networks, candidates, nodes, bands, assumptions)
    return Operation(segments, nodes, boosters, users, _remarks(nodes, users, assumptions))


def mass_flow_kg_per_s(carrier: Carrier, amount: FloatArray, assumptions: Assumptions) -> FloatArray:
    """Return the design flow [kg/s] of yearly amounts [kt/a or GWh/a] that run in the carrier's full-load hours."""
    line = hydraulics.design(carrier, assumptions)
    full_s = units.SECONDS_PER_YEAR * line.load_factor
    if carrier == "co2":
        return np.asarray(amount * units.KG_PER_KT / full_s, dtype=float)
    power_mw = amount * units.MWH_PER_GWH * units.SECONDS_PER_HOUR / full_s
    if carrier == "h2":
        return np.asarray(power_mw / units.H2_LHV_MJ_PER_KG, dtype=float)
    return np.asarray(power_mw / _heat_mj_per_kg(assumptions), dtype=float)


def _heat_mj_per_kg(assumptions: Assumptions) -> float:
    """Return the heat [MJ/kg] that water gives off between supply and return."""
    line = hydraulics.design("heat", assumptions)
    ends = {"supply_degc": line.supply_degc, "return_degc": line.return_degc, "pressure_bar": line.inlet_bar}
    return float(hydraulics.heat_mw(1.0, **ends))


def _run(
    network: Network, carrier: Carrier, candidates: CandidateGraph, assumptions: Assumptions, *, boost: bool
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Compute the segments, nodes and boosters of one network."""
    table = network.segments
    line = hydraulics.design(carrier, assumptions)
    dn_mm, inner = hydraulics.sizes(carrier, assumptions)
    size = np.searchsorted(dn_mm, table["dn_mm"].to_numpy(dtype=float))
    pipes = PipeList(
        tail=table["node_from"].to_numpy(dtype=np.int64),
        head=table["node_to"].to_numpy(dtype=np.int64),
        length_m=table["length_m"].to_numpy(dtype=float),
        inner_m=inner[size],
        flow_kg_per_s=mass_flow_kg_per_s(carrier, table["flow"].to_numpy(dtype=float), assumptions),
        parallel=table["pipes"].to_numpy(dtype=np.int64),
    )
    lowest = hydraulics.minimum_bar(carrier, assumptions)
    pressure = hydraulics.follow_pressure(line, pipes, minimum_bar=lowest, boost=boost)
    segments = pd.DataFrame(
        {
            "carrier": carrier,
            "edge": table["edge"].to_numpy(),
            "inlet_bar": pressure.inlet_bar,
            "outlet_bar": pressure.outlet_bar,
            "velocity_m_per_s": pressure.velocity_m_per_s,
        }
    )
    degc = _add_temperatures(segments, pipes, pressure, size, assumptions) if carrier == "heat" else {}
    graph = candidates.graph
    nodes = pd.DataFrame(
        [
            (carrier, node, graph.nodes[node]["x"], graph.nodes[node]["y"], bar, degc.get(node, np.nan))
            for node, bar in sorted(pressure.node_bar.items())
        ],
        columns=list(_NODES[:-1]),
    )
    nodes["phase"] = _phases(nodes["pressure_bar"].to_numpy(), line, assumptions) if carrier == "co2" else ""
    boosters = _list_boosters(network, carrier, pipes, pressure.stations, candidates, assumptions)
    return segments.reindex(columns=list(_SEGMENTS)), nodes, boosters


def _add_temperatures(
    segments: pd.DataFrame, pipes: PipeList, pressure: PressureProfile, size: Any, assumptions: Assumptions
) -> Mapping[int, float]:
    """Add temperatures, losses and pump power to the heat segments; return the temperature [degC] of each node."""
    line = hydraulics.design("heat", assumptions)
    soil_degc = assumptions.value("heat_pipe", "soil_temperature", "degc")
    # the design loss per metre of trench is for two pipes at the mean of supply and return
    each = hydraulics.heat_loss_w_per_m(assumptions) / (2.0 * (line.temperature_degc - soil_degc))
    joule_per_kg = _heat_mj_per_kg(assumptions) * units.W_PER_MW
    warm = hydraulics.follow_temperature(
        pipes,
        supply_degc=line.supply_degc,
        soil_degc=soil_degc,
        loss_w_per_m_k=each[size],
        heat_capacity=joule_per_kg / (line.supply_degc - line.return_degc),
        return_degc=line.return_degc,
    )
    fall_bar = pressure.inlet_bar - pressure.outlet_bar
    for station in pressure.stations:
        if station.distance_m > 0.0:
            fall_bar[station.pipe] += station.discharge_bar - station.suction_bar
    efficiency = assumptions.value("heat_boosting", "efficiency", "share")
    watt = _PUMPED_WAYS["heat"] * pipes.flow_kg_per_s * fall_bar * units.PA_PER_BAR / line.slowest_density / efficiency
    segments["inlet_degc"], segments["outlet_degc"] = warm.inlet_degc, warm.outlet_degc
    segments["loss_mw"], segments["pump_mw"] = warm.loss_mw, watt / units.W_PER_MW
    return warm.node_degc


def _phases(bar: FloatArray, line: hydraulics.Design, assumptions: Assumptions) -> list[str]:
    """Return the phase at each node.

    A dense line that falls below the two-phase window has crossed it, so it counts as two-phase too.
    """
    highest_gas, lowest_dense = hydraulics.two_phase_window_bar(line.temperature_degc, assumptions)
    slack = 1e-6
    if line.gas:
        return ["gas" if p <= highest_gas + slack else TWO_PHASE for p in bar.tolist()]
    return ["dense" if p >= lowest_dense - slack else TWO_PHASE for p in bar.tolist()]


def _list_boosters(
    network: Network,
    carrier: Carrier,
    pipes: PipeList,
    stations: tuple[Station, ...],
    candidates: CandidateGraph,
    assumptions: Assumptions,
) -> pd.DataFrame:
    """Return one row per station of a network, with place, power and cost."""
    line = hydraulics.design(carrier, assumptions)
    efficiency = assumptions.value(f"{carrier}_boosting", "efficiency", "share")
    lowest = hydraulics.minimum_bar(carrier, assumptions)
    power = hydraulics.station_mw(line, stations, minimum_bar=lowest, efficiency=efficiency) * _PUMPED_WAYS[carrier]
    capex_eur = power * units.KWH_PER_MWH * costs.eur(assumptions, f"{carrier}_boosting", "capex", "eur_per_kw")
    annual_eur = power * units.KWH_PER_MWH * costs.boosting_eur_per_kw(carrier, assumptions)
    amount, edge = network.segments["flow"].to_numpy(dtype=float), network.segments["edge"].to_numpy()
    spans = {station.pipe: int(edge[station.pipe]) for station in stations}
    shape = {
        d["edge"]: d["geometry"] for *_, d in candidates.graph.edges(data=True) if d["edge"] in set(spans.values())
    }
    rows = []
    for number, station in enumerate(stations):
        tail = int(pipes.tail[station.pipe])
        start = candidates.graph.nodes[tail]
        x, y = _place(shape[spans[station.pipe]], start, station.distance_m / float(pipes.length_m[station.pipe]))
        rows.append(
            (
                carrier, spans[station.pipe], tail if station.distance_m == 0.0 else -1, station.distance_m, x, y,
                float(amount[list(station.feeds)].sum()), network.unit, station.flow_kg_per_s, station.suction_bar,
                station.discharge_bar, float(power[number]), float(capex_eur[number]), float(annual_eur[number]),
            )
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(_BOOSTERS[1:]))
    table = table.sort_values(["edge", "distance_m"], ignore_index=True)
    table.insert(0, "booster_id", [f"{carrier}-station-{number}" for number in range(1, len(table) + 1)])
    return table


def _place(line: shapely.LineString, start: Mapping[str, float], share: float) -> tuple[float, float]:
    """Return the point [m] at a share of the line, counted from its start node in flow direction."""
    x, y = line.coords[0][:2]
    forward = (x, y) == (start["x"], start["y"])
    point = shapely.line_interpolate_point(line, share if forward else 1.0 - share, normalized=True)
    return float(point.x), float(point.y)


def _users(
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    nodes: pd.DataFrame,
    bands: pd.DataFrame | None,
    assumptions: Assumptions,
) -> pd.DataFrame:
    """List the heat users, and whether each receives the temperature of its warmest band."""
    if bands is None or "heat" not in networks or not len(networks["heat"].joins):
        return pd.DataFrame(columns=list(_USERS))
    needed = {
        band: assumptions.value("heat_user", f"least_supply_{band}", "degc") for band in sorted(set(bands["band"]))
    }
    degc = nodes[nodes["carrier"] == "heat"].set_index("node")["temperature_degc"]
    supply_degc = assumptions.value("heat_network", "supply_temperature", "degc")
    bands_of: dict[str, set[str]] = {}
    for place, band in zip(bands["place_id"], bands["band"], strict=True):
        bands_of.setdefault(place, set()).add(band)
    rows = []
    for place in sorted(set(networks["heat"].joins["place_id"])):
        mine = sorted(bands_of.get(place, ()), key=lambda band: needed[band])
        if mine:
            # a user at its source has no pipe, so it gets the supply temperature
            arrives = float(degc.get(candidates.node_of[place], supply_degc))
            rows.append((place, mine[-1], arrives, needed[mine[-1]], arrives >= needed[mine[-1]]))
    return pd.DataFrame(rows, columns=list(_USERS))


def _remarks(nodes: pd.DataFrame, users: pd.DataFrame, assumptions: Assumptions) -> tuple[Remark, ...]:
    """Return warnings on two-phase CO2 and on users that are not warm enough."""
    remarks = []
    wrong = nodes[nodes["phase"] == TWO_PHASE]
    if len(wrong):
        line_degc = assumptions.value("co2_pipeline", "temperature", "degc")
        highest_gas, lowest_dense = hydraulics.two_phase_window_bar(line_degc, assumptions)
        worst = wrong.sort_values(["pressure_bar", "node"]).iloc[0]
        remarks.append(
            Remark(
                "CO2 would boil or condense at {count} nodes, at worst at node {node} with {bar} bar: between {low} "
                "and {high} bar at {degc} degC it is two-phase.",
                {
                    "count": len(wrong),
                    "node": worst["node"],
                    "bar": f"{worst['pressure_bar']:.1f}",
                    "low": f"{highest_gas:.1f}",
                    "high": f"{lowest_dense:.1f}",
                    "degc": f"{line_degc:g}",
                },
            )
        )
    remarks += [
        Remark(
            "{place} gets {degc} degC where it needs {needed} degC (band {band}).",
            {
                "place": row.place_id,
                "degc": f"{row.temperature_degc:.1f}",
                "needed": f"{row.needed_degc:g}",
                "band": row.band,
            },
        )
        for row in users[~users["served"].astype(bool)].itertuples(index=False)
    ]
    return tuple(remarks)
