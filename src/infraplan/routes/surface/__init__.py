"""The cost surface: EUR per metre of ground, blocked cells, and the cost of each crossing.

Read ``ground`` first; ``crossings`` prices lines, ``drawing`` draws on a grid, ``files`` writes GeoTIFF.
"""

from infraplan.routes.surface.crossings import crossing_eur, crossings
from infraplan.routes.surface.drawing import Burned
from infraplan.routes.surface.files import BANDS, read_surface, write
from infraplan.routes.surface.ground import block, build, cells_under, free_cells, grid_of, open_ways

__all__ = [
    "BANDS",
    "Burned",
    "block",
    "build",
    "cells_under",
    "crossing_eur",
    "crossings",
    "free_cells",
    "grid_of",
    "open_ways",
    "read_surface",
    "write",
]
