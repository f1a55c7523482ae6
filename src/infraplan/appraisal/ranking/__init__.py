"""Ranking of corridors by CO2 avoided, in four figures.

gross     upper bound: the most CO2 that the corridor's users could avoid with its carriers, in any scenario.
assigned  CO2 avoided by each user, shared equally by the corridors its flow needs; sums to the plan's total.
marginal  last-in: CO2 no longer avoided if only this corridor were missing. The default ranking figure.
first_in  CO2 avoided if only this corridor were built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from infraplan.appraisal.ranking.arrivals import FIGURES, lay_out, read_year
from infraplan.appraisal.ranking.flows import assign, find_dependence, find_ties, list_flows, order_building
from infraplan.appraisal.ranking.growth import Milestone, accumulate
from infraplan.appraisal.ranking.trust import rate_confidence, rate_use
from infraplan.appraisal.ranking.weights import CRITERIA, check_weights, read_weights, score
from infraplan.core import EUR_PER_MEUR, T_PER_KT, CandidateGraph, DesignError, Network, PipePrice, Problem
from infraplan.networks import Corridors

__all__ = [
    "CRITERIA",
    "FIGURES",
    "Milestone",
    "accumulate",
    "assign",
    "check_weights",
    "lay_out",
    "list_flows",
    "order_building",
    "rank",
    "rate_confidence",
    "rate_use",
    "read_weights",
    "read_year",
    "score",
]

_TOLERANCE = 1.0e-6
# the figures of arrivals.FIGURES under their names in the ranking
_LAST_IN = (
    "co2_avoided_kt_per_a",
    "co2_avoided_system_kt_per_a",
    "co2_avoided_direct_kt_per_a",
    "co2_biogenic_kt_per_a",
)
_ASSIGNED = {
    "co2_avoided_assigned_kt_per_a": "avoided_kt_per_a",
    "co2_avoided_assigned_system_kt_per_a": "avoided_system_kt_per_a",
    "co2_avoided_assigned_direct_kt_per_a": "avoided_direct_kt_per_a",
    "co2_biogenic_assigned_kt_per_a": "biogenic_stored_kt_per_a",
}
_FIRST_IN = "co2_avoided_first_in_kt_per_a"


def rank(
    corridors: Corridors,
    networks: Mapping[str, Network],
    *,
    candidates: CandidateGraph,
    credit: pd.DataFrame,
    hubs: pd.DataFrame,
    prices: Mapping[str, PipePrice] | None = None,
    flows: pd.DataFrame | None = None,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Rank the corridors.

    Parameters
    ----------
    credit
        Per ``place_id`` and ``carrier``: ``amount``, ``avoided_kt_per_a`` for that amount, ``gross_kt_per_a`` and the
        place's ``baseline_kt_per_a``.
    hubs
        Per ``carrier`` and ``hub_id``: ``place_id``, ``capacity``.
    prices
        Price list of each carrier, for the capacity of its pipes. Without it a pipe carries only its planned flow.
    flows
        Table of ``list_flows``, if known already.
    progress
        Called with the share of the work done, 0..1.

    Returns
    -------
    DataFrame
        One row per corridor, best first: rank, corridor_id, users, co2_avoided_kt_per_a (marginal),
        co2_avoided_gross_kt_per_a, co2_avoided_assigned_kt_per_a, co2_avoided_first_in_kt_per_a,
        co2_avoided_system_kt_per_a and co2_avoided_direct_kt_per_a (marginal, by either accounting view),
        co2_biogenic_kt_per_a (biogenic CO2 that would not be stored without it; not part of the others), the last
        three also as assigned figures if the credit has them, co2_avoided_kt_per_a_per_km, capex_meur,
        cost_meur_per_a, cost_eur_per_t (yearly cost per marginal tonne), depends_on (corridors that its flows need on
        the way to their hub), depends_mostly_on (those that more than half of its tonnes need), tied_with (corridors
        with the same marginal figure, such as those in series; ties are ordered by assigned figure, then name).

    Raises
    ------
    DesignError
        If a place would be credited with more than it emits.
    """
    table = pd.DataFrame({"corridor_id": corridors.strips["corridor_id"]}).set_index("corridor_id")
    row_of = {corridor_id: row for row, corridor_id in enumerate(table.index)}
    last_in, first_in = np.zeros((len(table), len(_LAST_IN))), np.zeros(len(table))
    report_progress = progress or (lambda share: None)
    everything = lay_out(corridors, networks, candidates=candidates, hubs=hubs, prices=prices)
    year = read_year(credit, hubs)
    for number, lines in enumerate(everything):
        arrivals = lines.send(year)
        for i, (corridor_id, lost) in enumerate(arrivals.last_in(), 1):
            last_in[row_of[corridor_id]] += lost
            report_progress((number + i / len(lines.corridors)) / len(everything))
        for corridor_id, alone in arrivals.first_in():
            first_in[row_of[corridor_id]] += alone[0]
    table[list(_LAST_IN)] = last_in
    table[_FIRST_IN] = first_in
    flows = list_flows(corridors, networks, credit=credit) if flows is None else flows
    _guard(flows, credit)
    shared = {name: assign(flows, figure) for name, figure in _ASSIGNED.items() if figure in flows}
    table = table.assign(**shared)
    table["co2_avoided_gross_kt_per_a"] = _gross(corridors, credit)
    table["users"] = corridors.users.groupby("corridor_id")["place_id"].nunique()
    cost = corridors.segments.groupby("corridor_id")[["capex_eur", "annual_eur"]].sum()
    table["capex_meur"] = cost["capex_eur"] / EUR_PER_MEUR
    table["cost_meur_per_a"] = cost["annual_eur"] / EUR_PER_MEUR
    tonnes = table["co2_avoided_kt_per_a"] * T_PER_KT
    table["cost_eur_per_t"] = (cost["annual_eur"] / tonnes.where(tonnes > _TOLERANCE)).astype(float)
    length_km = corridors.strips.set_index("corridor_id")["length_km"]
    table["co2_avoided_kt_per_a_per_km"] = table["co2_avoided_kt_per_a"] / length_km
    table = table.fillna(dict.fromkeys([*shared, "co2_avoided_gross_kt_per_a"], 0.0))
    needed = find_dependence(flows)
    table["depends_on"] = [",".join(sorted(needed.get(corridor_id, ()))) for corridor_id in table.index]
    trunk = find_dependence(flows, mostly=True)
    table["depends_mostly_on"] = [",".join(sorted(trunk.get(corridor_id, ()))) for corridor_id in table.index]
    table["tied_with"] = find_ties(table["co2_avoided_kt_per_a"])
    order = ["co2_avoided_kt_per_a", "co2_avoided_assigned_kt_per_a", "corridor_id"]
    table = table.reset_index().sort_values(order, ascending=[False, False, True], ignore_index=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _gross(corridors: Corridors, credit: pd.DataFrame) -> pd.Series[float]:
    """Return, per corridor, the sum over its users of the most CO2 that any of its carriers could avoid there."""
    worth = credit.drop_duplicates(["place_id", "carrier"]).set_index(["place_id", "carrier"])
    users = corridors.users.drop_duplicates(["corridor_id", "carrier", "place_id"]).join(
        worth[["gross_kt_per_a"]], on=["place_id", "carrier"]
    )
    best = users.groupby(["corridor_id", "place_id"])["gross_kt_per_a"].max()
    return best.groupby("corridor_id").sum()


def _guard(flows: pd.DataFrame, credit: pd.DataFrame) -> None:
    """Refuse a ranking that credits a place with more CO2 than it emits."""
    baseline = credit.groupby("place_id")["baseline_kt_per_a"].first()
    claimed = flows.groupby("place_id")["avoided_kt_per_a"].sum()
    limit = baseline.reindex(claimed.index)
    over = claimed[claimed > limit * (1.0 + _TOLERANCE) + _TOLERANCE]
    if len(over):
        raise DesignError(
            Problem("ranking.avoids_too_much", {"place": place, "claim": claim, "most": most}, value=f"{claim:g}")
            for place, claim, most in zip(over.index, over, limit[over.index], strict=True)
        )
