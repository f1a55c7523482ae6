"""Where the needs of a place come from: verified CO2, production, processes, pathways, factors, condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from infraplan.analysis.explanation.steps import Section, Step
from infraplan.analysis.explanation.telling import Teller
from infraplan.core import HEAT_BANDS, KG_PER_KT, MWH_PER_GWH, NEED_CARRIERS, PCT, SECONDS_PER_HOUR, records, tell_unit
from infraplan.demand import PUBLIC, Parts, needs, subjects_of

_KIND = ["process", "carrier", "role", "band"]
_TITLES = {
    ("co2", "supply"): "CO2 offered",
    ("h2", "demand"): "Hydrogen used",
    ("heat", "supply"): "Residual heat offered",
    ("heat", "demand"): "Heat used",
    ("electricity", "demand"): "Electricity used, extra",
}
_CARRIER_ORDER = {carrier: number for number, carrier in enumerate(NEED_CARRIERS)}
_BAND_ORDER = {band: number for number, band in enumerate(("", *HEAT_BANDS))}
_FACTOR_UNITS = {"co2": "kt/kt", "h2": "GWh/kt", "heat": "GWh/kt", "electricity": "GWh/kt"}


def explain_emissions(tell: Teller, site_id: str, parts: Parts) -> Section:
    """Tell where the CO2 of a site in the year comes from, and how it splits over its processes."""
    sites, scenario = tell.study.sites, tell.scenario
    row = sites.index[sites["site_id"] == site_id][0]
    site = sites.loc[row]
    host = str(site["process_gas_of"])
    sector = str(sites.loc[sites["site_id"] == host, "sector"].iloc[0]) if host else str(site["sector"])
    index = scenario.activity_of(sector)
    cited = tell.cite_row(sites, "sites.csv", row)
    groups = _groups(parts, site_id)
    fossil = float(groups["fossil"].sum())
    steps = []
    if np.isfinite(site["co2_kt_per_a"]):
        label = tell.say("Verified fossil CO2 of {year}", year=int(site["co2_year"]) if site["co2_year"] > 0 else "?")
        steps.append(Step(label, float(site["co2_kt_per_a"]), "kt/a", source=cited, note=str(site["note"])))
    else:
        made, process = float(site["activity_kt_per_a"]), str(site["activity_of"])
        label = tell.say("Published production ({product})", product=site["product"])
        steps.append(Step(label, made, "kt/a", source=cited, note=str(site["note"])))
        steps.append(tell.number_of(f"{process}/co2_t_per_t_product", sign="×"))
    if host:
        steps.append(Step(tell.say("Burns the gas of {name}: follows its sector", name=tell.names[host])))
    was = tell.filed.activity_of(sector, scenario.year)
    steps.append(
        Step(
            tell.say("Production index of {sector} in {year}", sector=tell.name_sector(sector), year=scenario.year),
            index,
            "-",
            sign="×",
            source=tell.cite_scenario(f"activity.{sector}", changed=was != index),
            changed=tell.say("was {old}", old=tell.number(was)) if was != index else "",
        )
    )
    steps.append(Step(tell.say("Fossil CO2 of the site, without any measure"), fossil, "kt/a", sign="="))
    biogenic = float(groups["biogenic"].sum())
    if biogenic > 0.0:
        label = tell.say("Biogenic CO2 beside it (never counted as avoided)")
        steps.append(Step(label, biogenic, "kt/a", source=cited))
    steps += _tell_split(tell, groups, fossil)
    return Section(tell.say("CO2 of the site in {year}", year=scenario.year), tuple(steps))


def _groups(parts: Parts, site_id: str) -> pd.DataFrame:
    mine = parts.rows[parts.rows["place_id"] == site_id]
    return mine.drop_duplicates("process").sort_values("fossil", ascending=False)


def _tell_split(tell: Teller, groups: pd.DataFrame, whole: float) -> Iterator[Step]:
    """Tell which part of the CO2 each process has."""
    table = tell.study.processes
    for group in records(groups):
        found = table.index[(table["owner"] == group.split_of) & (table["process"] == group.process)]
        source = (
            tell.cite_row(table, "processes.csv", found[0]) if len(found) else tell.say("the sector is one process")
        )
        note = str(table.loc[found[0], "note"]) if len(found) else ""
        text = "of it {process}: {share} %"
        if group.biogenic > 0.0:
            text = "of it {process}: {share} % of the fossil, {other} % of the biogenic CO2"
        label = tell.say(
            text,
            process=tell.name_sector(group.process),
            share=tell.number(PCT * group.process_share),
            other=tell.number(PCT * group.biogenic_share),
        )
        yield Step(label, group.fossil + group.biogenic, "kt/a", sign="·", source=source, note=note)


def explain_pathways(tell: Teller, site_id: str, parts: Parts, processes: list[str]) -> Iterator[Section]:
    """Tell per process which pathways it follows, and what projects changed."""
    mine = parts.rows[parts.rows["place_id"] == site_id]
    scenario, filed = tell.scenario, tell.filed
    for process in processes:
        shares = mine[mine["process"] == process].drop_duplicates("pathway").set_index("pathway")["share"]
        moves = parts.moves[(parts.moves["place_id"] == site_id) & (parts.moves["process"] == process)]
        ways = [*scenario.pathways.get(process, {}), *sorted({*shares.index, *moves["pathway"]})]
        steps = []
        for way in dict.fromkeys(ways):
            new, old = scenario.share(process, way), filed.share(process, way, scenario.year)
            trail = moves[moves["pathway"] == way]
            final = float(trail["after"].iloc[-1]) if len(trail) else new
            if final == 0.0 and new == 0.0:
                continue
            said = [_tell_move(tell, move) for move in records(trail)]
            steps.append(
                Step(
                    tell.name_pathway(way),
                    final,
                    "-",
                    source=tell.cite_scenario(f"pathways.{process}", changed=old != new),
                    note="; ".join(said),
                    changed=tell.say("was {old}", old=tell.number(old)) if old != new else "",
                )
            )
        steps.append(Step(tell.say("together"), float(sum(step.value or 0.0 for step in steps)), "-", sign="="))
        title = tell.say(
            "Pathways of {process} in {year}: shares of its CO2", process=tell.name_sector(process), year=scenario.year
        )
        yield Section(title, tuple(steps))


def _tell_move(tell: Teller, move: Any) -> str:
    """Say which project moved a share, from what to what, and why."""
    project: Any = tell.study.projects.set_index("project_id").loc[move.project_id]
    effects = tell.study.project_effects
    own = move.pathway in set(effects.loc[effects["project_id"] == move.project_id, "pathway"])
    text = "{project} ({status}): from {before} to {after}"
    if own and move.after > move.before:
        text = "{project} ({status}) captures up to {amount} kt/a at all its sites together: from {before} to {after}"
    elif own and move.after == 0.0:
        text = "{project} ({status}) does not go ahead, or not yet: from {before} to {after}"
    return tell.say(
        text,
        project=project["name"],
        status=tell.word(project["status"]),
        amount=tell.number(project["effect_amount"]),
        before=tell.number(move.before),
        after=tell.number(move.after),
    )


def order_needs(needed: pd.DataFrame) -> list[Any]:
    """Return needs in the order in which they are told."""
    ordered = needed.assign(first=needed["carrier"].map(_CARRIER_ORDER), then=needed["band"].map(_BAND_ORDER))
    return list(records(ordered.sort_values(["first", "role", "then", "process", "pathway"])))


def explain_needs(tell: Teller, needed: pd.DataFrame, parts: Parts) -> Iterator[Section]:
    """Tell how each need of a site (rows of one place of the table of needs) is calculated."""
    for need in order_needs(needed):
        mine = parts.rows[parts.rows["place_id"] == need.place_id]
        for column in _KIND:
            mine = mine[mine[column] == getattr(need, column)]
        # residual heat is one need, summed over the pathways of its process
        if not (need.carrier == "heat" and need.role == "supply"):
            mine = mine[mine["pathway"] == need.pathway]
        yield _explain_need(tell, need, mine)


def _explain_need(tell: Teller, need: Any, parts: pd.DataFrame) -> Section:
    unit, factor_unit = tell_unit(need.unit), _FACTOR_UNITS[need.carrier]
    summed = len(parts) > 1
    steps: list[Step] = []
    for part in records(parts.sort_values("pathway")):
        formula = {"formula": tell.write(part.formula), "filled": tell.mention(part.formula)}
        if summed:
            product = " × ".join(tell.number(number) for number in (part.of, part.share, part.mode))
            label = f"{tell.name_pathway(part.pathway)}: {product}"
            steps.append(Step(label, part.amount, unit, part.amount_low, part.amount_high, "+", **formula))
            continue
        share = tell.say("share of it that goes: {pathway}", pathway=tell.name_pathway(need.pathway))
        steps += [
            Step(
                tell.say("CO2 of {process}", process=tell.name_sector(need.process)),
                part.of,
                "kt/a",
                note=_say_base(tell, part),
            ),
            Step(share, part.share, "-", sign="×"),
            Step(tell.say("factor"), part.mode, factor_unit, part.low, part.high, "×", **formula),
        ]
    total = Step(tell.say("need"), need.amount, unit, need.amount_low, need.amount_high, sign="=")
    steps = [*steps, total, _tell_peak(tell, need), *_tell_condition(tell, need)]
    way = tell.name_sector(need.process) if summed else tell.name_way(need.process, need.pathway)
    return Section(f"{_title(tell, need)} · {way}", tuple(steps))


def _title(tell: Teller, need: Any) -> str:
    kind = tell.say(_TITLES[need.carrier, need.role])
    return f"{kind} {tell.word(need.band)}" if need.band else kind


def explain_result(tell: Teller, needed: pd.DataFrame) -> Section:
    """Tell the needs of a place in short; the sections below explain them."""
    steps = []
    groups: Any = needed.groupby(["carrier", "role", "band"])
    for (carrier, role, band), mine in groups:
        title = _title(tell, next(records(mine)))
        low, mode, high = (float(mine[name].sum()) for name in ("amount_low", "amount", "amount_high"))
        steps.append(
            (
                _CARRIER_ORDER[carrier],
                role,
                _BAND_ORDER[band],
                Step(title, mode, tell_unit(mine["unit"].iloc[0]), low, high),
            )
        )
    title = tell.say("Needs in {year}: most likely, low to high", year=tell.scenario.year)
    return Section(title, tuple(step for *_, step in sorted(steps, key=lambda row: row[:3])))


def _say_base(tell: Teller, part: Any) -> str:
    """Say which CO2 a need is calculated from."""
    if part.biogenic_too and part.biogenic > 0.0:
        return tell.say(
            "fossil {fossil} and biogenic {biogenic} kt/a: capture takes both",
            fossil=tell.number(part.fossil),
            biogenic=tell.number(part.biogenic),
        )
    if part.activity_basis == PUBLIC and not part.biogenic_too:
        intensity = f"{part.process}/co2_t_per_t_product"
        tell.mention(intensity)
        made = tell.number(part.activity_kt_per_a)
        return tell.say("published production of {made} kt/a, at capacity, × {key}", made=made, key=intensity)
    return ""


def _tell_peak(tell: Teller, need: Any) -> Step:
    """Tell the peak, and the numbers that it follows from."""
    subject = "heat_area" if need.kind == "heat_area" else subjects_of(need.process, need.pathway)
    formula = needs.look_up_peak(tell.assumptions, subject).formula
    per_s = KG_PER_KT / SECONDS_PER_HOUR if need.carrier == "co2" else MWH_PER_GWH
    times = f"{tell.number(need.amount)} × {{}} × {tell.number(per_s)}"
    return Step(
        tell.say("peak"),
        need.peak,
        tell_unit(need.peak_unit),
        sign="·",
        formula=times.format(tell.write(formula)),
        filled=times.format(tell.mention(formula)),
    )


def _tell_condition(tell: Teller, need: Any) -> Iterator[Step]:
    """Tell in which condition the need is handed over, and who says so."""
    if need.spec_id:
        table = tell.study.specifications
        row = table.index[table["spec_id"] == need.spec_id][0]
        spec = table.loc[row]
        parts = [str(spec[f"class_{tell.language}"])]
        for column, text in (
            ("purity_percent", "≥ {value} %"),
            ("pressure_bar", "{value} bar"),
            ("temperature_degc", "{value} °C"),
        ):
            if np.isfinite(spec[column]) and (column == "temperature_degc" or spec[column] > 0.0):
                parts.append(text.format(value=tell.number(float(spec[column]))))
        parts += [tell.word(str(spec["phase"]))] if spec["phase"] else []
        if spec["voltage_kv"]:
            parts.append(f"{spec['voltage_kv']} kV")
        source = tell.cite_row(table, "specifications.csv", row)
        yield Step(
            tell.say("handed over as: {condition}", condition=" · ".join(parts)), source=source, note=str(spec["note"])
        )
    if need.substation:
        label = tell.say("nearest substation: {name}", name=need.substation)
        yield Step(label, need.substation_km, "km", note=tell.say("in a straight line; says nothing of free capacity"))


def explain_area(tell: Teller, need: Any) -> Section:
    """Tell where the heat demand of a heat area comes from."""
    areas = tell.study.heat_areas
    row = areas.index[areas["area_id"] == need.place_id][0]
    area, source = areas.loc[row], tell.cite_row(areas, "heat_areas.csv", row)
    steps = []
    if np.isfinite(area["heat_demand_gwh_per_a"]):
        steps.append(
            Step(tell.say("Published heat demand"), float(area["heat_demand_gwh_per_a"]), "GWh/a", source=source)
        )
    else:
        keys = ("heat_area/heat_per_person", "heat_area/connectable_share")
        people = Step(tell.say("Inhabitants"), float(area["population"]), "", source=source, note=str(area["note"]))
        steps += [people, *(tell.number_of(key, sign="×") for key in keys)]
        steps.append(Step(tell.say("MWh per GWh"), MWH_PER_GWH, "", sign="÷"))
    total = Step(tell.say("need"), need.amount, "GWh/a", need.amount_low, need.amount_high, sign="=")
    return Section(_title(tell, need), (*steps, total, _tell_peak(tell, need), *_tell_condition(tell, need)))
