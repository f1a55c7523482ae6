"""Where the needs of a place come from: verified CO2, production, processes, pathways, factors, condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from infraplan.analysis.explanation.steps import Section, Step
from infraplan.analysis.explanation.writer import Writer
from infraplan.core import (
    HEAT_BANDS,
    KG_PER_KT,
    MWH_PER_GWH,
    NEED_CARRIERS,
    PCT,
    SECONDS_PER_HOUR,
    records,
    translate_unit,
)
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


def explain_emissions(writer: Writer, site_id: str, parts: Parts) -> Section:
    """Tell where the CO2 of a site in the year comes from, and how it splits over its processes."""
    sites, scenario = writer.study.sites, writer.scenario
    row = sites.index[sites["site_id"] == site_id][0]
    site = sites.loc[row]
    host = str(site["process_gas_of"])
    sector = str(sites.loc[sites["site_id"] == host, "sector"].iloc[0]) if host else str(site["sector"])
    index = scenario.activity_of(sector)
    cited = writer.cite_row(sites, "sites.csv", row)
    groups = _groups(parts, site_id)
    fossil = float(groups["fossil"].sum())
    steps = []
    if np.isfinite(site["co2_kt_per_a"]):
        label = writer.say("Verified fossil CO2 of {year}", year=int(site["co2_year"]) if site["co2_year"] > 0 else "?")
        steps.append(Step(label, float(site["co2_kt_per_a"]), "kt/a", source=cited, note=str(site["note"])))
    else:
        made, process = float(site["activity_kt_per_a"]), str(site["activity_of"])
        label = writer.say("Published production ({product})", product=site["product"])
        steps.append(Step(label, made, "kt/a", source=cited, note=str(site["note"])))
        steps.append(writer.number_of(f"{process}/co2_t_per_t_product", sign="×"))
    if host:
        steps.append(Step(writer.say("Burns the gas of {name}: follows its sector", name=writer.names[host])))
    was = writer.filed.activity_of(sector, scenario.year)
    steps.append(
        Step(
            writer.say("Production index of {sector} in {year}", sector=writer.name_sector(sector), year=scenario.year),
            index,
            "-",
            sign="×",
            source=writer.cite_scenario(f"activity.{sector}", changed=was != index),
            changed=writer.say("was {old}", old=writer.number(was)) if was != index else "",
        )
    )
    steps.append(Step(writer.say("Fossil CO2 of the site, without any measure"), fossil, "kt/a", sign="="))
    biogenic = float(groups["biogenic"].sum())
    if biogenic > 0.0:
        label = writer.say("Biogenic CO2 beside it (never counted as avoided)")
        steps.append(Step(label, biogenic, "kt/a", source=cited))
    steps += _list_split(writer, groups, fossil)
    return Section(writer.say("CO2 of the site in {year}", year=scenario.year), tuple(steps))


def _groups(parts: Parts, site_id: str) -> pd.DataFrame:
    mine = parts.rows[parts.rows["place_id"] == site_id]
    return mine.drop_duplicates("process").sort_values("fossil", ascending=False)


def _list_split(writer: Writer, groups: pd.DataFrame, whole: float) -> Iterator[Step]:
    """Tell which part of the CO2 each process has."""
    table = writer.study.processes
    for group in records(groups):
        found = table.index[(table["owner"] == group.split_of) & (table["process"] == group.process)]
        source = (
            writer.cite_row(table, "processes.csv", found[0]) if len(found) else writer.say("the sector is one process")
        )
        note = str(table.loc[found[0], "note"]) if len(found) else ""
        text = "of it {process}: {share} %"
        if group.biogenic > 0.0:
            text = "of it {process}: {share} % of the fossil, {other} % of the biogenic CO2"
        label = writer.say(
            text,
            process=writer.name_sector(group.process),
            share=writer.number(PCT * group.process_share),
            other=writer.number(PCT * group.biogenic_share),
        )
        yield Step(label, group.fossil + group.biogenic, "kt/a", sign="·", source=source, note=note)


def explain_pathways(writer: Writer, site_id: str, parts: Parts, processes: list[str]) -> Iterator[Section]:
    """Tell per process which pathways it follows, and what projects changed."""
    mine = parts.rows[parts.rows["place_id"] == site_id]
    scenario, filed = writer.scenario, writer.filed
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
            said = [_describe_move(writer, move) for move in records(trail)]
            steps.append(
                Step(
                    writer.name_pathway(way),
                    final,
                    "-",
                    source=writer.cite_scenario(f"pathways.{process}", changed=old != new),
                    note="; ".join(said),
                    changed=writer.say("was {old}", old=writer.number(old)) if old != new else "",
                )
            )
        steps.append(Step(writer.say("together"), float(sum(step.value or 0.0 for step in steps)), "-", sign="="))
        title = writer.say(
            "Pathways of {process} in {year}: shares of its CO2",
            process=writer.name_sector(process),
            year=scenario.year,
        )
        yield Section(title, tuple(steps))


def _describe_move(writer: Writer, move: Any) -> str:
    """Say which project moved a share, from what to what, and why."""
    project: Any = writer.study.projects.set_index("project_id").loc[move.project_id]
    effects = writer.study.project_effects
    own = move.pathway in set(effects.loc[effects["project_id"] == move.project_id, "pathway"])
    text = "{project} ({status}): from {before} to {after}"
    if own and move.after > move.before:
        text = "{project} ({status}) captures up to {amount} kt/a at all its sites together: from {before} to {after}"
    elif own and move.after == 0.0:
        text = "{project} ({status}) does not go ahead, or not yet: from {before} to {after}"
    return writer.say(
        text,
        project=project["name"],
        status=writer.word(project["status"]),
        amount=writer.number(project["effect_amount"]),
        before=writer.number(move.before),
        after=writer.number(move.after),
    )


def order_needs(needed: pd.DataFrame) -> list[Any]:
    """Return needs in the order in which they are told."""
    ordered = needed.assign(first=needed["carrier"].map(_CARRIER_ORDER), then=needed["band"].map(_BAND_ORDER))
    return list(records(ordered.sort_values(["first", "role", "then", "process", "pathway"])))


def explain_needs(writer: Writer, needed: pd.DataFrame, parts: Parts) -> Iterator[Section]:
    """Tell how each need of a site (rows of one place of the table of needs) is calculated."""
    for need in order_needs(needed):
        mine = parts.rows[parts.rows["place_id"] == need.place_id]
        for column in _KIND:
            mine = mine[mine[column] == getattr(need, column)]
        # residual heat is one need, summed over the pathways of its process
        if not (need.carrier == "heat" and need.role == "supply"):
            mine = mine[mine["pathway"] == need.pathway]
        yield _explain_need(writer, need, mine)


def _explain_need(writer: Writer, need: Any, parts: pd.DataFrame) -> Section:
    unit, factor_unit = translate_unit(need.unit), _FACTOR_UNITS[need.carrier]
    summed = len(parts) > 1
    steps: list[Step] = []
    for part in records(parts.sort_values("pathway")):
        formula = {"formula": writer.write(part.formula), "filled": writer.mention(part.formula)}
        if summed:
            product = " × ".join(writer.number(number) for number in (part.of, part.share, part.mode))
            label = f"{writer.name_pathway(part.pathway)}: {product}"
            steps.append(Step(label, part.amount, unit, part.amount_low, part.amount_high, "+", **formula))
            continue
        share = writer.say("share of it that goes: {pathway}", pathway=writer.name_pathway(need.pathway))
        steps += [
            Step(
                writer.say("CO2 of {process}", process=writer.name_sector(need.process)),
                part.of,
                "kt/a",
                note=_say_base(writer, part),
            ),
            Step(share, part.share, "-", sign="×"),
            Step(writer.say("factor"), part.mode, factor_unit, part.low, part.high, "×", **formula),
        ]
    total = Step(writer.say("need"), need.amount, unit, need.amount_low, need.amount_high, sign="=")
    steps = [*steps, total, _describe_peak(writer, need), *_list_condition(writer, need)]
    way = writer.name_sector(need.process) if summed else writer.name_way(need.process, need.pathway)
    return Section(f"{_title(writer, need)} · {way}", tuple(steps))


def _title(writer: Writer, need: Any) -> str:
    kind = writer.say(_TITLES[need.carrier, need.role])
    return f"{kind} {writer.word(need.band)}" if need.band else kind


def explain_result(writer: Writer, needed: pd.DataFrame) -> Section:
    """Tell the needs of a place in short; the sections below explain them."""
    steps = []
    groups: Any = needed.groupby(["carrier", "role", "band"])
    for (carrier, role, band), mine in groups:
        title = _title(writer, next(records(mine)))
        low, mode, high = (float(mine[name].sum()) for name in ("amount_low", "amount", "amount_high"))
        steps.append(
            (
                _CARRIER_ORDER[carrier],
                role,
                _BAND_ORDER[band],
                Step(title, mode, translate_unit(mine["unit"].iloc[0]), low, high),
            )
        )
    title = writer.say("Needs in {year}: most likely, low to high", year=writer.scenario.year)
    return Section(title, tuple(step for *_, step in sorted(steps, key=lambda row: row[:3])))


def _say_base(writer: Writer, part: Any) -> str:
    """Say which CO2 a need is calculated from."""
    if part.biogenic_too and part.biogenic > 0.0:
        return writer.say(
            "fossil {fossil} and biogenic {biogenic} kt/a: capture takes both",
            fossil=writer.number(part.fossil),
            biogenic=writer.number(part.biogenic),
        )
    if part.activity_basis == PUBLIC and not part.biogenic_too:
        intensity = f"{part.process}/co2_t_per_t_product"
        writer.mention(intensity)
        made = writer.number(part.activity_kt_per_a)
        return writer.say("published production of {made} kt/a, at capacity, × {key}", made=made, key=intensity)
    return ""


def _describe_peak(writer: Writer, need: Any) -> Step:
    """Tell the peak, and the numbers that it follows from."""
    subject = "heat_area" if need.kind == "heat_area" else subjects_of(need.process, need.pathway)
    formula = needs.look_up_peak(writer.assumptions, subject).formula
    per_s = KG_PER_KT / SECONDS_PER_HOUR if need.carrier == "co2" else MWH_PER_GWH
    times = f"{writer.number(need.amount)} × {{}} × {writer.number(per_s)}"
    return Step(
        writer.say("peak"),
        need.peak,
        translate_unit(need.peak_unit),
        sign="·",
        formula=times.format(writer.write(formula)),
        filled=times.format(writer.mention(formula)),
    )


def _list_condition(writer: Writer, need: Any) -> Iterator[Step]:
    """Tell in which condition the need is handed over, and who says so."""
    if need.spec_id:
        table = writer.study.specifications
        row = table.index[table["spec_id"] == need.spec_id][0]
        spec = table.loc[row]
        parts = [str(spec[f"class_{writer.language}"])]
        for column, text in (
            ("purity_percent", "≥ {value} %"),
            ("pressure_bar", "{value} bar"),
            ("temperature_degc", "{value} °C"),
        ):
            if np.isfinite(spec[column]) and (column == "temperature_degc" or spec[column] > 0.0):
                parts.append(text.format(value=writer.number(float(spec[column]))))
        parts += [writer.word(str(spec["phase"]))] if spec["phase"] else []
        if spec["voltage_kv"]:
            parts.append(f"{spec['voltage_kv']} kV")
        source = writer.cite_row(table, "specifications.csv", row)
        yield Step(
            writer.say("handed over as: {condition}", condition=" · ".join(parts)),
            source=source,
            note=str(spec["note"]),
        )
    if need.substation:
        label = writer.say("nearest substation: {name}", name=need.substation)
        yield Step(
            label, need.substation_km, "km", note=writer.say("in a straight line; says nothing of free capacity")
        )


def explain_area(writer: Writer, need: Any) -> Section:
    """Tell where the heat demand of a heat area comes from."""
    areas = writer.study.heat_areas
    row = areas.index[areas["area_id"] == need.place_id][0]
    area, source = areas.loc[row], writer.cite_row(areas, "heat_areas.csv", row)
    steps = []
    if np.isfinite(area["heat_demand_gwh_per_a"]):
        steps.append(
            Step(writer.say("Published heat demand"), float(area["heat_demand_gwh_per_a"]), "GWh/a", source=source)
        )
    else:
        keys = ("heat_area/heat_per_person", "heat_area/connectable_share")
        people = Step(writer.say("Inhabitants"), float(area["population"]), "", source=source, note=str(area["note"]))
        steps += [people, *(writer.number_of(key, sign="×") for key in keys)]
        steps.append(Step(writer.say("MWh per GWh"), MWH_PER_GWH, "", sign="÷"))
    total = Step(writer.say("need"), need.amount, "GWh/a", need.amount_low, need.amount_high, sign="=")
    return Section(_title(writer, need), (*steps, total, _describe_peak(writer, need), *_list_condition(writer, need)))
