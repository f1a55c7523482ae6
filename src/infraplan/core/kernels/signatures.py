"""The signature of a kernel, read from its annotations: what it takes stands in one place, for readers and compiler.

A kernel takes numbers, arrays of the kinds below, and NamedTuples of these (also nested). For the compiler a
NamedTuple is as fast as its fields passed one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

import numba
import numpy as np
import numpy.typing as npt
from numba import types
from numba.core import sigutils

from infraplan.core.kernels.compiled import kernel

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

_NUMBERS: dict[Any, Any] = {
    int: types.int64,
    float: types.float64,
    bool: types.boolean,
    None: types.void,
    type(None): types.void,
}


@cache
def type_of(annotation: Any) -> Any:
    """Return the compiler's type of an annotation.

    >>> type_of(tuple[int, float])
    Tuple(int64, float64)
    """
    if annotation in _NUMBERS:
        return _NUMBERS[annotation]
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
    """Compile a function as ``kernel`` does, for the signature that its annotations give."""
    return kernel(signature_of(function))(function)


def inlined_kernel(function: Function) -> Function:
    """Compile a small function for the signature of its annotations; it is written into each kernel that calls it."""
    compile_it = numba.njit(signature_of(function), cache=True, nogil=True, error_model="numpy", inline="always")
    return cast(Function, compile_it(function))
