"""The candidate graph: it joins every place it can, measures its segments rightly and counts what they cross."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from default_limits import WAYS
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.core.grid import CostSurface, Grid
from infraplan.core.model import CandidateGraph
from infraplan.routes import candidates
from infraplan.routes.candidates import windows

QUICK = settings(max_examples=15, deadline=None, derandomize=True)
CRS = "EPSG:25831"
CELL_M = 100.0
GRID = Grid(CRS, 500_000.0, 5_650_000.0, CELL_M, 40, 30)
NO_LINES = gpd.GeoDataFrame({"layer": [], "name": [], "cost_eur": []}, geometry=[], crs=CRS)
X0, Y0 = GRID.x_min, GRID.y_max


def surface_of(multiplier: np.ndarray | None = None) -> CostSurface:
    ground = np.ones(GRID.shape) if multiplier is None else multiplier
    return CostSurface(GRID, ground.astype(np.float32), np.zeros(GRID.shape, np.float32), 2000.0)


def random_ground(seed: int) -> CostSurface:
    """Rough ground with patches of no-go."""
    dice = np.random.default_rng(seed)
    ground = dice.uniform(0.8, 4.0, GRID.shape)
    for _ in range(5):
        row, column = int(dice.integers(0, 26)), int(dice.integers(0, 34))
        ground[row : row + int(dice.integers(1, 9)), column : column + int(dice.integers(1, 9))] = np.inf
    return surface_of(ground)


def places_at(spots: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Places in the middle of cells, by row and column."""
    x, y = GRID.centres([row * GRID.width + column for row, column in spots.values()])
    return pd.DataFrame({"place_id": list(spots), "x": x, "y": y})


def random_places(seed: int, count: int = 9) -> pd.DataFrame:
    dice = np.random.default_rng(seed + 1)
    return places_at({f"p{i}": (int(dice.integers(0, 30)), int(dice.integers(0, 40))) for i in range(count)})


def build(seed: int) -> tuple[CostSurface, pd.DataFrame, CandidateGraph]:
    ground, places = random_ground(seed), random_places(seed)
    graph = candidates.build(ground, places, crossings=NO_LINES, limits=WAYS, roots=["p0", "p1"])
    return ground, places, graph


def cells_of(line: shapely.LineString) -> np.ndarray:
    x, y = shapely.get_coordinates(line).T
    return GRID.cells_at(x, y)


@QUICK
@given(seed=st.integers(0, 10_000))
def test_every_place_is_in_the_graph_or_listed_with_its_reason(seed: int) -> None:
    ground, places, graph = build(seed)
    assert set(graph.node_of) | set(graph.unreachable) == set(places["place_id"])
    assert not set(graph.node_of) & set(graph.unreachable)
    assert all(graph.unreachable.values())
    blocked = ground.blocked.ravel()
    for row in places.itertuples():
        cell = int(GRID.cells_at([row.x], [row.y])[0])
        if blocked[cell]:
            assert "forbidden" in graph.unreachable[row.place_id]
        if row.place_id in graph.node_of:
            node = graph.graph.nodes[graph.node_of[row.place_id]]
            assert node["cell"] == cell
            assert row.place_id in node["terminals"]


@QUICK
@given(seed=st.integers(0, 10_000))
def test_places_with_a_way_between_them_are_connected(seed: int) -> None:
    ground, _, graph = build(seed)
    free = nx.grid_2d_graph(*GRID.shape)
    free.add_edges_from(
        ((r, c), (r + 1, c + d)) for r in range(29) for c in range(40) for d in (-1, 1) if 0 <= c + d < 40
    )
    free.remove_nodes_from([tuple(rc) for rc in np.argwhere(ground.blocked)])
    island = {node: number for number, part in enumerate(nx.connected_components(free)) for node in part}
    for a, b in pairwise(sorted(set(graph.node_of.values()))):
        land = [island[divmod(graph.graph.nodes[n]["cell"], GRID.width)] for n in (a, b)]
        assert nx.has_path(graph.graph, a, b) == (land[0] == land[1])


@QUICK
@given(seed=st.integers(0, 10_000))
def test_segments_run_cell_by_cell_from_node_to_node_on_free_ground(seed: int) -> None:
    ground, _, graph = build(seed)
    blocked = ground.blocked.ravel()
    for u, v, data in graph.graph.edges(data=True):
        cells = cells_of(data["geometry"])
        assert {int(cells[0]), int(cells[-1])} == {graph.graph.nodes[n]["cell"] for n in (u, v)}
        row, column = np.divmod(cells, GRID.width)
        step = np.maximum(np.abs(np.diff(row)), np.abs(np.diff(column)))
        assert (step == 1).all(), "a segment jumps over cells"
        assert not blocked[cells].any()
        assert shapely.get_coordinates(data["geometry"]).T.tolist() == [a.tolist() for a in GRID.centres(cells)]


