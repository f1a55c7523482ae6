"""What the words of tables and of the search mean to a reader. A word that is not listed is shown as it is."""

from __future__ import annotations

from infraplan.ui.session import say

WORDS = {
    # what is being done
    "cost surface": "Cost of the ground",
    "trunk routes": "Trunk routes",
    "regions": "Reach of every place",
    "candidate graph": "Candidate routes",
    "needs": "Needs",
    "co2": "CO2 network",
    "h2": "Hydrogen network",
    "heat": "Heat networks",
    "corridors": "Corridors",
    "done": "Done",
    # needs
    "supply": "offered",
    "demand": "used",
    "lt100": "below 100 °C",
    "100_200": "100-200 °C",
    "200_500": "200-500 °C",
    "ccs": "CO2 capture",
    "electrification": "electrification",
    "heat_network": "heat network",
    "kg_per_s": "kg/s",
    "mw": "MW",
    "heat_area": "heat area",
    "nonferrous": "non-ferrous metals",
    # money and amounts
    "kt_per_a": "kt/a",
    "gwh_per_a": "GWh/a",
    "eur_per_t": "EUR/t",
    "eur_per_mwh": "EUR/MWh",
}
# words that mean something else in another column
PATHWAYS = {"h2": "hydrogen"}
HUB_ROLES = {"sink": "Flow leaves here", "supply": "Flow enters here"}


def name(word: str) -> str:
    """The reader's word; nothing for nothing."""
    return say(WORDS.get(word, word)) if word else ""


def name_pathway(word: str) -> str:
    """The reader's word for a pathway."""
    return say(PATHWAYS[word]) if word in PATHWAYS else name(word)
