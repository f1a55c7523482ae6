"""Alternatives keep their limits, the search zone holds what it says, against every way there is on small ground."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from study_tools import Outcome, edit, read_rows
from test_export import NUMBER, POSITION, TEXT, positions, schema_of, strict

from infraplan.core.errors import InfraplanError
from infraplan.core.geojson import to_wgs84
from infraplan.core.grid import Grid
from infraplan.core.model import CandidateGraph
from infraplan.networks import alternatives
from infraplan.networks.alternatives import Limits
from infraplan.networks.corridors import Corridors
from infraplan.plan import Plan
from infraplan.reports import writers
from infraplan.routes import spreading
from infraplan.study.study import Study

few = settings(max_examples=30, deadline=None, derandomize=True)
CELL_M = 100.0


def limits(routes: int = 3, overlap: float = 0.5, separation_m: float = 150.0, within: float = 0.05) -> Limits:
    return Limits(routes, overlap, separation_m, most_extra=1.0, within=within)


@st.composite
def grounds(draw: st.DrawFn, rows: int = 14, columns: int = 18) -> tuple[np.ndarray, tuple[int, int]]:
    """Ground with blocked cells, and two free cells that a way joins."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    cost = np.exp(random.normal(0, draw(st.sampled_from([0.0, 0.3, 1.0])), (rows, columns))).astype(np.float32)
    cost[random.random(cost.shape) < draw(st.sampled_from([0.0, 0.1, 0.3]))] = np.inf
    start = int(random.integers(0, rows)) * columns
    cost.flat[start] = 1.0
    reach = spreading.spread(cost, [start]).distance
    reach[:, : columns // 2] = np.inf
    reached = np.flatnonzero(np.isfinite(reach))
    if not len(reached):
        return np.ones((rows, columns), np.float32), (0, rows * columns - 1)
    return cost, (start, int(random.choice(reached)))


def every_way(cost: np.ndarray, ends: tuple[int, int]) -> Iterator[list[int]]:
    """Walk every way that visits no cell twice, in plain Python."""
    rows, columns = cost.shape
    todo = [[ends[0]]]
    while todo:
        way = todo.pop()
        if way[-1] == ends[1]:
            yield way
            continue
        row, column = divmod(way[-1], columns)
        for r in range(max(row - 1, 0), min(row + 2, rows)):
            for c in range(max(column - 1, 0), min(column + 2, columns)):
                if np.isfinite(cost[r, c]) and r * columns + c not in way:
                    todo.append([*way, r * columns + c])


def price(cost: np.ndarray, way: list[int]) -> float:
    return spreading.price_path(cost, way, cell_m=CELL_M)


def overlap_by_hand(way: list[int], earlier: list[list[int]], columns: int, separation_m: float) -> float:
    """Share of a way within reach of others: each half of a step counts for the cell it lies in."""

    def beside(cell: int) -> bool:
        return any(
            math.dist(divmod(cell, columns), divmod(other, columns)) * CELL_M <= separation_m
            for route in earlier
            for other in route
        )

    steps = [math.dist(divmod(a, columns), divmod(b, columns)) for a, b in pairwise(way)]
    near = sum(step * (beside(a) + beside(b)) / 2.0 for step, (a, b) in zip(steps, pairwise(way), strict=True))
    return near / sum(steps)


# --- routes -------------------------------------------------------------------------------------------------------


@few
@given(grounds(), st.sampled_from([0.2, 0.5, 0.8]), st.sampled_from([0.0, 150.0, 300.0]))
def test_the_first_route_is_the_cheapest_and_every_other_keeps_the_limits(
    ground: tuple[np.ndarray, tuple[int, int]], most: float, separation_m: float
) -> None:
    cost, ends = ground
    ways = alternatives.find_ways(cost, ends, cell_m=CELL_M, limits=limits(4, most, separation_m))
    prices = [price(cost, way) for way in ways]
    least = float(spreading.spread(cost, [ends[0]], cell_m=CELL_M).distance.flat[ends[1]])
    assert prices[0] == pytest.approx(least, rel=1e-5)
    assert 1 <= len(ways) <= 4
    for number, way in enumerate(ways):
        cells = way.tolist()
        assert (cells[0], cells[-1]) == ends
        assert len(set(cells)) == len(cells), "a route crosses itself"
        assert prices[0] * (1 - 1e-5) <= prices[number] <= 2.0 * prices[0] * (1 + 1e-5)  # finite: nothing blocked
        if number:
            earlier = [other.tolist() for other in ways[:number]]
            assert overlap_by_hand(cells, earlier, cost.shape[1], separation_m) <= most + 1e-9
    again = alternatives.find_ways(cost, ends, cell_m=CELL_M, limits=limits(4, most, separation_m))
    assert [way.tolist() for way in again] == [way.tolist() for way in ways]


@few
@given(grounds(), st.sampled_from([0.0, 150.0]))
def test_overlap_is_what_a_ruler_says(ground: tuple[np.ndarray, tuple[int, int]], separation_m: float) -> None:
    cost, ends = ground
    spread, row = spreading.spread(cost, [ends[0]]), np.arange(cost.shape[1])
    way, straight = spreading.trace(spread, ends[1]), row + 7 * cost.shape[1]
    near = alternatives.near_cells([straight], cost.shape, cell_m=CELL_M, separation_m=separation_m)
    by_hand = overlap_by_hand(way.tolist(), [straight.tolist()], cost.shape[1], separation_m)
    assert alternatives.overlap(way, near) == pytest.approx(by_hand)


def test_the_second_route_is_close_to_the_best_of_all_ways() -> None:
    """On small grounds every way is walked: nothing cheaper is claimed, and little is lost."""
    extra, missed, walked = [], 0, 0
    for seed in range(50):
        random = np.random.default_rng(seed)
        cost = np.exp(random.normal(0, 0.7, (3, 4))).astype(np.float32)
        cost.flat[random.integers(1, 11, 2)] = np.inf
        ends, columns = (0, 11), cost.shape[1]
        cost.flat[[0, 11]] = 1.0
        ways = sorted(every_way(cost, ends), key=lambda way: price(cost, way))
        if not ways:
            continue
        walked += 1
        found = alternatives.find_ways(cost, ends, cell_m=CELL_M, limits=limits(2, 0.6, 0.0))
        assert price(cost, found[0]) == pytest.approx(price(cost, ways[0]), rel=1e-6)
        most = 2.0 * price(cost, found[0])
        first = [found[0].tolist()]
        fits = [w for w in ways if price(cost, w) <= most and overlap_by_hand(w, first, columns, 0.0) <= 0.6]
        if len(found) == 1:
            missed += bool(fits)
            continue
        best, ours = price(cost, fits[0]), price(cost, found[1])
        assert ours >= best * (1 - 1e-6)
        extra.append(ours / best - 1.0)
    assert walked > 40
    assert len(extra) > 35
    assert np.mean(np.array(extra) < 1e-6) >= 0.7, extra
    assert np.mean(extra) <= 0.04
    # what is missed are zigzags, which lengthen the part on new ground
    assert missed <= 0.15 * walked


def test_where_there_is_one_way_only_one_is_found() -> None:
    cost = np.full((3, 9), np.inf, np.float32)
    cost[1] = 2.0
    assert len(alternatives.find_ways(cost, (9, 17), cell_m=CELL_M, limits=limits())) == 1


def test_two_bridges_are_two_routes_and_a_dear_third_is_none() -> None:
    cost = np.ones((21, 11), np.float32)
    cost[:, 5] = np.inf
    cost[[4, 16], 5] = 1.0
    cost[10, 5] = 1000.0
    ends = 10 * 11, 10 * 11 + 10
    ways = alternatives.find_ways(cost, ends, cell_m=CELL_M, limits=limits(3, 0.3, 100.0))
    assert {cell // 11 for way in ways for cell in way.tolist() if cell % 11 == 5} == {4, 16}


def test_ways_through_one_cell_save_on_what_penalties_find(monkeypatch: pytest.MonkeyPatch) -> None:
    def second_eur() -> list[float]:
        prices = []
        for seed in range(20):
            cost = np.exp(np.random.default_rng(seed).normal(0, 0.5, (16, 24))).astype(np.float32)
            ways = alternatives.find_ways(cost, (8 * 24, 8 * 24 + 23), cell_m=CELL_M, limits=limits(2))
            prices.append(price(cost, ways[1].tolist()) if len(ways) > 1 else math.inf)
        return prices

    with_detours = second_eur()
    monkeypatch.setattr("infraplan.networks.alternatives.ways.find_detour", lambda *_, **__: None)
    without = second_eur()
    assert all(ours <= theirs for ours, theirs in zip(with_detours, without, strict=True))
    assert sum(ours < theirs for ours, theirs in zip(with_detours, without, strict=True)) >= 3


def test_ground_beside_earlier_routes_is_taken() -> None:
    cost = np.ones((15, 30), np.float32)
    ends = 7 * 30, 7 * 30 + 29
    proposed = 7 * 30 + np.arange(30)
    (other,) = alternatives.find_ways(cost, ends, cell_m=CELL_M, limits=limits(1, 0.4), earlier=[proposed])
    assert overlap_by_hand(other.tolist(), [proposed.tolist()], 30, 150.0) <= 0.4


# --- the search zone ----------------------------------------------------------------------------------------------


@few
@given(grounds(), st.sampled_from([0.0, 0.02, 0.1, 0.5]))
def test_the_zone_is_all_cells_on_a_way_within_the_percentage(
    ground: tuple[np.ndarray, tuple[int, int]], within: float
) -> None:
    cost, ends = ground
    zone = alternatives.find_zone_cells(cost, ends, cell_m=CELL_M, within=within)
    there, back = (spreading.spread(cost, [end], cell_m=CELL_M) for end in ends)
    most = price(cost, spreading.trace(there, ends[1]).tolist()) * (1.0 + within)
    assert not zone[~np.isfinite(cost)].any()
    assert zone.ravel()[spreading.trace(there, ends[1])].all()
    for cell in np.flatnonzero(np.isfinite(cost) & np.isfinite(there.distance)).tolist():
        way = [*spreading.trace(there, cell).tolist(), *spreading.trace(back, cell)[::-1].tolist()[1:]]
        if zone.flat[cell]:
            assert price(cost, way) <= most * (1 + 3e-5)
        else:
            assert price(cost, way) > most * (1 - 3e-5)


def test_the_zone_is_what_walking_every_way_says() -> None:
    for seed in range(25):
        random = np.random.default_rng(seed)
        cost = np.exp(random.normal(0, 0.6, (3, 4))).astype(np.float32)
        cost.flat[random.integers(1, 11)] = np.inf
        ways = list(every_way(cost, (0, 11)))
        most = 1.25 * min(price(cost, way) for way in ways)
        inside = {cell for way in ways if price(cost, way) <= most for cell in way}
        zone = alternatives.find_zone_cells(cost, (0, 11), cell_m=CELL_M, within=0.25)
        assert set(np.flatnonzero(zone).tolist()) == inside


@few
@given(st.integers(0, 2**32), st.sampled_from([0.3, 0.6, 0.9]))
def test_the_outline_is_valid_and_covers_the_cells_and_no_others(seed: int, density: float) -> None:
    random = np.random.default_rng(seed)
    mask = random.random((12, 15)) < density
    mask[3, 4] = True
    grid = Grid("EPSG:25831", 500_000.0, 5_600_000.0, 250.0, 15, 12)
    area = alternatives.outline(mask, grid)
    assert area.is_valid
    assert area.area == pytest.approx(mask.sum() * 250.0**2)
    x, y = grid.centres(np.arange(mask.size))
    assert (shapely.contains_xy(area, x, y) == mask.ravel()).all()
    frame = gpd.GeoDataFrame({"zone_id": ["z"]}, geometry=[area], crs=grid.crs)
    assert to_wgs84(frame).geometry.is_valid.all()


def test_the_outline_keeps_holes() -> None:
    mask = np.ones((5, 5), bool)
    mask[2, 2] = False
    area = alternatives.outline(mask, Grid("EPSG:25831", 0.0, 0.0, 100.0, 5, 5))
    assert [len(part.interiors) for part in area.geoms] == [1]
    assert shapely.get_num_coordinates(area) == 10, "no corners on straight edges"


# --- the lines of a corridor --------------------------------------------------------------------------------------


def corridors_of(*pipes: tuple[int, int, float], users: tuple[str, ...] = ()) -> Corridors:
    """One corridor of pipes between nodes, with their lengths."""
    segments = pd.DataFrame(pipes, columns=["node_from", "node_to", "length_m"])
    segments["edge"], segments["corridor_id"] = range(len(segments)), "a--b"
    places = pd.DataFrame({"corridor_id": "a--b", "place_id": [*users], "hub_id": "hub"}, index=range(len(users)))
    strips = pd.DataFrame({"corridor_id": ["a--b", "b"]})
    return Corridors(gpd.GeoDataFrame(strips), gpd.GeoDataFrame(segments), places)


def nodes_called(**node_of: int) -> CandidateGraph:
    return CandidateGraph(None, Grid("EPSG:25831", 0.0, 0.0, 1.0, 1, 1), node_of, {})  # type: ignore[arg-type]


def ways_of(corridors: Corridors, **node_of: int) -> list[tuple[int, set[int], tuple[int, ...]]]:
    lines = alternatives.lines_of(corridors, "a--b", nodes_called(**node_of))
    return [(line.part, {line.nodes[0], line.nodes[-1]}, line.nodes) for line in lines]


def test_the_trunk_is_the_longest_way_and_a_branch_starts_on_it() -> None:
    corridors = corridors_of((10, 20, 5.0), (20, 30, 5.0), (20, 40, 2.0), (40, 50, 1.0), (40, 60, 0.5))
    found = ways_of(corridors)
    assert [ends for _, ends, _ in found] == [{10, 30}, {20, 50}, {40, 60}]
    assert [line.length_m for line in alternatives.lines_of(corridors, "a--b", nodes_called())] == [10.0, 3.0, 0.5]


def test_a_line_ends_at_a_place_it_serves_and_nowhere_else() -> None:
    corridors = corridors_of((1, 2, 5.0), (2, 3, 4.0), (3, 4, 3.0), users=("mill",))
    assert [ends for _, ends, _ in ways_of(corridors, mill=2, elsewhere=3)] == [{2, 4}, {1, 2}]


def test_parts_that_do_not_touch_have_lines_of_their_own() -> None:
    found = ways_of(corridors_of((1, 2, 5.0), (7, 8, 9.0), (8, 9, 1.0), (2, 3, 1.0)))
    assert [(part, ends) for part, ends, _ in found] == [(1, {7, 9}), (2, {1, 3})]


def test_every_edge_is_on_one_line_even_where_pipes_make_a_ring() -> None:
    pipes = ((1, 2, 1.0), (2, 3, 1.0), (3, 4, 1.0), (4, 1, 1.0), (3, 5, 2.0), (5, 6, 1.0), (6, 3, 1.5))
    steps = [frozenset(step) for _, _, nodes in ways_of(corridors_of(*pipes)) for step in pairwise(nodes)]
    assert sorted(map(sorted, steps)) == sorted(sorted(pipe[:2]) for pipe in pipes)


@pytest.mark.parametrize(
    ("asked", "said"),
    [("b--a", "Did you mean a--b or b?"), ("A--B", "Did you mean a--b"), ("qqq", "Choose from: a--b, b")],
)
def test_an_unknown_corridor_is_refused_with_what_looks_like_it(asked: str, said: str) -> None:
    with pytest.raises(InfraplanError, match="no such corridor in this plan") as error:
        alternatives.lines_of(corridors_of((1, 2, 1.0)), asked, nodes_called())
    assert said in str(error.value)
    assert asked in str(error.value)


# --- on a plan ----------------------------------------------------------------------------------------------------


def routes_of(plan: Plan, corridor_id: str, asked: Limits) -> gpd.GeoDataFrame:
    ground = plan.ground
    return alternatives.find_routes(
        plan.corridors,
        corridor_id,
        candidates=plan.routes,
        surface=ground.surface,
        crossings=ground.crossings,
        limits=asked,
    )


def zone_of(plan: Plan, corridor_id: str, asked: Limits) -> gpd.GeoDataFrame:
    ground = plan.ground
    return alternatives.find_zone(
        plan.corridors, corridor_id, candidates=plan.routes, surface=ground.surface, limits=asked
    )


def test_routes_of_every_corridor_of_a_plan(toy_plan: Plan) -> None:
    asked = alternatives.limits_of(toy_plan.assumptions)
    for corridor_id, strip in toy_plan.corridors.strips.set_index("corridor_id").geometry.items():
        routes = routes_of(toy_plan, str(corridor_id), asked)
        zone = zone_of(toy_plan, str(corridor_id), asked)
        assert routes["route_id"].is_unique
        for _, part in routes.groupby("part"):
            assert part["kind"].tolist()[:2] == ["proposed", "least_cost"]
            assert strip.buffer(1.0).covers(part.geometry.iloc[0])
            assert len({frozenset([line.coords[0], line.coords[-1]]) for line in part.geometry}) == 1
            assert part["extra_cost_pct"].iloc[1] == 0.0
            assert part["extra_cost_pct"].min() > -1e-3
            others = part[part["kind"] == "alternative"]
            assert others["is_alternative"].all()
            assert (others["overlap_pct"] <= 100.0 * asked.most_overlap).all()
            assert part["is_alternative"].sum() <= asked.routes
            assert part["length_km"].tolist() == pytest.approx((part.length / 1000.0).tolist())
            # every route of the longest line that is cheap enough runs in the zone
            cheap = part[(part["extra_cost_pct"] <= 100.0 * asked.within)]
            assert all(zone.geometry.iloc[0].covers(line) for line in cheap.geometry)
        assert zone.geometry.is_valid.all()
        blocked = toy_plan.ground.surface.blocked.ravel()
        x, y = toy_plan.ground.surface.grid.centres(np.flatnonzero(blocked))
        assert not shapely.contains_xy(zone.geometry.iloc[0], x, y).any()
        assert zone["area_km2"].iloc[0] == pytest.approx(zone.area.iloc[0] / 1e6)
        assert 0.0 < zone["strip_inside_pct"].iloc[0] <= 100.0


def test_the_proposed_route_crosses_what_its_segments_cross(toy_plan: Plan) -> None:
    """No part of the corridor between the clusters branches, so its parts are lines and cross what the plan counts."""
    counted = toy_plan.crossings.groupby("corridor_id")["count"].sum()
    lines = alternatives.lines_of(toy_plan.corridors, "east--west", toy_plan.routes)
    routes = routes_of(toy_plan, "east--west", alternatives.limits_of(toy_plan.assumptions))
    proposed = routes.groupby("part").first()
    assert len(lines) == len(proposed)
    assert proposed["crossings"].sum() == counted["east--west"]
    assert "Toy river" in set(proposed["crosses"])


def test_a_wider_zone_holds_the_narrower(toy_plan: Plan) -> None:
    zones = [zone_of(toy_plan, "east--west", limits(within=within)).geometry.iloc[0] for within in (0.0, 0.03, 0.2)]
    assert zones[0].area < zones[1].area < zones[2].area
    assert zones[1].covers(zones[0]) and zones[2].covers(zones[1])


# --- files and the command line -----------------------------------------------------------------------------------


def test_files_keep_the_contract(toy_plan: Plan, tmp_path: Path) -> None:
    asked = alternatives.limits_of(toy_plan.assumptions)
    writers.write_alternatives(toy_plan, "west", tmp_path, limits=asked)
    writers.write_alternatives(toy_plan, "west", tmp_path / "again", limits=asked)
    shapes = {
        "alternatives": {"type": {"const": "LineString"}, "coordinates": {"items": POSITION, "minItems": 2}},
        "search_zone": {"type": {"const": "MultiPolygon"}},
    }
    columns = {
        "alternatives": {
            "route_id": TEXT,
            "corridor_id": {"const": "west"},
            "name": TEXT,
            "part": {"type": "integer", "minimum": 1},
            "kind": {"enum": ["proposed", "least_cost", "alternative"]},
            "length_km": NUMBER,
            "ground_cost_meur": NUMBER,
            "extra_cost_pct": NUMBER,
            "overlap_pct": {"type": "number", "minimum": 0, "maximum": 100},
            "is_alternative": {"type": "boolean"},
            "crossings": {"type": "integer", "minimum": 0},
            "crosses": TEXT,
        },
        "search_zone": {"zone_id": TEXT, "within_pct": {"const": 5.0}, "area_km2": NUMBER, "strip_inside_pct": NUMBER},
    }
    for layer, shape in shapes.items():
        text = (tmp_path / f"{layer}.geojson").read_text(encoding="utf-8")
        assert text == (tmp_path / "again" / f"{layer}.geojson").read_text(encoding="utf-8")
        content, schema = strict(text), schema_of("sites")
        feature = schema["properties"]["features"]["items"]["properties"]
        feature["geometry"]["properties"] = {"coordinates": {"type": "array"}, **shape}
        feature["properties"] |= {"required": [*columns[layer]], "properties": columns[layer]}
        jsonschema.Draft202012Validator(schema).validate(content)
        assert content["infraplan"]["routes_asked"] == asked.routes
        assert content["infraplan"]["within_pct"] == 5.0
        assert len({f["id"] for f in content["features"]}) == len(content["features"]) > 0
        for feature in content["features"]:
            assert all(round(v, 6) == v for point in positions(feature["geometry"]["coordinates"]) for v in point)
            shape_of = shapely.geometry.shape(feature["geometry"])
            assert shape_of.is_valid
            for part in shapely.get_parts(shape_of) if layer == "search_zone" else ():
                assert part.exterior.is_ccw and not any(hole.is_ccw for hole in part.interiors)
    assert {path.name for path in tmp_path.iterdir()} == {
        "alternatives.geojson",
        "search_zone.geojson",
        "again",
        "manifest.json",
    }


def test_command_prints_a_table_and_writes_two_files(
    toyland: Path, tmp_path: Path, run: Callable[..., Outcome]
) -> None:
    words = ("--study", toyland, "--out", tmp_path / "deep", "--routes", 7, "--overlap", 30, "--within", 12)
    said = run("alternatives", "east--west", *words)
    assert said.code == 0, said.err
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {
        "alternatives.geojson",
        "search_zone.geojson",
        "manifest.json",
    }
    routes = strict((tmp_path / "deep/alternatives.geojson").read_text())
    assert all(f["id"] in said.out for f in routes["features"])
    found = sum(f["properties"]["is_alternative"] for f in routes["features"])
    assert (f"only {found} of 7 alternatives" in said.out) == (found < 7)
    assert "within 12 % of least cost" in said.out
    assert routes["infraplan"]["most_overlap_pct"] == pytest.approx(30.0)


def test_command_refuses_what_it_cannot_do(toyland: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    out = ("--study", toyland, "--out", tmp_path / "out")
    said = run("alternatives", "west--east", *out)
    assert said.code == 2 and "Did you mean east--west" in said.err and "Traceback" not in said.err
    said = run("alternatives", "west", "--routes", 0, "--overlap", 100, "--within", -1, *out)
    assert said.code == 2
    assert all(option in said.err for option in ("--routes", "--overlap", "--within"))
    said = run("alternatives", "west", "--overlap", "nan", *out)
    assert said.code == 2 and "--overlap, value 'nan'" in said.err
    said = run("alternatives", "west", "--study", toyland, "--year", 1999, "--out", tmp_path / "out")
    assert said.code == 2 and "the year lies outside the study" in said.err
    assert not (tmp_path / "out").exists()


def test_limits_are_the_studys_unless_the_user_says(toy_study: Study) -> None:
    ours = alternatives.limits_of(toy_study.assumptions)
    assert ours.routes == toy_study.assumptions.value("alternative", "routes", "1")
    theirs = alternatives.limits_of(toy_study.assumptions, routes=1, overlap_pct=20.0, within_pct=0.0)
    assert theirs == Limits(1, 0.2, ours.separation_m, ours.most_extra, 0.0)


def test_a_study_without_the_numbers_is_told_which_row_to_add(toy: Path, run: Callable[..., Outcome]) -> None:
    path = toy / "data/assumptions/network.csv"
    row = next(i for i, r in enumerate(read_rows(path), start=1) if r[:2] == ["search_zone", "within"])
    edit(path, row, "parameter", "width")
    said = run("alternatives", "west", "--study", toy)
    assert said.code == 2 and "no assumption for search_zone / within" in said.err
