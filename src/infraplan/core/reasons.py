"""Why a reader of files gave up: what libraries say in English, as phrases of our own in both languages."""

from __future__ import annotations

import re

from infraplan.core.errors import Phrase, Problem

# how a text of a library begins, or what stands in it, and our phrase for it: the first that fits counts
_REASONS = {
    # tomllib
    "Expected '=' after a key": "reason.no_equals",
    "Expected newline or end": "reason.more_on_the_line",
    "Expected ']": "reason.open_bracket",
    "Unclosed": "reason.open_bracket",
    "Unterminated string": "reason.open_string",
    "Expected '": "reason.open_string",
    "Unescaped '\\'": "reason.backslash",
    "Escaped character": "reason.backslash",
    "Invalid hex value": "reason.backslash",
    "Invalid value": "reason.no_value",
    "Invalid date": "reason.no_value",
    "Invalid initial character": "reason.no_key",
    "Invalid statement": "reason.no_key",
    "Illegal character '\\n'": "reason.open_string",
    "Illegal character": "reason.character",
    "Found invalid character": "reason.character",
    "Cannot overwrite": "reason.twice",
    "Cannot declare": "reason.twice",
    "Cannot mutate": "reason.twice",
    "Cannot redefine": "reason.twice",
    "Duplicate inline table key": "reason.twice",
    "maximum recursion depth": "reason.too_deep",
    "Exceeds the limit": "reason.too_long_number",
    # the csv module
    "line contains NUL": "reason.character",
    "new-line character seen": "reason.open_string",
    "unexpected end of data": "reason.open_string",
    "field larger than field limit": "reason.long_cell",
    # GDAL, by way of pyogrio and rasterio
    "not recognized as": "reason.format",
    "No such file": "reason.no_file",
    "does not exist": "reason.no_file",
    "Permission denied": "reason.no_permission",
    "No space left": "reason.no_space",
    "truncated": "reason.cut_off",
    "unexpected end of": "reason.cut_off",
    "Read error": "reason.cut_off",
    "TIFFReadEncoded": "reason.cut_off",
    "TIFFFetch": "reason.cut_off",
    "Read failed": "reason.cut_off",
    "TIFFFillStrip": "reason.cut_off",
    "TIFFFillTile": "reason.cut_off",
    "Failed to read GeoJSON": "reason.format",
    "JSON parsing error": "reason.format",
    "database disk image is malformed": "reason.cut_off",
    "file is not a database": "reason.format",
    # pydantic, of an option
    "valid integer": "reason.whole_number",
    "valid number": "reason.number",
    "should be less": "reason.limits",
    "should be greater": "reason.limits",
    # what Python says of bytes
    "codec can't decode": "reason.not_utf8",
}
_PLACE = re.compile(r" \(at (?:line (?P<row>\d+), column (?P<column>\d+)|end of document)\)$")


def name_reason(error: object) -> Phrase:
    """Return why a reader gave up as a phrase; its own English words, marked as such, if they are unknown here.

    >>> name_reason("Unterminated string").sentence("nl")
    'een tekst is niet gesloten'
    >>> name_reason("Warp drive offline").sentence("nl")
    'de lezer meldt in het Engels: Warp drive offline'
    """
    text = str(error)
    code = next((code for part, code in _REASONS.items() if part in text), None)
    return Phrase("reason.unknown", {"text": text}) if code is None else Phrase(code)


def locate_toml_fault(code: str, error: Exception, file: str) -> Problem:
    """Return the problem of a TOML file that cannot be read, with the row and column where reading ended."""
    text = str(error)
    found = _PLACE.search(text)
    row = int(found["row"]) if found and found["row"] else None
    reason = name_reason(text[: found.start()] if found else text)
    if found and not found["row"]:
        reason = Phrase("reason.at_the_end", {"reason": reason})
    return Problem(code, {"error": reason}, file, row, found["column"] if found and found["column"] else "")
