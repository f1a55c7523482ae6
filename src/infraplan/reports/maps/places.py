"""Sites, hubs and stations on the map: discs, squares, diamonds and triangles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import folium
import geopandas as gpd

from infraplan.core import CARRIER_STYLE, split_list, style, tell_unit, translate
from infraplan.reports.maps.cards import describe_hub, describe_site, describe_station, write_quantity
from infraplan.reports.maps.drawing import DIGITS, LEVELS, draw_badges, draw_paths, tell_colour
from infraplan.reports.maps.frames import escape, make_feature, make_features, read_number
from infraplan.reports.maps.printing import Group

SECTION = "Places"
SITE_GROUPS = {
    "outside": "Sites outside the area",
    "left out": "Sites left out",
    "connected": "Connected sites",
}
STATION_PX = 11


def group_sites(frame: gpd.GeoDataFrame, language: str) -> Iterator[Group]:
    """One group per state; discs as large as the CO2, split in equal parts by the carriers that join the site."""
    largest = float(frame["co2_kt_per_a"].max()) if len(frame) else 0.0
    for state, look in (
        ("outside", style.SITE_OUTSIDE_STYLE),
        ("left out", style.SITE_LEFT_OUT_STYLE),
        ("connected", style.SITE_CONNECTED_STYLE),
    ):
        # Large discs first, so that small ones stay within reach of the mouse.
        rows = [row for row in frame.itertuples(index=False) if find_state(row) == state]
        rows.sort(key=lambda row: -(read_number(row.co2_kt_per_a) or 0.0))
        if not rows:
            continue
        told, paints = [], []
        for row in rows:
            amount = read_number(row.co2_kt_per_a)
            tip = f"{escape(row.name)} ({write_quantity(amount, 'kt/a', language)} CO2)"
            told.append(
                {
                    "site_id": escape(row.site_id),
                    "name": escape(row.name),
                    "tip": tip,
                    "card": describe_site(row, language),
                }
            )
            paint = _paint_disc(look, style.scale_by_area(amount or 0.0, largest, style.SITE_RADIUS_PX))
            paints.append(paint | _split_disc(row.connected))
        features = make_features([row.geometry for row in rows], told, digits=DIGITS)
        group = Group(translate(SITE_GROUPS[state], language), section=translate(SECTION, language))
        group.add_child(draw_paths(features, paints, marker=folium.CircleMarker()))
        yield group


def find_state(row: Any) -> str:
    """Whether a site is ``connected``, ``left out`` or, unconnected and not in the area, ``outside``."""
    if split_list(row.connected):
        return "connected"
    return "left out" if bool(row.in_area) else "outside"


def _paint_disc(look: style.AreaStyle, radius_px: float) -> dict[str, object]:
    return {
        "radius": round(radius_px, 1),
        "color": look.outline,
        "weight": 1.2,
        "fill": True,
        "fillColor": look.fill,
        "fillOpacity": look.opacity,
        "level": LEVELS["sites"],
    }


def _split_disc(connected: str) -> dict[str, object]:
    """Colours of the parts of a disc, in the order of the carriers; one carrier paints it whole."""
    joined = set(split_list(connected))
    colours = [look.colour for carrier, look in CARRIER_STYLE.items() if carrier in joined]
    return {"fillColor": colours[0], "slices": colours} if colours else {}


def group_hubs(frame: gpd.GeoDataFrame, language: str) -> Group | None:
    """Squares where flow leaves, diamonds where it enters; coloured by carrier, sized by flow."""
    if frame.empty:
        return None
    features = []
    largest = frame.groupby("carrier")["flow"].max()
    for number, row in enumerate(frame.itertuples(index=False)):
        flow = read_number(row.flow) or 0.0
        size = style.scale_by_area(flow, float(largest[row.carrier]), style.HUB_SIZE_PX)
        look = CARRIER_STYLE.get(row.carrier, style.LineStyle(row.carrier, style.INK))
        diamond = ' class="ip-diamond"' if row.role == "supply" else ""
        fill, edge = tell_colour(look.colour), tell_colour(style.HALO)
        paint = f"background:{fill}" if flow else f"background:{edge};border-color:{fill}"
        unit = tell_unit(str(row.flow_unit))
        features.append(
            make_feature(
                row.geometry,
                number,
                digits=DIGITS,
                hub_id=escape(row.hub_id),
                name=escape(row.name),
                kind="hub",
                size=round(size),
                html=f'<i{diamond} style="{paint}"></i>',
                tip=f"{escape(row.name)} ({write_quantity(flow, unit, language)})",
                card=describe_hub(row, language),
            )
        )
    group = Group(translate("Hubs", language), section=translate(SECTION, language))
    group.add_child(draw_badges(features))
    return group


def group_stations(frame: gpd.GeoDataFrame, language: str) -> Group | None:
    """Triangles in the carrier's colour where pressure is added along the way."""
    if frame.empty:
        return None
    features = [
        make_feature(
            row.geometry,
            number,
            digits=DIGITS,
            kind="station",
            size=STATION_PX,
            html=f'<i style="border-bottom-color:{tell_colour(CARRIER_STYLE[row.carrier].colour)}"></i>',
            tip=f"{translate('Booster station', language)}: {write_quantity(row.power_mw, 'MW', language, 1)}",
            card=describe_station(row, language),
        )
        for number, row in enumerate(frame.itertuples(index=False))
    ]
    group = Group(translate("Booster stations", language), section=translate(SECTION, language))
    group.add_child(draw_badges(features))
    return group
