"""The log of the session: every change with its time and author; as a file it is the minutes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st
from babel.dates import format_time

from infraplan.core import LOCALES, NO_VALUE
from infraplan.reports import minutes
from infraplan.study import Study
from infraplan.ui import downloads, history, keys, look, variants
from infraplan.ui.downloads import File
from infraplan.ui.session import language, say
from infraplan.ui.state import current

SHOWN = 30
FILES = (
    File("minutes.md", "Minutes (Markdown)", "text/markdown"),
    File(
        "minutes.docx",
        "Minutes (Word)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
)


def show(study: Study) -> None:
    """Ask who makes the changes, offer the minutes as files, and list the changes, newest first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            say("Who makes the changes"), key=keys.AUTHOR, max_chars=60, placeholder=say("Name or organisation")
        )
        downloads.offer(FILES, partial(_make, study), prefix=study.settings.id, disabled=not history.log())
    steps = history.log()
    if not steps:
        st.caption(say("Nothing was changed yet."))
        return
    look.show_grid(
        [say("Time"), say("Who"), say("What")],
        [
            [
                format_time(step.time, "HH:mm", locale=LOCALES[language()]),
                step.author or NO_VALUE,
                "; ".join(_describe(study, step)),
            ]
            for step in steps[::-1][:SHOWN]
        ],
        texts=True,
    )


def _describe(study: Study, step: minutes.Entry) -> tuple[str, ...]:
    """Return a step in words, worked out once."""
    words, spoken = current().log_words, language()
    key = (step.time, spoken)
    if key not in words:
        changes = minutes.describe_changes(study, step.scenario_before, step.scenario_after, spoken)
        words[key] = (*step.what, *changes)
    return words[key]


def _make(study: Study, file: str) -> Callable[[], bytes]:
    """Return a function that writes the minutes once their button is pressed."""
    entries = list(history.log())
    spoken, plans = language(), variants.pinned()
    write = minutes.write_docx if file.endswith(".docx") else minutes.write_markdown

    def make() -> bytes:
        with tempfile.TemporaryDirectory(prefix="infraplan-") as folder:
            path = Path(folder) / file
            write(entries, path, study=study, plans=plans, language=spoken)
            return path.read_bytes()

    return make
