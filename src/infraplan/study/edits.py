"""Edits: a scenario with one answer changed, and the numbers that a user may change.

Every function returns a new scenario. None checks it against the study beyond its own needs; ``make_plan`` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from infraplan.core import Problem, Scenario, ScenarioError
from infraplan.study.assumptions import Assumption
from infraplan.study.study import Study

Decision = Literal["yes", "no", "later", "as_known"]
_CLASS = "class:"
_CAPTURE_RATE, _CAPEX_FACTOR = "capture_rate_", "capex_factor"
# English titles of the capex factors by subject; others are named by their subject
_FACTORS = {
    "co2_pipeline": "Cost of CO2 pipes (factor)",
    "h2_pipeline": "Cost of hydrogen pipes (factor)",
    "heat_network": "Cost of heat pipes (factor)",
}
# subject, parameter and English title of other numbers that matter to a plan
_OTHERS = (
    ("shared_strip", "second_pipe_factor", "Cost of a pipe beside another one (share)"),
    ("finance", "discount_rate", "Discount rate"),
)
# shares with a smaller sum cannot be rescaled
_NOTHING = 1.0e-9
# least number of stops of a dial between its ends
LEAST_STEPS = 40
_DIGITS = 9


@dataclass(frozen=True)
class Dial:
    """A number that a user may change within its range.

    Attributes
    ----------
    id
        "subject/parameter", the key in ``Scenario.assumptions``.
    group
        "capture", "cost" or "layer".
    title
        English text, with ``{year}`` filled in.
    title_nl
        Dutch title of a layer; "" otherwise (translate the English text).
    value, low, high
        Value of the scenario and range, in ``unit``.
    default
        Value of the study.
    """

    id: str
    group: str
    title: str
    title_nl: str
    year: int | None
    value: float
    default: float
    low: float
    high: float
    unit: str
    source: str
    note: str

    def list_stops(self) -> list[float]:
        """Return the stops of a dial: round numbers between its ends, both ends, its value and its default."""
        finest = (self.high - self.low) / LEAST_STEPS
        decade = 10.0 ** math.floor(math.log10(finest))
        step = max(decade * times for times in (1, 2, 5) if decade * times <= finest)
        between = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        return sorted(
            {round(place * step, _DIGITS) for place in between} | {self.low, self.high, self.default, self.value}
        )


def switch_site(scenario: Scenario, site_id: str, *, on: bool) -> Scenario:
    """Return the scenario with a site taking part or not."""
    return scenario.changed(sites_off=_switched(scenario.sites_off, site_id, on))


def switch_hub(scenario: Scenario, hub_id: str, *, on: bool) -> Scenario:
    """Return the scenario with a hub taking part or not."""
    return scenario.changed(hubs_off=_switched(scenario.hubs_off, hub_id, on))


def decide_project(scenario: Scenario, project_id: str, decision: Decision, *, year: int | None = None) -> Scenario:
    """Set whether a project goes ahead ("yes"), falls ("no"), comes in a later ``year``, or follows the study.

    Raises
    ------
    ScenarioError
        If it comes later and no year is given.
    """
    on, off = (tuple(p for p in kept if p != project_id) for kept in (scenario.projects_on, scenario.projects_off))
    years = {p: y for p, y in scenario.project_years.items() if p != project_id}
    if decision == "later":
        if year is None:
            raise ScenarioError(Problem("edit.no_year", value=project_id))
        on, years = scenario.projects_on, {**years, project_id: year}
    elif decision == "yes":
        on = (*on, project_id)
    elif decision == "no":
        off = (*off, project_id)
    return scenario.changed(projects_on=on, projects_off=off, project_years=years)


def set_co2_value(scenario: Scenario, eur_per_t: float, *, year: int | None = None) -> Scenario:
    """Set the value of an avoided tonne [EUR/t] in a year (default: the scenario's); other milestones do not change."""
    year = scenario.year if year is None else year
    return scenario.changed(co2_value_eur_per_t={**scenario.co2_value_eur_per_t, year: eur_per_t})


def set_number(study: Study, scenario: Scenario, number: str, value: float) -> Scenario:
    """Set an assumption, named "subject/parameter"; the study's own value removes the change.

    Raises
    ------
    AssumptionError
        If the study has no such number, or the value makes no sense.
    """
    subject, _, parameter = number.partition("/")
    own = study.assumptions.row(subject, parameter).value
    study.assumptions.with_values({(subject, parameter): value})
    others = {key: changed for key, changed in scenario.assumptions.items() if key != number}
    return scenario.changed(assumptions=others if value == own else {**others, number: value})


def set_share(
    study: Study, scenario: Scenario, sector: str, pathway: str, share: float, *, year: int | None = None
) -> Scenario:
    """Set the share [-] of a pathway in a sector in a year (default: the scenario's), and rescale the others.

    The others keep their proportions, so that all add up to 1.

    Raises
    ------
    ScenarioError
        If the share is not from 0 to 1, the scenario has no such sector or pathway, or the others cannot be rescaled.
    """
    year = scenario.year if year is None else year
    ways = scenario.pathways.get(sector)
    if ways is None:
        known = ", ".join(scenario.pathways)
        raise ScenarioError(Problem("edit.unknown_sector", {"known": known}, value=sector))
    if pathway not in study.pathways["pathway"].to_list() and pathway not in ways:
        known = ", ".join(ways)
        raise ScenarioError(Problem("edit.unknown_pathway", {"sector": sector, "known": known}, value=pathway))
    if not 0.0 <= share <= 1.0:
        raise ScenarioError(Problem("edit.not_a_share", value=f"{share:g}"))
    now = {way: scenario.share(sector, way, year) for way in ways}
    others = math.fsum(value for way, value in now.items() if way != pathway)
    if others <= _NOTHING and share < 1.0:
        raise ScenarioError(Problem("edit.nobody_grows", {"year": year}, value=f"{sector} {pathway} {share:g}"))
    scale = (1.0 - share) / others if others > _NOTHING else 0.0
    # write the shares of every year, so that a new year between them leaves the others unchanged
    years = sorted({*(y for by_year in ways.values() for y in by_year), *study.settings.milestones, year})
    new = {way: {y: scenario.share(sector, way, y) for y in years} for way in {**ways, pathway: {}}}
    for way in new:
        new[way][year] = share if way == pathway else now[way] * scale
    return scenario.changed(pathways={**scenario.pathways, sector: new})


def list_dials(study: Study, scenario: Scenario) -> tuple[Dial, ...]:
    """Return the numbers that a user may change: capture rates, cost factors, and price factors of map layers."""
    return (*_number_dials(study, scenario), *_layer_dials(study, scenario))


def _number_dials(study: Study, scenario: Scenario) -> Iterator[Dial]:
    rows = study.assumptions.rows
    for row in rows.values():
        year = row.parameter.removeprefix(_CAPTURE_RATE)
        if row.parameter.startswith(_CAPTURE_RATE) and year.isdigit():
            yield _dial(row, scenario, "capture", "Captured share of the CO2 in {year}", year=int(year))
    for subject in study.assumptions.subjects(_CAPEX_FACTOR):
        title = _FACTORS.get(subject, subject)
        yield _dial(rows[subject, _CAPEX_FACTOR], scenario, "cost", title)
    for subject, parameter, title in _OTHERS:
        if (subject, parameter) in rows:
            yield _dial(rows[subject, parameter], scenario, "cost", title)


def _layer_dials(study: Study, scenario: Scenario) -> Iterator[Dial]:
    """Yield the multiplier of each class of one or more layers, named after the first of these."""
    seen: set[str] = set()
    for entry in study.stack.entries:
        name = entry.effect.removeprefix(_CLASS)
        fits = entry.role in ("constraint", "bundling") and entry.effect.startswith(_CLASS) and name not in seen
        if fits and study.assumptions.has(name, "multiplier"):
            seen.add(name)
            row = study.assumptions.row(name, "multiplier")
            yield _dial(row, scenario, "layer", entry.title_en, title_nl=entry.title_nl)


def _dial(
    row: Assumption, scenario: Scenario, group: str, title: str, *, title_nl: str = "", year: int | None = None
) -> Dial:
    key = f"{row.subject}/{row.parameter}"
    value = scenario.assumptions.get(key, row.value)
    return Dial(key, group, title, title_nl, year, value, row.value, row.low, row.high, row.unit, row.source, row.note)


def _switched(off: tuple[str, ...], place_id: str, on: bool) -> tuple[str, ...]:
    kept = tuple(place for place in off if place != place_id)
    return kept if on else (*kept, place_id)
