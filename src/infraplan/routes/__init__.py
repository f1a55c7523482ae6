"""Routes: what ground costs, the cheapest ways over it, and the candidate graph."""

from __future__ import annotations

from infraplan.routes.ground import Ground, GroundKey, Progress, build_surface, ground_key, prepare, terminals
from infraplan.routes.spreading import Spread
from infraplan.routes.trees import SteinerTree, steiner_tree

__all__ = [
    "Ground",
    "GroundKey",
    "Progress",
    "Spread",
    "SteinerTree",
    "build_surface",
    "candidates",
    "ground",
    "ground_key",
    "prepare",
    "spreading",
    "steiner_tree",
    "surface",
    "terminals",
]
