"""Hands for tests on studies: run a command, change one cell of a table, add one layer."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLAN_FILES = {
    "manifest.json",
    "corridors.geojson",
    "segments.geojson",
    "sites.geojson",
    "plan.gpkg",
    "ranking.csv",
    "needs.csv",
    "build_order.csv",
    "needs_totals.csv",
    "left_out.csv",
    "boosters.geojson",
    "boosters.csv",
    "pressures.csv",
    "chain.csv",
    "reuse.csv",
    "brief.md",
    "map.html",
    "map.png",
    "map.pdf",
    "plan.json",
}
PAPERS = {
    "title_en": "Layer",
    "title_nl": "Laag",
    "crs": "EPSG:4326",
    "source": "own-estimate",
    "licence": "CC0-1.0",
    "vintage": "2026",
}


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: exit code, and what it said on stdout and stderr."""

    code: int
    out: str
    err: str


def read_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def edit(path: Path, row: int, column: str, value: object) -> None:
    """Change one cell of a table; rows as a spreadsheet counts them, the header is row 1."""
    rows = read_rows(path)
    rows[row - 1][rows[0].index(column)] = str(value)
    write_rows(path, rows)


def append(path: Path, **cells: object) -> int:
    """Add a row to a table, empty where nothing is said, and return its number."""
    rows = read_rows(path)
    assert set(cells) <= set(rows[0]), f"{path.name} has no {set(cells) - set(rows[0])}"
    rows.append([str(cells.get(column, "")) for column in rows[0]])
    write_rows(path, rows)
    return len(rows)


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that must stand once in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def entry_text(entry: Mapping[str, Any]) -> str:
    """Write one ``[[layer]]`` of a catalogue."""

    def say(value: Any) -> str:
        if isinstance(value, Mapping):
            return "{ " + ", ".join(f'"{key}" = "{word}"' for key, word in value.items()) + " }"
        return json.dumps(value)

    return "\n[[layer]]\n" + "".join(f"{key} = {say(value)}\n" for key, value in entry.items())


def add_layer(study: Path, **entry: Any) -> None:
    """Add one layer to a study: one entry in its catalogue, nothing else."""
    with (study / "layers/catalogue.toml").open("a", encoding="utf-8") as file:
        file.write(entry_text({**PAPERS, **entry}))


def write_geojson(path: Path, *geometries: Mapping[str, Any], **properties: Any) -> None:
    features = [{"type": "Feature", "properties": properties, "geometry": shape} for shape in geometries]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def polygon(*corners: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in (*corners, corners[0])]]}


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return polygon((west, south), (east, south), (east, north), (west, north))
