"""A study: a folder with ``data/`` and ``layers/``, read and checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan import assumptions as papers
from infraplan import layers, tables
from infraplan.assumptions import Assumptions
from infraplan.errors import InfraplanError, Problem, ScenarioError, TableError
from infraplan.layers import LayerStack
from infraplan.layers.catalogue import LINE_STATUSES
from infraplan.model import Scenario, at_year
from infraplan.settings import SETTINGS_FILE, Settings, read_settings, read_toml

__all__ = [
    "SETTINGS_FILE",
    "Settings",
    "Study",
    "check_scenario",
    "default_folder",
    "open_study",
    "overrides",
    "read",
    "read_scenario",
    "read_settings",
]

# the cost model of CO2 pipes that is no regression (see ``costs``)
ENGINEERING = "engineering"
PLAIN_TABLES = ("projects", "project_effects", "processes", "pathways", "specifications", "sources")
OPTIONAL_TABLES = ("heat_areas", "substations", *PLAIN_TABLES[:-1])
_DEPENDENCE = ("project_id", "depends_on")
PLACED_TABLES = ("sites", "hubs", "clusters", "heat_areas", "substations")
READ_TABLES = (*PLACED_TABLES, *PLAIN_TABLES)
_UNSOURCED = ("clusters", "pathways", "sources")
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
# what a scenario switches, by the table that knows it
_NAMED = {
    "cluster": ("clusters_off",),
    "site": ("sites_off",),
    "hub": ("hubs_off",),
    "project": ("projects_on", "projects_off"),
}
_COST_UNIT = {"kt_per_a": "eur_per_t", "gwh_per_a": "eur_per_mwh"}


@dataclass(frozen=True)
class Study:
    """All facts of a study. Tables with places are GeoDataFrames in the study's CRS."""

    folder: Path
    settings: Settings
    sites: gpd.GeoDataFrame
    hubs: gpd.GeoDataFrame
    heat_areas: gpd.GeoDataFrame
    substations: gpd.GeoDataFrame
    clusters: gpd.GeoDataFrame
    projects: pd.DataFrame
    project_effects: pd.DataFrame
    processes: pd.DataFrame
    pathways: pd.DataFrame
    specifications: pd.DataFrame
    sources: pd.DataFrame
    assumptions: Assumptions
    stack: LayerStack

    def scenario_names(self) -> tuple[str, ...]:
        """Names of the scenarios, the default first."""
        names = sorted(path.stem for path in (self.folder / "data/scenarios").glob("*.toml"))
        return tuple(sorted(names, key=lambda name: (name != self.settings.default_scenario, name)))

    def scenario(self, name: str | None = None) -> Scenario:
        """Read one scenario (default: the study's).

        Raises
        ------
        ScenarioError
            With every problem: unknown keys, years outside the study, unknown carriers, sites or hubs.
        """
        name = self.settings.default_scenario if name is None else name
        return read_scenario(self, name)

    def inside(self, places: gpd.GeoDataFrame) -> pd.Series[bool]:
        """Say which places lie in the study's extent."""
        west, south, east, north = self.settings.extent
        lon, lat = places["lon"], places["lat"]
        return pd.Series(lon.between(west, east) & lat.between(south, north), dtype=bool)

    def hubs_of(self, carrier: str, scenario: Scenario, year: int) -> gpd.GeoDataFrame:
        """Return the hubs that count in the scenario, with ``capacity`` and ``unit_cost`` in ``year``.

        A hub counts by its status, or because the scenario says that its project goes ahead; not when the hub
        is switched off, when its project is, or when a project falls that its project needs.
        """
        off = self.cancelled(scenario.projects_off)
        built = self.projects["hub_id"][self.projects["project_id"].isin(scenario.projects_on)]
        fallen = self.projects["hub_id"][self.projects["project_id"].isin(off)]
        hubs = self.hubs[
            (self.hubs["carrier"] == carrier)
            & (self.hubs["status"].isin(scenario.hub_statuses) | self.hubs["hub_id"].isin(built))
            & ~self.hubs["hub_id"].isin([*scenario.hubs_off, *fallen])
            & (self.hubs["first_year"] <= year)
        ]
        capacity = [
            at_year({m: row[f"capacity_{m}"] for m in self.settings.milestones}, year)
            for row in hubs.to_dict("records")
        ]
        return hubs.assign(
            capacity=np.array(capacity, dtype=float), unit_cost=hubs["cost_mode"], place_id=hubs["hub_id"]
        )

    def going_ahead(self, scenario: Scenario) -> frozenset[str]:
        """Return the projects that go ahead: by their status or because the scenario says so, if all they need does."""
        projects = self.projects
        counts = projects["status"].isin(scenario.hub_statuses) | projects["project_id"].isin(scenario.projects_on)
        stopped = self.cancelled({*scenario.projects_off, *projects.loc[~counts, "project_id"]})
        return frozenset(projects["project_id"]) - stopped

    def cancelled(self, projects_off: Iterable[str]) -> frozenset[str]:
        """Return the projects that fall when some are switched off: these, and all that depend on them."""
        needs = {p: set(str(n).split()) for p, n in zip(*(self.projects[c] for c in _DEPENDENCE), strict=True)}
        off = set(projects_off)
        while falling := {p for p, needed in needs.items() if needed & off} - off:
            off |= falling
        return frozenset(off)


