"""What the pages promise about the house: dependencies, versions, rooms, pictures, links, and the README's length."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import test_house
from documents import DOCS, PAGES, ROOT, named, read, rows, spans

import infraplan
from benchmarks import architecture

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MOST_LINES = 115


def bare(requirement: str) -> str:
    """Name of a requirement, as an index writes it."""
    found = re.match(r"[\w.-]+", requirement.strip())
    assert found, requirement
    return found[0].lower().replace("_", "-")


def pinned(file: str) -> dict[str, str]:
    """Name and pin of each line of a requirements file."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {bare(line): line.partition("==")[2] for line in lines if "==" in line}


def test_the_readme_is_two_screens() -> None:
    assert len(read(ROOT / "README.md").splitlines()) <= MOST_LINES


# ------------------------------------------------------------------ dependencies and versions


def test_every_dependency_has_its_reason_and_its_pin() -> None:
    table = rows(read("dependencies.md"), "library", "job")
    said = [bare(name) for cell, _ in table for name in cell.split(",")]
    assert all(job for _, job in table)
    assert sorted(said) == sorted(bare(requirement) for requirement in PROJECT["dependencies"])
    assert set(said) <= set(pinned("requirements.txt"))


@pytest.mark.parametrize("extra", ["dev", "docs"])
def test_every_tool_is_pinned_and_no_pin_contradicts_another(extra: str) -> None:
    mine, product = pinned(f"requirements-{extra}.txt"), pinned("requirements.txt")
    assert {bare(requirement) for requirement in PROJECT["optional-dependencies"][extra]} <= {*mine, *product}
    assert not set(mine) & set(product), "pinned twice"


def test_the_version_stands_in_one_place_and_the_changelog_knows_it() -> None:
    assert "version" in PROJECT["dynamic"] and "version" not in PROJECT
    releases = re.findall(r"^## (\d+\.\d+\.\d+)(?:, (\d{4}-\d\d-\d\d))?", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert releases[0][0] == infraplan.__version__
    assert all(date for _, date in releases[1:]), "a release that is closed has a date"
    assert [date for _, date in releases[1:]] == sorted((date for _, date in releases[1:]), reverse=True)


# ------------------------------------------------------------------ the house


def test_the_picture_of_the_house_is_drawn_from_the_imports() -> None:
    assert architecture.FLOW == test_house.FLOW
    drawn = (DOCS / "architecture.svg").read_text(encoding="utf-8")
    assert drawn == architecture.draw(), "run: python -m benchmarks.architecture docs/architecture.svg"


def test_the_picture_shows_no_import_against_the_flow() -> None:
    pairs = architecture.find_users()
    assert ("plan", "routes") in pairs
    assert all(architecture.FLOW.index(used) < architecture.FLOW.index(user) for user, used in pairs)


def test_the_table_of_rooms_names_each_room_and_what_is_on_its_door() -> None:
    table = rows(read("architecture.md"), "room", "holds", "some names on its door")
    assert tuple(named(room)[0].strip("/").removesuffix(".py") for room, _, _ in table) == architecture.FLOW
    for room, _, names in table:
        module = named(room)[0].strip("/").removesuffix(".py")
        if module != "ui":
            door = import_module(f"infraplan.{module}")
            assert set(named(names)) <= {*door.__all__}, room


def test_ten_common_changes_have_their_place() -> None:
    assert len(rows(read("architecture.md"), "change", "put it", "and also")) >= 10


# ------------------------------------------------------------------ links, paths, modules


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", read(page))]
    broken = [t for t in targets if t and "://" not in t and not (page.parent / t).exists()]
    assert not broken


def test_every_page_and_picture_is_reached() -> None:
    listed = re.findall(r"^([\w-]+)$", read("index.md"), re.MULTILINE)
    assert sorted(f"{name}.md" for name in listed) == sorted(
        page.name for page in DOCS.glob("*.md") if page.stem != "index"
    )
    text = "\n".join(read(page) for page in PAGES)
    assert not [
        path.name for path in DOCS.rglob("*.*") if path.suffix in (".png", ".svg", ".webp") and path.name not in text
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_modules_that_are_named_exist(page: Path) -> None:
    for span in spans(read(page)):
        if re.fullmatch(r"(src|data|layers|tests|benchmarks|docs)/[\w./-]+\.\w+", span) and span not in INVENTED:
            assert (ROOT / span).exists(), span
        for module in re.findall(r"python -m ((?:benchmarks|infraplan)\.[\w.]+)", span):
            assert find_spec(module), span


# files of the examples
INVENTED = {"data/scenarios/slow.toml"}
