"""A link that holds a scenario: its differences from a scenario of the study, short enough for an address.

Nothing that was drawn and no free text is in it, so that a link can be passed on. It carries a check sum against
accidents (a line break in a mail); it is no signature, so what is in it is checked like any other input.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from typing import Any

from pydantic import ValidationError

from infraplan.core import InfraplanError, Phrase, Problem, Scenario, ScenarioError
from infraplan.plan import refuse_wrong
from infraplan.study import Study

VERSION = "1"
MOST_CHARACTERS = 8000
_MOST_BYTES = 200_000
_CHECK_BYTES, _BASE_CHARACTERS = 6, 12
_SHAPE = re.compile(r"(\d+)\.([A-Za-z0-9_-]+)")
# free text, and what was drawn: perhaps confidential
_KEPT_BACK = frozenset({"name", "title_en", "title_nl", "about_en", "about_nl", "drawing"})
_ASKED = tuple(key for key in Scenario.model_fields if key not in _KEPT_BACK)


def encode(study: Study, scenario: Scenario) -> str:
    """Return a scenario as the value of a query: only what differs from the study's scenario of that name.

    Drawn areas, lines and places stay behind, and so do switches of drawn places.

    Raises
    ------
    ScenarioError
        If the study has no scenario of that name, or the link would be too long.
    """
    base = _answers(study.scenario(scenario.name))
    mine = _answers(scenario.changed(**_without_drawn(scenario)))
    content = {"study": study.settings.id, "scenario": scenario.name, "base": _digest(base), "changed": {}}
    content["changed"] = {key: _difference(base[key], mine[key]) for key in _ASKED if mine[key] != base[key]}
    packed = zlib.compress(json.dumps(content, separators=(",", ":"), sort_keys=True).encode(), 9)
    whole = base64.urlsafe_b64encode(hashlib.sha256(packed).digest()[:_CHECK_BYTES] + packed).decode().rstrip("=")
    text = f"{VERSION}.{whole}"
    if len(text) > MOST_CHARACTERS:
        raise ScenarioError(Problem("link.too_long", {"count": len(text)}, "link"))
    return text


def decode(study: Study, text: str) -> Scenario:
    """Return the scenario of a link.

    Raises
    ------
    ScenarioError
        With one message: if the link is cut off, altered or too long, is for another study or version, if its
        scenario is no more what it was, or the study cannot answer it.
    """
    content = _unpack(text)
    if content["study"] != study.settings.id:
        raise _broken("link.another_study", study=content["study"])
    name, changed = content["scenario"], content["changed"]
    if name not in study.scenario_names():
        raise _broken("link.no_scenario", name=name)
    base = study.scenario(name)
    answers = _answers(base)
    if content["base"] != _digest(answers):
        raise _broken("link.scenario_changed", name=name)
    if not set(changed) <= set(_ASKED):
        raise _broken("link.holds_too_much")
    try:
        scenario = base.changed(**{key: _apply(answers[key], value) for key, value in changed.items()})
        refuse_wrong(study, scenario, "link")
    except (ValidationError, InfraplanError) as error:
        said = error.problems[0] if isinstance(error, InfraplanError) else Phrase("phrase.other_answers")
        raise _broken("link.not_answered", said=said) from error
    return scenario


def _unpack(text: str) -> dict[str, Any]:
    shape = _SHAPE.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if shape is None:
        raise _broken("link.broken_or_too_long")
    if shape[1] != VERSION:
        raise _broken("link.another_version", version=shape[1][:4])
    whole = base64.urlsafe_b64decode(shape[2] + "=" * (-len(shape[2]) % 4)) if len(shape[2]) % 4 != 1 else b""
    check, packed = whole[:_CHECK_BYTES], whole[_CHECK_BYTES:]
    if not packed or hashlib.sha256(packed).digest()[:_CHECK_BYTES] != check:
        raise _broken("link.broken")
    try:
        opener = zlib.decompressobj()
        plain = opener.decompress(packed, _MOST_BYTES)
        content = json.loads(plain) if opener.eof and not opener.unused_data else None
    except (zlib.error, ValueError, RecursionError) as error:
        raise _broken("link.not_read") from error
    texts = ("study", "scenario", "base")
    fits = isinstance(content, dict) and set(content) == {*texts, "changed"} and isinstance(content["changed"], dict)
    if content is None or not fits or not all(isinstance(content[key], str) for key in texts):
        raise _broken("link.not_read")
    return dict(content)


def _broken(code: str, **values: object) -> ScenarioError:
    return ScenarioError(Problem(code, values, "link"))


def _answers(scenario: Scenario) -> dict[str, Any]:
    """Return the answers that a link can hold, as JSON holds them."""
    answers: dict[str, Any] = json.loads(scenario.model_dump_json(include=set(_ASKED)))
    return answers


def _without_drawn(scenario: Scenario) -> dict[str, Any]:
    drawn = {site.site_id for site in scenario.drawing.sites} | {hub.hub_id for hub in scenario.drawing.hubs}
    return {
        "drawing": {},
        **{key: tuple(p for p in getattr(scenario, key) if p not in drawn) for key in ("sites_off", "hubs_off")},
    }


def _difference(base: Any, mine: Any) -> Any:
    """Return what to change in a table to get from ``base`` to ``mine`` (null: leave out); another value as it is."""
    if not isinstance(base, dict) or not isinstance(mine, dict):
        return mine
    changed = {key: value for key, value in mine.items() if key not in base or base[key] != value}
    return changed | {key: None for key in base if key not in mine}


def _apply(base: Any, difference: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(difference, dict):
        return difference
    return {key: value for key, value in {**base, **difference}.items() if value is not None}


def _digest(answers: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:_BASE_CHARACTERS]
