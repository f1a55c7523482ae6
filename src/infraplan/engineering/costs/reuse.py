"""Repurposed pipes: capacity of an existing gas line for another carrier, and cost of its conversion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from infraplan.core import Carrier, DesignError, Problem, units
from infraplan.engineering import hydraulics
from infraplan.engineering.costs.prices import anchors, capex_eur_per_m
from infraplan.engineering.hydraulics import Design
from infraplan.study import Assumptions


@dataclass(frozen=True)
class Reuse:
    """An existing line of one size, converted to another carrier and compared with a new line.

    Attributes
    ----------
    carrier
        New carrier.
    dn_mm
        Nominal diameter [mm].
    inlet_bar
        Inlet pressure [bar].
    capacity_per_a
        Capacity [kt/a or GWh/a].
    capex_eur_per_m
        Investment [EUR/m] in money of ``money_year``.
    cost_factor
        That investment over the investment in a new line of the same size [-].
    """

    carrier: Carrier
    dn_mm: float
    inlet_bar: float
    capacity_per_a: float
    capex_eur_per_m: float
    cost_factor: float


def reuse(carrier: Carrier, assumptions: Assumptions, *, dn_mm: float, pressure_bar: float | None = None) -> Reuse:
    """Return capacity and cost of a former natural-gas line for a carrier.

    Hydrogen may use any gas line, CO2 only at low pressure as a gas. Dense CO2 and heat may not.

    Parameters
    ----------
    carrier
        New carrier.
    assumptions
        Assumptions of the study.
    dn_mm
        Nominal diameter of the old line [mm].
    pressure_bar
        Highest pressure of the old line [bar]; default: the usual one.

    Raises
    ------
    DesignError
        If the carrier cannot use a gas line at that pressure, or the size is unknown.

    Notes
    -----
    Source: European Hydrogen Backbone (2023) for hydrogen, own estimate for gas-phase CO2.
    """
    line = _old_line(carrier, assumptions, pressure_bar)
    sizes_mm, inner_m = hydraulics.sizes(carrier, assumptions)
    index = np.flatnonzero(sizes_mm == dn_mm)
    if not len(index):
        known = ", ".join(f"{size:g}" for size in sizes_mm)
        raise DesignError(Problem("pipe.unknown_size", {"known": known}, value=f"{dn_mm:g}"))
    flow = float(hydraulics.design_flow_kg_per_s(line, inner_m)[index[0]])
    full_hours = units.HOURS_PER_YEAR * line.load_factor
    new = float(capex_eur_per_m(carrier, assumptions)[index[0]])
    if carrier == "co2":
        capacity = flow * full_hours * units.SECONDS_PER_HOUR / units.KG_PER_KT
        old = new * assumptions.value("repurposed", "co2_cost_share", "share")
    else:
        capacity = flow * units.H2_LHV_MJ_PER_KG * full_hours / units.MWH_PER_GWH
        at_mm, capex = anchors("h2_repurposed_capex", assumptions)
        old = float(np.interp(dn_mm, at_mm, capex)) * assumptions.value("h2_pipeline", "capex_factor", "1")
    return Reuse(carrier, dn_mm, line.inlet_bar, capacity, old, old / new)


def _old_line(carrier: Carrier, assumptions: Assumptions, pressure_bar: float | None) -> Design:
    """Return the carrier's design at the pressure of the old line; refuse an unsuitable carrier or pressure."""
    if carrier == "heat":
        raise DesignError(Problem("reuse.no_hot_water", value=carrier))
    usual = assumptions.value("repurposed", f"{carrier}_pressure", "bar")
    inlet_bar = usual if pressure_bar is None else pressure_bar
    subject = "co2_gas_pipeline" if carrier == "co2" else hydraulics.SUBJECTS[carrier]
    line = hydraulics.design(carrier, assumptions, subject=subject)
    if carrier == "co2":
        highest_gas, lowest_dense = hydraulics.two_phase_window_bar(line.temperature_degc, assumptions)
        if inlet_bar > highest_gas:
            raise DesignError(
                Problem(
                    "reuse.no_dense_co2",
                    {"lowest_dense": lowest_dense, "highest_gas": highest_gas},
                    value=f"{inlet_bar:g} bar",
                )
            )
    if inlet_bar <= 0.0:
        raise DesignError(Problem("pipe.pressure_not_positive", value=f"{inlet_bar:g}"))
    # the old line may fall by the same share of its pressure as the new one
    return replace(line, inlet_bar=inlet_bar, outlet_bar=line.outlet_bar * inlet_bar / line.inlet_bar)
