"""plan.json: question, outcome, and everything needed to make the plan again."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from infraplan.core import (
    EUR_PER_MEUR,
    records,
)
from infraplan.plan import Plan
from infraplan.reports import operation_tables
from infraplan.reports.plan_tables import sum_networks
from infraplan.study import checksums, inputs_sha256

# figures whose sum over corridors has a meaning
_SUMMED = (
    "co2_avoided_assigned_kt_per_a", "co2_avoided_assigned_system_kt_per_a", "co2_avoided_assigned_direct_kt_per_a",
    "co2_biogenic_assigned_kt_per_a", "co2_avoided_assigned_cumulative_kt",
)  # fmt: skip


_LIBRARIES = ("geopandas", "shapely", "networkx", "numpy", "numba", "rasterio", "scipy")


def about(plan: Plan) -> dict[str, Any]:
    """Return the facts that a reader needs to interpret a plan's figures and to make it again."""
    return {
        "version": version("infraplan"),
        "study": plan.study.settings.id,
        "scenario": plan.scenario.name,
        "year": plan.scenario.year,
        "notice": plan.study.settings.notice_en,
        "vintage": plan.study.settings.vintage,
        "inputs_sha256": inputs_sha256(plan.study, plan.scenario),
    }


def record(plan: Plan) -> dict[str, Any]:
    """Return ``plan.json``: the scenario, changed assumptions, totals, versions and input checksums."""
    return {
        **_proven(plan),
        "infraplan": about(plan),
        "scenario": plan.scenario.model_dump(mode="json"),
        "changed_assumptions": [
            {"subject": a.subject, "parameter": a.parameter, "value": a.value, "unit": a.unit}
            for a in plan.assumptions.rows.values()
            if a.changed
        ],
        "totals": {
            "corridors": len(plan.ranking),
            **{name: round(float(plan.ranking[name].sum()), 3) for name in _SUMMED},
            "networks": sum_networks(plan),
            "running": operation_tables.totals(plan),
        },
        "remarks": [remark.sentence("en") for remark in plan.operation.remarks],
        "co2_pipe_capex_meur_by_cost_model": {
            row.model: round(row.capex_eur / EUR_PER_MEUR, 3) for row in records(plan.cost_models)
        },
        "ranking": {
            "co2_view": plan.scenario.co2_view,
            "cumulative_until": max(*plan.study.settings.milestones, plan.scenario.year),
            "weights": dict(plan.scenario.weights),
        },
        "build_order": {
            "proven_best": plan.build_order.proven,
            "waiting_kt_per_a_meur": round(plan.build_order.waiting, 3),
            "lowest_waiting_kt_per_a_meur": round(plan.build_order.lowest_waiting, 3),
        },
        "versions": {name: version(name) for name in _LIBRARIES},
        "inputs": checksums(plan.study),
    }


def _proven(plan: Plan) -> dict[str, Any]:
    """Return the proof for each carrier's network, and the stop criteria if a proof was asked for."""
    if plan.exact is None:
        return {}
    proofs = {
        carrier: {
            "cost_eur_per_a": round(proof.cost_eur_per_a, 2),
            "bound_eur_per_a": round(proof.bound_eur_per_a, 2),
            "gap": round(proof.gap, 6),
        }
        for carrier, proof in plan.proofs.items()
    }
    criteria = {
        "gap": plan.exact.gap,
        "time_limit_s_per_carrier": plan.exact.time_limit_s,
        "note": "Where the clock ended the search, another run may end with another network and bound",
    }
    return {"exact": proofs, "exact_asked": criteria}
