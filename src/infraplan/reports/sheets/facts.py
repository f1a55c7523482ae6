"""Facts for the sheets of one corridor, of the needs of one carrier and of a comparison: plain tables.

Words in these tables are in the reader's language. Each amount has its unit beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

CHANGES = ("came", "grew", "same", "shrank", "went")


@dataclass(frozen=True)
class CorridorFacts:
    """Facts of one corridor of a plan.

    Attributes
    ----------
    corridor_id
        Corridor.
    year
        Year of the plan.
    years
        Years with a column in ``users``.
    users
        carrier, place_id, name, amount (flow in ``year``), unit, one column per year of ``years`` (need of the place
        in that year), co2_kt_per_a (size of the disc [kt/a]), geometry (points).
    hubs
        carrier, hub_id, name, gives (True if flow leaves there), amount, unit.
    pipes
        carrier, dn_mm, pipes, length_km, flow, unit, capex_meur, cost_meur_per_a.
    along_route
        kind (crosses, through or follows), name, count, length_km, names.
    position
        Heading and text per line on the corridor's position in the plan.
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
    """Supply and demand of one carrier in one year.

    Attributes
    ----------
    carrier
        Carrier.
    year
        Year of the plan.
    unit
        Unit of the amounts.
    places
        place_id, name, sector, role, amount_low, amount, amount_high, geometry (points).
    sectors, clusters
        name, role, amount_low, amount, amount_high, largest first.
    conditions
        role, condition, places, amount.
    years
        year, role, amount.
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
    """Two plans on one map, and the figures of up to four variants.

    Attributes
    ----------
    before, after
        Names of the plans.
    segments
        carrier, change (one of ``CHANGES``), flow_before, flow_after, geometry.
    sites
        site_id, name, co2_kt_per_a, change ("came", "same" or "went" if a plan connects the site, else empty),
        geometry (points).
    hubs
        hub_id, name, carrier, role, flow_before, flow_after, geometry (points).
    corridors
        name, change, rank_before, rank_after, co2_avoided_kt_per_a_before, co2_avoided_kt_per_a_after,
        capex_meur_before, capex_meur_after.
    totals
        figure, unit, before, after, delta.
    figures
        figure, unit, then one column per variant; the sheet translates the English names of the figures.
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
