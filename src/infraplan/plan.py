"""The story: from a study and a scenario to a ranked plan of shared corridors. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from infraplan.appraisal import Assessment, BuildOrder, chain_costs, explain_left_out, impact, judge, ranking
from infraplan.core import (
    EUR_PER_MEUR,
    AssumptionError,
    CandidateGraph,
    Exactness,
    Network,
    Problem,
    Proof,
    Scenario,
    ScenarioError,
    records,
)
from infraplan.demand import DesignBasis, NeedsByYear, ask, estimate_needs, force, look_ahead, needs
from infraplan.engineering import Operation, operation
from infraplan.networks import Corridors, Memory, Refined, corridors, refinement
from infraplan.routes import Ground, Progress, candidates, ground_key, prepare, terminals
from infraplan.study import Assumptions, Study, check_scenario, cluster_radii, clusters_of

__all__ = ["Ground", "Plan", "ask", "estimate_needs", "ground_key", "make_plan", "prepare"]


@dataclass(frozen=True)
class Plan:
    """The answer: who is joined to what, in which corridors, ranked by the CO2 they avoid.

    ``designed`` are the networks on the candidate graph of the ground, ``networks`` the same on the ``refined``
    routes that are drawn. ``ranked`` are the figures of the plan's own year; ``ranking`` holds them with the years to
    come, trust and the build order beside them. That, what is crossed and what the chain costs is worked out when it
    is first asked for: a map needs none of it. ``proofs`` says per carrier how far the design can be from the
    cheapest, if that was asked (``exact``).
    """

    study: Study
    scenario: Scenario
    ground: Ground
    outlook: NeedsByYear
    asked: DesignBasis
    designed: Mapping[str, Network]
    refined: Refined
    corridors: Corridors
    flows: pd.DataFrame
    ranked: pd.DataFrame
    operation: Operation
    exact: Exactness | None = None
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    @property
    def assumptions(self) -> Assumptions:
        """The numbers as the scenario has them."""
        return self.asked.assumptions

    @property
    def needs(self) -> pd.DataFrame:
        """Who needs what in the plan's year."""
        return self.asked.needs

    @property
    def credit(self) -> pd.DataFrame:
        """What each need would avoid."""
        return self.asked.credit

    @property
    def hubs(self) -> pd.DataFrame:
        """What each hub takes or gives in the plan's year."""
        return self.asked.hubs

    @property
    def networks(self) -> Mapping[str, Network]:
        """The network of each carrier, on the refined routes."""
        return self.refined.networks

    @property
    def routes(self) -> CandidateGraph:
        """The graph of the drawn segments, whose edges the networks use."""
        return self.refined.routes

    @property
    def ranking(self) -> pd.DataFrame:
        """The corridors, best first, with every figure."""
        return self._verdict.ranking

    @property
    def build_order(self) -> BuildOrder:
        """The order to build the corridors in."""
        return self._verdict.build_order

    @cached_property
    def _verdict(self) -> Assessment:
        return judge(
            self.study,
            self.scenario,
            self.asked,
            outlook=self.outlook,
            proposed=self.corridors,
            networks=self.networks,
            candidates=self.routes,
            flows=self.flows,
            ranked=self.ranked,
        )

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """What is not joined, why, and from which CO2 value on it would be."""
        return explain_left_out(self.networks, self.credit)

    @cached_property
    def followed(self) -> pd.DataFrame:
        """Lines that corridors follow (see ``impact.find_followed``)."""
        return impact.follow_lines(self.study, self.scenario, self.corridors, self.assumptions)

    @cached_property
    def crossings(self) -> pd.DataFrame:
        """Where corridors cross lines (see ``impact.count_crossings``)."""
        return impact.count_crossings(self.corridors, self.routes, crossings=self.ground.crossings)

    @cached_property
    def passages(self) -> pd.DataFrame:
        """Ground that corridors pass (see ``impact.measure_ground``)."""
        return impact.measure_ground(self.corridors, impact.areas(self.study.stack, self.study.settings.crs))

    @cached_property
    def chain(self) -> pd.DataFrame:
        """What each link of each carrier's chain costs (see ``appraisal.levelise``)."""
        return chain_costs.levelise(
            self.networks, self.operation, self.routes, self.assumptions, credit=self.credit, hubs=self.hubs
        )

    @cached_property
    def cost_models(self) -> pd.DataFrame:
        """CO2 pipes priced by each cost model."""
        return chain_costs.compare_models(
            self.networks, self.routes, self.assumptions, chosen=self.scenario.co2_cost_model
        )

    @cached_property
    def reuse(self) -> pd.DataFrame:
        """Gas lines that could be turned over."""
        return chain_costs.offer_reuse(self.corridors, self.followed, self.assumptions)


