"""Hands for tests that kill a process: a small publication, ended before its n-th step on the disk.

    python kill_tools.py ROOM

publishes an old and a new batch in folders below ROOM, once per step and mode, and prints JSON: for each mode and step,
what the folder held after the kill, and after the next process came by. Modes: ``exchange``; ``move``, as where no
folders can be exchanged; ``foreign``, with a file of somebody else; ``first``, into a folder that is not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infraplan.core import Batch, files, publication

OLD = {"a.txt": "old", "b.txt": "old", "gone.txt": "old"}
NEW = {"a.txt": "new, and longer", "b.txt": "new", "come.txt": "new"}
FOREIGN = "notes.txt"
STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.utime", "shutil.rmtree"}
MODES = ("exchange", "move", "foreign", "first")
MOST_STEPS = 200


def batch(inputs: str) -> Batch:
    return Batch("plan", {"inputs_sha256": inputs, "version": "1"}, frozenset({*OLD, *NEW}), leads=True)


def publish(folder: Path, content: dict[str, str]) -> None:
    with files.whole_or_nothing(folder, batch(next(iter(content.values())))) as draft:
        for name, text in content.items():
            (draft / name).write_text(text)


def read_folder(folder: Path) -> dict[str, str]:
    """What a reader sees: no hidden files, no manifest."""
    if not folder.exists():
        return {}
    shown = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "manifest.json"]
    return {path.name: path.read_text() if path.is_file() else "a folder" for path in shown}


def is_sound(folder: Path) -> bool:
    """Say whether the manifest is that of the files, all of them and no other."""
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    there = {name: text for name, text in read_folder(folder).items() if name != FOREIGN}
    return {name: file["sha256"] for name, file in listed.items()} == {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in there.items()
    }


def in_child(work: Callable[[], None]) -> bool:
    """Do something in a child; say whether it came to its end."""
    child = os.fork()
    if child == 0:
        code = 2
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def publish_until(folder: Path, step: int, mode: str) -> None:
    """Publish the new batch, and end the process before its n-th step."""
    left = step

    def count(event: str, _: tuple[Any, ...]) -> None:
        nonlocal left
        if event in STEPS:
            left -= 1
            if not left:
                os._exit(9)

    change = publication.exchange

    def exchange(one: Path, other: Path) -> None:
        count("os.rename", ())
        if mode == "move":
            raise OSError(22, "Invalid argument")
        change(one, other)

    publication.exchange = exchange
    sys.addaudithook(count)
    publish(folder, NEW)


def kill_at(step: int, mode: str, folder: Path) -> dict[str, Any]:
    """Kill at one step; return what was there then and later."""
    if mode != "first":
        publish(folder, OLD)
    if mode == "foreign":
        (folder / FOREIGN).write_text("mine")
    ended = in_child(lambda: publish_until(folder, step, mode))
    entry: dict[str, Any] = {"ended": ended, "seen": read_folder(folder)}
    entry["pending"] = (folder / publication.PENDING).exists()
    entry["sound"] = entry["pending"] or not entry["seen"] or is_sound(folder)
    if folder.exists():
        with publication.hold(folder):
            publication.sweep(folder)
    entry["after"] = read_folder(folder)
    entry["sound_after"] = not entry["after"] or is_sound(folder)
    entry["hidden"] = sorted(path.name for path in folder.parent.rglob(".*")) if folder.parent.exists() else []
    return entry


def kill_at_each_step(room: Path, mode: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while not found or (not found[-1]["ended"] and len(found) < MOST_STEPS):
        step = len(found) + 1
        found.append(kill_at(step, mode, room / f"{mode}-{step}" / "out"))
    return found


if __name__ == "__main__":
    os.fsync = lambda handle: None  # what a process wrote outlives it; only a power cut would tell the difference
    sys.stdout.write(json.dumps({mode: kill_at_each_step(Path(sys.argv[1]), mode) for mode in MODES}))
