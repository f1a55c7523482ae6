"""From the books of a finished design to the tables of a ``Network``."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import networkx as nx
import numpy as np
import pandas as pd

from infraplan.model import CandidateGraph, EdgeArrays, FloatArray, PipePrice
from infraplan.network.ledger import Ledger
from infraplan.tables import records

_EPSILON = 1.0e-7
# carriers whose hubs are sinks; of the others the hubs supply and the flow runs towards the client
SINK_CARRIERS = frozenset({"co2"})


def balance(ledger: Ledger, candidates: CandidateGraph, reach: pd.DataFrame, taps: pd.DataFrame) -> pd.DataFrame:
    """Return who is joined to which hub along which edges, after flows that meet head-on are netted.

    Two clients whose flows pass each other in one pipe exchange hubs instead: amounts and hub use stay
    the same, and no pipe carries more than before.
    """
    ground = ledger.ground
    net: dict[tuple[int, int], float] = {}
    edge_of = {}
    for client, pieces in enumerate(ledger.pieces):
        for piece in pieces:
            node = int(ledger.client_node[client])
            for edge in piece.edges.tolist():
                a, b = int(ground.node_a[edge]), int(ground.node_b[edge])
                other = b if node == a else a
                edge_of[node, other] = edge_of[other, node] = edge
                net[node, other] = net.get((node, other), 0.0) + piece.amount
                node = other
    for u, v in [arc for arc in net if arc[0] < arc[1] and (arc[1], arc[0]) in net]:
        both = min(net[u, v], net[v, u])
        net[u, v] -= both
        net[v, u] -= both
    _unwind_cycles(net)
    return _follow(ledger, net, edge_of, reach, taps)


def _unwind_cycles(net: dict[tuple[int, int], float]) -> None:
    """Take flow that runs in circles off the arcs, which only saves pipe."""
    while not _is_acyclic(net):
        graph: nx.DiGraph[int] = nx.DiGraph((u, v) for (u, v), flow in sorted(net.items()) if flow > _EPSILON)
        arcs = [(arc[0], arc[1]) for arc in nx.find_cycle(graph)]
        least = min(net[arc] for arc in arcs)
        for arc in arcs:
            net[arc] -= least


def _is_acyclic(net: dict[tuple[int, int], float]) -> bool:
    """Say whether the flow can be put in an order in which every arc leads onward (Kahn 1962)."""
    out: dict[int, list[int]] = {}
    entering: dict[int, int] = {}
    for (u, v), flow in net.items():
        if flow > _EPSILON:
            out.setdefault(u, []).append(v)
            entering[v] = entering.get(v, 0) + 1
            entering.setdefault(u, 0)
    ready = [node for node, count in entering.items() if count == 0]
    done = 0
    while ready:
        done += 1
        for node in out.get(ready.pop(), []):
            entering[node] -= 1
            if entering[node] == 0:
                ready.append(node)
    return done == len(entering)


def _follow(
    ledger: Ledger,
    net: dict[tuple[int, int], float],
    edge_of: dict[tuple[int, int], int],
    reach: pd.DataFrame,
    taps: pd.DataFrame,
) -> pd.DataFrame:
    """Follow the netted flow from each client downstream to the hubs, splitting where it splits."""
    out: dict[int, list[int]] = {}
    for (u, v), flow in sorted(net.items()):
        if flow > _EPSILON:
            out.setdefault(u, []).append(v)
    taken = np.zeros(len(ledger.capacity))
    for pieces in ledger.pieces:
        for piece in pieces:
            taken[piece.hub] += piece.amount
    hubs_at: dict[int, list[int]] = {}
    for hub, node in enumerate(ledger.hub_node.tolist()):
        hubs_at.setdefault(node, []).append(hub)
    rows = []
    for client in np.argsort(-ledger.amount, kind="stable").tolist():
        start: tuple[int, float, tuple[int, ...]] = (
            int(ledger.client_node[client]),
            ledger.joined(client),
            (),
        )
        queue = deque([start])
        while queue:
            node, amount, edges = queue.popleft()
            for hub in hubs_at.get(node, []):
                part = min(amount, float(taken[hub]))
                if part > _EPSILON:
                    rows.append((reach["place_id"][client], taps["hub_id"][hub], part, edges))
                    taken[hub] -= part
                    amount -= part
            for other in out.get(node, []):
                part = min(amount, net[node, other])
                if part > _EPSILON:
                    net[node, other] -= part
                    amount -= part
                    queue.append((other, part, (*edges, edge_of[node, other])))
    joins = pd.DataFrame(rows, columns=["place_id", "hub_id", "amount", "edges"])
    joins = joins.groupby(["place_id", "hub_id", "edges"], as_index=False).agg(amount=("amount", "sum"))
    joins = joins[["place_id", "hub_id", "amount", "edges"]].astype({"amount": float})
    return joins.sort_values(["place_id", "hub_id", "edges"], ignore_index=True)


_SEGMENTS = {
    "edge": int, "node_from": int, "node_to": int, "flow": float, "dn_mm": float, "pipes": int,
    "length_m": float, "capex_eur": float, "annual_eur": float, "ground_factor": float,
}  # fmt: skip


def no_segments() -> pd.DataFrame:
    """Return the table of segments of a network without any."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _SEGMENTS.items()})


