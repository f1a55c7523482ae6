"""The cheapest shared network of one carrier.

``design`` decides who joins, along which segments, to which hub, in which pipes. A thicker pipe is cheaper per unit
of flow, so clients gain by sharing trunks. A client joins only if its worth covers the pipe and the hub capacity
it adds; those left out are listed with the worth at which they would join. ``audit`` checks a network independently.
``design_exactly`` improves a design with a solver and proves how far from the best it can be. ``steiner_tree`` is the
plain tree problem.
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
    candidates
        Graph of candidate segments.
    problem
        Clients, hubs, price list and reach; existing pipes, and edges that are forced or forbidden.
    strip_factor
        Ground factor of each edge [-]: 1 on fresh ground, less where another carrier opened the strip.
    start
        Network to start from: the same carrier before a small change. Default: start from scratch.
    should_stop
        Called between moves; True ends the search with the best network so far.
    progress
        Called with the share of the search done, 0..1; the search may end before 1.

    Raises
    ------
    DesignError
        If an amount, worth, capacity or cost makes no sense, or an edge is both forced and forbidden.

    Notes
    -----
    Local moves for concave pipe cost: Yeates et al. (2021) and Heijnen et al. (2019).
    """
    designer = Designer(candidates, problem, start=start)
    ground = np.ones(len(candidates.edges.length_m)) if strip_factor is None else strip_factor
    designer.improve(ground, should_stop=should_stop, progress=progress)
    network = designer.close(ground)
    audit(network, candidates, problem, strip_factor=ground)
    return network
