"""Features on the map's canvas: paths and badges as the browser draws them."""

from __future__ import annotations

from typing import Any

import folium
from folium.utilities import JsCode

from infraplan.core import style
from infraplan.reports.maps.frames import make_collection

DIGITS = 5
# Order of drawing inside the plan's canvas; the map's script restores it when a layer is switched on again.
LEVELS = {"corridors": 1, "segments": 2, "sites": 3, "rings": 4}


def follow_theme(colour: str) -> str:
    """Return a colour for HTML on the map, which the map's script replaces on a dark page (see ``style.ON_DARK``).

    >>> follow_theme("#000000"), follow_theme("#1E88E5")
    ('var(--ip-000000,#000000)', '#1E88E5')
    """
    return f"var(--ip-{colour[1:]},{colour})" if colour in style.ON_DARK else colour


def draw_paths(
    features: list[dict[str, Any]],
    paints: list[dict[str, object]],
    *,
    highlight: dict[str, object] | None = None,
    **options: Any,
) -> folium.GeoJson:
    """Return lines, areas or discs, each in its own paint."""
    by_id = {feature["id"]: paint for feature, paint in zip(features, paints, strict=True)}
    return folium.GeoJson(
        make_collection(features),
        style_function=lambda feature: by_id[feature["id"]],
        highlight_function=(lambda feature: {**by_id[feature["id"]], **highlight}) if highlight else None,
        on_each_feature=JsCode("infraplan.describe"),
        smooth_factor=1.0,
        control=False,
        **options,
    )


def draw_badges(features: list[dict[str, Any]]) -> folium.GeoJson:
    """Return small marks of HTML that keep their size at every zoom."""
    return folium.GeoJson(
        make_collection(features),
        on_each_feature=JsCode("infraplan.describe"),
        control=False,
        point_to_layer=JsCode("infraplan.badge"),
    )
