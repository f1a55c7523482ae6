"""Names of layers and assumptions in the reader's language; a key without a name is shown as its words."""

from __future__ import annotations

import re

from babel import Locale

from infraplan.analysis import tell_unit
from infraplan.core import LOCALES, WORDS, begin, format_figure, tell_word, translate
from infraplan.reports import listings
from infraplan.study import Study

SUBJECTS = {
    "alternative": "Other routes",
    "arable": "Arable land",
    "cluster": "Clusters",
    "co2": "CO2",
    "co2_boosting": "Boosters for CO2",
    "co2_compression": "Compression of CO2",
    "co2_gas_pipeline": "Pipe for gaseous CO2",
    "co2_liquefaction": "Liquefaction of CO2",
    "co2_phase": "Phase of CO2",
    "co2_pipeline": "CO2 pipe",
    "co2_ship": "CO2 ship",
    "co2_storage": "Storage of CO2",
    "co2_terminal": "CO2 terminal",
    "coal": "Coal",
    "comet": "Cost model COMET",
    "comparison": "Comparison of plans",
    "crossing_scale": "Crossings by size",
    "density": "Background density",
    "drawn_line": "Drawn line to pass",
    "electricity": "Electricity",
    "engineering_capex": "Engineering cost model",
    "fermentation": "Fermentation",
    "finance": "Money",
    "forest": "Forest",
    "gas": "Natural gas",
    "grassland": "Grassland",
    "greenhouse": "Greenhouses",
    "h2": "Hydrogen",
    "h2_backbone": "Hydrogen backbone",
    "h2_blue": "Blue hydrogen",
    "h2_boosting": "Boosters for hydrogen",
    "h2_compression": "Compression of hydrogen",
    "h2_green": "Green hydrogen",
    "h2_import": "Imported hydrogen",
    "h2_pipeline": "Hydrogen pipe",
    "h2_pipeline_capex": "Price list of hydrogen pipes",
    "h2_repurposed_capex": "Price list of gas pipes turned to hydrogen",
    "heat": "Heat",
    "heat_100_200": "Heat network, 100-200 °C",
    "heat_lt100": "Heat network, below 100 °C",
    "heat_area": "Heat areas",
    "heat_boosting": "Pump stations for heat",
    "heat_network": "Heat network",
    "heat_pipe": "Heat pipe in the ground",
    "heat_user": "Heat users",
    "heath": "Heath",
    "ieaghg-2002-offshore": "Cost model IEAGHG 2002, offshore",
    "ieaghg-2002-onshore": "Cost model IEAGHG 2002, onshore",
    "industry": "All industry",
    "maturity": "Maturity of projects",
    "mccoy-rubin-2008": "Cost model McCoy and Rubin 2008",
    "military": "Military ground",
    "motorway": "Motorways",
    "motorway_bore": "Bore under a motorway",
    "motorway_bundle": "Along a motorway",
    "open": "Open ground",
    "orchard": "Orchards",
    "park": "Parks",
    "parker-2004": "Cost model Parker 2004",
    "pipeline_operation": "Operation of pipes",
    "pipeline_strip": "Along a pipeline",
    "port": "Port areas",
    "power": "Power plants",
    "powerline_bundle": "Along a power line",
    "price_index": "Price index",
    "protected": "Protected nature",
    "railway": "Railways",
    "railway_bore": "Bore under a railway",
    "railway_bundle": "Along a railway",
    "reference_pipe": "Reference pipe",
    "repurposed": "Pipes taken over",
    "road": "Roads",
    "road_bore": "Bore under a road",
    "sea": "Sea",
    "search_zone": "Search zone",
    "services": "Offices and services",
    "shared_strip": "Pipes in one strip",
    "steam_network": "Steam network",
    "steel_x65": "Steel X65",
    "strip": "Along a reserved strip",
    "substation": "Substations",
    "terminal": "Where pipes begin",
    "transport": "Ground of roads and rail",
    "unsurveyed": "Rim without data",
    "urban": "Built-up area",
    "urban_sparse": "Sparse built-up area",
    "water": "Open water",
    "waterway": "Waterways",
    "waterway_bundle": "Along a waterway",
    "waterway_large": "Wide waterways",
    "waterway_medium": "Middle-sized waterways",
    "waterway_small": "Small waterways",
    "wetland": "Wetland",
}
PARAMETERS = {
    "air_temperature": "Temperature of the air",
    "announced": "Announced",
    "approach_m": "Approach on both sides",
    "availability": "Availability",
    "a0": "Coefficient a0",
    "a1": "Coefficient a1",
    "b0": "Coefficient b0",
    "b1": "Coefficient b1",
    "c0": "Coefficient c0",
    "c1": "Coefficient c1",
    "base_cost": "Cost on open ground",
    "biogenic_t_per_t_product": "Biogenic CO2 per tonne of product",
    "boiler_efficiency": "Efficiency of the boiler",
    "boiling_margin": "Margin above boiling",
    "cancelled": "Cancelled",
    "capex": "Investment",
    "capex_base": "Investment, fixed part",
    "capex_factor": "Factor on the investment",
    "capex_fixed_share": "Fixed share of the investment",
    "capex_slope": "Investment, part per mm",
    "capture_cost": "Cost of capture",
    "capture_electricity": "Electricity for capture",
    "capture_heat": "Heat for capture",
    "capture_rate": "Captured share",
    "capture_residual_heat": "Residual heat of capture",
    "capture_steam_fossil_share": "Capture heat from extra fossil steam",
    "cargo": "Cargo",
    "casing_diameter": "Diameter of the casing",
    "ccs_coverage": "CO2 that capture covers",
    "co2_cost_share": "Cost of turning it to CO2",
    "co2_pressure": "Pressure with CO2",
    "co2_t_per_t_product": "CO2 per tonne of product",
    "combustion_share": "CO2 from fuel",
    "compression": "Electricity for compression",
    "compressor_power": "Power of the compressors",
    "condensate_temperature": "Temperature of the condensate",
    "connectable_share": "Heat that a network can win",
    "corrosion_allowance": "Allowance for corrosion",
    "cover": "Ground above the pipe",
    "default_width_m": "Width where none is given",
    "dense_minimum": "Least pressure of dense CO2",
    "density": "Density",
    "design_factor": "Design factor",
    "design_length": "Length between boosters",
    "diameter_exponent": "Exponent of the diameter",
    "discount_rate": "Discount rate",
    "distance": "Distance",
    "distribution_cost": "Cost of distribution",
    "drying": "Electricity for drying",
    "efficiency": "Efficiency",
    "electricity": "Electricity",
    "electricity_gwh_per_kt_co2": "Electricity per kt of CO2 replaced",
    "electricity_per_heat": "Pumping power per heat",
    "electricity_price": "Price of electricity",
    "electrification_coverage": "CO2 that electricity can replace",
    "emission_factor": "Emission factor",
    "eur_per_currency": "Euro per unit of currency",
    "eur_per_m": "Cost per metre",
    "fid_pending": "Investment decision pending",
    "fid_taken": "Investment decision taken",
    "fixed_om": "Fixed operation and maintenance",
    "follow_reach": "Distance at which a line is followed",
    "follow_share": "Share along which a line is followed",
    "from_width_m": "From this width on",
    "fuel": "Fuel",
    "fuel_emission_factor": "Emission factor of the fuel",
    "fuel_price": "Price of fuel",
    "full_capacity": "Full capacity",
    "full_load_hours": "Full-load hours",
    "gap": "Gap between the pipes",
    "gradient": "Pressure loss",
    "h2_coal_saved": "Coal saved per hydrogen",
    "h2_conversion_cost": "Cost of turning to hydrogen",
    "h2_coverage": "CO2 that hydrogen can replace",
    "h2_electricity_gwh_per_kt_co2": "Extra electricity of the hydrogen route",
    "h2_gas_saved": "Gas saved per hydrogen",
    "h2_gwh_per_kt_co2": "Hydrogen per kt of CO2 replaced",
    "h2_pressure": "Pressure with hydrogen",
    "heat_100_200": "Heat used, 100-200 °C",
    "heat_200_500": "Heat used, 200-500 °C",
    "heat_lt100": "Heat used, below 100 °C",
    "heat_per_person": "Heat per inhabitant",
    "heat_price": "Price of heat",
    "heat_source_cost": "Cost at the source of heat",
    "heat_source_emission": "CO2 at the source of heat",
    "heat_source_power_loss": "Power lost at the source of heat",
    "hub_reach": "Reach of a cluster for hubs",
    "inlet_pressure": "Pressure at the inlet",
    "inner_diameter": "Inner diameter",
    "insulation_conductivity": "Conductivity of the insulation",
    "insulation_thickness": "Thickness of the insulation",
    "intercooler_temperature": "Temperature after the intercooler",
    "labour": "Labour",
    "leak_share": "Share that leaks",
    "least_change": "Least change that is told",
    "least_supply_100_200": "Least supply temperature, 100-200 °C",
    "least_supply_lt100": "Least supply temperature, below 100 °C",
    "length": "Length",
    "lifetime": "Lifetime",
    "load_factor": "Load factor",
    "material": "Material",
    "material_factor": "Factor on the steel price",
    "max_distance": "Largest distance",
    "max_velocity": "Largest velocity",
    "minimum_wall": "Least thickness of the wall",
    "miscellaneous": "Other cost",
    "mix_share": "Share in the mix",
    "mobilisation": "Mobilisation",
    "mobilisation_eur": "Mobilisation",
    "money_year": "Year of all prices",
    "most_extra_cost": "Largest extra cost",
    "most_overlap": "Largest overlap",
    "multiplier": "Times the cost of open ground",
    "nearest_point_reach": "Reach of a point",
    "no_project": "No project known",
    "operational": "Operational",
    "outer_diameter": "Outer diameter",
    "outlet_pressure": "Pressure at the outlet",
    "overpressure": "Allowed pressure over inlet pressure",
    "pair_factor": "Factor for supply and return",
    "peak_margin": "Peak over the mean",
    "per_m2": "Cost per m²",
    "persons_per_km2": "Inhabitants per km²",
    "planned": "Planned",
    "port_time": "Time in port",
    "ports": "Ports",
    "price": "Price",
    "pump_efficiency": "Efficiency of the pump",
    "pump_suction_pressure": "Pressure before the pump",
    "pump_suction_temperature": "Temperature before the pump",
    "pure_stream_share": "CO2 that leaves pure",
    "reach": "Reach",
    "reach_m": "Reach",
    "reference_capacity": "Reference capacity",
    "reference_dn": "Reference diameter",
    "reference_pressure": "Reference pressure",
    "removal_credit": "Credit for removed CO2",
    "residual_100_200": "Residual heat, 100-200 °C",
    "residual_lt100": "Residual heat, below 100 °C",
    "retail_premium": "Premium of the retail price",
    "return_temperature": "Return temperature",
    "right_of_way": "Right of way",
    "roughness": "Roughness",
    "routes": "Number of routes",
    "same_strip": "Distance within one strip",
    "saturation_margin": "Margin to boiling and condensing",
    "second_pipe_factor": "Cost of a pipe beside another one",
    "separation": "Distance between routes",
    "snap_limit_m": "Distance that a place may move",
    "soil_conductivity": "Conductivity of the soil",
    "soil_temperature": "Temperature of the soil",
    "speed": "Speed",
    "stages": "Stages",
    "station_cost": "Cost of the exchanger station",
    "storage_per_cargo": "Storage per cargo",
    "suction_pressure": "Suction pressure",
    "suction_temperature": "Suction temperature",
    "supply_temperature": "Supply temperature",
    "support": "Support",
    "survival_ccs": "Residual heat kept after capture",
    "survival_closure": "Residual heat kept after closure",
    "survival_electrification": "Residual heat kept after electrification",
    "survival_h2": "Residual heat kept after hydrogen",
    "survival_heat_network": "Residual heat kept after joining a heat network",
    "survival_unchanged": "Residual heat kept unchanged",
    "tariff": "Tariff",
    "temperature": "Temperature",
    "terrain": "Factor for the terrain",
    "transport_emission": "CO2 of the transport",
    "under_construction": "Under construction",
    "within": "Within this extra cost",
    "yield_strength": "Yield strength",
}
# parts of the United States, of the cost models that tell them apart
REGIONS = {
    "northeast": "north-east",
    "central": "centre",
    "southwest": "south-west",
    "southeast": "south-east",
    "west": "west",
}
# what is told of keys that belong to a series
SERIES = (
    (re.compile(r"pipe_dn(\d+)"), "Pipe DN {size}"),
    (re.compile(r"water_pipe_dn(\d+)"), "Heat pipe DN {size}"),
    (re.compile(r"urban_density_(\d+)"), "Built-up area, step {size} of density"),
    (re.compile(r"density_(\d+)"), "Background density, step {size}"),
    (re.compile(r"dn(\d+)"), "DN {size}"),
)
# a parameter, then a coefficient of its formula, a size or a year, then a region
COMPOSED = re.compile(r"(?P<what>.+?)_(?P<part>[abc]\d|fixed|dn\d+|\d{4})(?:_(?P<region>[a-z]+))?")
CLASS, DENSITY, BLOCKED, MULTIPLIER = "class:", "density:", "blocked", "multiplier"
# units that are told in another way than by their letters
UNITS = {
    "1": "",
    "share": "share",
    "share_per_a": "share/a",
    "a": "years",
    "persons_per_km2": "inhabitants/km²",
    "w_per_m_k": "W/(m·K)",
    "eur_per_currency": "EUR",
}
KINDS = {
    "H2": "Hydrogen",
    "CCUS": "CO2 capture",
    "Circ": "Circular",
    "Bio": "Bio-based",
    "Waste": "Waste",
    "Green PPA": "Green power contract",
    "Electrification": "Electrification",
    "New process": "New process",
    "Steel DRI EAF": "Steel by direct reduction and arc furnace",
    "Other": "Other",
}


