"""Comparison sheet: pipes that came, grew, shrank or went on the map, and the figures of up to four variants."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from infraplan.core import CARRIER_STYLE, begin, format_number, style
from infraplan.reports.sheets.basemap import clip, draw_basemap
from infraplan.reports.sheets.columns import (
    GREY,
    TITLE_MM,
    Painter,
    Row,
    SheetColumn,
    draw_rows,
    measure_rows,
    pick_digits,
)
from infraplan.reports.sheets.facts import CHANGES, ComparisonFacts
from infraplan.reports.sheets.frames import Frames, read_number
from infraplan.reports.sheets.labels import draw_rank, open_places, place_numbers, write_names
from infraplan.reports.sheets.layout import Wording, lay_out, open_map
from infraplan.reports.sheets.legend import (
    Item,
    draw_legend,
    list_basemap,
    list_pipes,
    paint_discs,
    paint_hub,
    paint_line,
    split_items,
)
from infraplan.reports.sheets.page import Box, Paper
from infraplan.reports.sheets.page_elements import choose_corner, draw_inset, draw_scale_and_north
from infraplan.reports.sheets.place_names import write_basemap_names
from infraplan.reports.sheets.strips import draw_strips, gather_strips
from infraplan.reports.sheets.symbols import CHANGED_SITES, draw_changed_hubs, draw_changed_sites
from infraplan.reports.sheets.window import Window, open_window

# Colours of the browser map; on paper they are opaque and have the dashes of the carriers.
LOOKS = {
    **{change: style.LineStyle(look.label, look.colour) for change, look in style.CHANGE_STYLE.items()},
    "same": style.LineStyle("Unchanged", "#9AA1A8"),
}
PANEL_MM = 138.0
STRIP_MM = 41.0
INSET_MM = 56.0
LEGEND_COLUMNS = 4
GAP_MM = 5.0
ROW_MM = 5.6
VARIANT_MM = 22.0
# A sign doubles the colour, once per stretch of at least this length on the paper.
SIGNS = {"came": "+", "grew": "▲", "shrank": "▼", "went": "−"}
SIGN_LEAST_MM = 9.0
SIGNS_MOST = 24
# Units as on the other sheets.
_UNITS = {"MEUR": "M EUR", "MEUR/a": "M EUR/a"}
# separates carrier and change in the name of a lane
LANE = "|"


def compose_comparison(paper: Paper, wording: Wording, frames: Frames, basemap: Frames, facts: ComparisonFacts) -> None:
    """Draw the comparison on a blank sheet."""
    crs = frames["corridors"].crs
    layout = lay_out(paper, wording, crs, _list_figures(paper, facts), columns_mm=(PANEL_MM,), strip_mm=STRIP_MM)
    both = {"corridors": facts.segments, "segments": frames["segments"], "sites": facts.sites}
    window = open_window(both, basemap, layout.map, None)
    _draw_map(paper, frames, basemap, window, facts)
    _draw_strip(paper, basemap, window, layout.strip, facts)
    _draw_column(paper, layout.columns[0], facts)


def _list_figures(paper: Paper, facts: ComparisonFacts) -> list[tuple[str, str]]:
    """Return the names of the two plans and the pipe length per change."""
    figures = [(facts.before, paper.say("Pinned plan")), (facts.after, paper.say("Compared with it"))]
    for change in CHANGES:
        mine = facts.segments[facts.segments["change"] == change]
        if len(mine):
            length = format_number(float(mine.geometry.length.sum()) / 1000.0, paper.language)
            figures.append((f"{length} km", paper.say(LOOKS[change].label)))
    return figures


def _draw_map(paper: Paper, frames: Frames, basemap: Frames, window: Window, facts: ComparisonFacts) -> None:
    axes = open_map(paper, window)
    draw_basemap(axes, paper, basemap, window)
    segments = facts.segments
    flow = segments[["flow_before", "flow_after"]].abs().max(axis=1).fillna(0.0)
    lanes = segments.assign(flow=flow, carrier=segments["carrier"].astype(str) + LANE + segments["change"].astype(str))
    most = flow.groupby(segments["carrier"]).max()
    largest = {lane: float(most[lane.split(LANE)[0]]) for lane in set(lanes["carrier"])}
    strips = gather_strips(lanes, window, unit=paper.page.unit, largest=largest)
    draw_strips(axes, paper, strips, window, looks=list_lanes())
    sites = draw_changed_sites(axes, paper, facts.sites, window)
    hubs = draw_changed_hubs(axes, paper, facts.hubs, window)
    lines = [strip.line for strip in strips]
    corner = choose_corner(paper, window, [window.project(line) for line in lines])
    draw_scale_and_north(paper, window, frames["corridors"].crs, corner)
    places = open_places(window, lines, sites, [corner, *(hub.box for hub in hubs)])
    place_numbers(paper, list_signs(segments, window), places, colours=_colours())
    write_names(paper, basemap, window, places, hubs=hubs)
    write_basemap_names(paper, basemap, window, places)


def list_lanes() -> dict[str, style.LineStyle]:
    """Return the line style per carrier and change: dashes of the carrier, colour of the change; changes on top."""
    order = sorted(LOOKS, key=lambda change: change != "same")
    return {
        f"{carrier}{LANE}{change}": replace(look, colour=LOOKS[change].colour)
        for change in order
        for carrier, look in CARRIER_STYLE.items()
    }


def _colours() -> dict[str, str]:
    return {sign: LOOKS[change].colour for change, sign in SIGNS.items()}


def list_signs(segments: gpd.GeoDataFrame, window: Window) -> list[tuple[str, Box]]:
    """Return a sign and its point [mm] in the middle of each changed stretch that is long enough, longest first."""
    found: list[tuple[float, str, Box]] = []
    for change, sign in SIGNS.items():
        shapes = clip(segments.geometry[segments["change"] == change], window)
        merged = shapely.line_merge(shapely.union_all(shapes)) if shapes else shapely.MultiLineString()
        for part in shapely.get_parts(merged):
            line = window.project(part)
            if line.length >= SIGN_LEAST_MM:
                middle = line.interpolate(0.5, normalized=True)
                found.append((line.length, sign, (middle.x, middle.y, middle.x, middle.y)))
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    return [(sign, box) for _, sign, box in found[:SIGNS_MOST]]


def _draw_strip(paper: Paper, basemap: Frames, window: Window, box: Box, facts: ComparisonFacts) -> None:
    west, south, east, north = box
    present = set(facts.segments["change"])
    items: list[Item] = [
        (paper.say(LOOKS[change].label), _paint_change(paper, change)) for change in CHANGES if change in present
    ]
    items += list_pipes(paper, set(facts.segments["carrier"]), colour=GREY)
    states = set(facts.sites["change"])
    for change, look in CHANGED_SITES.items():
        if change in states:
            items.append((paper.say(look.label), paint_discs(paper, look, [paper.pt(3.4)])))
    used = facts.hubs[(facts.hubs[["flow_before", "flow_after"]] > 0.0).any(axis=1)]
    for role, label in (("sink", "Hub where flow leaves"), ("supply", "Hub where flow enters")):
        if (used["role"] == role).any():
            items.append((paper.say(label), paint_hub(paper, supply=role == "supply")))
    if (used["flow_after"] == 0.0).any():
        colour = style.CHANGE_STYLE["went"].colour
        items.append((paper.say("Hub no longer used"), paint_hub(paper, supply=False, hollow=True, colour=colour)))
    items += list_basemap(paper, basemap, window)
    columns = split_items(items, LEGEND_COLUMNS)
    room = (north - south) / paper.page.unit - TITLE_MM
    inset = paper.mm(INSET_MM)
    draw_legend(paper, columns, (west, south, east - inset, north), row_mm=min(5.3, room / len(columns[0])))
    draw_inset(paper, basemap, window, (east - inset, south, east, north), facts.sites)


def _paint_change(paper: Paper, change: str) -> Painter:
    line = paint_line(paper, LOOKS[change], 1.0, 2.8)

    def paint(x: float, y: float) -> None:
        line(x, y)
        if change in SIGNS:
            colour = LOOKS[change].colour
            draw_rank(paper, x + paper.mm(4.5), y, SIGNS[change], gid="key", colour=colour)

    return paint


def _draw_column(paper: Paper, box: Box, facts: ComparisonFacts) -> None:
    west, south, east, north = box
    gap = paper.mm(GAP_MM)
    heads, rows = _list_variants(paper, facts)
    floor = south + min(measure_rows(paper, heads, 6), (north - south) / 3.0)
    y = north - draw_rows(paper, "Figures", heads, rows, (west, floor, east, north), row_mm=ROW_MM) - gap
    if y - south < paper.mm(TITLE_MM + 3.0 * ROW_MM):
        return
    heads, rows = _list_corridors(paper, facts)
    if rows:
        draw_rows(paper, "Corridors that changed", heads, rows, (west, south, east, y), row_mm=ROW_MM)


def _list_variants(paper: Paper, facts: ComparisonFacts) -> tuple[list[SheetColumn], list[Row]]:
    """Return the figures of the variants; for two plans also their difference."""
    table = facts.figures
    names = [name for name in table.columns if name not in ("figure", "unit")]
    heads = [SheetColumn("", 0.0, number=False, lines=2), *(SheetColumn(str(name), VARIANT_MM) for name in names)]
    deltas = dict(zip(facts.totals["figure"], facts.totals["delta"], strict=True)) if len(names) <= 2 else {}
    if deltas:
        heads.append(SheetColumn(paper.say("Difference"), VARIANT_MM))
    rows: list[Row] = []
    for row in table.to_dict("records"):
        values = [read_number(row[name]) for name in names]
        digits = pick_digits(values) if any(value != round(value) for value in values if value is not None) else 0
        label = paper.say(str(row["figure"])) + (
            f" [{paper.say(_UNITS.get(row['unit'], row['unit']))}]" if row["unit"] else ""
        )
        cells = [label, *(format_number(value, paper.language, digits) for value in values)]
        if deltas:
            cells.append(write_delta(read_number(deltas.get(row["figure"])), paper.language, digits))
        rows.append(cells)
    return heads, rows


def write_delta(value: float | None, language: str, digits: int) -> str:
    """Format a difference with its sign; a missing value is a dash.

    >>> write_delta(-1234.0, "nl", 0), write_delta(2.5, "en", 1), write_delta(0.0, "en", 0)
    ('−1.234', '+2.5', '0')
    """
    if value is None or round(value, digits) == 0.0:
        return format_number(None if value is None else 0.0, language)
    return ("+" if value > 0.0 else "−") + format_number(abs(value), language, digits)


def _list_corridors(paper: Paper, facts: ComparisonFacts) -> tuple[list[SheetColumn], list[Row]]:
    """Return the corridors that differ, the largest change first."""
    table = facts.corridors[facts.corridors["change"] != "same"]
    avoided = table[["co2_avoided_kt_per_a_before", "co2_avoided_kt_per_a_after"]].fillna(0.0)
    moved = (avoided.iloc[:, 1] - avoided.iloc[:, 0]).abs() if len(table) else pd.Series(dtype=float)
    table = table.assign(moved=moved).sort_values(["moved", "name"], ascending=[False, True])
    unit = f"{paper.say('CO2 avoided')}\n{paper.say('kt/a')}"
    heads = [
        SheetColumn("", 7.0),
        SheetColumn("", 0.0, number=False, lines=2),
        *(SheetColumn(f"{paper.say('Rank')}\n{paper.say(end)}", 13.0) for end in ("before", "after")),
        SheetColumn(unit, 20.0),
        SheetColumn(f"{paper.say('Investment')}\n{paper.say('M EUR')}", 18.0),
    ]
    rows: list[Row] = []
    for row in table.to_dict("records"):
        change = str(row["change"])
        deltas = [
            (read_number(row[f"{name}_after"]) or 0.0) - (read_number(row[f"{name}_before"]) or 0.0)
            for name in ("co2_avoided_kt_per_a", "capex_meur")
        ]
        rows.append(
            [
                _paint_sign(paper, change),
                begin(str(row["name"])),
                *(format_number(read_number(row[name]), paper.language) for name in ("rank_before", "rank_after")),
                *(write_delta(delta, paper.language, pick_digits([delta])) for delta in deltas),
            ]
        )
    return heads, rows


def _paint_sign(paper: Paper, change: str) -> Painter:
    colour = LOOKS[change].colour if change in LOOKS else GREY
    text = SIGNS.get(change, "")

    def paint(x: float, y: float) -> None:
        paper.write(x + paper.mm(2.5), y, text, size_pt=8.5, weight="bold", ha="center", va="middle", colour=colour)

    return paint
