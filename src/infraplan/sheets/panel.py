"""The column beside the map: ranking table and legend."""

from __future__ import annotations

from collections.abc import Callable

from infraplan import style
from infraplan.sheets.frames import Frames, find_state, read_number
from infraplan.sheets.ground import PLANNED_PIPELINE_STYLE, scale_dash, split_pipelines
from infraplan.sheets.labels import draw_rank
from infraplan.sheets.page import MM_PER_PT, PT_PER_PX, Box, Paper
from infraplan.sheets.symbols import SITE_STYLES, draw_hub, find_largest, size_site
from infraplan.style import CARRIER_STYLE
from infraplan.tables import split_list
from infraplan.words import format_number

ROWS = 10
ROW_MM = 6.3
ROW_MAX_MM = 8.6
HEAD_MM = 8.2
TITLE_MM = 7.0
LEGEND_ROW_MM = 5.5
RULE = "#C9C4BB"
SWATCH_MM = 9.0
Painter = Callable[[float, float], None]


def write_heading(paper: Paper, x_mm: float, y_mm: float, text: str) -> None:
    """A heading of a part of the column."""
    paper.write(x_mm, y_mm, paper.say(text), size_pt=10.5, weight="bold", va="top")


def draw_rule(paper: Paper, x: tuple[float, float], y_mm: float, *, width_pt: float = 0.5, colour: str = RULE) -> None:
    """A horizontal rule."""
    paper.axes.plot(x, (y_mm, y_mm), color=colour, linewidth=paper.pt(width_pt), zorder=25.0, solid_capstyle="butt")


def measure_table(paper: Paper, corridors: int) -> float:
    """Height [mm] of the ranking table with its smallest rows."""
    rows = max(min(corridors, ROWS), 1)
    return paper.mm(TITLE_MM + HEAD_MM + rows * ROW_MM + (4.5 if corridors > ROWS else 0.0))


def draw_table(paper: Paper, frames: Frames, box: Box) -> float:
    """Draw the ranking inside a box, from its top; return the height used [mm]."""
    west, south, east, north = box
    ranked = frames["corridors"].sort_values(["rank", "corridor_id"])
    spare = (north - south - measure_table(paper, len(ranked))) / max(min(len(ranked), ROWS), 1)
    row_mm = paper.mm(ROW_MM) + min(max(spare, 0.0), paper.mm(ROW_MAX_MM - ROW_MM))
    write_heading(paper, west, north, "Ranking")
    y = north - paper.mm(TITLE_MM)
    if ranked.empty:
        paper.write(west, y - paper.mm(4.0), paper.say("No corridor in this plan"), size_pt=8.0)
        return north - y + paper.mm(HEAD_MM + ROW_MM)
    rights = (east - paper.mm(31.0), east - paper.mm(14.5), east)
    texts = (("CO2 avoided", "kt/a"), ("Yearly cost", "M EUR/a"), ("Pipe cost per tonne", "EUR/t"))
    for right, (head, unit) in zip(rights, texts, strict=True):
        name = paper.wrap(paper.say(head), paper.mm(12.5), size_pt=6.4, lines=2)
        unit_y = y - paper.mm(HEAD_MM - 1.6)
        paper.write(right, unit_y, paper.say(unit), size_pt=6.4, ha="right", colour="#6B7178")
        paper.write(right, unit_y + paper.line_mm(6.4), name, size_pt=6.4, ha="right", va="bottom", colour="#6B7178")
    y -= paper.mm(HEAD_MM)
    draw_rule(paper, (west, east), y, width_pt=0.9, colour=style.INK)
    columns = ("co2_avoided_kt_per_a", "cost_meur_per_a", "cost_eur_per_t")
    places = [_pick_digits([read_number(cell) for cell in ranked[column].head(ROWS)]) for column in columns]
    for row in ranked.head(ROWS).itertuples(index=False):
        middle = y - row_mm / 2.0
        rank = read_number(row.rank)
        if rank is not None:
            draw_rank(paper, west + paper.mm(2.8), middle, f"{rank:.0f}")
        name = paper.wrap(str(row.name), rights[0] - paper.mm(22.0 + 9.0) - west, size_pt=7.6, lines=2)
        va = "center" if "\n" in name else "middle"
        paper.write(west + paper.mm(7.2), middle, name, size_pt=7.6, va=va, linespacing=1.0)
        _draw_carriers(paper, split_list(row.carriers), rights[0] - paper.mm(22.0), middle)
        cells = [getattr(row, column) for column in columns]
        for right, cell, digits in zip(rights, cells, places, strict=True):
            text = format_number(read_number(cell), paper.language, digits)
            paper.write(right, middle, text, size_pt=7.8, ha="right", va="middle")
        y -= row_mm
        draw_rule(paper, (west, east), y)
    if len(ranked) > ROWS:
        y -= paper.mm(4.5)
        more = paper.say("and {count} more", count=format_number(len(ranked) - ROWS, paper.language))
        paper.write(west + paper.mm(7.2), y + paper.mm(1.2), more, size_pt=7.0, colour="#6B7178")
    return north - y


