"""The minutes of a session: changes with time and author, and key figures of the kept plans.

``changes`` describes changes in words; this module puts them on one page, in Markdown or as a Word document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
from babel.dates import format_date, format_time

from infraplan.analysis import tabulate
from infraplan.core import LOCALES, InfraplanError, Problem, Scenario, format_number, records, translate
from infraplan.plan import Plan
from infraplan.reports.minutes.changes import describe_changes
from infraplan.reports.minutes.page import Page, save_docx, save_markdown
from infraplan.study import Assumptions, Study, inputs_sha256, open_case

__all__ = ["Entry", "describe_changes", "hash_assumptions", "write_docx", "write_markdown"]


@dataclass(frozen=True)
class Entry:
    """One step of a session.

    Attributes
    ----------
    time
        Time, with time zone.
    author
        Author, or "".
    what
        Description of a step that does not change the scenario, such as a kept plan or a remark.
    scenario_before, scenario_after
        Scenarios around the step; the minutes describe their differences.
    """

    time: datetime
    author: str
    what: tuple[str, ...]
    scenario_before: Scenario
    scenario_after: Scenario


def write_markdown(
    entries: Sequence[Entry],
    path: Path,
    *,
    study: Study,
    plans: Mapping[str, Plan] | None = None,
    title: str = "",
    language: str = "en",
) -> Path:
    """Write the minutes of a session as Markdown; the same entries give the same file.

    Parameters
    ----------
    entries
        Steps of the session.
    path
        File to write.
    study
        Study of the session.
    plans
        Kept plans, by name, at most four; their key figures are listed side by side.
    title
        Title; default: "Minutes" and the study's title.
    language
        Language of the minutes.

    Raises
    ------
    InfraplanError
        If there is no entry, an entry has no time zone, or there are too many plans.
    ExportError
        If the file cannot be written.
    """
    return save_markdown(_lay_out(entries, study, plans or {}, title, language), path)


def write_docx(
    entries: Sequence[Entry],
    path: Path,
    *,
    study: Study,
    plans: Mapping[str, Plan] | None = None,
    title: str = "",
    language: str = "en",
) -> Path:
    """Write the minutes of a session as a Word document; see ``write_markdown``."""
    return save_docx(_lay_out(entries, study, plans or {}, title, language), path, made=entries[-1].time)


def hash_assumptions(assumptions: Assumptions) -> str:
    """Return the SHA-256 of all assumptions of a case: value, range, unit and source."""
    frame = assumptions.frame().drop(columns=["file", "row", "changed"])
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def _lay_out(entries: Sequence[Entry], study: Study, plans: Mapping[str, Plan], title: str, language: str) -> Page:
    if not entries:
        raise InfraplanError(Problem("minutes.empty"))
    if any(entry.time.tzinfo is None for entry in entries):
        raise InfraplanError(Problem("minutes.no_time_zone"))

    def say(text: str) -> str:
        return translate(text, language)

    locale = LOCALES[language]
    settings, last = study.settings, entries[-1].scenario_after
    days = list(dict.fromkeys(format_date(entry.time.date(), "long", locale=locale) for entry in entries))
    authors = list(dict.fromkeys(entry.author for entry in entries if entry.author))
    page = Page(title or f"{say('Minutes')}: {getattr(settings, f'title_{language}')}", language)
    page.facts = [
        (say("Date"), ", ".join(days)),
        (say("Who"), ", ".join(authors) or say("not noted")),
        (say("Scenario"), f"{getattr(last, f'title_{language}')}, {last.year}"),
        (say("Vintage"), settings.vintage_nl if language == "nl" and settings.vintage_nl else settings.vintage),
    ]
    page.notice = getattr(settings, f"notice_{language}")
    rows = []
    for entry in entries:
        sentences = describe_changes(study, entry.scenario_before, entry.scenario_after, language) or list(entry.what)
        clock = format_time(entry.time, "HH:mm", tzinfo=entry.time.tzinfo, locale=locale)
        day = "" if len(days) == 1 else f"{format_date(entry.time.date(), 'short', locale=locale)} "
        rows += [(f"{day}{clock}", entry.author, what) for what in sentences]
    page.add(say("Changes"), (say("Time"), say("Who"), say("Change")), rows)
    if plans:
        page.add(say("Key figures"), (say("Figure"), say("Unit"), *plans), _figures(plans, language))
    page.origin = [
        (say("Assumptions (SHA-256)"), hash_assumptions(open_case(study, last).assumptions)),
        (say("Inputs (SHA-256)"), inputs_sha256(study, last)),
    ]
    return page


def _figures(plans: Mapping[str, Plan], language: str) -> list[tuple[str, ...]]:
    table: pd.DataFrame = tabulate(plans)
    rows = []
    for row in records(table):
        figure, unit, *values = row
        whole = all(float(value).is_integer() for value in values)
        numbers = [format_number(value, language, 0 if whole else 1) for value in values]
        rows.append((translate(figure, language), translate(unit, language) if unit else "", *numbers))
    return rows
