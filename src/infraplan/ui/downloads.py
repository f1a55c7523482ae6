"""What a visitor takes away: the files that the command line writes, made when asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from infraplan import delivery, export
from infraplan.ui.session import Answer, say

# file, label, media type
FILES = (
    ("corridors.geojson", "Corridors (GeoJSON)", "application/geo+json"),
    ("ranking.csv", "Ranking (CSV)", "text/csv"),
    ("brief.md", "Brief (Markdown)", "text/markdown"),
    ("map.html", "Map (HTML, works offline)", "text/html"),
    ("map.png", "Sheet (PNG)", "image/png"),
    ("map.pdf", "Sheet (PDF)", "application/pdf"),
)


def show(answer: Answer) -> None:
    """A row of download buttons."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for name, label, media in FILES:
            st.download_button(
                say(label),
                _make(answer, name),
                file_name=f"{answer.plan.study.settings.id}-{answer.plan.scenario.name}-{name}",
                mime=media,
                key=f"download-{name}",
                on_click="ignore",
            )


def _make(answer: Answer, name: str) -> Callable[[], bytes]:
    """A function that makes a file once its button is pressed."""
    if name == "corridors.geojson":
        return lambda: _write_geojson(answer)
    if name == "ranking.csv":
        return lambda: answer.ranking.to_csv(index=False).encode()
    return lambda: _draw(answer, name)


def _write_geojson(answer: Answer) -> bytes:
    corridors = export.frames(answer.plan, language=answer.language).corridors
    return export.geojson(corridors, id_column="corridor_id", about=export.about(answer.plan)).encode()


def _draw(answer: Answer, name: str) -> bytes:
    if name == "brief.md":
        write = delivery.write_brief
    else:
        write = delivery.write_map if name.endswith(".html") else delivery.write_sheet
    with tempfile.TemporaryDirectory(prefix="infraplan-") as folder:
        return write(answer.plan, Path(folder) / name, language=answer.language).read_bytes()