def name_subject(study: Study, key: str, language: str) -> str:
    """Return what an assumption is about."""
    sector, _, pathway = key.partition(".")
    if pathway:
        return f"{name_subject(study, sector, language)}: {listings.name_pathway(study, pathway, language)}"
    if key in SUBJECTS:
        return translate(SUBJECTS[key], language)
    return _name_series(key, language) or begin(_spell(key, language))


def name_parameter(key: str, language: str) -> str:
    """Return which number of a subject an assumption is."""
    if key in PARAMETERS or key.isdigit():
        return translate(PARAMETERS[key], language) if key in PARAMETERS else key
    found = COMPOSED.fullmatch(key)
    if found is None or found["region"] not in (None, *REGIONS):
        return _name_series(key, language) or begin(_spell(key, language))
    fixed = found["part"] == "fixed"
    part = translate("fixed part", language) if fixed else _name_series(found["part"], language) or found["part"]
    region = REGIONS.get(found["region"] or "")
    return ", ".join(
        [name_parameter(found["what"], language), part, *([translate(region, language)] if region else [])]
    )


def _name_series(key: str, language: str) -> str:
    """Return the name of a key that ends in a size or a step; nothing for another key."""
    for pattern, told in SERIES:
        found = pattern.fullmatch(key)
        if found:
            return translate(told, language, size=found[1])
    return ""


