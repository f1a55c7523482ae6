"""The columns of every table, and their checks.

One list of columns per table says what it holds; the same list validates the file, documents it and
labels the screen. Reading a table reports every problem at once, with file, row, column and value.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from infraplan.core.errors import Problem, TableError
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


def split_list(cell: object) -> tuple[str, ...]:
    """Read a comma list of a table cell; an empty or missing cell is an empty list.

    >>> split_list("co2, h2"), split_list(float("nan")), split_list("")
    (('co2', 'h2'), (), ())
    """
    if not isinstance(cell, str):
        return ()
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table as named tuples; what a column holds is known by its table, not by its type."""
    return iter(frame.itertuples(index=False))


def read(path: Path, table: str) -> pd.DataFrame:
    """Read and check one CSV table.

    Returns a frame with text as strings ("" where empty) and numbers as floats (NaN where empty).

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
    """Refuse a table whose cells are not what its columns promise: a TableError with every problem."""
    problems = find_wrong(frame, columns, file)
    if problems:
        raise TableError(problems)


def _read_text(path: Path, columns: Sequence[Column]) -> pd.DataFrame:
    header, rows = _read_rows(path)
    problems = _check_header(header, columns, path.name)
    problems += [
        Problem(
            f"{len(row)} cells where the header has {len(header)}",
            "Add or remove commas; quote cells that hold commas",
            path.name,
            number,
        )
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
    """Return the header, and the rows that are not blank by the number a spreadsheet gives them."""
    name = path.name
    if not path.is_file():
        raise TableError(
            Problem("the file is missing", "Put it there; `infraplan new DIR` writes a template", str(path))
        )
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    except UnicodeDecodeError as error:
        raise TableError(Problem("the file is not UTF-8", "Save it as CSV UTF-8", name)) from error
    except csv.Error as error:
        raise TableError(Problem(f"not a CSV file ({error})", "Save it as CSV UTF-8", name)) from error
    if not rows or not any(rows[0]):
        raise TableError(Problem("the file is empty", "Give it a header and rows", name))
    if len(rows[0]) == 1 and ";" in rows[0][0]:
        remedy = "Save it as CSV with commas and decimal points (a spreadsheet set to Dutch writes semicolons)"
        raise TableError(Problem("the cells are separated by semicolons", remedy, name, 1))
    return rows[0], {number: row for number, row in enumerate(rows[1:], start=2) if any(row)}


def _check_header(header: Sequence[str], columns: Sequence[Column], name: str) -> list[Problem]:
    twice = sorted({c for c in header if header.count(c) > 1})
    return [Problem("the column appears twice", "Keep one of them", name, 1, column) for column in twice] + [
        Problem(f"the column is missing ({c.about})", "Add it to the header", name, 1, c.name)
        for c in columns
        if c.required and c.name not in header
    ]


def _parse_numbers(frame: pd.DataFrame, columns: Sequence[Column], path: Path) -> list[Problem]:
    problems = []
    for column in columns:
        if column.kind != "number":
            continue
        text = frame[column.name]
        number = pd.to_numeric(text.where(text != "", None), errors="coerce").astype(float)
        wrong = (number.isna() & (text != "")) | ~np.isfinite(number.fillna(0.0))
        problems += [
            Problem(
                "not a number",
                "Write digits with a decimal point and no unit",
                path.name,
                row,
                column.name,
                str(text[row]),
            )
            for row in frame.index[wrong]
        ]
        # a value already reported must not be reported again as empty
        frame[column.name] = number.mask(wrong, column.minimum if column.minimum is not None else 0.0)
    return problems


def _schema(columns: Sequence[Column]) -> pa.DataFrameSchema:
    def checks(column: Column) -> list[pa.Check]:
        rules = []
        if column.minimum is not None:
            rules.append(pa.Check.ge(column.minimum, error=f"below {column.minimum:g}"))
        if column.maximum is not None:
            rules.append(pa.Check.le(column.maximum, error=f"above {column.maximum:g}"))
        if column.choices:
            allowed = list(column.choices) + ([""] if column.nullable else [])
            rules.append(pa.Check.isin(allowed, error="unknown; choose from " + ", ".join(column.choices)))
        if column.kind == "text" and not column.nullable:
            rules.append(pa.Check(lambda s: s != "", element_wise=True, error="empty"))
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


_REMEDY = {
    "empty": "Fill it in",
    "not_nullable": "Fill it in",
    "field_uniqueness": "Give each row its own id",
    "below": "Check the value and its unit",
    "above": "Check the value and its unit (are lon and lat swapped?)",
    "unknown": "Use one of the words the table knows",
}


def find_wrong(frame: pd.DataFrame, columns: Sequence[Column], file: str) -> list[Problem]:
    """Return the cells of a table that are not what its columns promise."""
    try:
        _schema(columns).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        problems = []
        for case in error.failure_cases.to_dict("records"):
            rule = str(case["check"])
            what = {"not_nullable": "empty", "field_uniqueness": "used more than once"}.get(rule, rule)
            key = next((k for k in _REMEDY if rule.startswith(k)), "")
            value = case["failure_case"]
            problems.append(
                Problem(
                    what,
                    _REMEDY.get(key, "Correct it"),
                    file,
                    None if case["index"] is None else int(case["index"]),
                    str(case["column"]),
                    "" if value is None or value != value else str(value),
                )
            )
        return problems
    return []