def default_folder() -> Path:
    """Folder of the default study: the working directory if it is a study, else the checkout of this code."""
    here = Path.cwd()
    return here if (here / SETTINGS_FILE).is_file() else Path(__file__).resolve().parents[2]


def open_study(folder: str | Path | None = None) -> Study:
    """Open and check a study.

    Raises
    ------
    InfraplanError
        With every problem found in settings, tables, assumptions and catalogue.
    """
    study, problems = read(Path(folder) if folder is not None else default_folder())
    if problems or study is None:
        raise InfraplanError(problems)
    return study


def read(folder: Path) -> tuple[Study | None, list[Problem]]:
    """Read a study as far as it can be read, and every problem on the way; no study where a table is broken."""
    problems: list[Problem] = []
    try:
        settings = read_settings(folder)
    except InfraplanError as error:
        return None, list(error.problems)

    def attempt(reader: Any, *args: Any) -> Any:
        try:
            return reader(*args)
        except InfraplanError as error:
            problems.extend(error.problems)
            return None

    frames = {table: attempt(_read_table, folder, table, settings) for table in READ_TABLES}
    numbers = attempt(papers.read, folder / "data/assumptions")
    stack = attempt(layers.open_stack, folder / "layers")
    whole = not problems
    readable = {table: frame for table, frame in frames.items() if frame is not None}
    problems += _check_references(readable) + _check_ids(readable)
    if numbers is not None and "sources" in readable:
        problems += _check_papers(numbers, readable["sources"])
    study = Study(folder=folder, settings=settings, assumptions=numbers, stack=stack, **frames) if whole else None
    return study, problems


def read_scenario(study: Study, name: str) -> Scenario:
    """Read ``data/scenarios/NAME.toml`` and hold it against the study (see ``Study.scenario``)."""
    path = study.folder / "data/scenarios" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(study.scenario_names()) or "none yet"
        raise ScenarioError(Problem("no such scenario", f"Choose from: {known}", "data/scenarios", value=name))
    scenario: Scenario = read_toml(Scenario, path)
    problems = check_scenario(study, scenario, path.name)
    if problems:
        raise ScenarioError(problems)
    return scenario


def check_scenario(study: Study, scenario: Scenario, file: str = "scenario") -> list[Problem]:
    """Return what a scenario asks that the study does not know."""
    problems: list[Problem] = []

    def say(what: str, remedy: str, key: str, value: object = "") -> None:
        problems.append(Problem(what, remedy, file, None, key, str(value)))

    def refuse_unknown(noun: str, key: str, known: Iterable[str], remedy: str) -> None:
        for value in sorted(set(getattr(scenario, key)) - set(known)):
            say(f"unknown {noun}", remedy, key, value)

    first, last = min(study.settings.milestones), max(study.settings.milestones)
    if not first <= scenario.year <= last:
        say("the year lies outside the study", f"Choose a year from {first} to {last}", "year", scenario.year)
    offered = ", ".join(study.settings.carriers)
    refuse_unknown("carrier in this study", "carriers", study.settings.carriers, f"Choose from {offered}")
    if len(set(scenario.carriers)) != len(scenario.carriers) or not scenario.carriers:
        say("no carrier, or one twice", f"Choose from {offered}", "carriers", ",".join(scenario.carriers))
    if min(scenario.co2_value_eur_per_t.values()) < 0.0:
        say("a negative CO2 value", "Give 0 or more EUR/t", "co2_value_eur_per_t")
    for sector, index in scenario.activity.items():
        if min(index.values()) < 0.0:
            say("a negative production index", "Give 0 or more", f"activity.{sector}", min(index.values()))
    for key, statuses in (("existing_statuses", LINE_STATUSES), ("hub_statuses", tables.STATUSES)):
        refuse_unknown("status", key, statuses, f"Choose from {', '.join(statuses)}")
    # a published regression is known by its currency; the engineering method needs none
    models = (ENGINEERING, *study.assumptions.subjects("eur_per_currency"))
    if scenario.co2_cost_model not in models:
        remedy = f"Choose one of {', '.join(models)}"
        say("unknown cost model of CO2 pipes", remedy, "co2_cost_model", scenario.co2_cost_model)
    for noun, keys in _NAMED.items():
        known = getattr(study, f"{noun}s")[f"{noun}_id"]
        for key in keys:
            refuse_unknown(noun, key, known, f"Use one of the study's: see data/{noun}s.csv")
    try:
        study.assumptions.with_values(overrides(scenario))
    except InfraplanError as error:
        problems += [Problem(p.what, p.remedy, file, None, "assumptions", p.value) for p in error.problems]
    return problems


