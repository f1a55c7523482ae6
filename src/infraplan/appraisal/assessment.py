"""What the proposed corridors are worth: the ranking with all its figures, and the order to build them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from infraplan.appraisal import ranking
from infraplan.appraisal.build_order import BuildOrder
from infraplan.appraisal.ranking import Milestone
from infraplan.core import STATUSES, CandidateGraph, Network, Scenario, records
from infraplan.demand import DesignBasis, NeedsByYear, needs, weigh
from infraplan.networks import Corridors
from infraplan.study import Assumptions, Study

_NO_PROJECT = "no_project"
# what a pathway of each family sends through or takes from a pipe
_CARRIER_OF_FAMILY = {"ccs": "co2", "h2": "h2", "heat_network": "heat"}


@dataclass(frozen=True)
class Assessment:
    """The ranking, best first, and the build order."""

    ranking: pd.DataFrame
    build_order: BuildOrder


def judge(
    study: Study,
    scenario: Scenario,
    asked: DesignBasis,
    *,
    outlook: NeedsByYear,
    proposed: Corridors,
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    flows: pd.DataFrame,
    ranked: pd.DataFrame,
) -> Assessment:
    """Set the years to come, confidence, use and the build order beside the figures of ``ranking.rank``.

    ``flows`` is the table of ``ranking.list_flows``, ``ranked`` that of ``ranking.rank``.

    Raises
    ------
    ScenarioError
        If the scenario weighs an unknown criterion or gives a negative weight.
    """
    growth = ranking.accumulate(
        proposed,
        networks,
        candidates=candidates,
        milestones=_milestones(study, scenario, asked, outlook),
        planned=scenario.year,
        rate=asked.assumptions.value("finance", "discount_rate", "share"),
        prices=asked.prices,
        flows=flows,
    )
    confidence = ranking.rate_confidence(
        flows, need=_need(asked), maturity=_maturity(study, scenario, asked.assumptions, flows, asked)
    )
    use = ranking.rate_use(proposed, asked.prices)
    order = ranking.order_building(proposed, flows)
    step = order.steps.set_index("corridor_id")["build_step"]
    more = growth.assign(confidence=confidence, strip_use_share=use, build_step=step)
    table = ranked.merge(more, left_on="corridor_id", right_index=True, how="left")
    return Assessment(ranking.score(table, scenario.weights) if scenario.weights else table, order)


def chances(assumptions: Assumptions) -> dict[str, float]:
    """Return the chance [-] that a project of each status is built, and that a need without a project comes true.

    Raises
    ------
    AssumptionError
        If a status has none.
    """
    statuses = (*STATUSES, _NO_PROJECT)
    return {status: assumptions.value("maturity", status.lower().replace(" ", "_"), "share") for status in statuses}


def _milestones(study: Study, scenario: Scenario, asked: DesignBasis, outlook: NeedsByYear) -> dict[int, Milestone]:
    """Return what places and hubs do at each milestone of the study and in the plan's year."""
    found = {scenario.year: Milestone(asked.clients, asked.hubs)}
    for year in study.settings.milestones:
        if year not in found:
            then = weigh(study, scenario, year, needed=outlook.needs_in(scenario, year))
            found[year] = Milestone(then.clients, then.hubs)
    return found


def _need(asked: DesignBasis) -> pd.Series[float]:
    """Low over most likely need [-] by carrier and place."""
    clients = asked.clients.set_index(["carrier", "place_id"])
    return (clients["amount_low"] / clients["amount"]).astype(float)


def _maturity(
    study: Study, scenario: Scenario, assumptions: Assumptions, flows: pd.DataFrame, asked: DesignBasis
) -> pd.Series[float]:
    """Chance [-] that the project at either end of each flow is built, by carrier and place or hub.

    That of the most advanced project that acts on the place with the carrier: by its own row, or by any of its
    effects. A site that gives residual heat has the low over
    most likely amount of that heat instead.
    """
    chance = chances(assumptions)
    known: dict[tuple[str, str], float] = {}

    def note(carrier: str, place_id: str, value: float) -> None:
        known[carrier, place_id] = max(value, known.get((carrier, place_id), 0.0))

    for hub in records(study.hubs):
        note(hub.carrier, hub.hub_id, chance[hub.status])
    off = study.cancelled(scenario.projects_off)
    for project in records(study.projects):
        if project.site_id and project.effect_carrier and project.project_id not in off:
            note(project.effect_carrier, project.site_id, chance[project.status])
    families = needs.families_of(study.pathways)
    statuses = dict(zip(study.projects["project_id"], study.projects["status"], strict=True))
    for effect in records(study.project_effects):
        carrier = _CARRIER_OF_FAMILY.get(families[effect.pathway], "")
        if carrier and effect.project_id not in off:
            note(carrier, effect.site_id, chance[statuses[effect.project_id]])
    heat = asked.credit[(asked.credit["carrier"] == "heat") & (asked.credit["role"] == "supply")]
    given = heat.groupby("place_id")[["amount_low", "amount"]].sum()
    sources = {("heat", str(place)): float(low / most) for place, low, most in given.itertuples()}
    keys = {("user", row.carrier, row.place_id) for row in records(flows)}
    keys |= {("hub", row.carrier, row.hub_id) for row in records(flows)}
    values = {
        (carrier, place): known.get((carrier, place), chance[_NO_PROJECT])
        if end == "user"
        else known.get((carrier, place), sources.get((carrier, place), chance[_NO_PROJECT]))
        for end, carrier, place in sorted(keys)
    }
    index = pd.MultiIndex.from_tuples(list(values), names=["carrier", "place_id"])
    return pd.Series(list(values.values()), index=index, dtype=float)
