"""The ground of a plan when only prices change: the ways stay, what they cost is as if it were built anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from infraplan.core.model import Drawing, Scenario
from infraplan.plan import Plan, make_plan
from infraplan.routes import candidates
from infraplan.routes.candidates.overlay import measure
from infraplan.routes.ground import Ground, prepare
from infraplan.routes.surface import Burned, build, grid_of
from infraplan.study.case import open_case
from infraplan.study.study import Study

# of every kind of layer: polygons, people per km2 (among them an order that turns round), lines to follow, crossings
OTHER_PRICES = (
    {"water/multiplier": 6.0},
    {"density_5/multiplier": 1.2, "urban_density_2/multiplier": 9.0},
    {"pipeline_strip/multiplier": 0.6, "motorway_bundle/multiplier": 1.0},
    {"waterway_large/mobilisation_eur": 9.0e6, "railway_bore/eur_per_m": 400.0},
    {"reference_pipe/base_cost": 3000.0, "open/multiplier": 1.3},
)


def total_eur(plan: Plan) -> float:
    return sum(network.objective_eur_per_a for network in plan.networks.values())


def check_prices(ground: Ground, *, anew: Ground) -> None:
    """The surface is that of a ground built anew, and each way costs what it costs there."""
    assert ground.key == anew.key
    assert np.array_equal(ground.surface.multiplier, anew.surface.multiplier)
    assert np.array_equal(ground.surface.crossing_eur, anew.surface.crossing_eur)
    assert ground.surface.base_eur_per_m == anew.surface.base_eur_per_m
    graph, grid = ground.candidates, ground.surface.grid
    begins = np.cumsum([0, *map(len, graph.chains)])
    weighted = measure(np.concatenate(graph.chains), begins, anew.surface.multiplier, width=grid.width) * grid.cell_m
    assert graph.edges.weighted_m == pytest.approx(weighted)
    eur = anew.crossings["cost_eur"].to_numpy(dtype=float)
    crossed = {data["edge"]: eur[list(data["crossings"])].sum() for *_, data in graph.graph.edges(data=True)}
    assert graph.edges.crossing_eur == pytest.approx([crossed[edge] for edge in range(len(begins) - 1)])


@pytest.mark.parametrize("changes", OTHER_PRICES, ids=lambda changes: next(iter(changes)))
def test_other_prices_leave_the_ways_and_price_them_anew(default_plan: Plan, changes: dict[str, float]) -> None:
    study, earlier = default_plan.study, default_plan.ground
    scenario = default_plan.scenario.changed(assumptions=changes)
    quick = prepare(open_case(study, scenario), earlier=earlier)
    assert candidates.are_same(quick.candidates, earlier.candidates)
    assert quick.key.layers == earlier.key.layers and quick.key != earlier.key
    ways = {edge: data["geometry"] for *_, edge, data in _edges(quick)}
    assert all(ways[edge].equals(data["geometry"]) for *_, edge, data in _edges(earlier))
    surface = build(
        study.stack,
        grid_of(study.settings.extent, study.settings.crs, study.settings.cell_m),
        study.assumptions.with_values({tuple(key.split("/")): value for key, value in changes.items()}),  # type: ignore[misc]
        existing_statuses=scenario.existing_statuses,
        existing_lines=scenario.existing_lines,
        extent=study.settings.extent,
        burned=Burned(),
    )
    check_prices(quick, anew=replace(quick, surface=surface))
    back = prepare(default_plan.case, earlier=quick)
    check_prices(back, anew=earlier)


def _edges(ground: Ground) -> list[tuple[int, int, int, dict[str, object]]]:
    return [(a, b, data["edge"], data) for a, b, data in ground.candidates.graph.edges(data=True)]


def test_where_a_pipe_may_start_is_no_price(toy_study: Study, toy_plan: Plan) -> None:
    scenario = toy_study.scenario().changed(assumptions={"terminal/snap_limit_m": 4000.0})
    moved = prepare(open_case(toy_study, scenario), earlier=toy_plan.ground)
    assert moved.key.layers != toy_plan.ground.key.layers
    assert moved.plain is not toy_plan.ground.plain


def test_a_drawing_stays_drawn_when_prices_change(toy_study: Study, drawn: Plan) -> None:
    scenario = drawn.scenario.changed(assumptions={"water/multiplier": 7.0})
    quick = prepare(open_case(toy_study, scenario), earlier=drawn.ground)
    assert candidates.are_same(quick.candidates, drawn.ground.candidates)
    assert quick.candidates.lines == drawn.ground.candidates.lines
    assert np.array_equal(quick.surface.blocked, drawn.ground.surface.blocked)
    check_prices(quick, anew=replace(prepare(open_case(toy_study, scenario)), crossings=quick.crossings))
    undrawn = prepare(open_case(toy_study, scenario.changed(drawing=Drawing())), earlier=quick)
    assert undrawn.candidates is quick.plain and undrawn.surface is quick.undrawn


@pytest.fixture(scope="module")
def drawn(toy_study: Study, toy_plan: Plan) -> Plan:
    from drawn import DRAWING

    return make_plan(toy_study, toy_study.scenario().changed(drawing=DRAWING), ground=toy_plan.ground, start=toy_plan)


def test_a_plan_on_dearer_ground_begins_where_the_last_one_ended(default_plan: Plan) -> None:
    """Water twice as dear: the networks move, and end about as good as those found from nothing."""
    study, scenario = default_plan.study, default_plan.scenario.changed(assumptions={"water/multiplier": 8.0})
    moved = make_plan(study, scenario, ground=default_plan.ground, start=default_plan)
    anew = make_plan(study, scenario)
    assert moved.ground.key == anew.ground.key
    assert total_eur(moved) <= total_eur(anew) + 0.02 * abs(total_eur(anew))
    assert moved.needs_by_year is default_plan.needs_by_year
    on_water = moved.refined.memory.cells.keys() & default_plan.refined.memory.cells.keys()
    assert on_water, "no stretch is where it was"


def test_needs_do_not_depend_on_what_ground_costs(toy_study: Study, toy_plan: Plan) -> None:
    scenario: Scenario = toy_study.scenario().changed(assumptions={"water/multiplier": 7.0})
    dearer = make_plan(toy_study, scenario, ground=toy_plan.ground, start=toy_plan)
    assert dearer.needs_by_year is toy_plan.needs_by_year
    fewer = scenario.changed(assumptions={"co2/capture_rate_2030": 0.5})
    assert make_plan(toy_study, fewer, ground=dearer.ground, start=dearer).needs_by_year is not toy_plan.needs_by_year
