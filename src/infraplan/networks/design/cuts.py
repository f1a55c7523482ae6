"""Inequalities that every network obeys and a fractional one does not, found by cutting the map in two.

Take sources K and a set S of nodes around them. What K gives beyond the capacity of the sinks T inside S must
leave S: if the excess D = amount(K) - capacity(T) is positive, then

    given(K) + sum over K of (amount - D)+ (1 - opened)
        <= capacity(T) + sum over pipes out of S of min(flow, min(D, room) laid) + the same for other sinks in S.

With T empty these are the cut-set inequalities of one source or of several; with T they are flow covers. The
same holds with sources and sinks exchanged and all arcs reversed. The best S for a given K and T is a minimum cut.

Source: M. W. Padberg, T. J. Van Roy, L. A. Wolsey (1985), Operations Research 33(4), 842-861 (flow covers);
T. L. Magnanti, P. Mirchandani (1993), Networks 23(7), 583-593 (cut sets).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from infraplan.core import FloatArray, IntArray
from infraplan.networks.design.formulation import BoolArray, Formulation, Row
from infraplan.networks.design.minimum_cut import FlowGraph, lay_out_arcs, minimum_cut

# least violation of a cut, as a share of its amount
_VIOLATED = 1.0e-4
# added to every capacity, so that among equal cuts the one with the fewest arcs is found (Koch, Martin 1998)
_CREEP = 1.0e-5
_NOBODY = np.empty(0, dtype=np.int64)
# make the last effort only if fewer cuts than this were found
_ENOUGH = 4


@dataclass(frozen=True)
class _Side:
    """Sources or sinks: nodes, largest amounts, and columns of amount and opening."""

    node: IntArray
    most: FloatArray
    amount: list[IntArray]  # columns per end (per group for a sink)
    opened: IntArray
    groups: list[IntArray]  # the groups whose flow an end can be part of


@dataclass
class _Point:
    """A fractional answer, summed as the cuts need it."""

    value: FloatArray
    laid: FloatArray  # (2, options)
    flow: FloatArray  # (groups, 2, lanes)


@dataclass
class Cutter:
    """Finds violated inequalities of a formulation, each only once."""

    formulation: Formulation
    seen: set[tuple[bytes, float, bool]] = field(default_factory=set)

    def __post_init__(self) -> None:
        f = self.formulation
        p, c = f.problem, f.columns
        all_groups = np.arange(len(p.group_reach), dtype=np.int64)
        sources = _Side(p.source_node, p.source_amount, [np.array([g]) for g in c.given], c.opened,
                        [np.array([g]) for g in p.group])  # fmt: skip
        sinks = _Side(p.sink_node, p.sink_capacity, list(c.taken.T), c.used,
                      [all_groups[p.group_reach[:, j]] for j in range(len(p.sink_node))])  # fmt: skip
        self._sides = (sources, sinks)
        self._edges = f.lane_edge[f.edge_start]
        self._networks = tuple(self._wire(giver, taker) for giver, taker in ((sources, sinks), (sinks, sources)))

    def _wire(self, giver: _Side, taker: _Side) -> FlowGraph:
        """Return the arcs of the cut network: edges both ways, root to givers, root to takers, takers to the end."""
        p, root = self.formulation.problem, self.formulation.problem.nodes
        a, b = p.tail[self._edges], p.head[self._edges]
        tail = np.concatenate([a, b, np.full(len(giver.node) + len(taker.node), root), taker.node])
        head = np.concatenate([b, a, giver.node, taker.node, np.full(len(taker.node), root + 1)])
        return lay_out_arcs(tail, head, root + 2)

    def find(self, value: FloatArray, *, effort: int, stop: Callable[[], bool]) -> list[Row]:
        """Return inequalities that ``value`` violates; more effort looks at more sets of sources and sinks."""
        c = self.formulation.columns
        point = _Point(value, value[c.laid], value[c.flow])
        found: list[Row] = []
        for level, pairs in enumerate(self._pairs(value)):
            if level > effort or (level > 2 and len(found) >= _ENOUGH):
                break
            for givers, takers, reverse in pairs:
                if stop():
                    return found
                found += self._cut(point, givers, takers, reverse=reverse)
        return found

    def _pairs(self, value: FloatArray) -> Iterator[list[tuple[IntArray, IntArray, bool]]]:
        """Yield sets of givers and takers worth a look, the simplest first."""
        sources, sinks = (
            [np.array([i]) for i, columns in enumerate(side.amount) if value[columns].sum() > _VIOLATED]
            for side in self._sides
        )
        if not sources or not sinks:
            return
        every, everywhere = np.concatenate(sources), np.concatenate(sinks)
        yield [(k, _NOBODY, False) for k in sources]
        yield [(t, _NOBODY, True) for t in sinks]
        two_sinks = [np.concatenate(pair) for pair in combinations(sinks, 2)]
        yield (
            [(k, t, False) for k in sources for t in (*sinks, *two_sinks)]
            + [(t, k, True) for t in sinks for k in sources]
        )
        three_sinks = [np.concatenate(three) for three in combinations(sinks, 3)]
        two_sources = [np.concatenate(pair) for pair in combinations(sources, 2)]
        yield (
            [(every, t, False) for t in (_NOBODY, *sinks, *two_sinks, *three_sinks)]
            + [(t, _NOBODY, True) for t in (everywhere, *two_sinks)]
            + [(k, t, False) for k in two_sources for t in (_NOBODY, *sinks, *two_sinks)]
        )

    def _cut(self, point: _Point, givers: IntArray, takers: IntArray, *, reverse: bool) -> list[Row]:
        giver, taker = self._sides[reverse], self._sides[not reverse]
        excess, spare = self._excess(giver, taker, givers, takers)
        if excess <= _VIOLATED:
            return []
        gain = np.array([point.value[giver.amount[i]].sum() for i in givers])
        gain += spare * (1.0 - point.value[giver.opened[givers]])
        if gain.sum() - taker.most[takers].sum() <= _VIOLATED * excess:
            return []
        groups = np.unique(np.concatenate([giver.groups[i] for i in givers]))
        out = self._lanes(point, groups, excess)
        arcs = np.add.reduceat(out, self.formulation.edge_start, axis=1)
        if reverse:
            arcs = arcs[::-1]
        to_giver, to_taker = np.zeros(len(giver.node)), np.zeros(len(taker.node))
        to_giver[givers], to_taker[takers] = gain, np.inf
        to_end = self._ends(point, taker, groups, excess)
        to_end[takers] = 0.0
        capacity = np.zeros(2 * (arcs.size + len(to_giver) + 2 * len(to_taker)))
        capacity[0::2] = np.concatenate([arcs.ravel() + _CREEP, to_giver, to_taker, to_end])
        nodes = self.formulation.problem.nodes
        _, near, far = minimum_cut(self._networks[reverse], capacity, nodes, nodes + 1)
        rows = []
        for inside in (near, far) if (near != far).any() else (near,):
            kept = givers[inside[giver.node[givers]]]
            row = self._row(point, inside, kept, takers, reverse=reverse) if len(kept) else None
            if row is not None:
                rows.append(row)
        return rows

    def _excess(self, giver: _Side, taker: _Side, givers: IntArray, takers: IntArray) -> tuple[float, FloatArray]:
        """Return the excess of givers over takers, and the amount of each giver above the excess."""
        total, most = float(giver.most[givers].sum()), self.formulation.problem.most
        excess = min(total, most) - float(taker.most[takers].sum())
        # a giver can only be lifted where no overall limit has cut the total
        spare = np.maximum(giver.most[givers] - excess, 0.0) if total <= most else np.zeros(len(givers))
        return excess, spare

    def _lanes(self, point: _Point, groups: IntArray, excess: float) -> FloatArray:
        """Return the lesser of flow and lifted pipe, per direction and lane."""
        flow = point.flow[groups].sum(axis=0)
        room = np.minimum(self.formulation.problem.room, excess)
        laid = np.add.reduceat(room * point.laid, self.formulation.lane_start, axis=1)
        return np.asarray(np.minimum(flow, laid))

    def _ends(self, point: _Point, taker: _Side, groups: IntArray, excess: float) -> FloatArray:
        taken = np.array([point.value[columns].sum() for columns in taker.amount])
        return np.asarray(np.minimum(taken, np.minimum(taker.most, excess) * point.value[taker.opened]))

    def _row(
        self, point: _Point, inside: BoolArray, givers: IntArray, takers: IntArray, *, reverse: bool
    ) -> Row | None:
        """Write the inequality of a set of nodes; None if it holds or is known."""
        f, giver, taker = self.formulation, self._sides[reverse], self._sides[not reverse]
        p, c, value = f.problem, f.columns, point.value
        excess, spare = self._excess(giver, taker, givers, takers)
        if excess <= _VIOLATED:
            return None
        groups = np.unique(np.concatenate([giver.groups[i] for i in givers]))
        constant = float(taker.most[takers].sum())
        columns = [np.concatenate([giver.amount[i] for i in givers]), giver.opened[givers]]
        values = [np.ones(len(columns[0])), -spare]
        ends = np.append(f.lane_start[1:], len(p.option_edge))
        for direction in (0, 1):
            start, stop = (p.tail, p.head) if (direction == 0) != reverse else (p.head, p.tail)
            leaving = np.flatnonzero(inside[start[f.lane_edge]] & ~inside[stop[f.lane_edge]])
            for lane in leaving.tolist():
                options = np.arange(f.lane_start[lane], ends[lane])
                room = np.minimum(p.room[options], excess)
                flows = c.flow[groups, direction, lane]
                pipe = c.laid[direction, options]
                by_flow = value[flows].sum() <= (room * value[pipe]).sum()
                columns.append(flows if by_flow else pipe)
                values.append(-np.ones(len(flows)) if by_flow else -room)
        for end in np.setdiff1d(np.flatnonzero(inside[taker.node]), takers).tolist():
            most = min(float(taker.most[end]), excess)
            by_flow = value[taker.amount[end]].sum() <= most * value[taker.opened[end]]
            columns.append(taker.amount[end] if by_flow else taker.opened[end : end + 1])
            values.append(-np.ones(len(columns[-1])) if by_flow else np.array([-most]))
        column, factor = np.concatenate(columns), np.concatenate(values)
        column, factor = column[factor != 0.0], factor[factor != 0.0]
        limit = constant - float(spare.sum())
        key = (column.tobytes(), round(excess, 6), reverse)
        if float(factor @ value[column]) - limit <= _VIOLATED * excess or key in self.seen:
            return None
        self.seen.add(key)
        return column, factor, -np.inf, limit
