"""Layout: the networks of all carriers as stretches between places and junctions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from infraplan.core import CandidateGraph, IntArray, Network, PipePrice, records

Edges = tuple[int, ...]
# carrier, flow, inner size, number of pipes, ground factor: segments that agree in these form one stretch
Pipes = tuple[tuple[str, float, float, int, float], ...]


@dataclass(frozen=True)
class Memory:
    """Cells of stretches and junctions after an earlier refinement, by the candidate segments they came from.

    ``settled``: the ground has not changed, so unchanged parts need not be tried again.
    """

    cells: Mapping[Edges, IntArray] = field(default_factory=dict)
    positions: Mapping[frozenset[Edges], int] = field(default_factory=dict)
    settled: bool = True


@dataclass
class Stretch:
    """Pipes from node ``a`` to node ``b`` without a junction between them.

    Attributes
    ----------
    edges
        Candidate segments it came from, in order.
    cells
        Cells it runs through now, from ``a`` to ``b``.
    eur_per_a_per_m
        Yearly cost of a metre of open ground, all pipes together [EUR/(m a)].
    per_crossing_eur
        Yearly cost per EUR of crossing by the reference pipe [1/a].
    factor
        Ground factor of each carrier in it [-].
    pinned
        It must be laid where it is.
    """

    a: int
    b: int
    edges: Edges
    cells: IntArray
    eur_per_a_per_m: float
    per_crossing_eur: float
    factor: dict[str, float]
    pinned: bool = False

    def away_from(self, node: int) -> IntArray:
        """Return the cells of the stretch, starting at ``node``, one of its ends."""
        return self.cells if node == self.a else self.cells[::-1]

    def other_end(self, node: int) -> int:
        """Return the end that is not ``node``."""
        return self.a + self.b - node


@dataclass
class Layout:
    """Stretches, the cell of every node, and the nodes that may not move because a place is there."""

    stretches: list[Stretch]
    position: dict[int, int]
    fixed: frozenset[int]
    remembered: frozenset[int]
    at: dict[int, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.at = {}
        for number, stretch in enumerate(self.stretches):
            for node in (stretch.a, stretch.b):
                self.at.setdefault(node, []).append(number)

    def fresh_nodes(self) -> list[int]:
        """Return the junctions to try first: those that no earlier refinement has placed."""
        return sorted(set(self.at) - self.fixed - self.remembered)

    def remember(self) -> Memory:
        """Return where all stretches and junctions are now."""
        return Memory(
            {stretch.edges: stretch.cells for stretch in self.stretches},
            {self.name(node): self.position[node] for node in self.at if node not in self.fixed},
        )

    def name(self, node: int) -> frozenset[Edges]:
        """Return the name of a junction in later refinements: the stretches that meet there."""
        return frozenset(self.stretches[number].edges for number in self.at[node])


def read_layout(
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    prices: Mapping[str, PipePrice],
    memory: Memory | None = None,
    *,
    pinned: frozenset[int] = frozenset(),
) -> Layout:
    """Split networks into stretches; start from an earlier refinement where stretches are the same.

    ``pinned`` edges become stretches of their own, between nodes that do not move.
    """
    pipes = _pipes_of(networks)
    graph, grid = candidates.graph, candidates.grid
    node_a, node_b = candidates.edges.node_a.tolist(), candidates.edges.node_b.tolist()
    between = {edge: (node_a[edge], node_b[edge]) for edge in sorted(pipes)}
    line = {edge: graph.edges[nodes]["geometry"] for edge, nodes in between.items()}
    fixed = _nodes_of_places(networks, candidates).union(*(between[edge] for edge in pinned & pipes.keys()))
    stretches = []
    for nodes, edges in _apart(list(_walk(between, pipes, fixed))):
        cells = [int(graph.nodes[nodes[0]]["cell"])]
        for node, edge in zip(nodes[:-1], edges, strict=True):
            x, y = shapely.get_coordinates(line[edge]).T
            along = grid.cells_at(x, y)
            cells += (along if along[0] == graph.nodes[node]["cell"] else along[::-1])[1:].tolist()
        stretch = _stretch(nodes[0], nodes[-1], edges, np.array(cells, dtype=np.int64), pipes, prices)
        stretch.pinned = not pinned.isdisjoint(edges)
        stretches.append(stretch)
    # a place in the same node as its hub has a node but no pipe
    nodes_at_all = fixed.union(*((s.a, s.b) for s in stretches))
    position = {node: int(graph.nodes[node]["cell"]) for node in sorted(nodes_at_all)}
    layout = Layout(stretches, position, fixed, frozenset())
    return layout if memory is None else _recall(layout, memory)


def _recall(layout: Layout, memory: Memory) -> Layout:
    """Move junctions and stretches back to their remembered cells; ``repair`` lays a stretch anew if its ends moved."""
    names = {node: layout.name(node) for node in layout.at if node not in layout.fixed}
    kept = {node: memory.positions[name] for node, name in names.items() if name in memory.positions}
    position, known = _places(layout, kept)
    for stretch in layout.stretches:
        cells = memory.cells.get(stretch.edges)
        if (
            cells is not None
            and not stretch.pinned
            and (cells[0], cells[-1]) == (position[stretch.a], position[stretch.b])
        ):
            stretch.cells = cells
    return Layout(layout.stretches, position, layout.fixed, known if memory.settled else frozenset())


def _places(layout: Layout, remembered: dict[int, int]) -> tuple[dict[int, int], frozenset[int]]:
    """Return the cell of every node, and the nodes that are at their remembered cell.

    Two unrelated junctions may have ended in one cell. If a stretch joins them now, it would have no length: both
    begin afresh.
    """
    while True:
        position = layout.position | remembered
        met = {n for s in layout.stretches if position[s.a] == position[s.b] for n in (s.a, s.b)}
        if met.isdisjoint(remembered):
            return position, frozenset(remembered)
        remembered = {node: cell for node, cell in remembered.items() if node not in met}


def _pipes_of(networks: Mapping[str, Network]) -> dict[int, Pipes]:
    pipes: dict[int, Pipes] = {}
    for carrier, network in networks.items():
        for row in records(network.segments):
            mine = (carrier, round(row.flow, 6), float(row.dn_mm), int(row.pipes), float(row.ground_factor))
            pipes[row.edge] = (*pipes.get(row.edge, ()), mine)
    return pipes


def _nodes_of_places(networks: Mapping[str, Network], candidates: CandidateGraph) -> frozenset[int]:
    """Return the nodes where flow enters or leaves: both ends of every join."""
    fixed = set()
    ends = (candidates.edges.node_a + candidates.edges.node_b).tolist()
    for network in networks.values():
        for row in records(network.joins):
            node = candidates.node_of[row.place_id]
            fixed.add(node)
            for edge in row.edges:
                node = ends[edge] - node
            fixed.add(node)
    return frozenset(fixed)


def _walk(
    between: Mapping[int, tuple[int, int]], pipes: Mapping[int, Pipes], fixed: frozenset[int]
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield nodes and edges of each stretch, from its lower end."""
    at: dict[int, list[int]] = {}
    for edge in sorted(between):
        for node in between[edge]:
            at.setdefault(node, []).append(edge)

    def ends(node: int) -> bool:
        return node in fixed or len(at[node]) != 2 or pipes[at[node][0]] != pipes[at[node][1]]

    done: set[int] = set()
    for first in sorted(node for node in at if ends(node)):
        for edge in at[first]:
            if edge in done:
                continue
            nodes, edges = [first], [edge]
            while True:
                nodes.append(sum(between[edges[-1]]) - nodes[-1])
                if ends(nodes[-1]):
                    break
                one, two = at[nodes[-1]]
                edges.append(two if one == edges[-1] else one)
            done.update(edges)
            yield nodes, edges


