"""Needs sheet of one carrier: discs by amount, the largest places, sums per sector and cluster with their range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from infraplan.core import CARRIER_STYLE, begin, format_number, style, translate_unit
from infraplan.reports.sheets.basemap import draw_basemap, draw_marks, draw_stroke
from infraplan.reports.sheets.columns import (
    SWATCH_MM,
    TITLE_MM,
    Cell,
    Group,
    Painter,
    Row,
    SheetColumn,
    draw_rows,
    measure_lines,
    measure_rows,
    shorten,
)
from infraplan.reports.sheets.facts import NeedsFacts
from infraplan.reports.sheets.frames import Frames, lies_on, read_number
from infraplan.reports.sheets.labels import BADGE_MM, draw_rank, open_places, place_numbers, write_names
from infraplan.reports.sheets.layout import Wording, lay_out, open_map
from infraplan.reports.sheets.legend import Item, draw_legend, list_basemap, paint_discs, pick_sizes, split_items
from infraplan.reports.sheets.page import PT_PER_PX, Box, Paper
from infraplan.reports.sheets.page_elements import choose_corner, draw_inset, draw_scale_and_north
from infraplan.reports.sheets.place_names import write_basemap_names
from infraplan.reports.sheets.symbols import Symbol, box_around
from infraplan.reports.sheets.window import Window, find_aspect, open_window

COLUMNS_MM = (92.0, 96.0)
STRIP_MM = 40.0
INSET_MM = 52.0
INSET_SHARE = 1.1
NUMBERED = 12
LEGEND_COLUMNS = 3
LEGEND_MM = 8.0
GAP_MM = 4.0
# Width of the role sign; without sign if there is only one role.
ROLE_MM, NO_ROLE_MM = 5.0, 0.01
ROW_MM = 4.9
# Row height of the conditions, by the number of lines of the longest one.
CONDITION_MM = {1: 5.6, 2: 7.0, 3: 9.8}
# A column gets a decimal if all its amounts are below this.
FINE = 100.0
RADIUS_PX = (2.6, 19.0)
ROLES = {"supply": "offered", "demand": "used"}
DISC_OPACITY = 0.72


def compose_needs(paper: Paper, wording: Wording, frames: Frames, basemap: Frames, facts: NeedsFacts) -> None:
    """Draw the needs of a carrier on a blank sheet."""
    crs = frames["corridors"].crs
    # A place far away would make the map mostly empty: list it as text instead.
    known = lies_on(basemap, facts.places.geometry)
    near = facts.places[known] if known.any() else facts.places
    layout = lay_out(
        paper,
        wording,
        crs,
        _list_figures(paper, facts),
        columns_mm=COLUMNS_MM,
        strip_mm=STRIP_MM,
        aspect=find_aspect(near),
    )
    window = open_window({**frames, "corridors": near, "segments": near}, basemap, layout.map, None)
    numbers = _number(facts.places)
    _draw_map(paper, basemap, window, facts, numbers)
    _draw_strip(paper, frames, basemap, window, layout.strip, facts)
    _draw_columns(paper, layout.columns, facts, numbers, _name_beyond(paper, window, facts))


def _name_beyond(paper: Paper, window: Window, facts: NeedsFacts) -> str:
    """Return the names of the places off the map, largest first; empty if all are on it."""
    beyond = facts.places[~facts.places.within(window.frame)].sort_values(["amount", "name"], ascending=[False, True])
    names = dict.fromkeys(shorten(str(name)) for name in beyond["name"])
    return f"{paper.say('Off the map')}: {', '.join(names)}" if names else ""


def find_look(carrier: str, role: str) -> style.AreaStyle:
    """Return the disc style of a carrier: filled for supply, a ring for demand."""
    colour = CARRIER_STYLE[carrier].colour
    if role == "supply":
        return style.AreaStyle(ROLES[role], colour, style.HALO, DISC_OPACITY)
    return style.AreaStyle(ROLES[role], style.HALO, colour, DISC_OPACITY)


def _list_roles(facts: NeedsFacts) -> list[str]:
    return [role for role in ROLES if (facts.places["role"] == role).any()]


def _list_figures(paper: Paper, facts: NeedsFacts) -> list[tuple[str, str]]:
    unit = paper.say(translate_unit(facts.unit))
    figures = [(str(facts.year), paper.say("Year"))]
    for role in _list_roles(facts):
        mine = facts.places[facts.places["role"] == role]
        low, most, high = (float(mine[name].sum()) for name in ("amount_low", "amount", "amount_high"))
        word = begin(paper.say(ROLES[role]))
        figures.append((f"{format_number(most, paper.language)} {unit}", f"{word}, {paper.say('most likely')}"))
        span = paper.say(
            "{low} to {high}", low=format_number(low, paper.language), high=format_number(high, paper.language)
        )
        figures.append((span, f"{word}, {paper.say('low to high')}"))
        figures.append(
            (
                format_number(mine["place_id"].nunique(), paper.language),
                f"{paper.say('Places')}, {paper.say(ROLES[role])}",
            )
        )
    return figures


def _number(places: gpd.GeoDataFrame) -> pd.Series[int]:
    """Return the numbers of the largest places, from 1, by row of the table."""
    order = places.sort_values(["amount", "place_id", "role"], ascending=[False, True, True]).head(NUMBERED)
    return pd.Series(range(1, len(order) + 1), index=order.index)


def _draw_map(paper: Paper, basemap: Frames, window: Window, facts: NeedsFacts, numbers: pd.Series[int]) -> None:
    axes = open_map(paper, window)
    draw_basemap(axes, paper, basemap, window)
    largest = float(facts.places["amount"].max()) if len(facts.places) else 0.0
    table = facts.places[facts.places.within(window.frame)]
    table = table.sort_values(["amount", "place_id", "role"], ascending=[False, True, True])
    looks = [find_look(facts.carrier, role) for role in table["role"]]
    radii = [size_disc(read_number(amount), largest, paper) for amount in table["amount"]]
    draw_marks(
        axes,
        table.geometry.x,
        table.geometry.y,
        s=[(2.0 * radius) ** 2 for radius in radii],
        facecolors=[look.fill for look in looks],
        edgecolors=[look.outline for look in looks],
        linewidths=[paper.pt(1.4 if role == "demand" else 0.6) for role in table["role"]],
        alpha=DISC_OPACITY,
        zorder=7.0,
        gid="needs",
    )
    boxes = [box_around(point, radius, window) for point, radius in zip(table.geometry, radii, strict=True)]
    symbols = [Symbol(str(name), box, in_use=True) for name, box in zip(table["name"], boxes, strict=True)]
    numbered = [
        (str(numbers[index]), box) for index, box in zip(table.index, boxes, strict=True) if index in numbers.index
    ]
    corner = choose_corner(paper, window, [window.project(point) for point in facts.places.geometry])
    draw_scale_and_north(paper, window, facts.places.crs, corner)
    places = open_places(window, [], symbols, [corner])
    place_numbers(paper, sorted(numbered, key=lambda pair: int(pair[0])), places)
    write_names(paper, basemap, window, places)
    write_basemap_names(paper, basemap, window, places)


def size_disc(amount: float | None, largest: float, paper: Paper) -> float:
    """Return the radius [pt] of a disc whose area grows with the amount."""
    return paper.pt(style.scale_by_area(amount or 0.0, largest, RADIUS_PX) * PT_PER_PX * 0.8)


def _draw_strip(paper: Paper, frames: Frames, basemap: Frames, window: Window, box: Box, facts: NeedsFacts) -> None:
    west, south, east, north = box
    carrier = paper.say(CARRIER_STYLE[facts.carrier].label)
    items: list[Item] = []
    for role in _list_roles(facts):
        look = find_look(facts.carrier, role)
        items.append((f"{carrier}: {paper.say(ROLES[role])}", paint_discs(paper, look, [paper.pt(3.4)])))
    largest = float(facts.places["amount"].max()) if len(facts.places) else 0.0
    if sizes := pick_sizes(largest):
        unit = paper.say(translate_unit(facts.unit))
        label = " · ".join(format_number(amount, paper.language) for amount in sizes) + f" {unit}"
        look = find_look(facts.carrier, _list_roles(facts)[0])
        items.append((label, paint_discs(paper, look, [size_disc(a, largest, paper) for a in sizes])))
    items.append((paper.say("Number in the table"), _paint_number(paper)))
    items += list_basemap(paper, basemap, window)
    columns = split_items(items, LEGEND_COLUMNS)
    room = (north - south) / paper.page.unit - TITLE_MM
    # A higher strip has a larger inset map.
    inset = max(paper.mm(INSET_MM), INSET_SHARE * (north - south))
    draw_legend(paper, columns, (west, south, east - inset, north), row_mm=min(LEGEND_MM, room / len(columns[0])))
    draw_inset(paper, basemap, window, (east - inset, south, east, north), frames["sites"])


def _paint_number(paper: Paper) -> Painter:
    return lambda x, y: draw_rank(paper, x + paper.mm(SWATCH_MM) / 2.0, y, "1", gid="key")


def _draw_columns(
    paper: Paper, columns: Sequence[Box], facts: NeedsFacts, numbers: pd.Series[int], beyond: str
) -> None:
    gap = paper.mm(GAP_MM)
    west, south, east, north = columns[0]
    conditions, heads_below = _list_conditions(paper, facts), _condition_heads(paper, facts)
    row_mm = CONDITION_MM[measure_lines(paper, heads_below, conditions, east - west)]
    below = measure_rows(paper, heads_below, len(conditions), row_mm=row_mm) + gap if conditions else 0.0
    floor = south + min(below, (north - south) * 0.42)
    heads, rows = _list_largest(paper, facts, numbers)
    box = (west, floor, east, north)
    y = north - draw_rows(paper, "Largest", heads, rows, box, row_mm=6.8, note=beyond) - gap
    if conditions:
        box = (west, south, east, y)
        draw_rows(paper, "In which condition", heads_below, conditions, box, row_mm=row_mm)
    west, south, east, north = columns[1]
    y = north
    parts = (("Per year", _list_years), ("Per sector", _list_sums("sectors")), ("Per cluster", _list_sums("clusters")))
    for title, list_rows in parts:
        heads, rows = list_rows(paper, facts)
        if rows:
            # Leave half of the remaining space to the clusters.
            floor = south + ((y - south) * 0.5 if title == "Per sector" else 0.0)
            y -= draw_rows(paper, title, heads, rows, (west, floor, east, y), row_mm=ROW_MM) + gap


def _paint_role(paper: Paper, facts: NeedsFacts, role: str) -> Painter:
    if len(_list_roles(facts)) == 1:
        return lambda x, y: None
    look = find_look(facts.carrier, role)
    disc = paint_discs(paper, look, [paper.pt(2.9)])
    # As wide as the disc itself.
    return lambda x, y: disc(x - paper.mm(SWATCH_MM) / 2.0 + paper.mm(1.7), y)


def _list_largest(paper: Paper, facts: NeedsFacts, numbers: pd.Series[int]) -> tuple[list[SheetColumn], list[Row]]:
    table = facts.places.loc[numbers.index]
    digits = int(bool((table["amount"] < FINE).all()))
    heads = [
        SheetColumn("", BADGE_MM * 2.0 + 2.2),
        SheetColumn("", ROLE_MM if len(_list_roles(facts)) > 1 else NO_ROLE_MM),
        SheetColumn("", 0.0, number=False),
        *_range_heads(paper, facts),
    ]
    rows: list[Row] = []
    for number, row in zip(numbers, table.to_dict("records"), strict=True):
        rows.append(
            [
                _paint_badge(paper, str(number)),
                _paint_role(paper, facts, row["role"]),
                (shorten(str(row["name"])), begin(str(row["sector"]))),
                *_write_range(paper, row, digits),
            ]
        )
    return heads, rows


def _paint_badge(paper: Paper, text: str) -> Painter:
    return lambda x, y: draw_rank(paper, x + paper.mm(BADGE_MM), y, text, gid="key")


def _range_heads(paper: Paper, facts: NeedsFacts) -> list[SheetColumn]:
    unit = paper.say(translate_unit(facts.unit))
    return [
        SheetColumn(paper.say("Low"), 11.0),
        SheetColumn(f"{paper.say('Most likely')}\n{unit}", 17.0),
        SheetColumn(paper.say("High"), 11.0),
    ]


def _write_range(paper: Paper, row: Any, digits: int) -> list[str]:
    names = ("amount_low", "amount", "amount_high")
    return [format_number(read_number(row[name]), paper.language, digits) for name in names]


def _list_sums(table: str) -> Any:
    """Return a function that lists the sums per sector or per cluster, with a bar from low to high."""

    def list_rows(paper: Paper, facts: NeedsFacts) -> tuple[list[SheetColumn], list[Row]]:
        sums: pd.DataFrame = getattr(facts, table)
        most = float(sums["amount_high"].max()) if len(sums) else 0.0
        digits = int(most < FINE)
        heads = [
            SheetColumn("", ROLE_MM if len(_list_roles(facts)) > 1 else NO_ROLE_MM),
            SheetColumn("", 0.0, number=False),
            SheetColumn("", 16.0),
            *_range_heads(paper, facts),
        ]
        rows: list[Row] = []
        for role in _list_roles(facts):
            if len(_list_roles(facts)) > 1:
                rows.append(Group(begin(paper.say(ROLES[role]))))
            for row in sums[sums["role"] == role].to_dict("records"):
                bar = _paint_range(paper, facts, row, most)
                words: list[Cell] = [_paint_role(paper, facts, role), begin(shorten(str(row["name"]))), bar]
                rows.append([*words, *_write_range(paper, row, digits)])
        return heads, rows

    return list_rows


def _paint_range(paper: Paper, facts: NeedsFacts, row: Any, most: float) -> Painter:
    """Return a painter of a thin line from low to high, with a dot at the most likely amount."""
    low, mode, high = (paper.mm(15.0) * float(row[n]) / most for n in ("amount_low", "amount", "amount_high"))
    colour = CARRIER_STYLE[facts.carrier].colour

    def paint(x: float, y: float) -> None:
        draw_stroke(paper.axes, (x + low, x + high), (y, y), color=colour, linewidth=paper.pt(1.6), alpha=0.45)
        look = replace(find_look(facts.carrier, row["role"]), opacity=1.0)
        draw_marks(
            paper.axes,
            [x + mode],
            [y],
            s=[paper.pt(4.0) ** 2],
            facecolors=look.fill,
            edgecolors=colour,
            linewidths=paper.pt(0.8),
            zorder=27.0,
        )

    return paint


def _list_years(paper: Paper, facts: NeedsFacts) -> tuple[list[SheetColumn], list[Row]]:
    """Return one row per role, one column per year."""
    years = sorted(set(facts.years["year"]))
    amounts = facts.years.set_index(["role", "year"])["amount"]
    heads = [
        SheetColumn("", ROLE_MM if len(_list_roles(facts)) > 1 else NO_ROLE_MM),
        SheetColumn("", 0.0, number=False),
        *(SheetColumn(str(year), 13.0) for year in years),
    ]
    rows: list[Row] = [
        [
            _paint_role(paper, facts, role),
            begin(paper.say(ROLES[role])),
            *(format_number(read_number(amounts.get((role, year))), paper.language) for year in years),
        ]
        for role in _list_roles(facts)
    ]
    return heads, rows


def _condition_heads(paper: Paper, facts: NeedsFacts) -> list[SheetColumn]:
    unit = paper.say(translate_unit(facts.unit))
    return [
        SheetColumn("", ROLE_MM if len(_list_roles(facts)) > 1 else NO_ROLE_MM),
        SheetColumn("", 0.0, number=False, lines=max(CONDITION_MM)),
        SheetColumn(paper.say("Places"), 12.0),
        SheetColumn(f"{paper.say('Amount')}\n{unit}", 18.0),
    ]


def _list_conditions(paper: Paper, facts: NeedsFacts) -> list[Row]:
    return [
        [
            _paint_role(paper, facts, row["role"]),
            begin(str(row["condition"])),
            format_number(row["places"], paper.language),
            format_number(read_number(row["amount"]), paper.language),
        ]
        for row in facts.conditions.to_dict("records")
    ]
