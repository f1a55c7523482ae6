"""The search for a cheap Steiner tree and for the bound that proves how cheap it is.

Two things in turn, on a graph that shrinks: `close_in` raises the bound and drops every edge that a cheaper
tree cannot use; `explore` looks for a cheaper tree. What a search may spend is counted in arcs looked at, not
in seconds, so the same seed gives the same tree on any machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from infraplan.core import FloatArray, IntArray
from infraplan.routes.trees import dual, exchange, kernels, moves
from infraplan.routes.trees.stages import Mask, Short, Stage, expand, joins, shrink, simplify

WORK_PER_ARC = 400  # what a search may spend at effort 1, for each arc of the graph
LEAST_WORK = 200_000  # and what it may spend anyway
GROW, EXCHANGE = 4, 30  # rough work of a kernel, per arc
ROOTS = 3  # terminals from which a bound is raised in one turn
NEAR = 0.03  # gap below which edges may turn out to be useless
SMALL = 0.03  # share of what may be spent; a bound that takes more is not raised from another terminal
FAST, FINE = 4.0, 1.5  # slack of a first and of a better bound
WORTH = 0.9  # a graph that keeps more of its edges than this is not shrunk again
ATTRACTION = 0.4  # discount on an edge between two nodes with the most terminals around them
NOISE = 0.1  # random part of the costs on which trees are grown
HEAT = 0.2  # what a shake may cost, in mean edges
PATIENCE = 2  # bounds in a row that may leave the graph as large, once the bound is near
LOOKS = 2  # looks around the tree that is grown first, while work lasts
MOST_WORK = 2**27  # what one look may spend, so that the clock is looked at every second or so
ENOUGH = 0.02  # what a pass over the tree must save, as a share, to be followed by another


@dataclass
class Search:
    """The best tree so far (`found`: a stage and its tree), its cost, the bound, and what may still be spent."""

    stage: Stage
    random: np.random.Generator
    should_stop: Callable[[], bool]
    work: float
    cost: float = np.inf
    bound: float = 0.0
    found: tuple[Stage, Short] | None = None
    stopped: bool = field(default=False, init=False)

    def goes_on(self) -> bool:
        """Say whether there is still something to find and something to spend."""
        if self.found is None:
            return True
        self.stopped = self.stopped or self.should_stop()
        return not self.stopped and self.work > 0 and self.bound < self.cost

    def offer(self, up: Short) -> Short:
        """Improve a tree on this stage as long as that saves enough, and keep it if it is the best; return it."""
        stage = self.stage
        cost = kernels.price(stage.cost, up)
        while True:
            self.work -= moves.descend(stage.graph, stage.cost, stage.terminal, up)
            up = self.span((up != kernels.OUT).astype(np.uint8))
            _, inside = exchange.exchange(stage.graph, stage.cost, stage.terminal, up)
            up = self.span(inside)
            self.work -= EXCHANGE * stage.size
            before, cost = cost, kernels.price(stage.cost, up)
            if cost >= before * (1.0 - ENOUGH):
                break
        if cost < self.cost:
            self.cost, self.found = cost, (stage, up)
        return up

    def span(self, inside: Mask) -> Short:
        """Return the cheapest tree over some nodes."""
        stage = self.stage
        return np.asarray(kernels.span(stage.graph, stage.cost, stage.terminal, inside, stage.root))

    def grow(self, cost: FloatArray) -> Short:
        """Return a tree grown from a random terminal on changed costs."""
        stage = self.stage
        self.work -= GROW * stage.size
        start = int(self.random.choice(np.flatnonzero(stage.terminal)))
        return self.span(kernels.grow(stage.graph, cost, stage.terminal, start))

    def tempting(self) -> FloatArray:
        """Return costs with noise, on which nodes with many terminals around them are cheaper to reach."""
        stage = self.stage
        one, two = stage.graph.ends[0::2], stage.graph.ends[1::2]
        around = np.bincount(one, stage.terminal[two], len(stage.terminal))
        around += np.bincount(two, stage.terminal[one], len(stage.terminal))
        around *= self.random.random() * ATTRACTION / max(around.max(), 1.0)
        noise = 1.0 + NOISE * self.random.random(len(stage.cost))
        return np.asarray(stage.cost * (1.0 - around[one] - around[two]) * noise)

    def close_in(self) -> None:
        """Raise the bound and drop what no cheaper tree can use, as long as that makes the graph smaller."""
        patience = PATIENCE
        while self.goes_on():
            stage = self.stage
            if len(stage.cost) == 0 or not joins(stage):
                self.bound = self.cost
                return
            if self.found is None:
                self.offer(self.grow(self.tempting()))
            keep = self.raise_bound()
            if self.bound >= self.cost:
                return
            if keep.mean() > WORTH:
                patience -= 1
                if patience < 0 or not self.near():
                    return
            self.stage = simplify(shrink(stage, keep))

    def raise_bound(self) -> Mask:
        """Raise the bound from some terminals; return the edges that a cheaper tree may use."""
        stage = self.stage
        terminals = np.flatnonzero(stage.terminal)
        roots = self.random.permutation(terminals)[:ROOTS]
        keep = np.ones(len(stage.cost), np.uint8)
        raised = []
        slack = FAST
        for root in roots:
            bound, left, work = dual.ascend(stage.graph, stage.cost, stage.terminal, root, slack)
            self.work -= work
            self.bound = max(self.bound, min(bound, self.cost))
            raised.append((root, bound, left))
            paid = (left[0::2] == 0.0) | (left[1::2] == 0.0)
            self.offer(self.grow(np.where(paid, stage.cost, np.inf)))
            if self.bound >= self.cost or work > SMALL * self.work:
                break
            slack = FINE
        for root, bound, left in raised:
            keep &= dual.useful(stage.graph, left, stage.terminal, root, self.cost - bound)
        return keep

    def explore(self) -> None:
        """Look around a fresh tree, again and again; stop early at a tree that lets the graph shrink."""
        # compiled only for those who ask for a strong search
        from infraplan.routes.trees import shaking

        stage, before = self.stage, self.cost
        heat = HEAT * float(stage.cost.mean())
        share = int(min(max(self.work / LOOKS, 1), MOST_WORK))
        best = self.offer(self.grow(self.tempting()))
        for _ in range(LOOKS):
            seed = int(self.random.integers(2**31))
            up, work = shaking.wander(stage.graph, stage.cost, stage.terminal, best, seed, heat, share)
            self.work -= work
            up = self.offer(up)
            if kernels.price(stage.cost, up) < kernels.price(stage.cost, best):
                best = up
            if not self.goes_on() or (self.cost < before and self.near()):
                return

    def run(self) -> None:
        """Search until the tree is proven best, the work is spent or the caller says stop."""
        self.stage = simplify(self.stage)
        self.close_in()
        while self.goes_on():
            before = self.cost
            self.explore()
            if self.cost < before and self.near():
                self.close_in()

    def run_quickly(self) -> None:
        """Search for a good tree: the bound is raised, and one more tree grown on what is left of the graph."""
        self.stage = simplify(self.stage)
        self.close_in()
        if self.goes_on():
            self.offer(self.offer(self.grow(self.tempting())))

    def near(self) -> bool:
        """Say whether the bound is so near that edges may turn out to be useless."""
        return self.cost - self.bound <= NEAR * self.cost

    def edges(self) -> IntArray:
        """Return the edges of the best tree, in the first stage."""
        if self.found is None:
            return np.empty(0, np.int64)
        stage, up = self.found
        return expand(stage, np.asarray(up[up >= 0] >> 1, np.int64))


def start(stage: Stage, *, seed: int, effort: float, should_stop: Callable[[], bool]) -> Search:
    """Return a search that has not begun yet."""
    work = effort * (LEAST_WORK + WORK_PER_ARC * stage.size)
    return Search(stage, np.random.default_rng(seed), should_stop, work)
