"""The compiled part of `trees.steiner_tree`: what no tree can undercut, and which edges no better tree needs."""

from __future__ import annotations

import numpy as np

from infraplan.core import kernels
from infraplan.routes.trees.kernels import Graph, Regions, put, regions, take


@kernels.inner_kernel
def _raise(
    graph: Graph,
    left: kernels.Floats,
    active: kernels.Bytes,
    cut: kernels.Ints32,
    rim: kernels.Ints32,
    seen: kernels.Ints32,
    stamp: int,
    terminal: int,
    limit: float,
) -> tuple[float, int, int]:
    """Raise the smallest cut around a terminal, and the next, while no more than `limit` arcs enter it.

    Return by how much, how many arcs enter now (-1 if paid arcs lead to another active terminal), and the work.
    """
    first, head, arc, ends = graph
    cut[0] = terminal
    seen[terminal] = stamp
    at, size, entering, total, work = 0, 1, 0, 0.0, 0
    while True:
        while at < size:
            node = cut[at]
            at += 1
            work += first[node + 1] - first[node]
            for spot in range(first[node], first[node + 1]):
                other = head[spot]
                if seen[other] == stamp:
                    continue
                if left[arc[spot] ^ 1] > 0.0:
                    rim[entering] = arc[spot] ^ 1
                    entering += 1
                elif active[other]:
                    return total, -1, work
                else:
                    seen[other] = stamp
                    cut[size] = other
                    size += 1
        count, step = 0, np.inf
        for spot in range(entering):
            name = rim[spot]
            if seen[ends[name]] != stamp:
                rim[count] = name
                count += 1
                step = min(step, left[name])
        work += entering
        entering = count
        if entering > limit:
            return total, entering, work
        total += step
        met = False
        for spot in range(entering):
            name = rim[spot]
            left[name] -= step
            other = ends[name]
            if left[name] == 0.0 and seen[other] != stamp:
                met = met or active[other]
                seen[other] = stamp
                cut[size] = other
                size += 1
        if met:
            return total, -1, work


@kernels.typed_kernel
def ascend(
    graph: Graph, cost: kernels.Floats, terminal: kernels.Bytes, root: int, slack: float
) -> tuple[float, kernels.Floats, int]:
    """Return a lower bound on every tree, and the cost left on each arc when trees grow from `root`.

    Every terminal needs an arc into each set of nodes around it: the cuts that few arcs enter are raised until
    an arc is paid for, again and again, until each terminal is joined to the root by arcs that are paid.
    A cut is raised while it has at most `slack` times as many arcs as the smallest other: 1 gives the best bound,
    more is faster. The last answer is the work done, in arcs looked at.

    Source: R. T. Wong (1984), Mathematical Programming 28, 271-287; order of the cuts after T. Pajor, E. Uchoa
    and R. F. Werneck (2018), Mathematical Programming Computation 10, 69-118.
    """
    nodes = graph.first.size - 1
    left = np.empty(2 * cost.size)
    for edge in range(cost.size):
        left[2 * edge] = left[2 * edge + 1] = cost[edge]
    active = terminal.copy()
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, np.int32(-1))
    score = np.zeros(nodes)
    cut = np.empty(nodes, np.int32)
    rim = np.empty(2 * cost.size, np.int32)
    seen = np.full(nodes, np.int32(-1))
    size = 0
    for node in range(nodes):
        if terminal[node] and node != root:
            score[node] = graph.first[node + 1] - graph.first[node]
            size = put(heap, place, score, size, node)
    bound = 0.0
    stamp, work = 0, 0
    while size > 0:
        size -= 1
        node = take(heap, place, score, size)
        stamp += 1
        limit = np.inf if size == 0 else slack * score[heap[0]]
        active[node] = 0
        raised, entering, effort = _raise(graph, left, active, cut, rim, seen, stamp, node, limit)
        bound += raised
        work += effort
        if entering >= 0:
            active[node] = 1
            score[node] = entering
            size = put(heap, place, score, size, node)
    return bound, left, work


