"""Tables: rows as a spreadsheet counts them, every problem at once, nothing guessed."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from infraplan.core import tables
from infraplan.core.errors import Problem, TableError
from infraplan.core.messages import write_remedy

HEADER = "source,title,author,year,url,licence,note"
ROOT = Path(__file__).resolve().parents[1]


def write(folder: Path, *lines: str, name: str = "sources.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def problems(path: Path, table: str = "sources") -> tuple[Problem, ...]:
    with pytest.raises(TableError) as error:
        tables.read(path, table)
    return error.value.problems


def test_rows_are_those_of_a_spreadsheet(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, "", "a,A,,,,,", ",,,,,,", 'b,"two\nlines",,,,,', ",C,,,,,")
    found = problems(path)
    assert [(p.row, p.column, p.sentence("en")) for p in found] == [(6, "source", "empty")]


def test_every_problem_is_told_once_and_in_order(tmp_path: Path) -> None:
    row = "{},Name,,BE,,antwerp,steel,{},{},{},2022,eutl,"
    header = ",".join(c.name for c in tables.SITES if c.required)
    lines = [row.format("a", 4, 51, 100), row.format("a", 400, 51, "much"), row.format("", 4, "", -1)]
    found = problems(write(tmp_path, header, *lines, name="sites.csv"), "sites")
    assert [(p.row, p.column) for p in found] == [
        (2, "site_id"),
        (3, "co2_kt_per_a"),
        (3, "lon"),
        (3, "site_id"),
        (4, "co2_kt_per_a"),
        (4, "lat"),
        (4, "site_id"),
    ]
    assert {p.file for p in found} == {"sites.csv"}
    assert all(write_remedy(p, "en") for p in found)
    assert [p.value for p in found if p.column == "co2_kt_per_a"] == ["much", "-1.0"]


def test_empty_cells_are_empty_text_and_missing_numbers(tmp_path: Path) -> None:
    header = ",".join(c.name for c in tables.SITES if c.required)
    path = write(tmp_path, header, " a ,Name,,BE,,antwerp,steel,4,51,,,eutl,", name="sites.csv")
    site = tables.read(path, "sites").loc[2]
    assert site["site_id"] == "a" and site["operator"] == "" and site["process_gas_of"] == ""
    assert math.isnan(site["co2_kt_per_a"]) and site["lon"] == 4.0


def test_columns_of_ones_own_are_kept_and_a_byte_order_mark_is_not(tmp_path: Path) -> None:
    path = tmp_path / "sources.csv"
    path.write_text(HEADER + ",own_shelf\na,A,,,,,,12\n", encoding="utf-8-sig")
    frame = tables.read(path, "sources")
    assert list(frame["own_shelf"]) == ["12"] and list(frame["source"]) == ["a"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("",), "the file is empty"),
        ((HEADER.replace(",url", ""),), "row 1, column url: the column is missing"),
        ((HEADER + ",title",), "row 1, column title: the column appears twice"),
        ((HEADER, "a,A,,"), "row 2: 4 cells where the header has 7"),
        ((HEADER.replace(",", ";"), "a;A;;;;;"), "row 1: the cells are separated by semicolons"),
    ],
)
def test_files_that_are_no_such_table(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    assert words in "\n".join(str(problem) for problem in problems(write(tmp_path, *lines)))


def test_a_problem_says_where_what_and_what_to_do() -> None:
    whole = Problem("table.below", {"least": 0.0}, "sites.csv", 7, "co2_kt_per_a", "-5")
    assert str(whole) == "sites.csv, row 7, column co2_kt_per_a, value '-5': below 0. Check the value and its unit"
    assert str(Problem("weights.none")) == "no weights. Give at least one criterion a weight"
    with pytest.raises(FrozenInstanceError):
        whole.code = "table.above"  # type: ignore[misc]
    assert whole == replace(whole) != replace(whole, values={"least": 1.0}) and len({whole, replace(whole)}) == 1


@pytest.mark.parametrize(
    "table", ["sites", "hubs", "clusters", "projects", "heat_areas", "substations", "names", "sources"]
)
def test_every_column_says_what_it_holds(table: str) -> None:
    columns = tables.TABLES[table]
    assert all(column.about and column.kind in ("text", "number") for column in columns)
    assert len({column.name for column in columns}) == len(columns)
    assert len(tables.read(ROOT / f"data/{table}.csv", table)) > 0
