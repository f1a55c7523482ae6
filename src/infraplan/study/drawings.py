"""Drawings of a user: check them against the study, project them to its CRS, and add them to its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel

from infraplan.core import (
    Carrier,
    Drawing,
    DrawnArea,
    DrawnLine,
    Phrase,
    Point,
    Problem,
    describe,
    tables,
    translate,
    write_remedy,
)
from infraplan.study.settings import Settings

# status and source of drawn places
STATUS, SOURCE = "announced", "drawing"
_WGS84 = "EPSG:4326"
# carriers whose hubs take something out of the study area; other hubs supply it
ROLES: Mapping[str, str] = {"co2": "sink", "h2": "supply", "heat": "supply"}
TITLES = {
    "no_go": "No-go area",
    "must_pass": "Line to pass",
    "proposals": "Counter-proposal",
    "sites": "New site",
    "hubs": "New hub",
}
"""What each kind of shape is called."""
_IDS = {"sites": "site_id", "hubs": "hub_id"}


def find_wrong(
    drawing: Drawing,
    settings: Settings,
    *,
    carriers: Iterable[Carrier],
    sectors: Sequence[str],
    taken: Iterable[str],
    file: str | Phrase = "scenario",
) -> list[Problem]:
    """Return the problems of a drawing.

    Parameters
    ----------
    carriers
        Carriers of the scenario.
    sectors
        Sectors that the study has.
    taken
        Ids of the study's places.
    file
        Place of the problems.
    """
    problems = [*_check_names(drawing, file)]
    for kind in ("no_go", "must_pass", "proposals"):
        for number, shape in enumerate(getattr(drawing, kind), start=1):
            problems += _check_shape(kind, number, shape, settings, set(carriers), file)
    problems += _check_passable(drawing, file)
    for kind, key in _IDS.items():
        problems += _check_places(kind, key, getattr(drawing, kind), settings, file)
    problems += _check_ids(drawing, set(taken), file)
    for number, site in enumerate(drawing.sites, start=1):
        if site.sector not in sectors:
            problems.append(
                Problem(
                    "table.unknown_sector", {"known": tuple(sectors)}, file, number, "drawing.sites.sector", site.sector
                )
            )
    for number, hub in enumerate(drawing.hubs, start=1):
        if hub.carrier not in settings.carriers:
            problems.append(
                Problem(
                    "scenario.unknown_carrier",
                    {"known": tuple(settings.carriers)},
                    file,
                    number,
                    "drawing.hubs.carrier",
                    hub.carrier,
                )
            )
        elif hub.role != ROLES[hub.carrier]:
            problems.append(
                Problem(
                    "drawing.wrong_role",
                    {"carrier": hub.carrier, "role": ROLES[hub.carrier]},
                    file,
                    number,
                    "drawing.hubs.role",
                    hub.role,
                )
            )
    return problems


def describe_shape_problem(problem: Problem, language: str) -> str:
    """Return a problem in the reader's words; name a drawn shape by its kind, without the words of the file."""
    table, _, column = problem.column.partition(".")
    if table != "drawing":
        return describe(problem, language)
    kind = translate(TITLES[column.partition(".")[0]], language)
    sentences = f"{problem.sentence(language)}. {write_remedy(problem, language)}"
    return f"{kind} '{problem.value}': {sentences}" if problem.value else f"{kind}: {sentences}"


def outlines(areas: Iterable[DrawnArea], crs: str) -> list[shapely.Polygon]:
    """Return the no-go areas as polygons in ``crs``."""
    return _placed([shapely.Polygon(area.ring) for area in areas], crs)


def polylines(lines: Iterable[DrawnLine], crs: str) -> list[shapely.LineString]:
    """Return drawn lines in ``crs``; the parts between their points are straight in ``crs``."""
    return _placed([shapely.LineString(line.line) for line in lines], crs)


