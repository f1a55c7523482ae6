"""Mistakes in a command itself, an unknown option or a missing argument, as problems in the user's language."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import typer

from infraplan.core import LANGUAGES, Problem, name_reason

# the class of all mistakes in the use of a command; typer hands on only this kind of it
UsageError: type[Exception] = typer.BadParameter.__mro__[1]
_LANGUAGE = "--language"


def choose_language(words: Sequence[str]) -> str:
    """Return the language that a command line names, also where the rest of it cannot be read; else English.

    >>> choose_language(["plan", "--bogus", "--language", "nl"]), choose_language(["plan", "--language=nl"])
    ('nl', 'nl')
    """
    chosen = [after for word, after in itertools.pairwise(words) if word == _LANGUAGE]
    chosen += [word.partition("=")[2] for word in words if word.startswith(f"{_LANGUAGE}=")]
    return chosen[-1] if chosen and chosen[-1] in LANGUAGES else "en"


def name_mistake(error: Any, words: Sequence[str]) -> Problem:
    """Return a mistake in the use of a command as a problem: which option or argument, which value, what to do."""
    command = next((word for word in words if not word.startswith("-")), "")
    option: str = getattr(error, "option_name", "")
    parameter: Any = getattr(error, "param", None)
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return Problem("usage.unknown_option", {"command": command}, file=option)
    if option:
        code = "usage.takes_no_value" if "=" in " ".join(w for w in words if w.startswith(option)) else "usage.no_value"
        return Problem(code, file=option)
    if kind == "MissingParameter":
        name = getattr(parameter, "metavar", None) or parameter.name.upper()
        return Problem("usage.missing", {"command": command}, file=name)
    if parameter is not None:
        name = parameter.opts[-1]
        reason = name_reason(error.message)
        return Problem("usage.bad_value", {"reason": reason}, file=name, value=_value_of(name, words))
    if error.ctx is not None and error.ctx.parent is not None:
        return Problem("usage.extra_arguments", {"command": command}, file=command)
    return Problem("usage.unknown_command", value=command)


def _value_of(option: str, words: Sequence[str]) -> str:
    """Return what stands behind an option."""
    for number, word in enumerate(words):
        if word == option:
            return words[number + 1] if number + 1 < len(words) else ""
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return ""
