"""Map layers of a study: a catalogue, and layers converted to the study's CRS and repaired.

Read ``stack`` first. ``catalogue`` defines the keys of a layer, ``vectors`` and ``rasters`` read files, ``places``
checks coordinate reference systems.
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
from infraplan.study.layers.places import Bounds, check_crs, is_used_at, project_extent, scale_error
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
    "is_used_at",
    "open_stack",
    "project_extent",
    "scale_error",
]
