"""The legend: only the signs that are on this map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from infraplan.core import CARRIER_STYLE, format_number, style
from infraplan.reports.sheets.basemap import (
    BEYOND_STYLE,
    PLANNED_PIPELINE_STYLE,
    draw_marks,
    shows_beyond,
    split_pipelines,
)
from infraplan.reports.sheets.columns import RULE, SWATCH_MM, TITLE_MM, Painter, draw_swatch, write_heading
from infraplan.reports.sheets.frames import Frames, find_state, read_number
from infraplan.reports.sheets.page import MM_PER_PT, PT_PER_PX, Box, Paper
from infraplan.reports.sheets.symbols import SITE_STYLES, draw_hub, find_largest, size_site
from infraplan.reports.sheets.window import Window

LEGEND_ROW_MM = 5.5
LEGEND_PT = 7.4
Item = tuple[str, Painter]


def draw_legend(paper: Paper, columns: Sequence[Sequence[Item]], box: Box, *, row_mm: float = LEGEND_ROW_MM) -> float:
    """Draw the items in columns, from the top of a box; return the height [mm]."""
    west, _, east, north = box
    rows = max(len(items) for items in columns)
    write_heading(paper, west, north, "Legend")
    top = north - paper.mm(TITLE_MM)
    step = paper.mm(row_mm)
    column = (east - west) / len(columns)
    for number, items in enumerate(columns):
        x = west + column * number
        for row, (label, painter) in enumerate(items):
            y = top - step * (row + 0.5)
            painter(x, y)
            text = paper.wrap(label, column - paper.mm(SWATCH_MM + 4.5), size_pt=LEGEND_PT, lines=2)
            va = "center" if "\n" in text else "middle"
            paper.write(x + paper.mm(SWATCH_MM + 2.0), y, text, size_pt=LEGEND_PT, va=va, linespacing=0.95)
    return paper.mm(TITLE_MM) + rows * step


def split_items(items: Sequence[Item], columns: int) -> list[list[Item]]:
    """Split the items over columns of equal length, in reading order downwards."""
    rows = max(-(-len(items) // columns), 1)
    return [list(items[start : start + rows]) for start in range(0, max(len(items), 1), rows)]


def list_plan(paper: Paper, frames: Frames) -> list[Item]:
    """Return the signs of corridors, pipes, sites and hubs in these frames."""
    items: list[Item] = []
    if len(frames["corridors"]):
        items.append((paper.say(style.CORRIDOR_STYLE.label), paint_line(paper, style.CORRIDOR_STYLE, 0.7)))
    items += list_pipes(paper, set(frames["segments"]["carrier"]))
    sites = frames["sites"]
    states = {find_state(row) for row in sites.itertuples(index=False)}
    for state, area in reversed(SITE_STYLES.items()):
        if state in states:
            items.append((paper.say(area.label), paint_discs(paper, area, [paper.pt(3.4)])))
    items += list_sizes(paper, find_largest(sites))
    roles = set(frames["hubs"]["role"])
    for role, label in (("sink", "Hub where flow leaves"), ("supply", "Hub where flow enters")):
        if role in roles:
            items.append((paper.say(label), paint_hub(paper, supply=role == "supply")))
    if any(not read_number(flow) for flow in frames["hubs"]["flow"]):
        items.append((paper.say("Hub without flow in this plan"), paint_hub(paper, supply=True, hollow=True)))
    return items


def list_pipes(paper: Paper, present: set[str], *, colour: str = "") -> list[Item]:
    """Return the signs of the pipes of some carriers, in their own colours or all in one."""
    items = [
        (
            paper.say(f"{look.label} pipe"),
            paint_line(paper, replace(look, colour=colour) if colour else look, 1.0, 2.8),
        )
        for carrier, look in CARRIER_STYLE.items()
        if carrier in present
    ]
    return [*items, (paper.say("Thicker line: more flow"), paint_wedge(paper))] if items else []


def list_sizes(paper: Paper, largest: float) -> list[Item]:
    """Return the signs that explain the size of a site's disc."""
    sizes = pick_sizes(largest)
    if not sizes:
        return []
    amounts = " · ".join(format_number(amount, paper.language) for amount in sizes)
    radii = [size_site(amount, largest, paper) for amount in sizes]
    label = f"{amounts} {paper.say('kt/a')} {paper.say('CO2')}"
    return [(label, paint_discs(paper, SITE_STYLES["connected"], radii))]


