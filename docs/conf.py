"""The site of the documentation: ``python -m sphinx -W --keep-going docs build/site``."""

from __future__ import annotations

import re
from typing import Any

project = "infraplan"
html_title = "infraplan"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
# links to headings of other pages are checked as well
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_ivar = True
autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
smartquotes = False  # two dashes of a flag stay two
html_show_sphinx = False
html_copy_source = False

NAMED = re.compile(r"^(\w+(?:, \w+)*) : (.+)$")


def part_names(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Put what is said of a parameter below its name: after a colon NumPy expects a type, and ours are annotations."""
    parted: list[str] = []
    for line in lines:
        found = NAMED.match(line)
        parted += [found[1], f"    {found[2]}"] if found else [line]
    lines[:] = parted


def setup(app: Any) -> None:
    """Part the names before napoleon reads them."""
    app.connect("autodoc-process-docstring", part_names, priority=100)
