"""Pipes side by side in their strips: the lane of each carrier, and the lines to draw.

Every stretch is directed away from the busiest node of its network, so that a carrier stays on the same side from one
stretch to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes

from infraplan.core import CARRIER_STYLE, style
from infraplan.reports.sheets.basemap import clip, draw_areas, draw_lines
from infraplan.reports.sheets.frames import read_number
from infraplan.reports.sheets.page import PT_PER_PX, Paper
from infraplan.reports.sheets.window import Window

# Smooths the steps of a raster route.
SMOOTH_PT = 1.3
# Widths and lanes are rounded to this, so that stretches of the same look become one line.
STEP_PT = 0.5
Node = tuple[int, int]


@dataclass(frozen=True)
class Strip:
    """A stretch of ground between two nodes, and the width [pt] of each carrier's pipe in it."""

    line: shapely.LineString
    width_pt: dict[str, float]

    def find_lanes(self, gap_pt: float) -> dict[str, float]:
        """Return the offset to the left [pt] of each carrier's pipe from the middle of the strip."""
        total = sum(self.width_pt.values()) + gap_pt * (len(self.width_pt) - 1)
        lanes, edge = {}, total / 2.0
        for carrier, width_pt in self.width_pt.items():
            lanes[carrier] = _round(edge - width_pt / 2.0)
            edge -= width_pt + gap_pt
        return lanes

    def measure(self, gap_pt: float) -> float:
        """Return the width [pt] of all pipes and the gaps between them."""
        return sum(self.width_pt.values()) + gap_pt * (len(self.width_pt) - 1)


