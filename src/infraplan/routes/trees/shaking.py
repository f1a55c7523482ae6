"""The compiled part of `trees.steiner_tree` that looks around a tree: shake it, descend, go back where that is dearer.

Only the strong search asks for it, so a plan does not wait until it is compiled.

Source: iterated local search after H. R. Lourenco, O. C. Martin and T. Stuetzle (2003), Handbook of
Metaheuristics, 320-353.
"""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.routes.trees.kernels import OUT, Graph
from infraplan.routes.trees.moves import (
    LENGTH,
    WORK,
    LoggedTree,
    Workspace,
    call,
    improve,
    insert,
    prepare,
    remove,
    undo,
)

KICKS = 2  # nodes that one shake brings in or takes out


@kernels.typed_kernel
def _throw(state: kernels.Words) -> float:
    """Return the next random number, 0 or more and less than 1 (D. E. Knuth's linear congruence)."""
    state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return np.float64(state[0] >> np.uint64(11)) * 2.0**-53


@kernels.inner_kernel
def _shake(
    graph: Graph,
    cost: kernels.Floats,
    terminal: kernels.Bytes,
    tree: LoggedTree,
    spare: Workspace,
    best: kernels.FloatRows,
    via: kernels.Int32Rows,
    state: kernels.Words,
) -> tuple[float, int]:
    """Bring in or take out a few nodes on a random walk, whatever it costs; return that, and queue what is near."""
    first, head, _, ends = graph
    up, tally = tree.up, tree.tally
    node = kernels.int64(_throw(state) * up.size)
    change, done, size = 0.0, 0, 0
    for _ in range(3 * KICKS):
        if not terminal[node]:
            before = kernels.int64(tally[LENGTH])
            if up[node] == OUT:
                extra = insert(graph, cost, terminal, tree, spare.label, node, True)
            else:
                extra = remove(graph, cost, terminal, tree, spare, best, via, node)
            if extra == np.inf:
                undo(ends, tree, before)
            else:
                change += extra
                done += 1
                size = call(graph, terminal, spare, 0, size, node)
        if done == KICKS:
            break
        node = kernels.int64(head[first[node] + kernels.int64(_throw(state) * (first[node + 1] - first[node]))])
    return change, size


@kernels.typed_kernel
def wander(
    graph: Graph,
    cost: kernels.Floats,
    terminal: kernels.Bytes,
    start: kernels.Ints32,
    seed: int,
    heat: float,
    work: int,
) -> tuple[kernels.Ints32, int]:
    """Shake a tree and descend, again and again; return the best tree seen and the work done.

    What became dearer is taken back, unless by less than a random part of the `heat`, which falls to 0 as the
    work [arcs looked at] is used up.
    """
    up = start.copy()
    best_up = start.copy()
    tree, spare, best, via = prepare(graph, up)
    tally = tree.tally
    state = np.empty(1, np.uint64)
    state[0] = seed
    now, least = 0.0, 0.0
    while tally[WORK] < work:
        tally[LENGTH] = 0
        tally[WORK] += 1
        change, size = _shake(graph, cost, terminal, tree, spare, best, via, state)
        change += improve(graph, cost, terminal, tree, spare, best, via, size)
        if change > heat * _throw(state) * (1.0 - tally[WORK] / work):
            undo(graph.ends, tree, 0)
            continue
        now += change
        if now < least:
            least = now
            for node in range(up.size):  # a slice would take a second longer to compile
                best_up[node] = up[node]
    return best_up, tally[WORK]
