"""From the solution of a finished design to the tables of a ``Network``."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from infraplan.core import SINK_CARRIERS, CandidateGraph, EdgeArrays, FloatArray, IntArray, Phrase, PipePrice, records
from infraplan.networks.design.path_flows import PathFlow
from infraplan.networks.design.solution_state import SolutionState
from infraplan.networks.design.terms import Terms

_EPSILON = 1.0e-7
# client, hub, amount, and the nodes that it passes
Way = tuple[int, int, float, tuple[int, ...]]


def balance(solution: SolutionState, reach: pd.DataFrame, taps: pd.DataFrame) -> pd.DataFrame:
    """Return who is joined to which hub along which edges, after netting opposite flows.

    If flows of two clients meet head-on in one pipe, the clients exchange hubs: amounts and hub use stay the same, and
    no pipe carries more than before. If a client would then exceed its reach, the netted flow is shared out so that all
    stay within reach; what cannot is left out.
    """
    graph = solution.graph
    net: dict[tuple[int, int], float] = {}
    edge_of = {}
    ends, nodes = (graph.node_a + graph.node_b).tolist(), solution.client_node.tolist()
    everyone = solution.path_flows
    for client, mine in enumerate(everyone):
        for path_flow in mine:
            node = nodes[client]
            for edge in path_flow.edges.tolist():
                other = ends[edge] - node
                edge_of[node, other] = edge_of[other, node] = edge
                net[node, other] = net.get((node, other), 0.0) + path_flow.amount
                node = other
    for u, v in [arc for arc in net if arc[0] < arc[1] and (arc[1], arc[0]) in net]:
        both = min(net[u, v], net[v, u])
        net[u, v] -= both
        net[v, u] -= both
    _unwind_cycles(net)
    everybody = np.arange(len(solution.amount))
    taken = np.zeros(len(solution.capacity))
    for mine in everyone:
        for path_flow in mine:
            taken[path_flow.hub] += path_flow.amount
    given = solution.all_joined()
    ways = _follow(solution, dict(net), taken.copy(), given, everybody)
    if not all(solution.within_reach[client, hub] for client, hub, _, _ in ways):
        ways = _keep_within_reach(solution, net, taken, given, ways)
        flows_of: dict[int, list[PathFlow]] = {}
        for client, hub, amount, nodes in ways:
            edges = np.array([edge_of[step] for step in pairwise(nodes)], dtype=np.int64)
            flows_of.setdefault(client, []).append(PathFlow(hub, amount, edges))
        solution.restore([tuple(flows_of.get(client, ())) for client in everybody.tolist()])
    places, hub_ids = reach["place_id"].tolist(), taps["hub_id"].tolist()
    rows = [
        (places[client], hub_ids[hub], amount, tuple(edge_of[step] for step in pairwise(nodes)))
        for client, hub, amount, nodes in ways
    ]
    joins = pd.DataFrame(rows, columns=["place_id", "hub_id", "amount", "edges"])
    joins = joins.groupby(["place_id", "hub_id", "edges"], as_index=False).agg(amount=("amount", "sum"))
    joins = joins[["place_id", "hub_id", "amount", "edges"]].astype({"amount": float})
    return joins.sort_values(["place_id", "hub_id", "edges"], ignore_index=True)


def _keep_within_reach(
    solution: SolutionState, net: dict[tuple[int, int], float], taken: FloatArray, given: FloatArray, ways: list[Way]
) -> list[Way]:
    """Share the flow out anew in each connected part where a client exceeds its reach."""
    arcs = [arc for arc, flow in sorted(net.items()) if flow > _EPSILON]
    tail, head = np.array(arcs, dtype=np.int64).reshape(-1, 2).T
    nodes = solution.graph.nodes
    part = connected_components(coo_array((np.ones(len(arcs)), (tail, head)), shape=(nodes, nodes)), directed=False)[1]
    wrong = {part[way[0]] for client, hub, _, way in ways if not solution.within_reach[client, hub]}
    kept = [way for way in ways if part[way[3][0]] not in wrong]
    for number in sorted(wrong):
        mine = [arc for arc in arcs if part[arc[0]] == number]
        clients = np.flatnonzero((part[solution.client_node] == number) & (given > 0.0))
        hubs = np.flatnonzero(part[solution.hub_node] == number)
        kept += _share_out(solution, {arc: net[arc] for arc in mine}, clients, hubs, taken, given)
    return kept


def _share_out(
    solution: SolutionState,
    net: dict[tuple[int, int], float],
    clients: IntArray,
    hubs: IntArray,
    taken: FloatArray,
    given: FloatArray,
) -> list[Way]:
    """Share a netted flow out so that as much as possible gets to hubs within reach of its source.

    Clients with the same reach form one group; a linear programme splits the flow of each arc over the groups.
    """
    from scipy.optimize import linprog  # here, as it takes a tenth of a second to load

    kinds, group = np.unique(solution.within_reach[clients], axis=0, return_inverse=True)
    group = group.reshape(-1)
    arcs = list(net)
    limit = np.array([net[arc] for arc in arcs])
    count, nodes = len(clients), solution.graph.nodes
    per_group = len(arcs) + len(hubs)
    balance, balance_at = [np.arange(count)], [group * nodes + solution.client_node[clients]]
    sign = [np.full(count, -1.0)]
    tail, head = np.array(arcs, dtype=np.int64).reshape(-1, 2).T
    for kind in range(len(kinds)):
        first = count + kind * per_group
        along, into = first + np.arange(len(arcs)), first + len(arcs) + np.arange(len(hubs))
        balance += [along, along, into]
        balance_at += [kind * nodes + tail, kind * nodes + head, kind * nodes + solution.hub_node[hubs]]
        sign += [np.ones(len(arcs)), -np.ones(len(arcs)), np.ones(len(hubs))]
    columns = count + len(kinds) * per_group
    rows, row = np.unique(np.concatenate(balance_at), return_inverse=True)
    even = coo_array((np.concatenate(sign), (row.reshape(-1), np.concatenate(balance))), shape=(len(rows), columns))
    shared = np.arange(count, columns)
    most = coo_array((np.ones(len(shared)), ((shared - count) % per_group, shared)), shape=(per_group, columns))
    room = taken[hubs]
    allowed = np.concatenate(
        [given[clients], *(np.concatenate([limit, np.where(near[hubs], room, 0.0)]) for near in kinds)]
    )
    answer = linprog(
        -(np.arange(columns) < count).astype(float), A_ub=most, b_ub=np.concatenate([limit, room]),
        A_eq=even, b_eq=np.zeros(len(rows)), bounds=np.column_stack([np.zeros(columns), allowed]),
    ).x  # fmt: skip
    ways, sent, arriving = [], np.zeros(len(given)), np.zeros(len(taken))
    sent[clients] = answer[:count]
    for kind in range(len(kinds)):
        first = count + kind * per_group
        mine = dict(zip(arcs, answer[first : first + len(arcs)].tolist(), strict=True))
        arriving[hubs] = answer[first + len(arcs) : first + per_group]
        ways += _follow(solution, mine, arriving.copy(), sent, clients[group == kind])
    return ways


def _unwind_cycles(net: dict[tuple[int, int], float]) -> None:
    """Remove circular flow from the arcs, which only saves pipe: one walk along the arcs finds all cycles."""
    out: dict[int, list[int]] = {}
    for (u, v), flow in sorted(net.items()):
        if flow > _EPSILON:
            out.setdefault(u, []).append(v)
    done: set[int] = set()
    for root in sorted(out):
        path, place = [root], {root: 0}
        while path and root not in done:
            node = path[-1]
            ways = out.get(node, [])
            while ways and (net[node, ways[-1]] <= _EPSILON or ways[-1] in done):
                ways.pop()
            if not ways:
                done.add(node)
                del place[path.pop()]
            elif ways[-1] not in place:
                place[ways[-1]] = len(path)
                path.append(ways[-1])
            else:
                first = place[ways[-1]]
                circle = list(pairwise([*path[first:], ways[-1]]))
                least = min(net[arc] for arc in circle)
                for arc in circle:
                    net[arc] -= least
                # continue from where the first arc is now empty
                keep = first + 1 + next(i for i, arc in enumerate(circle) if net[arc] <= _EPSILON)
                for left in path[keep:]:
                    del place[left]
                del path[keep:]


def _follow(
    solution: SolutionState, net: dict[tuple[int, int], float], taken: FloatArray, given: FloatArray, clients: IntArray
) -> list[Way]:
    """Follow a flow from ``clients`` downstream to the hubs and use it up; split it where it splits."""
    out: dict[int, list[int]] = {}
    for (u, v), flow in sorted(net.items()):
        if flow > _EPSILON:
            out.setdefault(u, []).append(v)
    hubs_at: dict[int, list[int]] = {}
    for hub, node in enumerate(solution.hub_node.tolist()):
        hubs_at.setdefault(node, []).append(hub)
    ways: list[Way] = []
    for client in clients[np.argsort(-solution.amount[clients], kind="stable")].tolist():
        start = int(solution.client_node[client])
        queue: deque[tuple[int, float, tuple[int, ...]]] = deque([(start, float(given[client]), (start,))])
        while queue:
            node, amount, nodes = queue.popleft()
            for hub in hubs_at.get(node, []):
                part = min(amount, float(taken[hub]))
                if part > _EPSILON:
                    ways.append((client, hub, part, nodes))
                    taken[hub] -= part
                    amount -= part
            for other in out.get(node, []):
                part = min(amount, net[node, other])
                if part > _EPSILON:
                    net[node, other] -= part
                    amount -= part
                    queue.append((other, part, (*nodes, other)))
    return ways


_SEGMENTS = {
    "edge": int, "node_from": int, "node_to": int, "flow": float, "dn_mm": float, "pipes": int,
    "length_m": float, "capex_eur": float, "annual_eur": float, "ground_factor": float,
}  # fmt: skip


def no_segments() -> pd.DataFrame:
    """Return the table of segments of a network without any."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _SEGMENTS.items()})


