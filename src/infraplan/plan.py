"""The story: from a study and a scenario to a ranked plan of shared corridors. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infraplan import abatement, corridors, costs, impact, needs, ranking
from infraplan.assumptions import Assumptions
from infraplan.corridors import Corridors
from infraplan.errors import ScenarioError
from infraplan.ground import Ground, Progress, ground_key, prepare
from infraplan.model import Carrier, Network, Question, Scenario
from infraplan.study import Study, check_scenario, overrides
from infraplan.tables import HEAT_BANDS, records
from infraplan.units import M_PER_KM

__all__ = ["Ground", "Plan", "ask", "ground_key", "make_plan", "prepare"]

LOWEST_BAND = HEAT_BANDS[0]
# who rides the pipes: places that give CO2, and places that take hydrogen and heat
CLIENT_ROLE = {"co2": "supply", "h2": "demand", "heat": "demand"}


@dataclass(frozen=True)
class Plan:
    """The answer: who is joined to what, in which corridors, ranked by the CO2 they avoid."""

    study: Study
    scenario: Scenario
    assumptions: Assumptions
    ground: Ground
    needs: pd.DataFrame
    credit: pd.DataFrame
    hubs: pd.DataFrame
    networks: Mapping[str, Network]
    corridors: Corridors
    ranking: pd.DataFrame
    crossings: pd.DataFrame
    passages: pd.DataFrame
    followed: pd.DataFrame
    left_out: pd.DataFrame


@dataclass(frozen=True)
class Asked:
    """What the networks must serve: needs, what serving them is worth, hubs, and a question per carrier."""

    assumptions: Assumptions
    needs: pd.DataFrame
    credit: pd.DataFrame
    hubs: pd.DataFrame
    clients: pd.DataFrame
    questions: Mapping[str, Question]


def make_plan(
    study: Study,
    scenario: Scenario,
    *,
    ground: Ground | None = None,
    start: Plan | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """Propose and rank shared corridors for a scenario.

    Parameters
    ----------
    ground : from an earlier plan of the same study; built anew where it does not fit (see ``ground_key``).
    start : a plan to start the search from, after a small change.
    progress : told how far it is, 0..1, and what is being done.
    should_stop : asked often; True ends the search with the best networks so far.

    Raises
    ------
    InfraplanError
        With one clear message per mistake in the scenario or the study.
    """
    tell = progress or (lambda share, what: None)
    problems = check_scenario(study, scenario) + needs.check_pathways(
        scenario, needs.sectors(study.assumptions), study.settings.milestones
    )
    if problems:
        raise ScenarioError(problems)
    tell(0.0, "needs")
    asked = ask(study, scenario)
    if ground is None or ground.key != ground_key(study, scenario):
        ground = prepare(study, scenario, progress=lambda share, what: tell(0.6 * share, what))
    assumptions, credit = asked.assumptions, asked.credit
    networks = corridors.design_together(
        ground.candidates,
        asked.questions,
        second_pipe_factor=assumptions.value("shared_strip", "second_pipe_factor", "share"),
        start=start.networks if start is not None and start.ground.key == ground.key else None,
        should_stop=should_stop,
        tell=lambda carrier: tell(0.8, carrier),
    )
    tell(0.9, "corridors")
    proposed = corridors.propose(
        networks, ground.candidates, cluster_of=clusters_of(study), radius_m=cluster_radii(study)
    )
    ranked = ranking.rank(proposed, networks, candidates=ground.candidates, credit=asked.clients, hubs=asked.hubs)
    crossed = impact.count_crossings(proposed, ground.candidates, crossings=ground.crossings)
    passed = impact.measure_ground(proposed, impact.areas(study.stack, study.settings.crs))
    followed = _find_followed(study, scenario, proposed, assumptions)
    left_out = _explain_left_out(networks, credit)
    tell(1.0, "done")
    return Plan(
        study, scenario, assumptions, ground, asked.needs, credit, asked.hubs, networks, proposed, ranked, crossed,
        passed, followed, left_out,
    )  # fmt: skip


def ask(study: Study, scenario: Scenario) -> Asked:
    """Say what the networks must serve: who needs what, what that is worth, and where it leaves or enters."""
    assumptions = study.assumptions.with_values(overrides(scenario))
    needed = estimate_needs(study, scenario)
    credit = abatement.credit(needed, assumptions, scenario, scenario.year)
    baseline = needed.drop_duplicates("place_id").set_index("place_id")["baseline_kt_per_a"]
    credit = credit.assign(baseline_kt_per_a=credit["place_id"].map(baseline))
    hubs, clients = _list_hubs(study, scenario, credit), _clients(credit)
    questions: dict[str, Question] = {c: _question(c, clients, hubs, assumptions) for c in scenario.carriers}
    return Asked(assumptions, needed, credit, hubs, clients, questions)


def estimate_needs(study: Study, scenario: Scenario) -> pd.DataFrame:
    """Estimate who needs what in the scenario's year; sites and areas of clusters that are off take no part."""
    assumptions = study.assumptions.with_values(overrides(scenario))
    cluster_of = clusters_of(study)
    on = study.sites[~study.sites["cluster"].isin(scenario.clusters_off)]
    areas = study.heat_areas
    areas = areas[~areas["area_id"].map(cluster_of).isin(scenario.clusters_off)]
    return needs.estimate(on, areas, assumptions, scenario, scenario.year)


def sum_needs(needed: pd.DataFrame) -> pd.DataFrame:
    """Sum needs per sector, carrier, role and temperature band: low, most likely and high amount, and places."""
    keys = ["sector", "carrier", "role", "band", "unit"]
    return needed.groupby(keys, as_index=False).agg(
        places=("place_id", "nunique"),
        amount_low=("amount_low", "sum"),
        amount=("amount", "sum"),
        amount_high=("amount_high", "sum"),
    )


