"""The tutorial does what it says: its commands run, and its outputs are those of the program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import read
from study_tools import Outcome

STEP = re.compile(r"^```(bash|text|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def words_of(text: str) -> str:
    """What a reader sees of an output: its words, without the lines of tables and the width of columns."""
    return " ".join(text.translate(str.maketrans("│┃", "  ")).split())


def test_the_tutorial_holds(run: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said, commands, shown = "", 0, 0
    for language, content in STEP.findall(read("tutorial.md")):
        if language == "bash":
            said = ""
            for line in content.splitlines():
                program, *words = shlex.split(line)
                assert program == "infraplan"
                outcome = run(*words)
                assert outcome.code == 0, f"{line}: {outcome.err}{outcome.out}"
                said += words_of(outcome.out) + "\n"
                commands += 1
        elif language == "python":
            exec(compile(content, "tutorial.md", "exec"), {})
        elif not content.startswith("infraplan app"):
            for line in content.splitlines():
                assert words_of(line) in said, f"not in the output: {line}"
                shown += 1
    assert commands >= 8 and shown >= 10
    assert (tmp_path / "plan/map.html").is_file() and list((tmp_path / "sheets").glob("*.png"))
