"""The reference pages say what the code does: commands, tables, layers, scenarios, files, the Python door."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from documents import DOCS, PAGES, ROOT, blocks, named, read, rows, spans, typed

import infraplan
from benchmarks import reference
from infraplan.core import Scenario
from infraplan.core.model import Drawing
from infraplan.plan import Plan
from infraplan.reports import writers
from infraplan.study.layers import LayerEntry

COMMANDS = reference.list_commands()
FLAGS = {name: {opt for p in command.params for opt in p.opts} | {"--help"} for name, command in COMMANDS.items()}
PLACEHOLDERS = {"COMMAND"}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_what_is_made_from_the_code_is_as_the_code_has_it(page: Path) -> None:
    text = read(page)
    assert reference.fill(text) == text, "run: python -m benchmarks.reference docs"


def test_every_maker_has_its_place() -> None:
    marks = [found[2] for page in DOCS.glob("*.md") for found in reference.MADE.finditer(read(page))]
    assert sorted(marks) == sorted(reference.MAKERS)


# ------------------------------------------------------------------ commands


def test_every_command_and_flag_is_documented() -> None:
    text = "\n".join(read(page) for page in PAGES)
    for name, command in COMMANDS.items():
        section = read("commands.md").partition(f"## `infraplan {name}`\n")[2].partition("\n## ")[0]
        assert command.help.strip() in section
        assert FLAGS[name] - {"--help"} <= set(re.findall(r"`(--[\w-]+|\w+)", section)) | {
            p.name for p in command.params if p.param_type_name == "argument"
        }
        assert f"`infraplan {name}" in text


def test_every_documented_command_and_flag_exists() -> None:
    wrong = []
    for page in PAGES:
        for command, *words in typed(read(page)):
            if command in PLACEHOLDERS or command == "--help":
                continue
            unknown = [w for w in words if w.startswith(("--", "[--"))]
            unknown = [w for w in (u.strip("[]") for u in unknown) if w not in FLAGS.get(command, set())]
            if command not in COMMANDS or unknown:
                wrong.append(f"{page.name}: infraplan {command} {' '.join(unknown)}")
        every = set().union(*FLAGS.values())
        wrong += [
            f"{page.name}: {span}"
            for span in spans(read(page))
            if span.startswith("--") and not span.startswith("---") and span.split()[0] not in every | OF_BENCHMARKS
        ]
    assert not wrong, "\n".join(wrong)


# flags of commands that are no part of infraplan
OF_BENCHMARKS = {"--reach"}


# ------------------------------------------------------------------ layers and scenarios


def documented(page: str) -> dict[str, bool]:
    """Keys that a page lists, and whether it says that they are needed."""
    return {key: need == "yes" for cell, need, _ in rows(read(page), "key", "needed", "holds") for key in named(cell)}


def test_every_key_of_a_layer_is_documented() -> None:
    fields = LayerEntry.model_fields
    assert documented("layers.md") == {name: field.is_required() for name, field in fields.items()}


def test_every_role_of_a_layer_is_documented_with_effects_that_hold() -> None:
    (example,) = tomllib.loads(blocks(read("own-layer.md"), "toml")[0])["layer"]
    assert LayerEntry.model_validate(example).id == "vineyards"
    said = [(named(role)[0], effect) for role, effect, _ in rows(read("layers.md"), "role", "effect", "does")]
    assert {role for role, _ in said} == set(get_args(LayerEntry.model_fields["role"].annotation))
    for role, effect in said:
        value = "".join(named(effect))
        value_map = {"1": "none"} if value == "codes" else {}
        LayerEntry.model_validate({**example, "role": role, "effect": value, "value_map": value_map})
        with pytest.raises(ValueError, match=r"catalogue\.effect_of_(role|raster)"):
            LayerEntry.model_validate({**example, "role": role, "effect": "magic"})


def test_every_key_of_a_scenario_is_documented() -> None:
    fields = Scenario.model_fields
    assert documented("scenarios.md") == {name: field.is_required() for name, field in fields.items()}


def test_every_key_of_a_drawing_is_documented() -> None:
    listed = rows(read("scenarios.md"), "table", "key", "needed", "holds")
    said = {(named(table)[0], named(key)[0]): need == "yes" for table, key, need, _ in listed}
    have: dict[tuple[str, str], bool] = {}
    for kind, field in Drawing.model_fields.items():
        (shape, _) = get_args(field.annotation)
        have |= {(f"drawing.{kind}", name): one.is_required() for name, one in shape.model_fields.items()}
    assert said == have


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_toml_examples_are_valid(page: Path) -> None:
    for block in blocks(read(page), "toml"):
        content = tomllib.loads(block)
        if "drawing" in content:
            assert Drawing.model_validate(content["drawing"])


# ------------------------------------------------------------------ files of a plan


@pytest.fixture(scope="module")
def written(toy_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    writers.write(toy_plan, folder)
    return folder


def test_the_files_of_a_plan_are_those_documented(written: Path) -> None:
    said = [name for cell, _ in rows(read("files.md"), "file", "holds") for name in named(cell)]
    assert sorted(said) == sorted(path.name for path in written.iterdir())


def test_the_documented_properties_are_in_the_geojson(written: Path) -> None:
    said = {name for cell, _ in rows(read("files.md"), "property", "holds") for name in named(cell)}
    content = json.loads((written / "corridors.geojson").read_text(encoding="utf-8"))
    assert all(said <= set(feature["properties"]) for feature in content["features"])
    assert "infraplan" in content


# ------------------------------------------------------------------ the Python door


def test_the_python_page_describes_the_public_door() -> None:
    page = read("python.md")
    assert set(re.findall(r"^\.\. auto\w+:: (\w+)$", page, re.MULTILINE)) == set(infraplan.__all__)
    for name, listed in re.findall(r"^\.\. autoclass:: (\w+)\n   :members: (.+)$", page, re.MULTILINE):
        assert all(hasattr(getattr(infraplan, name), member.strip()) for member in listed.split(","))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_import_what_there_is(page: Path) -> None:
    for block in blocks(read(page), "python"):
        compile(block, page.name, "exec")
        for module, names in re.findall(r"^from ([\w.]+) import (.+)$", block, re.MULTILINE):
            loaded: Any = import_module(module)
            assert all(hasattr(loaded, name.strip()) for name in names.split(","))


def test_the_example_of_the_readme_runs(toyland: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (example,) = blocks(read(ROOT / "README.md"), "python")
    monkeypatch.chdir(toyland)
    exec(compile(example, "README.md", "exec"), {})
    assert "east--west" in capsys.readouterr().out
