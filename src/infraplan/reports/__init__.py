"""Reports: maps, sheets, tables and files of a plan. Each module is imported on first use."""

from __future__ import annotations

__all__ = [
    "assets",
    "batch",
    "captions",
    "corridor_tables",
    "geopackage",
    "listings",
    "maps",
    "minutes",
    "need_tables",
    "plan_basemap",
    "plan_json",
    "plan_layers",
    "plan_tables",
    "sheet_facts",
    "sheets",
    "study_layers",
    "study_tables",
    "writers",
]
