"""Register a fetched layer in the study's catalogue, and its source in the study's sources."""

from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infraplan.core import LayerError, Problem, locate_toml_fault, tables
from infraplan.study.package import is_packed
from infraplan.study.services.osm import read_template


def refuse_read_only(study_folder: Path) -> None:
    """Refuse to fetch into a study that cannot be written, or that the next upgrade of infraplan replaces.

    Raises
    ------
    LayerError
        With the folder, and what to do instead.
    """
    layers = study_folder / "layers"
    if is_packed(study_folder):
        raise LayerError(Problem("study.packed", file=str(layers)))
    if not os.access(layers, os.W_OK):
        raise LayerError(Problem("study.read_only", file=str(layers)))


def add_to_catalogue(study_folder: Path, entry: Mapping[str, str]) -> None:
    """Append a fetched layer to ``layers/catalogue.toml``, and its source to ``data/sources.csv`` if it is new.

    The existing content of both files does not change.

    Raises
    ------
    LayerError
        If the catalogue is missing or unreadable, already has the id, or the layer file does not exist.
    TableError
        If ``data/sources.csv`` is missing or wrong.
    """
    catalogue = study_folder / "layers" / "catalogue.toml"
    text = _read_catalogue(catalogue, entry)
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else newline if text.endswith("\n") else 2 * newline
    extended = text + gap + newline.join(["[[layer]]", *lines, ""])
    try:
        _parse(extended)
    except tomllib.TOMLDecodeError as error:
        raise LayerError(locate_toml_fault("catalogue.cannot_append", error, str(catalogue))) from error
    # the source first: one without a layer does no harm, a layer without its source does
    _add_source(study_folder / "data" / "sources.csv", entry)
    _replace_text(catalogue, extended)


def _read_catalogue(catalogue: Path, entry: Mapping[str, str]) -> str:
    """Return the text of the catalogue; refuse a known id or a missing layer file."""
    name = str(catalogue)
    if not catalogue.is_file():
        raise LayerError(Problem("catalogue.missing", file=name))
    try:
        text = catalogue.read_bytes().decode("utf-8")
        known = {layer.get("id") for layer in _parse(text).get("layer", [])}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LayerError(locate_toml_fault("catalogue.not_readable", error, name)) from error
    if entry["id"] in known:
        raise LayerError(Problem("catalogue.layer_known", file=name, value=entry["id"]))
    if not (catalogue.parent / entry["file"]).is_file():
        raise LayerError(Problem("catalogue.file_elsewhere", file=name, value=entry["file"]))
    return text


def _parse(text: str) -> dict[str, Any]:
    return tomllib.loads(text.removeprefix("\ufeff"))


def _add_source(path: Path, entry: Mapping[str, str]) -> None:
    """Append the source of a layer to the table of sources, if it is new."""
    known = tables.read(path, "sources")
    if entry["source"] in set(known["source"]):
        return
    text = path.read_bytes().decode("utf-8")
    row = {**read_template()["source"], "source": entry["source"], "year": entry["vintage"][:4]}
    line = io.StringIO()
    newline = "\r\n" if "\r\n" in text else "\n"
    csv.writer(line, lineterminator=newline).writerow([row.get(column, "") for column in known.columns])
    _replace_text(path, text + ("" if text.endswith("\n") else newline) + line.getvalue())


def _replace_text(path: Path, text: str) -> None:
    """Write a file under a temporary name, then rename it."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(text.encode("utf-8"))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
