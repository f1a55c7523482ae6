"""The house: imports follow the flow through doors, libraries keep to their rooms, no study stands in code."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from benchmarks.architecture import FLOW, HOUSE

ROOT = Path(__file__).resolve().parents[1]

# a room may use those before it in the flow, and enters them by their door
STEP = {room: step for step, room in enumerate(FLOW)}
STEP |= {"__init__": len(STEP), "__main__": len(STEP) + 1}
MOST_ENTRIES = 14

# the only packages that may import a library; "cli" alone means the whole room
LIBRARY_ROOMS = {
    "CoolProp": {"engineering.hydraulics"},
    "branca": {"reports.maps"},
    "docx": {"reports.minutes"},
    "folium": {"reports.maps"},
    "highspy": {"networks.design"},
    "llvmlite": {"core.kernels"},
    "matplotlib": {"reports.sheets"},
    # core: in annotations only, see below
    "networkx": {
        "core.model",
        "study.identity",
        "study.study",
        "routes.trees",
        "routes.candidates",
        "networks.design",
        "networks.refinement",
    },
    "numba": {"core.kernels"},
    "osmnx": {"study.services"},
    "rasterio": {"study.layers", "routes.surface", "networks.alternatives"},
    "requests": {"study.services"},
    "rich": {"cli"},
    "streamlit": {"ui"},
    "streamlit_folium": {"ui"},
    "typer": {"cli"},
}
MOST_LINES, MOST_STATEMENT_LINES = 400, 60
# places whose numbers are no assumptions of a study: units and physics, looks, and the effort of a search
NUMBERS_ANYWHERE = ("core", "reports", "cli", "ui", "routes.trees", "routes.spreading", "networks.design")
_EPSILON = "rounding: below it two figures are equal"
_EFFORT = "effort of a search or a computation"
_GRAIN = "the raster knows no better"
# numbers that may stand at the top of a module, and why each is no row in data/assumptions
NUMBERS_ALLOWED = {
    "analysis.comparison": {"MOST_VARIANTS": "columns that fit", "_PIECES": _GRAIN, "_LEAST_COSINE": "45 degrees",
                            "_DECIMALS_M": _EPSILON},
    "analysis.explanation.money": {"_TRIFLE_EUR": _EPSILON},
    "analysis.explanation.names": {"_NEAR": "how alike words are", "_SHOWN": "names in a message"},
    "analysis.explanation.worth": {"_NEGLIGIBLE": _EPSILON},
    "appraisal.build_order": {"MOST_EXACT": _EFFORT, "_TOLERANCE": _EPSILON},
    "appraisal.ranking": {"_TOLERANCE": _EPSILON},
    "appraisal.ranking.arrivals": {"_FEW": _EFFORT},
    "appraisal.ranking.flows": {"_TIE": _EPSILON},
    "appraisal.ranking.sending": {"TINY": _EPSILON},
    "demand.abatement": {"_TOLERANCE": _EPSILON},
    "demand.abatement.rates": {"_SHARE_TOLERANCE": _EPSILON},
    "demand.needs.pathways": {"_SHARE_TOLERANCE": _EPSILON},
    "demand.needs.processes": {"_SHARE_TOLERANCE": _EPSILON},
    "demand.needs.ranges": {"_SUM": "a code", "_PRODUCT": "a code", "_SINGLE": "a code"},
    "demand.needs_by_year": {"_NEUTRAL": "an empty scenario"},
    "demand.projects": {"_LEAST_CHANGE": _EPSILON},
    "engineering.costs.prices": {"_PA_PER_MPA": "a unit"},
    "engineering.hydraulics.fluids": {"J_PER_KWH": "a unit"},
    "engineering.hydraulics.lines": {"_COLEBROOK_RELATIVE_ROUGHNESS": "where the equation holds"},
    "engineering.hydraulics.profiles": {"_CURVE_POINTS": _EFFORT, "_PASSES": _EFFORT, "_SLACK_BAR": _EPSILON},
    "engineering.hydraulics.steam": {"_JUST_ABOVE_K": "beside the boiling point", "_PASSES": _EFFORT},
    "engineering.operation": {"_PUMPED_WAYS": "heat comes back"},
    "networks.alternatives.detours": {"_ROUNDING": _EPSILON, "_MOST_LOOKS": _EFFORT},
    "networks.alternatives.ways": {"_PENALTIES": _EFFORT, "_CLOSING_IN": _EFFORT},
    "networks.alternatives.zone": {"_ROUNDING": _EPSILON},
    "networks.corridors": {"_ROUNDS": _EFFORT, "_FIRST_ROUND": "share of a progress bar"},
    "networks.refinement.moving": {"_PROMISE": _EPSILON},
    "plan": {"_GROUND_DONE": "share of a progress bar", "_DESIGN_DONE": "share of a progress bar",
             "_REFINEMENT_BEGINS": "share of a progress bar", "_CORRIDORS_BEGIN": "share of a progress bar"},
    "routes.candidates.crossings": {"_SAME_CROSSING_CELLS": _GRAIN, "_NUDGE_CELLS": _EPSILON},
    "routes.candidates.windows": {"_WHOLE_CELLS": _EFFORT, "_ROOM_CELLS": _EFFORT, "_ROOM_SHARE": _EFFORT,
                                  "_CELLS_OF_TREES": _EFFORT, "_FEWEST_TREES": _EFFORT},
    "routes.surface.drawing": {"_STAMPED_CELLS": _EFFORT},
    "routes.surface.ground": {"_EDGE_STEP_DEG": "a curve in straight pieces"},
    "study.case": {"_MOST_KEPT": "studies kept in memory"},
    "study.edits": {"_NOTHING": _EPSILON, "LEAST_STEPS": "steps of a slider", "_DIGITS": _EPSILON},
    "study.layers.contents": {"_HEAD_BYTES": "where formats say what they are"},
    "study.layers.places": {"_SAME_PLACE_M": _EPSILON, "_AREA_MARGIN_DEG": "half a zone; the scale is checked apart"},
    "study.layers.stack": {"_CHECK_CELLS": _EFFORT},
    "study.new": {"_LETTER_M": "Toyland", "_ORIGIN_X_M": "Toyland", "_ORIGIN_Y_M": "Toyland", "_SITES": "Toyland"},
}  # fmt: skip
# Toyland is a study written by code, and tables bound every year that a table may hold
YEARS_ALLOWED = {"new.py": {2000.0, 2022, 2030}, "columns.py": {1990.0}}


def modules() -> list[Path]:
    return sorted(HOUSE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names a module imports, wherever in it, with the line."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno} imports relatively"
            module = node.module or ""
            if module == "infraplan":
                yield from ((f"infraplan.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield module, node.lineno


def docstrings(tree: ast.AST) -> set[ast.expr]:
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def spoken(path: Path) -> Iterator[tuple[object, int]]:
    """Constants of a module that are no docstrings, with their lines."""
    tree = tree_of(path)
    silent = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in silent:
            yield node.value, node.lineno


def place_of(path: Path) -> str:
    """Dotted name of a module below infraplan: ``routes.trees.search``."""
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")


def handed_on(door: Path) -> set[str]:
    """Names in the ``__all__`` of a package."""
    for node in tree_of(door).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def test_the_top_level_reads_as_the_flow() -> None:
    entries = {path.name for path in HOUSE.iterdir() if path.name not in {"__pycache__", "py.typed"}}
    assert {room_of(path) for path in modules()} == set(STEP)
    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_imports_follow_the_flow() -> None:
    against = [
        f"{path.relative_to(HOUSE)}:{line} imports {name}"
        for path in modules()
        for name, line in imports(path)
        if name.startswith("infraplan.")
        and name.split(".")[1] != room_of(path)
        and STEP.get(name.split(".")[1], 0) >= STEP[room_of(path)]
    ]
    assert not against, "\n".join(against)


def test_every_package_has_a_door_that_lists_what_it_hands_on() -> None:
    doors = sorted({path.parent / "__init__.py" for path in modules()})
    assert not [
        str(door.relative_to(HOUSE)) for door in doors if not door.is_file() or not ast.get_docstring(tree_of(door))
    ]
    assert not [
        str(door.relative_to(HOUSE)) for door in doors if door.parent.name not in {"ui"} and not handed_on(door)
    ]


def entered(path: Path) -> Iterator[tuple[str, str, int]]:
    """Package, name and line of each import of a module of infraplan."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "infraplan":
            for alias in node.names:
                yield str(node.module), alias.name, node.lineno


