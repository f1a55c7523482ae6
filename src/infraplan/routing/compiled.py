"""How the room compiles: one decorator, so that every kernel is built in the same way.

A kernel has an explicit signature and is cached on disk: it is compiled once per installation, when the
module that holds it is first imported, and a later process only loads it. The doors of the room import their
kernels when they are called, so importing `infraplan.routing` costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(signature: str) -> Callable[[Function], Function]:
    """Compile a function for one signature: cached, without interpreter lock or division checks."""
    return cast("Callable[[Function], Function]", numba.njit(signature, cache=True, nogil=True, error_model="numpy"))
