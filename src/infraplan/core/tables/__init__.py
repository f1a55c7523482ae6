"""The columns of every table, and their checks.

One list of columns per table validates the file, documents it and labels the screen. Reading a table reports every
problem at once, with file, row, column and value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from infraplan.core.errors import Phrase, Problem, TableError, Term
from infraplan.core.reasons import name_reason
from infraplan.core.tables.columns import (
    ANNUAL_UNIT,
    CARRIERS,
    COST_UNIT,
    FAMILIES,
    HEAT_AREAS,
    HEAT_BANDS,
    NEED_CARRIERS,
    NEED_ROLES,
    PATHWAYS,
    PHASES,
    PROCESSES,
    PROJECT_EFFECTS,
    PROJECTS,
    SINK_CARRIERS,
    SITES,
    SPECIFICATIONS,
    STATUSES,
    SUBSTATIONS,
    TABLES,
    USES,
    Column,
)

__all__ = [
    "ANNUAL_UNIT",
    "CARRIERS",
    "COST_UNIT",
    "FAMILIES",
    "HEAT_AREAS",
    "HEAT_BANDS",
    "NEED_CARRIERS",
    "NEED_ROLES",
    "PATHWAYS",
    "PHASES",
    "PROCESSES",
    "PROJECTS",
    "PROJECT_EFFECTS",
    "SINK_CARRIERS",
    "SITES",
    "SPECIFICATIONS",
    "STATUSES",
    "SUBSTATIONS",
    "TABLES",
    "USES",
    "Column",
    "find_wrong",
    "read",
    "records",
    "refuse_wrong",
    "split_list",
]

# capacities by milestone, and columns of the user's own, which nothing reads
_OWN = re.compile(r"capacity_\d{4}|own_\w+")
# how like a known name a column must be to be taken for it, misspelt
_NEAR = 0.75


def split_list(cell: object) -> tuple[str, ...]:
    """Return the items of a comma list in a table cell; none for an empty or missing cell.

    >>> split_list("co2, h2"), split_list(float("nan")), split_list("")
    (('co2', 'h2'), (), ())
    """
    if not isinstance(cell, str):
        return ()
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table as named tuples, untyped: the columns are known by the table, not by a type."""
    return iter(frame.itertuples(index=False))


def read(path: Path, table: str) -> pd.DataFrame:
    """Read and check one CSV table.

    Returns
    -------
    DataFrame
        Text as strings ("" if empty), numbers as floats (NaN if empty).

    Raises
    ------
    TableError
        With every problem: file, row (as a spreadsheet counts: the header is row 1), column, value, remedy.
    """
    columns = TABLES[table]
    frame = _read_text(path, columns)
    problems = _parse_numbers(frame, columns, path)
    problems += find_wrong(frame, columns, path.name)
    if problems:
        raise TableError(sorted(problems, key=lambda p: (p.row or 0, p.column)))
    return frame


def refuse_wrong(frame: pd.DataFrame, columns: Sequence[Column], file: str) -> None:
    """Refuse a table with invalid cells.

    Raises
    ------
    TableError
        With every invalid cell.
    """
    problems = find_wrong(frame, columns, file)
    if problems:
        raise TableError(problems)


def _read_text(path: Path, columns: Sequence[Column]) -> pd.DataFrame:
    header, rows = _read_rows(path)
    problems = _check_header(header, columns, path.name)
    problems += [
        Problem("table.ragged_row", {"cells": len(row), "heads": len(header)}, path.name, number)
        for number, row in rows.items()
        if len(row) != len(header)
    ]
    if problems:
        raise TableError(problems)
    frame = pd.DataFrame(list(rows.values()), columns=header, dtype=object)
    frame.index = pd.Index(list(rows), name="row")
    for column in columns:
        if column.name not in frame:
            frame[column.name] = ""
    return frame


