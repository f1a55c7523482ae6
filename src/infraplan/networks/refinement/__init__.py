"""Refinement: move the junctions of designed networks, and lay their segments anew, to lower cost.

The design decides who is joined, and through which junctions. The candidate graph offers only some places for these
junctions. Here each junction moves to the cell where its pipes together cost least, and each stretch between two
junctions takes the cheapest ground. Joins, flows and pipe sizes do not change. A move is made only if the price list
says that it saves, so no network becomes dearer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import geopandas as gpd

from infraplan.core import CandidateGraph, CostSurface, Network, NetworkProblem
from infraplan.networks.design import audit
from infraplan.networks.refinement.layout import Memory, read_layout
from infraplan.networks.refinement.limits import Limits, limits_of
from infraplan.networks.refinement.moving import Mover
from infraplan.networks.refinement.result import pin, rewrite_network, strip_factors, to_candidates

__all__ = ["Limits", "Memory", "Refined", "limits_of", "refine"]


@dataclass(frozen=True)
class Refined:
    """Networks on the lines that will be drawn.

    Attributes
    ----------
    networks
        The designed networks, with other edges, lengths and costs.
    routes
        Graph of the drawn segments; the networks use its edge numbers.
    saved_eur_per_a
        Saving by refinement [EUR/a].
    moved
        Number of junctions that moved.
    memory
        Where stretches and junctions ended: the start after a small change.
    """

    networks: Mapping[str, Network]
    routes: CandidateGraph
    saved_eur_per_a: float
    moved: int
    memory: Memory = field(repr=False)


def refine(
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    problems: Mapping[str, NetworkProblem],
    *,
    surface: CostSurface,
    crossings: gpd.GeoDataFrame,
    limits: Limits,
    start: Memory | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Refined:
    """Move junctions and lay stretches anew until nothing saves any more.

    Parameters
    ----------
    networks
        Network of each carrier, as designed on ``candidates``.
    problems
        What each network serves. Segments that must be laid do not move. A problem with existing pipes keeps all
        segments where they are.
    surface
        Cost surface from which the candidates were made.
    crossings
        Lines with ``cost_eur`` [EUR]: one crossing by the reference pipe.
    limits
        How far to look and when to stop.
    start
        Memory of an earlier refinement on the same candidates. On the same ground, unchanged parts are not tried again.
    should_stop
        Called between moves; True ends the search with the best lines so far.

    Notes
    -----
    The junction of three lines is the Fermat point of their ends, weighted by cost per metre (A. Weber, 1909). On a
    raster it is the minimum of the sum of the cost distances from each end.
    """
    if any(problem.existing for problem in problems.values()):
        return Refined(networks, candidates, 0.0, 0, Memory())
    done = _refine(networks, candidates, problems, surface, crossings, limits, start, should_stop)
    if done.saved_eur_per_a < 0.0 and start is not None:
        # the memory fits the changed networks badly: begin afresh, which never costs more
        done = _refine(networks, candidates, problems, surface, crossings, limits, None, should_stop)
    return done


def _refine(
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    problems: Mapping[str, NetworkProblem],
    surface: CostSurface,
    crossings: gpd.GeoDataFrame,
    limits: Limits,
    start: Memory | None,
    should_stop: Callable[[], bool] | None,
) -> Refined:
    prices = {carrier: problem.price for carrier, problem in problems.items()}
    pinned = frozenset[int]().union(*(problem.forced for problem in problems.values()))
    layout = read_layout(networks, candidates, prices, start, pinned=pinned)
    mover = Mover(layout, surface, crossings, limits)
    mover.repair()
    fresh = layout.fresh_nodes()
    for _ in range(limits.rounds):
        fresh = mover.move_junctions(fresh, should_stop)
        if not fresh:
            break
    mover.straighten(should_stop)
    routes, pieces = to_candidates(layout, candidates, surface, crossings, limits.longest_segment_m)
    moved = {carrier: pin(problem, layout, pieces) for carrier, problem in problems.items()}
    done = {
        carrier: rewrite_network(network, layout, pieces, candidates=candidates, routes=routes, problem=moved[carrier])
        for carrier, network in networks.items()
    }
    for carrier, network in done.items():
        audit(network, routes, moved[carrier], strip_factor=strip_factors(layout, pieces, carrier))
    before = sum(network.objective_eur_per_a for network in networks.values())
    after = sum(network.objective_eur_per_a for network in done.values())
    # the same pipes summed in another order differ by rounding, which is no loss
    saved = before - after if mover.changed or start is not None else 0.0
    return Refined(done, routes, saved, len(mover.moved), layout.remember())
