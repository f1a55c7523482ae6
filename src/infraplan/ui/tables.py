"""Tables on the screen: headers with units, numbers as the reader writes them, still sorted as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from infraplan.core import NO_VALUE
from infraplan.reports import study_tables
from infraplan.ui.look import scale
from infraplan.ui.session import language, say

if TYPE_CHECKING:
    import pandas as pd
    from streamlit.elements.lib.column_types import ColumnConfig

ROW_PX = 34
BORDER_PX = 3


@dataclass(frozen=True)
class Head:
    """A column as the reader sees it: header, unit, decimals (None: text), width [px], explanation.

    ``right`` is for texts that are figures: they stand on the right.
    """

    title: str
    unit: str = ""
    digits: int | None = None
    width: int | None = None
    about: str = ""
    right: bool = False

    @property
    def label(self) -> str:
        """The header with its unit, in the reader's language."""
        return f"{say(self.title)} [{say(self.unit)}]" if self.unit else say(self.title)


def show(
    frame: pd.DataFrame,
    heads: Mapping[str, Head],
    *,
    key: str,
    rows: int | None = None,
    selectable: bool = False,
) -> None:
    """Show the columns that have a head; which row is selected is found by ``find_selected``."""
    table = frame[list(heads)].reset_index(drop=True)
    spoken = language()
    written: dict[Any, Any] = {
        name: _write(head.digits, spoken) for name, head in heads.items() if head.digits is not None
    }
    # a table measures in pixels, whatever the size of its type
    times = scale()
    row_px = round(ROW_PX * times)
    height = row_px * (1 + min(len(table), rows or len(table))) + BORDER_PX
    options: dict[str, Any] = {"on_select": "rerun", "selection_mode": "single-row"} if selectable else {}
    st.dataframe(
        table.style.format(written, na_rep=NO_VALUE),
        column_config={name: _configure(head, times) for name, head in heads.items()},
        hide_index=True,
        height=height,
        row_height=row_px,
        key=_name(key),
        placeholder="",
        **options,
    )


def _write(digits: int, spoken: str) -> Callable[[Any], str]:
    return lambda value: study_tables.write_cell(value, spoken, digits)


def _configure(head: Head, times: float) -> ColumnConfig:
    kind = st.column_config.Column if head.digits is None else st.column_config.NumberColumn
    return kind(
        head.label,
        width=None if head.width is None else round(head.width * times),
        help=say(head.about) if head.about else None,
        alignment="right" if head.right else None,
    )


def find_selected(key: str) -> int | None:
    """Return the place of the row that is selected in a table, known before the table is drawn."""
    state = st.session_state.get(_name(key))
    rows = state.selection.rows if state is not None else []
    return int(rows[0]) if rows else None


def _name(key: str) -> str:
    # a table keeps the type it was drawn with: in another size it is another table
    return f"{key}-{language()}-{scale():g}"
