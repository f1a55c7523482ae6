"""Build order: against brute force, against Horn's own algorithm on trees, and what is promised beyond them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.appraisal import build_order
from infraplan.appraisal.build_order import CorridorFlow
from infraplan.core.errors import DesignError

QUICK = settings(max_examples=60, deadline=None, derandomize=True)


def waiting(names: Sequence[str], flows: Sequence[CorridorFlow], cost: Mapping[str, float]) -> float:
    """Tonnes times the money spent until they run, of an order (written anew, to check the other)."""
    total, built, left = 0.0, set[str](), list(flows)
    spent = 0.0
    for name in names:
        built.add(name)
        spent += cost[name]
        total += spent * sum(flow.avoided_kt_per_a for flow in left if flow.needs <= built)
        left = [flow for flow in left if not flow.needs <= built]
    return total


def brute_force(flows: Sequence[CorridorFlow], cost: Mapping[str, float]) -> float:
    return min(waiting(names, flows, cost) for names in permutations(cost))


def dice_tree(seed: int, size: int) -> tuple[dict[str, float], list[CorridorFlow], dict[str, str]]:
    """A random out-tree: every corridor but the first depends on an earlier one; some bring nothing themselves."""
    dice = np.random.default_rng(seed)
    names = [f"c{i:02d}" for i in range(size)]
    parent = {names[i]: names[int(dice.integers(max(0, i - 4), i))] for i in range(1, size)}
    way: dict[str, frozenset[str]] = {}
    for name in names:
        way[name] = frozenset({name}) | (way[parent[name]] if name in parent else frozenset())
    cost = {name: float(dice.integers(1, 30)) for name in names}
    flows = [CorridorFlow(way[name], float(dice.integers(0, 40))) for name in names]
    return cost, flows, parent


def dice_web(seed: int, size: int, flows: int) -> tuple[dict[str, float], list[CorridorFlow]]:
    """Flows over random sets of corridors: no tree, no order of precedence."""
    dice = np.random.default_rng(seed)
    names = [f"c{i:02d}" for i in range(size)]
    cost = {name: float(dice.integers(1, 30)) for name in names}
    sets = [dice.choice(names, int(dice.integers(1, min(5, size + 1))), replace=False) for _ in range(flows)]
    return cost, [CorridorFlow(frozenset(map(str, one)), float(dice.integers(1, 40))) for one in sets]


def horn(cost: Mapping[str, float], own: Mapping[str, float], parent: Mapping[str, str]) -> list[str]:
    """Horn's algorithm: the job of the best ratio is glued behind its parent until all hang together."""
    chain = {name: [name] for name in cost}
    price, worth, above = dict(cost), dict(own), dict(parent)
    root = next(name for name in cost if name not in parent)
    while len(chain) > 1:
        best = max((n for n in chain if n != root), key=lambda n: (worth[n] / price[n], n))
        up = above[best]
        chain[up] += chain.pop(best)
        price[up] += price.pop(best)
        worth[up] += worth.pop(best)
        above = {n: (up if p == best else p) for n, p in above.items() if n != best}
    return chain[root]


@QUICK
@given(seed=st.integers(0, 10**6), size=st.integers(1, 7))
def test_trees_are_ordered_as_well_as_brute_force(seed: int, size: int) -> None:
    cost, flows, parent = dice_tree(seed, size)
    found = build_order.order(cost, flows, depends_on={name: {up} for name, up in parent.items()})
    names = list(found.steps["corridor_id"])
    assert found.proven
    assert found.waiting == pytest.approx(brute_force(flows, cost))
    assert waiting(names, flows, cost) == pytest.approx(found.waiting)


@QUICK
@given(seed=st.integers(0, 10**6), size=st.integers(8, 45))
def test_large_trees_are_ordered_as_well_as_by_horn(seed: int, size: int) -> None:
    cost, flows, parent = dice_tree(seed, size)
    own = {name: flow.avoided_kt_per_a for name, flow in zip(cost, flows, strict=True)}
    found = build_order.order(cost, flows, depends_on={name: {up} for name, up in parent.items()})
    assert found.proven
    assert found.waiting == pytest.approx(waiting(horn(cost, own, parent), flows, cost))
    assert waiting(list(found.steps["corridor_id"]), flows, cost) == pytest.approx(found.waiting)


@QUICK
@given(seed=st.integers(0, 10**6), size=st.integers(2, 7), flows=st.integers(1, 9))
def test_small_webs_are_ordered_as_well_as_brute_force(seed: int, size: int, flows: int) -> None:
    cost, carried = dice_web(seed, size, flows)
    found = build_order.order(cost, carried)
    assert found.proven
    assert found.waiting == pytest.approx(brute_force(carried, cost))
    assert waiting(list(found.steps["corridor_id"]), carried, cost) == pytest.approx(found.waiting)


