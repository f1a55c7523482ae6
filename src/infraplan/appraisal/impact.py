"""Impact: what a corridor crosses, which ground it runs through, and which existing lines it follows."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import shapely

from infraplan.core import M_PER_KM, CandidateGraph, records
from infraplan.networks import Corridors
from infraplan.study import Case, LayerStack


def areas(stack: LayerStack, crs: str) -> gpd.GeoDataFrame:
    """Return the polygons of every constraint layer that costs extra, with the ``layer`` they come from."""
    frames = []
    for entry in stack.of_role("constraint"):
        if entry.is_raster or entry.effect == "blocked":
            continue
        frame = stack.read(entry.id, crs=crs)
        frame = frame[frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
        frames.append(frame[["geometry"]].assign(layer=entry.id))
    if not frames:
        return gpd.GeoDataFrame({"layer": []}, geometry=[], crs=crs)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=crs)


def existing_lines(stack: LayerStack, crs: str, *, statuses: Sequence[str], names: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the lines that count as existing, of layers with a ``status_field``: name, carrier, geometry.

    Parameters
    ----------
    statuses : a line with one of these counts.
    names : a line with one of these ids or names counts whatever its status.

    Returns
    -------
    GeoDataFrame
        ``carrier`` is what a line carries, empty where its layer does not say.
    """
    frames = []
    for entry in stack.of_role("bundling"):
        if not entry.status_field:
            continue
        frame = stack.read(entry.id, crs=crs)
        labels = frame.columns.intersection(["id", "name"])
        counts = frame[entry.status_field].isin(statuses) | frame[labels].isin(list(names)).any(axis=1)
        carried = frame["carrier"].fillna("").astype(str) if "carrier" in frame else ""
        frames.append(frame.assign(carrier=carried).loc[counts, ["name", "carrier", "geometry"]])
    if not frames:
        return gpd.GeoDataFrame({"name": [], "carrier": []}, geometry=[], crs=crs)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=crs)


def count_crossings(corridors: Corridors, candidates: CandidateGraph, *, crossings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count what each corridor crosses: corridor_id, layer, name, count."""
    corridor_of = corridors.segments.drop_duplicates("edge").set_index("edge")["corridor_id"]
    rows = [
        (corridor_of[data["edge"]], line)
        for *_, data in candidates.graph.edges(data=True)
        if data["edge"] in corridor_of.index
        for line in data["crossings"]
    ]
    table = pd.DataFrame(rows, columns=["corridor_id", "line"])
    lines = crossings[["layer", "name"]].reset_index(drop=True)
    table = table.join(lines, on="line")
    keys = ["corridor_id", "layer", "name"]
    return table.groupby(keys, as_index=False).agg(count=("line", "size"))


def measure_ground(corridors: Corridors, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure how far each corridor runs through areas: corridor_id, layer, length_km.

    ``areas`` holds polygons with the ``layer`` they come from; areas of one layer may overlap.
    """
    rows = []
    strips = corridors.strips
    for layer, group in areas.groupby("layer", sort=True):
        shape = group.geometry.to_numpy()
        tree = shapely.STRtree(shape)
        for corridor_id, strip in zip(strips["corridor_id"], strips.geometry, strict=True):
            near = tree.query(strip, predicate="intersects")
            if len(near):
                length_m = shapely.length(shapely.intersection(strip, shapely.union_all(shape[near])))
                rows.append((corridor_id, layer, float(length_m) / M_PER_KM))
    return pd.DataFrame(rows, columns=["corridor_id", "layer", "length_km"])


def find_followed(corridors: Corridors, lines: gpd.GeoDataFrame, *, reach_m: float, least_share: float) -> pd.DataFrame:
    """Find the existing lines a corridor follows: corridor_id, name, carrier (of the line), length_km.

    A line is followed where the strip stays within ``reach_m`` of it. It is named if it is followed over at least
    ``least_share`` of the corridor's length.
    """
    rows = []
    named = lines.dissolve("name").geometry if len(lines) else lines.geometry
    beside = {name: line.buffer(reach_m) for name, line in named.items()}
    carried = dict(zip(lines["name"], lines["carrier"], strict=True)) if "carrier" in lines else {}
    for row in records(corridors.strips):
        for name, zone in beside.items():
            if not zone.intersects(row.geometry):
                continue
            length_m = float(shapely.length(shapely.intersection(row.geometry, zone)))
            if length_m >= least_share * shapely.length(row.geometry):
                rows.append((row.corridor_id, str(name), carried.get(name, ""), length_m / M_PER_KM))
    table = pd.DataFrame(rows, columns=["corridor_id", "name", "carrier", "length_km"])
    return table.sort_values(["corridor_id", "length_km", "name"], ascending=[True, False, True], ignore_index=True)


def follow_lines(case: Case, proposed: Corridors) -> pd.DataFrame:
    """Find the existing lines that corridors follow, within the study's own limits (see ``find_followed``)."""
    lines = existing_lines(
        case.study.stack,
        case.study.settings.crs,
        statuses=case.scenario.existing_statuses,
        names=case.scenario.existing_lines,
    )
    return find_followed(
        proposed,
        lines,
        reach_m=case.assumptions.value("shared_strip", "follow_reach", "m"),
        least_share=case.assumptions.value("shared_strip", "follow_share", "share"),
    )
