"""A made-up country for tests of maps, and a page of it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString, MultiLineString, Point, box

from infraplan.reports import maps

NASTY = "<img src=x onerror=window.pwned=1></script>{{ 7*7 }}{% nonsense %}{# gone #}"


def frame(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def make_frames(name: str = "North strip") -> dict[str, gpd.GeoDataFrame]:
    """Two corridors in a made-up country: one shared by CO2 and hydrogen, one for heat."""
    trunk = LineString([(4.0, 51.0), (4.2, 51.05), (4.4, 51.0)])
    branch = LineString([(4.4, 51.0), (4.45, 50.9)])
    figures = {
        "users": 4,
        "length_km": 31.25,
        "co2_avoided_kt_per_a": 1234.5,
        "co2_avoided_gross_kt_per_a": 1500.0,
        "co2_flow_kt_per_a": 1300.0,
        "h2_flow_gwh_per_a": 2400.0,
        "heat_flow_gwh_per_a": None,
        "diameter_co2_mm": 500.0,
        "diameter_h2_mm": 400.0,
        "diameter_heat_mm": None,
        "capex_meur": 88.0,
        "cost_meur_per_a": 7.5,
        "cost_eur_per_t": 24.0,
        "shared_with": "",
        "first_year": 2031,
    }
    pipe = {"corridor_id": "c-1", "flow_unit": "kt_per_a", "diameter_mm": 500.0, "length_km": 31.0}
    site = {"sector": "steel", "cluster": "north", "left_out": "", "in_area": True}
    hub = {"flow": 1300.0, "flow_unit": "kt_per_a", "capacity": 5000.0}
    return {
        "corridors": frame(
            [
                {
                    "corridor_id": "c-1",
                    "name": name,
                    "rank": 1,
                    "carriers": "co2,h2",
                    **figures,
                    "geometry": trunk,
                },
                {
                    "corridor_id": "c-2",
                    "name": "South",
                    "rank": 2,
                    "carriers": "heat",
                    **figures,
                    "geometry": MultiLineString([branch]),
                },
            ]
        ),
        "segments": frame(
            [
                {
                    "segment_id": "s-1",
                    "carrier": "co2",
                    "flow": 1300.0,
                    "shared_with_carriers": "h2",
                    **pipe,
                    "geometry": trunk,
                },
                {
                    "segment_id": "s-2",
                    "carrier": "h2",
                    "flow": 2400.0,
                    "shared_with_carriers": "co2",
                    **pipe,
                    "geometry": trunk.reverse(),
                },
                {
                    "segment_id": "s-3",
                    "carrier": "heat",
                    "flow": 50.0,
                    "shared_with_carriers": "",
                    **pipe,
                    "geometry": branch,
                },
            ]
        ),
        "sites": frame(
            [
                {
                    "site_id": "a",
                    "name": name,
                    "co2_kt_per_a": 900.0,
                    "connected": "co2,h2",
                    **site,
                    "geometry": Point(4.0, 51.0),
                },
                {
                    "site_id": "b",
                    "name": "Kiln",
                    "co2_kt_per_a": np.nan,
                    "connected": "",
                    **site,
                    "geometry": Point(4.3, 50.95),
                },
                {
                    "site_id": "c",
                    "name": "Abroad",
                    "co2_kt_per_a": 80.0,
                    "connected": "",
                    **(site | {"in_area": False}),
                    "geometry": Point(4.6, 50.9),
                },
            ]
        ),
        "hubs": frame(
            [
                {
                    "hub_id": "h1",
                    "name": name,
                    "carrier": "co2",
                    "role": "sink",
                    **hub,
                    "geometry": Point(4.4, 51.0),
                },
                {
                    "hub_id": "h2",
                    "name": "In",
                    "carrier": "h2",
                    "role": "supply",
                    **hub,
                    "geometry": Point(4.0, 51.1),
                },
            ]
        ),
        "stations": frame(
            [
                {
                    "booster_id": "co2-1",
                    "carrier": "co2",
                    "suction_bar": 85.0,
                    "discharge_bar": 120.0,
                    "power_mw": 1.4,
                    "capex_meur": 6.2,
                    "geometry": Point(4.2, 51.05),
                }
            ]
        ),
    }


def make_ground(name: str = "Toytown", towns: int = 3) -> dict[str, gpd.GeoDataFrame]:
    places = [
        {
            "name": name if n == 0 else f"Town {n}",
            "population": 90_000 - n,
            "radius_km": 1.5,
            "geometry": Point(3.6 + 0.013 * (n % 97), 50.7 + 0.011 * (n % 61)),
        }
        for n in range(towns)
    ]
    river = LineString([(3.9, 50.8), (4.1, 51.2)])
    return {
        "sea": frame([{"geometry": box(3.0, 51.2, 4.0, 51.6)}]),
        "water": frame([{"width_m": 40.0, "geometry": river}, {"width_m": 300.0, "geometry": river}]),
        "motorways": frame([{"geometry": LineString([(3.8, 50.8), (4.6, 51.1)])}]),
        "protected": frame([{"geometry": Point(4.2, 51.0).buffer(0.05)}]),
        "pipelines": frame([{"geometry": LineString([(3.8, 51.0), (4.6, 50.95)])}]),
        "substations": frame([{"geometry": Point(4.25, 50.97)}]),
        "settlements": frame(places),
        "clusters": frame([{"name": "North cluster", "geometry": Point(4.4, 51.0)}]),
    }


def write(path: Path, name: str = "North strip", language: str = "en", **options: object) -> str:
    ground = make_ground(name)
    maps.write_map(
        path,
        make_frames(name),
        basemap=ground,
        title=name,
        subtitle="2040",
        language=language,
        sources=("Made up, 2024",),
        vintage="2024",
        **options,
    )
    return path.read_text(encoding="utf-8")
