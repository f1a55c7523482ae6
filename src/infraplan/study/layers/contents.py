"""Contents: a layer's file is of the format that its name says, and lies inside the study.

GDAL opens what it recognises, whatever the name: a text that points to other files or to a server could pass for a
layer. Only formats that hold their own data are opened.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from infraplan.core import LayerError
from infraplan.study.layers.catalogue import problem

_JSON = (b"{",)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
# how a file of each format begins
_BEGINNINGS = {
    ".geojson": _JSON,
    ".json": _JSON,
    ".gpkg": (b"SQLite format 3\x00",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".fgb": (b"fgb",),
    ".zip": (b"PK\x03\x04",),
    ".tif": _TIFF,
    ".tiff": _TIFF,
}
_PBF = b"OSMHeader"
_BOM = b"\xef\xbb\xbf"
_HEAD_BYTES = 1024


def refuse_disguised(path: Path, folder: Path) -> None:
    """Refuse a file that is not of the format of its name, or that lies outside the folder.

    Raises
    ------
    LayerError
        For a link or path out of the folder, and for another content than the name says.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise LayerError(problem(path, "layer.outside"))
    if not path.is_file():
        return
    with path.open("rb") as file:
        _refuse_other(path, path.suffix.lower(), file.read(_HEAD_BYTES))
    if path.suffix.lower() == ".zip":
        _refuse_disguised_members(path)


def _refuse_disguised_members(path: Path) -> None:
    """Refuse a zip with a layer that is not of the format of its name."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if Path(name).suffix.lower() == ".zip":
                    raise LayerError(problem(path, "layer.zip_in_zip", value=name))
                with archive.open(name) as member:
                    _refuse_other(path, Path(name).suffix.lower(), member.read(_HEAD_BYTES), name)
    # a password is a RuntimeError, an unknown way to pack a NotImplementedError
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise LayerError(problem(path, "layer.not_a_zip")) from error


def _refuse_other(path: Path, suffix: str, head: bytes, member: str = "") -> None:
    """Refuse a file by its first bytes; of other suffixes than ours, such as .dbf beside a shape, nothing is known."""
    if suffix in (".geojson", ".json"):
        head = head.removeprefix(_BOM).lstrip()
    known = suffix not in _BEGINNINGS or head.startswith(_BEGINNINGS[suffix])
    if not known or (suffix == ".pbf" and _PBF not in head):
        raise LayerError(problem(path, "layer.disguised", {"suffix": suffix}, value=member))
