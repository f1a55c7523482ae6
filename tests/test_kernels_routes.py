"""Each kernel of routes against plain Python or networkx: walking, growing, spanning, bounds, shrinking, moves."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest

from infraplan.routes.candidates.walking import walk
from infraplan.routes.spreading import kernels as spreading
from infraplan.routes.spreading import moves as steps
from infraplan.routes.trees import dual, exchange, kernels, moves, shaking, shrink

SEEDS = range(6)


class Case:
    """A connected graph with whole costs and some terminals, in arrays and in networkx."""

    def __init__(self, seed: int, nodes: int = 40, edges: int = 90, terminals: int = 9) -> None:
        random = np.random.default_rng(seed)
        tree = nx.random_labeled_tree(nodes, seed=seed)
        pairs = {tuple(sorted(pair)) for pair in tree.edges}
        while len(pairs) < edges:
            one, two = sorted(random.integers(0, nodes, 2).tolist())
            if one != two:
                pairs.add((one, two))
        self.ends = np.array(sorted(pairs), np.int32)
        self.cost = random.integers(1, 30, edges).astype(float)
        self.nodes = nodes
        self.terminal = np.zeros(nodes, np.uint8)
        self.terminal[random.choice(nodes, terminals, replace=False)] = 1
        self.root = int(np.argmax(self.terminal))
        self.graph = shrink.index(nodes, self.ends.ravel())
        self.plain: nx.Graph[int] = nx.Graph()
        self.plain.add_nodes_from(range(nodes))
        for number, (one, two) in enumerate(self.ends.tolist()):
            self.plain.add_edge(one, two, weight=self.cost[number], number=number)

    @property
    def targets(self) -> list[int]:
        return np.flatnonzero(self.terminal).tolist()

    def grown(self) -> np.ndarray:
        """A tree to begin with: grown from the root, as `up`."""
        inside = kernels.grow(self.graph, self.cost, self.terminal, self.root)
        return kernels.span(self.graph, self.cost, self.terminal, inside, self.root)

    def check(self, up: np.ndarray) -> float:
        """Refuse what is no tree that joins the terminals; return its cost."""
        chosen = up[up >= 0] >> 1
        tree = nx.Graph(self.ends[chosen].tolist())
        tree.add_node(self.root)
        assert nx.is_tree(tree)
        assert set(self.targets) <= set(tree)
        assert up[self.root] == kernels.ROOT
        assert kernels.price(self.cost, up) == self.cost[chosen].sum()
        return float(self.cost[chosen].sum())

    def best(self) -> float:
        """The cheapest tree, by trying all sets of parts: S. E. Dreyfus and R. A. Wagner (1971), Networks 1."""
        far = dict(nx.all_pairs_dijkstra_path_length(self.plain))
        first, *rest = self.targets
        cost = {}
        for at, node in enumerate(rest):
            cost[1 << at] = [far[node][other] for other in range(self.nodes)]
        for group in range(1, 1 << len(rest)):
            if group in cost:
                continue
            join = [math.inf] * self.nodes
            part = (group - 1) & group
            while part > group ^ part:
                join = [min(old, a + b) for old, a, b in zip(join, cost[part], cost[group ^ part], strict=True)]
                part = (part - 1) & group
            if part:
                join = [min(old, a + b) for old, a, b in zip(join, cost[part], cost[group ^ part], strict=True)]
            cost[group] = [min(join[o] + far[o][node] for o in range(self.nodes)) for node in range(self.nodes)]
        return float(cost[(1 << len(rest)) - 1][first])


@pytest.mark.parametrize("seed", SEEDS)
def test_graph_in_rows_lists_every_arc_at_its_node(seed: int) -> None:
    case = Case(seed)
    first, head, arc, ends = case.graph
    for node in range(case.nodes):
        mine = slice(first[node], first[node + 1])
        assert sorted(head[mine].tolist()) == sorted(case.plain[node])
        assert (ends[arc[mine]] == node).all()
        assert (ends[arc[mine] ^ 1] == head[mine]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_regions_are_those_of_networkx(seed: int) -> None:
    case = Case(seed)
    nearest, length = dual.measure_hops(case.graph, case.cost, case.terminal)
    far = nx.multi_source_dijkstra_path_length(case.plain, case.targets)
    assert nearest.distance.tolist() == [far[node] for node in range(case.nodes)]
    for node in range(case.nodes):
        assert nx.dijkstra_path_length(case.plain, node, int(nearest.base[node])) == far[node]
    for number, (one, two) in enumerate(case.ends.tolist()):
        inside = nearest.base[one] == nearest.base[two]
        assert length[number] == (math.inf if inside else far[one] + case.cost[number] + far[two])


@pytest.mark.parametrize("seed", SEEDS)
def test_span_is_a_spanning_tree_of_networkx_without_dead_ends(seed: int) -> None:
    case = Case(seed)
    every = np.ones(case.nodes, np.uint8)
    up = kernels.span(case.graph, case.cost, every, every, case.root)
    assert case.check(up) == nx.minimum_spanning_tree(case.plain).size("weight")
    leaves = {node for node, degree in case_tree(case, every).degree if degree == 1}
    assert leaves <= set(case.targets)


def case_tree(case: Case, inside: np.ndarray) -> nx.Graph[int]:
    up = kernels.span(case.graph, case.cost, case.terminal, inside, case.root)
    return nx.Graph(case.ends[up[up >= 0] >> 1].tolist())


@pytest.mark.parametrize("seed", SEEDS)
def test_grown_tree_is_at_most_twice_the_best(seed: int) -> None:
    case = Case(seed)
    assert case.best() <= case.check(case.grown()) <= 2.0 * case.best()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slack", [1.0, 4.0])
def test_bound_is_below_the_best_and_no_edge_of_a_best_tree_is_dropped(seed: int, slack: float) -> None:
    case = Case(seed)
    best = case.best()
    bound, left, work = dual.ascend(case.graph, case.cost, case.terminal, case.root, slack)
    assert 0.0 < bound <= best
    assert (left >= 0.0).all()
    assert work > 0
    keep = dual.useful(case.graph, left, case.terminal, case.root, best - bound + 0.5)
    around = dual.shortcuts(case.graph, case.cost, case.terminal)
    for kept in (keep, around):
        case.plain = nx.Graph(case.plain.edge_subgraph([tuple(pair) for pair in case.ends[kept > 0].tolist()]))
        case.plain.add_nodes_from(range(case.nodes))
        assert case_cost(case) == best
        case = Case(seed)


def case_cost(case: Case) -> float:
    """The best cost on what is left of the graph; nodes out of reach are infinitely far."""
    far = {node: dict.fromkeys(range(case.nodes), math.inf) for node in range(case.nodes)}
    for node, near in nx.all_pairs_dijkstra_path_length(case.plain):
        far[node].update(near)
    whole = nx.Graph()
    whole.add_nodes_from(range(case.nodes))
    whole.add_weighted_edges_from((a, b, far[a][b]) for a in far for b in far if a < b and math.isfinite(far[a][b]))
    other = Case.__new__(Case)
    other.__dict__.update(case.__dict__)
    other.plain = whole if nx.is_connected(whole) else case.plain
    if not nx.is_connected(whole):
        inside = nx.node_connected_component(case.plain, case.root)
        names = {node: at for at, node in enumerate(sorted(inside))}
        other.plain = nx.relabel_nodes(case.plain.subgraph(inside), names)
        other.nodes = len(names)
        terminal = np.zeros(len(names), np.uint8)
        terminal[[names[node] for node in case.targets]] = 1
        other.terminal = terminal
    return other.best()


@pytest.mark.parametrize("seed", SEEDS)
def test_shrinking_keeps_the_best_cost(seed: int) -> None:
    case = Case(seed, edges=50)
    keep = np.ones(len(case.cost), np.uint8)
    count, ends, cost, terminal, begins, pieces = shrink.shrink(case.graph, case.cost, keep, case.terminal, case.root)
    assert count < case.nodes
    for edge in range(len(cost)):
        assert cost[edge] == case.cost[pieces[begins[edge] : begins[edge + 1]]].sum()
    small = Case.__new__(Case)
    small.nodes, small.terminal = int(count), terminal
    small.plain = nx.Graph()
    small.plain.add_nodes_from(range(int(count)))
    small.plain.add_weighted_edges_from(
        (int(one), int(two), weight) for (one, two), weight in zip(ends.reshape(-1, 2), cost, strict=True)
    )
    assert small.best() == case.best()


@pytest.mark.parametrize("seed", SEEDS)
def test_moves_exchanges_and_shakes_give_trees_that_are_no_dearer(seed: int) -> None:
    case = Case(seed)
    up = case.grown()
    begun, best = case.check(up), case.best()
    work = moves.descend(case.graph, case.cost, case.terminal, up)
    descended = case.check(up)
    assert work > 0
    assert best <= descended <= begun
    saved, inside = exchange.exchange(case.graph, case.cost, case.terminal, up)
    exchanged = case.check(kernels.span(case.graph, case.cost, case.terminal, inside, case.root))
    assert saved >= 0.0
    assert best <= exchanged <= descended - saved
    found, spent = shaking.wander(case.graph, case.cost, case.terminal, up, seed, 3.0, 20_000)
    assert best <= case.check(found) <= descended
    assert spent >= 20_000
    again, _ = shaking.wander(case.graph, case.cost, case.terminal, up, seed, 3.0, 20_000)
    assert (again == found).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_chains_run_from_stop_to_stop_and_use_every_step_once(seed: int) -> None:
    case = Case(seed, edges=46)
    stop = np.array([case.plain.degree(node) != 2 for node in range(case.nodes)])
    start, neighbour = case.graph.first.astype(np.int64), case.graph.head.astype(np.int64)
    chain, begins = walk(start, neighbour, stop)
    used = []
    for begin, end in itertools.pairwise(begins):
        cells = chain[begin:end].tolist()
        assert stop[cells[0]]
        assert stop[cells[-1]]
        assert not stop[cells[1:-1]].any()
        assert cells[0] < cells[-1]
        used += [frozenset(step) for step in itertools.pairwise(cells)]
    assert len(used) == len(set(used))
    # a chain that comes back to where it began is left out
    left = case.plain.edge_subgraph([pair for pair in case.plain.edges if frozenset(pair) not in set(used)])
    assert all(sum(stop[node] for node in part) <= 1 for part in nx.connected_components(left))


@pytest.mark.parametrize("pad", [1, 2])
def test_padding_goes_on_and_comes_off(pad: int) -> None:
    random = np.random.default_rng(pad)
    cost = random.random((7, 5)).astype(np.float32)
    cost[2, 3], cost[4, 0] = np.inf, np.nan
    size = (7 + 2 * pad) * (5 + 2 * pad)
    field = spreading.Field(np.empty(2 * size, np.float32), np.empty(size, np.uint8))
    largest = spreading.prepare(cost, np.float32(0.5), pad, field)
    free = (cost > 0) & np.isfinite(cost)
    assert largest == (cost[free] * np.float32(0.5)).max()
    half = field.pairs[::2].reshape(7 + 2 * pad, 5 + 2 * pad)
    inner = half[pad:-pad, pad:-pad]
    assert np.array_equal(inner[free], cost[free] * np.float32(0.5))
    assert np.isinf(inner[~free]).all()
    assert np.isinf(half[0]).all()
    distance = random.random(half.shape).astype(np.float32)
    field.pairs[1::2] = distance.ravel()
    field.parent[:] = 3
    spreading.unpad(field, 7, 5, pad, np.float32(0.5))
    kept = distance[pad:-pad, pad:-pad]
    assert np.array_equal(field.pairs[:35].reshape(7, 5), np.where(kept > 0.5, np.float32(np.inf), kept))
    assert np.array_equal(field.parent[:35].reshape(7, 5), np.where(kept > 0.5, steps.UNREACHED, 3))
