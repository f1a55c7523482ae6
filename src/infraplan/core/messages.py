"""The sentences of problems and phrases, made in the reader's language.

``locale/<language>/problems.toml`` holds two sentences per code: ``what`` is wrong, and the ``remedy``; a phrase has
only ``what``. A sentence names its values:

``{total:.3f}``     a number with three digits and the language's separators
``{known}``         a list with commas
``{near:or}``       a list with "or" between all items
``{known:choice}``  a list with "or" before the last item
``{fault:begin}``   a phrase with a capital
``{said:whole}``    a problem with its place and remedy
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from numbers import Number
from string import Formatter
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol

from infraplan.core.errors import InfraplanError, Phrase, Problem, Term
from infraplan.core.i18n import LANGUAGES, LOCALES, begin, check_language, list_untranslated, translate

# words for the place of a problem; a file needs no word
_PLACES = ("row {row}", "column {column}", "value {value}")


def describe(problem: Problem, language: str) -> str:
    """Return a problem as one text: where, what is wrong, what to do.

    >>> from infraplan.core import Problem
    >>> describe(Problem("table.above", {"most": 90.5}, "sites.csv", 3, "lat", "512.2"), "nl")
    "sites.csv, rij 3, kolom lat, waarde '512.2': hoger dan 90,5. Kijk het getal en de eenheid na (zijn lon en lat \
verwisseld?)"
    """
    place = describe_place(problem, language)
    sentences = f"{write_sentence(problem, language)}. {write_remedy(problem, language)}"
    return f"{place}: {sentences}" if place else sentences


def describe_error(error: InfraplanError, language: str) -> str:
    """Return every problem of an error, one per line."""
    return "\n".join(describe(problem, language) for problem in error.problems)


def describe_place(problem: Problem, language: str) -> str:
    """Return file, row, column and value of a problem, as far as it has them."""
    row, column, value = (translate(text, language) for text in _PLACES)
    parts = [
        _write(problem.file, "", language),
        row.format(row=problem.row) if problem.row is not None else "",
        column.format(column=problem.column) if problem.column else "",
        value.format(value=repr(_write(problem.value, "", language))) if problem.value != "" else "",
    ]
    return ", ".join(part for part in parts if part)


def write_sentence(phrase: Phrase, language: str) -> str:
    """Return what a phrase says, or what is wrong by a problem."""
    return _fill(_entry(phrase, language)["what"], phrase, language)


def write_remedy(problem: Problem, language: str) -> str:
    """Return what to do about a problem."""
    return _fill(_entry(problem, language)["remedy"], problem, language)


@lru_cache(maxsize=len(LANGUAGES))
def read_sentences(language: str) -> dict[str, dict[str, str]]:
    """Return the sentences of a language by code: ``what``, and ``remedy`` for a problem."""
    check_language(language)
    path = resources.files("infraplan.core").joinpath(f"locale/{language}/problems.toml")
    rooms = tomllib.loads(path.read_text(encoding="utf-8"))
    return {f"{room}.{name}": entry for room, entries in rooms.items() for name, entry in entries.items()}


def _entry(phrase: Phrase, language: str) -> dict[str, str]:
    return read_sentences(language)[phrase.code]


def _fill(sentence: str, phrase: Phrase, language: str) -> str:
    return _Writer(language).vformat(sentence, (), phrase.values)


class _Writer(Formatter):
    """Fills in a sentence, with numbers as the language writes them."""

    def __init__(self, language: str) -> None:
        self.language = language

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        return _write(value, format_spec, self.language)


def _write(value: object, spec: str, language: str) -> str:
    """Return one value in a language: a text of ours, a number, a list, or a name unchanged."""
    if isinstance(value, Problem) and spec == "whole":
        return describe(value, language)
    if isinstance(value, Phrase):
        return begin(write_sentence(value, language)) if spec == "begin" else write_sentence(value, language)
    if isinstance(value, Term):
        return str(value) if list_untranslated((value,), language) else translate(value, language)
    if isinstance(value, str):
        return value
    if isinstance(value, Number):
        digits = format(value, spec or ("g" if isinstance(value, float) else ""))
        return digits.translate(_separators(language))
    if isinstance(value, Iterable):
        return _list([_write(part, "", language) for part in value], spec, language)
    return str(value)


def _list(parts: Sequence[str], spec: str, language: str) -> str:
    between = f" {translate('or', language)} "
    if spec == "or":
        return between.join(parts)
    if spec == "choice" and len(parts) > 1:
        return between.join((", ".join(parts[:-1]), parts[-1]))
    return ", ".join(parts)


@lru_cache(maxsize=len(LANGUAGES))
def _separators(language: str) -> dict[int, str]:
    locale = LOCALES[language]
    return str.maketrans({".": get_decimal_symbol(locale), ",": get_group_symbol(locale)})
