"""The source groups of a site: which processes its CO2 comes from, and how much they make."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import pandas as pd

from infraplan.core import Problem
from infraplan.demand.needs.ranges import look_up
from infraplan.study import Assumptions

PUBLIC, FROM_CO2, CO2 = "public", "from_co2", "co2"
"""Where the activity of a process comes from: published tonnes, tonnes out of its CO2, or the CO2 itself."""
_INTENSITY, _BIOGENIC_INTENSITY = "co2_t_per_t_product", "biogenic_t_per_t_product"
_SHARE_TOLERANCE = 1e-6


def check_processes(processes: pd.DataFrame, sites: pd.DataFrame, sectors: Collection[str]) -> list[Problem]:
    """Return what is wrong with the split of sites and sectors; rows as in ``tables.read``.

    Every owner is a site or a sector, every process has assumptions, and the shares of an owner add to 1.
    """
    file = "processes.csv"
    owners, problems = {*sites["site_id"], *sectors}, []
    for row, owner, process in zip(processes.index, processes["owner"], processes["process"], strict=True):
        if owner not in owners:
            problems.append(Problem("process.unknown_owner", file=file, row=int(str(row)), column="owner", value=owner))
        if process not in sectors:
            problems.append(
                Problem("process.unknown", {"known": tuple(sectors)}, file, int(str(row)), "process", process)
            )
    for row in processes.index[processes.duplicated(["owner", "process"])]:
        problems.append(
            Problem(
                "process.twice",
                {"owner": processes["owner"][row]},
                file,
                int(str(row)),
                "process",
                str(processes["process"][row]),
            )
        )
    filled = processes.assign(biogenic_share=processes["biogenic_share"].fillna(processes["share"]))
    for column in ("share", "biogenic_share"):
        sums = filled.groupby("owner", sort=True)[column].agg(math.fsum)
        problems += [
            Problem("process.wrong_sum", {"owner": owner, "total": total}, file=file, column=column, value=f"{total:g}")
            for owner, total in sums[(sums - 1.0).abs() > _SHARE_TOLERANCE].items()
        ]
    return problems


def fill_co2(sites: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Return the sites with CO2 [kt/a] for those that publish tonnes of product but no CO2.

    Source: CO2 = product x CO2 per product of its process; fossil and biogenic apart.
    """
    if "activity_of" not in sites:
        return sites
    public = sites["co2_kt_per_a"].isna() & sites["activity_kt_per_a"].notna() & (sites["activity_of"] != "")
    fossil, biogenic = sites["co2_kt_per_a"].copy(), sites["co2_biogenic_kt_per_a"].copy()
    for row in sites.index[public]:
        process, made = str(sites["activity_of"][row]), float(sites["activity_kt_per_a"][row])
        if assumptions.has(process, _INTENSITY):
            fossil[row] = made * assumptions.value(process, _INTENSITY, "t_per_t")
            if assumptions.has(process, _BIOGENIC_INTENSITY):
                biogenic[row] = made * assumptions.value(process, _BIOGENIC_INTENSITY, "t_per_t")
    return sites.assign(co2_kt_per_a=fossil, co2_biogenic_kt_per_a=biogenic)


def split(emitters: pd.DataFrame, processes: pd.DataFrame, assumptions: Assumptions) -> pd.DataFrame:
    """Split every emitter over its processes: by its own rows, else by those of its sector, else as one process.

    Parameters
    ----------
    emitters : place_id, owner (the site whose rows count), sector, fossil, biogenic [kt/a], made [kt/a],
        made_in (the process that ``made`` counts, "" where none).

    Returns
    -------
    One row per place and process, with fossil, biogenic, baseline [kt/a] (the place's), base [kt/a] (the CO2
    that stands for the product), activity_kt_per_a and activity_basis, and the share of the place's CO2 that is
    the process's (process_share, biogenic_share) with the owner of the rows that say so (split_of).
    """
    own = set(processes["owner"])
    key = emitters["owner"].where(emitters["owner"].isin(own), emitters["sector"])
    plain = pd.DataFrame({"owner": sorted(set(key) - own), "share": 1.0, "biogenic_share": 1.0})
    plain["process"] = plain["owner"].astype(object)
    columns = ["owner", "process", "share", "biogenic_share"]
    parts = pd.concat([processes[columns], plain[columns]], ignore_index=True).rename(columns={"owner": "key"})
    parts = parts.astype({"share": float, "biogenic_share": float})  # an empty table has no types
    table = emitters.assign(key=key.astype(object), baseline=emitters["fossil"]).merge(parts, on="key")
    table["biogenic_share"] = table["biogenic_share"].fillna(table["share"])
    table["fossil"] *= table["share"]
    table["biogenic"] *= table["biogenic_share"]
    per_t = _intensities(table["process"], assumptions)
    public = (table["process"] == table["made_in"]) & table["made"].notna() & per_t.notna()
    table["base"] = np.where(public, table["made"] * per_t, table["fossil"])
    table["activity_kt_per_a"] = np.where(public, table["made"], table["fossil"] / per_t)
    table["activity_basis"] = np.where(public, PUBLIC, np.where(per_t.notna(), FROM_CO2, CO2))
    kept = (table["fossil"] > 0.0) | (table["biogenic"] > 0.0)
    return (
        table.loc[kept].drop(columns=["made", "made_in"]).rename(columns={"key": "split_of", "share": "process_share"})
    )


def _intensities(process: pd.Series[str], assumptions: Assumptions) -> pd.Series[float]:
    """CO2 per product [t/t] of every process; NaN where it has no single product."""
    known = {
        name: look_up(assumptions, str(name), parameter=_INTENSITY, unit="t_per_t").value
        for name in process.unique()
        if assumptions.has(str(name), _INTENSITY)
    }
    return process.map(known).astype(float)
