"""Kernels: how a function is compiled, and the heap that searches share.

Not imported before a kernel is needed: the compiler alone takes a third of a second.
"""

from __future__ import annotations

from infraplan.core.kernels.compiled import kernel, prefetch
from infraplan.core.kernels.heap import FLOATS, INTS, pop, push, settle
from infraplan.core.kernels.loading import load_all

__all__ = ["FLOATS", "INTS", "kernel", "load_all", "pop", "prefetch", "push", "settle"]