def list_segments(
    ground: EdgeArrays, joins: pd.DataFrame, price: PipePrice, factor: FloatArray, node_of: Mapping[str, int]
) -> pd.DataFrame:
    """Return the chosen segments with flow, direction, pipe and cost, by edge number."""
    flow: dict[int, float] = {}
    start: dict[int, int] = {}
    for row in records(joins):
        for edge, node in zip(row.edges, _nodes_along(ground, node_of[row.place_id], row.edges), strict=True):
            flow[edge] = flow.get(edge, 0.0) + row.amount
            start[edge] = node
    if not flow:
        return no_segments()
    edges = np.array(sorted(flow), dtype=np.int64)
    amount = np.array([flow[e] for e in edges])
    tail = np.array([start[e] for e in edges], dtype=np.int64)
    head = ground.node_a[edges] + ground.node_b[edges] - tail
    if price.carrier not in SINK_CARRIERS:
        tail, head = head, tail
    size, pipes = price.size_of(amount), price.pipes_of(amount)
    metre = ground.weighted_m[edges] * factor[edges]
    crossing_eur = ground.crossing_eur[edges] * price.crossing_factor[size]
    capex_eur = (price.capex_eur_per_m[size] * metre + crossing_eur) * pipes
    annual_eur = (price.annual_eur_per_m[size] * metre + crossing_eur * price.crossing_annuity) * pipes
    values = (
        edges, tail, head, amount, price.dn_mm[size], pipes, ground.length_m[edges], capex_eur, annual_eur,
        factor[edges],
    )  # fmt: skip
    return pd.DataFrame(dict(zip(_SEGMENTS, values, strict=True)))


def _nodes_along(ground: EdgeArrays, node: int, edges: tuple[int, ...]) -> list[int]:
    """Return the node at which a path from ``node`` enters each of its edges."""
    nodes = []
    for edge in edges:
        nodes.append(node)
        node = int(ground.node_a[edge] + ground.node_b[edge]) - node
    return nodes


def list_left_out(
    ledger: Ledger, reach: pd.DataFrame, clients: pd.DataFrame, candidates: CandidateGraph
) -> pd.DataFrame:
    """Return what is not joined, why, and the worth per unit at which it would be."""
    rows = []
    for client, place in enumerate(reach["place_id"]):
        left = float(ledger.amount[client]) - ledger.joined(client)
        if left <= _EPSILON * max(1.0, float(ledger.amount[client])):
            continue
        rows.append((place, left, _reason(ledger, client), ledger.break_even(client)))
    for row in records(clients):
        if row.place_id not in candidates.node_of:
            reason = candidates.unreachable.get(row.place_id, "not a place of the candidate graph")
            rows.append((row.place_id, float(row.amount), reason, float("nan")))
    frame = pd.DataFrame(rows, columns=["place_id", "amount", "reason", "break_even_worth"])
    return frame.astype({"amount": float, "break_even_worth": float}).sort_values("place_id", ignore_index=True)


def _reason(ledger: Ledger, client: int) -> str:
    """Say why a client is not joined: no hub near enough, none of them with room, or too little worth."""
    near = ledger.within_reach[client]
    if not near.any():
        return "out of reach"
    return "does not pay" if (ledger.room[near] > _EPSILON).any() else "hubs are full"
