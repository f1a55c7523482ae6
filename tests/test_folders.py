"""Folders are whole: killed at any step, with a full disk, with two writers, with something in the way."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kill_tools import FOREIGN, MODES, NEW, OLD, batch, is_sound, publish, read_folder
from study_tools import PLAN_FILES, Outcome

from infraplan.core import ExportError, files, publication
from infraplan.core.manifest import Batch, read_manifest
from infraplan.plan import Plan
from infraplan.reports import geopackage, plan_layers, writers

Run = Callable[..., Outcome]
HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk: no test cuts the power."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What was found after a kill before each step of a publication."""
    room = tmp_path_factory.mktemp("killed")
    said = subprocess.run([sys.executable, HERE / "kill_tools.py", room], capture_output=True, text=True, check=True)
    return dict(json.loads(said.stdout))


@pytest.mark.parametrize("mode", MODES)
def test_killed_at_any_step_a_folder_is_old_or_new(killed: dict[str, list[dict[str, Any]]], mode: str) -> None:
    foreign = {FOREIGN: "mine"} if mode == "foreign" else {}
    old, new = ({} if mode == "first" else OLD | foreign), NEW | foreign
    steps = killed[mode]
    assert len(steps) > 20 and steps[-1]["ended"] and not any(step["ended"] for step in steps[:-1])
    for number, step in enumerate(steps, 1):
        # where folders cannot be exchanged, a reader is told that the folder goes from old to new
        assert step["seen"] in (old, new) or (mode == "move" and step["pending"]), number
        assert step["after"] in (old, new) and step["sound"] and step["sound_after"], number
        assert step["hidden"] == [], "drafts are swept"
    states = [step["after"] == new for step in steps]
    assert states == sorted(states) and states[-1] and not states[0], "what counts stays"
    assert any(step["pending"] for step in steps) == (mode == "move")


