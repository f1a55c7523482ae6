"""The story of one year: from a study and a scenario to ranked shared corridors. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from infraplan.appraisal import Assessment, BuildOrder, assess, chain_costs, explain_left_out, impact, ranking
from infraplan.core import (
    EUR_PER_MEUR,
    AssumptionError,
    CandidateGraph,
    Exactness,
    Network,
    NetworkProblem,
    Problem,
    Proof,
    Scenario,
    ScenarioError,
    records,
)
from infraplan.demand import DesignBasis, NeedsByYear, build_design_basis, estimate_needs_by_year, needs, require_pipes
from infraplan.engineering import Operation, operation
from infraplan.networks import Corridors, Memory, Refined, carry_networks, corridors, refinement
from infraplan.routes import Ground, Progress, candidates, ground_key, prepare, terminals
from infraplan.study import Assumptions, Case, Study, check_scenario, cluster_radii, clusters_of, open_case

__all__ = ["Ground", "Plan", "make_plan", "refuse_wrong"]

# share of the work that is done when a step begins [-]
_GROUND_DONE, _DESIGN_DONE, _REFINEMENT_BEGINS, _CORRIDORS_BEGIN = 0.6, 0.85, 0.87, 0.9


@dataclass(frozen=True)
class Plan:
    """The answer: who is joined to what, in which corridors, ranked by the CO2 that they avoid.

    Ranking, crossings and chain costs are computed on first access: a map needs none of them.

    Attributes
    ----------
    case : study and scenario, joined.
    ground : cost surface, crossings and candidates.
    needs_by_year : who needs what, for this year and the milestones.
    basis : what the networks were designed for.
    designed : the network of each carrier on the candidates of the ground.
    refined : the same networks on the routes that are drawn.
    corridors : strips of land that segments share.
    flows : table of ``ranking.list_flows``.
    ranked : figures of the corridors in the plan's own year. ``ranking`` adds the years to come.
    operation : pressures, stations and power of the networks.
    exact : limits of the proof, if one was wanted.
    proofs : per carrier how far the network can be from the cheapest.
    """

    case: Case
    ground: Ground
    needs_by_year: NeedsByYear
    basis: DesignBasis
    designed: Mapping[str, Network]
    refined: Refined
    corridors: Corridors
    flows: pd.DataFrame
    ranked: pd.DataFrame
    operation: Operation
    exact: Exactness | None = None
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    @property
    def study(self) -> Study:
        """The study as the scenario has it."""
        return self.case.study

    @property
    def scenario(self) -> Scenario:
        """The scenario that was planned for."""
        return self.case.scenario

    @property
    def assumptions(self) -> Assumptions:
        """The numbers as the scenario has them."""
        return self.case.assumptions

    @property
    def needs(self) -> pd.DataFrame:
        """Who needs what in the plan's year."""
        return self.basis.needs

    @property
    def credit(self) -> pd.DataFrame:
        """What each need would avoid."""
        return self.basis.credit

    @property
    def hubs(self) -> pd.DataFrame:
        """What each hub takes or gives in the plan's year."""
        return self.basis.hubs

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
        return self._assessment.ranking

    @property
    def build_order(self) -> BuildOrder:
        """The order to build the corridors in."""
        return self._assessment.build_order

    @cached_property
    def _assessment(self) -> Assessment:
        return assess(
            self.case,
            self.basis,
            needs_by_year=self.needs_by_year,
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
        return impact.follow_lines(self.case, self.corridors)

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
    study : as ``open_study`` returns it.
    scenario : the year, the carriers, the pathways, what exists and what is switched off.
    ground : of an earlier plan of the same study. Built anew where it does not fit (see ``ground_key``).
    start : a plan from which the search begins, after a small change.
    exact : continue with a solver after the search, and prove how far from the cheapest each network can be. This
        takes long, and another run may give another plan if the time limit ends it.
    progress : told how far the plan is [0..1], and the step.
    should_stop : asked often. True ends the search with the best networks so far.

    Raises
    ------
    InfraplanError
        With one clear message per mistake in the scenario or the study.
    """
    report_progress = progress or (lambda share, what: None)
    refuse_wrong(study, scenario)
    case = open_case(study, scenario)
    report_progress(0.0, "needs")
    needs_by_year = estimate_needs_by_year(case, start=None if start is None else start.needs_by_year)
    basis = build_design_basis(case, needed=needs_by_year.needs_in(case))
    naming, moving = _read_limits(case.assumptions)
    if ground is None or ground.key != ground_key(case):
        ground = prepare(case, earlier=ground, progress=lambda share, what: report_progress(_GROUND_DONE * share, what))
    network_problems = require_pipes(basis.network_problems, scenario, ground.candidates.lines)
    designed, proofs = _design_networks(case, ground, network_problems, start, exact, report_progress, should_stop)
    report_progress(_REFINEMENT_BEGINS, "refinement")
    refined = refinement.refine(
        designed,
        ground.candidates,
        network_problems,
        surface=ground.surface,
        crossings=ground.crossings,
        limits=moving,
        start=_recall(start, ground),
        should_stop=should_stop,
    )
    report_progress(_CORRIDORS_BEGIN, "corridors")
    proposed = _propose_corridors(case.study, refined, naming)
    networks, routes, clients = refined.networks, refined.routes, basis.clients
    flows = ranking.list_flows(proposed, networks, credit=clients)
    ranked = ranking.rank(
        proposed, networks, candidates=routes, credit=clients, hubs=basis.hubs, prices=basis.prices, flows=flows
    )
    running = operation.operate(networks, routes, case.assumptions, bands=basis.heat_bands)
    report_progress(1.0, "done")
    return Plan(case, ground, needs_by_year, basis, designed, refined, proposed, flows, ranked, running, exact, proofs)


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


def refuse_wrong(study: Study, scenario: Scenario, file: str = "scenario") -> None:
    """Refuse a scenario that the study cannot answer.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    sectors, families = needs.sectors(study.assumptions), needs.families_of(study.pathways)
    problems = check_scenario(study, scenario, file)
    problems += needs.check_pathways(scenario, sectors, study.settings.milestones, families)
    problems += ranking.check_weights(scenario.weights, file)
    if problems:
        raise ScenarioError(problems)


def _design_networks(
    case: Case,
    ground: Ground,
    network_problems: Mapping[str, NetworkProblem],
    start: Plan | None,
    exact: Exactness | None,
    report_progress: Progress,
    should_stop: Callable[[], bool] | None,
) -> tuple[Mapping[str, Network], Mapping[str, Proof]]:
    """Design the networks of all carriers together, and prove how good they are if that is wanted."""
    beside = case.assumptions.value("shared_strip", "second_pipe_factor", "share")
    designed = corridors.design_together(
        ground.candidates,
        network_problems,
        second_pipe_factor=beside,
        start=_carry_start(start, ground),
        should_stop=should_stop,
        progress=lambda share, carrier: report_progress(_GROUND_DONE + (_DESIGN_DONE - _GROUND_DONE) * share, carrier),
    )
    if exact is None:
        return designed, {}
    return corridors.prove(
        ground.candidates,
        network_problems,
        designed,
        second_pipe_factor=beside,
        exactness=exact,
        should_stop=should_stop,
        report_progress=lambda carrier, cost_eur, bound_eur: report_progress(
            _DESIGN_DONE, _say_proof(carrier, cost_eur, bound_eur)
        ),
    )


def _carry_start(start: Plan | None, ground: Ground) -> Mapping[str, Network] | None:
    """Return the networks of an earlier plan on this ground, if its layers are the same."""
    if start is None or start.ground.key.layers != ground.key.layers:
        return None
    return carry_networks(start.designed, start.ground.candidates, ground.candidates)


def _say_proof(carrier: str, cost_eur: float, bound_eur: float) -> str:
    """Say how far a proof is, in money per year."""
    return f"{carrier} {cost_eur / EUR_PER_MEUR:,.1f}, at least {bound_eur / EUR_PER_MEUR:,.1f} MEUR/a"


def _recall(start: Plan | None, ground: Ground) -> Memory | None:
    """Return where the refined lines of an earlier plan lie, if they came from the same candidates."""
    if start is None or not candidates.are_same(start.ground.candidates, ground.candidates):
        return None
    return replace(start.refined.memory, settled=start.ground.key == ground.key)


def _propose_corridors(study: Study, refined: Refined, limits: corridors.Limits) -> Corridors:
    """Gather the refined segments into corridors between and inside the study's clusters."""
    spot_of = {place.place_id: (place.x, place.y) for place in records(terminals(study))}
    return corridors.propose(
        refined.networks,
        refined.routes,
        cluster_of=clusters_of(study),
        radius_m=cluster_radii(study),
        limits=limits,
        spot_of=spot_of,
    )
