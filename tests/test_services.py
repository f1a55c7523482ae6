"""Fetching OpenStreetMap from a stand-in server: the layer, its papers, the cache, and every way to fail."""

from __future__ import annotations

import csv
import json
import logging
import socket
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmnx
import overpass
import pytest
from overpass import EXTENT, StandIn

from infraplan.core.errors import LayerError, ServiceError, TableError
from infraplan.study import package
from infraplan.study.layers import LayerEntry
from infraplan.study.services import FetchedLayer, add_to_catalogue, fetch_osm, papers, read_themes, refuse_read_only

CATALOGUE = '# the stack\n[[layer]]\nid = "coast"\nfile = "coast.gpkg"  # kept as it is\n'
SOURCES = 'source,title,author,year,url,licence,note\nmine,"A, b",me,2020,,CC0-1.0,\n'
ENTRY = {
    "id": "osm_pipelines",
    "title_en": "Pipelines (OpenStreetMap)",
    "title_nl": "Pijpleidingen (OpenStreetMap)",
    "file": "osm_pipelines.geojson",
    "role": "bundling",
    "effect": "class:pipeline_strip",
    "crs": "EPSG:4326",
    "source": "openstreetmap",
    "licence": "ODbL-1.0",
    "vintage": overpass.STATED_DATE,
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("NO_PROXY", "*")
    with overpass.serve() as stand_in:
        yield stand_in


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for name, text in {"layers/catalogue.toml": CATALOGUE, "data/sources.csv": SOURCES}.items():
        (tmp_path / "study" / name).parent.mkdir(parents=True)
        (tmp_path / "study" / name).write_bytes(text.encode())
    return tmp_path / "study"


def fetch(server: StandIn, study: Path, theme: str = "pipelines", **more: Any) -> FetchedLayer:
    asked = {
        "extent": EXTENT,
        "folder": study / "layers",
        "cache_dir": study.parent / "cache",
        "overpass_url": server.url,
        "pause_s": 0.01,
        "timeout_s": 5,
    }
    return fetch_osm(theme, **(asked | more))


def refuse(server: StandIn, study: Path, **more: Any) -> str:
    """Fetch, expect a refusal that leaves nothing behind, and return its one message."""
    with pytest.raises(ServiceError) as caught:
        fetch(server, study, **more)
    assert [path.name for path in (study / "layers").iterdir()] == ["catalogue.toml"]
    assert len(caught.value.problems) == 1
    return str(caught.value)


def test_a_fetch_writes_the_layer_with_its_attributes_and_papers(server: StandIn, study: Path) -> None:
    fetched = fetch(server, study)
    assert (fetched.count, fetched.from_cache) == (1, False)
    layer = gpd.read_file(fetched.path)
    # the water main is dropped, the marker is a point, the other themes were not asked for
    assert list(layer["osm_id"]) == ["way/101"]
    assert layer.loc[0, ["name", "operator", "substance"]].tolist() == ["[12]", "Toygas", "gas"]
    assert list(layer.geometry[0].coords) == [(4.01, 51.01), (4.08, 51.03), (4.15, 51.08)]
    assert fetched.entry == ENTRY
    assert "['man_made'='pipeline']" in server.queries[0]
    assert all(agent.startswith("infraplan") for agent in server.agents)


def test_the_file_is_plain_geojson(server: StandIn, study: Path) -> None:
    written = json.loads(fetch(server, study, "industrial").path.read_text(encoding="utf-8"))
    assert "crs" not in written
    ring = written["features"][0]["geometry"]["coordinates"][0]
    area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
    assert area > 0, "outer rings turn counter-clockwise"
    assert written["features"][0]["properties"]["operator"] is None


@pytest.mark.parametrize(
    ("theme", "osm_id"),
    [
        ("industrial", "way/201"),
        ("motorways", "way/301"),
        ("waterways", "way/401"),
        ("railways", "way/501"),
        ("protected", "way/601"),
    ],
)
def test_each_theme_is_a_layer_the_catalogue_takes(server: StandIn, study: Path, theme: str, osm_id: str) -> None:
    fetched = fetch(server, study, theme)
    layer = gpd.read_file(fetched.path)
    assert list(layer["osm_id"]) == [osm_id]
    assert layer.geometry.is_valid.all()
    assert LayerEntry.model_validate(dict(fetched.entry)).id == f"osm_{theme}"


def test_no_theme_goes_untested() -> None:
    assert set(read_themes()) == {
        "pipelines",
        "industrial",
        "motorways",
        "waterways",
        "railways",
        "protected",
    }


def test_a_second_fetch_comes_from_the_cache(server: StandIn, study: Path) -> None:
    first = fetch(server, study)
    written = first.path.read_bytes()
    again = fetch(server, study, timeout_s=7, retries=0)
    assert len(server.queries) == 1
    assert (again.from_cache, again.entry) == (True, first.entry)
    assert again.path.read_bytes() == written


def test_a_large_area_arrives_in_parts_and_each_feature_once(server: StandIn, study: Path) -> None:
    extent = (3.0, 50.5, 4.6, 51.6)
    # the second part fails more often than a part may in sum, but never twice in a row
    server.script = [overpass.answer(), overpass.BUSY, overpass.answer(), overpass.BUSY, overpass.answer()]
    assert fetch(server, study, extent=extent, retries=1).count == 1
    parts = set(server.queries)
    assert len(parts) > 1
    assert len(server.queries) == len(parts) + 2, "a part that arrived is not asked for again"


def test_a_busy_server_is_asked_again(server: StandIn, study: Path, caplog: pytest.LogCaptureFixture) -> None:
    server.script = [overpass.BUSY, overpass.OVERLOADED, overpass.answer()]
    with caplog.at_level(logging.WARNING, logger="infraplan"):
        fetched = fetch(server, study)
    assert (fetched.count, fetched.from_cache, len(server.queries)) == (1, False, 3)
    assert ["again in 0.01 s" in caplog.text, "again in 0.02 s" in caplog.text] == [True, True]


@pytest.mark.parametrize(
    ("reply", "tries", "words"),
    [
        (overpass.BUSY, 2, "too busy (HTTP 429"),
        (overpass.OVERLOADED, 2, "too busy (HTTP 504"),
        (overpass.WRONG_QUERY, 1, "refuses (HTTP 400"),
        (overpass.GARBAGE, 2, "not JSON"),
        ((200, b"[]"), 2, "not an Overpass answer"),
        ((200, b'{"elements": [{"type": "way", "id": 1}]}'), 2, "malformed element"),
        (overpass.BROKEN_OFF, 2, "incomplete (runtime error: Query timed out"),
        (overpass.NODES_MISSING, 2, "incomplete (a way"),
        (overpass.EMPTY, 1, "knows no OpenStreetMap pipelines in this extent"),
    ],
)
def test_a_failure_is_told_once_and_leaves_nothing(
    server: StandIn, study: Path, reply: tuple[int, bytes], tries: int, words: str
) -> None:
    server.script = [reply]
    message = refuse(server, study, retries=1)
    assert words in message
    assert server.url.split("/")[2] in message
    assert "your own file" in message
    assert len(server.queries) == tries
    # nothing bad was kept either: as soon as the server is well again, so is the fetch
    server.script = [overpass.answer()]
    assert fetch(server, study).count == 1


def test_only_unwanted_features_count_as_nothing_found(server: StandIn, study: Path) -> None:
    server.script = [overpass.answer([e for e in overpass.ELEMENTS if e["id"] != 101])]
    assert "knows no OpenStreetMap pipelines" in refuse(server, study)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_without_network(server: StandIn, study: Path, host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: nothing answers there
        message = refuse(server, study, overpass_url=f"http://{host}:{taken.getsockname()[1]}/api", retries=1)
    assert f"{host}:" in message
    assert "cannot be reached" in message
    assert "after 2 tries" in message


def test_a_failed_refetch_keeps_the_older_file(server: StandIn, study: Path) -> None:
    older = study / "layers" / "osm_pipelines.geojson"
    older.write_text("older", encoding="utf-8")
    server.script = [overpass.OVERLOADED]
    with pytest.raises(ServiceError):
        fetch(server, study, retries=0)
    assert older.read_text(encoding="utf-8") == "older"


def test_a_damaged_cache_is_named(server: StandIn, study: Path) -> None:
    fetched = fetch(server, study)
    (kept,) = (study.parent / "cache").glob("*/*.json")
    kept.write_text(kept.read_text(encoding="utf-8")[:50], encoding="utf-8")
    fetched.path.unlink()
    message = refuse(server, study)
    assert str(kept.parent) in message
    assert "Delete it" in message


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"extent": (4.2, 51.0, 4.0, 51.1)}, "turned around"),
        ({"extent": (4.0, 51.1, 4.2, 51.0)}, "turned around"),
        ({"extent": (51.0, 4.0, 191.1, 4.2)}, "outside longitude and latitude"),
        ({"extent": (4.0, float("nan"), 4.2, 51.1)}, "four numbers"),
        ({"extent": (-10.0, 36.0, 30.0, 60.0)}, "too large"),
        ({"theme": "dragons"}, "no such theme"),
        ({"overpass_url": "localhost/api"}, "not the address of an Overpass server"),
        ({"retries": -1}, "below zero"),
    ],
)
def test_a_senseless_request_is_not_sent(server: StandIn, study: Path, asked: dict[str, Any], words: str) -> None:
    assert words in refuse(server, study, **asked)
    assert not server.queries


