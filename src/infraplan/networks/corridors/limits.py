"""Limits of a corridor, read from a study's assumptions."""

from __future__ import annotations

from dataclasses import dataclass

from infraplan.study import Assumptions

_SUBJECT = "corridor"
_UNITS = {"shortest": "m", "inside": "1"}


@dataclass(frozen=True)
class Limits:
    """What counts as a corridor.

    Attributes
    ----------
    shortest_m
        A shorter stretch becomes part of its neighbour [m].
    inside
        A pipe lies inside a cluster that has places on both sides of it, within this many of its radii [-].
    """

    shortest_m: float
    inside: float


def limits_of(assumptions: Assumptions) -> Limits:
    """Return the limits of a study.

    Raises
    ------
    AssumptionError
        With every row that is missing or has another unit.
    """
    value = assumptions.values(_SUBJECT, _UNITS)
    return Limits(value["shortest"], value["inside"])
