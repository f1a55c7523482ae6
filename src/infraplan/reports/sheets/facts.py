"""What the sheets of one corridor, of the needs of one carrier and of a comparison tell: plain tables.

Words in these tables are in the reader's language; amounts stand in the unit beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

CHANGES = ("came", "grew", "same", "shrank", "went")


@dataclass(frozen=True)
class CorridorFacts:
    """One corridor of a plan.

    users : carrier, place_id, name, amount, unit (what flows in the plan's ``year``), one column per year of ``years``
        (what the place needs then), sized by ``co2_kt_per_a`` [kt/a], geometry (points).
    hubs : carrier, hub_id, name, gives (flow leaves there), amount, unit.
    pipes : carrier, dn_mm, pipes, length_km, flow, unit, capex_meur, cost_meur_per_a.
    way : kind (crosses, through or follows), name, count, length_km, names.
    standing : pairs of a word and what is said of it.
    """

    corridor_id: str
    year: int
    years: tuple[int, ...]
    users: gpd.GeoDataFrame
    hubs: pd.DataFrame
    pipes: pd.DataFrame
    along_route: pd.DataFrame
    position: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NeedsFacts:
    """Who offers and uses one carrier in one year.

    places : place_id, name, sector, role, amount_low, amount, amount_high, geometry (points).
    sectors, clusters : name, role, places, amount_low, amount, amount_high, largest first.
    conditions : role, condition, places, amount.
    years : year, role, amount.
    """

    carrier: str
    year: int
    unit: str
    places: gpd.GeoDataFrame
    sectors: pd.DataFrame
    clusters: pd.DataFrame
    conditions: pd.DataFrame
    years: pd.DataFrame


@dataclass(frozen=True)
class ComparisonFacts:
    """Two plans laid over each other, and the figures of up to four variants.

    segments : carrier, change (one of ``CHANGES``), flow_before, flow_after, geometry.
    sites : site_id, name, co2_kt_per_a, change ("came", "same" or "went" where a plan connects the site, else
        nothing), geometry (points).
    hubs : hub_id, name, carrier, role, flow_before, flow_after, geometry (points).
    corridors : name, change, rank_before, rank_after, co2_avoided_kt_per_a_before, co2_avoided_kt_per_a_after,
        capex_meur_before, capex_meur_after.
    totals : figure, unit, before, after, delta.
    figures : figure, unit, then one column per variant; figures are English texts that the sheet translates.
    """

    before: str
    after: str
    segments: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    hubs: gpd.GeoDataFrame
    corridors: pd.DataFrame
    totals: pd.DataFrame
    figures: pd.DataFrame


Facts = CorridorFacts | NeedsFacts | ComparisonFacts
