"""Plausible figures: what can only be a mistake is refused, what is merely odd is told."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import pandas as pd

from infraplan.core import Phrase, Problem, translate_unit

# the columns whose name ends in a year are one figure
_CAPACITY = "capacity"
_ENDS = ("refuse_below", "remark_above", "refuse_above")


@dataclass(frozen=True)
class Limit:
    """Limits of one figure, in its unit; None where there is none. ``reason`` says why, in English."""

    unit: str
    refuse_below: float | None
    remark_above: float | None
    refuse_above: float | None
    reason: str

    def is_absurd(self, value: float) -> bool:
        """Return whether a value can only be a mistake; a number that is none is."""
        low, high = self.refuse_below, self.refuse_above
        return not ((low is None or value >= low) and (high is None or value <= high) and math.isfinite(value))

    def is_odd(self, value: float) -> bool:
        """Return whether a value is odd, yet possible."""
        return self.remark_above is not None and not value <= self.remark_above


@lru_cache(maxsize=1)
def _limits() -> Mapping[tuple[str, str], tuple[Limit, ...]]:
    """Return the limits by table and column, one for each unit that the column may have."""
    found: dict[tuple[str, str], tuple[Limit, ...]] = {}
    text = resources.files("infraplan.study").joinpath("templates/plausible.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        low, odd, high = (float(row[end]) if row[end] else None for end in _ENDS)
        limit = Limit(row["unit"], low, odd, high, row["reason"])
        key = (row["table"], row["column"])
        found[key] = (*found.get(key, ()), limit)
    return found


def limit_of(table: str, column: str) -> Limit:
    """Return the limits of a figure that has one unit.

    Raises
    ------
    KeyError
        If it has none.
    """
    return _limits()[table, column][0]


def name_absurd(limit: Limit, value: float, file: str | Phrase, row: int | None, column: str) -> Problem:
    """Return the problem of a figure that cannot be true."""
    high = limit.refuse_above
    over = high is not None and not value <= high
    end = {"end": high if over else limit.refuse_below, "unit": translate_unit(limit.unit)}
    return Problem("figure.too_large" if over else "figure.too_small", end, file, row, column, f"{value:g}")


def check_figures(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a problem for each figure of a table that can only be a mistake."""
    return [
        name_absurd(limit, value, f"{table}.csv", row, column)
        for table, row, column, value, limit in _figures(frames)
        if limit.is_absurd(value)
    ]


def remark_figures(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a remark for each figure of a table that is odd."""
    return [
        Problem(
            "figure.odd",
            {"most": limit.remark_above, "unit": translate_unit(limit.unit)},
            f"{table}.csv",
            row,
            column,
            f"{value:g}",
        )
        for table, row, column, value, limit in _figures(frames)
        if limit.is_odd(value) and not limit.is_absurd(value)
    ]


def _figures(frames: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, int, str, float, Limit]]:
    """Yield every figure of the tables that has limits: table, row, column, value and limit."""
    for (table, name), limits in _limits().items():
        frame = frames.get(table)
        if frame is None:
            continue
        columns = [c for c in frame if c == name or (name == _CAPACITY and str(c).startswith(f"{name}_2"))]
        for column in columns:
            for row, value in pd.to_numeric(frame[column], errors="coerce").dropna().items():
                unit = _unit_of(frame, int(str(row)), str(column))
                limit = next((one for one in limits if unit in ("", one.unit)), None)
                if limit is not None:
                    yield table, int(str(row)), str(column), float(value), limit


def _unit_of(frame: pd.DataFrame, row: int, column: str) -> str:
    """Return the unit that a row gives a column; "" if the column has only one."""
    stem = column.partition("_")[0]
    unit_column = f"{stem}_unit"
    return str(frame.loc[row, unit_column]) if unit_column in frame else ""


def check_values(limit: Limit, values: Iterable[float], file: str | Phrase, column: str) -> list[Problem]:
    """Return a problem for each of some values outside a limit, such as the years of a scenario."""
    return [name_absurd(limit, float(value), file, None, column) for value in values if limit.is_absurd(float(value))]
