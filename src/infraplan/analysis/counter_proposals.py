"""Counter-proposals: lines that a user drew, priced on the ground of a plan and compared with its nearest corridor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from infraplan.core import CARRIERS, EUR_PER_MEUR, M_PER_KM, PCT, DrawnLine, FloatArray, IntArray, PipePrice, tables
from infraplan.plan import Plan
from infraplan.routes import candidates as candidate_graph
from infraplan.routes import spreading, surface, terminals
from infraplan.study import drawings

COLUMNS = (
    "proposal_id", "name", "corridor_id", "carriers", "length_km", "blocked_km", "crossings", "crosses",
    "ground_cost_meur", "least_ground_cost_meur", "extra_cost_pct", "least_length_km", "capex_meur",
    "cost_meur_per_a", "least_cost_meur_per_a",
)  # fmt: skip
_DRAWN = (
    "drawing_id", "kind", "name", "carriers", "sector", "co2_kt_per_a", "role", "capacity_per_a", "unit_cost",
    "first_year",
)  # fmt: skip


def price(plan: Plan, lines: Sequence[DrawnLine] | None = None) -> gpd.GeoDataFrame:
    """Price lines with the pipes of the corridor that runs nearest to each, and the least-cost way between its ends.

    Parameters
    ----------
    plan : gives ground, corridors and price lists.
    lines : lines to price; default: the proposals of the plan's scenario. A line that names carriers gets their pipes
        only.

    Returns
    -------
    GeoDataFrame
        One row per line: proposal_id, name, corridor_id ("" where the plan has none), carriers (comma list of what is
        priced), length_km, blocked_km (on ground where nothing may be built: then it has no price), crossings (count),
        crosses (names), ground_cost_meur and least_ground_cost_meur (of the reference pipe, crossings included),
        extra_cost_pct (over the least cost), least_length_km, capex_meur, cost_meur_per_a and least_cost_meur_per_a
        (of the pipes), geometry in the study's CRS.
    """
    lines = plan.scenario.drawing.proposals if lines is None else lines
    grid = plan.ground.surface.grid
    rows = [
        _price(plan, number, line, shape)
        for number, (line, shape) in enumerate(zip(lines, drawings.polylines(lines, grid.crs), strict=True), start=1)
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS, "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=grid.crs)


def list_drawn(plan: Plan) -> gpd.GeoDataFrame:
    """Return everything that the plan's scenario draws as one layer.

    Returns
    -------
    GeoDataFrame
        drawing_id, kind (no_go, must_pass, proposal, site, hub), name, carriers (comma list), then the facts of a place
        (sector, co2_kt_per_a, role, capacity_per_a, unit_cost, first_year), then the prices of proposals (see
        ``price``).
    """
    drawing, crs = plan.scenario.drawing, plan.study.settings.crs
    priced = price(plan)
    rows: list[dict[str, Any]] = []
    layers: tuple[tuple[str, Sequence[Any], Sequence[shapely.Geometry]], ...] = (
        ("no_go", drawing.no_go, drawings.outlines(drawing.no_go, crs)),
        ("must_pass", drawing.must_pass, drawings.polylines(drawing.must_pass, crs)),
        ("site", drawing.sites, drawings.points(drawing.sites, crs)),
        ("hub", drawing.hubs, drawings.points(drawing.hubs, crs)),
    )
    for kind, shapes, spots in layers:
        for number, (shape, spot) in enumerate(zip(shapes, spots, strict=True), start=1):
            said = shape.model_dump(exclude={"ring", "line", "lon", "lat", "carriers", "carrier"})
            place_id = said.pop("site_id", None) or said.pop("hub_id", None)
            carriers = getattr(shape, "carriers", ()) or ((shape.carrier,) if kind == "hub" else ())
            if kind == "must_pass":
                carriers = carriers or plan.scenario.carriers
            key = place_id or f"{kind.replace('_', '-')}-{number}"
            rows.append({"drawing_id": key, "kind": kind, "carriers": ",".join(carriers), **said, "geometry": spot})
    counter = [{"drawing_id": r["proposal_id"], "kind": "proposal", **r} for r in priced.to_dict("records")]
    table = pd.DataFrame([*rows, *counter], columns=[*_DRAWN, *(c for c in COLUMNS if c not in _DRAWN), "geometry"])
    return gpd.GeoDataFrame(table.drop(columns="proposal_id"), geometry="geometry", crs=crs)


def list_covered(plan: Plan) -> pd.DataFrame:
    """Return the places that lie under the no-go areas of the plan's scenario, where pipes cannot start.

    Returns
    -------
    area (its name), place_id, moved_km: distance [km] to the nearest free ground, where the pipes start instead; NaN
    where none is near enough, so that no pipe reaches the place.
    """
    ground, areas = plan.ground, plan.scenario.drawing.no_go
    outlines = np.array(drawings.outlines(areas, ground.surface.grid.crs), dtype=object)
    taking_part = {*plan.needs["place_id"], *plan.hubs["place_id"]}
    rows = []
    for place in tables.records(terminals(plan.study)) if areas else ():
        cell = int(ground.surface.grid.cells_at(np.array([place.x]), np.array([place.y]))[0])
        if place.place_id not in taking_part or cell < 0:
            continue
        if ground.undrawn.blocked.flat[cell] or not ground.surface.blocked.flat[cell]:
            continue
        area = areas[int(np.argmin(shapely.distance(outlines, shapely.Point(place.x, place.y))))]
        node = ground.candidates.node_of.get(place.place_id)
        at = {} if node is None else ground.candidates.graph.nodes[node]
        moved_km = np.hypot(at["x"] - place.x, at["y"] - place.y) / M_PER_KM if at else np.nan
        rows.append({"area": area.name, "place_id": place.place_id, "moved_km": moved_km})
    return pd.DataFrame(rows, columns=["area", "place_id", "moved_km"])


def _price(plan: Plan, number: int, line: DrawnLine, shape: shapely.LineString) -> dict[str, Any]:
    ground = plan.ground.surface
    cells = surface.cells_under(shape, ground.grid)
    corridor_id = _nearest_corridor(plan, shape)
    pipes = _pipes(plan, corridor_id, line)
    blocked = ground.blocked.ravel()[cells]
    row: dict[str, Any] = {
        "proposal_id": f"proposal-{number}", "name": line.name, "corridor_id": corridor_id,
        "carriers": ",".join(pipes), "length_km": float(shape.length) / M_PER_KM,
        "blocked_km": float(shape.length) / M_PER_KM * float(blocked.mean()) if len(cells) else 0.0,
        "crossings": 0, "crosses": "", "geometry": shape,
    }  # fmt: skip
    row |= dict.fromkeys(COLUMNS[8:], np.nan)
    finder = candidate_graph.CrossingFinder(plan.ground.crossings, ground.grid)
    crossed = finder.find([shape])[0]
    names = plan.ground.crossings["name"].astype(str).to_numpy()
    row |= {"crossings": len(crossed), "crosses": "; ".join(sorted({names[place] for place in crossed} - {""}))}
    least = None if blocked.any() or len(cells) < 2 else _least_way(plan, cells)
    if least is None:
        return row
    ways = {"": (cells, crossed), "least_": (least, finder.find([_line(plan, least)])[0])}
    for prefix, (way, made) in ways.items():
        weighted_m = _measure(plan, way, ground.multiplier)
        crossing_eur = finder.cost_eur(made)
        row[f"{prefix}ground_cost_meur"] = (weighted_m * ground.base_eur_per_m + crossing_eur) / EUR_PER_MEUR
        capex_eur, annual_eur = _pipe_cost(plan, pipes, weighted_m, crossing_eur)
        row[f"{prefix}cost_meur_per_a"] = annual_eur / EUR_PER_MEUR if pipes else np.nan
        if not prefix:
            row["capex_meur"] = capex_eur / EUR_PER_MEUR if pipes else np.nan
    row["least_length_km"] = _measure(plan, least, np.ones_like(ground.multiplier)) / M_PER_KM
    row["extra_cost_pct"] = PCT * (row["ground_cost_meur"] / row["least_ground_cost_meur"] - 1.0)
    return row


def _nearest_corridor(plan: Plan, shape: shapely.Geometry) -> str:
    """Return the corridor whose strip is on average nearest to the line."""
    strips = plan.corridors.strips
    if strips.empty:
        return ""
    spots = shapely.points(shapely.get_coordinates(shapely.segmentize(shape, plan.ground.surface.grid.cell_m)))
    away_m = [float(shapely.distance(spots, strip).mean()) for strip in strips.geometry]
    return str(strips["corridor_id"].iloc[int(np.argmin(away_m))])


def _pipes(plan: Plan, corridor_id: str, line: DrawnLine) -> dict[str, tuple[PipePrice, int, int]]:
    """Return price list, size and number of pipes of the largest flow of each carrier in a corridor."""
    segments = plan.corridors.segments
    found = {}
    for carrier in CARRIERS:
        mine = segments[(segments["corridor_id"] == corridor_id) & (segments["carrier"] == carrier)]
        if len(mine) and carrier in (line.carriers or CARRIERS):
            prices, flow = plan.basis.prices[carrier], float(mine["flow"].max())
            found[carrier] = (prices, int(prices.size_of(flow)), int(prices.pipes_of(flow)))
    return found


def _pipe_cost(
    plan: Plan, pipes: dict[str, tuple[PipePrice, int, int]], weighted_m: float, crossing_eur: float
) -> tuple[float, float]:
    """Return capex [EUR] and yearly cost [EUR/a] of pipes in one strip. Only the dearest pays the full ground."""
    beside = plan.assumptions.value("shared_strip", "second_pipe_factor", "share")
    per_m = {carrier: float(prices.annual_eur_per_m[size]) for carrier, (prices, size, _) in pipes.items()}
    opener = max(per_m, key=lambda carrier: per_m[carrier], default="")
    capex_eur = annual_eur = 0.0
    for carrier, (prices, size, count) in pipes.items():
        metres = weighted_m * (1.0 if carrier == opener else beside)
        crossed_eur = crossing_eur * float(prices.crossing_factor[size])
        capex_eur += (float(prices.capex_eur_per_m[size]) * metres + crossed_eur) * count
        annual_eur += (per_m[carrier] * metres + crossed_eur * prices.crossing_annuity) * count
    return capex_eur, annual_eur


def _least_way(plan: Plan, cells: IntArray) -> IntArray | None:
    """Return the cheapest way between the ends of a line; None if they are one cell or not connected."""
    ground = plan.ground.surface
    start, end = int(cells[0]), int(cells[-1])
    if start == end:
        return None
    spread = spreading.spread(ground.eur_per_m, [start], cell_m=ground.grid.cell_m, targets=[end])
    return spreading.trace(spread, end) if np.isfinite(spread.distance.ravel()[end]) else None


def _measure(plan: Plan, cells: IntArray, value: Any) -> float:
    grid = plan.ground.surface.grid
    begins = np.array([0, len(cells)], dtype=np.int64)
    metres: FloatArray = candidate_graph.measure(cells, begins, value, width=grid.width) * grid.cell_m
    return float(metres[0])


def _line(plan: Plan, cells: IntArray) -> shapely.LineString:
    return shapely.LineString(np.column_stack(plan.ground.surface.grid.centres(cells)))
