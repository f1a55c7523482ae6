"""What an explanation is made of: steps with their number, unit and source, gathered in sections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One line of a chain, in the reader's language.

    Attributes
    ----------
    sign : how it continues the line before it: "×", "÷", "+", "−"; "=" for a result, "·" for a part of the line above,
        "" for a line of its own.
    value, low, high : most likely, low and high [unit]; None where there is none.
    text : shown instead of a value.
    source : file, row and source of the number.
    changed : what it was before the user changed it.
    formula : how it follows from the assumptions.
    filled : the formula with their numbers.
    title : screen name of an assumption, whose ``label`` is its key; "" for other lines.
    """

    label: str
    value: float | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    sign: str = ""
    text: str = ""
    source: str = ""
    note: str = ""
    changed: str = ""
    formula: str = ""
    filled: str = ""
    title: str = ""


@dataclass(frozen=True)
class Section:
    """Part of a chain: its title and its steps."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Explanation:
    """Where the numbers of a place or corridor come from. ``about`` says of which scenario and year."""

    title: str
    about: str
    sections: tuple[Section, ...]
