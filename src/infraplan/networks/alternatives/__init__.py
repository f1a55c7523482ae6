"""Alternatives: other routes between a corridor's ends, and the zone in which to search for one.

A corridor is taken apart into lines: its longest way between two of its nodes, then, again and again, the
longest one left that starts on those before. A line ends at every place it serves, for there it must come;
where it parts or meets another pipe without a place it is free to move. Alternatives are sought to the longest
line of each connected part of the corridor: mostly from where it leaves one cluster to where it enters the
next. The search zone is the union of the zones of all lines.

The overlap of a route is the share of its length that lies within ``separation_m`` of any earlier route, so
what is left is ground that no earlier route uses. It bounds the overlap with each of them, too.
"""

from infraplan.networks.alternatives.limits import Limits, limits_of
from infraplan.networks.alternatives.lines import Line, check_corridor, lines_of
from infraplan.networks.alternatives.measures import near_cells, overlap
from infraplan.networks.alternatives.report import ALTERNATIVE, LEAST_COST, PROPOSED, find_routes, find_zone
from infraplan.networks.alternatives.ways import find_ways
from infraplan.networks.alternatives.zone import find_zone_cells, outline

__all__ = [
    "ALTERNATIVE",
    "LEAST_COST",
    "PROPOSED",
    "Limits",
    "Line",
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
