"""How the room compiles: one decorator, so that every kernel is built in the same way.

A kernel has an explicit signature and is cached on disk: it is compiled once per installation, when the
module that holds it is first imported, and a later process only loads it. The doors of the room import their
kernels when they are called, so importing `infraplan.routing` costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(signature: str, name: str = "") -> Callable[[Function], Function]:
    """Compile a function for one signature: cached, without interpreter lock or division checks.

    What a factory makes is each given its own ``name``. The linker knows kernels by their name and a number that every
    process counts for itself: of two with one name it called one for the other where a process had found on disk
    what another one, compiling at the same time, had left.
    """
    compile_it = numba.njit(signature, cache=True, nogil=True, error_model="numpy")

    def compile_named(function: Function) -> Function:
        function.__name__ = function.__qualname__ = name or function.__qualname__
        return cast(Function, compile_it(function))

    return compile_named


def _write_prefetch(typing: Any, values: Any, position: Any) -> Any:
    """Generate the hint that fetches one value of an array for reading, to be kept."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        number, pointer = ir.IntType(32), ir.PointerType(ir.IntType(8))
        hint = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        to_read, keep, data = number(0), number(3), number(1)
        function = cgutils.get_or_insert_function(builder.module, hint, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), pointer)
        builder.call(function, [place, to_read, keep, data])
        return context.get_dummy_value()

    return types.void(values, position), generate


# In a kernel, `prefetch(values, position)` asks for the cache line of one value; it reads nothing.
prefetch: Any = intrinsic(_write_prefetch)
