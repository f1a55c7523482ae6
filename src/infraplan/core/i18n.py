"""Translation of words and numbers on screen and paper, in the reader's language.

The English text is the key. ``locale/<language>/LC_MESSAGES/infraplan.po`` holds the translations and is read
directly, so a translator needs no compile step. The program's own words in tables (carriers, roles, bands, units,
steps of the work) are keys with a context, the kind of word; the files of all languages hold them, English included.
The words of a study have their titles in its tables.
"""

from __future__ import annotations

import logging
import math
from functools import lru_cache
from importlib import resources

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from infraplan.core.errors import InfraplanError, Phrase, Problem

log = logging.getLogger(__name__)

LANGUAGES = ("en", "nl")
# Babel's locale of each language: Belgian usage, decimal comma in Dutch and decimal point in English.
LOCALES = {"en": "en_GB", "nl": "nl_BE"}
NO_VALUE = "–"
# parts of unit names with another spelling
_LETTERS = {
    "gwh": "GWh",
    "gw": "GW",
    "mwh": "MWh",
    "kwh": "kWh",
    "mw": "MW",
    "kw": "kW",
    "eur": "EUR",
    "meur": "M EUR",
    "degc": "°C",
    "pa": "Pa",
    "mpa": "MPa",
    "share": "-",
    "1": "-",
    "m2": "m²",
    "m3": "m³",
    "percent": "%",
}


def translate(text: str, language: str, **values: object) -> str:
    """Return the text in a language, with ``{named}`` values filled in.

    A text without a translation stays English and is logged, so that a missing word shows in the log, not as an empty
    label.

    Raises
    ------
    InfraplanError
        If the language is unknown.
    """
    check_language(language)
    written = text if language == "en" else _read_catalogue(language).get(text, "")
    if not written:
        log.warning("no %s translation of %r", language, text)
        written = text
    return written.format(**values) if values else written


def translate_word(word: str | Phrase, language: str, of: str = "word") -> str:
    """Return a word of the program, or a phrase, in the reader's language; "" for "".

    Parameters
    ----------
    of
        Kind of word, where one word has several meanings ("pathway", "hub role", "step").

    >>> translate_word("lt100", "nl"), translate_word("h2", "en"), translate_word("h2", "en", "pathway")
    ('onder 100 °C', 'Hydrogen', 'hydrogen')
    >>> translate_word(Phrase("phrase.blocked_around", {"around_km": 6.04, "most_km": 2.0}), "nl")
    'verboden grond over 6,0 km rondom, meer dan de 2,0 km die een plaats mag opschuiven'
    """
    if isinstance(word, Phrase):
        return word.sentence(language)
    words = _read_words(language)
    written = words.get((of, word)) or words.get(("word", word))
    return written or (spell(translate(word, language)) if word else "")


def spell(word: str) -> str:
    """Return a word that has no title in a readable form.

    >>> spell("own_new_number")
    'own new number'
    """
    return word.replace("_", " ")


def translate_unit(unit: str) -> str:
    """Return a unit as it is written in every language.

    >>> translate_unit("gwh_per_kt"), translate_unit("eur_per_t_per_h"), translate_unit("share")
    ('GWh/kt', 'EUR/t/h', '-')
    """
    return "/".join(_LETTERS.get(part, part) for part in unit.split("_per_"))


def name_unit(unit: str, language: str) -> str:
    """Return a unit in the reader's words; "" for a plain number.

    >>> name_unit("kt_per_a", "nl"), name_unit("w_per_m_k", "en"), name_unit("1", "en")
    ('kt/jaar', 'W/(m·K)', '')
    """
    if unit == "1":
        return ""
    written = translate_unit(unit)
    own = written.removesuffix("/a") + translate("/a", language) if written.endswith("/a") else written
    return _read_words(language).get(("unit", unit)) or own


def begin(text: str) -> str:
    """Return a text with a capital, to begin a cell or a line; the rest does not change.

    >>> begin("port of X"), begin("")
    ('Port of X', '')
    """
    return text[:1].upper() + text[1:]


def format_number(value: float | None, language: str, digits: int = 0) -> str:
    """Return a number as text with the language's separators; a missing value is a dash.

    >>> format_number(12345.678, "nl", 1), format_number(12345.678, "en", 1), format_number(None, "nl")
    ('12.345,7', '12,345.7', '–')
    """
    check_language(language)
    if value is None or not math.isfinite(value):
        return NO_VALUE
    return _write_number(float(value), language, digits)


@lru_cache(maxsize=20_000)
def _write_number(value: float, language: str, digits: int) -> str:
    """Return a number as text; cached, since a map writes the same numbers over and over."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=LOCALES[language]))


def format_figure(value: float | None, language: str, significant: int = 4) -> str:
    """Return a number with at least so many significant digits, whole numbers in full, without zeros at the end.

    >>> format_figure(0.05937, "en"), format_figure(12345.678, "nl"), format_figure(0.5, "nl")
    ('0.05937', '12.346', '0,5')
    """
    check_language(language)
    if value is None or not math.isfinite(value):
        return NO_VALUE
    if value == 0.0:
        return "0"
    digits = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return str(format_decimal(round(value, digits), format=pattern, locale=LOCALES[language]))


def check_language(language: str) -> None:
    """Refuse an unknown language."""
    if language not in LANGUAGES:
        raise InfraplanError(Problem("language.unknown", {"known": LANGUAGES}, value=str(language)))


def list_untranslated(texts: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Return the texts that have no translation in a language (for tests and translators)."""
    check_language(language)
    return () if language == "en" else tuple(t for t in texts if not _read_catalogue(language).get(t))


@lru_cache(maxsize=len(LANGUAGES))
def _read_catalogue(language: str) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in _read_messages(language) if m.string and not m.context}


@lru_cache(maxsize=len(LANGUAGES))
def _read_words(language: str) -> dict[tuple[str, str], str]:
    """Return the texts of the program's own words by kind and word."""
    check_language(language)
    return {(m.context, str(m.id)): str(m.string) for m in _read_messages(language) if m.string and m.context}


@lru_cache(maxsize=len(LANGUAGES))
def _read_messages(language: str) -> tuple[Message, ...]:
    path = resources.files("infraplan.core").joinpath(f"locale/{language}/LC_MESSAGES/infraplan.po")
    with path.open("rb") as file:
        return tuple(message for message in read_po(file, locale=language) if message.id)
