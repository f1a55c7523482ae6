"""Finding a place or corridor by its id or name, in any case; near matches are proposed for other words."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import combinations

from infraplan.core import LANGUAGES, InfraplanError, Problem
from infraplan.networks import id_of
from infraplan.plan import Plan
from infraplan.study import Study, corridor_names

_NEAR, _SHOWN = 0.6, 4


def find_place(study: Study, word: str) -> str:
    """Return the id of the site or heat area that a word names; "" if it names none."""
    wanted = word.strip().casefold()
    for frame, key in ((study.sites, "site_id"), (study.heat_areas, "area_id")):
        for column in (key, "name"):
            found = frame.loc[frame[column].str.casefold() == wanted, key]
            if len(found):
                return str(found.iloc[0])
    return ""


def list_corridor_words(study: Study) -> dict[str, str]:
    """Return the id of every corridor that a plan of the study could have, by its id and names in small letters."""
    ends = [*study.clusters["cluster_id"], *study.hubs["hub_id"], *study.heat_areas["area_id"]]
    pairs = [*((end, end) for end in ends), *combinations(sorted(ends), 2)]
    namers = [corridor_names(study, language=language) for language in LANGUAGES]
    words = {name(a, b).casefold(): id_of((a, b)) for name in namers for a, b in pairs}
    return words | {id_of(pair): id_of(pair) for pair in pairs}


def check_word(study: Study, word: str, plan: Plan | None = None) -> tuple[str, str]:
    """Return what a word names: ("place", id) or ("corridor", id).

    With a plan only its corridors are known, without one every corridor that a plan could have.

    Raises
    ------
    InfraplanError
        If it names nothing, with near matches.
    """
    place = find_place(study, word)
    if place:
        return "place", place
    possible = list_corridor_words(study)
    found = possible.get(word.strip().casefold(), "")
    mine = None if plan is None else set(plan.corridors.strips["corridor_id"])
    if found and (mine is None or found in mine):
        return "corridor", found
    if found:
        raise InfraplanError(Problem("corridor.not_in_plan", {"known": sorted(mine or ())}, value=word))
    near = _propose(study, word, plan)
    if near:
        raise InfraplanError(Problem("place.not_found_near", {"near": near}, value=word))
    raise InfraplanError(Problem("place.not_found", value=word))


def _propose(study: Study, word: str, plan: Plan | None) -> list[str]:
    """Return the names that come near a word."""
    wanted = word.strip().casefold()
    names: dict[str, str] = {}
    for frame, key in ((study.sites, "site_id"), (study.heat_areas, "area_id")):
        for id_, name in zip(frame[key], frame["name"], strict=True):
            names |= {str(id_): str(id_), str(name).casefold(): str(id_)}
    corridors = list_corridor_words(study)
    if plan is not None:
        corridors = {w: c for w, c in corridors.items() if c in set(plan.corridors.strips["corridor_id"])}
    inside = [id_ for text, id_ in names.items() if wanted and wanted in text]
    near = [names[text] for text in get_close_matches(wanted, list(names), n=_SHOWN, cutoff=_NEAR)]
    near += [corridors[text] for text in get_close_matches(wanted, list(corridors), n=_SHOWN, cutoff=_NEAR)]
    return list(dict.fromkeys([*inside, *near]))[: 2 * _SHOWN]
