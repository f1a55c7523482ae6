"""Fact sheet of one corridor: a close map, figures, pipes, users, hubs, crossings, and its position in the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import geopandas as gpd

from infraplan.core import CARRIER_STYLE, begin, format_number, style, translate_unit
from infraplan.reports.sheets.basemap import draw_basemap
from infraplan.reports.sheets.columns import (
    GREY,
    RULE,
    SWATCH_MM,
    TITLE_MM,
    Group,
    Row,
    SheetColumn,
    draw_rows,
    measure_rows,
    paint_carriers,
    pick_digits,
    shorten,
    write_heading,
)
from infraplan.reports.sheets.facts import CorridorFacts
from infraplan.reports.sheets.frames import Frames, read_number
from infraplan.reports.sheets.labels import open_places, place_ranks, write_names
from infraplan.reports.sheets.layout import Wording, lay_out, open_map
from infraplan.reports.sheets.legend import (
    Item,
    draw_legend,
    list_basemap,
    list_pipes,
    list_sizes,
    paint_discs,
    paint_hub,
    paint_line,
    split_items,
)
from infraplan.reports.sheets.page import Box, Paper
from infraplan.reports.sheets.page_elements import choose_corner, draw_inset, draw_scale_and_north
from infraplan.reports.sheets.place_names import write_basemap_names
from infraplan.reports.sheets.strips import draw_casing, draw_strips, gather_strips
from infraplan.reports.sheets.symbols import SITE_STYLES, draw_hubs, draw_sites, find_largest
from infraplan.reports.sheets.window import Window, open_window

COLUMNS_MM = (88.0, 94.0)
STRIP_MM = 44.0
INSET_MM = 50.0
LEGEND_COLUMNS = 3
# Most rows of pipes and hubs, to leave room for the other tables.
PIPES_MOST, HUBS_MOST = 15, 8
# Share of their column that the users leave to the other tables, if these need it.
REST_SHARE = 0.58
BAR_MM = 6.6
# Height of title, figures and foot together.
ROUND_MM = 58.0
GAP_MM = 4.0
# Pipes of other corridors, for orientation only.
MUTED = {name: replace(look, colour="#A9AEB4") for name, look in CARRIER_STYLE.items()}
OTHER_CORRIDOR_STYLE = style.LineStyle("Pipe of another corridor", "#A9AEB4", 2.2)
CO2_FIGURES = (
    ("co2_avoided_kt_per_a", "Last in (ranks the corridors)"),
    ("co2_avoided_assigned_kt_per_a", "Assigned"),
    ("co2_avoided_first_in_kt_per_a", "First in"),
    ("co2_avoided_gross_kt_per_a", "Gross"),
)
ROUTE_WORDS = {"crosses": "Crosses: {what}", "through": "Through: {what}", "follows": "Follows: {what}"}
Block = tuple[float, Callable[[Box], float]]


def compose_corridor(paper: Paper, wording: Wording, frames: Frames, basemap: Frames, facts: CorridorFacts) -> None:
    """Draw the fact sheet on a blank sheet."""
    corridors = frames["corridors"]
    mine = corridors[corridors["corridor_id"] == facts.corridor_id]
    parts = _list_parts(paper, facts, mine)
    wanted = sum(height + paper.mm(GAP_MM) for _, (height, _) in parts)
    # A corridor with few users fits one column, and leaves more room for the map.
    columns_mm = COLUMNS_MM[1:] if wanted <= paper.page.height_mm - paper.mm(ROUND_MM) else COLUMNS_MM
    figures = _list_figures(paper, frames, mine)
    layout = lay_out(paper, wording, corridors.crs, figures, columns_mm=columns_mm, strip_mm=STRIP_MM)
    near = {**frames, "corridors": mine}
    window = open_window(near, basemap, layout.map, None)
    _draw_map(paper, frames, basemap, window, facts)
    _draw_strip(paper, frames, basemap, window, layout.strip, facts)
    _draw_columns(paper, layout.columns, parts)


def _list_figures(paper: Paper, frames: Frames, mine: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    row = next(mine.itertuples(index=False))

    def amount(name: str, unit: str, digits: int = 0) -> str:
        return f"{format_number(read_number(getattr(row, name)), paper.language, digits)} {paper.say(unit)}"

    rank = paper.say(
        "{rank} of {count}", rank=format_number(read_number(row.rank), paper.language), count=len(frames["corridors"])
    )
    return [
        (rank, paper.say("Rank")),
        (amount("co2_avoided_kt_per_a", "kt/a"), paper.say("CO2 avoided")),
        (format_number(read_number(row.users), paper.language), paper.say("Users")),
        (amount("length_km", "km", 1), paper.say("Length")),
        (amount("capex_meur", "M EUR", pick_digits([read_number(row.capex_meur)])), paper.say("Investment")),
        (amount("cost_meur_per_a", "M EUR/a", 1), paper.say("Yearly cost")),
        (amount("cost_eur_per_t", "EUR/t", 1), paper.say("Pipe cost per tonne")),
    ]


def _draw_map(paper: Paper, frames: Frames, basemap: Frames, window: Window, facts: CorridorFacts) -> None:
    axes = open_map(paper, window)
    draw_basemap(axes, paper, basemap, window)
    corridors, segments = frames["corridors"], frames["segments"]
    chosen = segments["corridor_id"] == facts.corridor_id
    # Same widths as on the overview, so that the two sheets can be compared.
    largest = dict(segments["flow"].abs().groupby(segments["carrier"]).max())
    beside = gather_strips(segments[~chosen], window, unit=paper.page.unit, largest=largest)
    draw_strips(axes, paper, beside, window, looks=MUTED, zorder=4.0)
    strips = gather_strips(segments[chosen], window, unit=paper.page.unit, largest=largest)
    draw_casing(axes, paper, strips, corridors[corridors["corridor_id"] == facts.corridor_id].geometry, window)
    draw_strips(axes, paper, strips, window)
    users, others = _split_sites(frames, facts)
    draw_sites(axes, paper, others, window, largest=find_largest(frames["sites"]), zorder=4.8)
    symbols = draw_sites(axes, paper, users, window, largest=find_largest(frames["sites"]))
    used = frames["hubs"]["hub_id"].isin(facts.hubs["hub_id"])
    hubs = draw_hubs(axes, paper, frames["hubs"].assign(flow=frames["hubs"]["flow"].where(used, 0.0)), window)
    lines = [window.project(strip.line) for strip in strips]
    corner = choose_corner(paper, window, [*lines, *(window.project(point) for point in users.geometry)])
    draw_scale_and_north(paper, window, corridors.crs, corner)
    pipes = [strip.line for strip in (*strips, *beside)]
    places = open_places(window, pipes, symbols, [corner, *(hub.box for hub in hubs)])
    ranks = place_ranks(paper, corridors, window, places, chosen=facts.corridor_id)
    name = begin(str(corridors.set_index("corridor_id")["name"][facts.corridor_id]))
    write_names(
        paper,
        basemap,
        window,
        places,
        users=symbols,
        hubs=[hub for hub in hubs if hub.in_use],
        others=[rank for rank in ranks if rank[0] != name],
    )
    write_basemap_names(paper, basemap, window, places)


def _split_sites(frames: Frames, facts: CorridorFacts) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the users of the corridor, each once and as connected, and the other sites as not in the plan."""
    amount = facts.users.drop_duplicates("place_id").sort_values(["co2_kt_per_a", "place_id"], ascending=[False, True])
    users = amount.rename(columns={"place_id": "site_id"}).assign(connected="yes", left_out="")
    sites = frames["sites"]
    others = sites[~sites["site_id"].isin(users["site_id"])].assign(connected="", left_out="")
    return users, others


