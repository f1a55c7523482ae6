"""Files that are written whole or not at all."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from infraplan.errors import ExportError, Problem

log = logging.getLogger(__name__)


def write_whole(path: Path, content: bytes, *, what: str) -> Path:
    """Write under a temporary name and rename, so that nobody ever sees half a file; return the path.

    ``what`` names the thing in the message: "the sheet".

    Raises
    ------
    ExportError
        If the file cannot be written; nothing is left behind.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        try:
            draft.unlink(missing_ok=True)
        except OSError:
            log.warning("could not remove %s", draft)
        raise ExportError(
            Problem(
                f"{what} could not be written ({error.strerror})",
                "Choose an existing folder that you may write to, with room on the disk",
                file=str(path),
            )
        ) from error
    log.info("wrote %s", path)
    return path
