"""Shares: which pathways each process of each place follows, by the scenario and by its projects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from infraplan.core import Problem, Scenario, tables
from infraplan.demand.needs.pathways import PLAIN, STANDSTILL

POSTPONED = "postponed"
"""Pathway of a project that does not go ahead: the decision comes later, the CO2 stays."""
_COLUMNS = ["place_id", "process", "pathway", "share"]


@dataclass(frozen=True)
class Measures:
    """What the projects do at sites.

    effects : table of ``tables.PROJECT_EFFECTS``; ``cap_kt_per_a`` is the most that a project captures (NaN:
        as much as the scenario says), ``from_year`` its first year (NaN: when the scenario says).
    ahead : the projects that go ahead.
    """

    effects: pd.DataFrame
    ahead: frozenset[str]


def _no_measures() -> Measures:
    columns = [*(c.name for c in tables.PROJECT_EFFECTS), "cap_kt_per_a", "from_year"]
    return Measures(pd.DataFrame(columns=columns), frozenset())


def _no_processes() -> pd.DataFrame:
    return pd.DataFrame(columns=[c.name for c in tables.PROCESSES])


@dataclass(frozen=True)
class Detail:
    """What a study knows beyond its sectors: processes, families of the named pathways, projects at sites."""

    processes: pd.DataFrame = field(default_factory=_no_processes)
    families: Mapping[str, str] = field(default_factory=lambda: PLAIN)
    measures: Measures = field(default_factory=_no_measures)


def check_effects(effects: pd.DataFrame, processes: Collection[str], families: Mapping[str, str]) -> list[Problem]:
    """Return the effects of projects on unknown processes and pathways; rows as in ``tables.read``."""
    return [
        Problem(
            "table.unknown_word",
            {"column": column, "known": tuple(known)},
            "project_effects.csv",
            int(str(row)),
            column,
            word,
        )
        for column, known in (("process", processes), ("pathway", tuple(families)))
        for row, word in effects[column].items()
        if word not in known
    ]


def list_ways(
    processes: Iterable[str], scenario: Scenario, year: int, families: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Return process, pathway and family of every pathway that has a share in ``year``."""
    return [
        (process, pathway, families[pathway])
        for process in processes
        for pathway in scenario.pathways.get(process, {})
        if scenario.share(process, pathway, year) > 0.0
    ]


def share_out(
    groups: pd.DataFrame, ways: Iterable[tuple[str, str, str]], scenario: Scenario, year: int
) -> pd.DataFrame:
    """Return place_id, process, pathway and share [-] of every place: the scenario's, the same for all."""
    shares = pd.DataFrame(
        [(process, pathway, scenario.share(process, pathway, year)) for process, pathway, _ in ways],
        columns=["process", "pathway", "share"],
    ).astype({"share": float})
    return groups[["place_id", "owner", "process"]].merge(shares, on="process")


def apply_projects(
    shares: pd.DataFrame, groups: pd.DataFrame, captured: Mapping[tuple[str, str], float], detail: Detail, year: int
) -> pd.DataFrame:
    """Return the shares of every place after all projects (see ``follow_projects``). They still add to 1."""
    tables = [shares, *(table for _, table in follow_projects(shares, groups, captured, detail, year))]
    return tables[-1][_COLUMNS]


def follow_projects(
    shares: pd.DataFrame, groups: pd.DataFrame, captured: Mapping[tuple[str, str], float], detail: Detail, year: int
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each project that changes shares, in turn, and the shares of every place after it.

    A project that goes ahead captures up to its cap. It raises the share of its pathway to the same value at all its
    sites, and the other pathways shrink in proportion. A project without a cap changes nothing. A project that does
    not go ahead, or not yet, sets the share of its pathway to 0: that share is postponed.

    Parameters
    ----------
    shares : table of ``share_out``.
    groups : table of ``processes.split``.
    captured : CO2 captured per kt of CO2 [kt/kt] by process and pathway.
    """
    later = POSTPONED if POSTPONED in detail.families else STANDSTILL
    table = shares
    for project, effects in detail.measures.effects.groupby("project_id", sort=True):
        touched = set(zip(effects["site_id"], effects["process"], effects["pathway"], strict=True))
        ahead = project in detail.measures.ahead and not effects["from_year"].iloc[0] > year
        cap_kt_per_a = float(effects["cap_kt_per_a"].iloc[0])
        if ahead and not cap_kt_per_a > 0.0:
            continue
        target = _share_of_cap(groups, touched, captured, cap_kt_per_a) if ahead else 0.0
        table = _move(table, touched, target, later)
        yield str(project), table


def find_tied(sites: pd.DataFrame, measures: Measures, places: Collection[str]) -> set[str]:
    """Return the sites that share a project's cap with some places, so that their shares may change together."""
    host = sites["process_gas_of"].fillna("")
    owner_of = dict(zip(sites["site_id"], host.where(host != "", sites["site_id"]), strict=True))
    capped = measures.effects[measures.effects["cap_kt_per_a"].notna()]
    together = [set(mine) for _, mine in capped.groupby("project_id")["site_id"]]
    tied = {owner_of[place] for place in places if place in owner_of}
    while more := [touched for touched in together if touched & tied and touched - tied]:
        tied.update(*more)
    captured = tied & set[str]().union(*together)
    return {place for place, owner in owner_of.items() if owner in captured}


def _share_of_cap(
    groups: pd.DataFrame, touched: set[tuple[str, str, str]], captured: Mapping[tuple[str, str], float], cap: float
) -> float:
    """Return the share [-] of the touched processes' CO2 that a project captures until it reaches its cap."""
    whole = 0.0
    for site, process, pathway in sorted(touched):
        mine = groups[(groups["owner"] == site) & (groups["process"] == process)]
        whole += float((mine["fossil"] + mine["biogenic"]).sum()) * captured.get((process, pathway), 0.0)
    return min(1.0, cap / whole) if whole > 0.0 else 0.0


def _move(table: pd.DataFrame, touched: set[tuple[str, str, str]], target: float, later: str) -> pd.DataFrame:
    """Raise the touched shares to ``target``; where that is 0, move them to the pathway ``later``."""
    parts = {(site, process) for site, process, _ in touched}
    hit = np.array([part in parts for part in zip(table["owner"], table["process"], strict=True)], dtype=bool)
    rows = []
    for (place, owner, process), mine in table[hit].groupby(["place_id", "owner", "process"], sort=False):
        ways = dict(zip(mine["pathway"], mine["share"], strict=True))
        for pathway in sorted(pathway for site, part, pathway in touched if (site, part) == (owner, process)):
            old = ways.get(pathway, 0.0)
            if target > old:
                rest = (1.0 - target) / (1.0 - old)
                ways.update({way: share * rest for way, share in ways.items() if way != pathway})
                ways[pathway] = target
            elif target == 0.0 and old > 0.0:
                ways[later] = ways.get(later, 0.0) + ways.pop(pathway)
        rows += [(place, owner, process, pathway, share) for pathway, share in ways.items() if share > 0.0]
    moved = pd.DataFrame(rows, columns=["place_id", "owner", "process", "pathway", "share"]).astype({"share": float})
    return pd.concat([table.loc[~hit, list(moved.columns)], moved], ignore_index=True) if rows else table
