"""Comparison of two plans: which pipes came and went, which corridors changed, and what that does to the totals.

Plans on other ground have other segments, so pipes are compared by where they lie. Both networks are cut into short
pieces. A piece that runs along a pipe of the same carrier in the other plan lies in the same strip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from infraplan.core import (
    ANNUAL_UNIT,
    CARRIERS,
    EUR_PER_MEUR,
    M_PER_KM,
    T_PER_KT,
    FloatArray,
    InfraplanError,
    IntArray,
    Problem,
    translate_unit,
)
from infraplan.plan import Plan

CAME, WENT, GREW, SHRANK, SAME = "came", "went", "grew", "shrank", "same"
MOST_VARIANTS = 4
# the tolerance is at least this many pieces long
_PIECES = 2.0
# two pipes run along one another where their directions differ by less than 45 degrees
_LEAST_COSINE = np.sqrt(0.5)
# distances are compared to the millimetre
_DECIMALS_M = 3
_CARRIED = {"co2": "CO2 through the pipes", "h2": "Hydrogen through the pipes", "heat": "Heat through the pipes"}
_CORRIDOR_FIGURES = ("rank", "co2_avoided_kt_per_a", "capex_meur", "cost_meur_per_a")


@dataclass(frozen=True)
class Comparison:
    """What differs between two plans, computed on first access.

    Attributes
    ----------
    segments : carrier, change ("came", "went", "grew", "shrank", "same"), flow_before, flow_after (0 where there is no
        pipe), unit, dn_mm_before, dn_mm_after (NaN where there is none), length_m, geometry in the study's CRS: that of
        the later plan, and of the earlier one for what went.
    totals : figure (English text), unit, before, after, delta.
    corridors : corridor_id, cluster_a, cluster_b, change, and before and after of rank, co2_avoided_kt_per_a,
        capex_meur, cost_meur_per_a (NaN where the plan has no such corridor).
    sites : site_id, name, co2_kt_per_a, came and went (the carriers that join it in the later, or in the earlier plan
        only, comma-separated), geometry in the study's CRS: every site of either plan.
    """

    before: Plan
    after: Plan

    @cached_property
    def segments(self) -> gpd.GeoDataFrame:
        """The pipes of both plans."""
        return _compare_segments(self.before, self.after)

    @cached_property
    def totals(self) -> pd.DataFrame:
        """The key figures of both."""
        table = tabulate({"before": self.before, "after": self.after})
        return table.assign(delta=table["after"] - table["before"])

    @cached_property
    def corridors(self) -> pd.DataFrame:
        """The corridors of both."""
        return _compare_corridors(self.before, self.after)

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """The sites of both plans, and for which carriers each is joined in one of them only."""
        return _compare_sites(self.before, self.after)


def compare(before: Plan, after: Plan) -> Comparison:
    """Compare two plans of one study.

    Raises
    ------
    InfraplanError
        If the plans are of different studies.
    """
    ours, theirs = (plan.study.settings for plan in (before, after))
    if (ours.id, ours.crs) != (theirs.id, theirs.crs):
        raise InfraplanError(Problem("comparison.two_studies", {"first": ours.title_en, "second": theirs.title_en}))
    return Comparison(before, after)


def tabulate(plans: Mapping[str, Plan]) -> pd.DataFrame:
    """Return the key figures of up to four variants side by side: figure (English text), unit, a column per variant.

    Raises
    ------
    InfraplanError
        If there are more.
    """
    if len(plans) > MOST_VARIANTS:
        raise InfraplanError(
            Problem("comparison.too_many", {"count": len(plans), "most": MOST_VARIANTS}, value=", ".join(plans))
        )
    shown = [carrier for carrier in CARRIERS if any(carrier in plan.networks for plan in plans.values())]
    columns = {name: list(_figures(plan, shown)) for name, plan in plans.items()}
    first = next(iter(columns.values()), [])
    table = pd.DataFrame({"figure": [row[0] for row in first], "unit": [row[1] for row in first]})
    for name, rows in columns.items():
        table[name] = [row[2] for row in rows]
    return table


def _figures(plan: Plan, carriers: list[str]) -> Iterator[tuple[str, str, float]]:
    """Yield the key figures of a plan: English text, unit, value (NaN where there is none)."""
    ranking, networks = plan.ranking, plan.networks.values()
    avoided = float(ranking["co2_avoided_assigned_kt_per_a"].sum())
    annual_eur = sum(float(network.segments["annual_eur"].sum()) for network in networks)
    yield "CO2 avoided", "kt/a", avoided
    yield "CO2 avoided until the last milestone", "kt", float(ranking["co2_avoided_assigned_cumulative_kt"].sum())
    for carrier in carriers:
        joins = plan.networks[carrier].joins if carrier in plan.networks else None
        amount = 0.0 if joins is None else float(joins["amount"].sum())
        yield _CARRIED[carrier], translate_unit(ANNUAL_UNIT[carrier]), amount
    joined = {(c, place) for c, network in plan.networks.items() for place in network.joins["place_id"]}
    yield "Connections", "", float(len(joined))
    yield "Left out", "", float(len(plan.left_out))
    yield "Corridors", "", float(len(ranking))
    yield "Length of the corridors", "km", float(plan.corridors.strips["length_km"].sum())
    yield "Length of the pipes", "km", sum(float(n.segments["length_m"].sum()) for n in networks) / M_PER_KM
    yield "Crossings", "", float(plan.crossings["count"].sum())
    yield "Investment in pipes", "MEUR", sum(float(n.segments["capex_eur"].sum()) for n in networks) / EUR_PER_MEUR
    yield "Cost of pipes per year", "MEUR/a", annual_eur / EUR_PER_MEUR
    yield "Cost of pipes per tonne avoided", "EUR/t", annual_eur / (avoided * T_PER_KT) if avoided > 0.0 else np.nan


def _compare_corridors(before: Plan, after: Plan) -> pd.DataFrame:
    keys = ["corridor_id", "cluster_a", "cluster_b"]
    sides = [
        plan.corridors.strips[keys].merge(plan.ranking[["corridor_id", *_CORRIDOR_FIGURES]], on="corridor_id")
        for plan in (before, after)
    ]
    table = sides[0].merge(sides[1], on=keys, how="outer", suffixes=("_before", "_after"), indicator=True)
    least = _least_change(before)
    change = [
        {"left_only": WENT, "right_only": CAME}.get(str(side)) or _say_change(was, now, least)
        for side, was, now in zip(
            table["_merge"], table["co2_avoided_kt_per_a_before"], table["co2_avoided_kt_per_a_after"], strict=True
        )
    ]
    figures = [f"{name}_{end}" for name in _CORRIDOR_FIGURES for end in ("before", "after")]
    table = table.assign(change=pd.Series(change, index=table.index, dtype=object))[[*keys, "change", *figures]]
    table[figures] = table[figures].astype(float)
    return pd.DataFrame(table.sort_values(["rank_after", "rank_before", "corridor_id"], ignore_index=True))


def _compare_segments(before: Plan, after: Plan) -> gpd.GeoDataFrame:
    reach_m = after.study.assumptions.value("comparison", "same_strip", "m")
    least = _least_change(before)
    rows = []
    for carrier in CARRIERS:
        was, now = (
            plan.corridors.segments[plan.corridors.segments["carrier"] == carrier].reset_index(drop=True)
            for plan in (before, after)
        )
        unit = translate_unit(ANNUAL_UNIT[carrier])
        pipes_before, pipes = (list(zip(side["flow"], side["dn_mm"], strict=True)) for side in (was, now))
        for line, own, other in _match(now, was, reach_m):
            flow, dn_mm = pipes[own]
            flow_before, dn_before = (0.0, np.nan) if other < 0 else pipes_before[other]
            change = CAME if other < 0 else _say_change(flow_before, flow, least)
            rows.append((carrier, change, flow_before, flow, unit, dn_before, dn_mm, line))
        for line, own, other in _match(was, now, reach_m):
            if other < 0:
                rows.append((carrier, WENT, pipes_before[own][0], 0.0, unit, pipes_before[own][1], np.nan, line))
    columns = ["carrier", "change", "flow_before", "flow_after", "unit", "dn_mm_before", "dn_mm_after", "geometry"]
    table = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=after.study.settings.crs)
    table.insert(7, "length_m", table.geometry.length)
    return table


def _compare_sites(before: Plan, after: Plan) -> gpd.GeoDataFrame:
    columns = ["site_id", "name", "co2_kt_per_a", "geometry"]
    both = pd.concat([after.study.sites[columns], before.study.sites[columns]], ignore_index=True)
    table = both.drop_duplicates("site_id").sort_values("site_id", ignore_index=True)
    was, now = (_list_joined(plan) for plan in (before, after))
    for change, joined in ((CAME, now - was), (WENT, was - now)):
        table[change] = [",".join(c for c in CARRIERS if (c, site) in joined) for site in table["site_id"]]
    return gpd.GeoDataFrame(table, geometry="geometry", crs=after.study.settings.crs)


def _list_joined(plan: Plan) -> set[tuple[str, str]]:
    """Return carrier and place of all that a network joins: clients and hubs."""
    return {
        (carrier, place)
        for carrier, network in plan.networks.items()
        for end in ("place_id", "hub_id")
        for place in network.joins[end]
    }


def _least_change(plan: Plan) -> float:
    return plan.study.assumptions.value("comparison", "least_change", "share")


def _say_change(before: float, after: float, least: float) -> str:
    if abs(after - before) <= least * max(abs(before), abs(after)):
        return SAME
    return GREW if after > before else SHRANK


def _match(own: gpd.GeoDataFrame, other: gpd.GeoDataFrame, reach_m: float) -> Iterator[tuple[Any, int, int]]:
    """Yield the lines of ``own`` in parts: part, its row, and the row of ``other`` that it runs along (-1: none)."""
    if own.empty:
        return
    lines = np.asarray(own.geometry.array, dtype=object)
    count = np.maximum(np.ceil(shapely.length(lines) * _PIECES / reach_m), 1).astype(np.int64)
    line_of = np.repeat(np.arange(len(lines)), count)
    number = np.arange(len(line_of)) - np.repeat(np.cumsum(count) - count, count)
    share = (number + 0.5) / count[line_of]
    found = _partners(lines, line_of, share, own, other, reach_m)
    for row, pieces in groupby(range(len(line_of)), key=lambda piece: int(line_of[piece])):
        length = float(lines[row].length)
        for partner, run in groupby(pieces, key=lambda piece: int(found[piece])):
            places = number[list(run)]
            first, last = float(places[0]) / count[row], float(places[-1] + 1) / count[row]
            whole = len(places) == count[row]
            yield (lines[row] if whole else substring(lines[row], first * length, last * length)), row, partner


def _partners(
    lines: npt.NDArray[np.object_],
    line_of: IntArray,
    share: FloatArray,
    own: gpd.GeoDataFrame,
    other: gpd.GeoDataFrame,
    reach_m: float,
) -> IntArray:
    """Return for each piece the nearest line of ``other`` that runs along it within reach, -1 where none does."""
    partner = np.full(len(line_of), -1)
    if other.empty:
        return partner
    others = np.asarray(other.geometry.array, dtype=object)
    middle = shapely.line_interpolate_point(lines[line_of], share, normalized=True)
    piece, near = shapely.STRtree(others).query(middle, predicate="dwithin", distance=reach_m)
    ours = _direction(lines[line_of[piece]], middle[piece], over_m=reach_m)
    theirs = _direction(others[near], middle[piece], over_m=reach_m)
    along = np.abs((ours * theirs).sum(axis=1)) >= _LEAST_COSINE
    piece, near = piece[along], near[along]
    away_m = np.round(shapely.distance(middle[piece], others[near]), _DECIMALS_M)
    flow, flows = own["flow"].to_numpy(dtype=float), other["flow"].to_numpy(dtype=float)
    # where pipes lie on each other, take the one with the most similar flow
    order = np.lexsort((near, np.abs(flow[line_of[piece]] - flows[near]), away_m, piece))
    piece, first = np.unique(piece[order], return_index=True)
    partner[piece] = near[order][first]
    return partner


def _direction(lines: npt.NDArray[np.object_], spots: npt.NDArray[np.object_], *, over_m: float) -> FloatArray:
    """Return the direction of each line where it passes a spot, over a stretch of it, as unit vectors."""
    at = shapely.line_locate_point(lines, spots)
    length = shapely.length(lines)
    half = np.minimum(length, over_m) / 2.0
    at = np.clip(at, half, length - half)
    ends = [shapely.get_coordinates(shapely.line_interpolate_point(lines, at + way * half)) for way in (-1.0, 1.0)]
    step = ends[1] - ends[0]
    return np.asarray(step / np.maximum(np.hypot(*step.T), 1.0e-9)[:, None], dtype=float)
