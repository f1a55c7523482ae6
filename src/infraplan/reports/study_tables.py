"""Tables of a study for the reader: layers, sites, hubs, projects and assumptions in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pandas as pd
from babel import Locale

from infraplan.core import (
    LOCALES,
    begin,
    format_figure,
    format_number,
    name_unit,
    records,
    translate,
    translate_word,
)
from infraplan.reports import captions
from infraplan.reports.listings import name_carrier
from infraplan.study import Study

SIGNIFICANT = 6
CLASS, DENSITY, BLOCKED, MULTIPLIER = "class:", "density:", "blocked", "multiplier"


def list_layers(study: Study, language: str) -> pd.DataFrame:
    """Return one row per layer: title, effect, age, accuracy, source and licence."""
    table = study.stack.summary()
    entries = study.stack.entries
    yes, no = translate("yes", language), translate("no", language)
    described = table.assign(
        title=[captions.localised(entry, "title", language) for entry in entries],
        vintage=[captions.localised(entry, "vintage", language) for entry in entries],
        role=begin_words(table["role"], language),
        effect=[name_effect(study, effect, language) for effect in table["effect"]],
        schematic=[yes if entry.schematic else no for entry in entries],
        note=[entry.note for entry in entries],
    )
    described["accuracy_m"] = pd.Series([entry.accuracy_m for entry in entries], dtype=float)
    return described


def list_sites(study: Study, language: str) -> pd.DataFrame:
    """Return one row per site, the largest emitter first."""
    clusters = study.clusters.set_index("cluster_id")[f"name_{language}"]
    table = pd.DataFrame(study.sites.drop(columns="geometry")).sort_values("co2_kt_per_a", ascending=False)
    return table.assign(
        name=study.spell(table["name"], language),
        municipality=study.spell(table["municipality"], language),
        sector=begin_sectors(study, table["sector"], language),
        cluster=table["cluster"].map(clusters).fillna(table["cluster"]).map(begin),
        country=replace_words(table["country"], lambda code: name_country(code, language)),
        co2_year=write_years(table["co2_year"]),
    )


def list_hubs(study: Study, language: str) -> pd.DataFrame:
    """Return one row per hub, with its capacity from the first to the last milestone, and its cost with range."""
    table = pd.DataFrame(study.hubs.drop(columns="geometry"))
    years = [f"capacity_{year}" for year in study.settings.milestones if f"capacity_{year}" in table.columns]

    def write(low: str, high: str, unit: str) -> list[str]:
        columns = (table[low], table[high], table[unit])
        return [_write_range(*cells, language) for cells in zip(*columns, strict=True)]

    return table.assign(
        name=study.spell(table["name"], language),
        carrier=replace_words(table["carrier"], lambda carrier: name_carrier(carrier, language)),
        role=replace_words(table["role"], lambda role: translate_word(role, language, "hub role")),
        status=begin_words(table["status"], language),
        first_year=write_years(table["first_year"]),
        capacity=write(years[0], years[-1], "capacity_unit") if years else "",
        cost=write("cost_mode", "cost_mode", "cost_unit"),
        cost_range=write("cost_low", "cost_high", "cost_unit"),
    )


def list_projects(study: Study, language: str) -> pd.DataFrame:
    """Return one row per project: its kind, status, first year, effect and what it depends on."""
    table = study.projects
    names = dict(zip(table["project_id"], table["name"], strict=True))
    effects = zip(table["effect_carrier"], table["effect_amount"], table["effect_unit"], strict=True)
    return table.assign(
        place=study.spell(table["place"], language),
        kind=replace_words(table["type"], lambda kind: study.titles.name_project_type(kind, language)),
        status=begin_words(table["status"], language),
        first_year=write_years(table["first_year"]),
        effect=[
            f"{name_carrier(carrier, language)} {_write_range(amount, amount, unit, language)}"
            if carrier and pd.notna(amount)
            else ""
            for carrier, amount, unit in effects
        ],
        depends_on=[", ".join(names.get(one, one) for one in ids.split()) for ids in table["depends_on"]],
    )


def list_assumptions(study: Study, language: str) -> pd.DataFrame:
    """Return one row per number: what it is about, its value and range, unit and source."""
    table = pd.DataFrame([asdict(row) for row in study.assumptions.rows.values()])
    figures = {
        column: [format_figure(value, language, SIGNIFICANT) for value in table[column]]
        for column in ("value", "low", "high")
    }
    return table.assign(
        **figures,
        about=replace_words(table["subject"], lambda key: study.titles.name_subject(key, language)),
        number=replace_words(table["parameter"], lambda key: study.titles.name_parameter(key, language)),
        unit=replace_words(table["unit"], lambda unit: name_unit(unit, language)),
        price_year=write_years(table["price_year"]),
        key=table["subject"] + "/" + table["parameter"],
    )


def name_effect(study: Study, effect: str, language: str) -> str:
    """Return the effect of a layer on the cost of pipes: its class and price factor, or that it forbids pipes."""
    if effect.startswith(DENSITY):
        return translate("Dearer with more inhabitants per km²", language)
    if not effect.startswith(CLASS):
        return translate("Forbidden ground", language) if effect == BLOCKED else effect
    subject = effect.removeprefix(CLASS)
    named = study.titles.name_subject(subject, language)
    if not study.assumptions.has(subject, MULTIPLIER):
        return named
    times = format_figure(study.assumptions.row(subject, MULTIPLIER).value, language)
    return translate("{what}: {times} × open ground", language, what=named, times=times)


def name_country(code: str, language: str) -> str:
    """Return the country of a two-letter code."""
    return str(Locale.parse(LOCALES[language]).territories.get(code, code))


def search(table: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """Return the rows with a cell that contains the text ``wanted``."""
    if not wanted.strip():
        return table
    part = wanted.strip().casefold()
    return table.loc[[any(part in str(cell).casefold() for cell in row) for row in records(table)]]


def label_sites(study: Study, language: str) -> dict[str, str]:
    """Return the names of the sites by id, in alphabetical order."""
    return _label(study.sites["site_id"], study.spell(study.sites["name"], language))


def label_hubs(study: Study, language: str) -> dict[str, str]:
    """Return the names of the hubs by id, in alphabetical order."""
    return _label(study.hubs["hub_id"], study.spell(study.hubs["name"], language))


def label_clusters(study: Study, language: str) -> dict[str, str]:
    """Return the names of the clusters by id, in alphabetical order."""
    return _label(study.clusters["cluster_id"], study.clusters[f"name_{language}"].map(begin))


def _label(ids: pd.Series[str], names: pd.Series[str]) -> dict[str, str]:
    """Return names by id, sorted; a name shared by several places gets its id."""
    labels = names.where(~names.duplicated(keep=False), names + " (" + ids + ")")
    return dict(sorted(zip(ids, labels, strict=True), key=lambda pair: pair[1].casefold()))


def replace_words(column: pd.Series[str], word: Callable[[str], str]) -> pd.Series[str]:
    """Return a column in the reader's words; each word is looked up once, since long tables repeat few words."""
    return column.map({each: word(each) for each in column.unique()})


