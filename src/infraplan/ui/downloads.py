"""Files to take away, each made when its button is pressed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import streamlit as st

from infraplan.core import geojson, spreadsheets
from infraplan.reports import batch, geopackage, plan_json, plan_layers, plan_tables, writers
from infraplan.ui.session import Answer, say

CSV, GEOJSON = "text/csv", "application/geo+json"


class File(NamedTuple):
    """A file that can be taken away: its name, label and media type, and what it is good for."""

    name: str
    label: str
    media: str
    about: str = ""


# a row of the page each
FILES = {
    "To put on a map": (
        File("corridors.geojson", "Corridors (GeoJSON)", GEOJSON, "A line per corridor, with its rank and figures."),
        File("segments.geojson", "Segments (GeoJSON)", GEOJSON, "Every pipe with its size, flow, pressure and cost."),
        File("sites.geojson", "Sites (GeoJSON)", GEOJSON, "Who joins with how much, and who is left out."),
        File(
            "plan.gpkg",
            "All layers (GeoPackage)",
            "application/geopackage+sqlite3",
            "One file that QGIS opens in the colours of this app.",
        ),
    ),
    "To calculate with": (
        File("ranking.csv", "Ranking (CSV)", CSV, "Every figure of every corridor, for other programs."),
        File("needs.csv", "Needs (CSV)", CSV, "Who needs what, from low to high, for other programs."),
        File("ranking-excel.csv", "Ranking for Excel (CSV)", CSV, "The same, with semicolons and decimal commas."),
        File("needs-excel.csv", "Needs for Excel (CSV)", CSV, "The same, with semicolons and decimal commas."),
    ),
    "To read and to show": (
        File("map.html", "Map (HTML)", "text/html", "The map of this app in one file: opens anywhere, offline too."),
        File("brief.md", "Brief (Markdown)", "text/markdown", "One page of text and tables to start a note from."),
        File(
            "everything.zip",
            "Everything (zip)",
            "application/zip",
            "All of the above and more tables, with what is needed to make the plan again.",
        ),
    ),
}
COLUMNS = max(len(files) for files in FILES.values())


def show(answer: Answer) -> None:
    """Show a grid of equal buttons, a row for each use, with a line below each that says what it is good for."""
    prefix = f"{answer.plan.study.settings.id}-{answer.plan.scenario.name}"
    for title, files in FILES.items():
        st.html(f'<h4 class="ip-chain">{say(title)}</h4>')
        for column, file in zip(st.columns(COLUMNS, gap="medium"), files, strict=False):
            with column, st.container(gap=None):
                offer([file], partial(_make, answer), prefix=prefix, width="stretch")
                st.caption(say(file.about))


def offer(
    files: Iterable[File],
    make: Callable[[str], Callable[[], bytes]],
    *,
    prefix: str,
    disabled: bool = False,
    width: Literal["content", "stretch"] = "content",
) -> None:
    """Show download buttons of files; each is made only once its button is pressed."""
    for file in files:
        st.download_button(
            say(file.label),
            make(file.name),
            file_name=f"{prefix}-{file.name}",
            mime=file.media,
            key=f"download-{file.name}",
            on_click="ignore",
            disabled=disabled,
            width=width,
        )


def _make(answer: Answer, name: str) -> Callable[[], bytes]:
    """Return a function that makes a file once its button is pressed."""
    plan, language = answer.plan, answer.language

    def table() -> bytes:
        tables = {"ranking": lambda: answer.ranking, "needs": lambda: plan_tables.needs_table(plan)}
        found = tables[name.removesuffix(".csv").removesuffix("-excel")]()
        return spreadsheets.write_csv(found) if name.endswith("-excel.csv") else found.to_csv(index=False).encode()

    def layer() -> bytes:
        kind = name.removesuffix(".geojson")
        layers = plan_layers.frames(plan, language=language)
        frame = plan_layers.with_unit_columns(layers.segments) if kind == "segments" else getattr(layers, kind)
        key = {"corridors": "corridor_id", "segments": "segment_id", "sites": "site_id"}[kind]
        return geojson.print_layer(frame, id_column=key, about=plan_json.about(plan)).encode()

    def file() -> bytes:
        with tempfile.TemporaryDirectory(prefix="infraplan-") as folder:
            path = Path(folder) / name
            if name.endswith(".gpkg"):
                geopackage.write(plan_layers.frames(plan, language=language), path)
            elif name.endswith(".zip"):
                batch.write_zip(plan, path, language=language)
            elif name.endswith(".md"):
                writers.write_brief(plan, path, language=language)
            else:
                writers.write_map(plan, path, language=language)
            return path.read_bytes()

    return table if name.endswith(".csv") else layer if name.endswith(".geojson") else file
