"""A plan as map layers: corridors, segments, sites, hubs and stations, with the columns of the GeoJSON contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from infraplan.core import (
    ANNUAL_UNIT,
    CARRIERS,
    EUR_PER_MEUR,
    M_PER_KM,
)
from infraplan.demand import describe_gates
from infraplan.plan import Plan
from infraplan.reports import operation_tables
from infraplan.study import corridor_names

# columns beside the contract: other views, later years, confidence, dependence
_JUDGED = (
    "shared_with", "first_year", "co2_avoided_system_kt_per_a", "co2_avoided_direct_kt_per_a",
    "co2_avoided_assigned_system_kt_per_a", "co2_avoided_assigned_direct_kt_per_a", "co2_biogenic_kt_per_a",
    "co2_biogenic_assigned_kt_per_a",
    "co2_avoided_cumulative_kt", "co2_avoided_assigned_cumulative_kt", "cost_levelised_eur_per_t",
    "co2_avoided_kt_per_a_per_km", "strip_use_share", "confidence", "depends_on", "depends_mostly_on", "tied_with",
    "build_step",
)  # fmt: skip
_WEIGHTED = ("weighted_score", "weighted_rank")


@dataclass(frozen=True)
class Frames:
    """A plan as map layers in the study's CRS, with the columns of the GeoJSON contract."""

    corridors: gpd.GeoDataFrame
    segments: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    hubs: gpd.GeoDataFrame
    boosters: gpd.GeoDataFrame

    def items(self) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
        """Yield name and layer of everything on the maps."""
        yield from (
            ("corridors", self.corridors),
            ("segments", self.segments),
            ("sites", self.sites),
            ("hubs", self.hubs),
        )

    def stored(self) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
        """Yield name and layer of everything in the GeoPackage."""
        yield from (*self.items(), ("boosters", self.boosters))


def frames(plan: Plan, *, language: str = "en", whole: bool = True) -> Frames:
    """Return a plan as corridors, segments, sites, hubs and stations.

    Parameters
    ----------
    plan
        Plan.
    language
        Language of the names.
    whole
        If False, compute only the columns for a map on screen. Followed lines, later years, confidence, dependence,
        build order and gate conditions take most of the time.
    """
    return Frames(
        _corridors(plan, language, whole),
        _segments(plan),
        _sites(plan, language, whole),
        _hubs(plan, language),
        operation_tables.boosters(plan),
    )


