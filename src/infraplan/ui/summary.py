"""Grouping for display: the same rows, gathered as a screen shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd

from infraplan.core import ANNUAL_UNIT, CARRIERS, NEED_CARRIERS, PCT, Scenario
from infraplan.plan import Plan
from infraplan.reports import plan_tables, sheet_facts
from infraplan.study import Study, clusters_of, name_places

PLACE_COLUMNS = ["carrier", "name", "amount", "unit", "reason", "break_even_co2_value_eur_per_t"]
# told on paper in the same words
list_pipes, sum_crossings = sheet_facts.list_pipes, sheet_facts.sum_crossings


def list_rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, their cells by name."""
    yield from table.itertuples(index=False)


def label_places(places: pd.DataFrame, column: str) -> dict[str, str]:
    """Names by id, in alphabetical order; a name that two places bear gets its id."""
    twice = places["name"].duplicated(keep=False)
    label = places["name"].where(~twice, places["name"] + " (" + places[column] + ")")
    return dict(sorted(zip(places[column], label, strict=True), key=lambda pair: pair[1].casefold()))


def to_percent(share: float) -> int:
    """A share as whole percents."""
    return round(PCT * share)


def to_exact_percent(share: float) -> float:
    """A share as percents and parts of them."""
    return PCT * share


def to_share(percent: float) -> float:
    """Percents as a share."""
    return percent / PCT


def name_layers(study: Study, language: str) -> dict[str, str]:
    """Titles of the layers by their id."""
    return {entry.id: getattr(entry, f"title_{language}") for entry in study.stack.entries}


def list_first_places(study: Study, scenario: Scenario) -> dict[str, gpd.GeoDataFrame]:
    """Sites and hubs that take part in a scenario, as frames of a map in WGS84."""
    sites = study.sites[study.inside(study.sites) & ~study.sites["cluster"].isin(scenario.clusters_off)]
    frames = {"sites": sites.to_crs("EPSG:4326")}
    return frames | dict.fromkeys(("corridors", "hubs"), frames["sites"].iloc[:0])


def list_users(plan: Plan, corridor_id: str, language: str) -> pd.DataFrame:
    """Who sends how much of what to or from which hub through a corridor, largest first."""
    users = plan.corridors.users
    mine = users[users["corridor_id"] == corridor_id]
    names = name_places(plan.study, language=language)
    table = pd.DataFrame(
        {
            "carrier": pd.Categorical(mine["carrier"], CARRIERS),
            "name": mine["place_id"].map(names),
            "hub": mine["hub_id"].map(names),
            "amount": mine["amount"],
            "unit": mine["carrier"].map(ANNUAL_UNIT),
            "gives": mine["carrier"] == "co2",
        }
    )
    return table.sort_values(["carrier", "amount", "name"], ascending=[True, False, True])


def total(plan: Plan) -> dict[str, float]:
    """Totals of a plan over its carriers, of the columns of the ranking."""
    columns = ("co2_avoided_assigned_kt_per_a", "capex_meur", "cost_meur_per_a")
    return {"corridors": float(len(plan.ranked))} | {name: float(plan.ranked[name].sum()) for name in columns}


def list_networks(plan: Plan) -> pd.DataFrame:
    """One row per carrier of a plan: who is joined, how much flows, how long and how dear it is."""
    rows = plan_tables.sum_networks(plan)
    return pd.DataFrame(
        [
            {
                "carrier": carrier,
                "amount": row[f"amount_{ANNUAL_UNIT[carrier]}"],
                **row,
                "unit": ANNUAL_UNIT[carrier],
            }
            for carrier, row in rows.items()
        ]
    )


def list_left_out(plan: Plan, language: str) -> pd.DataFrame:
    """What is not joined, by name, the ones nearest to joining first."""
    table = plan_tables.left_out_table(plan)
    table["name"] = table["place_id"].map(name_places(plan.study, language=language))
    return table[PLACE_COLUMNS].sort_values(
        ["break_even_co2_value_eur_per_t", "amount"], ascending=[True, False], ignore_index=True
    )


def list_needs(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Every need with the name of its place, largest first within a carrier."""
    table = needed.assign(
        name=needed["place_id"].map(name_places(study, language=language)),
        carrier=pd.Categorical(needed["carrier"], NEED_CARRIERS),
    )
    return table.sort_values(["carrier", "amount"], ascending=[True, False], ignore_index=True)


def sum_by_sector(needed: pd.DataFrame) -> pd.DataFrame:
    """Amounts per sector, one column per carrier and role."""
    return _spread(needed, "sector").sort_index()


def sum_by_cluster(study: Study, needed: pd.DataFrame, language: str) -> pd.DataFrame:
    """Amounts per cluster, one column per carrier and role."""
    names = study.clusters.set_index("cluster_id")[f"name_{language}"]
    cluster = needed["place_id"].map(clusters_of(study))
    # a place beyond the reach of every cluster stands for itself
    own = cluster.map(name_places(study, language=language))
    return _spread(needed.assign(cluster=cluster.map(names).fillna(own)), "cluster").sort_index()


def sum_by_year(needed: pd.DataFrame) -> pd.DataFrame:
    """Amounts per year, one column per carrier and role."""
    return _spread(needed, "year")


def _spread(needed: pd.DataFrame, key: str) -> pd.DataFrame:
    kinds = [(c, r) for c in NEED_CARRIERS for r in ("supply", "demand")]
    table = needed.pivot_table(index=key, columns=["carrier", "role"], values="amount", aggfunc="sum", fill_value=0.0)
    return table[[kind for kind in kinds if kind in table.columns]]


def sum_by_place(study: Study, needed: pd.DataFrame, *, carrier: str, role: str, language: str) -> pd.DataFrame:
    """One carrier and role per place, with longitude and latitude [deg], largest first."""
    mine = needed[(needed["carrier"] == carrier) & (needed["role"] == role)]
    table = mine.groupby(["place_id", "sector", "unit"], as_index=False)["amount"].sum()
    places = pd.concat(
        [
            study.sites.rename(columns={"site_id": "place_id"})[["place_id", "name", "lon", "lat"]],
            study.heat_areas.rename(columns={"area_id": "place_id"})[["place_id", "name", "lon", "lat"]],
        ]
    )
    places["name"] = study.spell(places["name"], language)
    return table.merge(places, on="place_id").sort_values("amount", ascending=False, ignore_index=True)


def sum_by_kind(needed: pd.DataFrame) -> pd.Series[float]:
    """Amounts per carrier and role."""
    return needed.groupby(["carrier", "role"])["amount"].sum()


def search(table: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """Rows in which a part of a word stands somewhere."""
    if not wanted.strip():
        return table
    part = wanted.strip().casefold()
    found = [any(part in str(cell).casefold() for cell in row) for row in list_rows(table)]
    return table.loc[found]


def sum_ranges(needed: pd.DataFrame, *, carrier: str, role: str) -> pd.DataFrame:
    """Low, most likely and high amount of one carrier and role per sector, largest first."""
    mine = needed[(needed["carrier"] == carrier) & (needed["role"] == role)]
    columns = ["amount_low", "amount", "amount_high"]
    return mine.groupby("sector", as_index=False)[columns].sum().sort_values("amount", ascending=False)
