"""How much a pipe carries: fluid properties, friction, pipe size, capacity per standard size."""

from __future__ import annotations

from infraplan.hydraulics.fluids import (
    FLUIDS,
    compressibility,
    compression_kwh_per_kg,
    density_kg_per_m3,
    pump_kwh_per_kg,
    saturation_pressure_bar,
    viscosity_pa_s,
)
from infraplan.hydraulics.lines import (
    SUBJECTS,
    Design,
    boosting_w_per_m,
    capacities,
    design,
    design_flow_kg_per_s,
    diameters_m,
    h2_backbone_gw,
    heat_loss_w_per_m,
    heat_mw,
    sizes,
    standard_size,
)
from infraplan.hydraulics.pipes import (
    diameter_m,
    flow_kg_per_s,
    friction_factor,
    gas_resistance,
    gradient_pa_per_m,
    liquid_resistance,
    mean_pressure_bar,
    velocity_m_per_s,
)

__all__ = [
    "FLUIDS",
    "SUBJECTS",
    "Design",
    "boosting_w_per_m",
    "capacities",
    "compressibility",
    "compression_kwh_per_kg",
    "density_kg_per_m3",
    "design",
    "design_flow_kg_per_s",
    "diameter_m",
    "diameters_m",
    "flow_kg_per_s",
    "friction_factor",
    "gas_resistance",
    "gradient_pa_per_m",
    "h2_backbone_gw",
    "heat_loss_w_per_m",
    "heat_mw",
    "liquid_resistance",
    "mean_pressure_bar",
    "pump_kwh_per_kg",
    "saturation_pressure_bar",
    "sizes",
    "standard_size",
    "velocity_m_per_s",
    "viscosity_pa_s",
]
