"""What the networks are asked: who needs what, what that is worth at the gate, and where it leaves or enters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from infraplan import abatement, costs, needs
from infraplan.assumptions import Assumptions
from infraplan.errors import Problem, TableError
from infraplan.model import Carrier, PipePrice, Question, Scenario
from infraplan.study import Study, overrides
from infraplan.tables import HEAT_BANDS
from infraplan.units import M_PER_KM

_AVOIDED = (
    "avoided_kt_per_a", "avoided_system_kt_per_a", "avoided_direct_kt_per_a", "biogenic_stored_kt_per_a",
)  # fmt: skip
LOWEST_BAND = HEAT_BANDS[0]
# who rides the pipes: places that give CO2, and places that take hydrogen and heat
CLIENT_ROLE = {"co2": "supply", "h2": "demand", "heat": "demand"}


@dataclass(frozen=True)
class Asked:
    """What the networks must serve: needs, what serving them is worth, hubs, and a question per carrier."""

    assumptions: Assumptions
    needs: pd.DataFrame
    credit: pd.DataFrame
    hubs: pd.DataFrame
    clients: pd.DataFrame
    questions: Mapping[str, Question]

    @property
    def prices(self) -> dict[str, PipePrice]:
        """The price list of each carrier."""
        return {carrier: question.price for carrier, question in self.questions.items()}


@dataclass(frozen=True)
class Weighed:
    """Needs of one year, what serving them is worth, hubs, and one row per place and carrier to serve."""

    needs: pd.DataFrame
    credit: pd.DataFrame
    hubs: pd.DataFrame
    clients: pd.DataFrame
    own_heat: pd.Series[float]


def ask(study: Study, scenario: Scenario, *, needed: pd.DataFrame | None = None) -> Asked:
    """Say what the networks must serve: who needs what, what that is worth, and where it leaves or enters.

    ``needed`` is the table of ``estimate_needs``, if that is known already.
    """
    assumptions = study.assumptions.with_values(overrides(scenario))
    now = weigh(study, scenario, scenario.year, needed=needed)
    questions: dict[str, Question] = {
        c: _question(c, now.clients, now.hubs, now.own_heat, assumptions, scenario.co2_cost_model)
        for c in scenario.carriers
    }
    return Asked(assumptions, now.needs, now.credit, now.hubs, now.clients, questions)


def force(
    questions: Mapping[str, Question], scenario: Scenario, lines: Sequence[frozenset[int]]
) -> dict[str, Question]:
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


def weigh(study: Study, scenario: Scenario, year: int, *, needed: pd.DataFrame | None = None) -> Weighed:
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
    return Weighed(needed, credit, _list_hubs(study, then, credit, own), _clients(credit), own)


def estimate_needs(study: Study, scenario: Scenario) -> pd.DataFrame:
    """Estimate who needs what in the scenario's year; sites and areas of clusters that are off take no part."""
    study = study.as_asked(scenario)
    assumptions = study.assumptions.with_values(overrides(scenario))
    cluster_of = clusters_of(study)
    on = _taking_part(study, scenario)
    areas = study.heat_areas
    areas = areas[~areas["area_id"].map(cluster_of).isin(scenario.clusters_off)]
    needed = needs.estimate(on, areas, assumptions, scenario, scenario.year, detail=describe(study, scenario))
    return needs.specify(
        needed,
        study.specifications,
        places=list_places(study),
        substations=study.substations,
        assumptions=assumptions,
    )


def take_apart(study: Study, scenario: Scenario) -> needs.Parts:
    """Return what the needs of the sites in the scenario's year are summed from (see ``needs.take_apart``)."""
    study = study.as_asked(scenario)
    assumptions = study.assumptions.with_values(overrides(scenario))
    on, detail = _taking_part(study, scenario), describe(study, scenario)
    return needs.take_apart(on, assumptions, scenario, scenario.year, detail=detail)


def _taking_part(study: Study, scenario: Scenario) -> gpd.GeoDataFrame:
    """Return the sites of the clusters that take part."""
    return study.sites[~study.sites["cluster"].isin(scenario.clusters_off)]


def check_detail(study: Study) -> list[Problem]:
    """Return what is wrong with the processes, specifications and project effects of a study."""
    known, families = needs.sectors(study.assumptions), needs.families_of(study.pathways)
    return [
        *needs.check_processes(study.processes, study.sites, known),
        *needs.check_specifications(study.specifications, known, tuple(families)),
        *needs.check_effects(study.project_effects, known, families),
    ]


def describe(study: Study, scenario: Scenario) -> needs.Detail:
    """Return what the study knows beyond its sectors: processes, named pathways, and projects that go ahead.

    Raises
    ------
    TableError
        With everything that is wrong with these tables.
    """
    problems = check_detail(study)
    if problems:
        raise TableError(problems)
    study = study.as_asked(scenario)
    projects = study.projects.set_index("project_id")
    effects = study.project_effects
    of = projects.reindex(effects["project_id"])
    captures = (of["effect_carrier"] == "co2").to_numpy()
    effects = effects.assign(
        cap_kt_per_a=of["effect_amount"].where(captures).to_numpy(dtype=float),
        from_year=of["first_year"].to_numpy(dtype=float),
    )
    effects["from_year"] = effects["from_year"].fillna(effects["first_year"])
    measures = needs.Measures(effects, study.going_ahead(scenario))
    return needs.Detail(study.processes, needs.families_of(study.pathways), measures)