def begin_words(column: pd.Series[str], language: str) -> pd.Series[str]:
    """Return a column in the reader's words, each with a capital."""
    return replace_words(column, lambda word: begin(translate_word(word, language)))


def begin_sectors(study: Study, column: pd.Series[str], language: str) -> pd.Series[str]:
    """Return a column of sectors or processes by their titles, each with a capital."""
    return replace_words(column, lambda word: begin(study.titles.name_sector(word, language)))


def write_years(column: pd.Series[float]) -> pd.Series[str]:
    """Return years as text without separators; "" for a missing one."""
    return column.map(lambda year: "" if pd.isna(year) else f"{year:.0f}")


def write_cell(value: Any, language: str, digits: int) -> str:
    """Return a number as text in the reader's language; a dash for a missing one."""
    return format_number(None if pd.isna(value) else float(value), language, digits)


def _write_range(low: float, high: float, unit: str, language: str) -> str:
    """Return an amount with its unit, or two if they differ; "" if none is known."""
    if math.isnan(low) or math.isnan(high):
        return ""
    named = name_unit(unit, language)
    if low == high:
        return f"{format_number(low, language)} {named}"
    ends = (format_number(end, language) for end in (low, high))
    return translate("{low} to {high} {unit}", language, **dict(zip(("low", "high"), ends, strict=True)), unit=named)
