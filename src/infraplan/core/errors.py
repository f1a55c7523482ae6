"""What can go wrong, and how it is said.

    InfraplanError
    ├── TableError        a row, column or value of a CSV table
    ├── LayerError        a map layer, a raster, the catalogue
    ├── AssumptionError   a number that is missing, has the wrong unit or is absurd
    ├── ScenarioError     a scenario that asks something the study cannot answer
    ├── RouteError        a place that cannot be reached
    ├── DesignError       a network that cannot be designed
    ├── ServiceError      a download that failed
    └── ExportError       a file that could not be written

A problem holds a code, the values of its sentences, and where: file, row, column, value. The sentences stand in
``locale/<language>/problems.toml`` and are made where they are read (``describe``), in the reader's language.
Problems are collected and raised once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


class Term(str):
    """An English text among the values of a problem that has a translation of its own (see ``i18n.translate``)."""

    __slots__ = ()


@dataclass(frozen=True)
class Phrase:
    """A text by its code and values, told in the reader's language. Printed it is English.

    code : ``room.what_is_wrong``, as in ``locale/en/problems.toml``. values : what its sentences name: numbers, names
    that stay as they are, tuples of names, and texts of ours (``Phrase``, ``Term``).
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def tell(self, language: str) -> str:
        """Return what it says, or what is wrong by a problem, in a language."""
        # here, because what reads the sentences reports its own mistakes as problems
        from infraplan.core.messages import tell

        return tell(self, language)

    def __str__(self) -> str:
        return self.tell("en")


@dataclass(frozen=True)
class Problem(Phrase):
    """One mistake in the input: what is wrong and what to do about it (both by the code), where, which value."""

    file: str | Phrase = ""
    row: int | None = None
    column: str = ""
    value: str | Phrase = ""

    @property
    def phrase(self) -> Phrase:
        """What is wrong alone, without the place and the remedy."""
        return Phrase(self.code, self.values)

    def __str__(self) -> str:
        from infraplan.core.messages import describe

        return describe(self, "en")


class InfraplanError(Exception):
    """A user's mistake, told in one message. Carries every problem found, not only the first."""

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
