"""How tests drive the app: open it, turn pages, press buttons, and read what a visitor has open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from infraplan.core.model import Scenario
from infraplan.ui import downloads
from infraplan.ui.state import KEY, Session

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120.0
NASTY = "<img src=x onerror=alert(1)> & **bold**"


def open_app() -> AppTest:
    return AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE_S)


def visitor(app: AppTest) -> Session:
    """What the visitor of the app has open."""
    session: Session = app.session_state[KEY]
    return session


def current_scenario(app: AppTest) -> Scenario:
    """The scenario as it stands."""
    mine = visitor(app)
    return mine.scenarios[mine.position]


def speak(app: AppTest, language: str) -> AppTest:
    app.session_state["language"] = language
    return app.run()


def box(app: AppTest, key: str) -> Any:
    """The box of a choice in the language of now."""
    own = f"{key}-{app.session_state['language']}"
    return next(widget for kind in (app.selectbox, app.multiselect) for widget in kind if widget.key == own)


def turn_to(app: AppTest, page: str) -> AppTest:
    """Open a page. AppTest finds pages by file; these are functions, known by their address."""
    pages = app._registered_pages.items()
    app._page_hash = next(key for key, page_info in pages if page_info["url_pathname"] == page)
    return app.run()


def propose(app: AppTest) -> AppTest:
    """Press the button: the plan is there when the page is drawn."""
    if not any(button.key == "propose" for button in app.button):
        turn_to(app, "corridors")
    app.button(key="propose").click().run()
    assert not app.exception
    return app


def read_html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def all_files() -> list[downloads.File]:
    return [file for row in downloads.FILES.values() for file in row]
