"""Sites and hubs on the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
from matplotlib.axes import Axes
from shapely import Point

from infraplan.core import CARRIER_STYLE, style
from infraplan.reports.sheets.basemap import draw_marks
from infraplan.reports.sheets.frames import find_state, read_number
from infraplan.reports.sheets.page import MM_PER_PT, PT_PER_PX, Box, Paper
from infraplan.reports.sheets.window import Window

SITE_STYLES = {
    "not in plan": style.AreaStyle("Site not in the plan", style.SITE_OUTSIDE_STYLE.fill, style.HALO, 0.9),
    "left out": style.SITE_LEFT_OUT_STYLE,
    "connected": style.SITE_CONNECTED_STYLE,
}
# Comparison: colour and rim show whether a site's pipes came, stayed or went.
CHANGED_SITES = {
    "same": style.AreaStyle("Connected before and after", style.SITE_CONNECTED_STYLE.fill, style.HALO, 0.92),
    "came": style.AreaStyle("Newly connected site", style.CHANGE_STYLE["came"].colour, style.HALO, 1.0),
    "went": style.AreaStyle("Site no longer connected", style.HALO, style.CHANGE_STYLE["went"].colour, 1.0),
    "": style.AreaStyle("Other site", style.SITE_OUTSIDE_STYLE.fill, style.HALO, 0.9),
}
# Print is finer than a screen, so the symbols are smaller.
PRINT_SHARE = 0.8
OUTLINE_PT = 0.7
# States of a connected site.
IN_USE = ("connected", "same", "came")


@dataclass(frozen=True)
class Symbol:
    """A symbol on paper: its name, its box [mm] and whether it is in use."""

    name: str
    box: Box
    in_use: bool


def size_site(amount_kt_per_a: float | None, largest_kt_per_a: float, paper: Paper) -> float:
    """Return the radius [pt] of a site's disc."""
    radius_px = style.scale_by_area(amount_kt_per_a or 0.0, largest_kt_per_a, style.SITE_RADIUS_PX)
    return paper.pt(radius_px * PT_PER_PX * PRINT_SHARE)


def draw_sites(
    axes: Axes,
    paper: Paper,
    sites: gpd.GeoDataFrame,
    window: Window,
    *,
    largest: float | None = None,
    zorder: float = 7.0,
) -> list[Symbol]:
    """Draw the sites, large discs first; return them as obstacles for labels.

    ``largest`` is the CO2 [kt/a] of the largest disc, if it is not one of these sites.
    """
    largest = find_largest(sites) if largest is None else largest
    states = [find_state(row) for row in sites.itertuples(index=False)]
    return _draw_discs(axes, paper, sites.assign(state=states), window, SITE_STYLES, largest=largest, zorder=zorder)


def draw_changed_sites(axes: Axes, paper: Paper, sites: gpd.GeoDataFrame, window: Window) -> list[Symbol]:
    """Draw the sites of two plans by the change of their pipes (see ``ComparisonFacts``), changes on top."""
    looks = {state: CHANGED_SITES[state] for state in ("", "same", "came", "went")}
    table = sites.assign(state=sites["change"])
    return _draw_discs(axes, paper, table, window, looks, largest=find_largest(sites), zorder=7.0)


def _draw_discs(
    axes: Axes,
    paper: Paper,
    sites: gpd.GeoDataFrame,
    window: Window,
    looks: Mapping[str, style.AreaStyle],
    *,
    largest: float,
    zorder: float,
) -> list[Symbol]:
    """Draw the sites of each ``state`` in its style, the last state on top and large discs first."""
    rows = [row for row in sites.itertuples(index=False) if window.frame.covers(row.geometry)]
    rows.sort(key=lambda row: (-(read_number(row.co2_kt_per_a) or 0.0), str(row.site_id)))
    symbols = []
    for level, (state, look) in enumerate(looks.items()):
        mine = [row for row in rows if row.state == state]
        if not mine:
            continue
        radii = [size_site(read_number(row.co2_kt_per_a), largest, paper) for row in mine]
        draw_marks(
            axes,
            [row.geometry.x for row in mine],
            [row.geometry.y for row in mine],
            s=[(2.0 * radius) ** 2 for radius in radii],
            facecolors=look.fill,
            edgecolors=look.outline,
            linewidths=paper.pt(OUTLINE_PT),
            alpha=look.opacity,
            zorder=zorder + 0.1 * level,
            gid=f"sites-{state.replace(' ', '-') or 'other'}",
        )
        symbols += [
            Symbol(str(row.name), box_around(row.geometry, radius, window), state in IN_USE)
            for row, radius in zip(mine, radii, strict=True)
        ]
    return symbols


