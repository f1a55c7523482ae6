"""Designer: the design of one carrier, improved as its ground prices change, then closed as a ``Network``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.core import (
    M_PER_KM,
    CandidateGraph,
    DesignError,
    FloatArray,
    IntArray,
    Network,
    NetworkProblem,
    Problem,
    records,
)
from infraplan.networks.design import search, terms
from infraplan.networks.design.kernel_state import UNITS_PER_AMOUNT, PathFlows
from infraplan.networks.design.path_flows import PathFlow
from infraplan.networks.design.report import balance, list_left_out, list_segments, no_joins
from infraplan.networks.design.solution_state import SolutionState
from infraplan.networks.design.terms import Terms

_TOLERANCE = 1.0e-6


class Designer:
    """Keeps the state of one carrier's network between rounds of design.

    Raises
    ------
    DesignError
        If an amount, worth, capacity or cost of the problem makes no sense, an edge does not exist, or an edge is both
        forced and forbidden.
    """

    def __init__(self, candidates: CandidateGraph, problem: NetworkProblem, *, start: Network | None = None) -> None:
        _refuse_nonsense(problem.clients, problem.hubs)
        self._candidates, self.problem = candidates, problem
        self.terms: Terms | None = terms.read(problem, len(candidates.edges.length_m))
        known = candidates.node_of.keys()
        clients, hubs = problem.clients, problem.hubs
        self.reach = clients[clients["place_id"].isin(known) & (clients["amount"] > 0.0)].reset_index(drop=True)
        self.taps = hubs[hubs["place_id"].isin(known) & (hubs["capacity"] > 0.0)].reset_index(drop=True)
        self.solution: SolutionState | None = None
        self._improved_on: FloatArray | None = None
        self._fresh = start is None
        # the netted joins of the last two states
        self._balanced: list[tuple[PathFlows, pd.DataFrame]] = []
        if len(self.reach) and len(self.taps) and len(candidates.edges.length_m):
            self.solution = self._open()
            if start is not None:
                self.resume(start)

    def _open(self) -> SolutionState:
        node_of, reach, taps = self._candidates.node_of, self.reach, self.taps
        return SolutionState(
            self._candidates.edges,
            self.problem.price,
            np.ones(len(self._candidates.edges.length_m)),
            client_node=np.array([node_of[p] for p in reach["place_id"]], dtype=np.int64),
            amount=reach["amount"].to_numpy(dtype=float),
            worth=reach["worth"].to_numpy(dtype=float),
            hub_node=np.array([node_of[p] for p in taps["place_id"]], dtype=np.int64),
            hub_cost=taps["unit_cost"].to_numpy(dtype=float),
            capacity=taps["capacity"].to_numpy(dtype=float),
            within_reach=_within_reach(self._candidates, reach, taps, self.problem.max_distance_km),
            hub_fixed_eur=taps["fixed_cost"].to_numpy(dtype=float) if "fixed_cost" in taps else None,
            terms=self.terms,
        )

    @property
    def flow(self) -> FloatArray:
        """Return the flow on each edge of the candidate graph [kt/a or GWh/a]."""
        return np.zeros(len(self._candidates.edges.length_m)) if self.solution is None else self.solution.flow

    @property
    def used(self) -> IntArray:
        """Return the edges in use, or where a pipe must be laid."""
        used = self.flow > 0.0
        return np.flatnonzero(used if self.terms is None else used | self.terms.laid)

    def improve(
        self,
        strip_factor: FloatArray,
        *,
        should_stop: Callable[[], bool] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> bool:
        """Search on ground whose edges cost ``strip_factor`` [-] times their price; do nothing if that did not change.

        ``progress`` is called with a lower bound of the share done, 0..1. Returns whether it searched.
        """
        same = self._improved_on is not None and np.array_equal(self._improved_on, strip_factor)
        if self.solution is None or same:
            return False
        self.solution.reprice(strip_factor)
        if self._fresh:
            search.explore(self.solution, should_stop=should_stop, progress=progress)
            self._fresh = False
        else:
            search.settle(self.solution, should_stop=should_stop, progress=progress)
        self._improved_on = strip_factor
        return True

    def fill(self, strip_factor: FloatArray) -> bool:
        """Join clients left out that pay on this ground; return whether any joined."""
        if self.solution is None:
            return False
        before = self.solution.all_joined()
        self.solution.reprice(strip_factor)
        search.fill(self.solution)
        return not np.array_equal(before, self.solution.all_joined())

    def snapshot(self) -> list[tuple[PathFlow, ...]]:
        """Return the joins, for ``restore``."""
        return [] if self.solution is None else list(self.solution.path_flows)

    def restore(self, path_flows: list[tuple[PathFlow, ...]]) -> None:
        """Go back to a snapshot."""
        if self.solution is not None:
            self.solution.restore(path_flows)

    def resume(self, start: Network) -> None:
        """Restore the joins of another network that fit the problem; all other clients are left out."""
        solution = self.solution
        if solution is None:
            return
        solution.clear()
        client_of = {place: i for i, place in enumerate(self.reach["place_id"])}
        hub_of = {hub: i for i, hub in enumerate(self.taps["hub_id"])}
        for row in records(start.joins):
            client, hub = client_of.get(row.place_id), hub_of.get(row.hub_id)
            edges = np.array(row.edges, dtype=np.int64)
            shut = self.terms is not None and bool(self.terms.forbidden[edges].any())
            if client is None or hub is None or shut or not solution.within_reach[client, hub]:
                continue
            left = float(solution.amount[client]) - solution.joined(client)
            amount = min(row.amount, left, float(solution.room[hub]))
            if amount > _TOLERANCE:
                solution.put(client, (PathFlow(hub, amount, edges),))

    def close(self, strip_factor: FloatArray) -> Network:
        """Return the network as it stands, priced on ``strip_factor``."""
        problem = self.problem
        clients = problem.clients
        joins, segments, objective = self._bill(strip_factor)
        if self.solution is None:
            reason = "out of reach" if len(self.taps) else "no hub for this carrier"
            reasons: list[Any] = [self._candidates.unreachable.get(place, reason) for place in clients["place_id"]]
            left_out = clients[["place_id", "amount"]].assign(reason=reasons, break_even_worth=np.nan)
            left_out = left_out.reset_index(drop=True)
        else:
            left_out = list_left_out(self.solution, self.reach, clients, self._candidates)
        return Network(problem.price.carrier, problem.price.unit, segments, joins, left_out, objective)

    def cost(self, strip_factor: FloatArray) -> float:
        """Return the objective [EUR/a] of the network as it stands, priced on ``strip_factor``."""
        return self._bill(strip_factor)[2]

    def _bill(self, strip_factor: FloatArray) -> tuple[pd.DataFrame, pd.DataFrame, float]:
        """Return joins, segments and objective [EUR/a] of the network as it stands."""
        price, edges, node_of = self.problem.price, self._candidates.edges, self._candidates.node_of
        if self.solution is None:
            segments = list_segments(edges, no_joins(), price, strip_factor, node_of, self.terms)
            return no_joins(), segments, float(segments["annual_eur"].sum())
        self.solution.reprice(strip_factor)
        joins = self._balance(self.solution)
        segments = list_segments(edges, joins, price, strip_factor, node_of, self.terms)
        objective = float(segments["annual_eur"].sum()) + hub_balance(joins, self.reach, self.taps)
        return joins, segments, objective

    def _balance(self, solution: SolutionState) -> pd.DataFrame:
        """Return the netted joins. Clients that lost some, because hubs within reach lie upstream, try to join again.

        If no client lost any, the netted joins do not depend on the ground and are kept for the same path flows.
        """
        kept = solution.keep()
        for known, joins in self._balanced:
            if _are_equal(known, kept):
                return joins
        before = solution.all_joined()
        joins = balance(solution, self.reach, self.taps)
        lost = before - solution.all_joined()
        if _are_equal(kept, solution.keep()):
            self._balanced = [*self._balanced[-1:], (kept, joins)]
        for client in np.argsort(-lost, kind="stable")[: int((lost > _TOLERANCE).sum())].tolist():
            whole = self.snapshot()
            solution.join_all(np.array([client]))
            before = solution.all_joined()
            again = balance(solution, self.reach, self.taps)
            if (before - solution.all_joined() > _TOLERANCE).any():
                solution.restore(whole)
            else:
                joins = again
        return joins


def _are_equal(one: PathFlows, two: PathFlows) -> bool:
    arrays: zip[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = zip(one, two, strict=True)
    return all(np.array_equal(mine, theirs) for mine, theirs in arrays)


def _refuse_nonsense(clients: pd.DataFrame, hubs: pd.DataFrame) -> None:
    problems = []
    for frame, key, columns in (
        (clients, "place_id", ("amount", "worth")),
        (hubs, "hub_id", ("capacity", "unit_cost", *({"fixed_cost"} & set(hubs.columns)))),
    ):
        for column in columns:
            values = frame[column].to_numpy(dtype=float)
            wrong = np.isnan(values) | ((values < 0.0) & (column != "worth"))
            problems += [
                Problem("network.not_an_amount", {"column": column, "name": name}, value=f"{v:g}")
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


def hub_balance(joins: pd.DataFrame, reach: pd.DataFrame, taps: pd.DataFrame) -> float:
    """Return the yearly cost of the hubs used minus the worth of joined clients [EUR/a]."""
    cost_of = dict(zip(taps["hub_id"], taps["unit_cost"].tolist(), strict=True))
    worth_of = dict(zip(reach["place_id"], reach["worth"].tolist(), strict=True))
    hubs, places = joins["hub_id"].tolist(), joins["place_id"].tolist()
    worth = np.array([worth_of[place] for place in places])
    cost = np.array([cost_of[hub] for hub in hubs]) - np.where(np.isfinite(worth), worth, 0.0)
    fixed_eur = float(taps.loc[taps["hub_id"].isin(hubs), "fixed_cost"].sum()) if "fixed_cost" in taps else 0.0
    return float((cost * joins["amount"].to_numpy(dtype=float)).sum()) * UNITS_PER_AMOUNT + fixed_eur
