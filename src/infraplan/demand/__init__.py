"""Demand: who needs what in which year, what serving it is worth, and the network problem of each carrier."""

from __future__ import annotations

from infraplan.demand.abatement import Account, keep_account
from infraplan.demand.design_basis import (
    CLIENT_ROLE,
    DesignBasis,
    build_design_basis,
    own_heat,
    require_pipes,
    value_needs,
)
from infraplan.demand.estimate import check_detail, estimate_needs, sum_needs, take_apart, total_needs
from infraplan.demand.needs import NEEDED, PUBLIC, SPECIFIED, Parts, describe_gates, subjects_of
from infraplan.demand.needs_by_year import NeedsByYear, estimate_needs_by_year
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
    "build_design_basis",
    "check_detail",
    "describe_gates",
    "estimate",
    "estimate_needs",
    "estimate_needs_by_year",
    "keep_account",
    "needs",
    "own_heat",
    "projects",
    "require_pipes",
    "subjects_of",
    "sum_needs",
    "take_apart",
    "total_needs",
    "value_needs",
]
