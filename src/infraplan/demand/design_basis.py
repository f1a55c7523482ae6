"""The design basis: what the networks must serve, what serving it is worth, and the network problem per carrier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan.core import HEAT_BANDS, Carrier, NetworkProblem, PipePrice, Scenario
from infraplan.demand import abatement
from infraplan.demand.estimate import estimate_needs
from infraplan.engineering import costs
from infraplan.study import Case

_AVOIDED = (
    "avoided_kt_per_a", "avoided_system_kt_per_a", "avoided_direct_kt_per_a", "biogenic_stored_kt_per_a",
)  # fmt: skip
LOWEST_BAND = HEAT_BANDS[0]
# clients of the pipes: places that give CO2, and places that take hydrogen or heat
CLIENT_ROLE = {"co2": "supply", "h2": "demand", "heat": "demand"}


@dataclass(frozen=True)
class ValuedNeeds:
    """Needs of one year and what serving them is worth.

    Attributes
    ----------
    needs : table of ``estimate_needs``.
    credit : what each need avoids and is worth (see ``abatement.credit``).
    hubs : carrier, hub_id, place_id, capacity [kt/a or GWh/a], unit_cost [EUR/t or EUR/MWh]: where each carrier
        leaves or enters the area.
    clients : one row per place and carrier that pipes could serve.
    own_heat : residual heat [GWh/a] that each place uses itself.
    """

    needs: pd.DataFrame
    credit: pd.DataFrame
    hubs: pd.DataFrame
    clients: pd.DataFrame
    own_heat: pd.Series[float]


@dataclass(frozen=True)
class DesignBasis(ValuedNeeds):
    """What the networks of one year are designed for: the valued needs, and a network problem per carrier."""

    network_problems: Mapping[str, NetworkProblem]

    @property
    def prices(self) -> dict[str, PipePrice]:
        """The price list of each carrier."""
        return {carrier: problem.price for carrier, problem in self.network_problems.items()}

    @property
    def heat_bands(self) -> pd.DataFrame:
        """The temperature bands of heat that each place needs: place_id, band."""
        heated = (self.credit["carrier"] == "heat") & (self.credit["role"] == "demand")
        return self.credit.loc[heated, ["place_id", "band"]].drop_duplicates()


def build_design_basis(case: Case, *, needed: pd.DataFrame | None = None) -> DesignBasis:
    """Collect what the networks must serve in the scenario's year.

    Parameters
    ----------
    case : study and scenario.
    needed : table of ``estimate_needs`` of the case, if it is known already.
    """
    valued = value_needs(case, needed=needed)
    problems: dict[str, NetworkProblem] = {c: _pose_problem(c, case, valued) for c in case.scenario.carriers}
    return DesignBasis(valued.needs, valued.credit, valued.hubs, valued.clients, valued.own_heat, problems)


def require_pipes(
    network_problems: Mapping[str, NetworkProblem], scenario: Scenario, lines: Sequence[frozenset[int]]
) -> dict[str, NetworkProblem]:
    """Require a pipe along each must-pass line, for every carrier with clients and hubs.

    Parameters
    ----------
    network_problems : the network problem of each carrier.
    scenario : draws the must-pass lines. A line that names no carriers is for all of the scenario.
    lines : the edges along each of these lines, in their order (see ``CandidateGraph``).
    """
    required = {
        carrier: frozenset[int]().union(
            *(
                edges
                for line, edges in zip(scenario.drawing.must_pass, lines, strict=True)
                if carrier in (line.carriers or scenario.carriers) and len(problem.clients) and len(problem.hubs)
            )
        )
        for carrier, problem in network_problems.items()
    }
    return {carrier: replace(problem, forced=required[carrier]) for carrier, problem in network_problems.items()}


def value_needs(case: Case, *, needed: pd.DataFrame | None = None) -> ValuedNeeds:
    """Value the needs of the scenario's year, and list where each carrier leaves or enters.

    Parameters
    ----------
    case : study and scenario; ``case.in_year`` gives another year.
    needed : table of ``estimate_needs`` of the case, if it is known already.
    """
    if needed is None:
        needed = estimate_needs(case)
    credit = abatement.credit(needed, case.assumptions, case.scenario, case.scenario.year)
    baseline = dict(zip(needed["place_id"], needed["baseline_kt_per_a"], strict=True))
    credit = credit.assign(baseline_kt_per_a=[baseline[place] for place in credit["place_id"]])
    own = own_heat(credit)
    return ValuedNeeds(needed, credit, _list_hubs(case, credit, own), _list_clients(credit), own)


def _list_hubs(case: Case, credit: pd.DataFrame, own: pd.Series[float]) -> pd.DataFrame:
    """Return where each carrier leaves or enters: the study's hubs, and sites with residual heat to give."""
    columns, carriers = ["carrier", "hub_id", "place_id", "capacity", "unit_cost"], case.scenario.carriers
    hubs = pd.DataFrame(case.hubs_of(carriers)[columns])
    turn = [carriers.index(carrier) for carrier in hubs["carrier"]]
    frames = [hubs.iloc[np.argsort(turn, kind="stable")]]
    heat = credit.loc[_gives_heat(credit), ["place_id", "amount", "worth_eur_per_unit"]]
    if "heat" in carriers and len(heat):
        by_place = heat.groupby("place_id")
        sources = pd.DataFrame(
            {"capacity": by_place["amount"].sum(), "unit_cost": -by_place["worth_eur_per_unit"].max()}
        ).reset_index()
        sources["hub_id"] = sources["place_id"]
        sources["carrier"] = "heat"
        sources["capacity"] -= sources["place_id"].map(own).fillna(0.0)
        frames.append(sources.loc[sources["capacity"] > 0.0, columns])
    return pd.DataFrame(pd.concat(frames, ignore_index=True))


