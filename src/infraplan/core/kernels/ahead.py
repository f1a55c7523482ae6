"""Compiling ahead: processes beside this one compile what a first plan needs, while it reads tables and layers.

Each process takes the next kernel whose callees are compiled and that no other has taken. They tell each other, and
this process, by empty files in a folder: ``NAME.taken`` and ``NAME.done``. What they compile is kept on disk, where
this process finds it; if they end early, it compiles the rest itself.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from infraplan.core.kernels import store

log = logging.getLogger(__name__)

MOST_PROCESSES = 4
LOOK_EVERY_S = 0.02
TOTAL = "total"  # the file whose size is the number of kernels
_STARTING = threading.Lock()


class Team:
    """The processes that compile, and the folder by which they tell how far they are."""

    def __init__(self, *, nice: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="infraplan-kernels-"))
        command = [sys.executable, "-m", "infraplan.core.kernels.worker", str(self.folder)]
        house = str(Path(__file__).resolve().parents[3])
        paths = os.pathsep.join(filter(None, (house, os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(store.open_folder().parent)}
        self.processes = [
            subprocess.Popen(
                [*command, *(["--nice"] if nice else [])],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(min(os.cpu_count() or 1, MOST_PROCESSES))
        ]

    def is_at_work(self) -> bool:
        """Say whether all go on; where one failed the others might wait for it, so they are ended."""
        codes = [process.poll() for process in self.processes]
        if any(codes):
            self.end()
        return None in codes and not any(codes)

    def has_done(self, name: str) -> bool:
        """Say whether a kernel is compiled."""
        return (self.folder / f"{name}.done").exists()

    def share(self) -> float:
        """Return how much is compiled, 0..1."""
        total = self.folder / TOTAL
        count = total.stat().st_size if total.exists() else 0
        return len(list(self.folder.glob("*.done"))) / count if count else 0.0

    def end(self) -> None:
        """End the processes, and forget how far they were."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_team: Team | None = None


def compile_ahead(*, nice: bool = False) -> None:
    """Begin to compile, in processes beside this one, what a plan needs, unless an earlier process did so.

    Parameters
    ----------
    nice : let everything else on the machine go first.
    """
    global _team
    with _STARTING:
        if _team is not None or os.cpu_count() == 1 or store.find_stamp().exists():
            return
        try:
            _team = Team(nice=nice)
        except OSError as error:
            log.info("no processes beside this one: %s", error)
            return
        atexit.register(_team.end)


def progress() -> float | None:
    """Return how much is compiled, 0..1; None where nothing is being compiled ahead."""
    return _team.share() if _team is not None and _team.is_at_work() else None


def wait_for(name: str) -> None:
    """Wait until a kernel is compiled, if processes beside this one are at it."""
    while _team is not None and _team.is_at_work() and not _team.has_done(name):
        time.sleep(LOOK_EVERY_S)


def wait_for_all() -> None:
    """Wait until the processes beside this one have ended."""
    while _team is not None and _team.is_at_work():
        time.sleep(LOOK_EVERY_S)
