"""Small tables in the columns beside the map: a heading, column heads with units, rows between rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infraplan.core import CARRIER_STYLE, style
from infraplan.reports.sheets.basemap import draw_stroke, scale_dash
from infraplan.reports.sheets.page import Box, Paper

GREY = "#6B7178"
RULE = "#C9C4BB"
TITLE_MM = 7.0
HEAD_MM = 8.2
HEAD_ONE_MM = 5.4
ROW_MM = 5.2
NOTE_MM = 4.4
SWATCH_MM = 9.0
HEAD_PT = 6.8
CELL_PT = 7.5
SMALL_PT = 6.8
AIR_MM = 1.6
HANG_MM = 4.6

Painter = Callable[[float, float], None]
"""Draws at the left end x and the middle y of a row [mm]."""
Cell = str | tuple[str, str] | Painter
"""A text, a text with smaller words below it, or a drawing."""


@dataclass(frozen=True)
class SheetColumn:
    """A column of a table.

    Attributes
    ----------
    head
        Words above the column.
    width_mm
        Width [mm on A3]; 0 takes the remaining width.
    number
        True for numbers, which are set to the right.
    lines
        Most lines of a text.
    """

    head: str
    width_mm: float = 0.0
    number: bool = True
    lines: int = 1


@dataclass(frozen=True)
class Group:
    """A row that heads the rows below it: a drawing and words over the full width."""

    words: str
    painter: Painter | None = None
    quiet: bool = False


Row = Sequence[Cell] | Group


def write_heading(paper: Paper, x_mm: float, y_mm: float, text: str) -> None:
    """Write the heading of a part of a column, in the reader's language."""
    paper.write(x_mm, y_mm, paper.say(text), size_pt=10.5, weight="bold", va="top")


def draw_rule(paper: Paper, x: tuple[float, float], y_mm: float, *, width_pt: float = 0.5, colour: str = RULE) -> None:
    """Draw a horizontal rule."""
    draw_stroke(paper.axes, x, (y_mm, y_mm), color=colour, linewidth=paper.pt(width_pt), zorder=25.0)


def measure_rows(paper: Paper, columns: Sequence[SheetColumn], rows: int, *, row_mm: float = ROW_MM) -> float:
    """Return the height [mm] of a table with so many rows."""
    return paper.mm(TITLE_MM + rows * row_mm) + measure_heads(paper, columns)


def measure_lines(paper: Paper, columns: Sequence[SheetColumn], rows: Sequence[Row], width_mm: float) -> int:
    """Return the number of lines of the longest text in its column."""
    edges = _place(paper, columns, 0.0, width_mm)
    fitted = [
        paper.wrap(cell, right - left - paper.mm(AIR_MM), size_pt=CELL_PT, lines=column.lines)
        for row in rows
        if not isinstance(row, Group)
        for column, (left, right), cell in zip(columns, edges, row, strict=True)
        if isinstance(cell, str) and not column.number
    ]
    return max((text.count("\n") + 1 for text in fitted), default=1)


def measure_heads(paper: Paper, columns: Sequence[SheetColumn]) -> float:
    """Return the height [mm] of the words above the columns: none, one line or two."""
    if not any(column.head for column in columns):
        return 0.0
    two = any(column.width_mm and "\n" in _wrap_head(paper, column, paper.mm(column.width_mm)) for column in columns)
    return paper.mm(HEAD_MM if two else HEAD_ONE_MM)


def draw_rows(
    paper: Paper,
    title: str,
    columns: Sequence[SheetColumn],
    rows: Sequence[Row],
    box: Box,
    *,
    row_mm: float = ROW_MM,
    note: str = "",
) -> float:
    """Draw a table from the top of a box; below it, count the rows that do not fit.

    Parameters
    ----------
    paper
        Sheet.
    title
        Heading.
    columns, rows
        Content of the table.
    box
        Space for the table [mm].
    row_mm
        Height of a row [mm on A3].
    note
        Small text below the table.

    Returns
    -------
    float
        Height used [mm].
    """
    west, south, east, north = box
    write_heading(paper, west, north, title)
    y = north - paper.mm(TITLE_MM)
    lefts = _place(paper, columns, west, east)
    if head := measure_heads(paper, columns):
        y -= head
        _draw_heads(paper, columns, lefts, y)
        draw_rule(paper, (west, east), y, width_pt=0.9, colour=style.INK)
    step = paper.mm(row_mm)
    room = int((y - south + paper.mm(0.1)) / step)
    if len(rows) > room and sum(isinstance(row, Group) for row in rows) > 1:
        rows = fit_groups(paper, rows, room=room)
    shown = rows if len(rows) <= room else _trim(rows, max(room - 1, 0))
    for row in shown:
        _draw_row(paper, columns, lefts, row, y - step / 2.0)
        y -= step
        draw_rule(paper, (west, east), y)
    left = sum(not isinstance(row, Group) for row in rows) - sum(not isinstance(row, Group) for row in shown)
    words = paper.say("and {count} more", count=left) if left else ""
    for text in (words, note):
        if text and y - paper.mm(NOTE_MM) >= south - paper.mm(0.1):
            y -= paper.mm(NOTE_MM)
            paper.write(
                west,
                y + paper.mm(1.2),
                paper.wrap(text, east - west, size_pt=6.8, lines=1),
                size_pt=6.8,
                colour=GREY,
            )
    return north - y


def fit_groups(paper: Paper, rows: Sequence[Row], *, room: int) -> list[Row]:
    """Return an equal number of rows of every group, as many as fit; a line counts the rows left out of each group."""
    groups: list[list[Row]] = []
    for row in rows:
        if isinstance(row, Group):
            groups.append([])
        groups[-1].append(row)
    for most in range(max(len(group) for group in groups) - 1, 0, -1):
        fitted: list[Row] = []
        for group in groups:
            shown = group[: most + 1]
            fitted += shown
            if left := len(group) - len(shown):
                words = paper.say("and {count} more", count=left)
                fitted.append(Group(words, quiet=True))
        if len(fitted) <= room:
            return fitted
    return list(rows)


