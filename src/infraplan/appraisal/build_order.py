"""Build order: which corridor to build first, so that most CO2 comes down earliest for the money.

A flow avoids CO2 only when every corridor on its way is built. The best order has the least waiting: the sum over
flows of the tonnes avoided times the money spent until the flow runs. This is scheduling on one machine with
precedence, 1|prec|sum w C, with money in the place of time.

On trees the order found is optimal (Horn 1972). Elsewhere, sets of up to ``MOST_EXACT`` entangled corridors are solved
exactly and larger ones by local search, with the proven distance to the best order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix

from infraplan.core import DesignError, Problem

MOST_EXACT = 12
"""Most corridors ordered by trying every subset; each extra one doubles the work."""
_TOLERANCE = 1e-9
COLUMNS = (
    "build_step",
    "corridor_id",
    "capex_meur",
    "co2_avoided_step_kt_per_a",
    "capex_cumulative_meur",
    "co2_avoided_cumulative_kt_per_a",
)


@dataclass(frozen=True)
class CorridorFlow:
    """Corridors that must all be built before ``avoided_kt_per_a`` [kt/a] is avoided."""

    needs: frozenset[str]
    avoided_kt_per_a: float


@dataclass(frozen=True)
class BuildOrder:
    """Corridors in the order to build them, and how good that order is proven to be.

    Attributes
    ----------
    steps
        build_step, corridor_id, capex_meur, co2_avoided_step_kt_per_a (of flows that can run once it is built), and
        the cumulative sums of both.
    waiting
        Sum over flows of tonnes avoided times money spent until they run [kt/a x MEUR]; less is better.
    lowest_waiting
        Lower bound on the waiting of any order [kt/a x MEUR].
    """

    steps: pd.DataFrame
    waiting: float
    lowest_waiting: float

    @property
    def proven(self) -> bool:
        """Return whether no better order exists."""
        return self.waiting <= self.lowest_waiting * (1.0 + 1e-6)

    @property
    def gap(self) -> float:
        """Return how much the waiting exceeds its lower bound, as a share of that bound [-]."""
        return self.waiting / self.lowest_waiting - 1.0 if self.lowest_waiting > 0.0 else 0.0


def order(
    capex_meur: Mapping[str, float],
    flows: Iterable[CorridorFlow],
    *,
    depends_on: Mapping[str, Collection[str]] | None = None,
) -> BuildOrder:
    """Order corridors so that CO2 comes down earliest for the money.

    Parameters
    ----------
    capex_meur
        Investment [MEUR] of each corridor, 0 or more.
    flows
        Corridors and tonnes of each flow. A flow with negative tonnes does not affect the order, but is counted.
    depends_on
        Corridors that must be built before each corridor; those that depend on each other are built together.

    Raises
    ------
    DesignError
        If an investment is negative or unknown, or a flow needs a corridor that is not in the list.

    Notes
    -----
    Sidney 1975 (Operations Research 23): the set of corridors with the most tonnes per euro, among sets that serve on
    their own, comes first in some best order. A corridor that every flow of a set needs comes first in that set. On
    trees these two rules fix the order, which is that of Horn 1972 (SIAM J. Appl. Math. 23). The bound of a set
    solved by local search: half its money times its tonnes (Goemans and Williamson 2000).

    >>> flows = [CorridorFlow(frozenset({"trunk", "branch"}), 900.0), CorridorFlow(frozenset({"heat"}), 5.0)]
    >>> found = order({"trunk": 10.0, "branch": 1.0, "heat": 1.0}, flows, depends_on={"branch": {"trunk"}})
    >>> list(found.steps["corridor_id"]), found.proven
    (['trunk', 'branch', 'heat'], True)
    """
    merged = _merge(capex_meur, flows)
    below = _close({name: set(names) & set(capex_meur) for name, names in (depends_on or {}).items()})
    pulling: dict[frozenset[str], float] = {}
    for needs, tonnes in merged.items():
        if tonnes > 0.0 and needs:
            # what depends on a corridor also needs all corridors that it depends on
            whole = needs.union(*(below.get(name, ()) for name in needs))
            pulling[whole] = pulling.get(whole, 0.0) + tonnes
    sequence, waiting, lowest = _solve(pulling, capex_meur)
    sequence += sorted(set(capex_meur) - set(sequence))
    first = {name: {d for d in names if name not in below.get(d, ())} for name, names in below.items()}
    sequence = _settle(sequence, pulling, first)
    return BuildOrder(_tabulate(sequence, merged, capex_meur), waiting, lowest)


def _merge(capex_meur: Mapping[str, float], flows: Iterable[CorridorFlow]) -> dict[frozenset[str], float]:
    """Check the input, and sum the flows that need the same corridors."""
    problems = [
        Problem("build_order.negative_investment", {"name": name}, value=f"{cost:g}")
        for name, cost in capex_meur.items()
        if not cost >= 0.0
    ]
    merged: dict[frozenset[str], float] = {}
    for flow in flows:
        lost = sorted(flow.needs - set(capex_meur))
        problems += [Problem("build_order.unknown_corridor", value=name) for name in lost]
        merged[flow.needs] = merged.get(flow.needs, 0.0) + flow.avoided_kt_per_a
    if problems:
        raise DesignError(problems)
    return dict(sorted(merged.items(), key=lambda item: sorted(item[0])))


def _solve(flows: Mapping[frozenset[str], float], cost: Mapping[str, float]) -> tuple[list[str], float, float]:
    """Return the order of all corridors the flows need, its waiting, and the least waiting possible."""
    left = dict(flows)
    sequence: list[str] = []
    waiting = lowest = spent = 0.0
    while left:
        first = _densest(left, cost)
        for part in _split([needs for needs in left if needs <= first]):
            inside = {needs: tonnes for needs, tonnes in left.items() if needs <= part}
            names, mine, least = _solve_part(part, inside, cost)
            tonnes = sum(inside.values())
            waiting, lowest = waiting + spent * tonnes + mine, lowest + spent * tonnes + least
            spent += sum(cost[name] for name in sorted(part))
            sequence += names
        left = _without(left, first)
    return sequence, waiting, lowest


def _without(flows: Mapping[frozenset[str], float], built: Collection[str]) -> dict[frozenset[str], float]:
    """Return what the flows still need once some corridors are built; leave out flows that need nothing more."""
    left: dict[frozenset[str], float] = {}
    for needs, tonnes in flows.items():
        rest = needs.difference(built)
        if rest:
            left[rest] = left.get(rest, 0.0) + tonnes
    return left


def _solve_part(
    part: frozenset[str], flows: Mapping[frozenset[str], float], cost: Mapping[str, float]
) -> tuple[list[str], float, float]:
    """Order a connected set of corridors."""
    tonnes = sum(flows.values())
    shared = frozenset.intersection(*flows)
    if shared:
        names, waiting, lowest = _solve(_without(flows, shared), cost)
        # nothing in this set runs before these are built
        head = tonnes * sum(cost[name] for name in sorted(shared))
        return sorted(shared) + names, head + waiting, head + lowest
    if len(part) <= MOST_EXACT:
        names, waiting = _try_all(sorted(part), flows, cost)
        return names, waiting, waiting
    names = _search(part, flows, cost)
    return names, _wait(names, flows, cost), tonnes * sum(cost[name] for name in sorted(part)) / 2.0


def _densest(flows: Mapping[frozenset[str], float], cost: Mapping[str, float]) -> frozenset[str]:
    """Return the corridors with the most tonnes per euro of all sets that serve on their own.

    A linear program: x is the built share of each corridor, the total spending is one euro, and a flow runs as far as
    the least built of its corridors. Some level set of x is a best set (as in Charikar 2000 for dense graphs).
    """
    from scipy.optimize import linprog  # here, as it takes a tenth of a second to load

    names = sorted(frozenset().union(*flows))
    free = frozenset(name for name in names if cost[name] <= 0.0)
    if free:
        return free
    place = {name: i for i, name in enumerate(names)}
    links = [(len(names) + k, place[name]) for k, needs in enumerate(flows) for name in sorted(needs)]
    row = np.arange(len(links))
    flow, corridor = np.array(links).T
    size = len(names) + len(flows)
    shape = (len(links), size)
    ones = np.ones(len(links))
    no_more_than = (coo_matrix((ones, (row, flow)), shape) - coo_matrix((ones, (row, corridor)), shape)).tocsr()
    budget = np.concatenate([[cost[name] for name in names], np.zeros(len(flows))])
    gain = np.concatenate([np.zeros(len(names)), list(flows.values())])
    # scaled to numbers near 1
    answer = linprog(
        -gain / gain.max(),
        A_ub=no_more_than,
        b_ub=np.zeros(len(links)),
        A_eq=(budget / budget.max())[np.newaxis],
        b_eq=[1.0],
        method="highs",
    )
    if answer.x is None:
        raise DesignError(Problem("build_order.not_computed"))
    built = answer.x[: len(names)]
    levels = sorted({float(level) for level in built if level > _TOLERANCE}, reverse=True)
    best, best_ratio = frozenset(names), 0.0
    for level in levels:
        chosen = frozenset(name for name, x in zip(names, built, strict=True) if x >= level * (1.0 - 1e-7))
        served = [needs for needs in flows if needs <= chosen]
        chosen = frozenset().union(*served)
        ratio = sum(flows[needs] for needs in served) / sum(cost[name] for name in sorted(chosen)) if served else 0.0
        if ratio > best_ratio * (1.0 + _TOLERANCE):
            best, best_ratio = chosen, ratio
    return best


def _split(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Join the sets that overlap; return the connected sets, sorted by name."""
    parts: list[frozenset[str]] = []
    for one in sets:
        near = [part for part in parts if part & one]
        parts = [part for part in parts if not part & one] + [one.union(*near)]
    return sorted(parts, key=sorted)


