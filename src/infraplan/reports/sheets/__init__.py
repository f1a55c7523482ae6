"""Print sheets: the overview of a plan, one corridor, the needs of a carrier, or a comparison; as PNG, SVG or PDF.

Start at ``draw_sheet``. The same input gives the same bytes. Text in SVG and PDF stays text, so that a cartographer
can edit the sheet. Input is plain tables and GeoDataFrames in the study's metric CRS.
"""

from infraplan.reports.sheets.facts import CHANGES, ComparisonFacts, CorridorFacts, Facts, NeedsFacts
from infraplan.reports.sheets.frames import BASEMAP_IDS, PLAN_COLUMNS
from infraplan.reports.sheets.layout import Wording
from infraplan.reports.sheets.page import PAGES
from infraplan.reports.sheets.sheet import FORMATS, draw_sheet

__all__ = [
    "BASEMAP_IDS",
    "CHANGES",
    "FORMATS",
    "PAGES",
    "PLAN_COLUMNS",
    "ComparisonFacts",
    "CorridorFacts",
    "Facts",
    "NeedsFacts",
    "Wording",
    "draw_sheet",
]
