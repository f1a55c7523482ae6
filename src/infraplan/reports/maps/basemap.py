"""The basemap of the browser map: drawn from the study's own vector layers, without tiles or network.

Pale land, pale blue water, thin roads and railways, place names that never overlap. All of it lies in panes below
the plan and takes no clicks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, TypeVar

import folium
import geopandas as gpd
import shapely
from branca.element import Element, MacroElement
from folium.template import Template
from folium.utilities import JsCode

from infraplan.core import LOCALES, ExportError, Problem, check_language, style, translate
from infraplan.reports import assets
from infraplan.reports.maps.drawn import DRAWN_ON_DARK, translate_tools
from infraplan.reports.maps.frames import BASEMAP_COLUMNS, check_frames, escape, make_collection, make_feature
from infraplan.reports.maps.labels import Place, place_labels
from infraplan.reports.maps.printing import FONT_SIZE, Group, Script, find_page

log = logging.getLogger(__name__)

Bounds = tuple[float, float, float, float]

AnyMap = TypeVar("AnyMap", bound=folium.Map)

INLINE = "inline"
STATIC_URL = "/app/static/vendor"
BASEMAP_PANE = "ground"
EXISTING_PANE = "existing"
PLACES_PANE = "places"
# The basemap lies below the tile pane (200), so that tiles, when asked for, cover it. The plan is at 400, its marks
# at 600. Names move aside for marks; where they cannot, they lie on top with their halo.
PANES = {BASEMAP_PANE: 150, EXISTING_PANE: 250, PLACES_PANE: 620}
SIMPLIFY_DEG = 0.0006
DIGITS = 4
CITY_POPULATION = 60_000
CLUSTER_WEIGHT = 150_000.0
BASEMAP_SECTION, EXISTING_SECTION = "Ground", "Existing"
# texts of the map's own buttons, by the names that its script knows
WORDS = {
    "layers": "Layers",
    "search": "Search on the map",
    "measure": "Measure a distance",
    "full": "Full screen",
    "north": "North is up",
    "n": "N",
    "zoomIn": "Zoom in",
    "zoomOut": "Zoom out",
}


@dataclass(frozen=True)
class TileSource:
    """Raster tiles from the network: only ever used when asked for."""

    name: str
    url: str
    attribution: str


TILES: Mapping[str, TileSource] = {
    "osm": TileSource(
        "OpenStreetMap",
        "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        '&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
    )
}


class Verbatim(Element):
    """A piece of a page, written as it is: template code inside it is never run."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Helpers(MacroElement):
    """The call that prepares the map's own script; it comes before every layer, because layers use it."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "infraplan.prepare({{ this.map.get_name() }}, {{ this.words|tojson }}, {{ this.on_dark|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, drawn: folium.Map, words: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.map = drawn
        self.words = words
        self.on_dark = {**style.ON_DARK, **DRAWN_ON_DARK}


def translate_words(language: str) -> dict[str, Any]:
    """Return the texts of the map's own buttons and drawing tools in a language."""
    own = {key: translate(text, language) for key, text in WORDS.items()}
    return {**own, "locale": LOCALES[language].replace("_", "-"), "draw": translate_tools(language)}


def read_template(name: str) -> str:
    """Return the text of a packaged template."""
    return resources.files("infraplan.reports").joinpath(f"templates/{name}").read_text(encoding="utf-8")


def link(name: str, scripts: str) -> str:
    """Return where a page finds a third-party file: below a URL prefix, or as a data URL for ``data``."""
    return assets.data_url(name) if scripts == "data" else f"{scripts.rstrip('/')}/{name}"


def base_map(
    bounds: Bounds,
    *,
    basemap: Mapping[str, gpd.GeoDataFrame],
    language: str,
    scripts: str = INLINE,
    tiles: str | TileSource | None = None,
) -> folium.Map:
    """Return a map with the basemap on it.

    Parameters
    ----------
    bounds, basemap, language, scripts, tiles
        See :func:`draw_basemap`.

    Raises
    ------
    ExportError
        On a frame that is unknown, not in WGS84 or lacks a column, and on tiles that need a key.
    """
    return draw_basemap(folium.Map, bounds, basemap=basemap, language=language, scripts=scripts, tiles=tiles)


