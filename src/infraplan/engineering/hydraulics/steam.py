"""Steam lines: capacity, pressure loss, and steam that condenses on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infraplan.core import DesignError, FloatArray, Problem, units
from infraplan.engineering.hydraulics import fluids, lines, pipes
from infraplan.study import Assumptions

SUBJECT = "steam_network"
_WATER = fluids.FLUIDS["heat"]
# stay just above saturation: at saturation, pressure and temperature do not fix the state
_JUST_ABOVE_K = 0.05
_PASSES = 4


@dataclass(frozen=True)
class SteamDesign:
    """Design conditions of a steam line.

    ``temperature_degc`` is the saturation temperature unless the steam is superheated.
    """

    inlet_bar: float
    outlet_bar: float
    temperature_degc: float
    condensate_degc: float
    length_m: float
    roughness_m: float
    max_velocity_m_per_s: float
    load_factor: float

    def density(self, bar: float) -> float:
        """Return the density [kg/m3] at the design temperature, or of saturated steam where that is warmer."""
        return float(fluids.at("D", _WATER, bar, self._degc(bar)))

    def viscosity(self, bar: float) -> float:
        """Return the dynamic viscosity [Pa s] at the design temperature, or of saturated steam where that is warmer."""
        return float(fluids.at("V", _WATER, bar, self._degc(bar)))

    def _degc(self, bar: float) -> float:
        return max(self.temperature_degc, saturation_degc(bar) + _JUST_ABOVE_K)

    @property
    def joule_per_kg(self) -> float:
        """Heat [J/kg] that the steam gives off down to the condensate temperature."""
        steam = fluids.at("H", _WATER, self.inlet_bar, self._degc(self.inlet_bar))
        return steam - fluids.at("H", _WATER, self.inlet_bar, self.condensate_degc)

    @property
    def latent_joule_per_kg(self) -> float:
        """Heat [J/kg] that the steam gives off until it is water at the inlet pressure."""
        water = fluids.state("H", "P", self.inlet_bar * units.PA_PER_BAR, "Q", 0.0, _WATER)
        return fluids.at("H", _WATER, self.inlet_bar, self._degc(self.inlet_bar)) - water


def saturation_degc(bar: float) -> float:
    """Return the boiling temperature [degC] of water at ``bar``."""
    return fluids.state("T", "P", bar * units.PA_PER_BAR, "Q", 1.0, _WATER) - units.KELVIN_AT_0_DEGC


def steam_design(assumptions: Assumptions) -> SteamDesign:
    """Read the design conditions of a steam line from the assumptions of ``steam_network``.

    Raises
    ------
    DesignError
        With every absurdity: outlet above inlet, condensate that would be steam, a line without length.
    """

    def read(parameter: str, unit: str) -> float:
        return assumptions.value(SUBJECT, parameter, unit)

    found = SteamDesign(
        inlet_bar=read("inlet_pressure", "bar"),
        outlet_bar=read("outlet_pressure", "bar"),
        temperature_degc=read("temperature", "degc"),
        condensate_degc=read("condensate_temperature", "degc"),
        length_m=read("design_length", "km") * units.M_PER_KM,
        roughness_m=read("roughness", "mm") / units.MM_PER_M,
        max_velocity_m_per_s=read("max_velocity", "m_per_s"),
        load_factor=read("load_factor", "share"),
    )
    wrong = []
    if not 0.0 < found.outlet_bar < found.inlet_bar:
        wrong.append(("outlet_pressure", "steam.outlet"))
    elif found.condensate_degc >= saturation_degc(found.outlet_bar):
        wrong.append(("condensate_temperature", "steam.condensate"))
    wrong += [
        (parameter, "steam.not_positive")
        for parameter, value in (
            ("design_length", found.length_m),
            ("max_velocity", found.max_velocity_m_per_s),
            ("load_factor", found.load_factor),
        )
        if value <= 0.0
    ]
    if wrong:
        rows = [(assumptions.row(SUBJECT, parameter), code) for parameter, code in wrong]
        raise DesignError(
            Problem(
                code,
                {"name": SUBJECT, "parameter": row.parameter, "inlet_bar": found.inlet_bar},
                row.file,
                row.row,
                "value",
                f"{row.value:g}",
            )
            for row, code in rows
        )
    return found


def steam_sizes(assumptions: Assumptions) -> tuple[FloatArray, FloatArray]:
    """Return nominal [mm] and inner [m] diameters of steam pipes: the same pipes as for hot water."""
    return lines.sizes("heat", assumptions)


def steam_flow_kg_per_s(line: SteamDesign, inner_m: npt.ArrayLike) -> FloatArray:
    """Return the steam [kg/s] that a pipe carries over the design length.

    The flow is limited by the velocity at the inlet, as in the usual tables, or by the pressure drop of a gas at its
    mean state.
    """
    inner = np.asarray(inner_m, dtype=float)
    fastest = line.max_velocity_m_per_s * line.density(line.inlet_bar) * math.pi / 4.0 * inner**2
    mean_bar = pipes.mean_pressure_bar(line.inlet_bar, line.outlet_bar)
    gradient = pipes.gradient_pa_per_m(line.inlet_bar, line.outlet_bar, length_m=line.length_m)
    resistance = pipes.liquid_resistance(gradient=gradient, density=line.density(mean_bar))
    rubbed = pipes.flow_kg_per_s(
        inner, resistance=resistance, viscosity=line.viscosity(mean_bar), roughness_m=line.roughness_m
    )
    return np.minimum(fastest, rubbed)


def steam_capacities(assumptions: Assumptions) -> tuple[FloatArray, FloatArray]:
    """Return nominal diameters [mm] and the heat [MW] that each carries, down to the condensate temperature."""
    line = steam_design(assumptions)
    dn_mm, inner = steam_sizes(assumptions)
    return dn_mm, steam_flow_kg_per_s(line, inner) * line.joule_per_kg / units.W_PER_MW


def steam_size_mm(heat_mw: float, assumptions: Assumptions) -> float:
    """Return the nominal diameter [mm] of the thinnest steam pipe that carries ``heat_mw`` [MW].

    Raises
    ------
    DesignError
        If no standard pipe carries that much.
    """
    dn_mm, capacity = steam_capacities(assumptions)
    index = int(np.searchsorted(capacity, heat_mw - 1e-12))
    if index == len(dn_mm):
        raise DesignError(
            Problem("pipe.steam_too_wide", {"heat_mw": heat_mw, "most_mw": capacity[-1]}, value=f"{heat_mw:g}")
        )
    return float(dn_mm[index])


def steam_outlet_bar(line: SteamDesign, *, length_m: float, inner_m: float, flow: float) -> float:
    """Return the pressure [bar] at the end of a steam pipe that carries ``flow`` [kg/s]; 0 if none is left.

    Source: Darcy & Weisbach at the mean state, p1² - p2² = 2 p_mean (p1 - p2) for a gas.
    """
    outlet = line.inlet_bar
    for _ in range(_PASSES):
        mean_bar = round(pipes.mean_pressure_bar(line.inlet_bar, max(outlet, line.outlet_bar / 2.0)), 3)
        density = line.density(mean_bar)
        reynolds = 4.0 * flow / (math.pi * inner_m * line.viscosity(mean_bar))
        friction = float(pipes.friction_factor(reynolds, relative_roughness=line.roughness_m / inner_m))
        gradient = 8.0 * friction * flow**2 / (math.pi**2 * density * inner_m**5)
        squares = line.inlet_bar**2 - 2.0 * mean_bar * gradient * length_m / units.PA_PER_BAR
        if squares <= 0.0:
            return 0.0
        outlet = math.sqrt(squares)
    return outlet


def steam_loss_w_per_m(assumptions: Assumptions) -> FloatArray:
    """Return the heat [W/m] that an insulated steam line above ground loses to the air, per standard size.

    Source: conduction through a cylinder. The resistance of the air outside is left out, so the loss is on the high
    side.
    """
    line = steam_design(assumptions)
    steel = lines.diameters_m("heat", assumptions, parameter="outer_diameter")
    thick = assumptions.value(SUBJECT, "insulation_thickness", "mm") / units.MM_PER_M
    conductivity = assumptions.value(SUBJECT, "insulation_conductivity", "w_per_m_k")
    degc = max(line.temperature_degc, saturation_degc(line.inlet_bar))
    warmth = degc - assumptions.value(SUBJECT, "air_temperature", "degc")
    return np.asarray(2.0 * math.pi * conductivity * warmth / np.log((steel + 2.0 * thick) / steel), dtype=float)


def condensed_kg_per_s(line: SteamDesign, *, loss_w_per_m: float, length_m: float) -> float:
    """Return the steam [kg/s] that condenses along ``length_m`` [m] by heat loss; superheat is lost first."""
    return loss_w_per_m * length_m / line.latent_joule_per_kg
