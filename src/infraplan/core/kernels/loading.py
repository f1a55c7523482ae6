"""Which modules hold kernels, and loading them all, so that a first use need not wait."""

from __future__ import annotations

import importlib

MODULES = (
    "infraplan.core.kernels.heap",
    "infraplan.routes.spreading.kernels",
    "infraplan.routes.spreading.meeting",
    "infraplan.routes.candidates.walking",
    "infraplan.routes.trees.kernels",
    "infraplan.routes.trees.moves",
    "infraplan.routes.trees.links",
    "infraplan.routes.trees.dual",
    "infraplan.routes.trees.shrink",
    "infraplan.routes.trees.exchange",
    "infraplan.networks.design.flow_accounts",
    "infraplan.networks.design.path_search",
    "infraplan.networks.design.connections",
    "infraplan.networks.design.move_memory",
    "infraplan.networks.design.local_moves",
    "infraplan.networks.design.filling",
    "infraplan.appraisal.ranking.sending",
)


def load_all() -> None:
    """Load every kernel now: it is compiled and kept on disk if this installation never did so (a minute or two)."""
    for module in MODULES:
        importlib.import_module(module)
