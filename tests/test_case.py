"""A case: study and scenario are joined once, at a door, and handed down."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import FrameType

import pandas as pd
import pytest
from drawn import DRAWING

from infraplan.core.errors import AssumptionError
from infraplan.core.model import Scenario
from infraplan.demand.needs_by_year import estimate_needs_by_year
from infraplan.plan import Plan, make_plan
from infraplan.study.assumptions import overrides
from infraplan.study.case import Case, open_case
from infraplan.study.study import Study

HOUSE = Path(__file__).resolve().parents[1] / "src" / "infraplan"
# who may join a study and a scenario: what stands below these takes the case
DOORS = {
    "plan",
    "analysis.check",
    "reports.minutes.__init__",
    "cli.case",
    "ui.explanation",
    "ui.job",
    "ui.session",
}
MOST_ENTRIES = 5


def called_in(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Modules, and the calls in them, of a function or method by its name."""
    for path in sorted(HOUSE.rglob("*.py")):
        module = ".".join(path.relative_to(HOUSE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called == name:
                    yield module, node


def test_only_one_module_applies_a_scenario_to_a_study() -> None:
    assert {module for module, _ in called_in("overrides")} == {"study.assumptions"}
    # the check of a scenario tries its numbers, in the module that defines this function
    assert {module for module, _ in called_in("apply_overrides")} == {"study.assumptions", "study.case"}
    assert {module for module, _ in called_in("Case")} == {"study.case"}
    assert {module for module, _ in called_in("add_sites")} == {"study.case"}
    with_overrides = [
        (module, inner.id)
        for module, call in called_in("with_values")
        for inner in ast.walk(call)
        if isinstance(inner, ast.Name) and inner.id in ("overrides", "scenario")
    ]
    assert {module for module, _ in with_overrides} == {"study.assumptions"}


def test_cases_are_opened_at_the_doors() -> None:
    inside = {module for module, _ in called_in("open_case")} - {"study.case"}
    assert inside == DOORS


def test_a_plan_enters_the_study_with_its_scenario_a_handful_of_times(toy_study: Study, toy_plan: Plan) -> None:
    room, found = str(HOUSE / "study"), list[str]()

    def note(frame: FrameType, event: str, _: object) -> None:
        code, caller = frame.f_code, frame.f_back
        if event != "call" or not code.co_filename.startswith(room):
            return
        if caller is None or caller.f_code.co_filename.startswith(room):
            return
        given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if any(isinstance(frame.f_locals.get(name), Scenario | Case) for name in given):
            found.append(code.co_qualname if hasattr(code, "co_qualname") else code.co_name)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        make_plan(toy_study, toy_study.scenario(), ground=toy_plan.ground)
    finally:
        sys.setprofile(before)
    assert found.count("open_case") == 1
    assert len(found) <= MOST_ENTRIES, found


def test_a_case_is_the_study_the_scenario_and_the_numbers_as_it_has_them(toy_study: Study) -> None:
    changes = {"water/multiplier": 7.0, "co2/capture_rate_2050": 0.5}
    scenario = toy_study.scenario().changed(drawing=DRAWING, assumptions=changes)
    case = open_case(toy_study, scenario)
    assert case.scenario is scenario
    assert {site.site_id for site in DRAWING.sites} <= set(case.study.sites["site_id"])
    assert case.study.opened is toy_study
    pd.testing.assert_frame_equal(
        case.assumptions.frame(), toy_study.assumptions.with_values(overrides(scenario)).frame()
    )
    with pytest.raises(FrozenInstanceError):
        case.scenario = toy_study.scenario()  # type: ignore[misc]


def test_another_year_of_a_case_is_what_its_scenario_would_open(toy_study: Study) -> None:
    scenario = toy_study.scenario().changed(drawing=DRAWING)
    case = open_case(toy_study, scenario)
    year = scenario.year - 5
    later, opened = case.in_year(year), open_case(toy_study, scenario.changed(year=year))
    assert later.is_same(opened) and not later.is_same(case)
    assert later.study is case.study and later.assumptions is case.assumptions
    pd.testing.assert_frame_equal(later.hubs_of(scenario.carriers), opened.hubs_of(scenario.carriers))
    assert case.in_year(scenario.year) is case


def test_a_changed_case_starts_from_the_study_as_it_was_opened(toy_study: Study) -> None:
    drawn = open_case(toy_study, toy_study.scenario().changed(drawing=DRAWING))
    plain = open_case(toy_study, toy_study.scenario())
    assert drawn.changed(drawing=plain.scenario.drawing).is_same(plain)
    assert plain.changed(drawing=DRAWING).is_same(drawn)
    assert drawn.changed(assumptions={"water/multiplier": 7.0}).changed(assumptions={}).assumptions.rows == (
        toy_study.assumptions.rows
    )


def test_a_number_that_the_study_has_not_opens_no_case(toy_study: Study) -> None:
    with pytest.raises(AssumptionError):
        open_case(toy_study, toy_study.scenario().changed(assumptions={"co2/no_such_number": 1.0}))


def test_needs_by_year_fit_every_case_that_needs_the_same(toy_study: Study) -> None:
    case = open_case(toy_study, toy_study.scenario())
    found = estimate_needs_by_year(case)
    site = str(toy_study.sites["site_id"].iloc[0])
    for same in ({"sites_off": (site,)}, {"year": case.scenario.year - 5}, {"assumptions": {"water/multiplier": 7.0}}):
        assert estimate_needs_by_year(case.changed(**same), start=found) is found
    for other in ({"assumptions": {"co2/capture_rate_2050": 0.5}}, {"drawing": DRAWING}, {"clusters_off": ("west",)}):
        assert estimate_needs_by_year(case.changed(**other), start=found) is not found
