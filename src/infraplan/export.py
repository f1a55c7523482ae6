"""The files of a plan: GeoJSON, GeoPackage, tables and the record that reproduces it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyogrio.errors import DataSourceError

from infraplan import proposals, stations
from infraplan.errors import ExportError, Problem
from infraplan.geojson import print_layer
from infraplan.model import Scenario
from infraplan.needs import NEEDED, SPECIFIED, describe_gates
from infraplan.plan import Plan
from infraplan.question import corridor_names, name_places, total_needs
from infraplan.study import Study
from infraplan.tables import ANNUAL_UNIT, CARRIERS, records, refuse_wrong
from infraplan.units import EUR_PER_MEUR, M_PER_KM

# beside the figures of the contract: other views, years to come, trust, dependence
_JUDGED = (
    "shared_with", "first_year", "co2_avoided_system_kt_per_a", "co2_avoided_direct_kt_per_a",
    "co2_avoided_assigned_system_kt_per_a", "co2_avoided_assigned_direct_kt_per_a", "co2_biogenic_kt_per_a",
    "co2_biogenic_assigned_kt_per_a",
    "co2_avoided_cumulative_kt", "co2_avoided_assigned_cumulative_kt", "cost_levelised_eur_per_t",
    "co2_avoided_kt_per_a_per_km", "strip_use_share", "confidence", "depends_on", "depends_mostly_on", "tied_with",
    "build_step",
)  # fmt: skip
# figures that add up over corridors
_SUMMED = (
    "co2_avoided_assigned_kt_per_a", "co2_avoided_assigned_system_kt_per_a", "co2_avoided_assigned_direct_kt_per_a",
    "co2_biogenic_assigned_kt_per_a", "co2_avoided_assigned_cumulative_kt",
)  # fmt: skip
_WEIGHTED = ("weighted_score", "weighted_rank")
_LIBRARIES = ("geopandas", "shapely", "networkx", "numpy", "numba", "rasterio", "scipy")


@dataclass(frozen=True)
class Frames:
    """A plan as map layers in the study's CRS, with the columns of the GeoJSON contract."""

    corridors: gpd.GeoDataFrame
    segments: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    hubs: gpd.GeoDataFrame
    boosters: gpd.GeoDataFrame

    def items(self) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
        """Yield name and layer of what the maps draw."""
        yield from (
            ("corridors", self.corridors),
            ("segments", self.segments),
            ("sites", self.sites),
            ("hubs", self.hubs),
        )

    def stored(self) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
        """Yield name and layer of everything, for the GeoPackage."""
        yield from (*self.items(), ("boosters", self.boosters))


def frames(plan: Plan, *, language: str = "en", whole: bool = True) -> Frames:
    """Lay a plan out as corridors, segments, sites and hubs (see DESIGN, GeoJSON contract).

    Without ``whole`` the layers hold only what a map on the screen shows: what corridors follow, years to come, trust,
    dependence, build order and what sites need at their gates take most of the time.
    """
    return Frames(
        _corridors(plan, language, whole),
        _segments(plan),
        _sites(plan, language, whole),
        _hubs(plan, language),
        stations.boosters(plan),
    )


