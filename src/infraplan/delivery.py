"""Everything a plan hands over: tables, GeoJSON and GeoPackage, the map in the browser, the map on paper."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from infraplan import alternatives, brief, export, geopackage, maps, sheets
from infraplan.alternatives import Limits
from infraplan.comparison import Comparison
from infraplan.errors import ExportError, Problem
from infraplan.export import Frames
from infraplan.layers import WIDTH_FIELD
from infraplan.layers.catalogue import BASEMAP_PARTS
from infraplan.plan import Plan
from infraplan.study import Study
from infraplan.units import PCT
from infraplan.words import translate

# the parts of a study's basemap by the names that the browser map knows
_MAP_NAMES = {"port_zones": "ports"}
_WATER = ("water_areas", "waterways")


def write(plan: Plan, folder: Path, *, language: str = "en") -> None:
    """Write all files of a plan into ``folder``: all of them or, on an error, none.

    Raises
    ------
    ExportError
        If the folder cannot be written or the browser scripts are missing.
    """
    with export.whole_or_nothing(folder) as draft:
        layers = export.frames(plan, language=language)
        export.write_tables(plan, draft, layers)
        geopackage.write(layers, draft / "plan.gpkg")
        write_brief(plan, draft / "brief.md", language=language, layers=layers)
        write_map(plan, draft / "map.html", language=language, layers=layers)
        write_sheet(plan, draft / "map.png", language=language, layers=layers, also=[draft / "map.pdf"])


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
    name = export.corridor_names(plan.study, language=language)(strip["cluster_a"], strip["cluster_b"])
    papers = export.about(plan) | {
        "routes_asked": limits.routes,
        "most_overlap_pct": PCT * limits.most_overlap,
        "separation_m": limits.separation_m,
        "most_extra_cost_pct": PCT * limits.most_extra,
        "within_pct": PCT * limits.within,
    }
    with export.whole_or_nothing(folder) as draft:
        for layer, frame, key in (("alternatives", routes, "route_id"), ("search_zone", zone, "zone_id")):
            frame.insert(2, "name", name)
            text = export.geojson(frame, id_column=key, about=papers)
            (draft / f"{layer}.geojson").write_text(text, encoding="utf-8")
    return routes, zone


def write_comparison(before: Plan, after: Plan, found: Comparison, folder: Path) -> None:
    """Write ``comparison.geojson`` (pipes that came, went, grew, shrank or stayed) and ``comparison.csv`` (figures).

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    segments = found.segments.copy()
    of_kind = segments.groupby(["carrier", "change"]).cumcount() + 1
    segments.insert(0, "comparison_id", segments["carrier"] + "-" + segments["change"] + "-" + of_kind.astype(str))
    papers = {"before": export.about(before), "after": export.about(after)}
    text = export.geojson(segments, id_column="comparison_id", about=export.about(after) | {"compared": papers})
    with export.whole_or_nothing(folder) as draft:
        (draft / "comparison.geojson").write_text(text, encoding="utf-8")
        found.totals.round(6).to_csv(draft / "comparison.csv", index=False)


def write_brief(plan: Plan, path: Path, *, language: str = "en", layers: Frames | None = None) -> Path:
    """Write the page that a policy officer reads: what was asked, what came out, what it costs."""
    title, subtitle = titles(plan, language=language)
    layers = layers or export.frames(plan, language=language)
    text = brief.tell(
        plan, layers, title=title, subtitle=subtitle, notice=notice(plan.study, language=language), language=language
    )
    path.write_text(text, encoding="utf-8")
    return path


