"""What still arrives, and what that avoids, when only some corridors stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from infraplan.corridors import Corridors
from infraplan.model import CandidateGraph, FloatArray, IntArray, Network, PipePrice

# what avoids nothing arrives too where there is room [kt per unit]
_SOME_USE = 1.0e-9
FIGURES = ("avoided", "avoided_system", "avoided_direct", "biogenic_stored")
"""What a unit that arrives brings, as columns of the credit (``_kt_per_a``); the first decides who goes first."""


@dataclass(frozen=True)
class Arrivals:
    """One carrier's joins and pipes as arrays, to ask what still arrives when pipes are missing.

    brings : [kt per unit] one row per place, one column per entry of ``FIGURES``. room : what each pipe can carry
    [unit/a]. ways : the pipes of every join, and ``way_place`` the place that it serves.
    """

    node_a: IntArray
    node_b: IntArray
    corridor: np.ndarray
    place_node: IntArray
    amount: FloatArray
    brings: FloatArray
    hub_node: IntArray
    capacity: FloatArray
    room: FloatArray
    ways: tuple[IntArray, ...]
    way_place: IntArray

    def bring(self, built: np.ndarray) -> FloatArray:
        """Return ``FIGURES`` [kt/a] when only the ``built`` pipes stand and hubs take the best first.

        Who has lost the way it was planned takes another one, as far as the pipes there have room.
        """
        # in an early year there may be no hub yet
        nodes = int(np.concatenate([self.node_a, self.node_b, self.place_node, self.hub_node]).max()) + 1
        links = coo_matrix((np.ones(built.sum()), (self.node_a[built], self.node_b[built])), (nodes, nodes))
        _, island = connected_components(links, directed=False)
        room: dict[int, float] = {}
        for node, capacity in zip(self.hub_node, self.capacity, strict=True):
            room[island[node]] = room.get(island[node], 0.0) + capacity
        reached = np.array([room.get(part, 0.0) > 0.0 for part in island[self.place_node]], dtype=bool)
        lost = {int(place) for place, way in zip(self.way_place, self.ways, strict=True) if not built[way].all()}
        if any(reached[place] for place in lost):
            return np.asarray(self._send_round(built, reached, nodes) @ self.brings, dtype=float)
        part = np.zeros(len(self.amount))
        for i in np.argsort(-self.brings[:, 0], kind="stable"):
            here = island[self.place_node[i]]
            part[i] = min(float(self.amount[i]), room.get(here, 0.0))
            if part[i] > 0.0:
                room[here] -= part[i]
        return np.asarray(part @ self.brings, dtype=float)

    def _send_round(self, built: np.ndarray, reached: np.ndarray, nodes: int) -> FloatArray:
        """Return how much of each place arrives at best in pipes that stand: a linear programme of flows."""
        pipes, places, hubs = np.flatnonzero(built), np.flatnonzero(reached), len(self.hub_node)
        column = np.arange(len(pipes) + len(places) + hubs)
        along, given, taken = np.split(column, [len(pipes), len(pipes) + len(places)])
        # every node passes on what comes in
        at = [self.node_a[pipes], self.node_b[pipes], self.place_node[places], self.hub_node]
        sign = [np.ones(len(pipes)), -np.ones(len(pipes)), -np.ones(len(places)), np.ones(hubs)]
        which = [along, along, given, taken]
        even = coo_matrix((np.concatenate(sign), (np.concatenate(at), np.concatenate(which))), (nodes, len(column)))
        used = np.unique(even.row)
        most = np.concatenate([self.room[pipes], self.amount[places], self.capacity])
        least = np.concatenate([-self.room[pipes], np.zeros(len(places) + hubs)])
        worth = np.zeros(len(column))
        worth[given] = np.maximum(self.brings[places, 0], _SOME_USE)
        answer = linprog(
            -worth, A_eq=even.tocsr()[used], b_eq=np.zeros(len(used)), bounds=np.column_stack([least, most])
        )
        part = np.zeros(len(self.amount))
        part[places] = np.clip(answer.x[given], 0.0, self.amount[places])
        return part

    def last_in(self) -> Iterator[tuple[str, FloatArray]]:
        """Yield per corridor what is lost without it."""
        everything = self.bring(np.ones(len(self.corridor), dtype=bool))
        for corridor_id in sorted(set(self.corridor)):
            yield corridor_id, everything - self.bring(self.corridor != corridor_id)

    def first_in(self) -> Iterator[tuple[str, FloatArray]]:
        """Yield per corridor what it brings were it the only one."""
        nothing = self.bring(np.zeros(len(self.corridor), dtype=bool))
        for corridor_id in sorted(set(self.corridor)):
            yield corridor_id, self.bring(self.corridor == corridor_id) - nothing


def gather(
    corridors: Corridors,
    networks: Mapping[str, Network],
    *,
    candidates: CandidateGraph,
    credit: pd.DataFrame,
    hubs: pd.DataFrame,
    amounts: pd.Series | None = None,
    prices: Mapping[str, PipePrice] | None = None,
) -> dict[str, Arrivals]:
    """Lay the joins and pipes of every carrier that has pipes out as arrays.

    ``amounts`` [unit/a] by carrier and place replaces what the networks join, as in another year. ``prices`` say what
    the pipes can carry; without them no pipe is given more than it was planned for.
    """
    worth = credit.drop_duplicates(["carrier", "place_id"]).set_index(["carrier", "place_id"])
    found = {}
    for carrier, network in networks.items():
        if not len(network.segments):
            continue
        segments = corridors.segments[corridors.segments["carrier"] == carrier]
        joined = network.joins.groupby("place_id")["amount"].sum()
        keys = pd.MultiIndex.from_product([[carrier], joined.index], names=["carrier", "place_id"])
        rows = worth.reindex(keys)
        used = hubs[(hubs["carrier"] == carrier) & hubs["hub_id"].isin(network.joins["hub_id"])]
        amount = joined if amounts is None else amounts.reindex(keys).fillna(0.0)
        brings = [
            (rows[f"{figure}_kt_per_a"] / rows["amount"]).fillna(0.0)
            if f"{figure}_kt_per_a" in rows
            else pd.Series(0.0, index=rows.index)
            for figure in FIGURES
        ]
        row_of = {edge: row for row, edge in enumerate(segments["edge"])}
        number = {place: i for i, place in enumerate(joined.index)}
        found[carrier] = Arrivals(
            node_a=segments["node_from"].to_numpy(dtype=np.int64),
            node_b=segments["node_to"].to_numpy(dtype=np.int64),
            corridor=segments["corridor_id"].to_numpy(dtype=object),
            place_node=np.array([candidates.node_of[p] for p in joined.index], dtype=np.int64),
            amount=amount.to_numpy(dtype=float),
            brings=np.column_stack([column.to_numpy(dtype=float) for column in brings]),
            hub_node=np.array([candidates.node_of[p] for p in used["place_id"]], dtype=np.int64),
            capacity=used["capacity"].to_numpy(dtype=float),
            room=room_of(segments, None if prices is None else prices[carrier]),
            ways=tuple(np.array([row_of[edge] for edge in edges], dtype=np.int64) for edges in network.joins["edges"]),
            way_place=np.array([number[place] for place in network.joins["place_id"]], dtype=np.int64),
        )
    return found


def room_of(segments: pd.DataFrame, price: PipePrice | None) -> FloatArray:
    """Return what the pipes of segments can carry [unit/a]: at least their flow, which may run in older pipes."""
    flow = segments["flow"].to_numpy(dtype=float)
    if price is None:
        return flow
    size = np.searchsorted(price.dn_mm, segments["dn_mm"].to_numpy(dtype=float) - 1e-9)
    return np.asarray(np.maximum(flow, price.capacity_per_a[size] * segments["pipes"].to_numpy(dtype=float)), float)
