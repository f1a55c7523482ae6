"""The paper: page sizes, and text that is measured before it is set. All lengths are in mm from the lower left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.patheffects import Stroke
from matplotlib.text import Text

from infraplan.core import style, translate

MM_PER_INCH = 25.4
PT_PER_INCH = 72.0
MM_PER_PT = MM_PER_INCH / PT_PER_INCH
# A CSS pixel, the unit of core.style, is 1/96 inch.
PT_PER_PX = 0.75
# Part of matplotlib, so a sheet looks the same on every machine.
FONT = "DejaVu Sans"
LINE_SPACING = 1.25
# Half the height of a capital letter, in ems.
HALF_CAPITAL_EM = 0.365
# Size [pt] at which letters are measured, and the unit of FreeType.
EM_PT = 100.0
FIXED_POINT = 65536.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PageSize:
    """Size of a page.

    Attributes
    ----------
    width_mm, height_mm
        Width and height [mm].
    unit
        Size of type and symbols relative to A3 [-].
    dpi
        Resolution of a picture [dots per inch].
    """

    width_mm: float
    height_mm: float
    unit: float
    dpi: int


PAGES = {
    # A3 is read from a larger distance, so fewer dots are enough.
    "A3": PageSize(420.0, 297.0, 1.0, 200),
    "A4": PageSize(297.0, 210.0, 0.75, 300),
    # 3840 x 2160 dots, as on a 4K screen.
    "16:9": PageSize(338.667, 190.5, 0.76, 288),
}


@dataclass(frozen=True)
class Paper:
    """A figure with one pair of axes in mm over its whole surface, and the reader's language."""

    figure: Figure
    axes: Axes
    page: PageSize
    language: str

    def say(self, text: str, **values: object) -> str:
        """Translate a text, with print typography."""
        return typeset(translate(text, self.language, **values))

    def pt(self, size_pt: float) -> float:
        """Convert a size given for A3 [pt] to this page [pt]."""
        return size_pt * self.page.unit

    def mm(self, length_mm: float) -> float:
        """Convert a length given for A3 [mm] to this page [mm]."""
        return length_mm * self.page.unit

    def line_mm(self, size_pt: float) -> float:
        """Return the distance between baselines [mm] of type with a size given for A3 [pt]."""
        return self.pt(size_pt) * MM_PER_PT * LINE_SPACING

    def write(
        self,
        x_mm: float,
        y_mm: float,
        text: str,
        *,
        size_pt: float,
        colour: str = style.INK,
        weight: str = "normal",
        italic: bool = False,
        ha: str = "left",
        va: str = "baseline",
        halo: bool = False,
        gid: str | None = None,
        **more: Any,
    ) -> Text:
        """Set a text; with ``va="middle"``, ``y_mm`` is the middle of the capitals.

        A halo is a separate drawing below the text, so that the text stays editable in SVG and PDF.
        """
        options: dict[str, Any] = {
            "fontproperties": _font(self.pt(size_pt), weight, italic),
            "ha": ha,
            "va": va,
            "linespacing": LINE_SPACING,
            # Print a dollar sign as it is, not as the start of a formula.
            "parse_math": False,
            "zorder": 30.0,
            **more,
        }
        if va == "middle":
            # Centre capitals and figures on y_mm, even if letters of the text go below the line.
            y_mm -= HALF_CAPITAL_EM * self.pt(size_pt) * MM_PER_PT
            options["va"] = "baseline"
        text = typeset(text)
        if halo:
            below = self.axes.text(x_mm, y_mm, text, color=style.HALO, **{**options, "zorder": 29.0})
            below.set_path_effects([Stroke(linewidth=self.pt(2.2), foreground=style.HALO)])
        return self.axes.text(x_mm, y_mm, text, color=colour, gid=gid, **options)

    def measure(self, text: str, *, size_pt: float, weight: str = "normal", italic: bool = False) -> float:
        """Return the width [mm] of the longest line of a text, without kerning."""
        ems = max(sum(_advance_em(letter, weight, italic) for letter in line) for line in typeset(text).split("\n"))
        return ems * self.pt(size_pt) * MM_PER_PT

    def wrap(self, text: str, width_mm: float, *, size_pt: float, lines: int, weight: str = "normal") -> str:
        """Break a text into at most ``lines`` lines of a width; a longer text ends with an ellipsis."""
        done: list[str] = []
        line = ""
        words = text.split()
        while words:
            word = words.pop(0)
            longer = f"{line} {word}".strip()
            if not line or self.measure(longer, size_pt=size_pt, weight=weight) <= width_mm:
                line = longer
            elif len(done) + 1 < lines:
                done.append(line)
                line = word
            else:
                line = " ".join([line, word, *words])
                break
        done.append(line)
        return "\n".join(self._cut(part, width_mm, size_pt, weight) for part in done)

    def _cut(self, text: str, width_mm: float, size_pt: float, weight: str) -> str:
        if self.measure(text, size_pt=size_pt, weight=weight) <= width_mm:
            return text
        while text and self.measure(f"{text}…", size_pt=size_pt, weight=weight) > width_mm:
            text = text[:-1]
        return f"{text.rstrip(' ,;:–-(')}…"


def open_paper(size: str, language: str) -> Paper:
    """Return a blank sheet."""
    page = PAGES[size]
    figure = Figure(figsize=(page.width_mm / MM_PER_INCH, page.height_mm / MM_PER_INCH), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), zorder=2.0)
    axes.set_xlim(0.0, page.width_mm)
    axes.set_ylim(0.0, page.height_mm)
    axes.set_axis_off()
    axes.patch.set_visible(False)
    return Paper(figure, axes, page, language)


def typeset(text: str) -> str:
    """Write formulas and degrees as in print.

    >>> typeset("kt CO2/a at 90 degC")
    'kt CO₂/a at 90 °C'
    """
    return text.replace("CO2", "CO₂").replace("degC", "°C")


@lru_cache(maxsize=4096)
def _advance_em(letter: str, weight: str, italic: bool) -> float:
    """Return the width of a letter [em]. It is cached: letters are few, and sheets contain thousands."""
    font = get_font(findfont(_font(EM_PT, weight, italic)))
    font.set_size(EM_PT, PT_PER_INCH)
    return float(font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / FIXED_POINT / EM_PT


def _font(size_pt: float, weight: str, italic: bool) -> FontProperties:
    return FontProperties(family=FONT, size=size_pt, weight=weight, style="italic" if italic else "normal")
