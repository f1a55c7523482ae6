"""The cache folder: map scripts, downloads and fluid properties that infraplan can fetch or compute again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "INFRAPLAN_CACHE"


def folder() -> Path:
    """Return the cache folder: ``$INFRAPLAN_CACHE``, or the user's cache folder for infraplan."""
    return Path(os.environ.get(VARIABLE) or platformdirs.user_cache_dir("infraplan", appauthor=False))
