"""Differences between two scenarios, in the words of a policy note."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from infraplan.core import CARRIER_STYLE, PCT, Drawing, Scenario, at_year, format_number, name_unit, translate
from infraplan.study import Study, edits

# significant digits of numbers
_DIGITS = 6
_DRAWN = {
    "no_go": ("No-go area '{name}' drawn", "No-go area '{name}' erased", "No-go area '{name}' changed"),
    "must_pass": (
        "Line to be passed '{name}' drawn", "Line to be passed '{name}' erased", "Line to be passed '{name}' changed",
    ),
    "proposals": (
        "Counter-proposal '{name}' drawn", "Counter-proposal '{name}' erased", "Counter-proposal '{name}' changed",
    ),
    "sites": ("Site '{name}' drawn", "Site '{name}' erased", "Site '{name}' changed"),
    "hubs": ("Hub '{name}' drawn", "Hub '{name}' erased", "Hub '{name}' changed"),
}  # fmt: skip
_SWITCHED = {
    "sites_off": ("Site {name} switched off", "Site {name} switched on"),
    "hubs_off": ("Hub {name} switched off", "Hub {name} switched on"),
    "clusters_off": ("Cluster {name} switched off", "Cluster {name} switched on"),
    "existing_lines": ("Line {name} counts as existing", "Line {name} no longer counts as existing"),
    "existing_statuses": ("Lines that are {name} count as existing", "Lines that are {name} do not count as existing"),
    "hub_statuses": ("Hubs that are {name} count", "Hubs that are {name} do not count"),
}
# rescaled shares that did not change differ by less than this
_LEAST_MOVE = 1.0e-9
_CRITERIA = {
    "co2": "CO2 avoided", "cumulative": "CO2 avoided until the last milestone", "cost": "cost per tonne",
    "density": "CO2 avoided per kilometre", "users": "users", "use": "use of the pipes", "confidence": "confidence",
}  # fmt: skip


class _Phrases:
    """Names, numbers and sentences in one language."""

    def __init__(self, study: Study, before: Scenario, after: Scenario, language: str) -> None:
        self.study, self.before, self.after, self.language = study, before, after, language

    def say(self, text: str, **values: object) -> str:
        return translate(text, self.language, **values)

    def number(self, value: float) -> str:
        """Format a number with its own decimals, up to ``_DIGITS`` significant digits."""
        text = f"{value:.{_DIGITS}g}"
        decimals = len(text.partition(".")[2]) if "e" not in text else _DIGITS
        return format_number(value, self.language, decimals)

    def percent(self, share: float) -> str:
        return self.number(round(PCT * share, 1))

    def moved(self, what: str, before: str, after: str) -> str:
        """Return a name with the value before and after."""
        return f"{what}: {before} → {after}"

    def name_of(self, kind: str) -> Callable[[str], str]:
        """Return a function that gives the name of an id, for one kind of place, project or word."""
        drawn = self.before.drawing, self.after.drawing
        if kind in ("sites_off", "hubs_off"):
            noun = kind.removesuffix("_off")
            names = dict(zip(*(getattr(self.study, noun)[c] for c in (f"{noun[:-1]}_id", "name")), strict=True))
            names |= {getattr(p, f"{noun[:-1]}_id"): p.name for side in drawn for p in getattr(side, noun)}
        elif kind == "clusters_off":
            clusters = self.study.clusters
            names = dict(zip(clusters["cluster_id"], clusters[f"name_{self.language}"], strict=True))
        elif kind == "projects":
            names = dict(zip(self.study.projects["project_id"], self.study.projects["name"], strict=True))
        elif kind.endswith("statuses"):
            return lambda word: self.say(word)
        else:
            names = {}
        return lambda word: str(names.get(word, word))

    def years(
        self, was: Mapping[int, float], now: Mapping[int, float], write: Callable[[float], str], unit: str
    ) -> str:
        """List the years in which two courses differ, with both values; empty if they are equal."""
        parts = []
        for year in sorted({*was, *now, self.after.year}):
            old, new = (at_year(course, year) for course in (was, now))
            if abs(new - old) > _LEAST_MOVE:
                parts.append(self.say("in {year}: {before} → {after}", year=year, before=write(old), after=write(new)))
        return f"{', '.join(parts)} {unit}" if parts else ""


def describe_changes(study: Study, before: Scenario, after: Scenario, language: str = "en") -> list[str]:
    """Return one sentence per change between two scenarios; an empty list if nothing changed.

    Title and description of a scenario count only when another scenario was chosen.
    """
    phrases = _Phrases(study, before, after, language)
    return [
        *_describe_frame(phrases), *_describe_switches(phrases), *_describe_projects(phrases),
        *_describe_numbers(phrases), *_describe_courses(phrases), *_describe_drawing(phrases),
    ]  # fmt: skip


def _describe_frame(t: _Phrases) -> Iterator[str]:
    if t.before.name != t.after.name:
        titles = [getattr(scenario, f"title_{t.language}") for scenario in (t.before, t.after)]
        yield t.moved(t.say("Scenario"), *titles)
    if t.before.year != t.after.year:
        yield t.moved(t.say("Year"), str(t.before.year), str(t.after.year))
    if t.before.carriers != t.after.carriers:
        sides = [", ".join(t.say(CARRIER_STYLE[c].label) for c in s.carriers) for s in (t.before, t.after)]
        yield t.moved(t.say("Carriers"), *sides)
    was, now = (scenario.co2_value_eur_per_t for scenario in (t.before, t.after))
    if moved := t.years(was, now, t.number, t.say("EUR/t")):
        yield f"{t.say('CO2 value')} {moved}"
    if t.before.co2_cost_model != t.after.co2_cost_model:
        yield t.moved(t.say("Cost model of CO2 pipes"), t.before.co2_cost_model, t.after.co2_cost_model)
    if t.before.co2_view != t.after.co2_view:
        views = {"system": t.say("whole system"), "direct": t.say("emission trading")}
        yield t.moved(t.say("CO2 counted as in"), views[t.before.co2_view], views[t.after.co2_view])


def _describe_switches(t: _Phrases) -> Iterator[str]:
    for key, (added, removed) in _SWITCHED.items():
        was, now = getattr(t.before, key), getattr(t.after, key)
        name = t.name_of(key)
        yield from (t.say(added, name=name(word)) for word in now if word not in was)
        yield from (t.say(removed, name=name(word)) for word in was if word not in now)


def _describe_projects(t: _Phrases) -> Iterator[str]:
    """Yield a sentence for each project whose decision or year changed."""

    def state(scenario: Scenario, project: str) -> tuple[str, int | None]:
        decision = "no" if project in scenario.projects_off else "yes" if project in scenario.projects_on else ""
        return decision, scenario.project_years.get(project)

    named = {p for s in (t.before, t.after) for p in (*s.projects_on, *s.projects_off, *s.project_years)}
    name = t.name_of("projects")
    for project in sorted(named):
        was, now = state(t.before, project), state(t.after, project)
        if was == now:
            continue
        decisions = {"no": "Project {name} is cancelled", "yes": "Project {name} goes ahead"}
        if now == ("", None):
            yield t.say("Project {name} is as the study has it", name=name(project))
        elif was[0] != now[0]:
            yield t.say(decisions.get(now[0], "Project {name} is undecided again"), name=name(project))
        if was[1] != now[1] and now[1] is not None:
            yield t.say("Project {name} comes in {year}", name=name(project), year=now[1])
        elif was[1] != now[1] and now != ("", None):
            yield t.say("Project {name} comes when the study says", name=name(project))


def _describe_numbers(t: _Phrases) -> Iterator[str]:
    dials = {dial.id: dial for dial in edits.list_dials(t.study, t.after)}
    for key in sorted({*t.before.assumptions, *t.after.assumptions}):
        subject, _, parameter = key.partition("/")
        row = t.study.assumptions.row(subject, parameter)
        was, now = (scenario.assumptions.get(key, row.value) for scenario in (t.before, t.after))
        if was == now:
            continue
        dial = dials.get(key)
        title = t.study.titles.name_assumption(subject, parameter, t.language)
        if dial is not None:
            title = dial.title_nl if dial.title_nl and t.language == "nl" else dial.title
            title = title if dial.group == "layer" else t.say(title, year=dial.year)
            title = t.say("Ground of layer '{name}'", name=title) if dial.group == "layer" else title
        unit = "" if row.unit == "share" else name_unit(row.unit, t.language)
        yield t.moved(title, t.number(was), f"{t.number(now)} {unit}".rstrip())
    for criterion in sorted({*t.before.weights, *t.after.weights}):
        was, now = (scenario.weights.get(criterion, 0.0) for scenario in (t.before, t.after))
        if was != now:
            yield t.moved(t.say("Weight of {name}", name=t.say(_CRITERIA[criterion])), t.number(was), t.number(now))


def _describe_courses(t: _Phrases) -> Iterator[str]:
    """Yield the changes in pathway shares and in production of sectors, with the years in which they differ."""
    titles = t.study.titles
    nothing = {t.after.year: 0.0}
    for sector in _union(t.before.pathways, t.after.pathways):
        was, now = (scenario.pathways.get(sector, {}) for scenario in (t.before, t.after))
        for key in _union(was, now):
            if moved := t.years(was.get(key, nothing), now.get(key, nothing), t.percent, "%"):
                pathway, among = titles.name_pathway(key, t.language), titles.name_sector(sector, t.language)
                yield f"{t.say('Share of {pathway} in {sector}', pathway=pathway, sector=among)} {moved}"
    for sector in _union(t.before.activity, t.after.activity):
        was_index, now_index = (s.activity.get(sector, {t.after.year: 1.0}) for s in (t.before, t.after))
        if moved := t.years(was_index, now_index, t.percent, "%"):
            yield f"{t.say('Production of {sector}', sector=titles.name_sector(sector, t.language))} {moved}"


def _describe_drawing(t: _Phrases) -> Iterator[str]:
    for kind in Drawing.model_fields:
        was, now = ({shape.name: shape for shape in getattr(s.drawing, kind)} for s in (t.before, t.after))
        drawn, erased, changed = _DRAWN[kind]
        yield from (t.say(drawn, name=name) for name in now if name not in was)
        yield from (t.say(erased, name=name) for name in was if name not in now)
        yield from (t.say(changed, name=name) for name in now if name in was and was[name] != now[name])


def _union(one: Collection[Any], other: Collection[Any]) -> list[Any]:
    """Return the keys of both collections, in order of first appearance."""
    return list(dict.fromkeys((*one, *other)))
