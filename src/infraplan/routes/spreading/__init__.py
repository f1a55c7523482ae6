"""Spreading: least-cost spreading over a raster of EUR per metre, and over small graphs, compiled.

    spread           how far every cell is from the nearest source, and which way
    trace            the cells of one route; trace_all: of many
    price_path       the exact cost of a route
    boundary_links   where the regions of two sources meet cheapest
    dijkstra_csr     cheapest routes in a sparse graph

Cells are flat numbers, row * columns + column.
"""

from infraplan.routes.spreading.boundary import BoundaryLinks, boundary_links
from infraplan.routes.spreading.graph import dijkstra_csr
from infraplan.routes.spreading.raster import Cancelled, Spread, memory_needed_mb, price_path, spread, trace, trace_all

__all__ = [
    "BoundaryLinks",
    "Cancelled",
    "Spread",
    "boundary_links",
    "dijkstra_csr",
    "memory_needed_mb",
    "price_path",
    "spread",
    "trace",
    "trace_all",
]
