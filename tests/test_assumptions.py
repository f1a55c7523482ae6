"""Assumptions: units are not guessed, absurd numbers are refused, a scenario's own numbers stay its own."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.core.errors import AssumptionError
from infraplan.study import assumptions as papers
from infraplan.study.assumptions import Assumption, Assumptions
from infraplan.study.study import Study

HEADER = "subject,parameter,value,low,high,unit,price_year,source,note"
ROOT = Path(__file__).resolve().parents[1]
KEY = ("co2", "rate")


def number(value: float, unit: str, low: float = 0.0, high: float = 1e9) -> Assumptions:
    row = Assumption(*KEY, value, low, high, unit, 2025, "own-estimate", "", "energy.csv", 2)
    return Assumptions({KEY: row})


def refused(folder: Path, *rows: str) -> list[str]:
    (folder / "a.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(AssumptionError) as error:
        papers.read(folder)
    return [str(problem) for problem in error.value.problems]


def test_a_value_comes_in_the_unit_that_is_asked_for() -> None:
    numbers = number(12.0, "eur_per_t")
    assert numbers.value(*KEY, "eur_per_t") == 12.0
    with pytest.raises(
        AssumptionError, match=r"energy.csv, row 2, column unit, value 'eur_per_t'.*must be eur_per_mwh"
    ):
        numbers.value(*KEY, "eur_per_mwh")
    with pytest.raises(AssumptionError, match="no assumption for co2 / ghost"):
        numbers.value("co2", "ghost", "share")
    assert numbers.has(*KEY) and not numbers.has("co2", "ghost")
    assert numbers.subjects("rate") == ("co2",)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("co2,rate,1.5,0,2,share,,own,", "column value, value '1.5': co2 / rate: a share lies between 0 and 1"),
        ("co2,rate,0.5,-1,1,share,,own,", "column low, value '-1'"),
        ("co2,rate,0.9,0.5,3,share_per_a,,own,", "column high, value '3'"),
        ("gas,price,-5,-9,9,eur_per_mwh,2025,own,", "column value, value '-5': gas / price: it cannot be negative"),
        ("pipe,length,-5,-9,9,km,,own,", "pipe / length: it cannot be negative"),
        ("pump,cop,0.9,0.9,3,cop,,own,", "a heat pump gives more than it takes"),
        ("gas,price,5,9,1,eur_per_mwh,2025,own,", "column low, value '9': gas / price: low is above high"),
        ("gas,price,5,6,9,eur_per_mwh,2025,own,", "the value lies outside low..high (6..9)"),
        ("gas,price,5,4,9,eur_per_mwh,,own,", "column price_year: gas / price: money without a price year"),
        ("gas,price,5,,9,eur_per_mwh,2025,own,", "column low: empty"),
        ("gas,price,inf,4,9,eur_per_mwh,2025,own,", "value 'inf': not a number"),
    ],
)
def test_absurd_numbers_are_refused(tmp_path: Path, row: str, words: str) -> None:
    said = "\n".join(refused(tmp_path, row))
    assert words in said and said.startswith("a.csv, row 2")


@pytest.mark.parametrize("price", [0.0, -1.0])
def test_no_ground_is_free(price: float, default_study: Study) -> None:
    with pytest.raises(AssumptionError, match="water / multiplier: no ground is free"):
        default_study.assumptions.with_values({("water", "multiplier"): price})


def test_all_files_are_read_and_all_problems_told(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(HEADER + "\nco2,rate,0.5,0,1,share,,own,\nh2,rate,2,0,2,share,,own,\n")
    said = refused(tmp_path, "co2,rate,0.5,0,1,share,,own,", "heat,rate,7,0,9,share,,own,")
    assert any("b.csv, row 2" in s and "co2 / rate stands already in a.csv row 2" in s for s in said)
    assert any("a.csv, row 3" in s for s in said) and any("b.csv, row 3" in s for s in said)


def test_temperatures_and_exponents_may_be_negative(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + "\nsoil,cold,-5,-10,0,degc,,own,\nlaw,slope,-0.3,-1,0,1,,own,\n")
    assert papers.read(tmp_path).value("soil", "cold", "degc") == -5.0


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.floats(min_value=0.0, max_value=1.0))
def test_a_changed_value_is_marked_and_the_others_stay(value: float) -> None:
    before = number(0.5, "share", high=1.0)
    after = before.with_values({KEY: value})
    assert after.value(*KEY, "share") == value and after.row(*KEY).changed
    assert before.value(*KEY, "share") == 0.5 and not before.row(*KEY).changed


def test_a_changed_value_may_leave_its_range_but_not_sense() -> None:
    assert number(5.0, "eur_per_t", low=4.0, high=6.0).with_values({KEY: 50.0}).value(*KEY, "eur_per_t") == 50.0
    for value in (-1.0, float("nan"), float("inf")):
        with pytest.raises(AssumptionError):
            number(5.0, "eur_per_t").with_values({KEY: value})
    with pytest.raises(AssumptionError, match="no assumption"):
        number(5.0, "eur_per_t").with_values({("co2", "ghost"): 1.0})


def test_the_table_on_screen_shows_every_paper() -> None:
    frame = number(5.0, "eur_per_t").frame()
    assert list(frame.columns) == [field.name for field in fields(Assumption)]
    assert len(papers.read(ROOT / "data/assumptions").frame()) > 500
