"""Positions: places that lie where they can be, and remarks on those that are far off."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from infraplan.core import M_PER_KM, PCT, Problem
from infraplan.study import layers
from infraplan.study.plausible import limit_of
from infraplan.study.settings import SETTINGS_FILE, Settings

_PLACED = ("sites", "hubs", "clusters", "heat_areas", "substations")


def check_positions(frames: Mapping[str, pd.DataFrame], settings: Settings) -> list[Problem]:
    """Return a problem for each place at 0, 0, and for a study with no site or no hub inside its extent."""
    west, south, east, north = settings.extent
    problems = []
    for table in _PLACED:
        if table not in frames:
            continue
        frame = frames[table]
        nowhere = (frame["lon"] == 0.0) & (frame["lat"] == 0.0)
        problems += [
            Problem("place.at_zero", {}, f"{table}.csv", int(row), "lon, lat", "0, 0") for row in frame.index[nowhere]
        ]
        inside = frame["lon"].between(west, east) & frame["lat"].between(south, north)
        if table in ("sites", "hubs") and len(frame) and not inside.any():
            problems.append(Problem("place.none_inside", {"extent": str(list(settings.extent))}, f"{table}.csv"))
    return problems


def remark_positions(frames: Mapping[str, pd.DataFrame], settings: Settings) -> list[Problem]:
    """Return a remark for each site far from its cluster, and for a CRS that is a little off."""
    remarks = []
    limit, error = limit_of("settings", "scale_error"), layers.scale_error(settings.extent, settings.crs)
    if limit.is_odd(error):
        remarks.append(Problem("crs.odd_scale", {"error_pct": PCT * error}, SETTINGS_FILE, None, "crs", settings.crs))
    sites, clusters = frames["sites"], frames["clusters"].set_index("cluster_id")
    known = sites[sites["cluster"].isin(clusters.index)]
    theirs = clusters.loc[known["cluster"]]
    apart_m = np.hypot(
        known.geometry.x.to_numpy() - theirs.geometry.x.to_numpy(),
        known.geometry.y.to_numpy() - theirs.geometry.y.to_numpy(),
    )
    radii = apart_m / (theirs["radius_km"].to_numpy(dtype=float) * M_PER_KM)
    far = limit_of("sites", "radii_from_cluster")
    for row, away, radius in zip(known.index, apart_m, radii, strict=True):
        if far.is_odd(float(radius)):
            values = {"apart_km": away / M_PER_KM, "cluster": known["cluster"][row]}
            remarks.append(
                Problem("site.far_from_cluster", values, "sites.csv", int(row), "cluster", str(known["site_id"][row]))
            )
    return remarks
