"""How kernels are compiled: ahead, when first called, kept per version, and under names of their own."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import infraplan
from infraplan.core.kernels import ahead, compiled, store
from infraplan.core.kernels.compiled import Kernel
from infraplan.core.kernels.inner import InnerKernel

HOUSE = Path(infraplan.__file__).parent
DECORATORS = {"typed_kernel", "inner_kernel", "inlined_kernel", "named_kernel"}
HELD = (*store.MODULES, *store.SELDOM)


def module_path(name: str) -> Path:
    return HOUSE.parent.joinpath(*name.split(".")).with_suffix(".py")


def decorators(path: Path) -> set[str]:
    """Names of the decorators of kernels in a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    names = {ast.unparse(one).split("(")[0].split(".")[-1] for node in functions for one in node.decorator_list}
    return names & DECORATORS


def every_kernel() -> list[Kernel]:
    for module in HELD:
        importlib.import_module(module)
    return [kernel for kernel in compiled.KERNELS.values() if kernel.__module__.startswith("infraplan.")]


def test_the_list_of_kernel_modules_is_whole() -> None:
    hold = {
        "infraplan." + ".".join(path.relative_to(HOUSE).with_suffix("").parts)
        for path in HOUSE.rglob("*.py")
        if decorators(path)
    }
    assert hold == set(HELD)


def test_the_folder_changes_with_every_file_that_kernels_take_names_from() -> None:
    taken = set()
    for name in HELD:
        for node in ast.walk(ast.parse(module_path(name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("infraplan."):
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                taken |= {one for one in whole if module_path(one).is_file()} or {str(node.module)}
    doors = {"infraplan.core", "infraplan.core.kernels"}
    assert taken - doors <= {*HELD, *store.NAMES}


def test_no_two_kernels_have_one_name() -> None:
    """Compiled by processes side by side, one would now and then be called for the other."""
    kernels = every_kernel()
    names = [kernel.name for kernel in kernels]
    assert len(names) > 50
    assert len(set(names)) == len(names)
    assert not [name for name in names if "<locals>" in name], "what a factory makes gets a name of its own"


def test_a_kernel_is_ready_only_after_those_it_calls() -> None:
    kernels = every_kernel()
    order = {kernel.name: number for number, kernel in enumerate(kernels)}
    called = {callee.name for kernel in kernels for callee in kernel.callees()}
    assert "infraplan.routes.trees.kernels.put" in called
    seen: set[str] = set()

    def walk(kernel: Kernel, above: tuple[str, ...]) -> None:
        assert kernel.name not in above, f"{kernel.name} calls itself: processes side by side would wait for ever"
        if kernel.name not in seen:
            seen.add(kernel.name)
            for callee in kernel.callees():
                walk(callee, (*above, kernel.name))

    for kernel in kernels:
        walk(kernel, ())
    assert seen == set(order)


def test_what_a_plan_needs_calls_nothing_that_is_seldom_needed() -> None:
    for kernel in every_kernel():
        if kernel.__module__ in store.MODULES:
            assert not [callee.name for callee in kernel.callees() if callee.__module__ in store.SELDOM]


def test_python_cannot_call_an_inner_kernel() -> None:
    inner = next(kernel for kernel in every_kernel() if isinstance(kernel, InnerKernel))
    with pytest.raises(TypeError, match="py_func"):
        inner(1)


def test_importing_the_package_does_not_load_the_compiler() -> None:
    code = "from infraplan import make_plan, open_study; import sys; print({'numba', 'CoolProp'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


PUSH = """
import numpy as np
from infraplan.core.kernels import push, store
keys, names = np.array([3.0, 0.0]), np.array([7, 0], np.int32)
push(keys, names, 1, 1.0, 9)
assert names.tolist() == [9, 7], names
print(store.open_folder())
"""


def run_push(folder: Path) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    said = subprocess.run([sys.executable, "-c", PUSH], env=environment, capture_output=True, text=True, check=True)
    return said.stdout.strip()


def test_a_kernel_is_kept_in_the_folder_of_this_version(tmp_path: Path) -> None:
    assert run_push(tmp_path).endswith(store.find_folder().name)
    kept = list((tmp_path / store.find_folder().name).rglob("*.nbi"))
    assert kept
    stamps = {path: path.stat().st_mtime_ns for path in kept}
    run_push(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in kept} == stamps, "compiled again"


class Crew(ahead.Team):
    """A team of processes that run a command of the test's."""

    def __init__(self, folder: Path, *commands: str) -> None:
        self.folder = folder
        self.processes = [subprocess.Popen([sys.executable, "-c", command]) for command in commands]


def test_nobody_waits_for_a_process_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew(tmp_path / "told", "raise SystemExit(3)", "import time; time.sleep(600)")
    monkeypatch.setattr(ahead, "_team", crew)
    ahead.wait_for("some kernel")
    assert ahead.progress() is None
    assert all(process.poll() is not None for process in crew.processes)


def test_a_process_waits_until_its_kernel_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ahead.TOTAL).write_bytes(bytes(4))
    (tmp_path / "one.done").touch()
    crew = Crew(tmp_path, "import time; time.sleep(600)")
    monkeypatch.setattr(ahead, "_team", crew)
    ahead.wait_for("one")
    assert ahead.progress() == 0.25
    crew.end()
    ahead.wait_for("two")
    assert not tmp_path.exists()


def test_heap_gives_entries_in_order() -> None:
    from infraplan.core.kernels import pop, push

    random = np.random.default_rng(0)
    keys, names = np.empty(200), np.empty(200, np.int32)
    values = random.random(200).round(2)
    for size, value in enumerate(values):
        push(keys, names, size, value, size)
    taken = []
    for size in range(199, -1, -1):
        taken.append(float(keys[0]))
        assert values[names[0]] == keys[0]
        pop(keys, names, size)
    assert taken == sorted(values.tolist())
