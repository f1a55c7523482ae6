"""Where the study that comes with this code stands: in the package of a wheel, else in the checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# `setup.py` packs data/, layers/ and app.py into this folder of a wheel
PACKED = PACKAGE / "default_study"


def home() -> Path:
    """Return the folder of the default study and of ``app.py``."""
    return PACKED if PACKED.is_dir() else PACKAGE.parents[1]


def is_packed(folder: Path) -> bool:
    """Say whether a study is the one in the package, which the next upgrade replaces."""
    return folder.resolve() == PACKED.resolve()
