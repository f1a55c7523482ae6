"""Downloads: OpenStreetMap features for a study area, as a layer file with its catalogue entry.

Only this package uses the network, and only on request. Answers are cached, so that the same fetch works without
network.
"""

from infraplan.study.services.osm import FetchedLayer, Theme, fetch_osm, read_themes
from infraplan.study.services.papers import add_to_catalogue, refuse_read_only

__all__ = ["FetchedLayer", "Theme", "add_to_catalogue", "fetch_osm", "read_themes", "refuse_read_only"]
