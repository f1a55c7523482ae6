"""Networks: the cheapest network of each carrier, its corridors and their alternatives."""

from __future__ import annotations

from infraplan.networks.alternatives import LEAST_COST, Limits
from infraplan.networks.carrying import carry_networks
from infraplan.networks.corridors import Corridors, id_of
from infraplan.networks.refinement import Memory, Refined

__all__ = [
    "LEAST_COST",
    "Corridors",
    "Limits",
    "Memory",
    "Refined",
    "alternatives",
    "carry_networks",
    "corridors",
    "id_of",
    "refinement",
]
