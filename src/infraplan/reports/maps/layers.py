"""The plan on the map: corridors, pipes side by side, sites and hubs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import shapely

from infraplan.core import CARRIER_STYLE, check_language, split_list, style, translate
from infraplan.reports.maps.basemap import paint_line
from infraplan.reports.maps.cards import describe_corridor, title_corridor
from infraplan.reports.maps.drawing import DIGITS, LEVELS, draw_badges, draw_paths
from infraplan.reports.maps.frames import (
    CARD_COLUMNS,
    PLAN_COLUMNS,
    Frames,
    check_frames,
    escape,
    make_feature,
    make_features,
    read_number,
)
from infraplan.reports.maps.places import group_hubs, group_sites, group_stations
from infraplan.reports.maps.printing import Group

SIMPLIFY_DEG = 0.0008
SECTION = "Proposed"
RANKS_SHOWN = 20
BADGE_PX = 20
AXIS_TILT = 0.4


def plan_layers(plan_frames: Frames, *, language: str, chosen: str = "", cards: bool = True) -> list[Group]:
    """Return a plan as groups that the reader can switch, from bottom to top.

    Parameters
    ----------
    plan_frames
        ``corridors``, ``segments``, ``sites``, ``hubs`` and ``stations`` in WGS84 with the columns of ``PLAN_COLUMNS``.
    chosen
        The ``corridor_id`` to emphasise.
    cards
        Give the corridors a card that opens on a click; the frame ``corridors`` then has ``CARD_COLUMNS`` too.

    Raises
    ------
    ExportError
        On a missing frame or column, or another CRS than WGS84.
    """
    check_language(language)
    columns = {"corridors": (*PLAN_COLUMNS["corridors"], *(CARD_COLUMNS if cards else ()))}
    check_frames(plan_frames, PLAN_COLUMNS | columns, complete=True)
    groups = [_group_corridors(plan_frames["corridors"], language, chosen, cards)]
    groups += _group_segments(plan_frames["segments"], language)
    groups.append(group_stations(plan_frames["stations"], language))
    groups += group_sites(plan_frames["sites"], language)
    groups.append(group_hubs(plan_frames["hubs"], language))
    return [group for group in groups if group is not None]


def _group_corridors(frame: gpd.GeoDataFrame, language: str, chosen: str, cards: bool) -> Group | None:
    if frame.empty:
        return None
    group = Group(translate("Proposed corridors", language), section=translate(SECTION, language))
    features, paints, badges = [], [], []
    # Draw the highest rank last, on top of the corridors that it crosses.
    for number, row in enumerate(frame.sort_values("rank", ascending=False).itertuples(index=False)):
        line = simplify(row.geometry)
        title = title_corridor(row)
        properties = {"corridor_id": escape(row.corridor_id), "tip": title}
        if cards:
            properties["card"] = describe_corridor(row, language)
        features.append(make_feature(line, number, digits=DIGITS, **properties))
        opacity = style.CORRIDOR_CHOSEN_OPACITY if row.corridor_id == chosen else style.CORRIDOR_STYLE.opacity
        paints.append(paint_line(style.CORRIDOR_STYLE, level=LEVELS["corridors"], opacity=opacity))
        rank = read_number(row.rank)
        if rank is not None and rank <= RANKS_SHOWN:
            badges.append(
                make_feature(
                    _find_middle(line),
                    number,
                    digits=DIGITS,
                    kind="rank",
                    size=BADGE_PX,
                    html=f"{rank:.0f}",
                    lift=1000 - int(rank),
                    **properties,
                )
            )
    group.add_child(draw_paths(features, paints, highlight={"opacity": style.CORRIDOR_CHOSEN_OPACITY}))
    group.add_child(draw_badges(badges))
    return group


def _group_segments(frame: gpd.GeoDataFrame, language: str) -> Iterator[Group]:
    """Yield one group per carrier; carriers that share a strip are drawn side by side."""
    unknown = set(frame["carrier"]) - set(CARRIER_STYLE)
    carriers = [*[carrier for carrier in CARRIER_STYLE if carrier in set(frame["carrier"])], *sorted(unknown)]
    for carrier in carriers:
        pipes = frame[frame["carrier"] == carrier]
        look = CARRIER_STYLE.get(carrier, style.LineStyle(carrier, style.INK))
        largest = float(pipes["flow"].max())
        group = Group(translate(f"{look.label} pipes", language), section=translate(SECTION, language))
        alike: dict[tuple[float, float], list[Any]] = {}
        for line, flow, beside in zip(pipes.geometry, pipes["flow"], pipes["shared_with_carriers"], strict=True):
            width = style.scale_by_area(read_number(flow) or 0.0, largest, style.SEGMENT_WIDTH_PX)
            lane = find_lane(carrier, split_list(beside))
            alike.setdefault((round(width, 1), lane), []).append(_point_east(simplify(line)))
        lines, paints = [], []
        for (width, lane), pieces in alike.items():
            paint = paint_line(
                look,
                weight=width,
                offset=lane,
                level=LEVELS["segments"],
                interactive=False,
                **_scale_dash(look, width),
            )
            runs = join_ends(pieces, directed=True)
            lines += runs
            paints += [paint] * len(runs)
        features = make_features(lines, [{} for _ in lines], digits=DIGITS)
        group.add_child(draw_paths(features, paints, interactive=False))
        yield group


def find_lane(carrier: str, shared_with: tuple[str, ...]) -> float:
    """Return how far a carrier's pipe lies beside the middle of a strip [px], to the right of its direction.

    >>> find_lane("co2", ()), find_lane("co2", ("h2",)), find_lane("h2", ("co2",))
    (0.0, -3.6, 3.6)
    """
    lanes = [name for name in CARRIER_STYLE if name in {carrier, *shared_with}]
    if carrier not in lanes:
        return 0.0
    step = style.SEGMENT_WIDTH_PX[1] - style.SEGMENT_WIDTH_PX[0] + 2 * style.LANE_GAP_PX + 0.1
    return round((lanes.index(carrier) - (len(lanes) - 1) / 2.0) * step, 2)


def _scale_dash(look: style.LineStyle, width_px: float) -> dict[str, str]:
    """Return dashes whose gaps grow with the line: the round ends of a thick line would close them."""
    if not look.dash_px:
        return {}
    stretch = max(width_px / look.width_px, 1.0)
    marks = [length if n % 2 == 0 else length * stretch for n, length in enumerate(look.dash_px)]
    return {"dashArray": " ".join(f"{length:.1f}" for length in marks)}


def simplify(line: Any) -> Any:
    """Return a route without the steps of the raster; both ends stay where they are."""
    merged = shapely.line_merge(line) if line.geom_type == "MultiLineString" else line
    return shapely.simplify(merged, SIMPLIFY_DEG)


def join_ends(lines: list[Any], *, directed: bool = False) -> list[Any]:
    """Return lines joined end to end: dashes then run on, instead of starting again at every short piece."""
    pieces = shapely.get_parts(lines)
    return list(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces), directed=directed)))


def _point_east(line: Any) -> Any:
    """Return lines that all run eastward, so that two pipes in one strip lie on different sides.

    The axis is tilted a little, so that pipes in a north-south strip do not change sides.
    """
    if line.geom_type == "MultiLineString":
        return shapely.MultiLineString([_point_east(part) for part in line.geoms])
    corners = shapely.get_coordinates(line)
    (start_lon, start_lat), (end_lon, end_lat) = corners[0].tolist(), corners[-1].tolist()
    ahead = (end_lon - start_lon) - AXIS_TILT * (end_lat - start_lat)
    return line if (ahead, end_lon, end_lat) >= (0.0, start_lon, start_lat) else line.reverse()


def _find_middle(line: Any) -> Any:
    parts = list(line.geoms) if line.geom_type == "MultiLineString" else [line]
    return max(parts, key=lambda part: part.length).interpolate(0.5, normalized=True)
