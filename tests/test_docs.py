"""What a stranger is promised: the names of the door exist, and every module says what it is."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import infraplan

HOUSE = Path(infraplan.__file__).parent


@pytest.mark.parametrize("name", infraplan.__all__)
def test_the_names_of_the_door_exist_and_are_explained(name: str) -> None:
    thing = getattr(infraplan, name)
    assert inspect.getdoc(thing)
    assert thing.__module__.startswith("infraplan.")


def test_the_door_offers_what_the_design_promises() -> None:
    assert {"open_study", "make_plan", "Scenario", "Plan"} <= set(infraplan.__all__)
    with pytest.raises(AttributeError, match="no attribute 'make_coffee'"):
        _ = infraplan.make_coffee


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(HOUSE))
        for path in sorted(HOUSE.rglob("*.py"))
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_every_public_function_and_class_says_what_it_does() -> None:
    silent = [
        f"{path.relative_to(HOUSE)}: {node.name}"
        for path in sorted(HOUSE.rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


WITH_EXAMPLES = sorted(path for path in HOUSE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_the_examples_in_the_docstrings_hold(path: Path) -> None:
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
