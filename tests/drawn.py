"""Drawings on Toyland that several tests share."""

from __future__ import annotations

from infraplan.core.model import Drawing, DrawnArea, DrawnHub, DrawnLine, DrawnSite, Point
from infraplan.study.new import _place


def spot(column: float, row: float) -> Point:
    """Longitude and latitude of a point of Toyland's drawing, in letters from its north-west corner."""
    return _place(column, row)


def area(name: str, *corners: tuple[float, float]) -> DrawnArea:
    return DrawnArea(name=name, ring=tuple(spot(*corner) for corner in corners))


def line(name: str, *points: tuple[float, float], carriers: tuple[str, ...] = ()) -> DrawnLine:
    return DrawnLine.model_validate({"name": name, "line": [spot(*p) for p in points], "carriers": carriers})


def site(site_id: str = "new-lime", at: tuple[float, float] = (8, 3), **changes: object) -> DrawnSite:
    lon, lat = spot(*at)
    row = {"site_id": site_id, "name": f"Site {site_id}", "sector": "lime", "lon": lon, "lat": lat}
    return DrawnSite.model_validate({**row, "co2_kt_per_a": 700.0, **changes})


def hub(hub_id: str = "new-hub", at: tuple[float, float] = (2, 15.5), **changes: object) -> DrawnHub:
    lon, lat = spot(*at)
    row = {"hub_id": hub_id, "name": f"Hub {hub_id}", "carrier": "co2", "role": "sink", "lon": lon, "lat": lat}
    return DrawnHub.model_validate({**row, "capacity_per_a": 900.0, "unit_cost": 20.0, **changes})


PARK = area("park", (13, 1), (15, 1), (15, 12), (13, 12))
SOUTH = line("south", (3.5, 13), (12, 14.5), (20, 13.2), carriers=("co2", "heat"))
COUNTER = line("counter", (3, 5), (10, 14), (20, 14))
DRAWING = Drawing(no_go=(PARK,), must_pass=(SOUTH,), proposals=(COUNTER,), sites=(site(),), hubs=(hub(),))
