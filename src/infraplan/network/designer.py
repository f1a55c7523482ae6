"""One carrier's design in the making: improved as the ground changes under it, closed as a ``Network``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.errors import DesignError, Problem
from infraplan.model import CandidateGraph, FloatArray, IntArray, Network, Question
from infraplan.network import search
from infraplan.network.ledger import UNITS_PER_AMOUNT, Ledger, Piece
from infraplan.network.report import balance, list_left_out, list_segments, no_segments
from infraplan.tables import records
from infraplan.units import M_PER_KM

_TOLERANCE = 1.0e-6


class Designer:
    """Holds the books of one carrier's network between rounds of design.

    Raises
    ------
    DesignError
        If an amount, worth, capacity or cost of the question makes no sense.
    """

    def __init__(self, candidates: CandidateGraph, question: Question, *, start: Network | None = None) -> None:
        _refuse_nonsense(question.clients, question.hubs)
        self._candidates, self.question = candidates, question
        known = candidates.node_of.keys()
        clients, hubs = question.clients, question.hubs
        self._reach = clients[clients["place_id"].isin(known) & (clients["amount"] > 0.0)].reset_index(drop=True)
        self._taps = hubs[hubs["place_id"].isin(known) & (hubs["capacity"] > 0.0)].reset_index(drop=True)
        self._ledger: Ledger | None = None
        self._improved_on: FloatArray | None = None
        self._fresh = start is None
        if len(self._reach) and len(self._taps) and len(candidates.edges.length_m):
            self._ledger = self._open()
            if start is not None:
                _resume(self._ledger, start, self._reach, self._taps)

    def _open(self) -> Ledger:
        node_of, reach, taps = self._candidates.node_of, self._reach, self._taps
        return Ledger(
            self._candidates.edges,
            self.question.price,
            np.ones(len(self._candidates.edges.length_m)),
            client_node=np.array([node_of[p] for p in reach["place_id"]], dtype=np.int64),
            amount=reach["amount"].to_numpy(dtype=float),
            worth=reach["worth"].to_numpy(dtype=float),
            hub_node=np.array([node_of[p] for p in taps["place_id"]], dtype=np.int64),
            hub_cost=taps["unit_cost"].to_numpy(dtype=float),
            capacity=taps["capacity"].to_numpy(dtype=float),
            within_reach=_within_reach(self._candidates, reach, taps, self.question.max_distance_km),
        )

    @property
    def flow(self) -> FloatArray:
        """Flow on each edge of the candidate graph [kt/a or GWh/a]."""
        return np.zeros(len(self._candidates.edges.length_m)) if self._ledger is None else self._ledger.flow

    @property
    def used(self) -> IntArray:
        """Numbers of the edges in use."""
        return np.flatnonzero(self.flow > 0.0)

    def improve(self, ground_factor: FloatArray, *, should_stop: Callable[[], bool] | None = None) -> None:
        """Search on ground whose edges cost ``ground_factor`` times theirs; nothing to do if that is as before."""
        same = self._improved_on is not None and np.array_equal(self._improved_on, ground_factor)
        if self._ledger is None or same:
            return
        self._ledger.move_to(ground_factor)
        if self._fresh:
            search.explore(self._ledger, should_stop=should_stop)
            self._fresh = False
        else:
            search.settle(self._ledger, should_stop=should_stop)
        self._improved_on = ground_factor

    def fill(self, ground_factor: FloatArray) -> None:
        """Join whoever is left out and pays on this ground."""
        if self._ledger is not None:
            self._ledger.move_to(ground_factor)
            search.fill(self._ledger)

    def snapshot(self) -> list[tuple[Piece, ...]]:
        """Return who is joined how, to come back to with ``restore``."""
        return [] if self._ledger is None else list(self._ledger.pieces)

    def restore(self, pieces: list[tuple[Piece, ...]]) -> None:
        """Go back to a snapshot."""
        if self._ledger is not None:
            self._ledger.restore(pieces)

    def close(self, ground_factor: FloatArray) -> Network:
        """Return the network as it stands, priced on ``ground_factor``."""
        question = self.question
        carrier, unit, clients = question.price.carrier, question.price.unit, question.clients
        if self._ledger is None:
            reason = "out of reach" if len(self._taps) else "no hub for this carrier"
            reasons = [self._candidates.unreachable.get(place, reason) for place in clients["place_id"]]
            left_out = clients[["place_id", "amount"]].assign(reason=reasons, break_even_worth=np.nan)
            joins = pd.DataFrame({"place_id": [], "hub_id": [], "amount": [], "edges": []})
            kinds = {"place_id": object, "hub_id": object, "amount": float, "edges": object}
            empty = joins.astype(kinds)
            return Network(carrier, unit, no_segments(), empty, left_out.reset_index(drop=True), 0.0)
        self._ledger.move_to(ground_factor)
        joins = balance(self._ledger, self._candidates, self._reach, self._taps)
        edges, node_of = self._candidates.edges, self._candidates.node_of
        segments = list_segments(edges, joins, question.price, ground_factor, node_of)
        left_out = list_left_out(self._ledger, self._reach, clients, self._candidates)
        objective = float(segments["annual_eur"].sum()) + _hub_balance(joins, self._reach, self._taps)
        return Network(carrier, unit, segments, joins, left_out, objective)


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
