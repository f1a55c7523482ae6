"""Caches: what is broken, foreign or read-only is made again or told; nobody needs a home."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from infraplan.core import cache
from infraplan.core.kernels import keeping, store
from infraplan.core.kernels.compiled import KERNELS, Kernel
from infraplan.core.kernels.signatures import signature_of
from infraplan.engineering.hydraulics import fluids

Spoil = Callable[[Path], object]
SPOILT: dict[str, Spoil] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "cut to a few bytes": lambda path: path.write_bytes(path.read_bytes()[:20]),
    "of another program": lambda path: path.write_bytes(b"\x7fELF" + bytes(range(256)) * 40),
    "one byte changed": lambda path: path.write_bytes(change_byte(path.read_bytes())),
    "deep": lambda path: path.write_text("[" * 100_000),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a dead link": lambda path: (path.unlink(), path.symlink_to("nowhere")),
}


def change_byte(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


# --- machine code -------------------------------------------------------------------------------------------------


def twice(value: float) -> float:
    return 2.0 * value


def thrice(value: float) -> float:
    return 3.0 * value


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Kernel]]:
    """Two kernels, kept in a folder of the test's."""
    folder = tmp_path / "kernels"
    monkeypatch.setattr(store, "open_folder", lambda: folder)
    monkeypatch.setattr(keeping, "_warned", set())
    made = {f.__name__: Kernel(f, lambda f=f: signature_of(f)) for f in (twice, thrice)}  # type: ignore[misc]
    yield made
    for kernel in made.values():
        del KERNELS[kernel.name]


def run(kernel: Kernel) -> float:
    """Compile or load a kernel, as a new process would, and call it."""
    return float(kernel._compile()(1.0))


def find_kept(kernel: Kernel, suffix: str) -> Path:
    (found,) = store.open_folder().rglob(f"*.{kernel.py_func.__name__}-*{suffix}")
    return found


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_spoilt_machine_code_is_made_again(kernels: dict[str, Kernel], suffix: str) -> None:
    kernel = kernels["twice"]
    for name, spoil in SPOILT.items():
        assert run(kernel) == 2.0
        path = find_kept(kernel, suffix)
        whole = path.read_bytes()
        kept = path.stat().st_mtime_ns
        assert run(kernel) == 2.0 and path.stat().st_mtime_ns == kept, "loaded"
        spoil(path)
        assert run(kernel) == 2.0, name
        if name == "a folder":
            path.rmdir()
            assert run(kernel) == 2.0
        assert len(path.read_bytes()) == len(whole), f"{name}: kept again"


def test_code_of_another_kernel_is_not_taken(kernels: dict[str, Kernel]) -> None:
    assert run(kernels["twice"]) == 2.0 and run(kernels["thrice"]) == 3.0
    for suffix in (".nbi", ".nbc"):
        shutil.copyfile(find_kept(kernels["twice"], suffix), find_kept(kernels["thrice"], suffix))
    assert run(kernels["thrice"]) == 3.0


def test_code_that_cannot_be_kept_is_told_once(
    kernels: dict[str, Kernel], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(keeping._Place, "ensure_cache_path", refuse)
    assert run(kernels["twice"]) == 2.0 and run(kernels["thrice"]) == 3.0
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == [
        "compiled code cannot be kept (Permission denied): it is compiled again each time"
    ]


def test_a_read_only_folder_with_all_kernels_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(store, "can_write", lambda folder: False)
    monkeypatch.setattr(store, "find_temporary", lambda: tmp_path / "temporary")
    store.find_folder().mkdir()
    assert store.open_folder.__wrapped__() == tmp_path / "temporary/kernels" / store.find_folder().name
    (store.find_folder() / store._name_stamp()).touch()
    assert store.open_folder.__wrapped__() == store.find_folder()


def test_older_versions_are_swept_but_the_last_and_those_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    days = {"a" * 16: 9, "b" * 16: 2, "c" * 16: 30, "d" * 16: 3, "e" * 16: 0}
    now = store.time.time()
    for digest, age in days.items():
        folder = tmp_path / f"infraplan-{digest}"
        folder.mkdir()
        (folder / "code").write_text("code")
        os.utime(folder, (now - age * 86400.0, now - age * 86400.0))
    for theirs in ("infraplan-notes", "numba", "infraplan-" + "f" * 17):
        (tmp_path / theirs).mkdir()
        os.utime(tmp_path / theirs, (0, 0))
    (tmp_path / ("infraplan-" + "0" * 16)).symlink_to(tmp_path / "numba")
    own = store.open_folder.__wrapped__()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        own.name, "infraplan-" + "e" * 16, "infraplan-notes", "numba", "infraplan-" + "f" * 17, "infraplan-" + "0" * 16,
    }  # fmt: skip


