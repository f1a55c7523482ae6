"""Two plans side by side: what came and went adds up, and looking the other way round swaps the two."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn import DRAWING, PARK
from hypothesis import given, settings
from hypothesis import strategies as st
from study_tools import Outcome

from infraplan.analysis import comparison
from infraplan.analysis.comparison import CAME, GREW, SAME, SHRANK, WENT, Comparison
from infraplan.core.errors import InfraplanError
from infraplan.core.model import Drawing
from infraplan.core.tables import split_list
from infraplan.plan import Plan, make_plan
from infraplan.reports import plan_json, plan_layers
from infraplan.study import edits
from infraplan.study.study import Study, open_study

KINDS = {CAME, WENT, GREW, SHRANK, SAME}


@pytest.fixture(scope="module")
def variants(toy_study: Study, toy_plan: Plan) -> dict[str, Plan]:
    base = toy_study.scenario()
    asked = {
        "no steel": edits.switch_site(base, "arc-steel", on=False),
        "park": base.changed(drawing=Drawing(no_go=(PARK,))),
        "drawn": base.changed(drawing=DRAWING, year=2035),
        "no heat": base.changed(carriers=("co2", "h2")),
    }
    made = {name: make_plan(toy_study, scenario, ground=toy_plan.ground) for name, scenario in asked.items()}
    return {"base": toy_plan, **made}


pairs = st.tuples(*[st.sampled_from(["base", "no steel", "park", "drawn", "no heat"])] * 2)


def lengths(found: Comparison, *kinds: str) -> pd.Series:
    table = found.segments[found.segments["change"].isin(kinds)]
    return table.groupby("carrier")["length_m"].sum()


def test_a_plan_is_the_same_as_itself(variants: dict[str, Plan]) -> None:
    for plan in variants.values():
        found = comparison.compare(plan, plan)
        assert set(found.segments["change"]) == {SAME} and set(found.corridors["change"]) == {SAME}
        assert (found.totals["delta"].fillna(0.0) == 0.0).all()
        assert (found.segments["flow_before"] == found.segments["flow_after"]).all()
        assert len(found.segments) == len(plan.corridors.segments)


def test_sites_joined_in_one_plan_only_are_told(variants: dict[str, Plan]) -> None:
    def joined(plan: Plan) -> dict[str, set[str]]:
        table = plan_layers.frames(plan, whole=False).sites
        return {site: set(split_list(told)) for site, told in zip(table["site_id"], table["connected"], strict=True)}

    for earlier, later in (("base", "no steel"), ("no steel", "base"), ("base", "drawn"), ("drawn", "no heat")):
        was, now = joined(variants[earlier]), joined(variants[later])
        found = comparison.compare(variants[earlier], variants[later]).sites
        assert set(found["site_id"]) == {*was, *now}
        for site, came, went in zip(found["site_id"], found[CAME], found[WENT], strict=True):
            assert set(split_list(came)) == now.get(site, set()) - was.get(site, set())
            assert set(split_list(went)) == was.get(site, set()) - now.get(site, set())
    steel = comparison.compare(variants["base"], variants["no steel"]).sites.set_index("site_id").loc["arc-steel"]
    assert steel[WENT]
    assert not steel[CAME]


@settings(max_examples=25, deadline=None)
@given(pair=pairs)
def test_looking_the_other_way_round_swaps_what_came_and_went(variants: dict[str, Plan], pair: tuple[str, str]) -> None:
    there, back = (comparison.compare(variants[a], variants[b]) for a, b in (pair, pair[::-1]))
    for one, other in ((CAME, WENT), (WENT, CAME)):
        mine, theirs = (f.segments[f.segments["change"] == k] for f, k in ((there, one), (back, other)))
        assert sorted(g.wkb for g in mine.geometry) == sorted(g.wkb for g in theirs.geometry)
        assert list(mine["carrier"]) == list(theirs["carrier"])
    assert np.allclose(there.totals["delta"], -back.totals["delta"], equal_nan=True)
    swapped = {CAME: WENT, WENT: CAME, GREW: SHRANK, SHRANK: GREW, SAME: SAME}
    one, other = (f.corridors.set_index("corridor_id")["change"] for f in (there, back))
    assert one.map(swapped).to_dict() == other.to_dict()


@settings(max_examples=25, deadline=None)
@given(pair=pairs)
def test_all_that_is_there_afterwards_came_or_stayed(variants: dict[str, Plan], pair: tuple[str, str]) -> None:
    before, after = (variants[name] for name in pair)
    found = comparison.compare(before, after)
    assert set(found.segments["change"]) <= KINDS
    laid = after.corridors.segments.groupby("carrier")["length_m"].sum()
    pd.testing.assert_series_equal(lengths(found, CAME, GREW, SHRANK, SAME), laid, check_names=False)
    came = found.segments[found.segments["change"] == CAME]
    assert (came["flow_before"] == 0.0).all() and came["dn_mm_before"].isna().all()
    went = found.segments[found.segments["change"] == WENT]
    assert (went["flow_after"] == 0.0).all() and went["dn_mm_after"].isna().all()


def test_totals_are_those_of_the_plans(variants: dict[str, Plan]) -> None:
    table = comparison.tabulate({name: variants[name] for name in ("base", "park", "drawn", "no heat")})
    table = table.set_index("figure")
    for name in ("base", "park", "drawn", "no heat"):
        kept = plan_json.record(variants[name])["totals"]
        networks = kept["networks"].values()
        expected = {
            "CO2 avoided": kept["co2_avoided_assigned_kt_per_a"],
            "Corridors": kept["corridors"],
            "Length of the pipes": sum(n["length_km"] for n in networks),
            "Investment in pipes": sum(n["capex_meur"] for n in networks),
            "Cost of pipes per year": sum(n["cost_meur_per_a"] for n in networks),
            "Connections": sum(n["joined"] for n in networks),
            "Left out": sum(n["left_out"] for n in networks),
            "CO2 through the pipes": kept["networks"]["co2"]["amount_kt_per_a"],
        }
        for figure, value in expected.items():
            assert table.loc[figure, name] == pytest.approx(value, abs=0.01), (name, figure)
    assert table.loc["Heat through the pipes", "no heat"] == 0.0


def test_a_switched_off_site_takes_its_pipes_away(variants: dict[str, Plan]) -> None:
    found = comparison.compare(variants["base"], variants["no steel"])
    co2 = found.segments[found.segments["carrier"] == "co2"]
    assert not co2[co2["change"] == WENT].empty
    assert found.totals.set_index("figure").loc["CO2 through the pipes", "delta"] < 0.0


def test_pipes_within_the_tolerance_are_one_strip_and_others_are_not(toy_plan: Plan) -> None:
    from dataclasses import replace

    reach_m = toy_plan.study.assumptions.value("comparison", "same_strip", "m")
    for away_m, kind in ((0.9 * reach_m, SAME), (30.0 * reach_m, WENT)):
        segments = toy_plan.corridors.segments
        moved = segments.set_geometry(segments.translate(xoff=away_m))
        # nothing but the straight-away distance changes
        other = replace(toy_plan, corridors=replace(toy_plan.corridors, segments=moved))
        table = comparison.compare(toy_plan, other).segments
        share = table.loc[table["change"] == kind, "length_m"].sum() / segments.length.sum()
        assert share > 0.7, (away_m, kind)


def test_plans_of_two_studies_are_not_compared(toy: Path, toy_plan: Plan) -> None:
    text = (toy / "data/study.toml").read_text(encoding="utf-8").replace('id = "toyland"', 'id = "other"')
    (toy / "data/study.toml").write_text(text, encoding="utf-8")
    other = open_study(toy)
    plan = make_plan(other, other.scenario().changed(carriers=("h2",)))
    with pytest.raises(InfraplanError, match="cannot be compared"):
        comparison.compare(toy_plan, plan)


def test_five_variants_are_too_many(toy_plan: Plan) -> None:
    with pytest.raises(InfraplanError, match="5 variants are too many"):
        comparison.tabulate({str(number): toy_plan for number in range(5)})
    assert list(comparison.tabulate({}).columns) == ["figure", "unit"]


def test_the_command_line_compares_two_scenarios(toyland: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    words = ("compare", "roadmap-2025", "ccs-led", "--study", toyland, "--out", tmp_path, "--language", "nl")
    told = run(*words)
    assert told.code == 0, told.err
    assert "Vermeden CO2" in told.out and "Schematische" in told.out
    found = json.loads((tmp_path / "comparison.geojson").read_text(encoding="utf-8"))
    assert {feature["properties"]["change"] for feature in found["features"]} <= KINDS
    assert found["infraplan"]["compared"]["before"]["scenario"] == "roadmap-2025"
    totals = pd.read_csv(tmp_path / "comparison.csv")
    assert np.allclose(totals["after"] - totals["before"], totals["delta"], atol=1e-5, equal_nan=True)
    assert run("compare", "roadmap-2025", "none", "--study", toyland).code == 2