def test_the_globals_of_osmnx_are_given_back(server: StandIn, study: Path) -> None:
    def look() -> dict[str, Any]:
        return {k: v for k, v in vars(osmnx.settings).items() if not k.startswith("_")}

    before, resolver = look(), socket.getaddrinfo
    fetch(server, study)
    assert (look(), socket.getaddrinfo) == (before, resolver)
    server.script = [overpass.OVERLOADED]
    with pytest.raises(ServiceError):
        fetch(server, study, "motorways", retries=0)
    assert (look(), socket.getaddrinfo) == (before, resolver)


@pytest.mark.parametrize(("newline", "mark"), [("\n", ""), ("\r\n", "\ufeff")])
def test_the_papers_are_added_once_and_nothing_else_changes(
    server: StandIn, study: Path, newline: str, mark: str
) -> None:
    catalogue, sources = study / "layers" / "catalogue.toml", study / "data" / "sources.csv"
    old = [(mark + text.replace("\n", newline)).encode() for text in (CATALOGUE, SOURCES)]
    catalogue.write_bytes(old[0])
    sources.write_bytes(old[1].removesuffix(newline.encode()))  # a last line without its end
    entries = [fetch(server, study, theme).entry for theme in ("pipelines", "waterways")]
    for entry in entries:
        add_to_catalogue(study, entry)

    assert catalogue.read_bytes().startswith(old[0])
    assert tomllib.loads(catalogue.read_text(encoding="utf-8-sig"))["layer"][1:] == entries
    assert sources.read_bytes().startswith(old[1])
    with sources.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["source"] for row in rows] == ["mine", "openstreetmap"]
    assert [rows[1][key] for key in ("author", "licence", "year")] == [
        "© OpenStreetMap contributors",
        "ODbL-1.0",
        overpass.STATED_DATE[:4],
    ]
    assert newline == "\n" or b"\n" not in catalogue.read_bytes().replace(b"\r\n", b"")

    before = catalogue.read_bytes(), sources.read_bytes()
    with pytest.raises(LayerError, match="in the catalogue already"):
        add_to_catalogue(study, entries[0])
    assert (catalogue.read_bytes(), sources.read_bytes()) == before


