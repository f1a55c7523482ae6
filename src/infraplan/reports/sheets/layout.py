"""Layout of a sheet: title and key figures above, the map, columns at the right, the foot below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from pyproj import CRS

from infraplan.reports.sheets.page import Box, Paper
from infraplan.reports.sheets.page_elements import draw_foot, draw_key_figures, draw_title, name_crs
from infraplan.reports.sheets.window import Window

MARGIN_MM = 9.0
GAP_MM = 6.0
TITLE_MM = 15.0
FIGURES_MM = 10.5
STRIP_GAP_MM = 2.5
STRIP_MOST = 1.5


@dataclass(frozen=True)
class Wording:
    """Texts of a sheet, in the reader's language: title, subtitle, and the three lines of the foot."""

    title: str
    subtitle: str
    notice: str
    source_line: str
    hash_line: str


@dataclass(frozen=True)
class Layout:
    """Boxes on paper [mm]: the map, the strip below it (if there is one) and the columns beside it."""

    map: Box
    strip: Box
    columns: tuple[Box, ...]


def lay_out(
    paper: Paper,
    wording: Wording,
    crs: CRS,
    figures: Sequence[tuple[str, str]],
    *,
    columns_mm: Sequence[float],
    strip_mm: float = 0.0,
    aspect: float = 0.0,
) -> Layout:
    """Write title, key figures and foot, and divide the remaining space.

    Parameters
    ----------
    paper
        Sheet.
    wording
        Texts.
    crs
        CRS of the map, named in the foot.
    figures
        Key figures.
    columns_mm
        Widths of the columns [mm on A3].
    strip_mm
        Height of the strip below the map [mm on A3].
    aspect
        Width over height of the mapped area; if it is wider than the map, the strip grows, up to a limit.
    """
    edge = paper.mm(MARGIN_MM)
    west, south, east, north = edge, edge * 0.7, paper.page.width_mm - edge, paper.page.height_mm - edge * 0.8
    projection = f"{paper.say('Projection')}: {name_crs(crs)}"
    foot_lines = (wording.notice, wording.source_line, projection)
    low = south + draw_foot(paper, foot_lines, wording.hash_line, (west, south, east, north)) + paper.mm(1.0)
    draw_title(paper, wording.title, wording.subtitle, (west, low, east, north))
    figures_top = north - paper.mm(TITLE_MM)
    top = figures_top - paper.mm(FIGURES_MM) - paper.mm(1.5)
    draw_key_figures(paper, figures, (west, figures_top - paper.mm(FIGURES_MM), east, figures_top))
    x, columns = east, []
    for width_mm in reversed(columns_mm):
        columns.append((x - paper.mm(width_mm), low, x, top))
        x -= paper.mm(width_mm + GAP_MM)
    strip = paper.mm(strip_mm)
    if aspect:
        strip = min(max(strip, top - low - paper.mm(STRIP_GAP_MM) - (x - west) / aspect), STRIP_MOST * strip)
    floor = low + strip + (paper.mm(STRIP_GAP_MM) if strip_mm else 0.0)
    return Layout((west, floor, x, top), (west, low, x, low + strip), tuple(reversed(columns)))


def open_map(paper: Paper, window: Window) -> Axes:
    """Return axes in metres on the ground that fill the window's rectangle on paper."""
    west, south, east, north = window.rect_mm
    page = paper.page
    axes = paper.figure.add_axes(
        (
            west / page.width_mm,
            south / page.height_mm,
            (east - west) / page.width_mm,
            (north - south) / page.height_mm,
        ),
        zorder=1.0,
    )
    axes.set_xlim(window.bounds_m[0], window.bounds_m[2])
    axes.set_ylim(window.bounds_m[1], window.bounds_m[3])
    axes.set_autoscale_on(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(paper.pt(0.8))
        spine.set_color("#8D949B")
    return axes