# packages entered by a door of their own: the core's door must not load the compiler, and a kernel's annotations
# name its types plainly
OWN_DOORS = {"core.kernels"}


def test_a_package_is_entered_only_by_its_door() -> None:
    """From another room ``from infraplan.room import name``; within a room, from another package of it by its door."""
    deep = []
    for path in modules():
        here = place_of(path).split(".") if path.name == "__init__.py" else place_of(path).split(".")[:-1]
        for module, name, line in entered(path):
            parts = module.split(".")[1:]
            folder = HOUSE.joinpath(*parts)
            if not parts or parts == ["plan"] or here[: len(parts)] == parts:
                continue  # the public door, the story, or a package this module stands in
            said = f"{path.relative_to(HOUSE)}:{line} takes {name} from {module}"
            if parts[0] != room_of(path):
                nested = len(parts) > 1 and ".".join(parts) not in OWN_DOORS
                if nested or name not in handed_on(folder / "__init__.py"):
                    deep.append(said)
                continue
            package = folder if folder.is_dir() else folder.parent
            outside = here[: len(package.relative_to(HOUSE).parts)] != list(package.relative_to(HOUSE).parts)
            if outside and (not folder.is_dir() or name not in handed_on(folder / "__init__.py")):
                deep.append(said)
    assert not deep, "\n".join(deep)