def find_largest(sites: gpd.GeoDataFrame) -> float:
    """Return the CO2 [kt/a] of the largest site; 0 without sites."""
    return max((read_number(amount) or 0.0 for amount in sites["co2_kt_per_a"]), default=0.0)


def draw_hubs(
    axes: Axes, paper: Paper, hubs: gpd.GeoDataFrame, window: Window, *, idle: str | None = None
) -> list[Symbol]:
    """Draw squares where flow leaves and diamonds where it enters, hollow if the plan does not use the hub.

    ``idle`` is the colour of hollow hubs; default: that of their carrier.
    """
    symbols: list[Symbol] = []
    largest: dict[str, float] = {}
    for row in hubs.itertuples(index=False):
        largest[row.carrier] = max(largest.get(row.carrier, 0.0), read_number(row.flow) or 0.0)
    for row in hubs.sort_values("hub_id").itertuples(index=False):
        if not window.frame.covers(row.geometry):
            continue
        flow = read_number(row.flow) or 0.0
        colour = CARRIER_STYLE[row.carrier].colour if row.carrier in CARRIER_STYLE else style.INK
        side_px = style.scale_by_area(flow, largest[row.carrier], style.HUB_SIZE_PX)
        side_pt = paper.pt(side_px * PT_PER_PX * PRINT_SHARE)
        point = _make_room(row.geometry, side_pt, symbols, window)
        draw_hub(
            axes,
            paper,
            point.x,
            point.y,
            colour=idle if idle and flow == 0.0 else colour,
            supply=row.role == "supply",
            hollow=flow == 0.0,
            side_pt=side_pt,
        )
        symbols.append(Symbol(str(row.name), box_around(point, side_pt / 2.0, window), flow > 0.0))
    return symbols


def draw_changed_hubs(axes: Axes, paper: Paper, hubs: gpd.GeoDataFrame, window: Window) -> list[Symbol]:
    """Draw the hubs that two plans use (see ``ComparisonFacts``), hollow if the second plan does not use them."""
    used = hubs[(hubs[["flow_before", "flow_after"]] > 0.0).any(axis=1)]
    return draw_hubs(axes, paper, used.assign(flow=used["flow_after"]), window, idle=style.CHANGE_STYLE["went"].colour)


def draw_hub(
    axes: Axes, paper: Paper, x: float, y: float, *, colour: str, supply: bool, hollow: bool, side_pt: float
) -> None:
    """Draw one hub with a white rim, on the map or in the legend."""
    draw_marks(
        axes,
        [x],
        [y],
        # A diamond looks larger than a square of the same side, so make it smaller.
        s=[(side_pt * (0.8 if supply else 1.0)) ** 2],
        marker="D" if supply else "s",
        facecolors=style.HALO if hollow else colour,
        edgecolors=colour if hollow else style.HALO,
        linewidths=paper.pt(1.1),
        zorder=8.0 if hollow else 8.1,
        gid="hub",
    )


def _make_room(point: Point, side_pt: float, symbols: list[Symbol], window: Window) -> Point:
    """Return a point beside an earlier symbol if a hub would hide it and there is room; else the same point."""
    step_m = side_pt * window.m_per_pt
    for x, y in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (2, 0), (-2, 0)):
        moved = Point(point.x + x * step_m, point.y + y * step_m)
        west, south, east, north = box_around(moved, 0.4 * side_pt, window)
        if not any(
            west < box[2] and box[0] < east and south < box[3] and box[1] < north
            for box in (symbol.box for symbol in symbols)
        ):
            return moved
    return point


def box_around(point: Point, radius_pt: float, window: Window) -> Box:
    """Return the box [mm] of a disc on paper."""
    x, y = (float(c) for c in window.project(point).coords[0])
    radius = radius_pt * MM_PER_PT
    return (x - radius, y - radius, x + radius, y + radius)
