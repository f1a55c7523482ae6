"""Real maps that are not part of this repository, each as one entry of a catalogue.

They lie in ``../shared/realdata`` or in the folder that INFRAPLAN_REALDATA names; without them tests skip.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
REALDATA = Path(os.environ.get("INFRAPLAN_REALDATA", ROOT.parent / "shared" / "realdata"))
needs_realdata = pytest.mark.skipif(not REALDATA.is_dir(), reason=f"real test files are not at {REALDATA}")

# the inferred legend says nothing about the codes 3, 4, 5, 21, 22 and 26
CODES = {
    "services": (0, 13, 14, 15), "industry": (1, 7, 8, 9, 10, 11), "park": (2, 33), "urban_sparse": (6,),
    "transport": (12, 32, 35), "urban": (16, 31), "port": (17,), "grassland": (18, 19, 20), "arable": (23,),
    "heath": (24, 27, 28), "forest": (25,), "wetland": (29,), "orchard": (30,), "military": (34,),
    "water": (36,), "none": (3, 4, 5, 21, 22, 26),
}  # fmt: skip
LAND_USE: dict[str, Any] = {
    "id": "land-use",
    "file": "geo/landuse_flanders_100m_vito.tif",
    "role": "constraint",
    "effect": "codes",
    "crs": "EPSG:31370",
    "value_map": {str(code): name for name, codes in CODES.items() for code in codes},
}
NATURE: dict[str, Any] = {
    "id": "nature",
    "file": "geo/natura2000_netherlands_2013.gpkg",
    "role": "constraint",
    "effect": "blocked",
    "crs": "EPSG:4326",
}


def bring(folder: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Copy the real file of a layer into a stack's folder, as a user would; return the entry with its name there."""
    path = REALDATA / str(entry["file"])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / path.name)
    return {**entry, "file": path.name}
