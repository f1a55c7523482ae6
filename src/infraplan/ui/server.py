"""The server of the app: in this process, with everything at hand that the first visitor would wait for."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def get_ready(folder: Path, door: Path, port: int) -> None:
    """Choose study, script (``door``) and port of the app, and make what its first page shows.

    The pages themselves are left: their map wants to be loaded by the running server.
    """
    # the app's settings are found beside its door, and read when the library is loaded
    os.chdir(door.parent)
    os.environ["STREAMLIT_SERVER_PORT"] = str(port)
    from infraplan.errors import InfraplanError
    from infraplan.ui import session

    os.environ[session.VARIABLE] = str(folder)
    with suppress(InfraplanError):  # told on the page
        session.get_ready(folder)


def serve(door: Path) -> int:
    """Serve the app until it is stopped; return the exit code."""
    from streamlit.web import cli as streamlit_cli

    return int(streamlit_cli.main(["run", str(door)], standalone_mode=False) or 0)
