"""One sheet: the parts put together, and written whole or not at all."""

from __future__ import annotations

import io
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from infraplan.errors import ExportError, Problem
from infraplan.sheets.frames import KINDS, Frames, check_frames
from infraplan.sheets.furniture import (
    choose_corner,
    draw_foot,
    draw_inset,
    draw_key_figures,
    draw_scale_and_north,
    draw_title,
    list_key_figures,
    name_crs,
)
from infraplan.sheets.ground import draw_ground
from infraplan.sheets.labels import open_places, place_ranks, write_names
from infraplan.sheets.page import FONT, PAGES, Box, Paper, open_paper
from infraplan.sheets.panel import draw_legend, draw_table
from infraplan.sheets.strips import draw_strips, gather_strips
from infraplan.sheets.symbols import draw_hubs, draw_sites
from infraplan.sheets.window import Window, open_window
from infraplan.words import check_language

log = logging.getLogger(__name__)

FORMATS = (".png", ".svg", ".pdf")
PNG_DPI = 200
MARGIN_MM = 9.0
PANEL_MM = 112.0
GAP_MM = 6.0
TITLE_MM = 15.0
FIGURES_MM = 10.5
# No dates and no random ids: the same input gives the same bytes.
SETTINGS: Any = {
    "font.family": [FONT],
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "svg.fonttype": "none",
    "svg.hashsalt": "infraplan",
    "lines.scale_dashes": True,
    "path.simplify": True,
    "axes.unicode_minus": True,
    "text.usetex": False,
    "savefig.bbox": None,
}
METADATA: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
# matplotlib keeps its settings per process: one sheet at a time.
_LOCK = threading.Lock()


def draw_sheet(
    path: Path,
    *,
    kind: str = "overview",
    frames: Frames,
    basemap: Frames,
    language: str = "en",
    title: str,
    subtitle: str,
    notice: str,
    source_line: str,
    hash_line: str,
    size: str = "A3",
    bounds: Box | None = None,
    also: Sequence[Path] = (),
) -> Path:
    """Draw the plan on one sheet for print; the same input gives the same bytes. Returns the path.

    Parameters
    ----------
    path
        File to write; its suffix says the format: ``.png`` (200 dpi), ``.svg`` or ``.pdf``.
    kind, size
        One of ``KINDS``; one of ``PAGES``, landscape.
    frames
        ``corridors``, ``segments``, ``sites`` and ``hubs`` with the columns of ``PLAN_COLUMNS``, in one
        projected CRS in metres. CO2 [kt/a], cost [M EUR/a and EUR/t], length [km].
    basemap
        Frames by the names of ``BASEMAP_IDS`` in the same CRS; any may be left out.
    notice, source_line, hash_line
        The foot: what the map is not for, where its facts come from, the hash of the assumptions.
    bounds
        West, south, east, north [m], widened to the page's aspect; without it the corridors with a margin.
    also
        More files of the same sheet in other formats, drawn only once.

    Raises
    ------
    ExportError
        On an unknown kind, size or suffix, on frames that cannot be drawn, and when the file cannot be
        written; nothing is left half-written.
    """
    paths = [Path(path), *also]
    check_language(language)
    for wanted in paths:
        _check_choices(wanted, kind, size)
    check_frames(frames, basemap)
    with _LOCK, mpl.rc_context(SETTINGS):
        figure = compose(
            frames=frames,
            basemap=basemap,
            language=language,
            title=title,
            subtitle=subtitle,
            foot=(notice, source_line),
            hash_line=hash_line,
            size=size,
            bounds=bounds,
        )
        for wanted in paths:
            _write(wanted, _render(figure, wanted.suffix.lower()))
    return paths[0]