@QUICK
@given(seed=st.integers(0, 10**6), size=st.integers(2, 6), flows=st.integers(1, 8))
def test_precedence_is_kept_at_the_least_waiting(seed: int, size: int, flows: int) -> None:
    cost, carried = dice_web(seed, size, flows)
    dice = np.random.default_rng(seed + 1)
    names = list(cost)
    first = {names[i]: {names[j] for j in range(i) if dice.random() < 0.4} for i in range(size)}

    def kept(order: Sequence[str]) -> bool:
        place = {name: i for i, name in enumerate(order)}
        return all(place[down] < place[name] for name, downs in first.items() for down in downs)

    found = build_order.order(cost, carried, depends_on=first)
    order = list(found.steps["corridor_id"])
    assert kept(order)
    assert found.proven
    best = min(waiting(one, carried, cost) for one in permutations(cost) if kept(one))
    assert waiting(order, carried, cost) == pytest.approx(best)
    assert found.waiting == pytest.approx(best)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_large_webs_stay_within_twice_the_bound_and_no_swap_helps(seed: int) -> None:
    cost, carried = dice_web(seed, 24, 60)
    found = build_order.order(cost, carried)
    names = list(found.steps["corridor_id"])
    assert waiting(names, carried, cost) == pytest.approx(found.waiting)
    assert found.lowest_waiting <= found.waiting <= 2.0 * found.lowest_waiting
    for i in range(len(names) - 1):
        swapped = [*names[:i], names[i + 1], names[i], *names[i + 2 :]]
        assert waiting(swapped, carried, cost) >= found.waiting * (1.0 - 1e-6)


def test_searched_parts_come_close_to_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    gaps = []
    for seed in range(20):
        cost, carried = dice_web(seed, 9, 14)
        exact = build_order.order(cost, carried)
        monkeypatch.setattr(build_order, "MOST_EXACT", 1)
        searched = build_order.order(cost, carried)
        monkeypatch.undo()
        assert searched.lowest_waiting <= exact.waiting * (1.0 + 1e-9)
        gaps.append(searched.waiting / exact.waiting - 1.0)
    assert min(gaps) >= -1e-9
    assert max(gaps) <= 0.05


@QUICK
@given(seed=st.integers(0, 10**6), size=st.integers(2, 30))
def test_a_trunk_comes_before_its_branches(seed: int, size: int) -> None:
    cost, flows, parent = dice_tree(seed, size)
    # each brings something of its own, so that none may come before what it depends on
    flows = [CorridorFlow(flow.needs, flow.avoided_kt_per_a + 1.0) for flow in flows]
    found = build_order.order(cost, flows, depends_on={name: {up} for name, up in parent.items()})
    step = dict(zip(found.steps["corridor_id"], found.steps["build_step"], strict=True))
    assert all(step[up] < step[name] for name, up in parent.items())


def test_steps_add_up_and_every_corridor_is_built_once() -> None:
    cost, carried = dice_web(4, 10, 12)
    table = build_order.order(cost, carried).steps
    assert sorted(table["corridor_id"]) == sorted(cost)
    assert list(table["build_step"]) == list(range(1, 11))
    assert table["capex_cumulative_meur"].iloc[-1] == pytest.approx(sum(cost.values()))
    total = sum(flow.avoided_kt_per_a for flow in carried)
    assert table["co2_avoided_cumulative_kt_per_a"].iloc[-1] == pytest.approx(total)
    assert table["capex_cumulative_meur"].is_monotonic_increasing


def test_among_corridors_that_serve_only_together_the_downstream_one_is_first() -> None:
    cost = {"a": 3.0, "b": 2.0, "c": 1.0}
    flows = [CorridorFlow(frozenset("abc"), 7.0)]
    found = build_order.order(cost, flows, depends_on={"a": {"b", "c"}, "b": {"c"}})
    assert list(found.steps["corridor_id"]) == ["c", "b", "a"]
    # a ring of dependence still gives an order, the same every time
    ring = build_order.order(cost, flows, depends_on={"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert list(ring.steps["corridor_id"]) == ["a", "b", "c"]


def test_what_brings_nothing_comes_last_and_what_costs_nothing_first() -> None:
    cost = {"a": 3.0, "free": 0.0, "idle": 1.0, "worse": 1.0}
    flows = [
        CorridorFlow(frozenset("a"), 9.0),
        CorridorFlow(frozenset({"free"}), 1.0),
        CorridorFlow(frozenset({"worse"}), -5.0),
    ]
    table = build_order.order(cost, flows).steps
    assert list(table["corridor_id"]) == ["free", "a", "idle", "worse"]
    assert table["co2_avoided_cumulative_kt_per_a"].tolist() == [1.0, 10.0, 10.0, 5.0]


def test_the_same_question_has_the_same_answer_in_any_order_of_asking() -> None:
    cost, carried = dice_web(11, 20, 40)
    first = build_order.order(cost, carried).steps
    again = build_order.order(dict(reversed(cost.items())), carried[::-1]).steps
    assert list(first["corridor_id"]) == list(again["corridor_id"])


def test_nothing_to_build_is_an_empty_table() -> None:
    found = build_order.order({}, [CorridorFlow(frozenset(), 3.0)])
    assert found.steps.empty
    assert found.proven


def test_bad_input_is_told_in_full() -> None:
    with pytest.raises(DesignError) as error:
        build_order.order({"a": -1.0, "b": float("nan")}, [CorridorFlow(frozenset({"a", "z"}), 1.0)])
    assert [problem.value for problem in error.value.problems] == ["-1", "nan", "z"]
