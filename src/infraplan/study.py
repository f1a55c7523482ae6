"""A study: a folder with ``data/`` and ``layers/``, read and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infraplan import assumptions as papers
from infraplan import layers, tables
from infraplan.assumptions import Assumptions
from infraplan.errors import InfraplanError, Problem, ScenarioError, TableError
from infraplan.layers import LayerStack
from infraplan.model import Carrier, Scenario, at_year

SETTINGS_FILE = "data/study.toml"
OPTIONAL_TABLES = ("heat_areas", "substations", "projects")


class Settings(BaseModel):
    """The study's own settings, ``data/study.toml``; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title_en: str
    title_nl: str
    notice_en: str
    notice_nl: str
    vintage: str
    crs: str
    cell_m: Annotated[float, Field(ge=10.0, le=5000.0)]
    extent: tuple[float, float, float, float]
    milestones: tuple[int, ...] = Field(min_length=1)
    carriers: tuple[Carrier, ...] = Field(min_length=1)
    languages: tuple[str, ...]
    home_region: str = ""
    baseline_sectors: tuple[str, ...] = ()
    default_scenario: str


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
        """Return the hubs that count in the scenario, with ``capacity`` and ``unit_cost`` in ``year``."""
        hubs = self.hubs[
            (self.hubs["carrier"] == carrier)
            & self.hubs["status"].isin(scenario.hub_statuses)
            & ~self.hubs["hub_id"].isin(scenario.hubs_off)
            & (self.hubs["first_year"] <= year)
        ]
        capacity = [
            at_year({m: row[f"capacity_{m}"] for m in self.settings.milestones}, year)
            for row in hubs.to_dict("records")
        ]
        return hubs.assign(
            capacity=np.array(capacity, dtype=float), unit_cost=hubs["cost_mode"], place_id=hubs["hub_id"]
        )


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
    """Read a study as far as it can be read, and every problem on the way."""
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

    data = folder / "data"
    frames = {}
    for table in ("sites", "hubs", "clusters", "sources", *OPTIONAL_TABLES):
        path = data / f"{table}.csv"
        if table in OPTIONAL_TABLES and not path.is_file():
            frames[table] = _empty(table)
        else:
            frames[table] = attempt(tables.read, path, table)
    numbers = attempt(papers.read, data / "assumptions")
    stack = attempt(layers.open_stack, folder / "layers")
    if problems:
        return None, problems
    _read_capacities(frames["hubs"], settings, problems)
    placed = {
        name: attempt(_place, frames[name], settings, f"{name}.csv")
        for name in ("sites", "hubs", "clusters", "heat_areas", "substations")
    }
    if problems:
        return None, problems
    study = Study(
        folder=folder,
        settings=settings,
        projects=frames["projects"],
        sources=frames["sources"],
        assumptions=numbers,
        stack=stack,
        **placed,
    )
    return study, _check_references(study)


def read_settings(folder: Path) -> Settings:
    """Read ``data/study.toml``.

    Raises
    ------
    InfraplanError
        If the folder is no study, or with every wrong key.
    """
    path = folder / SETTINGS_FILE
    if not path.is_file():
        raise InfraplanError(Problem("this folder is not a study", "Make one with `infraplan new DIR`", str(path)))
    settings: Settings = _validate(Settings, _load_toml(path), path.name)
    layers.check_crs(settings.crs)
    west, south, east, north = settings.extent
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InfraplanError(
            Problem(
                "the extent is not lon_min, lat_min, lon_max, lat_max in degrees",
                "Put the smaller longitude and latitude first",
                path.name,
                column="extent",
                value=str(list(settings.extent)),
            )
        )
    return settings


def read_scenario(study: Study, name: str) -> Scenario:
    """Read ``data/scenarios/NAME.toml`` and hold it against the study (see ``Study.scenario``)."""
    path = study.folder / "data/scenarios" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(study.scenario_names()) or "none yet"
        raise ScenarioError(Problem("no such scenario", f"Choose from: {known}", "data/scenarios", value=name))
    scenario: Scenario = _validate(Scenario, _load_toml(path), path.name)
    problems = check_scenario(study, scenario, path.name)
    if problems:
        raise ScenarioError(problems)
    return scenario