def _draw_strip(paper: Paper, frames: Frames, basemap: Frames, window: Window, box: Box, facts: CorridorFacts) -> None:
    items: list[Item] = [(paper.say("This corridor"), paint_line(paper, style.CORRIDOR_STYLE, 0.7))]
    items += list_pipes(paper, set(facts.users["carrier"]))
    items.append((paper.say(OTHER_CORRIDOR_STYLE.label), paint_line(paper, OTHER_CORRIDOR_STYLE)))
    items.append((paper.say("User of this corridor"), paint_discs(paper, SITE_STYLES["connected"], [paper.pt(3.4)])))
    items += list_sizes(paper, find_largest(frames["sites"]))
    items.append((paper.say("Other site"), paint_discs(paper, SITE_STYLES["not in plan"], [paper.pt(3.4)])))
    items.append((paper.say("Hub of its users"), paint_hub(paper, supply=False)))
    if len(facts.hubs) < len(frames["hubs"]):
        items.append((paper.say("Other hub"), paint_hub(paper, supply=True, hollow=True)))
    items += list_basemap(paper, basemap, window)
    columns = split_items(items, LEGEND_COLUMNS)
    room = (box[3] - box[1]) / paper.page.unit - TITLE_MM
    west, south, east, north = box
    inset = paper.mm(INSET_MM)
    draw_legend(paper, columns, (west, south, east - inset, north), row_mm=min(5.3, room / len(columns[0])))
    draw_inset(paper, basemap, window, (east - inset, south, east, north), frames["sites"])


