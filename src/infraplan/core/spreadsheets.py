"""Tables for a Belgian spreadsheet: semicolons, a decimal comma, and no cell that a spreadsheet would run."""

from __future__ import annotations

from typing import Any

import pandas as pd

# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_TEXT_MARK = "'"


def write_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV that Excel opens with a double click where the decimal sign is a comma.

    Text that would be read as a formula gets an apostrophe before it, so that a name brought by somebody else never
    runs anything (see ``guard``). UTF-8 with a byte order mark, without which Excel garbles accents.
    """
    guarded = table.map(guard).rename(columns=guard)
    return guarded.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n").encode("utf-8-sig")


def guard(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula; numbers stay as they are.

    >>> guard("=1+1"), guard(" @sum"), guard("Works"), guard(-2.5)
    ("'=1+1", "' @sum", 'Works', -2.5)
    """
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULA_STARTS):
        return _TEXT_MARK + cell
    return cell
