"""Where machine code is kept: one folder per version of the kernels.

The compiler looks whether the file of a kernel changed, but not whether those changed from which the kernel takes
functions and numbers. So the folder is named after a digest of all these files: after an update of infraplan nothing
old is found. The folder of it is ``kernels`` in the cache folder (see ``core.cache``), or ``$NUMBA_CACHE_DIR``.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from infraplan.core.cache import folder as cache_folder

log = logging.getLogger(__name__)

# modules that hold kernels, those first that a plan needs first
MODULES = (
    "infraplan.core.kernels.heap",
    "infraplan.routes.spreading.kernels",
    "infraplan.routes.spreading.meeting",
    "infraplan.routes.candidates.walking",
    "infraplan.routes.trees.kernels",
    "infraplan.routes.trees.shrink",
    "infraplan.routes.trees.dual",
    "infraplan.routes.trees.moves",
    "infraplan.routes.trees.links",
    "infraplan.routes.trees.exchange",
    "infraplan.networks.design.flow_accounts",
    "infraplan.networks.design.path_search",
    "infraplan.networks.design.connections",
    "infraplan.networks.design.move_memory",
    "infraplan.networks.design.local_moves",
    "infraplan.appraisal.ranking.sending",
)
# those that no ordinary plan needs
SELDOM = ("infraplan.networks.design.filling", "infraplan.routes.trees.shaking")
# modules without kernels from which kernels take names
NAMES = (
    "infraplan.core.kernels.compiled",
    "infraplan.core.kernels.fetching",
    "infraplan.core.kernels.inner",
    "infraplan.core.kernels.signatures",
    "infraplan.networks.design.kernel_state",
    "infraplan.networks.design.minimum_cut",
    "infraplan.routes.spreading.moves",
)


@cache
def open_folder() -> Path | None:
    """Return the folder, made if need be; None where nothing can be written."""
    folder = find_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        log.warning("compiled code cannot be kept (%s): it is compiled again each time", error)
        return None
    return folder


def find_folder() -> Path:
    """Return the folder of this version of the kernels."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    return (Path(chosen) if chosen else cache_folder() / "kernels") / f"infraplan-{_digest()}"


def find_stamp() -> Path:
    """Return the file that says that all kernels of ``MODULES`` were compiled, by this Python on this machine."""
    place = str(Path(__file__).resolve().parents[2])
    who = [sys.version, platform.processor(), platform.machine(), version("numba"), version("llvmlite"), place]
    return find_folder() / f"compiled-{_shorten('|'.join(who).encode())}"


@cache
def _digest() -> str:
    house = Path(__file__).resolve().parents[3]
    files = [house.joinpath(*name.split(".")).with_suffix(".py") for name in (*MODULES, *SELDOM, *NAMES)]
    return _shorten(b"\0".join(file.read_bytes() for file in files))


def _shorten(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
