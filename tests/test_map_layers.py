"""What lies on the browser maps: corridors, pipes, sites, changes, legend and names, in their own styles."""

from __future__ import annotations

import base64
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from map_tools import NASTY, make_frames, make_ground
from shapely.geometry import LineString

from infraplan.core import style
from infraplan.core.errors import ExportError
from infraplan.reports import maps
from infraplan.reports.maps import layers as layers_room
from infraplan.reports.maps.labels import ZOOMS, Place, _box_many, place_labels
from infraplan.reports.maps.printing import Group


def linear(colour: str) -> np.ndarray:
    """Red, green and blue of a colour [linear light]."""
    parts = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255.0
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2 defines it."""
    low, high = sorted(float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_carriers_and_changes_are_read_on_a_dark_ground() -> None:
    looks = (style.LAND_STYLE, style.SEA_STYLE, style.SETTLEMENT_STYLE, style.PROTECTED_STYLE, style.PORT_STYLE)
    grounds = [style.ON_DARK[look.fill] for look in looks]
    told = [
        style.ON_DARK.get(look.colour, look.colour)
        for look in (*style.CARRIER_STYLE.values(), *style.CHANGE_STYLE.values())
    ]
    assert min(contrast(colour, ground) for colour in told for ground in grounds) >= 3.0
    # as far apart for a reader without one kind of cone (Machado 2009, severity 1) as the colours on paper
    kinds = (
        np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
        np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    )

    def nearest(dark: bool) -> float:
        colours = [look.colour for look in style.CARRIER_STYLE.values()]
        colours = [linear(style.ON_DARK.get(one, one) if dark else one) for one in colours]
        pairs = [(one, other) for n, one in enumerate(colours) for other in colours[:n]]
        return min(
            float(np.linalg.norm(np.cbrt(np.clip(kind @ one, 0, 1)) - np.cbrt(np.clip(kind @ other, 0, 1))))
            for kind in kinds
            for one, other in pairs
        )

    assert nearest(dark=True) >= 0.75 * nearest(dark=False)


def test_the_legend_has_the_colours_of_a_dark_map_where_the_page_may_be_dark() -> None:
    def read(themed: bool) -> list[str]:
        page = maps.legend(make_frames(), language="en", basemap=make_ground(), themed=themed)
        return [base64.b64decode(text).decode() for text in re.findall(r"base64,([\w+/=]+)", page)]

    dark = '[stroke="#000000"]{stroke:#FFFFFF}'
    assert [picture for picture in read(themed=True) if 'stroke="#000000" ' in picture and dark in picture]
    assert not any("@media" in picture for picture in read(themed=False)), "a page for paper and post stays light"
    assert not any("1E88E5]" in picture for picture in read(themed=True)), "read on both grounds"


def test_pipes_in_one_strip_step_to_different_sides() -> None:
    strip = ("co2", "h2", "heat")
    steps = [layers_room.find_lane(one, tuple(set(strip) - {one})) for one in strip]
    assert steps[0] == -steps[2] < steps[1] == 0.0
    assert layers_room.find_lane("heat", ()) == 0.0
    line = LineString([(4.0, 51.0), (4.0, 51.3), (4.1, 51.3)])
    assert layers_room._point_east(line).equals_exact(layers_room._point_east(line.reverse()), 0.0)


def test_wider_line_for_more_flow() -> None:
    span = style.SEGMENT_WIDTH_PX
    widths = [style.scale_by_area(flow, 100.0, span) for flow in (0.0, 1.0, 50.0, 100.0, float("nan"))]
    assert widths[0] == widths[4] == span[0] < widths[1] < widths[2] < widths[3] == span[1]


def test_every_missing_column_is_told_at_once() -> None:
    frames = make_frames()
    frames["corridors"] = frames["corridors"].drop(columns=["rank", "first_year"])
    frames["sites"] = frames["sites"].to_crs(25831)
    frames["hubs"].loc[0, "geometry"] = None
    del frames["segments"]
    with pytest.raises(ExportError) as caught:
        maps.plan_layers(frames, language="en")
    told = str(caught.value)
    assert len(caught.value.problems) == 5
    assert all(part in told for part in ("column rank", "column first_year", "25831", "segments", "1 rows"))


def test_sites_are_split_by_their_carriers_and_stations_are_drawn() -> None:
    text = maps.print_layers(maps.plan_layers(make_frames(), language="en"))
    assert '"slices": ["#000000", "#1E88E5"]' in text
    assert "Booster station co2-1" in text
    assert "1.4 MW" in text


def test_what_changed_is_coloured_in_place_of_the_corridors() -> None:
    pipes = make_frames()["segments"].assign(
        change=["came", "went", "same"], flow_before=[0.0, 10.0, 5.0], flow_after=[20.0, 0.0, 5.0], unit="kt_per_a"
    )
    sites = make_frames(NASTY)["sites"].assign(came=["h2", "", ""], went=["co2", "heat", ""])
    groups = maps.change_layers(maps.plan_layers(make_frames(), language="en"), pipes, sites=sites, language="en")
    titles = [group.listed["title"] for group in groups]
    assert titles[:2] == ["Gone", "New"], "nothing for what stayed the same"
    assert "Proposed corridors" not in titles
    assert titles[-2:] == ["Sites joined now", "Sites no longer joined"]
    plan = maps.plan_layers(make_frames(), language="en")
    same = maps.change_layers(plan, pipes.iloc[2:], sites=sites.assign(came="", went=""), language="en")
    assert same == plan, "a plan against itself looks as it did"
    text = maps.print_layers(groups)
    assert "Kiln. No longer joined for: Heat" in text
    radii = [float(one) for one in re.findall(r'"level": 4[^{}]*"radius": ([\d.]+)', text)]
    assert len(radii) == 3, "one ring for a gain, two for losses"
    assert max(radii) > style.SITE_RADIUS_PX[1] + style.RING_STEP_PX
    assert "<img" not in text
    assert "0 kt/a \\u2192 20 kt/a" in text
    with pytest.raises(ExportError, match="flow_after"):
        maps.change_layers([], pipes.drop(columns="flow_after"), sites=sites, language="en")


def lines_of(group: Group) -> list[list[tuple[int, bool]]]:
    """Per drawing of a group: each line's number of points and whether it is seen."""
    drawings = [child for child in group._children.values() if hasattr(child, "data")]
    return [
        [
            (len(feature["geometry"]["coordinates"]), drawing.style_function(feature)["opacity"] > 0.0)
            for feature in drawing.data["features"]
        ]
        for drawing in drawings
    ]


