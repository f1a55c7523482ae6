"""Messages: every code has its two sentences in every language, and a reader of Dutch reads no English."""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
import string
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from study_tools import Outcome, change
from test_bad_input import CASES, SCENARIO, SITES, swap
from test_drawing import WRONG
from test_house import HOUSE, modules, tree_of

from infraplan.analysis.check import check_study
from infraplan.core import LANGUAGES, Phrase, Problem, describe, i18n, name_reason, write_remedy
from infraplan.core.errors import ExportError, InfraplanError, LayerError, Term
from infraplan.core.files import write_whole
from infraplan.core.messages import describe_error, describe_place, read_sentences
from infraplan.core.model import Scenario
from infraplan.core.tables import TABLES
from infraplan.study import drawings
from infraplan.study.faults import name_fault
from infraplan.study.layers import LayerEntry, open_stack
from infraplan.study.settings import Settings
from infraplan.study.study import Study, check_scenario

CODES = set(read_sentences("en"))
ROOMS = {code.partition(".")[0] for code in CODES}
# what looks like a code of a room, but is the name of a file
SUFFIXES = {"css", "csv", "docx", "md", "geojson", "gpkg", "html", "js", "json", "pdf", "png", "tif", "toml"}


def constants(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


def coded_calls(path: Path) -> Iterator[tuple[str, set[str], int]]:
    """Code, names of the values and line of each call that has a code, and writes the values beside it."""
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        for place, argument in enumerate(node.args):
            if not (isinstance(argument, ast.Constant) and argument.value in CODES):
                continue
            after = node.args[place + 1] if len(node.args) > place + 1 else None
            by_word = {word.arg for word in node.keywords if word.arg}
            if isinstance(after, ast.Dict):
                yield (
                    str(argument.value),
                    {str(key.value) for key in after.keys if isinstance(key, ast.Constant)},
                    node.lineno,
                )
            elif getattr(node.func, "id", "") in ("Problem", "Phrase", "problem") and after is None:
                yield str(argument.value), by_word if "values" not in by_word else set(), node.lineno
            elif getattr(node.func, "id", "") in ("say", "_broken", "_refuse"):
                # what these helpers add of their own
                yield str(argument.value), by_word | {"name", "layer"}, node.lineno


def named(sentence: str) -> list[tuple[str, str, str]]:
    """Values of a sentence, with how they are written."""
    return sorted(
        (name, spec or "", conversion or "")
        for _, name, spec, conversion in string.Formatter().parse(sentence)
        if name is not None
    )


def test_every_code_has_its_sentences_in_every_language() -> None:
    for language in LANGUAGES:
        sentences = read_sentences(language)
        assert set(sentences) == CODES
        for code, entry in sentences.items():
            assert set(entry) == ({"what"} if code.startswith(("phrase.", "reason.")) else {"what", "remedy"}), code
            assert all(text and text == text.strip() for text in entry.values()), code


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_languages_name_the_same_values(code: str) -> None:
    english, dutch = (read_sentences(language)[code] for language in ("en", "nl"))
    for part, sentence in english.items():
        assert named(sentence) == named(dutch[part])
        bare = re.sub(r"\{.*?\}|[^\w]", "", sentence)
        assert not bare or sentence != dutch[part], "not translated"


def test_every_code_of_the_source_has_sentences_and_none_is_left_over() -> None:
    said: dict[str, str] = {}
    for path in modules():
        for text, line in constants(path):
            room, dot, name = text.partition(".")
            if dot and room in ROOMS and re.fullmatch(r"[a-z0-9_]+", name) and name not in SUFFIXES:
                said[text] = f"{path.relative_to(HOUSE)}:{line}"
    assert {code: place for code, place in said.items() if code not in CODES} == {}
    assert CODES - set(said) == set(), "nothing says these"


def test_the_first_word_of_a_problem_is_its_code() -> None:
    """Either a constant, or a name whose constants the test above finds; never a sentence."""
    wrong = []
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "Phrase") and node.args:
                first = node.args[0]
                if isinstance(first, ast.JoinedStr) or (isinstance(first, ast.Constant) and first.value not in CODES):
                    wrong.append(f"{path.relative_to(HOUSE)}:{node.lineno}")
    # the network problem of the designer is another noun of that name
    assert [place for place in wrong if not place.startswith("networks/design/translation.py")] == []


