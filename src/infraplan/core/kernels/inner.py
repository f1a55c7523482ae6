"""Kernels that only kernels call: compiled once each, and called by their address.

A kernel that calls another one the usual way takes a copy of it along, and of all that this one calls: large kernels
are then compiled again in each of their callers. Here the caller only knows the name of what it calls. The name is
given an address when the caller is compiled, or loaded from disk.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar, cast

from infraplan.core.kernels.compiled import Kernel
from infraplan.core.kernels.signatures import signature_of

Function = TypeVar("Function", bound=Callable[..., Any])


class InnerKernel(Kernel):
    """A kernel that other kernels call by its address, and Python cannot call."""

    def __call__(self, *arguments: Any) -> Any:
        """Refuse: there is no way in from Python, which would cost a tenth of the compilation."""
        raise TypeError(f"{self.name} is called by kernels only; from Python use py_func")

    @cached_property
    def compiler_value(self) -> Any:
        """A call by name; the name has an address."""
        import llvmlite.binding as llvm

        signature = self._signature()
        compiled = self.machine_code.overloads[signature.args]
        address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
        llvm.add_symbol(self.name, address)
        return _write_call(self.py_func, signature, self.name)

    def load(self) -> None:
        """Give the name its address: code loaded from disk calls it."""
        super().load()
        assert self.compiler_value is not None


def inner_kernel(function: Function) -> Function:
    """Make a kernel, with the signature of its annotations, that other kernels call and Python does not."""
    return cast(Function, InnerKernel(function, lambda: signature_of(function), no_cpython_wrapper=True))


def _write_call(function: Callable[..., Any], signature: Any, name: str) -> Any:
    """Return what the compiler takes for the function: a call of the name."""
    from numba.core import cgutils
    from numba.extending import intrinsic

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
    call.__signature__ = inspect.Signature([inspect.Parameter(one, kind) for one in names])  # type: ignore[attr-defined]
    call.__name__ = call.__qualname__ = function.__name__
    call.__doc__ = function.__doc__
    return intrinsic(call)
