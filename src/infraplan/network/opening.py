"""Where the search starts: shared trunks found by slope scaling.

Each edge is given the price per unit that its present flow pays, all clients take their cheapest way at
those prices, and the prices follow the new flows. Edges that many share become cheap and attract more.

Source: dynamic slope scaling after Kim and Pardalos (1999), Operations Research Letters 24, 195-203.
"""

from __future__ import annotations

import numpy as np

from infraplan import routing
from infraplan.model import FloatArray
from infraplan.network.ledger import UNITS_PER_AMOUNT, Ledger, Piece

_ROUNDS = 12
# a hub asked for more than it can take becomes dearer by this share of its overload, per round [EUR/unit]
_OVERLOAD_PRICE = 10.0


def open_trunks(ledger: Ledger) -> None:
    """Join the clients along the best shared trunks found, and everybody else where there is room."""
    best: list[tuple[Piece, ...]] | None = None
    best_total = np.inf
    price = _first_prices(ledger)
    surcharge = np.zeros(len(ledger.capacity))
    for _ in range(_ROUNDS):
        wanted = _send_all(ledger, price, surcharge)
        total = ledger.objective()
        if total < best_total:
            best, best_total = list(ledger.pieces), total
        used = ledger.flow > 0.0
        price[used] = ledger.cost[used] / ledger.flow[used]
        surcharge += _OVERLOAD_PRICE * np.maximum(wanted / ledger.capacity - 1.0, 0.0)
    ledger.restore(best or [() for _ in ledger.amount])


def _first_prices(ledger: Ledger) -> FloatArray:
    """Price per unit [EUR per kt/a or GWh/a] of each edge as if a tenth of everything ran through it."""
    flow = np.full(len(ledger.flow), max(float(ledger.amount.sum()) / 10.0, float(ledger.amount.min())))
    return np.asarray(ledger.edge_cost(flow) / flow)


def _clear(ledger: Ledger) -> None:
    for client in range(len(ledger.pieces)):
        ledger.remove(client)


def _send_all(ledger: Ledger, price: FloatArray, surcharge: FloatArray) -> FloatArray:
    """Join every client at fixed prices per unit; return what each hub was asked to take."""
    _clear(ledger)
    ground = ledger.ground
    distance, parent_arc, parent_node = routing.dijkstra_csr(
        ground.indptr,
        ground.indices,
        price[ground.arc_edge],
        ledger.hub_node.astype(np.int32),
        (ledger.hub_cost + surcharge) * UNITS_PER_AMOUNT,
    )
    wanted = np.zeros(len(ledger.capacity))
    for client in np.argsort(-ledger.amount, kind="stable").tolist():
        node, edges = int(ledger.client_node[client]), []
        if not np.isfinite(distance[node]):
            continue
        while parent_arc[node] >= 0:
            edges.append(int(ground.arc_edge[parent_arc[node]]))
            node = int(parent_node[node])
        here = np.flatnonzero(ledger.hub_node == node)
        hub = int(here[np.argmin(ledger.hub_cost[here] + surcharge[here])])
        amount = float(ledger.amount[client])
        wanted[hub] += amount
        part = min(amount, float(ledger.room[hub]))
        if part > 0.0 and ledger.within_reach[client, hub]:
            ledger.put(client, (Piece(hub, part, np.array(edges, dtype=np.int64)),))
    return wanted