def refuse_unwritable(folder: Path) -> None:
    """Say before the work starts that its files could not be written.

    Raises
    ------
    ExportError
        If ``folder`` is a file or cannot be written.
    """
    nearest = next(p for p in (folder, *folder.resolve().parents) if p.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise ExportError(
            Problem("the folder cannot be written", "Choose another folder with --out, or free it", str(folder))
        )


def write_map(plan: Plan, path: Path, *, language: str = "en", layers: Frames | None = None) -> Path:
    """Write the map as one HTML page that opens with no network."""
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
    language: str = "en",
    size: str = "A3",
    layers: Frames | None = None,
    also: Sequence[Path] = (),
) -> Path:
    """Draw the overview map sheet; the suffix of ``path`` (and of those in ``also``) says the format."""
    title, subtitle = titles(plan, language=language)
    parts = basemap(plan.study)
    return sheets.draw_sheet(
        path,
        frames=dict((layers or export.frames(plan, language=language)).items()),
        basemap={name: parts[name] for name in sheets.BASEMAP_IDS if name in parts},
        language=language,
        title=title,
        subtitle=subtitle,
        notice=notice(plan.study, language=language),
        source_line=localised(plan.study.settings, "vintage", language),
        hash_line=export.inputs_sha256(plan.study, plan.scenario)[:16],
        size=size,
        also=also,
    )


def map_frames(plan: Plan, *, language: str, layers: Frames | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Return the plan's layers in WGS84, as the browser map wants them."""
    layers = layers or export.frames(plan, language=language)
    return {name: export.to_wgs84(frame) for name, frame in (*layers.items(), ("stations", layers.boosters))}


def map_basemap(study: Study, *, language: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the schematic basemap in WGS84, as the browser map wants it."""
    parts = basemap(study)
    water = [parts.pop(name) for name in _WATER if name in parts]
    if water:
        joined = pd.concat(water, ignore_index=True)
        if WIDTH_FIELD not in joined:
            joined[WIDTH_FIELD] = 0.0
        parts["water"] = gpd.GeoDataFrame(joined, crs=water[0].crs)
    name = study.clusters[f"short_{language}"]
    parts["clusters"] = study.clusters.assign(name=name)[["name", "geometry"]]
    parts["substations"] = study.substations
    return {_MAP_NAMES.get(part, part): frame.to_crs("EPSG:4326") for part, frame in parts.items() if len(frame)}


def basemap(study: Study) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers that the catalogue says to draw, by part of the basemap, in the study's CRS."""
    parts: dict[str, gpd.GeoDataFrame] = {}
    for part in BASEMAP_PARTS:
        frames = [
            study.stack.read(entry.id, crs=study.settings.crs)
            for entry in study.stack.entries
            if entry.drawn_as == part and not entry.is_raster
        ]
        if frames:
            parts[part] = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=study.settings.crs)
    return _with_foreign_towns(parts)


def _with_foreign_towns(parts: dict[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """Add to the towns the settlements of countries that the towns do not cover."""
    towns, settlements = parts.get("towns"), parts.get("settlements")
    if towns is not None and settlements is not None and {"country"} <= {*towns, *settlements}:
        foreign = settlements[~settlements["country"].isin(towns["country"])]
        points = foreign.assign(geometry=foreign.geometry.centroid)
        columns = ["name", "population", "geometry"]
        parts["towns"] = gpd.GeoDataFrame(
            pd.concat([towns[columns], points[columns]], ignore_index=True), crs=towns.crs
        )
    return parts


def titles(plan: Plan, *, language: str) -> tuple[str, str]:
    """Return title and subtitle of a map of the plan."""
    settings, scenario = plan.study.settings, plan.scenario
    title = translate("Shared corridors in {year}", language, year=scenario.year)
    return f"{title}: {localised(settings, 'title', language)}", localised(scenario, "title", language)


def notice(study: Study, *, language: str) -> str:
    """Return the study's sentence on what its maps are and are not."""
    return localised(study.settings, "notice", language)


def localised(noun: Any, attribute: str, language: str) -> str:
    """Return the text of a settings or scenario field in a language, English where it has none."""
    names = (f"{attribute}_{language}", f"{attribute}_en", attribute)
    return next(str(text) for name in names if (text := getattr(noun, name, "")))


def source_titles(study: Study) -> list[str]:
    """Return the titles of the sources that the study's layers and sites cite, for attribution on maps."""
    cited = {key for entry in study.stack.entries for key in entry.source} | set(study.sites["source"])
    used = study.sources[study.sources["source"].isin(cited)].to_dict("records")
    return [f"{row['title']} ({row['author']})" if row["author"] else str(row["title"]) for row in used]