def no_joins() -> pd.DataFrame:
    """Return the table of joins of a network without any."""
    kinds = {"place_id": object, "hub_id": object, "amount": float, "edges": object}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def list_segments(
    graph: EdgeArrays,
    joins: pd.DataFrame,
    price: PipePrice,
    factor: FloatArray,
    node_of: Mapping[str, int],
    terms: Terms | None = None,
) -> pd.DataFrame:
    """Return the chosen segments with flow, direction, pipe and cost, by edge number.

    An existing pipe costs no more than its reuse; a forced segment is listed even without flow.
    """
    flow: dict[int, float] = {}
    start: dict[int, int] = {}
    ends = (graph.node_a + graph.node_b).tolist()
    for row in records(joins):
        node = node_of[row.place_id]
        for edge in row.edges:
            flow[edge] = flow.get(edge, 0.0) + row.amount
            start[edge] = node
            node = ends[edge] - node
    if terms is not None:
        idle = [e for e in np.flatnonzero(terms.laid).tolist() if e not in flow]
        flow.update(dict.fromkeys(idle, 0.0))
        start.update((e, int(graph.node_a[e])) for e in idle)
    if not flow:
        return no_segments()
    edges = np.array(sorted(flow), dtype=np.int64)
    amount = np.array([flow[e] for e in edges])
    tail = np.array([start[e] for e in edges], dtype=np.int64)
    head = graph.node_a[edges] + graph.node_b[edges] - tail
    if price.carrier not in SINK_CARRIERS:
        tail, head = head, tail
    size, pipes = price.size_of(amount), price.pipes_of(amount)
    metre = graph.weighted_m[edges] * factor[edges]
    crossing_eur = graph.crossing_eur[edges] * price.crossing_factor[size]
    capex_eur = (price.capex_eur_per_m[size] * metre + crossing_eur) * pipes
    annual_eur = (price.annual_eur_per_m[size] * metre + crossing_eur * price.crossing_annuity) * pipes
    if terms is not None:
        reused = terms.reused(amount, edges)
        capex_eur = np.where(reused, 0.0, capex_eur)
        annual_eur = np.where(reused, np.minimum(annual_eur, terms.reuse_eur[edges]), annual_eur)
    values = (
        edges, tail, head, amount, price.dn_mm[size], pipes, graph.length_m[edges], capex_eur, annual_eur,
        factor[edges],
    )  # fmt: skip
    return pd.DataFrame(dict(zip(_SEGMENTS, values, strict=True)))


