"""The finished maps: a stand-alone page, and the basemap of the app's map."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd

from infraplan.core import ExportError, Problem, translate, write_whole
from infraplan.reports.maps.basemap import INLINE, Bounds, TileSource, Verbatim, base_map, draw_basemap, read_template
from infraplan.reports.maps.drawn import drawing_tools
from infraplan.reports.maps.frames import PLAN_COLUMNS, Frames, check_frames, escape
from infraplan.reports.maps.layers import plan_layers
from infraplan.reports.maps.legend import legend
from infraplan.reports.maps.printing import (
    MAP_NAME,
    BareMap,
    PrintedBasemap,
    Script,
    find_page,
    list_numbers,
    number_names,
    print_basemap,
)

# The map fills the space that a folded legend leaves.
LEGEND_SCRIPT = (
    '<script>document.querySelector(".ip-legend").addEventListener("toggle", '
    'function () { window.dispatchEvent(new Event("resize")); });</script>'
)
MARGIN_DEG = 0.01
NOTICE = "Schematic map for screening. Not for permits, route design or legal boundaries."


def write_map(
    path: Path,
    plan_frames: Frames,
    *,
    basemap: Mapping[str, gpd.GeoDataFrame],
    title: str,
    subtitle: str = "",
    sources: Sequence[str] = (),
    vintage: str = "",
    notice: str = "",
    language: str = "en",
    bounds: Bounds | None = None,
    tiles: str | TileSource | None = None,
) -> Path:
    """Write a stand-alone page that opens without a network and return its path.

    Parameters
    ----------
    sources, vintage
        Shown at the foot of the page: whose data, of which year.
    notice
        What the map is not for; by default a general sentence.
    bounds
        West, south, east, north to show first [deg]; by default what the plan covers.
    tiles
        None keeps the page free of any network; see :func:`base_map`.

    Raises
    ------
    ExportError
        On frames that cannot be drawn, or scripts that cannot be fetched.
    """
    check_frames(plan_frames, PLAN_COLUMNS, complete=True)
    drawn = base_map(
        bounds or find_bounds(plan_frames), basemap=basemap, language=language, scripts=INLINE, tiles=tiles
    )
    for group in plan_layers(plan_frames, language=language):
        drawn.add_child(group)
    drawn.add_child(Script(drawn, 'infraplan.settle(map, "");'))
    page = find_page(drawn)
    page.title = escape(title)
    page.header.add_child(Verbatim(f"<style>{read_template('page.css')}</style>"), name="page_css")
    page.html.add_child(Verbatim(_write_head(title, subtitle)), name="head")
    page.html.add_child(Verbatim(legend(plan_frames, language=language, basemap=basemap)), name="legend")
    page.html.add_child(Verbatim(_write_foot(notice, sources, vintage, language)), name="foot")
    page.html.add_child(Verbatim(LEGEND_SCRIPT), name="legend_script")
    numbers = list_numbers(page)
    text = number_names(page.render(), numbers).replace("<html>", f'<html lang="{language}">', 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_whole(path, text.encode(), what="the map")


def app_basemap(
    bounds: Bounds,
    *,
    basemap: Mapping[str, gpd.GeoDataFrame],
    language: str,
    memory: str,
    tiles: str | TileSource | None = None,
    draw: bool = False,
) -> PrintedBasemap:
    """Print the basemap of the app's map: it depends on the study only, and is made once.

    Parameters
    ----------
    memory
        Name under which the browser tab remembers the view.
    draw
        Add tools to draw on the map.
    """
    drawn = draw_basemap(BareMap, bounds, basemap=basemap, language=language, scripts="data", tiles=tiles)
    tools = [drawing_tools()] if draw else []
    shapes = "[]"
    for tool in tools:
        drawn.add_child(tool)
        shapes = f"drawnItems_{tool.get_name()}"
    end = f"infraplan.settle({MAP_NAME}, {json.dumps(memory)}); return {shapes};"
    return print_basemap(drawn, plugins=tools, end=end)


def find_bounds(plan_frames: Frames) -> Bounds:
    """Return west, south, east, north [deg] of the corridors and hubs; of the sites where there are none."""
    frames = [plan_frames[name] for name in ("corridors", "hubs") if len(plan_frames[name])]
    frames = frames or [plan_frames["sites"]]
    if not any(len(frame) for frame in frames):
        raise ExportError(Problem("map.nothing_to_show"))
    boxes = [frame.total_bounds for frame in frames]
    # a margin, because a window without width cannot be shown
    return (
        float(min(box[0] for box in boxes)) - MARGIN_DEG,
        float(min(box[1] for box in boxes)) - MARGIN_DEG,
        float(max(box[2] for box in boxes)) + MARGIN_DEG,
        float(max(box[3] for box in boxes)) + MARGIN_DEG,
    )


def _write_head(title: str, subtitle: str) -> str:
    second = f"<p>{escape(subtitle)}</p>" if subtitle else ""
    return f'<header class="ip-head"><h1>{escape(title)}</h1>{second}</header>'


def _write_foot(notice: str, sources: Sequence[str], vintage: str, language: str) -> str:
    parts = [f"<b>{escape(notice) or translate(NOTICE, language)}</b>"]
    if sources:
        parts.append(f"{translate('Sources', language)}: {'; '.join(escape(source) for source in sources)}.")
    if vintage:
        parts.append(f"{translate('Vintage', language)}: {escape(vintage)}.")
    parts.append(f'{translate("Map drawn with", language)} infraplan, <a href="https://leafletjs.com">Leaflet</a>.')
    return f'<footer class="ip-foot">{" ".join(parts)}</footer>'
