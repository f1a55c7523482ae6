"""Colours, lines and symbols, the same on the browser map and on the printed sheet.

Colour-blind readers can tell the colours apart, and a line style always doubles them. Existing infrastructure is a
grey casing; proposals are coloured. Widths and sizes are in CSS pixels (a print point is 4/3 of one).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class LineStyle:
    """Style of a line.

    Attributes
    ----------
    label
        Its word in the legend.
    colour
        Colour.
    width_px
        Width [px].
    dash_px
        Dash pattern [px]; empty for a solid line.
    opacity
        Opacity from 0 to 1.
    """

    label: str
    colour: str
    width_px: float = 2.0
    dash_px: tuple[float, ...] = ()
    opacity: float = 1.0

    @property
    def dash_array(self) -> str | None:
        """Dash pattern as SVG, canvas and Leaflet write it, or None for a solid line."""
        return " ".join(f"{length:g}" for length in self.dash_px) or None


@dataclass(frozen=True)
class AreaStyle:
    """Style of an area or a disc: word in the legend, fill, outline and opacity."""

    label: str
    fill: str
    outline: str = "none"
    opacity: float = 1.0


CARRIER_STYLE = MappingProxyType(
    {
        "co2": LineStyle("CO2", "#000000"),
        "h2": LineStyle("Hydrogen", "#1E88E5", dash_px=(9.0, 5.0)),
        "heat": LineStyle("Heat", "#EE3377", dash_px=(1.0, 6.0)),
        "electricity": LineStyle("Electricity", "#B8860B", dash_px=(9.0, 4.0, 1.0, 4.0)),
    }
)
CORRIDOR_STYLE = LineStyle("Proposed corridor", "#F5B301", width_px=17.0, opacity=0.42)
CORRIDOR_CHOSEN_OPACITY = 0.8
EXISTING_STYLE = LineStyle("Existing pipeline", "#8D949B", width_px=3.6, opacity=0.4)
# changes of a plan against another one, each with its own colour and dash
CHANGE_STYLE = MappingProxyType(
    {
        "came": LineStyle("New", "#2E9E4F", width_px=15.0, opacity=0.6),
        "grew": LineStyle("More flow", "#8FCB6B", width_px=11.0, opacity=0.65),
        "shrank": LineStyle("Less flow", "#E8A33D", width_px=11.0, dash_px=(2.0, 14.0), opacity=0.75),
        "went": LineStyle("Gone", "#C2410C", width_px=6.0, dash_px=(3.0, 9.0), opacity=0.9),
    }
)
RING_STYLE = MappingProxyType(
    {
        "came": LineStyle("Site joined now", CHANGE_STYLE["came"].colour, width_px=3.0),
        "went": LineStyle("Site no longer joined", CHANGE_STYLE["went"].colour, width_px=3.0, dash_px=(3.0, 5.0)),
    }
)

PAPER = "#F6F4EE"
INK = "#2B3138"
HALO = "#FFFFFF"

SEA_STYLE = AreaStyle("Sea", "#D6E6EF")
LAND_STYLE = AreaStyle("Land", PAPER)
SETTLEMENT_STYLE = AreaStyle("Built-up area", "#E6DFD3")
PORT_STYLE = AreaStyle("Port area", "#DDD9E6")
PROTECTED_STYLE = AreaStyle("Protected nature", "#E0EBD6")
WATER_STYLE = LineStyle("Waterway", "#98C0D4", width_px=1.2)
WIDE_WATER_STYLE = LineStyle("Waterway", "#98C0D4", width_px=2.6)
WIDE_WATER_M = 120.0
BORDER_STYLE = LineStyle("Border", "#A79F93", width_px=1.1, dash_px=(6.0, 3.0, 1.0, 3.0))
MOTORWAY_STYLE = LineStyle("Motorway", "#CDBFAE", width_px=1.5)
RAILWAY_STYLE = LineStyle("Railway", "#B5B0A8", width_px=0.9, dash_px=(5.0, 2.5))

SITE_CONNECTED_STYLE = AreaStyle("Connected site", "#4A5A68", HALO, 0.92)
SITE_LEFT_OUT_STYLE = AreaStyle("Site left out", HALO, "#4A5A68", 0.75)
SITE_OUTSIDE_STYLE = AreaStyle("Site outside the area", "#B4BBC1", HALO, 0.9)
SUBSTATION_STYLE = AreaStyle("Substation", CARRIER_STYLE["electricity"].colour, HALO, 0.9)
SUBSTATION_RADIUS_PX = 2.6

SEGMENT_WIDTH_PX = (2.2, 6.5)
SITE_RADIUS_PX = (3.2, 17.0)
HUB_SIZE_PX = (12.0, 22.0)
LANE_GAP_PX = 1.4
RING_STEP_PX = 3.4

# Replacements for these colours where the browser map is on a dark page. Hydrogen, heat and electricity keep their
# own colours, which are clear on both. Black and white change places.
ON_DARK = MappingProxyType(
    {
        "#000000": "#FFFFFF",
        HALO: "#1B1F24",
        INK: "#E4E7EA",
        SEA_STYLE.fill: "#15212B",
        LAND_STYLE.fill: "#242A30",
        SETTLEMENT_STYLE.fill: "#34363A",
        PORT_STYLE.fill: "#343244",
        PROTECTED_STYLE.fill: "#263329",
        WATER_STYLE.colour: "#38637B",
        BORDER_STYLE.colour: "#837C72",
        MOTORWAY_STYLE.colour: "#5E5750",
        RAILWAY_STYLE.colour: "#5F636A",
        EXISTING_STYLE.colour: "#A9B1B9",
        SITE_CONNECTED_STYLE.fill: "#A9B8C5",
        SITE_OUTSIDE_STYLE.fill: "#666E76",
        CHANGE_STYLE["went"].colour: "#FF6B35",
    }
)


def scale_by_area(value: float, largest: float, span_px: tuple[float, float]) -> float:
    """Return the size [px] of a symbol whose area above the smallest size grows with the value.

    >>> scale_by_area(25.0, 100.0, (2.0, 10.0))
    6.0
    """
    if not (math.isfinite(value) and largest > 0.0) or value <= 0.0:
        return span_px[0]
    share = min(value / largest, 1.0)
    return span_px[0] + (span_px[1] - span_px[0]) * math.sqrt(share)
