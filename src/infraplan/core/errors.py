"""Errors: what can go wrong, and how the reader is told.

    InfraplanError
    ├── TableError        a row, column or value of a CSV table
    ├── LayerError        a map layer, a raster, the catalogue
    ├── AssumptionError   a number that is missing, has the wrong unit or is absurd
    ├── ScenarioError     a scenario that asks something the study cannot answer
    ├── RouteError        a place that cannot be reached
    ├── DesignError       a network that cannot be designed
    ├── ServiceError      a download that failed
    └── ExportError       a file that could not be written

A problem holds a code, values, and a place: file, row, column, value. Its sentences stand in
``locale/<language>/problems.toml`` and are made only when they are shown (``describe``), in the reader's language.
Problems are collected and raised once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class Term(str):
    """An English text among the values of a problem, with a translation of its own (see ``i18n.translate``)."""

    __slots__ = ()


@dataclass(frozen=True)
class Phrase:
    """A text as a code and values, written in the reader's language. Printed, it is English.

    Attributes
    ----------
    code
        ``room.what_is_wrong``, as in ``locale/en/problems.toml``.
    values
        Values in its sentences: numbers, names that are not translated, tuples of names, and texts of ours (``Phrase``,
        ``Term``).
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def sentence(self, language: str) -> str:
        """Return what it says, or what is wrong, in a language."""
        # imported here: the module that reads the sentences reports its own mistakes as problems
        from infraplan.core.messages import write_sentence

        return write_sentence(self, language)

    def __str__(self) -> str:
        return self.sentence("en")


@dataclass(frozen=True)
class Problem(Phrase):
    """One mistake in the input: a code for what is wrong and what to do, and the place and value of the mistake."""

    file: str | Phrase = ""
    row: int | None = None
    column: str = ""
    value: str | Phrase = ""

    @property
    def phrase(self) -> Phrase:
        """Return what is wrong, without the place and the remedy."""
        return Phrase(self.code, self.values)

    def __str__(self) -> str:
        from infraplan.core.messages import describe

        return describe(self, "en")


class InfraplanError(Exception):
    """A user's mistake, as one message. It carries every problem found, not only the first."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class TableError(InfraplanError):
    """A row, column or value of a CSV table."""


class LayerError(InfraplanError):
    """A map layer, a raster or the catalogue."""


class AssumptionError(InfraplanError):
    """A number that is missing, has the wrong unit or is absurd."""


class ScenarioError(InfraplanError):
    """A scenario that asks something the study cannot answer."""


class RouteError(InfraplanError):
    """A place that cannot be reached."""


class DesignError(InfraplanError):
    """A network that cannot be designed."""


class ServiceError(InfraplanError):
    """A download that failed."""


class ExportError(InfraplanError):
    """A file that could not be written."""