def make_plan(
    study: Study,
    scenario: Scenario,
    *,
    ground: Ground | None = None,
    start: Plan | None = None,
    exact: Exactness | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Plan:
    """Propose and rank shared corridors for a scenario.

    Parameters
    ----------
    ground : from an earlier plan of the same study; built anew where it does not fit (see ``ground_key``).
    start : a plan to start the search from, after a small change.
    exact : go on with a solver after the search, and prove how far from the cheapest each carrier's network can
        be; slow, and where the clock ends it another run may give another plan.
    progress : told how far it is, 0..1, and what is being done.
    should_stop : asked often; True ends the search with the best networks so far.

    Raises
    ------
    InfraplanError
        With one clear message per mistake in the scenario or the study.
    """
    tell = progress or (lambda share, what: None)
    refuse_wrong(study, scenario)
    tell(0.0, "needs")
    study = study.as_asked(scenario)
    outlook = look_ahead(study, scenario, start=None if start is None else start.outlook)
    asked = ask(study, scenario, needed=outlook.needs_in(scenario, scenario.year))
    naming, moving = _read_limits(asked.assumptions)
    if ground is None or ground.key != ground_key(study, scenario):
        ground = prepare(study, scenario, earlier=ground, progress=lambda share, what: tell(0.6 * share, what))
    questions = force(asked.questions, scenario, ground.candidates.lines)
    assumptions, credit = asked.assumptions, asked.credit
    beside = assumptions.value("shared_strip", "second_pipe_factor", "share")
    designed = corridors.design_together(
        ground.candidates,
        questions,
        second_pipe_factor=beside,
        start=_begin_with(start, ground),
        should_stop=should_stop,
        progress=lambda share, carrier: tell(0.6 + 0.25 * share, carrier),
    )
    proofs: dict[str, Proof] = {}
    if exact is not None:
        designed, proofs = corridors.prove(
            ground.candidates,
            questions,
            designed,
            second_pipe_factor=beside,
            exactness=exact,
            should_stop=should_stop,
            tell=lambda carrier, cost_eur, bound_eur: tell(0.85, _say_proof(carrier, cost_eur, bound_eur)),
        )
    tell(0.87, "refinement")
    refined = refinement.refine(
        designed,
        ground.candidates,
        questions,
        surface=ground.surface,
        crossings=ground.crossings,
        limits=moving,
        start=_remember(start, ground),
        should_stop=should_stop,
    )
    networks, routes = refined.networks, refined.routes
    tell(0.9, "corridors")
    proposed = _propose(study, networks, routes, naming)
    flows = ranking.list_flows(proposed, networks, credit=asked.clients)
    ranked = ranking.rank(
        proposed, networks, candidates=routes, credit=asked.clients, hubs=asked.hubs, prices=asked.prices, flows=flows
    )
    running = operation.operate(networks, routes, assumptions, bands=_bands(credit))
    tell(1.0, "done")
    return Plan(
        study, scenario, ground, outlook, asked, designed, refined, proposed, flows, ranked, running, exact, proofs,
    )  # fmt: skip


def _read_limits(assumptions: Assumptions) -> tuple[corridors.Limits, refinement.Limits]:
    """Read every limit before the long work, so that one message tells all rows that are missing."""
    problems: list[Problem] = []
    for read in (candidates.limits_of, corridors.limits_of, refinement.limits_of):
        try:
            read(assumptions)
        except AssumptionError as error:
            problems += error.problems
    if problems:
        raise AssumptionError(problems)
    return corridors.limits_of(assumptions), refinement.limits_of(assumptions)


def _propose(
    study: Study, networks: Mapping[str, Network], routes: CandidateGraph, limits: corridors.Limits
) -> Corridors:
    """Gather the drawn segments into corridors that carry the names of the study's clusters."""
    return corridors.propose(
        networks,
        routes,
        cluster_of=clusters_of(study),
        radius_m=cluster_radii(study),
        limits=limits,
        spot_of={place.place_id: (place.x, place.y) for place in records(terminals(study))},
    )


def _begin_with(start: Plan | None, ground: Ground) -> Mapping[str, Network] | None:
    """Return the networks to start from; on other ways those of their joins whose way is still there."""
    if start is None or start.ground.key.layers != ground.key.layers:
        return None
    old, new = start.ground.candidates, ground.candidates
    if candidates.are_same(old, new):
        return start.designed
    joins = pd.concat([network.joins.assign(carrier=carrier) for carrier, network in start.designed.items()])
    edges = list(candidates.carry(list(zip(joins["place_id"], joins["edges"], strict=True)), old, new))
    told = joins.assign(edges=pd.Series(edges, index=joins.index, dtype=object))[[way is not None for way in edges]]
    return {
        carrier: replace(network, joins=told[told["carrier"] == carrier].drop(columns="carrier").reset_index(drop=True))
        for carrier, network in start.designed.items()
    }


def _remember(start: Plan | None, ground: Ground) -> Memory | None:
    """Return where the lines of an earlier plan lie, if they came from the same ways."""
    if start is None or not candidates.are_same(start.ground.candidates, ground.candidates):
        return None
    return replace(start.refined.memory, settled=start.ground.key == ground.key)


def refuse_wrong(study: Study, scenario: Scenario, file: str = "scenario") -> None:
    """Refuse a scenario that the study cannot answer: a ScenarioError with every problem."""
    sectors, families = needs.sectors(study.assumptions), needs.families_of(study.pathways)
    problems = check_scenario(study, scenario, file)
    problems += needs.check_pathways(scenario, sectors, study.settings.milestones, families)
    problems += ranking.check_weights(scenario.weights, file)
    if problems:
        raise ScenarioError(problems)


def _say_proof(carrier: str, cost_eur: float, bound_eur: float) -> str:
    """Say how far a proof is, in money of a year."""
    return f"{carrier} {cost_eur / EUR_PER_MEUR:,.1f}, at least {bound_eur / EUR_PER_MEUR:,.1f} MEUR/a"


def _bands(credit: pd.DataFrame) -> pd.DataFrame:
    """Return the bands of heat that each place needs."""
    heated = (credit["carrier"] == "heat") & (credit["role"] == "demand")
    return credit.loc[heated, ["place_id", "band"]].drop_duplicates()
