"""In which condition a need is handed over: purity, pressure, phase, use, and the nearest substation."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from infraplan.core import M_PER_KM, Problem
from infraplan.study import Assumptions

_NUMBERS = ("purity_percent", "pressure_bar", "temperature_degc")
_TEXTS = ("spec_id", "phase", "use", "voltage_kv")
# what makes a specification more specific, most important first
_NARROW = ("process", "pathway", "band")


def check_specifications(
    specifications: pd.DataFrame, processes: Collection[str], pathways: Collection[str]
) -> list[Problem]:
    """Return the specifications for unknown processes and pathways; rows as in ``tables.read``."""
    return [
        Problem(
            "table.unknown_word",
            {"column": column, "known": tuple(known)},
            "specifications.csv",
            int(str(row)),
            column,
            word,
        )
        for column, known in (("process", processes), ("pathway", pathways))
        for row, word in specifications[column].items()
        if word and word not in known
    ]


def specify(
    needed: pd.DataFrame,
    specifications: pd.DataFrame,
    *,
    places: gpd.GeoDataFrame,
    substations: gpd.GeoDataFrame,
    assumptions: Assumptions,
) -> pd.DataFrame:
    """Add to every need the condition it is handed over in (``columns.SPECIFIED``).

    Of the rows of ``tables.SPECIFICATIONS`` that fit a need the most specific counts. A row for its process goes before
    one for its pathway (or family), and that before one for its band. Among equals the largest ``from_amount`` counts
    that the place reaches with all its needs of that carrier and role.

    Parameters
    ----------
    needed : table of ``estimate``.
    places : place_id and a point [m] of every place.
    substations : table of ``tables.SUBSTATIONS``.

    Returns
    -------
    A copy with purity_percent [mol-%], pressure_bar [bar, absolute], temperature_degc [degC]; for electricity
    the name of the nearest substation and its distance [km] in a straight line, empty where none lies within
    the assumption ``substation/reach``.
    """
    held = needed.groupby(["place_id", "carrier", "role"])["amount"].transform("sum").to_numpy()
    cells = {column: needed[column].to_numpy(dtype=object) for column in (*_NARROW, "family", "carrier", "role")}
    rows = _broadest_first(specifications)
    winner = np.full(len(needed), -1)
    for number, row in enumerate(rows):
        fits = (cells["carrier"] == row["carrier"]) & (cells["role"] == row["role"])
        if row["process"]:
            fits &= cells["process"] == row["process"]
        if row["pathway"]:
            fits &= (cells["pathway"] == row["pathway"]) | (cells["family"] == row["pathway"])
        if row["band"]:
            fits &= cells["band"] == row["band"]
        if row["from_amount"] > 0.0:
            fits &= held >= row["from_amount"]
        winner[fits] = number
    # the last entry, which -1 points to, is for needs without a specification
    columns = {
        **{name: np.array([*(row[name] for row in rows), np.nan], dtype=float)[winner] for name in _NUMBERS},
        **{name: np.array([*(row[name] for row in rows), ""], dtype=object)[winner] for name in _TEXTS},
    }
    described = np.array([*(row["class_en"] for row in rows), ""], dtype=object)[winner]
    table = needed.assign(**columns, specification=described)
    return _with_substations(table, places, substations, assumptions)


def _broadest_first(specifications: pd.DataFrame) -> list[dict[Any, Any]]:
    def width(row: dict[Any, Any]) -> tuple[object, ...]:
        least = 0.0 if np.isnan(row["from_amount"]) else row["from_amount"]
        return *(row[column] != "" for column in _NARROW), least, row["spec_id"]

    return sorted(specifications.to_dict("records"), key=width)


def _with_substations(
    table: pd.DataFrame, places: gpd.GeoDataFrame, substations: gpd.GeoDataFrame, assumptions: Assumptions
) -> pd.DataFrame:
    """Add the nearest substation and its distance [km] to the needs of electricity."""
    table["substation"], table["substation_km"] = "", np.nan
    power = table["carrier"] == "electricity"
    wanted = places[places["place_id"].isin(table.loc[power, "place_id"])]
    if substations.empty or wanted.empty:
        return table
    reach_km = assumptions.value("substation", "reach", "km")
    x, y = substations.geometry.x.to_numpy(), substations.geometry.y.to_numpy()
    away_m = np.hypot(wanted.geometry.x.to_numpy()[:, None] - x, wanted.geometry.y.to_numpy()[:, None] - y)
    nearest = away_m.argmin(axis=1)
    km = pd.Series(away_m.min(axis=1) / M_PER_KM, index=wanted["place_id"].to_numpy())
    name = pd.Series(substations["name"].to_numpy()[nearest], index=km.index)
    near = km <= reach_km
    table.loc[power, "substation"] = table["place_id"].map(name[near]).fillna("")
    table.loc[power, "substation_km"] = table["place_id"].map(km[near]).astype(float)
    return table


def describe_gates(needed: pd.DataFrame) -> pd.DataFrame:
    """Return what passes the gate of each place and in which condition, from one year's specified needs.

    Columns, by place_id: co2_given_kt_per_a, co2_peak_kg_per_s, co2_purity_percent (the least of its streams),
    co2_pressure_bar, co2_phase; h2_used_gwh_per_a, h2_peak_mw, h2_purity_percent and h2_pressure_bar (the most that
    any use asks), h2_use; heat_used_gwh_per_a, heat_bands, heat_given_gwh_per_a; electricity_used_gwh_per_a,
    electricity_peak_mw, electricity_voltage_kv, substation, substation_km. Empty where a place has no such need.
    """
    gates = pd.DataFrame(index=pd.Index(sorted(needed["place_id"].unique()), name="place_id"))

    def words(cells: pd.Series[str]) -> str:
        return ",".join(sorted({cell for cell in cells if cell}))

    def gather(carrier: str, role: str, **columns: tuple[str, Any]) -> None:
        mine = needed[(needed["carrier"] == carrier) & (needed["role"] == role)]
        found = mine.groupby("place_id").agg(**{name: (column, how) for name, (column, how) in columns.items()})
        for name in columns:
            gates[name] = found[name]

    gather(
        "co2", "supply",
        co2_given_kt_per_a=("amount", "sum"), co2_peak_kg_per_s=("peak", "sum"),
        co2_purity_percent=("purity_percent", "min"), co2_pressure_bar=("pressure_bar", "max"),
        co2_phase=("phase", words),
    )  # fmt: skip
    gather(
        "h2", "demand",
        h2_used_gwh_per_a=("amount", "sum"), h2_peak_mw=("peak", "sum"),
        h2_purity_percent=("purity_percent", "max"), h2_pressure_bar=("pressure_bar", "max"), h2_use=("use", words),
    )  # fmt: skip
    gather("heat", "demand", heat_used_gwh_per_a=("amount", "sum"), heat_bands=("band", words))
    gather("heat", "supply", heat_given_gwh_per_a=("amount", "sum"))
    gather(
        "electricity", "demand",
        electricity_used_gwh_per_a=("amount", "sum"), electricity_peak_mw=("peak", "sum"),
        electricity_voltage_kv=("voltage_kv", words), substation=("substation", "first"),
        substation_km=("substation_km", "first"),
    )  # fmt: skip
    texts = ["co2_phase", "h2_use", "heat_bands", "electricity_voltage_kv", "substation"]
    gates[texts] = gates[texts].astype(object).fillna("")
    return gates
