"""The cost surface: EUR per metre of ground, blocked cells, and the cost of each crossing.

Read ``ground`` first; ``crossings`` prices lines, ``drawing`` draws on a grid, ``files`` writes GeoTIFF.
"""

from infraplan.surface.crossings import crossing_eur, crossings
from infraplan.surface.files import BANDS, read_surface, write
from infraplan.surface.ground import build, free_cells, grid_of

__all__ = [
    "BANDS",
    "build",
    "crossing_eur",
    "crossings",
    "free_cells",
    "grid_of",
    "read_surface",
    "write",
]
