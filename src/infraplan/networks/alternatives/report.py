"""The alternatives and the search zone of a corridor as map layers."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from infraplan.core import EUR_PER_MEUR, M2_PER_KM2, M_PER_KM, PCT, CandidateGraph, CostSurface, IntArray
from infraplan.networks.alternatives.limits import Limits
from infraplan.networks.alternatives.lines import cells_along, lines_of
from infraplan.networks.alternatives.measures import Raster, least_way, length_cells, near_cells, overlap
from infraplan.networks.alternatives.ways import find_ways
from infraplan.networks.alternatives.zone import find_zone_cells, outline
from infraplan.networks.corridors import Corridors
from infraplan.routes import candidates as candidate_graph
from infraplan.routes import spreading

PROPOSED, LEAST_COST, ALTERNATIVE = "proposed", "least_cost", "alternative"


def find_routes(
    corridors: Corridors,
    corridor_id: str,
    *,
    candidates: CandidateGraph,
    surface: CostSurface,
    crossings: gpd.GeoDataFrame,
    limits: Limits,
) -> gpd.GeoDataFrame:
    """Compare the longest line of each part of a corridor with the least-cost route and with alternatives.

    Returns
    -------
    GeoDataFrame
        For each connected part first the ``proposed`` route, then the ``least_cost`` route, then each ``alternative``.
        Columns: route_id, corridor_id, part, kind, length_km, ground_cost_meur (of the reference pipe, crossings
        included), extra_cost_pct (above the least cost), overlap_pct (with the earlier rows of the part),
        is_alternative (it keeps the overlap limit; the least-cost route may too), crossings (count), crosses (names),
        geometry.

    Raises
    ------
    InfraplanError
        If the plan has no such corridor.
    """
    eur_per_m, grid = surface.eur_per_m, surface.grid
    rows, shapes = [], []
    lines = lines_of(corridors, corridor_id, candidates)
    for line in {line.part: line for line in reversed(lines)}.values():
        prefix = f"{corridor_id}--{line.part}" if lines[-1].part > 1 else corridor_id
        ways = _compare(eur_per_m, cells_along(line.nodes, candidates), grid.cell_m, limits)
        cost_eur = [spreading.price_path(eur_per_m, way, cell_m=grid.cell_m) for way in ways]
        for number, way in enumerate(ways):
            near = near_cells(ways[:number], grid.shape, cell_m=grid.cell_m, separation_m=limits.separation_m)
            share = overlap(way, near)
            kind = (PROPOSED, LEAST_COST, ALTERNATIVE)[min(number, 2)]
            rows.append(
                {
                    "route_id": f"{prefix}--{kind}" + (f"-{number - 1}" if number > 1 else ""),
                    "corridor_id": corridor_id,
                    "part": line.part,
                    "kind": kind,
                    "length_km": length_cells(way, grid.width) * grid.cell_m / M_PER_KM,
                    "ground_cost_meur": cost_eur[number] / EUR_PER_MEUR,
                    "extra_cost_pct": PCT * (cost_eur[number] / cost_eur[1] - 1.0),
                    "overlap_pct": PCT * share,
                    "is_alternative": number > 0 and share <= limits.most_overlap,
                }
            )
            shapes.append(shapely.LineString(np.column_stack(grid.centres(way))))
    crossed = candidate_graph.CrossingFinder(crossings, grid).find(shapes)
    names = crossings["name"].astype(str).tolist()
    table = gpd.GeoDataFrame(rows, geometry=shapes, crs=grid.crs)
    table["crossings"] = [len(hit) for hit in crossed]
    table["crosses"] = ["; ".join(sorted({names[place] for place in hit} - {""})) for hit in crossed]
    return table.sort_values("part", kind="stable", ignore_index=True)


def _compare(eur_per_m: Raster, proposed: IntArray, cell_m: float, limits: Limits) -> list[IntArray]:
    """Return the proposed route, the least-cost one, and alternatives to both."""
    ends = int(proposed[0]), int(proposed[-1])
    least = least_way(eur_per_m, ends, cell_m)
    near = near_cells([proposed], eur_per_m.shape, cell_m=cell_m, separation_m=limits.separation_m)
    counts = overlap(least, near) <= limits.most_overlap
    wanted = replace(limits, routes=limits.routes - counts)
    return [proposed, least, *find_ways(eur_per_m, ends, cell_m=cell_m, limits=wanted, earlier=[proposed, least])]


def find_zone(
    corridors: Corridors,
    corridor_id: str,
    *,
    candidates: CandidateGraph,
    surface: CostSurface,
    limits: Limits,
) -> gpd.GeoDataFrame:
    """Find the search zone of a corridor: where a line costs at most ``limits.within`` [-] above the least cost.

    Returns
    -------
    GeoDataFrame
        One row: zone_id, corridor_id, within_pct, area_km2, lines (count), strip_inside_pct (share of the proposed
        strip in the zone; beside other pipes the strip may leave it), geometry.

    Raises
    ------
    InfraplanError
        If the plan has no such corridor.
    """
    grid, eur_per_m = surface.grid, surface.eur_per_m
    lines = [cells_along(line.nodes, candidates) for line in lines_of(corridors, corridor_id, candidates)]
    mask = np.zeros(grid.shape, bool)
    for line in lines:
        ends = int(line[0]), int(line[-1])
        mask |= find_zone_cells(eur_per_m, ends, cell_m=grid.cell_m, within=limits.within)
    inside = [(overlap(line, mask), length_cells(line, grid.width)) for line in lines]
    share = sum(s * length for s, length in inside) / sum(length for _, length in inside)
    return gpd.GeoDataFrame(
        {
            "zone_id": [f"{corridor_id}--zone"],
            "corridor_id": corridor_id,
            "within_pct": PCT * limits.within,
            "area_km2": float(mask.sum()) * grid.cell_m**2 / M2_PER_KM2,
            "lines": len(lines),
            "strip_inside_pct": PCT * share,
        },
        geometry=[outline(mask, grid)],
        crs=grid.crs,
    )
