"""The compiled part of `steiner_exchange` that finds the cheapest links between the parts of a tree.

Every node of the graph belongs to the nearest node of the tree; an edge between two such regions is a link.
Each tree node keeps the links out of its region in a heap; heaps meld as the pass goes up the tree, so the
cheapest link out of a whole branch is at hand. Only the regions of the nodes taken out are measured anew.

Source: E. Uchoa and R. F. Werneck (2012), ACM Journal of Experimental Algorithmics 17, article 2.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from infraplan.core import kernels
from infraplan.routes.trees.kernels import OUT, Graph, Regions, put, take


class LinkHeaps(NamedTuple):
    """Pairing heaps of half links: the top of each node; of each half its first child, and the next child after it."""

    top: kernels.Ints32
    child: kernels.Ints32
    after: kernels.Ints32


class Order(NamedTuple):
    """The nodes of a tree, parents first.

    met, done : when each node was met, and when its branch was done. child, after : the first child of a node, and
    the next child of its parent.
    """

    nodes: kernels.Ints32
    met: kernels.Ints32
    done: kernels.Ints32
    child: kernels.Ints32
    after: kernels.Ints32


class Members(NamedTuple):
    """The nodes of each region: where those of each base begin, and the nodes."""

    begins: kernels.Ints32
    nodes: kernels.Ints32


class Marks(NamedTuple):
    """What leaves a tree, and what must be measured again.

    gone : the nodes that leave. lost, hit : stamps of those, and of the nodes in their regions. touched, heap, place :
    the latter in a list, and the heap that measures them.
    """

    gone: kernels.Ints32
    lost: kernels.Ints32
    hit: kernels.Ints32
    touched: kernels.Ints32
    heap: kernels.Ints32
    place: kernels.Ints32


@kernels.typed_kernel
def meld(pairs: LinkHeaps, key: kernels.Floats, one: int, two: int) -> int:
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


@kernels.typed_kernel
def _drop(pairs: LinkHeaps, key: kernels.Floats, entry: int) -> int:
    """Return the heap without its first entry."""
    _, child, after = pairs
    one = kernels.int64(child[entry])
    paired = kernels.int64(-1)
    while one >= 0:
        two = kernels.int64(after[one])
        rest = kernels.int64(-1) if two < 0 else kernels.int64(after[two])
        pair = meld(pairs, key, one, two)
        after[pair] = paired
        paired = pair
        one = rest
    whole: int = kernels.int64(-1)
    while paired >= 0:
        rest = kernels.int64(after[paired])
        whole = meld(pairs, key, whole, paired)
        paired = rest
    return whole


@kernels.inner_kernel
def order_nodes(graph: Graph, up: kernels.Ints32) -> Order:
    """Return the nodes of a tree, parents first; when each was met, when its branch was done; its first child, and
    the next child of its parent."""
    ends = graph.ends
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
    return Order(order[:size].copy(), met, done, child, after)


@kernels.inner_kernel
def list_members(base: kernels.Ints32) -> Members:
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
    return Members(begins, items)


@kernels.inner_kernel
def list_links(graph: Graph, cost: kernels.Floats, field: Regions) -> tuple[LinkHeaps, kernels.Floats]:
    """Return the heaps of half links, and the length of each link."""
    ends = graph.ends
    distance, base, _ = field
    key = np.empty(cost.size)
    top = np.full(base.size, np.int32(-1))
    pairs = LinkHeaps(top, np.full(ends.size, np.int32(-1)), np.full(ends.size, np.int32(-1)))
    for edge in range(cost.size):
        one, two = ends[2 * edge], ends[2 * edge + 1]
        if base[one] != base[two]:
            key[edge] = distance[one] + cost[edge] + distance[two]
            top[base[one]] = meld(pairs, key, top[base[one]], 2 * edge)
            top[base[two]] = meld(pairs, key, top[base[two]], 2 * edge + 1)
    return pairs, key


@kernels.inner_kernel
def repair(
    graph: Graph,
    cost: kernels.Floats,
    field: Regions,
    fresh: Regions,
    members: Members,
    marks: Marks,
    stamp: int,
    leaving: int,
    limit: float,
) -> int:
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


@kernels.typed_kernel
def _part(tree: Order, branches: kernels.Ints32, count: int, node: int) -> int:
    """Return which branch a tree node is in, counted from 1; 0 is the rest of the tree."""
    _, met, done, _, _ = tree
    for at in range(count):
        if met[branches[at]] <= met[node] < done[branches[at]]:
            return at + 1
    return 0


@kernels.typed_kernel
def _note(best: kernels.FloatRows, via: kernels.Int32Rows, one: int, two: int, length: float, name: int) -> None:
    """Keep a link between two parts if it is the shortest so far."""
    if one != two and length < best[one, two]:
        best[one, two] = best[two, one] = length
        via[one, two] = via[two, one] = name


@kernels.inner_kernel
def list_tops(
    graph: Graph,
    field: Regions,
    tree: Order,
    pairs: LinkHeaps,
    key: kernels.Floats,
    marks: Marks,
    stamp: int,
    branches: kernels.Ints32,
    count: int,
    limit: int,
    best: kernels.FloatRows,
    via: kernels.Int32Rows,
) -> None:
    """Note the shortest link from each branch to the rest, and the shorter ones to other branches.

    A link within the branch under `limit`, or to a node that leaves, is of no use further up: it is dropped.
    """
    ends = graph.ends
    base = field.base
    _, met, done, _, _ = tree
    top = pairs.top
    lost = marks.lost
    for at in range(count):
        entry = kernels.int64(top[branches[at]])
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


@kernels.inner_kernel
def list_fresh(
    graph: Graph,
    cost: kernels.Floats,
    field: Regions,
    fresh: Regions,
    tree: Order,
    marks: Marks,
    stamp: int,
    width: int,
    branches: kernels.Ints32,
    count: int,
    limit: float,
    best: kernels.FloatRows,
    via: kernels.Int32Rows,
) -> None:
    """Note the shortest links that touch a region measured anew."""
    first, head, arc, _ = graph
    distance, base, _ = field
    far, near, _ = fresh
    hit, touched = marks.hit, marks.touched
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
