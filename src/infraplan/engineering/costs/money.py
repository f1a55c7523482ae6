"""Money of one year: price index, levelised cost, annuity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infraplan.core import AssumptionError, DesignError, Problem, units
from infraplan.study import Assumptions


def money_year(assumptions: Assumptions) -> int:
    """Return the price year of all results."""
    return int(assumptions.value("finance", "money_year", "a"))


def in_money_year(amount: float, assumptions: Assumptions, *, price_year: int) -> float:
    """Convert an amount of ``price_year`` to money of ``money_year``, by the study's price index."""
    then = assumptions.value("price_index", str(price_year), "1")
    return amount * assumptions.value("price_index", str(money_year(assumptions)), "1") / then


def eur(assumptions: Assumptions, subject: str, parameter: str, unit: str) -> float:
    """Return an assumption about money, converted to prices of ``money_year``.

    Raises
    ------
    AssumptionError
        If the row is missing, has another unit or no price year.
    """
    amount = assumptions.value(subject, parameter, unit)
    row = assumptions.row(subject, parameter)
    if row.price_year is None:
        raise AssumptionError(
            Problem(
                "assumption.no_price_year",
                {"subject": subject, "parameter": parameter},
                row.file,
                row.row,
                "price_year",
            )
        )
    return in_money_year(amount, assumptions, price_year=row.price_year)


def levelised(costs: Sequence[float], volumes: Sequence[float], *, rate: float) -> float:
    """Divide discounted costs by discounted volumes [money per unit].

    Parameters
    ----------
    costs, volumes
        One entry per year; the first is not discounted.
    rate
        Real discount rate [1/a].

    Raises
    ------
    DesignError
        If the discounted volume is not above 0.

    >>> round(levelised([100.0, 0.0], [0.0, 50.0], rate=0.1), 2)
    2.2
    """
    discount = (1.0 + rate) ** -np.arange(len(costs), dtype=float)
    volume = float(np.dot(volumes, discount))
    if volume <= 0.0:
        raise DesignError(Problem("cost.no_volume"))
    return float(np.dot(costs, discount)) / volume


def annuity(subject: str, assumptions: Assumptions) -> float:
    """Return the yearly cost of ``subject`` as a share [1/a] of its investment: repayment and fixed operation.

    Raises
    ------
    AssumptionError
        If the row is missing or the lifetime is not above 0.
    """
    rate = assumptions.value("finance", "discount_rate", "share")
    years = assumptions.value(subject, "lifetime", "a")
    if years <= 0.0:
        row = assumptions.row(subject, "lifetime")
        raise AssumptionError(
            Problem("cost.no_lifetime", {"subject": subject}, row.file, row.row, "value", f"{years:g}")
        )
    fixed_om = assumptions.value(subject, "fixed_om", "share_per_a")
    return units.capital_recovery_factor(rate, years) + fixed_om
