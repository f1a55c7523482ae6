"""Solver: find the cheapest flow of a problem, and prove how far from the cheapest it can be.

The steps: good networks (slope scaling), a bound (linear programme with cuts), a search among the pipes that both use,
and a search among all pipes. If the map is too large for that, the bound is the plain linear one, and the search goes
through neighbourhoods of the best network. It can be stopped at any time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np

from infraplan.core import FloatArray
from infraplan.networks.design.chains import contract
from infraplan.networks.design.cuts import Cutter
from infraplan.networks.design.formulation import (
    BoolArray,
    FixedChargeFlow,
    FixedChargeProblem,
    Formulation,
    Row,
    quiet_highs,
)
from infraplan.networks.design.slopes import Slopes, price_flow, to_columns, to_flow

log = logging.getLogger(__name__)

Tell = Callable[[float, float], None]
_ROUNDS, _SHAKEN_ROUNDS = 25, 8  # of slope scaling
_EARLY, _STARTS = 18, 15  # shaken starts of it, from the best network at once and from the bound's answer later
_START_SHARE = 0.25  # of the time at most, for the later ones
_ELITE = 20  # flows whose pipes are searched first
_CUT_SHARE = 0.35  # of the time at most, for cuts
_NEAR_SHARE = 0.2  # of the time at most, for the search among known pipes
_MOST_EFFORT = 3  # of looking for cuts
_TAIL = 8  # rounds of cuts that together must gain something
_TAIL_GAIN = 0.02  # of the gap that is left
_LARGE = 15_000  # pipes to choose from, times groups
_LARGE_ELITE = 4  # flows whose pipes make up a neighbourhood on a large map
_LARGE_ROUNDS = 3  # of slope scaling there
_FRUITLESS = 3  # neighbourhoods in a row without gain
_SLICE = 0.34  # of the time left, for one neighbourhood
_SLACK = 1.0e-6
_SEED = 1
_USED = 1.0e-5


@dataclass(frozen=True)
class Answer:
    """The best flow found (None: none), its cost, and a lower bound on the cost of any flow."""

    flow: FixedChargeFlow | None
    objective: float
    bound: float

    @property
    def gap(self) -> float:
        """Return how much dearer than the cheapest the answer can be, as a share of its cost [-]."""
        if self.flow is None or not np.isfinite(self.bound):
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1.0e-9)


@dataclass
class _Search:
    """The state of one search."""

    problem: FixedChargeProblem
    gap: float
    deadline: float
    should_stop: Callable[[], bool] | None
    report_progress: Tell | None
    best: FixedChargeFlow | None = None
    objective: float = float("inf")
    bound: float = float("-inf")
    known: list[tuple[float, BoolArray]] = field(default_factory=list)

    def left(self) -> float:
        """Return the time left [s]."""
        return self.deadline - time.monotonic()

    def stopped(self) -> bool:
        """Return whether the time is up or the search was told to stop."""
        return self.left() <= 0.0 or (self.should_stop is not None and self.should_stop())

    def done(self) -> bool:
        """Return whether the search is stopped or the gap is proven."""
        return self.stopped() or Answer(self.best, self.objective, self.bound).gap <= self.gap

    def offer(self, flow: FixedChargeFlow) -> None:
        """Keep a flow if it is the cheapest so far."""
        fits = flow.taken.shape == (len(self.problem.group_reach), len(self.problem.sink_node))
        cost = price_flow(self.problem, flow) if fits else float("inf")
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
        if self.report_progress:
            self.report_progress(self.objective, self.bound)


def solve(
    problem: FixedChargeProblem,
    *,
    start: FixedChargeFlow | None = None,
    gap: float = 0.005,
    time_limit_s: float = 60.0,
    should_stop: Callable[[], bool] | None = None,
    report_progress: Tell | None = None,
) -> Answer:
    """Find the cheapest flow of ``problem``, and how far from the cheapest it can be.

    Parameters
    ----------
    start
        Flow to start from; returned if nothing cheaper is found.
    gap
        Stop as soon as the answer is proven to be within this share of the cheapest [-].
    time_limit_s
        Stop after this time [s].
    should_stop
        Called all the time; True ends the search with the best flow so far.
    report_progress
        Called with the cost of the best flow and the bound whenever one of them changes.
    """
    short = contract(problem)
    search = _Search(short.small, gap, time.monotonic() + time_limit_s, should_stop, report_progress)
    search.bound = _trivial_bound(short.small)
    if start is not None:
        search.offer(short.shrink(start))
    if search.best is None or not search.done():
        large = len(short.small.option_edge) * len(short.small.group_reach) > _LARGE
        (_search_large if large else _search_small)(search)
    flow = None if search.best is None else short.grow(search.best)
    return Answer(flow, search.objective, search.bound)


def _search_small(search: _Search) -> None:
    """Search all pipes at once, and prove it."""
    time_limit_s, formulation = search.left(), Formulation(search.problem)
    slopes, dice = Slopes(formulation, search.stopped), np.random.default_rng(_SEED)
    _descend(search, slopes, None)
    for _ in range(_EARLY):
        # shaken prices of the best network lead to its neighbours, long before the bound is good
        if search.done() or search.best is None:
            break
        _descend(search, slopes, to_columns(formulation, search.best), dice=dice)
    value = None if search.done() else _tighten(search, formulation, time_limit_s * _CUT_SHARE)
    if value is not None and not search.done():
        _descend(search, slopes, value)
        end = time.monotonic() + time_limit_s * _START_SHARE
        for _ in range(_STARTS):
            if search.done() or time.monotonic() > end:
                break
            _descend(search, slopes, value, dice=dice)
        near = np.abs(to_flow(formulation, value).arc).sum(axis=(0, 1)) > _USED
        _branch(search, formulation, time_limit_s * _NEAR_SHARE, near=near | _common(search, _ELITE))
    if not search.done():
        _branch(search, formulation, search.left(), near=None)


def _search_large(search: _Search) -> None:
    """Search one neighbourhood of the best network after another; the bound is the plain linear one."""
    problem, dice = search.problem, np.random.default_rng(_SEED)
    # the bound, and where pipes may lie, do not depend on who may go where
    anywhere = replace(problem, reach=np.ones_like(problem.reach))
    slopes, fruitless = Slopes(Formulation(anywhere), search.stopped), 0
    _descend(search, slopes, None, rounds=_LARGE_ROUNDS)
    while fruitless < _FRUITLESS and (search.best is None or not search.done()):
        before = search.objective
        near = _common(search, _LARGE_ELITE)
        if search.best is not None:
            near |= np.abs(search.best.arc).sum(axis=(0, 1)) > _USED
        part = contract(problem, among=near)
        inner = _Search(part.small, search.gap, time.monotonic() + _SLICE * search.left(), search.should_stop, None)
        if search.best is not None:
            inner.offer(part.shrink(search.best))
        _search_small(inner)
        if inner.best is not None:
            search.offer(part.grow(inner.best))
        fruitless = fruitless + 1 if search.objective > before - _SLACK * abs(before) else 0
        if not search.done():
            search.known.clear()
            _descend(search, slopes, None, dice=dice, rounds=_LARGE_ROUNDS)


def _trivial_bound(problem: FixedChargeProblem) -> float:
    """Return a lower bound that needs no search: all that sources and sinks earn, without any cost."""
    given = float((np.minimum(problem.source_variable, 0.0) * problem.source_amount).sum())
    return given + float((np.minimum(problem.sink_variable, 0.0) * problem.sink_capacity).sum())


def _common(search: _Search, count: int) -> BoolArray:
    """Return the edges that the best flows use."""
    best = sorted(search.known, key=lambda known: known[0])[:count]
    nowhere = np.zeros(len(search.problem.tail), dtype=bool)
    return np.asarray(np.any([nowhere, *(support for _, support in best)], axis=0), dtype=bool)


def _descend(
    search: _Search,
    slopes: Slopes,
    value: FloatArray | None,
    *,
    dice: np.random.Generator | None = None,
    rounds: int | None = None,
) -> None:
    """Follow slopes to good flows; the first slopes from scratch are never too dear, so they give a bound."""
    rounds = rounds or (_ROUNDS if dice is None else _SHAKEN_ROUNDS)
    for number, flow in enumerate(slopes.follow(value, rounds=rounds, dice=dice)):
        if number == 0 and value is None and dice is None:
            search.raise_bound(slopes.cost - _SLACK * abs(slopes.cost))
        search.offer(flow)
        if search.done():
            return


def _tighten(search: _Search, formulation: Formulation, seconds: float) -> FloatArray | None:
    """Cut off fractional answers round by round; return the last, and keep the rows that bind."""
    end = time.monotonic() + seconds
    highs = quiet_highs()
    highs.setOptionValue("presolve", "off")
    highs.passModel(formulation.to_lp())
    cutter, cuts, bounds, value = Cutter(formulation), list[Row](), list[float](), None

    def late() -> bool:
        return time.monotonic() > end or search.stopped()

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


def _branch(search: _Search, formulation: Formulation, seconds: float, *, near: BoolArray | None) -> None:
    """Search among the pipes of ``near`` (None: all, which also raises the bound)."""
    columns, highs, end = formulation.columns, quiet_highs(), time.monotonic() + min(seconds, search.left())
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