def gather_strips(
    segments: gpd.GeoDataFrame, window: Window, *, unit: float, largest: Mapping[str, float] | None = None
) -> list[Strip]:
    """Group the segments of all carriers on the same ground into strips; pipes of one carrier in a strip become one.

    Parameters
    ----------
    segments
        Pipe segments.
    window
        Map window.
    unit
        Scale of the widths on this page.
    largest
        Flow of the widest pipe by carrier; default: the largest flow in ``segments``.
    """
    flows: dict[tuple[Any, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    lines: dict[tuple[Any, ...], shapely.LineString] = {}
    rows = segments.explode(index_parts=False)
    for row in rows[rows.geom_type == "LineString"].itertuples(index=False):
        key, line = _find_key(row.geometry)
        lines[key] = line
        flows[key][row.carrier] += abs(read_number(row.flow) or 0.0)
    found: dict[str, float] = defaultdict(float)
    for by_carrier in flows.values():
        for carrier, flow in by_carrier.items():
            found[carrier] = max(found[carrier], flow)
    widest = found if largest is None else largest
    order = [*CARRIER_STYLE, *sorted(set(found) - set(CARRIER_STYLE))]
    strips = []
    for key in sorted(lines):
        width_pt = {
            carrier: _round(
                unit * PT_PER_PX * style.scale_by_area(flows[key][carrier], widest[carrier], style.SEGMENT_WIDTH_PX)
            )
            for carrier in order
            if carrier in flows[key]
        }
        smooth = shapely.LineString(lines[key].simplify(SMOOTH_PT * window.m_per_pt).coords)
        strips.append(Strip(smooth, width_pt))
    return _turn_away(strips)


def draw_strips(
    axes: Axes,
    paper: Paper,
    strips: list[Strip],
    window: Window,
    *,
    looks: Mapping[str, style.LineStyle] = CARRIER_STYLE,
    zorder: float = 6.0,
) -> None:
    """Draw the pipes in their lanes, each carrier in its style."""
    drawn = lay_pipes(strips, window, gap_pt=find_gap(paper))
    for (carrier, width_pt), lines in sorted(drawn.items()):
        look = looks.get(carrier, style.LineStyle(carrier, style.INK))
        level = [*looks, carrier].index(carrier)
        shapes = clip(lines, window)
        draw_lines(axes, shapes, look, width_pt=width_pt, zorder=zorder + 0.1 * level, gid=f"pipes-{carrier}")


def find_gap(paper: Paper) -> float:
    """Return the gap [pt] between two pipes in one strip."""
    return paper.pt(style.LANE_GAP_PX * PT_PER_PX)


def lay_pipes(strips: list[Strip], window: Window, *, gap_pt: float) -> dict[tuple[str, float], list[Any]]:
    """Return the lines on the ground [m] by carrier and width [pt], each in its lane."""
    chains: dict[tuple[str, float, float], list[Any]] = defaultdict(list)
    for strip in strips:
        for carrier, lane_pt in strip.find_lanes(gap_pt).items():
            chains[carrier, strip.width_pt[carrier], lane_pt].append(strip.line)
    drawn: dict[tuple[str, float], list[Any]] = defaultdict(list)
    ends: dict[tuple[str, Node], list[tuple[float, tuple[float, ...]]]] = defaultdict(list)
    for (carrier, width_pt, lane_pt), lines in sorted(chains.items()):
        merged = shapely.line_merge(shapely.multilinestrings(lines), directed=True)
        for rough in shapely.get_parts(merged):
            chain = rough.simplify(SMOOTH_PT * window.m_per_pt)
            moved = _step_aside(chain, lane_pt * window.m_per_pt)
            drawn[carrier, width_pt].append(moved)
            for end in (0, -1):
                ends[carrier, _find_node(chain.coords[end])].append((width_pt, moved.coords[end]))
    for (carrier, _), points in sorted(ends.items()):
        # Where a pipe changes lane or width, join its ends to the thickest part.
        *others, (_, hub) = sorted(points)
        for width_pt, point in others:
            if np.hypot(point[0] - hub[0], point[1] - hub[1]) > STEP_PT * window.m_per_pt:
                drawn[carrier, width_pt].append(shapely.LineString([point, hub]))
    return dict(drawn)


def _step_aside(chain: shapely.LineString, step_m: float) -> shapely.LineString:
    """Return a line moved to the left by ``step_m`` [m]."""
    if step_m == 0.0:
        return chain
    moved = shapely.offset_curve(chain, step_m, join_style="round", quad_segs=4)
    parts = [part for part in shapely.get_parts(moved) if part.length > 0.0]
    # A loop smaller than the step breaks into parts; then keep the pipe in the middle.
    return parts[0] if len(parts) == 1 else chain


def draw_casing(axes: Axes, paper: Paper, strips: list[Strip], corridors: Iterable[Any], window: Window) -> None:
    """Draw the light casing of corridors, as wide as the pipes in them."""
    look, gap_pt = style.CORRIDOR_STYLE, find_gap(paper)
    narrow_pt = paper.pt(look.width_px * PT_PER_PX) / 2.0
    margin_pt = narrow_pt / 2.0
    wide: dict[float, list[Any]] = defaultdict(list)
    for strip in strips:
        wide[_round(max(narrow_pt, strip.measure(gap_pt) / 2.0 + margin_pt))].append(strip.line)
    wide[_round(narrow_pt)] += [line for line in corridors if line is not None]
    shapes: list[Any] = []
    for half_pt, lines in sorted(wide.items()):
        # Merge and smooth first: a casing round every step of a raster route takes seconds.
        merged = shapely.line_merge(shapely.union_all(clip(lines, window)))
        smooth = shapely.simplify(shapely.get_parts(merged), SMOOTH_PT * window.m_per_pt)
        shapes += list(shapely.buffer(smooth, half_pt * window.m_per_pt, quad_segs=6))
    casing = shapely.union_all(shapes)
    draw_areas(axes, [casing], look.colour, zorder=5.0, alpha=look.opacity, gid="corridor-casing")


def _turn_away(strips: list[Strip]) -> list[Strip]:
    """Direct every strip away from the busiest node of its part of the network."""
    at_node: dict[Node, list[int]] = defaultdict(list)
    busy: dict[Node, float] = defaultdict(float)
    for number, strip in enumerate(strips):
        for end in (0, -1):
            node = _find_node(strip.line.coords[end])
            at_node[node].append(number)
            busy[node] += sum(strip.width_pt.values())
    turned: dict[int, Strip] = {}
    for start in sorted(at_node, key=lambda node: (-busy[node], node)):
        waiting = [start]
        while waiting:
            node = waiting.pop(0)
            for number in at_node[node]:
                if number in turned:
                    continue
                strip = strips[number]
                away = _find_node(strip.line.coords[0]) == node
                line = strip.line if away else shapely.reverse(strip.line)
                turned[number] = Strip(line, strip.width_pt)
                waiting.append(_find_node(line.coords[-1]))
    return [turned[number] for number in sorted(turned)]


def _find_key(line: shapely.LineString) -> tuple[tuple[tuple[int, int], ...], shapely.LineString]:
    """Return the points of a pipe to the metre and its line, both in a direction that does not depend on the flow."""
    forward = tuple(_find_node(point) for point in line.coords)
    return (forward, line) if forward <= forward[::-1] else (forward[::-1], shapely.reverse(line))


def _find_node(point: Iterable[float]) -> Node:
    x, y, *_ = point
    return round(x), round(y)


def _round(size_pt: float) -> float:
    return round(size_pt / STEP_PT) * STEP_PT
