"""The compiled part of `trees.steiner_tree` that looks around a tree: shake it, descend, go back where that is dearer.

Only the strong search asks for it, so a plan does not wait until it is compiled.

Source: iterated local search after H. R. Lourenco, O. C. Martin and T. Stuetzle (2003), Handbook of
Metaheuristics, 320-353.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.core import kernels
from infraplan.routes.trees.kernels import COST, GRAPH, MASK, NODES, OUT
from infraplan.routes.trees.moves import NAMES, SPARE, TABLE, TREE, call, improve, insert, prepare, remove, undo

KICKS = 2  # nodes that one shake brings in or takes out


@kernels.kernel("float64(uint64[::1])")
def _throw(state: Any) -> Any:
    """Return the next random number, 0 or more and less than 1 (D. E. Knuth's linear congruence)."""
    state[0] = state[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return np.float64(state[0] >> np.uint64(11)) * 2.0**-53


@kernels.kernel(f"Tuple((float64, int64))({GRAPH}, {COST}, {MASK}, {TREE}, {SPARE}, {TABLE}, {NAMES}, uint64[::1])")
def _shake(graph: Any, cost: Any, terminal: Any, tree: Any, spare: Any, best: Any, via: Any, state: Any) -> Any:
    """Bring in or take out a few nodes on a random walk, whatever it costs; return that, and queue what is near."""
    first, head, _, ends = graph
    up, length = tree[0], tree[4]
    node = np.int64(_throw(state) * up.size)
    change, done, size = 0.0, 0, 0
    for _ in range(3 * KICKS):
        if not terminal[node]:
            before = np.int64(length[0])
            if up[node] == OUT:
                extra = insert(graph, cost, terminal, tree, spare[0], node, True)
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
        node = np.int64(head[first[node] + np.int64(_throw(state) * (first[node + 1] - first[node]))])
    return change, size


@kernels.kernel(f"Tuple(({NODES}, int64))({GRAPH}, {COST}, {MASK}, {NODES}, int64, float64, int64)")
def wander(graph: Any, cost: Any, terminal: Any, start: Any, seed: Any, heat: Any, work: Any) -> Any:
    """Shake a tree and descend, again and again; return the best tree seen and the work done.

    What became dearer is taken back, unless by less than a random part of the `heat`, which falls to 0 as the
    work [arcs looked at] is used up.
    """
    up = start.copy()
    found = start.copy()
    tree, spare, best, via = prepare(graph, up)
    tally = tree[4]
    state = np.array([seed]).astype(np.uint64)
    now, least = 0.0, 0.0
    while tally[1] < work:
        tally[0] = 0
        tally[1] += 1
        change, size = _shake(graph, cost, terminal, tree, spare, best, via, state)
        change += improve(graph, cost, terminal, tree, spare, best, via, size)
        if change > heat * _throw(state) * (1.0 - tally[1] / work):
            undo(graph[3], tree, 0)
            continue
        now += change
        if now < least:
            least = now
            found[:] = up
    return found, tally[1]
