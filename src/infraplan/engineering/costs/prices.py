"""Investment, running cost and price list per standard pipe size."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from infraplan.core import Carrier, DesignError, FloatArray, PipePrice, Problem, units
from infraplan.engineering import hydraulics
from infraplan.engineering.costs.money import annuity, eur
from infraplan.engineering.costs.regressions import model_eur
from infraplan.study import ENGINEERING, Assumptions

_UNITS: dict[Carrier, str] = {"co2": "kt_per_a", "h2": "gwh_per_a", "heat": "gwh_per_a"}
_PA_PER_MPA = 1.0e6


def wall_m(outer_m: npt.ArrayLike, assumptions: Assumptions, *, inlet_bar: float, design_factor: float) -> FloatArray:
    """Return the wall thickness [m] of a steel line.

    Source: Barlow's formula with corrosion allowance, as in Knoope et al. (2014) and Oeuvray et al. (2024).
    """
    outer = np.asarray(outer_m, dtype=float)
    strength_pa = assumptions.value("steel_x65", "yield_strength", "mpa") * _PA_PER_MPA
    overpressure = assumptions.value("engineering_capex", "overpressure", "1")
    allowance = assumptions.value("engineering_capex", "corrosion_allowance", "mm") / units.MM_PER_M
    thinnest = assumptions.value("engineering_capex", "minimum_wall", "share")
    pressure_pa = inlet_bar * units.PA_PER_BAR * overpressure
    return np.maximum(outer * pressure_pa / (2.0 * strength_pa * design_factor) + allowance, thinnest * outer)


def engineering_eur_per_m(
    outer_m: npt.ArrayLike, assumptions: Assumptions, *, inlet_bar: float, design_factor: float
) -> FloatArray:
    """Return the investment [EUR/m] on open ground from steel, labour, right of way and miscellaneous costs.

    Source: Oeuvray et al. (2024), after Knoope et al. (2014).
    """
    parts = engineering_parts(outer_m, assumptions, inlet_bar=inlet_bar, design_factor=design_factor)
    return np.asarray(sum(parts.values()), dtype=float)


def engineering_parts(
    outer_m: npt.ArrayLike, assumptions: Assumptions, *, inlet_bar: float, design_factor: float
) -> dict[str, FloatArray]:
    """Return the parts of ``engineering_eur_per_m`` [EUR/m]: material, labour, miscellaneous, right_of_way."""
    name = "engineering_capex"
    outer = np.asarray(outer_m, dtype=float)
    wall = wall_m(outer, assumptions, inlet_bar=inlet_bar, design_factor=design_factor)
    kg_per_m = math.pi * (outer - wall) * wall * assumptions.value("steel_x65", "density", "kg_per_m3")
    steel = kg_per_m * eur(assumptions, "steel_x65", "price", "eur_per_kg")
    material = steel * assumptions.value(name, "material_factor", "1")
    labour = outer * eur(assumptions, name, "labour", "eur_per_m2")
    other = (material + labour) * assumptions.value(name, "miscellaneous", "share")
    right_of_way = np.full(outer.shape, eur(assumptions, name, "right_of_way", "eur_per_m"))
    return {"material": material, "labour": labour, "miscellaneous": other, "right_of_way": right_of_way}


def anchors(
    subject: str, assumptions: Assumptions, *, prefix: str = "dn", least: int = 2
) -> tuple[FloatArray, FloatArray]:
    """Return the published points of a price curve: sizes [mm] and prices [EUR/m], thinnest first.

    Parameters
    ----------
    subject
        Subject whose rows ``<prefix><size>`` hold the points.
    prefix
        Letters before the size.
    least
        Least number of points.

    Raises
    ------
    DesignError
        If there are fewer points.
    """
    points = sorted(
        (float(parameter.removeprefix(prefix)), eur(assumptions, subject, parameter, "eur_per_m"))
        for name, parameter in assumptions.rows
        if name == subject and parameter.removeprefix(prefix).isdigit()
    )
    if len(points) < least:
        raise DesignError(
            Problem(
                "cost.too_few_points",
                {"subject": subject, "least": least, "prefix": prefix},
                "data/assumptions/costs.csv",
            )
        )
    table = np.array(points, dtype=float)
    return table[:, 0], table[:, 1]


def co2_price_parts(assumptions: Assumptions) -> dict[str, FloatArray]:
    """Return the parts of the CO2 pipe price [EUR/m] per standard size, before the regional factor."""
    return engineering_parts(
        hydraulics.diameters_m("co2", assumptions, parameter="outer_diameter"),
        assumptions,
        inlet_bar=assumptions.value("co2_pipeline", "inlet_pressure", "bar"),
        design_factor=assumptions.value("co2_pipeline", "design_factor", "share"),
    )


def _co2_capex(assumptions: Assumptions, model: str) -> FloatArray:
    """Return the investment [EUR/m] in CO2 pipes per standard size, before the regional factor."""
    if model == ENGINEERING:
        return np.asarray(sum(co2_price_parts(assumptions).values()), dtype=float)
    length_m = assumptions.value("co2_pipeline", "design_length", "km") * units.M_PER_KM
    inner = hydraulics.sizes("co2", assumptions)[1]
    total = [model_eur(model, assumptions, diameter_m=d, length_m=length_m) for d in inner]
    return np.array(total) / length_m


def _h2_capex(assumptions: Assumptions) -> FloatArray:
    """Return the investment [EUR/m] in hydrogen pipes per standard size, before the regional factor.

    Between the sizes of the European Hydrogen Backbone the curve is a power law. Outside them it follows the
    proportions of the engineering method: the Backbone has no small laterals, and the engineering method alone gives
    too high a cost for wide lines with thick walls.
    """
    dn_mm, capex = anchors("h2_pipeline_capex", assumptions)
    own_mm = hydraulics.sizes("h2", assumptions)[0]
    shape = engineering_eur_per_m(
        hydraulics.diameters_m("h2", assumptions, parameter="outer_diameter"),
        assumptions,
        inlet_bar=assumptions.value("h2_pipeline", "inlet_pressure", "bar"),
        design_factor=assumptions.value("h2_pipeline", "design_factor", "share"),
    )
    inside = np.clip(own_mm, dn_mm[0], dn_mm[-1])
    curve = np.exp(np.interp(np.log(inside), np.log(dn_mm), np.log(capex)))
    return np.asarray(curve * shape / np.interp(inside, own_mm, shape), dtype=float)


def _heat_capex(assumptions: Assumptions) -> FloatArray:
    """Return the investment [EUR/m] in supply and return pairs per standard size, before the regional factor."""
    dn_mm = hydraulics.sizes("heat", assumptions)[0]
    base = eur(assumptions, "heat_network", "capex_base", "eur_per_m")
    return np.asarray(base + dn_mm * eur(assumptions, "heat_network", "capex_slope", "eur_per_m_per_mm"))


def steam_capex_eur_per_m(assumptions: Assumptions) -> FloatArray:
    """Return the investment [EUR/m] in a steam line with condensate return, per standard size.

    Source: ECLUSE (2019).
    """
    reference_mm, reference = anchors("steam_network", assumptions, prefix="capex_dn", least=1)
    fixed = assumptions.value("steam_network", "capex_fixed_share", "share")
    dn_mm = hydraulics.sizes("heat", assumptions)[0]
    return np.asarray(reference[0] * (fixed + (1.0 - fixed) * dn_mm / reference_mm[0]), dtype=float)


def capex_eur_per_m(carrier: Carrier, assumptions: Assumptions, *, model: str = ENGINEERING) -> FloatArray:
    """Return the investment [EUR/m] per standard size on open ground, regional factor included.

    Raises
    ------
    DesignError
        If a thicker pipe would cost no more than a thinner one, or ``model`` is unknown or not for CO2.
    """
    if model != ENGINEERING and carrier != "co2":
        raise DesignError(Problem("cost.model_of_co2", {"model": model, "carrier": carrier}))
    if carrier == "co2":
        capex = _co2_capex(assumptions, model)
    else:
        capex = _h2_capex(assumptions) if carrier == "h2" else _heat_capex(assumptions)
    capex = capex * assumptions.value(hydraulics.SUBJECTS[carrier], "capex_factor", "1")
    if capex[0] <= 0.0 or np.any(np.diff(capex) <= 0.0):
        raise DesignError(
            Problem(
                "cost.not_rising",
                {"carrier": carrier},
                file="data/assumptions/costs.csv",
                value=" ".join(f"{c:.0f}" for c in capex),
            )
        )
    return np.asarray(capex, dtype=float)


def boosting_eur_per_kw(carrier: Carrier, assumptions: Assumptions) -> float:
    """Return the yearly cost [EUR/(kW a)] of a station at full-load hours: repayment, upkeep and electricity."""
    boosting = f"{carrier}_boosting"
    load_factor = hydraulics.design(carrier, assumptions).load_factor
    electricity = eur(assumptions, "pipeline_operation", "electricity_price", "eur_per_mwh")
    repaid = eur(assumptions, boosting, "capex", "eur_per_kw") * annuity(boosting, assumptions)
    return repaid + electricity / units.KWH_PER_MWH * units.HOURS_PER_YEAR * load_factor


def boosting_allowance_eur_per_m(carrier: Carrier, assumptions: Assumptions) -> FloatArray:
    """Return the yearly allowance for boosting [EUR/(m a)] per standard size.

    Stations get a place only once there is a network, so the networks are designed with this allowance. The figures of
    a finished network count its real stations instead. The allowance of CO2 and hydrogen is for a full line; that of
    heat is the mean over the flows for which a size is chosen.
    """
    per_kw = boosting_eur_per_kw(carrier, assumptions)
    watt_per_m = hydraulics.boosting_w_per_m(carrier, assumptions)
    if carrier == "heat":
        watt_per_m = watt_per_m * hydraulics.mean_pumping_share(hydraulics.capacities(carrier, assumptions)[1])
    return np.asarray(watt_per_m / units.W_PER_KW * per_kw, dtype=float)


def heat_loss_eur_per_m(carrier: Carrier, assumptions: Assumptions) -> FloatArray:
    """Return the yearly value [EUR/(m a)] of the heat lost by a pair, per standard size; 0 for other carriers."""
    if carrier != "heat":
        return np.zeros(len(hydraulics.sizes(carrier, assumptions)[0]))
    lost_mwh = hydraulics.heat_loss_w_per_m(assumptions) * units.HOURS_PER_YEAR / units.W_PER_MW
    return np.asarray(lost_mwh * eur(assumptions, "pipeline_operation", "heat_price", "eur_per_mwh"), dtype=float)


def _crossing_factor(carrier: Carrier, dn_mm: FloatArray, assumptions: Assumptions) -> FloatArray:
    """Return the cost [-] of a drilled crossing relative to that of the reference size."""
    sizes_mm, eur_per_m = anchors("crossing_scale", assumptions)
    length_m = assumptions.value("crossing_scale", "length", "m")
    mobilisation = eur(assumptions, "crossing_scale", "mobilisation", "eur")
    log_mm, log_eur = np.log(sizes_mm), np.log(eur_per_m)
    slopes = np.diff(log_eur) / np.diff(log_mm)

    def drilling(mm: FloatArray) -> FloatArray:
        piece = np.clip(np.searchsorted(log_mm, np.log(mm)) - 1, 0, len(slopes) - 1)
        along = log_eur[piece] + slopes[piece] * (np.log(mm) - log_mm[piece])
        return np.asarray(mobilisation + length_m * np.exp(along), dtype=float)

    reference = drilling(np.array([assumptions.value("crossing_scale", "reference_dn", "mm")]))[0]
    pair = assumptions.value("crossing_scale", "pair_factor", "1") if carrier == "heat" else 1.0
    return np.asarray(pair * drilling(dn_mm) / reference, dtype=float)


def price(carrier: Carrier, assumptions: Assumptions, *, model: str = ENGINEERING) -> PipePrice:
    """Return the price list of a carrier in money of ``money_year``.

    Parameters
    ----------
    carrier
        Carrier of the pipes.
    assumptions
        Assumptions of the study.
    model
        Cost model of CO2 pipes: the engineering method, or a published regression of ``MODELS``.

    Raises
    ------
    DesignError
        If the design conditions are absurd, or a thicker pipe would cost no more than a thinner one.
    """
    dn_mm, capacity = hydraulics.capacities(carrier, assumptions)
    capex = capex_eur_per_m(carrier, assumptions, model=model)
    share = annuity(hydraulics.SUBJECTS[carrier], assumptions)
    running = boosting_allowance_eur_per_m(carrier, assumptions) + heat_loss_eur_per_m(carrier, assumptions)
    return PipePrice(
        carrier=carrier,
        unit=_UNITS[carrier],
        dn_mm=dn_mm,
        capacity_per_a=capacity,
        capex_eur_per_m=capex,
        annual_eur_per_m=capex * share + running,
        crossing_factor=_crossing_factor(carrier, dn_mm, assumptions),
        crossing_annuity=share,
    )


def transport_eur_per_unit(pipe: PipePrice, *, length_m: float) -> FloatArray:
    """Return the cost of a full line on open ground, per size [EUR/t for CO2, EUR/MWh for hydrogen and heat]."""
    return np.asarray(pipe.annual_eur_per_m * length_m / (pipe.capacity_per_a * units.MWH_PER_GWH), dtype=float)


def compression_mwh_per_t(carrier: Carrier, assumptions: Assumptions, *, to_bar: float | None = None) -> float:
    """Return the electricity [MWh/t] to bring a carrier from its plant to a pressure.

    Parameters
    ----------
    carrier
        Carrier to compress.
    assumptions
        Assumptions of the study.
    to_bar
        Pressure to reach [bar]; default: the network inlet.
    """
    name = f"{carrier}_compression"

    def read(parameter: str, unit: str) -> float:
        return assumptions.value(name, parameter, unit)

    fluid = hydraulics.FLUIDS[carrier]
    inlet_bar = hydraulics.design(carrier, assumptions).inlet_bar if to_bar is None else to_bar
    pumped = carrier == "co2" and inlet_bar > read("pump_suction_pressure", "bar")
    gas_bar = read("pump_suction_pressure", "bar") if pumped else inlet_bar
    work = hydraulics.compression_kwh_per_kg(
        fluid,
        suction_bar=read("suction_pressure", "bar"),
        discharge_bar=gas_bar,
        stages=int(read("stages", "1")),
        efficiency=read("efficiency", "share"),
        suction_degc=read("suction_temperature", "degc"),
        intercooler_degc=read("intercooler_temperature", "degc"),
    )
    if pumped:
        density = hydraulics.density_kg_per_m3(
            fluid, pressure_bar=gas_bar, temperature_degc=read("pump_suction_temperature", "degc")
        )
        work += hydraulics.pump_kwh_per_kg(
            rise_bar=inlet_bar - gas_bar, density=density, efficiency=read("pump_efficiency", "share")
        )
    return work  # kWh/kg is MWh/t


def h2_backbone_eur_per_mw_km(assumptions: Assumptions) -> float:
    """Return the investment [EUR/(MW km)] in a new 48 inch hydrogen line with compressors, in the source's own money.

    Source: European Hydrogen Backbone (2023), table 1.
    """
    pipe_eur_per_km = assumptions.value("h2_pipeline_capex", "dn1200", "eur_per_m") * units.M_PER_KM
    mw_per_km = assumptions.value("h2_backbone", "compressor_power", "mw_per_km")
    compressor = assumptions.value("h2_boosting", "capex", "eur_per_kw") * units.KWH_PER_MWH
    capacity_mw = assumptions.value("h2_backbone", "full_capacity", "gw") * units.MWH_PER_GWH
    return (pipe_eur_per_km + mw_per_km * compressor) / capacity_mw
