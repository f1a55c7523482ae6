"""The compiled part of `trees.steiner_tree` that changes a tree one node at a time, and can take it back.

A node comes in with the edges that beat the dearest edge on the circle they close; a node leaves, and the
branches it held hang on their cheapest edges. `descend` does what saves; `wander` shakes, descends, goes back.

Source: M. Minoux (1990), Networks 20, 219-231, a spanning tree after one more node; iterated local search after
H. R. Lourenco, O. C. Martin and T. Stuetzle (2003), Handbook of Metaheuristics, 320-353.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infraplan.core import kernels
from infraplan.routes.trees.kernels import OUT, Graph

WIDE = 400  # nodes in the branches of a node that may leave
BRANCHES = 64  # the most branches a node that may leave has
ROOM = 8  # length of the log, in numbers of nodes
LENGTH, WORK = 0, 1  # places in `LoggedTree.tally`


class LoggedTree(NamedTuple):
    """A tree whose changes can be taken back.

    up, children : of each node, the arc that enters it and how many nodes hang on it. changed, old_arcs : the log, a
    node and the arc that entered it before. tally : LENGTH of the log, and WORK done, in arcs looked at.
    """

    up: kernels.Ints32
    children: kernels.Ints32
    changed: kernels.Ints32
    old_arcs: kernels.Ints32
    tally: kernels.Ints32


class Workspace(NamedTuple):
    """Room for the moves.

    label : of each node; the last place holds the latest label. nodes : in the branches of a node that leaves, and
    roots : where they begin. links : those chosen by `join`. queue, queued : nodes to try, and whether one is there.
    """

    label: kernels.Ints32
    nodes: kernels.Ints32
    roots: kernels.Ints32
    links: kernels.Ints32
    queue: kernels.Ints32
    queued: kernels.Ints32


@kernels.typed_kernel
def _set(ends: kernels.Ints32, tree: LoggedTree, node: int, name: int) -> None:
    """Change the arc on which a node hangs, and log the old one."""
    up, below, changed, old_arcs, tally = tree
    old = up[node]
    changed[tally[LENGTH]] = node
    old_arcs[tally[LENGTH]] = old
    tally[LENGTH] += 1
    if old >= 0:
        below[ends[old]] -= 1
    if name >= 0:
        below[ends[name]] += 1
    up[node] = name


@kernels.inner_kernel
def undo(ends: kernels.Ints32, tree: LoggedTree, length: int) -> None:
    """Take back the latest changes, down to a length of the log."""
    up, below, changed, old_arcs, tally = tree
    while tally[LENGTH] > length:
        tally[LENGTH] -= 1
        node, old = changed[tally[LENGTH]], old_arcs[tally[LENGTH]]
        if up[node] >= 0:
            below[ends[up[node]]] -= 1
        if old >= 0:
            below[ends[old]] += 1
        up[node] = old


@kernels.inner_kernel
def _hang(ends: kernels.Ints32, tree: LoggedTree, node: int, name: int, stop: int) -> None:
    """Hang a node on another arc, and turn the arcs between it and `stop` above it around."""
    up = tree.up
    while True:
        old = kernels.int64(up[node])
        _set(ends, tree, node, name)
        if node == stop:
            return
        name = old ^ 1
        node = kernels.int64(ends[old])


@kernels.inner_kernel
def _prune(ends: kernels.Ints32, cost: kernels.Floats, terminal: kernels.Bytes, tree: LoggedTree, node: int) -> float:
    """Cut off a dead end, if the node is one; return what that saves."""
    up, below = tree.up, tree.children
    saved = 0.0
    while up[node] >= 0 and below[node] == 0 and not terminal[node]:
        saved += cost[up[node] >> 1]
        parent = kernels.int64(ends[up[node]])
        _set(ends, tree, node, OUT)
        node = parent
    return saved


@kernels.inner_kernel
def _dearest(
    ends: kernels.Ints32, tree: LoggedTree, cost: kernels.Floats, label: kernels.Ints32, node: int, other: int
) -> tuple[int, int]:
    """Return the node under the dearest edge between two nodes, and which of the two is below it (0 or 1).

    The nodes above `other` carry the latest label.
    """
    up, tally = tree.up, tree.tally
    worst, side, most = kernels.int64(-1), 0, -1.0
    latest = label[-1]
    while label[node] != latest:
        tally[WORK] += 1
        if cost[up[node] >> 1] > most:
            worst, most = node, cost[up[node] >> 1]
        node = kernels.int64(ends[up[node]])
    while other != node:
        tally[WORK] += 1
        if cost[up[other] >> 1] > most:
            worst, side, most = other, 1, cost[up[other] >> 1]
        other = kernels.int64(ends[up[other]])
    return worst, side


@kernels.inner_kernel
def _label_above(ends: kernels.Ints32, tree: LoggedTree, label: kernels.Ints32, node: int) -> None:
    """Give the nodes above a node, and itself, a new label."""
    up, tally = tree.up, tree.tally
    label[-1] += 1
    while up[node] >= 0:
        tally[WORK] += 1
        label[node] = label[-1]
        node = kernels.int64(ends[up[node]])
    label[node] = label[-1]


@kernels.inner_kernel
def insert(
    graph: Graph,
    cost: kernels.Floats,
    terminal: kernels.Bytes,
    tree: LoggedTree,
    label: kernels.Ints32,
    node: int,
    force: bool,
) -> float:
    """Bring a node in; return what that costs, inf if it has no two neighbours inside.

    With `force` it stays in even where that costs more.
    """
    first, head, arc, ends = graph
    up, tally = tree.up, tree.tally
    tally[WORK] += first[node + 1] - first[node]
    nearest, touching = -1, 0
    for at in range(first[node], first[node + 1]):
        if up[head[at]] != OUT:
            touching += 1
            if nearest < 0 or cost[arc[at] >> 1] < cost[nearest >> 1]:
                nearest = arc[at]
    if touching < 2:
        return np.inf
    change: float = cost[nearest >> 1]
    _set(ends, tree, node, nearest ^ 1)
    stale = True
    for at in range(first[node], first[node + 1]):
        other = kernels.int64(head[at])
        if up[other] == OUT or arc[at] == nearest or tally[LENGTH] > ROOM * up.size:
            continue
        if stale:
            _label_above(ends, tree, label, node)
            stale = False
        worst, side = _dearest(ends, tree, cost, label, other, node)
        gain = cost[up[worst] >> 1] - cost[arc[at] >> 1]
        if gain > 0.0 or force:
            change -= gain
            stale = True
            force = False
            loose = ends[up[worst]]
            if side == 0:
                _hang(ends, tree, other, arc[at], worst)
            else:
                _hang(ends, tree, node, arc[at] ^ 1, worst)
            change -= _prune(ends, cost, terminal, tree, loose)
    return change - _prune(ends, cost, terminal, tree, node)


@kernels.inner_kernel
def _spread(graph: Graph, tree: LoggedTree, spare: Workspace, node: int) -> tuple[int, int]:
    """Label the branches below a node, list their nodes; return how many branches and nodes (-1: too many)."""
    first, head, arc, _ = graph
    up = tree.up
    label, items, roots = spare.label, spare.nodes, spare.roots
    start = label[-1]
    count, size, at = 0, 0, 0
    for spot in range(first[node], first[node + 1]):
        if up[head[spot]] == arc[spot]:
            if count == BRANCHES:
                return count, -1
            roots[count] = head[spot]
            count += 1
            label[head[spot]] = start + count
            items[size] = head[spot]
            size += 1
    label[-1] = start + count
    while at < size:
        if size > WIDE:
            return count, -1
        inner = items[at]
        at += 1
        tree.tally[WORK] += 2 * (first[inner + 1] - first[inner])
        for spot in range(first[inner], first[inner + 1]):
            if up[head[spot]] == arc[spot]:
                label[head[spot]] = label[inner]
                items[size] = head[spot]
                size += 1
    return count, size


@kernels.inner_kernel
def join(best: kernels.FloatRows, via: kernels.Int32Rows, count: int, links: kernels.Ints32) -> float:
    """Join part 0 and `count` other parts as cheaply as possible; return what that costs.

    Put each part, in the order in which they are joined, and the arc that joins it into `links`.
    """
    key = best[0, : count + 1].copy()
    name = via[0, : count + 1].copy()
    total = 0.0
    for turn in range(count):
        nearest = 0
        for part in range(1, count + 1):
            if key[part] >= 0.0 and (nearest == 0 or key[part] < key[nearest]):
                nearest = part
        if key[nearest] == np.inf:
            return np.inf
        total += key[nearest]
        links[2 * turn] = nearest
        links[2 * turn + 1] = name[nearest]
        key[nearest] = -1.0
        for part in range(1, count + 1):
            if best[nearest, part] < key[part]:
                key[part] = best[nearest, part]
                name[part] = via[nearest, part]
    return total


@kernels.inner_kernel
def remove(
    graph: Graph,
    cost: kernels.Floats,
    terminal: kernels.Bytes,
    tree: LoggedTree,
    spare: Workspace,
    best: kernels.FloatRows,
    via: kernels.Int32Rows,
    node: int,
) -> float:
    """Take a node out; return what that costs, inf if its branches cannot be hung up again."""
    first, head, arc, ends = graph
    up = tree.up
    label, items, roots, links = spare.label, spare.nodes, spare.roots, spare.links
    count, size = _spread(graph, tree, spare, node)
    if size < 0:
        return np.inf
    start = label[-1] - count
    for one in range(count + 1):
        for two in range(count + 1):
            best[one, two] = np.inf
    for item in range(size):
        inner = items[item]
        part = label[inner] - start
        for spot in range(first[inner], first[inner + 1]):
            other = head[spot]
            if up[other] == OUT or other == node or label[other] == label[inner]:
                continue
            joined = max(label[other] - start, 0)
            if cost[arc[spot] >> 1] < best[part, joined]:
                best[part, joined] = best[joined, part] = cost[arc[spot] >> 1]
                via[part, joined] = via[joined, part] = arc[spot]
    change: float = join(best, via, count, links)
    if change == np.inf:
        return change
    change -= cost[up[node] >> 1]
    for at in range(count):
        change -= cost[up[roots[at]] >> 1]
    parent = ends[up[node]]
    label[-1] += 1
    for at in range(count):
        part, name = links[2 * at], kernels.int64(links[2 * at + 1])
        if label[ends[name ^ 1]] != start + part:
            name ^= 1
        _hang(ends, tree, ends[name ^ 1], name, roots[part - 1])
    _set(ends, tree, node, OUT)
    return change - _prune(ends, cost, terminal, tree, parent)


@kernels.inner_kernel
def call(graph: Graph, terminal: kernels.Bytes, spare: Workspace, begin: int, size: int, node: int) -> int:
    """Queue the neighbours of a node that are no terminals; return how long the queue is."""
    first, head, _, _ = graph
    queue, queued = spare.queue, spare.queued
    for spot in range(first[node], first[node + 1]):
        other = head[spot]
        if not queued[other] and not terminal[other]:
            queued[other] = 1
            queue[(begin + size) % queue.size] = other
            size += 1
    return size


@kernels.inner_kernel
def improve(
    graph: Graph,
    cost: kernels.Floats,
    terminal: kernels.Bytes,
    tree: LoggedTree,
    spare: Workspace,
    best: kernels.FloatRows,
    via: kernels.Int32Rows,
    size: int,
) -> float:
    """Try the nodes in the queue, and those around every change, until nothing saves; return the change in cost."""
    ends = graph.ends
    up, _, changed, old_arcs, tally = tree
    queue, queued = spare.queue, spare.queued
    begin = 0
    total = 0.0
    while size > 0:
        node = kernels.int64(queue[begin])
        begin = (begin + 1) % queue.size
        size -= 1
        queued[node] = 0
        before = kernels.int64(tally[LENGTH])
        if before > ROOM * up.size:
            continue
        if up[node] == OUT:
            change = insert(graph, cost, terminal, tree, spare.label, node, False)
        else:
            change = remove(graph, cost, terminal, tree, spare, best, via, node)
        if change >= 0.0:
            undo(ends, tree, before)
            continue
        total += change
        for at in range(before, tally[LENGTH]):
            old = old_arcs[at]
            if old >= 0 and up[changed[at]] != old and up[ends[old]] != old ^ 1:
                size = call(graph, terminal, spare, begin, size, changed[at])
                size = call(graph, terminal, spare, begin, size, ends[old])
        size = call(graph, terminal, spare, begin, size, node)
    return total


@kernels.inner_kernel
def prepare(graph: Graph, up: kernels.Ints32) -> tuple[LoggedTree, Workspace, kernels.FloatRows, kernels.Int32Rows]:
    """Return the tree with its log, and room to work in."""
    first, _, _, ends = graph
    nodes = up.size
    below = np.zeros(nodes, np.int32)
    most = 0
    for node in range(nodes):
        most = max(most, first[node + 1] - first[node])
        if up[node] >= 0:
            below[ends[up[node]]] += 1
    log = (ROOM + 4) * nodes + 16
    tree = LoggedTree(up, below, np.empty(log, np.int32), np.empty(log, np.int32), np.zeros(2, np.int32))
    most = min(most, BRANCHES)
    label, roots, links = np.zeros(nodes + 1, np.int32), np.empty(most, np.int32), np.empty(2 * most, np.int32)
    items, queue, queued = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.zeros(nodes, np.int32)
    spare = Workspace(label, items, roots, links, queue, queued)
    return tree, spare, np.empty((most + 1, most + 1)), np.empty((most + 1, most + 1), np.int32)


@kernels.typed_kernel
def descend(graph: Graph, cost: kernels.Floats, terminal: kernels.Bytes, up: kernels.Ints32) -> int:
    """Improve a tree, node by node, until nothing saves; return the work done, in arcs looked at."""
    tree, spare, best, via = prepare(graph, up)
    size = 0
    for node in range(up.size):
        if not terminal[node]:
            spare.queued[node] = 1
            spare.queue[size] = node
            size += 1
    improve(graph, cost, terminal, tree, spare, best, via, size)
    work: int = tree.tally[WORK]
    return work
