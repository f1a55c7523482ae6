"""Alternatives: other routes between a corridor's ends, and the zone in which to search for one.

A corridor is taken apart into lines. The trunk is its longest way between two of its nodes: from where it
leaves one cluster to where it enters the other, or right through the network inside a cluster. Every branch
is the longest way that is left and starts on a line found before. Routes are sought between the ends of the
trunk; the search zone is the union of the zones of all lines. Places on the way of a line do not hold it.

The overlap of a route is the share of its length that lies within ``separation_m`` of any earlier route, so
what is left is ground that no earlier route uses. It bounds the overlap with each of them, too.
"""

from infraplan.alternatives.limits import Limits, limits_of
from infraplan.alternatives.lines import check_corridor, lines_of
from infraplan.alternatives.measures import near_cells, overlap
from infraplan.alternatives.report import ALTERNATIVE, LEAST_COST, PROPOSED, find_routes, find_zone
from infraplan.alternatives.ways import find_ways
from infraplan.alternatives.zone import find_zone_cells, outline

__all__ = [
    "ALTERNATIVE",
    "LEAST_COST",
    "PROPOSED",
    "Limits",
    "check_corridor",
    "find_routes",
    "find_ways",
    "find_zone",
    "find_zone_cells",
    "limits_of",
    "lines_of",
    "near_cells",
    "outline",
    "overlap",
]
