"""What the networks are asked: who needs what, what that is worth at the gate, and where it leaves or enters."""

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
from infraplan.study import Assumptions, Study, overrides

_AVOIDED = (
    "avoided_kt_per_a", "avoided_system_kt_per_a", "avoided_direct_kt_per_a", "biogenic_stored_kt_per_a",
)  # fmt: skip
LOWEST_BAND = HEAT_BANDS[0]
# who rides the pipes: places that give CO2, and places that take hydrogen and heat
CLIENT_ROLE = {"co2": "supply", "h2": "demand", "heat": "demand"}


@dataclass(frozen=True)
class DesignBasis:
    """What the networks must serve: needs, what serving them is worth, hubs, and a question per carrier."""

    assumptions: Assumptions
    needs: pd.DataFrame
    credit: pd.DataFrame
    hubs: pd.DataFrame
    clients: pd.DataFrame
    questions: Mapping[str, NetworkProblem]

    @property
    def prices(self) -> dict[str, PipePrice]:
        """The price list of each carrier."""
        return {carrier: question.price for carrier, question in self.questions.items()}


@dataclass(frozen=True)
class ValuedNeeds:
    """Needs of one year, what serving them is worth, hubs, and one row per place and carrier to serve."""

    needs: pd.DataFrame
    credit: pd.DataFrame
    hubs: pd.DataFrame
    clients: pd.DataFrame
    own_heat: pd.Series[float]


def ask(study: Study, scenario: Scenario, *, needed: pd.DataFrame | None = None) -> DesignBasis:
    """Say what the networks must serve: who needs what, what that is worth, and where it leaves or enters.

    ``needed`` is the table of ``estimate_needs``, if that is known already.
    """
    assumptions = study.assumptions.with_values(overrides(scenario))
    now = weigh(study, scenario, scenario.year, needed=needed)
    questions: dict[str, NetworkProblem] = {
        c: _question(c, now.clients, now.hubs, now.own_heat, assumptions, scenario.co2_cost_model)
        for c in scenario.carriers
    }
    return DesignBasis(assumptions, now.needs, now.credit, now.hubs, now.clients, questions)


def force(
    questions: Mapping[str, NetworkProblem], scenario: Scenario, lines: Sequence[frozenset[int]]
) -> dict[str, NetworkProblem]:
    """Ask for a pipe along each line that must be passed, of each of its carriers that somebody gives or takes.

    ``lines`` holds the edges along each line of the scenario's drawing (see ``CandidateGraph``).
    """
    forced = {
        carrier: frozenset[int]().union(
            *(
                edges
                for line, edges in zip(scenario.drawing.must_pass, lines, strict=True)
                if carrier in (line.carriers or scenario.carriers) and len(question.clients) and len(question.hubs)
            )
        )
        for carrier, question in questions.items()
    }
    return {carrier: replace(question, forced=forced[carrier]) for carrier, question in questions.items()}


def weigh(study: Study, scenario: Scenario, year: int, *, needed: pd.DataFrame | None = None) -> ValuedNeeds:
    """Say who needs what in a year, what serving that is worth, and where it leaves or enters.

    ``needed`` is the table of ``estimate_needs`` of that year, if it is known already.
    """
    study, then = study.as_asked(scenario), scenario.changed(year=year)
    assumptions = study.assumptions.with_values(overrides(then))
    if needed is None:
        needed = estimate_needs(study, then)
    credit = abatement.credit(needed, assumptions, then, year)
    baseline = dict(zip(needed["place_id"], needed["baseline_kt_per_a"], strict=True))
    credit = credit.assign(baseline_kt_per_a=[baseline[place] for place in credit["place_id"]])
    own = own_heat(credit)
    return ValuedNeeds(needed, credit, _list_hubs(study, then, credit, own), _clients(credit), own)


def _list_hubs(study: Study, scenario: Scenario, credit: pd.DataFrame, own: pd.Series[float]) -> pd.DataFrame:
    """Return where each carrier leaves or enters: the study's hubs, and sites with residual heat to give."""
    columns = ["carrier", "hub_id", "place_id", "capacity", "unit_cost"]
    hubs = pd.DataFrame(study.hubs_of(scenario.carriers, scenario, scenario.year)[columns])
    turn = [scenario.carriers.index(carrier) for carrier in hubs["carrier"]]
    frames = [hubs.iloc[np.argsort(turn, kind="stable")]]
    heat = credit.loc[_gives_heat(credit), ["place_id", "amount", "worth_eur_per_unit"]]
    if "heat" in scenario.carriers and len(heat):
        by_place = heat.groupby("place_id")
        sources = pd.DataFrame(
            {"capacity": by_place["amount"].sum(), "unit_cost": -by_place["worth_eur_per_unit"].max()}
        ).reset_index()
        sources["hub_id"] = sources["place_id"]
        sources["carrier"] = "heat"
        sources["capacity"] -= sources["place_id"].map(own).fillna(0.0)
        frames.append(sources.loc[sources["capacity"] > 0.0, columns])
    return pd.DataFrame(pd.concat(frames, ignore_index=True))


def prices_of(assumptions: Assumptions, scenario: Scenario) -> dict[str, PipePrice]:
    """Return the price list of each carrier of the scenario."""
    return {c: _price(c, assumptions, scenario.co2_cost_model) for c in scenario.carriers}


def _price(carrier: Carrier, assumptions: Assumptions, co2_cost_model: str) -> PipePrice:
    return costs.price(carrier, assumptions, model=co2_cost_model if carrier == "co2" else costs.ENGINEERING)


def _gives_heat(credit: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say which rows give heat to pipes: that below 100 degC needs a heat pump first and is only shown as a need."""
    return np.asarray((credit["carrier"] == "heat") & (credit["role"] == "supply") & (credit["band"] != LOWEST_BAND))


def own_heat(credit: pd.DataFrame) -> pd.Series[float]:
    """Residual heat [GWh/a] that a place uses itself before any pipe is laid."""
    amounts = credit[["place_id", "amount"]]
    wanted = np.asarray((credit["carrier"] == "heat") & (credit["role"] == "demand"))
    demand = amounts[wanted].groupby("place_id")["amount"].sum()
    supply = amounts[_gives_heat(credit)].groupby("place_id")["amount"].sum()
    both = demand.index.intersection(supply.index)
    return pd.Series(np.minimum(demand[both], supply[both]), index=both, dtype=float)


def _clients(credit: pd.DataFrame) -> pd.DataFrame:
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


def _question(
    carrier: Carrier,
    clients: pd.DataFrame,
    hubs: pd.DataFrame,
    own: pd.Series[float],
    assumptions: Assumptions,
    co2_cost_model: str,
) -> NetworkProblem:
    mine = clients.loc[clients["carrier"] == carrier, ["place_id", "amount", "worth"]]
    if carrier == "heat":
        mine = mine.assign(amount=mine["amount"] - mine["place_id"].map(own).astype(float).fillna(0.0))
    return NetworkProblem(
        mine[mine["amount"] > 0.0],
        hubs[hubs["carrier"] == carrier],
        _price(carrier, assumptions, co2_cost_model),
        assumptions.value(carrier, "max_distance", "km"),
    )
