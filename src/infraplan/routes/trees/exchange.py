"""The compiled part of `trees.steiner_tree` that reroutes the paths of a tree, all of them in one pass.

Take a path between two fixed nodes out of the tree (or a junction with all its paths), and join the parts
again by their cheapest links. Moves are judged on the tree as it was and checked on the tree as it is.

Source: E. Uchoa and R. F. Werneck (2012), ACM Journal of Experimental Algorithmics 17, article 2.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infraplan.core import kernels
from infraplan.routes.trees.kernels import OUT, Graph, Regions, regions
from infraplan.routes.trees.links import (
    LinkHeaps,
    Marks,
    Members,
    Order,
    list_fresh,
    list_links,
    list_members,
    list_tops,
    meld,
    order_nodes,
    repair,
)
from infraplan.routes.trees.moves import BRANCHES, join


class Lists(NamedTuple):
    """Of one move: the branches that hang loose, the links chosen, the edges removed and added; scratch of `_whole`."""

    branches: kernels.Ints32
    links: kernels.Ints32
    removed: kernels.Ints32
    added: kernels.Ints32
    scratch: kernels.Ints32


@kernels.inner_kernel
def _trace(
    graph: Graph,
    field: Regions,
    fresh: Regions,
    hit: kernels.Ints32,
    stamp: int,
    links: kernels.Ints32,
    count: int,
    added: kernels.Ints32,
) -> int:
    """List the edges of the links chosen; return how many."""
    ends = graph.ends
    size = 0
    for at in range(count):
        added[size] = links[2 * at + 1] >> 1
        size += 1
        for side in range(2):
            node = ends[links[2 * at + 1] ^ side]
            while True:
                name = fresh.enter[node] if hit[node] == stamp else field.enter[node]
                if name < 0:
                    break
                added[size] = name >> 1
                size += 1
                node = ends[name]
    return size


@kernels.inner_kernel
def _whole(graph: Graph, terminal: kernels.Bytes, kept: kernels.Bytes, root: kernels.Ints32) -> bool:
    """Say whether the edges kept join all terminals; `root` is scratch."""
    ends = graph.ends
    for node in range(root.size):
        root[node] = node
    for edge in range(kept.size):
        if kept[edge]:
            one, two = ends[2 * edge], ends[2 * edge + 1]
            while root[one] != one:
                root[one] = root[root[one]]
                one = root[one]
            while root[two] != two:
                root[two] = root[root[two]]
                two = root[two]
            root[max(one, two)] = min(one, two)
    meeting = -1
    for node in range(root.size):
        if terminal[node]:
            one = np.int32(node)
            while root[one] != one:
                one = root[one]
            if meeting >= 0 and one != meeting:
                return False
            meeting = one
    return True


@kernels.inner_kernel
def _apply(
    graph: Graph,
    cost: kernels.Floats,
    terminal: kernels.Bytes,
    kept: kernels.Bytes,
    removed: kernels.Ints32,
    taken: int,
    added: kernels.Ints32,
    given: int,
    scratch: kernels.Ints32,
    untouched: bool,
) -> float:
    """Change the edges kept if that saves something and keeps the terminals joined; return what it saves."""
    saved = 0.0
    for at in range(taken):
        if not kept[removed[at]]:
            return 0.0
        saved += cost[removed[at]]
    for at in range(taken):
        kept[removed[at]] = 0
    new = 0
    for at in range(given):
        if not kept[added[at]]:
            kept[added[at]] = 1
            saved -= cost[added[at]]
            added[new] = added[at]
            new += 1
    if saved > 0.0 and (untouched or _whole(graph, terminal, kept, scratch)):
        return saved
    for at in range(new):
        kept[added[at]] = 0
    for at in range(taken):
        kept[removed[at]] = 1
    return 0.0


@kernels.typed_kernel
def _fixed(terminal: kernels.Bytes, tree: Order, node: int) -> bool:
    """Say whether a tree node is a terminal or a junction of three paths or more."""
    fixed: bool = terminal[node] != 0 or tree.after[tree.child[node]] >= 0
    return fixed


@kernels.inner_kernel
def _lift_out(
    graph: Graph,
    terminal: kernels.Bytes,
    up: kernels.Ints32,
    tree: Order,
    lists: Lists,
    gone: kernels.Ints32,
    node: int,
    junction: bool,
) -> tuple[int, int, int]:
    """List what leaves the tree with the path above a node, and with the node and the paths below it too.

    Return how many nodes leave, how many branches hang loose and how many edges are taken.
    """
    ends = graph.ends
    branches, removed = lists.branches, lists.removed
    leaving, count, taken = 0, 1, 0
    branches[0] = node
    if junction:
        gone[0] = node
        leaving, count = 1, 0
        below = kernels.int64(tree.child[node])
        while below >= 0:
            deep = below
            removed[taken] = up[deep] >> 1
            taken += 1
            while not _fixed(terminal, tree, deep):
                gone[leaving] = deep
                leaving += 1
                deep = kernels.int64(tree.child[deep])
                removed[taken] = up[deep] >> 1
                taken += 1
            branches[count] = deep
            count += 1
            below = kernels.int64(tree.after[below])
    removed[taken] = up[node] >> 1
    taken += 1
    above = kernels.int64(ends[up[node]])
    while not _fixed(terminal, tree, above):
        gone[leaving] = above
        leaving += 1
        removed[taken] = up[above] >> 1
        taken += 1
        above = kernels.int64(ends[up[above]])
    return leaving, count, taken


@kernels.inner_kernel
def _try(
    graph: Graph,
    cost: kernels.Floats,
    terminal: kernels.Bytes,
    up: kernels.Ints32,
    field: Regions,
    fresh: Regions,
    members: Members,
    tree: Order,
    pairs: LinkHeaps,
    key: kernels.Floats,
    marks: Marks,
    lists: Lists,
    best: kernels.FloatRows,
    via: kernels.Int32Rows,
    kept: kernels.Bytes,
    node: int,
    stamp: int,
    junction: bool,
    untouched: bool,
) -> float:
    """Take one path or junction out, join the parts again, and keep that if it is cheaper; return what it saves."""
    branches, links, removed, added, scratch = lists
    leaving, count, taken = _lift_out(graph, terminal, up, tree, lists, marks.gone, node, junction)
    for at in range(leaving):
        marks.lost[marks.gone[at]] = stamp
    for one in range(count + 1):
        for two in range(count + 1):
            best[one, two] = np.inf
    list_tops(graph, field, tree, pairs, key, marks, stamp, branches, count, node, best, via)
    before = 0.0
    for at in range(taken):
        before += cost[removed[at]]
    if leaving > 0:
        width = repair(graph, cost, field, fresh, members, marks, stamp, leaving, before)
        list_fresh(graph, cost, field, fresh, tree, marks, stamp, width, branches, count, before, best, via)
    if join(best, via, count, links) >= before:
        return 0.0
    given = _trace(graph, field, fresh, marks.hit, stamp, links, count, added)
    return _apply(graph, cost, terminal, kept, removed, taken, added, given, scratch, untouched)


@kernels.inner_kernel
def _gather(tree: Order, terminal: kernels.Bytes, pairs: LinkHeaps, key: kernels.Floats, node: int) -> None:
    """Meld the heaps of the paths and branches below a fixed node into its own."""
    top = pairs.top
    below = kernels.int64(tree.child[node])
    while below >= 0:
        deep = below
        while not _fixed(terminal, tree, deep):
            top[node] = meld(pairs, key, top[node], top[deep])
            deep = kernels.int64(tree.child[deep])
        top[node] = meld(pairs, key, top[node], top[deep])
        below = kernels.int64(tree.after[below])


@kernels.typed_kernel
def exchange(
    graph: Graph, cost: kernels.Floats, terminal: kernels.Bytes, up: kernels.Ints32
) -> tuple[float, kernels.Bytes]:
    """Replace paths and junctions of a tree by cheaper links; return what was saved and the nodes kept."""
    ends = graph.ends
    nodes = up.size
    kept = np.zeros(cost.size, np.uint8)
    inside = np.zeros(nodes, np.uint8)
    degree = np.zeros(nodes, np.int32)
    most = 0
    for node in range(nodes):
        inside[node] = up[node] != OUT
        if up[node] >= 0:
            kept[up[node] >> 1] = 1
            degree[ends[up[node]]] += 1
            most = max(most, degree[ends[up[node]]])
    field = regions(graph, cost, inside)
    fresh = Regions(np.empty(nodes), np.empty(nodes, np.int32), np.empty(nodes, np.int32))
    members = list_members(field.base)
    tree = order_nodes(graph, up)
    order = tree.nodes
    pairs, key = list_links(graph, cost, field)
    spare = np.empty((7, nodes), np.int32)
    lost, hit = np.full(nodes, np.int32(-1)), np.full(nodes, np.int32(-1))
    marks = Marks(spare[0], lost, hit, spare[1], spare[2], np.full(nodes, np.int32(-1)))
    lists = Lists(spare[3], np.empty(2 * nodes, np.int32), spare[5], np.empty(4 * nodes + 4, np.int32), spare[6])
    best = np.empty((min(most, BRANCHES) + 2, min(most, BRANCHES) + 2))
    via = np.empty(best.shape, np.int32)
    saved, stamp = 0.0, 0
    for at in range(order.size - 1, 0, -1):
        fixed = kernels.int64(order[at])
        if not _fixed(terminal, tree, fixed):
            continue
        for junction in (True, False):
            if not junction or (not terminal[fixed] and degree[fixed] <= BRANCHES):
                stamp += 1
                saved += _try(
                    graph, cost, terminal, up, field, fresh, members, tree, pairs, key, marks, lists,
                    best, via, kept, fixed, stamp, junction, saved == 0.0,
                )  # fmt: skip
            if junction:
                _gather(tree, terminal, pairs, key, fixed)
    inside[:] = 0
    for edge in range(kept.size):
        if kept[edge]:
            inside[ends[2 * edge]] = 1
            inside[ends[2 * edge + 1]] = 1
    return saved, inside
