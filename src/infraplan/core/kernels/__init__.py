"""Kernels: how a function is compiled, and the heap that searches share.

Not imported before a kernel is needed: the compiler alone takes a third of a second.
"""

from __future__ import annotations

from infraplan.core.kernels.compiled import kernel, prefetch
from infraplan.core.kernels.heap import FLOATS, INTS, pop, push, settle
from infraplan.core.kernels.inner import inner_kernel
from infraplan.core.kernels.loading import load_all
from infraplan.core.kernels.signatures import (
    Bytes,
    FlagRows,
    Flags,
    FloatRows,
    Floats,
    GivenFlags,
    GivenFloats,
    GivenInts,
    GivenInts32,
    Int32Rows,
    Ints,
    Ints32,
    WordRows,
    Words,
    inlined_kernel,
    typed_kernel,
)

__all__ = [
    "FLOATS",
    "INTS",
    "Bytes",
    "FlagRows",
    "Flags",
    "FloatRows",
    "Floats",
    "GivenFlags",
    "GivenFloats",
    "GivenInts",
    "GivenInts32",
    "Int32Rows",
    "Ints",
    "Ints32",
    "WordRows",
    "Words",
    "inlined_kernel",
    "inner_kernel",
    "kernel",
    "load_all",
    "pop",
    "prefetch",
    "push",
    "settle",
    "typed_kernel",
]
