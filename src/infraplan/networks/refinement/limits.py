"""Limits of refinement, read from a study's assumptions."""

from __future__ import annotations

from dataclasses import dataclass

from infraplan.study import Assumptions

_SUBJECT = "refinement"
_UNITS = {"rounds": "1", "reach": "cells", "margin": "cells", "least_saving": "eur_per_a", "longest_segment": "m"}


@dataclass(frozen=True)
class Limits:
    """How far refinement looks and when it stops.

    Attributes
    ----------
    rounds
        Most rounds of moving junctions; the search ends earlier when none moves.
    reach_cells
        How far along its stretches a junction looks at once [cells].
    margin_cells
        How far to the sides [cells].
    least_saving_eur
        Least saving of a move [EUR/a].
    longest_segment_m
        A longer stretch is drawn as several segments [m].
    """

    rounds: int
    reach_cells: int
    margin_cells: int
    least_saving_eur: float
    longest_segment_m: float


def limits_of(assumptions: Assumptions) -> Limits:
    """Return the limits of a study.

    Raises
    ------
    AssumptionError
        With every row that is missing or has another unit.
    """
    value = assumptions.values(_SUBJECT, _UNITS)
    return Limits(
        int(value["rounds"]), int(value["reach"]), int(value["margin"]), value["least_saving"], value["longest_segment"]
    )
