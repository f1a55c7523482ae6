"""Tables for a Belgian spreadsheet: semicolons, a decimal comma, and no cell that runs as a formula."""

from __future__ import annotations

from typing import Any

import pandas as pd

# A spreadsheet reads a cell that begins with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_TEXT_MARK = "'"


def write_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV for Excel with a decimal comma.

    Text that looks like a formula gets an apostrophe before it, so that a name from an outside file never runs
    (see ``guard``). The byte order mark is needed: without it Excel garbles accents.
    """
    guarded = table.map(guard).rename(columns=guard)
    return guarded.to_csv(index=False, sep=";", decimal=",", lineterminator="\r\n").encode("utf-8-sig")


def guard(cell: Any) -> Any:
    """Return a cell that no spreadsheet reads as a formula; numbers do not change.

    >>> guard("=1+1"), guard(" @sum"), guard("Works"), guard(-2.5)
    ("'=1+1", "' @sum", 'Works', -2.5)
    """
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULA_STARTS):
        return _TEXT_MARK + cell
    return cell
