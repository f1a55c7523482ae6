"""Maps in the browser: a stand-alone page that opens offline, and the app's map. Only this package uses folium.

``write_map`` writes ``map.html``. ``app_basemap`` prints the basemap of the app's map once; ``plan_layers``,
``amount_layers`` and ``print_layers`` print what lies on it. Both maps share the ``legend``. Input is plain
GeoDataFrames in WGS84: maps know nothing of how a plan is made.
"""

from infraplan.reports.maps.basemap import STATIC_URL, TILES, Bounds, TileSource, base_map
from infraplan.reports.maps.cards import FLOW_COLUMNS
from infraplan.reports.maps.changes import change_layers
from infraplan.reports.maps.drawn import Shape, describe_shape
from infraplan.reports.maps.frames import BASEMAP_COLUMNS, PLAN_COLUMNS, escape
from infraplan.reports.maps.layers import plan_layers
from infraplan.reports.maps.legend import legend
from infraplan.reports.maps.page import app_basemap, find_bounds, write_map
from infraplan.reports.maps.places import amount_layers
from infraplan.reports.maps.printing import AppMap, Laid, PrintedBasemap, print_layers

__all__ = [
    "BASEMAP_COLUMNS",
    "FLOW_COLUMNS",
    "PLAN_COLUMNS",
    "STATIC_URL",
    "TILES",
    "AppMap",
    "Bounds",
    "Laid",
    "PrintedBasemap",
    "Shape",
    "TileSource",
    "amount_layers",
    "app_basemap",
    "base_map",
    "change_layers",
    "describe_shape",
    "escape",
    "find_bounds",
    "legend",
    "plan_layers",
    "print_layers",
    "write_map",
]
