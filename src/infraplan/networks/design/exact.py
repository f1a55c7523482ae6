"""The cheapest shared network of one carrier, with a proof.

``design_exactly`` solves the problem of ``design`` by mixed-integer programming. It can start from the heuristic's
network, can be stopped at any time, and reports how far from the cheapest its answer can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from infraplan.core import EUR_PER_MEUR, CandidateGraph, FloatArray, Network, NetworkProblem, Proof
from infraplan.networks.design.audits import audit
from infraplan.networks.design.conversion import Conversion
from infraplan.networks.design.designer import Designer
from infraplan.networks.design.solver import solve


@dataclass(frozen=True)
class ExactDesign:
    """A network, a lower bound on the cost of any network [EUR/a], and the gap between them as a share of its cost."""

    network: Network
    bound_eur_per_a: float
    gap: float


def design_exactly(
    candidates: CandidateGraph,
    problem: NetworkProblem,
    *,
    strip_factor: FloatArray | None = None,
    start: Network | None = None,
    gap: float = 0.005,
    time_limit_s: float = 60.0,
    should_stop: Callable[[], bool] | None = None,
    report_progress: Callable[[float, float], None] | None = None,
) -> ExactDesign:
    """Design the cheapest network of one carrier and prove how close to the cheapest it is.

    Parameters
    ----------
    problem
        The problem of ``design``. A client may join in part, and at more than one hub.
    strip_factor
        Ground factor of each edge [-]: 1 on fresh ground, less where another carrier opened the strip.
    start
        Network to start from, best that of ``design``. If it fits the problem, the answer is never dearer.
    gap
        Stop when the network is proven to be within this share of the cheapest [-].
    time_limit_s
        Stop after this time [s].
    should_stop
        Called all the time; True ends the search with the best network so far.
    report_progress
        Called with the cost of the best network and the bound [EUR/a] whenever one of them changes.

    Raises
    ------
    DesignError
        If an amount, worth, capacity or cost makes no sense, or an edge is both forced and forbidden.
    """
    designer = Designer(candidates, problem)
    factor = np.ones(len(candidates.edges.length_m)) if strip_factor is None else strip_factor
    if designer.solution is None:
        network = designer.close(factor)
        audit(network, candidates, problem, strip_factor=factor)
        return ExactDesign(network, network.objective_eur_per_a, 0.0)
    designer.solution.reprice(factor)
    work = Conversion(
        candidates,
        problem,
        solution=designer.solution,
        reach=designer.reach,
        taps=designer.taps,
        terms=designer.terms,
    )
    answer = solve(
        work.fixed_charge,
        start=work.read(start),
        gap=gap,
        time_limit_s=time_limit_s,
        should_stop=should_stop,
        report_progress=None
        if report_progress is None
        else lambda cost, bound: report_progress(cost * EUR_PER_MEUR, bound * EUR_PER_MEUR),
    )
    network = work.write(answer.flow)
    audit(network, candidates, problem, strip_factor=factor)
    cost, bound = network.objective_eur_per_a, answer.bound * EUR_PER_MEUR
    return ExactDesign(network, bound, Proof(cost, bound).gap)
