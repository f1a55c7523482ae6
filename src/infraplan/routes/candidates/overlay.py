"""From many paths of cells to a graph: what runs together is one segment, where paths part there is a junction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
import shapely

from infraplan.core import CostSurface, FloatArray, IntArray


@dataclass(frozen=True)
class Overlay:
    """Chains of cells between junctions, terminals and dead ends, of all ways between two of these the cheapest.

    nodes : cells where chains begin and end, in order. ends : (chains, 2), positions in ``nodes``, in order.
    cells : the cells of all chains, one after the other. begins : where each chain begins in ``cells``.
    """

    nodes: IntArray
    ends: IntArray
    cells: IntArray
    begins: IntArray

    def chain(self, number: int) -> IntArray:
        """Cells of one chain, from its lower node to its higher."""
        return self.cells[self.begins[number] : self.begins[number + 1]]

    def steps(self, count: int) -> IntArray:
        """Return the numbers of all steps of the chains on a raster of ``count`` cells (see ``step_numbers``)."""
        return _steps(self.cells, self.begins, count)

    def along(self, line: IntArray, count: int) -> IntArray:
        """Return the chains that run along a line, by number."""
        on = np.append(np.isin(self.steps(count), step_numbers(line, count)), False)
        return np.flatnonzero(np.logical_or.reduceat(on, self.begins[:-1]))


def lay_over(
    paths: Sequence[IntArray],
    terminals: IntArray,
    *,
    eur_per_m: npt.NDArray[np.float32],
    width: int,
    lines: Sequence[IntArray] = (),
) -> Overlay:
    """Lay paths over one another; ``eur_per_m`` (width cells in a row) says which of two ways is cheaper.

    ``lines`` are those of the paths that are kept whole, whatever they cost: nodes are where they end or turn back.
    """
    steps = np.concatenate([step_numbers(line, eur_per_m.size) for line in lines] or [np.empty(0, np.int64)])
    ends = [np.concatenate([line[[0, -1]], line[1:-1][line[:-2] == line[2:]]]) for line in lines]
    stops = np.unique(np.concatenate([terminals, *ends]))
    while True:
        overlay = _lay_over(paths, stops, eur_per_m, width, steps)
        kept = overlay.steps(eur_per_m.size)
        lost = [np.flatnonzero(~np.isin(step_numbers(line, eur_per_m.size), kept)) for line in lines]
        if not any(map(len, lost)):
            return overlay
        # two pieces of lines between the same nodes, of which one went: a node on the way keeps both
        for line, steps_lost in zip(lines, lost, strict=True):
            inside = np.setdiff1d(line[np.append(steps_lost, steps_lost + 1)], stops)
            stops = np.union1d(stops, inside[len(inside) // 2 :][:1])


def step_numbers(cells: IntArray, count: int) -> IntArray:
    """Return a number for each step from a cell to the next, the same in both directions; ``count`` cells in all."""
    low, high = np.minimum(cells[:-1], cells[1:]), np.maximum(cells[:-1], cells[1:])
    return np.asarray(low * count + high, dtype=np.int64)


def _steps(cells: IntArray, begins: IntArray, count: int) -> IntArray:
    numbers = step_numbers(cells, count)
    numbers[begins[1:-1] - 1] = -1  # from the end of one chain to the start of the next
    return numbers


def _lay_over(
    paths: Sequence[IntArray], terminals: IntArray, eur_per_m: npt.NDArray[np.float32], width: int, steps: IntArray
) -> Overlay:
    from infraplan.routes.candidates.walking import walk

    moves = [np.stack([path[:-1], path[1:]], axis=1) for path in paths if len(path) > 1]
    pairs = np.concatenate(moves) if moves else np.empty((0, 2), dtype=np.int64)
    while True:
        cells, start, neighbour = _join_up(pairs, terminals)
        stop = (np.diff(start) != 2) | np.isin(cells, terminals, assume_unique=True)
        chain, begins = walk(start, neighbour, stop)
        chain_cells = cells[chain]
        ends = np.stack([chain[begins[:-1]], chain[begins[1:] - 1]], axis=1)
        price = measure(chain_cells, begins, eur_per_m, width=width)
        if len(steps):
            of_line = np.flatnonzero(np.isin(_steps(chain_cells, begins, eur_per_m.size), steps))
            chains = np.searchsorted(begins, of_line, side="right") - 1
            # of two the shorter, so that the one that goes has cells on the way
            price[chains] = -1.0 / np.diff(begins)[chains]
        kept = _cheapest(ends, price)
        chain_cells, begins = _pick(chain_cells, begins, kept)
        if 2 * (len(chain_cells) - len(kept)) == len(neighbour):
            nodes = np.flatnonzero(stop)
            return Overlay(cells[nodes], np.searchsorted(nodes, ends[kept]), chain_cells, begins)
        # without the loops and the dearer of two ways, some junctions are none any more
        inside = np.ones(max(len(chain_cells) - 1, 0), dtype=bool)
        inside[begins[1:-1] - 1] = False
        pairs = np.stack([chain_cells[:-1], chain_cells[1:]], axis=1)[inside]


def to_graph(overlay: Overlay, surface: CostSurface) -> nx.Graph[int]:
    """Turn chains of cells into edges of a graph; a terminal without a way is a node alone."""
    grid = surface.grid
    graph: nx.Graph[int] = nx.Graph()
    x, y = grid.centres(overlay.nodes)
    for node, (cell, east, north) in enumerate(zip(overlay.nodes.tolist(), x.tolist(), y.tolist(), strict=True)):
        graph.add_node(node, x=east, y=north, cell=cell, terminals=())
    if not len(overlay.ends):
        return graph
    length = measure(overlay.cells, overlay.begins, np.ones_like(surface.multiplier), width=grid.width) * grid.cell_m
    weighted = measure(overlay.cells, overlay.begins, surface.multiplier, width=grid.width) * grid.cell_m
    which = np.repeat(np.arange(len(overlay.ends)), np.diff(overlay.begins))
    lines = np.empty(len(overlay.ends), dtype=object)
    lines[:] = shapely.linestrings(np.column_stack(grid.centres(overlay.cells)), indices=which)
    for edge, (u, v) in enumerate(overlay.ends.tolist()):
        graph.add_edge(
            u, v, edge=edge, length_m=float(length[edge]), weighted_m=float(weighted[edge]), geometry=lines[edge]
        )
    return graph


def measure(cells: IntArray, begins: IntArray, value: npt.NDArray[np.float32], *, width: int) -> FloatArray:
    """Length of each chain [cells] times the mean of ``value`` along it."""
    if len(begins) < 2:
        return np.zeros(0)
    row, column = np.divmod(cells, width)
    at = value.ravel()[cells].astype(float)
    step = np.hypot(np.diff(row), np.diff(column)) * (at[:-1] + at[1:]) / 2.0
    step[begins[1:-1] - 1] = 0.0  # from the end of one chain to the start of the next
    return np.asarray(np.add.reduceat(np.append(step, 0.0), begins[:-1]), dtype=float)


def _join_up(pairs: IntArray, terminals: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the cells of all moves in order, and of each its neighbours as lists one after the other."""
    low, high = pairs.min(axis=1, initial=np.iinfo(np.int64).max), pairs.max(axis=1, initial=0)
    # one number per pair: sorting numbers is much faster than sorting rows
    span = int(high.max(initial=0)) + 1
    low, high = np.divmod(_distinct(low * span + high), span)
    cells = _distinct(np.concatenate([low, high, terminals]))
    a, b = np.searchsorted(cells, low), np.searchsorted(cells, high)
    both = np.concatenate([a * len(cells) + b, b * len(cells) + a])
    both.sort()
    here, other = np.divmod(both, max(len(cells), 1))
    start = np.searchsorted(here, np.arange(len(cells) + 1))
    return cells, start.astype(np.int64), other.astype(np.int64)


def _distinct(numbers: IntArray) -> IntArray:
    """Return each number once, in order; sorting long arrays is faster than np.unique's hashing."""
    numbers = np.sort(numbers)
    return numbers[np.append(True, numbers[1:] != numbers[:-1])] if len(numbers) else numbers


def _cheapest(ends: IntArray, price: FloatArray) -> IntArray:
    """Return the cheapest chain between each two nodes, in order of these."""
    order = np.lexsort((price, ends[:, 1], ends[:, 0]))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(ends[order], axis=0) != 0).any(axis=1)
    return order[first]


def _pick(cells: IntArray, begins: IntArray, kept: IntArray) -> tuple[IntArray, IntArray]:
    """Return only some of the chains, in that order."""
    size = np.diff(begins)[kept]
    begin = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    place = np.arange(begin[-1]) - np.repeat(begin[:-1], size) + np.repeat(begins[kept], size)
    return cells[place], begin
