"""The limits of the default study, for tests that look for ways, move lines or name corridors on their own."""

from __future__ import annotations

from pathlib import Path

from infraplan.networks import corridors, refinement
from infraplan.routes import candidates
from infraplan.study.assumptions import read

_NUMBERS = read(Path(__file__).resolve().parents[1] / "data/assumptions")
WAYS = candidates.limits_of(_NUMBERS)
MOVES = refinement.limits_of(_NUMBERS)
NAMING = corridors.limits_of(_NUMBERS)
