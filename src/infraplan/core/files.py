"""Files that are written completely or not at all."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyogrio.errors import DataSourceError

from infraplan.core import publication
from infraplan.core.errors import ExportError, Problem, Term
from infraplan.core.manifest import MANIFEST, Batch, Listing, read_manifest, write_manifest

log = logging.getLogger(__name__)

_GIVEN_UP_S = 3600.0


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
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.draft")
    try:
        _sweep_drafts(path)
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


def _sweep_drafts(path: Path) -> None:
    """Remove drafts of a file that a killed process left."""
    name = re.compile(re.escape(f".{path.name}.") + r"[0-9a-f]{16}\.draft")
    for other in path.parent.iterdir():
        if name.fullmatch(other.name):
            with suppress(FileNotFoundError):  # another process writes the same file
                if time.time() - other.stat().st_mtime > _GIVEN_UP_S:
                    other.unlink()


@contextmanager
def whole_or_nothing(folder: Path, batch: Batch | None = None) -> Iterator[Path]:
    """Give a temporary folder; when the block ends without error, its files take their place in ``folder`` as a whole.

    Other processes that write in the folder wait until the block has ended.

    Parameters
    ----------
    folder
        Folder of the files, made if need be.
    batch
        What the files are. Then ``manifest.json`` lists them, and files of an earlier batch that this one lacks go.
        Without it, files are only added and replaced.

    Raises
    ------
    ExportError
        If the folder cannot be made or written, if another process keeps it, or if something that infraplan did not
        write is in the way.
    """
    refuse_in_the_way(folder, () if batch is None else batch.names)
    place = Path(os.path.realpath(folder))
    made = not place.exists()
    # named before it is made, so that the clean-up also works after an interruption
    draft = place / f".draft-{secrets.token_hex(8)}"
    try:
        with publication.hold(place):
            try:
                publication.sweep(place)
                draft.mkdir(mode=0o700)
                yield draft
                publication.put_in_place(place, draft, _complete(place, draft, batch))
            finally:
                shutil.rmtree(draft, ignore_errors=True)
                left = publication.beside(place, draft)
                if left.exists():
                    publication.clear(left, place)
    except (OSError, DataSourceError) as error:
        raise ExportError(_cannot_write(folder, error)) from error
    finally:
        if made:
            with suppress(OSError):  # it holds files now, or was never made
                place.rmdir()


def refuse_in_the_way(folder: Path, names: Iterable[str]) -> None:
    """Refuse a folder in which a link or a folder stands where a file should come.

    Raises
    ------
    ExportError
        With one problem for each.
    """
    if folder.is_symlink() and not folder.is_dir():
        raise ExportError(Problem("file.link_in_the_way", file=str(folder)))
    problems = []
    for path in (folder / name for name in sorted({*names, MANIFEST})):
        if path.is_symlink():
            problems.append(Problem("file.link_in_the_way", file=str(path)))
        elif path.exists() and not path.is_file():
            problems.append(Problem("file.folder_in_the_way", file=str(path)))
    if problems:
        raise ExportError(problems)


def _complete(folder: Path, draft: Path, batch: Batch | None) -> set[str]:
    """Write the manifest of a draft; return the names of files that go."""
    new = {path.name for path in draft.iterdir() if path.is_file()}
    if batch is None:
        return set()
    refuse_in_the_way(folder, new)
    before = read_manifest(folder)
    known = _find_known(folder, batch) if before is None else set(before.files)
    taken = [] if before is None else sorted(name for name in new - known if (folder / name).exists())
    if before is None and (folder / MANIFEST).exists() and not known:
        taken = [MANIFEST]
    if taken:
        raise ExportError(Problem("file.not_ours", file=str(folder / name)) for name in taken)
    before = before or Listing()
    write_manifest(draft, batch, before, folder)
    return known - set(before.staying(batch)) - new


def _find_known(folder: Path, batch: Batch) -> set[str]:
    """Return files of infraplan in a folder without a manifest, as earlier versions wrote it: by their names."""
    try:
        content = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    if not isinstance(content, dict) or "infraplan" not in content:
        return set()
    return {name for name in batch.names if batch.leads and (folder / name).is_file()}


def _cannot_write(folder: Path, error: Exception) -> Problem:
    """Return the problem that a folder cannot be written."""
    return Problem(
        "file.folder_not_written", {"why": Term(getattr(error, "strerror", None) or str(error))}, str(folder)
    )
