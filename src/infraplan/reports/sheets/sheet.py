"""One sheet: the parts put together, and written whole or not at all."""

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
# matplotlib keeps its settings per process: one sheet at a time.
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
    """Draw one sheet for print; the same input gives the same bytes. Returns the path.

    Parameters
    ----------
    path
        File to write; its suffix says the format: ``.png`` (see ``PAGES``), ``.svg`` or ``.pdf``.
    size
        One of ``PAGES``, landscape.
    frames
        ``corridors``, ``segments``, ``sites`` and ``hubs`` with the columns of ``PLAN_COLUMNS``, in one
        projected CRS in metres. CO2 [kt/a], cost [M EUR/a and EUR/t], length [km].
    basemap
        Frames by the names of ``BASEMAP_IDS`` in the same CRS; any may be left out.
    wording
        Title and subtitle, and the foot: what the map is not for, where its facts come from, the hash of the
        assumptions.
    facts
        What the sheet of one corridor, of needs or of a comparison tells; without it the sheet is the overview.
    bounds
        Of the overview: west, south, east, north [m], widened to the page's aspect; without it the corridors with
        a margin.
    also
        More files of the same sheet in other formats, drawn only once.

    Raises
    ------
    ExportError
        On an unknown size or suffix, on frames that cannot be drawn, and when the file cannot be
        written; nothing is left half-written.
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
    """Put the parts of a sheet in their places; what is told says which kind of sheet it is."""
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
    # A third of the time of the highest compression, for a file a fifth larger.
    more: Any = {"pil_kwargs": {"compress_level": PNG_LEVEL}} if suffix == ".png" else {}
    figure.savefig(memory, format=suffix[1:], dpi=dpi, metadata=METADATA[suffix], **more)
    return memory.getvalue()
