"""The GIS layer stack: a catalogue, and layers that arrive in the study's CRS, whole and mended.

Read ``stack`` first; ``catalogue`` holds the grammar, ``vectors`` and ``rasters`` read files, ``places``
knows coordinate reference systems.
"""

from infraplan.layers.catalogue import CATALOGUE, DENSITY_FIELD, WIDTH_FIELD, LayerEntry
from infraplan.layers.places import Bounds, check_crs, project_extent
from infraplan.layers.stack import LayerStack, classes, open_stack

__all__ = [
    "CATALOGUE",
    "DENSITY_FIELD",
    "WIDTH_FIELD",
    "Bounds",
    "LayerEntry",
    "LayerStack",
    "check_crs",
    "classes",
    "open_stack",
    "project_extent",
]
