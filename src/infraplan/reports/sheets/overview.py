"""Overview sheet: the whole plan on the map, its ranking, the legend and an inset map."""

from __future__ import annotations

from infraplan.core import begin, format_number, split_list, style
from infraplan.reports.sheets.basemap import draw_basemap
from infraplan.reports.sheets.columns import (
    GREY,
    HEAD_PT,
    TITLE_MM,
    draw_rule,
    paint_carriers,
    pick_digits,
    write_heading,
)
from infraplan.reports.sheets.frames import Frames, read_number
from infraplan.reports.sheets.labels import draw_rank, open_places, place_ranks, write_names
from infraplan.reports.sheets.layout import Wording, lay_out, open_map
from infraplan.reports.sheets.legend import LEGEND_ROW_MM, draw_legend, list_basemap, list_plan, split_items
from infraplan.reports.sheets.page import Box, Paper
from infraplan.reports.sheets.page_elements import choose_corner, draw_inset, draw_scale_and_north, list_key_figures
from infraplan.reports.sheets.place_names import write_basemap_names
from infraplan.reports.sheets.strips import draw_casing, draw_strips, gather_strips
from infraplan.reports.sheets.symbols import draw_hubs, draw_sites
from infraplan.reports.sheets.window import Window, open_window

PANEL_MM = 112.0
ROWS = 10
ROW_MM = 6.3
ROW_MAX_MM = 8.6
HEAD_MM = 8.2
# Largest share of the column for the table; then comes the legend, and the inset map fills the rest.
TABLE_SHARE = 0.45
LEGEND_COLUMNS = 2
LEGEND_LEAST_MM = 4.7
INSET_MM = 24.0


def compose_overview(paper: Paper, wording: Wording, frames: Frames, basemap: Frames, bounds: Box | None) -> None:
    """Draw the overview on a blank sheet."""
    layout = lay_out(paper, wording, frames["corridors"].crs, list_key_figures(paper, frames), columns_mm=(PANEL_MM,))
    window = open_window(frames, basemap, layout.map, bounds)
    _draw_map(paper, frames, basemap, window)
    _draw_column(paper, frames, basemap, window, layout.columns[0])


def _draw_map(paper: Paper, frames: Frames, basemap: Frames, window: Window) -> None:
    axes = open_map(paper, window)
    draw_basemap(axes, paper, basemap, window)
    strips = gather_strips(frames["segments"], window, unit=paper.page.unit)
    draw_casing(axes, paper, strips, frames["corridors"].geometry, window)
    draw_strips(axes, paper, strips, window)
    sites = draw_sites(axes, paper, frames["sites"], window)
    hubs = draw_hubs(axes, paper, frames["hubs"], window)
    pipes = [*(strip.line for strip in strips), *frames["corridors"].geometry]
    corner = choose_corner(paper, window, [window.project(line) for line in pipes])
    draw_scale_and_north(paper, window, frames["corridors"].crs, corner)
    places = open_places(window, pipes, sites, [corner, *(hub.box for hub in hubs)])
    ranks = place_ranks(paper, frames["corridors"], window, places)
    write_names(paper, basemap, window, places, ranks=ranks, hubs=hubs)
    write_basemap_names(paper, basemap, window, places)


def _draw_column(paper: Paper, frames: Frames, basemap: Frames, window: Window, box: Box) -> None:
    west, south, east, north = box
    gap = paper.mm(5.0)
    y = north - draw_ranking(paper, frames, (west, north - (north - south) * TABLE_SHARE, east, north)) - gap
    items = [*list_plan(paper, frames), *list_basemap(paper, basemap, window)]
    columns = split_items(items, LEGEND_COLUMNS)
    # On a short page the legend rows are closer, to leave room for the inset map.
    room = (y - south - gap) / paper.page.unit - 2.0 * TITLE_MM - INSET_MM
    row_mm = min(LEGEND_ROW_MM, max(LEGEND_LEAST_MM, room / len(columns[0])))
    y -= draw_legend(paper, columns, (west, south, east, y), row_mm=row_mm) + gap
    draw_inset(paper, basemap, window, (west, south, east, y), frames["sites"])


