"""Where machine code is kept: one folder per version of the kernels.

The folder is named after a digest of all files from which kernels take code and numbers: after an update of infraplan
nothing old is found, and folders of older versions are swept. It stands in ``kernels`` in the cache folder (see
``core.cache``), or in ``$NUMBA_CACHE_DIR``.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import re
import shutil
import sys
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path

from infraplan.core.cache import can_write, find_temporary
from infraplan.core.cache import folder as cache_folder

log = logging.getLogger(__name__)

HOUSE = Path(__file__).resolve().parents[2]
_FOLDER = re.compile(r"infraplan-[0-9a-f]{16}")
_OTHERS_KEPT = 1
_IN_USE_S = 86400.0

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
    "infraplan.core.kernels.keeping",
    "infraplan.core.kernels.signatures",
    "infraplan.networks.design.kernel_state",
    "infraplan.networks.design.minimum_cut",
    "infraplan.routes.spreading.moves",
)


@cache
def open_folder() -> Path:
    """Return the folder, made if need be: a temporary one where it can neither be written nor holds all kernels."""
    folder = find_folder()
    if can_write(folder):
        _sweep(folder)
    elif not (folder / _name_stamp()).exists():
        log.warning("compiled code cannot be kept in %s: a temporary folder is used", folder.parent)
        folder = find_temporary() / "kernels" / folder.name
        can_write(folder)
    return folder


def find_folder() -> Path:
    """Return the folder of this version of the kernels."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    return (Path(chosen) if chosen else cache_folder() / "kernels") / f"infraplan-{_digest()}"


def find_stamp() -> Path:
    """Return the file that says that all kernels of ``MODULES`` were compiled, by this Python on such a machine."""
    return open_folder() / _name_stamp()


def _name_stamp() -> str:
    who = [sys.version, platform.processor(), platform.machine(), version("numba"), version("llvmlite")]
    return f"compiled-{_shorten('|'.join(who).encode())}"


def _sweep(folder: Path) -> None:
    """Remove folders of other versions but the one used last; those used within a day stay too."""
    try:
        os.utime(folder)
        others = [
            path
            for path in folder.parent.iterdir()
            if _FOLDER.fullmatch(path.name) and path != folder and path.is_dir() and not path.is_symlink()
        ]
        by_age = sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)
        for path in by_age[_OTHERS_KEPT:]:
            if time.time() - path.stat().st_mtime > _IN_USE_S:
                shutil.rmtree(path, ignore_errors=True)
    except OSError as error:
        log.info("older machine code stays: %s", error)


@cache
def _digest() -> str:
    files = [HOUSE.parent.joinpath(*name.split(".")).with_suffix(".py") for name in (*MODULES, *SELDOM, *NAMES)]
    return _shorten(b"\0".join(file.read_bytes() for file in files))


def _shorten(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
