"""Captions of every map and sheet: titles, notice, sources, checksum."""

from __future__ import annotations

from typing import Any

from infraplan.core import (
    begin,
    records,
    translate,
)
from infraplan.plan import Plan
from infraplan.study import Study, fingerprint

# digits of the checksum on a sheet
_DIGITS = 16


def name_plans(before: Plan, after: Plan, *, language: str) -> tuple[str, str]:
    """Return short names for two plans: the scenario, with the year if it differs; otherwise "before" and "after"."""
    names = [localised(plan.scenario, "title", language) for plan in (before, after)]
    if before.scenario.year != after.scenario.year:
        names = [f"{name} ({plan.scenario.year})" for name, plan in zip(names, (before, after), strict=True)]
    if names[0] == names[1]:
        names = [f"{names[0]}, {translate(end, language)}" for end in ("before", "after")]
    return names[0], names[1]


def source_line(study: Study, language: str) -> str:
    """Return the vintage of the data and the authors of the sources."""
    cited = study.sources[study.sources["source"].isin(_cited(study))]
    authors = sorted({_short_author(str(row.author)) for row in records(cited) if row.author})
    vintage = begin(localised(study.settings, "vintage", language))
    if not authors:
        return vintage
    return f"{vintage}. {translate('Sources', language)}: {', '.join(authors)}"


def checksum_line(plan: Plan, *, language: str) -> str:
    """Return the first digits of the checksum of study and scenario.

    They identify the question that a sheet answers.
    """
    digits = fingerprint.inputs_sha256(plan.study, plan.scenario)[:_DIGITS]
    return f"{translate('Assumptions (SHA-256)', language)}: {digits}"


def _short_author(author: str) -> str:
    return author.split(";")[0].split("(")[0].strip()


def titles(plan: Plan, *, language: str) -> tuple[str, str]:
    """Return title and subtitle of a map of the plan."""
    settings, scenario = plan.study.settings, plan.scenario
    title = translate("Shared corridors in {year}", language, year=scenario.year)
    return f"{title}: {localised(settings, 'title', language)}", localised(scenario, "title", language)


def notice(study: Study, *, language: str) -> str:
    """Return the study's notice on the use of its maps."""
    return localised(study.settings, "notice", language)


def localised(noun: Any, attribute: str, language: str) -> str:
    """Return a text field of settings or a scenario in a language; in English if it has no other."""
    names = (f"{attribute}_{language}", f"{attribute}_en", attribute)
    return next(str(text) for name in names if (text := getattr(noun, name, "")))


def source_titles(study: Study) -> list[str]:
    """Return the titles of the sources that layers and sites cite, for attribution on maps."""
    used = study.sources[study.sources["source"].isin(_cited(study))].to_dict("records")
    return [f"{row['title']} ({row['author']})" if row["author"] else str(row["title"]) for row in used]


def _cited(study: Study) -> set[str]:
    """Return the keys of the sources of layers and sites."""
    return {key for entry in study.stack.entries for key in entry.source} | set(study.sites["source"])
