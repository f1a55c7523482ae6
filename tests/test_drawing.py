"""What is drawn on the map takes part in the plan, and what cannot be is refused with one clear message."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from default_limits import WAYS
from drawn import COUNTER, DRAWING, PARK, SOUTH, area, hub, line, site, spot
from hypothesis import given, settings
from hypothesis import strategies as st
from study_tools import Outcome

from infraplan.analysis import counter_proposals
from infraplan.core.errors import InfraplanError, ScenarioError
from infraplan.core.grid import CostSurface, Grid
from infraplan.core.messages import write_remedy
from infraplan.core.model import Drawing, DrawnArea
from infraplan.demand.estimate import estimate_needs
from infraplan.plan import Plan, make_plan
from infraplan.reports import writers
from infraplan.routes import candidates, surface
from infraplan.routes.candidates.overlay import step_numbers
from infraplan.routes.ground import GroundKey, ground_key, prepare
from infraplan.study import drawings
from infraplan.study.case import open_case
from infraplan.study.places import clusters_of
from infraplan.study.study import Study, check_scenario

SIDE = 16
# half the side of a small garden [deg]
R = 0.004


@pytest.fixture(scope="module")
def drawn_plan(toy_study: Study, toy_plan: Plan) -> Plan:
    return make_plan(toy_study, toy_study.scenario().changed(drawing=DRAWING), ground=toy_plan.ground, start=toy_plan)


def strips(plan: Plan, carrier: str) -> shapely.Geometry:
    segments = plan.corridors.segments
    return shapely.union_all(segments[segments["carrier"] == carrier].geometry.to_numpy())


def way_of(plan: Plan, drawn: Any) -> shapely.LineString:
    grid = plan.ground.surface.grid
    cells = surface.cells_under(drawings.polylines([drawn], grid.crs)[0], grid)
    return shapely.LineString(np.column_stack(grid.centres(cells)))


def test_no_pipe_runs_through_a_no_go_area(drawn_plan: Plan, toy_plan: Plan) -> None:
    (park,) = drawings.outlines([PARK], toy_plan.study.settings.crs)
    for carrier in drawn_plan.networks:
        assert strips(toy_plan, carrier).intersects(park)
        assert not strips(drawn_plan, carrier).intersects(park)


def test_each_named_carrier_has_a_pipe_along_a_line_to_be_passed(drawn_plan: Plan) -> None:
    way = way_of(drawn_plan, SOUTH)
    for carrier in SOUTH.carriers:
        assert strips(drawn_plan, carrier).buffer(1.0).covers(way)
    assert not strips(drawn_plan, "h2").buffer(1.0).covers(way)
    flow = drawn_plan.corridors.segments.query("carrier == 'heat'")["flow"]
    assert (flow == 0.0).any(), "heat has no use for the line: it lies there all the same"


def test_an_idle_pipe_belongs_to_a_corridor_and_costs_money(toy_study: Study, toy_plan: Plan) -> None:
    only = toy_study.scenario().changed(
        drawing=Drawing(must_pass=(line("idle", (20, 16), (23, 16)),)), carriers=("h2",)
    )
    plan = make_plan(toy_study, only, ground=toy_plan.ground)
    (network,) = plan.networks.values()
    idle = network.segments[network.segments["flow"] == 0.0]
    assert len(idle) and (idle["annual_eur"] > 0.0).all()
    assert set(plan.corridors.segments["corridor_id"]) <= set(plan.ranking["corridor_id"])


def test_drawn_places_take_part_and_can_be_switched_off(drawn_plan: Plan, toy_study: Study) -> None:
    joins = drawn_plan.networks["co2"].joins
    assert "new-lime" in set(joins["place_id"]) and "new-hub" in set(joins["hub_id"])
    assert joins.loc[joins["hub_id"] == "new-hub", "amount"].sum() <= 900.0 + 1e-6
    assert clusters_of(drawn_plan.study)["new-lime"] == "west"
    scenario = drawn_plan.scenario.changed(sites_off=("new-lime",), hubs_off=("new-hub",))
    assert not check_scenario(toy_study, scenario)
    assert "new-lime" not in set(estimate_needs(open_case(toy_study, scenario))["place_id"])
    assert "new-hub" not in set(open_case(toy_study, scenario).hubs_of("co2")["hub_id"])
    assert "new-lime" not in set(toy_study.sites["site_id"]), "the study itself stays as it was opened"


def test_a_drawn_site_far_from_every_cluster_stands_for_itself(toy_study: Study) -> None:
    scenario = toy_study.scenario().changed(drawing=Drawing(sites=(site(at=(0.5, 16.5)),)))
    alone = open_case(toy_study, scenario).study
    reach_m = toy_study.assumptions.value("cluster", "hub_reach", "1") * 5000.0
    point = alone.sites.set_index("site_id").loc["new-lime", "geometry"]
    near = toy_study.clusters.distance(point).min() <= reach_m
    assert clusters_of(alone)["new-lime"] == ("west" if near else "new-lime")
    far = shapely.Point(point.x - 50_000.0, point.y)
    assert toy_study.clusters_near([far]) == [None]


def test_equal_drawings_share_one_study(toy_study: Study) -> None:
    scenario = toy_study.scenario().changed(drawing=DRAWING)
    one = open_case(toy_study, scenario).study
    assert one is open_case(toy_study, scenario.changed(year=2035)).study is open_case(one, scenario).study
    assert open_case(one, toy_study.scenario()).study is toy_study is one.opened


def test_a_hub_under_a_no_go_area_is_out_of_reach(toy_study: Study, toy_plan: Plan) -> None:
    scenario = toy_study.scenario().changed(
        drawing=Drawing(no_go=(area("sea", (14, -0.99), (24.99, -0.99), (24.99, 9.5), (14, 9.5)),))
    )
    ground = prepare(open_case(toy_study, scenario), earlier=toy_plan.ground)
    assert "blocked ground" in str(ground.candidates.unreachable["harbour-co2"])


def test_a_place_under_a_no_go_area_is_told_with_how_far_its_pipes_begin(toy_study: Study, toy_plan: Plan) -> None:
    assert counter_proposals.list_covered(toy_plan).empty
    sea = area("sea", (14, 0.0), (23.99, 0.0), (23.99, 9.5), (14, 9.5))
    site = toy_study.sites.set_index("site_id").loc["arc-steel"]
    lon, lat = site["lon"], site["lat"]
    garden = DrawnArea(name="garden", ring=[(lon - d, lat - e) for d, e in ((R, R), (-R, R), (-R, -R), (R, -R))])
    scenario = toy_study.scenario().changed(drawing=Drawing(no_go=(sea, garden)))
    plan = make_plan(toy_study, scenario, ground=toy_plan.ground, start=toy_plan)
    covered = counter_proposals.list_covered(plan).set_index("place_id")
    assert covered.loc["harbour-co2", "area"] == "sea" and covered.loc["arc-steel", "area"] == "garden"
    assert covered.loc["harbour-co2", "moved_km"] > 1.0 > covered.loc["arc-steel", "moved_km"]
    assert (
        0.0 < covered.loc["arc-steel", "moved_km"] <= toy_study.assumptions.value("terminal", "snap_limit_m", "m") / 1e3
    )
    near = make_plan(toy_study, scenario.changed(assumptions={"terminal/snap_limit_m": 1000.0}))
    lost = counter_proposals.list_covered(near).set_index("place_id")["moved_km"]
    assert np.isnan(lost["harbour-co2"]) and "harbour-co2" in near.ground.candidates.unreachable
    off = make_plan(toy_study, scenario.changed(hubs_off=("harbour-co2",)), ground=plan.ground, start=plan)
    assert "harbour-co2" not in set(counter_proposals.list_covered(off)["place_id"])


def test_a_drawn_hub_is_there_from_its_first_year(toy_study: Study) -> None:
    first, *_, last = sorted(toy_study.settings.milestones)
    for year, counts in ((None, True), (last, False)):
        drawn = Drawing(hubs=(hub(first_year=year),))
        scenario = toy_study.scenario().changed(drawing=drawn)
        assert not check_scenario(toy_study, scenario)
        assert ("new-hub" in set(open_case(toy_study, scenario).in_year(first).hubs_of("co2")["hub_id"])) == counts
        assert "new-hub" in set(open_case(toy_study, scenario).in_year(last).hubs_of("co2")["hub_id"])
    odd = toy_study.scenario().changed(drawing=Drawing(hubs=(hub(first_year=3),)))
    assert ["drawing.hubs.first_year" in str(problem) for problem in check_scenario(toy_study, odd)] == [True]


def test_around_a_no_go_all_other_ways_of_an_earlier_ground_are_still_on_offer(
    toy_study: Study, toy_plan: Plan
) -> None:
    scenario = toy_study.scenario().changed(drawing=DRAWING)
    quick, anew = (
        prepare(open_case(toy_study, scenario), earlier=toy_plan.ground),
        prepare(open_case(toy_study, scenario)),
    )
    assert quick.undrawn is toy_plan.ground.undrawn and quick.crossings is toy_plan.ground.crossings
    assert quick.key == anew.key
    assert np.array_equal(quick.surface.multiplier, anew.surface.multiplier)
    assert len(quick.candidates.lines) == len(anew.candidates.lines)
    assert quick.candidates.node_of.keys() == anew.candidates.node_of.keys()
    free = ~quick.surface.blocked.ravel()
    old = toy_plan.ground.candidates
    for graph in (quick.candidates.graph, anew.candidates.graph):
        node_at = {data["cell"]: node for node, data in graph.nodes(data=True)}
        kept = 0
        for cells, metres in zip(old.chains, old.edges.weighted_m.tolist(), strict=True):
            ends = [node_at.get(int(cell)) for cell in cells[[0, -1]]]
            if free[cells].all() and None not in ends:
                kept += 1
                # it, or one that costs less between the same ends
                assert nx.dijkstra_path_length(graph, *ends, weight="weighted_m") <= metres * (1.0 + 1e-6)
        assert kept > len(old.chains) / 2
    crossed = {data["edge"]: data["geometry"] for *_, data in quick.candidates.graph.edges(data=True)}
    finder = candidates.CrossingFinder(quick.crossings, quick.candidates.grid)
    found = finder.find([crossed[edge] for edge in sorted(crossed)])
    told = {data["edge"]: data["crossings"] for *_, data in quick.candidates.graph.edges(data=True)}
    assert [told[edge] for edge in sorted(told)] == found


def test_only_what_shapes_the_ground_changes_its_key(toy_study: Study) -> None:
    def key(**parts: Any) -> GroundKey:
        return ground_key(open_case(toy_study, toy_study.scenario().changed(drawing=Drawing(**parts))))

    plain = key()
    assert key(proposals=(COUNTER,)) == plain
    others = {key(no_go=(PARK,)), key(must_pass=(SOUTH,)), key(sites=(site(),)), key(hubs=(hub(),))}
    assert len(others | {plain}) == 5
    assert key(must_pass=(SOUTH,)) == key(must_pass=(SOUTH.model_copy(update={"carriers": ("co2",)}),))


def test_a_counter_proposal_is_priced_with_the_pipes_of_the_nearest_corridor(drawn_plan: Plan, toy_plan: Plan) -> None:
    table = counter_proposals.price(drawn_plan)
    row = table.iloc[0]
    assert list(table["name"]) == ["counter"]
    assert row["extra_cost_pct"] >= 0.0 and row["cost_meur_per_a"] >= row["least_cost_meur_per_a"]
    assert row["corridor_id"] in set(drawn_plan.ranking["corridor_id"])
    assert row["length_km"] == pytest.approx(row.geometry.length / 1000.0)
    only_co2 = counter_proposals.price(drawn_plan, [COUNTER.model_copy(update={"carriers": ("co2",)})]).iloc[0]
    assert only_co2["carriers"] == "co2" and 0.0 < only_co2["cost_meur_per_a"] < row["cost_meur_per_a"]
    through = line("through", (3, 5), (20, 5))
    assert counter_proposals.price(drawn_plan, [through]).iloc[0]["blocked_km"] > 0.5
    assert np.isnan(counter_proposals.price(drawn_plan, [through]).iloc[0]["cost_meur_per_a"])
    assert counter_proposals.price(toy_plan, [through]).iloc[0]["blocked_km"] == 0.0


def test_the_least_cost_way_as_a_proposal_costs_nothing_extra(toy_plan: Plan) -> None:
    from infraplan.networks.alternatives.measures import least_way

    ground = toy_plan.ground.surface
    cells = surface.cells_under(drawings.polylines([COUNTER], ground.grid.crs)[0], ground.grid)
    way = least_way(ground.eur_per_m, (int(cells[0]), int(cells[-1])), ground.grid.cell_m)
    centres = gpd.GeoSeries([shapely.LineString(np.column_stack(ground.grid.centres(way)))], crs=ground.grid.crs)
    drawn = COUNTER.model_copy(update={"line": tuple(centres.to_crs("EPSG:4326")[0].coords)})
    row = counter_proposals.price(toy_plan, [drawn]).iloc[0]
    assert row["extra_cost_pct"] == pytest.approx(0.0, abs=1e-6)
    assert row["cost_meur_per_a"] == pytest.approx(row["least_cost_meur_per_a"])


def test_the_drawing_is_among_the_files(drawn_plan: Plan, tmp_path: Path) -> None:
    writers.write(drawn_plan, tmp_path)
    found = json.loads((tmp_path / "drawing.geojson").read_text(encoding="utf-8"))
    assert [(f["properties"]["kind"], f["properties"]["name"], f["geometry"]["type"]) for f in found["features"]] == [
        ("no_go", "park", "Polygon"),
        ("must_pass", "south", "LineString"),
        ("site", "Site new-lime", "Point"),
        ("hub", "Hub new-hub", "Point"),
        ("proposal", "counter", "LineString"),
    ]
    assert all(isinstance(feature["id"], str) for feature in found["features"]) and "crs" not in found
    kept = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["scenario"]["drawing"]
    assert Drawing.model_validate(kept) == DRAWING


WRONG = {
    "crossing ring": (Drawing(no_go=(area("bow", (1, 1), (9, 9), (9, 1), (1, 9)),)), "crosses or touches itself"),
    "two corners": (Drawing(no_go=(area("bow", (1, 1), (9, 9), (1, 1)),)), "needs three corners"),
    "outside": (Drawing(must_pass=(line("away", (1, 1), (90, 1)),)), "outside the study"),
    "point": (Drawing(proposals=(line("dot", (1, 1), (1, 1)),)), "needs two points"),
    "short": (Drawing(must_pass=(line("dot", (1.1, 1.1), (1.11, 1.1)),)), "shorter than a cell"),
    "through": (Drawing(no_go=(PARK,), must_pass=(line("west-east", (3, 5), (20, 5)),)), "no-go area park"),
    "same name": (Drawing(no_go=(PARK, PARK)), "used more than once"),
    "no name": (Drawing(proposals=(line(" ", (1, 1), (4, 4)),)), "no name"),
    "twice": (Drawing(must_pass=(line("a", (1, 1), (4, 4), carriers=("co2", "co2")),)), "a carrier twice"),
    "sector": (Drawing(sites=(site(sector="magic"),)), "unknown sector"),
    "far site": (Drawing(sites=(site(lon=51.1, lat=3.3),)), "outside the study"),
    "negative": (Drawing(sites=(site(co2_kt_per_a=-1.0),)), "below 0"),
    "taken": (Drawing(sites=(site("arc-steel"),)), "has this id already"),
    "shared": (Drawing(sites=(site("same"),), hubs=(hub("same"),)), "has this id already"),
    "role": (Drawing(hubs=(hub(role="supply"),)), "is a sink"),
    "odd role": (Drawing(hubs=(hub(role="well"),)), "unknown; choose from sink, supply"),
    "capacity": (Drawing(hubs=(hub(capacity_per_a=-5.0),)), "below 0"),
    "cost": (Drawing(hubs=(hub(unit_cost=-5.0),)), "below 0"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_drawing_that_makes_no_sense_is_refused(kind: str, toy_study: Study, toy_plan: Plan) -> None:
    drawing, said = WRONG[kind]
    with pytest.raises(ScenarioError, match=said) as error:
        make_plan(toy_study, toy_study.scenario().changed(drawing=drawing), ground=toy_plan.ground)
    assert all(problem.column.startswith("drawing.") and problem.row for problem in error.value.problems)
    for problem in error.value.problems:
        told = drawings.describe_shape_problem(problem, "nl")
        assert "drawing." not in told and "scenario" not in told
        assert problem.sentence("en") not in told and write_remedy(problem, "en") not in told
        assert problem.sentence("en") in drawings.describe_shape_problem(problem, "en")


def test_a_line_cannot_name_a_carrier_that_takes_no_part(toy_study: Study) -> None:
    scenario = toy_study.scenario().changed(carriers=("h2",), drawing=Drawing(must_pass=(SOUTH,)))
    assert ["co2, heat takes no part in this scenario" in str(p) for p in check_scenario(toy_study, scenario)] == [True]


def test_a_scenario_file_can_draw(toy: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    text = (toy / "data/scenarios/roadmap-2025.toml").read_text(encoding="utf-8")
    ring = [list(corner) for corner in PARK.ring]
    mine = tmp_path / "mine.toml"
    mine.write_text(f'{text}\n[[drawing.no_go]]\nname = "park"\nring = {ring}\n', encoding="utf-8")
    made = run("plan", "--study", toy, "--scenario", mine, "--out", tmp_path / "out")
    assert made.code == 0, made.err
    assert (tmp_path / "out/drawing.geojson").is_file()
    crossing = [ring[0], ring[2], ring[1], ring[3]]
    (toy / "data/scenarios/bow.toml").write_text(
        f'{text}\n[[drawing.no_go]]\nname = "bow"\nring = {crossing}\n', encoding="utf-8"
    )
    checked = run("check", "--study", toy)
    assert checked.code == 1 and "bow.toml, row 1, column drawing.no_go.ring" in checked.out
    missing = run("plan", "--study", toy, "--scenario", tmp_path / "none.toml")
    assert missing.code == 2 and "no such scenario" in missing.err


def test_an_open_and_a_closed_ring_are_one_area(toy_study: Study) -> None:
    closed = PARK.model_copy(update={"ring": (*PARK.ring, PARK.ring[0])})
    one, other = (drawings.outlines([ring], toy_study.settings.crs)[0] for ring in (PARK, closed))
    assert one.equals(other)


# ------------------------------------------------------------------ lines on the candidate graph

cell = st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(cell, min_size=2, max_size=5), min_size=1, max_size=3),
    st.integers(0, 2**16),
)
def test_lines_become_segments_whole_whatever_they_cost(drawn: list[list[tuple[int, int]]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = Grid("EPSG:25831", 0.0, SIDE * 100.0, 100.0, SIDE, SIDE)
    ground = rng.uniform(1.0, 20.0, grid.shape).astype(np.float32)
    shapes = [shapely.LineString([(x * 100.0 + 50.0, y * 100.0 + 50.0) for x, y in points]) for points in drawn]
    lines = [cells for shape in shapes if len(cells := surface.cells_under(shape, grid)) > 1]
    for cells in lines:
        row, column = np.divmod(cells, SIDE)
        assert np.maximum(np.abs(np.diff(row)), np.abs(np.diff(column))).max() == 1
    x, y = grid.centres(rng.choice(SIDE * SIDE, 5, replace=False))
    places = pd.DataFrame({"place_id": list("abcde"), "x": x, "y": y})
    crossings = gpd.GeoDataFrame({"cost_eur": [], "name": []}, geometry=[], crs=grid.crs)
    found = candidates.build(
        CostSurface(grid, ground, np.zeros_like(ground), 1.0),
        places,
        crossings=crossings,
        limits=WAYS,
        roots=["a"],
        lines=lines,
    )
    shape_of = {data["edge"]: data["geometry"] for *_, data in found.graph.edges(data=True)}
    for cells, edges in zip(lines, found.lines, strict=True):
        steps = [step_numbers(grid.cells_at(*shapely.get_coordinates(shape_of[edge]).T), SIDE * SIDE) for edge in edges]
        assert set(np.concatenate(steps).tolist()) == set(step_numbers(cells, SIDE * SIDE).tolist())


# ------------------------------------------------------------------ projects that come later


def test_a_later_project_takes_its_hub_and_those_that_need_it_along(default_study: Study) -> None:
    scenario = default_study.scenario().changed(year=2035)
    later = scenario.changed(project_years={"kairos-c": 2037})
    assert not check_scenario(default_study, later)
    before, after = (set(open_case(default_study, s).hubs_of("co2")["hub_id"]) for s in (scenario, later))
    assert before - after == {"antwerp-c-export-hub"}
    assert "antwerp-c-export-hub" in set(open_case(default_study, later).in_year(2037).hubs_of("co2")["hub_id"])
    waiting = open_case(default_study, later).study.projects.set_index("project_id")["first_year"]
    assert waiting["antwerp-c"] == 2037.0


def test_the_effects_of_a_later_project_start_later(default_study: Study) -> None:
    effects = default_study.project_effects
    of = default_study.projects.set_index("project_id")
    ahead = open_case(default_study, default_study.scenario()).going_ahead
    project = next(
        p for p in effects["project_id"] if p in ahead
        and of["first_year"].get(p, np.nan) <= 2032
    )  # fmt: skip
    sites = set(effects.loc[effects["project_id"] == project, "site_id"])

    def needs(year: int, **years: int) -> dict[tuple[str, str, str], float]:
        scenario = default_study.scenario().changed(year=year, project_years=years)
        table = estimate_needs(open_case(default_study, scenario))
        table = table[table["place_id"].isin(sites)]
        return dict(table.groupby(["place_id", "carrier", "role"])["amount"].sum())

    late = {project: 2040}
    assert needs(2035, **late) != needs(2035)
    assert needs(2040, **late) == needs(2040)


@pytest.mark.parametrize(
    ("years", "said"),
    [({"kairos-c": 2020}, "the study has the project from"), ({"none": 2040}, "unknown project"),
     ({"kairos-c": 2150}, "no year of a plan")],
)  # fmt: skip
def test_a_project_can_only_come_later(years: dict[str, int], said: str, default_study: Study) -> None:
    problems = check_scenario(default_study, default_study.scenario().changed(project_years=years))
    assert len(problems) == 1 and said in str(problems[0])


def test_coordinates_must_be_numbers(toy_study: Study) -> None:
    with pytest.raises((InfraplanError, ValueError)):
        toy_study.scenario().changed(drawing={"no_go": [{"name": "x", "ring": [spot(1, 1), (float("nan"), 1.0)]}]})


# ------------------------------------------------------------------ what stays of an earlier plan


def test_ways_are_carried_to_other_ground_where_they_are_still_there(toy_plan: Plan, drawn_plan: Plan) -> None:
    old, new = toy_plan.ground.candidates, drawn_plan.ground.candidates
    blocked = drawn_plan.ground.surface.blocked.ravel()
    shape_of = {data["edge"]: data["geometry"] for *_, data in old.graph.edges(data=True)}
    for network in toy_plan.designed.values():
        ways = list(zip(network.joins["place_id"], network.joins["edges"], strict=True))
        assert list(candidates.carry(ways, old, old)) == [edges for _, edges in ways]
        for (place, edges), carried in zip(ways, candidates.carry(ways, old, new), strict=True):
            cells = [old.grid.cells_at(*shapely.get_coordinates(shape_of[edge]).T) for edge in edges]
            if any(blocked[part].any() for part in cells):
                assert carried is None
            elif carried is not None:
                metres = new.edges.length_m[list(carried)].sum()
                assert metres == pytest.approx(old.edges.length_m[list(edges)].sum())
                assert new.node_of[place] in (new.edges.node_a[carried[0]], new.edges.node_b[carried[0]])


def test_a_no_go_area_far_from_the_pipes_leaves_the_plan_alone(toy_study: Study, toy_plan: Plan) -> None:
    from infraplan.analysis import comparison

    corner = area("corner", (0.2, 15.8), (1.2, 15.8), (1.2, 16.6), (0.2, 16.6))
    scenario = toy_study.scenario().changed(drawing=Drawing(no_go=(corner,)))
    plan = make_plan(toy_study, scenario, ground=toy_plan.ground, start=toy_plan)
    found = comparison.compare(toy_plan, plan)
    share = found.segments.groupby("change")["length_m"].sum() / found.segments["length_m"].sum()
    assert share["same"] > 0.9
    cost = found.totals.set_index("figure").loc["Cost of pipes per year"]
    assert cost["after"] == pytest.approx(cost["before"], rel=0.02)
