"""Study: a folder with ``data/`` and ``layers/``, its reading and its checks."""

from __future__ import annotations

from infraplan.study.assumptions import ANY_SECTOR, OF, SURFACE_FILE, Assumption, Assumptions
from infraplan.study.case import Case, open_case
from infraplan.study.edits import Dial
from infraplan.study.faults import name_fault
from infraplan.study.fingerprint import checksums, inputs_sha256
from infraplan.study.layers import (
    BASEMAP_PARTS,
    BLOCKED,
    DENSITY_FIELD,
    NONE,
    WIDTH_FIELD,
    Bounds,
    LayerEntry,
    LayerStack,
    check_crs,
    classes,
    codes_of,
    project_extent,
)
from infraplan.study.package import home
from infraplan.study.places import cluster_radii, clusters_of, corridor_names, list_places, name_places
from infraplan.study.study import (
    ENGINEERING,
    SETTINGS_FILE,
    Study,
    check_scenario,
    default_folder,
    open_study,
    read,
    remark_study,
)

__all__ = [
    "ANY_SECTOR",
    "BASEMAP_PARTS",
    "BLOCKED",
    "DENSITY_FIELD",
    "ENGINEERING",
    "NONE",
    "OF",
    "SETTINGS_FILE",
    "SURFACE_FILE",
    "WIDTH_FIELD",
    "Assumption",
    "Assumptions",
    "Bounds",
    "Case",
    "Dial",
    "LayerEntry",
    "LayerStack",
    "Study",
    "check_crs",
    "check_scenario",
    "checksums",
    "classes",
    "cluster_radii",
    "clusters_of",
    "codes_of",
    "corridor_names",
    "default_folder",
    "drawings",
    "edits",
    "fingerprint",
    "home",
    "inputs_sha256",
    "list_places",
    "name_fault",
    "name_places",
    "new",
    "open_case",
    "open_study",
    "project_extent",
    "read",
    "remark_study",
    "services",
]
