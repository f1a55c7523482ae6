"""What a metre of pipe costs: investment, operation and energy per standard size, in money of one year.

Default investments: CO2 by the engineering method (steel, labour, right of way) times a regional factor;
hydrogen by the European Hydrogen Backbone's figures; heat by a line through transmission and street pipes.
Published regressions can be chosen for CO2 instead (``MODELS``).
"""

from __future__ import annotations

from infraplan.costs.money import annuity, eur, in_money_year, levelised, money_year
from infraplan.costs.prices import (
    capex_eur_per_m,
    compression_mwh_per_t,
    engineering_eur_per_m,
    h2_backbone_eur_per_mw_km,
    price,
    transport_eur_per_unit,
    wall_m,
)
from infraplan.costs.regressions import MODELS, capex_model, model_eur

__all__ = [
    "MODELS",
    "annuity",
    "capex_eur_per_m",
    "capex_model",
    "compression_mwh_per_t",
    "engineering_eur_per_m",
    "eur",
    "h2_backbone_eur_per_mw_km",
    "in_money_year",
    "levelised",
    "model_eur",
    "money_year",
    "price",
    "transport_eur_per_unit",
    "wall_m",
]
