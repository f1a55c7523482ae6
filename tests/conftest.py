"""What many tests share: Toyland on disk, opened and planned once per session, and the command line."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_tools import CHROMIUM, PATIENCE_S, QUIET, ROOT, SHOTS, await_server, describe_fault
from study_tools import Outcome

from infraplan import cli
from infraplan.plan import Plan, make_plan
from infraplan.study import assumptions, new
from infraplan.study.assumptions import Assumptions
from infraplan.study.study import Study, open_study
from infraplan.ui.session import VARIABLE


@pytest.fixture(scope="session")
def toyland(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of Toyland, shared by all tests: do not change it (see ``toy``)."""
    folder = tmp_path_factory.mktemp("studies") / "toyland"
    new.write_toyland(folder)
    return folder


@pytest.fixture(scope="session")
def toy_study(toyland: Path) -> Study:
    return open_study(toyland)


@pytest.fixture(scope="session")
def toy_plan(toy_study: Study) -> Plan:
    """Toyland's plan for its default scenario."""
    return make_plan(toy_study, toy_study.scenario())


@pytest.fixture
def toy(toyland: Path, tmp_path: Path) -> Path:
    """A copy of Toyland that a test may break."""
    return Path(shutil.copytree(toyland, tmp_path / "toy"))


@pytest.fixture
def app(toyland: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app on Toyland, before its first page is drawn."""
    from app_tools import open_app

    from infraplan.ui import session

    monkeypatch.setenv(session.VARIABLE, str(toyland))
    return open_app()


@pytest.fixture(scope="session")
def default_study() -> Study:
    return open_study(Path(__file__).resolve().parents[1])


@pytest.fixture(scope="session")
def default_plan(default_study: Study) -> Plan:
    """The default study's plan for its default scenario."""
    return make_plan(default_study, default_study.scenario())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run a command in this process; an error that is not the user's fault fails the test."""

    def call(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["infraplan", *(str(word) for word in words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = capsys.readouterr()
        return Outcome(int(end.value.code or 0), said.out, said.err)

    return call


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Assumptions:
    """Return the default study's numbers of the cost surface alone."""
    folder = tmp_path_factory.mktemp("numbers")
    (folder / "surface.csv").write_bytes(
        (Path(__file__).resolve().parents[1] / "data/assumptions/surface.csv").read_bytes()
    )
    return assumptions.read(folder)


@pytest.fixture(scope="module")
def address(toyland: Path) -> Iterator[str]:
    """Address of the app, served with Toyland on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    options = ["--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, VARIABLE: str(toyland)}
    server = subprocess.Popen(
        [*command, *options], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await_server(f"http://127.0.0.1:{port}", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    """A page of a browser that reaches the app only; it notes what it was kept from and what went wrong."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        page = browser.new_page(viewport={"width": 1600, "height": 1000}, accept_downloads=True)
        page.set_default_timeout(PATIENCE_S * 1000)
        page.elsewhere, page.faults = [], []

        def watch(route: Any) -> None:
            if route.request.url.startswith((address, "data:", "blob:")):
                route.continue_()
            else:
                page.elsewhere.append(route.request.url)
                route.abort()

        page.route("**/*", watch)
        page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(describe_fault(error)))
        page.goto(address)
        yield page
        browser.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where the tests leave their screenshots."""
    folder = Path(os.environ.get(SHOTS) or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
