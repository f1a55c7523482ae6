"""Explanation: where a need of a place or a figure of a corridor comes from, back to the rows of the study.

Nothing is calculated a second time here. An explanation shows the parts that needs, worth and costs were summed from
(``needs.take_apart``, ``abatement.keep_account``, the segments and price lists of the plan).
"""

from __future__ import annotations

from infraplan.analysis.explanation.corridors import CorridorWriter
from infraplan.analysis.explanation.money import explain_investment, explain_prices, explain_yearly_cost
from infraplan.analysis.explanation.names import check_word, find_place, list_corridor_words
from infraplan.analysis.explanation.sites import (
    explain_area,
    explain_emissions,
    explain_needs,
    explain_pathways,
    explain_result,
)
from infraplan.analysis.explanation.steps import Explanation, Section, Step
from infraplan.analysis.explanation.worth import explain_fate, explain_worth
from infraplan.analysis.explanation.writer import Writer
from infraplan.core import CARRIERS
from infraplan.demand import estimate_needs, keep_account, take_apart
from infraplan.plan import Plan
from infraplan.study import Case

__all__ = [
    "Explanation",
    "Section",
    "Step",
    "check_word",
    "explain_corridor",
    "explain_place",
    "find_place",
    "list_corridor_words",
]


def explain_place(
    case: Case,
    place_id: str,
    *,
    carrier: str | None = None,
    plan: Plan | None = None,
    language: str = "en",
) -> Explanation:
    """Tell where the needs of a site or heat area come from, what they are worth, and what became of them.

    Parameters
    ----------
    case : study and scenario.
    place_id : site or heat area.
    carrier : tell of this one only, electricity included.
    plan : of the same case. Without one the explanation does not say who is joined.
    language : of the reader, "en" or "nl".
    """
    writer = Writer(case, language)
    everything = estimate_needs(case)
    needed = everything[everything["place_id"] == place_id]
    shown = needed if carrier is None else needed[needed["carrier"] == carrier]
    sections = [explain_result(writer, shown)] if len(shown) else [_explain_nothing(writer, place_id, carrier)]
    if place_id in set(writer.study.sites["site_id"]) and len(needed):
        parts = take_apart(case)
        sections.append(explain_emissions(writer, place_id, parts))
        sections += explain_pathways(writer, place_id, parts, list(dict.fromkeys(shown["process"])))
        sections += explain_needs(writer, shown, parts)
    sections += [explain_area(writer, need) for need in shown[shown["kind"] == "heat_area"].itertuples(index=False)]
    credit, account = keep_account(everything, case.assumptions, case.scenario, case.scenario.year)
    for name in CARRIERS:
        if name not in set(shown["carrier"]):
            continue
        sections += explain_worth(writer, place_id, name, credit, account)
        if plan is not None:
            sections.append(explain_fate(writer, plan, place_id, name, credit))
    sections += [writer.list_numbers(), writer.list_changes(), writer.list_sources()]
    return writer.finish(writer.names[place_id], writer.about, sections)


def _explain_nothing(writer: Writer, place_id: str, carrier: str | None) -> Section:
    """Say why a place has no need to explain."""
    scenario, sites = writer.scenario, writer.study.sites.set_index("site_id")
    if place_id in scenario.sites_off:
        why = writer.say("It is switched off in this scenario.")
    elif place_id in sites.index and sites.loc[place_id, "cluster"] in scenario.clusters_off:
        why = writer.say("Its cluster takes no part in this scenario (clusters_off).")
    elif carrier is not None:
        why = writer.say("It has no need of this carrier in this scenario and year.")
    else:
        why = writer.say(
            "It has no needs: no public figure of its CO2, production or heat, or no pathway that needs any."
        )
    return Section(writer.say("No needs"), (Step(why),))


def explain_corridor(plan: Plan, corridor_id: str, *, carrier: str | None = None, language: str = "en") -> Explanation:
    """Tell where the figures of a corridor come from: users, pipes, investment, yearly cost, the four CO2 figures.

    Parameters
    ----------
    plan : has the corridor.
    corridor_id : id of one of its corridors.
    carrier : tell the pipes of this one only.
    language : of the reader, "en" or "nl".
    """
    writer = Writer(plan.case, language)
    strip = plan.corridors.strips.set_index("corridor_id").loc[corridor_id]
    corridor = CorridorWriter(writer, plan, corridor_id)
    sections: list[Section] = [corridor.explain_result(), corridor.explain_co2()]
    for one in corridor.carriers():
        if carrier not in (None, one):
            continue
        stations = corridor.explain_stations(one)
        sections += [corridor.explain_users(one), corridor.explain_pipes(one), *([stations] if stations else [])]
        sections += [corridor.explain_hubs(one), explain_prices(corridor, one)]
    sections += [
        explain_investment(corridor),
        explain_yearly_cost(corridor),
        writer.list_changes(),
        writer.list_sources(),
    ]
    rank = writer.say("rank {rank}", rank=corridor.row["rank"])
    name = writer.name_corridor(strip["cluster_a"], strip["cluster_b"])
    return writer.finish(f"{name} ({corridor_id})", f"{writer.about}, {rank}", sections)
