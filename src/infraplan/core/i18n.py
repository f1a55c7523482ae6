"""Words and numbers on screen and paper, in the reader's language.

The English text is the key; ``locale/<language>/LC_MESSAGES/infraplan.po`` holds the others and is read as it
is, so a translator needs no compile step.
"""

from __future__ import annotations

import logging
import math
from functools import lru_cache
from importlib import resources

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from infraplan.core.errors import InfraplanError, Phrase, Problem

log = logging.getLogger(__name__)

LANGUAGES = ("en", "nl")
# Babel's locale of each language: Belgian usage, decimal comma in Dutch and decimal point in English.
LOCALES = {"en": "en_GB", "nl": "nl_BE"}
NO_VALUE = "–"


WORDS = {
    "co2": "CO2",
    "h2": "Hydrogen",
    "heat": "Heat",
    "electricity": "Electricity",
    "supply": "offered",
    "demand": "used",
    "lt100": "below 100 °C",
    "100_200": "100-200 °C",
    "200_500": "200-500 °C",
    "ccs": "CO2 capture",
    "heat_network": "heat network",
    "kg_per_s": "kg/s",
    "mw": "MW",
    "heat_area": "heat area",
    "nonferrous": "non-ferrous metals",
    "kt_per_a": "kt/a",
    "gwh_per_a": "GWh/a",
    "steam_cracker": "steam cracker",
    "ethylene_oxide": "ethylene oxide",
    "boilers_chp": "boilers and CHP",
    "catalytic_cracker": "catalytic cracker",
    "electric_steel": "electric steel",
    "from_co2": "from its CO2",
    "public": "published",
}
"""What the words of tables mean to a reader. A word that is not listed is shown as it is."""


def translate(text: str, language: str, **values: object) -> str:
    """Return the text in a language, with ``{named}`` values filled in.

    A text without a translation stays English and is logged, so that a forgotten word shows in the log and
    not as an empty label.

    Raises
    ------
    InfraplanError
        When the language is unknown.
    """
    check_language(language)
    told = text if language == "en" else _read_catalogue(language).get(text, "")
    if not told:
        log.warning("no %s translation of %r", language, text)
        told = text
    return told.format(**values) if values else told


def tell_word(word: str | Phrase, language: str) -> str:
    """Return the reader's word for a word of a table, or what a phrase in it says; nothing for nothing.

    >>> tell_word("lt100", "nl")
    'onder 100 °C'
    >>> tell_word(Phrase("phrase.blocked_around", {"around_km": 6.04, "most_km": 2.0}), "nl")
    'verboden grond over 6,0 km rondom, meer dan de 2,0 km die een plaats mag opschuiven'
    """
    if isinstance(word, Phrase):
        return word.tell(language)
    return translate(WORDS.get(word, word), language) if word else ""


def begin(text: str) -> str:
    """Return a text as it begins a cell or a line: with a capital, the rest as it is.

    >>> begin("port of X"), begin("")
    ('Port of X', '')
    """
    return text[:1].upper() + text[1:]


def format_number(value: float | None, language: str, digits: int = 0) -> str:
    """Write a number with the language's separators; a missing value is a dash.

    >>> format_number(12345.678, "nl", 1), format_number(12345.678, "en", 1), format_number(None, "nl")
    ('12.345,7', '12,345.7', '–')
    """
    check_language(language)
    if value is None or not math.isfinite(value):
        return NO_VALUE
    return _write_number(float(value), language, digits)


@lru_cache(maxsize=20_000)
def _write_number(value: float, language: str, digits: int) -> str:
    """Write a number; a map writes the same ones over and over."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=LOCALES[language]))


def format_figure(value: float | None, language: str, significant: int = 4) -> str:
    """Write a number with at least so many significant digits, whole ones in full and no zeros at the end.

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
    """Refuse a language that infraplan does not speak."""
    if language not in LANGUAGES:
        raise InfraplanError(Problem("language.unknown", {"known": LANGUAGES}, value=str(language)))


def list_untranslated(texts: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Return the texts that have no translation in a language (for tests and translators)."""
    check_language(language)
    return () if language == "en" else tuple(t for t in texts if not _read_catalogue(language).get(t))


@lru_cache(maxsize=len(LANGUAGES))
def _read_catalogue(language: str) -> dict[str, str]:
    path = resources.files("infraplan.core").joinpath(f"locale/{language}/LC_MESSAGES/infraplan.po")
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
