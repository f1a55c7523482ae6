"""The legend: what lines, discs and squares mean, as plain HTML for both the app and the page."""

from __future__ import annotations

import re

from infraplan.core import CARRIER_STYLE, format_number, style, translate
from infraplan.reports import assets
from infraplan.reports.maps.basemap import read_template
from infraplan.reports.maps.frames import Frames, read_number
from infraplan.reports.maps.places import find_state

SWATCH_PX = (38, 16)
GAP = ' class="ip-gap"'

# drawing, text, and the attribute that leaves a gap above the row
Row = tuple[str, str, str]


def legend(plan_frames: Frames, *, language: str, basemap: Frames | None = None, themed: bool = False) -> str:
    """Return the legend of what these frames put on the map, as a piece of HTML with its style.

    ``themed`` is for a page that may be light or dark: the colours then follow the page, as on the map.
    """
    rows: list[Row] = [(_line(style.CORRIDOR_STYLE, 12.0), translate(style.CORRIDOR_STYLE.label, language), "")]
    present = set(plan_frames["segments"]["carrier"])
    for carrier, look in CARRIER_STYLE.items():
        if carrier in present:
            rows.append((_line(look, 3.5), translate(f"{look.label} pipe", language), ""))
    rows.append(("", f"<small>{translate('Thicker line: more flow', language)}</small>", ""))
    rows += _list_symbols(plan_frames, language)
    if basemap is not None:
        rows += _list_basemap(basemap, language)
    items = "".join(
        f"<li{gap}>{_picture(drawing, themed=themed)}<span>{text}</span></li>" for drawing, text, gap in rows
    )
    title = translate("Legend", language)
    css = f"<style>{read_template('legend.css')}</style>"
    return f'{css}<details class="ip-legend" open><summary>{title}</summary><ul>{items}</ul></details>'


def _list_symbols(plan_frames: Frames, language: str) -> list[Row]:
    rows: list[Row] = []
    sites = plan_frames["sites"]
    states = {find_state(row) for row in sites.itertuples(index=False)}
    for state, look in (
        ("connected", style.SITE_CONNECTED_STYLE),
        ("left out", style.SITE_LEFT_OUT_STYLE),
        ("outside", style.SITE_OUTSIDE_STYLE),
    ):
        if state in states:
            rows.append((_disc(look, 5.5), translate(look.label, language), "" if rows else GAP))
    if any("," in joined for joined in sites["connected"]):
        rows.append((_split(), translate("Joined for several carriers", language), ""))
    largest = read_number(sites["co2_kt_per_a"].max()) if len(sites) else None
    if largest:
        for amount in _pick_sizes(largest):
            radius = style.scale_by_area(amount, largest, style.SITE_RADIUS_PX)
            written = format_number(amount, language, 0 if amount >= 1.0 else 1)
            text = f"{written} {translate('kt/a', language)} CO2"
            rows.append((_disc(style.SITE_CONNECTED_STYLE, radius), text, ""))
    roles = set(plan_frames["hubs"]["role"])
    if "sink" in roles:
        rows.append((_square(turned=False), translate("Hub where flow leaves", language), GAP))
    if "supply" in roles:
        rows.append((_square(turned=True), translate("Hub where flow enters", language), ""))
    if len(plan_frames["stations"]):
        rows.append((_triangle(), translate("Booster station", language), ""))
    return rows


def _list_basemap(basemap: Frames, language: str) -> list[Row]:
    rows: list[Row] = []
    lines = {
        "pipelines": style.EXISTING_STYLE,
        "motorways": style.MOTORWAY_STYLE,
        "railways": style.RAILWAY_STYLE,
        "borders": style.BORDER_STYLE,
    }
    areas = {
        "protected": style.PROTECTED_STYLE,
        "settlements": style.SETTLEMENT_STYLE,
        "ports": style.PORT_STYLE,
    }
    for name, look in lines.items():
        if name in basemap and len(basemap[name]):
            rows.append((_line(look, look.width_px), translate(look.label, language), "" if rows else GAP))
    for name, area in areas.items():
        if name in basemap and len(basemap[name]):
            rows.append((_patch(area), translate(area.label, language), ""))
    if "substations" in basemap and len(basemap["substations"]):
        look_dot = style.SUBSTATION_STYLE
        rows.append((_disc(look_dot, style.SUBSTATION_RADIUS_PX), translate(look_dot.label, language), ""))
    return rows


def _pick_sizes(largest: float) -> list[float]:
    """Return two round amounts below the largest, a factor of ten apart."""
    top = 10.0 ** (len(str(int(largest))) - 1)
    return [top / 10.0, top]


def _picture(drawing: str, *, themed: bool) -> str:
    # An image, not an svg element: the app's HTML filter drops svg elements.
    if not drawing:
        return ""
    size = re.search(r'width="[^"]+" height="[^"]+"', drawing)
    if themed:
        # the browser applies this style to the picture where the page is dark
        rules = "".join(
            f'[{part}="{colour}"]{{{part}:{style.ON_DARK[colour]}}}'
            for part, colour in sorted(set(re.findall('(fill|stroke)="(#[0-9A-F]{6})"', drawing)))
            if colour in style.ON_DARK
        )
        drawing = drawing.replace(">", f"><style>@media (prefers-color-scheme: dark) {{{rules}}}</style>", 1)
    return f'<img src="{assets.encode_url(drawing.encode(), suffix=".svg")}" {size[0] if size else ""} alt="">'


def _draw(shape: str, height: float = SWATCH_PX[1]) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{SWATCH_PX[0]}" height="{height:g}">{shape}</svg>'


def _line(look: style.LineStyle, width_px: float) -> str:
    middle = SWATCH_PX[1] / 2
    dash = f' stroke-dasharray="{look.dash_array}"' if look.dash_array else ""
    cap = "round" if look.dash_px and look.dash_px[0] <= 1.0 else "butt"
    return _draw(
        f'<line x1="2" y1="{middle:g}" x2="{SWATCH_PX[0] - 2}" y2="{middle:g}" stroke="{look.colour}" '
        f'stroke-width="{width_px:g}" stroke-opacity="{look.opacity:g}" stroke-linecap="{cap}"{dash}/>'
    )


def _disc(look: style.AreaStyle, radius_px: float) -> str:
    height = max(SWATCH_PX[1], 2 * radius_px + 3)
    outline = "#8D949B" if look.outline == style.HALO else look.outline
    return _draw(
        f'<circle cx="{SWATCH_PX[0] / 2:g}" cy="{height / 2:g}" r="{radius_px:.1f}" fill="{look.fill}" '
        f'stroke="{outline}" stroke-width="1"/>',
        height,
    )


def _patch(look: style.AreaStyle) -> str:
    return _draw(f'<rect x="7" y="2" width="24" height="12" fill="{look.fill}" stroke="#c9c4bb" stroke-width=".6"/>')


def _split() -> str:
    halves = "".join(
        f'<path d="M19 8 L19 {8 - way * 7} A7 7 0 0 1 19 {8 + way * 7} Z" fill="{CARRIER_STYLE[carrier].colour}"/>'
        for carrier, way in (("co2", 1), ("h2", -1))
    )
    return _draw(halves)


def _triangle() -> str:
    return _draw(f'<path d="M19 2 L25 13 L13 13 Z" fill="{style.INK}"/>')


def _square(*, turned: bool) -> str:
    turn = ' transform="rotate(45 19 8)"' if turned else ""
    return _draw(f'<rect x="14" y="3" width="10" height="10" fill="{style.INK}"{turn}/>')