def test_a_pipe_in_pieces_is_drawn_as_one_line() -> None:
    frames = make_frames()
    pipe = frames["segments"].iloc[[1]].assign(shared_with_carriers="")
    corners = [(4.0, 51.0), (4.2, 51.05), (4.4, 51.0), (4.6, 51.05)]
    pieces = [LineString(corners[:2]), LineString(corners[2:]), LineString(corners[1:3]).reverse()]
    cut = gpd.GeoDataFrame(pd.concat([pipe] * 3, ignore_index=True).drop(columns="geometry"), geometry=pieces, crs=4326)
    (whole,) = maps.plan_layers({**frames, "segments": cut}, language="en")[1:2]
    assert lines_of(whole) == [[(4, True)]], "its dashes run on"
    cut.loc[2, "flow"] = 24.0
    (three,) = maps.plan_layers({**frames, "segments": cut}, language="en")[1:2]
    assert lines_of(three) == [[(2, True), (2, True), (2, True)]], "another width is another line"


def test_what_went_for_two_carriers_is_one_line_that_names_both() -> None:
    frames = make_frames()
    pipes = frames["segments"].iloc[:2].assign(change="went", flow_before=10.0, flow_after=0.0, unit="kt_per_a")
    pipes.geometry = [pipes.geometry.iloc[0], pipes.geometry.iloc[0].reverse()]
    sites = frames["sites"].assign(came="", went="")
    gone = maps.change_layers([], pipes, sites=sites, language="en")[0]
    assert lines_of(gone) == [[(3, True)], [(3, False)]], "one line to see, one to point at"
    assert "0 kt/a\\u003cbr\\u003eHydrogen: 10 kt/a" in maps.print_layers([gone])


def test_a_drawn_name_cannot_run() -> None:
    shape = maps.Shape("no_go/0", "no_go", "area", ((4.0, 51.0), (4.1, 51.0), (4.1, 51.1)), NASTY)
    told = maps.describe_shape(shape)
    assert told["at"] == [(51.0, 4.0), (51.0, 4.1), (51.1, 4.1)]
    assert "<" not in told["tip"]
    assert "<" not in maps.Laid("", shapes=[{**told, "tip": NASTY}]).facts


def test_labels_never_overlap_and_large_towns_come_first() -> None:
    rng = np.random.default_rng(3)
    places = [
        Place(f"Place number {n}", float(lon), float(lat), float(n), "town")
        for n, (lon, lat) in enumerate(zip(rng.uniform(4.0, 5.0, 80), rng.uniform(50.8, 51.2, 80), strict=True))
    ]
    zooms = place_labels(places)
    assert zooms[places[-1]] == ZOOMS[0]
    for zoom in ZOOMS:
        boxes = _box_many([place for place, first in zooms.items() if first <= zoom], zoom)
        for n, one in enumerate(boxes):
            rest = np.delete(boxes, n, axis=0)
            apart = (one[0] >= rest[:, 2]) | (rest[:, 0] >= one[2]) | (one[1] >= rest[:, 3]) | (rest[:, 1] >= one[3])
            assert apart.all()
