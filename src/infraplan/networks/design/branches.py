"""Branches: groups of clients that share pipes, and a memory of their moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infraplan.core import EdgeArrays, FloatArray, IntArray
from infraplan.networks.design.move_memory import MoveMemory
from infraplan.routes import spreading

# the graph is cut into tiles; a move is tried again only when a tile it looked at has changed
_TILES_PER_WORD = 64
_MOST_TILES = 32 * _TILES_PER_WORD
# D. E. Knuth's multiplier, and the shifts of G. Marsaglia (2003): client numbers to numbers that look random
_MULTIPLIER, _SHIFTS = 6364136223846793005, (29, 32)


@dataclass(frozen=True)
class Branches:
    """Each distinct group of two or more clients that share some edge, the smallest groups first.

    The members of group g are ``members[starts[g] : starts[g + 1]]`` in order of number, and in ``by_size`` with
    the largest first; ``names`` tells groups apart.
    """

    starts: IntArray
    members: IntArray
    by_size: IntArray
    names: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        """Return the number of groups."""
        return len(self.starts) - 1

    @classmethod
    def of(cls, edges: IntArray, clients: IntArray, *, amount: FloatArray) -> Branches:
        """Find the groups from the edge and client of each step of each piece."""
        width = len(amount)
        edges, clients = np.divmod(np.unique(edges * width + clients), width)
        _, begin, count = np.unique(edges, return_index=True, return_counts=True)
        if not len(begin):
            nothing = np.empty(0, np.int64)
            return cls(np.zeros(1, np.int64), nothing, nothing, nothing.astype(np.uint64))
        # two edges have the same group where the sums of their clients' numbers agree
        name = np.add.reduceat(_scatter(clients), begin) + count.astype(np.uint64)
        order = np.lexsort((begin, clients[begin], count))
        order = order[count[order] > 1]
        _, first = np.unique(name[order], return_index=True)
        order = order[np.sort(first)]
        size = count[order]
        starts = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], size)
        members = clients[np.repeat(begin[order], size) + within]
        group = np.repeat(np.arange(len(size)), size)
        by_size = members[np.lexsort((members, -amount[members], group))]
        return cls(starts, members, by_size, name[order])


def _scatter(numbers: IntArray) -> npt.NDArray[np.uint64]:
    """Return pseudo-random numbers, the same each time."""
    mixed = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(_MULTIPLIER)
    for shift in _SHIFTS:
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(_MULTIPLIER)
    return mixed


class Memo:
    """When each tile of the graph last changed, when each move was last tried, and which tiles it looked at.

    The first rows are the clients, those after them the groups of the last call of ``rows``.
    """

    def __init__(self, graph: EdgeArrays, clients: int) -> None:
        self.tile_of = _tiles(graph)
        words = -(-min(_MOST_TILES, graph.nodes) // _TILES_PER_WORD)
        self.seen = np.zeros(words, np.uint64)
        self._clients = clients
        self._row_of: dict[int, int] = {}
        self._changed, self._clock = np.zeros(words * _TILES_PER_WORD, np.int64), np.zeros(1, np.int64)
        self._tried, self._seen_by = np.full(clients, -1, np.int64), np.zeros((clients, words), np.uint64)

    @property
    def arrays(self) -> MoveMemory:
        """Return the memory as the kernels take it."""
        return MoveMemory(self._changed, self._tried, self._seen_by, self._clock)

    def forget(self) -> None:
        """Forget all moves: anything may have changed."""
        self._tried[:] = -1

    def change(self, graph: EdgeArrays, edges: IntArray) -> None:
        """Record a change of some edges."""
        self._clock += 1
        self._changed[self.tile_of[graph.node_a[edges]]] = self._clock
        self._changed[self.tile_of[graph.node_b[edges]]] = self._clock

    def rows(self, names: npt.NDArray[np.uint64]) -> IntArray:
        """Return the row of each group; what is known about other groups is forgotten."""
        earlier = np.array([self._row_of.get(name, -1) for name in names.tolist()], dtype=np.int64)
        known = earlier >= 0
        rows = np.arange(self._clients, self._clients + len(names), dtype=np.int64)
        tried, seen_by = np.full(len(names), -1, np.int64), np.zeros((len(names), len(self.seen)), np.uint64)
        tried[known], seen_by[known] = self._tried[earlier[known]], self._seen_by[earlier[known]]
        self._tried = np.concatenate([self._tried[: self._clients], tried])
        self._seen_by = np.concatenate([self._seen_by[: self._clients], seen_by])
        self._row_of = dict(zip(names.tolist(), rows.tolist(), strict=True))
        return rows


def _tiles(graph: EdgeArrays) -> npt.NDArray[np.int32]:
    """Return the tile number of each node: the nearest of a set of nodes spread over the graph."""
    tiles = min(_MOST_TILES, graph.nodes)
    centres = np.linspace(0, graph.nodes - 1, tiles).astype(np.int32)
    _, _, parent = spreading.dijkstra_csr(
        graph.indptr, graph.indices, graph.length_m[graph.arc_edge], centres, np.zeros(tiles)
    )
    root = np.where(parent < 0, np.arange(graph.nodes), parent)
    while not np.array_equal(root[root], root):
        root = root[root]
    return (np.searchsorted(centres, root) % tiles).astype(np.int32)