def compose(
    *,
    frames: Frames,
    basemap: Frames,
    language: str,
    title: str,
    subtitle: str,
    foot: tuple[str, ...],
    hash_line: str,
    size: str,
    bounds: Box | None,
) -> Figure:
    """Put the parts of a sheet in their places: title, key figures, map, column at the right, foot."""
    paper = open_paper(size, language)
    FigureCanvasAgg(paper.figure)
    edge = paper.mm(MARGIN_MM)
    west, south, east, north = edge, edge * 0.7, paper.page.width_mm - edge, paper.page.height_mm - edge * 0.8
    crs = frames["corridors"].crs
    projection = f"{paper.say('Projection')}: {name_crs(crs)}"
    low = south + draw_foot(paper, (*foot, projection), hash_line, (west, south, east, north)) + paper.mm(1.0)
    draw_title(paper, title, subtitle, (west, low, east, north))
    figures_top = north - paper.mm(TITLE_MM)
    top = figures_top - paper.mm(FIGURES_MM) - paper.mm(1.5)
    draw_key_figures(
        paper, list_key_figures(paper, frames), (west, figures_top - paper.mm(FIGURES_MM), east, figures_top)
    )
    column = east - paper.mm(PANEL_MM)
    window = open_window(frames, basemap, (west, low, column - paper.mm(GAP_MM), top), bounds)
    _draw_map(paper, frames, basemap, window)
    _draw_column(paper, frames, basemap, window, (column, low, east, top))
    return paper.figure


def _draw_map(paper: Paper, frames: Frames, basemap: Frames, window: Window) -> None:
    west, south, east, north = window.rect_mm
    page = paper.page
    axes = paper.figure.add_axes(
        (
            west / page.width_mm,
            south / page.height_mm,
            (east - west) / page.width_mm,
            (north - south) / page.height_mm,
        ),
        zorder=1.0,
    )
    axes.set_xlim(window.bounds_m[0], window.bounds_m[2])
    axes.set_ylim(window.bounds_m[1], window.bounds_m[3])
    axes.set_autoscale_on(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(paper.pt(0.8))
        spine.set_color("#8D949B")
    draw_ground(axes, paper, basemap, window)
    strips = gather_strips(frames["segments"], window, unit=page.unit)
    draw_strips(axes, paper, strips, frames["corridors"], window)
    sites = draw_sites(axes, paper, frames["sites"], window)
    hubs = draw_hubs(axes, paper, frames["hubs"], window)
    pipes = [*(strip.line for strip in strips), *frames["corridors"].geometry]
    busy = [window.project(line) for line in pipes]
    corner = choose_corner(paper, window, busy)
    draw_scale_and_north(paper, window, frames["corridors"].crs, corner)
    places = open_places(window, pipes, sites, [corner, *(hub.box for hub in hubs)])
    ranks = place_ranks(paper, frames["corridors"], window, places)
    write_names(paper, basemap, window, places, ranks=ranks, hubs=hubs)


def _draw_column(paper: Paper, frames: Frames, basemap: Frames, window: Window, box: Box) -> None:
    west, south, east, north = box
    gap = paper.mm(5.0)
    # The table may take half the column and a little, then the legend; the inset fills what is left.
    y = north - draw_table(paper, frames, (west, south + (north - south) * 0.55, east, north)) - gap
    y -= draw_legend(paper, frames, basemap, (west, south, east, y)) + gap
    draw_inset(paper, basemap, window, (west, south, east, y))


def _check_choices(path: Path, kind: str, size: str) -> None:
    problems = [
        Problem(f"unknown {what}", f"Use one of {', '.join(choices)}", file=str(path), value=value)
        for what, value, choices in (
            ("kind of sheet", kind, KINDS),
            ("page size", size, tuple(PAGES)),
            ("suffix", path.suffix.lower(), FORMATS),
        )
        if value not in choices
    ]
    if problems:
        raise ExportError(problems)


def _render(figure: Figure, suffix: str) -> bytes:
    memory = io.BytesIO()
    figure.savefig(memory, format=suffix[1:], dpi=PNG_DPI, metadata=METADATA[suffix])
    return memory.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Write under a temporary name and rename, so that nobody ever sees half a sheet."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        try:
            temporary.unlink(missing_ok=True)
        except OSError:
            log.warning("could not remove %s", temporary)
        raise ExportError(
            Problem(
                f"the sheet could not be written ({error.strerror})",
                "Choose an existing folder that you may write to, with room on the disk",
                file=str(path),
            )
        ) from error
    log.info("wrote %s", path)