def _spell(key: str, language: str) -> str:
    """Return the reader's word of a key, else the words that the key is made of."""
    return tell_word(key, language) if key in WORDS or "_" not in key else key.replace("_", " ")


def name_unit(unit: str, language: str) -> str:
    """Return a unit as people write it; nothing for a plain number."""
    if unit in UNITS:
        return translate(UNITS[unit], language) if UNITS[unit] else ""
    told = tell_unit(unit)
    return told.removesuffix("/a") + translate("/a", language) if told.endswith("/a") else told


def name_effect(study: Study, effect: str, language: str) -> str:
    """Return what a layer does to the cost of pipes: its class and price factor, or that it forbids them."""
    if effect.startswith(DENSITY):
        return translate("Dearer with more inhabitants per km²", language)
    if not effect.startswith(CLASS):
        return translate("Forbidden ground", language) if effect == BLOCKED else effect
    subject = effect.removeprefix(CLASS)
    named = name_subject(study, subject, language)
    if not study.assumptions.has(subject, MULTIPLIER):
        return named
    times = format_figure(study.assumptions.row(subject, MULTIPLIER).value, language)
    return translate("{what}: {times} × open ground", language, what=named, times=times)


def name_kind(kind: str, language: str) -> str:
    """Return what sort of project it is; a project of two sorts is both."""
    parts = re.split(r"[/-]", kind)
    return ", ".join(translate(KINDS[part], language) if part in KINDS else part for part in parts)


def name_country(code: str, language: str) -> str:
    """Return the country of a two-letter code."""
    return str(Locale.parse(LOCALES[language]).territories.get(code, code))
