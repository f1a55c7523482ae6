"""Published regressions for the investment in a CO2 pipeline, in their own currency and price year."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from infraplan.core import DesignError, Problem, units
from infraplan.engineering.costs.money import eur
from infraplan.study import ENGINEERING, Assumptions

_CATEGORIES = ("material", "labour", "right_of_way", "miscellaneous")


class _Ask(NamedTuple):
    """Size of one line, and the subject that holds the coefficients of a regression."""

    subject: str
    assumptions: Assumptions
    diameter_m: float
    length_m: float
    region: str

    @property
    def inch(self) -> float:
        return self.diameter_m / units.M_PER_INCH

    @property
    def km(self) -> float:
        return self.length_m / units.M_PER_KM

    def get(self, parameter: str) -> float:
        return self.assumptions.value(self.subject, parameter, "1")


def _mccoy_rubin(ask: _Ask) -> float:
    """Sum 10^a0 L^a1 D^a2 over the cost categories, D in inch and L in km; the region shifts a0.

    Source: McCoy & Rubin (2008).
    """
    total = 0.0
    for category in _CATEGORIES:
        shift = f"{category}_a0_{ask.region}"
        known = bool(ask.region) and ask.assumptions.has(ask.subject, shift)
        exponent = ask.get(f"{category}_a0") + (ask.get(shift) if known else 0.0)
        total += math.pow(10.0, exponent) * ask.km ** ask.get(f"{category}_a1") * ask.inch ** ask.get(f"{category}_a2")
    return total


def _parker(ask: _Ask) -> float:
    """Sum c + L (c2 D² + c1 D + c0) over the cost categories, D in inch and L in miles. Source: Parker (2004)."""
    miles = ask.length_m / units.M_PER_MILE
    return sum(
        ask.get(f"{category}_fixed")
        + miles * sum(ask.get(f"{category}_c{power}") * ask.inch**power for power in range(3))
        for category in _CATEGORIES
    )


def _comet(ask: _Ask) -> float:
    """Multiply cost per square metre, diameter and length. Source: COMET (Boavida et al., 2013)."""
    return ask.get("per_m2") * ask.diameter_m * ask.length_m


def _ieaghg(ask: _Ask) -> float:
    """Compute terrain x (a0 + a1 L + (b0 + b1 L) D + (c0 + c1 L) D²), D in inch, L in km, in millions.

    Source: IEAGHG (2002).
    """
    millions = sum(
        (ask.get(f"{letter}0") + ask.get(f"{letter}1") * ask.km) * ask.inch**power for power, letter in enumerate("abc")
    )
    return millions * ask.get("terrain") * units.EUR_PER_MEUR


MODELS: dict[str, Callable[[_Ask], float]] = {
    "mccoy-rubin-2008": _mccoy_rubin,
    "parker-2004": _parker,
    "comet": _comet,
    "ieaghg-2002-onshore": _ieaghg,
    "ieaghg-2002-offshore": _ieaghg,
}
OFFSHORE = frozenset({"ieaghg-2002-offshore"})


def capex_model(name: str, assumptions: Assumptions, *, diameter_m: float, length_m: float, region: str = "") -> float:
    """Return the investment by a published regression, in the model's own currency and price year.

    Parameters
    ----------
    name
        One of ``MODELS``.
    assumptions
        Assumptions that hold the coefficients.
    diameter_m, length_m
        Inner diameter and length of the line [m].
    region
        One of northeast, central, southwest, west and southeast, for McCoy & Rubin only; without it, their Midwest.

    Raises
    ------
    DesignError
        If the model or its region is unknown.
    """
    regions = {p.partition("_a0_")[2] for subject, p in assumptions.rows if subject == name and "_a0_" in p}
    if name not in MODELS:
        raise DesignError(Problem("cost.unknown_model", {"name": name, "known": (ENGINEERING, *MODELS)}))
    if region and region not in regions:
        raise DesignError(Problem("cost.unknown_region", {"name": name, "region": region}))
    return MODELS[name](_Ask(name, assumptions, diameter_m, length_m, region))


def model_eur(name: str, assumptions: Assumptions, *, diameter_m: float, length_m: float, region: str = "") -> float:
    """Return the investment [EUR of ``money_year``] by a published regression, before any regional factor."""
    native = capex_model(name, assumptions, diameter_m=diameter_m, length_m=length_m, region=region)
    return native * eur(assumptions, name, "eur_per_currency", "eur_per_currency")
