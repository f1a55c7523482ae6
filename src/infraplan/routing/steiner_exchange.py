"""The compiled part of `network.steiner_tree` that reroutes the paths of a tree, all of them in one pass.

Take a path between two fixed nodes out of the tree (or a junction with all its paths), and join the parts
again by their cheapest links. Every node of the graph belongs to the nearest node of the tree; an edge between
two such regions is a link. Each tree node keeps the links out of its region in a heap; heaps meld as the pass
goes up the tree, so the cheapest link out of a whole branch is at hand. Only the regions of the nodes taken
out are measured anew. Moves are judged on the tree as it was and checked on the tree as it is.

Source: E. Uchoa and R. F. Werneck (2012), ACM Journal of Experimental Algorithmics 17, article 2.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from infraplan.routing.compiled import kernel
from infraplan.routing.steiner_kernels import COST, GRAPH, MASK, NODES, OUT, put, regions, take
from infraplan.routing.steiner_moves import BRANCHES, NAMES, TABLE, join

PAIRS = "UniTuple(int32[::1], 3)"  # heaps of half links: first of each node, first child and next of each half
FIELD = f"Tuple(({COST}, {NODES}, {NODES}))"  # of `regions`: distance, base, enter
TREE = "UniTuple(int32[::1], 5)"  # of `_order`
MARKS = "UniTuple(int32[::1], 6)"  # nodes that leave; stamps of those and of their regions; scratch of `_repair`
LISTS = "UniTuple(int32[::1], 5)"  # branches, links chosen, edges removed and added; scratch of `_whole`
LIST = "UniTuple(int32[::1], 2)"  # where the items of each node begin, the items


@kernel(f"int64({PAIRS}, {COST}, int64, int64)")
def _meld(pairs: Any, key: Any, one: Any, two: Any) -> Any:
    """Make one heap of two; an entry is half an edge, -1 no entry."""
    _, child, after = pairs
    if one < 0:
        return two
    if two < 0:
        return one
    if key[two >> 1] < key[one >> 1]:
        one, two = two, one
    after[two] = child[one]
    child[one] = two
    return one


@kernel(f"int64({PAIRS}, {COST}, int64)")
def _drop(pairs: Any, key: Any, entry: Any) -> Any:
    """Return the heap without its first entry."""
    _, child, after = pairs
    one = np.int64(child[entry])
    paired = np.int64(-1)
    while one >= 0:
        two = np.int64(after[one])
        rest = np.int64(-1) if two < 0 else np.int64(after[two])
        pair = _meld(pairs, key, one, two)
        after[pair] = paired
        paired = pair
        one = rest
    whole = np.int64(-1)
    while paired >= 0:
        rest = np.int64(after[paired])
        whole = _meld(pairs, key, whole, paired)
        paired = rest
    return whole


@kernel(f"{TREE}({GRAPH}, {NODES})")
def _order(graph: Any, up: Any) -> Any:
    """Return the nodes of a tree, parents first; when each was met, when its branch was done; its first child, and
    the next child of its parent."""
    ends = graph[3]
    nodes = up.size
    child = np.full(nodes, np.int32(-1))
    after = np.full(nodes, np.int32(-1))
    met = np.full(nodes, np.int32(-1))
    done = np.full(nodes, np.int32(-1))
    order = np.empty(nodes, np.int32)
    stack = np.empty(nodes, np.int32)
    height, size = 0, 0
    for node in range(nodes):
        if up[node] >= 0:
            parent = ends[up[node]]
            after[node] = child[parent]
            child[parent] = node
        elif up[node] != OUT:
            stack[0] = node
            height = 1
    while height > 0:
        height -= 1
        node = stack[height]
        order[size] = node
        met[node] = size
        size += 1
        below = child[node]
        while below >= 0:
            stack[height] = below
            height += 1
            below = after[below]
    for at in range(size - 1, -1, -1):
        node = order[at]
        done[node] = max(done[node], at + 1)
        if up[node] >= 0:
            parent = ends[up[node]]
            done[parent] = max(done[parent], done[node])
    return order[:size].copy(), met, done, child, after


@kernel(f"{LIST}({NODES})")
def _members(base: Any) -> Any:
    """Return the nodes of each region."""
    begins = np.zeros(base.size + 1, np.int32)
    for node in range(base.size):
        begins[base[node] + 1] += 1
    for node in range(base.size):
        begins[node + 1] += begins[node]
    spot = begins.copy()
    items = np.empty(base.size, np.int32)
    for node in range(base.size):
        items[spot[base[node]]] = node
        spot[base[node]] += 1
    return begins, items


@kernel(f"Tuple(({PAIRS}, {COST}))({GRAPH}, {COST}, {FIELD})")
def _list_links(graph: Any, cost: Any, field: Any) -> Any:
    """Return the heaps of half links, and the length of each link."""
    ends = graph[3]
    distance, base, _ = field
    key = np.empty(cost.size)
    top = np.full(base.size, np.int32(-1))
    pairs = top, np.full(ends.size, np.int32(-1)), np.full(ends.size, np.int32(-1))
    for edge in range(cost.size):
        one, two = ends[2 * edge], ends[2 * edge + 1]
        if base[one] != base[two]:
            key[edge] = distance[one] + cost[edge] + distance[two]
            top[base[one]] = _meld(pairs, key, top[base[one]], 2 * edge)
            top[base[two]] = _meld(pairs, key, top[base[two]], 2 * edge + 1)
    return pairs, key


@kernel(f"int64({GRAPH}, {COST}, {FIELD}, {FIELD}, {LIST}, {MARKS}, int64, int64, float64)")
def _repair(graph: Any, cost: Any, field: Any, fresh: Any, members: Any, marks: Any, stamp: Any, leaving: Any, limit: Any) -> Any:
    """Measure the regions of the leaving nodes again, from their neighbours in; return how many nodes those hold.

    Nothing as far as `limit` is measured.
    """
    first, head, arc, _ = graph
    distance, base, _ = field
    far, near, enter = fresh
    begins, items = members
    gone, _, hit, touched, heap, place = marks
    count, size = 0, 0
    for at in range(leaving):
        for item in range(begins[gone[at]], begins[gone[at] + 1]):
            node = items[item]
            hit[node] = stamp
            far[node] = np.inf
            touched[count] = node
            count += 1
    for at in range(count):
        node = touched[at]
        for spot in range(first[node], first[node + 1]):
            other = head[spot]
            if hit[other] != stamp and distance[other] + cost[arc[spot] >> 1] < far[node]:
                far[node] = distance[other] + cost[arc[spot] >> 1]
                near[node] = base[other]
                enter[node] = arc[spot] ^ 1
        if far[node] < limit:
            size = put(heap, place, far, size, node)
    while size > 0:
        size -= 1
        node = take(heap, place, far, size)
        for spot in range(first[node], first[node + 1]):
            other = head[spot]
            length = far[node] + cost[arc[spot] >> 1]
            if hit[other] == stamp and length < min(far[other], limit):
                far[other] = length
                near[other] = near[node]
                enter[other] = arc[spot]
                size = put(heap, place, far, size, other)
    return count


@kernel(f"int64({TREE}, {NODES}, int64, int64)")
def _part(tree: Any, branches: Any, count: Any, node: Any) -> Any:
    """Return which branch a tree node is in, counted from 1; 0 is the rest of the tree."""
    _, met, done, _, _ = tree
    for at in range(count):
        if met[branches[at]] <= met[node] < done[branches[at]]:
            return at + 1
    return 0


@kernel(f"void({TABLE}, {NAMES}, int64, int64, float64, int64)")
def _note(best: Any, via: Any, one: Any, two: Any, length: Any, name: Any) -> None:
    """Keep a link between two parts if it is the shortest so far."""
    if one != two and length < best[one, two]:
        best[one, two] = best[two, one] = length
        via[one, two] = via[two, one] = name


@kernel(f"void({GRAPH}, {FIELD}, {TREE}, {PAIRS}, {COST}, {MARKS}, int64, {NODES}, int64, int64, {TABLE}, {NAMES})")
def _list_tops(
    graph: Any,
    field: Any,
    tree: Any,
    pairs: Any,
    key: Any,
    marks: Any,
    stamp: Any,
    branches: Any,
    count: Any,
    limit: Any,
    best: Any,
    via: Any,
) -> None:
    """Note the shortest link from each branch to the rest, and the shorter ones to other branches.

    A link within the branch under `limit`, or to a node that leaves, is of no use further up: it is dropped.
    """
    ends = graph[3]
    base = field[1]
    _, met, done, _, _ = tree
    top = pairs[0]
    lost = marks[1]
    for at in range(count):
        entry = np.int64(top[branches[at]])
        while entry >= 0:
            other = base[ends[entry ^ 1]]
            if lost[other] != stamp:
                if not met[limit] <= met[other] < done[limit]:
                    _note(best, via, at + 1, 0, key[entry >> 1], entry)
                    break
                part = _part(tree, branches, count, other)
                if part > 0:
                    _note(best, via, at + 1, part, key[entry >> 1], entry)
            entry = _drop(pairs, key, entry)
        top[branches[at]] = entry


@kernel(f"void({GRAPH}, {COST}, {FIELD}, {FIELD}, {TREE}, {MARKS}, int64, int64, {NODES}, int64, float64, {TABLE}, {NAMES})")
def _list_fresh(
    graph: Any,
    cost: Any,
    field: Any,
    fresh: Any,
    tree: Any,
    marks: Any,
    stamp: Any,
    width: Any,
    branches: Any,
    count: Any,
    limit: Any,
    best: Any,
    via: Any,
) -> None:
    """Note the shortest links that touch a region measured anew."""
    first, head, arc, _ = graph
    distance, base, _ = field
    far, near, _ = fresh
    hit, touched = marks[2], marks[3]
    for at in range(width):
        node = touched[at]
        if far[node] >= limit:
            continue
        part = _part(tree, branches, count, near[node])
        for spot in range(first[node], first[node + 1]):
            other = head[spot]
            length = far[node] + cost[arc[spot] >> 1]
            if hit[other] == stamp:
                if far[other] < limit:
                    joined = _part(tree, branches, count, near[other])
                    _note(best, via, part, joined, length + far[other], arc[spot])
            else:
                joined = _part(tree, branches, count, base[other])
                _note(best, via, part, joined, length + distance[other], arc[spot])


@kernel(f"int64({GRAPH}, {FIELD}, {FIELD}, {NODES}, int64, {NODES}, int64, {NODES})")
def _trace(graph: Any, field: Any, fresh: Any, hit: Any, stamp: Any, links: Any, count: Any, added: Any) -> Any:
    """List the edges of the links chosen; return how many."""
    ends = graph[3]
    size = 0
    for at in range(count):
        added[size] = links[2 * at + 1] >> 1
        size += 1
        for side in range(2):
            node = ends[links[2 * at + 1] ^ side]
            while True:
                name = fresh[2][node] if hit[node] == stamp else field[2][node]
                if name < 0:
                    break
                added[size] = name >> 1
                size += 1
                node = ends[name]
    return size


@kernel(f"boolean({GRAPH}, {MASK}, {MASK}, {NODES})")
def _whole(graph: Any, terminal: Any, kept: Any, root: Any) -> Any:
    """Say whether the edges kept join all terminals; `root` is scratch."""
    ends = graph[3]
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


@kernel(f"float64({GRAPH}, {COST}, {MASK}, {MASK}, {NODES}, int64, {NODES}, int64, {NODES}, boolean)")
def _apply(
    graph: Any,
    cost: Any,
    terminal: Any,
    kept: Any,
    removed: Any,
    taken: Any,
    added: Any,
    given: Any,
    scratch: Any,
    untouched: Any,
) -> Any:
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


@kernel(f"boolean({MASK}, {TREE}, int64)")
def _fixed(terminal: Any, tree: Any, node: Any) -> Any:
    """Say whether a tree node is a terminal or a junction of three paths or more."""
    child, after = tree[3], tree[4]
    return terminal[node] or after[child[node]] >= 0


@kernel(f"UniTuple(int64, 3)({GRAPH}, {MASK}, {NODES}, {TREE}, {LISTS}, {NODES}, int64, boolean)")
def _lift_out(graph: Any, terminal: Any, up: Any, tree: Any, lists: Any, gone: Any, node: Any, junction: Any) -> Any:
    """List what leaves the tree with the path above a node, and with the node and the paths below it too.

    Return how many nodes leave, how many branches hang loose and how many edges are taken.
    """
    ends = graph[3]
    branches, removed = lists[0], lists[2]
    leaving, count, taken = 0, 1, 0
    branches[0] = node
    if junction:
        gone[0] = node
        leaving, count = 1, 0
        below = np.int64(tree[3][node])
        while below >= 0:
            deep = below
            removed[taken] = up[deep] >> 1
            taken += 1
            while not _fixed(terminal, tree, deep):
                gone[leaving] = deep
                leaving += 1
                deep = np.int64(tree[3][deep])
                removed[taken] = up[deep] >> 1
                taken += 1
            branches[count] = deep
            count += 1
            below = np.int64(tree[4][below])
    removed[taken] = up[node] >> 1
    taken += 1
    above = np.int64(ends[up[node]])
    while not _fixed(terminal, tree, above):
        gone[leaving] = above
        leaving += 1
        removed[taken] = up[above] >> 1
        taken += 1
        above = np.int64(ends[up[above]])
    return leaving, count, taken


@kernel(
    f"float64({GRAPH}, {COST}, {MASK}, {NODES}, {FIELD}, {FIELD}, {LIST}, {TREE}, {PAIRS}, {COST}, {MARKS}, {LISTS}, "
    f"{TABLE}, {NAMES}, {MASK}, int64, int64, boolean, boolean)"
)
def _try(
    graph: Any,
    cost: Any,
    terminal: Any,
    up: Any,
    field: Any,
    fresh: Any,
    members: Any,
    tree: Any,
    pairs: Any,
    key: Any,
    marks: Any,
    lists: Any,
    best: Any,
    via: Any,
    kept: Any,
    node: Any,
    stamp: Any,
    junction: Any,
    untouched: Any,
) -> Any:
    """Take one path or junction out, join the parts again, and keep that if it is cheaper; return what it saves."""
    branches, links, removed, added, scratch = lists
    leaving, count, taken = _lift_out(graph, terminal, up, tree, lists, marks[0], node, junction)
    for at in range(leaving):
        marks[1][marks[0][at]] = stamp
    for one in range(count + 1):
        for two in range(count + 1):
            best[one, two] = np.inf
    _list_tops(graph, field, tree, pairs, key, marks, stamp, branches, count, node, best, via)
    before = 0.0
    for at in range(taken):
        before += cost[removed[at]]
    if leaving > 0:
        width = _repair(graph, cost, field, fresh, members, marks, stamp, leaving, before)
        _list_fresh(graph, cost, field, fresh, tree, marks, stamp, width, branches, count, before, best, via)
    if join(best, via, count, links) >= before:
        return 0.0
    given = _trace(graph, field, fresh, marks[2], stamp, links, count, added)
    return _apply(graph, cost, terminal, kept, removed, taken, added, given, scratch, untouched)


@kernel(f"void({TREE}, {MASK}, {PAIRS}, {COST}, int64)")
def _gather(tree: Any, terminal: Any, pairs: Any, key: Any, node: Any) -> None:
    """Meld the heaps of the paths and branches below a fixed node into its own."""
    top = pairs[0]
    below = np.int64(tree[3][node])
    while below >= 0:
        deep = below
        while not _fixed(terminal, tree, deep):
            top[node] = _meld(pairs, key, top[node], top[deep])
            deep = np.int64(tree[3][deep])
        top[node] = _meld(pairs, key, top[node], top[deep])
        below = np.int64(tree[4][below])


@kernel(f"Tuple((float64, {MASK}))({GRAPH}, {COST}, {MASK}, {NODES})")
def exchange(graph: Any, cost: Any, terminal: Any, up: Any) -> Any:
    """Replace paths and junctions of a tree by cheaper links; return what was saved and the nodes kept."""
    ends = graph[3]
    nodes = up.size
    kept = np.zeros(cost.size, np.uint8)
    inside = np.zeros(nodes, np.uint8)
    degree = np.zeros(nodes, np.int32)
    for node in range(nodes):
        inside[node] = up[node] != OUT
        if up[node] >= 0:
            kept[up[node] >> 1] = 1
            degree[ends[up[node]]] += 1
    field = regions(graph, cost, inside)
    fresh = np.empty(nodes), np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    members = _members(field[1])
    tree = _order(graph, up)
    order = tree[0]
    pairs, key = _list_links(graph, cost, field)
    spare = np.empty((7, nodes), np.int32)
    lost, hit = np.full(nodes, np.int32(-1)), np.full(nodes, np.int32(-1))
    marks = spare[0], lost, hit, spare[1], spare[2], np.full(nodes, np.int32(-1))
    lists = spare[3], np.empty(2 * nodes, np.int32), spare[5], np.empty(4 * nodes + 4, np.int32), spare[6]
    most = min(degree.max(), BRANCHES) + 2
    best, via = np.empty((most, most)), np.empty((most, most), np.int32)
    saved = 0.0
    stamp = 0
    for at in range(order.size - 1, 0, -1):
        node = np.int64(order[at])
        if not _fixed(terminal, tree, node):
            continue
        for junction in (True, False):
            if junction and (terminal[node] or degree[node] > BRANCHES):
                _gather(tree, terminal, pairs, key, node)
                continue
            stamp += 1
            saved += _try(
                graph, cost, terminal, up, field, fresh, members, tree, pairs, key, marks, lists,
                best, via, kept, node, stamp, junction, saved == 0.0,
            )  # fmt: skip
            if junction:
                _gather(tree, terminal, pairs, key, node)
    inside[:] = 0
    for edge in range(kept.size):
        if kept[edge]:
            inside[ends[2 * edge]] = 1
            inside[ends[2 * edge + 1]] = 1
    return saved, inside
