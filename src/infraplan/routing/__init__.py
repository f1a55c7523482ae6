"""Routes: least-cost spreading over a raster of EUR per metre, and over small graphs, compiled.

    spread           how far every cell is from the nearest source, and which way
    trace            the cells of one route; trace_all: of many
    price_path       the exact cost of a route
    boundary_links   where the regions of two sources meet cheapest
    dijkstra_csr     cheapest routes in a sparse graph
    join             the cheapest way for one more amount through a network of pipes

Cells are flat numbers, row * columns + column. This is the only room with a compiler in it.
"""

from infraplan.routing.boundary import BoundaryLinks, boundary_links
from infraplan.routing.graph import dijkstra_csr, join
from infraplan.routing.raster import Cancelled, Spread, memory_needed_mb, price_path, spread, trace, trace_all

__all__ = [
    "BoundaryLinks",
    "Cancelled",
    "Spread",
    "boundary_links",
    "dijkstra_csr",
    "join",
    "memory_needed_mb",
    "price_path",
    "spread",
    "trace",
    "trace_all",
]
