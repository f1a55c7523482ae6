"""The plan itself on the map: corridors, pipes side by side, sites and hubs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import folium
import geopandas as gpd
import shapely
from folium.utilities import JsCode

from infraplan import style
from infraplan.maps.basemap import paint_line
from infraplan.maps.cards import (
    UNIT_WORDS,
    describe_corridor,
    describe_hub,
    describe_site,
    title_corridor,
    write_quantity,
)
from infraplan.maps.frames import (
    PLAN_COLUMNS,
    Frames,
    check_frames,
    escape,
    make_collection,
    make_feature,
    read_number,
)
from infraplan.style import CARRIER_STYLE
from infraplan.tables import split_list
from infraplan.words import check_language, translate

DIGITS = 5
SIMPLIFY_DEG = 0.0008
# Drawing order inside the plan's one canvas; the map script restores it when a layer is switched on again.
LEVELS = {"corridors": 1, "segments": 2, "sites": 3}
RANKS_SHOWN = 20
BADGE_PX = 20
AXIS_TILT = 0.4
SITE_GROUPS = {
    "outside": "Sites outside the area",
    "left out": "Sites left out",
    "connected": "Connected sites",
}


def plan_layers(plan_frames: Frames, *, language: str, chosen: str = "") -> list[folium.FeatureGroup]:
    """Draw a plan as switchable groups, bottom to top.

    Parameters
    ----------
    plan_frames
        ``corridors``, ``segments``, ``sites`` and ``hubs`` in WGS84 with the columns of ``PLAN_COLUMNS``.
    chosen
        The ``corridor_id`` to emphasise.

    Raises
    ------
    ExportError
        On a missing frame or column, or another CRS than WGS84.
    """
    check_language(language)
    check_frames(plan_frames, PLAN_COLUMNS, complete=True)
    groups = [_group_corridors(plan_frames["corridors"], language, chosen)]
    groups += _group_segments(plan_frames["segments"], language)
    groups += _group_sites(plan_frames["sites"], language)
    groups.append(_group_hubs(plan_frames["hubs"], language))
    return [group for group in groups if group is not None]


def _group_corridors(frame: gpd.GeoDataFrame, language: str, chosen: str) -> folium.FeatureGroup | None:
    if frame.empty:
        return None
    group = folium.FeatureGroup(name=translate("Proposed corridors", language))
    features, paints, badges = [], [], []
    # Highest rank last, so that it lies on top of the corridors it crosses.
    for number, row in enumerate(frame.sort_values("rank", ascending=False).itertuples(index=False)):
        line = _simplify(row.geometry)
        title = title_corridor(row)
        card = describe_corridor(row, language)
        features.append(
            make_feature(line, number, digits=DIGITS, corridor_id=escape(row.corridor_id), tip=title, card=card)
        )
        opacity = style.CORRIDOR_CHOSEN_OPACITY if row.corridor_id == chosen else style.CORRIDOR_STYLE.opacity
        paints.append(paint_line(style.CORRIDOR_STYLE, level=LEVELS["corridors"], opacity=opacity))
        rank = read_number(row.rank)
        if rank is not None and rank <= RANKS_SHOWN:
            badges.append(
                make_feature(
                    _find_middle(line),
                    number,
                    digits=DIGITS,
                    corridor_id=escape(row.corridor_id),
                    kind="rank",
                    size=BADGE_PX,
                    html=f"{rank:.0f}",
                    tip=title,
                    card=card,
                    lift=1000 - int(rank),
                )
            )
    group.add_child(_draw_paths(features, paints, highlight={"opacity": style.CORRIDOR_CHOSEN_OPACITY}))
    group.add_child(_draw_badges(badges))
    return group


def _group_segments(frame: gpd.GeoDataFrame, language: str) -> Iterator[folium.FeatureGroup]:
    """One group per carrier; carriers that share a strip step aside for each other."""
    unknown = set(frame["carrier"]) - set(CARRIER_STYLE)
    carriers = [*[carrier for carrier in CARRIER_STYLE if carrier in set(frame["carrier"])], *sorted(unknown)]
    for carrier in carriers:
        pipes = frame[frame["carrier"] == carrier]
        look = CARRIER_STYLE.get(carrier, style.LineStyle(carrier, style.INK))
        largest = float(pipes["flow"].max())
        group = folium.FeatureGroup(name=translate(f"{look.label} pipes", language))
        features, paints = [], []
        for number, row in enumerate(pipes.itertuples(index=False)):
            width = style.scale_by_area(read_number(row.flow) or 0.0, largest, style.SEGMENT_WIDTH_PX)
            features.append(make_feature(_point_east(_simplify(row.geometry)), number, digits=DIGITS))
            paints.append(
                paint_line(
                    look,
                    weight=round(width, 1),
                    offset=find_lane(carrier, split_list(row.shared_with_carriers)),
                    level=LEVELS["segments"],
                    interactive=False,
                    **_scale_dash(look, width),
                )
            )
        group.add_child(_draw_paths(features, paints, interactive=False))
        yield group


def find_lane(carrier: str, shared_with: tuple[str, ...]) -> float:
    """Sideways step [px] of a carrier's pipe in a strip, from the middle, to the right of its direction.

    >>> find_lane("co2", ()), find_lane("co2", ("h2",)), find_lane("h2", ("co2",))
    (0.0, -3.6, 3.6)
    """
    lanes = [name for name in CARRIER_STYLE if name in {carrier, *shared_with}]
    if carrier not in lanes:
        return 0.0
    step = style.SEGMENT_WIDTH_PX[1] - style.SEGMENT_WIDTH_PX[0] + 2 * style.LANE_GAP_PX + 0.1
    return round((lanes.index(carrier) - (len(lanes) - 1) / 2.0) * step, 2)


def _scale_dash(look: style.LineStyle, width_px: float) -> dict[str, str]:
    """Gaps grow with the line: the round ends of a thick line would close them."""
    if not look.dash_px:
        return {}
    stretch = max(width_px / look.width_px, 1.0)
    marks = [length if n % 2 == 0 else length * stretch for n, length in enumerate(look.dash_px)]
    return {"dashArray": " ".join(f"{length:.1f}" for length in marks)}


def _group_sites(frame: gpd.GeoDataFrame, language: str) -> Iterator[folium.FeatureGroup]:
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
        features, paints = [], []
        for number, row in enumerate(rows):
            amount = read_number(row.co2_kt_per_a)
            tip = f"{escape(row.name)} ({write_quantity(amount, 'kt/a', language)} CO2)"
            features.append(
                make_feature(
                    row.geometry,
                    number,
                    digits=DIGITS,
                    site_id=escape(row.site_id),
                    tip=tip,
                    card=describe_site(row, language),
                )
            )
            paints.append(_paint_disc(look, style.scale_by_area(amount or 0.0, largest, style.SITE_RADIUS_PX)))
        group = folium.FeatureGroup(name=translate(SITE_GROUPS[state], language))
        group.add_child(_draw_paths(features, paints, marker=folium.CircleMarker()))
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


def _group_hubs(frame: gpd.GeoDataFrame, language: str) -> folium.FeatureGroup | None:
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
        paint = f"background:{look.colour}" if flow else f"background:#fff;border-color:{look.colour}"
        unit = UNIT_WORDS.get(str(row.flow_unit), str(row.flow_unit))
        features.append(
            make_feature(
                row.geometry,
                number,
                digits=DIGITS,
                hub_id=escape(row.hub_id),
                kind="hub",
                size=round(size),
                html=f'<i{diamond} style="{paint}"></i>',
                tip=f"{escape(row.name)} ({write_quantity(flow, unit, language)})",
                card=describe_hub(row, language),
            )
        )
    group = folium.FeatureGroup(name=translate("Hubs", language))
    group.add_child(_draw_badges(features))
    return group


def _draw_paths(
    features: list[dict[str, Any]],
    paints: list[dict[str, object]],
    *,
    highlight: dict[str, object] | None = None,
    **options: Any,
) -> folium.GeoJson:
    by_id = {feature["id"]: paint for feature, paint in zip(features, paints, strict=True)}
    return folium.GeoJson(
        make_collection(features),
        style_function=lambda feature: by_id[feature["id"]],
        highlight_function=(lambda feature: {**by_id[feature["id"]], **highlight}) if highlight else None,
        on_each_feature=JsCode("infraplan.describe"),
        smooth_factor=1.0,
        control=False,
        **options,
    )


def _draw_badges(features: list[dict[str, Any]]) -> folium.GeoJson:
    return folium.GeoJson(
        make_collection(features),
        on_each_feature=JsCode("infraplan.describe"),
        control=False,
        point_to_layer=JsCode("infraplan.badge"),
    )


def _simplify(line: Any) -> Any:
    """Take the raster's staircase out of a route; both ends stay where they are."""
    merged = shapely.line_merge(line) if line.geom_type == "MultiLineString" else line
    return merged.simplify(SIMPLIFY_DEG)


def _point_east(line: Any) -> Any:
    """Give lines one direction (eastward), so that two pipes in one strip step to different sides.

    The axis is tilted a little, so that north-south strips keep their sides along the way.
    """
    if line.geom_type == "MultiLineString":
        return shapely.MultiLineString([_point_east(part) for part in line.geoms])
    (start_lon, start_lat), (end_lon, end_lat) = line.coords[0][:2], line.coords[-1][:2]
    ahead = (end_lon - start_lon) - AXIS_TILT * (end_lat - start_lat)
    return line if (ahead, end_lon, end_lat) >= (0.0, start_lon, start_lat) else line.reverse()


def _find_middle(line: Any) -> Any:
    parts = list(line.geoms) if line.geom_type == "MultiLineString" else [line]
    return max(parts, key=lambda part: part.length).interpolate(0.5, normalized=True)
