"""Page elements around the map: title, key figures, north arrow, scale bar, inset map and foot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from matplotlib_scalebar.scalebar import ScaleBar
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from infraplan.core import CARRIER_STYLE, format_number, style, translate_unit
from infraplan.reports.sheets.basemap import draw_areas, draw_lines, draw_marks
from infraplan.reports.sheets.columns import TITLE_MM, write_heading
from infraplan.reports.sheets.frames import Frames, find_state, list_known, sum_all
from infraplan.reports.sheets.page import FONT, Box, Paper
from infraplan.reports.sheets.window import Window

GREY = "#6B7178"
CORNER_MM = (44.0, 24.0)
ARROW_MM = 11.0
# Layers of an inset map, and its least height.
INSET_IDS = ("land", "sea", "borders", "settlements", "water_areas", "waterways")
INSET_LEAST_MM = 15.0
# Margin of an inset map on each side: as a share of the land, or of the map if the basemap has no land.
INSET_AIR, PLAIN_AIR = 0.02, 0.25
# Step from the middle of the map to find north.
NORTH_STEP_DEG = 0.01


def draw_title(paper: Paper, title: str, subtitle: str, box: Box) -> None:
    """Draw title and subtitle at the top left."""
    west, _, east, north = box
    size_pt = 21.0
    while size_pt > 13.0 and paper.measure(title, size_pt=size_pt, weight="bold") > east - west:
        size_pt -= 1.0
    name = paper.wrap(title, east - west, size_pt=size_pt, lines=1, weight="bold")
    paper.write(west, north - paper.mm(6.6), name, size_pt=size_pt, weight="bold")
    wrapped = paper.wrap(subtitle, east - west, size_pt=10.5, lines=1)
    paper.write(west, north - paper.mm(12.6), wrapped, size_pt=10.5, colour=GREY)


def list_key_figures(paper: Paper, frames: Frames) -> list[tuple[str, str]]:
    """Return the figures that add up over corridors, sites and hubs, each with unit and meaning.

    CO2 avoided is left out: the marginal figures of two corridors may count the same tonne.
    """
    corridors, language = frames["corridors"], paper.language
    states = [find_state(row) for row in frames["sites"].itertuples(index=False)]
    asked = len(states) - states.count("not in plan")
    figures = [
        (format_number(len(corridors), language), paper.say("Proposed corridors")),
        (f"{format_number(sum_all(corridors['length_km']), language)} km", paper.say("Length")),
        (
            paper.say(
                "{connected} of {asked}",
                connected=format_number(states.count("connected"), language),
                asked=format_number(asked, language),
            ),
            paper.say("Connected sites"),
        ),
    ]
    hubs = frames["hubs"]
    for carrier, look in CARRIER_STYLE.items():
        mine = hubs[(hubs["carrier"] == carrier) & hubs["flow"].notna()]
        units = sorted(set(mine["flow_unit"]))
        total = sum_all(mine["flow"])
        if len(units) == 1 and total:
            unit = paper.say(translate_unit(units[0]))
            label = paper.say("{carrier} through hubs", carrier=paper.say(look.label))
            figures.append((f"{format_number(total, language)} {unit}", label))
    for column, unit, label in (
        ("capex_meur", "M EUR", "Investment"),
        ("cost_meur_per_a", "M EUR/a", "Yearly cost"),
    ):
        total = sum_all(corridors[column])
        figures.append((f"{format_number(total, language)} {paper.say(unit)}", paper.say(label)))
    return figures


def draw_key_figures(paper: Paper, figures: Sequence[tuple[str, str]], box: Box) -> None:
    """Draw a line of large figures with small words below, each as wide as it needs."""
    west, south, east, _ = box
    size_pt, small_pt = 11.5, 7.2
    widths = [
        max(paper.measure(figure, size_pt=size_pt, weight="bold"), paper.measure(label, size_pt=small_pt))
        for figure, label in figures
    ]
    air = paper.mm(3.0) * (len(widths) - 1)
    if sum(widths) + air > east - west:
        share = (east - west - air) / sum(widths)
        size_pt, small_pt, widths = size_pt * share, small_pt * share, [width * share for width in widths]
    gap = min((east - west - sum(widths)) / max(len(widths) - 1, 1), paper.mm(16.0))
    x = west
    for number, ((figure, label), width) in enumerate(zip(figures, widths, strict=True)):
        if number:
            line = x - gap / 2.0
            paper.axes.plot(
                (line, line), (south + paper.mm(0.6), south + paper.mm(8.2)), color="#C9C4BB", linewidth=0.5
            )
        paper.write(x, south + paper.mm(4.4), figure, size_pt=size_pt, weight="bold")
        paper.write(x, south + paper.mm(0.9), label, size_pt=small_pt, colour=GREY)
        x += width + gap


def choose_corner(paper: Paper, window: Window, busy: Sequence[Any]) -> Box:
    """Return the emptiest corner of the map [mm], for scale bar and north arrow."""
    west, south, east, north = window.rect_mm
    width, height = (paper.mm(length) for length in CORNER_MM)
    edge = paper.mm(2.0)
    corners = [
        (west + edge, south + edge, west + edge + width, south + edge + height),
        (east - edge - width, south + edge, east - edge, south + edge + height),
        (west + edge, north - edge - height, west + edge + width, north - edge),
        (east - edge - width, north - edge - height, east - edge, north - edge),
    ]

    def count(corner: Box) -> float:
        area = shapely.box(*corner)
        shapes = [shape.intersection(area) for shape in busy if shape.intersects(area)]
        return float(sum(1.0 + shape.length for shape in shapes))

    return min(corners, key=lambda corner: (count(corner), corners.index(corner)))


def draw_scale_and_north(paper: Paper, window: Window, crs: CRS, corner: Box) -> None:
    """Draw scale bar and north arrow on a light card in a corner of the map."""
    west, south, east, north = corner
    paper.axes.add_patch(
        Rectangle(
            (west, south),
            east - west,
            north - south,
            facecolor="white",
            alpha=0.82,
            linewidth=0.0,
            zorder=19.0,
        )
    )
    draw_north(paper, find_north(window, crs), ((west + east) / 2.0, north - paper.mm(1.2)))
    bar = ScaleBar(
        # One unit of these axes is a millimetre on paper.
        window.m_per_mm,
        "m",
        location="lower center",
        length_fraction=0.85 * (east - west) / paper.page.width_mm,
        width_fraction=paper.mm(0.9) / paper.page.height_mm,
        rotation="horizontal-only",
        frameon=False,
        color=style.INK,
        font_properties={"family": FONT, "size": paper.pt(7.4)},
        scale_formatter=lambda value, unit: f"{format_number(value, paper.language)} {unit}",
        bbox_to_anchor=(west, south, east - west, north - south),
        bbox_transform=paper.axes.transData,
        border_pad=0.3,
    )
    bar.set_zorder(20.0)
    paper.axes.add_artist(bar)


def find_north(window: Window, crs: CRS) -> NDArray[np.float64]:
    """Return the direction of true north on paper in the middle of the map, as a vector (x, y) of length 1.

    Away from the central meridian, grid north of a projection is not true north.
    """
    west, south, east, north = window.bounds_m
    x, y = (west + east) / 2.0, (south + north) / 2.0
    to_earth = Transformer.from_crs(crs, CRS.from_epsg(4326), always_xy=True)
    lon, lat = to_earth.transform(x, y)
    there = to_earth.transform(lon, lat + NORTH_STEP_DEG, direction="INVERSE")
    step = np.array([there[0] - x, there[1] - y])
    return np.asarray(step / np.hypot(*step), dtype=float)


def draw_north(paper: Paper, north: NDArray[np.float64], top_mm: tuple[float, float]) -> None:
    """Draw an arrow that points north, with the letter N."""
    east = np.array([north[1], -north[0]])
    length = paper.mm(ARROW_MM)
    letter = paper.line_mm(9.0)
    foot = np.array(top_mm) - north * (length + letter)
    tip, wing = foot + north * length, foot + north * 0.0
    notch = foot + north * 0.22 * length
    for side, fill in ((-1.0, style.INK), (1.0, style.HALO)):
        corner = wing + side * east * 0.3 * length
        paper.axes.add_patch(
            Polygon(
                [tip, corner, notch],
                closed=True,
                facecolor=fill,
                edgecolor=style.INK,
                linewidth=paper.pt(0.6),
                joinstyle="miter",
                zorder=21.0,
                gid="north-arrow",
            )
        )
    x, y = tip + north * letter * 0.55
    paper.write(float(x), float(y), "N", size_pt=9.0, weight="bold", ha="center", va="center", gid="north-letter")


def draw_inset(paper: Paper, basemap: Frames, window: Window, box: Box, sites: gpd.GeoDataFrame) -> None:
    """Draw an inset map: the frame of the map on land, sea and borders.

    For a study without land and sea, draw its towns, waters and sites.
    """
    known = list_known(basemap)
    layers = {name: basemap[name] for name in INSET_IDS if name in basemap and len(basemap[name])}
    areas = [frame.total_bounds for frame in known or [*layers.values(), sites] if len(frame)]
    west, south, east, north = box
    top = north - paper.mm(TITLE_MM)
    if top - south < paper.mm(INSET_LEAST_MM):
        return
    write_heading(paper, west, north, "Location")
    low, high = np.min([*areas, window.bounds_m], axis=0)[:2], np.max([*areas, window.bounds_m], axis=0)[2:]
    air = (INSET_AIR if known else PLAIN_AIR) * (high - low)
    low, high = low - air, high + air
    m_per_mm = max((high[0] - low[0]) / (east - west), (high[1] - low[1]) / (top - south))
    width, height = (high - low) / m_per_mm
    page = paper.page
    inset = paper.figure.add_axes(
        (
            west / page.width_mm,
            (top - height) / page.height_mm,
            width / page.width_mm,
            height / page.height_mm,
        ),
        zorder=3.0,
    )
    inset.set_xlim(low[0], high[0])
    inset.set_ylim(low[1], high[1])
    _clear(inset, paper)
    detail_m = 0.4 * m_per_mm
    if not known:
        _draw_plain_inset(inset, paper, layers, sites, detail_m)
        paper.write(
            west + paper.mm(1.0),
            top - height + paper.mm(1.0),
            _describe_middle(paper, window, sites.crs),
            size_pt=6.8,
            colour=GREY,
        )
    if "land" in layers:
        draw_areas(inset, _thin(layers["land"], detail_m), "#EBE6DA", zorder=1.0)
    if "sea" in layers:
        draw_areas(inset, _thin(layers["sea"], detail_m), style.SEA_STYLE.fill, zorder=1.1)
    if "borders" in layers:
        lines = _thin(layers["borders"], detail_m)
        draw_lines(inset, lines, style.BORDER_STYLE, width_pt=paper.pt(0.6), zorder=1.2)
    x, y, right, upper = window.bounds_m
    inset.add_patch(
        Rectangle(
            (x, y),
            right - x,
            upper - y,
            facecolor="#F5B30133",
            edgecolor=style.INK,
            linewidth=paper.pt(1.2),
            zorder=2.0,
        )
    )


def _draw_plain_inset(axes: Axes, paper: Paper, layers: Frames, sites: gpd.GeoDataFrame, detail_m: float) -> None:
    """Draw towns, waters and sites of a study whose basemap has no land."""
    axes.set_facecolor(style.LAND_STYLE.fill)
    for name, look in (("settlements", style.SETTLEMENT_STYLE), ("water_areas", style.SEA_STYLE)):
        if name in layers:
            draw_areas(axes, _thin(layers[name], detail_m), look.fill, zorder=1.0)
    if "waterways" in layers:
        lines = _thin(layers["waterways"], detail_m)
        draw_lines(axes, lines, style.WATER_STYLE, width_pt=paper.pt(0.6), zorder=1.1)
    points = [point for point in sites.geometry if point is not None and not point.is_empty]
    draw_marks(
        axes,
        [point.x for point in points],
        [point.y for point in points],
        s=paper.pt(2.4) ** 2,
        facecolors=style.SITE_CONNECTED_STYLE.fill,
        linewidths=0.0,
        zorder=1.3,
    )


def _describe_middle(paper: Paper, window: Window, crs: CRS) -> str:
    """Return latitude and longitude of the middle of the map, as text."""
    west, south, east, north = window.bounds_m
    to_earth = Transformer.from_crs(crs, CRS.from_epsg(4326), always_xy=True)
    lon, lat = to_earth.transform((west + east) / 2.0, (south + north) / 2.0)
    sides = (lat, "north" if lat >= 0.0 else "south"), (lon, "east" if lon >= 0.0 else "west")
    return ", ".join(f"{format_number(abs(angle), paper.language, 2)}° {paper.say(side)}" for angle, side in sides)


def draw_foot(paper: Paper, lines: Sequence[str], hash_line: str, box: Box) -> float:
    """Draw notice, sources and CRS in small type, with the checksum at the right; return the height used [mm]."""
    west, south, east, _ = box
    size_pt = 6.8
    step = paper.line_mm(size_pt)
    hash_mm = paper.measure(hash_line, size_pt=size_pt)
    room = east - west - hash_mm - paper.mm(8.0)
    wrapped = [part for line in lines if line for part in paper.wrap(line, room, size_pt=size_pt, lines=2).split("\n")]
    for number, line in enumerate(reversed(wrapped)):
        # The notice limits the use of the map, so it is darker than the rest.
        colour = style.INK if line.rstrip("…") in lines[0] else GREY
        paper.write(west, south + step * number + paper.mm(0.6), line, size_pt=size_pt, colour=colour)
    paper.write(east, south + paper.mm(0.6), hash_line, size_pt=size_pt, colour=GREY, ha="right", gid="hash")
    return step * max(len(wrapped), 1) + paper.mm(1.5)


def name_crs(crs: CRS) -> str:
    """Return name and code of a CRS, as text for a map."""
    code = crs.to_epsg()
    return f"{crs.name} (EPSG:{code})" if code else str(crs.name)


def _thin(frame: gpd.GeoDataFrame, detail_m: float) -> list[shapely.Geometry]:
    return [shape for shape in frame.geometry.simplify(detail_m) if shape is not None and not shape.is_empty]


def _clear(axes: Axes, paper: Paper) -> None:
    """Remove the ticks and draw a thin frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(paper.pt(0.7))
        spine.set_color("#8D949B")
