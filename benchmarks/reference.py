"""The tables of the reference pages, written from the code that they describe.

Run by hand: ``python -m benchmarks.reference docs``. Each page keeps its prose; what stands between
``<!-- made: NAME -->`` and ``<!-- end -->`` is made anew. A test fails where a page and the code differ.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, get_type_hints

import typer

from infraplan.cli.application import app
from infraplan.core import tables
from infraplan.core.tables import Column
from infraplan.study import services

ENDS = ("refuse_below", "remark_above", "refuse_above")
MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
# files of data/ that are not called after their table
FILES = {"assumptions": "assumptions/*.csv"}
# what follows a flag, by a part of the type that the command takes
WORDS = {"bool": "", "Path": " PATH", "int": " INTEGER", "float": " NUMBER", "str": " TEXT"}


def row(*cells: object) -> str:
    """Return one row of a Markdown table; a bar in a cell is escaped."""
    return "| " + " | ".join(str(cell).replace("|", r"\|").strip() for cell in cells) + " |"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the lines of a Markdown table."""
    return [row(*header), "|" + "---|" * len(header), *(row(*cells) for cells in rows), ""]


def list_commands() -> dict[str, Any]:
    """Return the commands of the command line by name, in the order of its help."""
    group: Any = typer.main.get_command(app)
    return dict(group.commands)


def describe_commands() -> Iterator[str]:
    """Yield a section per command: what it does, and what it takes."""
    for name, command in list_commands().items():
        yield from (f"## `infraplan {name}`", "", command.help.strip(), "")
        kinds = get_type_hints(command.callback)
        rows = [describe_parameter(parameter, str(kinds[parameter.name])) for parameter in command.params]
        yield from table(("you type", "meaning", "without it"), rows)


def describe_parameter(parameter: Any, kind: str) -> tuple[str, str, str]:
    """Return what one types, what it means, and what holds without it."""
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`", parameter.help, "needed"
    word = next(word for part, word in WORDS.items() if part in kind)
    default = "" if parameter.default in (None, False, "") else f"`{parameter.default}`"
    return f"`{parameter.opts[0]}{word}`", parameter.help, default


def describe_values(column: Column) -> str:
    """Return what a valid value of a column is."""
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} or more"
    return "each only once" if column.unique else ""


def describe_need(column: Column) -> str:
    """Return whether a column, or a value in it, may be missing."""
    if not column.required:
        return "column may be missing"
    return "may be empty" if column.nullable else "needed"


def describe_tables() -> Iterator[str]:
    """Yield a section per table of ``data/``: its columns."""
    for name, columns in tables.TABLES.items():
        yield from (f"## `data/{FILES.get(name, f'{name}.csv')}`", "")
        rows = [(f"`{c.name}`", c.about, c.unit, describe_need(c), describe_values(c)) for c in columns]
        yield from table(("column", "holds", "unit", "must it be there", "valid values"), rows)


def describe_plausible() -> Iterator[str]:
    """Yield the limits of figures: what is told, what is refused, and why."""
    template = resources.files("infraplan.study").joinpath("templates/plausible.csv").read_text(encoding="utf-8")
    rows = [
        (f"{limit['table']}: `{limit['column']}`", limit["unit"], *(limit[end] for end in ENDS), limit["reason"])
        for limit in csv.DictReader(template.splitlines())
    ]
    yield from table(("figure", "unit", "refused below", "told above", "refused above", "why"), rows)


def describe_settings() -> Iterator[str]:
    """Yield the commented template of ``data/study.toml``."""
    template = resources.files("infraplan.study").joinpath("templates/study.toml").read_text(encoding="utf-8")
    yield from ("```toml", *template.strip().splitlines(), "```", "")


def describe_themes() -> Iterator[str]:
    """Yield what can be fetched from OpenStreetMap."""
    rows = [
        (f"`{name}`", theme.title_en, theme.role, f"`{theme.effect}`") for name, theme in services.read_themes().items()
    ]
    yield from table(("theme", "layer", "role", "effect"), rows)


MAKERS: dict[str, Callable[[], Iterator[str]]] = {
    "commands": describe_commands,
    "tables": describe_tables,
    "settings": describe_settings,
    "plausible": describe_plausible,
    "themes": describe_themes,
}


def fill(text: str) -> str:
    """Return a page with everything between its marks made anew."""
    return MADE.sub(lambda found: found[1] + "\n" + "\n".join(MAKERS[found[2]]()) + "\n" + found[3], text)


def main() -> None:
    """Fill the pages of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for page in sorted(parser.parse_args().folder.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        made = fill(text)
        if made != text:
            page.write_text(made, encoding="utf-8")
            print(page)


if __name__ == "__main__":
    main()
