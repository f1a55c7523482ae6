"""Publishing a folder: what was written beside takes the folder's place as a whole, under a lock between processes.

A draft is written in the hidden folder ``.draft-...`` inside the folder. Once it is complete, one of three things puts
it in place:

- An empty folder is replaced by the draft: one rename.
- On Linux, a folder without folders in it is exchanged with the draft: one call. Files that stay are linked into
  the draft first, so they keep their content and their time.
- Elsewhere the draft becomes ``.infraplan-publishing`` by one rename, and from then on it counts. Its files are moved
  one by one, the manifest last. Who next writes in the folder first finishes what a killed process began.

So at every moment the folder holds the old files, or the new ones, or says by ``.infraplan-publishing`` that it goes
from one to the other.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import re
import shutil
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from infraplan.core.errors import ExportError, Problem
from infraplan.core.manifest import MANIFEST, is_plain, read_manifest

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

PENDING = ".infraplan-publishing"
LEAVING = ".infraplan-leaving"  # in the pending folder: names of the files that go
PATIENCE_S = 120.0  # how long another process is waited for
_LOOK_EVERY_S = 0.05
_DRAFT = re.compile(r"\.draft-[0-9a-f]{16}")
_WINDOWS_LOCK = ".infraplan-lock"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Make a folder and keep other processes from publishing in it; wait for one that does so.

    Raises
    ------
    ExportError
        If another process keeps the folder longer than ``PATIENCE_S``.
    OSError
        If the folder cannot be made or opened.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _lock(folder)
        if handle is not None:
            break
        if time.monotonic() > deadline:
            raise ExportError(Problem("file.folder_busy", file=str(folder)))
        time.sleep(_LOOK_EVERY_S)
    try:
        yield
    finally:
        os.close(handle)


def _lock(folder: Path) -> int | None:
    """Lock a folder and return the handle that keeps it locked; None if another process holds it."""
    if sys.platform == "win32":
        # the system removes the file when its process ends, in whatever way
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY
        try:
            return os.open(folder / _WINDOWS_LOCK, flags)
        except (FileExistsError, PermissionError):
            return None
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # another process may have exchanged or removed the folder between opening and locking
        if os.path.samestat(os.fstat(handle), os.stat(folder)):
            return handle
    except BlockingIOError:
        pass
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("%s cannot be locked (%s): let no second process write there", folder, error.strerror)
        return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def sweep(folder: Path) -> None:
    """Finish what a killed process began to publish, and remove drafts that were given up; the folder is held."""
    finish(folder)
    for path in folder.iterdir():
        if _DRAFT.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
    prefix = f".{folder.name}"
    with contextlib.suppress(OSError):  # the folder above may be closed to us; then nothing of ours is in it
        for path in folder.parent.iterdir():
            if path.name.startswith(prefix) and _DRAFT.fullmatch(path.name.removeprefix(prefix)):
                clear(path, folder)


def put_in_place(folder: Path, draft: Path, leaving: Collection[str]) -> None:
    """Let a complete draft take the folder's place.

    Parameters
    ----------
    folder
        A folder that is held.
    draft
        A folder inside it, with all files that are new.
    leaving
        Names of files that go.
    """
    _save_to_disk(draft)
    if sys.platform != "win32" and _change_at_once(folder, draft, leaving):
        return
    if not draft.exists():
        draft = beside(folder, draft)
    (draft / LEAVING).write_text(json.dumps(sorted(leaving)), encoding="utf-8")
    os.rename(draft, folder / PENDING)
    try:
        finish(folder)
    except OSError:  # what stopped it may be over; if not, the next command finishes it
        finish(folder)
    except BaseException:
        finish(folder)
        raise


def beside(folder: Path, draft: Path) -> Path:
    """Return where a draft waits, and the old files go, while the folder is exchanged."""
    return folder.with_name(f".{folder.name}{draft.name}")


def clear(old: Path, folder: Path, ours: Collection[str] | None = None) -> None:
    """Remove what an exchange left beside the folder; files that somebody else put there at the last moment move back.

    Parameters
    ----------
    old
        The folder of the old files, or a draft that never took its place.
    folder
        The folder that counts.
    ours
        Names of files to remove; default: those of the manifest, and everything where there is none.
    """
    if ours is None:
        listed = read_manifest(old)
        if listed is None:
            shutil.rmtree(old, ignore_errors=True)
            return
        ours = set(listed.files)
    try:
        for path in sorted(old.iterdir(), key=lambda path: path.name == MANIFEST):
            there = folder / path.name
            if path.name in (MANIFEST, LEAVING) or path.name in ours or (there.is_file() and path.samefile(there)):
                path.unlink(missing_ok=True)
            elif not there.exists():
                os.rename(path, there)
        old.rmdir()
    except OSError as error:
        log.info("%s is left for the next time: %s", old, error)


def finish(folder: Path) -> None:
    """Move the files of a draft that counts already; nothing where there is none."""
    pending = folder / PENDING
    if pending.is_symlink() or not pending.is_dir():
        return
    note = pending / LEAVING
    names = json.loads(note.read_text(encoding="utf-8")) if note.exists() else []
    for name in filter(is_plain, names):
        (folder / name).unlink(missing_ok=True)
    for path in sorted(pending.iterdir(), key=lambda path: (path.name == MANIFEST, path.name)):
        there = folder / path.name
        if path.name == LEAVING:
            continue
        if there.is_file() and path.samefile(there):  # renaming a link to its own file does nothing
            path.unlink()
        else:
            os.replace(path, there)
    note.unlink(missing_ok=True)
    pending.rmdir()


def _change_at_once(folder: Path, draft: Path, leaving: Collection[str]) -> bool:
    """Replace an empty folder, or exchange a folder of files, in one step; say whether this was possible."""
    waiting = beside(folder, draft)
    others = [entry for entry in os.scandir(folder) if entry.name != draft.name]
    ours = {path.name for path in draft.iterdir()} | set(leaving)
    if _is_entered(folder) or not _take_along(draft, [entry for entry in others if entry.name not in ours]):
        return False
    handle = None
    try:
        if not _take_rights(folder, draft):
            return False
        handle = _lock(draft)  # nobody may enter between the exchange and its end
        os.rename(draft, waiting)
        if others:
            exchange(waiting, folder)
        else:
            os.rename(waiting, folder)
        _sync(folder.parent)
        if others:
            clear(waiting, folder, ours)
    except OSError as error:
        log.info("%s cannot be exchanged (%s): its files are moved one by one", folder, error)
        return False
    finally:
        if handle is not None:
            os.close(handle)
    return True


def _take_along(draft: Path, staying: Collection[os.DirEntry[str]]) -> bool:
    """Link the files that stay into the draft; say whether the folder can be exchanged then."""
    if not all(entry.is_file(follow_symlinks=False) for entry in staying):
        return False
    try:
        for entry in staying:
            os.link(entry.path, draft / entry.name, follow_symlinks=False)
    except OSError as error:
        log.info("%s cannot be linked: %s", draft, error)
        return False
    return True


def _take_rights(folder: Path, draft: Path) -> bool:
    """Give the draft the rights of the folder; say whether it has the same owners."""
    shutil.copystat(folder, draft)
    os.utime(draft)
    old, new = folder.stat(), draft.stat()
    return (old.st_uid, old.st_gid, old.st_mode) == (new.st_uid, new.st_gid, new.st_mode)


def _is_entered(folder: Path) -> bool:
    """Say whether a process stands in the folder: a terminal or a web server would be left in the old one."""
    here = folder.stat()
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.path.samestat(place.stat(), here):
                return True
    return Path.cwd() == folder


def exchange(one: Path, other: Path) -> None:
    """Exchange two folders in one step.

    Raises
    ------
    OSError
        If this system cannot do so, or not with these folders.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        raise OSError("the system exchanges no folders")
    if call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))


def _save_to_disk(folder: Path) -> None:
    """See to it that a power cut after the change loses no file."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    _sync(folder)


def _sync(folder: Path) -> None:
    """Have the entries of a folder written to disk, where a folder can be opened for it."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
