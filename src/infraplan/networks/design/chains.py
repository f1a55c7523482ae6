"""Contraction: a smaller problem with the same answer, without dead ends and with chains of edges merged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from infraplan.core import FloatArray, IntArray
from infraplan.networks.design.formulation import BoolArray, FixedChargeFlow, FixedChargeProblem

# edge of the large problem, and whether it runs along the edge of the small one
Part = tuple[int, bool]


@dataclass(frozen=True)
class Contraction:
    """A problem, the smaller problem, and which edges of the large one make up each edge of the small one."""

    large: FixedChargeProblem
    small: FixedChargeProblem
    parts: list[list[Part]]

    def shrink(self, flow: FixedChargeFlow) -> FixedChargeFlow:
        """Return a flow of the large problem as one of the small."""
        first = np.array([parts[0][0] if parts else 0 for parts in self.parts], dtype=np.int64)
        along = np.array([parts[0][1] if parts else True for parts in self.parts], dtype=bool)
        arc = flow.arc[:, :, first] * np.array([bool(parts) for parts in self.parts])
        return FixedChargeFlow(np.where(along, arc, arc[:, ::-1]), flow.given, flow.taken)

    def grow(self, flow: FixedChargeFlow) -> FixedChargeFlow:
        """Return a flow of the small problem as one of the large."""
        arc = np.zeros((*flow.arc.shape[:2], len(self.large.tail)))
        for edge, parts in enumerate(self.parts):
            for part, along in parts:
                arc[:, :, part] = flow.arc[:, :, edge] if along else flow.arc[:, ::-1, edge]
        return FixedChargeFlow(arc, flow.given, flow.taken)


def contract(problem: FixedChargeProblem, *, among: BoolArray | None = None) -> Contraction:
    """Leave out edges that cannot matter (and those not in ``among``), and merge chains of edges with the same flow."""
    chains = _Chains(problem, among)
    chains.shorten()
    links = sorted(chains.links.items())
    # if no edge can matter, keep a loop that stands for none, so that the formulas stay valid
    links = links or [(-1, (int(problem.source_node[0]), int(problem.source_node[0]), []))]
    ends = np.array([(u, v) for _, (u, v, _) in links], dtype=np.int64).reshape(-1, 2)
    kept = np.unique(np.concatenate([ends.ravel(), problem.source_node, problem.sink_node]))
    parts = [part for _, (_, _, part) in links]
    options = [chains.options(part) for part in parts]
    edge = np.repeat(np.arange(len(parts)), [len(o[0]) for o in options])
    capacity, fixed, variable = (np.concatenate([o[i] for o in options] or [np.empty(0)]) for i in range(3))
    small = replace(
        problem,
        nodes=len(kept),
        tail=np.searchsorted(kept, ends[:, 0]),
        head=np.searchsorted(kept, ends[:, 1]),
        option_edge=edge,
        option_capacity=capacity,
        option_fixed=fixed,
        option_variable=variable,
        source_node=np.searchsorted(kept, problem.source_node),
        sink_node=np.searchsorted(kept, problem.sink_node),
        forced=np.array([any(problem.forced[e] for e, _ in part) for part in parts], dtype=bool),
    )
    return Contraction(problem, small, parts)


class _Chains:
    """The edges while they are being joined: number -> (node, node, parts)."""

    def __init__(self, problem: FixedChargeProblem, among: BoolArray | None) -> None:
        p = problem
        self.problem = p
        self.first = np.searchsorted(p.option_edge, np.arange(len(p.tail) + 1))
        open_ = np.diff(self.first) > 0
        if among is not None:
            open_ &= among | p.forced
        self.links = {
            e: (int(p.tail[e]), int(p.head[e]), [(e, True)])
            for e in np.flatnonzero(open_ & (p.tail != p.head)).tolist()
        }
        self.around: dict[int, set[int]] = {}
        for e, (u, v, _) in self.links.items():
            self.around.setdefault(u, set()).add(e)
            self.around.setdefault(v, set()).add(e)
        self.fixed = {int(n) for n in (*p.source_node, *p.sink_node)}
        self.fixed |= {int(n) for e in np.flatnonzero(p.forced) for n in (p.tail[e], p.head[e])}

    def shorten(self) -> None:
        """Remove dead ends and merge chains until none is left."""
        waiting = sorted(self.around.keys() - self.fixed)
        while waiting:
            node = waiting.pop()
            edges = sorted(self.around.get(node, ()))
            chain = len(edges) == 2 and all(self._plain(e) for e in edges)
            if len(edges) != 1 and not chain:
                continue
            others = [self._other(e, node) for e in edges]
            if chain and others[0] != others[1]:
                parts = [*self._from(edges[0], others[0]), *self._from(edges[1], node)]
                self._remove(edges)
                self.links[edges[0]] = (others[0], others[1], parts)
                for other in others:
                    self.around[other].add(edges[0])
            else:
                self._remove(edges)
                waiting += [n for n in dict.fromkeys(others) if n not in self.fixed]

    def _plain(self, link: int) -> bool:
        """Return whether all options cost the same per unit, so that the cheapest does not depend on the neighbours."""
        p = self.problem
        return all(
            len(set(p.option_variable[self.first[e] : self.first[e + 1]].tolist())) == 1 for e, _ in self.links[link][2]
        )

    def _other(self, link: int, node: int) -> int:
        u, v, _ = self.links[link]
        return v if u == node else u

    def _from(self, link: int, node: int) -> list[Part]:
        """Return the parts of a link in order, from one of its ends."""
        u, _, parts = self.links[link]
        return parts if u == node else [(e, not along) for e, along in reversed(parts)]

    def _remove(self, links: list[int]) -> None:
        for link in links:
            u, v, _ = self.links.pop(link)
            self.around[u].discard(link)
            self.around[v].discard(link)

    def options(self, parts: list[Part]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return capacity, fixed and variable cost of the pipes of a chain."""
        p = self.problem
        if not parts:
            return np.ones(1), np.ones(1), np.zeros(1)
        spans = [slice(self.first[e], self.first[e + 1]) for e, _ in parts]
        if len(spans) == 1:
            return p.option_capacity[spans[0]], p.option_fixed[spans[0]], p.option_variable[spans[0]]
        level = np.unique(np.concatenate([p.option_capacity[s] for s in spans]))
        level = level[level <= min(p.option_capacity[s].max() for s in spans)]
        fixed = sum((_at_least(p.option_capacity[s], p.option_fixed[s], level) for s in spans), np.zeros(len(level)))
        variable = sum(float(p.option_variable[s][0]) for s in spans)
        kept = fixed < np.append(np.minimum.accumulate(fixed[::-1])[::-1][1:], np.inf)
        return level[kept], fixed[kept], np.full(int(kept.sum()), variable)


def _at_least(capacity: FloatArray, fixed: FloatArray, level: FloatArray) -> FloatArray:
    """Return the cost of the cheapest option with at least each level of capacity."""
    order: IntArray = np.argsort(capacity, kind="stable")
    cheapest = np.minimum.accumulate(fixed[order][::-1])[::-1]
    return np.asarray(cheapest[np.searchsorted(capacity[order], level)])
