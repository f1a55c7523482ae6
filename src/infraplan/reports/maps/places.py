"""Sites, hubs and stations on the map: discs, squares, diamonds and triangles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import folium
import geopandas as gpd

from infraplan.core import CARRIER_STYLE, split_list, style, translate, translate_unit
from infraplan.reports.maps.cards import describe_hub, describe_site, describe_station, write_quantity
from infraplan.reports.maps.drawing import DIGITS, LEVELS, draw_badges, draw_paths, follow_theme
from infraplan.reports.maps.frames import check_frames, escape, make_feature, make_features, read_number
from infraplan.reports.maps.printing import Group

SECTION = "Places"
SITE_GROUPS = {
    "outside": "Sites outside the area",
    "left out": "Sites left out",
    "connected": "Connected sites",
}
STATION_PX = 11
AMOUNT_OPACITY = 0.62
PLACE_COLUMNS = ("place_id", "name", "sector", "amount", "unit")


def group_sites(frame: gpd.GeoDataFrame, language: str) -> Iterator[Group]:
    """Yield one group per state; a disc is as large as the CO2, split in equal parts by the carriers that join it."""
    largest = float(frame["co2_kt_per_a"].max()) if len(frame) else 0.0
    for state, look in (
        ("outside", style.SITE_OUTSIDE_STYLE),
        ("left out", style.SITE_LEFT_OUT_STYLE),
        ("connected", style.SITE_CONNECTED_STYLE),
    ):
        rows = [row for row in frame.itertuples(index=False) if find_state(row) == state]
        rows = _sort_discs(rows, "co2_kt_per_a")
        if not rows:
            continue
        properties, paints = [], []
        for row in rows:
            amount = read_number(row.co2_kt_per_a)
            tip = f"{escape(row.name)} ({write_quantity(amount, 'kt/a', language)} CO2)"
            properties.append(
                {
                    "site_id": escape(row.site_id),
                    "name": escape(row.name),
                    "tip": tip,
                    "card": describe_site(row, language),
                }
            )
            paint = _paint_disc(look, style.scale_by_area(amount or 0.0, largest, style.SITE_RADIUS_PX))
            paints.append(paint | _split_disc(row.connected))
        yield _group_discs(rows, properties, paints, translate(SITE_GROUPS[state], language), language)


def amount_layers(places: gpd.GeoDataFrame, *, carrier: str, title: str, language: str) -> list[Group]:
    """Draw one carrier's amounts as discs in its colour, as large as the amount.

    Parameters
    ----------
    places
        Points in WGS84 with ``place_id``, ``name``, ``sector`` (the reader's word), ``amount`` and ``unit``.
    title
        Name of the group.
    """
    check_frames({"places": places}, {"places": PLACE_COLUMNS}, complete=True)
    if places.empty:
        return []
    rows = _sort_discs(list(places.itertuples(index=False)), "amount")
    largest = float(places["amount"].max())
    own = {"fillColor": CARRIER_STYLE[carrier].colour, "fillOpacity": AMOUNT_OPACITY, "slices": []}
    properties, paints = [], []
    for row in rows:
        amount = write_quantity(row.amount, translate_unit(row.unit), language, 1)
        tip = f"{escape(row.name)} ({escape(row.sector)}): {amount}"
        properties.append({"site_id": escape(row.place_id), "name": escape(row.name), "tip": tip})
        radius = style.scale_by_area(read_number(row.amount) or 0.0, largest, style.SITE_RADIUS_PX)
        paints.append(_paint_disc(style.SITE_CONNECTED_STYLE, radius) | own)
    return [_group_discs(rows, properties, paints, title, language)]


def _sort_discs(rows: list[Any], size: str) -> list[Any]:
    """Return large discs first, so that small ones stay within reach of the mouse."""
    return sorted(rows, key=lambda row: -(read_number(getattr(row, size)) or 0.0))


def _group_discs(
    rows: list[Any], properties: list[dict[str, str]], paints: list[dict[str, object]], title: str, language: str
) -> Group:
    features = make_features([row.geometry for row in rows], properties, digits=DIGITS)
    group = Group(title, section=translate(SECTION, language))
    group.add_child(draw_paths(features, paints, marker=folium.CircleMarker()))
    return group


def find_state(row: Any) -> str:
    """Return whether a site is ``connected``, ``left out`` or, unconnected and not in the area, ``outside``."""
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
    """Return the colours of the parts of a disc, in the order of the carriers; one carrier colours it whole."""
    joined = set(split_list(connected))
    colours = [look.colour for carrier, look in CARRIER_STYLE.items() if carrier in joined]
    return {"fillColor": colours[0], "slices": colours} if colours else {}


def group_hubs(frame: gpd.GeoDataFrame, language: str) -> Group | None:
    """Return squares where flow leaves and diamonds where it enters; coloured by carrier, sized by flow."""
    if frame.empty:
        return None
    features = []
    largest = frame.groupby("carrier")["flow"].max()
    for number, row in enumerate(frame.itertuples(index=False)):
        flow = read_number(row.flow) or 0.0
        size = style.scale_by_area(flow, float(largest[row.carrier]), style.HUB_SIZE_PX)
        look = CARRIER_STYLE.get(row.carrier, style.LineStyle(row.carrier, style.INK))
        diamond = ' class="ip-diamond"' if row.role == "supply" else ""
        fill, edge = follow_theme(look.colour), follow_theme(style.HALO)
        paint = f"background:{fill}" if flow else f"background:{edge};border-color:{fill}"
        unit = translate_unit(str(row.flow_unit))
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
    """Return triangles in the carrier's colour where pressure is added along the way."""
    if frame.empty:
        return None
    features = [
        make_feature(
            row.geometry,
            number,
            digits=DIGITS,
            kind="station",
            size=STATION_PX,
            html=f'<i style="border-bottom-color:{follow_theme(CARRIER_STYLE[row.carrier].colour)}"></i>',
            tip=f"{translate('Booster station', language)}: {write_quantity(row.power_mw, 'MW', language, 1)}",
            card=describe_station(row, language),
        )
        for number, row in enumerate(frame.itertuples(index=False))
    ]
    group = Group(translate("Booster stations", language), section=translate(SECTION, language))
    group.add_child(draw_badges(features))
    return group
