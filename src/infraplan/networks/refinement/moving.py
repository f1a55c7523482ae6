"""Moves that make a layout cheaper: junctions to better cells, stretches onto cheaper ground."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from infraplan.core import CostSurface, IntArray
from infraplan.networks.refinement.layout import Layout, Stretch
from infraplan.networks.refinement.limits import Limits
from infraplan.routes import candidates as candidate_graph
from infraplan.routes import spreading

# price a move exactly only if the raster promises to save more than this share: less may be rounding of float32
_PROMISE = 1.0e-4


class _Window(NamedTuple):
    """A part of the raster around some cells."""

    top: int
    left: int
    ground: npt.NDArray[np.float32]
    width: int

    def inside(self, cells: npt.ArrayLike) -> IntArray:
        """Return the numbers inside the window of cells of the whole raster."""
        row, column = np.divmod(np.asarray(cells, dtype=np.int64), self.width)
        return np.asarray((row - self.top) * self.ground.shape[1] + column - self.left, dtype=np.int64)

    def outside(self, cells: npt.ArrayLike) -> IntArray:
        """Return the numbers in the whole raster of cells inside the window."""
        row, column = np.divmod(np.asarray(cells, dtype=np.int64), self.ground.shape[1])
        return np.asarray((row + self.top) * self.width + column + self.left, dtype=np.int64)

    def holds(self, cell: int) -> bool:
        """Return whether a cell of the whole raster is in the window."""
        row, column = cell // self.width - self.top, cell % self.width - self.left
        return bool(0 <= row < self.ground.shape[0] and 0 <= column < self.ground.shape[1])


class Mover:
    """Improves a layout in place. Every change is priced with the price list, crossings included."""

    def __init__(self, layout: Layout, surface: CostSurface, crossings: gpd.GeoDataFrame, limits: Limits) -> None:
        self._layout, self._surface, self._limits = layout, surface, limits
        self._eur_per_m = surface.eur_per_m
        self._crossings = candidate_graph.CrossingFinder(crossings, surface.grid)
        self._price: dict[int, float] = {}
        self.moved: set[int] = set()
        self.changed = False

    def repair(self) -> None:
        """Lay each stretch anew that does not reach from end to end."""
        place = self._layout.position
        for number, stretch in enumerate(self._layout.stretches):
            ends = (place[stretch.a], place[stretch.b])
            if (stretch.cells[0], stretch.cells[-1]) != ends:
                cells = self._cheapest(np.append(stretch.cells, ends), *ends)
                # blocked ground may cut the window in two: then search the whole raster
                stretch.cells = self._around(*ends) if cells is None else cells
                self._price.pop(number, None)

    def move_junctions(self, nodes: Iterable[int], should_stop: Callable[[], bool] | None = None) -> list[int]:
        """Try to move each node; return the nodes to try next: those that moved, and their neighbours."""
        again: set[int] = set()
        for node in nodes:
            if should_stop is not None and should_stop():
                return []
            if self._move(node):
                self.moved.add(node)
                again.add(node)
                again.update(self._layout.stretches[n].other_end(node) for n in self._layout.at[node])
        return sorted(again - self._layout.fixed)

    def straighten(self, should_stop: Callable[[], bool] | None = None) -> None:
        """Lay each stretch on the cheapest ground between its ends."""
        for number, stretch in enumerate(self._layout.stretches):
            if should_stop is not None and should_stop():
                return
            if stretch.pinned:
                continue
            if stretch.a in self._layout.remembered and stretch.b in self._layout.remembered - self.moved:
                continue
            cells = self._cheapest(stretch.cells, int(stretch.cells[0]), int(stretch.cells[-1]))
            if cells is not None and not np.array_equal(cells, stretch.cells):
                self._replace({number: cells})

    def _move(self, node: int) -> bool:
        """Move a node to the cell where its stretches together cost least, if that saves."""
        layout = self._layout
        numbers = layout.at[node]
        ways = [layout.stretches[n].away_from(node) for n in numbers]
        cuts = [min(self._limits.reach_cells, len(way) - 1) for way in ways]
        anchors = [int(way[cut]) for way, cut in zip(ways, cuts, strict=True)]
        window = self._window(np.array([*anchors, layout.position[node]], dtype=np.int64))
        total = np.zeros(window.ground.size)
        fields = []
        for number, anchor in zip(numbers, anchors, strict=True):
            field = spreading.spread(window.ground, window.inside([anchor]), cell_m=self._surface.grid.cell_m)
            fields.append(field)
            total += field.distance.ravel() * self._per_eur(layout.stretches[number])
        taken = [*anchors, *(layout.position[layout.stretches[n].other_end(node)] for n in numbers)]
        total[window.inside([cell for cell in taken if window.holds(cell)])] = np.inf
        best = int(np.argmin(total))
        now = sum(
            self._per_eur(layout.stretches[n]) * self._raster_eur(way[: cut + 1])
            for n, way, cut in zip(numbers, ways, cuts, strict=True)
        )
        if not total[best] < now * (1.0 - _PROMISE):
            return False
        changed = {}
        for number, way, cut, field in zip(numbers, ways, cuts, fields, strict=True):
            to_best = window.outside(spreading.trace(field, best))
            away = _without_loops(np.concatenate([to_best[::-1], way[cut + 1 :]]))
            changed[number] = away if layout.stretches[number].a == node else away[::-1]
        if not self._replace(changed):
            return False
        layout.position[node] = int(window.outside(best))
        return True

    def _replace(self, changed: dict[int, IntArray]) -> bool:
        """Lay stretches along other cells, if that saves."""
        stretches = self._layout.stretches
        unknown = [number for number in changed if number not in self._price]
        costs = self._cost([(stretches[n], stretches[n].cells) for n in unknown])
        self._price.update(zip(unknown, costs, strict=True))
        price = self._cost([(stretches[number], cells) for number, cells in changed.items()])
        if sum(price) > sum(self._price[number] for number in changed) - self._limits.least_saving_eur:
            return False
        self.changed = True
        for (number, cells), eur in zip(changed.items(), price, strict=True):
            stretches[number].cells = cells
            self._price[number] = eur
        return True

    def _cost(self, runs: list[tuple[Stretch, IntArray]]) -> list[float]:
        """Return the yearly cost [EUR/a] of each stretch along given cells."""
        lines = [shapely.LineString(np.column_stack(self._surface.grid.centres(cells))) for _, cells in runs]
        grid = self._surface.grid
        begins = np.concatenate([[0], np.cumsum([len(cells) for _, cells in runs])]).astype(np.int64)
        joined = np.concatenate([cells for _, cells in runs]) if runs else np.empty(0, np.int64)
        weighted_m = candidate_graph.measure(joined, begins, self._surface.multiplier, width=grid.width) * grid.cell_m
        return [
            stretch.eur_per_a_per_m * metres + stretch.per_crossing_eur * self._crossings.cost_eur(crossed)
            for (stretch, _), metres, crossed in zip(
                runs, weighted_m.tolist(), self._crossings.find(lines), strict=True
            )
        ]

    def _per_eur(self, stretch: Stretch) -> float:
        """Return the yearly cost of a stretch per EUR of cost on the raster [1/a]."""
        return stretch.eur_per_a_per_m / self._surface.base_eur_per_m

    def _raster_eur(self, cells: IntArray) -> float:
        begins = np.array([0, len(cells)], dtype=np.int64)
        grid = self._surface.grid
        return float(candidate_graph.measure(cells, begins, self._eur_per_m, width=grid.width)[0] * grid.cell_m)

    def _cheapest(self, around: IntArray, start: int, end: int) -> IntArray | None:
        """Return the cheapest way between two cells in a window around some cells; None if the window has none."""
        window = self._window(around)
        target = window.inside([end])
        field = spreading.spread(
            window.ground, window.inside([start]), cell_m=self._surface.grid.cell_m, targets=target
        )
        if not np.isfinite(field.distance.ravel()[target[0]]):
            return None
        return window.outside(spreading.trace(field, int(target[0])))

    def _around(self, start: int, end: int) -> IntArray:
        """Return the cheapest way between two cells on the whole raster."""
        field = spreading.spread(self._eur_per_m, [start], cell_m=self._surface.grid.cell_m, targets=[end])
        return spreading.trace(field, end)

    def _window(self, cells: IntArray) -> _Window:
        row, column = np.divmod(cells, self._surface.grid.width)
        margin = self._limits.margin_cells
        top, left = max(int(row.min()) - margin, 0), max(int(column.min()) - margin, 0)
        ground = self._eur_per_m[top : int(row.max()) + margin + 1, left : int(column.max()) + margin + 1]
        return _Window(top, left, np.ascontiguousarray(ground), self._surface.grid.width)


def _without_loops(cells: IntArray) -> IntArray:
    """Cut out the cells between two visits to one cell."""
    last = {cell: place for place, cell in enumerate(cells.tolist())}
    if len(last) == len(cells):
        return cells
    kept, place = [], 0
    while place < len(cells):
        cell = int(cells[place])
        kept.append(cell)
        place = last[cell] + 1
    return np.array(kept, dtype=np.int64)
