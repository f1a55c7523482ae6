"""What ``pyproject.toml`` cannot say: a wheel holds the default study and ``app.py``, which stand beside ``src``."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# `infraplan.study.home` looks for them in this folder of the package
PACKED = Path("infraplan") / "default_study"
FOLDERS = ("data", "layers", ".streamlit")


class BuildWithStudy(build_py):
    """Build the package, and pack the default study into it; an editable install reads the checkout."""

    def run(self) -> None:
        """Copy the modules, then the study and the door of the app."""
        super().run()
        if self.editable_mode:
            return
        home = Path(self.build_lib) / PACKED
        shutil.rmtree(home, ignore_errors=True)
        for folder in FOLDERS:
            shutil.copytree(ROOT / folder, home / folder)
        shutil.copy2(ROOT / "app.py", home)


setup(cmdclass={"build_py": BuildWithStudy})
