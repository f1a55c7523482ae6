"""The basemap under the plan: land, water, towns, roads, borders and existing pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from infraplan.core import style
from infraplan.reports.sheets.frames import Frames, list_known
from infraplan.reports.sheets.page import PT_PER_PX, Paper
from infraplan.reports.sheets.window import Window

AREAS = (
    ("land", style.LAND_STYLE),
    ("protected", style.PROTECTED_STYLE),
    ("settlements", style.SETTLEMENT_STYLE),
    ("port_zones", style.PORT_STYLE),
    ("sea", style.SEA_STYLE),
    ("water_areas", style.SEA_STYLE),
)
LINES = (
    ("borders", style.BORDER_STYLE),
    ("railways", style.RAILWAY_STYLE),
    ("motorways", style.MOTORWAY_STYLE),
)
# Statuses of a pipeline that lies in the ground; every other one is only an intention.
LAID = ("operational", "under construction")
BEYOND_STYLE = style.AreaStyle("Beyond the basemap", "#FFFFFF")
PLANNED_PIPELINE_STYLE = style.LineStyle("Planned pipeline", style.EXISTING_STYLE.colour, 1.1, (5.0, 3.0))
# Details finer than this on paper only make the file larger.
DETAIL_PT = 0.35
# A window shows the edge of the basemap where at least this part of it lies beyond.
BEYOND_SHARE = 0.005
COAST_PT = 0.5


def draw_basemap(axes: Axes, paper: Paper, basemap: Frames, window: Window) -> None:
    """Draw what the basemap holds, bottom to top."""
    # Beyond land and sea nothing is known: it is left white. A basemap without them is land all over.
    axes.set_facecolor(BEYOND_STYLE.fill if list_known(basemap) else style.LAND_STYLE.fill)
    for level, (name, area) in enumerate(AREAS):
        coast = style.WATER_STYLE.colour if area is style.SEA_STYLE else "none"
        if name in basemap:
            shapes = clip(basemap[name].geometry, window)
            draw_areas(axes, shapes, area.fill, zorder=1.0 + 0.1 * level, edge=coast, width_pt=paper.pt(COAST_PT))
    if "waterways" in basemap:
        frame = basemap["waterways"]
        wide = frame["width_m"] >= style.WIDE_WATER_M if "width_m" in frame else np.zeros(len(frame), dtype=bool)
        covers = [shape for name in ("sea", "water_areas") if name in basemap for shape in basemap[name].geometry]
        water = shapely.union_all(clip(covers, window))
        for look, rows in ((style.WATER_STYLE, frame[~wide]), (style.WIDE_WATER_STYLE, frame[wide])):
            # The line in the middle of a water that is drawn as an area would look like a ditch in it.
            dry = rows.set_geometry(rows.geometry.difference(water))
            _draw_line_layer(axes, paper, dry, window, look, zorder=2.0)
    for level, (name, line) in enumerate(LINES):
        if name in basemap:
            _draw_line_layer(axes, paper, basemap[name], window, line, zorder=2.1 + 0.1 * level)
    if "pipelines" in basemap:
        laid, planned = split_pipelines(basemap["pipelines"])
        _draw_line_layer(axes, paper, planned, window, PLANNED_PIPELINE_STYLE, zorder=3.0)
        _draw_line_layer(axes, paper, laid, window, style.EXISTING_STYLE, zorder=3.1)


def shows_beyond(basemap: Frames, window: Window) -> bool:
    """Whether the window looks over the edge of the basemap."""
    known = list_known(basemap)
    shapes = [shape for frame in known for shape in clip(frame.geometry, window)]
    beyond = window.frame.difference(shapely.union_all(shapes))
    return bool(known and beyond.area > BEYOND_SHARE * window.frame.area)


def split_pipelines(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Pipelines that exist, and those that are only planned; without a status column all exist."""
    laid = frame["status"].isin(LAID) if "status" in frame else np.ones(len(frame), dtype=bool)
    return frame[laid], frame[~laid]


def clip(shapes: Iterable[Any], window: Window) -> list[Any]:
    """What of the shapes lies in the window, without details too fine to print."""
    array = np.asarray(list(shapes), dtype=object)
    array = array[~(shapely.is_missing(array) | shapely.is_empty(array))]
    array = array[shapely.intersects(array, window.frame)]
    if not len(array):
        return []
    # A little beyond the frame, so that outlines along the cut stay out of sight.
    margin_m = 6.0 * window.m_per_pt
    west, south, east, north = window.bounds_m
    cut = shapely.clip_by_rect(array, west - margin_m, south - margin_m, east + margin_m, north + margin_m)
    simple = shapely.simplify(cut, DETAIL_PT * window.m_per_pt)
    return [shape for shape in simple if not shape.is_empty]