def _wait(names: Sequence[str], flows: Mapping[frozenset[str], float], cost: Mapping[str, float]) -> float:
    """Return the sum over flows of tonnes times the money spent until they come down."""
    spent, total = 0.0, {}
    for name in names:
        spent += cost[name]
        total[name] = spent
    return sum(tonnes * max(total[name] for name in needs) for needs, tonnes in flows.items())


def _try_all(
    names: Sequence[str], flows: Mapping[frozenset[str], float], cost: Mapping[str, float]
) -> tuple[list[str], float]:
    """Return the best order of a few corridors: for every set of them, find the corridor built last."""
    bit = {name: 1 << i for i, name in enumerate(names)}
    whole = (1 << len(names)) - 1
    running = np.zeros(whole + 1)
    for needs, tonnes in flows.items():
        running[sum(bit[name] for name in needs)] += tonnes
    for i in range(len(names)):
        view = running.reshape(-1, 2, 1 << i)
        view[:, 1] += view[:, 0]
    waits = (running[whole] - running).tolist()
    price = [cost[name] for name in names]
    least, last = [0.0] * (whole + 1), [-1] * (whole + 1)
    for built in range(1, whole + 1):
        least[built] = np.inf
        for i, eur in enumerate(price):
            before = built ^ (1 << i)
            if before < built:
                here = least[before] + eur * waits[before]
                if here < least[built]:
                    least[built], last[built] = here, i
    sequence, built = [], whole
    while built:
        sequence.append(names[last[built]])
        built ^= 1 << last[built]
    return sequence[::-1], float(least[whole])


