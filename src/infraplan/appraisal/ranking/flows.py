"""Flows by the corridors on their way: who needs which, what depends on what, and which are tied."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from infraplan.appraisal.build_order import BuildOrder, CorridorFlow, order
from infraplan.appraisal.ranking.arrivals import FIGURES
from infraplan.core import EUR_PER_MEUR, Network, records
from infraplan.networks import Corridors

_TIE = 1e-6


def list_flows(corridors: Corridors, networks: Mapping[str, Network], *, credit: pd.DataFrame) -> pd.DataFrame:
    """Return one row per join of every network.

    Columns: carrier, place_id, hub_id, amount [unit/a], a column [kt/a] per entry of ``FIGURES`` in the credit, and way
    (the corridors in order from the place to its hub; a corridor is repeated if the way leaves and enters it again).
    """
    corridor_of = dict(zip(corridors.segments["edge"], corridors.segments["corridor_id"], strict=True))
    worth = credit.drop_duplicates(["carrier", "place_id"]).set_index(["carrier", "place_id"])
    figures = [name for name in (f"{figure}_kt_per_a" for figure in FIGURES) if name in worth]
    per_unit = worth[figures].div(worth["amount"], axis=0)
    rows = []
    for carrier, network in networks.items():
        for flow in records(network.joins):
            way: list[str] = []
            for edge in flow.edges:
                if not way or way[-1] != corridor_of[edge]:
                    way.append(corridor_of[edge])
            rows.append((carrier, flow.place_id, flow.hub_id, float(flow.amount), tuple(way)))
    flows = pd.DataFrame(rows, columns=["carrier", "place_id", "hub_id", "amount", "way"]).astype({"amount": float})
    units = per_unit.reindex(pd.MultiIndex.from_frame(flows[["carrier", "place_id"]]))
    return flows.assign(**{name: units[name].to_numpy(dtype=float) * flows["amount"] for name in figures})


def assign(flows: pd.DataFrame, figure: str) -> pd.Series[float]:
    """Share a figure of each flow equally among the corridors on its way (its Shapley value); sum per corridor."""
    rows = [
        (corridor_id, float(amount) / len(set(way)))
        for amount, way in zip(flows[figure], flows["way"], strict=True)
        for corridor_id in sorted(set(way))
    ]
    table = pd.DataFrame(rows, columns=["corridor_id", figure]).astype({"corridor_id": object, figure: float})
    return table.groupby("corridor_id")[figure].sum()


def find_dependence(flows: pd.DataFrame, *, mostly: bool = False) -> dict[str, set[str]]:
    """Return the corridors that the flows of each corridor need between it and their hub.

    With ``mostly`` only those that more than half of its tonnes need: its trunk.
    """
    through: dict[str, float] = {}
    needed: dict[str, dict[str, float]] = {}
    for way, avoided in zip(flows["way"], flows["avoided_kt_per_a"], strict=True):
        tonnes = abs(float(avoided))
        for corridor_id in set(way):
            through[corridor_id] = through.get(corridor_id, 0.0) + tonnes
            mine = needed.setdefault(corridor_id, {})
            for other in set(way[way.index(corridor_id) + 1 :]) - {corridor_id}:
                mine[other] = mine.get(other, 0.0) + tonnes
    return {
        name: {other for other, tonnes in mine.items() if not mostly or tonnes > through[name] / 2.0}
        for name, mine in needed.items()
    }


def find_ties(figure: pd.Series[float]) -> pd.Series[str]:
    """Return, per corridor, the others with the same figure, separated by commas."""
    ordered = figure.sort_values(kind="stable")
    limit = _TIE * np.maximum(1.0, ordered.abs().to_numpy(dtype=float))
    group = np.concatenate([[0], np.cumsum(np.diff(ordered.to_numpy(dtype=float)) > limit[1:])])
    members: dict[int, list[str]] = {}
    for corridor_id, number in zip(ordered.index, group, strict=False):
        members.setdefault(int(number), []).append(str(corridor_id))
    others = {
        corridor_id: ",".join(sorted(set(names) - {corridor_id})) for names in members.values() for corridor_id in names
    }
    return pd.Series([others[str(name)] for name in figure.index], index=figure.index, dtype=object)


def order_building(corridors: Corridors, flows: pd.DataFrame) -> BuildOrder:
    """Order the corridors so that CO2 comes down earliest for the money spent (see ``build_order``).

    A corridor is built after those that most of its tonnes need downstream.
    """
    capex_meur = corridors.segments.groupby("corridor_id")["capex_eur"].sum() / EUR_PER_MEUR
    carried = [
        CorridorFlow(frozenset(way), float(avoided))
        for way, avoided in zip(flows["way"], flows["avoided_kt_per_a"], strict=True)
        if way
    ]
    return order(
        {str(name): float(cost) for name, cost in capex_meur.items()},
        carried,
        depends_on=find_dependence(flows, mostly=True),
    )
