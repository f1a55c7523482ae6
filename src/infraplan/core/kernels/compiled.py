"""How kernels are compiled: one class, so that every kernel is built in the same way.

A kernel is compiled when it is first called, for one signature, and kept on disk: once per installation, and a later
process only loads it. So importing a module of kernels costs nothing, not even the import of the compiler.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property, update_wrapper
from types import ModuleType
from typing import Any

from infraplan.core.kernels import ahead

# every kernel of the modules imported so far, in the order in which they are written
KERNELS: dict[str, Kernel] = {}
# one lock for all: a kernel that is compiled asks for others, which no second thread may hold at that moment
_COMPILING = threading.RLock()


class Kernel:
    """A function that is compiled when it is first called, or when a kernel that calls it is compiled.

    Attributes
    ----------
    py_func : the function as it is written, for tests.
    name : module and name; no two kernels share one. The linker knows kernels by their name and a number that every
        process counts for itself: of two with one name it called one for the other where a process had found on disk
        what another one, compiling at the same time, had left.
    """

    def __init__(self, function: Callable[..., Any], signature: Callable[[], Any], **options: Any) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._signature = signature
        self._options = options
        self._loaded = False
        KERNELS[self.name] = self

    def __call__(self, *arguments: Any) -> Any:
        """Run the machine code."""
        return self.machine_code(*arguments)

    @cached_property
    def machine_code(self) -> Any:
        """The function as the compiler has it, compiled now or loaded from disk."""
        ahead.wait_for(self.name)
        with _COMPILING:
            for callee in self.callees():
                callee.load()
            return self._compile()

    @property
    def compiler_value(self) -> Any:
        """What the compiler sees where another kernel calls this one."""
        return self.machine_code

    def load(self) -> None:
        """Make ready what code loaded from disk needs in this process: nothing, where it takes a copy along."""
        if not self._loaded:
            self._loaded = True
            for callee in self.callees():
                callee.load()

    def callees(self) -> list[Kernel]:
        """Return the kernels that this one calls."""
        space, names = self.py_func.__globals__, self.py_func.__code__.co_names
        named = [space[name] for name in names if name in space]
        rooms = [value for value in named if isinstance(value, ModuleType)]
        named += [getattr(room, name) for room in rooms for name in names if hasattr(room, name)]
        named += [cell.cell_contents for cell in self.py_func.__closure__ or ()]
        return [value for value in named if isinstance(value, Kernel) and value is not self]

    def _compile(self) -> Any:
        import numba
        from numba.core import typeinfer

        from infraplan.core.kernels.keeping import KeptCode

        _teach_compiler()
        dispatcher: Any = numba.njit(nogil=True, error_model="numpy", **self._options)(self.py_func)
        dispatcher._cache = KeptCode(self.py_func)
        with typeinfer.register_dispatcher(dispatcher):
            dispatcher.compile(self._signature())
            dispatcher.disable_compile()
        return dispatcher


class Hint:
    """In a kernel, ``prefetch(values, position)`` asks for the cache line of one value; it reads nothing."""


prefetch: Any = Hint()


def _teach_compiler() -> None:
    """Tell the compiler what a kernel is that it meets inside another one; once."""
    if _TAUGHT.is_set():
        return
    from numba.core.registry import cpu_target
    from numba.extending import typeof_impl

    from infraplan.core.kernels.fetching import fetch

    @typeof_impl.register(Kernel)
    def find_type_of_kernel(value: Kernel, context: Any) -> Any:
        return cpu_target.typing_context.resolve_value_type(value.compiler_value)

    @typeof_impl.register(Hint)
    def find_type_of_hint(value: Hint, context: Any) -> Any:
        return cpu_target.typing_context.resolve_value_type(fetch)

    _TAUGHT.set()


_TAUGHT = threading.Event()
