"""The nouns: frozen things that the floors hand to each other.

Array, grid and CRS travel together. A function never changes what it was given.
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

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Carrier = Literal["co2", "h2", "heat"]
Point = tuple[float, float]


def _years(value: Any) -> Any:
    """Accept the string keys of TOML tables as years."""
    if isinstance(value, Mapping):
        return {int(k) if isinstance(k, str) and k.isdigit() else k: v for k, v in value.items()}
    return value


ByYear = Annotated[dict[int, float], BeforeValidator(_years), Field(min_length=1)]


def at_year(milestones: Mapping[int, float], year: int) -> float:
    """Value at ``year``, linear between milestones and flat outside them.

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
    """A line of (lon, lat) [deg, WGS84] for some carriers; for all of the scenario where none is named."""

    name: str
    line: tuple[Point, ...] = Field(min_length=2)
    carriers: tuple[Carrier, ...] = ()


class DrawnSite(_Drawn):
    """A site that the study does not have, with its fossil CO2 [kt/a]; columns as in ``data/sites.csv``."""

    site_id: str
    name: str
    sector: str
    lon: float
    lat: float
    co2_kt_per_a: float


class DrawnHub(_Drawn):
    """A hub that the study does not have; columns and units as in ``data/hubs.csv``.

    It is there from ``first_year`` on, or from the first milestone of the study where none is said.
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
    """What was drawn on the map.

    no_go : ground where no pipe may be laid. must_pass : lines along which each of their carriers has a pipe, on
    ground that nothing else here forbids. proposals : lines that are priced beside the plan, not built. sites, hubs :
    take part as those of the study.
    """

    no_go: tuple[DrawnArea, ...] = ()
    must_pass: tuple[DrawnLine, ...] = ()
    proposals: tuple[DrawnLine, ...] = ()
    sites: tuple[DrawnSite, ...] = ()
    hubs: tuple[DrawnHub, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything is drawn."""
        return self != Drawing()


