"""What the words of tables and of the search mean to a reader. A word that is not listed is shown as it is."""

from __future__ import annotations

from infraplan.core import CARRIERS, i18n
from infraplan.core import begin as begin
from infraplan.reports import listings
from infraplan.ui.session import language, say, study

WORDS = {
    **{word: told for word, told in i18n.WORDS.items() if word not in CARRIERS},
    # what is being done
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
    # money and amounts
    "eur_per_t": "EUR/t",
    "eur_per_mwh": "EUR/MWh",
}
# words that mean something else in another column
PATHWAYS = listings.PATHWAYS
HUB_ROLES = {"sink": "Flow leaves here", "supply": "Flow enters here"}


def name(word: str) -> str:
    """The reader's word; nothing for nothing."""
    return say(WORDS[word]) if word in WORDS else i18n.tell_word(word, language())


def name_pathway(word: str) -> str:
    """The reader's word for a pathway: the study's own name, or the plain word's."""
    return listings.tell_pathway(word, listings.name_pathways(study(), language()), language())


def begin_name(word: str) -> str:
    """The reader's word as it begins a cell or a line."""
    return begin(name(word))