def _pick_digits(figures: list[float | None]) -> int:
    """Decimals of a column: one where a figure is below 10, else none.

    >>> _pick_digits([1234.5, None]), _pick_digits([120.0, 1.1])
    (0, 1)
    """
    return int(any(figure is not None and abs(figure) < 10.0 for figure in figures))


def _draw_carriers(paper: Paper, carriers: tuple[str, ...], x_mm: float, y_mm: float) -> None:
    """Short lines in the styles of the carriers, one below the other."""
    known = [carrier for carrier in CARRIER_STYLE if carrier in carriers]
    for number, carrier in enumerate(known):
        y = y_mm + paper.mm(1.5) * ((len(known) - 1) / 2.0 - number)
        _draw_swatch(paper, CARRIER_STYLE[carrier], x_mm, y, length_mm=paper.mm(8.5), width_pt=paper.pt(1.9))


def _draw_swatch(
    paper: Paper, look: style.LineStyle, x_mm: float, y_mm: float, *, length_mm: float, width_pt: float
) -> None:
    dash, cap = scale_dash(look, width_pt)
    (line,) = paper.axes.plot(
        (x_mm, x_mm + length_mm),
        (y_mm, y_mm),
        color=look.colour,
        linewidth=width_pt,
        alpha=look.opacity,
        linestyle=(0.0, dash) if dash else "solid",
        zorder=26.0,
    )
    line.set_dash_capstyle("round" if cap == "round" else "butt")
    line.set_solid_capstyle("butt")


def draw_legend(paper: Paper, frames: Frames, basemap: Frames, box: Box) -> float:
    """Draw in two columns what these frames put on the map, from the top of a box; return the height [mm]."""
    west, _, east, north = box
    columns = (_list_plan(paper, frames), _list_ground(paper, basemap))
    rows = max(len(items) for items in columns)
    write_heading(paper, west, north, "Legend")
    top = north - paper.mm(TITLE_MM)
    step = paper.mm(LEGEND_ROW_MM)
    column = (east - west) / 2.0
    for number, items in enumerate(columns):
        x = west + column * number
        for row, (label, painter) in enumerate(items):
            y = top - step * (row + 0.5)
            painter(x, y)
            text = paper.wrap(label, column - paper.mm(SWATCH_MM + 3.0), size_pt=7.4, lines=2)
            va = "center" if "\n" in text else "middle"
            paper.write(x + paper.mm(SWATCH_MM + 2.0), y, text, size_pt=7.4, va=va, linespacing=0.95)
    return paper.mm(TITLE_MM) + rows * step


def _list_plan(paper: Paper, frames: Frames) -> list[tuple[str, Painter]]:
    items: list[tuple[str, Painter]] = []
    if len(frames["corridors"]):
        items.append((paper.say(style.CORRIDOR_STYLE.label), _paint_line(paper, style.CORRIDOR_STYLE, 0.7)))
    present = set(frames["segments"]["carrier"])
    for carrier, look in CARRIER_STYLE.items():
        if carrier in present:
            items.append((paper.say(f"{look.label} pipe"), _paint_line(paper, look, 1.0, 2.8)))
    if present:
        items.append((paper.say("Thicker line: more flow"), _paint_wedge(paper)))
    sites = frames["sites"]
    states = {find_state(row) for row in sites.itertuples(index=False)}
    for state, area in reversed(SITE_STYLES.items()):
        if state in states:
            items.append((paper.say(area.label), _paint_discs(paper, area, [paper.pt(3.4)])))
    largest = find_largest(sites)
    if sizes := _pick_sizes(largest):
        amounts = " · ".join(format_number(amount, paper.language) for amount in sizes)
        radii = [size_site(amount, largest, paper) for amount in sizes]
        label = f"{amounts} {paper.say('kt/a')} {paper.say('CO2')}"
        items.append((label, _paint_discs(paper, SITE_STYLES["connected"], radii)))
    roles = set(frames["hubs"]["role"])
    for role, label in (("sink", "Hub where flow leaves"), ("supply", "Hub where flow enters")):
        if role in roles:
            items.append((paper.say(label), _paint_hub(paper, supply=role == "supply")))
    if any(not read_number(flow) for flow in frames["hubs"]["flow"]):
        items.append((paper.say("Hub without flow in this plan"), _paint_hub(paper, supply=True, hollow=True)))
    return items


