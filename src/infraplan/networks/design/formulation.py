"""Formulation: a network problem as numbers, and as a strong mixed-integer programme."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import highspy
import numpy as np
import numpy.typing as npt

from infraplan.core import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]
# one row of the formulation: columns, values, lower and upper bound
Row = tuple[IntArray, FloatArray, float, float]
_EPSILON = 1.0e-9


@dataclass(frozen=True)
class FixedChargeProblem:
    """Open edges, sources and sinks at least cost, so that flow runs from sources to sinks.

    Amounts are per year in one unit. Costs are per year in another unit (fixed), or per unit of amount (variable).
    An edge without an option is forbidden. ``reach`` says which sinks (columns) a source (row) may use.

    nodes : number of nodes. tail, head : ends of each edge.
    option_* : pipes that can be laid, sorted by edge; an edge takes one of its options, or none.
    forced : edges that must take an option.
    source_* : largest amount given, cost of opening, cost per unit (negative: worth).
    sink_* : largest amount taken, cost of opening, cost per unit; in modules (wells, berths) of ``sink_module``
        (infinite: none) at ``module_cost`` each.
    must, required : the sources ``must`` give at least ``required`` together.
    target : total amount given by all sources; None leaves it to the costs.
    """

    nodes: int
    tail: IntArray
    head: IntArray
    option_edge: IntArray
    option_capacity: FloatArray
    option_fixed: FloatArray
    option_variable: FloatArray
    source_node: IntArray
    source_amount: FloatArray
    source_fixed: FloatArray
    source_variable: FloatArray
    sink_node: IntArray
    sink_capacity: FloatArray
    sink_fixed: FloatArray
    sink_variable: FloatArray
    sink_module: FloatArray
    module_cost: FloatArray
    reach: BoolArray
    forced: BoolArray
    must: BoolArray
    required: float = 0.0
    target: float | None = None

    @cached_property
    def most(self) -> float:
        """Return the largest total flow."""
        limit = min(float(self.source_amount.sum()), float(self.sink_capacity.sum()))
        return limit if self.target is None else min(limit, self.target)

    @cached_property
    def room(self) -> FloatArray:
        """Return the capacity of each option, at most the largest total flow."""
        return np.minimum(self.option_capacity, self.most)

    @cached_property
    def group(self) -> IntArray:
        """Group of each source: sources with the same reach share one flow."""
        return np.unique(self.reach, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)

    @cached_property
    def group_reach(self) -> BoolArray:
        """Return which sinks (columns) each group (row) may use."""
        return np.asarray(np.unique(self.reach, axis=0), dtype=bool)


@dataclass(frozen=True)
class FixedChargeFlow:
    """An answer: flow per group, direction (0: tail to head) and edge; amounts given by sources and taken by sinks."""

    arc: FloatArray  # (groups, 2, edges)
    given: FloatArray  # (sources,)
    taken: FloatArray  # (groups, sinks)


@dataclass(frozen=True)
class Variables:
    """Column numbers. A lane is the part of an edge whose options cost the same per unit."""

    laid: IntArray  # (2, options): the option is laid, in this direction of flow
    flow: IntArray  # (groups, 2, lanes)
    given: IntArray  # (sources,)
    opened: IntArray  # (sources,)
    taken: IntArray  # (groups, sinks)
    used: IntArray  # (sinks,)
    modules: IntArray  # (sinks,)
    count: int


@dataclass
class Formulation:
    """Rows and columns of a problem; cuts are added to ``rows`` as they are found."""

    problem: FixedChargeProblem
    columns: Variables = field(init=False)
    cost: FloatArray = field(init=False)
    lower: FloatArray = field(init=False)
    upper: FloatArray = field(init=False)
    whole: BoolArray = field(init=False)
    rows: list[Row] = field(init=False)
    lane_start: IntArray = field(init=False)  # first option of each lane
    edge_start: IntArray = field(init=False)  # first lane of each edge that has any
    lane_edge: IntArray = field(init=False)

    def __post_init__(self) -> None:
        p = self.problem
        change = np.flatnonzero((np.diff(p.option_edge) != 0) | (np.diff(p.option_variable) != 0.0)) + 1
        self.lane_start = np.concatenate([[0], change]).astype(np.int64)
        self.lane_edge = p.option_edge[self.lane_start]
        self.edge_start = np.concatenate([[0], np.flatnonzero(np.diff(self.lane_edge)) + 1]).astype(np.int64)
        self.columns = self._number()
        self._bound()
        self.rows = [*self._balances(), *self._links(), *self._ends()]

    def _number(self) -> Variables:
        p, groups = self.problem, len(self.problem.group_reach)
        sizes = (2 * len(p.option_edge), groups * 2 * len(self.lane_start), len(p.source_node),
                 len(p.source_node), groups * len(p.sink_node), len(p.sink_node), len(p.sink_node))  # fmt: skip
        parts = np.split(np.arange(sum(sizes), dtype=np.int64), np.cumsum(sizes)[:-1])
        return Variables(
            parts[0].reshape(2, -1), parts[1].reshape(groups, 2, -1), parts[2], parts[3],
            parts[4].reshape(groups, -1), parts[5], parts[6], sum(sizes),
        )  # fmt: skip

    def _bound(self) -> None:
        p, c = self.problem, self.columns
        self.cost, self.lower = np.zeros(c.count), np.zeros(c.count)
        self.upper, self.whole = np.ones(c.count), np.zeros(c.count, dtype=bool)
        self.cost[c.laid] = p.option_fixed
        self.cost[c.flow] = p.option_variable[self.lane_start]
        self.cost[c.given], self.cost[c.opened] = p.source_variable, p.source_fixed
        self.cost[c.taken], self.cost[c.used] = p.sink_variable, p.sink_fixed
        self.cost[c.modules] = np.where(np.isfinite(p.sink_module), p.module_cost, 0.0)
        self.upper[c.flow] = np.maximum.reduceat(p.room, self.lane_start)
        self.upper[c.given] = p.source_amount
        self.upper[c.taken] = np.where(p.group_reach, p.sink_capacity, 0.0)
        self.upper[c.modules] = self.module_count
        # a source or sink that costs nothing to open needs no decision
        self.lower[c.opened[p.source_fixed == 0.0]] = 1.0
        self.lower[c.used[p.sink_fixed == 0.0]] = 1.0
        for part in (c.laid, c.opened, c.used, c.modules):
            self.whole[part] = True
        self.whole &= self.lower < self.upper

    @cached_property
    def module_count(self) -> FloatArray:
        """Return the largest number of modules of each sink."""
        p = self.problem
        return np.where(np.isfinite(p.sink_module), np.ceil(p.sink_capacity / p.sink_module - _EPSILON), 0.0)

    def _balances(self) -> list[Row]:
        """Add the mass balance of each node and group."""
        p, c = self.problem, self.columns
        rows = []
        start, end = p.tail[self.lane_edge], p.head[self.lane_edge]
        for group in range(len(p.group_reach)):
            both = np.concatenate([c.flow[group, 0], c.flow[group, 1]])
            out, into = np.concatenate([start, end]), np.concatenate([end, start])
            sources = np.flatnonzero(p.group == group)
            columns = np.concatenate([both, both, c.given[sources], c.taken[group]])
            nodes = np.concatenate([out, into, p.source_node[sources], p.sink_node])
            signs = np.repeat([1.0, -1.0, -1.0, 1.0], [len(both), len(both), len(sources), len(p.sink_node)])
            order = np.argsort(nodes, kind="stable")
            cuts = np.flatnonzero(np.diff(nodes[order])) + 1
            rows += [(columns[part], signs[part], 0.0, 0.0) for part in np.split(order, cuts)]
        return rows

    def _links(self) -> list[Row]:
        """Add the rows that tie flow to pipes: at most one pipe on each edge, exactly one if it is forced."""
        p, c = self.problem, self.columns
        rows: list[Row] = []
        ends = np.append(self.lane_start[1:], len(p.option_edge))
        for direction in (0, 1):
            for lane, (first, last) in enumerate(zip(self.lane_start, ends, strict=True)):
                columns = np.concatenate([c.flow[:, direction, lane], c.laid[direction, first:last]])
                values = np.concatenate([np.ones(len(c.flow)), -p.room[first:last]])
                rows.append((columns, values, -np.inf, 0.0))
        for part in np.split(np.arange(len(p.option_edge)), np.flatnonzero(np.diff(p.option_edge)) + 1):
            columns = c.laid[:, part].ravel()
            least = 1.0 if p.forced[p.option_edge[part[0]]] else 0.0
            rows.append((columns, np.ones(len(columns)), least, 1.0))
        return rows

    def flow_rows(self) -> list[Row]:
        """Return the rows of the problem without pipes: flow is limited only where no pipe is thick enough."""
        p, c = self.problem, self.columns
        room = np.maximum.reduceat(p.room, self.lane_start)
        widest = np.maximum.reduceat(room, self.edge_start)
        ends = np.append(self.edge_start[1:], len(self.lane_start))
        rows = [*self._balances(), *self._ends()]
        for edge in np.flatnonzero(widest < p.most).tolist():
            columns = c.flow[:, :, self.edge_start[edge] : ends[edge]].ravel()
            rows.append((columns, np.ones(len(columns)), -np.inf, float(widest[edge])))
        return rows

    def _ends(self) -> list[Row]:
        """Add the limits of sources and sinks, and the total that must be given."""
        p, c = self.problem, self.columns
        rows: list[Row] = []
        for i, amount in enumerate(p.source_amount):
            rows.append((np.array([c.given[i], c.opened[i]]), np.array([1.0, -amount]), -np.inf, 0.0))
        ones = np.ones(len(p.group_reach))
        for j, capacity in enumerate(p.sink_capacity):
            rows.append((np.append(c.taken[:, j], c.used[j]), np.append(ones, -capacity), -np.inf, 0.0))
            if np.isfinite(p.sink_module[j]):
                modules = np.append(c.taken[:, j], c.modules[j])
                rows.append((modules, np.append(ones, -p.sink_module[j]), -np.inf, 0.0))
                pair = np.array([c.modules[j], c.used[j]])
                rows.append((pair, np.array([1.0, -self.module_count[j]]), -np.inf, 0.0))
        if p.target is not None:
            rows.append((c.given, np.ones(len(c.given)), p.target, p.target))
        if p.required > 0.0:
            rows.append((c.given[p.must], np.ones(int(p.must.sum())), p.required, np.inf))
        return rows

    def to_lp(self, rows: list[Row] | None = None, *, whole: bool = False) -> highspy.HighsLp:
        """Return the rows (default: all) as a linear or mixed-integer programme for HiGHS."""
        rows = self.rows if rows is None else rows
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns.count, len(rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self.cost, self.lower, self.upper
        lp.row_lower_, lp.row_upper_ = np.array([r[2] for r in rows]), np.array([r[3] for r in rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum([len(r[0]) for r in rows])]).astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate([r[0] for r in rows]).astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate([r[1] for r in rows])
        if whole:
            kind = highspy.HighsVarType
            lp.integrality_ = [kind.kInteger if w else kind.kContinuous for w in self.whole]
        return lp


def quiet_highs() -> highspy.Highs:
    """Return a solver that prints nothing and uses one thread."""
    highs: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    return highs