@pytest.mark.parametrize(
    ("file", "text", "error", "words"),
    [
        ("layers/catalogue.toml", None, LayerError, "catalogue is missing"),
        ("layers/catalogue.toml", "[[layer]\n", LayerError, "not readable as TOML"),
        ("layers/catalogue.toml", "layer = []\n", LayerError, "no layer can be appended"),
        ("layers/osm_pipelines.geojson", None, LayerError, "not beside the catalogue"),
        ("data/sources.csv", None, TableError, "the file is missing"),
        ("data/sources.csv", "source,title\n", TableError, "column is missing"),
    ],
)
def test_a_study_that_cannot_take_the_papers_stays_as_it_is(
    study: Path, file: str, text: str | None, error: type[Exception], words: str
) -> None:
    (study / "layers" / ENTRY["file"]).touch()
    if text is None:
        (study / file).unlink()
    else:
        (study / file).write_text(text, encoding="utf-8")
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    with pytest.raises(error, match=words):
        add_to_catalogue(study, ENTRY)
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before


def test_a_study_of_the_package_or_a_closed_folder_takes_no_layer(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_read_only(study)
    monkeypatch.setattr(papers.os, "access", lambda path, mode: path != study / "layers")
    with pytest.raises(LayerError, match=r"layers: the folder is read-only\. Copy the study"):
        refuse_read_only(study)
    monkeypatch.setattr(package, "PACKED", study)
    with pytest.raises(LayerError, match=r"part of the installed package\. Copy the study.*--study"):
        refuse_read_only(study)