def clusters_of(study: Study) -> dict[str, str]:
    """Cluster of every place: a site's own, and the nearest for its size of hubs and heat areas.

    A hub beyond the reach of every cluster stands for itself.
    """
    clusters = study.clusters
    centre_x, centre_y = clusters.geometry.x.to_numpy(), clusters.geometry.y.to_numpy()
    radius_m = clusters["radius_km"].to_numpy() * M_PER_KM
    reach = study.assumptions.value("cluster", "hub_reach", "1")
    cluster_of = dict(zip(study.sites["site_id"], study.sites["cluster"], strict=True))
    for frame, key in ((study.hubs, "hub_id"), (study.heat_areas, "area_id")):
        for place_id, point in zip(frame[key], frame.geometry, strict=True):
            relative = np.hypot(centre_x - point.x, centre_y - point.y) / radius_m
            best = int(np.argmin(relative))
            near = relative[best] <= reach
            cluster_of[place_id] = str(clusters["cluster_id"].iloc[best]) if near else str(place_id)
    return cluster_of


def cluster_radii(study: Study) -> dict[str, float]:
    """Typical radius [m] of each cluster."""
    radius_m = study.clusters["radius_km"] * M_PER_KM
    return dict(zip(study.clusters["cluster_id"], radius_m, strict=True))


def _list_hubs(study: Study, scenario: Scenario, credit: pd.DataFrame) -> pd.DataFrame:
    """Return where each carrier leaves or enters: the study's hubs, and sites with residual heat to give."""
    columns = ["carrier", "hub_id", "place_id", "capacity", "unit_cost"]
    frames = [study.hubs_of(c, scenario, scenario.year)[columns] for c in scenario.carriers]
    # heat below 100 degC needs a heat pump first: it is shown as a need but not offered to the pipes
    heat = credit[(credit["carrier"] == "heat") & (credit["role"] == "supply") & (credit["band"] != LOWEST_BAND)]
    if "heat" in scenario.carriers and len(heat):
        sources = heat.groupby("place_id", as_index=False).agg(
            capacity=("amount", "sum"), unit_cost=("worth_eur_per_unit", lambda w: -w.max())
        )
        sources["hub_id"] = sources["place_id"]
        sources["carrier"] = "heat"
        frames.append(sources[columns])
    return pd.DataFrame(pd.concat(frames, ignore_index=True))


def _clients(credit: pd.DataFrame) -> pd.DataFrame:
    """Return one row per place and carrier that the pipes of the plan could serve."""
    rows = credit[credit["role"] == credit["carrier"].map(CLIENT_ROLE)]
    rows = rows.assign(money=rows["worth_eur_per_unit"] * rows["amount"])
    summed = rows.groupby(["place_id", "carrier"], as_index=False).agg(
        amount=("amount", "sum"),
        money=("money", "sum"),
        avoided_kt_per_a=("avoided_kt_per_a", "sum"),
        gross_kt_per_a=("gross_kt_per_a", "max"),
        baseline_kt_per_a=("baseline_kt_per_a", "first"),
    )
    summed["worth"] = summed["money"] / summed["amount"]
    return summed


def _question(carrier: Carrier, clients: pd.DataFrame, hubs: pd.DataFrame, assumptions: Assumptions) -> Question:
    return Question(
        clients.loc[clients["carrier"] == carrier, ["place_id", "amount", "worth"]],
        hubs[hubs["carrier"] == carrier],
        costs.price(carrier, assumptions),
        assumptions.value(carrier, "max_distance", "km"),
    )


def _find_followed(study: Study, scenario: Scenario, proposed: Corridors, assumptions: Assumptions) -> pd.DataFrame:
    lines = impact.existing_lines(
        study.stack,
        study.settings.crs,
        statuses=scenario.existing_statuses,
        names=scenario.existing_lines,
    )
    return impact.find_followed(
        proposed,
        lines,
        reach_m=assumptions.value("shared_strip", "follow_reach", "m"),
        least_share=assumptions.value("shared_strip", "follow_share", "share"),
    )


def _explain_left_out(networks: Mapping[str, Network], credit: pd.DataFrame) -> pd.DataFrame:
    """List what is not joined, per carrier and place, with the CO2 value at which joining would pay."""
    clients = credit[credit["role"] == credit["carrier"].map(CLIENT_ROLE)]
    terms = clients.assign(
        fixed=clients["worth_fixed_eur_per_unit"] * clients["amount"],
        per_co2=clients["worth_per_co2_value"] * clients["amount"],
    )
    keys = ["carrier", "place_id"]
    terms = terms.groupby(keys, as_index=False).agg(
        need=("amount", "sum"), fixed=("fixed", "sum"), per_co2=("per_co2", "sum")
    )
    out = [network.left_out.assign(carrier=c, unit=network.unit) for c, network in networks.items()]
    table = pd.concat(out, ignore_index=True).merge(terms, on=keys)
    table["break_even_co2_value_eur_per_t"] = [
        abatement.break_even_co2_value(
            {
                "worth_fixed_eur_per_unit": row.fixed / row.need,
                "worth_per_co2_value": row.per_co2 / row.need,
            },
            row.break_even_worth,
        )
        for row in records(table)
    ]
    columns = [
        "carrier", "place_id", "amount", "unit", "reason", "break_even_worth", "break_even_co2_value_eur_per_t",
    ]  # fmt: skip
    return pd.DataFrame(table[columns])
