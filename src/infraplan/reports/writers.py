"""Writers: tables, GeoJSON, GeoPackage, browser map and print sheets of a plan."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from infraplan.analysis import Comparison, counter_proposals
from infraplan.core import (
    PCT,
    Batch,
    ExportError,
    InfraplanError,
    Problem,
    check_language,
    files,
    geojson,
    print_layer,
    translate,
)
from infraplan.demand import total_needs
from infraplan.networks import Limits, alternatives
from infraplan.plan import Plan
from infraplan.reports import brief, geopackage, maps, operation_tables, plan_json, plan_layers, sheet_facts, sheets
from infraplan.reports.captions import checksum_line, localised, name_plans, notice, source_line, source_titles, titles
from infraplan.reports.plan_basemap import _name_clusters, basemap, map_basemap
from infraplan.reports.plan_json import about, record
from infraplan.reports.plan_layers import Frames, ranking_of, with_unit_columns
from infraplan.reports.plan_tables import build_order_of, left_out_table, needs_table
from infraplan.study import corridor_names

SHEET_KINDS = ("overview", "corridor", "needs", "comparison")
_NEEDS_TITLES = {
    "co2": "CO2 that could be captured in {year}",
    "h2": "Need of hydrogen in {year}",
    "heat": "Heat to spare and heat needed in {year}",
    "electricity": "Need of electricity in {year}",
}
# kinds with tables that name clusters: their maps must show the clusters too
_CLUSTERED = ("needs", "comparison")
# files of a plan; the last one only where the scenario has a drawing
PLAN_FILES = (
    "corridors.geojson", "segments.geojson", "sites.geojson", "boosters.geojson", "plan.gpkg", "ranking.csv",
    "build_order.csv", "needs.csv", "needs_totals.csv", "left_out.csv", "pressures.csv", "boosters.csv", "chain.csv",
    "reuse.csv", "brief.md", "map.html", "map.png", "map.pdf", "plan.json", "drawing.geojson",
)  # fmt: skip


def write(plan: Plan, folder: Path, *, language: str = "en") -> None:
    """Write all files of a plan and their manifest into a folder; on an error, write none.

    Files of an earlier plan that this one lacks are removed, and sheets and alternatives of other inputs with them.

    Raises
    ------
    ExportError
        If the folder cannot be written or the browser scripts are missing.
    """
    with files.whole_or_nothing(folder, batch_of(plan)) as draft:
        write_files(plan, draft, language=language)


def write_files(plan: Plan, draft: Path, *, language: str) -> None:
    """Write all files of a plan into an existing folder, one after the other."""
    layers = plan_layers.frames(plan, language=language)
    write_tables(plan, draft, layers)
    geopackage.write(layers, draft / "plan.gpkg")
    write_brief(plan, draft / "brief.md", language=language, layers=layers)
    write_map(plan, draft / "map.html", language=language, layers=layers)
    write_sheet(plan, draft / "map.png", language=language, layers=layers, also=[draft / "map.pdf"])


def batch_of(plan: Plan) -> Batch:
    """Return what a manifest says about the files of a plan."""
    return Batch("plan", about(plan), frozenset(PLAN_FILES), leads=True)


def write_alternatives(
    plan: Plan, corridor_id: str, folder: Path, *, limits: Limits, language: str = "en"
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Write ``alternatives.geojson`` and ``search_zone.geojson`` of a corridor and return both layers.

    Raises
    ------
    InfraplanError
        If the plan has no such corridor.
    ExportError
        If the folder cannot be written.
    """
    ground = plan.ground
    shared: dict[str, Any] = {"candidates": plan.routes, "surface": ground.surface, "limits": limits}
    routes = alternatives.find_routes(plan.corridors, corridor_id, crossings=ground.crossings, **shared)
    zone = alternatives.find_zone(plan.corridors, corridor_id, **shared)
    strip = plan.corridors.strips.set_index("corridor_id").loc[corridor_id]
    name = corridor_names(plan.study, language=language)(strip["cluster_a"], strip["cluster_b"])
    origin = plan_json.about(plan) | {
        "routes_asked": limits.routes,
        "most_overlap_pct": PCT * limits.most_overlap,
        "separation_m": limits.separation_m,
        "most_extra_cost_pct": PCT * limits.most_extra,
        "within_pct": PCT * limits.within,
    }
    batch = Batch("alternatives", plan_json.about(plan), frozenset(("alternatives.geojson", "search_zone.geojson")))
    with files.whole_or_nothing(folder, batch) as draft:
        for layer, frame, key in (("alternatives", routes, "route_id"), ("search_zone", zone, "zone_id")):
            frame.insert(2, "name", name)
            text = geojson.print_layer(frame, id_column=key, about=origin)
            (draft / f"{layer}.geojson").write_text(text, encoding="utf-8")
    return routes, zone