def test_doors_hand_on_only_what_another_place_takes() -> None:
    taken = {(module, name) for path in modules() for module, name, _ in entered(path)}
    for base in (ROOT / "tests", ROOT / "benchmarks", ROOT):
        taken |= {(m, n) for path in base.glob("*.py") for m, n, _ in entered(path)}
    rooms = [HOUSE / room for room in FLOW if (HOUSE / room / "__init__.py").is_file()]
    idle = [
        f"{room.name}: {name}"
        for room in rooms
        for name in sorted(handed_on(room / "__init__.py"))
        if (f"infraplan.{room.name}", name) not in taken
    ]
    assert not idle, "\n".join(idle)


@pytest.mark.parametrize("library", LIBRARY_ROOMS)
def test_libraries_keep_to_their_rooms(library: str) -> None:
    users = {place_of(path) for path in modules() if any(n.split(".")[0] == library for n, _ in imports(path))}
    rooms = LIBRARY_ROOMS[library]
    strangers = {user for user in users if not any(user == room or user.startswith(f"{room}.") for room in rooms)}
    assert not strangers
    assert users, f"nothing uses {library} any more: drop the room and the requirement"


def test_the_model_knows_graphs_by_type_only() -> None:
    tree = tree_of(HOUSE / "core" / "model.py")
    annotations = [
        part
        for node in ast.walk(tree)
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if part is not None
    ]
    typed = {name for part in annotations for name in ast.walk(part) if isinstance(name, ast.Name)}
    used = {node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "nx"}
    assert used
    assert used <= typed


def loaded(tree: ast.AST) -> Iterator[str]:
    """Libraries that a module imports when it runs, not for annotations only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
        yield from loaded(node)


def test_screens_know_tables_by_type_only() -> None:
    """What is pandas, geopandas or numpy is done below the screens, which draw."""
    users = {
        f"{path.name} imports {library}"
        for path in modules()
        if room_of(path) == "ui"
        for library in loaded(tree_of(path))
        if library in {"pandas", "geopandas", "numpy", "shapely"}
    }
    assert not users


def test_screens_keep_their_state_in_one_place() -> None:
    """Streamlit's own state holds boxes, named in ``keys``; everything else is a field of ``state.Session``."""
    named = [
        f"{path.name}:{node.lineno} names {ast.unparse(node)}"
        for path in modules()
        if room_of(path) == "ui"
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.Subscript, ast.Call))
        and "session_state" in ast.unparse(node.value if isinstance(node, ast.Subscript) else node.func)
        for argument in ([node.slice] if isinstance(node, ast.Subscript) else node.args[:1])
        if isinstance(argument, (ast.Constant, ast.JoinedStr))
    ]
    assert not named, "\n".join(named)


def test_maps_use_public_members_of_their_library() -> None:
    """An attribute with an underscore belongs to the object that it stands in."""
    private = [
        f"{path.relative_to(HOUSE)}:{node.lineno} uses {ast.unparse(node)}"
        for path in modules()
        if place_of(path).startswith(("reports.maps", "ui"))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    ]
    templates = [
        f"{path.relative_to(HOUSE)}:{line} uses {found[0]}"
        for path in modules()
        if place_of(path).startswith("reports.maps")
        for value, line in spoken(path)
        if isinstance(value, str) and (found := re.search(r"\bthis\._\w+", value))
    ]
    assert not private + templates, "\n".join(private + templates)