def list_left_out(
    solution: SolutionState, reach: pd.DataFrame, clients: pd.DataFrame, candidates: CandidateGraph
) -> pd.DataFrame:
    """Return the clients not joined, why, and the worth per unit at which they would be."""
    rows: list[tuple[str, float, str | Phrase, float]] = []
    for client, (place, left) in enumerate(zip(reach["place_id"], solution.left().tolist(), strict=True)):
        if left <= _EPSILON * max(1.0, float(solution.amount[client])):
            continue
        worth = solution.break_even(client)
        rows.append((place, left, _reason(solution, client, worth), worth))
    for row in records(clients):
        if row.place_id not in candidates.node_of:
            reason = candidates.unreachable.get(row.place_id, "not a place of the candidate graph")
            rows.append((row.place_id, float(row.amount), reason, float("nan")))
    frame = pd.DataFrame(rows, columns=["place_id", "amount", "reason", "break_even_worth"])
    return frame.astype({"amount": float, "break_even_worth": float}).sort_values("place_id", ignore_index=True)


def _reason(solution: SolutionState, client: int, worth: float) -> str:
    """Return why a client is not joined: no hub in reach, no room in any of them, or too little worth."""
    near = solution.within_reach[client]
    room = (solution.room[near] > _EPSILON).any()
    if not near.any() or (room and np.isnan(worth)):
        return "out of reach"
    return "does not pay" if room else "hubs are full"