def draw_basemap(
    kind: type[AnyMap],
    bounds: Bounds,
    *,
    basemap: Mapping[str, gpd.GeoDataFrame],
    language: str,
    scripts: str,
    tiles: str | TileSource | None,
) -> AnyMap:
    """Return a map of a kind (with or without its own head) with the basemap on it.

    Parameters
    ----------
    bounds
        West, south, east, north to show first [deg].
    basemap
        Frames in WGS84 by name (see ``BASEMAP_COLUMNS``); any may be left out.
    scripts
        ``inline``: scripts as text in a stand-alone page; ``data``: data URLs; else a URL prefix such as
        ``/app/static/vendor`` under which :func:`infraplan.reports.assets.install_static` put them.
    tiles
        None for no network at all, ``osm``, or a :class:`TileSource` of an official service.

    Raises
    ------
    ExportError
        On a frame that is unknown, not in WGS84 or lacks a column, and on tiles that need a key.
    """
    check_language(language)
    check_frames(basemap, BASEMAP_COLUMNS, complete=False)
    west, south, east, north = bounds
    drawn = kind(
        location=((south + north) / 2, (west + east) / 2),
        tiles=None,
        prefer_canvas=True,
        zoom_start=9,
        min_zoom=6,
        max_zoom=15,
        zoom_snap=0.25,
        font_size=FONT_SIZE,
    )
    _add_scripts(drawn, scripts)
    drawn.add_child(Helpers(drawn, translate_words(language)))
    for pane, z_index in PANES.items():
        drawn.add_child(folium.map.CustomPane(pane, z_index=z_index, pointer_events=False))
    if tiles is not None:
        _add_tiles(drawn, tiles)
    for layer in _group_basemap(basemap, language):
        drawn.add_child(layer)
    drawn.add_child(Script(drawn, f"infraplan.fit(map, {json.dumps([(south, west), (north, east)])});"))
    return drawn


def _add_scripts(drawn: folium.Map, scripts: str) -> None:
    # Set the lists of this map only: folium's own are shared by the whole process and point at the network.
    drawn.default_js, drawn.default_css = [], []
    style_sheet = read_template("map.css")
    if scripts == INLINE:
        header = find_page(drawn).header
        header.add_child(Verbatim(f"<!-- {assets.cite('leaflet')} -->"), name="licence")
        header.add_child(Verbatim(f"<style>{assets.stylesheet('leaflet/leaflet.css')}</style>"), name="leaflet_css")
        header.add_child(Verbatim(f"<script>{assets.script('leaflet/leaflet.js')}</script>"), name="leaflet")
        header.add_child(Verbatim(f"<style>{style_sheet}</style>"), name="infraplan_css")
        header.add_child(Verbatim(f"<script>{read_template('map.js')}</script>"), name="infraplan_js")
        return
    drawn.default_js = [
        ("leaflet", link("leaflet/leaflet.js", scripts)),
        ("infraplan", assets.encode_url(read_template("map.js").encode(), suffix=".js")),
    ]
    drawn.default_css = [
        ("leaflet_css", link("leaflet/leaflet.css", scripts)),
        ("infraplan_css", assets.encode_url(style_sheet.encode(), suffix=".css")),
    ]


def _add_tiles(drawn: folium.Map, tiles: str | TileSource) -> None:
    if isinstance(tiles, str):
        if tiles not in TILES:
            raise ExportError(Problem("map.unknown_tiles", {"known": tuple(TILES)}, value=tiles))
        tiles = TILES[tiles]
    if "carto" in tiles.url.lower():
        raise ExportError(Problem("map.carto_tiles", value=tiles.url))
    folium.TileLayer(
        tiles.url, attr=tiles.attribution, name=tiles.name, overlay=True, control=False, max_zoom=19
    ).add_to(drawn)


def _group_basemap(basemap: Mapping[str, gpd.GeoDataFrame], language: str) -> Iterator[folium.FeatureGroup]:
    """Yield the basemap from bottom to top, in groups that the reader can switch off."""
    areas = {
        "sea": style.SEA_STYLE,
        "land": style.LAND_STYLE,
        "protected": style.PROTECTED_STYLE,
        "settlements": style.SETTLEMENT_STYLE,
        "ports": style.PORT_STYLE,
    }
    groups = (
        ("Land and water", "", ("sea", "land")),
        ("Protected nature", BASEMAP_SECTION, ("protected",)),
        ("Land use and borders", "", ("settlements", "ports", "water", "borders")),
        ("Roads and railways", BASEMAP_SECTION, ("railways", "motorways")),
        ("Existing pipelines", EXISTING_SECTION, ("pipelines",)),
        ("Substations", EXISTING_SECTION, ("substations",)),
    )
    for title, section, names in groups:
        present = [name for name in names if name in basemap and len(basemap[name])]
        if not present:
            continue
        group = Group(translate(title, language), section=section and translate(section, language))
        for name in present:
            layers = _draw_areas(basemap[name], areas[name]) if name in areas else _draw_thin(name, basemap[name])
            for layer in layers:
                group.add_child(layer)
        yield group
    if places := _list_places(basemap):
        group = Group(translate("Place names", language), section=translate(BASEMAP_SECTION, language))
        group.add_child(_draw_places(places))
        yield group


