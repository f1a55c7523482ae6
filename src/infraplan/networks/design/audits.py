"""Audit: check a network from scratch, without the code that made it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from infraplan.core import (
    M_PER_KM,
    SINK_CARRIERS,
    CandidateGraph,
    DesignError,
    FloatArray,
    Network,
    NetworkProblem,
    Problem,
    records,
)
from infraplan.networks.design.kernel_state import UNITS_PER_AMOUNT

_TOLERANCE = 1.0e-6


def audit(
    network: Network, candidates: CandidateGraph, problem: NetworkProblem, *, strip_factor: FloatArray | None = None
) -> None:
    """Check a network against its problem, from scratch. Each comparison is of a form that fails on NaN.

    It checks the mass balance at each node, pipe sizes, amounts, hub capacity, reach, the path of each join, forced and
    forbidden segments, the cost of each segment, and that the costs add up to the objective.

    Parameters
    ----------
    strip_factor
        Ground factor of each edge [-] in the design; default: that of the network's segments.

    Raises
    ------
    DesignError
        With every fault found; a plan that does not balance is never shown.
    """
    ground = strip_factor
    if ground is None:
        ground = np.ones(len(candidates.edges.length_m))
        ground[network.segments["edge"].to_numpy(dtype=np.int64)] = network.segments["ground_factor"]
    faults = [
        *_check_pipes(network, problem),
        *_check_joins(network, candidates, problem),
        *_check_amounts(network, problem),
        *_check_marked(network, problem),
        *_check_costs(network, candidates, problem, ground),
        *_check_objective(network, problem),
    ]
    if faults:
        raise DesignError(faults)


def _check_pipes(network: Network, problem: NetworkProblem) -> Iterator[Problem]:
    price = problem.price
    room_of = dict(zip(price.dn_mm.tolist(), price.capacity_per_a.tolist(), strict=True))
    for row in records(network.segments):
        room = max(room_of.get(row.dn_mm, 0.0) * row.pipes, problem.existing.get(row.edge, 0.0))
        if not 0.0 <= row.flow <= room * (1.0 + _TOLERANCE):
            yield Problem("fault.overfull_pipe", {"edge": row.edge, "flow": row.flow, "room": room})


def _check_joins(network: Network, candidates: CandidateGraph, problem: NetworkProblem) -> Iterator[Problem]:
    """Check that every join leads to a hub within reach, and that the joins add up to the flow of the segments."""
    nodes = candidates.graph.nodes
    node_a, node_b = candidates.edges.node_a.tolist(), candidates.edges.node_b.tolist()
    at_hub = dict(zip(problem.hubs["hub_id"], problem.hubs["place_id"], strict=True))
    # clients give CO2 and take hydrogen and heat; segments are listed in flow direction
    gives = 1.0 if network.carrier in SINK_CARRIERS else -1.0
    net: dict[int, float] = {}
    carried: dict[int, float] = {}

    def book(node: int, flow: float) -> None:
        net[node] = net.get(node, 0.0) + flow

    for row in records(network.segments):
        book(row.node_from, row.flow)
        book(row.node_to, -row.flow)
        carried[row.edge] = row.flow
    for row in records(network.joins):
        if row.hub_id not in at_hub:
            yield Problem("fault.no_hub", {"place": row.place_id, "hub": row.hub_id})
            continue
        start, hub = candidates.node_of[row.place_id], candidates.node_of[at_hub[row.hub_id]]
        book(start, -gives * row.amount)
        book(hub, gives * row.amount)
        apart_m = np.hypot(nodes[start]["x"] - nodes[hub]["x"], nodes[start]["y"] - nodes[hub]["y"])
        if not apart_m <= problem.max_distance_km * M_PER_KM * (1.0 + _TOLERANCE):
            far = {"apart_km": apart_m / M_PER_KM, "most_km": problem.max_distance_km}
            yield Problem("fault.too_far", {"place": row.place_id, "hub": row.hub_id} | far)
        node = start
        for edge in row.edges:
            carried[edge] = carried.get(edge, 0.0) - row.amount
            a, b = node_a[edge], node_b[edge]
            node = b if node == a else a if node == b else -1
        if node != hub:
            yield Problem("fault.wrong_way", {"place": row.place_id, "hub": row.hub_id})
    total = float(network.joins["amount"].sum())
    tiny = _TOLERANCE * max(1.0, total) if math.isfinite(total) else 0.0
    yield from (Problem("fault.out_of_balance", {"node": n, "flow": v}) for n, v in net.items() if not abs(v) <= tiny)
    yield from (
        Problem("fault.more_than_joins", {"edge": e, "flow": v}) for e, v in carried.items() if not abs(v) <= tiny
    )


def _check_amounts(network: Network, problem: NetworkProblem) -> Iterator[Problem]:
    used = dict(network.joins.groupby("hub_id")["amount"].sum())
    capacity = dict(zip(problem.hubs["hub_id"], problem.hubs["capacity"], strict=True))
    for hub, amount in used.items():
        if not amount <= capacity.get(hub, 0.0) * (1.0 + _TOLERANCE):
            yield Problem("fault.overfull_hub", {"hub": hub, "amount": amount, "capacity": capacity.get(hub, 0.0)})
    wanted = dict(problem.clients.groupby("place_id")["amount"].sum())
    joined = dict(network.joins.groupby("place_id")["amount"].sum())
    for place, amount in joined.items():
        if not 0.0 <= amount <= wanted.get(place, 0.0) * (1.0 + _TOLERANCE):
            yield Problem("fault.joins_too_much", {"place": place, "amount": amount, "wanted": wanted.get(place, 0.0)})


def _check_marked(network: Network, problem: NetworkProblem) -> Iterator[Problem]:
    laid = set(network.segments["edge"])
    yield from (Problem("fault.forbidden", {"edge": e}) for e in sorted(laid & set(problem.forbidden)))
    missing = set(problem.forced) - laid - {e for e, room in problem.existing.items() if room > 0.0}
    yield from (Problem("fault.not_forced", {"edge": e}) for e in sorted(missing))


def _check_costs(
    network: Network, candidates: CandidateGraph, problem: NetworkProblem, ground: FloatArray
) -> Iterator[Problem]:
    """Price each segment again: list price times weighted metres, and crossings; less where a pipe exists."""
    price, edges, segments = problem.price, candidates.edges, network.segments
    if segments.empty:
        return
    edge = segments["edge"].to_numpy(dtype=np.int64)
    dn_mm, flow = segments["dn_mm"].to_numpy(dtype=float), segments["flow"].to_numpy(dtype=float)
    known = np.isin(dn_mm, price.dn_mm)
    yield from (
        Problem("fault.unknown_size", {"edge": e, "dn_mm": d}) for e, d in zip(edge[~known], dn_mm[~known], strict=True)
    )
    size = np.argmax(dn_mm[:, None] == price.dn_mm[None, :], axis=1)
    pipes = segments["pipes"].to_numpy(dtype=float)
    metre, crossing = edges.weighted_m[edge] * ground[edge], edges.crossing_eur[edge] * price.crossing_factor[size]
    expected = {
        "capex_eur": pipes * (price.capex_eur_per_m[size] * metre + crossing),
        "annual_eur": pipes * (price.annual_eur_per_m[size] * metre + price.crossing_annuity * crossing),
        "ground_factor": ground[edge],
        "length_m": edges.length_m[edge],
    }
    for place, (e, q) in enumerate(zip(edge.tolist(), flow.tolist(), strict=True) if problem.existing else ()):
        if 0.0 < q <= problem.existing.get(e, 0.0) * (1.0 + _TOLERANCE):
            expected["capex_eur"][place] = 0.0
            reuse = problem.reuse_eur_per_a.get(e, 0.0)
            expected["annual_eur"][place] = min(reuse, expected["annual_eur"][place])
    for column, right in expected.items():
        given = segments[column].to_numpy(dtype=float)
        wrong = known & ~(np.isfinite(right) & (np.abs(given - right) <= _TOLERANCE * np.maximum(1.0, np.abs(right))))
        yield from (
            Problem("fault.wrong_figure", {"column": column, "edge": e, "given": g, "right": r})
            for e, g, r in zip(edge[wrong], given[wrong], right[wrong], strict=True)
        )


def _check_objective(network: Network, problem: NetworkProblem) -> Iterator[Problem]:
    hubs, clients = problem.hubs.set_index("hub_id"), problem.clients.set_index("place_id")
    joins = network.joins[network.joins["hub_id"].isin(hubs.index) & network.joins["place_id"].isin(clients.index)]
    worth = clients["worth"].where(np.isfinite(clients["worth"]), 0.0)
    hubs_eur = float((joins["amount"] * joins["hub_id"].map(hubs["unit_cost"]).astype(float)).sum()) * UNITS_PER_AMOUNT
    if "fixed_cost" in hubs:
        hubs_eur += float(hubs.loc[hubs.index.isin(joins["hub_id"]), "fixed_cost"].sum())
    worth_eur = float((joins["amount"] * joins["place_id"].map(worth).astype(float)).sum()) * UNITS_PER_AMOUNT
    pipes_eur = float(network.segments["annual_eur"].sum())
    total = pipes_eur + hubs_eur - worth_eur
    room_eur = _TOLERANCE * max(1.0, pipes_eur + abs(hubs_eur) + abs(worth_eur))
    if not (math.isfinite(total) and abs(total - network.objective_eur_per_a) <= room_eur):
        yield Problem("fault.wrong_objective", {"given": network.objective_eur_per_a, "right": total})
