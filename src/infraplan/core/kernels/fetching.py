"""The hint behind ``prefetch``: imported when a kernel that uses it is compiled."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _write_fetch(typing: Any, values: Any, position: Any) -> Any:
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


fetch: Any = intrinsic(_write_fetch)