def _trim(rows: Sequence[Row], room: int) -> Sequence[Row]:
    """Return the first rows, without a group head that would be the last row."""
    shown = list(rows[:room])
    while shown and isinstance(shown[-1], Group):
        shown.pop()
    return shown


def _place(paper: Paper, columns: Sequence[SheetColumn], west: float, east: float) -> list[tuple[float, float]]:
    """Return the left and right edge of every column [mm]."""
    fixed = sum(paper.mm(column.width_mm) for column in columns)
    loose = sum(column.width_mm == 0.0 for column in columns)
    spare = (east - west - fixed) / max(loose, 1)
    edges, x = [], west
    for column in columns:
        width = paper.mm(column.width_mm) if column.width_mm else spare
        edges.append((x, x + width))
        x += width
    return edges


def _draw_heads(paper: Paper, columns: Sequence[SheetColumn], edges: Sequence[tuple[float, float]], y: float) -> None:
    for column, (left, right) in zip(columns, edges, strict=True):
        if not column.head:
            continue
        text = _wrap_head(paper, column, right - left)
        x, ha = (right, "right") if column.number else (left, "left")
        for number, line in enumerate(reversed(text.split("\n"))):
            rise = paper.mm(1.2) + number * paper.line_mm(HEAD_PT)
            paper.write(x, y + rise, line, size_pt=HEAD_PT, ha=ha, va="bottom", colour=GREY)


def _wrap_head(paper: Paper, column: SheetColumn, width_mm: float) -> str:
    width = width_mm - paper.mm(AIR_MM)
    if "\n" in column.head:
        # The upper line may extend over the column before it, whose own word is on the lower line.
        upper, lower = column.head.split("\n")
        hang = paper.mm(HANG_MM) if column.number else 0.0
        widths = (width + hang, width)
        lines = [
            paper.wrap(line, room, size_pt=HEAD_PT, lines=1) for line, room in zip((upper, lower), widths, strict=True)
        ]
        return "\n".join(lines)
    return paper.wrap(column.head, width, size_pt=HEAD_PT, lines=2)


def _draw_row(
    paper: Paper, columns: Sequence[SheetColumn], edges: Sequence[tuple[float, float]], row: Row, middle: float
) -> None:
    if isinstance(row, Group):
        x = edges[0][0]
        if row.painter is not None:
            row.painter(x, middle)
            x += paper.mm(SWATCH_MM + 2.0)
        weight, colour = ("normal", GREY) if row.quiet else ("bold", style.INK)
        paper.write(x, middle, row.words, size_pt=CELL_PT, weight=weight, colour=colour, va="middle")
        return
    for column, (left, right), cell in zip(columns, edges, row, strict=True):
        if callable(cell):
            cell(left, middle)
            continue
        text, small = cell if isinstance(cell, tuple) else (cell, "")
        x, ha = (right, "right") if column.number else (left, "left")
        width = right - left - (0.0 if column.number else paper.mm(AIR_MM))
        fitted = paper.wrap(text, width, size_pt=CELL_PT, lines=1 if small else column.lines)
        if small:
            below = paper.wrap(small, width, size_pt=SMALL_PT, lines=1)
            paper.write(x, middle + paper.mm(1.5), fitted, size_pt=CELL_PT, ha=ha, va="middle")
            paper.write(x, middle - paper.mm(1.5), below, size_pt=SMALL_PT, ha=ha, va="middle", colour=GREY)
        else:
            va = "center" if "\n" in fitted else "middle"
            paper.write(x, middle, fitted, size_pt=CELL_PT, ha=ha, va=va, linespacing=1.0)


def shorten(name: str) -> str:
    """Remove the part of a name in brackets, which is for the files only.

    >>> shorten("Works (incl. CHP)"), shorten("(Works)")
    ('Works', '(Works)')
    """
    return name.split(" (")[0]


def pick_digits(figures: Sequence[float | None]) -> int:
    """Return the decimals of a column: 1 if a figure is below 10, else 0; zeros and missing figures do not count.

    >>> pick_digits([1234.5, None, 0.0]), pick_digits([120.0, 1.1])
    (0, 1)
    """
    return int(any(figure is not None and 0.0 < abs(figure) < 10.0 for figure in figures))


def draw_swatch(
    paper: Paper, look: style.LineStyle, x_mm: float, y_mm: float, *, length_mm: float, width_pt: float
) -> None:
    """Draw a short line in a style."""
    dash, cap = scale_dash(look, width_pt)
    line = draw_stroke(
        paper.axes,
        (x_mm, x_mm + length_mm),
        (y_mm, y_mm),
        color=look.colour,
        linewidth=width_pt,
        alpha=look.opacity,
        linestyle=(0.0, dash) if dash else "solid",
        zorder=26.0,
    )
    line.set_dash_capstyle("round" if cap == "round" else "butt")


def paint_carriers(paper: Paper, carriers: Sequence[str]) -> Painter:
    """Return a painter of short lines in the styles of the carriers, one below the other."""
    known = [carrier for carrier in CARRIER_STYLE if carrier in carriers]

    def paint(x: float, middle: float) -> None:
        for number, carrier in enumerate(known):
            y = middle + paper.mm(1.5) * ((len(known) - 1) / 2.0 - number)
            draw_swatch(paper, CARRIER_STYLE[carrier], x, y, length_mm=paper.mm(8.5), width_pt=paper.pt(1.9))

    return paint
