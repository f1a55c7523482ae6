"""The site of the documentation builds without a warning, is whole, and asks nothing of the network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from documents import DOCS, ROOT

pytest.importorskip("sphinx", reason="the site needs requirements-docs.txt")
# what a browser fetches by itself; links to click may lead anywhere
FETCHED = re.compile(
    r"""(?:src|srcset)=["']?(?:https?:)?//|<link[^>]+href=["']?(?:https?:)?//|url\(["']?(?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


def test_every_page_is_in_the_site_and_in_its_search(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        assert (site / f"{page.stem}.html").is_file()
        assert f'"{page.stem}"' in index
    assert "make_plan" in (site / "python.html").read_text(encoding="utf-8")


def test_the_site_asks_nothing_of_the_network(site: Path) -> None:
    asking = [
        f"{path.relative_to(site)}: {found[0]}"
        for path in site.rglob("*")
        if path.suffix in (".html", ".css")
        for found in FETCHED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not asking
    assert FETCHED.search('<script src="https://example.org/x.js">') and FETCHED.search("url(//example.org/font.woff)")
