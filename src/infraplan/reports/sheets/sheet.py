"""One sheet: its parts are composed, and the file is written completely or not at all."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from infraplan.core import ExportError, Problem, check_language, write_whole
from infraplan.reports.sheets.comparison import compose_comparison
from infraplan.reports.sheets.facts import ComparisonFacts, CorridorFacts, Facts, NeedsFacts
from infraplan.reports.sheets.factsheet import compose_corridor
from infraplan.reports.sheets.frames import Frames, check_frames
from infraplan.reports.sheets.layout import Wording
from infraplan.reports.sheets.needs import compose_needs
from infraplan.reports.sheets.overview import compose_overview
from infraplan.reports.sheets.page import FONT, PAGES, Box, open_paper

FORMATS = (".png", ".svg", ".pdf")
PNG_LEVEL = 1
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
# The settings of matplotlib are global, so only one sheet is drawn at a time.
_LOCK = threading.Lock()


def draw_sheet(
    path: Path,
    *,
    frames: Frames,
    basemap: Frames,
    language: str = "en",
    wording: Wording,
    facts: Facts | None = None,
    size: str = "A3",
    bounds: Box | None = None,
    also: Sequence[Path] = (),
) -> Path:
    """Draw one sheet for print; the same input gives the same bytes.

    Parameters
    ----------
    path
        File to write; its suffix gives the format: ``.png`` (see ``PAGES``), ``.svg`` or ``.pdf``.
    frames
        ``corridors``, ``segments``, ``sites`` and ``hubs`` with the columns of ``PLAN_COLUMNS``, in one projected CRS
        in metres. CO2 [kt/a], cost [M EUR/a and EUR/t], length [km].
    basemap
        Frames by the names of ``BASEMAP_IDS`` in the same CRS; each is optional.
    language
        Language of the sheet.
    wording
        Title, subtitle, and the foot: notice, sources, checksum of the assumptions.
    facts
        Facts of one corridor, of needs or of a comparison; without them the sheet is the overview.
    size
        One of ``PAGES``, landscape.
    bounds
        West, south, east, north [m] of the overview, widened to the page's aspect; default: the corridors with a
        margin.
    also
        More files of the same sheet in other formats, drawn only once.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    ExportError
        If size or suffix is unknown, the frames cannot be drawn or the file cannot be written. No part of a file is
        left behind.
    """
    paths = [Path(path), *also]
    check_language(language)
    for wanted in paths:
        _check_choices(wanted, size)
    check_frames(frames, basemap)
    with _LOCK, mpl.rc_context(SETTINGS):
        figure = compose(
            frames=frames,
            basemap=basemap,
            language=language,
            wording=wording,
            size=size,
            facts=facts,
            bounds=bounds,
        )
        for wanted in paths:
            write_whole(wanted, _render(figure, wanted.suffix.lower(), PAGES[size].dpi), what="the sheet")
    return paths[0]


def compose(
    *,
    frames: Frames,
    basemap: Frames,
    language: str,
    wording: Wording,
    size: str,
    facts: Facts | None = None,
    bounds: Box | None = None,
) -> Figure:
    """Put the parts of a sheet in their places; the type of ``facts`` decides the kind of sheet."""
    paper = open_paper(size, language)
    FigureCanvasAgg(paper.figure)
    if isinstance(facts, CorridorFacts):
        compose_corridor(paper, wording, frames, basemap, facts)
    elif isinstance(facts, NeedsFacts):
        compose_needs(paper, wording, frames, basemap, facts)
    elif isinstance(facts, ComparisonFacts):
        compose_comparison(paper, wording, frames, basemap, facts)
    else:
        compose_overview(paper, wording, frames, basemap, bounds)
    return paper.figure


def _check_choices(path: Path, size: str) -> None:
    problems = [
        Problem(code, {"known": choices}, file=str(path), value=value)
        for code, value, choices in (
            ("sheet.unknown_size", size, tuple(PAGES)),
            ("sheet.unknown_suffix", path.suffix.lower(), FORMATS),
        )
        if value not in choices
    ]
    if problems:
        raise ExportError(problems)


def _render(figure: Figure, suffix: str, dpi: int) -> bytes:
    memory = io.BytesIO()
    # Takes a third of the time of the highest compression, for a file that is a fifth larger.
    more: Any = {"pil_kwargs": {"compress_level": PNG_LEVEL}} if suffix == ".png" else {}
    figure.savefig(memory, format=suffix[1:], dpi=dpi, metadata=METADATA[suffix], **more)
    return memory.getvalue()
