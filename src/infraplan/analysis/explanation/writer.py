"""What explanations share: words in the reader's language, numbers with their sources, what the user changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import pandas as pd
from pydantic import BaseModel

from infraplan.analysis.explanation.steps import Explanation, Section, Step
from infraplan.core import Scenario, format_figure, translate, translate_unit, translate_word
from infraplan.study import Assumption, Case, corridor_names, drawings, name_places

# fields of a scenario that are shown elsewhere, or that change nothing
_NOT_LISTED = {"name", "title_en", "title_nl", "about_en", "about_nl", "year", "assumptions"}
# the key of an assumption inside a formula
_KEY = re.compile(r"[^\s(),]+/[^\s(),]+")
_KEY_OR_NUMBER = re.compile(rf"(?P<key>{_KEY.pattern})|\d+(\.\d+)?")


def keys_in(formula: str) -> list[str]:
    """Return the assumptions that a formula names, each once, in its order.

    >>> keys_in("1 - (a/b × 0.5 + c.d/e_2030 × 0.5) ÷ a/b")
    ['a/b', 'c.d/e_2030']
    """
    return list(dict.fromkeys(_KEY.findall(formula)))


class Writer:
    """Tells numbers of one case to a reader of one language."""

    def __init__(self, case: Case, language: str) -> None:
        self.study, self.scenario, self.assumptions = case.study, case.scenario, case.assumptions
        self.language = language
        self._mentioned: dict[str, None] = {}
        self._cited: dict[str, None] = {}

    def say(self, text: str, **values: object) -> str:
        """Return a text in the reader's language."""
        return translate(text, self.language, **values)

    def number(self, value: float | None) -> str:
        """Write a number as the reader does."""
        return format_figure(value, self.language)

    @property
    def about(self) -> str:
        """Scenario and year."""
        title = getattr(self.scenario, f"title_{self.language}") or self.scenario.title_en
        return f"{title} ({self.scenario.name}), {self.scenario.year}"

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of sites, heat areas and hubs by their id."""
        return {str(key): str(name) for key, name in name_places(self.study, language=self.language).items()}

    def name_corridor(self, a: str, b: str) -> str:
        """Name the corridor between two clusters."""
        return corridor_names(self.study, language=self.language)(a, b)

    def name_pathway(self, pathway: str) -> str:
        """The study's own name of a pathway, else that of its family."""
        return self.study.titles.name_pathway(pathway, self.language)

    def name_sector(self, sector: str) -> str:
        """The title of a sector or process."""
        return self.study.titles.name_sector(sector, self.language)

    def name_way(self, process: str, pathway: str) -> str:
        """Process and pathway in one."""
        return f"{self.name_sector(process)} · {self.name_pathway(pathway)}"

    def word(self, word: str) -> str:
        """Return one of the program's own words in the reader's language."""
        return translate_word(word, self.language)

    def cite(self, file: str, row: object, source: str) -> str:
        """Say in which row of which file a number stands, and its source (see ``list_sources``)."""
        if source == drawings.SOURCE:
            return self.say("drawn in this scenario")
        self._cited[source] = None
        return self.say("{file} row {row}: {source}", file=file, row=row, source=source)

    def cite_row(self, frame: pd.DataFrame, file: str, row: Any) -> str:
        """Cite a row of a table of the study by its label."""
        return self.cite(file, row, str(frame.loc[row, "source"]))

    def cite_scenario(self, key: str, *, changed: bool = False) -> str:
        """Say that a number is the scenario's, or the user's own where it differs from the scenario's file."""
        name = self.say("changed by you") if changed else f"{self.scenario.name}.toml"
        return f"{name} [{key}]"

    @cached_property
    def filed(self) -> Scenario:
        """The scenario as its file has it; this scenario, if it has no file."""
        known = self.scenario.name in self.study.scenario_names()
        return self.study.scenario(self.scenario.name) if known else self.scenario

    def number_of(self, key: str, *, sign: str = "·") -> Step:
        """Tell an assumption by its key ``subject/parameter``."""
        subject, _, parameter = key.partition("/")
        row = self.assumptions.row(subject, parameter)
        return Step(
            label=key,
            value=row.value,
            unit=translate_unit(row.unit),
            low=min(row.low, row.value),
            high=max(row.high, row.value),
            sign=sign,
            source=self.cite(row.file, row.row, row.source),
            note=row.note,
            changed=self.describe_change(row),
            title=self.study.titles.name_assumption(subject, parameter, self.language),
        )

    def mention(self, formula: str) -> str:
        """Remember the assumptions that a formula names (see ``list_numbers``), and return it with their numbers."""
        self._mentioned |= dict.fromkeys(keys_in(formula))
        return _KEY_OR_NUMBER.sub(
            lambda found: self.number(self._value(found[0]) if found["key"] else float(found[0])), formula
        )

    def write(self, formula: str) -> str:
        """Write the plain numbers of a formula as the reader does."""
        return _KEY_OR_NUMBER.sub(lambda found: found[0] if found["key"] else self.number(float(found[0])), formula)

    def _value(self, key: str) -> float:
        return self.assumptions.row(*key.split("/")).value

    def list_numbers(self) -> Section:
        """Tell every assumption that was mentioned, each once, with its range and source."""
        steps = tuple(self.number_of(key, sign="") for key in sorted(self._mentioned))
        return Section(self.say("The numbers in the formulas"), steps)

    def list_sources(self) -> Section:
        """Tell the title of every source that was cited."""
        papers = self.study.sources.set_index("source")
        steps = []
        for key in sorted(self._cited):
            row = papers.loc[key]
            about = ", ".join(str(row[column]) for column in ("title", "author", "year") if row[column])
            steps.append(Step(key, note=about))
        return Section(self.say("Sources"), tuple(steps))

    def numbers_of(self, keys: Iterable[str]) -> Iterator[Step]:
        """Tell assumptions, each once."""
        return (self.number_of(key) for key in dict.fromkeys(keys))

    def finish(self, title: str, about: str, sections: Iterable[Section]) -> Explanation:
        """Put sections together, their units in the reader's language."""
        kept = (replace(s, steps=tuple(replace(t, unit=self._unit(t.unit)) for t in s.steps)) for s in sections)
        return Explanation(title, about, tuple(kept))

    def _unit(self, unit: str) -> str:
        return unit.removesuffix("/a") + self.say("/a") if unit.endswith("/a") else unit

    def describe_change(self, row: Assumption) -> str:
        """Say what an assumption was before the scenario or the user changed it; "" if it is unchanged."""
        if not row.changed:
            return ""
        old = self.study.assumptions.row(row.subject, row.parameter)
        who = self.say("by you") if not self._is_filed(row) else f"{self.scenario.name}.toml"
        return self.say("changed from {old} ({who})", old=self.number(old.value), who=who)

    def _is_filed(self, row: Assumption) -> bool:
        return self.filed.assumptions.get(f"{row.subject}/{row.parameter}") == row.value

    def list_changes(self) -> Section:
        """Tell everything that differs from the study's tables and the scenario's file."""
        steps = [
            self.number_of(f"{row.subject}/{row.parameter}", sign="")
            for row in self.assumptions.rows.values()
            if row.changed
        ]
        if self.scenario.year != self.filed.year:
            was = self.say("was {old}", old=self.filed.year)
            steps.append(Step("year", text=str(self.scenario.year), changed=was))
        for key in sorted(set(Scenario.model_fields) - _NOT_LISTED):
            now, then = getattr(self.scenario, key), getattr(self.filed, key)
            if now != then:
                steps += [
                    Step(label, text=new, changed=self.say("was {old}", old=old or "–"))
                    for label, new, old in _differences(key, now, then)
                ]
        none = Step(self.say("Nothing: study and scenario as they are in their files."))
        return Section(self.say("What you changed"), tuple(steps) or (none,))


def _differences(key: str, now: Any, then: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the key, the new and the old value of what differs, one part of a table at a time."""
    if isinstance(now, BaseModel) and isinstance(then, BaseModel):
        now, then = ({field: getattr(one, field) for field in type(one).model_fields} for one in (now, then))
    if isinstance(now, dict) and isinstance(then, dict):
        for part in sorted({*now, *then}, key=str):
            if now.get(part) != then.get(part):
                yield from _differences(f"{key}.{part}", now.get(part), then.get(part))
    else:
        yield key, _write(now), _write(then)


def _write(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(str(getattr(part, "name", part)) for part in value) if isinstance(value, tuple) else str(value)
