"""The alternatives and the search zone of a corridor as map layers."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from infraplan import candidates as candidate_graph
from infraplan import routing
from infraplan.alternatives.limits import Limits
from infraplan.alternatives.lines import cells_along, lines_of
from infraplan.alternatives.measures import least_way, length_cells, near_cells, overlap
from infraplan.alternatives.ways import find_ways
from infraplan.alternatives.zone import find_zone_cells, outline
from infraplan.corridors import Corridors
from infraplan.model import CandidateGraph, CostSurface
from infraplan.units import EUR_PER_MEUR, M2_PER_KM2, M_PER_KM, PCT

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
    """Compare the trunk of a corridor with the least-cost route and with alternatives between its ends.

    Returns
    -------
    GeoDataFrame
        First the ``proposed`` route, then the ``least_cost`` one, then each ``alternative``: route_id,
        corridor_id, kind, length_km, ground_cost_meur (of the reference pipe), extra_cost_pct (over the least
        cost), overlap_pct (with the rows above), is_alternative, crossings (count), crosses (names), geometry.
        The least-cost route counts as an alternative where it keeps the overlap limit itself.

    Raises
    ------
    InfraplanError
        If the plan has no such corridor.
    """
    eur_per_m, grid = surface.eur_per_m, surface.grid
    trunk = lines_of(corridors, corridor_id)[0]
    proposed = cells_along(trunk, candidates)
    ends = int(proposed[0]), int(proposed[-1])
    least = least_way(eur_per_m, ends, grid.cell_m)
    apart = {"cell_m": grid.cell_m, "separation_m": limits.separation_m}
    first = overlap(least, near_cells([proposed], grid.shape, **apart)) <= limits.most_overlap
    wanted = replace(limits, routes=limits.routes - first)
    others = find_ways(eur_per_m, ends, cell_m=grid.cell_m, limits=wanted, earlier=[proposed, least])
    ways = [proposed, least, *others]
    kinds = [PROPOSED, LEAST_COST, *[ALTERNATIVE] * len(others)]
    ids = [PROPOSED, LEAST_COST, *[f"{ALTERNATIVE}-{n}" for n in range(1, len(others) + 1)]]
    cost_eur = np.array([routing.price_path(eur_per_m, way, cell_m=grid.cell_m) for way in ways])
    shapes = [shapely.LineString(np.column_stack(grid.centres(way))) for way in ways]
    shares = [overlap(w, near_cells(ways[:i], grid.shape, **apart)) for i, w in enumerate(ways)]
    crossed = candidate_graph.find_crossings(shapes, crossings, grid)
    names = crossings["name"].astype(str).tolist()
    return gpd.GeoDataFrame(
        {
            "route_id": [f"{corridor_id}--{name}" for name in ids],
            "corridor_id": corridor_id,
            "kind": kinds,
            "length_km": shapely.length(shapes) / M_PER_KM,
            "ground_cost_meur": cost_eur / EUR_PER_MEUR,
            "extra_cost_pct": PCT * (cost_eur / cost_eur[1] - 1.0),
            "overlap_pct": [PCT * share for share in shares],
            "is_alternative": [k != PROPOSED and s <= limits.most_overlap for k, s in zip(kinds, shares, strict=True)],
            "crossings": [len(hit) for hit in crossed],
            "crosses": ["; ".join(sorted({names[line] for line in hit} - {""})) for hit in crossed],
        },
        geometry=shapes,
        crs=grid.crs,
    )


def find_zone(
    corridors: Corridors,
    corridor_id: str,
    *,
    candidates: CandidateGraph,
    surface: CostSurface,
    limits: Limits,
) -> gpd.GeoDataFrame:
    """Find the search zone of a corridor: where a line may run at most ``limits.within`` above least cost.

    Returns
    -------
    GeoDataFrame
        One row: zone_id, corridor_id, within_pct, area_km2, lines (count), strip_inside_pct (how much of the
        proposed strip lies in the zone: it may be dearer where it runs with others), geometry.

    Raises
    ------
    InfraplanError
        If the plan has no such corridor.
    """
    grid, eur_per_m = surface.grid, surface.eur_per_m
    lines = [cells_along(line, candidates) for line in lines_of(corridors, corridor_id)]
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
