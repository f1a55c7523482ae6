"""The GIS layer stack: a catalogue, and layers that arrive in the study's CRS, whole and mended.

Read ``stack`` first; ``catalogue`` holds the grammar, ``vectors`` and ``rasters`` read files, ``places``
knows coordinate reference systems.
"""

from infraplan.study.layers.catalogue import (
    BASEMAP_PARTS,
    BLOCKED,
    CATALOGUE,
    DENSITY_FIELD,
    LINE_STATUSES,
    NONE,
    WIDTH_FIELD,
    LayerEntry,
)
from infraplan.study.layers.places import Bounds, check_crs, project_extent
from infraplan.study.layers.stack import LayerStack, classes, open_stack
from infraplan.study.layers.vectors import codes_of

__all__ = [
    "BASEMAP_PARTS",
    "BLOCKED",
    "CATALOGUE",
    "DENSITY_FIELD",
    "LINE_STATUSES",
    "NONE",
    "WIDTH_FIELD",
    "Bounds",
    "LayerEntry",
    "LayerStack",
    "check_crs",
    "classes",
    "codes_of",
    "open_stack",
    "project_extent",
]
