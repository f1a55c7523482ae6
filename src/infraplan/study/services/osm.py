"""OpenStreetMap themes: the list of themes, and the conversion of an answer to a layer file with its catalogue entry.

The themes are data: ``templates/osm_themes.toml``.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import logging
import math
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import pyogrio.errors
import pyproj
import shapely

from infraplan.core import M_PER_KM, Problem, ServiceError, name_reason
from infraplan.core import folder as folder_of_caches
from infraplan.study.services.overpass import CRS, Extent, Server, ask, nothing_found, show

log = logging.getLogger(__name__)

_GEOMETRY_TYPES = {"line": ("LineString", "MultiLineString"), "polygon": ("Polygon", "MultiPolygon")}


@dataclass(frozen=True)
class Theme:
    """One kind of OpenStreetMap feature.

    Attributes
    ----------
    name
        Name of the theme.
    title_en, title_nl
        Title of the layer.
    role, effect
        Keys of its catalogue entry.
    geometry
        ``line`` or ``polygon``.
    keep
        Columns to keep.
    tags
        Tags to ask for.
    drop
        Tag values to leave out.
    """

    name: str
    title_en: str
    title_nl: str
    role: str
    effect: str
    geometry: str
    keep: tuple[str, ...]
    tags: Mapping[str, list[str]]
    drop: Mapping[str, list[str]]


@dataclass(frozen=True)
class FetchedLayer:
    """A layer file made from a download.

    Attributes
    ----------
    path
        The file.
    entry
        Its entry for ``layers/catalogue.toml``.
    count
        Number of features.
    from_cache
        True if all answers came from the cache.
    """

    path: Path
    entry: Mapping[str, str]
    count: int
    from_cache: bool


def read_themes() -> dict[str, Theme]:
    """Return the themes that can be fetched, by name."""
    return {
        name: Theme(
            name=name,
            **{key: row[key] for key in ("title_en", "title_nl", "role", "effect", "geometry", "tags")},
            keep=tuple(row["keep"]),
            drop=row.get("drop", {}),
        )
        for name, row in read_template()["themes"].items()
    }


def read_template() -> dict[str, Any]:
    """Read the packaged themes, server settings and source."""
    template = importlib.resources.files("infraplan.study") / "templates" / "osm_themes.toml"
    return tomllib.loads(template.read_text(encoding="utf-8"))


def fetch_osm(
    theme: str,
    extent: Extent,
    *,
    folder: Path,
    cache_dir: Path | None = None,
    overpass_url: str | None = None,
    retries: int | None = None,
    pause_s: float | None = None,
    timeout_s: float | None = None,
) -> FetchedLayer:
    """Fetch one theme of OpenStreetMap into ``<folder>/osm_<theme>.geojson`` (WGS84, RFC 7946).

    Features that touch the extent are written whole, each once. An older file of that name is replaced only by a
    complete new one.

    Parameters
    ----------
    theme
        A name of :func:`read_themes`.
    extent
        West, south, east, north [deg, WGS84].
    folder
        Folder for the layer: ``layers`` of a study.
    cache_dir
        Folder for answers; default: the user's cache folder.
    overpass_url, retries, pause_s, timeout_s
        Server, tries after the first, pause before the first retry [s] (doubled each time), and time limit without an
        answer [s]; default: ``templates/osm_themes.toml``.

    Raises
    ------
    ServiceError
        If theme, extent or server are invalid, or no complete answer came. Nothing is written then.
    """
    given = {"overpass_url": overpass_url, "retries": retries, "pause_s": pause_s, "timeout_s": timeout_s}
    server = Server(**read_template()["service"] | {k: v for k, v in given.items() if v is not None})
    _check_request(theme, extent, server)
    what = read_themes()[theme]
    root = cache_dir if cache_dir is not None else folder_of_caches() / "osm"
    cache = root / _name_request(what, extent, server)
    features, from_cache = ask(theme, what.tags, extent, server=server, cache=cache)
    layer = _shape(features, what)
    if layer.empty:
        raise nothing_found(theme, extent, server)
    path = folder / f"osm_{theme}.geojson"
    source = read_template()["source"]
    entry = {
        "id": f"osm_{theme}",
        "title_en": what.title_en,
        "title_nl": what.title_nl,
        "file": path.name,
        "role": what.role,
        "effect": what.effect,
        "crs": CRS,
        "source": source["source"],
        "licence": source["licence"],
        "vintage": _date_answers(cache).isoformat(),
    }
    _write(layer, path)
    log.info("%s: %d features%s", path, len(layer), " from the cache" if from_cache else "")
    return FetchedLayer(path=path, entry=entry, count=len(layer), from_cache=from_cache)


def _check_request(theme: str, extent: Extent, server: Server) -> None:
    """Raise all problems of theme, server and extent at once."""
    problems = []
    if theme not in read_themes():
        problems.append(Problem("service.unknown_theme", {"known": tuple(read_themes())}, value=theme))
    url = urlsplit(server.overpass_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        problems.append(Problem("service.not_an_address", value=server.overpass_url))
    if server.retries < 0 or server.pause_s < 0 or server.timeout_s <= 0:
        problems.append(Problem("service.below_zero"))
    problems += _find_mistakes(extent, server.max_area_km2)
    if problems:
        raise ServiceError(problems)


def _find_mistakes(extent: Extent, max_area_km2: float) -> list[Problem]:
    if len(extent) != 4 or not all(math.isfinite(number) for number in extent):
        return [Problem("service.not_four_numbers", value=show(extent))]
    west, south, east, north = extent
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):
        return [Problem("service.off_the_globe", value=show(extent))]
    if west >= east or south >= north:
        return [Problem("service.turned_around", value=show(extent))]
    earth_radius_km = pyproj.Geod(ellps="WGS84").a / M_PER_KM
    band = math.sin(math.radians(north)) - math.sin(math.radians(south))
    area_km2 = earth_radius_km**2 * math.radians(east - west) * band
    if area_km2 > max_area_km2:
        sizes = {"area_km2": area_km2, "most_km2": max_area_km2}
        return [Problem("service.too_large", sizes, value=show(extent))]
    return []


def _name_request(theme: Theme, extent: Extent, server: Server) -> str:
    """Return the cache folder's name of one request: only this request gets its answers."""
    request = (
        server.overpass_url,
        theme.tags,
        [float(number) for number in extent],
        server.server_timeout_s,
        server.query_area_km2,
    )
    return f"{theme.name}-{hashlib.sha256(json.dumps(request).encode()).hexdigest()[:16]}"


