"""The manifest of a folder: what infraplan wrote there, with checksums, and from which inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Batch:
    """Files that are published together.

    Attributes
    ----------
    kind : what they are: ``plan``, ``sheets``, ``alternatives``, ``comparison``.
    about : version, study, scenario, year and checksum of the inputs.
    names : names that these files may have; in a folder without a manifest they are taken for files of infraplan.
    leads : whether files of other kinds go when they were made from other inputs.
    adds : whether files of the same kind stay when they were made from the same inputs.
    """

    kind: str
    about: Mapping[str, Any]
    names: frozenset[str] = frozenset()
    leads: bool = False
    adds: bool = False

    @property
    def inputs(self) -> str:
        """Checksum of the inputs."""
        return str(self.about.get("inputs_sha256", ""))


@dataclass(frozen=True)
class Listing:
    """What a manifest says."""

    about: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def staying(self, batch: Batch) -> dict[str, Mapping[str, Any]]:
        """Return the files that stay when a batch is published."""

        def stays(file: Mapping[str, Any]) -> bool:
            same = file.get("inputs_sha256") == batch.inputs
            return (batch.adds and same) if file.get("kind") == batch.kind else (same or not batch.leads)

        return {name: file for name, file in self.files.items() if stays(file)}


def read_manifest(folder: Path) -> Listing | None:
    """Read the manifest of a folder; None where there is none, or one that infraplan did not write."""
    path = folder / MANIFEST
    if path.is_symlink():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    about, listed = content.get("infraplan"), content.get("files")
    if not isinstance(about, dict) or not isinstance(listed, dict):
        return None
    # a name with a folder in it would reach elsewhere
    if not all(is_plain(name) and isinstance(file, dict) for name, file in listed.items()):
        return None
    return Listing(about, listed)


def write_manifest(draft: Path, batch: Batch, before: Listing, folder: Path) -> None:
    """Write the manifest of a draft and of the files that stay beside it."""
    new = {path.name: _describe(path, batch) for path in draft.iterdir() if path.is_file()}
    kept = {name: file for name, file in before.staying(batch).items() if (folder / name).is_file()}
    about = batch.about if batch.leads or not kept else before.about
    content = {"infraplan": dict(about), "files": {**kept, **new}}
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)
    (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")


def is_plain(name: object) -> bool:
    """Say whether a name is that of a file in the folder itself."""
    return isinstance(name, str) and name not in ("", ".", "..", MANIFEST) and not set(name) & set("/\\\0")


def _describe(path: Path, batch: Batch) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"inputs_sha256": batch.inputs, "kind": batch.kind, "sha256": digest, "size": path.stat().st_size}
