"""Tables of a plan for files and for print."""

from __future__ import annotations

from typing import Any

import pandas as pd

from infraplan.core import (
    EUR_PER_MEUR,
    M_PER_KM,
    refuse_wrong,
)
from infraplan.demand import NEEDED, SPECIFIED
from infraplan.plan import Plan
from infraplan.study import name_places


def needs_table(plan: Plan) -> pd.DataFrame:
    """Return every need of every place at every milestone and in the plan's year, with names."""
    table = plan.needs_by_year.at_milestones(plan.case)
    refuse_wrong(table, (*NEEDED, *SPECIFIED), "needs.csv")
    table.insert(1, "name", table["place_id"].map(name_places(plan.study)))
    return table.round(6)


def left_out_table(plan: Plan) -> pd.DataFrame:
    """Return the needs that are not joined, the reason, and the CO2 value at which joining would pay."""
    return plan.left_out.round(6)


def build_order_of(plan: Plan, ranked: pd.DataFrame) -> pd.DataFrame:
    """Return the build order of the corridors, with cost and benefit of each step and their running totals.

    ``ranked`` is the table of ``ranking_of``.
    """
    more = ranked.set_index("corridor_id")[["name", "carriers", "first_year", "depends_mostly_on"]]
    return plan.build_order.steps.merge(more, left_on="corridor_id", right_index=True, how="left").round(6)


def sum_networks(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return the joined places, length and cost of each carrier's network."""
    return {
        carrier: {
            "joined": int(network.joins["place_id"].nunique()),
            "left_out": len(network.left_out),
            f"amount_{network.unit}": round(float(network.joins["amount"].sum()), 3),
            "length_km": round(float(network.segments["length_m"].sum()) / M_PER_KM, 3),
            "capex_meur": round(float(network.segments["capex_eur"].sum()) / EUR_PER_MEUR, 3),
            "cost_meur_per_a": round(float(network.segments["annual_eur"].sum()) / EUR_PER_MEUR, 3),
        }
        for carrier, network in plan.networks.items()
    }
