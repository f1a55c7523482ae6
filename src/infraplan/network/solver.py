"""The cheapest flow of a problem, with a proof of how far it can be from the cheapest there is.

First good networks (slope scaling), then a bound (linear programme with cuts), then a search among the pipes
that both use, and at last the search among all pipes. It can be stopped at any time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from infraplan.model import FloatArray
from infraplan.network.cuts import Cutter
from infraplan.network.formulation import BoolArray, Flow, Formulation, Problem, Row, quiet_highs
from infraplan.network.slopes import Slopes, price_flow, to_columns, to_flow

log = logging.getLogger(__name__)

Tell = Callable[[float, float], None]
_ROUNDS, _SHAKEN_ROUNDS = 25, 8  # of slope scaling
_STARTS, _START_SHARE = 30, 0.1  # shaken starts of it, and the share of the time they may take at most
_ELITE = 20  # flows whose pipes are searched first
_CUT_SHARE = 0.35  # of the time at most, for cuts
_NEAR_SHARE = 0.2  # of the time at most, for the search among known pipes
_MOST_EFFORT = 3  # of looking for cuts
_TAIL = 8  # rounds of cuts that together must gain something
_TAIL_GAIN = 0.02  # of the gap that is left
_SLACK = 1.0e-6
_SEED = 1
_USED = 1.0e-5


@dataclass(frozen=True)
class Answer:
    """The best flow found (None: none), its cost, and what no flow can be cheaper than."""

    flow: Flow | None
    objective: float
    bound: float

    @property
    def gap(self) -> float:
        """How much dearer than the cheapest the answer can be, as a share of its cost."""
        if self.flow is None or not np.isfinite(self.bound):
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1.0e-9)


@dataclass
class _Search:
    """The state of one search."""

    formulation: Formulation
    gap: float
    deadline: float
    should_stop: Callable[[], bool] | None
    tell: Tell | None
    best: Flow | None = None
    objective: float = float("inf")
    bound: float = float("-inf")
    known: list[tuple[float, BoolArray]] = field(default_factory=list)

    def left(self) -> float:
        """Seconds left."""
        return self.deadline - time.monotonic()

    def done(self) -> bool:
        """Is it time to stop, or is the gap proven?"""
        return (
            self.left() <= 0.0
            or (self.should_stop is not None and self.should_stop())
            or Answer(self.best, self.objective, self.bound).gap <= self.gap
        )

    def offer(self, flow: Flow) -> None:
        """Keep a flow if it is the cheapest so far."""
        cost = price_flow(self.formulation.problem, flow)
        self.known.append((cost, np.abs(flow.arc).sum(axis=(0, 1)) > _USED))
        if cost < self.objective:
            self.best, self.objective = flow, cost
            self.say()

    def raise_bound(self, bound: float) -> None:
        """Keep a bound if it is the best so far."""
        if bound > self.bound:
            self.bound = min(bound, self.objective)
            self.say()

    def say(self) -> None:
        """Report progress."""
        log.debug("cost %.6g, at least %.6g, %.1f s left", self.objective, self.bound, self.left())
        if self.tell:
            self.tell(self.objective, self.bound)


def solve(
    problem: Problem,
    *,
    start: Flow | None = None,
    gap: float = 0.005,
    time_limit_s: float = 60.0,
    should_stop: Callable[[], bool] | None = None,
    tell: Tell | None = None,
) -> Answer:
    """Find the cheapest flow of ``problem``, and how far from the cheapest it can be.

    Parameters
    ----------
    start : a flow to start from; it is returned if nothing cheaper is found.
    gap : stop as soon as the answer is proven to be within this share of the cheapest [-].
    time_limit_s : stop after this time [s].
    should_stop : asked all the time; True ends the search with the best flow so far.
    tell : told the cost of the best flow and the bound whenever one of them moves.
    """
    formulation = Formulation(problem)
    search = _Search(formulation, gap, time.monotonic() + time_limit_s, should_stop, tell)
    search.bound = _trivial_bound(formulation)
    if start is not None:
        search.offer(start)
    if search.done() and search.best is not None:
        return Answer(search.best, search.objective, search.bound)
    slopes, dice = Slopes(formulation), np.random.default_rng(_SEED)
    _descend(search, slopes, None)
    value = None if search.done() else _tighten(search, time_limit_s * _CUT_SHARE)
    if value is not None and not search.done():
        _descend(search, slopes, value)
        end = time.monotonic() + time_limit_s * _START_SHARE
        for _ in range(_STARTS):
            if search.done() or time.monotonic() > end:
                break
            _descend(search, slopes, value, dice=dice)
        near = np.abs(to_flow(formulation, value).arc).sum(axis=(0, 1)) > _USED
        _branch(search, time_limit_s * _NEAR_SHARE, near=near | _common(search))
    if not search.done():
        _branch(search, search.left(), near=None)
    return Answer(search.best, search.objective, search.bound)


def _common(search: _Search) -> BoolArray:
    """Edges that the best flows use."""
    best = sorted(search.known, key=lambda known: known[0])[:_ELITE]
    return np.asarray(np.any([support for _, support in best], axis=0), dtype=bool)


def _trivial_bound(formulation: Formulation) -> float:
    """What no flow can be cheaper than, for no work at all: only what is worth something is given."""
    limit = np.where(formulation.cost > 0.0, formulation.lower, formulation.upper)
    return float((formulation.cost * limit).sum())


def _descend(
    search: _Search, slopes: Slopes, value: FloatArray | None, *, dice: np.random.Generator | None = None
) -> None:
    """Follow slopes to good flows."""
    for flow in slopes.follow(value, rounds=_ROUNDS if dice is None else _SHAKEN_ROUNDS, dice=dice):
        search.offer(flow)
        if search.done():
            return


def _tighten(search: _Search, seconds: float) -> FloatArray | None:
    """Cut off fractional answers round by round; return the last, and keep the rows that bind."""
    formulation, end = search.formulation, time.monotonic() + seconds
    highs = quiet_highs()
    highs.setOptionValue("presolve", "off")
    highs.passModel(formulation.to_lp())
    cutter, cuts, bounds, value = Cutter(formulation), list[Row](), list[float](), None

    def late() -> bool:
        return time.monotonic() > end or (search.should_stop is not None and search.should_stop())

    def interrupt(event: Any) -> None:
        event.interrupt(late())

    highs.cbSimplexInterrupt.subscribe(interrupt)
    effort = 1
    while not late():
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        bounds.append(float(highs.getInfo().objective_function_value))
        value = np.array(highs.getSolution().col_value)
        search.raise_bound(bounds[-1] - _SLACK * abs(bounds[-1]))
        if search.done():
            break
        gained = bounds[-1] - bounds[-1 - _TAIL] if len(bounds) > _TAIL else np.inf
        tail = gained < _TAIL_GAIN * (search.objective - bounds[-1])
        if tail and effort == _MOST_EFFORT:
            break
        new = cutter.find(value, effort=effort, stop=late)
        while effort < _MOST_EFFORT and (tail or not new):
            effort, tail = effort + 1, False
            bounds = bounds[-1:]
            new = new or cutter.find(value, effort=effort, stop=late)
        if not new:
            break
        cuts += new
        _add(highs, new)
    if value is not None:
        formulation.rows += [r for r in cuts if float(r[1] @ value[r[0]]) > r[3] - _USED * max(1.0, abs(r[3]))]
    return value


def _branch(search: _Search, seconds: float, *, near: BoolArray | None) -> None:
    """Search among the pipes of ``near`` (None: all, which also raises the bound)."""
    formulation, columns = search.formulation, search.formulation.columns
    highs, end = quiet_highs(), time.monotonic() + min(seconds, search.left())
    highs.setOptionValue("mip_rel_gap", search.gap if near is None else min(search.gap, 1.0e-4))
    highs.setOptionValue("time_limit", max(0.0, end - time.monotonic()))
    highs.passModel(formulation.to_lp(whole=True))
    if near is not None:
        far = columns.laid[:, ~near[formulation.problem.option_edge]].ravel().astype(np.int32)
        highs.changeColsBounds(len(far), far, np.zeros(len(far)), np.zeros(len(far)))
    if search.best is not None:
        start = highspy.HighsSolution()
        start.col_value = list(to_columns(formulation, search.best))
        highs.setSolution(start)

    def watch(event: Any) -> None:
        if near is None:
            search.raise_bound(float(event.data_out.mip_dual_bound))
        event.interrupt(search.done() or time.monotonic() > end)

    def improve(event: Any) -> None:
        search.offer(to_flow(formulation, np.array(event.data_out.mip_solution)))

    highs.cbMipInterrupt.subscribe(watch)
    highs.cbMipImprovingSolution.subscribe(improve)
    highs.run()
    solution = highs.getSolution()
    if solution.value_valid:
        search.offer(to_flow(formulation, np.array(solution.col_value)))
    if near is None:
        search.raise_bound(float(highs.getInfo().mip_dual_bound))


def _add(highs: highspy.Highs, rows: list[Row]) -> None:
    starts = np.concatenate([[0], np.cumsum([len(r[0]) for r in rows])])
    highs.addRows(
        len(rows),
        np.array([r[2] for r in rows]),
        np.array([r[3] for r in rows]),
        int(starts[-1]),
        starts[:-1].astype(np.int32),
        np.concatenate([r[0] for r in rows]).astype(np.int32),
        np.concatenate([r[1] for r in rows]),
    )