def check_scenario(study: Study, scenario: Scenario, file: str = "scenario") -> list[Problem]:
    """Return what a scenario asks that the study does not know."""
    problems: list[Problem] = []

    def unknown(column: str, values: Iterable[str], known: Iterable[str], remedy: str) -> None:
        problems.extend(
            Problem(f"unknown {remedy}", f"Use one of the study's: see data/{remedy}s.csv", file, None, column, v)
            for v in values
            if v not in set(known)
        )

    first, last = min(study.settings.milestones), max(study.settings.milestones)
    if not first <= scenario.year <= last:
        problems.append(
            Problem(
                "the year lies outside the study",
                f"Choose a year from {first} to {last}",
                file,
                None,
                "year",
                str(scenario.year),
            )
        )
    problems += [
        Problem(
            "the study has no such carrier",
            "Choose from the carriers of data/study.toml",
            file,
            None,
            "carriers",
            c,
        )
        for c in scenario.carriers
        if c not in study.settings.carriers
    ]
    if min(scenario.co2_value_eur_per_t.values(), default=0.0) < 0.0:
        problems.append(Problem("a negative CO2 value", "Give 0 or more EUR/t", file, None, "co2_value_eur_per_t"))
    if not scenario.co2_value_eur_per_t:
        problems.append(Problem("no CO2 value at all", "Give one per milestone", file, None, "co2_value_eur_per_t"))
    unknown("clusters_off", scenario.clusters_off, study.clusters["cluster_id"], "cluster")
    unknown("sites_off", scenario.sites_off, study.sites["site_id"], "site")
    unknown("hubs_off", scenario.hubs_off, study.hubs["hub_id"], "hub")
    for column in ("projects_on", "projects_off"):
        unknown(column, getattr(scenario, column), study.projects["project_id"], "project")
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


def _load_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InfraplanError(Problem(f"not valid TOML ({error})", "Correct it", path.name)) from error


def _validate(model: type[Any], content: dict[str, Any], file: str) -> Any:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = []
        for fault in error.errors():
            unknown = fault["type"] == "extra_forbidden"
            value = fault.get("input")
            problems.append(
                Problem(
                    "unknown key" if unknown else fault["msg"][0].lower() + fault["msg"][1:],
                    "Remove it or correct its spelling" if unknown else "Correct it",
                    file,
                    None,
                    ".".join(str(part) for part in fault["loc"]),
                    "" if isinstance(value, dict) else str(value),
                )
            )
        raise ScenarioError(problems) from error


def _empty(table: str) -> pd.DataFrame:
    return pd.DataFrame(
        {c.name: pd.Series(dtype=float if c.kind == "number" else object) for c in tables.TABLES[table]}
    )


def _read_capacities(hubs: pd.DataFrame, settings: Settings, problems: list[Problem]) -> None:
    for year in settings.milestones:
        column = f"capacity_{year}"
        if column not in hubs:
            problems.append(Problem("the column is missing (capacity per milestone)", "Add it", "hubs.csv", 1, column))
            continue
        text = hubs[column].astype(str)
        number = pd.to_numeric(text, errors="coerce")
        wrong = number.isna() | (number < 0.0) | ~np.isfinite(number)
        problems += [
            Problem("not a capacity", "Give 0 or more", "hubs.csv", int(row), column, text[row])
            for row in hubs.index[wrong]
        ]
        hubs[column] = number.astype(float)
    unit_of = {"co2": ("kt_per_a", "eur_per_t")}
    for row, hub in hubs.iterrows():
        capacity_unit, cost_unit = unit_of.get(hub["carrier"], ("gwh_per_a", "eur_per_mwh"))
        for column, expected in (("capacity_unit", capacity_unit), ("cost_unit", cost_unit)):
            if hub[column] != expected:
                problems.append(
                    Problem(
                        f"the unit for {hub['carrier']} is {expected}",
                        "Convert the figures and correct the unit",
                        "hubs.csv",
                        int(str(row)),
                        column,
                        str(hub[column]),
                    )
                )


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


def _check_references(study: Study) -> list[Problem]:
    """Return every id and source key that points nowhere."""
    problems: list[Problem] = []

    def refer(frame: pd.DataFrame, file: str, column: str, known: Iterable[str], remedy: str) -> None:
        allowed = {*known, ""}
        problems.extend(
            Problem("points to nothing", remedy, file, int(str(row)), column, str(value))
            for row, value in frame[column].items()
            if value not in allowed
        )

    keys = set(study.sources["source"])
    for name in ("sites", "hubs", "projects", "heat_areas", "substations"):
        refer(getattr(study, name), f"{name}.csv", "source", keys, "Add the source to data/sources.csv")
    site_ids = set(study.sites["site_id"])
    refer(study.sites, "sites.csv", "cluster", study.clusters["cluster_id"], "Add it to data/clusters.csv")
    refer(study.sites, "sites.csv", "process_gas_of", site_ids, "Use a site_id of this table")
    refer(study.projects, "projects.csv", "site_id", site_ids, "Use a site_id of data/sites.csv")
    refer(study.projects, "projects.csv", "hub_id", set(study.hubs["hub_id"]), "Use a hub_id of data/hubs.csv")
    projects = set(study.projects["project_id"])
    for row, needed in study.projects["depends_on"].items():
        problems += [
            Problem(
                "points to nothing",
                "Use a project_id of this table",
                "projects.csv",
                int(str(row)),
                "depends_on",
                p,
            )
            for p in str(needed).split()
            if p not in projects
        ]
    problems += [
        Problem(
            "points to nothing",
            "Add the source to data/sources.csv",
            number.file,
            number.row,
            "source",
            number.source,
        )
        for number in study.assumptions.rows.values()
        if number.source not in keys
    ]
    return problems
