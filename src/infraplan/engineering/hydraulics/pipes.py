"""Friction, diameter and flow of long pipes.

Every formula has the form ``inner_diameter**5 = resistance * friction * mass_flow**2``. Liquid and gas differ only in
their resistance, so ``flow_kg_per_s`` and ``diameter_m`` serve every carrier.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from infraplan.core import DesignError, FloatArray, Problem, units
from infraplan.engineering.hydraulics import fluids


def friction_factor(reynolds: npt.ArrayLike, *, relative_roughness: npt.ArrayLike) -> FloatArray:
    """Return the Darcy friction factor [-] of turbulent flow.

    Source: Colebrook (1939), solved by Newton's method from the explicit start of Haaland (1983).
    """
    re = np.asarray(reynolds, dtype=float)
    rough = np.asarray(relative_roughness, dtype=float) / 3.7
    root = -1.8 * np.log10(rough**1.11 + 6.9 / re)
    for _ in range(4):  # quadratic convergence: Haaland is within 2 %, so three steps reach machine precision
        inside = rough + 2.51 * root / re
        slope = 1.0 + 2.0 * 2.51 / (re * inside * math.log(10.0))
        root = root - (root + 2.0 * np.log10(inside)) / slope
    return np.asarray(1.0 / root**2, dtype=float)


def gradient_pa_per_m(
    inlet_bar: float, outlet_bar: float, *, length_m: float, density: float = 0.0, rise_m: float = 0.0
) -> float:
    """Return the pressure gradient [Pa/m] left for friction after a rise.

    Parameters
    ----------
    inlet_bar, outlet_bar
        Pressures at both ends [bar].
    length_m
        Length of the pipe [m].
    density
        Density of the fluid [kg/m3].
    rise_m
        Height of the outlet above the inlet [m].

    Raises
    ------
    DesignError
        If no pressure is left for friction.
    """
    drop = (inlet_bar - outlet_bar) * units.PA_PER_BAR - density * units.GRAVITY_M_PER_S2 * rise_m
    if drop <= 0.0 or length_m <= 0.0:
        raise DesignError(
            Problem(
                "pipe.no_friction_left",
                {"inlet_bar": inlet_bar, "outlet_bar": outlet_bar, "length_m": length_m, "rise_m": rise_m},
            )
        )
    return drop / length_m


def liquid_resistance(*, gradient: float, density: float) -> float:
    """Return the resistance of a liquid of ``density`` [kg/m3] at ``gradient`` [Pa/m]. Source: Darcy & Weisbach."""
    return 8.0 / (math.pi**2 * density * gradient)


def gas_resistance(
    fluid: str, *, inlet_bar: float, outlet_bar: float, length_m: float, temperature_degc: float
) -> float:
    """Return the resistance of an isothermal gas line.

    Source: general flow equation p1² - p2² = 16 Z R T f L m² / (π² D⁵ M), Z at the mean pressure
    (e.g. Menon, 2005; Oeuvray et al., 2024, without the height term).
    """
    z = fluids.compressibility(
        fluid, pressure_bar=mean_pressure_bar(inlet_bar, outlet_bar), temperature_degc=temperature_degc
    )
    gas_constant = units.GAS_CONSTANT_J_PER_MOL_K / fluids.constant("molemass", fluid)
    squares = (inlet_bar**2 - outlet_bar**2) * units.PA_PER_BAR**2
    kelvin = temperature_degc + units.KELVIN_AT_0_DEGC
    return 16.0 * z * gas_constant * kelvin * length_m / (math.pi**2 * squares)


def mean_pressure_bar(inlet_bar: float, outlet_bar: float) -> float:
    """Return the mean pressure [bar] of gas along a line. Source: integral of p over the general flow equation."""
    return 2.0 / 3.0 * (inlet_bar + outlet_bar - inlet_bar * outlet_bar / (inlet_bar + outlet_bar))


def flow_kg_per_s(inner_m: npt.ArrayLike, *, resistance: float, viscosity: float, roughness_m: float) -> FloatArray:
    """Return the mass flow [kg/s] through pipes of inner diameter ``inner_m`` [m].

    No iteration is needed: at a given gradient the Colebrook equation contains only Reynolds times the root of the
    friction factor, which depends on the diameter alone.
    """
    inner = np.asarray(inner_m, dtype=float)
    frictionless = np.sqrt(inner**5 / resistance)
    reynolds_root = 4.0 * frictionless / (math.pi * viscosity * inner)
    inverse_root = -2.0 * np.log10(roughness_m / (3.7 * inner) + 2.51 / reynolds_root)
    return np.asarray(frictionless * inverse_root, dtype=float)


def diameter_m(
    mass_flow: npt.ArrayLike,
    *,
    resistance: float,
    viscosity: float,
    roughness_m: float,
    friction: float | None = None,
) -> FloatArray:
    """Return the inner diameter [m] that carries a mass flow.

    Parameters
    ----------
    mass_flow
        Mass flow [kg/s].
    resistance
        See ``liquid_resistance`` and ``gas_resistance``.
    viscosity
        Dynamic viscosity [Pa s].
    roughness_m
        Wall roughness [m].
    friction
        Fixed friction factor [-], e.g. 0.015 in COMET; default: Colebrook.

    Notes
    -----
    Source: Darcy & Weisbach with Colebrook, iterated as in NETL's CO2 transport cost model (2018).
    """
    flow = np.asarray(mass_flow, dtype=float)
    if friction is not None:
        return np.asarray((resistance * friction * flow**2) ** 0.2, dtype=float)
    inner = (resistance * 0.015 * flow**2) ** 0.2
    for _ in range(20):  # the fifth root reduces the error about tenfold per step
        reynolds = 4.0 * flow / (math.pi * viscosity * inner)
        factor = friction_factor(reynolds, relative_roughness=roughness_m / inner)
        inner = (resistance * factor * flow**2) ** 0.2
    return np.asarray(inner, dtype=float)


def velocity_m_per_s(mass_flow: npt.ArrayLike, *, inner_m: npt.ArrayLike, density: npt.ArrayLike) -> FloatArray:
    """Return the mean velocity [m/s] of ``mass_flow`` [kg/s] at ``density`` [kg/m3]."""
    area = math.pi / 4.0 * np.asarray(inner_m, dtype=float) ** 2
    return np.asarray(np.asarray(mass_flow, dtype=float) / (np.asarray(density, dtype=float) * area), dtype=float)
