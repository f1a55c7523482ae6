"""What a visitor takes away: data files and tables, each made when its button is pressed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import streamlit as st

from infraplan import bundle, delivery, export, geojson, geopackage, spreadsheets
from infraplan.ui.session import Answer, say

CSV, GEOJSON = "text/csv", "application/geo+json"
# file, label, media type
FILES = (
    ("corridors.geojson", "Corridors (GeoJSON)", GEOJSON),
    ("segments.geojson", "Segments (GeoJSON)", GEOJSON),
    ("sites.geojson", "Sites (GeoJSON)", GEOJSON),
    ("plan.gpkg", "All layers with styles (GeoPackage)", "application/geopackage+sqlite3"),
    ("ranking.csv", "Ranking (CSV)", CSV),
    ("needs.csv", "Needs (CSV)", CSV),
    ("ranking-excel.csv", "Ranking for Excel (CSV with ; and decimal comma)", CSV),
    ("needs-excel.csv", "Needs for Excel (CSV with ; and decimal comma)", CSV),
    ("brief.md", "Brief (Markdown)", "text/markdown"),
    ("map.html", "Map (HTML, works offline)", "text/html"),
    ("everything.zip", "Everything in one zip", "application/zip"),
)


def show(answer: Answer) -> None:
    """Rows of download buttons."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        prefix = f"{answer.plan.study.settings.id}-{answer.plan.scenario.name}"
        offer(FILES, partial(_make, answer), prefix=prefix)


def offer(
    files: Iterable[tuple[str, str, str]],
    make: Callable[[str], Callable[[], bytes]],
    *,
    prefix: str,
    disabled: bool = False,
) -> None:
    """Download buttons of files: name, label and media type; each is made only once its button is pressed."""
    for name, label, media in files:
        st.download_button(
            say(label),
            make(name),
            file_name=f"{prefix}-{name}",
            mime=media,
            key=f"download-{name}",
            on_click="ignore",
            disabled=disabled,
        )


def _make(answer: Answer, name: str) -> Callable[[], bytes]:
    """A function that makes a file once its button is pressed."""
    plan, language = answer.plan, answer.language

    def table() -> bytes:
        tables = {"ranking": lambda: answer.ranking, "needs": lambda: export.needs_table(plan)}
        found = tables[name.removesuffix(".csv").removesuffix("-excel")]()
        return spreadsheets.write_csv(found) if name.endswith("-excel.csv") else found.to_csv(index=False).encode()

    def layer() -> bytes:
        kind = name.removesuffix(".geojson")
        layers = export.frames(plan, language=language)
        frame = export.with_unit_columns(layers.segments) if kind == "segments" else getattr(layers, kind)
        key = {"corridors": "corridor_id", "segments": "segment_id", "sites": "site_id"}[kind]
        return geojson.print_layer(frame, id_column=key, about=export.about(plan)).encode()

    def file() -> bytes:
        with tempfile.TemporaryDirectory(prefix="infraplan-") as folder:
            path = Path(folder) / name
            if name.endswith(".gpkg"):
                geopackage.write(export.frames(plan, language=language), path)
            elif name.endswith(".zip"):
                bundle.write_zip(plan, path, language=language)
            elif name.endswith(".md"):
                delivery.write_brief(plan, path, language=language)
            else:
                delivery.write_map(plan, path, language=language)
            return path.read_bytes()

    return table if name.endswith(".csv") else layer if name.endswith(".geojson") else file
