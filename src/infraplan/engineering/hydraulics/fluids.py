"""Properties of carbon dioxide, hydrogen and water. Only this module uses CoolProp."""

from __future__ import annotations

import hashlib
import json
import logging
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from infraplan.core import Carrier, DesignError, ExportError, Problem, cache, units, write_whole

FLUIDS: dict[Carrier, str] = {"co2": "CarbonDioxide", "h2": "Hydrogen", "heat": "Water"}
J_PER_KWH = 3.6e6
log = logging.getLogger(__name__)


@lru_cache(maxsize=4096)
def state(output: str, key_1: str, value_1: float, key_2: str, value_2: float, fluid: str) -> float:
    """Return any CoolProp output [SI], cached on disk: loading CoolProp takes longer than computing a price list."""
    known = _read_cache()
    key = json.dumps([output, key_1, value_1, key_2, value_2, fluid])
    if key not in known:
        known[key] = _compute(output, key_1, value_1, key_2, value_2, fluid)
        _write_cache(known)
    return known[key]


def _compute(output: str, key_1: str, value_1: float, key_2: str, value_2: float, fluid: str) -> float:
    """Compute one output with CoolProp."""
    from CoolProp.CoolProp import PropsSI  # imported here: loading takes a second or two

    try:
        return float(PropsSI(output, key_1, value_1, key_2, value_2, fluid))
    except ValueError as error:
        raise _unknown(fluid, output, f"{key_1} = {value_1:g}, {key_2} = {value_2:g} (SI units)") from error


def _cache_file() -> Path:
    """Return the path of the cache file."""
    return cache.folder() / f"fluids-{version('CoolProp')}-checked.json"


@lru_cache(maxsize=1)
def _read_cache() -> dict[str, float]:
    """Read the cache file, once per process; one that is not as it was written is left aside and written anew."""
    try:
        content = json.loads(_cache_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.info("the cached fluid properties cannot be read and are computed again: %s", error)
        return {}
    known = content.get("values") if isinstance(content, dict) else None
    if not isinstance(known, dict) or content.get("sha256") != _digest(known):
        log.info("%s is not as it was written: fluid properties are computed again", _cache_file())
        return {}
    return known


def _digest(known: dict[str, float]) -> str:
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def _write_cache(known: dict[str, float]) -> None:
    """Write the cache file; if it cannot be written, later runs are only slower."""
    path = _cache_file()
    content = json.dumps({"sha256": _digest(known), "values": known})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.encode(), what="the fluid properties")
    except (OSError, ExportError) as error:
        log.info("fluid properties are not cached: %s", error)


def constant(name: str, fluid: str) -> float:
    """Return any CoolProp constant of a fluid [SI]."""
    return state(name, "", 0.0, "", 0.0, fluid)


def _unknown(fluid: str, output: str, where: str) -> DesignError:
    return DesignError(
        Problem(
            "fluid.unknown_state", {"fluid": fluid, "output": output, "where": where}, "data/assumptions/fluids.csv"
        )
    )


def at(output: str, fluid: str, pressure_bar: float, temperature_degc: float) -> float:
    """Return any CoolProp output [SI] at a pressure and a temperature.

    Raises
    ------
    DesignError
        If the temperature is outside the range of the fluid; CoolProp itself would extrapolate.
    """
    kelvin = temperature_degc + units.KELVIN_AT_0_DEGC
    if not constant("Tmin", fluid) <= kelvin <= constant("Tmax", fluid):
        raise _unknown(fluid, output, f"{temperature_degc:g} degC")
    return state(output, "P", pressure_bar * units.PA_PER_BAR, "T", kelvin, fluid)


def density_kg_per_m3(fluid: str, *, pressure_bar: float, temperature_degc: float) -> float:
    """Return the density [kg/m3]. Source: CoolProp (Bell et al., 2014), reference equations of state."""
    return at("D", fluid, pressure_bar, temperature_degc)


def viscosity_pa_s(fluid: str, *, pressure_bar: float, temperature_degc: float) -> float:
    """Return the dynamic viscosity [Pa s]. Source: CoolProp (Bell et al., 2014)."""
    return at("V", fluid, pressure_bar, temperature_degc)


def compressibility(fluid: str, *, pressure_bar: float, temperature_degc: float) -> float:
    """Return the compressibility factor Z [-]. Source: CoolProp (Bell et al., 2014)."""
    return at("Z", fluid, pressure_bar, temperature_degc)


def saturation_pressure_bar(fluid: str, *, temperature_degc: float) -> float:
    """Return the saturation pressure [bar]; above the critical temperature, the critical pressure."""
    critical_kelvin = constant("Tcrit", fluid)
    kelvin = temperature_degc + units.KELVIN_AT_0_DEGC
    if kelvin >= critical_kelvin:
        return constant("Pcrit", fluid) / units.PA_PER_BAR
    return state("P", "Q", 0.0, "T", kelvin, fluid) / units.PA_PER_BAR


def compression_kwh_per_kg(
    fluid: str,
    *,
    suction_bar: float,
    discharge_bar: float,
    stages: int,
    efficiency: float,
    suction_degc: float,
    intercooler_degc: float,
) -> float:
    """Return the work [kWh/kg] of adiabatic stages of equal ratio, cooled to ``intercooler_degc`` between them.

    Source: isentropic efficiency on real-gas enthalpies, e.g. McCollum & Ogden (2006).
    """
    ratio = (discharge_bar / suction_bar) ** (1.0 / stages)
    pressure, degc, joule_per_kg = suction_bar, suction_degc, 0.0
    for _ in range(stages):
        enthalpy = at("H", fluid, pressure, degc)
        entropy = at("S", fluid, pressure, degc)
        pressure *= ratio
        ideal = state("H", "P", pressure * units.PA_PER_BAR, "S", entropy, fluid)
        joule_per_kg += (ideal - enthalpy) / efficiency
        degc = intercooler_degc
    return joule_per_kg / J_PER_KWH


def pump_kwh_per_kg(*, rise_bar: float, density: float, efficiency: float) -> float:
    """Return the work [kWh/kg] to raise the pressure of a liquid of ``density`` [kg/m3] by ``rise_bar``."""
    joule_per_kg = rise_bar * units.PA_PER_BAR / (density * efficiency)
    return joule_per_kg / J_PER_KWH