def test_every_value_that_a_sentence_names_is_given() -> None:
    lacking, seen = [], set()
    for path in modules():
        for code, given, line in coded_calls(path):
            seen.add(code)
            wanted = {name for text in read_sentences("en")[code].values() for name, _, _ in named(text)}
            if not wanted <= given:
                lacking.append(f"{path.relative_to(HOUSE)}:{line} {code} lacks {sorted(wanted - given)}")
    assert not lacking, "\n".join(lacking)
    assert len(seen) > 250


def test_a_problem_in_dutch_has_dutch_numbers_places_and_lists() -> None:
    problem = Problem("pipe.too_wide", {"carrier": "co2", "inner_m": 1.23456, "widest_m": 1.1}, "pipes.csv", 3, "value")
    assert describe(problem, "nl").startswith(
        "pipes.csv, rij 3, kolom value: geen standaardleiding voor co2 is 1,235 m breed; de breedste is 1,100 m. "
    )
    assert describe(Problem("carrier.unknown", {"known": ("co2", "h2")}, value="steam"), "nl") == (
        "waarde 'steam': onbekende drager. Kies uit co2, h2"
    )
    large = Problem("service.too_large", {"area_km2": 1234567.0, "most_km2": 60_000.0})
    assert "1.234.567 km²" in large.sentence("nl") and "1,234,567 km2" in large.sentence("en")
    near = Problem("corridor.unknown_near", {"near": ["a--b", "b--c", "c--d"]})
    assert write_remedy(near, "nl") == "Bedoelt u a--b of b--c of c--d?"
    assert describe_place(Problem("weights.none", file=Phrase("phrase.command_line")), "nl") == "opdrachtregel"
    error = InfraplanError([problem, near])
    assert describe_error(error, "nl").count("\n") == 1 and str(error) == describe_error(error, "en")


def test_what_the_system_says_is_told_in_dutch(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ExportError) as error:
        write_whole(tmp_path / "file" / "map.html", b"", what="the map")
    assert "de kaart kon niet geschreven worden (geen map)" in describe_error(error.value, "nl")
    assert describe(Problem("file.in_the_way", {"why": Term("An error of its own")}), "nl").startswith("An error")


def test_what_every_column_holds_is_told_in_dutch() -> None:
    abouts = {column.about for columns in TABLES.values() for column in columns}
    assert i18n.list_untranslated(tuple(sorted(abouts)), "nl") == ()


# ------------------------------------------------------------------ what a reader of Dutch reads

ENGLISH = re.compile(r"\b(the|with|not|must|give|choose|correct|unknown|missing|row|and|should|input|add)\b", re.I)
# names of columns and files stand as they are
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\S+\.\w+|data/\S+|value_map|\bvalue\b")


def english_in(text: str) -> list[str]:
    return ENGLISH.findall(QUOTED.sub("", text))


@pytest.mark.parametrize("kind", CASES)
def test_every_problem_of_a_broken_study_is_told_in_dutch(kind: str, toy: Path) -> None:
    CASES[kind][0](toy)
    problems, _ = check_study(toy)
    assert problems
    for problem in problems:
        told = describe(problem, "nl")
        assert told != str(problem) and not english_in(told), told


