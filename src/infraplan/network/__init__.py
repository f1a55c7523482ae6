"""The cheapest shared network of one carrier.

``design`` decides who joins, along which segments, to which hub, in which pipes. The price of capacity
is concave (a thicker pipe is cheaper per unit), so it pays to share trunks. A client joins only where
what it is worth covers the pipe and the hub it adds; the ones left out are listed with the worth at
which they would join. ``audit`` checks the books of any network independently. ``design_exactly`` goes on from a
design with a solver and proves how far from the best it can be; ``steiner_tree`` is the plain tree problem.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from infraplan.errors import DesignError, Problem
from infraplan.model import CandidateGraph, FloatArray, Network, PipePrice, Question
from infraplan.network.designer import Designer
from infraplan.network.exact import ExactDesign, design_exactly
from infraplan.network.report import SINK_CARRIERS
from infraplan.tables import records
from infraplan.trees import SteinerTree, steiner_tree

__all__ = ["Designer", "ExactDesign", "SteinerTree", "audit", "design", "design_exactly", "steiner_tree"]

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
    question = Question(clients, hubs, price, max_distance_km)
    designer = Designer(candidates, question, start=start)
    ground = np.ones(len(candidates.edges.length_m)) if ground_factor is None else ground_factor
    designer.improve(ground, should_stop=should_stop)
    network = designer.close(ground)
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
        size = np.flatnonzero(price.dn_mm == row.dn_mm)
        room = float(price.capacity_per_a[size[0]]) * row.pipes if len(size) else 0.0
        if row.flow > room * (1.0 + _TOLERANCE):
            faults.append(f"segment {row.edge} carries {row.flow:g} in a pipe for {room:g}")
    for row in records(network.joins):
        if row.hub_id not in at_hub:
            faults.append(f"{row.place_id} is joined to {row.hub_id}, which is no hub")
            continue
        book(candidates.node_of[row.place_id], -gives * row.amount)
        book(candidates.node_of[at_hub[row.hub_id]], gives * row.amount)
    scale = max(1.0, float(network.joins["amount"].sum()) if len(network.joins) else 1.0)
    faults += [f"node {n} is out of balance by {v:g}" for n, v in net.items() if abs(v) > _TOLERANCE * scale]
    used = dict(network.joins.groupby("hub_id")["amount"].sum())
    capacity = dict(zip(hubs["hub_id"], hubs["capacity"], strict=True))
    faults += [
        f"hub {hub} takes {amount:g} of {capacity.get(hub, 0.0):g}"
        for hub, amount in used.items()
        if amount > capacity.get(hub, 0.0) * (1.0 + _TOLERANCE)
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
