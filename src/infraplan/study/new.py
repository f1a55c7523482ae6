"""New studies: an empty one with commented templates, and Toyland, a small invented country drawn in ASCII."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from pyproj import Transformer

from infraplan.core import ExportError, Problem, tables, whole_or_nothing
from infraplan.study.study import SETTINGS_FILE, default_folder

TOYLAND = """
........................
..................~.....
..A...............~..H..
..................~.....
==================~=====
.................~~.....
.....B...........~......
.........####....~......
.........####...~~......
.........####...~....C..
................~.......
...D...........~~.......
...............~........
...............~.....E..
..............~~........
..............~.........
........................
"""
"""``~`` river, ``=`` railway, ``#`` town, A-E sites, H hubs; a letter is 500 m wide, north is up."""

_LETTER_M = 500.0
# tables that name no place: a new study starts with those of the default one
_COPIED = ("sources", "pathways", "terms", "specifications")
_ORIGIN_X_M, _ORIGIN_Y_M = 520_000.0, 5_670_000.0
_CRS = "EPSG:25831"
# keys of a scenario that name places of its own study
_PLACE_KEYS = ("existing_lines", "projects_on", "projects_off", "clusters_off", "sites_off", "hubs_off")
_ABOUT_A_COPY = {
    "en": "Shares and prices of the default study, to start from: correct them for yours.",
    "nl": "Aandelen en prijzen van de standaardstudie, om mee te beginnen: verbeter ze voor de uwe.",
}
_SITES = {
    "A": ("arc-steel", "Arc steelworks", "west", "steel", 2000.0),
    "B": ("bell-chemicals", "Bell chemicals", "west", "chemicals", 600.0),
    "C": ("cyan-hydrogen", "Cyan hydrogen", "east", "hydrogen", 500.0),
    "D": ("dairy-dale", "Dairy Dale", "west", "food", 60.0),
    "E": ("east-refinery", "East refinery", "east", "refining", 1500.0),
}


def write_empty(folder: Path) -> None:
    """Write an empty study: commented settings, tables with headers only, default assumptions and scenarios.

    Raises
    ------
    ExportError
        If the folder is not empty or cannot be written.
    """
    with _new_folder(folder) as draft:
        _fill_empty(draft)


def _fill_empty(folder: Path) -> None:
    """Write the files of an empty study."""
    template = files("infraplan.study") / "templates"
    _save(folder / "data/study.toml", (template / "study.toml").read_text(encoding="utf-8"))
    _save(folder / "layers/catalogue.toml", (template / "catalogue.toml").read_text(encoding="utf-8"))
    for table, columns in tables.TABLES.items():
        if table not in ("assumptions", *_COPIED):
            extra = _capacity_columns() if table == "hubs" else []
            _write_csv(folder / f"data/{table}.csv", [c.name for c in columns] + extra, [])
    _copy_numbers(folder)


def write_toyland(folder: Path) -> None:
    """Write Toyland as a study: 12 km wide, one river, one town, one railway, five sites, two hubs.

    Raises
    ------
    ExportError
        If the folder is not empty or cannot be written.
    """
    with _new_folder(folder) as draft:
        _fill_toyland(draft)


def _fill_toyland(folder: Path) -> None:
    """Write the files of Toyland."""
    _copy_numbers(folder)
    west, south = _place(-1.0, len(_rows()) + 1.0)
    east, north = _place(len(_rows()[0]) + 1.0, -1.0)
    template = (files("infraplan.study") / "templates/study.toml").read_text(encoding="utf-8")
    text = template.replace("[3.0, 51.0, 3.5, 51.3]", f"[{west}, {south}, {east}, {north}]")
    for ours, theirs in (
        ('"my-study"', '"toyland"'),
        ('"My study"', '"Toyland"'),
        ('"Mijn studie"', '"Speelland"'),
        ('"year and status of your data"', '"invented"'),
    ):
        text = text.replace(ours, theirs)
    _save(folder / "data/study.toml", text)
    _write_toyland_tables(folder / "data")
    _write_toyland_layers(folder / "layers")


def _rows() -> list[str]:
    return TOYLAND.strip().splitlines()


def _cells(letter: str) -> list[tuple[int, int]]:
    """Return column and row of each cell with a letter."""
    return [(c, r) for r, row in enumerate(_rows()) for c, cell in enumerate(row) if cell == letter]


