"""The house: imports go down the floors, libraries keep to their rooms, nothing of a study stands in code."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "src" / "infraplan"

# bottom floor first; within a floor, a noun may use those to its left. A folder counts as one noun.
FLOORS = (
    ("errors", "units", "words", "style", "model", "tables", "cache", "files"),
    ("assumptions", "layers", "settings", "facts", "drawings", "study", "services"),
    ("needs", "surface"),
    ("routing", "trees", "candidates"),
    ("network", "refinement", "corridors", "alternatives"),
    ("hydraulics", "costs"),
    ("abatement", "impact", "operation", "appraisal", "ordering", "ranking"),
    (
        "ground",
        "question",
        "outlook",
        "projects",
        "verdict",
        "plan",
        "inspection",
        "proposals",
        "changes",
        "comparison",
        "links",
        "explanation",
    ),
    (
        "assets",
        "listings",
        "maps",
        "sheets",
        "stations",
        "geojson",
        "export",
        "geopackage",
        "brief",
        "minutes",
        "starter",
        "spreadsheets",
        "dossier",
        "delivery",
        "bundle",
    ),
    ("ui", "cli"),
)
LEVEL = {noun: step for step, noun in enumerate(noun for floor in FLOORS for noun in floor)}
LEVEL |= {"__init__": len(LEVEL), "__main__": len(LEVEL) + 1}

ROOMS = {
    "CoolProp": {"hydraulics"},
    "branca": {"maps"},
    "docx": {"minutes"},
    "folium": {"maps"},
    "highspy": {"network"},
    "matplotlib": {"sheets"},
    "networkx": {"trees", "candidates", "network", "refinement", "model"},  # model: in annotations only, see below
    "numba": {"routing"},
    "osmnx": {"services"},
    "rasterio": {"layers", "surface", "export"},
    "requests": {"services"},
    "rich": {"cli"},
    "streamlit": {"ui"},
    "streamlit_folium": {"ui"},
    "typer": {"cli"},
}
MOST_LINES, MOST_STATEMENT_LINES = 400, 60
# Toyland is a study written by code, and tables bound every year that a table may hold
YEARS_ALLOWED = {"starter.py": {2000.0, 2022, 2030}, "columns.py": {1990.0}}


def modules() -> list[Path]:
    return sorted(HOUSE.rglob("*.py"))


def noun_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names a module imports, wherever in it, with the line."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno} imports relatively"
            module = node.module or ""
            if module == "infraplan":
                yield from ((f"infraplan.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield module, node.lineno


def docstrings(tree: ast.AST) -> set[ast.expr]:
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def spoken(path: Path) -> Iterator[tuple[object, int]]:
    """Constants of a module that are no docstrings, with their lines."""
    tree = tree_of(path)
    silent = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in silent:
            yield node.value, node.lineno


def test_every_noun_has_a_floor_and_every_floor_is_built() -> None:
    assert {noun_of(path) for path in modules()} == set(LEVEL)


def test_imports_go_down_the_floors_and_to_the_left() -> None:
    upward = [
        f"{path.relative_to(HOUSE)}:{line} imports {name}"
        for path in modules()
        for name, line in imports(path)
        if name.startswith("infraplan.")
        and name.split(".")[1] != noun_of(path)
        and LEVEL[name.split(".")[1]] >= LEVEL[noun_of(path)]
    ]
    assert not upward, "\n".join(upward)


@pytest.mark.parametrize("library", ROOMS)
def test_libraries_keep_to_their_rooms(library: str) -> None:
    found = {noun_of(path) for path in modules() if any(n.split(".")[0] == library for n, _ in imports(path))}
    assert found <= ROOMS[library]
    assert found, f"nothing uses {library} any more: drop the room and the requirement"


def test_the_model_knows_graphs_by_type_only() -> None:
    tree = tree_of(HOUSE / "model.py")
    annotations = [
        part
        for node in ast.walk(tree)
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if part is not None
    ]
    typed = {name for part in annotations for name in ast.walk(part) if isinstance(name, ast.Name)}
    used = {node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "nx"}
    assert used
    assert used <= typed


def test_the_app_is_only_a_door() -> None:
    door = ROOT / "app.py"
    assert len(door.read_text(encoding="utf-8").splitlines()) <= 40
    assert {name.split(".")[0] for name, _ in imports(door)} <= {
        "__future__",
        "infraplan",
        "os",
        "pathlib",
        "streamlit",
    }


def statement_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_modules_and_functions_stay_short() -> None:
    long = [
        f"{path.relative_to(HOUSE)}: {count} lines"
        for path in modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]
    long += [
        f"{path.relative_to(HOUSE)}:{node.lineno} {node.name}: {count} lines"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (count := statement_lines(node)) > MOST_STATEMENT_LINES
    ]
    assert not long, "a noun is missing in:\n" + "\n".join(long)


def place_names() -> set[str]:
    """Clusters, municipalities, sites and hubs of the default study."""
    columns = {
        "clusters": ("cluster_id", "name_en", "short_en", "short_nl"),
        "sites": ("site_id", "name", "operator", "municipality", "region"),
        "hubs": ("hub_id", "name"),
        "heat_areas": ("area_id", "name"),
    }
    names = set()
    for table, wanted in columns.items():
        with (ROOT / "data" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            names |= {row[column] for row in csv.DictReader(file) for column in wanted}
    return {name for name in names if len(name) > 4}


def test_no_place_of_the_default_study_stands_in_code() -> None:
    names = place_names()
    assert {"antwerp", "Flanders", "Zeebrugge"} <= names
    pattern = re.compile(r"(?<!\w)(" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + r")(?!\w)")
    said = [
        f"{path.relative_to(HOUSE)}:{line} says {found[0]!r}"
        for path in modules()
        for value, line in spoken(path)
        if isinstance(value, str) and (found := pattern.search(value))
    ]
    assert not said, "\n".join(said)


def is_year(value: object) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"(\w*_)?(19|20)\d\d", value))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value in range(1900, 2100)


def test_no_year_stands_in_code() -> None:
    said = [
        f"{path.relative_to(HOUSE)}:{line} says {value!r}"
        for path in modules()
        for value, line in spoken(path)
        if is_year(value) and value not in YEARS_ALLOWED.get(path.name, ())
    ]
    assert not said, "\n".join(said)


def test_only_the_command_line_prints() -> None:
    said = [
        f"{path.relative_to(HOUSE)}:{node.lineno}"
        for path in modules()
        if noun_of(path) != "cli"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not said