def test_the_check_of_a_study_speaks_dutch(toy: Path, run: Callable[..., Outcome]) -> None:
    whole = run("check", "--study", toy, "--language", "nl")
    assert whole.code == 0 and whole.out.endswith("Geen problemen\n") and not english_in(whole.out)
    swap(toy / SITES, 3)
    said = run("check", "--study", toy, "--language", "nl")
    assert said.code == 1 and said.out.endswith("1 probleem\n")
    assert "- sites.csv, rij 3, kolom lon, lat, waarde '51." in said.out
    assert "lon en lat zijn verwisseld. Wissel ze" in said.out
    assert run("check", "--study", toy, "--language", "xx").code == 2


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_drawing_is_told_in_dutch(kind: str, toy_study: Study) -> None:
    scenario = toy_study.scenario().changed(drawing=WRONG[kind][0])
    for problem in check_scenario(toy_study, scenario):
        for told in (describe(problem, "nl"), drawings.describe_shape_problem(problem, "nl")):
            assert not english_in(told.replace(str(problem.column), "")), told


def test_a_command_complains_in_the_language_asked_for(toy: Path, run: Callable[..., Outcome]) -> None:
    change(toy / SCENARIO, "year = 2040", "year = 2060")
    dutch, english = run("plan", "--study", toy, "--language", "nl"), run("plan", "--study", toy)
    assert dutch.code == english.code == 2
    assert "het jaar ligt buiten de studie. Kies een jaar van 2030 tot 2050" in dutch.err
    assert "kolom year, waarde '2060'" in dutch.err
    assert "the year lies outside the study" in english.err, "a language is not kept from one command to the next"
    # whatever the order of the options
    assert "dat scenario bestaat niet" in run("needs", "--scenario", "utopia", "--study", toy, "--language", "nl").err