def overrides(scenario: Scenario) -> dict[tuple[str, str], float]:
    """Return the scenario's changed assumptions by subject and parameter."""
    changes = {}
    for key, value in scenario.assumptions.items():
        subject, _, parameter = key.partition("/")
        changes[subject, parameter] = value
    return changes


def _read_table(folder: Path, table: str, settings: Settings) -> pd.DataFrame:
    path = folder / "data" / f"{table}.csv"
    columns = tables.TABLES[table]
    if table in OPTIONAL_TABLES and not path.is_file():
        frame = pd.DataFrame({c.name: pd.Series(dtype=float if c.kind == "number" else object) for c in columns})
    else:
        frame = tables.read(path, table)
    if table == "sites" and frame.empty:
        raise TableError(Problem("the table has no rows", "Add at least one site", path.name))
    if table == "hubs":
        frame = _with_capacities(frame, settings)
    return _place(frame, settings, path.name) if table in PLACED_TABLES else frame


def _with_capacities(hubs: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the hubs with their capacity per milestone as numbers; refuse units that do not fit the carrier."""
    problems: list[Problem] = []
    numbers = {}
    for column in (f"capacity_{year}" for year in settings.milestones):
        if column not in hubs:
            problems.append(Problem("the column is missing (capacity per milestone)", "Add it", "hubs.csv", 1, column))
            continue
        text = hubs[column].astype(str)
        number = pd.to_numeric(text, errors="coerce").astype(float)
        problems += [
            Problem("not a capacity", "Give 0 or more", "hubs.csv", int(row), column, text[row])
            for row in hubs.index[~(np.isfinite(number) & (number >= 0.0))]
        ]
        numbers[column] = number
    for row, hub in zip(hubs.index, hubs.to_dict("records"), strict=True):
        unit = tables.ANNUAL_UNIT[hub["carrier"]]
        for column, expected in (("capacity_unit", unit), ("cost_unit", _COST_UNIT[unit])):
            if hub[column] != expected:
                what = f"the unit for {hub['carrier']} is {expected}"
                remedy = "Convert the figures and correct the unit"
                problems.append(Problem(what, remedy, "hubs.csv", int(row), column, str(hub[column])))
    if problems:
        raise TableError(problems)
    return hubs.assign(**numbers)


def _place(frame: pd.DataFrame, settings: Settings, file: str) -> gpd.GeoDataFrame:
    """Put the rows on the map; refuse swapped coordinates, which would land outside the study."""
    west, south, east, north = settings.extent
    lon, lat = frame["lon"], frame["lat"]
    swapped = ~(lon.between(west, east) & lat.between(south, north)) & (
        lat.between(west, east) & lon.between(south, north)
    )
    if swapped.any():
        raise TableError(
            [
                Problem(
                    "lon and lat are swapped",
                    "Exchange them",
                    file,
                    int(row),
                    "lon, lat",
                    f"{lon[row]}, {lat[row]}",
                )
                for row in frame.index[swapped]
            ]
        )
    points = gpd.points_from_xy(lon, lat, crs="EPSG:4326")
    return gpd.GeoDataFrame(frame, geometry=points).to_crs(settings.crs)


def _check_references(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return every id that points nowhere."""
    problems = []
    for table, column, target, key in _REFERENCES:
        if table not in frames or target not in frames:
            continue
        known = {*frames[target][key], ""}
        remedy = f"Use a {key} of data/{target}.csv, or add it there"
        problems += [
            Problem("points to nothing", remedy, f"{table}.csv", int(str(row)), column, word)
            for row, text in frames[table][column].items()
            for word in (text.split() if column == "depends_on" else [text])
            if word not in known
        ]
    return problems


def _check_ids(frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return the places that share an id: flows are booked by it."""
    problems = []
    first: dict[str, str] = {}
    for table, key in (("sites", "site_id"), ("hubs", "hub_id"), ("heat_areas", "area_id")):
        for row, place in frames[table][key].items() if table in frames else ():
            if place in first:
                what = f"the id stands already in {first[place]}"
                problems.append(Problem(what, "Give each place its own id", f"{table}.csv", int(str(row)), key, place))
            first.setdefault(place, f"{table}.csv row {row}")
    return problems


def _check_papers(numbers: Assumptions, sources: pd.DataFrame) -> list[Problem]:
    known = set(sources["source"])
    remedy = "Add the source to data/sources.csv"
    return [
        Problem("points to nothing", remedy, number.file, number.row, "source", number.source)
        for number in numbers.rows.values()
        if number.source not in known
    ]
