"""Links hold a question and nothing else, and whatever is done to them ends in one clear message."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from drawn import DRAWING
from hypothesis import given, settings
from hypothesis import strategies as st

from infraplan.core.errors import InfraplanError, ScenarioError
from infraplan.core.messages import describe, write_remedy
from infraplan.core.model import Drawing, Scenario
from infraplan.study import edits
from infraplan.study.study import Study, open_study
from infraplan.ui import permalink

SITES = ("arc-steel", "bell-chemicals", "cyan-hydrogen", "dairy-dale", "east-refinery")


def forge(toyland: Study, /, **parts: Any) -> str:
    """A link with the right check sum and other contents."""
    whole = permalink.encode(toyland, toyland.scenario()).split(".")[1]
    raw = base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))
    content = json.loads(zlib.decompress(raw[6:])) | parts
    return sign(zlib.compress(json.dumps(content).encode(), 9))


def sign(packed: bytes) -> str:
    return "1." + base64.urlsafe_b64encode(hashlib.sha256(packed).digest()[:6] + packed).decode().rstrip("=")


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "year": draw(st.integers(2030, 2050)),
        "carriers": tuple(draw(st.permutations(["co2", "h2", "heat"]))[: draw(st.integers(1, 3))]),
        "sites_off": tuple(draw(st.sets(st.sampled_from(SITES)))),
        "co2_value_eur_per_t": draw(st.dictionaries(st.integers(2030, 2050), st.floats(0.0, 500.0), min_size=1)),
        "assumptions": draw(st.dictionaries(st.just("co2_pipeline/capex_factor"), st.floats(1.3, 3.5))),
        "co2_view": draw(st.sampled_from(["system", "direct"])),
        "weights": draw(st.dictionaries(st.sampled_from(["co2", "cost"]), st.floats(0.1, 5.0))),
    }


@settings(max_examples=100, deadline=None)
@given(answers=scenarios())
def test_what_goes_in_comes_out(toy_study: Study, answers: dict[str, Any]) -> None:
    scenario = toy_study.scenario().changed(**answers)
    text = permalink.encode(toy_study, scenario)
    assert permalink.decode(toy_study, text) == scenario
    # room for every year of the study with all its digits
    assert len(text) < 440 + 16 * len(scenario.co2_value_eur_per_t) and set(text) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    )


@settings(max_examples=300, deadline=None)
@given(share=st.floats(0.0, 1.0, exclude_max=True), sign_=st.characters(), way=st.sampled_from(("cut", "swap", "add")))
def test_an_altered_link_is_refused_with_one_message(toy_study: Study, share: float, sign_: str, way: str) -> None:
    text = permalink.encode(toy_study, toy_study.scenario().changed(year=2035, sites_off=("arc-steel",)))
    place = int(share * len(text))
    rest = {"cut": "", "swap": sign_ + text[place + 1 :], "add": sign_ + text[place:]}[way]
    broken = text[:place] + rest
    if broken != text and broken.rstrip("=") != text:
        with pytest.raises(ScenarioError) as error:
            permalink.decode(toy_study, broken)
        assert len(error.value.problems) == 1


@settings(max_examples=200, deadline=None)
@given(
    noise=st.one_of(st.text(max_size=50), st.binary(max_size=200).map(sign), st.binary().map(zlib.compress).map(sign))
)
def test_noise_is_refused(toy_study: Study, noise: str) -> None:
    with pytest.raises(ScenarioError) as error:
        permalink.decode(toy_study, noise)
    assert len(error.value.problems) == 1


def test_a_packed_bomb_is_not_unpacked(toy_study: Study) -> None:
    bomb = sign(zlib.compress(b"[" * 50_000_000, 9)[: 1 << 20])
    with pytest.raises(ScenarioError, match="too long"):
        permalink.decode(toy_study, bomb)
    small = sign(zlib.compress(b" " * 3_000_000, 9))
    assert len(small) < permalink.MOST_CHARACTERS
    with pytest.raises(ScenarioError, match="cannot be read"):
        permalink.decode(toy_study, small)
    deep = sign(zlib.compress(b"[" * 190_000, 9))
    with pytest.raises(ScenarioError, match="cannot be read"):
        permalink.decode(toy_study, deep)


def test_nothing_that_was_drawn_and_no_free_text_is_in_a_link(toy_study: Study) -> None:
    base = toy_study.scenario()
    secret = base.changed(
        drawing=DRAWING,
        sites_off=("new-lime", "arc-steel"),
        hubs_off=("new-hub",),
        title_en="Secret",
        about_nl="Geheim",
    )
    text = permalink.encode(toy_study, secret)
    assert text == permalink.encode(toy_study, base.changed(sites_off=("arc-steel",)))
    found = permalink.decode(toy_study, text)
    assert found.drawing == Drawing() and found.sites_off == ("arc-steel",) and found.title_en == base.title_en
    with pytest.raises(ScenarioError, match="what no link can hold"):
        permalink.decode(toy_study, forge(toy_study, changed={"drawing": DRAWING.model_dump(mode="json")}))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"study": "lombardy"}, "for another study"),
        ({"scenario": "gone"}, "has no scenario gone any more"),
        ({"scenario": "../../etc/passwd"}, "has no scenario"),
        ({"scenario": "/tmp/x.toml"}, "has no scenario"),
        ({"base": "0" * 12}, "has changed since"),
        ({"changed": {"year": 1800}}, "outside the study"),
        ({"changed": {"year": "soon"}}, "answers of another kind"),
        ({"changed": {"sites_off": ["nobody"]}}, "unknown site"),
        ({"changed": {"pathways": {"steel": {"unchanged": {"2040": 0.4}}}}}, "shares add to"),
        ({"changed": {"pathways": 7}}, "answers of another kind"),
        ({"changed": {"co2_value_eur_per_t": {"2030": float("nan")}}}, "answers of another kind"),
        ({"changed": []}, "cannot be read"),
        ({"extra": 1}, "cannot be read"),
        ({"study": 7}, "cannot be read"),
    ],
)  # fmt: skip
def test_a_forged_link_is_checked_like_any_input(toy_study: Study, parts: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as error:
        permalink.decode(toy_study, forge(toy_study, **parts))
    (problem,) = error.value.problems
    assert problem.sentence("nl") != problem.sentence("en"), "a reader of Dutch reads Dutch"
    assert write_remedy(problem, "nl") != write_remedy(problem, "en")
    # the sentence inside the sentence is told in Dutch, too
    assert "answers of another kind" not in describe(problem, "nl") and "column" not in describe(problem, "nl")


def test_another_version_says_so(toy_study: Study) -> None:
    text = permalink.encode(toy_study, toy_study.scenario())
    with pytest.raises(ScenarioError, match="another version"):
        permalink.decode(toy_study, text.replace("1.", "27.", 1))


def test_only_scenarios_of_the_study_are_linked(toy_study: Study) -> None:
    with pytest.raises(ScenarioError, match="no such scenario"):
        permalink.encode(toy_study, toy_study.scenario().changed(name="my-own"))


def test_a_scenario_that_changed_makes_old_links_void(toy: Path) -> None:
    study = open_study(toy)
    text = permalink.encode(study, study.scenario().changed(year=2035))
    assert permalink.decode(study, text).year == 2035
    path = toy / "data/scenarios/roadmap-2025.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("2040 = 170", "2040 = 175"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="has changed since the link was made"):
        permalink.decode(study, text)


# ------------------------------------------------------------------ what a reader may change


@settings(max_examples=100, deadline=None)
@given(
    sector=st.sampled_from(["steel", "refining", "chemicals"]),
    place=st.integers(0, 20),
    share=st.floats(0.0, 0.999),
    year=st.integers(2030, 2050),
)
def test_shares_still_add_to_one(toy_study: Study, sector: str, place: int, share: float, year: int) -> None:
    from infraplan.plan import refuse_wrong

    base = toy_study.scenario()
    ways = [*base.pathways[sector], *toy_study.pathways["pathway"]]
    way = ways[place % len(ways)]
    others = sum(base.share(sector, other, year) for other in base.pathways[sector] if other != way)
    if others <= 1e-9:
        return
    changed = edits.set_share(toy_study, base, sector, way, share, year=year)
    refuse_wrong(toy_study, changed)
    assert changed.share(sector, way, year) == pytest.approx(share)
    milestones = [m for m in toy_study.settings.milestones if m != year]
    for other in base.pathways[sector]:
        assert [changed.share(sector, other, m) for m in milestones] == [
            base.share(sector, other, m) for m in milestones
        ]


def test_shares_that_cannot_be_are_refused(toy_study: Study) -> None:
    base = toy_study.scenario()
    for answers, said in (
        (("steel", "unchanged", 1.2), "not a share"),
        (("magic", "ccs", 0.2), "no such sector"),
        (("steel", "magic", 0.2), "no such pathway"),
    ):
        with pytest.raises(ScenarioError, match=said):
            edits.set_share(toy_study, base, *answers)
    alone = edits.set_share(toy_study, base, "steel", "unchanged", 1.0)
    with pytest.raises(ScenarioError, match="no other pathway has a share in 2040 that could grow"):
        edits.set_share(toy_study, alone, "steel", "unchanged", 0.5)


def test_switches_and_decisions(toy_study: Study) -> None:
    base = toy_study.scenario()
    off = edits.switch_site(edits.switch_hub(base, "harbour-co2", on=False), "arc-steel", on=False)
    assert (off.sites_off, off.hubs_off) == (("arc-steel",), ("harbour-co2",))
    assert edits.switch_site(edits.switch_hub(off, "harbour-co2", on=True), "arc-steel", on=True) == base
    assert edits.decide_project(base, "p", "yes").projects_on == ("p",)
    later = edits.decide_project(edits.decide_project(base, "p", "yes"), "p", "later", year=2040)
    assert (later.projects_on, later.project_years) == (("p",), {"p": 2040})
    fallen = edits.decide_project(later, "p", "no")
    assert (fallen.projects_on, fallen.projects_off, fallen.project_years) == ((), ("p",), {})
    assert edits.decide_project(fallen, "p", "as_known") == base
    with pytest.raises(ScenarioError, match="no year is given"):
        edits.decide_project(base, "p", "later")
    assert edits.set_co2_value(base, 222.0).co2_value() == 222.0


def test_dials_stand_on_rows_of_assumptions(default_study: Study) -> None:
    base = default_study.scenario()
    dials = edits.list_dials(default_study, base)
    assert {dial.group for dial in dials} == {"capture", "cost", "layer"}
    assert len({dial.id for dial in dials}) == len(dials)
    for dial in dials:
        row = default_study.assumptions.row(*dial.id.split("/"))
        assert (dial.value, dial.low, dial.high, dial.unit, dial.source) == (
            row.value, row.low, row.high, row.unit, row.source,
        )  # fmt: skip
        assert dial.low <= dial.value <= dial.high and dial.title
        assert bool(dial.title_nl) == (dial.group == "layer")
        turned: Scenario = edits.set_number(default_study, base, dial.id, dial.high)
        assert turned.assumptions == ({} if dial.high == dial.value else {dial.id: dial.high})
        assert edits.set_number(default_study, turned, dial.id, dial.default) == base
    with pytest.raises(InfraplanError, match="no assumption for"):
        edits.set_number(default_study, base, "no/thing", 1.0)
    with pytest.raises(InfraplanError, match="a share lies between 0 and 1"):
        edits.set_number(default_study, base, "co2/capture_rate_2030", 1.5)
