"""The signature of a kernel, read from its annotations: what it takes stands in one place, for readers and compiler.

A kernel takes numbers, arrays of the kinds below, and NamedTuples of these (also nested). For the compiler a
NamedTuple is as fast as its fields passed one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from infraplan.core.kernels.compiled import Kernel

Function = TypeVar("Function", bound=Callable[..., Any])

# arrays that a kernel may write to
Floats = Annotated[npt.NDArray[np.float64], "float64[::1]"]
FloatRows = Annotated[npt.NDArray[np.float64], "float64[:, ::1]"]
Ints = Annotated[npt.NDArray[np.int64], "int64[::1]"]
Ints32 = Annotated[npt.NDArray[np.int32], "int32[::1]"]
Int32Rows = Annotated[npt.NDArray[np.int32], "int32[:, ::1]"]
Bytes = Annotated[npt.NDArray[np.uint8], "uint8[::1]"]
Flags = Annotated[npt.NDArray[np.bool_], "boolean[::1]"]
FlagRows = Annotated[npt.NDArray[np.bool_], "boolean[:, ::1]"]
Words = Annotated[npt.NDArray[np.uint64], "uint64[::1]"]
WordRows = Annotated[npt.NDArray[np.uint64], "uint64[:, ::1]"]
# arrays that a kernel only reads, as arguments of their own: the fields of a NamedTuple must be writable arrays
GivenFloats = Annotated[npt.NDArray[np.float64], "Array(float64, 1, 'C', readonly=True)"]
GivenInts = Annotated[npt.NDArray[np.int64], "Array(int64, 1, 'C', readonly=True)"]
GivenInts32 = Annotated[npt.NDArray[np.int32], "Array(int32, 1, 'C', readonly=True)"]
GivenFlags = Annotated[npt.NDArray[np.bool_], "Array(boolean, 1, 'C', readonly=True)"]

# in a kernel, ``int64(number)`` is as wide as the compiler counts; here without a type, so that it passes as an int
int64: Any = np.int64

# kinds of numbers and arrays that few kernels need
Single = Annotated[np.float32, "float32"]
Word = Annotated[np.uint64, "uint64"]
Singles = Annotated[npt.NDArray[np.float32], "float32[::1]"]
Words32 = Annotated[npt.NDArray[np.uint32], "uint32[::1]"]
IntRows = Annotated[npt.NDArray[np.int64], "int64[:, ::1]"]
GivenSingleRows = Annotated[npt.NDArray[np.float32], "Array(float32, 2, 'C', readonly=True)"]
GivenByteRows = Annotated[npt.NDArray[np.uint8], "Array(uint8, 2, 'C', readonly=True)"]
GivenInt32Rows = Annotated[npt.NDArray[np.int32], "Array(int32, 2, 'C', readonly=True)"]

_NUMBERS: dict[Any, str] = {int: "int64", float: "float64", bool: "boolean", None: "void", type(None): "void"}


@cache
def type_of(annotation: Any) -> Any:
    """Return the compiler's type of an annotation.

    >>> type_of(tuple[int, float])
    Tuple(int64, float64)
    """
    from numba import types
    from numba.core import sigutils

    if annotation in _NUMBERS:
        return getattr(types, _NUMBERS[annotation])
    if get_origin(annotation) is Annotated:
        return sigutils.normalize_signature(f"void({get_args(annotation)[1]})")[0][0]  # type: ignore[no-untyped-call]
    if get_origin(annotation) is tuple:
        return types.Tuple([type_of(part) for part in get_args(annotation)])  # type: ignore[no-untyped-call]
    fields = get_type_hints(annotation, include_extras=True)
    kinds = [type_of(fields[name]) for name in annotation._fields]
    if len(set(kinds)) == 1:  # the compiler has a type of its own for these
        return types.NamedUniTuple(kinds[0], len(kinds), annotation)  # type: ignore[no-untyped-call]
    return types.NamedTuple(kinds, annotation)  # type: ignore[no-untyped-call]


def signature_of(function: Callable[..., Any]) -> Any:
    """Return the compiler's signature of an annotated function."""
    hints = get_type_hints(function, include_extras=True)
    result = type_of(hints.pop("return"))
    return result(*(type_of(hint) for hint in hints.values()))


def typed_kernel(function: Function) -> Function:
    """Make a function a kernel, compiled for the signature of its annotations, without interpreter lock."""
    return cast(Function, Kernel(function, lambda: signature_of(function)))


def named_kernel(name: str) -> Callable[[Function], Function]:
    """Make a kernel of what a factory makes: each is given its own name (see ``Kernel``)."""

    def make(function: Function) -> Function:
        function.__name__ = function.__qualname__ = name
        return typed_kernel(function)

    return make


def inlined_kernel(function: Function) -> Function:
    """Make a small function a kernel that is written into each kernel that calls it."""
    return cast(Function, Kernel(function, lambda: signature_of(function), forceinline=True))
