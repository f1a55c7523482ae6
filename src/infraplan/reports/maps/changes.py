"""Changes of a plan against another: lines that came, went, grew and shrank."""

from __future__ import annotations

from collections.abc import Sequence

import folium
import geopandas as gpd
import shapely

from infraplan.core import check_language, split_list, style, translate, translate_unit
from infraplan.reports.maps.basemap import paint_line
from infraplan.reports.maps.cards import name_carrier, write_quantity
from infraplan.reports.maps.drawing import DIGITS, LEVELS, draw_paths
from infraplan.reports.maps.frames import check_frames, escape, make_features, read_number
from infraplan.reports.maps.layers import join_ends, simplify
from infraplan.reports.maps.printing import Group

COLUMNS = {
    "changes": ("carrier", "change", "flow_before", "flow_after", "unit"),
    "sites": ("site_id", "name", "co2_kt_per_a", "came", "went"),
}
SECTION = "Changes"
PAINTED = ("went", "shrank", "grew", "came")
# a site joined in one plan only gets a ring around its disc; the ring for a loss lies outside that for a gain
RINGS = {
    "came": ("Sites joined now", "Joined now for: {carriers}"),
    "went": ("Sites no longer joined", "No longer joined for: {carriers}"),
}


def change_layers(
    groups: Sequence[Group], changes: gpd.GeoDataFrame, *, sites: gpd.GeoDataFrame, language: str
) -> list[Group]:
    """Return a plan's groups with the changes below them, in place of the corridors; unchanged where nothing changed.

    Parameters
    ----------
    groups
        A plan's groups (see :func:`infraplan.reports.maps.plan_layers`).
    changes
        Segments in WGS84 with ``carrier``, ``change`` (came, went, grew, shrank, same), ``flow_before``,
        ``flow_after`` and ``unit`` [kt/a or GWh/a].
    sites
        Every site in WGS84 with ``site_id``, ``name``, ``co2_kt_per_a``, and the carriers (comma-separated) for which
        it ``came`` or ``went``.

    Raises
    ------
    ExportError
        On a missing column or another CRS than WGS84.
    """
    check_language(language)
    check_frames({"changes": changes, "sites": sites}, COLUMNS, complete=True)
    quiet = translate("Proposed corridors", language)
    changed = [_group(changes[changes["change"] == change], change, language) for change in PAINTED]
    marked = [group for group in changed if group is not None]
    rings = [_group_rings(sites, change, language) for change in RINGS]
    kept = [group for group in groups if not marked or group.layer_name != quiet]
    return [*marked, *kept, *(group for group in rings if group is not None)]


def _group(rows: gpd.GeoDataFrame, change: str, language: str) -> Group | None:
    if rows.empty:
        return None
    look = style.CHANGE_STYLE[change]
    # Draw pipes of several carriers in one strip as one line: dashes on top of each other fill each other's gaps.
    tips: dict[shapely.Geometry, list[str]] = {}
    for row, line in zip(rows.itertuples(index=False), rows.geometry, strict=True):
        unit = translate_unit(str(row.unit))
        flows = [write_quantity(flow, unit, language) for flow in (row.flow_before, row.flow_after)]
        tip = f"{name_carrier(str(row.carrier), language)}: {flows[0]} → {flows[1]}"
        tips.setdefault(line.normalize(), []).append(tip)
    pieces = [simplify(line) for line in tips]
    shown = join_ends(pieces)
    runs = make_features(shown, [{}] * len(shown), digits=DIGITS)
    hidden = make_features(pieces, [{"tip": "<br>".join(each)} for each in tips.values()], digits=DIGITS)
    group = Group(translate(look.label, language), section=translate(SECTION, language))
    for features, more in ((runs, {"interactive": False}), (hidden, {"opacity": 0.0})):
        paint = paint_line(look, level=LEVELS["corridors"], **more)
        group.add_child(draw_paths(features, [paint] * len(features)))
    return group


def _group_rings(sites: gpd.GeoDataFrame, change: str, language: str) -> Group | None:
    rows = sites[sites[change] != ""]
    if rows.empty:
        return None
    title, text = RINGS[change]
    largest = float(sites["co2_kt_per_a"].max())
    properties, paints = [], []
    for row in rows.itertuples(index=False):
        carriers = ", ".join(name_carrier(carrier, language) for carrier in split_list(getattr(row, change)))
        tip = f"{escape(row.name)}. {translate(text, language, carriers=carriers)}"
        properties.append({"site_id": escape(row.site_id), "tip": tip})
        radius = style.scale_by_area(read_number(row.co2_kt_per_a) or 0.0, largest, style.SITE_RADIUS_PX)
        outside = style.RING_STEP_PX * (2 if change == "went" and row.came else 1)
        paint = paint_line(style.RING_STYLE[change], level=LEVELS["rings"], radius=round(radius + outside, 1))
        paints.append(paint)
    group = Group(translate(title, language), section=translate(SECTION, language))
    features = make_features(list(rows.geometry), properties, digits=DIGITS)
    group.add_child(draw_paths(features, paints, marker=folium.CircleMarker()))
    return group
