"""Needs and projects as lists in the reader's language: words, conditions, tables with headings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from infraplan.core import (
    CARRIER_STYLE,
    InfraplanError,
    Problem,
    Scenario,
    format_number,
    name_unit,
    records,
    translate,
    translate_word,
)
from infraplan.demand import Fall, sum_needs
from infraplan.study import Case, Study, list_places, name_places

SEPARATOR = " · "
# title and table
Listing = tuple[str, pd.DataFrame]


def name_specifications(study: Study, language: str) -> dict[str, str]:
    """Return the names of the study's quality classes, by id."""
    return dict(zip(study.specifications["spec_id"], study.specifications[f"class_{language}"], strict=True))


def name_carrier(carrier: str, language: str) -> str:
    """Return the carrier's word; an unknown carrier keeps its key."""
    return translate(CARRIER_STYLE[carrier].label, language) if carrier in CARRIER_STYLE else carrier


def name_carriers(listed: str, language: str) -> str:
    """Return the words of a comma list of carriers."""
    return ", ".join(name_carrier(carrier, language) for carrier in listed.split(",") if carrier)


def describe_condition(need: Any, classes: dict[str, str], language: str) -> str:
    """Describe in one line the condition in which a need is handed over; empty if nothing is known.

    Parameters
    ----------
    need
        Row of ``needs.specify``.
    classes
        Names of the quality classes (``name_specifications``).
    language
        Language of the line.
    """
    parts = [classes.get(need.spec_id, need.specification)]
    if need.purity_percent > 0.0:
        parts.append(f"≥ {format_number(need.purity_percent, language, 0 if need.purity_percent % 1 == 0 else 1)} %")
    if need.pressure_bar > 0.0:
        parts.append(f"{format_number(need.pressure_bar, language)} bar")
    if not math.isnan(need.temperature_degc):
        parts.append(f"{format_number(need.temperature_degc, language)} °C")
    parts += [translate_word(word, language) for word in (need.phase, need.use) if word]
    if need.voltage_kv:
        parts.append(f"{need.voltage_kv} kV")
    if need.substation:
        parts.append(f"{need.substation} ({format_number(need.substation_km, language, 1)} km)")
    return SEPARATOR.join(part for part in parts if part)


def refuse_unknown_place(study: Study, needed: pd.DataFrame, place: str) -> pd.DataFrame:
    """Return the needs of one place.

    Raises
    ------
    InfraplanError
        If the study has no such place.
    """
    if place not in set(list_places(study)["place_id"]):
        raise InfraplanError(Problem("place.unknown", file="--place", value=place))
    return needed[needed["place_id"] == place]


def list_needs(case: Case, table: pd.DataFrame, *, totals: bool, place: str | None, language: str) -> Iterator[Listing]:
    """Yield the tables of the command ``needs``: sums with their conditions, totals per cluster, or one place."""
    study, scenario = case.study, case.scenario
    about = f"{getattr(scenario, f'title_{language}')}, {scenario.year}"
    if totals:
        yield translate("Totals of the needs", language) + f", {about}", _list_totals(study, table, language)
    elif place is not None:
        name = name_places(study, language=language)[place]
        yield f"{name}: {translate('Needs', language)}, {about}", list_place(study, table, language)
    else:
        title = translate("Needs in {year}, scenario {name}, low / most likely / high", language, year=scenario.year,
                          name=scenario.name)  # fmt: skip
        sums = sum_needs(table)
        sums = _list_words(_list_sectors(study, sums, language), ("carrier", "role", "band", "unit"), language)
        yield title, _head(sums, language)
        yield translate("In which condition", language) + f", {about}", _list_conditions(study, table, language)