def _list_parts(paper: Paper, facts: CorridorFacts, mine: gpd.GeoDataFrame) -> list[tuple[int | None, Block]]:
    """Return the tables for the columns; a number means the table must be in that column."""
    return [
        (0, _figures(paper, mine)),
        (0, _pipes(paper, facts)),
        (-1, _users(paper, facts)),
        (None, _hubs(paper, facts)),
        (None, _position(paper, facts)),
        (None, _along_route(paper, facts)),
    ]


def _draw_columns(paper: Paper, columns: Sequence[Box], parts: Sequence[tuple[int | None, Block]]) -> None:
    """Fill the columns from the top: each part in its own column, or in the one with most room."""
    tops = [box[3] for box in columns]
    rest = [block for place, block in parts if place is None]
    south = columns[0][1]
    for place, (height, draw) in parts:
        roomiest = max(range(len(columns)), key=lambda n: (tops[n], -n))
        column = roomiest if place is None else place % len(columns)
        west, _, east, _ = columns[column]
        floor = south
        if place == -1 and len(columns) > 1:
            # The users may push other tables to the first column, but not off the sheet.
            free = tops[0] - south - paper.mm(GAP_MM)
            wanted = sum(block[0] + paper.mm(GAP_MM) for block in rest) - free
            floor += min(max(wanted, 0.0), REST_SHARE * (tops[column] - south))
        if height:
            tops[column] -= draw((west, floor, east, tops[column])) + paper.mm(GAP_MM)


def _figures(paper: Paper, mine: gpd.GeoDataFrame) -> Block:
    """Return the four CO2-avoided figures as bars."""
    row = next(mine.itertuples(index=False))
    figures = [(read_number(getattr(row, name, None)), paper.say(label)) for name, label in CO2_FIGURES]
    most = max([figure or 0.0 for figure, _ in figures])

    def draw(box: Box) -> float:
        west, _, east, north = box
        write_heading(paper, west, north, "CO2-reduction potential [kt/a]")
        y = north - paper.mm(TITLE_MM)
        start, room = west + paper.mm(47.0), east - west - paper.mm(47.0 + 15.0)
        digits = pick_digits([most])
        for number, (figure, label) in enumerate(figures):
            middle = y - paper.mm(BAR_MM) / 2.0
            wrapped = paper.wrap(begin(label), paper.mm(46.0), size_pt=7.2, lines=2)
            weight = "normal" if number else "bold"
            va = "center" if "\n" in wrapped else "middle"
            paper.write(west, middle, wrapped, size_pt=7.2, va=va, weight=weight, linespacing=1.0)
            width = room * (figure or 0.0) / most if most > 0.0 else 0.0
            half = paper.mm(1.7)
            paper.axes.fill(
                (start, start + width, start + width, start),
                (middle - half, middle - half, middle + half, middle + half),
                facecolor=style.INK if not number else RULE,
                linewidth=0.0,
            )
            text = format_number(figure, paper.language, digits)
            paper.write(start + width + paper.mm(1.5), middle, text, size_pt=7.5, va="middle")
            y -= paper.mm(BAR_MM)
        return north - y

    return paper.mm(TITLE_MM + BAR_MM * len(figures)), draw


def _block(
    paper: Paper,
    title: str,
    columns: Sequence[SheetColumn],
    rows: Sequence[Row],
    row_mm: float = 5.0,
    *,
    most: int | None = None,
) -> Block:
    """Return a table with at most ``most`` rows, and its height."""
    height = measure_rows(paper, columns, min(len(rows), most or len(rows)), row_mm=row_mm) if rows else 0.0

    def draw(box: Box) -> float:
        west, south, east, north = box
        floor = south if most is None else max(south, north - height)
        return draw_rows(paper, title, columns, rows, (west, floor, east, north), row_mm=row_mm)

    return height, draw


def _unit(paper: Paper, unit: str) -> str:
    return paper.say(translate_unit(unit))


