"""Reports: maps, sheets, tables and files of a plan. Each module is imported on first use."""

from __future__ import annotations

__all__ = [
    "assets",
    "batch",
    "captions",
    "geopackage",
    "listings",
    "maps",
    "minutes",
    "plan_basemap",
    "plan_json",
    "plan_layers",
    "plan_tables",
    "sheet_facts",
    "sheets",
    "writers",
]