def write_comparison(before: Plan, after: Plan, found: Comparison, folder: Path) -> None:
    """Write ``comparison.geojson`` (new, removed, larger, smaller, unchanged pipes) and ``comparison.csv`` (figures).

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    segments = found.segments.copy()
    of_kind = segments.groupby(["carrier", "change"]).cumcount() + 1
    segments.insert(0, "comparison_id", segments["carrier"] + "-" + segments["change"] + "-" + of_kind.astype(str))
    origin = {"before": plan_json.about(before), "after": plan_json.about(after)}
    text = geojson.print_layer(segments, id_column="comparison_id", about=plan_json.about(after) | {"compared": origin})
    batch = Batch("comparison", plan_json.about(after), frozenset(("comparison.geojson", "comparison.csv")))
    with files.whole_or_nothing(folder, batch) as draft:
        (draft / "comparison.geojson").write_text(text, encoding="utf-8")
        found.totals.round(6).to_csv(draft / "comparison.csv", index=False)


def write_brief(plan: Plan, path: Path, *, language: str = "en", layers: Frames | None = None) -> Path:
    """Write the one-page brief for a policy officer."""
    title, subtitle = titles(plan, language=language)
    layers = layers or plan_layers.frames(plan, language=language)
    text = brief.compose(
        plan, layers, title=title, subtitle=subtitle, notice=notice(plan.study, language=language), language=language
    )
    path.write_text(text, encoding="utf-8")
    return path


def refuse_unwritable(folder: Path, names: Sequence[str] = ()) -> None:
    """Refuse an output folder that cannot be written, before the work starts.

    Parameters
    ----------
    folder
        Folder of the files.
    names
        Names of files that will come.

    Raises
    ------
    ExportError
        If ``folder`` is a file or cannot be written, or a link or a folder stands where a file should come.
    """
    nearest = next(p for p in (folder, *folder.resolve().parents) if p.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise ExportError(Problem("file.folder_taken", file=str(folder)))
    files.refuse_in_the_way(folder, names)


def write_map(plan: Plan, path: Path, *, language: str = "en", layers: Frames | None = None) -> Path:
    """Write the map as one HTML page that works offline."""
    title, subtitle = titles(plan, language=language)
    return maps.write_map(
        path,
        map_frames(plan, language=language, layers=layers),
        basemap=map_basemap(plan.study, language=language),
        title=title,
        subtitle=subtitle,
        sources=source_titles(plan.study),
        vintage=localised(plan.study.settings, "vintage", language),
        notice=notice(plan.study, language=language),
        language=language,
    )


def write_sheet(
    plan: Plan,
    path: Path,
    *,
    kind: str = "overview",
    corridor_id: str = "",
    carrier: str = "",
    before: Plan | None = None,
    variants: Mapping[str, Plan] | None = None,
    language: str = "en",
    size: str = "A3",
    routes: bool = False,
    layers: Frames | None = None,
    needed: pd.DataFrame | None = None,
    also: Sequence[Path] = (),
) -> Path:
    """Draw a map sheet for print; the suffix of each path gives its format.

    Parameters
    ----------
    plan
        Plan to draw; in a comparison, the second plan.
    path
        File to write.
    kind
        One of ``SHEET_KINDS``: the whole plan, one corridor, the needs of one carrier, or a comparison.
    corridor_id
        Corridor of the kind ``corridor``.
    carrier
        Carrier of the kind ``needs``.
    before
        First plan of the kind ``comparison``.
    variants
        Plans whose figures a comparison lists, by name, at most four; default: the two plans compared.
    language
        Language of the sheet.
    size
        ``A3``, ``A4`` or ``16:9``.
    routes
        Compute other routes between the ends of the corridor and describe their cost (takes one to three seconds).
    layers, needed
        ``plan_layers.frames`` and needs of all years of the plan, if computed already.
    also
        More files of the same sheet in other formats.

    Raises
    ------
    InfraplanError
        If kind, corridor, carrier or language is unknown, or a comparison has only one plan.
    ExportError
        If size or suffix is unknown or the file cannot be written. No part of a file is left behind.
    """
    check_language(language)
    # only a fact sheet needs the slow columns
    layers = layers or plan_layers.frames(plan, language=language, whole=kind == "corridor")
    facts: sheets.Facts | None = None
    title, subtitle = titles(plan, language=language)
    if kind == "corridor":
        limits = alternatives.limits_of(plan.assumptions) if routes else None
        facts = sheet_facts.gather_corridor(plan, layers, corridor_id, language=language, needed=needed, limits=limits)
        name = layers.corridors.set_index("corridor_id")["name"][corridor_id]
        title, subtitle = f"{translate('Corridor', language)} {name}", f"{title} · {subtitle}"
    elif kind == "needs":
        facts = sheet_facts.gather_needs(plan, carrier, language=language, needed=needed)
        subtitle = f"{localised(plan.study.settings, 'title', language)} · {subtitle}"
        title = translate(_NEEDS_TITLES[carrier], language, year=plan.scenario.year)
    elif kind == "comparison":
        facts = _gather_comparison(plan, before, dict(variants or {}), language=language)
        subtitle = f"{localised(plan.study.settings, 'title', language)} · {facts.before} → {facts.after}"
        title = translate("What changes: shared corridors in {year}", language, year=plan.scenario.year)
    elif kind != "overview":
        raise InfraplanError(Problem("sheet.unknown_kind", {"known": SHEET_KINDS}, value=kind))
    parts = basemap(plan.study, language=language)
    if kind in _CLUSTERED:
        parts["clusters"] = _name_clusters(plan.study, language)
    return sheets.draw_sheet(
        path,
        frames=dict(layers.items()),
        basemap={name: parts[name] for name in sheets.BASEMAP_IDS if name in parts},
        language=language,
        wording=sheets.Wording(
            title=title,
            subtitle=subtitle,
            notice=notice(plan.study, language=language),
            source_line=source_line(plan.study, language),
            hash_line=checksum_line(plan, language=language),
        ),
        facts=facts,
        size=size,
        also=also,
    )


def _gather_comparison(
    plan: Plan, before: Plan | None, variants: dict[str, Plan], *, language: str
) -> sheets.ComparisonFacts:
    """Return the facts of a comparison, with a name for each plan."""
    if before is None:
        raise InfraplanError(Problem("sheet.no_second_plan"))
    if not variants:
        names = name_plans(before, plan, language=language)
        variants = dict(zip(names, (before, plan), strict=True))
    called = {id(made): name for name, made in variants.items()}
    first, second = name_plans(before, plan, language=language)
    return sheet_facts.gather_comparison(
        before,
        plan,
        variants,
        names=(called.get(id(before), first), called.get(id(plan), second)),
        language=language,
    )


def map_frames(plan: Plan, *, language: str, layers: Frames | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Return the plan's layers in WGS84 for the browser map."""
    layers = layers or plan_layers.frames(plan, language=language)
    return {name: geojson.to_wgs84(frame) for name, frame in (*layers.items(), ("stations", layers.boosters))}


