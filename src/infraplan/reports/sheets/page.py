"""The paper: sizes, and text that is measured before it is set. All lengths in mm from the lower left."""

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
# One CSS pixel, in which infraplan.style counts, is 1/96 inch.
PT_PER_PX = 0.75
# Comes with matplotlib, so a sheet looks the same on every machine.
FONT = "DejaVu Sans"
LINE_SPACING = 1.25
# Half the height of a capital letter, in ems.
HALF_CAPITAL_EM = 0.365
# Size [pt] at which letters are measured, and the unit in which FreeType counts.
EM_PT = 100.0
FIXED_POINT = 65536.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PageSize:
    """Width and height [mm], how large type and symbols are compared with an A3 sheet, dots of a picture per inch."""

    width_mm: float
    height_mm: float
    unit: float
    dpi: int


PAGES = {
    # A sheet of A3 is read from further away.
    "A3": PageSize(420.0, 297.0, 1.0, 200),
    "A4": PageSize(297.0, 210.0, 0.75, 300),
    # 3840 x 2160 dots: those of a screen.
    "16:9": PageSize(338.667, 190.5, 0.76, 288),
}


@dataclass(frozen=True)
class Paper:
    """A figure whose whole surface is one pair of axes in mm, and the reader's language."""

    figure: Figure
    axes: Axes
    page: PageSize
    language: str

    def say(self, text: str, **values: object) -> str:
        """Translate, in print typography."""
        return typeset(translate(text, self.language, **values))

    def pt(self, size_pt: float) -> float:
        """A size given for A3 [pt], on this page [pt]."""
        return size_pt * self.page.unit

    def mm(self, length_mm: float) -> float:
        """A length given for A3 [mm], on this page [mm]."""
        return length_mm * self.page.unit

    def line_mm(self, size_pt: float) -> float:
        """Distance between baselines [mm] of type of a size given for A3 [pt]."""
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
        """Set text; ``va="middle"`` is the middle of a line's capitals.

        A halo is drawn apart, below the text, so that the text itself stays editable in SVG and PDF.
        """
        options: dict[str, Any] = {
            "fontproperties": _font(self.pt(size_pt), weight, italic),
            "ha": ha,
            "va": va,
            "linespacing": LINE_SPACING,
            # A dollar sign in a name is a dollar sign.
            "parse_math": False,
            "zorder": 30.0,
            **more,
        }
        if va == "middle":
            # Capitals and figures stand about y_mm, whatever tails the letters of this text have.
            y_mm -= HALF_CAPITAL_EM * self.pt(size_pt) * MM_PER_PT
            options["va"] = "baseline"
        text = typeset(text)
        if halo:
            below = self.axes.text(x_mm, y_mm, text, color=style.HALO, **{**options, "zorder": 29.0})
            below.set_path_effects([Stroke(linewidth=self.pt(2.2), foreground=style.HALO)])
        return self.axes.text(x_mm, y_mm, text, color=colour, gid=gid, **options)

    def measure(self, text: str, *, size_pt: float, weight: str = "normal", italic: bool = False) -> float:
        """Width [mm] of the longest line of a text, as if no two letters were drawn together."""
        ems = max(sum(_advance_em(letter, weight, italic) for letter in line) for line in typeset(text).split("\n"))
        return ems * self.pt(size_pt) * MM_PER_PT

    def wrap(self, text: str, width_mm: float, *, size_pt: float, lines: int, weight: str = "normal") -> str:
        """Break a text into at most some lines of a width; what does not fit ends in an ellipsis."""
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
    """A blank sheet."""
    page = PAGES[size]
    figure = Figure(figsize=(page.width_mm / MM_PER_INCH, page.height_mm / MM_PER_INCH), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), zorder=2.0)
    axes.set_xlim(0.0, page.width_mm)
    axes.set_ylim(0.0, page.height_mm)
    axes.set_axis_off()
    axes.patch.set_visible(False)
    return Paper(figure, axes, page, language)


def typeset(text: str) -> str:
    """Write a formula and a degree as print does.

    >>> typeset("kt CO2/a at 90 degC")
    'kt CO₂/a at 90 °C'
    """
    return text.replace("CO2", "CO₂").replace("degC", "°C")


@lru_cache(maxsize=4096)
def _advance_em(letter: str, weight: str, italic: bool) -> float:
    """How far a letter moves the pen [em]. Letters are few and sheets hold thousands: each is asked once."""
    font = get_font(findfont(_font(EM_PT, weight, italic)))
    font.set_size(EM_PT, PT_PER_INCH)
    return float(font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / FIXED_POINT / EM_PT


def _font(size_pt: float, weight: str, italic: bool) -> FontProperties:
    return FontProperties(family=FONT, size=size_pt, weight=weight, style="italic" if italic else "normal")
