"""A process that compiles kernels beside another one: ``python -m infraplan.core.kernels.worker FOLDER [--nice]``."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

from infraplan.core.kernels import ahead, store
from infraplan.core.kernels.compiled import KERNELS, Kernel

NICENESS = 10


def main() -> None:
    """Compile what nobody else has taken, until all is compiled or the process that asked is gone."""
    folder, asked_by = Path(sys.argv[1]), os.getppid()
    if "--nice" in sys.argv and hasattr(os, "nice"):
        os.nice(NICENESS)
    for module in store.MODULES:
        importlib.import_module(module)
    waiting = [kernel for kernel in KERNELS.values() if kernel.__module__ in store.MODULES]
    (folder / ahead.TOTAL).write_bytes(bytes(len(waiting)))
    while waiting and os.getppid() == asked_by:
        for kernel in waiting:
            if _is_done(folder, kernel) or (_is_ready(folder, kernel) and _take(folder, kernel)):
                waiting.remove(kernel)
                break
        else:
            time.sleep(ahead.LOOK_EVERY_S)
    if not waiting:
        store.find_stamp().touch()


def _is_done(folder: Path, kernel: Kernel) -> bool:
    return (folder / f"{kernel.name}.done").exists()


def _is_ready(folder: Path, kernel: Kernel) -> bool:
    return all(_is_done(folder, callee) for callee in kernel.callees() if callee.__module__ in store.MODULES)


def _take(folder: Path, kernel: Kernel) -> bool:
    """Compile a kernel unless another process has taken it; say whether it was compiled."""
    try:
        (folder / f"{kernel.name}.taken").touch(exist_ok=False)
    except FileExistsError:
        return False
    kernel.load()
    assert kernel.machine_code is not None
    (folder / f"{kernel.name}.done").touch()
    return True


if __name__ == "__main__":
    main()