def _shape(features: gpd.GeoDataFrame, theme: Theme) -> gpd.GeoDataFrame:
    """Keep the theme's geometries and columns; each feature once, in the order of its id."""
    layer = features.reset_index()
    for key, values in theme.drop.items():
        if key in layer:
            layer = layer[~layer[key].isin(values)]
    layer = layer.assign(osm_id=layer["element"] + "/" + layer["id"].astype(str))
    # a feature on the border of two parts of the area comes with both
    layer = layer.drop_duplicates("osm_id").reindex(columns=["osm_id", *theme.keep, "geometry"])
    wanted = _GEOMETRY_TYPES[theme.geometry]
    layer = layer.set_geometry([_pick_parts(g, wanted) for g in layer.geometry], crs=features.crs)
    return layer[layer.geom_type.isin(wanted)].reset_index(drop=True)


def _pick_parts(geometry: shapely.Geometry, wanted: tuple[str, ...]) -> shapely.Geometry:
    """Return the wanted parts of a mixed geometry, which the repair of an invalid outline may leave."""
    if not isinstance(geometry, shapely.GeometryCollection):
        return geometry
    return shapely.union_all([part for part in geometry.geoms if part.geom_type in wanted])


def _write(layer: gpd.GeoDataFrame, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".osm_", dir=path.parent) as draft_folder:
            draft = Path(draft_folder) / path.name
            layer.to_file(
                draft,
                driver="GeoJSON",
                engine="pyogrio",
                RFC7946="YES",
                COORDINATE_PRECISION="6",
                AUTODETECT_JSON_STRINGS="NO",  # a road called "[12]" stays a text
            )
            draft.replace(path)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise ServiceError(Problem("service.layer_not_written", {"error": name_reason(error)}, str(path))) from error


def _date_answers(cache: Path) -> date:
    """Return the date of the data [UTC] that the server states; with several parts, the oldest."""
    dates = []
    for file in cache.glob("*.json"):
        stated = json.loads(file.read_text(encoding="utf-8")).get("osm3s", {})
        try:
            dates.append(date.fromisoformat(str(stated.get("timestamp_osm_base"))[:10]))
        except ValueError:
            # no date stated: use the day of the answer
            dates.append(datetime.fromtimestamp(file.stat().st_mtime, tz=UTC).date())
    return min(dates)
