"""Explanations: what is told is what was computed, to the last number, and what the user changed is told as changed."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn import DRAWING
from study_tools import Outcome

from infraplan.analysis import explanation
from infraplan.analysis.explanation import Explanation, Section, Step
from infraplan.analysis.explanation.corridors import CorridorWriter
from infraplan.analysis.explanation.money import explain_investment, explain_yearly_cost
from infraplan.analysis.explanation.sites import explain_needs, order_needs
from infraplan.analysis.explanation.worth import _ITEMS
from infraplan.analysis.explanation.writer import Writer, keys_in, translate_unit
from infraplan.core.errors import InfraplanError
from infraplan.core.i18n import list_untranslated
from infraplan.core.model import Scenario
from infraplan.demand import needs
from infraplan.demand.abatement import keep_account, rate_of
from infraplan.demand.design_basis import build_design_basis, value_needs
from infraplan.demand.estimate import estimate_needs, take_apart
from infraplan.plan import Plan, make_plan
from infraplan.study.assumptions import Assumptions, overrides
from infraplan.study.case import open_case
from infraplan.study.study import Study

ROOT = Path(__file__).parents[1]
Run = Callable[..., Outcome]


def evaluate(formula: str, numbers: Assumptions) -> float:
    """Work a formula out as a reader would: the numbers of its words, its signs, its brackets."""
    for key in keys_in(formula):
        formula = re.sub(rf"(?<![^\s(]){re.escape(key)}(?![^\s),])", repr(numbers.row(*key.split("/")).value), formula)
    formula = re.sub(r",(?=\d)", "", formula).replace("×", "*").replace("÷", "/")
    tree = ast.parse(formula, mode="eval")
    return float(eval(compile(tree, "formula", "eval"), {"__builtins__": {}, "max": max}))


def section_of(explained: Explanation, start: str) -> Section:
    return next(section for section in explained.sections if section.title.startswith(start))


def value_of(section: Section, label: str) -> float:
    found = [step.value for step in section.steps if step.label.startswith(label)]
    assert len(found) == 1
    assert found[0] is not None
    return found[0]


def total(section: Section) -> float:
    """What the signed steps of a section come to."""
    signs = {"+": 1.0, "−": -1.0}
    return sum(signs[step.sign] * step.value for step in section.steps if step.sign in signs and step.value is not None)


def product(steps: list[Step]) -> float:
    return math.prod(step.value for step in steps if step.value is not None)


@pytest.fixture(scope="module")
def flemish(default_study: Study) -> tuple[Scenario, pd.DataFrame, list[str]]:
    """The default scenario, its needs, and the Flemish sites that have any."""
    scenario = default_study.scenario()
    needed = estimate_needs(open_case(default_study, scenario))
    sites = default_study.sites
    mine = sorted(set(sites.loc[sites["region"] == "Flanders", "site_id"]) & set(needed["place_id"]))
    return scenario, needed, mine


# --- needs --------------------------------------------------------------------------------------------------


def test_the_parts_add_up_to_the_needs(default_study: Study) -> None:
    scenario = default_study.scenario()
    needed = estimate_needs(open_case(default_study, scenario))
    parts = take_apart(open_case(default_study, scenario)).rows
    keys = ["place_id", "process", "carrier", "role", "band"]
    for column in ("amount_low", "amount", "amount_high"):
        one = needed[needed["kind"] == "site"].groupby(keys)[column].sum()
        other = parts.groupby(keys)[column].sum()
        pd.testing.assert_series_equal(one, other)
    numbers = default_study.assumptions
    assert len(set(parts["formula"])) > 100
    for formula, factor in zip(parts["formula"], parts["mode"], strict=True):
        assert evaluate(formula, numbers) == pytest.approx(factor, rel=1e-9), formula


def test_what_is_printed_multiplies_to_every_need_of_every_flemish_site(
    default_study: Study, flemish: tuple[Scenario, pd.DataFrame, list[str]]
) -> None:
    scenario, needed, sites = flemish
    assert len(sites) > 80
    checked = 0
    parts = take_apart(open_case(default_study, scenario))
    writer = Writer(open_case(default_study, scenario), "en")
    for site in sites:
        mine = needed[needed["place_id"] == site]
        for need, section in zip(order_needs(mine), explain_needs(writer, mine, parts), strict=True):
            results = [step for step in section.steps if step.sign == "="]
            assert [step.value for step in results] == [need.amount]
            assert (results[0].low, results[0].high) == (need.amount_low, need.amount_high)
            before = section.steps[: section.steps.index(results[0])]
            if before[0].sign == "+":
                assert sum(step.value or 0.0 for step in before) == pytest.approx(need.amount, rel=1e-9)
            else:
                assert [step.sign for step in before] == ["", "×", "×"]
                assert product(list(before)) == pytest.approx(need.amount, rel=1e-9)
                # what the reader sees is rounded: it still comes to the factor
                assert evaluate(before[2].filled, writer.assumptions) == pytest.approx(before[2].value, rel=2e-3)
            checked += 1
    assert checked == len(needed[needed["place_id"].isin(sites)])


def test_the_co2_of_a_site_is_verified_x_index_and_splits_without_rest(
    default_study: Study, flemish: tuple[Scenario, pd.DataFrame, list[str]]
) -> None:
    scenario, _, sites = flemish
    for site in sites[::7]:
        explained = explanation.explain_place(open_case(default_study, scenario), site)
        section = section_of(explained, "CO2 of the site")
        result = next(step for step in section.steps if step.sign == "=")
        factors = [s for s in section.steps[: section.steps.index(result)] if s.value is not None]
        assert product(factors) == pytest.approx(result.value, rel=1e-9)
        biogenic = sum(s.value or 0.0 for s in section.steps if s.label.startswith("Biogenic"))
        split = sum(step.value or 0.0 for step in section.steps if step.sign == "·")
        assert split == pytest.approx((result.value or 0.0) + biogenic, rel=1e-9)
        assert all(step.source for step in factors)
        for pathways in (s for s in explained.sections if s.title.startswith("Pathways of")):
            assert pathways.steps[-1].value == pytest.approx(1.0, abs=1e-6)


def test_a_project_that_lifts_a_share_is_named_with_its_status(default_study: Study) -> None:
    scenario = default_study.scenario()
    explained = explanation.explain_place(
        open_case(default_study, scenario), "air-liquide-jupiter-antwerp", carrier="co2"
    )
    notes = [step.note for step in section_of(explained, "Pathways of hydrogen").steps]
    assert any(
        "Kairos@C (FID pending) captures up to 1,500 kt/a at all its sites together: from 0.8 to" in n for n in notes
    )
    assert any("Kairos@C (FID pending): from 0.1 to" in note for note in notes)
    off = explanation.explain_place(
        open_case(default_study, scenario.changed(projects_off=("kairos-c",))), "air-liquide-jupiter-antwerp"
    )
    changed = section_of(off, "What you changed").steps
    assert [(step.label, step.text) for step in changed] == [("projects_off", "kairos-c")]
    fallen = [step.note for step in section_of(off, "Pathways of hydrogen").steps if step.value == 0.0]
    later = [s.note for s in section_of(off, "Pathways of hydrogen").steps if s.label == "decision postponed"]
    assert later == ["Kairos@C (FID pending): from 0 to 0.8"]
    assert fallen == ["Kairos@C (FID pending) does not go ahead, or not yet: from 0.8 to 0"]


def test_the_peak_is_the_need_times_its_formula(
    default_study: Study, flemish: tuple[Scenario, pd.DataFrame, list[str]]
) -> None:
    scenario, needed, _ = flemish
    writer = Writer(open_case(default_study, scenario), "en")
    parts = take_apart(open_case(default_study, scenario))
    mine = needed[needed["place_id"] == "basf-antwerpen"]
    for section in explain_needs(writer, mine, parts):
        peak = next(step for step in section.steps if step.label == "peak")
        assert evaluate(peak.filled, writer.assumptions) == pytest.approx(peak.value, rel=1e-3)


# --- worth --------------------------------------------------------------------------------------------------


def test_the_account_adds_up_to_the_worth_and_every_rate_is_its_formula(default_study: Study) -> None:
    scenario = default_study.scenario()
    credit, account = keep_account(
        estimate_needs(open_case(default_study, scenario)), default_study.assumptions, scenario, scenario.year
    )
    assert account.avoided.sum(axis=1).to_numpy() == pytest.approx(credit["avoided_kt_per_a"].to_numpy())
    assert account.fixed.sum(axis=1).to_numpy() == pytest.approx(credit["worth_fixed_eur_per_unit"].to_numpy())
    assert account.per_co2.sum(axis=1).to_numpy() == pytest.approx(credit["worth_per_co2_value"].to_numpy())
    assert {*account.avoided, *account.fixed, *account.per_co2} - {"avoided"} == set(_ITEMS)
    for item in _ITEMS:
        for process, pathway in sorted(set(zip(credit["process"], credit["pathway"], strict=True))):
            given = {"process": process, "pathway": pathway, "assumptions": default_study.assumptions}
            if process == "heat_area" and item not in ("pumping", "home_boiler", "station", "moving", "retail"):
                continue
            try:
                rate = rate_of(item, year=scenario.year, **given)
            except InfraplanError:  # hydrogen's numbers are not given for each process
                continue
            if rate is not None:
                assert evaluate(rate.formula, default_study.assumptions) == pytest.approx(rate.value, rel=1e-9)


def test_the_worth_that_is_told_is_that_of_the_plan(toy_plan: Plan) -> None:
    for carrier, network in toy_plan.networks.items():
        for place in sorted({*network.joins["place_id"], *network.left_out["place_id"]}):
            explained = explanation.explain_place(toy_plan.case, place, carrier=carrier, plan=toy_plan)
            for section in (s for s in explained.sections if s.title.startswith("Worth of") and "all" not in s.title):
                per_unit, worth = [], []
                results = [step for step in section.steps if step.sign == "="]
                assert len(results) == 3
                for step in section.steps:
                    (worth if results[0] in section.steps[: section.steps.index(step)] else per_unit).append(step)
                assert total(Section("", tuple(per_unit))) == pytest.approx(results[0].value)
                after = [s for s in worth if s.unit.startswith("EUR")]
                assert (results[1].value or 0.0) + total(Section("", tuple(after))) == pytest.approx(results[2].value)


def test_who_is_left_out_is_told_with_the_value_from_which_he_joins(toy_plan: Plan) -> None:
    poor = make_plan(
        toy_plan.study, toy_plan.scenario.changed(co2_value_eur_per_t={2040: 60.0}), ground=toy_plan.ground
    )
    row = poor.left_out[poor.left_out["break_even_co2_value_eur_per_t"] > 0.0].iloc[0]
    explained = explanation.explain_place(poor.case, row["place_id"], carrier=row["carrier"], plan=poor)
    fate = section_of(explained, "In the plan")
    assert any(step.label.startswith("left out") for step in fate.steps)
    assert value_of(fate, "CO2 value from which it joins") == row["break_even_co2_value_eur_per_t"]
    assert value_of(fate, "cheapest way to a hub") == row["break_even_worth"]
    changed = section_of(explained, "What you changed").steps
    assert ("co2_value_eur_per_t.2040", "60.0") in [(step.label, step.text) for step in changed]


# --- corridors ----------------------------------------------------------------------------------------------


def explain_each(plan: Plan) -> list[tuple[pd.Series, Explanation]]:
    rows = [plan.ranking.iloc[number] for number in range(len(plan.ranking))]
    return [(row, explanation.explain_corridor(plan, row["corridor_id"])) for row in rows]


def test_the_investment_and_the_yearly_cost_add_up_to_the_ranking(toy_plan: Plan) -> None:
    everything = explain_each(toy_plan)
    assert everything
    for row, explained in everything:
        assert total(section_of(explained, "Investment")) == pytest.approx(row["capex_meur"], rel=1e-9)
        assert total(section_of(explained, "Yearly cost")) == pytest.approx(row["cost_meur_per_a"], rel=1e-9)


def test_every_corridor_of_the_default_plan_adds_up(default_plan: Plan) -> None:
    writer = Writer(default_plan.case, "en")
    assert len(default_plan.ranking) > 20
    for number in range(len(default_plan.ranking)):
        row = default_plan.ranking.iloc[number]
        explained = CorridorWriter(writer, default_plan, row["corridor_id"])
        assert total(explain_investment(explained)) == pytest.approx(row["capex_meur"], rel=1e-9)
        assert total(explain_yearly_cost(explained)) == pytest.approx(row["cost_meur_per_a"], rel=1e-9)
        assert total(explained.explain_co2()) == pytest.approx(row["co2_avoided_kt_per_a"], rel=1e-9)


def test_the_marginal_figure_is_with_minus_without(toy_plan: Plan) -> None:
    for row, explained in explain_each(toy_plan):
        assert total(section_of(explained, "CO2 avoided")) == pytest.approx(row["co2_avoided_kt_per_a"], abs=1e-9)


def test_the_pipe_is_the_thinnest_that_carries_the_flow(toy_plan: Plan) -> None:
    writer = Writer(toy_plan.case, "en")
    seen = 0
    for corridor in toy_plan.ranking["corridor_id"]:
        explained = CorridorWriter(writer, toy_plan, corridor)
        for carrier in explained.carriers():
            steps = explained.explain_pipes(carrier).steps
            for place, step in enumerate(steps):
                if "largest flow" in step.label and "thinner" in steps[place + 2].label:
                    flow, carries, thinner = (steps[place + i].value for i in range(3))
                    assert thinner < flow <= carries * (1.0 + 1e-9)
                    seen += 1
    assert seen


def test_the_metre_price_is_the_sum_of_its_parts(toy_plan: Plan) -> None:
    price = build_design_basis(toy_plan.case).network_problems["co2"].price
    explained = [
        e for _, e in explain_each(toy_plan) if any(s.title.startswith("What a metre costs: CO2") for s in e.sections)
    ]
    assert explained
    section = section_of(explained[0], "What a metre costs: CO2")
    factor = next(step.value for step in section.steps if step.sign == "×")
    result = next(step.value for step in section.steps if step.sign == "=")
    assert total(section) * (factor or 0.0) == pytest.approx(result)
    assert np.isclose(price.capex_eur_per_m, result).sum() == 1


# --- what the user changed ----------------------------------------------------------------------------------


def test_a_changed_assumption_shows_its_old_value(default_study: Study) -> None:
    scenario = default_study.scenario().changed(assumptions={"steel/capture_cost": 80.0, "steel/ccs_coverage": 0.5})
    explained = explanation.explain_place(open_case(default_study, scenario), "arcelormittal-gent", carrier="co2")
    changed = {step.label: (step.value, step.changed) for step in section_of(explained, "What you changed").steps}
    assert changed == {
        "steel/capture_cost": (80.0, "changed from 65 (by you)"),
        "steel/ccs_coverage": (0.5, "changed from 0.7 (by you)"),
    }
    capture = next(s for s in section_of(explained, "Worth of steel").steps if s.label.startswith("capture"))
    assert (capture.value, capture.changed) == (80.0, "changed from 65 (by you)")
    plain = explanation.explain_place(
        open_case(default_study, default_study.scenario()), "arcelormittal-gent", carrier="co2"
    )
    assert section_of(plain, "What you changed").steps[0].label.startswith("Nothing")
    assert overrides(scenario)["steel", "capture_cost"] == 80.0


def test_a_changed_share_and_index_are_told_where_they_count(default_study: Study) -> None:
    filed = default_study.scenario()
    scenario = filed.changed(activity={**filed.activity, "steel": {2040: 0.5}})
    explained = explanation.explain_place(open_case(default_study, scenario), "arcelormittal-gent", carrier="h2")
    index = next(s for s in section_of(explained, "CO2 of the site").steps if s.label.startswith("Production index"))
    assert (index.value, index.changed) == (0.5, "was 0.97")
    assert "changed by you" in index.source


def test_what_was_drawn_is_told_as_drawn(toy_plan: Plan) -> None:
    scenario = toy_plan.scenario.changed(drawing=DRAWING)
    plan = make_plan(toy_plan.study, scenario, ground=toy_plan.ground)
    explained = explanation.explain_place(plan.case, DRAWING.sites[0].site_id, plan=plan)
    emissions = section_of(explained, "CO2 of the site").steps
    assert (emissions[0].value, emissions[0].source) == (700.0, "drawn in this scenario")
    changed = {step.label: step.text for step in section_of(explained, "What you changed").steps}
    assert changed["drawing.no_go"] == "park"
    assert changed["drawing.must_pass"] == "south"
    for row, explained in explain_each(plan):
        assert total(section_of(explained, "Investment")) == pytest.approx(row["capex_meur"], rel=1e-9)
        assert total(section_of(explained, "Yearly cost")) == pytest.approx(row["cost_meur_per_a"], rel=1e-9)
        assert total(section_of(explained, "CO2 avoided")) == pytest.approx(row["co2_avoided_kt_per_a"], abs=1e-6)


# --- words --------------------------------------------------------------------------------------------------


def test_names_are_found_whatever_the_case_and_near_ones_proposed(toy_plan: Plan, default_study: Study) -> None:
    check = explanation.check_word
    assert check(default_study, "ArcelorMittal-GENT") == ("place", "arcelormittal-gent")
    assert check(default_study, "basf antwerpen verbund site") == ("place", "basf-antwerpen")
    assert check(default_study, "Ghent") == ("corridor", "ghent")
    assert check(default_study, "ANTWERP--zeeland") == ("corridor", "antwerp--zeeland")
    with pytest.raises(InfraplanError, match=r"no such site, heat area or corridor.*basf-antwerpen"):
        check(default_study, "basf")
    with pytest.raises(InfraplanError, match=r"arcelormittal-gent"):
        check(default_study, "arcelormital-gent")
    with pytest.raises(InfraplanError, match=r"the plan has no such corridor"):
        absent = sorted(
            set(explanation.list_corridor_words(toy_plan.study).values()) - set(toy_plan.ranking["corridor_id"])
        )
        check(toy_plan.study, absent[0], toy_plan)


def test_units_and_formulas_read_as_people_write_them() -> None:
    assert [translate_unit(unit) for unit in ("eur_per_m_per_mm", "t_per_mwh", "share_per_a", "pa_per_m")] == [
        "EUR/m/mm", "t/MWh", "-/a", "Pa/m",
    ]  # fmt: skip
    a, b = (needs.Range(value, value, value, (key,), key) for value, key in ((2.0, "x/a"), (4.0, "x/b")))
    made = (a + b.rest()) * 0.5 / (a * b)
    assert made.formula == "(x/a + 1 - x/b) × 0.5 ÷ (x/a × x/b)"
    assert a.less(b * a).formula == "max(0, x/a - x/b × x/a)"


def test_every_text_of_an_explanation_is_dutch_too(toy_plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    texts = set(_ITEMS.values())
    for path in sorted((ROOT / "src/infraplan/analysis/explanation").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "say":
                texts |= {
                    leaf.value
                    for leaf in ast.walk(call.args[0])
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                }
    assert len(texts) > 100
    assert list_untranslated(tuple(sorted(texts)), "nl") == ()
    formulas = set()
    for place in sorted(set(toy_plan.needs["place_id"])):
        explained = explanation.explain_place(toy_plan.case, place, plan=toy_plan, language="nl")
        formulas |= {
            text for section in explained.sections for step in section.steps for text in (step.formula, step.filled)
        }
    assert any("× 0,5" in text for text in formulas)
    assert not [text for text in formulas if re.search(r"\b0\.\d", text)], "one decimal sign in one formula"
    for corridor in toy_plan.ranking["corridor_id"]:
        explained = explanation.explain_corridor(toy_plan, corridor, language="nl")
        assert any(step.unit == "kt/jaar" for section in explained.sections for step in section.steps)
    assert not [record for record in caplog.records if "translation" in record.message]


# --- the command --------------------------------------------------------------------------------------------


def test_the_command_explains_a_site_and_a_corridor(toyland: Path, toy_plan: Plan, run: Run) -> None:
    site = toy_plan.networks["co2"].joins["place_id"].iloc[0]
    said = run("explain", site.upper(), "--study", toyland, "--carrier", "co2")
    assert said.code == 0, said.err
    assert "The numbers in the formulas" in said.out
    assert max(len(line) for line in said.out.splitlines()) <= 100
    corridor = run("explain", toy_plan.ranking["corridor_id"].iloc[0], "--study", toyland, "--language", "nl")
    assert corridor.code == 0, corridor.err
    assert "Waarom deze leidingen" in corridor.out
    assert "infraplan alternatives" in corridor.out and "infraplan alternatives" not in said.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("nowhere-at-all",), "no such site, heat area or corridor"),
        (("steelworks", "--carrier", "gas"), "unknown carrier"),
    ],
)
def test_a_wrong_word_gives_one_message_before_any_work(
    toyland: Path, run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], complaint: str
) -> None:
    monkeypatch.setattr("infraplan.plan.make_plan", lambda *_, **__: pytest.fail("a plan was made"))
    said = run("explain", *words, "--study", toyland)
    assert said.code == 2
    assert complaint in said.err
    assert not said.out


def test_weighing_by_account_gives_the_same_credit(default_study: Study) -> None:
    scenario = default_study.scenario()
    credit, _ = keep_account(
        estimate_needs(open_case(default_study, scenario)), default_study.assumptions, scenario, scenario.year
    )
    explained = value_needs(open_case(default_study, scenario)).credit.drop(columns="baseline_kt_per_a")
    pd.testing.assert_frame_equal(credit, explained)