# --- no home ------------------------------------------------------------------------------------------------------

NO_HOME = """
import logging; logging.basicConfig(level=logging.WARNING)
import numpy as np
from infraplan.core import cache
from infraplan.core.kernels import push, store
keys, names = np.array([3.0, 0.0]), np.array([7, 0], np.int32)
push(keys, names, 1, 1.0, 9)
assert names.tolist() == [9, 7], names
from infraplan.engineering.hydraulics import fluids
fluids._write_cache({})
print(cache.folder(), store.open_folder())
"""


def test_who_has_no_home_works_in_a_temporary_folder_and_is_told_once(tmp_path: Path) -> None:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "INFRAPLAN", "NUMBA"))
    }
    environment |= {"HOME": "/proc/nobody", "TMPDIR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", NO_HOME], env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert said.returncode == 0, said.stderr
    own = tmp_path / f"infraplan-{os.getuid()}"
    assert said.stdout.split() == [str(own), str(own / "kernels" / store.find_folder().name)]
    assert said.stderr.count("a temporary one is used") == 1 and len(said.stderr.splitlines()) == 1
    assert own.stat().st_mode & 0o777 == 0o700 and list(own.rglob("*.nbc"))
    assert [path.name for path in tmp_path.iterdir()] == [own.name]


def test_a_home_without_a_name_is_no_folder_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cache, "find_temporary", lambda: tmp_path / "temporary")
    assert cache._find_usual.__wrapped__("~/.cache/infraplan") == tmp_path / "temporary"
    assert cache._find_usual.__wrapped__("/proc/nobody/.cache/infraplan") == tmp_path / "temporary"
    assert cache._find_usual.__wrapped__(str(tmp_path / "home")) == tmp_path / "home"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]
    assert len(caplog.records) == 2


def test_a_temporary_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache.tempfile, "tempdir", str(tmp_path))
    own = tmp_path / f"infraplan-{os.getuid()}"
    assert cache.find_temporary.__wrapped__() == own
    own.chmod(0o777)
    other = cache.find_temporary.__wrapped__()
    assert other != own and other.parent == tmp_path
    own.rmdir()
    own.symlink_to(tmp_path)
    assert cache.find_temporary.__wrapped__() not in (own, tmp_path)


# --- fluid properties ---------------------------------------------------------------------------------------------


@pytest.fixture
def fluid_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where fluid properties are kept in this test; those that the process knows are forgotten."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(fluids, "_compute", lambda *_: 1.5)
    fluids._read_cache.cache_clear()
    fluids.state.cache_clear()
    yield fluids._cache_file()
    fluids._read_cache.cache_clear()
    fluids.state.cache_clear()


def ask() -> float:
    fluids._read_cache.cache_clear()
    fluids.state.cache_clear()
    return fluids.constant("Tcrit", "Water")


MORE_SPOILT: dict[str, Spoil] = {
    "a list": lambda path: path.write_text("[1, 2]"),
    "a number": lambda path: path.write_text("3"),
    "of an earlier version": lambda path: path.write_text(json.dumps(json.loads(path.read_text())["values"])),
    "another figure": lambda path: path.write_text(path.read_text().replace("1.5", "2.5")),
    "no figure": lambda path: path.write_text(path.read_text().replace("1.5", "null")),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe{}"),
    "a huge figure": lambda path: path.write_text(path.read_text().replace("1.5", "1" * 5000)),
}


@pytest.mark.parametrize("name", [*SPOILT, *MORE_SPOILT])
def test_a_spoilt_file_of_fluid_properties_is_made_again(fluid_cache: Path, name: str) -> None:
    assert ask() == 1.5
    whole = fluid_cache.read_bytes()
    (SPOILT | MORE_SPOILT)[name](fluid_cache)
    assert ask() == 1.5
    if name != "a folder":
        assert fluid_cache.read_bytes() == whole
    assert [path.name for path in fluid_cache.parent.iterdir()] == [fluid_cache.name], "no draft is left"


def test_fluid_properties_are_read_again(fluid_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask() == 1.5
    monkeypatch.setattr(fluids, "_compute", lambda *_: pytest.fail("it is known"))
    assert ask() == 1.5
    assert np.isclose(
        json.loads(fluid_cache.read_text())["values"][json.dumps(["Tcrit", "", 0.0, "", 0.0, "Water"])], 1.5
    )


def test_fluid_properties_that_cannot_be_kept_are_computed(fluid_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, "/proc/nobody")
    assert ask() == 1.5
