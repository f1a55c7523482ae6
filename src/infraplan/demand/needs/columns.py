"""The columns of the table of needs: what each holds, in which unit, and what a valid value is."""

from __future__ import annotations

from infraplan.core import ANNUAL_UNIT, FAMILIES, HEAT_BANDS, NEED_CARRIERS, NEED_ROLES, PHASES, USES, Column
from infraplan.demand.needs.processes import CO2, FROM_CO2, PUBLIC

PEAK_UNIT = {"co2": "kg_per_s", "h2": "mw", "heat": "mw", "electricity": "mw"}


def _word(name: str, about: str, *choices: str, empty: bool = False) -> Column:
    return Column(name, "text", about, nullable=empty, choices=choices)


def _amount(name: str, about: str, unit: str, *, empty: bool = False, most: float | None = None) -> Column:
    return Column(name, "number", about, unit, nullable=empty, minimum=0.0, maximum=most)


NEEDED = (
    _word("place_id", "site or heat area"),
    _word("kind", "kind of place", "site", "heat_area"),
    _word("sector", "sector of the place, of the steelworks where its gas is burned"),
    _word("process", "source group of the place's CO2"),
    _word("carrier", "carrier", *NEED_CARRIERS),
    _word("role", "supply or demand", *NEED_ROLES),
    _word("band", "temperature band of heat", *HEAT_BANDS, empty=True),
    Column("year", "integer", "year", "a"),
    _amount("amount_low", "amount a year, every assumption at its low end", "see unit"),
    _amount("amount", "amount a year, most likely", "see unit"),
    _amount("amount_high", "amount a year, every assumption at its high end", "see unit"),
    _word("unit", "unit of the amounts", *dict.fromkeys(ANNUAL_UNIT.values())),
    _amount("peak", "largest flow", "see peak_unit"),
    _word("peak_unit", "unit of the peak", *dict.fromkeys(PEAK_UNIT.values())),
    _word("pathway", "pathway of the scenario"),
    _word("family", "what the pathway needs and replaces", *FAMILIES),
    _amount("share", "share of the process on the pathway", "share", most=1.0 + 1e-6),
    _amount("biogenic_kt_per_a", "biogenic part of the CO2", "kt/a"),
    _amount("activity_kt_per_a", "what the process makes a year", "kt/a", empty=True),
    _word("activity_basis", "where the activity comes from", PUBLIC, FROM_CO2, CO2, empty=True),
    _word("assumption_keys", "assumptions the amounts were made of"),
    _amount("replaced_kt_per_a", "fossil CO2 taken away at the stack", "kt/a"),
    _amount("baseline_kt_per_a", "fossil CO2 of the place without any measure", "kt/a"),
)
"""Columns of ``needs.estimate``."""
SPECIFIED = (
    _word("spec_id", "row of data/specifications.csv", empty=True),
    _word("specification", "quality class", empty=True),
    _amount("purity_percent", "least purity", "mol-%", empty=True, most=100.0),
    _amount("pressure_bar", "pressure at the gate, absolute", "bar", empty=True),
    _word("phase", "how it is handed over", *PHASES, empty=True),
    _word("use", "what it is used for", *USES, empty=True),
    Column("temperature_degc", "number", "temperature at the gate", "degC", nullable=True),
    _word("voltage_kv", "voltage a connection of this size is made at", empty=True),
    _word("substation", "nearest known substation", empty=True),
    _amount("substation_km", "distance to it in a straight line", "km", empty=True),
)
"""Columns that ``needs.specify`` adds."""
