"""Weights: a score by several criteria, with the user's own weights. The default ranking has no weights."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from infraplan.core import Problem, ScenarioError

# criterion: column of the ranking, and whether more of it is better
CRITERIA = {
    "co2": ("co2_avoided_kt_per_a", True),
    "cumulative": ("co2_avoided_cumulative_kt", True),
    "cost": ("cost_eur_per_t", False),
    "density": ("co2_avoided_kt_per_a_per_km", True),
    "users": ("users", True),
    "use": ("strip_use_share", True),
    "confidence": ("confidence", True),
}


def read_weights(text: str) -> dict[str, float]:
    """Read weights as the user types them.

    Raises
    ------
    ScenarioError
        With every part that is not ``criterion=number``.

    >>> read_weights("co2=3, cost=1")
    {'co2': 3.0, 'cost': 1.0}
    """
    weights: dict[str, float] = {}
    problems = []
    for part in (p.strip() for p in text.split(",")):
        name, _, number = (piece.strip() for piece in part.partition("="))
        try:
            if name in weights:
                raise ValueError
            weights[name] = float(number)
        except ValueError:
            problems.append(Problem("weights.not_a_weight", column="weights", value=part))
    if problems:
        raise ScenarioError(problems)
    return weights


def check_weights(weights: Mapping[str, float], where: str = "") -> list[Problem]:
    """Return the faults in weights from the file ``where``: unknown criteria, negative numbers, none above 0."""
    problems = [
        Problem("weights.unknown_criterion", {"known": tuple(CRITERIA)}, file=where, column="weights", value=name)
        for name in weights
        if name not in CRITERIA
    ]
    problems += [
        Problem("weights.negative", {"name": name}, file=where, column="weights", value=f"{weight:g}")
        for name, weight in weights.items()
        if not (math.isfinite(weight) and weight >= 0.0)
    ]
    if weights and not problems and not sum(weights.values()) > 0.0:
        problems.append(Problem("weights.all_zero", file=where, column="weights"))
    return problems


def score(table: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Score a ranking by the user's weights, beside its default order.

    On each criterion a corridor gets the share of other corridors that it beats; a tie counts half. So units and
    outliers do not matter. The score is the weighted mean of these shares. A corridor without a figure beats none.

    Returns
    -------
    DataFrame
        ``table`` with weighted_score, 0..1, and weighted_rank; corridors with equal scores keep their default order.

    Raises
    ------
    ScenarioError
        If a criterion is unknown, a weight negative or none above 0.

    >>> table = pd.DataFrame({"rank": [1, 2], "co2_avoided_kt_per_a": [9.0, 5.0], "cost_eur_per_t": [4.0, 1.0]})
    >>> score(table, {"co2": 1.0, "cost": 3.0})[["weighted_score", "weighted_rank"]].to_numpy().tolist()
    [[0.25, 2.0], [0.75, 1.0]]
    """
    problems = check_weights(weights) or ([] if weights else [Problem("weights.none", column="weights")])
    if problems:
        raise ScenarioError(problems)
    total = np.zeros(len(table))
    for name, weight in sorted(weights.items()):
        column, more = CRITERIA[name]
        value = table[column].to_numpy(dtype=float) * (1.0 if more else -1.0)
        total += weight * _beaten(np.where(np.isnan(value), -np.inf, value))
    scored = table.assign(weighted_score=total / sum(weights.values()))
    best = scored.assign(nearly=scored["weighted_score"].round(9))
    best = best.sort_values(["nearly", "rank"], ascending=[False, True])
    places = pd.Series(np.arange(1, len(best) + 1), index=best.index)
    return scored.assign(weighted_rank=places.reindex(scored.index).astype(int))


def _beaten(value: np.ndarray) -> np.ndarray:
    """Return the share of the others that each beats; ties count half. One alone beats all."""
    if len(value) < 2:
        return np.ones(len(value))
    less = (value[:, None] > value[None, :]).sum(axis=1)
    equal = (value[:, None] == value[None, :]).sum(axis=1) - 1
    return np.asarray((less + equal / 2.0) / (len(value) - 1), dtype=float)
