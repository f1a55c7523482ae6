"""The plan as a GeoPackage that QGIS opens with its colours: layers in the study's CRS and their styles.

QGIS reads styles from the table ``layer_styles`` in the file. Each row holds one renderer as XML.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as xml

import pandas as pd
import pyogrio

from infraplan.core import CARRIER_STYLE, CORRIDOR_STYLE, HALO, LineStyle
from infraplan.reports.plan_layers import Frames

_MM_PER_PX = 0.264583
_STYLES = "layer_styles"
_NO_TIME = "1970-01-01T00:00:00.000Z"


def write(layers: Frames, path: Path) -> None:
    """Write all layers and their styles into a new GeoPackage; the same layers give the same bytes."""
    # the driver would write the time of now beside each layer
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _NO_TIME})
    for name, frame in layers.stored():
        # an empty layer has no geometry type of its own
        kind = {"geometry_type": "Point"} if name == "boosters" else {}
        frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio", **kind)
    styles = pd.DataFrame(
        [
            {
                "f_table_catalog": "",
                "f_table_schema": "",
                "f_table_name": name,
                "f_geometry_column": "geom",
                "styleName": name,
                "styleQML": _qml(name),
                "styleSLD": "",
                "useAsDefault": True,
                "description": f"infraplan {name}",
                "owner": "",
            }
            for name, _ in layers.stored()
        ]
    )
    pyogrio.write_dataframe(styles, path, layer=_STYLES, driver="GPKG")


def _qml(layer: str) -> str:
    if layer == "corridors":
        return _single(_line(CORRIDOR_STYLE))
    if layer == "segments":
        return _categorised(
            "carrier",
            ((carrier, _line(style)) for carrier, style in CARRIER_STYLE.items()),
        )
    return _single(_marker({"hubs": "square", "boosters": "triangle"}.get(layer, "circle")))


def _document(kind: str, attribute: str = "") -> tuple[xml.Element, xml.Element]:
    root = xml.Element("qgis", version="3.34", styleCategories="Symbology")
    renderer = xml.SubElement(root, "renderer-v2", type=kind)
    if attribute:
        renderer.set("attr", attribute)
    return root, renderer


def _single(symbol: xml.Element) -> str:
    root, renderer = _document("singleSymbol")
    symbol.set("name", "0")
    xml.SubElement(renderer, "symbols").append(symbol)
    return xml.tostring(root, encoding="unicode")


def _categorised(attribute: str, symbols: Iterable[tuple[str, xml.Element]]) -> str:
    root, renderer = _document("categorizedSymbol", attribute)
    categories = xml.SubElement(renderer, "categories")
    drawn = xml.SubElement(renderer, "symbols")
    for number, (value, symbol) in enumerate(symbols):
        xml.SubElement(categories, "category", value=value, symbol=str(number), label=value, render="true")
        symbol.set("name", str(number))
        drawn.append(symbol)
    return xml.tostring(root, encoding="unicode")


def _symbol(kind: str, layer: str, options: dict[str, str], *, opacity: float = 1.0) -> xml.Element:
    symbol = xml.Element("symbol", type=kind, alpha=f"{opacity:g}")
    drawn = xml.SubElement(symbol, "layer", {"class": layer, "enabled": "1"})
    table = xml.SubElement(drawn, "Option", type="Map")
    for name, value in options.items():
        xml.SubElement(table, "Option", name=name, value=value, type="QString")
    return symbol


def _line(style: LineStyle) -> xml.Element:
    options = {
        "line_color": _rgba(style.colour),
        "line_width": f"{style.width_px * _MM_PER_PX:.3f}",
        "line_width_unit": "MM",
    }
    if style.dash_px:
        dash_mm = ";".join(f"{px * _MM_PER_PX:.3f}" for px in style.dash_px)
        options |= {"use_custom_dash": "1", "customdash": dash_mm, "customdash_unit": "MM"}
    return _symbol("line", "SimpleLine", options, opacity=style.opacity)


def _marker(shape: str) -> xml.Element:
    return _symbol("marker", "SimpleMarker", {"name": shape, "color": _rgba(HALO), "size": "2.4"})


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},255"
