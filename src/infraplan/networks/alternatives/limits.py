"""Limits of alternatives and of the search zone."""

from __future__ import annotations

from dataclasses import dataclass

from infraplan.core import PCT, InfraplanError, Problem
from infraplan.study import Assumptions


@dataclass(frozen=True)
class Limits:
    """What counts as an alternative and as the search zone.

    Attributes
    ----------
    routes
        Number of alternatives wanted.
    most_overlap
        Largest share of a route's length near earlier routes [-].
    separation_m
        Ground within this distance of a route is near it [m].
    most_extra
        Largest extra cost of an alternative, as a share of the least cost [-].
    within
        Largest extra cost of a way through the search zone, as a share of the least cost [-].
    """

    routes: int
    most_overlap: float
    separation_m: float
    most_extra: float
    within: float


def limits_of(
    assumptions: Assumptions,
    *,
    routes: int | None = None,
    overlap_pct: float | None = None,
    within_pct: float | None = None,
) -> Limits:
    """Return the study's limits, replaced by the user's where given.

    Raises
    ------
    InfraplanError
        With every limit that makes no sense.
    """
    value = assumptions.value
    limits = Limits(
        routes=int(value("alternative", "routes", "1")) if routes is None else routes,
        most_overlap=value("alternative", "most_overlap", "share") if overlap_pct is None else overlap_pct / PCT,
        separation_m=value("alternative", "separation", "m"),
        most_extra=value("alternative", "most_extra_cost", "share"),
        within=value("search_zone", "within", "share") if within_pct is None else within_pct / PCT,
    )
    problems = []
    if limits.routes < 1:
        problems.append(Problem("alternatives.no_routes", file="--routes", value=str(limits.routes)))
    if not 0.0 <= limits.most_overlap < 1.0:
        said = f"{PCT * limits.most_overlap:g}"
        problems.append(Problem("alternatives.overlap", file="--overlap", value=said))
    if not 0.0 <= limits.within <= 1.0:
        said = f"{PCT * limits.within:g}"
        problems.append(Problem("alternatives.zone", file="--within", value=said))
    if problems:
        raise InfraplanError(problems)
    return limits
