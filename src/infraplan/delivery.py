"""Everything a plan hands over: tables, GeoJSON and GeoPackage, the map in the browser, the map on paper."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from infraplan import alternatives, brief, dossier, export, geojson, geopackage, maps, sheets
from infraplan.alternatives import Limits
from infraplan.comparison import Comparison
from infraplan.errors import ExportError, InfraplanError, Problem
from infraplan.export import Frames
from infraplan.layers import WIDTH_FIELD
from infraplan.layers.catalogue import BASEMAP_PARTS
from infraplan.plan import Plan
from infraplan.question import corridor_names
from infraplan.study import Study
from infraplan.tables import records
from infraplan.units import PCT
from infraplan.words import begin, check_language, translate

SHEET_KINDS = ("overview", "corridor", "needs", "comparison")
_NEEDS_TITLES = {
    "co2": "CO2 that could be captured in {year}",
    "h2": "Need of hydrogen in {year}",
    "heat": "Heat to spare and heat needed in {year}",
    "electricity": "Need of electricity in {year}",
}
# the parts of a study's basemap by the names that the browser map knows
_MAP_NAMES = {"port_zones": "ports"}
# kinds whose tables name clusters, and whose maps would not say where they are
_CLUSTERED = ("needs", "comparison")
# of the checksum on a sheet
_DIGITS = 16
_WATER = ("water_areas", "waterways")
# those whose names are written on the map
_NAMED_PARTS = ("towns", "settlements")


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
    name = corridor_names(plan.study, language=language)(strip["cluster_a"], strip["cluster_b"])
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
            text = geojson.print_layer(frame, id_column=key, about=papers)
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
    text = geojson.print_layer(segments, id_column="comparison_id", about=export.about(after) | {"compared": papers})
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
    """Draw a map sheet for print; the suffix of ``path`` (and of those in ``also``) says the format.

    Parameters
    ----------
    kind : one of ``SHEET_KINDS``: the whole plan, one corridor, the needs of one carrier, or a comparison.
    corridor_id : of the kind ``corridor``.
    carrier : of the kind ``needs``.
    before, variants : of the kind ``comparison``: the pinned plan, and the plans whose figures are shown, by name (at
        most four; without them the two that are compared).
    size : ``A3``, ``A4`` or ``16:9``.
    routes : seek other routes between the ends of the corridor and tell what they cost (takes one to three seconds).
    layers, needed : ``export.frames`` and ``question.needs_by_year`` of the plan, where they are at hand.

    Raises
    ------
    InfraplanError
        On an unknown kind, corridor, carrier or language, and on a comparison with nothing to compare with.
    ExportError
        On an unknown size or suffix, and when the file cannot be written; nothing is left half-written.
    """
    check_language(language)
    # Only a fact sheet tells what takes most of the time to work out.
    layers = layers or export.frames(plan, language=language, whole=kind == "corridor")
    facts: sheets.Facts | None = None
    title, subtitle = titles(plan, language=language)
    if kind == "corridor":
        limits = alternatives.limits_of(plan.assumptions) if routes else None
        facts = dossier.tell_corridor(plan, layers, corridor_id, language=language, needed=needed, limits=limits)
        name = layers.corridors.set_index("corridor_id")["name"][corridor_id]
        title, subtitle = f"{translate('Corridor', language)} {name}", f"{title} · {subtitle}"
    elif kind == "needs":
        facts = dossier.tell_needs(plan, carrier, language=language, needed=needed)
        subtitle = f"{localised(plan.study.settings, 'title', language)} · {subtitle}"
        title = translate(_NEEDS_TITLES[carrier], language, year=plan.scenario.year)
    elif kind == "comparison":
        facts = _tell_comparison(plan, before, dict(variants or {}), language=language)
        subtitle = f"{localised(plan.study.settings, 'title', language)} · {facts.before} → {facts.after}"
        title = translate("What changes: shared corridors in {year}", language, year=plan.scenario.year)
    elif kind != "overview":
        raise InfraplanError(Problem("unknown kind of sheet", f"Use one of {', '.join(SHEET_KINDS)}", value=kind))
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
            source_line=_source_line(plan.study, language),
            hash_line=tell_hash(plan, language=language),
        ),
        facts=facts,
        size=size,
        also=also,
    )


def _tell_comparison(
    plan: Plan, before: Plan | None, variants: dict[str, Plan], *, language: str
) -> sheets.ComparisonFacts:
    if before is None:
        raise InfraplanError(Problem("a comparison needs a second plan", "Pin a plan first, or name a scenario"))
    if not variants:
        names = name_plans(before, plan, language=language)
        variants = dict(zip(names, (before, plan), strict=True))
    called = {id(made): name for name, made in variants.items()}
    first, second = name_plans(before, plan, language=language)
    return dossier.tell_comparison(
        before,
        plan,
        variants,
        names=(called.get(id(before), first), called.get(id(plan), second)),
        language=language,
    )


def name_plans(before: Plan, after: Plan, *, language: str) -> tuple[str, str]:
    """Return short names for two plans: their scenarios, with the year where they differ, else before and after."""
    names = [localised(plan.scenario, "title", language) for plan in (before, after)]
    if before.scenario.year != after.scenario.year:
        names = [f"{name} ({plan.scenario.year})" for name, plan in zip(names, (before, after), strict=True)]
    if names[0] == names[1]:
        names = [f"{names[0]}, {translate(end, language)}" for end in ("before", "after")]
    return names[0], names[1]


def _source_line(study: Study, language: str) -> str:
    """Return the vintage of the facts and whose they are."""
    cited = study.sources[study.sources["source"].isin(_cited(study))]
    authors = sorted({_short_author(str(row.author)) for row in records(cited) if row.author})
    vintage = begin(localised(study.settings, "vintage", language))
    if not authors:
        return vintage
    return f"{vintage}. {translate('Sources', language)}: {', '.join(authors)}"


def tell_hash(plan: Plan, *, language: str) -> str:
    """Return the first digits of the checksum of study and scenario: they tell which question a sheet answers."""
    return (
        f"{translate('Assumptions (SHA-256)', language)}: {export.inputs_sha256(plan.study, plan.scenario)[:_DIGITS]}"
    )


def _name_clusters(study: Study, language: str) -> gpd.GeoDataFrame:
    """Return the clusters by the names that a map writes."""
    return study.clusters.assign(name=study.clusters[f"short_{language}"])[["name", "geometry"]]


def _short_author(author: str) -> str:
    return author.split(";")[0].split("(")[0].strip()


def map_frames(plan: Plan, *, language: str, layers: Frames | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Return the plan's layers in WGS84, as the browser map wants them."""
    layers = layers or export.frames(plan, language=language)
    return {name: geojson.to_wgs84(frame) for name, frame in (*layers.items(), ("stations", layers.boosters))}


