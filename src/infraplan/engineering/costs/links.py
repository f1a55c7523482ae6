"""Costs of the CO2 chain beside the pipe: compression and drying, liquefaction, terminal, ship, storage.

All results are in EUR per tonne of CO2 in money of ``money_year``. A plan pays the cost that its hubs state; these
figures show the parts of such a cost, and check its order of magnitude.
"""

from __future__ import annotations

from infraplan.core import DesignError, Problem, units
from infraplan.engineering.costs.money import annuity, eur
from infraplan.engineering.costs.prices import compression_mwh_per_t
from infraplan.study import Assumptions


def _divisor(assumptions: Assumptions, subject: str, parameter: str, unit: str) -> float:
    """Return an assumption that serves as a divisor; refuse 0 and less."""
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
    """Return the electricity price [EUR/MWh]."""
    return eur(assumptions, "pipeline_operation", "electricity_price", "eur_per_mwh")


def compression_eur_per_t(assumptions: Assumptions, *, load_factor: float) -> float:
    """Return the cost [EUR/t] of compression from capture to the inlet of the network, drying included.

    Source: isentropic stages on CoolProp; investment per t/h after AIT (2024) as quoted by PyPSA (2026).
    """
    name = "co2_compression"
    invested = eur(assumptions, name, "capex", "eur_per_t_per_h") * annuity(name, assumptions)
    mwh_per_t = compression_mwh_per_t("co2", assumptions) + assumptions.value(name, "drying", "mwh_per_t")
    return invested / (units.HOURS_PER_YEAR * load_factor) + mwh_per_t * _electricity(assumptions)


def liquefaction_eur_per_t(assumptions: Assumptions) -> float:
    """Return the cost [EUR/t] of liquefaction for medium-pressure ships."""
    name = "co2_liquefaction"
    invested = eur(assumptions, name, "capex", "eur_per_t_per_a") * annuity(name, assumptions)
    return invested + assumptions.value(name, "electricity", "mwh_per_t") * _electricity(assumptions)


def cargoes_per_a(assumptions: Assumptions) -> float:
    """Return the round trips [1/a] that one ship makes."""
    name = "co2_ship"
    sailing_h = 2.0 * assumptions.value(name, "distance", "km") / _divisor(assumptions, name, "speed", "km_per_h")
    trip_h = sailing_h + assumptions.value(name, "port_time", "h")
    return units.HOURS_PER_YEAR * _divisor(assumptions, name, "availability", "share") / trip_h


def ship_eur_per_t(assumptions: Assumptions) -> float:
    """Return the cost [EUR/t] of shipping, the way back included.

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
    """Return the cost [EUR/t] of tanks and loading at both ends; each cargo fills a tank once.

    Source: Danish Energy Agency (2021), export terminal at an existing pier.
    """
    name = "co2_terminal"
    stored_t = assumptions.value(name, "storage_per_cargo", "1")  # per t of cargo
    yearly = stored_t * eur(assumptions, name, "capex", "eur_per_t") * annuity(name, assumptions)
    # with enough ships one always loads, so the flow fills a tank within one port time
    days = _divisor(assumptions, "co2_ship", "port_time", "h") / units.HOURS_PER_DAY
    turns_per_a = units.HOURS_PER_YEAR / units.HOURS_PER_DAY / days
    power = assumptions.value(name, "electricity", "mwh_per_t_per_d") * days * _electricity(assumptions)
    return assumptions.value(name, "ports", "1") * (yearly / turns_per_a + power)


def storage_eur_per_t(assumptions: Assumptions) -> float:
    """Return the cost [EUR/t] of injection and storage. Source: Danish Energy Agency (2021)."""
    return eur(assumptions, "co2_storage", "tariff", "eur_per_t")


def shipped_chain_eur_per_t(assumptions: Assumptions) -> dict[str, float]:
    """Return the cost [EUR/t] of each step from a port to an offshore store by ship."""
    return {
        "liquefaction": liquefaction_eur_per_t(assumptions),
        "terminal": terminal_eur_per_t(assumptions),
        "shipping": ship_eur_per_t(assumptions),
        "storage": storage_eur_per_t(assumptions),
    }
