"""The links of the chain beside the pipe, bottom-up: compression and drying, liquefaction, terminal, ship, storage.

All in EUR per tonne of CO2 in money of ``money_year``. A plan pays what its hubs ask; these say what such a figure
is made of, and whether it is of the right size.
"""

from __future__ import annotations

from infraplan.core import DesignError, Problem, units
from infraplan.engineering.costs.money import annuity, eur
from infraplan.engineering.costs.prices import compression_mwh_per_t
from infraplan.study import Assumptions


def _divisor(assumptions: Assumptions, subject: str, parameter: str, unit: str) -> float:
    """Return an assumption that something is divided by; refuse 0."""
    value = assumptions.value(subject, parameter, unit)
    if value <= 0.0:
        row = assumptions.row(subject, parameter)
        raise DesignError(
            Problem(
                "assumption.not_positive",
                {"subject": subject, "parameter": parameter},
                row.file,
                row.row,
                "value",
                f"{row.value:g}",
            )
        )
    return value


def _electricity(assumptions: Assumptions) -> float:
    return eur(assumptions, "pipeline_operation", "electricity_price", "eur_per_mwh")


def compression_eur_per_t(assumptions: Assumptions, *, load_factor: float) -> float:
    """Compression from capture to the inlet of the network, with drying [EUR/t].

    Source: isentropic stages on CoolProp; investment per t/h after AIT (2024) as quoted by PyPSA (2026).
    """
    name = "co2_compression"
    invested = eur(assumptions, name, "capex", "eur_per_t_per_h") * annuity(name, assumptions)
    mwh_per_t = compression_mwh_per_t("co2", assumptions) + assumptions.value(name, "drying", "mwh_per_t")
    return invested / (units.HOURS_PER_YEAR * load_factor) + mwh_per_t * _electricity(assumptions)


def liquefaction_eur_per_t(assumptions: Assumptions) -> float:
    """Liquefaction for medium-pressure ships [EUR/t]."""
    name = "co2_liquefaction"
    invested = eur(assumptions, name, "capex", "eur_per_t_per_a") * annuity(name, assumptions)
    return invested + assumptions.value(name, "electricity", "mwh_per_t") * _electricity(assumptions)


def cargoes_per_a(assumptions: Assumptions) -> float:
    """Round trips [1/a] that one ship makes."""
    name = "co2_ship"
    sailing_h = 2.0 * assumptions.value(name, "distance", "km") / _divisor(assumptions, name, "speed", "km_per_h")
    trip_h = sailing_h + assumptions.value(name, "port_time", "h")
    return units.HOURS_PER_YEAR * _divisor(assumptions, name, "availability", "share") / trip_h


def ship_eur_per_t(assumptions: Assumptions) -> float:
    """Shipping there and back [EUR/t].

    Source: Danish Energy Agency (2021), ships for CO2; round trips by speed, distance and time in port.
    """
    name = "co2_ship"
    yearly = eur(assumptions, name, "capex", "eur_per_t") * annuity(name, assumptions)
    sailing_d = 2.0 * assumptions.value(name, "distance", "km") / _divisor(assumptions, name, "speed", "km_per_h")
    sailing_d /= units.HOURS_PER_DAY
    cargo_t = _divisor(assumptions, name, "cargo", "kt") * units.T_PER_KT
    fuel = (
        sailing_d * assumptions.value(name, "fuel", "mwh_per_d") * eur(assumptions, name, "fuel_price", "eur_per_mwh")
    )
    return yearly / cargoes_per_a(assumptions) + fuel / cargo_t


def terminal_eur_per_t(assumptions: Assumptions) -> float:
    """Tanks and loading at both ends [EUR/t]; a tank turns over once per cargo.

    Source: Danish Energy Agency (2021), export terminal at an existing pier.
    """
    name = "co2_terminal"
    stored_t = assumptions.value(name, "storage_per_cargo", "1")  # per t of cargo
    yearly = stored_t * eur(assumptions, name, "capex", "eur_per_t") * annuity(name, assumptions)
    # enough ships that one loads as another leaves: the tank waits for a stream that fills it in a port time
    days = _divisor(assumptions, "co2_ship", "port_time", "h") / units.HOURS_PER_DAY
    turns_per_a = units.HOURS_PER_YEAR / units.HOURS_PER_DAY / days
    power = assumptions.value(name, "electricity", "mwh_per_t_per_d") * days * _electricity(assumptions)
    return assumptions.value(name, "ports", "1") * (yearly / turns_per_a + power)


def storage_eur_per_t(assumptions: Assumptions) -> float:
    """Injection and store [EUR/t]. Source: Danish Energy Agency (2021)."""
    return eur(assumptions, "co2_storage", "tariff", "eur_per_t")


def shipped_chain_eur_per_t(assumptions: Assumptions) -> dict[str, float]:
    """What taking a tonne from a port to an offshore store by ship costs, link by link [EUR/t]."""
    return {
        "liquefaction": liquefaction_eur_per_t(assumptions),
        "terminal": terminal_eur_per_t(assumptions),
        "shipping": ship_eur_per_t(assumptions),
        "storage": storage_eur_per_t(assumptions),
    }