def _place(column: float, row: float) -> tuple[float, float]:
    """Return longitude and latitude of a point of the drawing, in letters from its north-west corner."""
    to_wgs84 = Transformer.from_crs(_CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_wgs84.transform(_ORIGIN_X_M + column * _LETTER_M, _ORIGIN_Y_M - row * _LETTER_M)
    return round(lon, 6), round(lat, 6)


def _middle(letter: str) -> tuple[float, float]:
    """Return longitude and latitude of the middle of a letter's first cell."""
    column, row = _cells(letter)[0]
    return _place(column + 0.5, row + 0.5)


def _write_toyland_tables(data: Path) -> None:
    site_rows = []
    for letter, (site_id, name, cluster, sector, co2_kt_per_a) in _SITES.items():
        lon, lat = _middle(letter)
        site_rows.append(
            {
                "site_id": site_id, "name": name, "country": "TL", "cluster": cluster, "sector": sector,
                "lon": lon, "lat": lat, "co2_kt_per_a": co2_kt_per_a, "co2_year": 2022,
                "source": "own-estimate", "region": "Toyland",
            }
        )  # fmt: skip
    _write_table(data, "sites", site_rows)
    lon, lat = _middle("H")
    hub = {"lon": lon, "lat": lat, "first_year": 2030, "status": "planned", "source": "own-estimate"}
    co2 = {
        "capacity_unit": "kt_per_a",
        "cost_low": 30,
        "cost_mode": 45,
        "cost_high": 70,
        "cost_unit": "eur_per_t",
    }
    h2 = {
        "capacity_unit": "gwh_per_a",
        "cost_low": 60,
        "cost_mode": 80,
        "cost_high": 120,
        "cost_unit": "eur_per_mwh",
    }
    sink = {"hub_id": "harbour-co2", "name": "Harbour CO2", "carrier": "co2", "role": "sink", **hub, **co2}
    tap = {"hub_id": "harbour-h2", "name": "Harbour H2", "carrier": "h2", "role": "supply", **hub, **h2}
    capacity = dict.fromkeys(_capacity_columns(), 5000)
    _write_table(data, "hubs", [{**sink, **capacity}, {**tap, **capacity}], _capacity_columns())
    clusters = [
        {"cluster_id": key, "name_en": en, "name_nl": nl, "short_en": en, "short_nl": nl, "lon": lon, "lat": lat,
         "radius_km": 5}
        for key, en, nl, (lon, lat) in (("west", "West", "West", _middle("B")), ("east", "East", "Oost", _middle("C")))
    ]  # fmt: skip
    _write_table(data, "clusters", clusters)
    lon, lat = _place(11.0, 8.5)
    town = {
        "area_id": "toytown", "name": "Toytown", "kind": "city district heating", "lon": lon, "lat": lat,
        "population": 40000, "band": "lt100", "source": "own-estimate",
    }  # fmt: skip
    _write_table(data, "heat_areas", [town])
    for table in ("projects", "project_effects", "processes", "substations", "names"):
        _write_table(data, table, [])


def _write_toyland_layers(folder: Path) -> None:
    river = [_place(c + 0.5, r + 0.5) for c, r in sorted(_cells("~"), key=lambda cell: (cell[1], -cell[0]))]
    rail_row = _cells("=")[0][1]
    rail = [_place(0.0, rail_row + 0.5), _place(len(_rows()[0]), rail_row + 0.5)]
    columns, rows = zip(*_cells("#"), strict=True)
    west, east, north, south = min(columns), max(columns) + 1, min(rows), max(rows) + 1
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    town = {"type": "Polygon", "coordinates": [[_place(c, r) for c, r in corners]]}
    shapes: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "river": ({"name": "Toy river", "width_m": 80}, {"type": "LineString", "coordinates": river}),
        "railway": ({"name": "Toy railway"}, {"type": "LineString", "coordinates": rail}),
        "town": ({"name": "Toytown", "population": 40000}, town),
    }
    for name, (properties, geometry) in shapes.items():
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        _save(
            folder / f"{name}.geojson",
            json.dumps({"type": "FeatureCollection", "features": [feature]}) + "\n",
        )
    entries = (
        ("river", "River", "Rivier", "crossing", "class:waterway", "waterways"),
        ("railway", "Railway", "Spoorweg", "crossing", "class:railway", "railways"),
        ("town", "Town", "Stad", "constraint", "class:urban", "settlements"),
    )
    text = "\n".join(
        f'[[layer]]\nid = "{key}"\ntitle_en = "{en}"\ntitle_nl = "{nl}"\nfile = "{key}.geojson"\nrole = "{role}"\n'
        f'effect = "{effect}"\ncrs = "EPSG:4326"\ndrawn_as = "{part}"\nsource = "own-estimate"\nlicence = "own work"\n'
        f'vintage = "invented"\nschematic = true\nnote = "Toyland is invented"\n'
        for key, en, nl, role, effect, part in entries
    )
    _save(folder / "catalogue.toml", text)


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """Give a draft folder whose parts move to ``folder`` once all of them are written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(Problem("study.folder_not_empty", file=str(folder)))
    if not (default_folder() / SETTINGS_FILE).is_file():
        raise ExportError(Problem("study.nothing_to_start_from", file=str(default_folder())))
    with whole_or_nothing(folder) as draft:
        for part in ("data/assumptions", "data/scenarios", "layers"):
            (draft / part).mkdir(parents=True)
        yield draft


def _copy_numbers(folder: Path) -> None:
    """Copy assumptions, sources and scenarios of the default study."""
    default = default_folder() / "data"
    for path in sorted((default / "assumptions").glob("*.csv")):
        shutil.copyfile(path, folder / "data/assumptions" / path.name)
    for path in sorted((default / "scenarios").glob("*.toml")):
        _save(folder / "data/scenarios" / path.name, _without_places(path.read_text(encoding="utf-8")))
    for table in _COPIED:
        shutil.copyfile(default / f"{table}.csv", folder / f"data/{table}.csv")


def _without_places(scenario: str) -> str:
    """Remove the keys that name places from a scenario, with the comments above them."""
    keys = "|".join(_PLACE_KEYS)
    text = re.sub(rf"(?m)^(?:#.*\n)*(?:{keys}) *=[^\]]*\].*\n", "", scenario)
    for language, words in _ABOUT_A_COPY.items():
        text = re.sub(rf"(?m)^about_{language} *=.*$", f'about_{language} = "{words}"', text)
    return text


def _capacity_columns() -> list[str]:
    """Return the capacity columns for the milestones of the template's settings."""
    text = (files("infraplan.study") / "templates/study.toml").read_text(encoding="utf-8")
    return [f"capacity_{year}" for year in tomllib.loads(text)["milestones"]]


def _write_table(folder: Path, table: str, rows: Sequence[Mapping[str, Any]], extra: Sequence[str] = ()) -> None:
    header = [column.name for column in tables.TABLES[table]] + list(extra)
    _write_csv(folder / f"{table}.csv", header, [[row.get(c, "") for c in header] for row in rows])


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
