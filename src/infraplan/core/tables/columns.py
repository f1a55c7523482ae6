"""The columns of every table: content, unit and valid values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CARRIERS = ("co2", "h2", "heat")
NEED_CARRIERS = (*CARRIERS, "electricity")
HEAT_BANDS = ("lt100", "100_200", "200_500")
HUB_ROLES = ("sink", "supply")
# carriers whose hubs are sinks; of the others the hubs supply and the flow runs towards the client
SINK_CARRIERS = ("co2",)
NEED_ROLES = ("supply", "demand")
FAMILIES = ("ccs", "h2", "electrification", "heat_network", "closure", "unchanged")
PHASES = ("gas", "dense", "water", "steam")
USES = ("energy", "feedstock", "reductant")
STATUSES = (
    "operational",
    "under construction",
    "FID taken",
    "FID pending",
    "planned",
    "announced",
    "cancelled",
)
ANNUAL_UNIT = {"co2": "kt_per_a", "h2": "gwh_per_a", "heat": "gwh_per_a", "electricity": "gwh_per_a"}
# unit of cost per amount, by the unit of the amounts
COST_UNIT = {"kt_per_a": "eur_per_t", "gwh_per_a": "eur_per_mwh"}


@dataclass(frozen=True)
class Column:
    """One column: its kind (text, number, integer), content, unit and valid values."""

    name: str
    kind: str
    about: str
    unit: str = ""
    required: bool = True
    nullable: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()


def _text(name: str, about: str, **rules: object) -> Column:
    return Column(name, "text", about, **rules)  # type: ignore[arg-type]


def _number(name: str, about: str, unit: str = "", **rules: object) -> Column:
    return Column(name, "number", about, unit, **rules)  # type: ignore[arg-type]


def _place(*, nullable: bool = False) -> tuple[Column, Column]:
    return (
        _number("lon", "longitude, WGS84", "deg", minimum=-180.0, maximum=180.0, nullable=nullable),
        _number("lat", "latitude, WGS84", "deg", minimum=-90.0, maximum=90.0, nullable=nullable),
    )


_SOURCE = _text("source", "key of a row in data/sources.csv")
_NOTE = _text("note", "remarks", nullable=True)

SITES = (
    _text("site_id", "stable id, lower case with hyphens", unique=True),
    _text("name", "name as a planner would say it"),
    _text("operator", "company", nullable=True),
    _text("country", "ISO 3166 two-letter code"),
    _text("municipality", "municipality", nullable=True),
    _text("cluster", "cluster_id of data/clusters.csv"),
    _text("sector", "subject of data/assumptions/sectors.csv"),
    *_place(),
    _number("co2_kt_per_a", "verified fossil CO2", "kt/a", minimum=0.0, nullable=True),
    _number("co2_year", "year of that figure", "a", minimum=1990.0, maximum=2100.0, nullable=True),
    _SOURCE,
    _NOTE,
    _text("region", "region the site lies in", required=False, nullable=True),
    _text("registry_id", "id in a public registry", required=False, nullable=True),
    _number("co2_biogenic_kt_per_a", "biogenic CO2", "kt/a", required=False, nullable=True, minimum=0.0),
    _text("process_gas_of", "site_id whose gases a power plant burns", required=False, nullable=True),
    _text("product", "what the activity counts", required=False, nullable=True),
    _number("activity_kt_per_a", "published activity", "kt/a", required=False, nullable=True, minimum=0.0),
    _text("activity_of", "process that the activity belongs to", required=False, nullable=True),
    _text("coord_source", "source of the place", required=False, nullable=True),
)
PROCESSES = (
    _text("owner", "site_id, or a sector whose sites have no rows of their own"),
    _text("process", "source group: subject of data/assumptions/sectors.csv"),
    _number("share", "share of the owner's fossil CO2", "share", minimum=0.0, maximum=1.0),
    _number("biogenic_share", "same, biogenic; empty: as fossil", "share", minimum=0.0, maximum=1.0, nullable=True),
    _SOURCE,
    _NOTE,
)
PATHWAYS = (
    _text("pathway", "word that the scenarios use", unique=True),
    _text("family", "what it needs and replaces", choices=FAMILIES),
    _text("name_en", "English name"),
    _text("name_nl", "Dutch name"),
    _NOTE,
)
TERMS = (
    _text("of", "what kind of word it is", choices=("sector", "subject", "parameter", "part", "project type")),
    _text("term", "word that the tables use; # stands for any number"),
    _text("title_en", "English title", nullable=True),
    _text("title_nl", "Dutch title", nullable=True),
    _NOTE,
)
SPECIFICATIONS = (
    _text("spec_id", "stable id", unique=True),
    _text("carrier", "carrier", choices=NEED_CARRIERS),
    _text("role", "supply or demand", choices=NEED_ROLES),
    _text("process", "only for this process", nullable=True),
    _text("pathway", "only for this pathway or family", nullable=True),
    _text("band", "only for this temperature band", choices=HEAT_BANDS, nullable=True),
    _number("from_amount", "only where the place has this much of the carrier a year", minimum=0.0, nullable=True),
    _text("class_en", "quality class, English"),
    _text("class_nl", "quality class, Dutch"),
    _number("purity_percent", "least purity", "mol-%", minimum=0.0, maximum=100.0, nullable=True),
    _number("pressure_bar", "pressure at the gate, absolute", "bar", minimum=0.0, nullable=True),
    _text("phase", "how it is handed over", choices=PHASES, nullable=True),
    _text("use", "what it is used for", choices=USES, nullable=True),
    _number("temperature_degc", "temperature at the gate", "degC", nullable=True, minimum=-60.0, maximum=1500.0),
    _text("voltage_kv", "voltage a connection of this size is made at", unit="kV", nullable=True),
    _SOURCE,
    _NOTE,
)
HUBS = (
    _text("hub_id", "stable id", unique=True),
    _text("name", "name"),
    _text("carrier", "carrier", choices=CARRIERS),
    _text("role", "sink: flow leaves here; supply: flow enters here", choices=HUB_ROLES),
    *_place(),
    _number("first_year", "first year of operation", "a", minimum=1990.0, maximum=2100.0),
    _text("capacity_unit", "unit of the capacity columns", choices=("kt_per_a", "gwh_per_a")),
    _number("cost_low", "unit cost, low", minimum=0.0),
    _number("cost_mode", "unit cost, most likely", minimum=0.0),
    _number("cost_high", "unit cost, high", minimum=0.0),
    _text("cost_unit", "unit of the cost columns", choices=("eur_per_t", "eur_per_mwh")),
    _text("status", "status", choices=STATUSES),
    _SOURCE,
    _NOTE,
    _text("country", "ISO 3166 two-letter code", required=False, nullable=True),
    _text("cost_covers", "what the unit cost covers", required=False, nullable=True),
)
PROJECTS = (
    _text("project_id", "stable id", unique=True),
    _text("name", "name"),
    _text("type", "kind of project"),
    _text("status", "status", choices=STATUSES),
    _text("company", "company", nullable=True),
    _text("place", "place", nullable=True),
    _text("site_id", "site the project acts on", nullable=True),
    _text("hub_id", "hub the project acts on", nullable=True),
    *_place(nullable=True),
    _text("depends_on", "project_ids it needs, separated by spaces", nullable=True),
    _number("first_year", "first year", "a", minimum=1990.0, maximum=2100.0, required=False, nullable=True),
    _text("effect_carrier", "carrier of its effect", choices=CARRIERS, required=False, nullable=True),
    _number("effect_amount", "effect, up to", "see effect_unit", minimum=0.0, required=False, nullable=True),
    _text("effect_unit", "unit of the effect", choices=("kt_per_a", "gwh_per_a"), required=False, nullable=True),
    _SOURCE,
    _NOTE,
    _text("technology", "technology", required=False, nullable=True),
)
PROJECT_EFFECTS = (
    _text("project_id", "project that acts"),
    _text("site_id", "site it acts on"),
    _text("process", "process of that site"),
    _text("pathway", "pathway that the project realises there"),
    _number("first_year", "first year, where the project has none", "a", minimum=1990.0, maximum=2100.0, nullable=True),
    _SOURCE,
    _NOTE,
)
CLUSTERS = (
    _text("cluster_id", "stable id", unique=True),
    _text("name_en", "English name"),
    _text("name_nl", "Dutch name"),
    _text("short_en", "English name inside a corridor name"),
    _text("short_nl", "Dutch name inside a corridor name"),
    *_place(),
    _number("radius_km", "typical radius", "km", minimum=0.1, maximum=200.0),
    _NOTE,
)
HEAT_AREAS = (
    _text("area_id", "stable id", unique=True),
    _text("name", "name"),
    _text("kind", "kind of area"),
    *_place(),
    _number("population", "inhabitants", "persons", minimum=0.0, nullable=True),
    _number("heat_demand_gwh_per_a", "published demand", "GWh/a", minimum=0.0, nullable=True),
    _text("band", "temperature band", choices=HEAT_BANDS),
    _SOURCE,
    _NOTE,
    _text("radius_km", "radius of the built-up area", unit="km", required=False, nullable=True),
    _text("temperature", "supply and return temperature", required=False, nullable=True),
)
SUBSTATIONS = (
    _text("substation_id", "stable id", unique=True),
    _text("name", "name"),
    *_place(),
    _text("voltage_kv", "voltage levels", unit="kV"),
    _SOURCE,
    _NOTE,
)
NAMES = (
    _text("name", "name of a place as the tables and layers write it", unique=True),
    _text("name_en", "English name, where it is another one", nullable=True),
    _text("name_nl", "Dutch name, where it is another one", nullable=True),
    _SOURCE,
    _NOTE,
)
SOURCES = (
    _text("source", "short key used in every other table", unique=True),
    _text("title", "title"),
    _text("author", "author or publisher", nullable=True),
    _text("year", "year", nullable=True),
    _text("url", "address", nullable=True),
    _text("licence", "licence", nullable=True),
    _NOTE,
)
ASSUMPTIONS = (
    _text("subject", "what the number is about"),
    _text("parameter", "which property of it"),
    _number("value", "value used"),
    _number("low", "low end"),
    _number("high", "high end"),
    _text("unit", "unit"),
    _number("price_year", "year of the money", "a", nullable=True, minimum=1990.0, maximum=2100.0),
    _SOURCE,
    _NOTE,
)
TABLES: Mapping[str, tuple[Column, ...]] = {
    "sites": SITES,
    "hubs": HUBS,
    "projects": PROJECTS,
    "project_effects": PROJECT_EFFECTS,
    "processes": PROCESSES,
    "pathways": PATHWAYS,
    "terms": TERMS,
    "specifications": SPECIFICATIONS,
    "clusters": CLUSTERS,
    "heat_areas": HEAT_AREAS,
    "substations": SUBSTATIONS,
    "names": NAMES,
    "sources": SOURCES,
    "assumptions": ASSUMPTIONS,
}
