"""Demand: who needs what in which year, what serving it is worth, and the network problem of each carrier."""

from __future__ import annotations

from infraplan.demand.abatement import Account, keep_account
from infraplan.demand.design_basis import CLIENT_ROLE, DesignBasis, ask, force, own_heat, prices_of, weigh
from infraplan.demand.estimate import check_detail, estimate_needs, sum_needs, take_apart, total_needs
from infraplan.demand.needs import NEEDED, PUBLIC, SPECIFIED, Parts, describe_gates, subjects_of
from infraplan.demand.needs_by_year import NeedsByYear, look_ahead
from infraplan.demand.projects import Fall

__all__ = [
    "CLIENT_ROLE",
    "NEEDED",
    "PUBLIC",
    "SPECIFIED",
    "Account",
    "DesignBasis",
    "Fall",
    "NeedsByYear",
    "Parts",
    "abatement",
    "ask",
    "check_detail",
    "describe_gates",
    "estimate",
    "estimate_needs",
    "force",
    "keep_account",
    "look_ahead",
    "needs",
    "own_heat",
    "prices_of",
    "projects",
    "subjects_of",
    "sum_needs",
    "take_apart",
    "total_needs",
    "weigh",
]
