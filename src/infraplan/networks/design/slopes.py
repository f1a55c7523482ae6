"""Slope scaling of the formulation: price each pipe as if its cost were proportional to its flow, and repeat.

Source: D. Kim, P. M. Pardalos (1999), Operations Research Letters 24(4), 195-203 (dynamic slope scaling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import highspy
import numpy as np

from infraplan.core import FloatArray, IntArray
from infraplan.networks.design.formulation import FixedChargeFlow, FixedChargeProblem, Formulation, quiet_highs

_EPSILON = 1.0e-7
_PRIMAL_SIMPLEX = 4
# factors on the prices to start from
_SHAKE = (0.6, 1.6)
_SHAKE_SOURCES = (0.8, 1.25)


def price_flow(problem: FixedChargeProblem, flow: FixedChargeFlow) -> float:
    """Return the yearly cost of a flow in the cheapest pipes that carry it; infinite where none does."""
    total, opposed = carry(flow)
    cost, _ = _choose(problem, total)
    if opposed or not np.isfinite(cost).all():
        return float("inf")
    taken = flow.taken.sum(axis=0)
    modules = np.where(
        np.isfinite(problem.sink_module), np.ceil(taken / problem.sink_module - _EPSILON) * problem.module_cost, 0.0
    )
    ends = problem.source_fixed * (flow.given > _EPSILON) + problem.source_variable * flow.given
    sinks = problem.sink_fixed * (taken > _EPSILON) + problem.sink_variable * taken + modules
    return float(cost.sum() + ends.sum() + sinks.sum())


def carry(flow: FixedChargeFlow) -> tuple[FloatArray, bool]:
    """Return the flow of each edge, positive from tail to head, and whether flows of groups meet head-on anywhere."""
    net = flow.arc[:, 0] - flow.arc[:, 1]
    forward, backward = np.maximum(net, 0.0).sum(axis=0), np.maximum(-net, 0.0).sum(axis=0)
    opposed = bool((np.minimum(forward, backward) > _EPSILON * 100.0).any())
    total = forward - backward
    return np.where(np.abs(total) > _EPSILON, total, 0.0), opposed


def _choose(problem: FixedChargeProblem, total: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return cost and option (-1: none) of each edge."""
    p, amount = problem, np.abs(total)
    option_flow = amount[p.option_edge]
    cost = p.option_fixed + p.option_variable * option_flow
    cost = np.where(p.option_capacity * (1.0 + _EPSILON) + _EPSILON >= option_flow, cost, np.inf)
    wanted = (option_flow > 0.0) | p.forced[p.option_edge]
    order = np.lexsort((cost, p.option_edge))
    first = order[np.concatenate([[True], np.diff(p.option_edge[order]) != 0])]
    first = first[wanted[first]]
    edge_cost, option = np.zeros(len(amount)), np.full(len(amount), -1, dtype=np.int64)
    edge_cost[p.option_edge[first]], option[p.option_edge[first]] = cost[first], first
    edge_cost[(amount > 0.0) & (option < 0)] = np.inf
    return edge_cost, option


def to_flow(formulation: Formulation, value: FloatArray) -> FixedChargeFlow:
    """Read a flow out of the columns of an answer."""
    c, f = formulation.columns, formulation
    lanes = np.maximum(value[c.flow], 0.0)
    arc = np.zeros((*lanes.shape[:2], len(f.problem.tail)))
    arc[:, :, f.lane_edge[f.edge_start]] = np.add.reduceat(lanes, f.edge_start, axis=2)
    return FixedChargeFlow(arc, np.maximum(value[c.given], 0.0), np.maximum(value[c.taken], 0.0))


def to_columns(formulation: Formulation, flow: FixedChargeFlow) -> FloatArray:
    """Write a flow as an answer of the formulation, to start a search from."""
    f, c, p = formulation, formulation.columns, formulation.problem
    value = f.lower.copy()
    total, _ = carry(flow)
    _, option = _choose(p, total)
    lane = np.searchsorted(f.lane_start, option, side="right") - 1
    net = flow.arc[:, 0] - flow.arc[:, 1]
    for edge in np.flatnonzero(option >= 0):
        direction = 0 if total[edge] >= 0.0 else 1
        value[c.laid[direction, option[edge]]] = 1.0
        value[c.flow[:, direction, lane[edge]]] = np.maximum(net[:, edge] if direction == 0 else -net[:, edge], 0.0)
    value[c.given], value[c.taken] = flow.given, flow.taken
    taken = flow.taken.sum(axis=0)
    value[c.opened] = np.maximum(value[c.opened], flow.given > _EPSILON)
    value[c.used] = np.maximum(value[c.used], taken > _EPSILON)
    value[c.modules] = np.where(np.isfinite(p.sink_module), np.ceil(taken / p.sink_module - _EPSILON), 0.0)
    return value