def map_basemap(study: Study, *, language: str) -> dict[str, gpd.GeoDataFrame]:
    """Return the schematic basemap in WGS84, as the browser map wants it."""
    parts = basemap(study, language=language)
    water = [parts.pop(name) for name in _WATER if name in parts]
    if water:
        joined = pd.concat(water, ignore_index=True)
        if WIDTH_FIELD not in joined:
            joined[WIDTH_FIELD] = 0.0
        parts["water"] = gpd.GeoDataFrame(joined, crs=water[0].crs)
    parts["clusters"] = _name_clusters(study, language)
    parts["substations"] = study.substations
    return {_MAP_NAMES.get(part, part): frame.to_crs("EPSG:4326") for part, frame in parts.items() if len(frame)}


def basemap(study: Study, *, language: str) -> dict[str, gpd.GeoDataFrame]:
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
    for part in _NAMED_PARTS:
        if part in parts and "name" in parts[part]:
            parts[part]["name"] = study.spell(parts[part]["name"], language)
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
    used = study.sources[study.sources["source"].isin(_cited(study))].to_dict("records")
    return [f"{row['title']} ({row['author']})" if row["author"] else str(row["title"]) for row in used]


def _cited(study: Study) -> set[str]:
    """Return the keys of the sources of layers and sites."""
    return {key for entry in study.stack.entries for key in entry.source} | set(study.sites["source"])