# not `explain` and `sources`: notes and titles of publications stand in the language of the study's tables
COMMANDS = (
    "plan --out {out} --weights co2=2,cost=1 --exact --time-limit 2", "compare roadmap-2025 electrification-led",
    "alternatives west --out {out}", "needs", "needs --totals", "projects",
    "surface --out {out}/ground.tif", "new {out}/study", "sheets --kind needs --carrier co2 --format svg --out {out}",
)  # fmt: skip
MISTAKES = {
    "plan --bogus": "--bogus: die optie bestaat niet",
    "plann": "waarde 'plann': die opdracht bestaat niet",
    "explain": "SITE|CORRIDOR: dat ontbreekt",
    "plan --year abc": "--year, waarde 'abc': de waarde past niet: het moet een geheel getal zijn",
    "plan --year": "--year: de optie heeft een waarde nodig",
    "plan --gap 7": "--gap, waarde '7': de waarde past niet: het ligt buiten de grenzen",
    "plan --exact=3": "--exact: de optie neemt geen waarde",
    "explain a b": "explain: te veel argumenten",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_speaks_dutch(command: str, toyland: Path, tmp_path: Path, run: Callable[..., Outcome]) -> None:
    words = command.format(out=tmp_path).split()
    said = run(*words, *(() if words[0] == "new" else ("--study", toyland)), "--language", "nl")
    assert said.code == 0, said.err
    assert said.out and not english_in(said.out.replace(str(tmp_path), "")), english_in(said.out)


@pytest.mark.parametrize("command", MISTAKES)
def test_mistakes_in_a_command_are_told_once_in_the_language_asked_for(
    command: str, run: Callable[..., Outcome]
) -> None:
    first, *rest = command.split()
    dutch = run(first, "--language=nl", *rest)
    assert dutch.code == 2 and f"infraplan: {MISTAKES[command]}" in dutch.err and not dutch.out
    english = run(*command.split())
    assert english.code == 2 and len(english.err.splitlines()) == 1 and english_in(english.err), english.err


def test_what_readers_say_is_told_by_our_own_sentences(toy: Path) -> None:
    """Every sentence of the TOML reader is known, and the place is given as row and column."""
    raised = re.findall(r'suffixed_err\(\s*src, \w+, f?"((?:[^"\\\\]|\\\\.)+)"', inspect.getsource(tomllib._parser))
    assert len(raised) >= 15
    for text in raised:
        text = text.replace("{expect!r}", "']'").replace("\\\\", "\\")
        assert name_reason(text).code != "reason.unknown", text
    (toy / SCENARIO).write_text('year = 2040\ntitle = "half\n', encoding="utf-8")
    problems, _ = check_study(toy)
    assert [
        "rij 2, kolom 14: geen geldige TOML (een tekst is niet gesloten)" in describe(p, "nl")
        for p in problems
        if p.code == "toml.not_toml"
    ] == [True]


# ------------------------------------------------------------------ what pydantic finds

NONSENSE: tuple[Any, ...] = (
    "x", "", 7, -7, 10**30, 0.5, -1.5, float("nan"), float("inf"), True, [], [1], ["a"], [1, 2, 3, 4, 5], {}, {"a": 1},
    {"2030": "x"}, {"2030": {}}, {"a": {"b": {"2030": "x"}}}, {"no_go": 1}, {"no_go": [{}]}, {"sites": [{"lon": "x"}]},
    {"no_go": [{"name": 1, "ring": [[1, 2]]}]}, {"must_pass": [{"name": "a", "line": [[1, 2, 3]], "carriers": ["x"]}]},
)  # fmt: skip


@pytest.mark.parametrize("model", [Settings, Scenario, LayerEntry])
def test_what_pydantic_finds_is_told_by_our_own_sentences(model: type[BaseModel]) -> None:
    """In English as pydantic words it, in Dutch without its words."""
    told = set()
    for key, value in itertools.product(model.model_fields, NONSENSE):
        try:
            model.model_validate({key: value})
        except ValidationError as error:
            for finding in error.errors():
                # those have sentences of their own
                if finding["type"] in ("missing", "extra_forbidden") or finding["type"] in CODES:
                    continue
                phrase = name_fault(finding)
                assert phrase.sentence("en") == finding["msg"][0].lower() + finding["msg"][1:]
                assert phrase.code != "toml.unfit" and not english_in(phrase.sentence("nl")), finding
                told.add(phrase.code)
    assert len(told) >= 7


def test_a_wrong_catalogue_is_told_in_dutch(tmp_path: Path) -> None:
    entry = {"id": "x", "title_en": "X", "title_nl": "X", "file": "x.tif", "role": "constraint", "effect": "codes"}
    entry |= {"crs": "EPSG:4326", "source": "s", "licence": "l", "vintage": "v"}
    wrong: list[dict[str, Any]] = [
        {"file": "x.doc", "value_map": {"1": "a"}},
        {"drawn_as": "moon", "value_map": {"1": "a"}},
        {"effect": "class:a"},
        {"role": "context", "effect": "blocked"},
        {"crs": "EPSG:0", "value_map": {"1": "a"}},
        {"value_map": {}},
        {"value_map": {"a": "b"}},
        {"id": "A B", "colour": 1, "schematic": "perhaps", "band": 0, "accuracy_m": -1, "value_map": {"1": "a"}},
    ]
    text = "".join(f"[[layer]]\n{toml({**entry, **more})}\n" for more in wrong) + '[[layer]]\nid = "bare"\n'
    (tmp_path / "catalogue.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LayerError) as error:
        open_stack(tmp_path)
    refusals = {text for text, _ in constants(HOUSE / "study/layers/catalogue.py") if "layer {layer}: " in said(text)}
    assert len(refusals) == 10 and refusals == {problem.code for problem in error.value.problems}
    for problem in error.value.problems:
        assert describe(problem, "nl") != str(problem) and not english_in(problem.sentence("nl")), problem


def said(code: str) -> str:
    return read_sentences("en").get(code, {"what": ""})["what"]


def toml(entry: dict[str, Any]) -> str:
    lines = []
    for key, value in entry.items():
        inner = ", ".join(f'"{k}" = "{v}"' for k, v in value.items()) if isinstance(value, dict) else ""
        lines.append(f"{key} = {{ {inner} }}" if isinstance(value, dict) else f"{key} = {json.dumps(value)}")
    return "\n".join(lines)
