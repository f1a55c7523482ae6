"""Ranking of corridors by CO2-reduction potential, in four figures.

gross     upper bound: all that the corridor's users could avoid with its carriers, whatever the scenario says.
assigned  each user's avoided CO2, shared equally by the corridors its flow needs: adds up to the plan's total.
marginal  last-in: what would be lost if all else were built but this corridor. The default ranking figure.
first_in  what the corridor would bring on its own, were it the only one built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from infraplan.corridors import Corridors
from infraplan.errors import DesignError, Problem
from infraplan.model import CandidateGraph, FloatArray, IntArray, Network
from infraplan.tables import records
from infraplan.units import EUR_PER_MEUR, T_PER_KT

_TOLERANCE = 1.0e-6


@dataclass(frozen=True)
class _Delivery:
    """One carrier's joins and pipes as arrays, to ask what still arrives when pipes are missing."""

    node_a: IntArray
    node_b: IntArray
    corridor: np.ndarray
    place_node: IntArray
    amount: FloatArray
    avoided_kt_per_unit: FloatArray
    hub_node: IntArray
    capacity: FloatArray

    def avoided_kt(self, built: np.ndarray) -> float:
        """CO2 avoided [kt/a] when only the pipes of ``built`` corridors stand and hubs take the best first."""
        nodes = int(max(self.node_a.max(), self.node_b.max(), self.place_node.max(), self.hub_node.max())) + 1
        links = coo_matrix((np.ones(built.sum()), (self.node_a[built], self.node_b[built])), (nodes, nodes))
        _, island = connected_components(links, directed=False)
        room: dict[int, float] = {}
        for node, capacity in zip(self.hub_node, self.capacity, strict=True):
            room[island[node]] = room.get(island[node], 0.0) + capacity
        total = 0.0
        for i in np.argsort(-self.avoided_kt_per_unit, kind="stable"):
            here = island[self.place_node[i]]
            part = min(float(self.amount[i]), room.get(here, 0.0))
            if part > 0.0:
                room[here] -= part
                total += part * float(self.avoided_kt_per_unit[i])
        return total


