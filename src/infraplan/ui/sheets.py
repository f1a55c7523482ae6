"""Page 4: what a visitor takes away."""

from __future__ import annotations

from infraplan.delivery import localised
from infraplan.ui import corridors, downloads, session
from infraplan.ui.look import show_heading
from infraplan.ui.session import language, say


def show() -> None:
    """Draw the page."""
    answer = session.answer()
    if answer is None:
        corridors.invite()
        return
    show_heading(say("Sheets and exports"), localised(answer.plan.scenario, "title", language()))
    downloads.show(answer)