def _draw_areas(frame: gpd.GeoDataFrame, look: style.AreaStyle) -> Iterator[folium.GeoJson]:
    """Yield polygons merged into one shape, and points as discs; points need ``radius_km``."""
    points = frame[frame.geom_type == "Point"]
    polygons = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    paint = {"stroke": False, "fillColor": look.fill, "fillOpacity": look.opacity}
    if len(polygons):
        # Merge them: overlapping parts of a multipolygon would cut holes into each other.
        merged = polygons.geometry.union_all().simplify(SIMPLIFY_DEG)
        yield _draw([make_feature(merged, 0, digits=DIGITS)], BASEMAP_PANE, paint)
    if len(points):
        if "radius_km" not in points.columns:
            raise ExportError(Problem("map.no_radius", column="radius_km"))
        features = [
            make_feature(point, number, digits=DIGITS, radius_m=round(float(radius_km) * 1000.0))
            for number, (point, radius_km) in enumerate(zip(points.geometry, points["radius_km"], strict=True))
        ]
        yield _draw(features, BASEMAP_PANE, paint, point_to_layer=JsCode("infraplan.disc"))


def _draw_thin(name: str, frame: gpd.GeoDataFrame) -> Iterator[folium.GeoJson]:
    """Yield lines, water, and the small dots of substations."""
    if name == "substations":
        look = style.SUBSTATION_STYLE
        paint = {
            "radius": style.SUBSTATION_RADIUS_PX,
            "color": look.outline,
            "weight": 0.8,
            "fill": True,
            "fillColor": look.fill,
            "fillOpacity": look.opacity,
        }
        features = [make_feature(point, n, digits=DIGITS) for n, point in enumerate(frame.geometry)]
        yield _draw(features, EXISTING_PANE, paint, marker=folium.CircleMarker())
        return
    if name == "water":
        areas = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
        yield from _draw_areas(areas, style.AreaStyle("Water", style.SEA_STYLE.fill))
        wide = frame["width_m"] >= style.WIDE_WATER_M
        yield from _draw_lines(frame[~wide], style.WATER_STYLE, BASEMAP_PANE)
        yield from _draw_lines(frame[wide], style.WIDE_WATER_STYLE, BASEMAP_PANE)
        return
    looks = {
        "borders": (style.BORDER_STYLE, BASEMAP_PANE),
        "motorways": (style.MOTORWAY_STYLE, BASEMAP_PANE),
        "railways": (style.RAILWAY_STYLE, BASEMAP_PANE),
        "pipelines": (style.EXISTING_STYLE, EXISTING_PANE),
    }
    yield from _draw_lines(frame, *looks[name])


def _draw_lines(frame: gpd.GeoDataFrame, look: style.LineStyle, pane: str) -> Iterator[folium.GeoJson]:
    lines = [part for part in frame.geometry.explode() if part.geom_type == "LineString"]
    if not lines:
        return
    joined = shapely.simplify(shapely.line_merge(shapely.MultiLineString(lines)), SIMPLIFY_DEG)
    yield _draw([make_feature(joined, 0, digits=DIGITS)], pane, paint_line(look))


def paint_line(look: style.LineStyle, **more: object) -> dict[str, object]:
    """Return Leaflet's path options of a line style."""
    paint: dict[str, object] = {
        "color": look.colour,
        "weight": look.width_px,
        "opacity": look.opacity,
        "fill": False,
    }
    if look.dash_array:
        paint["dashArray"] = look.dash_array
    return {**paint, **more}


def _draw(features: list[dict[str, Any]], pane: str, paint: dict[str, Any], **options: Any) -> folium.GeoJson:
    return folium.GeoJson(
        make_collection(features),
        style_function=lambda _: paint,
        control=False,
        pane=pane,
        interactive=False,
        **options,
    )


def _list_places(basemap: Mapping[str, gpd.GeoDataFrame]) -> list[Place]:
    """Return the names of clusters and of towns, or of settlements where no towns are given."""
    places = []
    frame = basemap.get("towns", basemap.get("settlements"))
    if frame is not None:
        middle = frame.geometry.representative_point()
        for name, population, point in zip(frame["name"], frame["population"], middle, strict=True):
            kind = "city" if population >= CITY_POPULATION else "town"
            places.append(Place(str(name), float(point.x), float(point.y), float(population), kind))
    if "clusters" in basemap:
        frame = basemap["clusters"]
        for name, point in zip(frame["name"], frame.geometry.representative_point(), strict=True):
            places.append(Place(str(name), float(point.x), float(point.y), CLUSTER_WEIGHT, "cluster"))
    return places


def _draw_places(places: list[Place]) -> folium.GeoJson:
    features = [
        make_feature(
            shapely.Point(place.lon, place.lat),
            number,
            digits=DIGITS,
            kind=f"{place.kind} ip-from-{zoom}",
            html=f"<span>{escape(place.text)}</span>",
        )
        for number, (place, zoom) in enumerate(place_labels(places).items())
    ]
    return folium.GeoJson(
        make_collection(features), control=False, point_to_layer=JsCode("infraplan.label"), pane=PLACES_PANE
    )
