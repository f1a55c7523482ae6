"""Planned lines: design conditions from the assumptions, standard sizes, capacity of each size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from infraplan.core import Carrier, DesignError, FloatArray, Problem, units
from infraplan.engineering.hydraulics import fluids, pipes
from infraplan.engineering.hydraulics.fluids import FLUIDS
from infraplan.study import Assumptions

SUBJECTS: dict[Carrier, str] = {"co2": "co2_pipeline", "h2": "h2_pipeline", "heat": "heat_network"}
_SIZES: dict[Carrier, str] = {"co2": "pipe_dn", "h2": "pipe_dn", "heat": "water_pipe_dn"}
_COLEBROOK_RELATIVE_ROUGHNESS = 0.05  # the equation's own limit of validity


@dataclass(frozen=True)
class Design:
    """Design conditions of a line.

    ``supply_degc``, ``return_degc`` and ``gradient`` [Pa/m] are for heat only; ``gas`` selects the gas or liquid
    formula.
    """

    fluid: str
    gas: bool
    inlet_bar: float
    outlet_bar: float
    length_m: float
    temperature_degc: float
    roughness_m: float
    max_velocity_m_per_s: float
    load_factor: float
    supply_degc: float = math.nan
    return_degc: float = math.nan
    gradient: float = math.nan

    @property
    def slowest_density(self) -> float:
        """Density [kg/m3] where the line runs fastest: at the lowest pressure."""
        return fluids.density_kg_per_m3(
            self.fluid, pressure_bar=self.outlet_bar, temperature_degc=self.temperature_degc
        )


def sizes(carrier: Carrier, assumptions: Assumptions) -> tuple[FloatArray, FloatArray]:
    """Return nominal [mm] and inner [m] diameters of the standard pipes, thinnest first.

    Raises
    ------
    DesignError
        If a size has no number in its name, there is no size, or the inner diameters do not grow.
    """
    prefix = _SIZES[carrier]
    names = [s.removeprefix(prefix) for s in assumptions.subjects("inner_diameter") if s.startswith(prefix)]
    if not all(name.isdigit() for name in names):
        raise DesignError(
            Problem(
                "pipe.wrong_name",
                {"prefix": prefix},
                file="data/assumptions/pipes.csv",
                value=" ".join(name for name in names if not name.isdigit()),
            )
        )
    rows = sorted((float(n), assumptions.value(f"{prefix}{n}", "inner_diameter", "mm")) for n in names)
    if not rows or any(thin[1] >= thick[1] for thin, thick in pairwise(rows)):
        raise DesignError(Problem("pipe.sizes_not_growing", {"prefix": prefix}, "data/assumptions/pipes.csv"))
    table = np.array(rows, dtype=float)
    return table[:, 0], table[:, 1] / units.MM_PER_M


def diameters_m(carrier: Carrier, assumptions: Assumptions, *, parameter: str) -> FloatArray:
    """Return another diameter [m] of the standard pipes: ``outer_diameter``, or ``casing_diameter`` for heat."""
    names = [f"{_SIZES[carrier]}{dn:g}" for dn in sizes(carrier, assumptions)[0]]
    return np.array([assumptions.value(name, parameter, "mm") for name in names]) / units.MM_PER_M


def standard_size(inner_m: float, carrier: Carrier, assumptions: Assumptions) -> float:
    """Return the nominal diameter [mm] of the thinnest standard pipe at least ``inner_m`` [m] wide.

    Raises
    ------
    DesignError
        If no standard pipe is wide enough.
    """
    dn_mm, inner = sizes(carrier, assumptions)
    index = int(np.searchsorted(inner, inner_m - 1e-12))
    if index == len(dn_mm):
        raise DesignError(Problem("pipe.too_wide", {"carrier": carrier, "inner_m": inner_m, "widest_m": inner[-1]}))
    return float(dn_mm[index])


def design(carrier: Carrier, assumptions: Assumptions, *, subject: str | None = None) -> Design:
    """Read the design conditions of a carrier from the assumptions.

    Parameters
    ----------
    carrier
        Carrier of the line.
    assumptions
        Assumptions of the study.
    subject
        Subject of the assumptions; default: that of the planned network.

    Raises
    ------
    DesignError
        With every absurdity: outlet above inlet, two-phase CO2, boiling water, negative roughness ...
    """
    name = SUBJECTS[carrier] if subject is None else subject
    heat = carrier == "heat"

    def read(parameter: str, unit: str) -> float:
        return assumptions.value(name, parameter, unit)

    inlet = read("inlet_pressure", "bar")
    supply, back = (read(p, "degc") if heat else math.nan for p in ("supply_temperature", "return_temperature"))
    found = Design(
        fluid=FLUIDS[carrier],
        gas=carrier == "h2",
        inlet_bar=inlet,
        outlet_bar=inlet if heat else read("outlet_pressure", "bar"),
        length_m=math.nan if heat else read("design_length", "km") * units.M_PER_KM,
        temperature_degc=(supply + back) / 2.0 if heat else read("temperature", "degc"),
        roughness_m=read("roughness", "mm") / units.MM_PER_M,
        max_velocity_m_per_s=read("max_velocity", "m_per_s"),
        load_factor=read("load_factor", "share"),
        supply_degc=supply,
        return_degc=back,
        gradient=read("gradient", "pa_per_m") if heat else math.nan,
    )
    thinnest = float(sizes(carrier, assumptions)[1][0])
    problems = [
        Problem(
            code,
            {"name": name, "parameter": parameter, "inlet_bar": found.inlet_bar},
            row.file,
            row.row,
            "value",
            f"{row.value:g}",
        )
        for parameter, code in _absurdities(found, thinnest, heat=heat)
        for row in (assumptions.row(name, parameter),)
    ]
    if problems:
        raise DesignError(problems)
    if carrier == "co2":
        return replace(found, gas=_is_gas(found, name, assumptions))
    return found


def _absurdities(line: Design, thinnest_m: float, *, heat: bool) -> Iterator[tuple[str, str]]:
    """Yield parameter and code of what is wrong with it."""
    if not 0.0 <= line.roughness_m <= _COLEBROOK_RELATIVE_ROUGHNESS * thinnest_m:
        yield "roughness", "pipe.roughness"
    if line.max_velocity_m_per_s <= 0.0:
        yield "max_velocity", "pipe.no_velocity"
    if line.load_factor <= 0.0:
        yield "load_factor", "pipe.never_runs"
    if heat:
        if line.gradient <= 0.0:
            yield "gradient", "pipe.no_gradient"
        if line.supply_degc <= line.return_degc:
            yield "supply_temperature", "pipe.supply_not_warmer"
        elif line.inlet_bar <= fluids.saturation_pressure_bar(line.fluid, temperature_degc=line.supply_degc):
            yield "inlet_pressure", "pipe.would_boil"
        return
    if line.length_m <= 0.0:
        yield "design_length", "pipe.no_length"
    if line.outlet_bar <= 0.0:
        yield "outlet_pressure", "pipe.outlet_not_positive"
    elif line.outlet_bar >= line.inlet_bar:
        yield "outlet_pressure", "pipe.outlet_above_inlet"


def two_phase_window_bar(temperature_degc: float, assumptions: Assumptions) -> tuple[float, float]:
    """Return the limits [bar] between which CO2 may boil or condense: highest for gas, lowest for dense."""
    saturation = fluids.saturation_pressure_bar(FLUIDS["co2"], temperature_degc=temperature_degc)
    margin = assumptions.value("co2_phase", "saturation_margin", "bar")
    dense = assumptions.value("co2_phase", "dense_minimum", "bar")
    return saturation - margin, max(saturation + margin, dense)


def _is_gas(line: Design, name: str, assumptions: Assumptions) -> bool:
    """Return True for gas and False for dense CO2; refuse a line that may boil or condense."""
    highest_gas, lowest_dense = two_phase_window_bar(line.temperature_degc, assumptions)
    if line.outlet_bar >= lowest_dense:
        return False
    if line.inlet_bar <= highest_gas:
        return True
    row = assumptions.row(name, "outlet_pressure")
    raise DesignError(
        Problem(
            "pipe.two_phases",
            {
                "name": name,
                "inlet_bar": line.inlet_bar,
                "outlet_bar": line.outlet_bar,
                "temperature_degc": line.temperature_degc,
                "highest_gas": highest_gas,
                "lowest_dense": lowest_dense,
            },
            row.file,
            row.row,
            "value",
            f"{row.value:g}",
        )
    )


def design_flow_kg_per_s(line: Design, inner_m: npt.ArrayLike) -> FloatArray:
    """Return the mass flow [kg/s] of a line at its design gradient, or at its velocity limit if that is lower."""
    inner = np.asarray(inner_m, dtype=float)
    fastest = line.max_velocity_m_per_s * line.slowest_density * math.pi / 4.0 * inner**2
    return np.minimum(_friction_flow_kg_per_s(line, inner), fastest)


def _friction_flow_kg_per_s(line: Design, inner: FloatArray) -> FloatArray:
    """Return the mass flow [kg/s] at the design gradient, without velocity limit."""
    pressure = pipes.mean_pressure_bar(line.inlet_bar, line.outlet_bar)
    state = {"pressure_bar": pressure, "temperature_degc": line.temperature_degc}
    if line.gas:
        resistance = pipes.gas_resistance(
            line.fluid,
            inlet_bar=line.inlet_bar,
            outlet_bar=line.outlet_bar,
            length_m=line.length_m,
            temperature_degc=line.temperature_degc,
        )
    else:
        resistance = pipes.liquid_resistance(
            gradient=drop_pa_per_m(line), density=fluids.density_kg_per_m3(line.fluid, **state)
        )
    return pipes.flow_kg_per_s(
        inner,
        resistance=resistance,
        viscosity=fluids.viscosity_pa_s(line.fluid, **state),
        roughness_m=line.roughness_m,
    )


def drop_pa_per_m(line: Design) -> float:
    """Return the mean pressure gradient [Pa/m] of a line."""
    if math.isnan(line.length_m):
        return line.gradient
    return pipes.gradient_pa_per_m(line.inlet_bar, line.outlet_bar, length_m=line.length_m)


def heat_mw(mass_flow: npt.ArrayLike, *, supply_degc: float, return_degc: float, pressure_bar: float) -> FloatArray:
    """Return the heat [MW] that water of ``mass_flow`` [kg/s] gives off between supply and return."""
    water = FLUIDS["heat"]
    joule_per_kg = fluids.at("H", water, pressure_bar, supply_degc) - fluids.at("H", water, pressure_bar, return_degc)
    return np.asarray(np.asarray(mass_flow, dtype=float) * joule_per_kg / units.W_PER_MW, dtype=float)


def capacities(
    carrier: Carrier, assumptions: Assumptions, *, subject: str | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return nominal diameters [mm] and yearly capacities [kt/a for co2, GWh/a for h2 (LHV) and heat].

    Raises
    ------
    DesignError
        If the design conditions are absurd (see ``design``).
    """
    line = design(carrier, assumptions, subject=subject)
    dn_mm, inner = sizes(carrier, assumptions)
    flow = design_flow_kg_per_s(line, inner)
    full_hours = units.HOURS_PER_YEAR * line.load_factor
    if carrier == "co2":
        return dn_mm, flow * full_hours * units.SECONDS_PER_HOUR / units.KG_PER_KT
    if carrier == "h2":
        power_mw = flow * units.H2_LHV_MJ_PER_KG
    else:
        power_mw = heat_mw(
            flow, supply_degc=line.supply_degc, return_degc=line.return_degc, pressure_bar=line.inlet_bar
        )
    return dn_mm, power_mw * full_hours / units.MWH_PER_GWH


