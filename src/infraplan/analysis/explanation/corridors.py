"""Where the numbers of a corridor come from: users, pipes, pressures, stations, hubs, the four CO2 figures."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd

from infraplan.analysis.explanation.steps import Section, Step
from infraplan.analysis.explanation.writer import Writer
from infraplan.appraisal import ranking
from infraplan.core import ANNUAL_UNIT, EUR_PER_MEUR, M_PER_KM, Carrier, PipePrice, records, translate_unit
from infraplan.engineering import hydraulics
from infraplan.plan import Plan

_DESIGN = {
    "co2": ("inlet_pressure", "outlet_pressure", "design_length", "max_velocity", "load_factor"),
    "h2": ("inlet_pressure", "outlet_pressure", "design_length", "max_velocity", "load_factor"),
    "heat": ("supply_temperature", "return_temperature", "gradient", "max_velocity", "load_factor"),
}


def list_groups(table: pd.DataFrame, *keys: str) -> list[tuple[Any, pd.DataFrame]]:
    """Return the groups of a table by their keys, in their order."""
    return [(key, group) for key, group in table.groupby(list(keys))]


class CorridorWriter:
    """Explains one corridor of a plan."""

    def __init__(self, writer: Writer, plan: Plan, corridor_id: str) -> None:
        self.writer, self.plan, self.corridor_id = writer, plan, corridor_id
        segments = plan.corridors.segments
        mine = pd.DataFrame(segments[segments["corridor_id"] == corridor_id].drop(columns="geometry"))
        edges = plan.routes.edges
        number = mine["edge"].to_numpy(dtype=np.int64)
        mine["weighted_m"] = edges.weighted_m[number]
        mine["crossing_eur"] = edges.crossing_eur[number]
        running = plan.operation.segments[["carrier", "edge", "inlet_bar", "outlet_bar", "velocity_m_per_s"]]
        self.segments = mine.merge(running, on=["carrier", "edge"], how="left")
        self.row: Any = plan.ranking.set_index("corridor_id").loc[corridor_id]

    def carriers(self) -> list[Carrier]:
        """Carriers of the corridor, in the usual order."""
        here = set(self.segments["carrier"])
        return [carrier for carrier in get_args(Carrier) if carrier in here]

    def price(self, carrier: str) -> PipePrice:
        """Price list that the pipes were chosen from."""
        return self.plan.basis.network_problems[carrier].price

    def explain_result(self) -> Section:
        """Tell the figures of the corridor in short; the sections below explain them."""
        writer, row = self.writer, self.row
        strip = self.plan.corridors.strips.set_index("corridor_id").loc[self.corridor_id]
        figures = (
            (writer.say("CO2 avoided, last in"), row["co2_avoided_kt_per_a"], "kt/a"),
            (writer.say("investment"), row["capex_meur"], "M EUR"),
            (writer.say("yearly cost of the pipes"), row["cost_meur_per_a"], "M EUR/a"),
            (writer.say("pipe cost per tonne"), row["cost_eur_per_t"], "EUR/t"),
            (writer.say("length"), strip["length_km"], "km"),
            (writer.say("users"), row["users"], ""),
        )
        return Section(writer.say("In short"), tuple(Step(label, float(value), unit) for label, value, unit in figures))

    def explain_users(self, carrier: str) -> Section:
        """Tell who uses it, with how much of what, to or from which hub."""
        writer, users = self.writer, self.plan.corridors.users
        mine = users[(users["corridor_id"] == self.corridor_id) & (users["carrier"] == carrier)]
        unit, text = translate_unit(ANNUAL_UNIT[carrier]), "to {hub}:" if carrier == "co2" else "from {hub}:"
        sums = mine.groupby("hub_id")["amount"].sum().sort_values(ascending=False, kind="stable")
        steps = []
        for hub_id in sums.index:
            steps.append(Step(writer.say(text, hub=writer.names.get(hub_id, hub_id))))
            rows = mine[mine["hub_id"] == hub_id].sort_values(["amount", "place_id"], ascending=[False, True])
            steps += [
                Step(writer.names.get(row.place_id, row.place_id), row.amount, unit, sign="+") for row in records(rows)
            ]
        label = writer.say("flows that use the corridor (not all meet in one pipe)")
        steps.append(Step(label, float(mine["amount"].sum()), unit, sign="="))
        return Section(self._title("Who uses it", carrier), tuple(steps))

    def _title(self, text: str, carrier: str) -> str:
        return f"{self.writer.say(text)}: {self.writer.word(carrier)}"

    def explain_pipes(self, carrier: Carrier) -> Section:
        """Tell why each pipe is no thinner, and the pressure in it."""
        writer, price = self.writer, self.price(carrier)
        unit = translate_unit(price.unit)
        steps = []
        mine = self.segments[self.segments["carrier"] == carrier]
        for (dn_mm, pipes), group in reversed(list_groups(mine, "dn_mm", "pipes")):
            size = int(np.searchsorted(price.dn_mm, dn_mm - 1e-9))
            label = writer.say(
                "DN {dn} over {km} km: largest flow",
                dn=writer.number(dn_mm),
                km=writer.number(group["length_m"].sum() / M_PER_KM),
            )
            pressures = writer.say(
                "pressure {high} bar at most, {low} bar at least; {fast} m/s at most",
                high=writer.number(group[["inlet_bar", "outlet_bar"]].max().max()),
                low=writer.number(group[["inlet_bar", "outlet_bar"]].min().min()),
                fast=writer.number(group["velocity_m_per_s"].max()),
            )
            if (group["flow"] <= 0.0).any():
                pressures += writer.say("; where nothing flows it lies because a drawn line must be passed")
            steps.append(
                Step(
                    label,
                    float(group["flow"].max()),
                    unit,
                    float(group["flow"].min()),
                    float(group["flow"].max()),
                    note=pressures,
                )
            )
            carries = float(price.capacity_per_a[size]) * pipes
            many = writer.say("{count} pipes of DN {dn} carry", count=pipes, dn=writer.number(dn_mm))
            one = writer.say("DN {dn} carries", dn=writer.number(dn_mm))
            steps.append(Step(many if pipes > 1 else one, carries, unit, sign="·"))
            if size > 0:
                thinner = writer.say(
                    "the next thinner, DN {dn}, would carry only", dn=writer.number(float(price.dn_mm[size - 1]))
                )
                steps.append(Step(thinner, float(price.capacity_per_a[size - 1]) * pipes, unit, sign="·"))
        subject = hydraulics.SUBJECTS[carrier]
        steps.append(Step(writer.say("what a pipe carries in a year follows from")))
        steps += writer.numbers_of(f"{subject}/{parameter}" for parameter in _DESIGN[carrier])
        return Section(self._title("Why these pipes", carrier), tuple(steps))

    def explain_stations(self, carrier: str) -> Section | None:
        """Tell the boosters and pump stations of the corridor, and what keeps the pressure up."""
        table = self.plan.operation.boosters
        mine = table[
            (table["carrier"] == carrier)
            & table["edge"].isin(self.segments.loc[self.segments["carrier"] == carrier, "edge"])
        ]
        if mine.empty:
            return None
        writer = self.writer
        steps = []
        for row in records(mine):
            label = writer.say(
                "{station}: from {low} to {high} bar",
                station=row.booster_id,
                low=writer.number(row.suction_bar),
                high=writer.number(row.discharge_bar),
            )
            note = writer.say(
                "{capex} M EUR, {annual} M EUR/a with power; the cost of the corridor has an allowance instead",
                capex=writer.number(row.capex_eur / EUR_PER_MEUR),
                annual=writer.number(row.annual_eur / EUR_PER_MEUR),
            )
            steps.append(Step(label, row.power_mw, "MW", note=note))
        return Section(self._title("Stations", carrier), tuple(steps))

    def explain_hubs(self, carrier: str) -> Section:
        """Tell where the flow leaves or enters, with room and cost."""
        writer, unit = self.writer, translate_unit(ANNUAL_UNIT[carrier])
        users = self.plan.corridors.users
        mine = users[(users["corridor_id"] == self.corridor_id) & (users["carrier"] == carrier)]
        table = self.plan.hubs[self.plan.hubs["carrier"] == carrier].set_index("hub_id")
        all_flow = self.plan.networks[carrier].joins.groupby("hub_id")["amount"].sum()
        study = writer.study.hubs
        steps = []
        for hub_id in sorted(set(mine["hub_id"])):
            found = study.index[study["hub_id"] == hub_id]
            cited = (
                writer.cite_row(study, "hubs.csv", found[0]) if len(found) else writer.say("a site with residual heat")
            )
            capacity, flow = float(table.loc[hub_id, "capacity"]), float(all_flow[hub_id])
            note = writer.say(
                "cost {cost} EUR/{unit}; room for {capacity}",
                cost=writer.number(float(table.loc[hub_id, "unit_cost"])),
                unit="t" if carrier == "co2" else "MWh",
                capacity=writer.number(capacity),
            )
            label = writer.say("{hub}: all that goes through it", hub=writer.names.get(hub_id, hub_id))
            steps.append(Step(label, flow, unit, source=cited, note=note))
        return Section(self._title("Hubs", carrier), tuple(steps))

    def _bring(self) -> dict[str, tuple[float, float]]:
        """Return what arrives by each carrier with all corridors and without this one [kt/a]."""
        plan, basis = self.plan, self.plan.basis
        laid = ranking.lay_out(
            plan.corridors, plan.networks, candidates=plan.routes, hubs=basis.hubs, prices=basis.prices
        )
        year = ranking.read_year(basis.clients, basis.hubs)
        # a carrier's pipes may form several separate networks
        brought: dict[str, tuple[float, float]] = {}
        for lines in laid:
            arrivals, here = lines.send(year), lines.corridor == self.corridor_id
            whole, rest = (float(arrivals.bring(built)[0]) for built in (np.ones(len(here), dtype=bool), ~here))
            before = brought.get(lines.carrier, (0.0, 0.0))
            brought[lines.carrier] = before[0] + whole, before[1] + rest
        return brought

    def explain_co2(self) -> Section:
        """Tell the four CO2 figures, and the marginal one as with minus without the corridor."""
        writer, steps, brought = self.writer, list[Step](), self._bring()
        for carrier in self.carriers():
            everything, without = brought.get(carrier, (0.0, 0.0))
            name = writer.word(carrier)
            steps.append(
                Step(
                    writer.say("{carrier}: avoided when all corridors stand", carrier=name),
                    everything,
                    "kt/a",
                    sign="+",
                )
            )
            note = writer.say("what still arrives by other pipes, as far as these and the hubs have room")
            steps.append(
                Step(
                    writer.say("{carrier}: avoided without this one", carrier=name),
                    without,
                    "kt/a",
                    sign="−",
                    note=note,
                )
            )
        row = self.row
        view = writer.say("in the view of {view}", view=writer.word(writer.scenario.co2_view))
        steps.append(
            Step(
                writer.say("last in (marginal): ranks the corridors"),
                float(row["co2_avoided_kt_per_a"]),
                "kt/a",
                sign="=",
                note=view,
            )
        )
        others = (
            (
                "co2_avoided_assigned_kt_per_a",
                "assigned",
                "each flow's tonnes shared equally by the corridors on its way",
            ),
            ("co2_avoided_first_in_kt_per_a", "first in", "what arrives at a hub were this the only corridor built"),
            (
                "co2_avoided_gross_kt_per_a",
                "gross",
                "all that its users could avoid if their processes went these pathways whole",
            ),
        )
        steps += [
            Step(writer.say(label), float(row[column]), "kt/a", note=writer.say(about))
            for column, label, about in others
        ]
        return Section(writer.say("CO2 avoided: four figures"), tuple(steps))
