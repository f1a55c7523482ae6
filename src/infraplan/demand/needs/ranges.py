"""A number with its low and high end, the assumptions it was made of, and the formula that made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infraplan.core import AssumptionError, Problem
from infraplan.study import ANY_SECTOR, OF, Assumptions

# precedence of the last operator of a formula: a part of lower precedence is put in brackets
_SUM, _PRODUCT, _SINGLE = 0, 1, 2


@dataclass(frozen=True)
class Range:
    """A number with its low and high end, and the assumptions it was made of. All ends are 0 or more.

    Each operator extends ``formula``, so that an explanation shows exactly what was computed. Its words are ``keys``.
    """

    low: float
    value: float
    high: float
    keys: tuple[str, ...] = ()
    formula: str = ""
    binds: int = _SINGLE

    def __mul__(self, other: Range | float) -> Range:
        if not isinstance(other, Range):
            other = Range(other, other, other)
        return Range(
            self.low * other.low,
            self.value * other.value,
            self.high * other.high,
            self.keys + other.keys,
            f"{self._write(_PRODUCT)} × {other._write(_PRODUCT)}",
            _PRODUCT,
        )

    def __add__(self, other: Range) -> Range:
        return Range(
            self.low + other.low,
            self.value + other.value,
            self.high + other.high,
            self.keys + other.keys,
            f"{self._write(_SUM)} + {other._write(_SUM)}",
            _SUM,
        )

    def __truediv__(self, other: Range) -> Range:
        if other.low <= 0.0:
            raise AssumptionError(
                Problem(
                    "assumption.divisor", {"keys": tuple(other.keys)}, file="data/assumptions", value=f"{other.low:g}"
                )
            )
        return Range(
            self.low / other.high,
            self.value / other.value,
            self.high / other.low,
            self.keys + other.keys,
            f"{self._write(_PRODUCT)} ÷ {other._write(_SINGLE)}",
            _PRODUCT,
        )

    def less(self, other: Range) -> Range:
        """Return what is left after ``other`` is taken, never below 0."""
        low, value, high = self.low - other.high, self.value - other.value, self.high - other.low
        formula = f"max(0, {self._write(_SUM)} - {other._write(_PRODUCT)})"
        return Range(max(0.0, low), max(0.0, value), max(0.0, high), self.keys + other.keys, formula)

    def rest(self) -> Range:
        """Return what a share leaves: 1 minus it."""
        formula = f"1 - {self._write(_PRODUCT)}"
        return Range(1.0 - self.high, 1.0 - self.value, 1.0 - self.low, self.keys, formula, _SUM)

    def _write(self, least: int) -> str:
        """Return the formula, in brackets where its precedence is below ``least``."""
        text = self.formula or f"{self.value:.10g}"
        return text if self.binds >= least else f"({text})"


def subjects_of(process: str, pathway: str) -> tuple[str, str]:
    """Return the subjects that may hold a number of a process on a pathway, the most specific first.

    >>> subjects_of("steel", "scrap_eaf")
    ('steel.scrap_eaf', 'steel')
    """
    return f"{process}{OF}{pathway}", process


def look_up(assumptions: Assumptions, subject: str | Sequence[str], *, parameter: str, unit: str) -> Range:
    """Return one assumption as a range, of the first subject that has it and else of ``industry``.

    Raises
    ------
    AssumptionError
        If no row exists or the unit differs.
    """
    subjects = (subject,) if isinstance(subject, str) else tuple(subject)
    owner = next((s for s in (*subjects, ANY_SECTOR) if assumptions.has(s, parameter)), subjects[-1])
    value = assumptions.value(owner, parameter, unit)
    row = assumptions.row(owner, parameter)
    # a value that the user sets outside its range widens the range
    key = f"{owner}/{parameter}"
    return Range(min(row.low, value), value, max(row.high, value), (key,), key)


def look_up_year(assumptions: Assumptions, subject: str, *, prefix: str, unit: str, year: int) -> Range:
    """Return an assumption given at milestones (``prefix_2030``, ...): linear between them, constant outside.

    Raises
    ------
    AssumptionError
        If there is no milestone at all or a unit differs.
    """
    years = sorted(
        int(parameter.removeprefix(f"{prefix}_"))
        for owner, parameter in assumptions.rows
        if owner == subject and parameter.startswith(f"{prefix}_") and parameter.removeprefix(f"{prefix}_").isdecimal()
    )
    if not years:
        raise AssumptionError(
            Problem("assumption.no_milestone", {"subject": subject, "prefix": prefix}, "data/assumptions")
        )
    before = max((y for y in years if y <= year), default=years[0])
    after = min((y for y in years if y >= year), default=years[-1])
    first = look_up(assumptions, subject, parameter=f"{prefix}_{before}", unit=unit)
    if before == after:
        return first
    last = look_up(assumptions, subject, parameter=f"{prefix}_{after}", unit=unit)
    weight = (year - before) / (after - before)
    return first * (1.0 - weight) + last * weight


def look_up_peak(assumptions: Assumptions, subject: str | Sequence[str]) -> Range:
    """Return the peak per amount [1/h]: a margin over the full-load hours of the subject."""
    margin = look_up(assumptions, ANY_SECTOR, parameter="peak_margin", unit="1")
    return margin / look_up(assumptions, subject, parameter="full_load_hours", unit="h_per_a")
