"""Physical constants and unit conversions: the only numbers allowed in code.

Hydrogen energy is always the lower heating value (LHV). Names contain the units.
"""

from __future__ import annotations

HOURS_PER_YEAR = 8760.0
HOURS_PER_DAY = 24.0
SECONDS_PER_HOUR = 3600.0
SECONDS_PER_YEAR = HOURS_PER_YEAR * SECONDS_PER_HOUR
KG_PER_KT = 1.0e6
T_PER_KT = 1000.0
KWH_PER_MWH = 1000.0
MWH_PER_GWH = 1000.0
M_PER_KM = 1000.0
M_PER_INCH = 0.0254
MM_PER_M = 1000.0
M_PER_MILE = 1609.344
PA_PER_BAR = 1.0e5
PA_PER_PSI = 6894.757293168
KELVIN_AT_0_DEGC = 273.15
GAS_CONSTANT_J_PER_MOL_K = 8.314462618
GRAVITY_M_PER_S2 = 9.80665
H2_LHV_KWH_PER_KG = 33.33
H2_LHV_MJ_PER_KG = 119.96
EUR_PER_MEUR = 1.0e6
M2_PER_KM2 = 1.0e6
PCT = 100.0
W_PER_KW = 1000.0
W_PER_MW = 1.0e6


def kg_per_s_from_kt_per_a(kt_per_a: float, load_factor: float = 1.0) -> float:
    """Return the design mass flow [kg/s] of a yearly amount [kt/a] that flows during ``load_factor`` of the year.

    >>> round(kg_per_s_from_kt_per_a(1000.0), 2)
    31.71
    """
    return kt_per_a * KG_PER_KT / (SECONDS_PER_YEAR * load_factor)


def mw_from_gwh_per_a(gwh_per_a: float, load_factor: float = 1.0) -> float:
    """Return the design power [MW] of a yearly amount [GWh/a] that flows during ``load_factor`` of the year.

    >>> round(mw_from_gwh_per_a(8.76), 3)
    1.0
    """
    return gwh_per_a * MWH_PER_GWH / (HOURS_PER_YEAR * load_factor)


def capital_recovery_factor(rate: float, years: float) -> float:
    """Return the yearly share [1/a] that repays an investment over ``years`` at real interest ``rate`` [1/a].

    >>> round(capital_recovery_factor(0.06, 30), 5)
    0.07265
    """
    if rate == 0.0:
        return 1.0 / years
    growth = float((1.0 + rate) ** years)
    return rate * growth / (growth - 1.0)
