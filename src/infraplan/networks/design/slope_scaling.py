"""Where the search starts: shared trunks found by slope scaling.

Each edge is given the price per unit that its present flow pays, all clients take their cheapest way at
those prices, and the prices follow the new flows. Edges that many share become cheap and attract more.

Source: dynamic slope scaling after Kim and Pardalos (1999), Operations Research Letters 24, 195-203.
"""

from __future__ import annotations

import numpy as np

from infraplan.core import FloatArray
from infraplan.networks.design.solution_state import SolutionState

_ROUNDS = 12
# a hub asked for more than it can take becomes dearer by this share of its overload, per round [EUR/unit]
_OVERLOAD_PRICE = 10.0


def open_trunks(ledger: SolutionState) -> None:
    """Join the clients along the best shared trunks found, and everybody else where there is room."""
    best, best_total = None, np.inf
    price = _first_prices(ledger)
    surcharge = np.zeros(len(ledger.capacity))
    for _ in range(_ROUNDS):
        wanted = ledger.send_all(price, surcharge)
        total = ledger.objective()
        if total < best_total:
            best, best_total = ledger.keep(), total
        used = ledger.flow > 0.0
        price[used] = ledger.cost[used] / ledger.flow[used]
        surcharge += _OVERLOAD_PRICE * np.maximum(wanted / ledger.capacity - 1.0, 0.0)
    if best is not None:
        ledger.bring_back(best)


def _first_prices(ledger: SolutionState) -> FloatArray:
    """Price per unit [EUR per kt/a or GWh/a] of each edge as if a tenth of everything ran through it."""
    flow = np.full(len(ledger.flow), max(float(ledger.amount.sum()) / 10.0, float(ledger.amount.min())))
    return np.asarray(ledger.edge_cost(flow) / flow)
