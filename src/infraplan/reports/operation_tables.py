"""Operation tables: stations, pressures and chain costs of a plan as layers and flat tables."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan.appraisal import chain_costs
from infraplan.core import ANNUAL_UNIT, CARRIERS, EUR_PER_MEUR, M_PER_KM
from infraplan.plan import Plan

_RUNNING = {
    "inlet_bar": "inlet_pressure_bar",
    "outlet_bar": "outlet_pressure_bar",
    "inlet_degc": "inlet_temperature_degc",
    "outlet_degc": "outlet_temperature_degc",
    "velocity_m_per_s": "velocity_m_per_s",
    "loss_mw": "heat_loss_mw",
    "pump_mw": "pump_mw",
}
RUNNING_COLUMNS = tuple(_RUNNING.values())


def boosters(plan: Plan) -> gpd.GeoDataFrame:
    """Return every booster and pump station as a point, in the study's CRS."""
    table = plan.operation.boosters
    crs = plan.corridors.segments.crs
    points = gpd.GeoSeries(gpd.points_from_xy(table["x"].astype(float), table["y"].astype(float)), crs=crs)
    placed = points.to_crs("EPSG:4326")
    segment = table["carrier"].astype(str) + "-" + table["edge"].astype(str)
    corridor_of = plan.corridors.segments.set_index("segment_id")["corridor_id"] if len(table) else {}
    numbers = ("flow_kg_per_s", "suction_bar", "discharge_bar", "power_mw")
    columns: dict[str, Any] = {
        "booster_id": table["booster_id"].astype(str),
        "carrier": table["carrier"].astype(str),
        "corridor_id": segment.map(corridor_of).astype(str),
        "segment_id": segment,
        "node": table["node"].astype(int),
        "distance_km": table["distance_m"].astype(float) / M_PER_KM,
        "lon": placed.x.round(6),
        "lat": placed.y.round(6),
    }
    for carrier in CARRIERS:
        mine = table["flow"].astype(float).where(table["carrier"] == carrier)
        columns[f"{carrier}_flow_{ANNUAL_UNIT[carrier]}"] = mine
    columns |= {name: table[name].astype(float) for name in numbers}
    columns["capex_meur"] = table["capex_eur"].astype(float) / EUR_PER_MEUR
    columns["cost_meur_per_a"] = table["annual_eur"].astype(float) / EUR_PER_MEUR
    return gpd.GeoDataFrame(columns, geometry=points, crs=crs)


def with_operation(plan: Plan, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the segments with pressure at both ends, velocity and, for heat, temperature, loss and pump power."""
    keys = ["carrier", "edge"]
    running = plan.operation.segments.rename(columns=_RUNNING)
    if not len(running):
        return segments.assign(**dict.fromkeys(RUNNING_COLUMNS, np.nan))
    running = running[[*keys, *RUNNING_COLUMNS]].astype(dict.fromkeys(RUNNING_COLUMNS, float))
    return segments.merge(running, on=keys, how="left")


def nodes_table(plan: Plan) -> pd.DataFrame:
    """Return pressure, temperature and phase at every node of every network, upstream of a station there."""
    table = plan.operation.nodes
    points = gpd.GeoSeries(
        gpd.points_from_xy(table["x"].astype(float), table["y"].astype(float)), crs=plan.corridors.segments.crs
    ).to_crs("EPSG:4326")
    table = table.drop(columns=["x", "y"]).assign(lon=points.x.to_numpy(), lat=points.y.to_numpy())
    return pd.DataFrame(table.round(6))


def chain_table(plan: Plan) -> pd.DataFrame:
    """Return the cost of each link of each carrier's chain [million EUR/a, and EUR per tonne or MWh]."""
    table = plan.chain
    return pd.DataFrame(
        {
            "carrier": table["carrier"],
            "link": table["link"],
            "cost_meur_per_a": (table["annual_eur"].astype(float) / EUR_PER_MEUR).round(6),
            "cost_per_unit": table["eur_per_unit"].astype(float).round(6),
            "unit": table["unit"],
        }
    )


def reuse_table(plan: Plan) -> pd.DataFrame:
    """Return the gas lines that corridors follow, with the saving from their reuse or the reason against it."""
    table = plan.reuse
    saved = (table["saved_eur"].astype(float) / EUR_PER_MEUR).rename("saved_meur")
    return pd.DataFrame(pd.concat([table.drop(columns="saved_eur"), saved], axis=1).round(6))


def totals(plan: Plan) -> dict[str, Any]:
    """Return the figures of stations per carrier, and the allowance for boosting in the design of the networks.

    Boosting is the cost of the placed stations; for heat it is the cost of all pumping, from the source on.
    """
    table, out = plan.operation.boosters, {}
    for carrier, network in plan.networks.items():
        mine = table[table["carrier"] == carrier]
        allowed = chain_costs.boosting_allowance_eur(network, plan.routes, plan.assumptions)
        chain = plan.chain[plan.chain["carrier"] == carrier].set_index("link")
        boosting = float(chain["annual_eur"].reindex(["boosters", "pumps"]).sum()) / EUR_PER_MEUR
        running = plan.operation.segments[plan.operation.segments["carrier"] == carrier]
        figures = {
            "stations": len(mine),
            "station_power_mw": float(mine["power_mw"].sum()),
            "station_capex_meur": float(mine["capex_eur"].sum()) / EUR_PER_MEUR,
            "station_cost_meur_per_a": float(mine["annual_eur"].sum()) / EUR_PER_MEUR,
            "boosting_cost_meur_per_a": boosting,
            "boosting_allowance_meur_per_a": allowed / EUR_PER_MEUR,
            "boosting_less_allowance_meur_per_a": boosting - allowed / EUR_PER_MEUR,
            f"chain_{'eur_per_t' if carrier == 'co2' else 'eur_per_mwh'}": float(chain["eur_per_unit"].sum()),
        }
        if len(running):
            figures["lowest_pressure_bar"] = float(running["outlet_bar"].min())
        if carrier == "heat" and len(running):
            figures["heat_loss_mw"] = float(running["loss_mw"].sum())
            figures["pump_power_mw"] = float(running["pump_mw"].sum())
            figures["users_not_served"] = int((~plan.operation.users["served"].astype(bool)).sum())
        out[carrier] = {name: round(value, 3) for name, value in figures.items()}
    return out
