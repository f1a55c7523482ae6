"""The shipped numbers of the cost surface: classes, crossings and densities make sense and fit the layers."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from infraplan.core import tables
from infraplan.routes import surface
from infraplan.study import layers
from infraplan.study.assumptions import Assumptions

ROOT = Path(__file__).resolve().parents[1]


def test_shipped_classes_make_sense(shipped: Assumptions) -> None:
    known = layers.classes(shipped)
    assert all(shipped.value(name, "multiplier", "1") >= 1.0 for name in known["constraint"])
    assert all(shipped.row(name, "multiplier").high <= 1.0 for name in known["bundling"])
    assert all(shipped.value(name, "reach_m", "m") > 0.0 for name in known["bundling"])
    assert shipped.value("open", "multiplier", "1") == 1.0
    assert shipped.value("terminal", "snap_limit_m", "m") > 0.0


@pytest.mark.parametrize("name", ["waterway", "railway", "motorway", "road"])
def test_shipped_crossings_never_get_cheaper_with_width(shipped: Assumptions, name: str) -> None:
    cost = surface.crossing_eur(shipped, name, np.arange(1.0, 2000.0))
    assert (np.diff(cost) > 0.0).all()


def test_shipped_crossings_lie_within_published_ranges(shipped: Assumptions) -> None:
    def price(name: str, width_m: float) -> float:
        return float(surface.crossing_eur(shipped, name, width_m))

    assert 20e3 <= price("waterway", 5.0) <= 60e3, "ditch or brook, open cut"
    assert 10e6 <= price("waterway", 500.0) <= 40e6, "wide river, microtunnel"
    for name in ("railway", "motorway"):
        assert 150e3 <= price(name, shipped.value(name, "default_width_m", "m")) <= 300e3


@pytest.mark.parametrize("prefix", ["density_", "urban_density_"])
def test_shipped_density_never_gets_cheaper(shipped: Assumptions, prefix: str) -> None:
    rows = [s for s in shipped.subjects("persons_per_km2") if s.startswith(prefix)]
    assert len(rows) >= 3
    people = [shipped.value(s, "persons_per_km2", "persons_per_km2") for s in rows]
    factor = [shipped.value(s, "multiplier", "1") for s in rows]
    assert people == sorted(people) and factor == sorted(factor)


def test_shipped_layers_and_numbers_fit_together(shipped: Assumptions) -> None:
    settings = tomllib.loads((ROOT / "data/study.toml").read_text(encoding="utf-8"))
    sources = tables.read(ROOT / "data/sources.csv", "sources")
    stack = layers.open_stack(ROOT / "layers")
    problems = stack.check(settings["extent"], settings["crs"], set(sources["source"]), layers.classes(shipped))
    assert "\n".join(str(problem) for problem in problems) == ""
    extent = tuple(settings["extent"])
    grid = surface.grid_of(extent, settings["crs"], 2000.0)
    built = surface.build(stack, grid, shipped, existing_statuses=["operational"], extent=extent)
    assert 0.05 < built.blocked.mean() < 0.6
    assert built.multiplier.min() < 1.0 < built.multiplier[~built.blocked].max() <= 10.0
    assert (built.crossing_eur > 0.0).mean() > 0.005
