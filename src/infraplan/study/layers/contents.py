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
    beginnings = _BEGINNINGS.get(path.suffix.lower())
    if beginnings is None or not path.is_file():
        return
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if path.suffix.lower() in (".geojson", ".json"):
        head = head.removeprefix(_BOM).lstrip()
    if not head.startswith(beginnings):
        raise LayerError(problem(path, "layer.disguised", {"suffix": path.suffix.lower()}))
    if path.suffix.lower() == ".zip":
        _refuse_disguised_members(path)


def _refuse_disguised_members(path: Path) -> None:
    """Refuse a zip with a layer that is not of the format of its name."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                suffix = Path(name).suffix.lower()
                if suffix == ".zip":
                    raise LayerError(problem(path, "layer.zip_in_zip", value=name))
                if suffix not in _BEGINNINGS:
                    continue
                with archive.open(name) as member:
                    head = member.read(_HEAD_BYTES)
                head = head.removeprefix(_BOM).lstrip() if suffix in (".geojson", ".json") else head
                if not head.startswith(_BEGINNINGS[suffix]):
                    raise LayerError(problem(path, "layer.disguised", {"suffix": suffix}, value=name))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise LayerError(problem(path, "layer.not_a_zip")) from error
