"""Routes: least-cost spreading over a raster of EUR per metre, and over small graphs, compiled.

    spread           how far every cell is from the nearest source, and which way
    trace            the cells of one route; trace_all: of many
    price_path       the exact cost of a route
    boundary_links   where the regions of two sources meet cheapest
    dijkstra_csr     cheapest routes in a sparse graph
    books            a network in the making: who flows where, and what one more would cost; rearranging: its moves

Cells are flat numbers, row * columns + column. This is the only room with a compiler in it.
"""

import importlib
import pkgutil

from infraplan.routing.boundary import BoundaryLinks, boundary_links
from infraplan.routing.graph import dijkstra_csr
from infraplan.routing.raster import Cancelled, Spread, memory_needed_mb, price_path, spread, trace, trace_all

__all__ = [
    "BoundaryLinks",
    "Cancelled",
    "Spread",
    "boundary_links",
    "dijkstra_csr",
    "load_kernels",
    "memory_needed_mb",
    "price_path",
    "spread",
    "trace",
    "trace_all",
]


def load_kernels() -> None:
    """Load every kernel now: it is compiled and kept on disk if this installation never did so (a minute or two)."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
