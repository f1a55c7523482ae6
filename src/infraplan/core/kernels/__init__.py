"""Kernels: functions that are compiled when they are first called, and kept on disk; and the heap that searches share."""

from __future__ import annotations

from infraplan.core.kernels.ahead import compile_ahead, progress
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
    "compile_ahead",
    "inlined_kernel",
    "inner_kernel",
    "kernel",
    "load_all",
    "pop",
    "prefetch",
    "progress",
    "push",
    "settle",
    "typed_kernel",
]
