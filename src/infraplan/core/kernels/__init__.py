"""Kernels: functions compiled when they are first called, and kept on disk; and the heap that searches share."""

from __future__ import annotations

from infraplan.core.kernels.ahead import compile_ahead, progress
from infraplan.core.kernels.compiled import prefetch
from infraplan.core.kernels.heap import pop, push, settle
from infraplan.core.kernels.inner import inner_kernel
from infraplan.core.kernels.loading import load_all
from infraplan.core.kernels.signatures import (
    Bytes,
    FlagRows,
    Flags,
    FloatRows,
    Floats,
    GivenByteRows,
    GivenFlags,
    GivenFloats,
    GivenInt32Rows,
    GivenInts,
    GivenInts32,
    GivenSingleRows,
    Int32Rows,
    IntRows,
    Ints,
    Ints32,
    Single,
    Singles,
    Word,
    WordRows,
    Words,
    Words32,
    inlined_kernel,
    int64,
    named_kernel,
    typed_kernel,
)

__all__ = [
    "Bytes",
    "FlagRows",
    "Flags",
    "FloatRows",
    "Floats",
    "GivenByteRows",
    "GivenFlags",
    "GivenFloats",
    "GivenInt32Rows",
    "GivenInts",
    "GivenInts32",
    "GivenSingleRows",
    "Int32Rows",
    "IntRows",
    "Ints",
    "Ints32",
    "Single",
    "Singles",
    "Word",
    "WordRows",
    "Words",
    "Words32",
    "compile_ahead",
    "inlined_kernel",
    "inner_kernel",
    "int64",
    "load_all",
    "named_kernel",
    "pop",
    "prefetch",
    "progress",
    "push",
    "settle",
    "typed_kernel",
]