def _price(carrier: Carrier, case: Case) -> PipePrice:
    model = case.scenario.co2_cost_model if carrier == "co2" else costs.ENGINEERING
    return costs.price(carrier, case.assumptions, model=model)


def _gives_heat(credit: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say which rows give heat to pipes. Heat below 100 degC needs a heat pump first, so it is only shown as a need."""
    return np.asarray((credit["carrier"] == "heat") & (credit["role"] == "supply") & (credit["band"] != LOWEST_BAND))


def own_heat(credit: pd.DataFrame) -> pd.Series[float]:
    """Residual heat [GWh/a] that a place uses itself before any pipe is laid."""
    amounts = credit[["place_id", "amount"]]
    wanted = np.asarray((credit["carrier"] == "heat") & (credit["role"] == "demand"))
    demand = amounts[wanted].groupby("place_id")["amount"].sum()
    supply = amounts[_gives_heat(credit)].groupby("place_id")["amount"].sum()
    both = demand.index.intersection(supply.index)
    return pd.Series(np.minimum(demand[both], supply[both]), index=both, dtype=float)


def _list_clients(credit: pd.DataFrame) -> pd.DataFrame:
    """Return one row per place and carrier that the pipes of the plan could serve."""
    keys = ["place_id", "carrier"]
    added = ["amount", "amount_low", "money", *_AVOIDED]
    table = credit.assign(money=credit["worth_eur_per_unit"] * credit["amount"])
    table = table[[*keys, "role", "process", "gross_kt_per_a", "baseline_kt_per_a", *added]]
    rows = table[np.asarray(table["role"] == table["carrier"].map(CLIENT_ROLE))]
    # the pathways of a process exclude each other, its processes do not
    gross = rows.groupby([*keys, "process"])["gross_kt_per_a"].max().groupby(keys).sum()
    by_place = rows.groupby(keys)
    summed = by_place[added].sum()
    summed["baseline_kt_per_a"] = by_place["baseline_kt_per_a"].first()
    summed["gross_kt_per_a"] = gross.reindex(summed.index)
    summed["worth"] = summed["money"] / summed["amount"]
    return summed.reset_index()


def _pose_problem(carrier: Carrier, case: Case, valued: ValuedNeeds) -> NetworkProblem:
    """Return the network problem of a carrier: whom pipes could serve, from which hubs, at which prices."""
    clients, hubs = valued.clients, valued.hubs
    mine = clients.loc[clients["carrier"] == carrier, ["place_id", "amount", "worth"]]
    if carrier == "heat":
        mine = mine.assign(amount=mine["amount"] - mine["place_id"].map(valued.own_heat).astype(float).fillna(0.0))
    return NetworkProblem(
        mine[mine["amount"] > 0.0],
        hubs[hubs["carrier"] == carrier],
        _price(carrier, case),
        case.assumptions.value(carrier, "max_distance", "km"),
    )