@QUICK
@given(seed=st.integers(0, 10_000))
def test_lengths_are_those_of_the_drawn_line_and_the_ground_under_it(seed: int) -> None:
    ground, _, graph = build(seed)
    factor = ground.multiplier.ravel().astype(float)
    for *_, data in graph.graph.edges(data=True):
        assert data["length_m"] == pytest.approx(data["geometry"].length)
        cells = cells_of(data["geometry"])
        weighted = 0.0
        for a, b in pairwise(cells.tolist()):
            diagonal = a // GRID.width != b // GRID.width and a % GRID.width != b % GRID.width
            weighted += CELL_M * (2.0**0.5 if diagonal else 1.0) * (factor[a] + factor[b]) / 2.0
        assert data["weighted_m"] == pytest.approx(weighted)


@QUICK
@given(seed=st.integers(0, 10_000))
def test_junctions_are_where_ways_part_and_edges_are_numbered(seed: int) -> None:
    *_, graph = build(seed)
    for node, data in graph.graph.nodes(data=True):
        assert data["terminals"] or graph.graph.degree(node) != 2
    numbers = [d["edge"] for *_, d in graph.graph.edges(data=True)]
    assert sorted(numbers) == list(range(len(numbers)))


@QUICK
@given(seed=st.integers(0, 10_000))
def test_the_graph_is_the_same_every_time(seed: int) -> None:
    (*_, one), (*_, two) = build(seed), build(seed)
    assert dict(one.node_of) == dict(two.node_of)
    assert [(u, v, d["edge"], d["geometry"].wkt) for u, v, d in one.graph.edges(data=True)] == [
        (u, v, d["edge"], d["geometry"].wkt) for u, v, d in two.graph.edges(data=True)
    ]


def test_the_cheapest_way_from_a_root_is_in_the_graph() -> None:
    # a wall of dear ground with one gap: the way from hub to site goes through the gap
    ground = np.ones(GRID.shape)
    ground[:, 20] = 50.0
    ground[5, 20] = 1.0
    graph = candidates.build(
        surface_of(ground),
        places_at({"hub": (25, 2), "site": (25, 38)}),
        crossings=NO_LINES,
        limits=WAYS,
        roots=["hub"],
    )
    ways = nx.all_simple_edge_paths(graph.graph, graph.node_of["hub"], graph.node_of["site"])
    weights = [sum(graph.graph.edges[u, v]["weighted_m"] for u, v in way) for way in ways]
    # two diagonals of 18 cells, at 20 rows' distance: 36 columns, 40 rows in all
    assert min(weights) == pytest.approx(CELL_M * (36 * 2.0**0.5 + 4))


def test_places_in_one_cell_share_a_node() -> None:
    graph = candidates.build(
        surface_of(), places_at({"a": (5, 5), "b": (5, 5), "c": (9, 9)}), crossings=NO_LINES, limits=WAYS
    )
    assert graph.node_of["a"] == graph.node_of["b"]
    assert graph.graph.nodes[graph.node_of["a"]]["terminals"] == ("a", "b")


def test_what_cannot_be_reached_says_why() -> None:
    ground = np.ones(GRID.shape)
    ground[0:5, 0:5] = np.inf
    ground[2, 2] = 1.0
    places = places_at({"shut": (2, 2), "on": (0, 0), "a": (20, 20), "b": (25, 30), "known": (9, 9)})
    places.loc[len(places)] = ["away", X0 - 5000.0, Y0]
    graph = candidates.build(
        surface_of(ground), places, crossings=NO_LINES, limits=WAYS, unreachable={"known": "too far"}
    )
    assert set(graph.node_of) == {"a", "b"}
    assert graph.unreachable["shut"].startswith("cut off")
    assert graph.unreachable["on"] == "on ground where building is forbidden"
    assert graph.unreachable["away"] == "outside the study area"
    assert graph.unreachable["known"] == "too far"