def test_the_app_is_only_a_door() -> None:
    door = ROOT / "app.py"
    assert len(door.read_text(encoding="utf-8").splitlines()) <= 40
    assert {name.split(".")[0] for name, _ in imports(door)} <= {
        "__future__",
        "infraplan",
        "os",
        "pathlib",
        "streamlit",
    }


def statement_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_modules_and_functions_stay_short() -> None:
    long = [
        f"{path.relative_to(HOUSE)}: {count} lines"
        for path in modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]
    long += [
        f"{path.relative_to(HOUSE)}:{node.lineno} {node.name}: {count} lines"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (count := statement_lines(node)) > MOST_STATEMENT_LINES
    ]
    assert not long, "a noun is missing in:\n" + "\n".join(long)


def place_names() -> set[str]:
    """Clusters, municipalities, sites and hubs of the default study."""
    columns = {
        "clusters": ("cluster_id", "name_en", "short_en", "short_nl"),
        "sites": ("site_id", "name", "operator", "municipality", "region"),
        "hubs": ("hub_id", "name"),
        "heat_areas": ("area_id", "name"),
    }
    names = set()
    for table, wanted in columns.items():
        with (ROOT / "data" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            names |= {row[column] for row in csv.DictReader(file) for column in wanted}
    return {name for name in names if len(name) > 4}


def test_no_place_of_the_default_study_stands_in_code() -> None:
    names = place_names()
    assert {"antwerp", "Flanders", "Zeebrugge"} <= names
    pattern = re.compile(r"(?<!\w)(" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + r")(?!\w)")
    said = [
        f"{path.relative_to(HOUSE)}:{line} says {found[0]!r}"
        for path in modules()
        for value, line in spoken(path)
        if isinstance(value, str) and (found := pattern.search(value))
    ]
    assert not said, "\n".join(said)


def is_year(value: object) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"(\w*_)?(19|20)\d\d", value))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value in range(1900, 2100)


def test_no_year_stands_in_code() -> None:
    said = [
        f"{path.relative_to(HOUSE)}:{line} says {value!r}"
        for path in modules()
        for value, line in spoken(path)
        if is_year(value) and value not in YEARS_ALLOWED.get(path.name, ())
    ]
    assert not said, "\n".join(said)


def holds_a_number(node: ast.expr) -> bool:
    """Say whether a value at the top of a module is a number, or made of numbers alone."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    parts = {
        ast.UnaryOp: lambda: [node.operand],
        ast.BinOp: lambda: [node.left, node.right],
        ast.Starred: lambda: [node.value],
        ast.GeneratorExp: lambda: [node.elt],
        ast.Tuple: lambda: node.elts,
        ast.List: lambda: node.elts,
        ast.Dict: lambda: node.values,
        ast.Call: lambda: node.args,
    }.get(type(node), list[ast.expr])()
    return bool(parts) and any(holds_a_number(part) for part in parts)


def numbers_at_the_top(path: Path) -> Iterator[str]:
    """Names of the numbers that stand at the top of a module."""
    for node in tree_of(path).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if targets and node.value is not None and holds_a_number(node.value):
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def test_numbers_of_a_plan_stand_in_tables() -> None:
    """A planner must see each number with its unit and source: a new one in code needs a reason, or a row."""
    found = {
        place: names
        for path in modules()
        if not (place := place_of(path)).startswith(NUMBERS_ANYWHERE) and (names := set(numbers_at_the_top(path)))
    }
    unknown = {
        (place, name) for place, names in found.items() for name in names if name not in NUMBERS_ALLOWED.get(place, {})
    }
    assert not unknown, "make it a row in data/assumptions, or say why it is none"
    gone = {
        (place, name) for place, names in NUMBERS_ALLOWED.items() for name in names if name not in found.get(place, ())
    }
    assert not gone, "no longer there"


def test_only_the_command_line_prints() -> None:
    said = [
        f"{path.relative_to(HOUSE)}:{node.lineno}"
        for path in modules()
        if room_of(path) != "cli"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not said