class Slopes:
    """The formulation as a plain flow problem whose prices per unit can be set."""

    def __init__(self, formulation: Formulation, stop: Callable[[], bool] = lambda: False) -> None:
        self.formulation = formulation
        self.cost = float("-inf")  # of the last flow, at the prices it was found for
        self.highs = quiet_highs()
        self.highs.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)
        self.highs.passModel(formulation.to_lp(formulation.flow_rows()))
        self._rounds = 0

        def interrupt(event: Any) -> None:
            # the first flow is always found, so that there is one
            event.interrupt(self._rounds > 0 and stop())

        self.highs.cbSimplexInterrupt.subscribe(interrupt)

    def follow(
        self, value: FloatArray | None, *, rounds: int, dice: np.random.Generator | None = None
    ) -> Iterator[FixedChargeFlow]:
        """Yield flows, each the cheapest at the prices per unit that the previous flow implies.

        The first prices follow from a (fractional) answer of the formulation, or from full pipes; ``dice`` shakes them.
        """
        f, p = self.formulation, self.formulation.problem
        edge_slope, source_slope, sink_slope = self._start(value)
        if dice is not None:
            edge_slope = edge_slope * dice.uniform(*_SHAKE, len(edge_slope))
            sink_slope = sink_slope * dice.uniform(*_SHAKE, len(sink_slope))
            source_slope = source_slope * dice.uniform(*_SHAKE_SOURCES, len(source_slope))
        for _ in range(rounds):
            answer = self._route(edge_slope, source_slope, sink_slope)
            if answer is None:
                return
            flow = to_flow(f, answer)
            yield flow
            total, _ = carry(flow)
            amount, taken = np.abs(total), flow.taken.sum(axis=0)
            cost, _ = _choose(p, total)
            used, before = amount > _EPSILON, edge_slope.copy()
            edge_slope[used] = np.minimum(cost[used] / amount[used], 1.0e9)
            given = flow.given > _EPSILON
            source_slope[given] = (p.source_fixed / np.maximum(flow.given, _EPSILON) + p.source_variable)[given]
            sink_slope[taken > _EPSILON] = (p.sink_fixed / np.maximum(taken, _EPSILON) + self._per_unit())[
                taken > _EPSILON
            ]
            if np.allclose(before, edge_slope, rtol=1.0e-9):
                return

    def _start(self, value: FloatArray | None) -> tuple[FloatArray, FloatArray, FloatArray]:
        f, p, c = self.formulation, self.formulation.problem, self.formulation.columns
        edge_slope = np.full(len(p.tail), np.inf)
        np.minimum.at(edge_slope, p.option_edge, p.option_fixed / np.maximum(p.room, _EPSILON) + p.option_variable)
        edge_slope[~np.isfinite(edge_slope)] = 0.0
        source_slope = p.source_fixed / p.source_amount + p.source_variable
        sink_slope = p.sink_fixed / p.sink_capacity + self._per_unit()
        if value is not None:
            # where the answer lays part of a pipe for little flow, a unit is dear there
            lanes = value[c.flow].sum(axis=(0, 1))
            pipes = np.add.reduceat((p.option_fixed * value[c.laid]).sum(axis=0), f.lane_start)
            amount, paid = np.zeros(len(p.tail)), np.zeros(len(p.tail))
            np.add.at(amount, f.lane_edge, lanes)
            np.add.at(paid, f.lane_edge, pipes + lanes * p.option_variable[f.lane_start])
            used = amount > _EPSILON
            edge_slope[used] = paid[used] / amount[used]
            edge_slope[~used] *= 2.0
        return edge_slope, source_slope, sink_slope

    def _per_unit(self) -> FloatArray:
        p = self.formulation.problem
        return p.sink_variable + np.where(np.isfinite(p.sink_module), p.module_cost / p.sink_module, 0.0)

    def _route(self, edge: FloatArray, source: FloatArray, sink: FloatArray) -> FloatArray | None:
        f, c = self.formulation, self.formulation.columns
        cost = np.zeros(c.count)
        cost[c.flow], cost[c.given], cost[c.taken] = edge[f.lane_edge], source, sink
        self.highs.changeColsCost(c.count, np.arange(c.count, dtype=np.int32), cost)
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        self._rounds += 1
        self.cost = float(self.highs.getInfo().objective_function_value)
        return np.array(self.highs.getSolution().col_value)
