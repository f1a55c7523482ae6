"""A Steiner problem in arrays, and the smaller one that has the same best trees.

Nodes that no best tree needs to know about go: dead ends, the inner nodes of chains, parallel edges, and edges
with a cheaper way around. A stage remembers which edges of the stage before it each of its edges stands for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infraplan.core import FloatArray, IntArray
from infraplan.routes.trees import dual
from infraplan.routes.trees import shrink as shrinking
from infraplan.routes.trees.kernels import Graph

Short = npt.NDArray[np.int32]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Stage:
    """A graph with terminals; `begins` and `pieces` list the edges of the stage `before` that each edge is."""

    graph: Graph
    cost: FloatArray
    terminal: Mask
    begins: Short | None = None
    pieces: Short | None = None
    before: Stage | None = None

    @property
    def root(self) -> int:
        """The first terminal; from the second stage on, node 0."""
        return int(np.argmax(self.terminal))

    @property
    def size(self) -> int:
        """How many arcs there are: one unit of work is to look at one."""
        return 2 * len(self.cost)


def first_stage(nodes: int, ends: Short, cost: FloatArray, terminals: list[int]) -> Stage:
    """Return the stage of a whole graph: its number of nodes, the two ends of each edge, whole costs."""
    terminal = np.zeros(nodes, np.uint8)
    terminal[terminals] = 1
    return Stage(shrinking.index(nodes, ends.ravel()), cost, terminal)


def shrink(stage: Stage, keep: Mask) -> Stage:
    """Return the stage with only the edges kept (non-zero), without dead ends, chains and parallel edges.

    Where the edges kept do not join all terminals, some terminal has no edge left.
    """
    count, ends, cost, terminal, begins, pieces = shrinking.shrink(
        stage.graph, stage.cost, keep, stage.terminal, stage.root
    )
    return Stage(shrinking.index(count, ends), cost, terminal, begins, pieces, stage)


def simplify(stage: Stage) -> Stage:
    """Return the smallest stage that the tests find, a best tree of which is a best tree of this one."""
    keep = np.ones(len(stage.cost), np.uint8)
    while True:
        smaller = shrink(stage, keep)
        if len(smaller.cost) == 0:
            return smaller
        keep = dual.shortcuts(smaller.graph, smaller.cost, smaller.terminal)
        if keep.all() and len(smaller.cost) == len(stage.cost):
            return smaller
        stage = smaller


def joins(stage: Stage) -> bool:
    """Say whether the terminals hang together: after `shrink`, no terminal without an edge is alone."""
    first = stage.graph.first
    return bool(np.all(np.diff(first)[stage.terminal.astype(bool)] > 0))


def expand(stage: Stage, edges: IntArray) -> IntArray:
    """Return the edges of the first stage that edges of this one stand for."""
    while stage.before is not None:
        assert stage.begins is not None and stage.pieces is not None
        parts = [stage.pieces[stage.begins[edge] : stage.begins[edge + 1]] for edge in edges]
        edges = np.concatenate([np.empty(0, np.int64), *parts]).astype(np.int64)
        stage = stage.before
    return edges
