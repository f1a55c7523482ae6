"""The ways a process can go, the families they belong to, and the rule that their shares add to 1."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from infraplan.core import Problem, Scenario, ScenarioError, tables

PATHWAYS = tables.FAMILIES
"""The plain pathways, one per family: each family's word is a pathway too."""
PLAIN: Mapping[str, str] = {family: family for family in PATHWAYS}
"""Family of every pathway where a study names none of its own."""
STANDSTILL = "unchanged"
_SHARE_TOLERANCE = 1e-6


def families_of(pathways: pd.DataFrame) -> dict[str, str]:
    """Return the family of every pathway: the plain ones and those of ``tables.PATHWAYS``."""
    return {**PLAIN, **dict(zip(pathways["pathway"], pathways["family"], strict=True))}


def check_pathways(
    scenario: Scenario,
    sectors: Collection[str],
    milestones: Iterable[int],
    families: Mapping[str, str] = PLAIN,
) -> list[Problem]:
    """Return what is wrong with the pathways of a scenario: unknown words, and shares that do not add to 1.

    Parameters
    ----------
    sectors : sectors and processes that need pathways.
    milestones : years at which shares are checked, with the scenario's own years. Between them shares are linear, so
        that they add to 1 there too.
    families : family of every pathway.
    """
    file = f"{scenario.name}.toml"
    problems = [
        Problem("scenario.unknown_sector_of", {"table": table, "known": tuple(sectors)}, file=file, value=sector)
        for table, given in (("pathways", scenario.pathways), ("activity", scenario.activity))
        for sector in sorted(set(given) - set(sectors))
    ]
    years = set(milestones)
    for sector in sectors:
        shares = scenario.pathways.get(sector)
        if shares is None:
            problems.append(Problem("scenario.no_pathways", {"sector": sector}, file=file, value=sector))
            continue
        problems += [
            Problem(
                "scenario.unknown_pathway_of", {"sector": sector, "known": tuple(families)}, file=file, value=pathway
            )
            for pathway in sorted(set(shares) - set(families))
        ]
        problems += [
            Problem(
                "scenario.share_of", {"sector": sector, "pathway": pathway, "year": year}, file=file, value=f"{share:g}"
            )
            for pathway, by_year in shares.items()
            for year, share in by_year.items()
            if not 0.0 <= share <= 1.0
        ]
        own = {year for by_year in shares.values() for year in by_year}
        problems += _wrong_sums(scenario, sector, sorted(years | own))
    return problems


def _wrong_sums(scenario: Scenario, sector: str, years: Iterable[int]) -> list[Problem]:
    ways = scenario.pathways.get(sector, {})
    sums = {year: math.fsum(scenario.share(sector, way, year) for way in ways) for year in years}
    return [
        Problem(
            "scenario.wrong_sum",
            {"sector": sector, "year": year, "total": total},
            file=f"{scenario.name}.toml",
            value=f"{total:g}",
        )
        for year, total in sums.items()
        if not abs(total - 1.0) <= _SHARE_TOLERANCE
    ]


def refuse_shares(scenario: Scenario, sectors: Iterable[str], year: int, families: Mapping[str, str] = PLAIN) -> None:
    """Refuse shares of a sector or process that do not add to 1 in a year, and unknown pathways.

    Raises
    ------
    ScenarioError
        With every such sector.
    """
    problems = []
    for sector in sectors:
        problems += [
            Problem(
                "scenario.unknown_pathway_of",
                {"sector": sector, "known": tuple(families)},
                file=f"{scenario.name}.toml",
                value=pathway,
            )
            for pathway in sorted(set(scenario.pathways.get(sector, {})) - set(families))
        ]
        problems += _wrong_sums(scenario, sector, [year])
    if problems:
        raise ScenarioError(problems)
