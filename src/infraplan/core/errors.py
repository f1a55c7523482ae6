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

Every problem says what, where, which value and what to do. Problems are collected and raised once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake in the input: what is wrong, where, which value, what to do about it."""

    what: str
    remedy: str
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file,
                f"row {self.row}" if self.row is not None else "",
                f"column {self.column}" if self.column else "",
                f"value {self.value!r}" if self.value != "" else "",
            )
            if part
        )
        return f"{place}: {self.what}. {self.remedy}" if place else f"{self.what}. {self.remedy}"


class InfraplanError(Exception):
    """A user's mistake, told in one message. Carries every problem found, not only the first."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


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