def _apart(walks: list[tuple[list[int], list[int]]]) -> Iterator[tuple[list[int], Edges]]:
    """Cut stretches so that no two join the same nodes: the graph has no parallel edges."""
    taken: set[frozenset[int]] = set()
    for nodes, edges in sorted(walks, key=lambda walk: (len(walk[1]), walk[0])):
        pieces = [(nodes, edges)]
        if frozenset((nodes[0], nodes[-1])) in taken or nodes[0] == nodes[-1]:
            cuts = (len(edges) // 2,) if nodes[0] != nodes[-1] else (1, len(edges) - 1)
            pieces = [
                (nodes[i : j + 1], edges[i:j]) for i, j in zip((0, *cuts), (*cuts, len(edges)), strict=True) if i < j
            ]
        for part_nodes, part_edges in pieces:
            taken.add(frozenset((part_nodes[0], part_nodes[-1])))
            yield part_nodes, tuple(part_edges)


def _stretch(
    a: int, b: int, edges: Edges, cells: IntArray, pipes: Mapping[int, Pipes], prices: Mapping[str, PipePrice]
) -> Stretch:
    per_m = per_crossing = 0.0
    for carrier, _, dn_mm, count, factor in pipes[edges[0]]:
        price = prices[carrier]
        size = int(np.flatnonzero(price.dn_mm == dn_mm)[0])
        per_m += float(price.annual_eur_per_m[size]) * factor * count
        per_crossing += float(price.crossing_factor[size]) * price.crossing_annuity * count
    return Stretch(a, b, edges, cells, per_m, per_crossing, {p[0]: p[4] for p in pipes[edges[0]]})
