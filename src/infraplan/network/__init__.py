"""The cheapest shared network of one carrier.

``design`` decides who joins, along which segments, to which hub, in which pipes. The price of capacity
is concave (a thicker pipe is cheaper per unit), so it pays to share trunks. A client joins only where
what it is worth covers the pipe and the hub it adds; the ones left out are listed with the worth at
which they would join. ``audit`` checks the books of any network independently.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.errors import DesignError, Problem
from infraplan.model import CandidateGraph, FloatArray, Network, PipePrice
from infraplan.network import search
from infraplan.network.ledger import UNITS_PER_AMOUNT, Ledger, Piece, lay_out
from infraplan.network.report import SINK_CARRIERS, balance, list_left_out, list_segments
from infraplan.tables import records
from infraplan.units import M_PER_KM

__all__ = ["audit", "design"]

_TOLERANCE = 1.0e-6


def design(
    candidates: CandidateGraph,
    clients: pd.DataFrame,
    *,
    hubs: pd.DataFrame,
    price: PipePrice,
    ground_factor: FloatArray | None = None,
    max_distance_km: float = math.inf,
    start: Network | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Network:
    """Design the cheapest network of one carrier that joins ``clients`` to ``hubs`` where it pays.

    Parameters
    ----------
    candidates : the graph of possible segments.
    clients : ``place_id``, ``amount`` [kt/a or GWh/a] and ``worth`` [EUR per t or MWh] at the place's
        gate; infinite worth means it must join.
    hubs : ``hub_id``, ``place_id``, ``capacity`` [kt/a or GWh/a], ``unit_cost`` [EUR per t or MWh].
    price : price list of the carrier.
    ground_factor : per edge, 1 on fresh ground, less where another carrier opened the strip.
    max_distance_km : how far (straight line) a client may be from its hub; heat does not travel far.
    start : a network to start from (the same carrier before a small change); else from scratch.
    should_stop : asked between moves; True ends the search with the best network so far.

    Raises
    ------
    DesignError
        If an amount, worth, capacity or cost makes no sense.

    Source: local moves for concave pipe cost after Yeates et al. (2021) and Heijnen et al. (2019).
    """
    _refuse_nonsense(clients, hubs)
    ground = lay_out(candidates.graph)
    factor = np.ones(len(ground.length_m)) if ground_factor is None else ground_factor
    reach = clients[clients["place_id"].isin(candidates.node_of.keys()) & (clients["amount"] > 0.0)]
    taps = hubs[hubs["place_id"].isin(candidates.node_of.keys()) & (hubs["capacity"] > 0.0)]
    reach, taps = reach.reset_index(drop=True), taps.reset_index(drop=True)
    if reach.empty or taps.empty or not len(ground.length_m):
        return _nothing(clients, price, "no hub for this carrier" if taps.empty else "out of reach")
    ledger = Ledger(
        ground,
        price,
        factor,
        client_node=np.array([candidates.node_of[p] for p in reach["place_id"]], dtype=np.int64),
        amount=reach["amount"].to_numpy(dtype=float),
        worth=reach["worth"].to_numpy(dtype=float),
        hub_node=np.array([candidates.node_of[p] for p in taps["place_id"]], dtype=np.int64),
        hub_cost=taps["unit_cost"].to_numpy(dtype=float),
        capacity=taps["capacity"].to_numpy(dtype=float),
        within_reach=_within_reach(candidates, reach, taps, max_distance_km),
    )
    if start is not None:
        _resume(ledger, start, reach, taps)
    search.join_all(ledger)
    search.improve(ledger, should_stop=should_stop)
    joins = balance(ledger, candidates, reach, taps)
    segments = list_segments(ground, joins, price, factor, candidates.node_of)
    left_out = list_left_out(ledger, reach, clients, candidates)
    objective = float(segments["annual_eur"].sum()) + _hub_balance(joins, reach, taps)
    network = Network(price.carrier, price.unit, segments, joins, left_out, objective)
    audit(network, candidates, clients, hubs=hubs, price=price)
    return network


def audit(
    network: Network,
    candidates: CandidateGraph,
    clients: pd.DataFrame,
    *,
    hubs: pd.DataFrame,
    price: PipePrice,
) -> None:
    """Check a network's books from scratch: mass balance at each node, hub capacity, pipe size, amounts.

    Raises
    ------
    DesignError
        With every fault found; a plan that does not balance is never shown.
    """
    faults = []
    at_hub = dict(zip(hubs["hub_id"], hubs["place_id"], strict=True))
    # clients give CO2 and take hydrogen and heat; segments are listed in flow direction
    gives = 1.0 if network.carrier in SINK_CARRIERS else -1.0
    net: dict[int, float] = {}

    def book(node: int, flow: float) -> None:
        net[node] = net.get(node, 0.0) + flow

    for row in records(network.segments):
        book(row.node_from, row.flow)
        book(row.node_to, -row.flow)
        room = price.capacity_per_a[np.flatnonzero(price.dn_mm == row.dn_mm)[0]] * row.pipes
        if row.flow > room * (1.0 + _TOLERANCE):
            faults.append(f"segment {row.edge} carries {row.flow:g} in a pipe for {room:g}")
    for row in records(network.joins):
        book(candidates.node_of[row.place_id], -gives * row.amount)
        book(candidates.node_of[at_hub[row.hub_id]], gives * row.amount)
    scale = max(1.0, float(network.joins["amount"].sum()) if len(network.joins) else 1.0)
    faults += [f"node {n} is out of balance by {v:g}" for n, v in net.items() if abs(v) > _TOLERANCE * scale]
    used = dict(network.joins.groupby("hub_id")["amount"].sum())
    capacity = dict(zip(hubs["hub_id"], hubs["capacity"], strict=True))
    faults += [
        f"hub {hub} takes {amount:g} of {capacity[hub]:g}"
        for hub, amount in used.items()
        if amount > capacity[hub] * (1.0 + _TOLERANCE)
    ]
    joined = dict(network.joins.groupby("place_id")["amount"].sum())
    wanted = dict(clients.groupby("place_id")["amount"].sum())
    faults += [
        f"{place} joins {amount:g} of {wanted[place]:g}"
        for place, amount in joined.items()
        if amount > wanted[place] * (1.0 + _TOLERANCE)
    ]
    if faults:
        raise DesignError([Problem(f, "This is a fault of infraplan; please report it") for f in faults])


def _refuse_nonsense(clients: pd.DataFrame, hubs: pd.DataFrame) -> None:
    problems = []
    for frame, key, columns in (
        (clients, "place_id", ("amount", "worth")),
        (hubs, "hub_id", ("capacity", "unit_cost")),
    ):
        for column in columns:
            values = frame[column].to_numpy(dtype=float)
            wrong = np.isnan(values) | ((values < 0.0) & (column != "worth"))
            problems += [
                Problem(f"{column} of {name} makes no sense", "Give a number of 0 or more", value=f"{v:g}")
                for name, v in zip(frame.loc[wrong, key], values[wrong], strict=True)
            ]
    if problems:
        raise DesignError(problems)


def _within_reach(
    candidates: CandidateGraph, reach: pd.DataFrame, taps: pd.DataFrame, max_distance_km: float
) -> npt.NDArray[np.bool_]:
    nodes = candidates.graph.nodes

    def spots(places: pd.Series[str]) -> FloatArray:
        return np.array([(nodes[n]["x"], nodes[n]["y"]) for n in map(candidates.node_of.__getitem__, places)])

    apart = spots(reach["place_id"])[:, None, :] - spots(taps["place_id"])[None, :, :]
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]) <= max_distance_km * M_PER_KM)


def _resume(ledger: Ledger, start: Network, reach: pd.DataFrame, taps: pd.DataFrame) -> None:
    """Put back the joins of an earlier network that still fit the clients and hubs of now."""
    client_of = {place: i for i, place in enumerate(reach["place_id"])}
    hub_of = {hub: i for i, hub in enumerate(taps["hub_id"])}
    for row in records(start.joins):
        client, hub = client_of.get(row.place_id), hub_of.get(row.hub_id)
        if client is None or hub is None:
            continue
        left = float(ledger.amount[client]) - ledger.joined(client)
        amount = min(row.amount, left, float(ledger.room[hub]))
        if amount > _TOLERANCE:
            edges = np.array(row.edges, dtype=np.int64)
            ledger.put(client, (Piece(hub, amount, edges),))


def _hub_balance(joins: pd.DataFrame, reach: pd.DataFrame, taps: pd.DataFrame) -> float:
    unit_cost = joins["hub_id"].map(taps.set_index("hub_id")["unit_cost"])
    worth = joins["place_id"].map(reach.set_index("place_id")["worth"]).astype(float)
    worth = worth.where(np.isfinite(worth), 0.0)
    return float(((unit_cost - worth) * joins["amount"]).sum()) * UNITS_PER_AMOUNT


def _nothing(clients: pd.DataFrame, price: PipePrice, reason: str) -> Network:
    left_out = clients[["place_id", "amount"]].assign(reason=reason, break_even_worth=np.nan)
    segments = list_segments(None, None, price, None, {})
    joins = pd.DataFrame({"place_id": [], "hub_id": [], "amount": [], "edges": []}).astype(
        {"place_id": object, "hub_id": object, "amount": float, "edges": object}
    )
    return Network(price.carrier, price.unit, segments, joins, left_out.reset_index(drop=True), 0.0)
