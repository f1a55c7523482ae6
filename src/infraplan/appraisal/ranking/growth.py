"""Growth: tonnes of each corridor from its first year to the last milestone, and the cost of a tonne over that time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraplan.appraisal.ranking.arrivals import lay_out, read_year
from infraplan.appraisal.ranking.flows import assign, list_flows
from infraplan.core import T_PER_KT, CandidateGraph, FloatArray, Network, PipePrice
from infraplan.engineering import costs
from infraplan.networks import Corridors

COLUMNS = (
    "first_year",
    "co2_avoided_cumulative_kt",
    "co2_avoided_assigned_cumulative_kt",
    "cost_levelised_eur_per_t",
)


@dataclass(frozen=True)
class Milestone:
    """Amounts of the places (``credit``) and capacity of the hubs in one year."""

    credit: pd.DataFrame
    hubs: pd.DataFrame


def accumulate(
    corridors: Corridors,
    networks: Mapping[str, Network],
    *,
    candidates: CandidateGraph,
    milestones: Mapping[int, Milestone],
    planned: int,
    rate: float,
    prices: Mapping[str, PipePrice] | None = None,
    flows: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Sum the CO2 that each corridor avoids from its first year to the last milestone.

    The pipes are those of the plan. At each milestone a place sends its need of that year, times the share of its need
    that the plan joins, and never more than the plan joins, since no thicker pipe is laid. Between milestones it is
    linear.

    Parameters
    ----------
    milestones
        Milestones by year, the plan's year among them; ``credit`` as for ``rank``.
    planned
        The plan's year.
    rate
        Real discount rate [1/a] of costs and tonnes.
    prices
        Price list of each carrier, for the capacity of its pipes.
    flows
        Table of ``list_flows`` for the plan's year, if known already.

    Returns
    -------
    DataFrame
        By corridor_id: first_year (first milestone with flow through it; the plan's year if it has none),
        co2_avoided_cumulative_kt (last-in) and co2_avoided_assigned_cumulative_kt [kt], cost_levelised_eur_per_t
        (discounted yearly costs over discounted last-in tonnes; NaN without tonnes).
    """
    years = sorted(milestones)
    if flows is None:
        flows = list_flows(corridors, networks, credit=milestones[planned].credit)
    everything = lay_out(corridors, networks, candidates=candidates, hubs=milestones[planned].hubs, prices=prices)
    names = sorted(corridors.strips["corridor_id"])
    marginal, assigned, running = (np.zeros((len(years), len(names))) for _ in range(3))
    for i, year in enumerate(years):
        now = _flows_in(flows, milestones[planned].credit, milestones[year])
        running[i] = assign(now, "amount").reindex(names).fillna(0.0)
        assigned[i] = assign(now, "avoided_kt_per_a").reindex(names).fillna(0.0)
        lost = dict.fromkeys(names, 0.0)
        wanted: dict[tuple[str, str], float] = {}
        for key, amount in zip(zip(now["carrier"], now["place_id"], strict=True), now["wanted"], strict=True):
            wanted[key] = wanted.get(key, 0.0) + amount
        then = read_year(milestones[year].credit, milestones[year].hubs)
        for lines in everything:
            arrivals = lines.send(then, wanted)
            for corridor_id, figures in arrivals.last_in():
                lost[corridor_id] += float(figures[0])
        marginal[i] = [lost[name] for name in names]
    annual_eur = corridors.segments.groupby("corridor_id")["annual_eur"].sum()
    rows = []
    for j, name in enumerate(names):
        flowing = [year for year, amount in zip(years, running[:, j], strict=True) if amount > 0.0]
        first = min(flowing, default=planned)
        ahead = np.arange(first, years[-1] + 1)
        last_in = np.interp(ahead, years, marginal[:, j])
        shared = np.interp(ahead, years, assigned[:, j])
        rows.append((first, _integral(last_in), _integral(shared), _levelise(float(annual_eur[name]), last_in, rate)))
    return pd.DataFrame(rows, index=pd.Index(names, name="corridor_id"), columns=list(COLUMNS))


def _flows_in(flows: pd.DataFrame, planned: pd.DataFrame, milestone: Milestone) -> pd.DataFrame:
    """Return the flows of another year: ``wanted`` by places, ``amount`` within hub capacity, and the CO2 avoided."""
    users = list(zip(flows["carrier"], flows["place_id"], strict=True))
    then = _look(planned, "place_id", "amount", users)
    need = np.nan_to_num(_look(milestone.credit, "place_id", "amount", users))
    avoided = _look(milestone.credit, "place_id", "avoided_kt_per_a", users)
    wanted = flows["amount"].to_numpy(dtype=float) * np.minimum(1.0, need / then)
    per_unit = np.nan_to_num(np.divide(avoided, need, out=np.zeros_like(need), where=need > 0.0))
    hubs = list(zip(flows["carrier"], flows["hub_id"], strict=True))
    room = np.nan_to_num(_look(milestone.hubs, "hub_id", "capacity", hubs))
    load: dict[tuple[str, str], float] = {}
    for hub, amount in zip(hubs, wanted.tolist(), strict=True):
        load[hub] = load.get(hub, 0.0) + amount
    total = np.array([load[hub] for hub in hubs], dtype=float)
    held = np.minimum(1.0, np.divide(room, total, out=np.ones_like(room), where=total > 0.0))
    return flows.assign(wanted=wanted, amount=wanted * held, avoided_kt_per_a=wanted * held * per_unit)


def _look(table: pd.DataFrame, key: str, column: str, keys: Sequence[tuple[str, str]]) -> FloatArray:
    """Return a column by carrier and ``key``; NaN where the table has no such row."""
    values = dict(zip(zip(table["carrier"], table[key], strict=True), table[column], strict=True))
    return np.array([values.get(k, np.nan) for k in keys], dtype=float)


def _integral(yearly: FloatArray) -> float:
    """Return the trapezoidal sum over yearly values."""
    return float(np.sum(yearly[1:] + yearly[:-1]) / 2.0)


def _levelise(annual_eur: float, avoided_kt: FloatArray, rate: float) -> float:
    """Return the discounted cost per discounted tonne [EUR/t]; NaN without tonnes."""
    tonnes = np.maximum(avoided_kt, 0.0) * T_PER_KT
    if tonnes.sum() <= T_PER_KT * 1e-6:
        return float("nan")
    return costs.levelised([annual_eur] * len(tonnes), tonnes.tolist(), rate=rate)
