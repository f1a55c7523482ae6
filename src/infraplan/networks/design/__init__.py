"""The cheapest shared network of one carrier.

``design`` decides who joins, along which segments, to which hub, in which pipes. The price of capacity
is concave (a thicker pipe is cheaper per unit), so it pays to share trunks. A client joins only where
what it is worth covers the pipe and the hub it adds; the ones left out are listed with the worth at
which they would join. ``audit`` checks the books of any network independently. ``design_exactly`` goes on from a
design with a solver and proves how far from the best it can be; ``steiner_tree`` is the plain tree problem.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from infraplan.core import CandidateGraph, FloatArray, Network, NetworkProblem
from infraplan.networks.design.audits import audit
from infraplan.networks.design.designer import Designer
from infraplan.networks.design.exact import ExactDesign, design_exactly
from infraplan.networks.design.path_flows import PathFlow
from infraplan.networks.design.report import list_segments, no_segments
from infraplan.networks.design.terms import read as read_terms
from infraplan.routes import SteinerTree, steiner_tree

__all__ = [
    "Designer",
    "ExactDesign",
    "PathFlow",
    "SteinerTree",
    "audit",
    "design",
    "design_exactly",
    "list_segments",
    "no_segments",
    "read_terms",
    "steiner_tree",
]


def design(
    candidates: CandidateGraph,
    problem: NetworkProblem,
    *,
    strip_factor: FloatArray | None = None,
    start: Network | None = None,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Network:
    """Design the cheapest network of one carrier that joins clients to hubs where it pays.

    Parameters
    ----------
    candidates : the graph of possible segments.
    problem : clients, hubs, price list and reach; pipes that lie there, that must be laid, and ground that is shut.
    strip_factor : per edge, 1 on fresh ground, less where another carrier opened the strip.
    start : a network to start from (the same carrier before a small change); else from scratch.
    should_stop : asked between moves; True ends the search with the best network so far.
    progress : told how far the search is, 0..1; it may end before it gets to 1.

    Raises
    ------
    DesignError
        If an amount, worth, capacity or cost makes no sense, or an edge is both forced and forbidden.

    Source: local moves for concave pipe cost after Yeates et al. (2021) and Heijnen et al. (2019).
    """
    designer = Designer(candidates, problem, start=start)
    ground = np.ones(len(candidates.edges.length_m)) if strip_factor is None else strip_factor
    designer.improve(ground, should_stop=should_stop, progress=progress)
    network = designer.close(ground)
    audit(network, candidates, problem, strip_factor=ground)
    return network
