"""Words of tables and of steps in the visitor's language. A word without a title is shown as it is."""

from __future__ import annotations

from infraplan.core import PCT, begin, translate_word
from infraplan.core import name_unit as write_unit
from infraplan.reports import listings
from infraplan.ui.session import language, study


def name_step(word: str) -> str:
    """Return the name of a step of making a plan."""
    return translate_word(word, language(), "step")


def name(word: str) -> str:
    """Return the reader's word; nothing for nothing."""
    return translate_word(word, language())


def begin_name(word: str) -> str:
    """Return the reader's word as it begins a cell or a line."""
    return begin(name(word))


def begin_sector(word: str) -> str:
    """Return the title of a sector or process as it begins a cell or a line."""
    return begin(study().titles.name_sector(word, language()))


def name_hub_role(word: str) -> str:
    """Return what a hub does."""
    return translate_word(word, language(), "hub role")


def name_unit(unit: str) -> str:
    """Return a unit as people write it; nothing for a plain number."""
    return write_unit(unit, language())


def name_carrier(carrier: str) -> str:
    """Return the carrier's word."""
    return listings.name_carrier(carrier, language())


def name_carriers(listed: str) -> str:
    """Return the words of a comma list of carriers."""
    return listings.name_carriers(listed, language())


def to_percent(share: float) -> float:
    """Return a share in percent."""
    return PCT * share


def to_share(percent: float) -> float:
    """Return percents as a share."""
    return percent / PCT