STEPS = (
    "pathlib.Path.write_text", "pathlib.Path.mkdir", "pathlib.Path.unlink", "os.rename", "os.replace", "os.link",
    "os.fsync", "os.utime", "shutil.copystat", "infraplan.core.publication.exchange",
)  # fmt: skip


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_leaves_the_old_files_or_the_new_ones(
    step: str, lasting: bool, fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, name = step.rpartition(".")
    owner = (
        publication if module.endswith("publication") else Path if module.startswith("pathlib") else sys.modules[module]
    )
    real = getattr(owner, name)
    for turn in range(1, 30):
        out = tmp_path / str(turn) / "out"
        publish(out, OLD)
        calls = 0

        def fail(*given: Any, turn: int = turn, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == turn or (lasting and calls > turn):
                raise fault
            return real(*given, **more)

        with monkeypatch.context() as patched:
            patched.setattr(owner, name, fail)
            try:
                publish(out, NEW)
                failed = False
            except (ExportError, KeyboardInterrupt):
                failed = True
        if (out / publication.PENDING).exists():
            assert failed and lasting
        else:
            assert read_folder(out) in (OLD, NEW) and is_sound(out)
            assert failed or read_folder(out) == NEW
        with publication.hold(out):
            publication.sweep(out)
        assert read_folder(out) in (OLD, NEW) and is_sound(out)
        assert not list(out.parent.rglob(".*"))
        if calls < turn:
            break
    assert calls < turn, "every step had its turn"


def test_files_that_the_new_plan_lacks_go_and_foreign_ones_stay(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    (tmp_path / FOREIGN).write_text("mine")
    there = (tmp_path / FOREIGN).stat()
    publish(tmp_path, NEW)
    assert read_folder(tmp_path) == NEW | {FOREIGN: "mine"}
    now = (tmp_path / FOREIGN).stat()
    assert (now.st_ino, now.st_mtime_ns, now.st_nlink) == (there.st_ino, there.st_mtime_ns, 1)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/deep.txt").write_text("mine")
    os.symlink("nowhere", tmp_path / "link")
    publish(tmp_path, OLD)
    assert read_folder(tmp_path) == OLD | {FOREIGN: "mine", "theirs": "a folder", "link": "a folder"}
    assert (tmp_path / "theirs/deep.txt").read_text() == "mine"


def test_rights_of_a_folder_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for rights in (0o755, 0o2770, 0o700):
        out.mkdir(exist_ok=True)
        out.chmod(rights)
        publish(out, OLD)
        publish(out, NEW)
        assert out.stat().st_mode & 0o7777 == rights


def test_a_folder_reached_by_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to("disk")
    publish(tmp_path / "out", OLD)
    publish(tmp_path / "out", NEW)
    assert (tmp_path / "out").is_symlink() and read_folder(tmp_path / "disk") == NEW
    (tmp_path / "lost").symlink_to("nowhere")
    with pytest.raises(ExportError, match="a symbolic link stands"):
        publish(tmp_path / "lost", OLD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "lost", "out"]


def test_who_stands_in_the_folder_stays_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, OLD)
    monkeypatch.chdir(tmp_path)
    publish(Path(), NEW)
    assert read_folder(Path()) == NEW and os.path.samefile(".", tmp_path)


@pytest.mark.parametrize("name", ["come.txt", "a.txt", "gone.txt", "manifest.json"])
@pytest.mark.parametrize("kind", ["folder", "link", "dead link"])
def test_what_is_in_the_way_is_refused_before_anything_is_written(tmp_path: Path, name: str, kind: str) -> None:
    out, away = tmp_path / "out", tmp_path / "away.txt"
    away.write_text("theirs")
    publish(out, OLD)
    before = read_folder(out)
    (out / name).unlink(missing_ok=True)
    if kind == "folder":
        (out / name).mkdir()
    else:
        (out / name).symlink_to(away if kind == "link" else tmp_path / "nowhere")
    with (
        pytest.raises(ExportError, match=f"{name}: a (folder|symbolic link) stands"),
        files.whole_or_nothing(out, batch("new")),
    ):
        pytest.fail("nothing is written")
    assert {k: v for k, v in read_folder(out).items() if k != name} == {k: v for k, v in before.items() if k != name}
    assert away.read_text() == "theirs" and not (tmp_path / "nowhere").exists()


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    (tmp_path / "come.txt").write_text("theirs")
    with pytest.raises(ExportError, match=r"come\.txt: this file was not written by infraplan"):
        publish(tmp_path, NEW)
    assert read_folder(tmp_path) == OLD | {"come.txt": "theirs"}
    (tmp_path / "app").mkdir()
    (tmp_path / "app/manifest.json").write_text('{"name": "a web app", "icons": []}')
    with pytest.raises(ExportError, match=r"manifest\.json: this file was not written by infraplan"):
        publish(tmp_path / "app", NEW)
    assert [path.name for path in (tmp_path / "app").iterdir()] == ["manifest.json"]


@pytest.mark.parametrize(
    "manifest",
    ["", "{", "[]", '{"infraplan": {}, "files": {"../away.txt": {}}}', '{"infraplan": {}, "files": {"a.txt": 1}}',
     '{"infraplan": {}, "files": {"..": {}}}', "[" * 100_000],
)  # fmt: skip
def test_a_broken_manifest_reaches_nothing_outside(tmp_path: Path, manifest: str) -> None:
    away = tmp_path / "away.txt"
    away.write_text("theirs")
    out = tmp_path / "out"
    publish(out, OLD)
    (out / "manifest.json").write_text(manifest)
    with pytest.raises(ExportError, match="not written by infraplan"):
        publish(out, NEW)
    (out / "plan.json").write_text('{"infraplan": {}}')
    publish(out, NEW)  # the folder of a plan: its manifest is made again
    assert away.read_text() == "theirs" and read_folder(out) == NEW | {"plan.json": '{"infraplan": {}}'}


def write_slowly(out: str, text: str, ready: Any) -> None:
    with files.whole_or_nothing(Path(out), batch(text)) as draft:
        for name in OLD:
            (draft / name).write_text(text)
            ready.set()
            time.sleep(0.05)


def test_two_writers_come_one_after_the_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    first = context.Process(target=write_slowly, args=(str(tmp_path / "out"), "first", ready))
    first.start()
    assert ready.wait(30)
    for number in range(5):
        publish(tmp_path / "out", dict.fromkeys(OLD, f"{number}"))
        assert read_folder(tmp_path / "out") == dict.fromkeys(OLD, f"{number}") and is_sound(tmp_path / "out")
    first.join(30)
    assert first.exitcode == 0 and read_folder(tmp_path / "out") == dict.fromkeys(OLD, "4")


def test_a_writer_that_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "PATIENCE_S", 0.1)
    with publication.hold(tmp_path), pytest.raises(ExportError, match="another process of infraplan writes"):
        publish(tmp_path, NEW)
    publish(tmp_path, NEW)


def test_files_of_other_inputs_go_with_the_plan(tmp_path: Path) -> None:
    def write(kind: str, inputs: str, *names: str, **more: Any) -> set[str]:
        made = Batch(kind, {"inputs_sha256": inputs, "version": "1"}, frozenset(names), **more)
        with files.whole_or_nothing(tmp_path, made) as draft:
            for name in names:
                (draft / name).write_text(inputs)
        listing = read_manifest(tmp_path)
        assert listing is not None and set(listing.files) == set(read_folder(tmp_path))
        return set(listing.files)

    assert write("plan", "one", "plan.json", "drawing.geojson", leads=True) == {"plan.json", "drawing.geojson"}
    assert write("sheets", "one", "sheet-a.pdf", adds=True) == {"plan.json", "drawing.geojson", "sheet-a.pdf"}
    assert write("sheets", "one", "sheet-b.pdf", adds=True) >= {"sheet-a.pdf", "sheet-b.pdf"}
    assert write("plan", "one", "plan.json", leads=True) == {"plan.json", "sheet-a.pdf", "sheet-b.pdf"}
    assert write("sheets", "two", "sheet-b.pdf", adds=True) == {"plan.json", "sheet-b.pdf"}
    assert json.loads((tmp_path / "manifest.json").read_text())["infraplan"]["inputs_sha256"] == "one"
    assert write("alternatives", "one", "alternatives.geojson") == {"plan.json", "sheet-b.pdf", "alternatives.geojson"}
    assert write("plan", "three", "plan.json", leads=True) == {"plan.json"}


def test_an_old_drawing_goes_also_from_a_folder_without_manifest(
    toy_plan: Plan, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infraplan.plan.make_plan", lambda *_, **__: toy_plan)
    monkeypatch.setattr(writers, "write_sheet", lambda *_, **__: None)
    (tmp_path / "plan.json").write_text('{"infraplan": {"version": "0.1.0"}}')
    (tmp_path / "drawing.geojson").write_text("old")
    (tmp_path / FOREIGN).write_text("mine")
    said = run("plan", "--study", toy_plan.study.folder, "--out", tmp_path)
    assert said.code == 0, said.err
    assert {path.name for path in tmp_path.iterdir()} == PLAN_FILES - {"map.png", "map.pdf"} | {FOREIGN}
    listing = read_manifest(tmp_path)
    assert listing is not None
    assert listing.about == json.loads((tmp_path / "plan.json").read_text())["infraplan"]
    for name, file in listing.files.items():
        assert file["size"] == (tmp_path / name).stat().st_size
    (tmp_path / "map.html").unlink()
    (tmp_path / "map.html").mkdir()
    monkeypatch.setattr("infraplan.plan.make_plan", lambda *_, **__: pytest.fail("refused before the plan is made"))
    said = run("plan", "--study", toy_plan.study.folder, "--out", tmp_path)
    assert said.code == 2 and "map.html: a folder stands where a file should come" in said.err


def test_a_geopackage_has_the_same_bytes_at_another_time(toy_plan: Plan, tmp_path: Path) -> None:
    layers = plan_layers.frames(toy_plan)
    geopackage.write(layers, tmp_path / "one.gpkg")
    time.sleep(0.01)  # the driver counts milliseconds
    geopackage.write(layers, tmp_path / "two.gpkg")
    assert (tmp_path / "one.gpkg").read_bytes() == (tmp_path / "two.gpkg").read_bytes()
