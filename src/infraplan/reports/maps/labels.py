"""The zoom from which each place name shows, so that names never overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TILE_PX = 256
ZOOMS = range(7, 13)
LETTER_PX = 6.4
LINE_PX = 14.0
# Space around a name [px]: few names are easier to read than many.
AIR_PX = (34.0, 20.0)


@dataclass(frozen=True)
class Place:
    """A name on the map, and its weight against other names."""

    text: str
    lon: float
    lat: float
    weight: float
    kind: str


def place_labels(places: Sequence[Place]) -> dict[Place, int]:
    """Return for each place the first zoom level at which its name fits; the heaviest are placed first.

    Returns
    -------
    dict
        Place to zoom level; places whose name never fits are left out.
    """
    waiting = sorted(places, key=lambda place: (-place.weight, place.text, place.lon))
    zoom_of: dict[Place, int] = {}
    for zoom in ZOOMS:
        taken = _box_many(list(zoom_of), zoom)
        for place in waiting:
            if place in zoom_of:
                continue
            box = _box_many([place], zoom)
            if not _overlaps(box[0], taken):
                zoom_of[place] = zoom
                taken = np.vstack([taken, box])
    return zoom_of


def _box_many(places: Sequence[Place], zoom: int) -> NDArray[np.float64]:
    """Return west, north, east, south [px] of the names' boxes in the web map's Mercator projection."""
    lon = np.array([place.lon for place in places], dtype=float)
    lat = np.radians([place.lat for place in places])
    size = TILE_PX * 2.0**zoom
    x = (lon + 180.0) / 360.0 * size
    y = (1.0 - np.arcsinh(np.tan(lat)) / np.pi) / 2.0 * size
    half = np.array([len(place.text) for place in places]) * LETTER_PX / 2.0 + AIR_PX[0] / 2.0
    tall = LINE_PX / 2.0 + AIR_PX[1] / 2.0
    return np.column_stack([x - half, y - tall, x + half, y + tall])


def _overlaps(box: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    return bool(
        np.any((box[0] < others[:, 2]) & (others[:, 0] < box[2]) & (box[1] < others[:, 3]) & (others[:, 1] < box[3]))
    )
