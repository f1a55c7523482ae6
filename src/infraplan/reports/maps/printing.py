"""Maps written once: the ground as one script that is never made again, and the plan as one that is laid on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
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


class Group(folium.FeatureGroup):
    """Layers that the reader switches together, listed under a section; without a section they are always there."""

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
        "{% macro script(this, kwargs) %}"
        "(function (map) { {{ this.text }} })({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Script"
        self.text = text


@dataclass(frozen=True)
class Ground:
    """A printed ground: links to its scripts and styles, and the options of its map."""

    scripts: tuple[tuple[str, str], ...]
    styles: tuple[tuple[str, str], ...]
    options: Mapping[str, Any]
    location: tuple[float, float]

    @cached_property
    def digest(self) -> str:
        """What tells this ground from others."""
        return hashlib.sha256("".join(address for _, address in self.scripts).encode()).hexdigest()


class GroundMap(folium.Map):
    """A map that calls a printed ground: making it costs next to nothing."""

    _script = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},"
        " {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});"
        # the component makes another map only where its script differs: the digest tells grounds apart
        "/* {{ this.digest }} */ var drawnItems = infraplan.ground({{ this.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self, ground: Ground) -> None:
        super().__init__(location=ground.location, tiles=None, font_size=FONT_SIZE)
        self.options = dict(ground.options)
        self.default_js, self.default_css = list(ground.scripts), list(ground.styles)
        self.digest = ground.digest
        self._template = _Both(folium.Map._template, self._script)

    def render(self, **kwargs: Any) -> str:
        """Write the map without its links in the head: the component takes them from the map and cuts the head."""
        super(JSCSSMixin, self).render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


class _Both:
    """Head and body as folium writes them, the script as we do."""

    def __init__(self, frame: Template, script: Template) -> None:
        self.module = _Macros(frame, script)


class _Macros:
    def __init__(self, frame: Any, script: Any) -> None:
        self.header, self.html = frame.module.header, frame.module.html
        self.script = script.module.script


class Laid(folium.FeatureGroup):
    """Printed layers, and what the map's script must know about them."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = infraplan.lay({{ this._parent.get_name() }}, "
        "function (map_div) { {{ this.text }} }, {{ this.told }});"
        "{% endmacro %}"
    )

    def __init__(self, text: str, **options: Any) -> None:
        super().__init__()
        self.text = text
        # a name from a table cannot end the script: its angle brackets are written as numbers
        self.told = json.dumps(options).replace("<", "\\u003c").replace(">", "\\u003e")

    def render(self, **kwargs: Any) -> str:
        """Write nothing into the page: the component takes the script from the template itself."""
        return ""


def number_elements(page: Element) -> None:
    """Give every element a running number for a name: folium draws lots, and no two pages would be alike."""
    waiting, number = [page], 0
    while waiting:
        element = waiting.pop()
        element._id = f"{number:05d}"
        number += 1
        waiting.extend(element._children.values())


def print_ground(drawn: folium.Map, *, end: str) -> Ground:
    """Write a map's ground as a script of its own, to be called by a :class:`GroundMap`.

    Parameters
    ----------
    end
        Script that ends the ground's function and gives back the group of drawn shapes; ``map_div`` is the map.
    """
    number_elements(drawn.get_root())
    links: list[Any] = [element for element in [drawn, *drawn._children.values()] if hasattr(element, "default_js")]
    scripts = [link for element in links for link in element.default_js]
    styles = [link for element in links for link in element.default_css]
    own = drawn._template.module.script(drawn, {})
    body = _write_script(drawn).replace(own.strip(), "", 1)
    body = body.replace(drawn.get_name(), MAP_NAME)
    text = f"infraplan.ground = function ({MAP_NAME}) {{ {body}\n{end} }};"
    lat, lon = (float(part) for part in drawn.location)
    ground = assets.encode_url(text.encode(), suffix=".js")
    return Ground((*scripts, ("infraplan_ground", ground)), tuple(styles), dict(drawn.options), (lat, lon))


def print_layers(groups: Iterable[folium.FeatureGroup]) -> str:
    """Write a plan's groups as the text of a function of the map; the map's own script puts them on it."""
    sheet = folium.Map(tiles=None)
    for group in groups:
        group.show = False
        sheet.add_child(group)
    number_elements(sheet.get_root())
    own = sheet._template.module.script(sheet, {})
    return _write_script(sheet).replace(own.strip(), "", 1).replace(sheet.get_name(), MAP_NAME)


def _write_script(drawn: folium.Map) -> str:
    page = drawn.get_root()
    if not isinstance(page, Figure):
        raise TypeError(f"a map belongs to a Figure, not to a {type(page).__name__}")
    page.render()
    return str(page.script.render())
