"""A page of facts, tables and origin, written as Markdown or as a Word document."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import docx
from docx.oxml.ns import qn
from docx.shared import Pt

from infraplan.core import write_whole

Row = tuple[str, ...]
_TABLE_STYLE = "Table Grid"
_SMALL_PT = 8
# language codes of Word
_WORD_LANGUAGES = {"en": "en-GB", "nl": "nl-BE"}


@dataclass
class Page:
    """Content of the page.

    Attributes
    ----------
    title
        Title.
    language
        Language.
    facts
        Names and values under the title.
    notice
        Notice.
    tables
        Heading, head and rows of each table.
    origin
        Names and values needed to make the page again, such as versions and checksums.
    """

    title: str
    language: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    notice: str = ""
    tables: list[tuple[str, Row, list[Row]]] = field(default_factory=list)
    origin: list[tuple[str, str]] = field(default_factory=list)

    def add(self, heading: str, head: Row, rows: Sequence[Row]) -> None:
        """Add a table."""
        self.tables.append((heading, head, list(rows)))


def save_markdown(page: Page, path: Path) -> Path:
    """Write a page as Markdown."""
    lines = [f"# {_plain(page.title)}", ""]
    lines += [f"- **{_plain(name)}**: {_plain(value)}" for name, value in page.facts]
    lines += ["", f"> {_plain(page.notice)}", ""]
    for heading, head, rows in page.tables:
        lines += [f"## {_plain(heading)}", "", _row(head), "|" + " --- |" * len(head)]
        lines += [*map(_row, rows), ""]
    lines += ["---", "", *(f"{_plain(name)}: `{value}`  " for name, value in page.origin)]
    return write_whole(path, ("\n".join(lines) + "\n").encode(), what="the minutes")


def save_docx(page: Page, path: Path, *, made: datetime) -> Path:
    """Write a page as a Word document with the fixed time ``made``, so that the same page gives the same bytes."""
    document = docx.Document()
    when = made.astimezone(UTC).replace(tzinfo=None)
    properties = document.core_properties
    properties.title, properties.author = _flat(page.title), "infraplan"
    properties.comments, properties.language = "", page.language
    properties.created = properties.modified = when
    properties.last_modified_by = ""
    style = document.styles["Normal"].element.get_or_add_rPr()
    language = style.makeelement(qn("w:lang"), {qn("w:val"): _WORD_LANGUAGES[page.language]})
    style.append(language)
    document.add_heading(_flat(page.title), level=0)
    for name, value in page.facts:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{name}: ").bold = True
        paragraph.add_run(_flat(value))
    document.add_paragraph().add_run(_flat(page.notice)).italic = True
    for heading, head, rows in page.tables:
        document.add_heading(heading, level=1)
        table = document.add_table(rows=1, cols=len(head))
        table.style = _TABLE_STYLE
        for cell, text in zip(table.rows[0].cells, head, strict=True):
            cell.paragraphs[0].add_run(_flat(text)).bold = True
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = _flat(text)
    for name, value in page.origin:
        run = document.add_paragraph().add_run(f"{name}: {value}")
        run.font.size = Pt(_SMALL_PT)
    draft = io.BytesIO()
    document.save(draft)
    return write_whole(path, _without_clock(draft.getvalue()), what="the minutes")


def _without_clock(packed: bytes) -> bytes:
    """Return a zip file with a fixed time for each of its parts."""
    still = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as given, zipfile.ZipFile(still, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(zipfile.ZipInfo(name), given.read(name), zipfile.ZIP_DEFLATED)
    return still.getvalue()


def _row(cells: Row) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(text: str) -> str:
    """Escape the signs that have a meaning in Markdown."""
    return "".join(f"\\{sign}" if sign in "\\|*_`<>[]#" else sign for sign in _flat(text))


def _flat(text: str) -> str:
    """Return text on one line, without invisible control characters."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
