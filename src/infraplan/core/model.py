"""The shared nouns: frozen objects that the rooms pass to each other.

An array always comes with its grid and CRS. No function changes its input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from infraplan.core.errors import Phrase
from infraplan.core.grid import FloatArray, Grid, IntArray

Carrier = Literal["co2", "h2", "heat"]
Point = tuple[float, float]


def _years(value: Any) -> Any:
    """Convert the string keys of TOML tables to years."""
    if isinstance(value, Mapping):
        return {int(k) if isinstance(k, str) and k.isdigit() else k: v for k, v in value.items()}
    return value


ByYear = Annotated[dict[int, float], BeforeValidator(_years), Field(min_length=1)]


def at_year(milestones: Mapping[int, float], year: int) -> float:
    """Return the value in ``year``: linear between milestones, constant outside them.

    >>> at_year({2030: 10.0, 2040: 20.0}, 2035)
    15.0
    """
    years = sorted(milestones)
    return float(np.interp(year, years, [milestones[y] for y in years]))


class _Drawn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DrawnArea(_Drawn):
    """A no-go area: an outline of (lon, lat) [deg, WGS84], closed or open."""

    name: str
    ring: tuple[Point, ...] = Field(min_length=3)


class DrawnLine(_Drawn):
    """A line of (lon, lat) [deg, WGS84] for some carriers; if none is named, for all carriers of the scenario."""

    name: str
    line: tuple[Point, ...] = Field(min_length=2)
    carriers: tuple[Carrier, ...] = ()


class DrawnSite(_Drawn):
    """A new site with its fossil CO2 [kt/a]; columns as in ``data/sites.csv``."""

    site_id: str
    name: str
    sector: str
    lon: float
    lat: float
    co2_kt_per_a: float


class DrawnHub(_Drawn):
    """A new hub; columns and units as in ``data/hubs.csv``.

    It exists from ``first_year`` on; without one, from the first milestone of the study.
    """

    hub_id: str
    name: str
    carrier: Carrier
    role: str
    lon: float
    lat: float
    capacity_per_a: float
    unit_cost: float
    first_year: int | None = None


class Drawing(_Drawn):
    """Everything drawn on the map.

    Attributes
    ----------
    no_go
        Areas where no pipe may be laid.
    must_pass
        Lines along which each of their carriers gets a pipe, unless the ground is forbidden otherwise.
    proposals
        Lines that are priced beside the plan, but not built.
    sites, hubs
        New sites and hubs, which take part like those of the study.
    """

    no_go: tuple[DrawnArea, ...] = ()
    must_pass: tuple[DrawnLine, ...] = ()
    proposals: tuple[DrawnLine, ...] = ()
    sites: tuple[DrawnSite, ...] = ()
    hubs: tuple[DrawnHub, ...] = ()

    def __bool__(self) -> bool:
        """Return True if anything is drawn."""
        return self != Drawing()


class Scenario(BaseModel):
    """The scenario that a plan answers: year, carriers, pathways, existing lines, and what is switched on or off.

    Unknown keys are refused. The pathway shares of a sector add up to 1 at every milestone; ``study.read_scenario``
    checks this against the study's sectors and milestones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    title_en: str
    title_nl: str
    about_en: str
    about_nl: str
    year: int
    carriers: tuple[Carrier, ...]
    co2_value_eur_per_t: ByYear
    existing_statuses: tuple[str, ...]
    existing_lines: tuple[str, ...] = ()
    hub_statuses: tuple[str, ...]
    activity: dict[str, ByYear]
    pathways: dict[str, dict[str, ByYear]]
    projects_on: tuple[str, ...] = ()
    projects_off: tuple[str, ...] = ()
    # first year of a project, if later than in the study
    project_years: dict[str, int] = Field(default_factory=dict)
    clusters_off: tuple[str, ...] = ()
    sites_off: tuple[str, ...] = ()
    hubs_off: tuple[str, ...] = ()
    co2_cost_model: str = "engineering"
    assumptions: dict[str, float] = Field(default_factory=dict)
    # "system" counts the emissions of making power and hydrogen, "direct" does not (as emission trading)
    co2_view: Literal["system", "direct"] = "system"
    # the user's weights of the ranking criteria, for a second ranking beside the default one
    weights: dict[str, float] = Field(default_factory=dict)
    drawing: Drawing = Field(default_factory=Drawing)

    def co2_value(self, year: int | None = None) -> float:
        """Return the value of an avoided tonne [EUR/t] in ``year`` (default: the scenario's year)."""
        return at_year(self.co2_value_eur_per_t, self.year if year is None else year)

    def share(self, sector: str, pathway: str, year: int | None = None) -> float:
        """Return the share of ``pathway`` in the emissions of ``sector`` in ``year``; 0 if the scenario has none."""
        shares = self.pathways.get(sector, {}).get(pathway)
        return 0.0 if shares is None else at_year(shares, self.year if year is None else year)

    def activity_of(self, sector: str, year: int | None = None) -> float:
        """Return the production index of ``sector`` in ``year`` (1 = the year of its verified CO2)."""
        index = self.activity.get(sector)
        return 1.0 if index is None else at_year(index, self.year if year is None else year)

    def changed(self, **changes: Any) -> Scenario:
        """Return a copy with some keys changed, checked again."""
        return Scenario.model_validate({**self.model_dump(), **changes})