def draw_areas(
    axes: Axes,
    shapes: Iterable[Any],
    fill: str,
    *,
    zorder: float,
    edge: str = "none",
    width_pt: float = 0.0,
    **more: Any,
) -> None:
    """Draw polygons as one filled path; parts that overlap do not cut holes into each other."""
    parts = [part for shape in shapes for part in _split(shape, "Polygon")]
    if not parts:
        return
    # Rings turned one way and filled by winding number: an overlap counts twice and stays filled.
    rings = [ring for part in shapely.orient_polygons(parts) for ring in (part.exterior, *part.interiors)]
    path = Path.make_compound_path(*(Path(shapely.get_coordinates(ring), closed=True) for ring in rings))
    # As a plain artist: a patch would search its bounds for limits of axes that are set already.
    axes.add_artist(
        PathPatch(
            path,
            facecolor=fill,
            edgecolor=edge,
            linewidth=width_pt if edge != "none" else 0.0,
            zorder=zorder,
            **more,
        )
    )


def draw_lines(
    axes: Axes,
    shapes: Iterable[Any],
    look: style.LineStyle,
    *,
    width_pt: float,
    zorder: float,
    colour: str | None = None,
    alpha: float | None = None,
    **more: Any,
) -> None:
    """Draw lines in a style; dots and dashes keep their shape at any width."""
    lines = [_coordinates(part) for shape in shapes for part in _split(shape, "LineString")]
    if not lines:
        return
    dash, cap = scale_dash(look, width_pt)
    axes.add_collection(
        LineCollection(
            lines,
            colors=colour or look.colour,
            linewidths=width_pt,
            linestyles=[(0.0, dash)] if dash else "solid",
            capstyle=cap,
            joinstyle="round",
            alpha=alpha,
            zorder=zorder,
            **more,
        ),
        autolim=False,
    )


def draw_marks(axes: Axes, x: Sequence[float], y: Sequence[float], *, s: Any, marker: str = "o", **more: Any) -> None:
    """Draw marks of sizes [pt^2] as ``Axes.scatter`` does, without its search for limits that are set already."""
    shape = MarkerStyle(marker)
    marks = PathCollection(
        (shape.get_path().transformed(shape.get_transform()),),
        np.ravel(s),
        offsets=np.column_stack([x, y]),
        offset_transform=axes.transData,
        **more,
    )
    marks.set_transform(IdentityTransform())
    axes.add_collection(marks, autolim=False)


def draw_stroke(axes: Axes, x: Sequence[float], y: Sequence[float], **more: Any) -> Line2D:
    """Draw a line with square ends on axes whose limits are set already."""
    line = Line2D(x, y, solid_capstyle="butt", **more)
    axes.add_artist(line)
    return line


def scale_dash(look: style.LineStyle, width_pt: float) -> tuple[tuple[float, ...], str]:
    """Dash pattern in line widths, as matplotlib counts, and the cap that goes with it.

    Dots are round and two widths apart; dashes keep their length until the line grows too thick for them.
    """
    if not look.dash_px:
        return (), "round"
    if look.dash_px[0] <= 1.0:
        return (0.01, 2.1), "round"
    stretch = max(1.0, width_pt / (2.0 * look.width_px * PT_PER_PX))
    return tuple(length * PT_PER_PX * stretch / width_pt for length in look.dash_px), "butt"


def _draw_line_layer(
    axes: Axes, paper: Paper, frame: gpd.GeoDataFrame, window: Window, look: style.LineStyle, *, zorder: float
) -> None:
    width_pt = paper.pt(look.width_px * PT_PER_PX)
    shapes = clip(frame.geometry, window)
    if look.opacity < 1.0:
        # One shape: where see-through lines meet they would show darker.
        shapes = [shapely.union_all(shapes)]
    draw_lines(axes, shapes, look, width_pt=width_pt, zorder=zorder, alpha=look.opacity)


def _split(shape: Any, kind: str) -> list[Any]:
    parts = list(getattr(shape, "geoms", (shape,)))
    return [part for part in parts if part.geom_type == kind and not part.is_empty]


def _coordinates(line: Any) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(line), dtype=float)
