"""Maps in the browser: a stand-alone page that opens offline, and the app's map. The only room of folium.

``write_map`` writes ``map.html``; ``app_ground`` prints the ground of the app's map once, ``plan_layers`` and
``print_layers`` what a plan lays on it; ``legend`` is the same for both. Input is plain GeoDataFrames in WGS84, so
this floor knows nothing of how a plan is made.
"""

from infraplan.reports.maps.basemap import STATIC_URL, TILES, Bounds, TileSource, base_map
from infraplan.reports.maps.cards import FLOW_COLUMNS
from infraplan.reports.maps.changes import change_layers
from infraplan.reports.maps.drawn import Shape, tell_shape
from infraplan.reports.maps.frames import BASEMAP_COLUMNS, PLAN_COLUMNS, escape
from infraplan.reports.maps.layers import plan_layers
from infraplan.reports.maps.legend import legend
from infraplan.reports.maps.page import app_ground, find_bounds, write_map
from infraplan.reports.maps.printing import Ground, GroundMap, Laid, print_layers

__all__ = [
    "BASEMAP_COLUMNS",
    "FLOW_COLUMNS",
    "PLAN_COLUMNS",
    "STATIC_URL",
    "TILES",
    "Bounds",
    "Ground",
    "GroundMap",
    "Laid",
    "Shape",
    "TileSource",
    "app_ground",
    "base_map",
    "change_layers",
    "escape",
    "find_bounds",
    "legend",
    "plan_layers",
    "print_layers",
    "tell_shape",
    "write_map",
]