@dataclass(frozen=True)
class PipePrice:
    """Price list of one carrier, one entry per standard pipe size, thinnest first.

    Attributes
    ----------
    carrier, unit
        Carrier and its annual unit.
    dn_mm
        Nominal diameter [mm].
    capacity_per_a
        Capacity [kt/a or GWh/a].
    capex_eur_per_m
        Investment on open ground [EUR/m].
    annual_eur_per_m
        Annuity, operation and energy on open ground [EUR/(m a)].
    crossing_factor
        Cost of a crossing relative to that of the reference size [-].
    crossing_annuity
        Yearly share of the cost of a crossing [1/a].
    """

    carrier: str
    unit: str
    dn_mm: FloatArray
    capacity_per_a: FloatArray
    capex_eur_per_m: FloatArray
    annual_eur_per_m: FloatArray
    crossing_factor: FloatArray
    crossing_annuity: float

    def size_of(self, flow: npt.ArrayLike) -> IntArray:
        """Return the index of the thinnest pipe that carries ``flow``, or of the thickest if none does."""
        index = np.searchsorted(self.capacity_per_a, np.asarray(flow, dtype=float) - 1e-9, side="left")
        return np.asarray(np.minimum(index, len(self.dn_mm) - 1), dtype=np.int64)

    def pipes_of(self, flow: npt.ArrayLike) -> IntArray:
        """Return the number of parallel pipes: 1 unless the flow exceeds the thickest pipe."""
        full = np.asarray(flow, dtype=float) / self.capacity_per_a[-1]
        return np.asarray(np.maximum(1, np.ceil(full - 1e-9)), dtype=np.int64)


@dataclass(frozen=True)
class EdgeArrays:
    """Edges of a candidate graph as arrays, by edge number.

    Each edge is two arcs, one from either end. Arcs are in CSR order (``indptr``, ``indices``, ``arc_edge``).
    """

    node_a: IntArray
    node_b: IntArray
    length_m: FloatArray
    weighted_m: FloatArray
    crossing_eur: FloatArray
    indptr: npt.NDArray[np.int32]
    indices: npt.NDArray[np.int32]
    arc_edge: IntArray

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1