def list_basemap(paper: Paper, basemap: Frames, window: Window) -> list[Item]:
    """Return the signs of the basemap in the window."""
    items: list[Item] = []
    shown = {name: _lies_in(window, frame) for name, frame in basemap.items()}
    if shown.get("pipelines"):
        laid, planned = split_pipelines(basemap["pipelines"])
        for frame, look in ((laid, style.EXISTING_STYLE), (planned, PLANNED_PIPELINE_STYLE)):
            if _lies_in(window, frame):
                items.append((paper.say(look.label), paint_line(paper, look)))
    for name, line in (
        ("waterways", style.WATER_STYLE),
        ("motorways", style.MOTORWAY_STYLE),
        ("railways", style.RAILWAY_STYLE),
        ("borders", style.BORDER_STYLE),
    ):
        if shown.get(name):
            items.append((paper.say(line.label), paint_line(paper, line)))
    for name, area in (
        ("settlements", style.SETTLEMENT_STYLE),
        ("port_zones", style.PORT_STYLE),
        ("protected", style.PROTECTED_STYLE),
    ):
        if shown.get(name):
            items.append((paper.say(area.label), paint_patch(paper, area)))
    if shows_beyond(basemap, window):
        items.append((paper.say(BEYOND_STYLE.label), paint_patch(paper, BEYOND_STYLE)))
    return items


def _lies_in(window: Window, frame: gpd.GeoDataFrame) -> bool:
    area = window.frame
    shapely.prepare(area)
    return bool(shapely.intersects(area, np.asarray(frame.geometry.array, dtype=object)).any())


def pick_sizes(largest: float) -> list[float]:
    """Return two round amounts below the largest, a factor of ten apart.

    >>> pick_sizes(4200.0), pick_sizes(0.0)
    ([100.0, 1000.0], [])
    """
    if largest < 1.0:
        return []
    top = 10.0 ** (len(str(int(largest))) - 1)
    return [top / 10.0, top]


def paint_line(paper: Paper, look: style.LineStyle, share: float = 1.0, width_pt: float = 0.0) -> Painter:
    """Return a painter of a legend line."""
    width = paper.pt(width_pt or look.width_px * PT_PER_PX * share)

    def paint(x: float, y: float) -> None:
        draw_swatch(paper, look, x, y, length_mm=paper.mm(SWATCH_MM), width_pt=width)

    return paint


def paint_wedge(paper: Paper) -> Painter:
    """Return a painter of a line that grows thicker."""

    def paint(x: float, y: float) -> None:
        low, high = (paper.pt(px * PT_PER_PX) * MM_PER_PT / 2.0 for px in style.SEGMENT_WIDTH_PX)
        end = x + paper.mm(SWATCH_MM)
        paper.axes.fill((x, end, end, x), (y - low, y - high, y + high, y + low), color=style.INK, linewidth=0.0)

    return paint


def paint_discs(paper: Paper, look: style.AreaStyle, radii_pt: Sequence[float]) -> Painter:
    """Return a painter of discs side by side; if they are too large for that, inside each other on a common base."""
    room = paper.mm(SWATCH_MM)
    beside = 2.0 * sum(radii_pt) * MM_PER_PT <= room

    def paint(x: float, y: float) -> None:
        places = [room * ((n + 0.5) / len(radii_pt) if beside else 0.5) for n in range(len(radii_pt))]
        # The largest disc is below the others.
        steps = [0.0 if beside else (radius - max(radii_pt)) * MM_PER_PT for radius in radii_pt]
        order = sorted(range(len(radii_pt)), key=lambda n: -radii_pt[n])
        draw_marks(
            paper.axes,
            [x + places[n] for n in order],
            [y + steps[n] for n in order],
            s=[(2.0 * radii_pt[n]) ** 2 for n in order],
            facecolors=look.fill,
            edgecolors=look.outline,
            linewidths=paper.pt(0.7),
            alpha=look.opacity,
            zorder=26.0,
        )

    return paint


def paint_hub(paper: Paper, *, supply: bool, hollow: bool = False, colour: str = style.INK) -> Painter:
    """Return a painter of a hub sign."""

    def paint(x: float, y: float) -> None:
        middle = x + paper.mm(SWATCH_MM) / 2.0
        draw_hub(paper.axes, paper, middle, y, colour=colour, supply=supply, hollow=hollow, side_pt=paper.pt(8.5))

    return paint


def paint_patch(paper: Paper, look: style.AreaStyle) -> Painter:
    """Return a painter of an area sign."""

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
