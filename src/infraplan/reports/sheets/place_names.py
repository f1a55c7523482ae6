"""Names of the basemap on a sheet: towns, lands and seas, where the plan leaves room."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from infraplan.core import style
from infraplan.reports.sheets.basemap import clip, draw_marks
from infraplan.reports.sheets.frames import Frames, pick_name, read_number
from infraplan.reports.sheets.labels import Places, list_points, write_beside
from infraplan.reports.sheets.page import Paper
from infraplan.reports.sheets.window import Window

TOWNS = 40
TOWN_AIR_MM = 5.0
LARGE_TOWNS = 12
TOWN_COLOUR = "#6E675D"


def write_basemap_names(paper: Paper, basemap: Frames, window: Window, places: Places) -> None:
    """Write the names of towns, lands and seas, after the names of the plan, which choose first."""
    _write_towns(paper, basemap, window, places)
    _write_countries(paper, basemap, window, places)


def _write_towns(paper: Paper, basemap: Frames, window: Window, places: Places) -> None:
    """Write the names of towns, most inhabitants first; of settlements if the basemap has no towns."""
    layer = "towns" if "towns" in basemap else "settlements"
    towns = [
        (-(read_number(getattr(row, "population", None)) or 0.0), pick_name(row, paper.language), *point)
        for row, point in list_points(basemap, layer, window)
    ]
    left = TOWNS
    for number, (_, name, x, y) in enumerate(sorted(towns)):
        if not left:
            return
        dot = paper.mm(0.5)
        box = (x - dot, y - dot, x + dot, y + dot)
        if not places.is_free(box, 0.0):
            continue
        if write_beside(
            paper,
            places,
            name,
            box,
            size_pt=8.0 if number < LARGE_TOWNS else 6.8,
            colour=TOWN_COLOUR,
            patience=4.0,
            air_mm=paper.mm(TOWN_AIR_MM),
            far=False,
        ):
            places.taken.append(box)
            dot_pt = paper.pt(2.6)
            draw_marks(
                paper.axes,
                [x],
                [y],
                s=[dot_pt**2],
                facecolors=TOWN_COLOUR,
                edgecolors=style.HALO,
                linewidths=paper.pt(0.4),
                zorder=28.0,
            )
            left -= 1


def _write_countries(paper: Paper, basemap: Frames, window: Window, places: Places) -> None:
    """Write the names of lands and seas, in wide letters where most room is."""
    for layer, colour in (("land", "#A39A8C"), ("sea", "#7FA6BA")):
        if layer not in basemap:
            continue
        for row in basemap[layer].itertuples(index=False):
            name = " ".join(pick_name(row, paper.language).upper()).replace("   ", "\u2003")
            parts = [part for shape in clip([row.geometry], window) for part in shapely.get_parts(shape)]
            if not name or not parts:
                continue
            shape = window.project(max(parts, key=lambda part: part.area)).intersection(shapely.box(*places.frame))
            width = paper.measure(name, size_pt=8.0)
            height = paper.line_mm(8.0)
            boxes = [(x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0) for x, y in _spread(shape)]
            boxes = [box for box in boxes if shape.contains(shapely.box(*box)) and places.is_quiet(box)]
            number = places.choose(boxes, patience=np.inf, air_mm=paper.mm(1.5))
            if number is not None:
                west, south, east, north = boxes[number]
                paper.write(
                    (west + east) / 2.0,
                    (south + north) / 2.0,
                    name,
                    size_pt=8.0,
                    colour=colour,
                    ha="center",
                    va="center",
                    zorder=27.0,
                    gid="name",
                )


def _spread(shape: Any) -> list[tuple[float, float]]:
    """Return points over a shape on paper [mm], from its middle outwards."""
    if shape.is_empty:
        return []
    west, south, east, north = shape.bounds
    middle = shape.centroid
    grid = [
        (west + (east - west) * i / 12.0, south + (north - south) * j / 12.0)
        for i in range(1, 12)
        for j in range(1, 12)
    ]
    return sorted(grid, key=lambda p: (round(np.hypot(p[0] - middle.x, p[1] - middle.y), 3), p))
