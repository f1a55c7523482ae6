"""Maps as scripts: the basemap of the app's map is written once, a plan is written apart and laid on it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from infraplan.reports import assets

MAP_NAME = "map_div"
# of cards, scale and lists on the map
FONT_SIZE = "13px"
# folium ends each name with 32 random digits
RANDOM_ID = re.compile(r"(?<=_)[0-9a-f]{32}")


class Group(folium.FeatureGroup):
    """Layers that the reader switches together, listed under a section; without a section they always show."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.featureGroup([], {{ this.listed|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, title: str, *, section: str = "") -> None:
        super().__init__(name=title, control=False)
        self.listed = {"title": title, "section": section} if section else {}


class Script(MacroElement):
    """A line of script; ``map`` in it stands for the map."""

    _template = Template(
        "{% macro script(this, kwargs) %}(function (map) { {{ this.text }} })({{ this.map.get_name() }});{% endmacro %}"
    )

    def __init__(self, drawn: folium.Map, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.map = drawn
        self.text = text


class BareMap(folium.Map):
    """A map whose page holds the scripts of its layers only: the map itself is made elsewhere (see ``AppMap``)."""

    _template = Template("")


@dataclass(frozen=True)
class PrintedBasemap:
    """A basemap as a script: links to its scripts and styles, and the options of its map."""

    scripts: tuple[tuple[str, str], ...]
    styles: tuple[tuple[str, str], ...]
    options: Mapping[str, Any]
    location: tuple[float, float]

    @cached_property
    def digest(self) -> str:
        """Checksum of the scripts: two basemaps differ where it differs."""
        return hashlib.sha256("".join(address for _, address in self.scripts).encode()).hexdigest()


class AppMap(folium.Map):
    """A map that calls a printed basemap: making it costs next to nothing."""

    _template = Template(
        "{% macro header(this, kwargs) %}"
        "<style>"
        "html, body { width: 100%; height: 100%; margin: 0; padding: 0; } "
        "#{{ this.get_name() }} { position: relative; width: 100%; height: 100%; left: 0; top: 0; } "
        ".leaflet-container { font-size: {{ this.font_size }}; }"
        "</style>"
        "{% endmacro %}"
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},"
        " {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});"
        # the component makes another map only where its script differs: the digest tells basemaps apart
        "/* {{ this.digest }} */ var drawnItems = infraplan.ground({{ this.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, basemap: PrintedBasemap) -> None:
        super().__init__(location=basemap.location, tiles=None, font_size=FONT_SIZE)
        self.options = dict(basemap.options)
        self.default_js, self.default_css = list(basemap.scripts), list(basemap.styles)
        self.digest = basemap.digest

    def render(self, **kwargs: Any) -> str:
        """Write the map without its links in the head: the component takes them from the map and cuts the head."""
        super(JSCSSMixin, self).render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


class Laid(folium.FeatureGroup):
    """Printed layers, and what the map's script must know about them."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = infraplan.lay({{ this.map.get_name() }}, "
        "function (map_div) { {{ this.text }} }, {{ this.facts }});"
        "{% endmacro %}"
    )

    def __init__(self, text: str, **options: Any) -> None:
        super().__init__()
        self.map: Element = self
        self.text = text
        # a name from a table cannot end the script: its angle brackets are written as numbers
        self.facts = json.dumps(options).replace("<", "\\u003c").replace(">", "\\u003e")

    def add_to(self, parent: Element, name: str | None = None, index: int | None = None) -> Element:
        """Join a map, and remember which."""
        self.map = parent
        return super().add_to(parent, name=name, index=index)

    def render(self, **kwargs: Any) -> str:
        """Write nothing into the page: the component takes the script from the template itself."""
        return ""


def list_numbers(page: Element) -> dict[str, str]:
    """Return a running number for the random digits of every element of a page; to be called before it is written."""
    waiting, numbers = [page.to_dict()], dict[str, str]()
    while waiting:
        element = waiting.pop()
        numbers[element["id"]] = f"{len(numbers):05d}"
        waiting.extend(element["children"].values())
    return numbers


def number_names(text: str, numbers: Mapping[str, str]) -> str:
    """Return a text with running numbers in its names: with random ones no two pages would be alike."""
    return RANDOM_ID.sub(lambda found: numbers.get(found[0], found[0]), text)


def print_basemap(drawn: BareMap, *, plugins: Sequence[JSCSSMixin] = (), end: str) -> PrintedBasemap:
    """Write a basemap as a script of its own, to be called by an :class:`AppMap`.

    Parameters
    ----------
    plugins
        Elements on the map that bring scripts and styles of their own.
    end
        Script that ends the function of the basemap and gives back the group of drawn shapes; ``map_div`` is the map.
    """
    scripts = [link for element in (drawn, *plugins) for link in element.default_js]
    styles = [link for element in (drawn, *plugins) for link in element.default_css]
    text = f"infraplan.ground = function ({MAP_NAME}) {{ {_write_script(drawn, end)} }};"
    lat, lon = (float(part) for part in drawn.location)
    own = assets.encode_url(text.encode(), suffix=".js")
    return PrintedBasemap((*scripts, ("infraplan_ground", own)), tuple(styles), dict(drawn.options), (lat, lon))


def print_layers(groups: Iterable[folium.FeatureGroup]) -> str:
    """Write a plan's groups as the text of a function of the map; the map's own script puts them on it."""
    drawn = BareMap(tiles=None)
    for group in groups:
        group.show = False
        drawn.add_child(group)
    return _write_script(drawn)


def find_page(drawn: folium.Map) -> Figure:
    """Return the page that a map is part of."""
    page = drawn.get_root()
    if not isinstance(page, Figure):
        raise TypeError(f"a map belongs to a Figure, not to a {type(page).__name__}")
    return page


def _write_script(drawn: BareMap, end: str = "") -> str:
    """Return the scripts of everything on a map, in which the map is called ``map_div``."""
    page = find_page(drawn)
    numbers = list_numbers(page)
    page.render()
    text = f"{page.script.render()}\n{end}" if end else page.script.render()
    return number_names(text.replace(drawn.get_name(), MAP_NAME), numbers)