def h2_backbone_gw(dn_mm: float, assumptions: Assumptions, *, pressure_bar: float) -> float:
    """Return the hydrogen capacity [GW LHV] that operators plan for a long backbone.

    This is a screening formula, not hydraulics: 13 (DN/1200)^2.18 (p/80).

    Source: European Hydrogen Backbone (2021) operating points, fitted by eGon (2023).
    """

    def read(parameter: str, unit: str) -> float:
        return assumptions.value("h2_backbone", parameter, unit)

    width = math.pow(dn_mm / read("reference_dn", "mm"), read("diameter_exponent", "1"))
    return read("reference_capacity", "gw") * width * pressure_bar / read("reference_pressure", "bar")


def minimum_bar(carrier: Carrier, assumptions: Assumptions) -> float:
    """Return the lowest pressure [bar] allowed in the planned network.

    For CO2 and hydrogen it is the design outlet pressure, for which the velocity limit was set. For hot water it is
    the boiling pressure at supply temperature plus a margin.

    Raises
    ------
    DesignError
        If the design conditions are absurd (see ``design``), or the inlet is not above the boiling pressure with
        margin.
    """
    line = design(carrier, assumptions)
    if carrier != "heat":
        return line.outlet_bar
    boiling = fluids.saturation_pressure_bar(line.fluid, temperature_degc=line.supply_degc)
    lowest = boiling + assumptions.value("heat_network", "boiling_margin", "bar")
    if lowest >= line.inlet_bar:
        row = assumptions.row("heat_network", "boiling_margin")
        raise DesignError(
            Problem(
                "pipe.boils_at_inlet",
                {"boiling_bar": boiling, "inlet_bar": line.inlet_bar},
                row.file,
                row.row,
                "value",
                f"{row.value:g}",
            )
        )
    return lowest


