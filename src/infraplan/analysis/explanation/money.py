"""Where the money of a corridor comes from: what a metre costs, the investment, the yearly cost, the cost per tonne."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from infraplan.analysis.explanation.corridors import CorridorWriter, list_groups
from infraplan.analysis.explanation.steps import Section, Step
from infraplan.core import EUR_PER_MEUR, M_PER_KM, T_PER_KT, Carrier, records
from infraplan.engineering import costs, hydraulics

_PRICES = {
    "co2": (
        "co2_pipeline/capex_factor",
        "steel_x65/price",
        "engineering_capex/material_factor",
        "engineering_capex/labour",
        "engineering_capex/miscellaneous",
        "engineering_capex/right_of_way",
    ),
    "h2": (
        "h2_pipeline/capex_factor",
        "h2_pipeline_capex/dn500",
        "h2_pipeline_capex/dn900",
        "h2_pipeline_capex/dn1200",
    ),
    "heat": ("heat_network/capex_factor", "heat_network/capex_base", "heat_network/capex_slope"),
}
# a smaller difference is the rounding of sums
_TRIFLE_EUR = 1.0


def explain_investment(corridor: CorridorWriter) -> Section:
    """Tell what the investment is the sum of: metres x ground x price, and crossings."""
    writer, steps = corridor.writer, list[Step]()
    for carrier in corridor.carriers():
        price, mine = corridor.price(carrier), corridor.segments[corridor.segments["carrier"] == carrier]
        name = writer.word(carrier)
        laid = mine[mine["capex_eur"] > 0.0]
        for (dn_mm, pipes, factor), group in list_groups(laid, "dn_mm", "pipes", "ground_factor"):
            size = int(np.searchsorted(price.dn_mm, dn_mm - 1e-9))
            metre = float(price.capex_eur_per_m[size])
            ground = float(group["weighted_m"].sum() / group["length_m"].sum())
            beside = writer.say(" × {factor} beside another pipe", factor=writer.number(factor)) if factor < 1.0 else ""
            count = writer.say(" × {count} pipes", count=pipes) if pipes > 1 else ""
            label = writer.say(
                "{carrier} DN {dn}: {km} km × {ground} ground × {price} EUR/m",
                carrier=name,
                dn=writer.number(dn_mm),
                km=writer.number(group["length_m"].sum() / M_PER_KM),
                ground=writer.number(ground),
                price=writer.number(metre),
            )
            money = float((group["weighted_m"] * factor).sum()) * metre * pipes
            steps.append(Step(label + beside + count, money / EUR_PER_MEUR, "M EUR", sign="+"))
        steps += _list_crossings(corridor, carrier, laid)
    steps.append(Step(writer.say("investment"), float(corridor.row["capex_meur"]), "M EUR", sign="="))
    if (corridor.segments["ground_factor"] < 1.0).any():
        steps += writer.numbers_of(["shared_strip/second_pipe_factor"])
    return Section(writer.say("Investment"), tuple(steps))


def _list_crossings(corridor: CorridorWriter, carrier: str, laid: pd.DataFrame) -> Iterator[Step]:
    """Tell what the pipes of a carrier cross, per layer and size."""
    writer, price, plan = corridor.writer, corridor.price(carrier), corridor.plan
    crossed = {data["edge"]: data["crossings"] for *_, data in plan.routes.graph.edges(data=True)}
    lines = plan.ground.crossings.reset_index(drop=True)
    titles = {entry.id: getattr(entry, f"title_{writer.language}") for entry in plan.study.stack.entries}
    rows = [(row.dn_mm, row.pipes, line) for row in records(laid) for line in crossed[row.edge]]
    table = pd.DataFrame(rows, columns=["dn_mm", "pipes", "line"]).join(lines[["layer", "name", "cost_eur"]], on="line")
    for (layer, dn_mm, pipes), group in list_groups(table, "layer", "dn_mm", "pipes"):
        size = int(np.searchsorted(price.dn_mm, dn_mm - 1e-9))
        factor, reference = float(price.crossing_factor[size]), float(group["cost_eur"].sum())
        label = writer.say(
            "{carrier} DN {dn} crosses {count} × {layer}: {cost} M EUR × {factor} for the size",
            carrier=writer.word(carrier),
            dn=writer.number(dn_mm),
            count=len(group),
            layer=titles.get(layer, layer),
            cost=writer.number(reference / EUR_PER_MEUR),
            factor=writer.number(factor),
        )
        names = ", ".join(dict.fromkeys(name for name in group["name"] if name))
        yield Step(label, reference * factor * pipes / EUR_PER_MEUR, "M EUR", sign="+", note=names)


def explain_prices(corridor: CorridorWriter, carrier: Carrier) -> Section:
    """Tell what a metre of the widest pipe is made of."""
    writer, price = corridor.writer, corridor.price(carrier)
    widest = float(corridor.segments.loc[corridor.segments["carrier"] == carrier, "dn_mm"].max())
    size = int(np.searchsorted(price.dn_mm, widest - 1e-9))
    steps = []
    if carrier == "co2" and writer.scenario.co2_cost_model == costs.ENGINEERING:
        parts = costs.co2_price_parts(writer.assumptions)
        words = {
            "material": "pipe steel, coated and brought",
            "labour": "labour",
            "right_of_way": "right of way",
            "miscellaneous": "engineering, supervision, contingency",
        }
        steps += [
            Step(writer.say(words[part]), float(values[size]), "EUR/m", sign="+") for part, values in parts.items()
        ]
        steps.append(writer.number_of("co2_pipeline/capex_factor", sign="×"))
    elif carrier == "co2":
        steps.append(Step(writer.say("cost model {name}", name=writer.scenario.co2_cost_model)))
        steps.append(writer.number_of("co2_pipeline/capex_factor", sign="×"))
    label = writer.say(
        "price of DN {dn} on open ground, money of {year}",
        dn=writer.number(widest),
        year=costs.money_year(writer.assumptions),
    )
    steps.append(Step(label, float(price.capex_eur_per_m[size]), "EUR/m", sign="="))
    shown = {step.label for step in steps}
    if carrier != "co2" or writer.scenario.co2_cost_model == costs.ENGINEERING:
        steps += writer.numbers_of(
            key for key in _PRICES[carrier] if key not in shown and corridor.writer.assumptions.has(*key.split("/"))
        )
    return Section(corridor._title("What a metre costs", carrier), tuple(steps))


def explain_yearly_cost(corridor: CorridorWriter) -> Section:
    """Tell what the yearly cost is the sum of, and the cost per tonne."""
    writer, numbers, steps = corridor.writer, corridor.writer.assumptions, list[Step]()
    for carrier in corridor.carriers():
        price, mine = corridor.price(carrier), corridor.segments[corridor.segments["carrier"] == carrier]
        name, subject = writer.word(carrier), hydraulics.SUBJECTS[carrier]
        capex = float(mine["capex_eur"].sum())
        label = writer.say(
            "{carrier}: {capex} M EUR × {share} a year",
            carrier=name,
            capex=writer.number(capex / EUR_PER_MEUR),
            share=writer.number(price.crossing_annuity),
        )
        repaid = capex * price.crossing_annuity
        steps.append(Step(label, repaid / EUR_PER_MEUR, "M EUR/a", sign="+"))
        steps += writer.numbers_of(["finance/discount_rate", f"{subject}/lifetime", f"{subject}/fixed_om"])
        laid = mine[mine["capex_eur"] > 0.0]
        size = np.searchsorted(price.dn_mm, laid["dn_mm"].to_numpy(dtype=float) - 1e-9)
        metres = (laid["weighted_m"] * laid["ground_factor"] * laid["pipes"]).to_numpy(dtype=float)
        boosting = float((costs.boosting_allowance_eur_per_m(carrier, numbers)[size] * metres).sum())
        lost = float((costs.heat_loss_eur_per_m(carrier, numbers)[size] * metres).sum())
        reuse = float(mine["annual_eur"].sum()) - repaid - boosting - lost
        for text, money, tells in (
            ("{carrier}: allowance for boosting", boosting, True),
            ("{carrier}: heat lost on the way", lost, lost > 0.0),
            ("{carrier}: existing pipes in use", reuse, abs(reuse) > _TRIFLE_EUR),
        ):
            if tells:
                steps.append(Step(writer.say(text, carrier=name), money / EUR_PER_MEUR, "M EUR/a", sign="+"))
    steps.append(
        Step(writer.say("yearly cost of the pipes"), float(corridor.row["cost_meur_per_a"]), "M EUR/a", sign="=")
    )
    tonnes = float(corridor.row["co2_avoided_kt_per_a"])
    if tonnes * T_PER_KT > _TRIFLE_EUR:
        steps.append(Step(writer.say("CO2 avoided, last in"), tonnes, "kt/a", sign="÷"))
        note = writer.say("pipes only: capture, hub and storage decide who joins and are not in it")
        steps.append(
            Step(writer.say("pipe cost per tonne"), float(corridor.row["cost_eur_per_t"]), "EUR/t", sign="=", note=note)
        )
    return Section(writer.say("Yearly cost"), tuple(steps))
