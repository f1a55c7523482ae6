"""Limits of the search that a planner sees: rows of the assumptions, told when missing, and they move the plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from study_tools import Outcome, edit, read_rows, write_rows

from infraplan.analysis.check import check_study
from infraplan.plan import Plan, make_plan
from infraplan.routes import ground_key
from infraplan.study.case import open_case
from infraplan.study.study import Study

LIMITS = {
    "candidate": ("used_ground", "cells_apart", "nearest"),
    "refinement": ("rounds", "reach", "margin", "least_saving", "longest_segment"),
    "corridor": ("shortest", "inside"),
}


def test_a_study_without_the_limits_is_told_every_row_it_lacks(toy: Path, run: Callable[..., Outcome]) -> None:
    path = toy / "data/assumptions/network.csv"
    write_rows(path, [row for row in read_rows(path) if row[0] not in LIMITS])
    problems, _ = check_study(toy)
    lacking = [f"no assumption for {subject} / {name}" for subject, names in LIMITS.items() for name in names]
    assert [text for text in lacking if not any(text in str(problem) for problem in problems)] == []
    said = run("plan", "--study", toy, "--out", toy / "out")
    assert said.code == 2
    assert [text for text in lacking if text not in said.err] == []
    assert not (toy / "out").exists()


@pytest.mark.parametrize("key", ["candidate/nearest", "refinement/longest_segment"])
def test_a_limit_of_nothing_is_refused(key: str, toy: Path) -> None:
    subject, parameter = key.split("/")
    path = toy / "data/assumptions/network.csv"
    rows = read_rows(path)
    number = next(n for n, row in enumerate(rows, start=1) if row[:2] == [subject, parameter])
    edit(path, number, "low", 0)
    edit(path, number, "value", 0)
    problems, _ = check_study(toy)
    assert any("must be above 0" in str(problem) for problem in problems)


def test_a_limit_moves_the_plan(toy_study: Study, toy_plan: Plan) -> None:
    """Longer corridors are fewer, shorter segments are more; a limit of the ways makes other ground."""
    base = toy_study.scenario()
    scenario = base.changed(assumptions={"corridor/shortest": 8000.0, "refinement/longest_segment": 1000.0})
    moved = make_plan(toy_study, scenario, ground=toy_plan.ground)
    assert moved.ground is toy_plan.ground
    assert len(moved.corridors.strips) <= len(toy_plan.corridors.strips)
    assert len(moved.corridors.segments) > len(toy_plan.corridors.segments)
    finer = base.changed(assumptions={"candidate/cells_apart": 40.0})
    ours, theirs = ground_key(open_case(toy_study, base)), ground_key(open_case(toy_study, finer))
    assert ours.layers != theirs.layers
    assert (ours.prices, ours.drawing) == (theirs.prices, theirs.drawing)
