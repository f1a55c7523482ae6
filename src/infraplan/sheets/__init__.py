"""Print maps: one sheet with the plan, its ranking and where it came from, as PNG, SVG or PDF.

``draw_sheet`` is the door. The same input gives the same bytes; text in SVG and PDF stays text, so that a
cartographer can finish the sheet. Input is plain GeoDataFrames in the study's metric CRS.
"""

from infraplan.sheets.frames import BASEMAP_IDS, KINDS, PLAN_COLUMNS
from infraplan.sheets.page import PAGES
from infraplan.sheets.sheet import FORMATS, draw_sheet

__all__ = ["BASEMAP_IDS", "FORMATS", "KINDS", "PAGES", "PLAN_COLUMNS", "draw_sheet"]