def _read_rows(path: Path) -> tuple[list[str], dict[int, list[str]]]:
    """Return the header, and the non-blank rows by their row number in a spreadsheet."""
    name = path.name
    if not path.is_file():
        raise TableError(Problem("table.missing_file", file=str(path)))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    except UnicodeDecodeError as error:
        raise TableError(Problem("table.not_utf8", file=name)) from error
    except csv.Error as error:
        raise TableError(Problem("table.not_csv", {"error": name_reason(error)}, name)) from error
    if not rows or not any(rows[0]):
        raise TableError(Problem("table.empty_file", file=name))
    if len(rows[0]) == 1 and ";" in rows[0][0]:
        raise TableError(Problem("table.semicolons", file=name, row=1))
    if len(rows[0]) == 1 and "\t" in rows[0][0]:
        raise TableError(Problem("table.tabs", file=name, row=1))
    whole, width = len(rows[0]), max(number for number, head in enumerate(rows[0], start=1) if head)
    # columns that a spreadsheet left empty at the right
    if all(len(row) != whole or not any(row[width:]) for row in rows):
        rows = [row[:width] if len(row) == whole else row for row in rows]
    return rows[0], {number: row for number, row in enumerate(rows[1:], start=2) if any(row)}


def _check_header(header: Sequence[str], columns: Sequence[Column], name: str) -> list[Problem]:
    twice = sorted({c for c in header if header.count(c) > 1})
    names = [c.name for c in columns]
    problems = []
    for head in header:
        if head in names or _OWN.fullmatch(head):
            continue
        near = get_close_matches(head, names, n=1, cutoff=_NEAR)
        code = "table.like_column" if near else "table.unknown_column"
        known = {"near": near[0]} if near else {"known": tuple(names)}
        problems.append(Problem(code, known, name, 1, head))
    return (
        problems
        + [Problem("table.column_twice", file=name, row=1, column=column) for column in twice]
        + [
            Problem("table.missing_column", {"about": Term(c.about)}, name, 1, c.name)
            for c in columns
            if c.required and c.name not in header
        ]
    )


def _parse_numbers(frame: pd.DataFrame, columns: Sequence[Column], path: Path) -> list[Problem]:
    problems = []
    for column in columns:
        if column.kind != "number":
            continue
        text = frame[column.name]
        number = pd.to_numeric(text.where(text != "", None), errors="coerce").astype(float)
        wrong = (number.isna() & (text != "")) | ~np.isfinite(number.fillna(0.0))
        problems += [
            Problem("table.not_a_number", file=path.name, row=row, column=column.name, value=str(text[row]))
            for row in frame.index[wrong]
        ]
        # do not report a reported value again as empty
        frame[column.name] = number.mask(wrong, column.minimum if column.minimum is not None else 0.0)
    return problems


def _schema(columns: Sequence[Column]) -> pa.DataFrameSchema:
    def checks(column: Column) -> list[pa.Check]:
        rules = []
        if column.minimum is not None:
            rules.append(pa.Check.ge(column.minimum, error="table.below"))
        if column.kind == "number" and column.unit == "a":
            rules.append(pa.Check(lambda s: s % 1.0 == 0.0, error="table.no_whole_year"))
        if column.maximum is not None:
            rules.append(pa.Check.le(column.maximum, error="table.above"))
        if column.choices:
            allowed = list(column.choices) + ([""] if column.nullable else [])
            rules.append(pa.Check.isin(allowed, error="table.unknown_choice"))
        if column.kind == "text" and not column.nullable:
            rules.append(pa.Check(lambda s: s != "", element_wise=True, error="table.empty"))
        return rules

    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                float if column.kind == "number" else None,
                checks=checks(column),
                nullable=column.nullable or column.kind == "text",
                unique=column.unique,
            )
            for column in columns
        },
        strict=False,
    )


# codes for pandera's own checks; the checks of ``_schema`` are named by their code
_CODES = {"not_nullable": "table.empty", "field_uniqueness": "table.not_unique"}


def find_wrong(frame: pd.DataFrame, columns: Sequence[Column], file: str | Phrase) -> list[Problem]:
    """Return a problem for every invalid cell of a table."""
    try:
        _schema(columns).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        by_name = {column.name: column for column in columns}
        return [_name_fault(case, by_name, file) for case in error.failure_cases.to_dict("records")]
    return []


def _name_fault(case: Mapping[Hashable, Any], columns: Mapping[str, Column], file: str | Phrase) -> Problem:
    """Return the problem for one finding of pandera."""
    rule, name = str(case["check"]), str(case["column"])
    code = _CODES.get(rule, rule if rule.startswith("table.") else "table.unfit")
    values: dict[str, object] = {"rule": rule}
    if name in columns:
        values |= {"least": columns[name].minimum, "most": columns[name].maximum, "known": columns[name].choices}
    cell = case["failure_case"]
    row = None if case["index"] is None else int(case["index"])
    return Problem(code, values, file, row, name, "" if cell is None or cell != cell else str(cell))
