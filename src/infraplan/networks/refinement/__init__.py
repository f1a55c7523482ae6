"""From the segments that were chosen to the lines that will be drawn: better than any candidate graph.

The design decides who is joined to what through which junctions; the candidate graph only offered some places
for these. Here every junction moves to the cell where its pipes together cost least, and every stretch between
two of them takes the cheapest ground. Who is joined, all flows and all pipe sizes stay as they are, and nothing
gets dearer: a move is made only where the price list says that it saves.
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

    networks : as they were designed, with other edges, lengths and costs.
    routes : the graph of the drawn segments, whose edge numbers the networks use.
    saved_eur_per_a : how much cheaper the networks became [EUR/a].
    moved : how many junctions moved.
    memory : where they ended, to start from after a small change.
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
    networks : per carrier, as designed on ``candidates``.
    problems : what each network serves. Segments that must be laid stay where they are; where one names segments
        that lie there, all do.
    surface : cost surface that the candidates were built on.
    crossings : lines with ``cost_eur`` [EUR] of one crossing at the reference pipe.
    limits : how far to look and when to stop.
    start : memory of an earlier refinement on the same candidates: on the same ground what did
        not change since is not tried again.
    should_stop : asked between moves; True ends the search with the best lines so far.

    Source: the junction of three lines is the Fermat point of their ends, weighted by cost per metre (A. Weber,
    1909); its raster form spreads from each end and adds the fields up.
    """
    if any(problem.existing for problem in problems.values()):
        return Refined(networks, candidates, 0.0, 0, Memory())
    done = _refine(networks, candidates, problems, surface, crossings, limits, start, should_stop)
    if done.saved_eur_per_a < 0.0 and start is not None:
        # what was remembered fits the changed networks badly: begin afresh, which never makes anything dearer
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
    # the same pipes added up in another order differ by a rounding, which is no loss
    saved = before - after if mover.changed or start is not None else 0.0
    return Refined(done, routes, saved, len(mover.moved), layout.remember())
