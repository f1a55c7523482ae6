"""What still arrives, and what that avoids, when only some corridors stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from infraplan.corridors import Corridors
from infraplan.model import CandidateGraph, FloatArray, IntArray, Network

FIGURES = ("avoided", "avoided_system", "avoided_direct", "biogenic_stored")
"""What a unit that arrives brings, as columns of the credit (``_kt_per_a``); the first decides who goes first."""


@dataclass(frozen=True)
class Arrivals:
    """One carrier's joins and pipes as arrays, to ask what still arrives when pipes are missing.

    brings : [kt per unit] one row per place, one column per entry of ``FIGURES``.
    """

    node_a: IntArray
    node_b: IntArray
    corridor: np.ndarray
    place_node: IntArray
    amount: FloatArray
    brings: FloatArray
    hub_node: IntArray
    capacity: FloatArray

    def bring(self, built: np.ndarray) -> FloatArray:
        """Return ``FIGURES`` [kt/a] when only the ``built`` pipes stand and hubs take the best first."""
        # in an early year there may be no hub yet
        nodes = int(np.concatenate([self.node_a, self.node_b, self.place_node, self.hub_node]).max()) + 1
        links = coo_matrix((np.ones(built.sum()), (self.node_a[built], self.node_b[built])), (nodes, nodes))
        _, island = connected_components(links, directed=False)
        room: dict[int, float] = {}
        for node, capacity in zip(self.hub_node, self.capacity, strict=True):
            room[island[node]] = room.get(island[node], 0.0) + capacity
        part = np.zeros(len(self.amount))
        for i in np.argsort(-self.brings[:, 0], kind="stable"):
            here = island[self.place_node[i]]
            part[i] = min(float(self.amount[i]), room.get(here, 0.0))
            if part[i] > 0.0:
                room[here] -= part[i]
        return np.asarray(part @ self.brings, dtype=float)

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
) -> dict[str, Arrivals]:
    """Lay the joins and pipes of every carrier that has pipes out as arrays.

    ``amounts`` [unit/a] by carrier and place replaces what the networks join, as in another year.
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
        found[carrier] = Arrivals(
            node_a=segments["node_from"].to_numpy(dtype=np.int64),
            node_b=segments["node_to"].to_numpy(dtype=np.int64),
            corridor=segments["corridor_id"].to_numpy(dtype=object),
            place_node=np.array([candidates.node_of[p] for p in joined.index], dtype=np.int64),
            amount=amount.to_numpy(dtype=float),
            brings=np.column_stack([column.to_numpy(dtype=float) for column in brings]),
            hub_node=np.array([candidates.node_of[p] for p in used["place_id"]], dtype=np.int64),
            capacity=used["capacity"].to_numpy(dtype=float),
        )
    return found