def list_place(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return every need of a place with its range, peak, pathway and condition."""
    classes, titles = name_specifications(study, language), study.titles
    rows = [
        {
            "carrier": translate_word(need.carrier, language),
            "role": translate_word(need.role, language),
            "process": titles.name_sector(need.process, language),
            "pathway": titles.name_pathway(need.pathway, language),
            "band": translate_word(need.band, language),
            "amount_low": need.amount_low,
            "amount": need.amount,
            "amount_high": need.amount_high,
            "unit": name_unit(need.unit, language),
            "peak": need.peak,
            "peak_unit": name_unit(need.peak_unit, language),
            "specification": describe_condition(need, classes, language),
        }
        for need in records(needed)
    ]
    return _head(pd.DataFrame(rows), language)


def _list_conditions(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    classes = name_specifications(study, language)
    kept = needed.assign(substation="")
    keys = ["carrier", "role", "spec_id", "unit"]
    groups = kept[kept["spec_id"] != ""].groupby(keys, sort=True)
    rows = []
    for _, mine in groups:
        first: Any = next(records(mine))
        rows.append(
            {
                "carrier": translate_word(first.carrier, language),
                "role": translate_word(first.role, language),
                "specification": describe_condition(first, classes, language),
                "places": mine["place_id"].nunique(),
                "amount": float(mine["amount"].sum()),
                "unit": name_unit(first.unit, language),
            }
        )
    return _head(pd.DataFrame(rows), language)


def _list_totals(study: Study, totals: pd.DataFrame, language: str) -> pd.DataFrame:
    keys = ["sector", "cluster", "carrier", "role", "unit"]
    wide = totals.pivot_table(index=keys, columns="year", values="amount", aggfunc="sum", fill_value=0.0).reset_index()
    wide.columns = [str(column) for column in wide.columns]
    clusters = study.clusters.set_index("cluster_id")[f"name_{language}"]
    wide["cluster"] = wide["cluster"].map(clusters).fillna(wide["cluster"])
    return _head(_list_words(_list_sectors(study, wide, language), ("carrier", "role", "unit"), language), language)


def list_projects(table: pd.DataFrame, scenario: Scenario, *, language: str) -> Iterator[Listing]:
    """Yield the list of projects: status, year, requirements, and what depends on each."""
    yes, no = translate("yes", language), translate("no", language)
    shown = pd.DataFrame(
        {
            "project_id": table["project_id"],
            "status": [translate(status, language) for status in table["status"]],
            "first_year": _years(table["first_year"]),
            "goes_ahead": [yes if ahead else no for ahead in table["goes_ahead"]],
            "depends_on": table["depends_on"],
            "falls_too": table["falls_too"],
            "hubs": table["hubs"],
            "sites": table["sites"],
            "co2_kt_per_a": table["co2_kt_per_a"].round(1),
            "h2_gwh_per_a": table["h2_gwh_per_a"].round(1),
        }
    )
    title = translate("Projects, and what would be missing in {year} without them", language, year=scenario.year)
    yield title, _head(shown, language)


def list_fall(fall: Fall, scenario: Scenario, off: Sequence[str], *, language: str) -> Iterator[Listing]:
    """Yield what is lost when projects are cancelled: projects, hubs and needs."""
    condition = f"{', '.join(off)}, {scenario.year}"
    projects = fall.projects.assign(
        status=[translate(status, language) for status in fall.projects["status"]],
        first_year=_years(fall.projects["first_year"]),
    )
    hubs = _list_words(fall.hubs, ("carrier", "unit"), language)
    moved = _list_words(fall.needs, ("carrier", "role", "unit"), language)
    yield f"{translate('Projects that fall with', language)} {condition}", _head(projects, language)
    yield f"{translate('Hubs that fall with', language)} {condition}", _head(hubs, language)
    yield f"{translate('Needs that change without', language)} {condition}", _head(moved, language)


HEADS = {
    "sector": "Sector", "cluster": "Cluster", "carrier": "Carrier", "role": "Role", "band": "Temperature",
    "unit": "Unit", "places": "Places", "amount_low": "Low", "amount": "Most likely", "amount_high": "High",
    "process": "Process", "pathway": "Pathway", "peak": "Peak", "peak_unit": "Unit of peak",
    "specification": "Specification", "project_id": "Project", "status": "Status", "first_year": "First year",
    "goes_ahead": "Goes ahead", "depends_on": "Depends on", "falls_too": "Falls with it", "hubs": "Hubs",
    "sites": "Sites", "co2_kt_per_a": "CO2 [kt/a]", "h2_gwh_per_a": "Hydrogen [GWh/a]", "name": "Name",
    "hub_id": "Hub", "capacity": "Capacity", "place_id": "Place", "with_projects": "With", "without": "Without",
    "change": "Change",
}  # fmt: skip


def _list_sectors(study: Study, frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return a table with the titles of the sectors in their place."""
    return frame.assign(sector=[study.titles.name_sector(word, language) for word in frame["sector"]])


def _list_words(frame: pd.DataFrame, columns: Sequence[str], language: str) -> pd.DataFrame:
    """Return a table with the program's words of some columns as the reader has them."""
    tell = {"unit": name_unit}
    return frame.assign(**{c: [tell.get(c, translate_word)(word, language) for word in frame[c]] for c in columns})


def _head(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """Replace the column names with words for the reader."""
    heads = {column: translate(HEADS[column], language) for column in frame.columns if column in HEADS}
    return frame.rename(columns=heads)


def _years(column: pd.Series[float]) -> pd.Series[str]:
    """Format years without thousands separator."""
    return column.map(lambda year: "" if pd.isna(year) else f"{year:.0f}")