def heat_loss_w_per_m(assumptions: Assumptions, *, subject: str | None = None) -> FloatArray:
    """Return the heat lost [W per metre of trench] by a supply and return pair, per standard size.

    Source: EN 13941-1 (2019), two buried pre-insulated pipes (after Wallentén, 1991).
    """
    line = design("heat", assumptions, subject=subject)

    def read(parameter: str, unit: str) -> float:
        return assumptions.value("heat_pipe", parameter, unit)

    casing = diameters_m("heat", assumptions, parameter="casing_diameter")
    steel = diameters_m("heat", assumptions, parameter="outer_diameter")
    depth = read("cover", "m") + casing / 2.0
    between = casing + read("gap", "m")
    soil = 2.0 * math.pi * read("soil_conductivity", "w_per_m_k")
    insulation = np.log(casing / steel) / (2.0 * math.pi * read("insulation_conductivity", "w_per_m_k"))
    ground = np.log(4.0 * depth / casing) / soil
    mutual = np.log1p((2.0 * depth / between) ** 2) / (2.0 * soil)
    warmth = line.temperature_degc - read("soil_temperature", "degc")
    return np.asarray(2.0 * warmth / (insulation + ground + mutual), dtype=float)


def boosting_w_per_m(carrier: Carrier, assumptions: Assumptions) -> FloatArray:
    """Return the electric power [W/m] that makes up the pressure lost at design flow, per standard size."""
    line = design(carrier, assumptions)
    inner = sizes(carrier, assumptions)[1]
    flow = design_flow_kg_per_s(line, inner)
    efficiency = assumptions.value(f"{carrier}_boosting", "efficiency", "share")
    if line.gas:
        kwh_per_kg = fluids.compression_kwh_per_kg(
            line.fluid,
            suction_bar=line.outlet_bar,
            discharge_bar=line.inlet_bar,
            stages=1,
            efficiency=efficiency,
            suction_degc=line.temperature_degc,
            intercooler_degc=line.temperature_degc,
        )
        return flow * kwh_per_kg * fluids.J_PER_KWH / line.length_m
    directions = 2.0 if carrier == "heat" else 1.0  # supply and return
    # below the design gradient the pressure drop goes with the square of the flow
    drop = drop_pa_per_m(line) * (flow / _friction_flow_kg_per_s(line, inner)) ** 2
    return directions * flow * drop / (line.slowest_density * efficiency)


def mean_pumping_share(capacity: FloatArray) -> FloatArray:
    """Return the mean pumping power over that of a full pipe [-], per standard size, thinnest first.

    A size is chosen for flows between the capacity of the next thinner size and its own. Pumping power goes with the
    cube of the flow. The mean holds for flows spread evenly between the two capacities (r: thinner over own).

    Source: mean of u³ for u from r to 1 = (1 - r⁴) / (4 (1 - r)); Darcy & Weisbach for the cube.
    """
    r = np.concatenate([[0.0], capacity[:-1]]) / capacity
    return np.asarray((1.0 - r**4) / (4.0 * (1.0 - r)), dtype=float)
