"""Names on the map without overlap; the same input gives the same places.

Names are placed one by one, the most important first, at the best of several positions around their point. A position
on another name, a rank or a hub is refused. A position on a pipe or a site has a cost.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from infraplan.core import begin, style
from infraplan.reports.sheets.basemap import clip, draw_marks, draw_stroke
from infraplan.reports.sheets.frames import Frames, pick_name
from infraplan.reports.sheets.page import Box, Paper
from infraplan.reports.sheets.symbols import Symbol
from infraplan.reports.sheets.window import Window

log = logging.getLogger(__name__)

# Direction (x, y) from the symbol to its name, best first.
SIDES = ((1, 0), (1, 1), (1, -1), (-1, 0), (-1, 1), (-1, -1), (0, 1), (0, -1))
# Distances from symbol to name, the near one first.
GAPS_MM = (0.9, 4.5)
SIDE_COST = 0.35
PIPE_COST_PER_MM = 2.0
SITE_COST_PER_MM2 = 0.6
BADGE_MM = 2.5
BADGES = 20
NAMED_CORRIDORS = 8
HUB_LINE_MM = 38.0
# Positions of a rank along the longest part of its corridor, best first.
SHARES = (0.5, 0.42, 0.58, 0.34, 0.66, 0.25, 0.75, 0.15, 0.85)
# Steps from the corridor to its rank, in radii of the circle.
BADGE_STEPS = ((0, 0), *((n * x, n * y) for n in (3, 5) for x in (0, 1, -1) for y in (1, -1, 0) if x or y))
CLUSTER_COLOUR = "#4E5862"
QUIET_COLOUR = "#858C94"


@dataclass
class Places:
    """Space on the map: boxes and names already placed, and pipes and sites that a name should not cover."""

    frame: Box
    pipes: shapely.STRtree
    sites: NDArray[np.float64]
    taken: list[Box] = field(default_factory=list)
    written: set[str] = field(default_factory=set)

    def choose(self, boxes: Iterable[Box], *, patience: float, air_mm: float = 0.4) -> int | None:
        """Take the cheapest free box and return its number.

        Parameters
        ----------
        boxes
            Boxes [mm], best first.
        patience
            Highest cost allowed.
        air_mm
            Distance to other boxes [mm].

        Returns
        -------
        int or None
            Number of the box, or None if all are taken or too costly.
        """
        best: tuple[float, int, Box] | None = None
        for number, box in enumerate(boxes):
            if not self.is_free(box, air_mm):
                continue
            cost = number * SIDE_COST + self._cost(box)
            if cost <= patience and (best is None or cost < best[0]):
                best = (cost, number, box)
        if best is None:
            return None
        self.taken.append(best[2])
        return best[1]

    def is_free(self, box: Box, air_mm: float) -> bool:
        """Return True if a box is inside the frame and clear of all boxes taken."""
        west, south, east, north = box
        inside = self.frame[0] <= west and self.frame[1] <= south and east <= self.frame[2] and north <= self.frame[3]
        return inside and not any(
            west - air_mm < other[2]
            and other[0] < east + air_mm
            and south - air_mm < other[3]
            and other[1] < north + air_mm
            for other in self.taken
        )

    def is_quiet(self, box: Box) -> bool:
        """Return True if no pipe or site is under a box."""
        return self._cost(box) == 0.0

    def _cost(self, box: Box) -> float:
        area = shapely.box(*box)
        near = self.pipes.geometries.take(np.sort(self.pipes.query(area)))
        pipes_mm = float(shapely.length(shapely.intersection(near, area)).sum())
        low, high = np.array(box[:2]), np.array(box[2:])
        sides = np.minimum(high, self.sites[:, 2:]) - np.maximum(low, self.sites[:, :2])
        covered = float(np.maximum(sides, 0.0).prod(axis=1).sum())
        return PIPE_COST_PER_MM * pipes_mm + SITE_COST_PER_MM2 * covered


def open_places(window: Window, pipes: Iterable[Any], sites: Sequence[Symbol], taken: Sequence[Box]) -> Places:
    """Return the map before any name is placed: only the given boxes are taken."""
    lines = np.asarray([window.project(line) for line in clip(pipes, window)], dtype=object)
    edge = 1.2
    west, south, east, north = window.rect_mm
    return Places(
        (west + edge, south + edge, east - edge, north - edge),
        shapely.STRtree(lines),
        np.asarray([site.box for site in sites], dtype=float).reshape(-1, 4),
        list(taken),
    )


def place_ranks(
    paper: Paper, corridors: gpd.GeoDataFrame, window: Window, places: Places, *, chosen: str | None = None
) -> list[tuple[str, Box]]:
    """Write the ranks in small circles on the corridors; return names and boxes, best rank first.

    A ``chosen`` corridor goes first, and the ranks of the others are grey.
    """
    radius = paper.mm(BADGE_MM)
    placed: list[tuple[str, Box]] = []
    ranked = corridors[corridors["rank"].notna()].sort_values(["rank", "corridor_id"])
    if chosen is not None:
        ranked = pd.concat([part for _, part in ranked.groupby(ranked["corridor_id"] != chosen)])
    for row in ranked.itertuples(index=False):
        if len(placed) == BADGES:
            break
        shown = clip([row.geometry], window)
        if not shown:
            continue
        parts = shapely.get_parts(shapely.line_merge(shapely.union_all(shown)))
        longest = max(parts, key=lambda part: part.length)
        feet = [window.project(longest.interpolate(share, normalized=True)) for share in SHARES]
        # If every spot on the corridor is taken, place the rank beside it with a leader line.
        spots = [(foot.x + x * radius, foot.y + y * radius) for x, y in BADGE_STEPS for foot in feet]
        boxes = [(x - radius, y - radius, x + radius, y + radius) for x, y in spots]
        # A rank on its corridor always covers the pipe, so any spot clear of hubs and ranks is good.
        number = next((n for n, box in enumerate(boxes) if places.is_free(box, 0.0)), None)
        if number is None:
            log.info("no room on the map for the rank of %s", row.corridor_id)
            continue
        places.taken.append(boxes[number])
        foot = feet[number % len(feet)]
        if number >= len(feet):
            draw_leader(paper, (foot.x, foot.y), spots[number])
        quiet = chosen not in (None, row.corridor_id)
        draw_rank(paper, *spots[number], f"{row.rank:.0f}", colour=QUIET_COLOUR if quiet else style.INK)
        placed.append((begin(str(row.name)), boxes[number]))
    return placed


def place_numbers(
    paper: Paper, numbered: Sequence[tuple[str, Box]], places: Places, *, colours: Mapping[str, str] | None = None
) -> list[tuple[str, Box]]:
    """Write numbers or signs in small circles on or beside their boxes; return texts and boxes."""
    radius = paper.mm(BADGE_MM)
    placed: list[tuple[str, Box]] = []
    for text, around in numbered:
        x, y = (around[0] + around[2]) / 2.0, (around[1] + around[3]) / 2.0
        middle = (x - radius, y - radius, x + radius, y + radius)
        # In the middle of a large disc, else beside it: the circle would hide a small disc.
        point = around[2] == around[0]
        inside = point or around[2] - around[0] > 2.6 * radius
        beside = [box for gap in GAPS_MM for box in _box_sides(around, 2.0 * radius, 2.0 * radius, paper.mm(gap))]
        boxes = [middle, *beside] if inside else [*beside, middle]
        number = next((n for n, box in enumerate(boxes) if places.is_free(box, 0.0)), None)
        if number is None:
            log.info("no room on the map for the number %s", text)
            continue
        box = boxes[number]
        places.taken.append(box)
        if box != middle and beside.index(box) >= len(SIDES):
            draw_leader(paper, *_find_gap(around, box))
        colour = (colours or {}).get(text, style.INK)
        draw_rank(paper, (box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0, text, colour=colour)
        placed.append((text, box))
    return placed


def draw_leader(paper: Paper, foot_mm: tuple[float, float], end_mm: tuple[float, float]) -> None:
    """Draw a thin line from a feature to its rank or name at some distance."""
    x, y = zip(foot_mm, end_mm, strict=True)
    draw_stroke(paper.axes, x, y, color=style.HALO, linewidth=paper.pt(2.2), zorder=29.5)
    draw_stroke(paper.axes, x, y, color=style.INK, linewidth=paper.pt(0.8), zorder=29.6)


def draw_rank(paper: Paper, x_mm: float, y_mm: float, text: str, *, gid: str = "rank", colour: str = style.INK) -> None:
    """Draw a rank in a small circle."""
    draw_marks(
        paper.axes,
        [x_mm],
        [y_mm],
        s=[(2.0 * paper.mm(BADGE_MM) / 25.4 * 72.0) ** 2],
        facecolors=style.HALO,
        edgecolors=colour,
        linewidths=paper.pt(0.9),
        zorder=31.0,
        gid=gid,
    )
    size_pt = 8.0 if len(text) < 3 else 6.5
    paper.write(x_mm, y_mm, text, size_pt=size_pt, weight="bold", ha="center", va="middle", zorder=32.0, colour=colour)


def write_names(
    paper: Paper,
    basemap: Frames,
    window: Window,
    places: Places,
    *,
    ranks: Sequence[tuple[str, Box]] = (),
    users: Sequence[Symbol] = (),
    hubs: Sequence[Symbol] = (),
    others: Sequence[tuple[str, Box]] = (),
) -> None:
    """Write the names of the main corridors, users, hubs, other corridors and clusters.

    They are placed in this order, so the first ones get the best places.
    """
    for name, box in ranks[:NAMED_CORRIDORS]:
        write_beside(paper, places, name, box, size_pt=8.2, weight="bold", patience=60.0)
    for user in users:
        name = paper.wrap(user.name.split(" (")[0], paper.mm(HUB_LINE_MM), size_pt=7.2, lines=2)
        write_beside(paper, places, name, user.box, size_pt=7.2, patience=30.0)
    for hub in sorted(hubs, key=lambda hub: (not hub.in_use, hub.name)):
        if hub.in_use or not any(other.in_use for other in hubs):
            # The part in brackets is for tables, not for the map.
            name = paper.wrap(hub.name.split(" (")[0], paper.mm(HUB_LINE_MM), size_pt=7.2, lines=2)
            write_beside(paper, places, name, hub.box, size_pt=7.2, italic=True, patience=40.0)
    for name, box in others[:NAMED_CORRIDORS]:
        write_beside(paper, places, name, box, size_pt=7.2, colour=QUIET_COLOUR, patience=15.0, far=False)
    for row, point in list_points(basemap, "clusters", window):
        name = begin(pick_name(row, paper.language))
        write_beside(
            paper,
            places,
            name,
            (*point, *point),
            size_pt=8.2,
            weight="bold",
            colour=CLUSTER_COLOUR,
            patience=25.0,
        )


def write_beside(
    paper: Paper,
    places: Places,
    name: str,
    around: Box,
    *,
    size_pt: float,
    patience: float,
    weight: str = "normal",
    italic: bool = False,
    colour: str = style.INK,
    air_mm: float = 0.4,
    far: bool = True,
) -> bool:
    """Write a name beside a box, if there is room; return True if it was written."""
    if not name or name in places.written:
        return False
    width = paper.measure(name, size_pt=size_pt, weight=weight, italic=italic)
    height = paper.line_mm(size_pt) * (name.count("\n") + 1)
    boxes = [box for gap in GAPS_MM[: 2 if far else 1] for box in _box_sides(around, width, height, paper.mm(gap))]
    number = places.choose(boxes, patience=patience, air_mm=air_mm)
    if number is None:
        return False
    places.written.add(name)
    west, south, east, north = boxes[number]
    if number >= len(SIDES):
        draw_leader(paper, *_find_gap(around, boxes[number]))
    side = SIDES[number % len(SIDES)][0]
    x, ha = {1: (west, "left"), -1: (east, "right"), 0: ((west + east) / 2.0, "center")}[side]
    paper.write(
        x,
        (south + north) / 2.0,
        name,
        size_pt=size_pt,
        weight=weight,
        italic=italic,
        colour=colour,
        ha=ha,
        va="center",
        halo=True,
        gid="name",
    )
    return True


def _find_gap(one: Box, other: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the shortest line between two boxes, from the middle of a shared side or from corner to corner."""
    start, end = [], []
    for low, high in ((0, 2), (1, 3)):
        shared = (max(one[low], other[low]) + min(one[high], other[high])) / 2.0
        before, after = other[high] < one[low], one[high] < other[low]
        start.append(one[low] if before else one[high] if after else shared)
        end.append(other[high] if before else other[low] if after else shared)
    return (start[0], start[1]), (end[0], end[1])


def _box_sides(around: Box, width: float, height: float, gap: float) -> Iterator[Box]:
    """Yield the boxes of a size around a box, one for each of ``SIDES``."""
    west, south, east, north = around
    for side_x, side_y in SIDES:
        # At a corner, move the name a little inwards so that it stays near its point.
        tuck = 0.3 * height if side_x and side_y else 0.0
        x = {1: east + gap, -1: west - gap - width, 0: (west + east - width) / 2.0}[side_x]
        y = {1: north + gap - tuck, -1: south - gap - height + tuck, 0: (south + north - height) / 2.0}[side_y]
        yield (x, y, x + width, y + height)


def list_points(basemap: Frames, name: str, window: Window) -> Iterator[tuple[Any, tuple[float, float]]]:
    """Yield the rows of a basemap layer that lie in the window, with their point on paper [mm]."""
    if name not in basemap:
        return
    frame = basemap[name]
    centres = shapely.centroid(np.asarray(frame.geometry.array, dtype=object))
    # An empty geometry lies in no window.
    inside = shapely.covers(window.frame, centres)
    spots = window.place(shapely.get_coordinates(centres[inside]))
    for row, (x, y) in zip(frame[inside].itertuples(index=False), spots, strict=True):
        yield row, (float(x), float(y))