def rank(
    corridors: Corridors,
    networks: Mapping[str, Network],
    *,
    candidates: CandidateGraph,
    credit: pd.DataFrame,
    hubs: pd.DataFrame,
) -> pd.DataFrame:
    """Rank the corridors.

    Parameters
    ----------
    credit : per ``place_id`` and ``carrier``: ``amount``, ``avoided_kt_per_a`` for that amount,
        ``gross_kt_per_a`` and the place's ``baseline_kt_per_a``.
    hubs : per ``carrier`` and ``hub_id``: ``place_id``, ``capacity``.

    Returns
    -------
    DataFrame
        One row per corridor, best first: rank, corridor_id, users, co2_avoided_kt_per_a (marginal),
        co2_avoided_gross_kt_per_a, co2_avoided_assigned_kt_per_a, co2_avoided_first_in_kt_per_a,
        capex_meur, cost_meur_per_a, cost_eur_per_t (yearly cost per marginal tonne).

    Raises
    ------
    DesignError
        If a place would be credited with more than it emits.
    """
    table = pd.DataFrame({"corridor_id": corridors.strips["corridor_id"]}).set_index("corridor_id")
    worth = credit.drop_duplicates(["place_id", "carrier"]).set_index(["place_id", "carrier"])
    deliveries = {
        carrier: _deliver(network, candidates, corridors, worth, hubs[hubs["carrier"] == carrier])
        for carrier, network in networks.items()
        if len(network.segments)
    }
    table["co2_avoided_kt_per_a"] = 0.0
    table["co2_avoided_first_in_kt_per_a"] = 0.0
    for delivery in deliveries.values():
        everything = delivery.avoided_kt(np.ones(len(delivery.corridor), dtype=bool))
        nothing = delivery.avoided_kt(np.zeros(len(delivery.corridor), dtype=bool))
        for corridor_id in np.unique(delivery.corridor):
            mine = delivery.corridor == corridor_id
            table.loc[corridor_id, "co2_avoided_kt_per_a"] += everything - delivery.avoided_kt(~mine)
            table.loc[corridor_id, "co2_avoided_first_in_kt_per_a"] += delivery.avoided_kt(mine) - nothing
    avoided = _avoided(corridors, networks, worth)
    _guard(avoided, credit)
    table["co2_avoided_assigned_kt_per_a"] = avoided.groupby("corridor_id")["avoided_kt_per_a"].sum()
    table["co2_avoided_gross_kt_per_a"] = _gross(corridors, worth)
    table["users"] = corridors.users.groupby("corridor_id")["place_id"].nunique()
    cost = corridors.segments.groupby("corridor_id")[["capex_eur", "annual_eur"]].sum()
    table["capex_meur"] = cost["capex_eur"] / EUR_PER_MEUR
    table["cost_meur_per_a"] = cost["annual_eur"] / EUR_PER_MEUR
    tonnes = table["co2_avoided_kt_per_a"] * T_PER_KT
    table["cost_eur_per_t"] = (cost["annual_eur"] / tonnes.where(tonnes > _TOLERANCE)).astype(float)
    table = table.fillna({"co2_avoided_assigned_kt_per_a": 0.0, "co2_avoided_gross_kt_per_a": 0.0})
    order = ["co2_avoided_kt_per_a", "co2_avoided_assigned_kt_per_a", "corridor_id"]
    table = table.reset_index().sort_values(order, ascending=[False, False, True], ignore_index=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _deliver(
    network: Network,
    candidates: CandidateGraph,
    corridors: Corridors,
    worth: pd.DataFrame,
    hubs: pd.DataFrame,
) -> _Delivery:
    segments = corridors.segments[corridors.segments["carrier"] == network.carrier]
    joins = network.joins.groupby("place_id", as_index=False)["amount"].sum()
    keys = pd.MultiIndex.from_arrays([joins["place_id"], [network.carrier] * len(joins)])
    rows = worth.reindex(keys)
    used = hubs[hubs["hub_id"].isin(network.joins["hub_id"])]
    return _Delivery(
        node_a=segments["node_from"].to_numpy(dtype=np.int64),
        node_b=segments["node_to"].to_numpy(dtype=np.int64),
        corridor=segments["corridor_id"].to_numpy(dtype=object),
        place_node=np.array([candidates.node_of[p] for p in joins["place_id"]], dtype=np.int64),
        amount=joins["amount"].to_numpy(dtype=float),
        avoided_kt_per_unit=(rows["avoided_kt_per_a"] / rows["amount"]).fillna(0.0).to_numpy(dtype=float),
        hub_node=np.array([candidates.node_of[p] for p in used["place_id"]], dtype=np.int64),
        capacity=used["capacity"].to_numpy(dtype=float),
    )


def _avoided(corridors: Corridors, networks: Mapping[str, Network], worth: pd.DataFrame) -> pd.DataFrame:
    """Share what each flow avoids equally among the corridors on its way (its Shapley value).

    Returns place_id, corridor_id ("" for a flow that needs no pipe) and avoided_kt_per_a.
    """
    corridor_of = dict(zip(corridors.segments["edge"], corridors.segments["corridor_id"], strict=True))
    rows = []
    for carrier, network in networks.items():
        for flow in records(network.joins):
            need = worth.loc[(flow.place_id, carrier)]
            avoided_kt = float(need["avoided_kt_per_a"] * flow.amount / need["amount"])
            needed = sorted({corridor_of[edge] for edge in flow.edges}) or [""]
            rows += [(flow.place_id, corridor_id, avoided_kt / len(needed)) for corridor_id in needed]
    columns = ["place_id", "corridor_id", "avoided_kt_per_a"]
    return pd.DataFrame(rows, columns=columns).astype({"avoided_kt_per_a": float})


def _gross(corridors: Corridors, worth: pd.DataFrame) -> pd.Series[float]:
    """Sum over a corridor's users the most that any of its carriers could avoid there."""
    users = corridors.users.drop_duplicates(["corridor_id", "carrier", "place_id"]).join(
        worth[["gross_kt_per_a"]], on=["place_id", "carrier"]
    )
    best = users.groupby(["corridor_id", "place_id"])["gross_kt_per_a"].max()
    return best.groupby("corridor_id").sum()


def _guard(avoided: pd.DataFrame, credit: pd.DataFrame) -> None:
    """Refuse a ranking that credits a place with more CO2 than it emits."""
    baseline = credit.groupby("place_id")["baseline_kt_per_a"].first()
    claimed = avoided.groupby("place_id")["avoided_kt_per_a"].sum()
    limit = baseline.reindex(claimed.index)
    over = claimed[claimed > limit * (1.0 + _TOLERANCE) + _TOLERANCE]
    if len(over):
        raise DesignError(
            Problem(
                f"{place} would avoid {claim:.3f} kt/a of the {most:.3f} kt/a it emits",
                "Lower the shares or factors of its pathways",
                value=f"{claim:g}",
            )
            for place, claim, most in zip(over.index, over, limit[over.index], strict=True)
        )
