"""A study: a folder with ``data/`` and ``layers/``, read and checked once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd

from infraplan.core import M_PER_KM, Drawing, InfraplanError, Phrase, Problem, Scenario, ScenarioError, tables
from infraplan.study import assumptions as papers
from infraplan.study import drawings, layers, read_tables
from infraplan.study.assumptions import Assumptions, check_overrides
from infraplan.study.identity import check_identity, remark_doubles
from infraplan.study.layers import LINE_STATUSES, LayerStack
from infraplan.study.package import home
from infraplan.study.plausible import check_figures, check_values, limit_of, name_absurd, remark_figures
from infraplan.study.positions import check_positions, remark_positions
from infraplan.study.settings import SETTINGS_FILE, Settings, read_settings, read_toml
from infraplan.study.titles import Titles, read_titles

__all__ = [
    "SETTINGS_FILE",
    "Settings",
    "Study",
    "check_scenario",
    "default_folder",
    "open_study",
    "read",
    "read_scenario",
    "read_settings",
]

# the cost model of CO2 pipes that is no regression (see ``costs``)
ENGINEERING = "engineering"
_SUFFIX = ".toml"
# what a scenario switches, by the table that knows it: the code of an unknown one, and the keys
_NAMED = {
    "cluster": ("scenario.unknown_cluster", ("clusters_off",)),
    "site": ("scenario.unknown_site", ("sites_off",)),
    "hub": ("scenario.unknown_hub", ("hubs_off",)),
    "project": ("scenario.unknown_project", ("projects_on", "projects_off", "project_years")),
}


@dataclass(frozen=True)
class Study:
    """All facts of a study. Tables with places are GeoDataFrames in the study's CRS.

    If this study has the drawn places and delayed projects of a scenario, ``origin`` is the study as it was read (see
    ``open_case``).
    """

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
    titles: Titles
    specifications: pd.DataFrame
    names: pd.DataFrame
    sources: pd.DataFrame
    assumptions: Assumptions
    stack: LayerStack
    origin: Study | None = None
    # this study with the last drawings and delays, so that equal scenarios share one study
    kept: dict[tuple[Drawing, str], Study] = field(default_factory=dict, repr=False, compare=False)

    @property
    def opened(self) -> Study:
        """Return the study as it was read, without drawings or delays of a scenario."""
        return self.origin or self

    def scenario_names(self) -> tuple[str, ...]:
        """Return the names of the scenarios, the default first."""
        names = sorted(path.stem for path in (self.folder / "data/scenarios").glob("*.toml"))
        return tuple(sorted(names, key=lambda name: (name != self.settings.default_scenario, name)))

    def scenario(self, name: str | None = None) -> Scenario:
        """Read one scenario by its name (default: the study's) or by the path of its TOML file.

        Raises
        ------
        ScenarioError
            With every problem: unknown keys, years outside the study, unknown carriers, sites or hubs.
        """
        name = self.settings.default_scenario if name is None else name
        return read_scenario(self, name)

    def inside(self, places: gpd.GeoDataFrame) -> pd.Series[bool]:
        """Return which places lie in the study's extent."""
        west, south, east, north = self.settings.extent
        lon, lat = places["lon"], places["lat"]
        return pd.Series(lon.between(west, east) & lat.between(south, north), dtype=bool)

    def apart(self) -> Study:
        """Return this study for one visitor: the drawings stay in this copy."""
        return replace(self, kept={})

    def spell(self, names: pd.Series[str], language: str) -> pd.Series[str]:
        """Return names of places in a language; a name without translation does not change."""
        if not language:
            return names
        book = self.names.set_index("name")[f"name_{language}"]
        known = book[book != ""].to_dict()
        return pd.Series([known.get(name, name) for name in names], names.index, dtype=object)

    def clusters_near(self, points: Sequence[Any]) -> list[str | None]:
        """Return the nearest cluster of each point, relative to cluster size; None beyond the reach of all clusters.

        Parameters
        ----------
        points
            Points in the study's CRS.
        """
        clusters = self.clusters
        if clusters.empty or not len(points):
            return [None] * len(points)
        x, y = np.array([(point.x, point.y) for point in points]).T[:, :, None]
        radius_m = clusters["radius_km"].to_numpy(dtype=float) * M_PER_KM
        relative = np.hypot(clusters.geometry.x.to_numpy() - x, clusters.geometry.y.to_numpy() - y) / radius_m
        best = np.argmin(relative, axis=1)
        near = relative.min(axis=1) <= self.assumptions.value("cluster", "hub_reach", "1")
        names = clusters["cluster_id"].to_list()
        return [str(names[at]) if close else None for at, close in zip(best.tolist(), near.tolist(), strict=True)]

    def delayed(self, project_years: Mapping[str, int]) -> dict[str, int]:
        """Return the earliest start years of delayed projects and of all projects that depend on them."""
        late = dict(project_years)
        for project, year in project_years.items():
            late |= {other: max(year, late.get(other, year)) for other in self._dependents(project)}
        return late

    def cancelled(self, projects_off: Collection[str]) -> frozenset[str]:
        """Return the projects that fall when some are switched off: these, and all that depend on them."""
        return frozenset(projects_off).union(*map(self._dependents, projects_off))

    def _dependents(self, project: str) -> set[str]:
        """Return the other projects that depend on a project, also through others."""
        pairs = self.projects[["project_id", "depends_on"]].itertuples(index=False)
        graph = nx.DiGraph((needed, dependent) for dependent, names in pairs for needed in str(names).split())
        return set(nx.descendants(graph, project)) if project in graph else set()


def remark_study(study: Study) -> list[Problem]:
    """Return what is odd in the tables of a study, yet no mistake."""
    frames = {"sites": study.sites, "hubs": study.hubs, "clusters": study.clusters, "heat_areas": study.heat_areas}
    tables_of = frames | {"projects": study.projects, "specifications": study.specifications}
    return remark_figures(tables_of) + remark_doubles(frames) + remark_positions(frames, study.settings)


def default_folder() -> Path:
    """Return the default folder: the working directory if it is a study, else the study that comes with this code."""
    here = Path.cwd()
    return here if (here / SETTINGS_FILE).is_file() else home()


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
    """Read a study as far as possible; return it with every problem found, or None if a table is broken."""
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

    frames = {table: attempt(read_tables.read_table, folder, table, settings) for table in read_tables.READ_TABLES}
    numbers = attempt(papers.read, folder / "data/assumptions")
    stack = attempt(layers.open_stack, folder / "layers")
    whole = not problems
    readable = {table: frame for table, frame in frames.items() if frame is not None}
    problems += read_tables.check_references(readable) + read_tables.check_ids(readable)
    problems += check_figures(readable) + check_identity(readable) + check_positions(readable, settings)
    if numbers is not None and "sources" in readable:
        problems += read_tables.check_papers(numbers, readable["sources"])
    if not whole:
        return None, problems
    titles = read_titles(frames.pop("terms"), frames["pathways"])
    return Study(folder=folder, settings=settings, assumptions=numbers, stack=stack, titles=titles, **frames), problems


def read_scenario(study: Study, name: str) -> Scenario:
    """Read ``data/scenarios/NAME.toml``, or the TOML file ``name``, and check it against the study.

    Raises
    ------
    ScenarioError
        With every problem of the scenario.
    """
    own_file = name.endswith(_SUFFIX)
    path = Path(name) if own_file else study.folder / "data/scenarios" / f"{name}{_SUFFIX}"
    if not path.is_file():
        known = study.scenario_names() or Phrase("phrase.none_yet")
        where = "" if own_file else "data/scenarios"
        raise ScenarioError(Problem("scenario.unknown", {"known": known}, file=where, value=name))
    scenario: Scenario = read_toml(Scenario, path)
    problems = check_scenario(study, scenario, path.name)
    if problems:
        raise ScenarioError(problems)
    return scenario


def check_scenario(study: Study, scenario: Scenario, file: str | Phrase = "scenario") -> list[Problem]:
    """Return a problem for each demand of a scenario that the study cannot meet; ``file`` is their place."""
    problems: list[Problem] = []

    def say(code: str, key: str, value: object = "", **values: object) -> None:
        problems.append(Problem(code, values, file, None, key, str(value)))

    def refuse_unknown(code: str, key: str, known: Collection[str]) -> None:
        for value in sorted(set(getattr(scenario, key)) - set(known)):
            say(code, key, value, known=known)

    first, last = min(study.settings.milestones), max(study.settings.milestones)
    if not first <= scenario.year <= last:
        say("scenario.year_outside", "year", scenario.year, first=first, last=last)
    refuse_unknown("scenario.unknown_carrier", "carriers", study.settings.carriers)
    if len(set(scenario.carriers)) != len(scenario.carriers) or not scenario.carriers:
        say("scenario.carriers", "carriers", ",".join(scenario.carriers), known=study.settings.carriers)
    if min(scenario.co2_value_eur_per_t.values()) < 0.0:
        say("scenario.negative_co2_value", "co2_value_eur_per_t")
    problems += _check_values(scenario, file)
    for sector, index in scenario.activity.items():
        if min(index.values()) < 0.0:
            say("scenario.negative_production", f"activity.{sector}", min(index.values()))
    for key, statuses in (("existing_statuses", LINE_STATUSES), ("hub_statuses", tables.STATUSES)):
        refuse_unknown("scenario.unknown_status", key, statuses)
    # a published regression is known by its currency; the engineering method needs none
    models = (ENGINEERING, *study.assumptions.subjects("eur_per_currency"))
    if scenario.co2_cost_model not in models:
        say("scenario.unknown_cost_model", "co2_cost_model", scenario.co2_cost_model, known=tuple(models))
    problems += drawings.find_wrong(
        scenario.drawing,
        study.settings,
        carriers=scenario.carriers,
        sectors=study.assumptions.sectors(),
        taken=_ids_of_places(study.opened),
        file=file,
    )
    drawn = {"site": [s.site_id for s in scenario.drawing.sites], "hub": [h.hub_id for h in scenario.drawing.hubs]}
    for noun, (code, keys) in _NAMED.items():
        known = {*getattr(study.opened, f"{noun}s")[f"{noun}_id"], *drawn.get(noun, ())}
        for key in keys:
            refuse_unknown(code, key, known)
    for project, year in scenario.project_years.items():
        earliest, latest = _years_of(study.opened, project)
        if not earliest <= year <= latest:
            code = "scenario.before_project" if year < earliest else "scenario.no_plan_year"
            say(code, f"project_years.{project}", year, earliest=earliest, latest=latest)
    wrong = check_overrides(study.assumptions, scenario)
    return problems + [replace(problem, file=file, row=None, column="assumptions") for problem in wrong]


def _check_values(scenario: Scenario, file: str | Phrase) -> list[Problem]:
    """Return a problem for each value or year of a scenario that can only be a mistake.

    Values below zero have a message of their own.
    """
    worth = "co2_value_eur_per_t"
    figures = {worth: scenario.co2_value_eur_per_t}
    figures |= {f"activity.{sector}": index for sector, index in scenario.activity.items()}
    shares = {
        f"pathways.{sector}.{pathway}": by_year
        for sector, mix in scenario.pathways.items()
        for pathway, by_year in mix.items()
    }
    problems = []
    for key, by_year in (figures | shares).items():
        problems += check_values(limit_of("scenarios", "year"), by_year, file, key)
    for key, by_year in figures.items():
        limit = limit_of("scenarios", key.partition(".")[0])
        problems += check_values(limit, [value for value in by_year.values() if value >= 0.0], file, key)
    limit = limit_of("sites", "co2_kt_per_a")
    return problems + [
        name_absurd(limit, site.co2_kt_per_a, file, number, "drawing.sites.co2_kt_per_a")
        for number, site in enumerate(scenario.drawing.sites, start=1)
        if site.co2_kt_per_a >= 0.0 and limit.is_absurd(site.co2_kt_per_a)
    ]


def _years_of(study: Study, project: str) -> tuple[float, float]:
    """Return the first year in which a project can start, and the last year allowed in the table of projects."""
    latest = next(column.maximum for column in tables.PROJECTS if column.name == "first_year")
    mine = study.projects.loc[study.projects["project_id"] == project, "first_year"].dropna()
    return float(mine.max()) if len(mine) else min(study.settings.milestones), latest or np.inf


def _ids_of_places(study: Study) -> set[str]:
    return {*study.sites["site_id"], *study.hubs["hub_id"], *study.heat_areas["area_id"]}
