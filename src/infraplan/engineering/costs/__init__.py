"""Costs of a pipe: investment, operation and energy per metre and standard size, in money of one year.

Default investments: CO2 by the engineering method (steel, labour, right of way) times a regional factor;
hydrogen by the figures of the European Hydrogen Backbone; heat by a line through transmission and street pipes.
``MODELS`` holds published regressions for CO2 to choose instead. ``links`` holds the other steps of the CO2 chain:
compression, liquefaction, terminal, ship and storage. ``reuse`` holds former gas lines.
"""

from __future__ import annotations

from infraplan.engineering.costs.links import (
    cargoes_per_a,
    compression_eur_per_t,
    liquefaction_eur_per_t,
    ship_eur_per_t,
    shipped_chain_eur_per_t,
    storage_eur_per_t,
    terminal_eur_per_t,
)
from infraplan.engineering.costs.money import annuity, eur, in_money_year, levelised, money_year
from infraplan.engineering.costs.prices import (
    boosting_allowance_eur_per_m,
    boosting_eur_per_kw,
    capex_eur_per_m,
    co2_price_parts,
    compression_mwh_per_t,
    engineering_eur_per_m,
    h2_backbone_eur_per_mw_km,
    heat_loss_eur_per_m,
    price,
    steam_capex_eur_per_m,
    transport_eur_per_unit,
    wall_m,
)
from infraplan.engineering.costs.regressions import MODELS, OFFSHORE, capex_model, model_eur
from infraplan.engineering.costs.reuse import Reuse, reuse
from infraplan.study import ENGINEERING

__all__ = [
    "ENGINEERING",
    "MODELS",
    "OFFSHORE",
    "Reuse",
    "annuity",
    "boosting_allowance_eur_per_m",
    "boosting_eur_per_kw",
    "capex_eur_per_m",
    "capex_model",
    "cargoes_per_a",
    "co2_price_parts",
    "compression_eur_per_t",
    "compression_mwh_per_t",
    "engineering_eur_per_m",
    "eur",
    "h2_backbone_eur_per_mw_km",
    "heat_loss_eur_per_m",
    "in_money_year",
    "levelised",
    "liquefaction_eur_per_t",
    "model_eur",
    "money_year",
    "price",
    "reuse",
    "ship_eur_per_t",
    "shipped_chain_eur_per_t",
    "steam_capex_eur_per_m",
    "storage_eur_per_t",
    "terminal_eur_per_t",
    "transport_eur_per_unit",
    "wall_m",
]
