"""Kernels that only kernels call: compiled once each, and called by their address.

A kernel that calls another one the usual way takes a copy of it along, and of all that this one calls: large kernels
are then compiled again in each of their callers. Here the caller only knows the name of what it calls. The name is
given an address whenever the module is loaded, also where the code itself comes from the cache.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import llvmlite.binding as llvm
import numba
from numba.core import cgutils
from numba.extending import intrinsic

from infraplan.core.kernels.signatures import signature_of

Function = TypeVar("Function", bound=Callable[..., Any])


def inner_kernel(function: Function) -> Function:
    """Compile a function for the signature of its annotations, to be called by other kernels and not by Python."""
    signature = signature_of(function)
    # the option is the compiler's own; its published types do not list it
    compile_it = cast(Any, numba.njit)(signature, cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True)
    compiled = compile_it(function).overloads[signature.args]
    name = f"{function.__module__}.{function.__qualname__}"
    llvm.add_symbol(name, compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))

    def call(typing: Any, *_: Any) -> Any:
        def generate(context: Any, builder: Any, chosen: Any, arguments: Any) -> Any:
            shape = context.call_conv.get_function_type(chosen.return_type, chosen.args)
            there = cgutils.get_or_insert_function(builder.module, shape, name)  # type: ignore[no-untyped-call]
            status, result = context.call_conv.call_function(builder, there, chosen.return_type, chosen.args, arguments)
            with cgutils.if_unlikely(builder, status.is_error):  # type: ignore[no-untyped-call]
                context.call_conv.return_status_propagate(builder, status)
            return result

        return signature, generate

    # the compiler matches arguments by the names it finds here
    names = ["typing", *inspect.signature(function).parameters]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    call.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    call.__name__ = call.__qualname__ = function.__name__
    call.__doc__ = function.__doc__
    return cast(Function, intrinsic(call))
