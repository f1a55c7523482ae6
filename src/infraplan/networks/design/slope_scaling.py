"""Slope scaling: find shared trunks, from which the search starts.

Each edge gets the price per unit of its present flow, all clients take their cheapest path at those prices, and the
prices follow the new flows. Edges with many users become cheap and attract more.

Source: dynamic slope scaling after Kim and Pardalos (1999), Operations Research Letters 24, 195-203.
"""

from __future__ import annotations

import numpy as np

from infraplan.core import FloatArray
from infraplan.networks.design.solution_state import SolutionState

_ROUNDS = 12
# a hub asked for more than it can take becomes dearer by this share of its overload, per round [EUR/unit]
_OVERLOAD_PRICE = 10.0


def open_trunks(solution: SolutionState) -> None:
    """Join the clients along the best shared trunks found, then all others where there is room."""
    best, best_total = None, np.inf
    price = _first_prices(solution)
    surcharge = np.zeros(len(solution.capacity))
    for _ in range(_ROUNDS):
        wanted = solution.send_all(price, surcharge)
        total = solution.objective()
        if total < best_total:
            best, best_total = solution.keep(), total
        used = solution.flow > 0.0
        price[used] = solution.cost[used] / solution.flow[used]
        surcharge += _OVERLOAD_PRICE * np.maximum(wanted / solution.capacity - 1.0, 0.0)
    if best is not None:
        solution.bring_back(best)


def _first_prices(solution: SolutionState) -> FloatArray:
    """Return the price per unit [EUR per kt/a or GWh/a] of each edge if a tenth of the total flowed through it."""
    flow = np.full(len(solution.flow), max(float(solution.amount.sum()) / 10.0, float(solution.amount.min())))
    return np.asarray(solution.edge_cost(flow) / flow)
