"""The cache folder: map scripts, downloads and fluid properties that infraplan can fetch or compute again."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

log = logging.getLogger(__name__)

VARIABLE = "INFRAPLAN_CACHE"


def folder() -> Path:
    """Return the cache folder: ``$INFRAPLAN_CACHE``, or the user's cache folder for infraplan.

    Where a user has no home that can be written, it is a temporary folder of that user.
    """
    chosen = os.environ.get(VARIABLE)
    return Path(chosen) if chosen else _find_usual(platformdirs.user_cache_dir("infraplan", appauthor=False))


@cache
def _find_usual(named: str) -> Path:
    """Return the user's cache folder; a temporary one where it is not there and cannot be made."""
    usual = Path(named)
    # without a home the name begins with "~", and would be a folder in the folder of now
    if usual.is_absolute() and (usual.is_dir() or can_write(usual)):
        return usual
    log.warning("no cache folder can be made in your home folder: a temporary one is used (or set %s)", VARIABLE)
    return find_temporary()


@cache
def find_temporary() -> Path:
    """Return a temporary folder that is this user's alone, the same for each process where that can be."""
    owner = os.getuid() if hasattr(os, "getuid") else 0
    shared = Path(tempfile.gettempdir()) / f"infraplan-{owner}"
    try:
        shared.mkdir(mode=0o700, exist_ok=True)
        found = shared.lstat()
        # machine code is loaded from it: nobody else may have put something there
        if stat.S_ISDIR(found.st_mode) and (os.name == "nt" or (found.st_uid == owner and not found.st_mode & 0o022)):
            return shared
    except OSError as error:
        log.info("%s cannot be used: %s", shared, error)
    return Path(tempfile.mkdtemp(prefix="infraplan-"))


def can_write(place: Path) -> bool:
    """Make a folder if need be, and say whether files can be written in it."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError as error:
        log.info("%s cannot be written: %s", place, error)
        return False
