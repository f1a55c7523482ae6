"""Words of tables and of steps in the visitor's language. A word that is not listed is shown as it is."""

from __future__ import annotations

from infraplan.core import PCT, begin, tell_word
from infraplan.reports import listings
from infraplan.ui.session import language, say

# what is being done while a plan is made
STEPS = {
    "cost surface": "Cost of the ground",
    "trunk routes": "Trunk routes",
    "junctions": "Places where trunks meet",
    "regions": "Reach of every place",
    "candidate graph": "Candidate routes",
    "needs": "Needs",
    "co2": "CO2 network",
    "h2": "Hydrogen network",
    "heat": "Heat networks",
    "refinement": "Junctions and lines move to where they cost least",
    "corridors": "Corridors",
    "done": "Done",
}


def name_step(word: str) -> str:
    """Return the name of a step of making a plan."""
    return say(STEPS[word]) if word in STEPS else name(word)


def name(word: str) -> str:
    """Return the reader's word; nothing for nothing."""
    return tell_word(word, language())


def begin_name(word: str) -> str:
    """Return the reader's word as it begins a cell or a line."""
    return begin(name(word))


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
