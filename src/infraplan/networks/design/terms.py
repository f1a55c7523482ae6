"""What a question says about single segments: pipes that lie there, pipes that must be, ground that is shut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infraplan.core import DesignError, FloatArray, IntArray, NetworkProblem, Problem
from infraplan.networks.design import books


@dataclass(frozen=True)
class Terms:
    """The terms of a question, by edge number.

    free : capacity [kt/a or GWh/a] of the pipe that lies there (0: none that may be used). reuse_eur : its
    yearly cost in use [EUR/a]. laid : a new pipe must be laid, even without flow. forbidden : no pipe may be used.
    """

    free: FloatArray
    reuse_eur: FloatArray
    laid: npt.NDArray[np.bool_]
    forbidden: npt.NDArray[np.bool_]

    @property
    def any_pipe(self) -> bool:
        """Say whether a pipe lies or must be laid anywhere."""
        return bool((self.free > 0.0).any() or self.laid.any())

    @property
    def pipes(self) -> IntArray:
        """Edges where a pipe lies that may be used, then those where one must be laid."""
        return np.concatenate([np.flatnonzero(self.free > 0.0), np.flatnonzero(self.laid)])

    @property
    def given(self) -> FloatArray:
        """The terms as the kernels of ``routing.books`` want them."""
        given = np.empty((len(self.free), books.TERMS))
        given[:, books.FREE] = np.where(self.forbidden, -1.0, self.free)
        given[:, books.REUSE], given[:, books.LAID] = self.reuse_eur, self.laid
        return given

    def reused(self, flow: FloatArray, edges: IntArray | slice = slice(None)) -> npt.NDArray[np.bool_]:
        """Say on which of ``edges`` the flow fits in the pipe that lies there."""
        return np.asarray((flow > 0.0) & (flow <= self.free[edges] * (1.0 + books.ROUNDING)), dtype=bool)


def read(question: NetworkProblem, count: int) -> Terms | None:
    """Return the terms of a question on a graph of ``count`` edges; None where it has none.

    Raises
    ------
    DesignError
        If an edge does not exist, is both forced and forbidden, or a capacity or cost makes no sense.
    """
    _refuse_nonsense(question, count)
    if not (question.existing or question.forced or question.forbidden):
        return None
    free, reuse_eur = np.zeros(count), np.zeros(count)
    free[list(question.existing)] = list(question.existing.values())
    reuse_eur[list(question.reuse_eur_per_a)] = list(question.reuse_eur_per_a.values())
    edges = np.arange(count)
    forbidden = np.isin(edges, list(question.forbidden))
    laid = np.isin(edges, list(question.forced)) & (free == 0.0)
    return Terms(np.where(forbidden, 0.0, free), reuse_eur, laid, forbidden)


def _refuse_nonsense(question: NetworkProblem, count: int) -> None:
    named = {
        "existing": question.existing, "reuse_eur_per_a": question.reuse_eur_per_a,
        "forced": question.forced, "forbidden": question.forbidden,
    }  # fmt: skip
    problems = [
        Problem("network.unknown_edge", {"name": name, "edge": edge, "last": count - 1})
        for name, edges in named.items()
        for edge in sorted(edges)
        if not 0 <= edge < count
    ]
    problems += [
        Problem("network.not_an_edge_amount", {"name": name, "edge": edge}, value=f"{value:g}")
        for name, values in (("existing", question.existing), ("reuse_eur_per_a", question.reuse_eur_per_a))
        for edge, value in sorted(values.items())
        if not value >= 0.0
    ]
    problems += [
        Problem("network.reuse_of_nothing", {"edge": edge})
        for edge in sorted(set(question.reuse_eur_per_a) - set(question.existing))
    ]
    problems += [
        Problem("network.forced_and_forbidden", {"edge": edge})
        for edge in sorted(set(question.forced) & set(question.forbidden))
    ]
    if problems:
        raise DesignError(problems)
