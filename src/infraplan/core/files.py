"""Files that are written completely or not at all."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyogrio.errors import DataSourceError

from infraplan.core.errors import ExportError, Problem, Term

log = logging.getLogger(__name__)


def write_whole(path: Path, content: bytes, *, what: str) -> Path:
    """Write a file under a temporary name, then rename it: no reader ever sees half a file.

    Parameters
    ----------
    path
        File to write.
    content
        Its bytes.
    what
        Name of the file's content in the error message, such as "the sheet".

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    ExportError
        If the file cannot be written; no part of it is left behind.
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
            Problem("file.not_written", {"what": Term(what), "why": Term(str(error.strerror))}, file=str(path))
        ) from error
    log.info("wrote %s", path)
    return path


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a temporary folder; when the block ends without error, move its files to ``folder``.

    Raises
    ------
    ExportError
        If the folder cannot be made or written.
    """
    made = not folder.exists()
    # named before it is made, so that the clean-up also works after an interruption
    draft = folder / f".draft-{secrets.token_hex(8)}"
    try:
        draft.mkdir(mode=0o700, parents=True)
        yield draft
        for path in sorted(draft.iterdir()):
            os.replace(path, folder / path.name)
    except (OSError, DataSourceError) as error:
        raise ExportError(_cannot_write(folder, error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if made and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _cannot_write(folder: Path, error: Exception) -> Problem:
    """Return the problem that a folder cannot be written."""
    return Problem(
        "file.folder_not_written", {"why": Term(getattr(error, "strerror", None) or str(error))}, str(folder)
    )
