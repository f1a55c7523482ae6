"""Tables of needs for the reader: sums per sector, cluster and year, the needs of a place, and every need."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from infraplan.core import NEED_CARRIERS, begin, name_unit, records, translate_word
from infraplan.reports.listings import (
    describe_condition,
    name_carrier,
    name_specifications,
)
from infraplan.reports.study_tables import begin_sectors, begin_words, replace_words
from infraplan.study import Study, clusters_of, name_places

# carrier and role
Kind = tuple[str, str]
UNITS = ("unit", "peak_unit")
SECTORS = ("sector", "process")
WORDS = ("role", "band", "activity_basis")


@dataclass(frozen=True)
class PlaceNeed:
    """A need of one place in words: its kind, amount with range, peak, and conditions of delivery."""

    carrier: str
    role: str
    process: str
    pathway: str
    band: str
    amount: float
    amount_low: float
    amount_high: float
    unit: str
    peak: float
    peak_unit: str
    condition: str


def sum_by_kind(needed: pd.DataFrame) -> dict[Kind, float]:
    """Return the amount of each carrier and role."""
    return {
        (str(carrier), str(role)): float(rows["amount"].sum())
        for (carrier, role), rows in needed.groupby(["carrier", "role"])
    }


def sum_by_sector(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return the amounts per sector, by title in alphabetical order, a column per carrier and role."""
    titled = _spread(needed, "sector").rename(index=lambda word: begin(study.titles.name_sector(word, language)))
    return titled.sort_index()


def sum_by_cluster(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return the amounts per cluster, by name in alphabetical order, a column per carrier and role."""
    names = study.clusters.set_index("cluster_id")[f"name_{language}"]
    cluster = needed["place_id"].map(clusters_of(study))
    # a place beyond the reach of every cluster has a row of its own
    own = cluster.map(name_places(study, language=language))
    named = needed.assign(cluster=cluster.map(names).fillna(own))
    return _spread(named, "cluster").sort_index().rename(index=begin).sort_index()


def sum_by_year(needed: pd.DataFrame) -> pd.DataFrame:
    """Return the amounts per year, a column per carrier and role."""
    return _spread(needed, "year")


def _spread(needed: pd.DataFrame, key: str) -> pd.DataFrame:
    kinds = [(carrier, role) for carrier in NEED_CARRIERS for role in ("supply", "demand")]
    table = needed.pivot_table(index=key, columns=["carrier", "role"], values="amount", aggfunc="sum", fill_value=0.0)
    return table[[kind for kind in kinds if kind in table.columns]]


def list_kinds(sums: pd.DataFrame) -> list[Kind]:
    """Return carrier and role of each column of sums."""
    return [(str(kind[0]), str(kind[1])) for kind in sums.columns]


def flatten(table: pd.DataFrame) -> pd.DataFrame:
    """Return sums as a flat table: ``key`` as text, then a column ``carrier role`` for each."""
    flat = table.set_axis([f"{carrier} {role}" for carrier, role in list_kinds(table)], axis=1)
    flat.insert(0, "key", table.index.map(str))
    return flat


def sum_ranges(needed: pd.DataFrame, *, carrier: str, role: str) -> pd.DataFrame:
    """Return low, most likely and high amount of one carrier and role per sector, largest first."""
    mine = needed[(needed["carrier"] == carrier) & (needed["role"] == role)]
    columns = ["amount_low", "amount", "amount_high"]
    return mine.groupby("sector", as_index=False)[columns].sum().sort_values("amount", ascending=False)


def rank_places(study: Study, needed: pd.DataFrame, language: str) -> dict[str, str]:
    """Return the names of the places with needs by id, the largest emitter first."""
    names = name_places(study, language=language)
    largest = needed.groupby("place_id")["baseline_kt_per_a"].first().sort_values(ascending=False, kind="stable")
    return {str(place_id): str(names[place_id]) for place_id in largest.index}


def list_of_place(study: Study, needed: pd.DataFrame, place_id: str, language: str) -> list[PlaceNeed]:
    """Return the needs of a place in words, largest first within a carrier."""
    classes, titles = name_specifications(study, language), study.titles
    return [
        PlaceNeed(
            carrier=need.carrier,
            role=translate_word(need.role, language),
            process=titles.name_sector(need.process, language),
            pathway=titles.name_pathway(need.pathway, language),
            band=translate_word(need.band, language),
            amount=need.amount,
            amount_low=need.amount_low,
            amount_high=need.amount_high,
            unit=name_unit(need.unit, language),
            peak=need.peak,
            peak_unit=name_unit(need.peak_unit, language),
            condition=describe_condition(need, classes, language),
        )
        for need in records(_sort(needed[needed["place_id"] == place_id]))
    ]


def list_every(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return every need in words with the name of its place, largest first within a carrier."""
    classes, titles = name_specifications(study, language), study.titles
    table = _sort(needed)
    written = {column: begin_words(table[column], language) for column in WORDS}
    written |= {column: begin_sectors(study, table[column], language) for column in SECTORS}
    written |= {column: replace_words(table[column], lambda unit: name_unit(unit, language)) for column in UNITS}
    return table.assign(
        **written,
        name=table["place_id"].map(name_places(study, language=language)),
        condition=[begin(describe_condition(need, classes, language)) for need in records(table)],
        pathway=replace_words(table["pathway"], lambda word: begin(titles.name_pathway(word, language))),
        carrier=replace_words(table["carrier"].astype(str), lambda carrier: name_carrier(carrier, language)),
    )


def _sort(needed: pd.DataFrame) -> pd.DataFrame:
    """Sort needs by carrier in the usual order, then the largest first."""
    table = needed.assign(carrier=pd.Categorical(needed["carrier"], NEED_CARRIERS))
    return table.sort_values(["carrier", "amount"], ascending=[True, False], ignore_index=True)