@dataclass(frozen=True)
class CandidateGraph:
    """Graph of possible pipe routes: terminals, junctions, and edges with real geometry.

    Attributes
    ----------
    graph
        networkx graph. Nodes have ``x``, ``y`` [m] and ``cell``; terminals also have ``terminals`` (ids, several
        where sites share a cell). Edges have ``edge`` (0..m-1), ``length_m``, ``weighted_m`` (length times ground
        multiplier), ``crossing_eur`` (for the reference pipe) and ``geometry`` (LineString).
    grid
        Position of the cells.
    node_of
        Node of each place.
    unreachable
        Reason why a place has no node, by place.
    lines
        Edges along each must-pass line, in the order of the drawing.
    """

    graph: nx.Graph[int]
    grid: Grid
    node_of: Mapping[str, int]
    unreachable: Mapping[str, str | Phrase]
    lines: tuple[frozenset[int], ...] = ()

    @cached_property
    def edges(self) -> EdgeArrays:
        """Edges as arrays, computed once."""
        rows = sorted((d["edge"], u, v, d) for u, v, d in self.graph.edges(data=True))
        a = np.array([row[1] for row in rows], dtype=np.int64)
        b = np.array([row[2] for row in rows], dtype=np.int64)
        tail, head = np.concatenate([a, b]), np.concatenate([b, a])
        edge = np.concatenate([np.arange(len(a)), np.arange(len(a))])
        order = np.lexsort((head, tail))
        starts = np.searchsorted(tail[order], np.arange(self.graph.number_of_nodes() + 1))

        def column(name: str) -> FloatArray:
            return np.array([row[3][name] for row in rows], dtype=float)

        return EdgeArrays(
            node_a=a,
            node_b=b,
            length_m=column("length_m"),
            weighted_m=column("weighted_m"),
            crossing_eur=column("crossing_eur"),
            indptr=starts.astype(np.int32),
            indices=head[order].astype(np.int32),
            arc_edge=edge[order].astype(np.int64),
        )

    @cached_property
    def chains(self) -> list[IntArray]:
        """Cells of each edge, by edge number, from its first point to its last."""
        rows = sorted((d["edge"], d["geometry"]) for *_, d in self.graph.edges(data=True))
        points, line = shapely.get_coordinates([line for _, line in rows], return_index=True)
        return np.split(self.grid.cells_at(*points.T), np.flatnonzero(np.diff(line)) + 1) if rows else []


@dataclass(frozen=True)
class NetworkProblem:
    """Clients, hubs, prices and existing pipes of one carrier, for which a network is designed.

    Attributes
    ----------
    clients
        place_id, amount [kt/a or GWh/a], worth [EUR per t or MWh] at the gate (infinite: must join).
    hubs
        hub_id, place_id, capacity [kt/a or GWh/a], unit_cost [EUR per t or MWh]; optional fixed_cost [EUR/a], paid
        if the hub is used at all.
    price
        Price list of the pipes.
    max_distance_km
        Longest straight distance between a client and its hub (heat only goes a short way).
    existing
        Capacity [kt/a or GWh/a] of existing pipes, by edge. Flow up to it needs no new pipe; more flow needs a new
        pipe for all of it.
    reuse_eur_per_a
        Yearly cost [EUR/a] of using an existing pipe, by edge; 0 where none is given. It never exceeds the cost of a
        new pipe.
    forced
        Edges that must have a pipe, even without flow; an existing pipe is enough.
    forbidden
        Edges where no pipe may be used, not even an existing one.
    """

    clients: pd.DataFrame
    hubs: pd.DataFrame
    price: PipePrice
    max_distance_km: float = math.inf
    existing: Mapping[int, float] = field(default_factory=dict)
    reuse_eur_per_a: Mapping[int, float] = field(default_factory=dict)
    forced: frozenset[int] = frozenset()
    forbidden: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Exactness:
    """Stop criteria of the proof, per carrier: a proven gap [-] or a time limit [s]."""

    gap: float = 0.005
    time_limit_s: float = 60.0


@dataclass(frozen=True)
class Proof:
    """Cost of a carrier's network and proven lower bound, both with the strips that other carriers opened.

    Attributes
    ----------
    cost_eur_per_a
        Pipes and hubs minus the worth of the joined clients [EUR/a].
    bound_eur_per_a
        Lower bound on the cost of any network [EUR/a].
    """

    cost_eur_per_a: float
    bound_eur_per_a: float

    @property
    def gap(self) -> float:
        """Largest possible saving, as a share of the cost [-]."""
        return max(0.0, self.cost_eur_per_a - self.bound_eur_per_a) / max(abs(self.cost_eur_per_a), 1.0)


@dataclass(frozen=True)
class Network:
    """Network of one carrier: pipe segments with their flows, and the joins of clients to hubs.

    Attributes
    ----------
    carrier, unit
        Carrier and its annual unit.
    segments
        edge, node_from, node_to (in flow direction), flow, dn_mm, pipes, length_m, capex_eur, annual_eur,
        ground_factor (1, or less where another carrier opened the strip).
    joins
        place_id, hub_id, amount, edges (edge numbers from the client to the hub).
    left_out
        place_id, amount, reason, break_even_worth (worth per unit at which joining pays; NaN if never).
    objective_eur_per_a
        Cost of the network minus the worth of its clients [EUR/a].
    """

    carrier: str
    unit: str
    segments: pd.DataFrame
    joins: pd.DataFrame
    left_out: pd.DataFrame
    objective_eur_per_a: float
