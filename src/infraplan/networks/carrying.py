"""Networks of an earlier plan on new candidates, as a start for the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from infraplan.core import CandidateGraph, Network
from infraplan.routes import candidates


def carry_networks(networks: Mapping[str, Network], old: CandidateGraph, new: CandidateGraph) -> Mapping[str, Network]:
    """Return networks on new candidates: of their joins, those whose edges are still there.

    Parameters
    ----------
    networks : the network of each carrier on the ``old`` candidates.
    """
    if candidates.are_same(old, new):
        return networks
    joins = pd.concat([network.joins.assign(carrier=carrier) for carrier, network in networks.items()])
    edges = list(candidates.carry(list(zip(joins["place_id"], joins["edges"], strict=True)), old, new))
    carried = joins.assign(edges=pd.Series(edges, index=joins.index, dtype=object))
    carried = carried[[path is not None for path in edges]]
    kept = {
        carrier: carried[carried["carrier"] == carrier].drop(columns="carrier").reset_index(drop=True)
        for carrier in networks
    }
    return {carrier: replace(network, joins=kept[carrier]) for carrier, network in networks.items()}