def list_places(study: Study) -> gpd.GeoDataFrame:
    """Return place_id and point of every site and heat area."""
    frames = ((study.sites, "site_id"), (study.heat_areas, "area_id"))
    places = [frame.rename(columns={key: "place_id"})[["place_id", "geometry"]] for frame, key in frames]
    return gpd.GeoDataFrame(pd.concat(places, ignore_index=True), crs=study.sites.crs)


def sum_needs(needed: pd.DataFrame) -> pd.DataFrame:
    """Sum needs per sector, carrier, role and temperature band: low, most likely and high amount, and places."""
    keys = ["sector", "carrier", "role", "band", "unit"]
    return needed.groupby(keys, as_index=False).agg(
        places=("place_id", "nunique"),
        amount_low=("amount_low", "sum"),
        amount=("amount", "sum"),
        amount_high=("amount_high", "sum"),
    )


def needs_by_year(study: Study, scenario: Scenario) -> pd.DataFrame:
    """Estimate the needs at every milestone of the study and in the scenario's year."""
    years = sorted({*study.settings.milestones, scenario.year})
    tables = [estimate_needs(study, scenario.changed(year=year)) for year in years]
    return pd.concat(tables, ignore_index=True)


def total_needs(study: Study, needed: pd.DataFrame) -> pd.DataFrame:
    """Sum needs per sector, cluster, carrier, role and year.

    Parameters
    ----------
    needed : table of ``needs_by_year`` or ``estimate_needs``.

    Returns
    -------
    year, sector, cluster, carrier, role, unit, peak_unit, places, amount_low, amount, amount_high [unit],
    peak [peak_unit], biogenic_kt_per_a [kt/a] (of CO2), sorted by these keys.
    """
    keys = ["year", "sector", "cluster", "carrier", "role", "unit", "peak_unit"]
    table = needed.assign(cluster=needed["place_id"].map(clusters_of(study)))
    return table.groupby(keys, as_index=False).agg(
        places=("place_id", "nunique"),
        amount_low=("amount_low", "sum"),
        amount=("amount", "sum"),
        amount_high=("amount_high", "sum"),
        peak=("peak", "sum"),
        biogenic_kt_per_a=("biogenic_kt_per_a", "sum"),
    )


def name_places(study: Study, *, language: str = "") -> pd.Series[str]:
    """Names of sites, heat areas and hubs by their id; as the tables write them without a language."""
    frames = ((study.sites, "site_id"), (study.heat_areas, "area_id"), (study.hubs, "hub_id"))
    names = pd.Series(pd.concat([frame.set_index(key)["name"] for frame, key in frames]), dtype=object)
    return study.spell(names, language)


def corridor_names(study: Study, *, language: str) -> Callable[[str, str], str]:
    """Return a function that names the corridor between two clusters (or hubs that stand for themselves)."""
    clusters = study.clusters.set_index("cluster_id")
    names = name_places(study, language=language)
    column = f"short_{language}" if f"short_{language}" in clusters else "short_en"

    def short(place: str) -> str:
        if place in clusters.index:
            return str(clusters.loc[place, column])
        return str(names.get(place, place))

    return lambda a, b: short(a) if a == b else " - ".join(sorted((short(a), short(b))))


def clusters_of(study: Study) -> dict[str, str]:
    """Cluster of every place: a site's own, and the nearest for its size of hubs and heat areas.

    A hub beyond the reach of every cluster stands for itself.
    """
    cluster_of = dict(zip(study.sites["site_id"], study.sites["cluster"], strict=True))
    for frame, key in ((study.hubs, "hub_id"), (study.heat_areas, "area_id")):
        for place_id, near in zip(frame[key], study.clusters_near(list(frame.geometry)), strict=True):
            cluster_of[place_id] = near or str(place_id)
    return cluster_of


def cluster_radii(study: Study) -> dict[str, float]:
    """Typical radius [m] of each cluster."""
    radius_m = study.clusters["radius_km"] * M_PER_KM
    return dict(zip(study.clusters["cluster_id"], radius_m, strict=True))


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
) -> Question:
    mine = clients.loc[clients["carrier"] == carrier, ["place_id", "amount", "worth"]]
    if carrier == "heat":
        mine = mine.assign(amount=mine["amount"] - mine["place_id"].map(own).astype(float).fillna(0.0))
    return Question(
        mine[mine["amount"] > 0.0],
        hubs[hubs["carrier"] == carrier],
        _price(carrier, assumptions, co2_cost_model),
        assumptions.value(carrier, "max_distance", "km"),
    )