def write_tables(plan: Plan, folder: Path, layers: Frames) -> None:
    """Write GeoJSON, CSV tables and ``plan.json`` of a plan into an existing folder."""
    origin = about(plan)
    keys = {"corridors": "corridor_id", "segments": "segment_id", "sites": "site_id", "boosters": "booster_id"}
    for name, key in keys.items():
        frame = with_unit_columns(layers.segments) if name == "segments" else getattr(layers, name)
        text = print_layer(frame, id_column=key, about=origin)
        (folder / f"{name}.geojson").write_text(text, encoding="utf-8")
    if plan.scenario.drawing:
        text = print_layer(counter_proposals.list_drawn(plan), id_column="drawing_id", about=origin)
        (folder / "drawing.geojson").write_text(text, encoding="utf-8")
    ranked = ranking_of(layers)
    ranked.to_csv(folder / "ranking.csv", index=False)
    build_order_of(plan, ranked).to_csv(folder / "build_order.csv", index=False)
    needed = needs_table(plan)
    needed.to_csv(folder / "needs.csv", index=False)
    total_needs(plan.study, needed).round(6).to_csv(folder / "needs_totals.csv", index=False)
    left_out_table(plan).to_csv(folder / "left_out.csv", index=False)
    layers.boosters.drop(columns="geometry").round(6).to_csv(folder / "boosters.csv", index=False)
    operation_tables.nodes_table(plan).to_csv(folder / "pressures.csv", index=False)
    operation_tables.reuse_table(plan).to_csv(folder / "reuse.csv", index=False)
    operation_tables.chain_table(plan).to_csv(folder / "chain.csv", index=False)
    text = json.dumps(record(plan), indent=2, ensure_ascii=False, sort_keys=True)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")