def test_a_place_moved_off_blocked_ground_starts_where_it_was_put() -> None:
    ground = np.ones(GRID.shape)
    ground[10, 10] = np.inf
    cell = 10 * GRID.width + 11
    graph = candidates.build(
        surface_of(ground),
        places_at({"a": (10, 10), "b": (20, 20)}),
        crossings=NO_LINES,
        limits=WAYS,
        snapped={"a": cell},
    )
    assert graph.graph.nodes[graph.node_of["a"]]["cell"] == cell


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[float, str]] = []
    candidates.build(
        surface_of(),
        random_places(3),
        crossings=NO_LINES,
        limits=WAYS,
        roots=["p0"],
        progress=lambda s, w: told.append((s, w)),
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


# --- crossings: from (15, 2) to (15, 37) a straight path along the middle of row 15 -----------------------------

MIDDLE_Y = Y0 - 15.5 * CELL_M


def at(column: float, north_m: float) -> tuple[float, float]:
    """A point ``column`` cells from the west, ``north_m`` [m] north of the path."""
    return X0 + column * CELL_M, MIDDLE_Y + north_m


RIVERS = {
    "straight across": ([at(10.3, 900), at(10.3, -900)], 1),
    "slantwise across": ([at(8, 700), at(14, -700)], 1),
    "beside it": ([at(1, 120), at(39, 120)], 0),
    "ends before it": ([at(10.3, 900), at(10.3, 20)], 0),
    "a loop that dips over it and back": ([at(9.9, 900), at(10.1, -60), at(10.7, -60), at(10.9, 900)], 0),
    "a weave that ends on the other side": (
        [at(9.2, 900), at(9.4, -80), at(10.1, 80), at(10.8, -900)],
        1,
    ),
    "two bends far apart": ([at(8, 900), at(10, -300), at(20, -300), at(22, 900)], 2),
    "along it, from and to the same side": ([at(10, -900), at(10, 0), at(20, 0), at(20, -900)], 0),
    "along it, from one side to the other": ([at(10, 900), at(10, 0), at(20, 0), at(20, -900)], 1),
    "touches it with a bend": ([at(10, 900), at(10.5, 0), at(11, 900)], 0),
}  # fmt: skip


def cross(lines: list[shapely.LineString]) -> tuple[tuple[int, ...], float]:
    """Crossings of the straight path and their cost; each line costs ten times as much as the one before."""
    frame = gpd.GeoDataFrame(
        {"layer": "river", "name": [f"r{i}" for i in range(len(lines))], "cost_eur": 10.0 ** np.arange(len(lines))},
        geometry=lines,
        crs=CRS,
    )
    graph = candidates.build(surface_of(), places_at({"a": (15, 2), "b": (15, 37)}), crossings=frame, limits=WAYS)
    ((*_, data),) = graph.graph.edges(data=True)
    return data["crossings"], data["crossing_eur"]


@pytest.mark.parametrize("name", RIVERS)
def test_a_river_is_crossed_as_often_as_the_path_changes_banks(name: str) -> None:
    points, count = RIVERS[name]
    assert cross([shapely.LineString(points)]) == ((0,) * count, float(count))


def test_every_line_crossed_is_named_and_paid() -> None:
    across = [shapely.LineString([at(c, 900), at(c, -900)]) for c in (5.3, 20.3)]
    beside = shapely.LineString([at(1, 200), at(39, 200)])
    assert cross([across[0], beside, across[1]]) == ((0, 2), 101.0)


def test_a_river_through_a_junction_is_crossed_once() -> None:
    # from a over the middle to b, past a third place in the middle whose cell centre lies on the river
    river = gpd.GeoDataFrame(
        {"layer": ["river"], "name": ["r"], "cost_eur": [1.0]},
        geometry=[shapely.LineString([at(20.5, 900), at(20.5, -900)])],
        crs=CRS,
    )
    places = places_at({"a": (15, 2), "m": (15, 20), "b": (15, 37)})
    graph = candidates.build(surface_of(), places, crossings=river, limits=WAYS)
    way = nx.shortest_path(graph.graph, graph.node_of["a"], graph.node_of["b"])
    assert sum(graph.graph.edges[u, v]["crossing_eur"] for u, v in pairwise(way)) == 1.0


# --- large maps ---------------------------------------------------------------------------------------------------


def test_a_window_with_room_finds_the_ways_that_the_whole_map_has(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(3)
    ground = dice.uniform(1.0, 3.0, (120, 150)).astype(np.float32)
    ground[50:70, 60] = np.inf
    targets = np.array([70 * 150 + 80, 40 * 150 + 75, 55 * 150 + 61])
    whole = windows.paths_from(ground, 60 * 150 + 45, targets)
    monkeypatch.setattr(windows, "_WHOLE_CELLS", 0)
    part = windows.paths_from(ground, 60 * 150 + 45, targets)
    assert [path.tolist() for path in part] == [path.tolist() for path in whole]
    assert [path[-1] for path in part] == targets.tolist()


def test_on_a_large_map_a_tree_goes_to_the_terminals_nearest_to_its_root(monkeypatch: pytest.MonkeyPatch) -> None:
    roots, terminals = np.array([0, 9, 90]), np.array([0, 1, 8, 9, 81, 90])
    everything = {root: near.tolist() for root, near in windows.share_out(terminals, roots, (10, 10))}
    assert everything == {0: [1, 8, 9, 81, 90], 9: [0, 1, 8, 81, 90], 90: [0, 1, 8, 9, 81]}
    monkeypatch.setattr(windows, "_CELLS_OF_TREES", 0)
    monkeypatch.setattr(windows, "_FEWEST_TREES", 1)
    shared = {root: near.tolist() for root, near in windows.share_out(terminals, roots, (10, 10))}
    assert shared == {0: [1], 9: [8], 90: [81]}
