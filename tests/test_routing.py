"""Spreading, tracing, boundary links and graph routes, against others' code and against brute force."""

from __future__ import annotations

import heapq
import itertools
import math
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph
from skimage.graph import MCP_Geometric

from infraplan.core.errors import RouteError
from infraplan.routes import spreading
from infraplan.routes.spreading import buckets, kernels, moves, raster

few = settings(max_examples=120, deadline=None, derandomize=True)


@st.composite
def grounds(draw: st.DrawFn, largest: int = 20, several: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A raster with blocked cells, perhaps a wall with a one-cell gap or none, and some free cells."""
    rows, columns = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    cost = np.exp(random.normal(0, draw(st.sampled_from([0.0, 0.5, 2.0])), (rows, columns)))
    blocked = random.random(cost.shape) < draw(st.sampled_from([0.0, 0.2, 0.4]))
    if draw(st.booleans()):
        wall = random.integers(0, columns)
        blocked[:, wall] = True
        if draw(st.booleans()):
            blocked[random.integers(0, rows), wall] = False
    if draw(st.booleans()):
        blocked[[0, -1], :] = blocked[:, [0, -1]] = True
    cost[blocked] = random.choice([np.inf, np.nan, 0.0, -1.0], blocked.sum())
    free = np.flatnonzero(~blocked)
    if free.size < several:
        cost.flat[:several] = 1.0
        free = np.flatnonzero((cost > 0) & np.isfinite(cost))
    if free.size < several:
        return np.ones((several, several), np.float32), np.arange(several)
    return cost.astype(np.float32), random.choice(free, several, replace=False)


def brute_force(cost: np.ndarray, source: int, neighbours: int) -> np.ndarray:
    """Dijkstra with a heap in plain Python; a step costs the mean of the cells that its line crosses."""
    rows, columns = cost.shape
    price = np.where((cost > 0) & np.isfinite(cost), cost, np.inf).astype(float)
    reach = [(i, j) for i in range(-2, 3) for j in range(-2, 3) if abs(i) + abs(j) in (1, 3) or abs(i) == abs(j) == 1]
    reach = [step for step in reach if neighbours == 16 or max(map(abs, step)) == 1]
    distance = np.full(cost.shape, np.inf)
    start = divmod(int(source), columns)
    distance[start] = 0
    heap = [(0.0, start)]
    while heap:
        so_far, (row, column) = heapq.heappop(heap)
        if so_far > distance[row, column]:
            continue
        for down, right in reach:
            to = row + down, column + right
            if not (0 <= to[0] < rows and 0 <= to[1] < columns):
                continue
            # The cells under the points at 1/8, 3/8, 5/8 and 7/8 of a knight's line, else the two ends.
            parts = (0, 1) if abs(down) + abs(right) < 3 else (1 / 8, 3 / 8, 5 / 8, 7 / 8)
            crossed = [price[round(row + down * part), round(column + right * part)] for part in parts]
            total = so_far + math.hypot(down, right) * sum(crossed) / len(crossed)
            if total < distance[to]:
                distance[to] = total
                heapq.heappush(heap, (total, to))
    return distance


@few
@given(grounds())
def test_spread_agrees_with_scikit_image(case: tuple[np.ndarray, np.ndarray]) -> None:
    cost, sources = case
    passable = np.where((cost > 0) & np.isfinite(cost), cost, -1).astype(float)
    expected, _ = MCP_Geometric(passable).find_costs([divmod(int(sources[0]), cost.shape[1])])
    np.testing.assert_allclose(spreading.spread(cost, sources).distance, expected, rtol=1e-5)


def test_spread_agrees_with_scikit_image_on_a_larger_raster() -> None:
    random = np.random.default_rng(7)
    cost = np.exp(random.normal(0, 1, (300, 200))).astype(np.float32)
    cost[random.random(cost.shape) < 0.1] = np.inf
    source = int(np.flatnonzero(np.isfinite(cost))[1000])
    expected, _ = MCP_Geometric(cost.astype(float)).find_costs([divmod(source, 200)])
    np.testing.assert_allclose(spreading.spread(cost, [source]).distance, expected, rtol=1e-5)


@few
@given(grounds(largest=12), st.sampled_from([8, 16]), st.sampled_from([1.0, 25.0]))
def test_spread_agrees_with_brute_force(case: tuple[np.ndarray, np.ndarray], neighbours: int, cell_m: float) -> None:
    cost, sources = case
    found = spreading.spread(cost, sources, neighbours=neighbours, cell_m=cell_m)
    expected = brute_force(cost, sources[0], neighbours) * cell_m
    np.testing.assert_allclose(found.distance, expected, rtol=1e-5)


@few
@given(grounds(), st.sampled_from([8, 16]))
def test_traced_route_costs_what_the_spreading_says(case: tuple[np.ndarray, np.ndarray], neighbours: int) -> None:
    cost, sources = case
    found = spreading.spread(cost, sources, neighbours=neighbours, cell_m=25.0)
    assert found.parent.flat[sources[0]] == moves.SOURCE
    for cell in np.flatnonzero(np.isfinite(found.distance))[::7]:
        route = spreading.trace(found, cell)
        assert (route[0], route[-1]) == (sources[0], cell)
        price = spreading.price_path(cost, route, cell_m=25.0)
        np.testing.assert_allclose(price, found.distance.flat[cell], rtol=1e-5)


@few
@given(grounds(several=4), st.sampled_from([8, 16]))
def test_each_cell_belongs_to_its_nearest_source(case: tuple[np.ndarray, np.ndarray], neighbours: int) -> None:
    cost, sources = case
    found = spreading.spread(cost, sources, neighbours=neighbours, labels=True)
    alone = np.stack([spreading.spread(cost, [one], neighbours=neighbours).distance for one in sources])
    np.testing.assert_array_equal(found.distance, alone.min(axis=0))
    reached = np.isfinite(found.distance)
    assert found.label is not None
    np.testing.assert_array_equal(found.label >= 0, reached)
    np.testing.assert_array_equal(
        np.take_along_axis(alone, found.label[None].clip(0), 0)[0][reached], found.distance[reached]
    )


@few
@given(grounds(several=2), st.sampled_from([8, 16]))
def test_early_stops_give_final_distances_only(case: tuple[np.ndarray, np.ndarray], neighbours: int) -> None:
    cost, (source, target) = case
    full = spreading.spread(cost, [source], neighbours=neighbours).distance
    early = spreading.spread(cost, [source], neighbours=neighbours, targets=[target]).distance
    assert early.flat[target] == full.flat[target]
    np.testing.assert_array_equal(early[np.isfinite(early)], full[np.isfinite(early)])
    limit = float(full[np.isfinite(full)].mean())
    near = spreading.spread(cost, [source], neighbours=neighbours, limit=limit).distance
    np.testing.assert_array_equal(near, np.where(full <= np.float32(limit), full, np.inf))


def test_targets_spare_work() -> None:
    early = spreading.spread(np.ones((200, 200), np.float32), [0], targets=[205])
    assert np.isfinite(early.distance).sum() < 200


def test_only_a_gap_lets_a_route_through_a_wall() -> None:
    cost = np.ones((9, 9), np.float32)
    cost[:, 4] = np.inf
    for neighbours in (8, 16):
        closed = spreading.spread(cost, [36], neighbours=neighbours)
        assert np.isinf(closed.distance[:, 4:]).all()
        with pytest.raises(RouteError, match=r"no route leads to cell 44 \(row 4, column 8\)"):
            spreading.trace(closed, 44)
    cost[8, 4] = 1
    route = spreading.trace(spreading.spread(cost, [36], neighbours=16), 44)
    assert 76 in route


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2)])
@pytest.mark.parametrize("neighbours", [8, 16])
def test_small_rasters(shape: tuple[int, int], neighbours: int) -> None:
    found = spreading.spread(np.full(shape, 3, np.float32), [0], cell_m=2, neighbours=neighbours)
    rows, columns = np.indices(shape)
    straight = 6 * np.where(np.minimum(rows, columns) > 0, math.sqrt(2), rows + columns)
    np.testing.assert_allclose(found.distance, straight, rtol=1e-6)


def test_very_uneven_ground_stays_exact() -> None:
    cost = np.ones((40, 60), np.float32)
    cost[:, 20] = 1e9
    cost[5, 20] = 1e3
    cost[10:20, 30:40] = 1e-6
    expected, _ = MCP_Geometric(cost.astype(float)).find_costs([(39, 0)])
    np.testing.assert_allclose(spreading.spread(cost, [39 * 60]).distance, expected, rtol=1e-5)


def test_knight_moves_shorten_routes() -> None:
    cost = np.ones((3, 5), np.float32)
    eight, sixteen = (spreading.spread(cost, [0], neighbours=n).distance[2, 4] for n in (8, 16))
    assert eight == pytest.approx(2 + 2 * math.sqrt(2))
    assert sixteen == pytest.approx(2 * math.sqrt(5))


def test_many_sources_and_a_pool_that_must_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    cost = np.exp(random.normal(0, 1, (250, 250))).astype(np.float32)
    sources = random.choice(cost.size, 1000, replace=False)
    expected = spreading.spread(cost, sources, neighbours=16)
    grown: list[int] = []

    def enlarge(queue: kernels.Queue, neighbours: int) -> kernels.Queue:
        larger = original(queue, neighbours)
        grown.append(larger[0].size - queue[0].size)
        return larger

    original = buckets.enlarge
    monkeypatch.setattr(buckets, "enlarge", enlarge)
    monkeypatch.setattr(buckets, "CELLS_PER_POOL_SLOT", 10**9)
    found = spreading.spread(cost, sources, neighbours=16)
    assert max(grown) > 0
    np.testing.assert_array_equal(found.distance, expected.distance)
    np.testing.assert_array_equal(found.parent, expected.parent)


def test_the_user_can_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "SLOTS_BETWEEN_POLLS", 500)
    cost = np.ones((100, 100), np.float32)
    asked = itertools.count()
    with pytest.raises(spreading.Cancelled, match="stopped"):
        spreading.spread(cost, [0], should_stop=lambda: next(asked) == 3)
    patient = spreading.spread(cost, [0], should_stop=lambda: False)
    assert np.isfinite(patient.distance).all()


def test_same_input_same_answer_and_input_untouched() -> None:
    cost = np.random.default_rng(5).random((120, 90)).astype(np.float32)
    cost.flags.writeable = False
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: spreading.spread(cost, [17, 5000], labels=True), range(2))
    for name in ("distance", "parent", "label"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_memory_stays_below_what_is_announced() -> None:
    cost = np.ones((700, 900), np.float32)
    spreading.spread(cost[:2, :2], [0], labels=True)
    tracemalloc.start()
    spreading.spread(cost, [0], labels=True, neighbours=16)
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    announced_mb = spreading.memory_needed_mb(cost.shape, neighbours=16)
    assert 0.5 * announced_mb < peak_mb < announced_mb < 12 * cost.size / 1e6 + 2


def test_every_misplaced_source_is_named() -> None:
    cost = np.ones((10, 20), np.float32)
    cost[4, 12] = np.nan
    with pytest.raises(RouteError) as caught:
        spreading.spread(cost, [3, 200, -1])
    assert len(caught.value.problems) == 2
    assert "source 1, cell 200, is outside the raster of 10 x 20" in str(caught.value)
    with pytest.raises(RouteError, match=r"target 1 is on blocked ground, cell 92 \(row 4, column 12\)"):
        spreading.spread(cost, [3], targets=[4, 92])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cost": np.ones(4, np.float32)}, "shape"),
        ({"cost": np.ones((0, 4), np.float32)}, "shape"),
        ({"sources": []}, "at least one"),
        ({"sources": [0.5]}, "float64"),
        ({"targets": [[1]]}, "targets"),
        ({"neighbours": 4}, "8 or 16"),
        ({"cell_m": 0.0}, "cell_m"),
        ({"limit": math.nan}, "limit"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(RouteError, match=message):
        spreading.spread(**({"cost": np.ones((4, 4), np.float32), "sources": [0]} | change))


def test_price_path_refuses_a_leap_and_sees_blocked_ground() -> None:
    cost = np.full((4, 5), 2, np.float32)
    assert spreading.price_path(cost, [0, 1, 7, 18], cell_m=10) == pytest.approx(20 * (1 + 2**0.5 + 5**0.5))
    assert spreading.price_path(cost, [3]) == 0
    with pytest.raises(RouteError, match="no move leads from cell 4 "):
        spreading.price_path(cost, [3, 4, 5])
    with pytest.raises(RouteError, match="outside"):
        spreading.price_path(cost, [19, 20])
    cost[1, 2] = 0
    assert spreading.price_path(cost, [0, 1, 7]) == math.inf


def spanning_weight(size: int, a: np.ndarray, b: np.ndarray, price: np.ndarray) -> float:
    tree = csgraph.minimum_spanning_tree(sparse.coo_matrix((price, (a, b)), (size, size)).tocsr())
    return float(tree.sum())


@few
@given(grounds(several=4), st.sampled_from([8, 16]))
def test_boundary_links_agree_with_brute_force(case: tuple[np.ndarray, np.ndarray], neighbours: int) -> None:
    cost, sources = case
    found = spreading.spread(cost, sources, neighbours=neighbours, cell_m=25.0, labels=True)
    links = spreading.boundary_links(cost, found)
    assert found.label is not None
    expected: dict[tuple[int, int], float] = {}
    places = list(np.ndindex(cost.shape))
    for (i, j), (k, m) in itertools.combinations(places, 2):
        pair = tuple(sorted((int(found.label[i, j]), int(found.label[k, m]))))
        step = {abs(i - k), abs(j - m)}
        if pair[0] < 0 or pair[0] == pair[1] or not (max(step) == 1 or (neighbours == 16 and step == {1, 2})):
            continue
        edge = spreading.price_path(cost, [i * cost.shape[1] + j, k * cost.shape[1] + m], cell_m=25.0)
        total = float(found.distance[i, j]) + edge + float(found.distance[k, m])
        if total < expected.get(pair, math.inf):
            expected[pair] = total
    assert list(zip(links.label_a.tolist(), links.label_b.tolist(), strict=True)) == sorted(expected)
    np.testing.assert_allclose(links.total_cost, [expected[pair] for pair in sorted(expected)], rtol=1e-6)
    np.testing.assert_array_equal(found.label.flat[links.cell_a], links.label_a)
    np.testing.assert_array_equal(found.label.flat[links.cell_b], links.label_b)


def test_boundary_links_hold_the_spanning_tree_of_all_pairs() -> None:
    random = np.random.default_rng(11)
    cost = np.exp(random.normal(0, 1, (80, 80))).astype(np.float32)
    sources = random.choice(cost.size, 25, replace=False)
    links = spreading.boundary_links(cost, spreading.spread(cost, sources, labels=True))
    pairs = np.array(list(itertools.combinations(range(25), 2)))
    closure = np.stack([spreading.spread(cost, [one]).distance.flat[sources] for one in sources])
    everything = spanning_weight(25, pairs[:, 0], pairs[:, 1], closure[pairs[:, 0], pairs[:, 1]])
    assert len(links.total_cost) < len(pairs) / 2
    assert spanning_weight(25, links.label_a, links.label_b, links.total_cost) == pytest.approx(everything, rel=1e-5)


def test_boundary_links_when_the_table_of_pairs_must_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    from infraplan.routes.spreading import boundary

    cost = np.ones((30, 30), np.float32)
    found = spreading.spread(cost, np.arange(0, 900, 3), labels=True)
    expected = spreading.boundary_links(cost, found)
    monkeypatch.setattr(boundary, "SLOTS_PER_REGION", 1)
    monkeypatch.setattr(boundary, "FEWEST_SLOTS", 2)
    again = spreading.boundary_links(cost, found)
    np.testing.assert_array_equal(again.cell_a, expected.cell_a)
    np.testing.assert_array_equal(again.total_cost, expected.total_cost)


def test_boundary_links_refuse_what_does_not_fit() -> None:
    cost = np.ones((4, 4), np.float32)
    with pytest.raises(RouteError, match="labels=True"):
        spreading.boundary_links(cost, spreading.spread(cost, [0]))
    with pytest.raises(RouteError, match="shape"):
        spreading.boundary_links(cost[:2], spreading.spread(cost, [0], labels=True))


@few
@given(st.integers(1, 40), st.integers(0, 150), st.integers(0, 2**32))
def test_dijkstra_csr_agrees_with_scipy(nodes: int, edges: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    tails = np.sort(random.integers(0, nodes, edges))
    heads = random.integers(0, nodes, edges).astype(np.int32)
    price = random.random(edges) + 0.01
    forbidden = random.random(edges) < 0.2
    indptr = np.searchsorted(tails, np.arange(nodes + 1)).astype(np.int32)
    sources = random.integers(0, nodes, 2).astype(np.int32)
    start_cost = random.random(2)
    distance, edge, node = spreading.dijkstra_csr(
        indptr, heads, np.where(forbidden, np.inf, price), sources, start_cost
    )
    best = np.full((nodes, nodes), np.inf)
    np.minimum.at(best, (tails[~forbidden], heads[~forbidden]), price[~forbidden])
    from_each = csgraph.dijkstra(csgraph.csgraph_from_dense(best, null_value=np.inf), indices=sources)
    np.testing.assert_allclose(distance, (from_each + start_cost[:, None]).min(axis=0))
    entered = np.flatnonzero(edge >= 0)
    np.testing.assert_array_equal(tails[edge[entered]], node[entered])
    np.testing.assert_array_equal(heads[edge[entered]], entered)
    np.testing.assert_allclose(distance[node[entered]] + price[edge[entered]], distance[entered])
    assert (node[edge < 0] == -1).all()
    assert set(np.flatnonzero(np.isfinite(distance) & (edge < 0))) <= set(sources.tolist())


def test_dijkstra_csr_names_everything_wrong_with_the_graph() -> None:
    good = [np.array([0, 1, 1]), np.array([1]), np.array([2.0]), np.array([0]), np.array([0.0])]
    assert spreading.dijkstra_csr(*good)[0].tolist() == [0.0, 2.0]
    bad = [np.array([0, 2, 1]), np.array([5]), np.array([-2.0]), np.array([9]), np.array([np.nan, 0.0])]
    with pytest.raises(RouteError) as caught:
        spreading.dijkstra_csr(*bad)
    assert len(caught.value.problems) == 6
