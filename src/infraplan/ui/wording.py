"""What the words of tables and of the search mean to a reader. A word without a title is shown as it is."""

from __future__ import annotations

from babel import Locale

from infraplan.core import LOCALES, format_figure, tell_word
from infraplan.core import begin as begin
from infraplan.core import name_unit as write_unit
from infraplan.study import Study
from infraplan.ui.session import language, say, study

CLASS, DENSITY, BLOCKED, MULTIPLIER = "class:", "density:", "blocked", "multiplier"


def name(word: str) -> str:
    """The reader's word; nothing for nothing."""
    return tell_word(word, language())


def begin_name(word: str) -> str:
    """The reader's word as it begins a cell or a line."""
    return begin(name(word))


def name_step(word: str) -> str:
    """What the search is doing."""
    return tell_word(word, language(), "step")


def name_hub_role(word: str) -> str:
    """What a hub does."""
    return tell_word(word, language(), "hub role")


def name_unit(unit: str) -> str:
    """A unit as people write it; nothing for a plain number."""
    return write_unit(unit, language())


def name_sector(word: str) -> str:
    """The title of a sector or process in the study."""
    return study().titles.name_sector(word, language())


def begin_sector(word: str) -> str:
    """The title of a sector or process as it begins a cell or a line."""
    return begin(name_sector(word))


def name_pathway(word: str) -> str:
    """The reader's word for a pathway: the study's own name, or the plain word's."""
    return study().titles.name_pathway(word, language())


def name_subject(word: str) -> str:
    """What an assumption is about."""
    return study().titles.name_subject(word, language())


def name_parameter(word: str) -> str:
    """Which number of a subject an assumption is."""
    return study().titles.name_parameter(word, language())


def name_kind(word: str) -> str:
    """What sort of project it is."""
    return study().titles.name_project_type(word, language())


def name_effect(asked: Study, effect: str) -> str:
    """What a layer does to the ground: the class it is and how dear that is, or that it forbids."""
    if effect.startswith(DENSITY):
        return say("Dearer with more inhabitants per km²")
    if not effect.startswith(CLASS):
        return say("Forbidden ground") if effect == BLOCKED else effect
    subject = effect.removeprefix(CLASS)
    if not asked.assumptions.has(subject, MULTIPLIER):
        return name_subject(subject)
    times = format_figure(asked.assumptions.row(subject, MULTIPLIER).value, language())
    return say("{what}: {times} × open ground", what=name_subject(subject), times=times)


def name_country(code: str) -> str:
    """The country of a two-letter code."""
    return str(Locale.parse(LOCALES[language()]).territories.get(code, code))
