"""What a need is worth at the gate, and its place in the plan: joined by which pipes, or left out and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from infraplan.analysis.explanation.steps import Section, Step
from infraplan.analysis.explanation.writer import Writer
from infraplan.core import ANNUAL_UNIT, M_PER_KM, Network, records, translate_unit
from infraplan.demand import CLIENT_ROLE, Account, abatement, own_heat
from infraplan.plan import Plan

_ITEMS = {
    "stack": "taken away at the stack",
    "leak": "lost between stack and store",
    "transport": "emitted by liquefaction, ship or line, and injection",
    "steam": "emitted by the extra steam of capture",
    "origin": "emitted by making and bringing the hydrogen (mix of the year)",
    "pumping": "emitted by the power that pumps the heat",
    "heat_source": "emitted at the sources of the heat (their mean)",
    "power": "emitted by the power that it needs",
    "removal": "paid for biogenic CO2 that is captured",
    "capture": "capture, all in, at the gate",
    "gas": "gas saved",
    "coal": "coal saved",
    "support": "support for low-carbon hydrogen",
    "conversion": "conversion of the plant",
    "bought_power": "power bought beside the hydrogen",
    "boiler": "gas of the boiler saved",
    "home_boiler": "gas of the homes' boilers saved",
    "station": "exchanger station",
    "moving": "power to pump the heat",
    "retail": "grid fees and margin saved",
    "distribution": "local network",
    "source": "exchangers and controls at the source",
}
_NEGLIGIBLE = 1e-9


def explain_worth(
    writer: Writer, place_id: str, carrier: str, credit: pd.DataFrame, account: Account
) -> Iterator[Section]:
    """Tell what each stream of a client avoids and is worth at the gate, and the mean of all."""
    mine = credit[
        (credit["place_id"] == place_id) & (credit["carrier"] == carrier) & (credit["role"] == CLIENT_ROLE[carrier])
    ]
    for number, row in zip(mine.index, records(mine), strict=True):
        yield _explain_stream(writer, row, account, int(number))
    if len(mine) > 1:
        unit = _unit(carrier)
        steps = [
            Step(
                writer.name_way(row.process, row.pathway),
                row.worth_eur_per_unit,
                f"EUR/{unit}",
                sign="·",
                note=f"{writer.number(row.amount)} {_amount_unit(carrier)}",
            )
            for row in records(mine)
        ]
        mean = float((mine["worth_eur_per_unit"] * mine["amount"]).sum() / mine["amount"].sum())
        note = writer.say(
            "The place joins with all streams or none at this mean: a cheap stream may carry a costly one."
        )
        steps.append(Step(writer.say("mean worth at the gate, by amount"), mean, f"EUR/{unit}", sign="=", note=note))
        yield Section(writer.say("Worth of all streams together"), tuple(steps))


def _unit(carrier: str) -> str:
    return "t" if carrier == "co2" else "MWh"


def _amount_unit(carrier: str) -> str:
    return translate_unit(ANNUAL_UNIT[carrier])


def _explain_stream(writer: Writer, row: Any, account: Account, number: int) -> Section:
    unit, year = _unit(row.carrier), writer.scenario.year
    value = writer.scenario.co2_value()
    filed = writer.filed.co2_value(year)
    avoided = account.avoided.T[number] / row.amount
    per_co2 = account.per_co2.T[number].drop("avoided")
    steps = [*_list_items(writer, row, avoided, f"t/{unit}")]
    steps.append(Step(writer.say("CO2 avoided per {unit}", unit=unit), row.avoided_t_per_unit, f"t/{unit}", sign="="))
    steps += _list_items(writer, row, per_co2, f"t/{unit}")
    steps.append(
        Step(
            writer.say("CO2 value"),
            value,
            "EUR/t",
            sign="×",
            source=writer.cite_scenario("co2_value_eur_per_t", changed=filed != value),
            changed=writer.say("was {old}", old=writer.number(filed)) if filed != value else "",
        )
    )
    saved = row.worth_per_co2_value * value
    steps.append(Step(writer.say("worth of the avoided CO2"), saved, f"EUR/{unit}", sign="="))
    steps += _list_items(writer, row, account.fixed.T[number], f"EUR/{unit}")
    worth = writer.say("worth at the gate: what hub and pipes may cost at most")
    steps.append(Step(worth, row.worth_eur_per_unit, f"EUR/{unit}", sign="="))
    title = writer.say("Worth of {way}", way=writer.name_way(row.process, row.pathway))
    return Section(f"{title}, {writer.number(row.amount)} {_amount_unit(row.carrier)}", tuple(steps))


def _list_items(writer: Writer, row: Any, items: pd.Series[float], unit: str) -> Iterator[Step]:
    """Tell the items of an account that are not 0, each with the numbers it is made of."""
    for item, value in items.items():
        if abs(value) <= _NEGLIGIBLE:
            continue
        rate = abatement.rate_of(
            str(item),
            process=row.process,
            pathway=row.pathway,
            assumptions=writer.assumptions,
            year=writer.scenario.year,
        )
        sign, label = "+" if value > 0.0 else "−", writer.say(_ITEMS[str(item)])
        if rate is None:
            yield Step(label, abs(value), unit, sign=sign)
            continue
        times = abs(value) / rate.value
        if len(rate.keys) == 1 and np.isclose(times, 1.0):
            paper = writer.number_of(rate.keys[0])
            note = ": ".join(filter(None, (paper.label, paper.note)))
            yield Step(
                label,
                abs(value),
                unit,
                paper.low,
                paper.high,
                sign,
                source=paper.source,
                note=note,
                changed=paper.changed,
            )
            continue
        before = "" if np.isclose(times, 1.0) else f"{writer.number(times)} × "
        yield Step(
            label,
            abs(value),
            unit,
            rate.low * times,
            rate.high * times,
            sign,
            formula=before + writer.write(rate.formula),
            filled=before + writer.mention(rate.formula),
        )


def explain_fate(writer: Writer, plan: Plan, place_id: str, carrier: str, credit: pd.DataFrame) -> Section:
    """Tell by which pipes a place is joined and what that leaves, or why it is left out and what would join it."""
    network = plan.networks.get(carrier)
    title = writer.say("In the plan: {carrier}", carrier=writer.word(carrier))
    if network is None:
        return Section(title, (Step(writer.say("The scenario plans no pipes for it.")),))
    steps = [*_list_own_heat(writer, credit, place_id, carrier)]
    steps += _list_joins(writer, plan, network, place_id)
    steps += _list_left_out(writer, plan, place_id, carrier)
    steps += _list_served(writer, network, place_id)
    return Section(title, tuple(steps) or (Step(writer.say("Nothing to join.")),))


def _list_own_heat(writer: Writer, credit: pd.DataFrame, place_id: str, carrier: str) -> Iterator[Step]:
    own = float(own_heat(credit).get(place_id, 0.0)) if carrier == "heat" else 0.0
    if own > 0.0:
        yield Step(writer.say("uses its own residual heat first"), own, "GWh/a")


def _list_joins(writer: Writer, plan: Plan, network: Network, place_id: str) -> Iterator[Step]:
    unit, carrier = _unit(network.carrier), network.carrier
    joins = network.joins[network.joins["place_id"] == place_id]
    if joins.empty:
        return
    segments = network.segments.set_index("edge")
    corridor_of = dict(zip(plan.corridors.segments["edge"], plan.corridors.segments["corridor_id"], strict=True))
    ends = plan.corridors.strips.set_index("corridor_id")[["cluster_a", "cluster_b"]]
    worth = _worth_of(plan, place_id, carrier)
    hubs = plan.hubs[plan.hubs["carrier"] == carrier].set_index("hub_id")
    for join in records(joins):
        hub = writer.names.get(join.hub_id, join.hub_id)
        label = writer.say("joined to {hub}", hub=hub)
        yield Step(label, join.amount, _amount_unit(carrier), sign="=")
        edges = list(join.edges)
        way = list(dict.fromkeys(corridor_of[edge] for edge in edges))
        names = " → ".join(writer.name_corridor(*ends.loc[one]) for one in way)
        kilometres = float(segments.loc[edges, "length_m"].sum()) / M_PER_KM if edges else 0.0
        if edges:
            sizes = segments.loc[edges, "dn_mm"]
            thin, thick = writer.number(float(sizes.min())), writer.number(float(sizes.max()))
            text = (
                "by {corridors}; pipes DN {thin} to DN {thick}" if thin != thick else "by {corridors}; pipes DN {thin}"
            )
            through = writer.say(text, corridors=names, thin=thin, thick=thick)
            yield Step(through, kilometres, "km", sign="·")
        cost = float(hubs.loc[join.hub_id, "unit_cost"])
        yield Step(writer.say("worth at the gate"), worth, f"EUR/{unit}", sign="·")
        yield Step(
            writer.say("cost of the hub and all behind it"),
            cost,
            f"EUR/{unit}",
            sign="−",
            source=_cite_hub(writer, join.hub_id),
        )
        yield Step(writer.say("left to pay the pipes with"), worth - cost, f"EUR/{unit}", sign="=")


def _worth_of(plan: Plan, place_id: str, carrier: str) -> float:
    mine = plan.credit[(plan.credit["place_id"] == place_id) & (plan.credit["carrier"] == carrier)]
    mine = mine[mine["role"] == CLIENT_ROLE[carrier]]
    return float((mine["worth_eur_per_unit"] * mine["amount"]).sum() / mine["amount"].sum())


def _cite_hub(writer: Writer, hub_id: str) -> str:
    hubs = writer.study.hubs
    found = hubs.index[hubs["hub_id"] == hub_id]
    return writer.cite_row(hubs, "hubs.csv", found[0]) if len(found) else writer.say("a site with residual heat")


def _list_left_out(writer: Writer, plan: Plan, place_id: str, carrier: str) -> Iterator[Step]:
    unit = _unit(carrier)
    out = plan.left_out[(plan.left_out["place_id"] == place_id) & (plan.left_out["carrier"] == carrier)]
    for row in records(out):
        yield Step(
            writer.say("left out: {reason}", reason=writer.word(row.reason)),
            row.amount,
            _amount_unit(carrier),
            sign="=",
        )
        yield Step(writer.say("worth at the gate now"), _worth_of(plan, place_id, carrier), f"EUR/{unit}", sign="·")
        if np.isfinite(row.break_even_worth):
            label = writer.say("cheapest way to a hub, hub included: joining pays from this worth")
            yield Step(label, row.break_even_worth, f"EUR/{unit}", sign="·")
        if np.isfinite(row.break_even_co2_value_eur_per_t):
            label = writer.say(
                "CO2 value from which it joins, now {value}", value=writer.number(plan.scenario.co2_value())
            )
            yield Step(label, row.break_even_co2_value_eur_per_t, "EUR/t", sign="=")
        elif np.isfinite(row.break_even_worth):
            yield Step(writer.say("no CO2 value makes it join: it avoids no fossil CO2"), sign="=")


def _list_served(writer: Writer, network: Network, place_id: str) -> Iterator[Step]:
    """Tell whom a site with residual heat serves."""
    served = network.joins[network.joins["hub_id"] == place_id]
    if len(served):
        names = ", ".join(sorted({writer.names.get(place, place) for place in served["place_id"]}))
        yield Step(
            writer.say("serves {names}", names=names),
            float(served["amount"].sum()),
            _amount_unit(network.carrier),
            sign="=",
        )
