"""Labels: the pair of clusters between which each segment runs, and so its corridor."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from itertools import accumulate
from math import inf

import numpy as np

from infraplan.core import CandidateGraph, Network


def label_segments(
    network: Network,
    candidates: CandidateGraph,
    cluster_of: Mapping[str, str],
    radius_m: Mapping[str, float],
    inside: float,
) -> dict[int, tuple[str, str]]:
    """Return the pair of clusters each edge of a network runs between; equal inside a cluster.

    The first cluster is that of the nearest place upstream, the second that of the nearest place or hub downstream,
    measured along the pipes. An edge lies inside a cluster if places of the cluster lie on both sides of it, within
    ``inside`` of its radii [-].
    """
    length = candidates.edges.length_m.tolist()
    through: dict[int, set[int]] = {}
    for number, edges in enumerate(network.joins["edges"]):
        for edge in edges:
            through.setdefault(edge, set()).add(number)
    own = [cluster_of[place] for place in network.joins["place_id"]]
    hub = [cluster_of[hub_id] for hub_id in network.joins["hub_id"]]
    # shortest distance [m] along the pipes from each cluster to an edge, upstream and downstream
    before: dict[int, dict[str, float]] = {}
    after: dict[int, dict[str, float]] = {}

    def note(book: dict[int, dict[str, float]], edge: int, cluster: str, distance_m: float) -> None:
        mine = book.setdefault(edge, {})
        mine[cluster] = min(distance_m, mine.get(cluster, float("inf")))

    metres = [[0.0, *accumulate(length[e] for e in edges)] for edges in network.joins["edges"]]
    place = [{edge: i for i, edge in enumerate(edges)} for edges in network.joins["edges"]]
    # ways that continue alike have the same clusters downstream: look once
    seen: dict[tuple[object, int], dict[str, float]] = {}
    for number, edges in enumerate(network.joins["edges"]):
        mine, behind, ahead = metres[number], -1, {hub[number]: 0.0}
        rest: object = hub[number]
        for i in range(len(edges) - 1, -1, -1):
            edge = edges[i]
            note(before, edge, own[number], mine[i])
            if (rest, edge) not in seen:
                if behind >= 0:
                    ahead = {cluster: distance_m + length[behind] for cluster, distance_m in ahead.items()}
                    for other in through[behind] - through[edge]:
                        to_its_start = metres[other][place[other][behind]]
                        ahead[own[other]] = min(to_its_start, ahead.get(own[other], inf))
                for cluster, distance_m in ahead.items():
                    note(after, edge, cluster, distance_m)
                seen[rest, edge] = ahead
            ahead, behind = seen[rest, edge], edge
            rest = id(ahead)
    labels = {}
    for edge, up in before.items():
        down = after[edge]
        a = min(up, key=lambda c: (up[c], c))
        b = min(down, key=lambda c: (down[c], c))
        around = [c for c in (a, b) if max(up.get(c, inf), down.get(c, inf)) <= inside * radius_m.get(c, 0.0)]
        labels[edge] = (around[0], around[0]) if around else (min(a, b), max(a, b))
    return labels


def label_idle(
    networks: Mapping[str, Network],
    label_of: Mapping[int, tuple[str, str]],
    candidates: CandidateGraph,
    cluster_of: Mapping[str, str],
    spot_of: Mapping[str, tuple[float, float]],
) -> dict[int, tuple[str, str]]:
    """Return the pair of clusters that pipes without flow run between: those of the places nearest to their ends.

    ``spot_of`` gives x and y [m] of the places in ``cluster_of``.
    """
    from scipy.spatial import cKDTree  # here, as it takes a tenth of a second to load

    edges, nodes, places = candidates.edges, candidates.graph.nodes, sorted(spot_of)
    idle = sorted({int(e) for network in networks.values() for e in network.segments["edge"]} - set(label_of))
    if not idle:
        return {}
    near = cKDTree([spot_of[place] for place in places])
    labels: dict[int, tuple[str, str]] = {}
    for group in _stretches(dict.fromkeys(idle, ("", "")), {e: (edges.node_a[e], edges.node_b[e]) for e in idle}):
        members, count = np.unique([(edges.node_a[e], edges.node_b[e]) for e in group], return_counts=True)
        tips = members[count == 1] if (count == 1).any() else members
        found = near.query([(nodes[tip]["x"], nodes[tip]["y"]) for tip in tips.tolist()])[1].tolist()
        clusters = [cluster_of[places[place]] for place in found]
        labels |= dict.fromkeys(group, (min(clusters), max(clusters)))
    return labels


def absorb_fragments(label_of: dict[int, tuple[str, str]], candidates: CandidateGraph, shortest_m: float) -> None:
    """Rename stretches below ``shortest_m`` [m] after the longest stretch they touch, the shortest first."""
    edges = candidates.edges
    ends = dict(enumerate(zip(edges.node_a.tolist(), edges.node_b.tolist(), strict=True)))
    parts = dict(enumerate(_stretches(label_of, ends)))
    first = {i: min(part) for i, part in parts.items()}
    metres = {i: float(edges.length_m[sorted(part)].sum()) for i, part in parts.items()}
    nodes = {i: {node for edge in part for node in ends[edge]} for i, part in parts.items()}
    touching: dict[int, set[int]] = {}
    for i, mine in nodes.items():
        for node in mine:
            touching.setdefault(node, set()).add(i)
    short = [(metres[i], first[i], i) for i in parts if metres[i] < shortest_m]
    heapify(short)
    while short:
        length_m, edge, i = heappop(short)
        if metres.get(i) != length_m or first[i] != edge:
            continue  # it has grown, or is part of another by now
        near = set[int]().union(*(touching[node] for node in nodes[i])) - {i}
        if not near:
            continue
        longest = max(near, key=lambda j: (metres[j], -first[j]))
        label = label_of[first[longest]]
        label_of.update(dict.fromkeys(parts[i], label))
        # stretches that touch and now have one name are one stretch
        for j in [*sorted(j for j in near if label_of[first[j]] == label and j != longest), i]:
            for node in nodes[j]:
                touching[node] = touching[node] - {j} | {longest}
            nodes[longest] |= nodes.pop(j)
            parts[longest] |= parts.pop(j)
            metres[longest] += metres.pop(j)
            first[longest] = min(first[longest], first.pop(j))
        if metres[longest] < shortest_m:
            heappush(short, (metres[longest], first[longest], longest))


def _stretches(label_of: Mapping[int, tuple[str, str]], ends: Mapping[int, tuple[int, int]]) -> list[set[int]]:
    """Return the connected groups of edges with one label."""
    at: dict[tuple[int, tuple[str, str]], list[int]] = {}
    for edge, label in label_of.items():
        for node in ends[edge]:
            at.setdefault((node, label), []).append(edge)
    groups, seen = [], set()
    for edge in sorted(label_of):
        if edge in seen:
            continue
        group, todo = {edge}, [edge]
        while todo:
            here = todo.pop()
            for node in ends[here]:
                for other in at[node, label_of[edge]]:
                    if other not in group:
                        group.add(other)
                        todo.append(other)
        seen |= group
        groups.append(group)
    return groups
