"""Junctions of the candidate graph: trees on it come close to those on the paths between all pairs."""

from __future__ import annotations

import statistics
from itertools import pairwise

import numpy as np
import pytest
from default_limits import WAYS
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.candidates import build, build_all_pairs, choose, surface_of
from benchmarks.routing import make_ground
from infraplan.core.grid import CostSurface
from infraplan.routes.candidates.overlay import lay_over, measure
from infraplan.routes.candidates.seeds import coarsen, find_junctions
from infraplan.routes.trees import steiner_tree

QUICK = settings(max_examples=25, deadline=None, derandomize=True)


def tree_cost(graph, cells: np.ndarray) -> float:
    node_at = {data["cell"]: node for node, data in graph.nodes(data=True)}
    return steiner_tree(graph, [node_at[cell] for cell in cells.tolist()], weight="weighted_m", effort=4.0).cost


def test_a_tree_on_the_graph_is_near_the_one_on_all_pairs() -> None:
    above, saved = [], []
    for seed in range(6):
        surface = surface_of(make_ground(300, seed=seed))
        cells = choose(surface.multiplier, 14 + seed)
        every = tree_cost(build_all_pairs(surface, cells), cells)
        ours = tree_cost(build(surface, cells, junctions=True), cells)
        above.append(ours / every - 1.0)
        saved.append(1.0 - ours / tree_cost(build(surface, cells, junctions=False), cells))
    assert statistics.median(above) <= 0.015
    assert max(above) <= 0.035
    assert statistics.mean(saved) > 0.01, "the junctions save nothing"


def test_three_places_meet_where_three_valleys_meet() -> None:
    ground = np.full((90, 90), 5.0, np.float32)
    ground[5:41, 44:47] = 1.0
    for step in range(41):
        ground[40 + step, 44 - step : 47 - step] = ground[40 + step, 44 + step : 47 + step] = 1.0
    ends = np.array([5 * 90 + 45, 80 * 90 + 5, 80 * 90 + 85])
    (junction,) = find_junctions(ground, ends, WAYS).tolist()
    row, column = divmod(junction, 90)
    assert abs(row - 40) <= 6
    assert abs(column - 45) <= 6


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_places_need_no_junction(count: int) -> None:
    ground = np.ones((60, 60), np.float32)
    assert len(find_junctions(ground, np.arange(count, dtype=np.int64) * 1700, WAYS)) == 0


@QUICK
@given(seed=st.integers(0, 10_000), factor=st.integers(1, 9))
def test_coarse_ground_is_between_the_cheapest_and_the_dearest_of_its_cells(seed: int, factor: int) -> None:
    dice = np.random.default_rng(seed)
    fine = dice.uniform(0.5, 9.0, (23, 31)).astype(np.float32)
    fine[dice.random(fine.shape) < 0.3] = np.inf
    coarse = coarsen(fine, factor)
    for row in range(23 // factor):  # blocks on the rim are partly outside, where nothing can be built
        for column in range(31 // factor):
            block = fine[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
            assert coarse[row, column] >= block.min() * (1.0 - 1e-5)
            assert np.isfinite(coarse[row, column]) == np.isfinite(block).any()
            if np.isfinite(block).all():
                assert coarse[row, column] <= block.max() * (1.0 + 1e-5)


@QUICK
@given(seed=st.integers(0, 10_000))
def test_junctions_stand_on_free_ground_and_on_no_terminal(seed: int) -> None:
    ground = make_ground(120, seed=seed)
    cells = choose(ground, 9)
    found = find_junctions(ground, cells, WAYS)
    assert np.isfinite(ground.ravel()[found]).all()
    assert not np.isin(found, cells).any()
    assert found.tolist() == sorted(set(found.tolist()))


@QUICK
@given(seed=st.integers(0, 10_000))
def test_laid_over_paths_stay_whole(seed: int) -> None:
    """Every chain is a path of cells between nodes, and no step between two cells is in two chains."""
    dice = np.random.default_rng(seed)
    width = 12
    paths = []
    for _ in range(6):
        at, path = int(dice.integers(0, 144)), []
        for _ in range(int(dice.integers(1, 40))):
            path.append(at)
            row, column = divmod(at, width)
            row, column = row + int(dice.integers(-1, 2)), column + int(dice.integers(-1, 2))
            at = min(max(row, 0), 11) * width + min(max(column, 0), 11)
            if at == path[-1]:
                break
        paths.append(np.array(path, dtype=np.int64))
    terminals = np.unique([path[0] for path in paths])
    price = dice.uniform(1.0, 5.0, (12, width)).astype(np.float32)
    overlay = lay_over(paths, terminals, eur_per_m=price, width=width)
    assert set(terminals.tolist()) <= set(overlay.nodes.tolist())
    walked = {frozenset(move) for path in paths for move in zip(path[:-1].tolist(), path[1:].tolist(), strict=True)}
    seen = set()
    for number, (u, v) in enumerate(overlay.ends.tolist()):
        chain = overlay.chain(number).tolist()
        assert (chain[0], chain[-1]) == (overlay.nodes[u], overlay.nodes[v])
        moves = {frozenset(move) for move in pairwise(chain)}
        assert len(moves) == len(chain) - 1
        assert moves <= walked
        assert not moves & seen
        seen |= moves
        length = sum(
            np.hypot(a // width - b // width, a % width - b % width) * (price.flat[a] + price.flat[b]) / 2.0
            for a, b in pairwise(chain)
        )
        assert measure(overlay.cells, overlay.begins, price, width=width)[number] == pytest.approx(float(length))
    assert len({tuple(pair) for pair in overlay.ends.tolist()}) == len(overlay.ends)


def test_the_graph_without_junctions_is_the_quick_one() -> None:
    surface: CostSurface = surface_of(make_ground(200))
    cells = choose(surface.multiplier, 12)
    assert len(build(surface, cells, junctions=False)) <= len(build(surface, cells, junctions=True))