def places(plan: Plan, *, language: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return only the sites and the hubs of a plan, as for a map."""
    return _sites(plan, language, whole=False), _hubs(plan, language)


def _corridors(plan: Plan, language: str, whole: bool) -> gpd.GeoDataFrame:
    strips = plan.corridors.strips
    table = strips.merge(plan.ranking if whole else plan.ranked, on="corridor_id")
    segments = plan.corridors.segments
    name = corridor_names(plan.study, language=language)
    table["name"] = [name(a, b) for a, b in zip(table["cluster_a"], table["cluster_b"], strict=True)]
    present = segments.groupby("corridor_id")["carrier"].agg(set)
    table["carriers"] = [",".join(c for c in CARRIERS if c in present[corridor]) for corridor in table["corridor_id"]]
    largest = segments.groupby(["corridor_id", "carrier"])[["flow", "dn_mm"]].max()
    for carrier in CARRIERS:
        keys = pd.MultiIndex.from_product([table["corridor_id"], [carrier]])
        mine = largest.reindex(keys)
        table[f"{carrier}_flow_{ANNUAL_UNIT[carrier]}"] = mine["flow"].fillna(0.0).to_numpy(dtype=float)
        table[f"diameter_{carrier}_mm"] = mine["dn_mm"].to_numpy(dtype=float)
    if whole:
        followed = plan.followed.groupby("corridor_id")["name"].agg("; ".join)
        table["shared_with"] = table["corridor_id"].map(followed).astype(object).fillna("")
    columns = [
        "corridor_id", "name", "rank", "carriers", "users", "length_km", "co2_avoided_kt_per_a",
        "co2_avoided_gross_kt_per_a", "co2_avoided_assigned_kt_per_a", "co2_avoided_first_in_kt_per_a",
        "co2_flow_kt_per_a", "h2_flow_gwh_per_a", "heat_flow_gwh_per_a", "diameter_co2_mm", "diameter_h2_mm",
        "diameter_heat_mm", "capex_meur", "cost_meur_per_a", "cost_eur_per_t",
        *(name for name in (*_JUDGED, *_WEIGHTED) if name in table), "geometry",
    ]  # fmt: skip
    return gpd.GeoDataFrame(table[columns].sort_values("rank", ignore_index=True), crs=strips.crs)


def _segments(plan: Plan) -> gpd.GeoDataFrame:
    table = operation_tables.with_operation(plan, plan.corridors.segments)
    beside: dict[int, list[str]] = {}
    for edge, carrier in sorted(zip(table["edge"], table["carrier"], strict=True)):
        beside.setdefault(edge, []).append(carrier)
    table["diameter_mm"] = table["dn_mm"]
    table["length_km"] = table["length_m"] / M_PER_KM
    table["capex_meur"] = table["capex_eur"] / EUR_PER_MEUR
    table["cost_meur_per_a"] = table["annual_eur"] / EUR_PER_MEUR
    table["shared_with_carriers"] = [",".join(beside[edge]) for edge in table["edge"]]
    columns = [
        "segment_id", "corridor_id", "carrier", "flow", "flow_unit", "diameter_mm", "pipes", "length_km",
        "capex_meur", "cost_meur_per_a", *operation_tables.RUNNING_COLUMNS, "shared_with_carriers", "geometry",
    ]  # fmt: skip
    crs = plan.corridors.segments.crs
    return gpd.GeoDataFrame(table[columns].sort_values("segment_id", ignore_index=True), crs=crs)


def _listed(pairs: pd.DataFrame, order: pd.Series[str]) -> pd.Series[str]:
    """Return the carriers of each place, in the order of ``CARRIERS``; ``pairs`` has ``place_id`` and ``carrier``."""
    known = set(zip(pairs["place_id"], pairs["carrier"], strict=True))
    carriers = [",".join(carrier for carrier in CARRIERS if (place, carrier) in known) for place in order]
    return pd.Series(carriers, index=order.index, dtype=object)


def _sites(plan: Plan, language: str, whole: bool) -> gpd.GeoDataFrame:
    sites = plan.study.sites
    joins = [
        network.joins.assign(carrier=carrier)[["place_id", "carrier"]] for carrier, network in plan.networks.items()
    ]
    gives = [
        pd.DataFrame({"place_id": network.joins["hub_id"], "carrier": carrier})
        for carrier, network in plan.networks.items()
    ]
    joined = pd.concat([*joins, *gives], ignore_index=True)
    out = pd.concat([n.left_out[["place_id"]].assign(carrier=c) for c, n in plan.networks.items()])
    baseline = plan.needs.drop_duplicates("place_id").set_index("place_id")["baseline_kt_per_a"]
    columns = ["site_id", "name", "operator", "sector", "cluster", "co2_kt_per_a", "co2_year", "source"]
    table = sites[[*columns, "geometry"]].copy()
    table["name"] = plan.study.spell(table["name"], language)
    table["baseline_kt_per_a"] = table["site_id"].map(baseline).astype(float)
    table["connected"] = _listed(joined, table["site_id"])
    table["left_out"] = _listed(out, table["site_id"])
    table["in_area"] = table["site_id"].isin(list(plan.ground.candidates.node_of))
    if whole:
        table = table.merge(describe_gates(plan.needs), left_on="site_id", right_index=True, how="left")
    return gpd.GeoDataFrame(table.sort_values("site_id", ignore_index=True), crs=sites.crs)


def _hubs(plan: Plan, language: str) -> gpd.GeoDataFrame:
    hubs = plan.study.hubs
    flows = pd.concat([n.joins[["hub_id", "amount"]] for n in plan.networks.values()], ignore_index=True)
    table = hubs[["hub_id", "name", "carrier", "role", "status", "source", "geometry"]].copy()
    table["name"] = plan.study.spell(table["name"], language)
    table["flow"] = table["hub_id"].map(flows.groupby("hub_id")["amount"].sum()).fillna(0.0).astype(float)
    table["flow_unit"] = table["carrier"].map(ANNUAL_UNIT)
    capacity = plan.hubs.set_index("hub_id")["capacity"]
    table["capacity"] = table["hub_id"].map(capacity).fillna(0.0).astype(float)
    return gpd.GeoDataFrame(table.sort_values("hub_id", ignore_index=True), crs=hubs.crs)


def with_unit_columns(segments: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the segments with one flow and one diameter column per carrier, the unit in the name; null for others."""
    table = segments.drop(columns=["flow", "flow_unit", "diameter_mm"])
    for carrier in CARRIERS:
        mine = segments["carrier"] == carrier
        table[f"{carrier}_flow_{ANNUAL_UNIT[carrier]}"] = segments["flow"].where(mine)
        table[f"diameter_{carrier}_mm"] = segments["diameter_mm"].where(mine)
    return table


def ranking_table(plan: Plan, *, language: str = "en") -> pd.DataFrame:
    """Return the ranking as a flat table, best first."""
    return _flatten(_corridors(plan, language, whole=True))


def ranking_of(layers: Frames) -> pd.DataFrame:
    """Return the ranking from the layers of a plan."""
    return _flatten(layers.corridors)


def _flatten(corridors: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(corridors.drop(columns="geometry")).round(6)
