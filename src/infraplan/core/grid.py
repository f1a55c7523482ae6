"""Arrays on a grid: the raster's position on earth and the cost per cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Position of a raster: square cells, north up, numbered row by row from the north-west."""

    crs: str
    x_min: float
    y_max: float
    cell_m: float
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return self.height, self.width

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north [m]."""
        return (
            self.x_min,
            self.y_max - self.height * self.cell_m,
            self.x_min + self.width * self.cell_m,
            self.y_max,
        )

    def cells_at(self, x: npt.ArrayLike, y: npt.ArrayLike) -> IntArray:
        """Return the cell numbers of points [m]; -1 outside the grid."""
        column = np.floor((np.asarray(x, dtype=float) - self.x_min) / self.cell_m).astype(np.int64)
        row = np.floor((self.y_max - np.asarray(y, dtype=float)) / self.cell_m).astype(np.int64)
        inside = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        return np.where(inside, row * self.width + column, -1)

    def centres(self, cells: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return x and y [m] of cell centres."""
        row, column = np.divmod(np.asarray(cells, dtype=np.int64), self.width)
        return self.x_min + (column + 0.5) * self.cell_m, self.y_max - (row + 0.5) * self.cell_m


@dataclass(frozen=True)
class CostSurface:
    """Cost of a metre of the reference pipe in each cell.

    Attributes
    ----------
    grid
        Position of the cells.
    multiplier
        Ground factor [-], float32 (rows, columns); inf where building is forbidden.
    crossing_eur
        Cost [EUR] of crossing the waterway, railway or motorway of the cell, float32 (rows, columns).
    base_eur_per_m
        Cost [EUR/m] of the reference pipe on open ground.
    """

    grid: Grid
    multiplier: npt.NDArray[np.float32]
    crossing_eur: npt.NDArray[np.float32]
    base_eur_per_m: float

    @property
    def eur_per_m(self) -> npt.NDArray[np.float32]:
        """Cost [EUR/m] of the reference pipe; crossings are spread over the width of their cell."""
        crossing_eur_per_m = self.crossing_eur / np.float32(self.grid.cell_m)
        return np.asarray(self.multiplier * np.float32(self.base_eur_per_m) + crossing_eur_per_m, np.float32)

    @property
    def blocked(self) -> npt.NDArray[np.bool_]:
        """True where building is forbidden."""
        return np.asarray(~np.isfinite(self.multiplier), bool)
