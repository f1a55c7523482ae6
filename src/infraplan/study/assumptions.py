"""Assumptions: every number with value, low, high, unit and source, read from ``data/assumptions/*.csv``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from infraplan.core import AssumptionError, InfraplanError, Problem, Scenario, TableError, tables
from infraplan.study.plausible import limit_of

# temperatures and exponents may be negative, no other number of a study
_SIGNED_UNITS = ("degc", "1")
# ground: each metre of pipe needs these
_ABOVE_ZERO = ("multiplier", "base_cost")
# limits of the search that divide, count or price: at zero there would be nothing to search
_LIMITS_ABOVE_ZERO = (
    ("candidate", "used_ground"),
    ("candidate", "cells_apart"),
    ("candidate", "nearest"),
    ("refinement", "longest_segment"),
)
ANY_SECTOR = "industry"
"""Subject of the assumptions that hold for every process without a row of its own."""
OF = "."
"""Between process and pathway in the subject of a number that holds for that pathway only."""

SURFACE_FILE = "surface.csv"
"""The file of the assumptions that say what ground costs, and nothing else."""


@dataclass(frozen=True)
class Assumption:
    """One number with its range, unit and source; money has a price year."""

    subject: str
    parameter: str
    value: float
    low: float
    high: float
    unit: str
    price_year: int | None
    source: str
    note: str
    file: str
    row: int
    changed: bool = False


@dataclass(frozen=True)
class Assumptions:
    """All assumptions of a study, looked up by subject, parameter and expected unit."""

    rows: Mapping[tuple[str, str], Assumption]

    def row(self, subject: str, parameter: str) -> Assumption:
        """Return one assumption with its range, unit and source.

        Raises
        ------
        AssumptionError
            If the study has no such row.
        """
        try:
            return self.rows[subject, parameter]
        except KeyError:
            raise AssumptionError(
                Problem("assumption.missing", {"subject": subject, "parameter": parameter}, "data/assumptions")
            ) from None

    def value(self, subject: str, parameter: str, unit: str) -> float:
        """Return the value of one assumption, which must be in ``unit``.

        Raises
        ------
        AssumptionError
            If the row is missing or has another unit.
        """
        row = self.row(subject, parameter)
        if row.unit != unit:
            raise AssumptionError(
                Problem(
                    "assumption.wrong_unit",
                    {"subject": subject, "parameter": parameter, "unit": unit},
                    row.file,
                    row.row,
                    "unit",
                    row.unit,
                )
            )
        return row.value

    def values(self, subject: str, units: Mapping[str, str]) -> dict[str, float]:
        """Return the values of several parameters of one subject, each in its unit.

        Raises
        ------
        AssumptionError
            With every row that is missing or has another unit.
        """
        problems: list[Problem] = []
        values = {}
        for parameter, unit in units.items():
            try:
                values[parameter] = self.value(subject, parameter, unit)
            except AssumptionError as error:
                problems += error.problems
        if problems:
            raise AssumptionError(problems)
        return values

    def has(self, subject: str, parameter: str) -> bool:
        """Return whether the study has this assumption."""
        return (subject, parameter) in self.rows

    def subjects(self, parameter: str) -> tuple[str, ...]:
        """Return the subjects that have ``parameter``, in file order."""
        return tuple(s for s, p in self.rows if p == parameter)

    def sectors(self) -> tuple[str, ...]:
        """Return the sectors and processes with assumptions."""
        return tuple(s for s in self.subjects("ccs_coverage") if s != ANY_SECTOR and OF not in s)

    def with_values(self, changes: Mapping[tuple[str, str], float]) -> Assumptions:
        """Return a copy with some values replaced by the user's.

        Raises
        ------
        AssumptionError
            If the study has no such number, or a value makes no sense.
        """
        rows = dict(self.rows)
        for key, value in changes.items():
            old = self.row(*key)
            rows[key] = Assumption(**{**old.__dict__, "value": float(value), "changed": True})
        problems = [problem for key in changes for problem in _absurdities(rows[key])]
        if problems:
            raise AssumptionError(problems)
        return Assumptions(rows)

    def frame(self) -> pd.DataFrame:
        """Return all rows as a table, for the screen and the export."""
        return pd.DataFrame([row.__dict__ for row in self.rows.values()])


def overrides(scenario: Scenario) -> dict[tuple[str, str], float]:
    """Return the assumptions that a scenario changes, by subject and parameter."""
    changes = {}
    for key, value in scenario.assumptions.items():
        subject, _, parameter = key.partition("/")
        changes[subject, parameter] = value
    return changes


def apply_overrides(assumptions: Assumptions, scenario: Scenario) -> Assumptions:
    """Return the assumptions with the scenario's values. Only ``open_case`` calls this.

    Raises
    ------
    AssumptionError
        If the scenario changes a missing number, or sets a value that makes no sense.
    """
    return assumptions.with_values(overrides(scenario))


def check_overrides(assumptions: Assumptions, scenario: Scenario) -> list[Problem]:
    """Return the problems of the values that a scenario sets."""
    try:
        apply_overrides(assumptions, scenario)
    except InfraplanError as error:
        return list(error.problems)
    return []


def read(folder: Path) -> Assumptions:
    """Read every CSV file of ``folder``.

    Raises
    ------
    AssumptionError, TableError
        With every problem of every file.
    """
    problems: list[Problem] = []
    rows: dict[tuple[str, str], Assumption] = {}
    for path in sorted(folder.glob("*.csv")):
        try:
            frame = tables.read(path, "assumptions")
        except TableError as error:
            problems += error.problems
            continue
        for number, record in zip(frame.index, frame.to_dict("records"), strict=True):
            row = _from_record(record, path.name, int(number))
            key = (row.subject, row.parameter)
            if key in rows:
                first = rows[key]
                problems.append(
                    Problem(
                        "assumption.twice",
                        {"subject": row.subject, "parameter": row.parameter, "file": first.file, "row": first.row},
                        path.name,
                        int(number),
                        "parameter",
                        row.parameter,
                    )
                )
            rows[key] = row
            problems += _absurdities(row)
    if problems:
        raise AssumptionError(problems)
    return Assumptions(rows)


def _from_record(record: Mapping[Any, object], file: str, number: int) -> Assumption:
    year = float(str(record["price_year"]))
    return Assumption(
        subject=str(record["subject"]),
        parameter=str(record["parameter"]),
        value=float(str(record["value"])),
        low=float(str(record["low"])),
        high=float(str(record["high"])),
        unit=str(record["unit"]),
        price_year=None if year != year else int(year),
        source=str(record["source"]),
        note=str(record["note"]),
        file=file,
        row=number,
    )


def _absurdities(row: Assumption) -> list[Problem]:
    """Return the problems of an absurd number: a share over 1, negative money, a range without its value."""
    problems = []
    name, limit = f"{row.subject} / {row.parameter}", limit_of("assumptions", "value")

    def say(code: str, column: str, value: object, **values: float) -> None:
        problems.append(Problem(code, {"name": name, **values}, row.file, row.row, column, str(value)))

    for column in ("value",) if row.changed else ("value", "low", "high"):
        number = getattr(row, column)
        if not math.isfinite(number):
            say("assumption.not_a_number", column, number)
        elif limit.is_absurd(number):
            say("assumption.absurd", column, f"{number:g}", most=float(limit.refuse_above or 0.0))
        elif row.unit.startswith("share") and not 0.0 <= number <= 1.0:
            say("assumption.not_a_share", column, f"{number:g}")
        elif row.unit == "cop" and number < 1.0:
            say("assumption.cop_below_one", column, f"{number:g}")
        elif row.file == SURFACE_FILE and row.parameter in _ABOVE_ZERO and number <= 0.0:
            say("assumption.free_ground", column, f"{number:g}")
        elif (row.subject, row.parameter) in _LIMITS_ABOVE_ZERO and number <= 0.0:
            say("assumption.limit_not_above_zero", column, f"{number:g}")
        elif row.unit not in _SIGNED_UNITS and number < 0.0:
            say("assumption.negative", column, f"{number:g}")
    if row.low > row.high:
        say("assumption.low_above_high", "low", f"{row.low:g}")
    elif not row.changed and not row.low <= row.value <= row.high:
        say("assumption.outside_range", "value", f"{row.value:g}", low=row.low, high=row.high)
    if "eur" in row.unit and row.price_year is None:
        say("assumption.money_without_year", "price_year", "")
    return problems