def _list_ground(paper: Paper, basemap: Frames) -> list[tuple[str, Painter]]:
    items: list[tuple[str, Painter]] = []
    if "pipelines" in basemap:
        laid, planned = split_pipelines(basemap["pipelines"])
        for frame, look in ((laid, style.EXISTING_STYLE), (planned, PLANNED_PIPELINE_STYLE)):
            if len(frame):
                items.append((paper.say(look.label), _paint_line(paper, look)))
    for name, line in (
        ("waterways", style.WATER_STYLE),
        ("motorways", style.MOTORWAY_STYLE),
        ("railways", style.RAILWAY_STYLE),
        ("borders", style.BORDER_STYLE),
    ):
        if name in basemap:
            items.append((paper.say(line.label), _paint_line(paper, line)))
    for name, area in (
        ("settlements", style.SETTLEMENT_STYLE),
        ("port_zones", style.PORT_STYLE),
        ("protected", style.PROTECTED_STYLE),
    ):
        if name in basemap:
            items.append((paper.say(area.label), _paint_patch(paper, area)))
    return items


def _pick_sizes(largest: float) -> list[float]:
    """Two round amounts below the largest, a decade apart.

    >>> _pick_sizes(4200.0), _pick_sizes(0.0)
    ([100.0, 1000.0], [])
    """
    if largest < 1.0:
        return []
    top = 10.0 ** (len(str(int(largest))) - 1)
    return [top / 10.0, top]


def _paint_line(paper: Paper, look: style.LineStyle, share: float = 1.0, width_pt: float = 0.0) -> Painter:
    width = paper.pt(width_pt or look.width_px * PT_PER_PX * share)

    def paint(x: float, y: float) -> None:
        _draw_swatch(paper, look, x, y, length_mm=paper.mm(SWATCH_MM), width_pt=width)

    return paint


def _paint_wedge(paper: Paper) -> Painter:
    def paint(x: float, y: float) -> None:
        low, high = (paper.pt(px * PT_PER_PX) * MM_PER_PT / 2.0 for px in style.SEGMENT_WIDTH_PX)
        end = x + paper.mm(SWATCH_MM)
        paper.axes.fill((x, end, end, x), (y - low, y - high, y + high, y + low), color=style.INK, linewidth=0.0)

    return paint


def _paint_discs(paper: Paper, look: style.AreaStyle, radii_pt: list[float]) -> Painter:
    def paint(x: float, y: float) -> None:
        places = [x + paper.mm(SWATCH_MM) * (n + 0.5) / len(radii_pt) for n in range(len(radii_pt))]
        paper.axes.scatter(
            places,
            [y] * len(places),
            s=[(2.0 * radius) ** 2 for radius in radii_pt],
            facecolors=look.fill,
            edgecolors=look.outline,
            linewidths=paper.pt(0.7),
            alpha=look.opacity,
            zorder=26.0,
        )

    return paint


def _paint_hub(paper: Paper, *, supply: bool, hollow: bool = False) -> Painter:
    def paint(x: float, y: float) -> None:
        middle = x + paper.mm(SWATCH_MM) / 2.0
        draw_hub(paper.axes, paper, middle, y, colour=style.INK, supply=supply, hollow=hollow, side_pt=paper.pt(8.5))

    return paint


def _paint_patch(paper: Paper, look: style.AreaStyle) -> Painter:
    def paint(x: float, y: float) -> None:
        width, height = paper.mm(SWATCH_MM), paper.mm(3.4)
        paper.axes.fill(
            (x, x + width, x + width, x),
            (y - height / 2.0, y - height / 2.0, y + height / 2.0, y + height / 2.0),
            facecolor=look.fill,
            edgecolor=RULE,
            linewidth=paper.pt(0.4),
        )

    return paint
