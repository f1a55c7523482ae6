"""Nothing is ever half-written: interruptions, full folders, files in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from study_tools import (
    Outcome,
)

from infraplan.core import files
from infraplan.plan import Plan
from infraplan.reports import writers

Run = Callable[..., Outcome]


def test_an_output_folder_that_is_a_file(toyland: Path, tmp_path: Path, run: Run) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for out in (taken, taken / "deeper"):
        said = run("plan", "--study", toyland, "--out", out)
        assert said.code == 2 and "taken" in said.err and "cannot be written. Choose another folder" in said.err
    assert taken.read_text() == "mine"
    said = run("surface", "--study", toyland, "--out", taken / "surface.tif")
    assert said.code == 2 and "the surface cannot be written" in said.err


@pytest.mark.parametrize(
    ("stop", "code", "message"),
    [
        (OSError(28, "No space left on device"), 2, "the folder cannot be written (No space left on device)"),
        (KeyboardInterrupt(), 130, "infraplan: stopped; nothing was written"),
    ],
)
@pytest.mark.parametrize("before", [None, "an earlier plan"])
def test_a_plan_that_stops_half_way(
    stop: BaseException,
    code: int,
    message: str,
    before: str | None,
    toy_plan: Plan,
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    if before:
        out.mkdir()
        (out / "plan.json").write_text(before)

    def fail(*_: object, **__: object) -> None:
        raise stop

    monkeypatch.setattr("infraplan.plan.make_plan", lambda *_, **__: toy_plan)
    monkeypatch.setattr(writers, "write_sheet", fail)
    said = run("plan", "--study", toy_plan.study.folder, "--out", out)
    assert said.code == code and message in said.err
    assert [(path.name, path.read_text()) for path in out.glob("*")] == ([("plan.json", before)] if before else [])
    assert out.exists() == bool(before)


def test_an_interrupted_process_leaves_nothing(toyland: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "infraplan", "plan", "--study", str(toyland), "--out", str(out)]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        # a shell in the background starts its children deaf to Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 120.0
    while not list(out.glob(".draft-*")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60.0)[1]
    assert process.returncode == 130, said
    assert "Traceback" not in said and "stopped; nothing was written" in said
    assert not out.exists()


def test_an_interruption_right_after_the_draft_is_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = os.mkdir

    def make_and_interrupt(path: Any, *rest: Any, **more: Any) -> None:
        make(path, *rest, **more)
        if ".draft-" in str(path):
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "mkdir", make_and_interrupt)
    with pytest.raises(KeyboardInterrupt), files.whole_or_nothing(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_new_study_never_covers_an_old_one(toy: Path, run: Run) -> None:
    before = sorted(path.name for path in toy.rglob("*"))
    said = run("new", toy)
    assert said.code == 2 and "the folder is not empty. Give a new or an empty folder" in said.err
    assert sorted(path.name for path in toy.rglob("*")) == before


def test_a_new_study_is_whole_or_absent(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("infraplan.study.new.shutil.copyfile", fail)
    said = run("new", tmp_path / "mine", "--toyland")
    assert said.code == 2 and "No space left on device" in said.err
    assert list(tmp_path.iterdir()) == []
