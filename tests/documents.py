"""Hands for tests on the documents: their code, their tables, and what the command line offers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")


def read(page: str | Path) -> str:
    """Text of a page: of ``docs/`` by its name, or by its path."""
    return (DOCS / page if isinstance(page, str) else page).read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> list[str]:
    """Code blocks in one of the languages, without the indent of a list."""
    return [
        "\n".join(line.removeprefix("   ") if found[2].startswith("   ") else line for line in found[2].splitlines())
        for found in _FENCE.finditer(text)
        if found[1] in languages
    ]


def spans(text: str) -> list[str]:
    """What stands between backticks in running text and in tables."""
    return [found[1].replace(r"\|", "|") for found in _SPAN.finditer(_FENCE.sub("", text))]


def typed(text: str) -> Iterator[list[str]]:
    """Yield the words of every call of ``infraplan`` in a page."""
    said = [line for block in blocks(text, "bash") for part in block.splitlines() for line in part.split("&&")]
    for call in (*said, *spans(text)):
        words = call.split("#")[0].split()
        if words and Path(words[0]).name == "infraplan" and len(words) > 1:
            yield words[1:]


def rows(text: str, *header: str) -> list[list[str]]:
    """Cells of the tables of a page under a header, without it."""
    found, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if cells == list(header):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not set(line) <= set("|- "):
            found.append(cells)
    return found


def named(cell: str) -> list[str]:
    """Names between backticks in a cell."""
    return _SPAN.findall(cell)
