"""Terms of single segments: existing pipes, forced pipes and forbidden ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infraplan.core import DesignError, FloatArray, IntArray, NetworkProblem, Problem
from infraplan.networks.design.kernel_state import FREE, LAID, REUSE, ROUNDING, TERM_COLUMNS


@dataclass(frozen=True)
class Terms:
    """The terms of a problem, by edge number.

    Attributes
    ----------
    free
        Capacity [kt/a or GWh/a] of the existing pipe (0: none that may be used).
    reuse_eur
        Yearly cost of using it [EUR/a].
    laid
        A new pipe must be laid, even without flow.
    forbidden
        No pipe may be used.
    """

    free: FloatArray
    reuse_eur: FloatArray
    laid: npt.NDArray[np.bool_]
    forbidden: npt.NDArray[np.bool_]

    @property
    def any_pipe(self) -> bool:
        """Return whether a pipe exists or must be laid anywhere."""
        return bool((self.free > 0.0).any() or self.laid.any())

    @property
    def pipes(self) -> IntArray:
        """Return the edges with an existing pipe that may be used, then those where one must be laid."""
        return np.concatenate([np.flatnonzero(self.free > 0.0), np.flatnonzero(self.laid)])

    @property
    def table(self) -> FloatArray:
        """Return the terms as the kernels take them (``kernel_state.Prices``)."""
        table = np.empty((len(self.free), TERM_COLUMNS))
        table[:, FREE] = np.where(self.forbidden, -1.0, self.free)
        table[:, REUSE], table[:, LAID] = self.reuse_eur, self.laid
        return table

    def reused(self, flow: FloatArray, edges: IntArray | slice = slice(None)) -> npt.NDArray[np.bool_]:
        """Return on which of ``edges`` the flow fits in the existing pipe."""
        return np.asarray((flow > 0.0) & (flow <= self.free[edges] * (1.0 + ROUNDING)), dtype=bool)


def read(problem: NetworkProblem, count: int) -> Terms | None:
    """Return the terms of a problem on a graph of ``count`` edges; None where it has none.

    Raises
    ------
    DesignError
        If an edge does not exist, is both forced and forbidden, or a capacity or cost makes no sense.
    """
    _refuse_nonsense(problem, count)
    if not (problem.existing or problem.forced or problem.forbidden):
        return None
    free, reuse_eur = np.zeros(count), np.zeros(count)
    free[list(problem.existing)] = list(problem.existing.values())
    reuse_eur[list(problem.reuse_eur_per_a)] = list(problem.reuse_eur_per_a.values())
    edges = np.arange(count)
    forbidden = np.isin(edges, list(problem.forbidden))
    laid = np.isin(edges, list(problem.forced)) & (free == 0.0)
    return Terms(np.where(forbidden, 0.0, free), reuse_eur, laid, forbidden)


def _refuse_nonsense(problem: NetworkProblem, count: int) -> None:
    named = {
        "existing": problem.existing, "reuse_eur_per_a": problem.reuse_eur_per_a,
        "forced": problem.forced, "forbidden": problem.forbidden,
    }  # fmt: skip
    problems = [
        Problem("network.unknown_edge", {"name": name, "edge": edge, "last": count - 1})
        for name, edges in named.items()
        for edge in sorted(edges)
        if not 0 <= edge < count
    ]
    problems += [
        Problem("network.not_an_edge_amount", {"name": name, "edge": edge}, value=f"{value:g}")
        for name, values in (("existing", problem.existing), ("reuse_eur_per_a", problem.reuse_eur_per_a))
        for edge, value in sorted(values.items())
        if not value >= 0.0
    ]
    problems += [
        Problem("network.reuse_of_nothing", {"edge": edge})
        for edge in sorted(set(problem.reuse_eur_per_a) - set(problem.existing))
    ]
    problems += [
        Problem("network.forced_and_forbidden", {"edge": edge})
        for edge in sorted(set(problem.forced) & set(problem.forbidden))
    ]
    if problems:
        raise DesignError(problems)
