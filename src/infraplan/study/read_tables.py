"""Reading the tables of a study: values, coordinates, references between tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan.core import Phrase, Problem, TableError, tables
from infraplan.study.assumptions import Assumptions
from infraplan.study.settings import Settings

PLAIN_TABLES = ("projects", "project_effects", "processes", "pathways", "terms", "specifications", "names", "sources")
OPTIONAL_TABLES = ("heat_areas", "substations", *PLAIN_TABLES[:-1])
PLACED_TABLES = ("sites", "hubs", "clusters", "heat_areas", "substations")
READ_TABLES = (*PLACED_TABLES, *PLAIN_TABLES)
_UNSOURCED = ("clusters", "pathways", "terms", "sources")
# table, column, and the table and key it points to
_REFERENCES = (
    ("sites", "cluster", "clusters", "cluster_id"),
    ("sites", "process_gas_of", "sites", "site_id"),
    ("projects", "site_id", "sites", "site_id"),
    ("projects", "hub_id", "hubs", "hub_id"),
    ("projects", "depends_on", "projects", "project_id"),
    ("project_effects", "project_id", "projects", "project_id"),
    ("project_effects", "site_id", "sites", "site_id"),
    *((table, "source", "sources", "source") for table in READ_TABLES if table not in _UNSOURCED),
)


def read_table(folder: Path, table: str, settings: Settings) -> pd.DataFrame:
    """Read one table of a study; tables with places become layers in the study's CRS.

    Raises
    ------
    TableError
        With every problem of the table.
    """
    path = folder / "data" / f"{table}.csv"
    columns = tables.TABLES[table]
    if table in OPTIONAL_TABLES and not path.is_file():
        frame = pd.DataFrame({c.name: pd.Series(dtype=float if c.kind == "number" else object) for c in columns})
    else:
        frame = tables.read(path, table)
    if table == "sites" and frame.empty:
        raise TableError(Problem("table.no_sites", file=path.name))
    if table == "hubs":
        frame = _with_capacities(frame, settings)
    return _place(frame, settings, path.name) if table in PLACED_TABLES else frame


def _with_capacities(hubs: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the hubs with their capacities per milestone as numbers; refuse units that do not fit the carrier."""
    problems: list[Problem] = []
    numbers = {}
    for column in (f"capacity_{year}" for year in settings.milestones):
        if column not in hubs:
            problems.append(Problem("table.missing_capacity", file="hubs.csv", row=1, column=column))
            continue
        text = hubs[column].astype(str)
        number = pd.to_numeric(text, errors="coerce").astype(float)
        problems += [
            Problem("table.not_a_capacity", file="hubs.csv", row=int(row), column=column, value=text[row])
            for row in hubs.index[~(np.isfinite(number) & (number >= 0.0))]
        ]
        numbers[column] = number
    for row, hub in zip(hubs.index, hubs.to_dict("records"), strict=True):
        unit = tables.ANNUAL_UNIT[hub["carrier"]]
        for column, expected in (("capacity_unit", unit), ("cost_unit", tables.COST_UNIT[unit])):
            if hub[column] != expected:
                problems.append(
                    Problem(
                        "table.wrong_unit",
                        {"carrier": hub["carrier"], "unit": expected},
                        "hubs.csv",
                        int(row),
                        column,
                        str(hub[column]),
                    )
                )
        if not hub["cost_low"] <= hub["cost_mode"] <= hub["cost_high"]:
            value = f"{hub['cost_low']:g}, {hub['cost_mode']:g}, {hub['cost_high']:g}"
            problems.append(Problem("table.range", {}, "hubs.csv", int(row), "cost_low, cost_mode, cost_high", value))
        role = "sink" if hub["carrier"] in tables.SINK_CARRIERS else "supply"
        if hub["role"] != role:
            values = {"carrier": hub["carrier"], "role": role}
            problems.append(Problem("table.wrong_role", values, "hubs.csv", int(row), "role", hub["role"]))
    if problems:
        raise TableError(problems)
    return hubs.assign(**numbers)


def _place(frame: pd.DataFrame, settings: Settings, file: str) -> gpd.GeoDataFrame:
    """Add points to the rows; refuse swapped coordinates, which would lie outside the study."""
    west, south, east, north = settings.extent
    lon, lat = frame["lon"], frame["lat"]
    swapped = ~(lon.between(west, east) & lat.between(south, north)) & (
        lat.between(west, east) & lon.between(south, north)
    )
    if swapped.any():
        raise TableError(
            [
                Problem("table.swapped", file=file, row=int(row), column="lon, lat", value=f"{lon[row]}, {lat[row]}")
                for row in frame.index[swapped]
            ]
        )
    points = gpd.points_from_xy(lon, lat, crs="EPSG:4326")
    return gpd.GeoDataFrame(frame, geometry=points).to_crs(settings.crs)


def check_references(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a problem for each id that does not exist in the table it refers to."""
    problems = []
    for table, column, target, key in _REFERENCES:
        if table not in frames or target not in frames:
            continue
        known = {*frames[target][key], ""}
        problems += [
            Problem("table.unknown_key", {"key": key, "target": target}, f"{table}.csv", int(str(row)), column, word)
            for row, text in frames[table][column].items()
            for word in (text.split() if column == "depends_on" else [text])
            if word not in known
        ]
    return problems


def check_ids(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a problem for each id that two places share: flows are stored by place id."""
    problems = []
    first: dict[str, Phrase] = {}
    for table, key in (("sites", "site_id"), ("hubs", "hub_id"), ("heat_areas", "area_id")):
        for row, place in frames[table][key].items() if table in frames else ():
            if place in first:
                problems.append(
                    Problem("table.id_taken", {"first": first[place]}, f"{table}.csv", int(str(row)), key, place)
                )
            first.setdefault(place, Phrase("phrase.row_of", {"file": f"{table}.csv", "row": row}))
    return problems


def check_papers(numbers: Assumptions, sources: pd.DataFrame) -> list[Problem]:
    """Return a problem for each assumption whose source is not in data/sources.csv."""
    known = set(sources["source"])
    return [
        Problem("table.unknown_source", file=number.file, row=number.row, column="source", value=number.source)
        for number in numbers.rows.values()
        if number.source not in known
    ]