def places(plan: Plan, *, language: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Lay out only the sites and the hubs of a plan, as a map shows them."""
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
    table = stations.with_running(plan, plan.corridors.segments)
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
        "capex_meur", "cost_meur_per_a", *stations.RUNNING_COLUMNS, "shared_with_carriers", "geometry",
    ]  # fmt: skip
    crs = plan.corridors.segments.crs
    return gpd.GeoDataFrame(table[columns].sort_values("segment_id", ignore_index=True), crs=crs)


def _listed(pairs: pd.DataFrame, order: pd.Series[str]) -> pd.Series[str]:
    """Carriers of each place, in their order; ``pairs`` has ``place_id`` and ``carrier``."""
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
    """Return the segments with flow and diameter in a column per carrier, the unit in its name; null elsewhere."""
    table = segments.drop(columns=["flow", "flow_unit", "diameter_mm"])
    for carrier in CARRIERS:
        mine = segments["carrier"] == carrier
        table[f"{carrier}_flow_{ANNUAL_UNIT[carrier]}"] = segments["flow"].where(mine)
        table[f"diameter_{carrier}_mm"] = segments["diameter_mm"].where(mine)
    return table


def about(plan: Plan) -> dict[str, Any]:
    """Return what a reader needs to know about a plan's figures, and to make it again."""
    return {
        "version": version("infraplan"),
        "study": plan.study.settings.id,
        "scenario": plan.scenario.name,
        "year": plan.scenario.year,
        "notice": plan.study.settings.notice_en,
        "vintage": plan.study.settings.vintage,
        "inputs_sha256": inputs_sha256(plan.study, plan.scenario),
    }


def inputs_sha256(study: Study, scenario: Scenario) -> str:
    """Digest of every file of the study and of the scenario as asked."""
    digest = hashlib.sha256()
    for name, value in sorted(checksums(study).items()):
        digest.update(f"{name} {value}\n".encode())
    digest.update(scenario.model_dump_json().encode())
    return digest.hexdigest()


def checksums(study: Study) -> dict[str, str]:
    """SHA-256 of every file of the study, by its path inside the study."""
    paths = [p for part in ("data", "layers") for p in (study.folder / part).rglob("*") if p.is_file()]
    digests = {str(path.relative_to(study.folder)): path for path in sorted(paths)}
    # a catalogue may name files that lie elsewhere
    elsewhere = [study.stack.folder / entry.file for entry in study.stack.entries]
    digests |= {str(path): path for path in elsewhere if path not in paths and path.is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in digests.items()}


def ranking_table(plan: Plan, *, language: str = "en") -> pd.DataFrame:
    """Return the ranking as a flat table, best first."""
    return _flatten(_corridors(plan, language, whole=True))


def ranking_of(layers: Frames) -> pd.DataFrame:
    """Return the ranking of a plan that is laid out already."""
    return _flatten(layers.corridors)


def _flatten(corridors: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(corridors.drop(columns="geometry")).round(6)


def needs_table(plan: Plan) -> pd.DataFrame:
    """Return every need of every place at every milestone and in the plan's year, with names."""
    table = plan.outlook.needs_by_year(plan.scenario)
    refuse_wrong(table, (*NEEDED, *SPECIFIED), "needs.csv")
    table.insert(1, "name", table["place_id"].map(name_places(plan.study)))
    return table.round(6)


def left_out_table(plan: Plan) -> pd.DataFrame:
    """Return what is not joined, why, and the CO2 value at which joining would pay."""
    return plan.left_out.round(6)


def build_order_of(plan: Plan, ranked: pd.DataFrame) -> pd.DataFrame:
    """Return the order to build the corridors in, with what each step costs and brings, and both summed.

    ``ranked`` is the table of ``ranking_of``.
    """
    more = ranked.set_index("corridor_id")[["name", "carriers", "first_year", "depends_mostly_on"]]
    return plan.build_order.steps.merge(more, left_on="corridor_id", right_index=True, how="left").round(6)


def sum_networks(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return what each carrier's network joins, how long it is and what it costs."""
    return {
        carrier: {
            "joined": int(network.joins["place_id"].nunique()),
            "left_out": len(network.left_out),
            f"amount_{network.unit}": round(float(network.joins["amount"].sum()), 3),
            "length_km": round(float(network.segments["length_m"].sum()) / M_PER_KM, 3),
            "capex_meur": round(float(network.segments["capex_eur"].sum()) / EUR_PER_MEUR, 3),
            "cost_meur_per_a": round(float(network.segments["annual_eur"].sum()) / EUR_PER_MEUR, 3),
        }
        for carrier, network in plan.networks.items()
    }


def record(plan: Plan) -> dict[str, Any]:
    """Return ``plan.json``: the scenario, changed assumptions, totals, versions and input checksums."""
    return {
        **_proven(plan),
        "infraplan": about(plan),
        "scenario": plan.scenario.model_dump(mode="json"),
        "changed_assumptions": [
            {"subject": a.subject, "parameter": a.parameter, "value": a.value, "unit": a.unit}
            for a in plan.assumptions.rows.values()
            if a.changed
        ],
        "totals": {
            "corridors": len(plan.ranking),
            **{name: round(float(plan.ranking[name].sum()), 3) for name in _SUMMED},
            "networks": sum_networks(plan),
            "running": stations.totals(plan),
        },
        "remarks": [remark.tell("en") for remark in plan.operation.remarks],
        "co2_pipe_capex_meur_by_cost_model": {
            row.model: round(row.capex_eur / EUR_PER_MEUR, 3) for row in records(plan.cost_models)
        },
        "ranking": {
            "co2_view": plan.scenario.co2_view,
            "cumulative_until": max(*plan.study.settings.milestones, plan.scenario.year),
            "weights": dict(plan.scenario.weights),
        },
        "build_order": {
            "proven_best": plan.build_order.proven,
            "waiting_kt_per_a_meur": round(plan.build_order.waiting, 3),
            "lowest_waiting_kt_per_a_meur": round(plan.build_order.lowest_waiting, 3),
        },
        "versions": {name: version(name) for name in _LIBRARIES},
        "inputs": checksums(plan.study),
    }


def _proven(plan: Plan) -> dict[str, Any]:
    """Return what is proven of each carrier's network, and how far the proof was to go, if it was asked."""
    if plan.exact is None:
        return {}
    proofs = {
        carrier: {
            "cost_eur_per_a": round(proof.cost_eur_per_a, 2),
            "bound_eur_per_a": round(proof.bound_eur_per_a, 2),
            "gap": round(proof.gap, 6),
        }
        for carrier, proof in plan.proofs.items()
    }
    asked = {
        "gap": plan.exact.gap,
        "time_limit_s_per_carrier": plan.exact.time_limit_s,
        "note": "Where the clock ended the search, another run may end with another network and bound",
    }
    return {"exact": proofs, "exact_asked": asked}


def write_tables(plan: Plan, folder: Path, layers: Frames) -> None:
    """Write GeoJSON, CSV tables and ``plan.json`` of a plan into an existing folder."""
    papers = about(plan)
    keys = {"corridors": "corridor_id", "segments": "segment_id", "sites": "site_id", "boosters": "booster_id"}
    for name, key in keys.items():
        frame = with_unit_columns(layers.segments) if name == "segments" else getattr(layers, name)
        text = print_layer(frame, id_column=key, about=papers)
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")
    if plan.scenario.drawing:
        text = print_layer(proposals.list_drawn(plan), id_column="drawing_id", about=papers)
        (folder / "drawing.geojson").write_text(text, encoding="utf-8")
    ranked = ranking_of(layers)
    ranked.to_csv(folder / "ranking.csv", index=False)
    build_order_of(plan, ranked).to_csv(folder / "build_order.csv", index=False)
    needed = needs_table(plan)
    needed.to_csv(folder / "needs.csv", index=False)
    total_needs(plan.study, needed).round(6).to_csv(folder / "needs_totals.csv", index=False)
    left_out_table(plan).to_csv(folder / "left_out.csv", index=False)
    layers.boosters.drop(columns="geometry").round(6).to_csv(folder / "boosters.csv", index=False)
    stations.nodes_table(plan).to_csv(folder / "pressures.csv", index=False)
    stations.reuse_table(plan).to_csv(folder / "reuse.csv", index=False)
    stations.chain_table(plan).to_csv(folder / "chain.csv", index=False)
    text = json.dumps(record(plan), indent=2, ensure_ascii=False, sort_keys=True)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a temporary folder whose files replace those of ``folder`` only when all of them are written.

    Raises
    ------
    ExportError
        If the folder cannot be made or written.
    """
    made = not folder.exists()
    # named before it is made: an interruption at any moment finds it
    draft = folder / f".draft-{secrets.token_hex(8)}"
    try:
        draft.mkdir(mode=0o700, parents=True)
        yield draft
        for path in sorted(draft.iterdir()):
            os.replace(path, folder / path.name)
    except (OSError, DataSourceError) as error:
        raise ExportError(_cannot_write(folder, error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if made and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _cannot_write(folder: Path, error: Exception) -> Problem:
    return Problem(
        f"the folder cannot be written ({getattr(error, 'strerror', None) or error})",
        "Choose another folder, or free it",
        str(folder),
    )
