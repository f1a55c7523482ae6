"""Maps in the browser: a stand-alone page that opens offline, and the app's map. The only room of folium.

``write_map`` writes ``map.html``; ``app_map`` gives the app a map and the plan's layers; ``legend`` is the
same for both. Input is plain GeoDataFrames in WGS84, so this floor knows nothing of how a plan is made.
"""

from infraplan.maps.basemap import STATIC_URL, TILES, TileSource, base_map
from infraplan.maps.frames import BASEMAP_COLUMNS, PLAN_COLUMNS
from infraplan.maps.layers import plan_layers
from infraplan.maps.legend import legend
from infraplan.maps.page import app_map, drawing_tools, find_bounds, write_map

__all__ = [
    "BASEMAP_COLUMNS",
    "PLAN_COLUMNS",
    "STATIC_URL",
    "TILES",
    "TileSource",
    "app_map",
    "base_map",
    "drawing_tools",
    "find_bounds",
    "legend",
    "plan_layers",
    "write_map",
]
