"""Shapes that people draw on the map: the tools, their texts, and how shapes look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from folium.plugins import Draw

from infraplan.core import translate
from infraplan.reports import assets
from infraplan.reports.maps.frames import escape

Point = tuple[float, float]

# how each sort of shape is drawn
PAINTS: Mapping[str, Mapping[str, object]] = {
    "no_go": {"color": "#9A3412", "weight": 2, "dashArray": "3 3", "fillColor": "#9A3412", "fillOpacity": 0.25},
    "must_pass": {"color": "#5B21B6", "weight": 4, "opacity": 0.9},
    "proposal": {"color": "#0F766E", "weight": 4, "dashArray": "10 5", "opacity": 0.9},
}
# the same colours on a dark page
DRAWN_ON_DARK: Mapping[str, str] = {"#9A3412": "#F0875A", "#5B21B6": "#B79CF5", "#0F766E": "#45C4B6"}
NEW_PAINT = {"color": "#B8860B", "weight": 3, "fillOpacity": 0.2}
# texts of leaflet.draw, by its own names
TOOLBAR = {"buttons": {"polyline": "Draw a line", "polygon": "Draw an area", "marker": "Place a point"}}
ACTIONS = {
    "actions": ("Cancel drawing", "Cancel"),
    "finish": ("Finish the shape", "Finish"),
    "undo": ("Delete the last point", "Delete last point"),
}
HANDLERS: Mapping[str, Mapping[str, str]] = {
    "polyline": {
        "start": "Click to start the line",
        "cont": "Click to go on with the line",
        "end": "Click the last point to finish",
    },
    "polygon": {
        "start": "Click to start the area",
        "cont": "Click to go on with the area",
        "end": "Click the first point to close the area",
    },
    "marker": {"start": "Click to place the point"},
}
EDIT_ACTIONS = {
    "save": ("Save the changes", "Save"),
    "cancel": ("Undo the changes", "Cancel"),
    "clearAll": ("Delete everything drawn", "Delete all"),
}
EDIT_BUTTONS = {
    "edit": "Change shapes",
    "editDisabled": "Nothing to change",
    "remove": "Delete shapes",
    "removeDisabled": "Nothing to delete",
}


@dataclass(frozen=True)
class Shape:
    """A drawn shape: id, sort (see ``PAINTS``), kind (area, line or point), points (lon, lat) [deg] and name."""

    id: str
    sort: str
    kind: str
    points: tuple[Point, ...]
    name: str


def drawing_tools(scripts: str = "data") -> Draw:
    """Return the tools to draw areas, lines and points, and to change and delete them."""
    off = dict.fromkeys(("rectangle", "circle", "circlemarker"), False)
    new = {"shapeOptions": NEW_PAINT}
    options = {**off, "polyline": {**new, "metric": True}, "polygon": new, "marker": {}}
    tools = Draw(draw_options=options, show_geometry_on_click=False)  # type: ignore[no-untyped-call]
    link = assets.data_url if scripts == "data" else (lambda name: f"{scripts.rstrip('/')}/{name}")
    tools.default_js = [("leaflet_draw", link("leaflet-draw/leaflet.draw.js"))]
    tools.default_css = [("leaflet_draw_css", link("leaflet-draw/leaflet.draw.css"))]
    return tools


def translate_tools(language: str) -> dict[str, Any]:
    """Return the texts of the drawing tools in a language, nested as leaflet.draw wants them."""

    def pair(texts: tuple[str, str]) -> dict[str, str]:
        return {"title": translate(texts[0], language), "text": translate(texts[1], language)}

    def each(texts: Mapping[str, str]) -> dict[str, str]:
        return {key: translate(text, language) for key, text in texts.items()}

    return {
        "toolbar": {"buttons": each(TOOLBAR["buttons"]), **{key: pair(texts) for key, texts in ACTIONS.items()}},
        **{name: each(texts) for name, texts in HANDLERS.items()},
        "edit": {
            "actions": {key: pair(texts) for key, texts in EDIT_ACTIONS.items()},
            "buttons": each(EDIT_BUTTONS),
        },
        "handlers": {
            "edit": {
                "tooltip": {
                    "text": translate("Drag the points to change the shape.", language),
                    "subtext": translate("Press Cancel to undo.", language),
                }
            },
            "remove": {"tooltip": {"text": translate("Click a shape to delete it.", language)}},
        },
    }


def describe_shape(shape: Shape) -> dict[str, Any]:
    """Return a shape as the map's script reads it; its name is made safe for HTML."""
    ring = [(lat, lon) for lon, lat in shape.points]
    return {
        "id": shape.id,
        "kind": shape.kind,
        "sort": shape.sort,
        "at": ring[0] if shape.kind == "point" else ring,
        "paint": dict(PAINTS.get(shape.sort, NEW_PAINT)),
        "tip": escape(shape.name),
    }
