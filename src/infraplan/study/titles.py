"""Titles of a study's own words, from ``data/terms.csv`` and ``data/pathways.csv``.

A study may have sectors, numbers and projects that the program does not know, so its tables hold their titles. The
program's own words (carriers, roles, bands, families of pathways) are in its translations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from infraplan.core import LANGUAGES, begin, spell, translate_word
from infraplan.study.assumptions import OF, Assumptions

_SECTOR, _SUBJECT, _PARAMETER, _PART, _TYPE = "sector", "subject", "parameter", "part", "project type"
# a number in a term, and the same number in its title
_NUMBER = "#"


@dataclass(frozen=True)
class Titles:
    """Titles of the words of a study, in each language.

    Attributes
    ----------
    terms
        Title by kind of word, term and language; "" where the table has none.
    pathways
        Name by pathway and language.
    """

    terms: Mapping[tuple[str, str], Mapping[str, str]]
    pathways: Mapping[str, Mapping[str, str]]

    def name_sector(self, word: str, language: str) -> str:
        """Return the title of a sector or process, for the middle of a sentence."""
        return self._find(_SECTOR, word, language) or translate_word(word, language)

    def name_pathway(self, word: str, language: str) -> str:
        """Return the name of a pathway: the study's own, else that of a family of pathways."""
        return self.pathways.get(word, {}).get(language, "") or translate_word(word, language, "pathway")

    def name_subject(self, word: str, language: str) -> str:
        """Return the title of an assumption's subject, to begin a line."""
        sector, _, pathway = word.partition(OF)
        if pathway:
            return f"{self.name_subject(sector, language)}: {self.name_pathway(pathway, language)}"
        title = self._find(_SUBJECT, word, language) or self._find(_SECTOR, word, language)
        return begin(title or translate_word(word, language))

    def name_parameter(self, word: str, language: str) -> str:
        """Return the title of an assumption's parameter, to begin a line.

        A parameter without a title is named by its parts: what it is, then a year, a size or a region.
        """
        head, tail = word.split("_"), list[str]()
        while not (title := self._find(_PARAMETER, "_".join(head), language)) and len(head) > 1:
            part = self._find(_PART, head[-1], language)
            if not part:
                break
            head, tail = head[:-1], [part, *tail]
        return ", ".join([title or begin(spell("_".join(head))), *tail])

    def name_assumption(self, subject: str, parameter: str, language: str) -> str:
        """Return the title of an assumption: its subject and its parameter."""
        return f"{self.name_subject(subject, language)} · {self.name_parameter(parameter, language)}"

    def name_project_type(self, word: str, language: str) -> str:
        """Return the type of a project; a project of two types has both."""
        return ", ".join(self._find(_TYPE, part, language) or spell(part) for part in _types_in(word))

    def _find(self, kind: str, word: str, language: str) -> str:
        """Return a title, in English if the language has none; "" if the table has none."""
        for term in (word, re.sub(r"\d+", _NUMBER, word)):
            titles = self.terms.get((kind, term), {})
            if title := titles.get(language) or titles.get("en"):
                return _fill(title, re.findall(r"\d+", word)) if term != word else title
        return ""

    def list_untitled(self, assumptions: Assumptions, tables_of: Mapping[str, pd.DataFrame]) -> Iterator[str]:
        """Yield the words of a study without a title in some language, with the kind of word.

        Parameters
        ----------
        tables_of
            The study's tables of sites, processes and projects.
        """
        sectors = {*assumptions.sectors(), *tables_of["processes"]["process"], *tables_of["sites"]["sector"]}
        subjects = {subject.partition(OF)[0] for subject, _ in assumptions.rows} - sectors
        types = {part for word in tables_of["projects"]["type"] for part in _types_in(word)}
        for kind, words in ((_SECTOR, sectors), (_SUBJECT, subjects), (_TYPE, types)):
            yield from (f"{kind} {word}" for word in sorted(words) if not self._is_titled(kind, word))
        for parameter in sorted({parameter for _, parameter in assumptions.rows}):
            if not self._is_composed(parameter):
                yield f"{_PARAMETER} {parameter}"

    def _is_titled(self, kind: str, word: str) -> bool:
        both = (self.terms.get((kind, term), {}) for term in (word, re.sub(r"\d+", _NUMBER, word)))
        return any(all(titles.get(language) for language in LANGUAGES) for titles in both)

    def _is_composed(self, parameter: str) -> bool:
        """Return whether a parameter has a title, or consists of parts that all have one."""
        head = parameter.split("_")
        while len(head) > 1 and not self._is_titled(_PARAMETER, "_".join(head)) and self._is_titled(_PART, head[-1]):
            head.pop()
        return self._is_titled(_PARAMETER, "_".join(head))


def read_titles(terms: pd.DataFrame, pathways: pd.DataFrame) -> Titles:
    """Return the titles in the tables of terms and of pathways."""
    keys = list(zip(terms["of"], terms["term"], strict=True))
    by_term = {language: dict(zip(keys, terms[f"title_{language}"], strict=True)) for language in LANGUAGES}
    by_way = {
        language: dict(zip(pathways["pathway"], pathways[f"name_{language}"], strict=True)) for language in LANGUAGES
    }
    return Titles(
        {key: {language: str(by_term[language][key]) for language in LANGUAGES} for key in keys},
        {str(way): {language: str(by_way[language][way]) for language in LANGUAGES} for way in pathways["pathway"]},
    )


def _fill(title: str, numbers: list[str]) -> str:
    """Fill numbers into a title, in turn."""
    waiting = iter(numbers)
    return re.sub(_NUMBER, lambda _: next(waiting, ""), title)


def _types_in(word: str) -> list[str]:
    return re.split(r"[/-]", word)
