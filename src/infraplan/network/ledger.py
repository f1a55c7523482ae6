"""The books of a network while it is being designed: who is joined along which edges, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from infraplan import routing
from infraplan.model import EdgeArrays, FloatArray, IntArray, PipePrice

# a route may not be free: equal routes are decided by length, at a millionth of the thinnest pipe
_TIE_BREAK = 1.0e-6
_EPSILON = 1.0e-9
UNITS_PER_AMOUNT = 1000.0  # t per kt and MWh per GWh


@dataclass(frozen=True)
class Piece:
    """Part of a client's amount on its way along ``edges`` to hub number ``hub``."""

    hub: int
    amount: float
    edges: IntArray


@dataclass
class Ledger:
    """Mutable state of one design: flow per edge, room per hub, pieces per client.

    Costs are EUR/a; amounts kt/a or GWh/a; worth and hub cost EUR per t or MWh. ``within_reach`` says which
    hubs (columns) a client (row) may be joined to.
    """

    ground: EdgeArrays
    price: PipePrice
    ground_factor: FloatArray
    client_node: IntArray
    amount: FloatArray
    worth: FloatArray
    hub_node: IntArray
    hub_cost: FloatArray
    capacity: FloatArray
    within_reach: npt.NDArray[np.bool_]
    flow: FloatArray = field(init=False)
    cost: FloatArray = field(init=False)
    room: FloatArray = field(init=False)
    pieces: list[tuple[Piece, ...]] = field(init=False)

    def __post_init__(self) -> None:
        m = len(self.ground.length_m)
        self.flow = np.zeros(m)
        self.cost = np.zeros(m)
        self.room = self.capacity.astype(float).copy()
        self.pieces = [() for _ in self.amount]
        self._pipes_eur = 0.0
        self._trade_eur = 0.0
        self._lay(self.ground_factor)
        self._crossing_annual = self.price.crossing_factor * self.price.crossing_annuity
        self._known_worth = np.where(np.isfinite(self.worth), self.worth, 0.0)

    def _lay(self, ground_factor: FloatArray) -> None:
        self.ground_factor = ground_factor
        self._metre = self.ground.weighted_m * ground_factor
        self._tie = self.price.annual_eur_per_m[0] * self._metre * _TIE_BREAK

    def move_to(self, ground_factor: FloatArray) -> None:
        """Go on with the same joins on other ground."""
        self._lay(ground_factor)
        self.cost[:] = self.edge_cost(self.flow)
        self._pipes_eur = float(self.cost.sum())

    def edge_cost(self, flow: FloatArray, edges: IntArray | slice = slice(None)) -> FloatArray:
        """Yearly cost [EUR/a] of ``edges`` carrying ``flow``: the thinnest pipe that can, or several thickest."""
        price = self.price
        size = price.size_of(flow)
        cost = (
            price.annual_eur_per_m[size] * self._metre[edges]
            + self._crossing_annual[size] * self.ground.crossing_eur[edges]
        )
        return np.asarray(np.where(flow > _EPSILON, cost * price.pipes_of(flow), 0.0))

    def objective(self) -> float:
        """Yearly cost of pipes and hubs minus the worth of what is joined [EUR/a]."""
        return self._pipes_eur + self._trade_eur

    def joined(self, client: int) -> float:
        """Amount of ``client`` that is joined."""
        return sum(piece.amount for piece in self.pieces[client])

    def remove(self, client: int) -> tuple[Piece, ...]:
        """Take a client off the network and return its pieces, so that it can be put back."""
        pieces = self.pieces[client]
        for piece in pieces:
            self._book(client, piece, -1.0)
        self.pieces[client] = ()
        return pieces

    def put(self, client: int, pieces: tuple[Piece, ...]) -> None:
        """Join a client along given pieces."""
        for piece in pieces:
            self._book(client, piece, 1.0)
        self.pieces[client] = (*self.pieces[client], *pieces)

    def _book(self, client: int, piece: Piece, sign: float) -> None:
        """Enter a piece into (or strike it off) flows, costs, hub room and the balance."""
        edges, amount = piece.edges, sign * piece.amount
        flow = self.flow[edges] + amount
        flow[np.abs(flow) < _EPSILON] = 0.0
        cost = self.edge_cost(flow, edges)
        self._pipes_eur += float(cost.sum() - self.cost[edges].sum())
        self._trade_eur += amount * UNITS_PER_AMOUNT * float(self.hub_cost[piece.hub] - self._known_worth[client])
        self.flow[edges], self.cost[edges] = flow, cost
        self.room[piece.hub] -= amount

    def join(self, client: int, *, even_at_a_loss: bool = False) -> None:
        """Join what is not yet joined of a client, where it pays, along the cheapest extra pipe.

        A client larger than the room of its best hub is split over several hubs when that is cheaper
        than carrying all of it to one; what no hub has room for stays out.
        """
        left = float(self.amount[client]) - self.joined(client)
        while left > _EPSILON:
            most = math.inf if even_at_a_loss else float(self.worth[client])
            choice = self._cheapest(client, left, most)
            if choice is None:
                return
            piece, _ = choice
            self.put(client, (piece,))
            left -= piece.amount

    def _cheapest(self, client: int, amount: float, most: float = math.inf) -> tuple[Piece, float] | None:
        """Return the next piece to join for less than ``most`` per unit, and its extra cost, hub included [EUR/a]."""
        near = self.within_reach[client]
        whole = near & (self.room >= amount - _EPSILON)
        some = near & (self.room > _EPSILON)
        if not some.any():
            return None
        best = self._route(client, amount, whole, most) if whole.any() else None
        if whole.sum() < some.sum() or best is None:
            target = self._route(client, amount, some, most)
            if target is not None and not whole[target[0].hub]:
                part = min(amount, float(self.room[target[0].hub]))
                split = self._route(client, part, np.arange(len(some)) == target[0].hub, most)
                # the split's first part must be cheaper per unit than carrying everything to one hub
                if split and (best is None or split[1] / part < best[1] / amount):
                    return split
        return best

    def _route(
        self, client: int, amount: float, hubs: npt.NDArray[np.bool_], most: float
    ) -> tuple[Piece, float] | None:
        """Return the cheapest way of ``amount`` to one of ``hubs``, and its extra cost [EUR/a]."""
        ground = self.ground
        end_price = np.full(ground.nodes, np.inf)
        which = np.flatnonzero(hubs)
        np.minimum.at(end_price, self.hub_node[which], self.hub_cost[which] * amount * UNITS_PER_AMOUNT)
        extra_eur, end, edges = routing.join(
            ground.indptr,
            ground.indices,
            ground.arc_edge,
            metre=self._metre,
            crossing=ground.crossing_eur,
            tie=self._tie,
            flow=self.flow,
            cost=self.cost,
            capacity=self.price.capacity_per_a,
            annual=self.price.annual_eur_per_m,
            crossing_annual=self._crossing_annual,
            amount=amount,
            start=int(self.client_node[client]),
            end_price=end_price,
            limit=most * amount * UNITS_PER_AMOUNT,
        )
        if end < 0:
            return None
        at_end = which[self.hub_node[which] == end]
        hub = int(at_end[np.argmin(self.hub_cost[at_end])])
        return Piece(hub, amount, edges), extra_eur

    def break_even(self, client: int) -> float:
        """Worth per unit at which joining the network as it stands would pay; NaN where no hub has room."""
        left = float(self.amount[client]) - self.joined(client)
        choice = self._cheapest(client, left) if left > _EPSILON else None
        return float("nan") if choice is None else choice[1] / (choice[0].amount * UNITS_PER_AMOUNT)

    def restore(self, pieces: list[tuple[Piece, ...]]) -> None:
        """Go back to what ``pieces`` held before."""
        for client in range(len(self.pieces)):
            self.remove(client)
        for client, parts in enumerate(pieces):
            self.put(client, parts)
