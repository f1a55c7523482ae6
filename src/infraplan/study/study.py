"""A study: a folder with ``data/`` and ``layers/``, read and checked once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan.core import M_PER_KM, Drawing, InfraplanError, Phrase, Problem, Scenario, ScenarioError, tables
from infraplan.study import assumptions as papers
from infraplan.study import drawings, layers, read_tables
from infraplan.study.assumptions import Assumptions
from infraplan.study.layers import LINE_STATUSES, LayerStack
from infraplan.study.settings import SETTINGS_FILE, Settings, read_settings, read_toml

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
_DEPENDENCE = ("project_id", "depends_on")
# studies with drawn places or delayed projects that are kept at a time
_MOST_MADE = 4
_SUFFIX = ".toml"
# what a scenario switches, by the table that knows it: the code of an unknown one, and the keys
_NAMED = {
    "cluster": ("scenario.unknown_cluster", ("clusters_off",)),
    "site": ("scenario.unknown_site", ("sites_off",)),
    "hub": ("scenario.unknown_hub", ("hubs_off",)),
    "project": ("scenario.unknown_project", ("projects_on", "projects_off", "project_years")),
}
_COUNTED_BY = ("hub_id", "carrier", "status", "first_year")


@dataclass(frozen=True)
class Study:
    """All facts of a study. Tables with places are GeoDataFrames in the study's CRS.

    ``origin`` is the study as it was opened, where this one holds what a scenario draws and delays (``as_asked``).
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
    specifications: pd.DataFrame
    names: pd.DataFrame
    sources: pd.DataFrame
    assumptions: Assumptions
    stack: LayerStack
    origin: Study | None = None
    drawing: Drawing = field(default_factory=Drawing)
    delays: Mapping[str, int] = field(default_factory=dict)
    # the last studies that were made of this one, so that equal questions meet the same study
    _made: dict[tuple[Drawing, str], Study] = field(default_factory=dict, repr=False, compare=False)

    def scenario_names(self) -> tuple[str, ...]:
        """Names of the scenarios, the default first."""
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
        """Say which places lie in the study's extent."""
        west, south, east, north = self.settings.extent
        lon, lat = places["lon"], places["lat"]
        return pd.Series(lon.between(west, east) & lat.between(south, north), dtype=bool)

    def as_asked(self, scenario: Scenario) -> Study:
        """Return the study with the places that a scenario draws, and its projects in the years it says.

        A project that is delayed takes its hub and its effects with it, and the projects that need it wait for it.
        Where nothing is drawn or delayed this is the study as it was opened.
        """
        drawing, delays = Drawing(sites=scenario.drawing.sites, hubs=scenario.drawing.hubs), scenario.project_years
        opened = self.origin or self
        if not (drawing or delays):
            return opened
        key = (drawing, repr(sorted(delays.items())))
        made = opened._made.get(key)
        if made is None or made.origin is not opened:
            if len(opened._made) >= _MOST_MADE:
                opened._made.clear()
            made = opened._made[key] = opened._with(drawing, delays)
        return made

    def apart(self) -> Study:
        """Return this study for one visitor: the same facts, but what he draws on it is kept nowhere else."""
        return replace(self, _made={})

    def _with(self, drawing: Drawing, delays: Mapping[str, int]) -> Study:
        spots = drawings.points(drawing.sites, self.settings.crs)
        clusters = {
            site.site_id: near or site.site_id
            for site, near in zip(drawing.sites, self.clusters_near(spots), strict=True)
        }
        sites = drawings.add_sites(self.sites, drawing, clusters=clusters)
        hubs = drawings.add_hubs(self.hubs, drawing, self.settings.milestones)
        tables_of = {"projects": self.projects, "project_effects": self.project_effects, "hubs": hubs}
        tables_of |= _delay(tables_of, self.delayed(delays)) if delays else {}
        return replace(self, sites=sites, **tables_of, origin=self, drawing=drawing, delays=delays, _made={})

    def spell(self, names: pd.Series[str], language: str) -> pd.Series[str]:
        """Return names of places as a language has them; those stay that have no other name, and all without one."""
        if not language:
            return names
        book = self.names.set_index("name")[f"name_{language}"]
        known = book[book != ""].to_dict()
        return pd.Series([known.get(name, name) for name in names], names.index, dtype=object)

    def clusters_near(self, points: Sequence[Any]) -> list[str | None]:
        """Return the nearest cluster for its size of points in the study's CRS; None beyond the reach of all."""
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
        """Return the year before which projects cannot start: those named, and all that depend on them."""
        late = dict(project_years)
        needs = {p: str(n).split() for p, n in zip(*(self.projects[c] for c in _DEPENDENCE), strict=True)}

        def pulled() -> dict[str, int]:
            pull = {p: max((late[n] for n in needed if n in late), default=0) for p, needed in needs.items()}
            return {p: year for p, year in pull.items() if year > late.get(p, 0)}

        while waiting := pulled():
            late |= waiting
        return late

    def hubs_of(self, carriers: str | Collection[str], scenario: Scenario, year: int) -> gpd.GeoDataFrame:
        """Return the hubs of one or more carriers that count in the scenario, with ``capacity`` and ``unit_cost``.

        A hub counts by its status, or because the scenario says that its project goes ahead; not when the hub
        is switched off, when its project is, or when a project falls that its project needs.
        """
        asked = self.as_asked(scenario)
        table, off = asked.hubs, asked.cancelled(scenario.projects_off)
        wanted = {carriers} if isinstance(carriers, str) else set(carriers)
        projects = list(zip(asked.projects["project_id"], asked.projects["hub_id"], strict=True))
        built = {hub for project, hub in projects if project in scenario.projects_on}
        built |= {hub.hub_id for hub in scenario.drawing.hubs}
        gone = {*scenario.hubs_off, *(hub for project, hub in projects if project in off)}
        counts = [
            c in wanted and (status in scenario.hub_statuses or hub in built) and hub not in gone and first <= year
            for hub, c, status, first in zip(*(table[name] for name in _COUNTED_BY), strict=True)
        ]
        hubs = table[np.array(counts, dtype=bool)]
        milestones = sorted(self.settings.milestones)
        by_milestone = hubs[[f"capacity_{m}" for m in milestones]].to_numpy(dtype=float)
        capacity = [float(np.interp(year, milestones, row)) for row in by_milestone]
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
    return here if (here / SETTINGS_FILE).is_file() else Path(__file__).resolve().parents[3]


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

    frames = {table: attempt(read_tables.read_table, folder, table, settings) for table in read_tables.READ_TABLES}
    numbers = attempt(papers.read, folder / "data/assumptions")
    stack = attempt(layers.open_stack, folder / "layers")
    whole = not problems
    readable = {table: frame for table, frame in frames.items() if frame is not None}
    problems += read_tables.check_references(readable) + read_tables.check_ids(readable)
    if numbers is not None and "sources" in readable:
        problems += read_tables.check_papers(numbers, readable["sources"])
    study = Study(folder=folder, settings=settings, assumptions=numbers, stack=stack, **frames) if whole else None
    return study, problems


