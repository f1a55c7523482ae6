"""Confidence in a corridor's figures, and the share of its pipes in use."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from infraplan.core import PipePrice
from infraplan.networks import Corridors


def rate_confidence(flows: pd.DataFrame, *, need: pd.Series[float], maturity: pd.Series[float]) -> pd.Series[float]:
    """Return the confidence in each corridor, 0..1: the mean over its flows, weighted by the tonnes they avoid.

    The confidence of a flow = low need / most likely need of its place x mean maturity of the projects at its two ends.

    Parameters
    ----------
    flows
        Table of ``list_flows``.
    need
        Low over most likely amount [-] by carrier and place_id.
    maturity
        Chance [-] that a project is built, by carrier and id of a place or hub.
    """
    user = pd.MultiIndex.from_frame(flows[["carrier", "place_id"]])
    hub = pd.MultiIndex.from_arrays([flows["carrier"], flows["hub_id"]], names=user.names)
    ends = (_look(maturity, user) + _look(maturity, hub)) / 2.0
    tonnes = flows["avoided_kt_per_a"].abs().clip(lower=1e-9)
    table = pd.DataFrame(
        {
            "corridor_id": [sorted(set(way)) for way in flows["way"]],
            "tonnes": tonnes,
            "sure": tonnes * _look(need, user) * ends,
        }
    )
    sums = table.explode("corridor_id").dropna().groupby("corridor_id")[["sure", "tonnes"]].sum()
    return (sums["sure"] / sums["tonnes"]).astype(float)


def _look(values: pd.Series[float], keys: pd.MultiIndex) -> np.ndarray:
    return values.reindex(keys).to_numpy(dtype=float)


def rate_use(corridors: Corridors, prices: Mapping[str, PipePrice]) -> pd.Series[float]:
    """Return the share of each strip in use, 0..1: flow over capacity of its new pipes, weighted by their length.

    NaN for a corridor with only existing pipes.
    """
    segments = corridors.segments[corridors.segments["pipes"] > 0]
    full = np.zeros(len(segments))
    for carrier, price in prices.items():
        mine = (segments["carrier"] == carrier).to_numpy()
        size = np.searchsorted(price.dn_mm, segments.loc[mine, "dn_mm"].to_numpy(dtype=float) - 1e-9)
        full[mine] = price.capacity_per_a[size] * segments.loc[mine, "pipes"].to_numpy(dtype=float)
    metres = segments["length_m"].to_numpy(dtype=float)
    used = pd.Series(segments["flow"].to_numpy(dtype=float) / full * metres, index=segments["corridor_id"])
    total = pd.Series(metres, index=segments["corridor_id"])
    return (used.groupby(level=0).sum() / total.groupby(level=0).sum()).astype(float)
