"""Checksums of all files of a study."""

from __future__ import annotations

import hashlib

from infraplan.core import (
    Scenario,
)
from infraplan.study.study import Study


def inputs_sha256(study: Study, scenario: Scenario) -> str:
    """Return one digest of every file of the study and of the scenario."""
    digest = hashlib.sha256()
    for name, value in sorted(checksums(study).items()):
        digest.update(f"{name} {value}\n".encode())
    digest.update(scenario.model_dump_json().encode())
    return digest.hexdigest()


def checksums(study: Study) -> dict[str, str]:
    """Return the SHA-256 of every file of the study, by its path inside the study."""
    paths = [p for part in ("data", "layers") for p in (study.folder / part).rglob("*") if p.is_file()]
    digests = {str(path.relative_to(study.folder)): path for path in sorted(paths)}
    # a catalogue may name files outside the study
    elsewhere = [study.stack.folder / entry.file for entry in study.stack.entries]
    digests |= {str(path): path for path in elsewhere if path not in paths and path.is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in digests.items()}