class Scenario(BaseModel):
    """The question: which year, which carriers, which pathways, what exists, what is switched off.

    Unknown keys are refused. Shares of the pathways of one sector add to 1 at every milestone
    (checked by ``study.read_scenario`` against the study's sectors and milestones).
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
    # the year from which a project counts where that is later than the study says
    project_years: dict[str, int] = Field(default_factory=dict)
    clusters_off: tuple[str, ...] = ()
    sites_off: tuple[str, ...] = ()
    hubs_off: tuple[str, ...] = ()
    co2_cost_model: str = "engineering"
    assumptions: dict[str, float] = Field(default_factory=dict)
    # whether the emissions of making power and hydrogen count, as in the system, or not, as in emission trading
    co2_view: Literal["system", "direct"] = "system"
    # the user's weights of the criteria of ranking.CRITERIA, for a view beside the default ranking
    weights: dict[str, float] = Field(default_factory=dict)
    drawing: Drawing = Field(default_factory=Drawing)

    def co2_value(self, year: int | None = None) -> float:
        """Value of an avoided tonne [EUR/t] in ``year`` (default: the scenario's)."""
        return at_year(self.co2_value_eur_per_t, self.year if year is None else year)

    def share(self, sector: str, pathway: str, year: int | None = None) -> float:
        """Share of ``pathway`` in the emissions of ``sector`` in ``year``; 0 where the scenario has none."""
        shares = self.pathways.get(sector, {}).get(pathway)
        return 0.0 if shares is None else at_year(shares, self.year if year is None else year)

    def activity_of(self, sector: str, year: int | None = None) -> float:
        """Production index of ``sector`` in ``year`` (1 = the year of its verified CO2)."""
        index = self.activity.get(sector)
        return 1.0 if index is None else at_year(index, self.year if year is None else year)

    def changed(self, **changes: Any) -> Scenario:
        """Return a copy with some answers changed, checked again."""
        return Scenario.model_validate({**self.model_dump(), **changes})


@dataclass(frozen=True)
class Grid:
    """A raster's place on earth: square cells, north up. Cells are numbered row by row from the north-west."""

    crs: str
    x_min: float
    y_max: float
    cell_m: float
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north [m]."""
        return (
            self.x_min,
            self.y_max - self.height * self.cell_m,
            self.x_min + self.width * self.cell_m,
            self.y_max,
        )

    def cells_at(self, x: npt.ArrayLike, y: npt.ArrayLike) -> IntArray:
        """Flat cell numbers of points [m]; -1 outside the grid."""
        column = np.floor((np.asarray(x, dtype=float) - self.x_min) / self.cell_m).astype(np.int64)
        row = np.floor((self.y_max - np.asarray(y, dtype=float)) / self.cell_m).astype(np.int64)
        inside = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        return np.where(inside, row * self.width + column, -1)

    def centres(self, cells: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """x and y [m] of cell centres."""
        row, column = np.divmod(np.asarray(cells, dtype=np.int64), self.width)
        return self.x_min + (column + 0.5) * self.cell_m, self.y_max - (row + 0.5) * self.cell_m


@dataclass(frozen=True)
class CostSurface:
    """What a metre of the reference pipe costs in each cell.

    multiplier : float32 (rows, columns), ground factor [-], inf where building is forbidden.
    crossing_eur : float32 (rows, columns), cost [EUR] of crossing the cell's waterway, railway or motorway.
    base_eur_per_m : cost [EUR/m] of the reference pipe on open ground.
    """

    grid: Grid
    multiplier: npt.NDArray[np.float32]
    crossing_eur: npt.NDArray[np.float32]
    base_eur_per_m: float

    @property
    def eur_per_m(self) -> npt.NDArray[np.float32]:
        """Cost [EUR/m] of the reference pipe, crossings spread over the width of their cell."""
        crossing_eur_per_m = self.crossing_eur / np.float32(self.grid.cell_m)
        return np.asarray(self.multiplier * np.float32(self.base_eur_per_m) + crossing_eur_per_m, np.float32)

    @property
    def blocked(self) -> npt.NDArray[np.bool_]:
        """True where building is forbidden."""
        return np.asarray(~np.isfinite(self.multiplier), bool)


@dataclass(frozen=True)
class PipePrice:
    """Price list of one carrier, one entry per standard pipe size, thinnest first.

    capacity_per_a is in the carrier's annual unit (kt/a or GWh/a); annual_eur_per_m [EUR/(m a)] holds
    the annuity, operation and energy on open ground; crossing_factor [-] scales the cost of a
    discrete crossing, and crossing_annuity [1/a] turns it into a yearly cost.
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
        """Index of the thinnest pipe that carries ``flow``; beyond the list, the thickest."""
        index = np.searchsorted(self.capacity_per_a, np.asarray(flow, dtype=float) - 1e-9, side="left")
        return np.asarray(np.minimum(index, len(self.dn_mm) - 1), dtype=np.int64)

    def pipes_of(self, flow: npt.ArrayLike) -> IntArray:
        """Number of parallel pipes: 1 unless the flow exceeds the thickest pipe."""
        full = np.asarray(flow, dtype=float) / self.capacity_per_a[-1]
        return np.asarray(np.maximum(1, np.ceil(full - 1e-9)), dtype=np.int64)


@dataclass(frozen=True)
class EdgeArrays:
    """The edges of a candidate graph as arrays, by edge number; arcs are edges seen from either end, in CSR order."""

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
    """Where pipes could run: terminals, junctions, and segments with real geometry.

    ``graph`` is a networkx graph. Nodes carry ``x``, ``y`` [m] and ``cell``; terminals also ``terminals``
    (ids, several when sites share a cell). Edges carry ``edge`` (0..m-1), ``length_m``, ``weighted_m``
    (length times ground multiplier), ``crossing_eur`` (at the reference pipe) and ``geometry`` (LineString).
    ``lines`` holds the edges along each line that was drawn to be passed, in the order of the drawing.
    """

    graph: nx.Graph[int]
    grid: Grid
    node_of: Mapping[str, int]
    unreachable: Mapping[str, str | Phrase]
    lines: tuple[frozenset[int], ...] = ()

    @cached_property
    def edges(self) -> EdgeArrays:
        """The edges as arrays, laid out once."""
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
        """The cells of each edge, by number, from its first point to its last."""
        rows = sorted((d["edge"], d["geometry"]) for *_, d in self.graph.edges(data=True))
        points, line = shapely.get_coordinates([line for _, line in rows], return_index=True)
        return np.split(self.grid.cells_at(*points.T), np.flatnonzero(np.diff(line)) + 1) if rows else []


@dataclass(frozen=True)
class NetworkProblem:
    """What the network of one carrier must serve.

    clients : place_id, amount [kt/a or GWh/a], worth [EUR per t or MWh] at the gate (infinite: must join).
    hubs : hub_id, place_id, capacity [kt/a or GWh/a], unit_cost [EUR per t or MWh]; perhaps fixed_cost [EUR/a],
        paid where the hub is used at all.
    max_distance_km : how far (straight line) a client may be from its hub; heat does not travel far.
    existing : edges where a pipe lies, with its capacity [kt/a or GWh/a]: flow up to that needs no new pipe,
        and more of it needs a new one for all.
    reuse_eur_per_a : yearly cost [EUR/a] of an existing pipe where it is used; 0 where none is named. It is
        never more than a new one would cost.
    forced : edges where a pipe must lie, even without flow; an existing one will do.
    forbidden : edges where no pipe may be used, not even an existing one.
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
    """When the search for a proof may end, per carrier: at a proven gap [-], or after a time [s]."""

    gap: float = 0.005
    time_limit_s: float = 60.0


@dataclass(frozen=True)
class Proof:
    """How far a carrier's network can be from the cheapest, on the ground that the other carriers left it.

    cost_eur_per_a : pipes and hubs minus the worth of what is joined [EUR/a]; bound_eur_per_a : no network can
    cost less [EUR/a]; both on the strips that the others had opened when the proof was made.
    """

    cost_eur_per_a: float
    bound_eur_per_a: float

    @property
    def gap(self) -> float:
        """The most that the cheapest can be cheaper, as a share of the cost [-]."""
        return max(0.0, self.cost_eur_per_a - self.bound_eur_per_a) / max(abs(self.cost_eur_per_a), 1.0)


@dataclass(frozen=True)
class Network:
    """Chosen segments of one carrier with their flows, and who is joined to what.

    segments : edge, node_from, node_to (in flow direction), flow, dn_mm, pipes, length_m, capex_eur,
        annual_eur, ground_factor (1 or less where another carrier opened the strip).
    joins : client_id, hub_id, amount, edges (tuple of edge numbers from the site to the hub).
    left_out : client_id, amount, reason, break_even_worth (per unit, at which joining pays; NaN if never).
    """

    carrier: str
    unit: str
    segments: pd.DataFrame
    joins: pd.DataFrame
    left_out: pd.DataFrame
    objective_eur_per_a: float
