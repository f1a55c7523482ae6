"""Impact: what a corridor crosses, runs through and follows."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from infraplan.appraisal import impact
from infraplan.networks.corridors import Corridors
from infraplan.plan import Plan
from infraplan.study.study import Study

CRS = "EPSG:25831"


def corridors_of(strips: dict[str, shapely.LineString]) -> Corridors:
    """Corridors whose strips are given; what runs in them does not matter here."""
    frame = gpd.GeoDataFrame(
        {"corridor_id": list(strips)}, geometry=[shapely.MultiLineString([s]) for s in strips.values()], crs=CRS
    )
    return Corridors(frame, gpd.GeoDataFrame({"corridor_id": []}, geometry=[], crs=CRS), pd.DataFrame())


STRIPS = {
    "a--b": shapely.LineString([(0, 0), (10_000, 0)]),
    "c": shapely.LineString([(0, 50_000), (4_000, 50_000)]),
}


def areas_of(rows: list[tuple[str, tuple[float, float, float, float]]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"layer": [layer for layer, _ in rows]}, geometry=[shapely.box(*b) for _, b in rows], crs=CRS
    )


def test_ground_is_measured_per_corridor_and_layer() -> None:
    areas = areas_of(
        [("town", (1000, -500, 3000, 500)), ("nature", (8000, -500, 12_000, 500)), ("town", (0, 49_000, 500, 51_000))]
    )
    table = impact.measure_ground(corridors_of(STRIPS), areas).set_index(["corridor_id", "layer"])["length_km"]
    assert table.to_dict() == pytest.approx({("a--b", "nature"): 2.0, ("a--b", "town"): 2.0, ("c", "town"): 0.5})


def test_areas_of_one_layer_that_overlap_count_once() -> None:
    areas = areas_of([("town", (1000, -500, 3000, 500)), ("town", (2000, -500, 4000, 500))])
    table = impact.measure_ground(corridors_of(STRIPS), areas)
    assert table["length_km"].tolist() == pytest.approx([3.0])


def lines_of(rows: list[tuple[str, list[tuple[float, float]]]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": [n for n, _ in rows]}, geometry=[shapely.LineString(p) for _, p in rows], crs=CRS)


def test_a_line_is_followed_where_the_strip_stays_beside_it() -> None:
    lines = lines_of(
        [
            ("long", [(2000, 300), (20_000, 300)]),
            ("short", [(0, 100), (2000, 100)]),
            ("far", [(0, 2000), (10_000, 2000)]),
            ("across", [(5000, -9000), (5000, 9000)]),
        ]
    )
    table = impact.find_followed(corridors_of(STRIPS), lines, reach_m=500.0, least_share=0.3)
    assert table[["corridor_id", "name"]].to_numpy().tolist() == [["a--b", "long"]]
    # from 400 m before the line begins (a circle of 500 m around its end, 300 m off) to the end of the strip
    assert table["length_km"].tolist() == pytest.approx([8.4], abs=0.01)


def test_parts_of_one_line_are_followed_together() -> None:
    lines = lines_of([("pipe", [(0, 0), (2000, 0)]), ("pipe", [(4000, 0), (6000, 0)])])
    table = impact.find_followed(corridors_of(STRIPS), lines, reach_m=100.0, least_share=0.35)
    assert table["length_km"].tolist() == pytest.approx([4.3], abs=0.01)


def test_the_line_followed_longest_comes_first() -> None:
    lines = lines_of([("short", [(0, 0), (4000, 0)]), ("long", [(0, 0), (9000, 0)])])
    table = impact.find_followed(corridors_of(STRIPS), lines, reach_m=100.0, least_share=0.3)
    assert table["name"].tolist() == ["long", "short"]


def test_without_lines_or_areas_the_tables_are_empty() -> None:
    corridors = corridors_of(STRIPS)
    assert impact.find_followed(corridors, lines_of([]), reach_m=100.0, least_share=0.3).empty
    assert impact.measure_ground(corridors, areas_of([])).empty


def crossed_once_each(plan: Plan) -> dict[tuple[str, str], int]:
    """Crossings of every used edge, counted from the drawing: which line the segment meets, side by side."""
    found: dict[tuple[str, str], int] = {}
    for _, segment in plan.corridors.segments.drop_duplicates("edge").iterrows():
        for _, line in plan.ground.crossings.iterrows():
            meetings = shapely.get_num_geometries(shapely.intersection(segment.geometry, line.geometry))
            if not shapely.is_empty(shapely.intersection(segment.geometry, line.geometry)) and meetings % 2:
                key = (segment["corridor_id"], line["layer"])
                found[key] = found.get(key, 0) + 1
    return found


def test_toyland_counts_its_river_and_its_railway(toy_plan: Plan) -> None:
    table = toy_plan.crossings
    assert table.columns.tolist() == ["corridor_id", "layer", "name", "count"]
    assert table.set_index(["corridor_id", "layer"])["count"].to_dict() == crossed_once_each(toy_plan)
    assert {"river", "railway"} == set(table["layer"])  # the harbour lies across both


def test_toyland_measures_its_town_like_the_drawing(toy_plan: Plan, toy_study: Study) -> None:
    town = toy_study.stack.read("town", crs=CRS).geometry.iloc[0]
    strips = toy_plan.corridors.strips
    inside_km = {
        corridor: shapely.length(shapely.intersection(strip, town)) / 1000.0
        for corridor, strip in zip(strips["corridor_id"], strips.geometry, strict=True)
        if shapely.intersects(strip, town)
    }
    passed = toy_plan.passages.set_index("corridor_id")["length_km"].to_dict()
    assert passed == pytest.approx(inside_km)
    assert inside_km, "the town's own heat pipe runs into it"


def test_only_polygons_that_cost_extra_are_areas(default_study: Study) -> None:
    areas = impact.areas(default_study.stack, CRS)
    blocked = {e.id for e in default_study.stack.of_role("constraint") if e.effect == "blocked"}
    assert blocked
    assert not blocked & set(areas["layer"])
    assert set(areas.geometry.geom_type) <= {"Polygon", "MultiPolygon"}


def test_a_planned_line_counts_only_when_it_is_named(default_study: Study) -> None:
    def names(*named: str) -> set[str]:
        lines = impact.existing_lines(default_study.stack, CRS, statuses=["operational"], names=named)
        return set(lines["name"])

    (entry,) = [e for e in default_study.stack.of_role("bundling") if e.status_field]
    drawn = default_study.stack.read(entry.id, crs=CRS)
    status = drawn[entry.status_field]
    operational = set(drawn.loc[status == "operational", "name"])
    planned = sorted(set(drawn.loc[status != "operational", "name"]) - operational)
    assert planned
    assert names() == operational
    assert names(planned[0]) == operational | {planned[0]}


def test_the_crossings_of_an_edge_are_lines_of_the_ground(toy_plan: Plan) -> None:
    cost_eur = toy_plan.ground.crossings["cost_eur"].to_numpy()
    for *_, data in toy_plan.ground.candidates.graph.edges(data=True):
        assert data["crossing_eur"] == pytest.approx(sum(cost_eur[line] for line in data["crossings"]))
