"""The exact mode of a plan: never dearer, with a bound that holds, told in every place, stopped with Ctrl-C."""

from __future__ import annotations

import inspect
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from study_tools import Outcome
from test_corridors import BESIDE, questions_of

from infraplan import Exactness, make_plan
from infraplan.cli import plans
from infraplan.core.model import Proof
from infraplan.networks import corridors
from infraplan.plan import Plan
from infraplan.reports import plan_json
from infraplan.study.study import Study

SURE = Exactness(gap=1.0e-6, time_limit_s=20.0)


@pytest.fixture(scope="module")
def exact_plan(toy_study: Study, told: list[str]) -> Plan:
    return make_plan(
        toy_study, toy_study.scenario(), exact=Exactness(0.01, 20.0), progress=lambda share, what: told.append(what)
    )


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.mark.parametrize("seed", range(6))
def test_proven_carriers_together_are_never_dearer(seed: int) -> None:
    case, questions = questions_of(seed)
    networks = corridors.design_together(case.graph, questions, second_pipe_factor=BESIDE)
    proven, proofs = corridors.prove(case.graph, questions, networks, second_pipe_factor=BESIDE, exactness=SURE)
    before = sum(network.objective_eur_per_a for network in networks.values())
    assert sum(network.objective_eur_per_a for network in proven.values()) <= before + 1e-2
    assert list(proofs) == list(questions)
    # the first carrier is proven on the ground that it was designed with
    first = next(iter(questions))
    assert proofs[first].bound_eur_per_a <= networks[first].objective_eur_per_a + 1e-2
    assert all(proof.bound_eur_per_a <= proof.cost_eur_per_a for proof in proofs.values())


def test_stopped_at_once_the_networks_stay_as_they_were_and_the_bound_holds() -> None:
    case, questions = questions_of(3)
    networks = corridors.design_together(case.graph, questions, second_pipe_factor=BESIDE)
    options = {"second_pipe_factor": BESIDE, "exactness": SURE}
    stopped, poor = corridors.prove(case.graph, questions, networks, should_stop=lambda: True, **options)  # type: ignore[arg-type]
    _, proofs = corridors.prove(case.graph, questions, networks, **options)  # type: ignore[arg-type]
    for carrier, network in networks.items():
        assert stopped[carrier].objective_eur_per_a == pytest.approx(network.objective_eur_per_a)
    first = next(iter(questions))
    assert poor[first].bound_eur_per_a <= proofs[first].cost_eur_per_a
    assert poor[first].gap > proofs[first].gap


def test_the_gap_is_a_share_of_the_cost() -> None:
    assert Proof(-200.0, -210.0).gap == pytest.approx(0.05)
    assert Proof(-200.0, -190.0).gap == 0.0


def test_an_exact_plan_says_what_is_proven_and_a_plain_one_says_nothing(
    exact_plan: Plan, toy_plan: Plan, told: list[str]
) -> None:
    assert set(exact_plan.proofs) == set(exact_plan.networks)
    assert all(proof.gap <= 0.01 for proof in exact_plan.proofs.values())
    said = plan_json.record(exact_plan)
    assert said["exact"]["co2"]["bound_eur_per_a"] <= said["exact"]["co2"]["cost_eur_per_a"]
    assert said["exact"]["co2"]["gap"] == pytest.approx(exact_plan.proofs["co2"].gap, abs=1e-6)
    assert said["exact_asked"]["time_limit_s_per_carrier"] == 20.0
    assert not {"exact", "exact_asked"} & plan_json.record(toy_plan).keys()
    assert toy_plan.proofs == {}
    assert any(what.startswith("co2 ") and "at least" in what for what in told)
    total = {plan: sum(n.objective_eur_per_a for n in p.networks.values())
             for plan, p in (("exact", exact_plan), ("plain", toy_plan))}  # fmt: skip
    assert total["exact"] <= total["plain"] + 1.0


def test_the_command_line_asks_for_a_proof_and_prints_it(
    toyland: Path, tmp_path: Path, run: Callable[..., Outcome], exact_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Exactness] = []

    def plan(*_: object, exact: Exactness, should_stop: Callable[[], bool], **__: object) -> Plan:
        asked.append(exact)
        assert not should_stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert should_stop(), "Ctrl-C ends the search, not the plan"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        return exact_plan

    monkeypatch.setattr("infraplan.plan.make_plan", plan)
    monkeypatch.setattr("infraplan.reports.writers.write_sheet", lambda *_, **__: None)
    before = signal.getsignal(signal.SIGINT)
    said = run("plan", "--study", toyland, "--out", tmp_path / "out", "--exact", "--time-limit", 7, "--gap", 0.02)
    assert said.code == 0 and asked == [Exactness(0.02, 7.0)]
    assert signal.getsignal(signal.SIGINT) is before
    assert "no network below" in said.out and f"{exact_plan.proofs['co2'].cost_eur_per_a / 1e6:,.2f}" in said.out
    assert "stopping with the best so far" in said.err
    assert "exact" in json.loads((tmp_path / "out/plan.json").read_text())


def test_the_command_line_has_the_defaults_of_the_python_door() -> None:
    words = inspect.signature(plans.plan).parameters
    assert Exactness() == Exactness(gap=words["gap"].default, time_limit_s=words["time_limit"].default)


@pytest.mark.parametrize("words", [("--gap", 2), ("--gap", -0.1), ("--time-limit", -1)])
def test_a_limit_that_makes_no_sense_is_refused(run: Callable[..., Outcome], words: tuple[object, ...]) -> None:
    said = run("plan", "--exact", *words)
    assert said.code == 2 and f"{words[0]}, value '{words[1]}': the value does not fit" in said.err
