"""Conversion of a carrier's problem to scaled numbers, and of the solver's answer to a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from infraplan.core import EUR_PER_MEUR, CandidateGraph, FloatArray, IntArray, Network, NetworkProblem, records
from infraplan.networks.design.designer import hub_balance
from infraplan.networks.design.formulation import BoolArray, FixedChargeFlow, FixedChargeProblem
from infraplan.networks.design.kernel_state import UNITS_PER_AMOUNT
from infraplan.networks.design.minimum_cut import lay_out_arcs, minimum_cut
from infraplan.networks.design.path_flows import PathFlow
from infraplan.networks.design.report import list_left_out, list_segments
from infraplan.networks.design.solution_state import SolutionState
from infraplan.networks.design.terms import Terms

# the solver works with shares of the total amount, times this
_SCALE = 100.0
_EPSILON = 1.0e-7


@dataclass(kw_only=True)
class Conversion:
    """One problem, whose clients ``reach`` and hubs ``taps`` are on the candidate graph.

    Amounts are scaled to a total of 100, costs are in MEUR/a.
    """

    candidates: CandidateGraph = field(kw_only=False)
    problem: NetworkProblem = field(kw_only=False)
    solution: SolutionState
    reach: pd.DataFrame
    taps: pd.DataFrame
    terms: Terms | None
    fixed_charge: FixedChargeProblem = field(init=False)
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        solution = self.solution
        self.scale = _SCALE / float(solution.amount.sum())
        must = ~np.isfinite(solution.worth)
        unit_meur = UNITS_PER_AMOUNT / EUR_PER_MEUR / self.scale
        edge, capacity, cost_eur = (np.concatenate(part) for part in zip(*self._options(), strict=True))
        count, hubs = len(solution.amount), len(solution.capacity)
        hub_fixed_eur = np.zeros(hubs) if solution.hub_fixed_eur is None else solution.hub_fixed_eur
        laid = np.zeros(len(solution.flow), dtype=bool) if self.terms is None else self.terms.laid
        self.fixed_charge = FixedChargeProblem(
            nodes=solution.graph.nodes,
            tail=solution.graph.node_a,
            head=solution.graph.node_b,
            option_edge=edge,
            option_capacity=capacity * self.scale,
            option_fixed=cost_eur / EUR_PER_MEUR,
            option_variable=np.zeros(len(edge)),
            source_node=solution.client_node,
            source_amount=solution.amount * self.scale,
            source_fixed=np.zeros(count),
            source_variable=np.where(must, 0.0, -solution.worth) * unit_meur,
            sink_node=solution.hub_node,
            sink_capacity=np.minimum(solution.capacity, solution.amount.sum()) * self.scale,
            sink_fixed=hub_fixed_eur / EUR_PER_MEUR,
            sink_variable=solution.hub_cost * unit_meur,
            sink_module=np.full(hubs, np.inf),
            module_cost=np.zeros(hubs),
            reach=self._connected(),
            forced=laid,
            must=must,
            required=self._required(must) * self.scale * (1.0 - _EPSILON),
        )

    def _options(self) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
        """Yield edge, capacity and yearly cost [EUR/a] of the pipes worth laying, edge by edge."""
        solution, price = self.solution, self.solution.price
        most = min(float(solution.amount.sum()), float(solution.capacity.sum()))
        pipes = np.arange(2, int(price.pipes_of(most)) + 1)
        sizes = np.concatenate([price.capacity_per_a, pipes * price.capacity_per_a[-1]])
        # keep only the thinnest of the pipes that can carry everything
        sizes = sizes[: int(np.searchsorted(sizes, most)) + 1]
        yield np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)  # perhaps all are shut
        free = np.zeros(len(solution.flow)) if self.terms is None else self.terms.free
        for edge in np.flatnonzero(self._open()).tolist():
            capacity = np.union1d(sizes, free[edge]) if free[edge] > 0.0 else sizes
            cost = solution.edge_cost(capacity, np.full(len(capacity), edge))
            cheaper_above = np.minimum.accumulate(cost[::-1])[::-1]
            kept = cost < np.append(cheaper_above[1:], np.inf)
            yield np.full(int(kept.sum()), edge), capacity[kept], cost[kept]

    def _open(self) -> BoolArray:
        """Return the edges that may be used."""
        return np.ones(len(self.solution.flow), dtype=bool) if self.terms is None else ~self.terms.forbidden

    def _connected(self) -> BoolArray:
        """Return which hubs (columns) a client (row) may and can be joined to."""
        solution, open_ = self.solution, self._open()
        a, b = solution.graph.node_a[open_], solution.graph.node_b[open_]
        links = coo_array((np.ones(len(a)), (a, b)), shape=(solution.graph.nodes, solution.graph.nodes))
        part = connected_components(links, directed=False)[1]
        linked = part[solution.client_node][:, None] == part[solution.hub_node][None, :]
        return np.asarray(solution.within_reach & linked)

    def _required(self, must: BoolArray) -> float:
        """Return the largest amount that the clients that must join can join, given the hubs."""
        solution, who = self.solution, np.flatnonzero(must)
        client, hub = np.nonzero(self._connected()[who])
        hubs = len(solution.capacity)
        root, end = len(who) + hubs, len(who) + hubs + 1
        tail = np.concatenate([np.full(len(who), root), client, len(who) + np.arange(hubs)])
        head = np.concatenate([np.arange(len(who)), len(who) + hub, np.full(hubs, end)])
        amount = np.concatenate([solution.amount[who], np.full(len(client), np.inf), solution.capacity])
        capacity = np.column_stack([amount, np.zeros(len(amount))]).ravel()
        return minimum_cut(lay_out_arcs(tail, head, end + 1), capacity, root, end)[0]

    def read(self, start: Network | None) -> FixedChargeFlow | None:
        """Return a network as a flow; without a network, nobody joins. None if it does not fit the problem."""
        p, solution = self.fixed_charge, self.solution
        flow = FixedChargeFlow(
            np.zeros((len(p.group_reach), 2, len(p.tail))),
            np.zeros(len(p.source_node)),
            np.zeros((len(p.group_reach), len(p.sink_node))),
        )
        client_of = {place: i for i, place in enumerate(self.reach["place_id"])}
        hub_of = {hub: j for j, hub in enumerate(self.taps["hub_id"])}
        for row in records(start.joins) if start is not None else ():
            client, hub = client_of.get(row.place_id), hub_of.get(row.hub_id)
            if client is None or hub is None or not p.reach[client, hub]:
                return None
            group, amount, node = p.group[client], row.amount * self.scale, int(solution.client_node[client])
            for edge in row.edges:
                back = int(node != p.tail[edge])
                flow.arc[group, back, edge] += amount
                node = int(p.tail[edge] if back else p.head[edge])
            flow.given[client] += amount
            flow.taken[group, hub] += amount
        fits = (
            (flow.given <= p.source_amount * (1.0 + _EPSILON)).all()
            and (flow.taken.sum(axis=0) <= p.sink_capacity * (1.0 + _EPSILON)).all()
            and float(flow.given[p.must].sum()) >= p.required * (1.0 - _EPSILON)
        )
        return flow if fits else None

    def write(self, flow: FixedChargeFlow | None) -> Network:
        """Return a flow as a network."""
        solution, price, reach, taps = self.solution, self.problem.price, self.reach, self.taps
        path_flows = [] if flow is None else self._fit(list(self._take_apart(flow)))
        for client, path_flow in path_flows:
            solution.put(client, (path_flow,))
        rows = [(reach["place_id"][i], taps["hub_id"][p.hub], p.amount, tuple(p.edges.tolist())) for i, p in path_flows]
        joins = pd.DataFrame(rows, columns=["place_id", "hub_id", "amount", "edges"])
        joins = joins.astype({"place_id": object, "hub_id": object, "amount": float, "edges": object})
        joins = joins.sort_values(["place_id", "hub_id", "edges"], ignore_index=True)
        node_of, factor = self.candidates.node_of, solution.strip_factor
        segments = list_segments(solution.graph, joins, price, factor, node_of, self.terms)
        objective = float(segments["annual_eur"].sum()) + hub_balance(joins, reach, taps)
        left_out = list_left_out(solution, reach, self.problem.clients, self.candidates)
        return Network(price.carrier, price.unit, segments, joins, left_out, objective)

    def _take_apart(self, flow: FixedChargeFlow) -> Iterator[tuple[int, PathFlow]]:
        """Take a flow apart into paths from clients to hubs."""
        p = self.fixed_charge
        tiny = _EPSILON * _SCALE
        for group in range(len(p.group_reach)):
            net = flow.arc[group, 0] - flow.arc[group, 1]
            taken = flow.taken[group].copy()
            for client in np.flatnonzero(p.group == group).tolist():
                left = float(flow.given[client])
                while left > tiny:
                    path = self._path(int(p.source_node[client]), net, taken, tiny)
                    if path is None:
                        break
                    hub, edges, signs = path
                    part = min([left, float(taken[hub]), *(net[edges] * signs).tolist()])
                    net[edges] -= part * signs
                    taken[hub] -= part
                    left -= part
                    yield client, PathFlow(hub, min(part / self.scale, float(self.solution.amount[client])), edges)

    def _path(
        self, root: int, net: FloatArray, taken: FloatArray, tiny: float
    ) -> tuple[int, IntArray, FloatArray] | None:
        """Return the nearest hub downstream of a node that still takes, and the edges (and directions) to it."""
        p, graph = self.fixed_charge, self.solution.graph
        came: dict[int, tuple[int, int]] = {root: (-1, -1)}
        queue = deque([root])
        while queue:
            node = queue.popleft()
            here = np.flatnonzero((p.sink_node == node) & (taken > tiny))
            if len(here):
                edges: list[int] = []
                at = node
                while came[at][0] >= 0:
                    edges.append(came[at][0])
                    at = came[at][1]
                path = np.array(edges[::-1], dtype=np.int64)
                return int(here[0]), path, np.sign(net[path])
            for place in range(graph.indptr[node], graph.indptr[node + 1]):
                edge, other = int(graph.arc_edge[place]), int(graph.indices[place])
                flow = net[edge] if p.tail[edge] == node else -net[edge]
                if flow > tiny and other not in came:
                    came[other] = (edge, node)
                    queue.append(other)
        return None

    def _fit(self, path_flows: list[tuple[int, PathFlow]]) -> list[tuple[int, PathFlow]]:
        """Shrink path flows that overfill a pipe or hub by a rounding error, and merge equal ones."""
        merged: dict[tuple[int, int, tuple[int, ...]], float] = {}
        for client, path_flow in path_flows:
            key = (client, path_flow.hub, tuple(path_flow.edges.tolist()))
            merged[key] = merged.get(key, 0.0) + path_flow.amount
        flow, taken = np.zeros(len(self.fixed_charge.tail)), np.zeros(len(self.solution.capacity))
        for (_, hub, path), amount in merged.items():
            flow[list(path)] += amount
            taken[hub] += amount
        share = np.ones(len(flow))
        sizes = np.unique(np.append(0.0, self.fixed_charge.option_capacity)) / self.scale
        below = sizes[np.maximum(np.searchsorted(sizes, flow * (1.0 - 2.0 * _EPSILON)), 0).clip(max=len(sizes) - 1)]
        over = flow > below
        share[over] = below[over] / flow[over]
        hub_share = np.minimum(1.0, self.solution.capacity / np.maximum(taken, _EPSILON))
        return [
            (client, PathFlow(hub, amount * float(np.min(share[list(path)], initial=hub_share[hub])),
                           np.array(path, dtype=np.int64)))
            for (client, hub, path), amount in merged.items()
        ]  # fmt: skip
