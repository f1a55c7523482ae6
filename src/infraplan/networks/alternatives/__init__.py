"""Alternatives: other routes between a corridor's ends, and the zone in which to search for one.

Each corridor is split into lines. The first line is the longest way between two nodes; the next is the longest
remaining way that starts on the lines before; and so on. A line ends at every place it serves, since the pipe must
come there. Junctions with other pipes do not end a line, since they may move. Alternatives are searched for the
longest line of each connected part, mostly from the edge of one cluster to the edge of the next. The search zone is
the union of the zones of all lines.

The overlap of a route is the share of its length within ``separation_m`` of any earlier route. The overlap with each
single route cannot be larger.
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