def _search(part: frozenset[str], flows: Mapping[frozenset[str], float], cost: Mapping[str, float]) -> list[str]:
    """Order many entangled corridors: take the flow with the most tonnes per euro first, then try moves."""
    names: list[str] = []
    left = dict(flows)
    while left:
        need = {needs: sum(cost[name] for name in sorted(needs)) for needs in left}
        gain = {needs: sum(t for other, t in left.items() if other <= needs) for needs in left}
        first = max(left, key=lambda needs: (gain[needs] / need[needs], sorted(needs)))
        names += sorted(first)
        left = _without(left, first)
    best = _wait(names, flows, cost)
    improved = True
    while improved:
        improved = False
        for name in sorted(part):
            rest = [other for other in names if other != name]
            for i in range(len(names)):
                moved = [*rest[:i], name, *rest[i:]]
                here = _wait(moved, flows, cost)
                if here < best * (1.0 - _TOLERANCE):
                    names, best, improved = moved, here, True
    return names


def _close(depends_on: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return all corridors on which each depends, also through others."""
    closed: dict[str, set[str]] = {}
    for name in depends_on:
        seen: set[str] = set()
        todo = [name]
        while todo:
            more = depends_on.get(todo.pop(), set()) - seen
            seen |= more
            todo += sorted(more)
        closed[name] = seen - {name}
    return closed


def _settle(
    sequence: Sequence[str], flows: Mapping[frozenset[str], float], first: Mapping[str, Collection[str]]
) -> list[str]:
    """Put the corridor on which others depend first, among corridors that bring tonnes only together."""
    place = {name: i for i, name in enumerate(sequence)}
    ends = sorted({max(place[name] for name in needs) + 1 for needs in flows} | {len(sequence)})
    settled: list[str] = []
    start = 0
    for end in ends:
        group = set(sequence[start:end])
        while group:
            chosen = min(group, key=lambda name: (len(group.intersection(first.get(name, ()))), name))
            settled.append(chosen)
            group.remove(chosen)
        start = end
    # a corridor still before one it depends on brings nothing there: put it after that one
    ordered: dict[str, None] = {}
    waiting: list[str] = []
    for name in settled:
        waiting.append(name)
        while ready := [w for w in waiting if ordered.keys() >= set(first.get(w, ()))]:
            ordered[ready[0]] = None
            waiting.remove(ready[0])
    return list(ordered)


def _tabulate(
    sequence: Sequence[str], flows: Mapping[frozenset[str], float], cost: Mapping[str, float]
) -> pd.DataFrame:
    """Return the table of the order, with the cost and tonnes of each step."""
    place = {name: i for i, name in enumerate(sequence)}
    brings = np.zeros(len(sequence))
    for needs, tonnes in flows.items():
        if needs:
            brings[max(place[name] for name in needs)] += tonnes
    capex = np.array([cost[name] for name in sequence], dtype=float)
    table = pd.DataFrame(
        {
            "build_step": np.arange(1, len(sequence) + 1),
            "corridor_id": pd.Series(list(sequence), dtype=object),
            "capex_meur": capex,
            "co2_avoided_step_kt_per_a": brings,
            "capex_cumulative_meur": np.cumsum(capex),
            "co2_avoided_cumulative_kt_per_a": np.cumsum(brings),
        }
    )
    return table[list(COLUMNS)]