def measure_ranking(paper: Paper, corridors: int) -> float:
    """Return the height [mm] of the ranking table with its smallest rows."""
    rows = max(min(corridors, ROWS), 1)
    return paper.mm(TITLE_MM + HEAD_MM + rows * ROW_MM + (4.5 if corridors > ROWS else 0.0))


def draw_ranking(paper: Paper, frames: Frames, box: Box) -> float:
    """Draw the ranking in a box, from its top; return the height used [mm]."""
    west, south, east, north = box
    ranked = frames["corridors"].sort_values(["rank", "corridor_id"])
    spare = (north - south - measure_ranking(paper, len(ranked))) / max(min(len(ranked), ROWS), 1)
    row_mm = paper.mm(ROW_MM) + min(max(spare, 0.0), paper.mm(ROW_MAX_MM - ROW_MM))
    write_heading(paper, west, north, "Ranking")
    y = north - paper.mm(TITLE_MM)
    if ranked.empty:
        paper.write(west, y - paper.mm(4.0), paper.say("No corridor in this plan"), size_pt=8.0)
        return north - y + paper.mm(HEAD_MM + ROW_MM)
    rights = (east - paper.mm(34.0), east - paper.mm(17.0), east)
    texts = (("CO2 avoided", "kt/a"), ("Yearly cost", "M EUR/a"), ("Pipe cost per tonne", "EUR/t"))
    for right, (head, unit) in zip(rights, texts, strict=True):
        name = paper.wrap(paper.say(head), paper.mm(15.5), size_pt=HEAD_PT, lines=2)
        unit_y = y - paper.mm(HEAD_MM - 1.6)
        paper.write(right, unit_y, paper.say(unit), size_pt=HEAD_PT, ha="right", colour=GREY)
        head_y = unit_y + paper.line_mm(HEAD_PT)
        paper.write(right, head_y, name, size_pt=HEAD_PT, ha="right", va="bottom", colour=GREY)
    y -= paper.mm(HEAD_MM)
    draw_rule(paper, (west, east), y, width_pt=0.9, colour=style.INK)
    columns = ("co2_avoided_kt_per_a", "cost_meur_per_a", "cost_eur_per_t")
    places = [pick_digits([read_number(cell) for cell in ranked[column].head(ROWS)]) for column in columns]
    for row in ranked.head(ROWS).itertuples(index=False):
        middle = y - row_mm / 2.0
        rank = read_number(row.rank)
        if rank is not None:
            draw_rank(paper, west + paper.mm(2.8), middle, f"{rank:.0f}", gid="key")
        name = paper.wrap(begin(str(row.name)), rights[0] - paper.mm(22.0 + 9.0) - west, size_pt=7.6, lines=2)
        va = "center" if "\n" in name else "middle"
        paper.write(west + paper.mm(7.2), middle, name, size_pt=7.6, va=va, linespacing=1.0)
        paint_carriers(paper, split_list(row.carriers))(rights[0] - paper.mm(22.0), middle)
        cells = [getattr(row, column) for column in columns]
        for right, cell, digits in zip(rights, cells, places, strict=True):
            text = format_number(read_number(cell), paper.language, digits)
            paper.write(right, middle, text, size_pt=7.8, ha="right", va="middle")
        y -= row_mm
        draw_rule(paper, (west, east), y)
    if len(ranked) > ROWS:
        y -= paper.mm(4.5)
        more = paper.say("and {count} more", count=format_number(len(ranked) - ROWS, paper.language))
        paper.write(west + paper.mm(7.2), y + paper.mm(1.2), more, size_pt=7.0, colour=GREY)
    return north - y
