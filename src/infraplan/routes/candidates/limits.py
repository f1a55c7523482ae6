"""How the candidate routes are looked for, as the assumptions of a study say."""

from __future__ import annotations

from dataclasses import dataclass

from infraplan.study import Assumptions

_SUBJECT = "candidate"
_UNITS = {"used_ground": "share", "cells_apart": "cells", "nearest": "1"}


@dataclass(frozen=True)
class Limits:
    """How the candidate routes are looked for.

    used_ground : price of ground that an earlier route uses, to later ones, relative to what it costs [-].
    cells_apart : coarse cells between two neighbouring places, on average, where junctions are sought.
    nearest : to how many of its nearest places each place looks for a way there.
    """

    used_ground: float
    cells_apart: float
    nearest: int


def limits_of(assumptions: Assumptions) -> Limits:
    """Return the limits of a study.

    Raises
    ------
    AssumptionError
        With every row that is missing or has another unit.
    """
    value = assumptions.values(_SUBJECT, _UNITS)
    return Limits(value["used_ground"], value["cells_apart"], int(value["nearest"]))
