"""The assessment of the corridors over the years: the ranking with all its figures, and the build order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from infraplan.appraisal import ranking
from infraplan.appraisal.build_order import BuildOrder
from infraplan.appraisal.ranking import Milestone
from infraplan.core import STATUSES, CandidateGraph, Network, records
from infraplan.demand import DesignBasis, NeedsByYear, needs, value_needs
from infraplan.networks import Corridors
from infraplan.study import Assumptions, Case

_NO_PROJECT = "no_project"
# the carrier that a pathway of each family needs a pipe for
_CARRIER_OF_FAMILY = {"ccs": "co2", "h2": "h2", "heat_network": "heat"}


@dataclass(frozen=True)
class Assessment:
    """The ranking, best first, and the build order."""

    ranking: pd.DataFrame
    build_order: BuildOrder


def assess(
    case: Case,
    basis: DesignBasis,
    *,
    needs_by_year: NeedsByYear,
    proposed: Corridors,
    networks: Mapping[str, Network],
    candidates: CandidateGraph,
    flows: pd.DataFrame,
    ranked: pd.DataFrame,
) -> Assessment:
    """Add growth over the years, confidence, use of the strip and the build order to a ranking.

    Parameters
    ----------
    case : study and scenario.
    basis : what the networks were designed for.
    needs_by_year : needs at the milestones of the study.
    proposed, networks, candidates : the plan's corridors, its networks, and the graph that they lie on.
    flows : table of ``ranking.list_flows``.
    ranked : table of ``ranking.rank``.

    Raises
    ------
    ScenarioError
        If the scenario weighs an unknown criterion or gives a negative weight.
    """
    scenario = case.scenario
    growth = ranking.accumulate(
        proposed,
        networks,
        candidates=candidates,
        milestones=_list_milestones(case, basis, needs_by_year),
        planned=scenario.year,
        rate=case.assumptions.value("finance", "discount_rate", "share"),
        prices=basis.prices,
        flows=flows,
    )
    confidence = ranking.rate_confidence(flows, need=_rate_needs(basis), maturity=_rate_maturity(case, flows, basis))
    use = ranking.rate_use(proposed, basis.prices)
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


def _list_milestones(case: Case, basis: DesignBasis, needs_by_year: NeedsByYear) -> dict[int, Milestone]:
    """Return what places and hubs do at each milestone of the study and in the plan's year."""
    found = {case.scenario.year: Milestone(basis.clients, basis.hubs)}
    for year in case.study.settings.milestones:
        if year not in found:
            then = case.in_year(year)
            valued = value_needs(then, needed=needs_by_year.needs_in(then))
            found[year] = Milestone(valued.clients, valued.hubs)
    return found


def _rate_needs(basis: DesignBasis) -> pd.Series[float]:
    """Return low over most likely need [-] by carrier and place."""
    clients = basis.clients.set_index(["carrier", "place_id"])
    return (clients["amount_low"] / clients["amount"]).astype(float)


def _rate_maturity(case: Case, flows: pd.DataFrame, basis: DesignBasis) -> pd.Series[float]:
    """Return the chance [-] that the project at either end of each flow is built, by carrier and place or hub.

    It is the chance of the most advanced project acting on this place and carrier, by its own row or by any of its
    effects. A site that gives residual heat has the low over most likely amount of that heat instead.
    """
    study = case.study
    chance = chances(case.assumptions)
    known: dict[tuple[str, str], float] = {}

    def note(carrier: str, place_id: str, value: float) -> None:
        known[carrier, place_id] = max(value, known.get((carrier, place_id), 0.0))

    for hub in records(study.hubs):
        note(hub.carrier, hub.hub_id, chance[hub.status])
    off = study.cancelled(case.scenario.projects_off)
    for project in records(study.projects):
        if project.site_id and project.effect_carrier and project.project_id not in off:
            note(project.effect_carrier, project.site_id, chance[project.status])
    families = needs.families_of(study.pathways)
    statuses = dict(zip(study.projects["project_id"], study.projects["status"], strict=True))
    for effect in records(study.project_effects):
        carrier = _CARRIER_OF_FAMILY.get(families[effect.pathway], "")
        if carrier and effect.project_id not in off:
            note(carrier, effect.site_id, chance[statuses[effect.project_id]])
    credit = basis.credit
    heat = credit[(credit["carrier"] == "heat") & (credit["role"] == "supply")]
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
