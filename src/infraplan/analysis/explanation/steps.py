"""What an explanation is made of: steps with their number, unit and source, gathered in sections."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One line of a chain, in the reader's language.

    sign : how it joins the line before it: "×", "÷", "+", "−", "=" for a result; "·" for a number that the line
        above is made of, "" for a line that stands alone.
    value, low, high : most likely, low and high [unit]; None where there is none. text stands in for a value.
    source : where the number stands and who says so. changed : what it was before the user changed it.
    formula : what it is made of, in the words of the assumptions; filled : the same with their numbers.
    title : of an assumption, what it is called on a screen, where ``label`` is its key; "" for other lines.
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