def add_sites(sites: gpd.GeoDataFrame, drawing: Drawing, *, clusters: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Return the sites of a study, followed by the drawn ones; ``clusters`` gives the cluster of each drawn site."""
    rows = [
        {**site.model_dump(), "cluster": clusters[site.site_id], "source": SOURCE, "note": ""} for site in drawing.sites
    ]
    return _append(sites, rows)


def add_hubs(hubs: gpd.GeoDataFrame, drawing: Drawing, milestones: Sequence[int]) -> gpd.GeoDataFrame:
    """Return the hubs of a study, followed by the drawn ones; their capacity is the same at all ``milestones``."""
    rows = []
    for hub in drawing.hubs:
        unit = tables.ANNUAL_UNIT[hub.carrier]
        row = hub.model_dump(exclude={"capacity_per_a", "unit_cost"})
        row |= {f"capacity_{year}": hub.capacity_per_a for year in milestones}
        row |= {f"cost_{end}": hub.unit_cost for end in ("low", "mode", "high")}
        first = min(milestones) if hub.first_year is None else hub.first_year
        row |= {"capacity_unit": unit, "cost_unit": tables.COST_UNIT[unit], "first_year": float(first)}
        rows.append({**row, "status": STATUS, "source": SOURCE})
    return _append(hubs, rows)


def points(places: Iterable[Any], crs: str) -> list[shapely.Point]:
    """Return drawn sites or hubs as points in ``crs``."""
    return _placed([shapely.Point(place.lon, place.lat) for place in places], crs)


def _placed(shapes: list[Any], crs: str) -> list[Any]:
    return list(gpd.GeoSeries(shapes, crs=_WGS84).to_crs(crs))


def _append(frame: gpd.GeoDataFrame, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    if not rows:
        return frame
    more = pd.DataFrame(rows).reindex(columns=[c for c in frame.columns if c != "geometry"])
    for column in more:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            more[column] = more[column].astype(object).where(more[column].notna(), "")
        else:
            more[column] = more[column].astype(float)
    spots = gpd.points_from_xy(more["lon"], more["lat"], crs=_WGS84).to_crs(frame.crs)
    drawn = gpd.GeoDataFrame(more, geometry=spots)
    first = int(frame.index.max()) + 1 if len(frame) else 0
    drawn.index = pd.RangeIndex(first, first + len(drawn), name=frame.index.name)
    if frame.empty:
        return gpd.GeoDataFrame(drawn[frame.columns], crs=frame.crs)
    return gpd.GeoDataFrame(pd.concat([frame, drawn]), crs=frame.crs)


def _check_names(drawing: Drawing, file: str | Phrase) -> Iterator[Problem]:
    """Check that each drawing has a name, and that no two of a kind share one."""
    for kind in Drawing.model_fields:
        shapes = getattr(drawing, kind)
        count = Counter(shape.name.strip() for shape in shapes)
        for number, shape in enumerate(shapes, start=1):
            name = shape.name.strip()
            if not name:
                yield Problem("drawing.no_name", file=file, row=number, column=f"drawing.{kind}.name")
            elif count[name] > 1:
                yield Problem("drawing.name_twice", file=file, row=number, column=f"drawing.{kind}.name", value=name)


def _check_shape(
    kind: str, number: int, shape: DrawnArea | DrawnLine, settings: Settings, carriers: set[Carrier], file: str | Phrase
) -> Iterator[Problem]:
    def say(code: str, key: str, **values: object) -> Problem:
        return Problem(code, values, file, number, f"drawing.{kind}.{key}", shape.name)

    key = "ring" if isinstance(shape, DrawnArea) else "line"
    corners: tuple[Point, ...] = getattr(shape, key)
    if not all(_inside(lon, lat, settings) for lon, lat in corners):
        yield say("drawing.outside", key)
        return
    if isinstance(shape, DrawnArea):
        if len(set(corners)) < 3:
            yield say("drawing.area_needs_three_corners", key)
        elif not shapely.Polygon(corners).is_valid:
            yield say("drawing.outline_crosses_itself", key)
        return
    if len(set(corners)) < 2:
        yield say("drawing.line_needs_two_points", key)
    unknown = [carrier for carrier in shape.carriers if carrier not in carriers]
    if unknown or len(set(shape.carriers)) != len(shape.carriers):
        code = "drawing.carrier_not_asked" if unknown else "drawing.carrier_twice"
        yield say(code, "carriers", carriers=unknown, known=sorted(carriers))


def _check_passable(drawing: Drawing, file: str | Phrase) -> Iterator[Problem]:
    """Check that no pipe that must be laid runs through a no-go area."""
    whole = [(area, outline) for area in drawing.no_go if (outline := shapely.Polygon(area.ring)).is_valid]
    for number, line in enumerate(drawing.must_pass, start=1):
        for area, outline in whole:
            if outline.intersects(shapely.LineString(line.line)):
                yield Problem(
                    "drawing.line_through_area", {"area": area.name}, file, number, "drawing.must_pass.line", line.name
                )


def _check_places(
    kind: str, key: str, places: Sequence[BaseModel], settings: Settings, file: str | Phrase
) -> Iterator[Problem]:
    """Check drawn places against the columns of their table and the study's extent."""
    if not places:
        return
    given = pd.DataFrame([place.model_dump() for place in places], index=range(1, len(places) + 1))
    if kind == "hubs":
        given["first_year"] = given["first_year"].astype(float).fillna(float(min(settings.milestones)))
    columns = [column for column in tables.TABLES[kind] if column.name in given]
    for problem in tables.find_wrong(given, columns, file):
        yield replace(problem, column=f"drawing.{kind}.{problem.column}")
    numbers = {"sites": ("co2_kt_per_a",), "hubs": ("capacity_per_a", "unit_cost")}[kind]
    known = {column.name for column in columns}
    for row, place in given.iterrows():
        for name in numbers:
            if name not in known and place[name] < 0.0:
                yield Problem(
                    "drawing.below_zero",
                    file=file,
                    row=int(str(row)),
                    column=f"drawing.{kind}.{name}",
                    value=f"{place[name]:g}",
                )
        if not _inside(place["lon"], place["lat"], settings):
            said = f"{place['lon']}, {place['lat']}"
            yield Problem(
                "drawing.outside", file=file, row=int(str(row)), column=f"drawing.{kind}.lon, lat", value=said
            )


def _check_ids(drawing: Drawing, taken: set[str], file: str | Phrase) -> Iterator[Problem]:
    seen = set(taken)
    for kind, key in _IDS.items():
        for number, place in enumerate(getattr(drawing, kind), start=1):
            place_id = getattr(place, key)
            if place_id in seen:
                yield Problem("drawing.id_taken", file=file, row=number, column=f"drawing.{kind}.{key}", value=place_id)
            seen.add(place_id)


def _inside(lon: float, lat: float, settings: Settings) -> bool:
    west, south, east, north = settings.extent
    return bool(west <= lon <= east and south <= lat <= north and np.isfinite([lon, lat]).all())