def read_scenario(study: Study, name: str) -> Scenario:
    """Read ``data/scenarios/NAME.toml``, or the TOML file ``name``, and hold it against the study."""
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
    """Return what a scenario asks that the study does not know."""
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
        taken=_ids_of_places(study.origin or study),
        file=file,
    )
    drawn = {"site": [s.site_id for s in scenario.drawing.sites], "hub": [h.hub_id for h in scenario.drawing.hubs]}
    for noun, (code, keys) in _NAMED.items():
        known = {*getattr(study.origin or study, f"{noun}s")[f"{noun}_id"], *drawn.get(noun, ())}
        for key in keys:
            refuse_unknown(code, key, known)
    for project, year in scenario.project_years.items():
        earliest, latest = _years_of(study.origin or study, project)
        if not earliest <= year <= latest:
            code = "scenario.before_project" if year < earliest else "scenario.no_plan_year"
            say(code, f"project_years.{project}", year, earliest=earliest, latest=latest)
    try:
        study.assumptions.with_values(overrides(scenario))
    except InfraplanError as error:
        problems += [replace(problem, file=file, row=None, column="assumptions") for problem in error.problems]
    return problems


def overrides(scenario: Scenario) -> dict[tuple[str, str], float]:
    """Return the scenario's changed assumptions by subject and parameter."""
    changes = {}
    for key, value in scenario.assumptions.items():
        subject, _, parameter = key.partition("/")
        changes[subject, parameter] = value
    return changes


def _delay(tables_of: Mapping[str, Any], late: Mapping[str, int]) -> dict[str, pd.DataFrame]:
    """Return projects, their effects and their hubs with the years before which they cannot start."""
    projects, effects, hubs = (tables_of[name] for name in ("projects", "project_effects", "hubs"))
    least = projects["project_id"].map(late).astype(float)
    own = projects["first_year"].astype(float)
    dated = set(effects.loc[effects["first_year"].notna(), "project_id"])
    # where only the effects have years these are told by them
    told = own.notna() | ~projects["project_id"].isin(dated)
    of_hub = least.groupby(projects["hub_id"]).max()
    return {
        "projects": projects.assign(first_year=own.where(~told, np.fmax(own, least))),
        "project_effects": effects.assign(
            first_year=np.fmax(effects["first_year"].astype(float), effects["project_id"].map(late).astype(float))
        ),
        "hubs": hubs.assign(first_year=np.fmax(hubs["first_year"], hubs["hub_id"].map(of_hub).astype(float))),
    }


def _years_of(study: Study, project: str) -> tuple[float, float]:
    """Return the year in which a project can start at the earliest, and the last that a table of projects holds."""
    latest = next(column.maximum for column in tables.PROJECTS if column.name == "first_year")
    mine = study.projects.loc[study.projects["project_id"] == project, "first_year"].dropna()
    return float(mine.max()) if len(mine) else min(study.settings.milestones), latest or np.inf


def _ids_of_places(study: Study) -> set[str]:
    return {*study.sites["site_id"], *study.hubs["hub_id"], *study.heat_areas["area_id"]}