@kernels.inner_kernel
def _reach(graph: Graph, left: kernels.Floats, source: kernels.Bytes, backwards: bool) -> kernels.Floats:
    """Return the cost left between the sources and each node, in one direction."""
    first, head, arc, _ = graph
    nodes = first.size - 1
    distance = np.full(nodes, np.inf)
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, np.int32(-1))
    size = 0
    for node in range(nodes):
        if source[node]:
            distance[node] = 0.0
            size = put(heap, place, distance, size, node)
    while size > 0:
        size -= 1
        node = take(heap, place, distance, size)
        for at in range(first[node], first[node + 1]):
            total = distance[node] + left[arc[at] ^ 1 if backwards else arc[at]]
            other = head[at]
            if total < distance[other]:
                distance[other] = total
                size = put(heap, place, distance, size, other)
    return distance


@kernels.typed_kernel
def useful(graph: Graph, left: kernels.Floats, terminal: kernels.Bytes, root: int, room: float) -> kernels.Bytes:
    """Return the edges that a tree less than `room` above the bound may use, judged by the cost left.

    Source: E. Duin (1993), Steiner's problem in graphs, thesis, University of Amsterdam, section 5.
    """
    ends = graph.ends
    start = np.zeros(terminal.size, np.uint8)
    start[root] = 1
    goal = terminal.copy()
    goal[root] = 0
    before = _reach(graph, left, start, False)
    after = _reach(graph, left, goal, True)
    keep = np.zeros(ends.size // 2, np.uint8)
    for name in range(ends.size):
        if before[ends[name]] + left[name] + after[ends[name ^ 1]] < room:
            keep[name >> 1] = 1
    return keep


@kernels.typed_kernel
def _bottleneck(above: kernels.Ints32, since: kernels.Ints32, length: kernels.Floats, node: int, other: int) -> float:
    """Return the longest hop between two terminals: the step at which they were joined."""
    step = -1
    while node != other:
        if since[node] < since[other]:
            step = since[node]
            node = above[node]
        else:
            step = since[other]
            other = above[other]
    return 0.0 if step < 0 else length[step]


@kernels.typed_kernel
def measure_hops(graph: Graph, cost: kernels.Floats, terminal: kernels.Bytes) -> tuple[Regions, kernels.Floats]:
    """Return the region of each terminal, and how far two terminals are apart over each edge; inf within a region."""
    ends = graph.ends
    nearest = regions(graph, cost, terminal)
    distance, base, _ = nearest
    length = np.empty(cost.size)
    for edge in range(cost.size):
        length[edge] = distance[ends[2 * edge]] + cost[edge] + distance[ends[2 * edge + 1]]
        if base[ends[2 * edge]] == base[ends[2 * edge + 1]]:
            length[edge] = np.inf
    return nearest, length


@kernels.typed_kernel
def find_shortcuts(
    graph: Graph, cost: kernels.Floats, nearest: Regions, length: kernels.Floats, order: kernels.Ints
) -> kernels.Bytes:
    """Return the edges that are no dearer than the longest hop between terminals on the way around.

    nearest, length : of `measure_hops`; order : the edges, the shortest hop first.

    Source: C. W. Duin and A. Volgenant (1989), Networks 19, 549-567, the special distance test.
    """
    ends = graph.ends
    nodes = graph.first.size - 1
    edges = cost.size
    distance, base, _ = nearest
    above = np.empty(nodes, np.int32)
    for node in range(nodes):
        above[node] = node
    since = np.full(nodes, np.int32(edges))
    weight = np.ones(nodes, np.int32)
    hops = np.empty(edges)
    for step in range(edges):
        edge = order[step]
        hops[step] = length[edge]
        if not np.isfinite(length[edge]):
            break
        one, two = base[ends[2 * edge]], base[ends[2 * edge + 1]]
        while above[one] != one:
            one = above[one]
        while above[two] != two:
            two = above[two]
        if one == two:
            continue
        if weight[one] > weight[two]:
            one, two = two, one
        above[one] = two
        since[one] = step
        weight[two] += weight[one]
    keep = np.empty(edges, np.uint8)
    for edge in range(edges):
        one, two = ends[2 * edge], ends[2 * edge + 1]
        around = max(distance[one], distance[two])
        if base[one] != base[two]:
            around = max(around, _bottleneck(above, since, hops, base[one], base[two]))
        keep[edge] = cost[edge] <= around
    return keep


def shortcuts(graph: Graph, cost: kernels.Floats, terminal: kernels.Bytes) -> kernels.Bytes:
    """Return the edges that are no dearer than the longest hop between terminals on the way around."""
    nearest, length = measure_hops(graph, cost, terminal)
    # sorted out here: the compiler takes a second and a half over a sort of its own
    return find_shortcuts(graph, cost, nearest, length, np.argsort(length, kind="stable"))
