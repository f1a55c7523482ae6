"""Loading all kernels, so that a first use need not wait."""

from __future__ import annotations

import importlib

from infraplan.core.kernels import ahead, store
from infraplan.core.kernels.compiled import KERNELS


def load_all() -> None:
    """Load every kernel now: it is compiled and kept on disk if this installation never did so (a minute or so)."""
    ahead.compile_ahead()
    ahead.wait_for_all()
    for module in (*store.MODULES, *store.SELDOM):
        importlib.import_module(module)
    for kernel in list(KERNELS.values()):
        assert kernel.machine_code is not None