def _users(paper: Paper, facts: CorridorFacts) -> Block:
    """Return the table of users: flow now, and need in the other years."""
    years = [year for year in facts.years if year != facts.year]
    heads = [SheetColumn("", 0.0, number=False), SheetColumn(paper.say("Flow in {year}", year=facts.year), 12.0)]
    heads += [SheetColumn(str(year), 11.0) for year in years]
    rows: list[Row] = []
    table = facts.users
    for carrier in [c for c in CARRIER_STYLE if (table["carrier"] == c).any()]:
        mine = table[table["carrier"] == carrier]
        unit = _unit(paper, str(mine["unit"].iloc[0]))
        rows.append(Group(f"{paper.say(CARRIER_STYLE[carrier].label)} [{unit}]", paint_carriers(paper, [carrier])))
        for row in mine.sort_values(["amount", "name"], ascending=[False, True]).to_dict("records"):
            amounts = [row["amount"], *(row[str(year)] for year in years)]
            rows.append([shorten(str(row["name"])), *(_write(paper, amount) for amount in amounts)])
    return _block(paper, "Users and their need per year", heads, rows, 4.7)


def _write(paper: Paper, amount: Any) -> str:
    figure = read_number(amount)
    return format_number(figure, paper.language, pick_digits([figure]) if figure else 0)


def _pipes(paper: Paper, facts: CorridorFacts) -> Block:
    columns = [
        SheetColumn("", SWATCH_MM + 2.0),
        SheetColumn(paper.say("Size"), 0.0, number=False),
        SheetColumn(f"{paper.say('Length')}\nkm", 11.0),
        SheetColumn(paper.say("Flow up to"), 22.0),
        SheetColumn(f"{paper.say('Investment')}\n{paper.say('M EUR')}", 14.0),
        SheetColumn(paper.say("M EUR/a"), 16.0),
    ]
    rows: list[Row] = []
    for row in facts.pipes.to_dict("records"):
        size = f"DN {format_number(row['dn_mm'], paper.language)}" + (f" × {row['pipes']}" if row["pipes"] > 1 else "")
        rows.append(
            [
                paint_carriers(paper, [str(row["carrier"])]),
                size,
                format_number(row["length_km"], paper.language, 1),
                f"{format_number(row['flow'], paper.language)} {_unit(paper, row['unit'])}",
                format_number(row["capex_meur"], paper.language, 1),
                format_number(row["cost_meur_per_a"], paper.language, 1),
            ]
        )
    return _block(paper, "Pipes", columns, rows, most=PIPES_MOST)


def _hubs(paper: Paper, facts: CorridorFacts) -> Block:
    columns = [SheetColumn("", SWATCH_MM + 2.0), SheetColumn("", 0.0, number=False), SheetColumn("", 26.0)]
    rows: list[Row] = [
        [
            paint_carriers(paper, [str(row["carrier"])]),
            begin(paper.say("to {hub}" if row["gives"] else "from {hub}", hub=shorten(row["name"]))),
            f"{_write(paper, row['amount'])} {_unit(paper, row['unit'])}",
        ]
        for row in facts.hubs.to_dict("records")
    ]
    return _block(paper, "Hubs of its users", columns, rows, most=HUBS_MOST)


def _along_route(paper: Paper, facts: CorridorFacts) -> Block:
    """Return the table of features that the corridor crosses, runs through or follows."""
    rows: list[Row] = []
    for kind, group in groupby(facts.along_route.to_dict("records"), key=lambda row: row["kind"]):
        for row in group:
            what = paper.say(ROUTE_WORDS[kind], what=row["name"])
            amount = (
                format_number(row["count"], paper.language)
                if kind == "crosses"
                else f"{format_number(row['length_km'], paper.language, 1)} km"
            )
            rows.append([(what, row["names"]) if row["names"] else what, amount])
    if not rows:
        rows.append([paper.say("Crosses nothing that the layers know, and follows no existing strip."), ""])
    columns = [SheetColumn("", 0.0, number=False, lines=2), SheetColumn("", 16.0)]
    return _block(paper, "On its way", columns, rows, 6.4)


def _position(paper: Paper, facts: CorridorFacts) -> Block:
    """Return the lines on the corridor's position in the plan, each with heading and text."""
    size_pt, label_mm = 7.3, 30.0
    width = paper.mm(COLUMNS_MM[0] - label_mm)
    wrapped = [(label, paper.wrap(begin(text), width, size_pt=size_pt, lines=4)) for label, text in facts.position]
    step = paper.line_mm(size_pt)
    air = paper.mm(1.3)
    height = paper.mm(TITLE_MM) + sum(step * (text.count("\n") + 1) + air for _, text in wrapped)

    def draw(box: Box) -> float:
        west, _, _, north = box
        write_heading(paper, west, north, "How it stands in the plan")
        y = north - paper.mm(TITLE_MM)
        for label, text in wrapped:
            paper.write(west, y, label, size_pt=size_pt, va="top", colour=GREY)
            paper.write(west + paper.mm(label_mm), y, text, size_pt=size_pt, va="top")
            y -= step * (text.count("\n") + 1) + air
        return north - y

    return height, draw
