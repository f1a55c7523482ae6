"""Appraisal: what corridors avoid, cost and cross, their rank, and the order to build them in."""

from __future__ import annotations

from infraplan.appraisal.assessment import Assessment, assess, chances
from infraplan.appraisal.build_order import BuildOrder
from infraplan.appraisal.left_out import explain_left_out

__all__ = ["Assessment", "BuildOrder", "assess", "chain_costs", "chances", "explain_left_out", "impact", "ranking"]
