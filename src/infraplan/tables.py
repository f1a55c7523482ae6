"""The columns of every table, and their checks.

One list of columns per table says what it holds; the same list validates the file, documents it and
labels the screen. Reading a table reports every problem at once, with file, row, column and value.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from infraplan.errors import Problem, TableError

CARRIERS = ("co2", "h2", "heat")
NEED_CARRIERS = (*CARRIERS, "electricity")
HEAT_BANDS = ("lt100", "100_200", "200_500")
HUB_ROLES = ("sink", "supply")
NEED_ROLES = ("supply", "demand")
FAMILIES = ("ccs", "h2", "electrification", "heat_network", "closure", "unchanged")
PHASES = ("gas", "dense", "water", "steam")
USES = ("energy", "feedstock", "reductant")
STATUSES = (
    "operational",
    "under construction",
    "FID taken",
    "FID pending",
    "planned",
    "announced",
    "cancelled",
)
ANNUAL_UNIT = {"co2": "kt_per_a", "h2": "gwh_per_a", "heat": "gwh_per_a", "electricity": "gwh_per_a"}
# unit of money per amount, by the unit of the amounts
COST_UNIT = {"kt_per_a": "eur_per_t", "gwh_per_a": "eur_per_mwh"}


@dataclass(frozen=True)
class Column:
    """One column: its kind (text, number, integer), unit and what a valid value is."""

    name: str
    kind: str
    about: str
    unit: str = ""
    required: bool = True
    nullable: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


def _text(name: str, about: str, **rules: object) -> Column:
    return Column(name, "text", about, **rules)  # type: ignore[arg-type]


def _number(name: str, about: str, unit: str = "", **rules: object) -> Column:
    return Column(name, "number", about, unit, **rules)  # type: ignore[arg-type]


def _place(*, nullable: bool = False) -> tuple[Column, Column]:
    return (
        _number("lon", "longitude, WGS84", "deg", minimum=-180.0, maximum=180.0, nullable=nullable),
        _number("lat", "latitude, WGS84", "deg", minimum=-90.0, maximum=90.0, nullable=nullable),
    )


_SOURCE = _text("source", "key of a row in data/sources.csv")
_NOTE = _text("note", "remarks", nullable=True)

SITES = (
    _text("site_id", "stable id, lower case with hyphens", unique=True),
    _text("name", "name as a planner would say it"),
    _text("operator", "company", nullable=True),
    _text("country", "ISO 3166 two-letter code"),
    _text("municipality", "municipality", nullable=True),
    _text("cluster", "cluster_id of data/clusters.csv"),
    _text("sector", "subject of data/assumptions/sectors.csv"),
    *_place(),
    _number("co2_kt_per_a", "verified fossil CO2", "kt/a", minimum=0.0, nullable=True),
    _number("co2_year", "year of that figure", "a", minimum=1990.0, maximum=2100.0, nullable=True),
    _SOURCE,
    _NOTE,
    _text("region", "region the site lies in", required=False, nullable=True),
    _text("registry_id", "id in a public registry", required=False, nullable=True),
    _number("co2_biogenic_kt_per_a", "biogenic CO2", "kt/a", required=False, nullable=True, minimum=0.0),
    _text("process_gas_of", "site_id whose gases a power plant burns", required=False, nullable=True),
    _text("product", "what the activity counts", required=False, nullable=True),
    _number("activity_kt_per_a", "published activity", "kt/a", required=False, nullable=True, minimum=0.0),
    _text("activity_of", "process that the activity belongs to", required=False, nullable=True),
)
PROCESSES = (
    _text("owner", "site_id, or a sector whose sites have no rows of their own"),
    _text("process", "source group: subject of data/assumptions/sectors.csv"),
    _number("share", "share of the owner's fossil CO2", "share", minimum=0.0, maximum=1.0),
    _number("biogenic_share", "same, biogenic; empty: as fossil", "share", minimum=0.0, maximum=1.0, nullable=True),
    _SOURCE,
    _NOTE,
)
PATHWAYS = (
    _text("pathway", "word that the scenarios use", unique=True),
    _text("family", "what it needs and replaces", choices=FAMILIES),
    _text("name_en", "English name"),
    _text("name_nl", "Dutch name"),
    _NOTE,
)
SPECIFICATIONS = (
    _text("spec_id", "stable id", unique=True),
    _text("carrier", "carrier", choices=NEED_CARRIERS),
    _text("role", "supply or demand", choices=NEED_ROLES),
    _text("process", "only for this process", nullable=True),
    _text("pathway", "only for this pathway or family", nullable=True),
    _text("band", "only for this temperature band", choices=HEAT_BANDS, nullable=True),
    _number("from_amount", "only where the place has this much of the carrier a year", minimum=0.0, nullable=True),
    _text("class_en", "quality class, English"),
    _text("class_nl", "quality class, Dutch"),
    _number("purity_percent", "least purity", "mol-%", minimum=0.0, maximum=100.0, nullable=True),
    _number("pressure_bar", "pressure at the gate, absolute", "bar", minimum=0.0, nullable=True),
    _text("phase", "how it is handed over", choices=PHASES, nullable=True),
    _text("use", "what it is used for", choices=USES, nullable=True),
    _number("temperature_degc", "temperature at the gate", "degC", nullable=True, minimum=-60.0, maximum=1500.0),
    _text("voltage_kv", "voltage a connection of this size is made at", unit="kV", nullable=True),
    _SOURCE,
    _NOTE,
)
HUBS = (
    _text("hub_id", "stable id", unique=True),
    _text("name", "name"),
    _text("carrier", "carrier", choices=CARRIERS),
    _text("role", "sink: flow leaves here; supply: flow enters here", choices=HUB_ROLES),
    *_place(),
    _number("first_year", "first year of operation", "a", minimum=1990.0, maximum=2100.0),
    _text("capacity_unit", "unit of the capacity columns", choices=("kt_per_a", "gwh_per_a")),
    _number("cost_low", "unit cost, low", minimum=0.0),
    _number("cost_mode", "unit cost, most likely", minimum=0.0),
    _number("cost_high", "unit cost, high", minimum=0.0),
    _text("cost_unit", "unit of the cost columns", choices=("eur_per_t", "eur_per_mwh")),
    _text("status", "status", choices=STATUSES),
    _SOURCE,
    _NOTE,
)
PROJECTS = (
    _text("project_id", "stable id", unique=True),
    _text("name", "name"),
    _text("type", "kind of project"),
    _text("status", "status", choices=STATUSES),
    _text("company", "company", nullable=True),
    _text("place", "place", nullable=True),
    _text("site_id", "site the project acts on", nullable=True),
    _text("hub_id", "hub the project acts on", nullable=True),
    *_place(nullable=True),
    _text("depends_on", "project_ids it needs, separated by spaces", nullable=True),
    _number("first_year", "first year", "a", minimum=1990.0, maximum=2100.0, required=False, nullable=True),
    _text("effect_carrier", "carrier of its effect", choices=CARRIERS, required=False, nullable=True),
    _number("effect_amount", "effect, up to", "see effect_unit", minimum=0.0, required=False, nullable=True),
    _text("effect_unit", "unit of the effect", choices=("kt_per_a", "gwh_per_a"), required=False, nullable=True),
    _SOURCE,
    _NOTE,
)
PROJECT_EFFECTS = (
    _text("project_id", "project that acts"),
    _text("site_id", "site it acts on"),
    _text("process", "process of that site"),
    _text("pathway", "pathway that the project realises there"),
    _number("first_year", "first year, where the project has none", "a", minimum=1990.0, maximum=2100.0, nullable=True),
    _SOURCE,
    _NOTE,
)
CLUSTERS = (
    _text("cluster_id", "stable id", unique=True),
    _text("name_en", "English name"),
    _text("name_nl", "Dutch name"),
    _text("short_en", "English name inside a corridor name"),
    _text("short_nl", "Dutch name inside a corridor name"),
    *_place(),
    _number("radius_km", "typical radius", "km", minimum=0.1, maximum=200.0),
    _NOTE,
)
HEAT_AREAS = (
    _text("area_id", "stable id", unique=True),
    _text("name", "name"),
    _text("kind", "kind of area"),
    *_place(),
    _number("population", "inhabitants", "persons", minimum=0.0, nullable=True),
    _number("heat_demand_gwh_per_a", "published demand", "GWh/a", minimum=0.0, nullable=True),
    _text("band", "temperature band", choices=HEAT_BANDS),
    _SOURCE,
    _NOTE,
)
SUBSTATIONS = (
    _text("substation_id", "stable id", unique=True),
    _text("name", "name"),
    *_place(),
    _text("voltage_kv", "voltage levels", unit="kV"),
    _SOURCE,
    _NOTE,
)
SOURCES = (
    _text("source", "short key used in every other table", unique=True),
    _text("title", "title"),
    _text("author", "author or publisher", nullable=True),
    _text("year", "year", nullable=True),
    _text("url", "address", nullable=True),
    _text("licence", "licence", nullable=True),
    _NOTE,
)
ASSUMPTIONS = (
    _text("subject", "what the number is about"),
    _text("parameter", "which property of it"),
    _number("value", "value used"),
    _number("low", "low end"),
    _number("high", "high end"),
    _text("unit", "unit"),
    _number("price_year", "year of the money", "a", nullable=True, minimum=1990.0, maximum=2100.0),
    _SOURCE,
    _NOTE,
)
TABLES: Mapping[str, tuple[Column, ...]] = {
    "sites": SITES,
    "hubs": HUBS,
    "projects": PROJECTS,
    "project_effects": PROJECT_EFFECTS,
    "processes": PROCESSES,
    "pathways": PATHWAYS,
    "specifications": SPECIFICATIONS,
    "clusters": CLUSTERS,
    "heat_areas": HEAT_AREAS,
    "substations": SUBSTATIONS,
    "sources": SOURCES,
    "assumptions": ASSUMPTIONS,
}


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
