"""The books of a network while it is being designed: who is joined along which edges, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from infraplan import routing
from infraplan.model import EdgeArrays, FloatArray, IntArray, PipePrice
from infraplan.network.terms import Terms

# a route may not be free: equal routes are decided by length, at a millionth of the thinnest pipe
_TIE_BREAK = 1.0e-6
_EPSILON = 1.0e-9
_PARTS = 6  # sizes of a part that are tried where pipes lie already
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

    Costs are EUR/a; amounts kt/a or GWh/a; worth and hub cost EUR per t or MWh; ``hub_fixed_eur`` is paid where
    a hub is used at all. ``within_reach`` says which hubs (columns) a client (row) may be joined to.
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
    hub_fixed_eur: FloatArray | None = None
    terms: Terms | None = None
    in_parts: bool = field(init=False)
    flow: FloatArray = field(init=False)
    cost: FloatArray = field(init=False)
    room: FloatArray = field(init=False)
    pieces: list[tuple[Piece, ...]] = field(init=False)

    def __post_init__(self) -> None:
        m = len(self.ground.length_m)
        self.flow = np.zeros(m)
        self.cost = np.zeros(m)
        self.room = self.capacity.astype(float).copy()
        self.in_parts = self.terms is not None and self.terms.any_pipe
        self.pieces = [() for _ in self.amount]
        self._pipes_eur = 0.0
        self._trade_eur = 0.0
        self._crossing_annual = self.price.crossing_factor * self.price.crossing_annuity
        self.move_to(self.ground_factor)
        self._known_worth = np.where(np.isfinite(self.worth), self.worth, 0.0)

    def _lay(self, ground_factor: FloatArray) -> None:
        self.ground_factor = ground_factor
        self._metre = self.ground.weighted_m * ground_factor
        self._tie = self.price.annual_eur_per_m[0] * self._metre * _TIE_BREAK
        if self.terms is not None:
            self._metre[self.terms.forbidden] = np.inf

    def move_to(self, ground_factor: FloatArray) -> None:
        """Go on with the same joins on other ground."""
        self._lay(ground_factor)
        self.cost[:] = self.edge_cost(self.flow)
        self._pipes_eur = float(self.cost.sum())

    def edge_cost(self, flow: FloatArray, edges: IntArray | slice = slice(None)) -> FloatArray:
        """Yearly cost [EUR/a] of ``edges`` carrying ``flow``: the thinnest pipe that can, or several thickest."""
        if self.terms is None:
            return self._new_cost(flow, edges, flow > _EPSILON)
        cost = self._new_cost(flow, edges, (flow > _EPSILON) | self.terms.laid[edges])
        reused = self.terms.reused(flow, edges)
        return np.where(reused, np.minimum(cost, self.terms.reuse_eur[edges]), cost)

    def _new_cost(self, flow: FloatArray, edges: IntArray | slice, laid: npt.NDArray[np.bool_]) -> FloatArray:
        """Yearly cost [EUR/a] of new pipes on ``edges`` where they are ``laid``."""
        price = self.price
        size = price.size_of(flow)
        cost = (
            price.annual_eur_per_m[size] * self._metre[edges]
            + self._crossing_annual[size] * self.ground.crossing_eur[edges]
        )
        return np.asarray(np.where(laid, cost * price.pipes_of(flow), 0.0))

    def _seen_cost(self, amount: float) -> FloatArray:
        """Cost of the edges as the kernel must see it, which prices new pipes only.

        It takes what an edge costs from the price of a new pipe for ``amount`` more; where a pipe lies already,
        what is left of that must be what the existing pipe adds.
        """
        if self.terms is None:
            return self.cost
        there, seen = self.terms.there, self.cost.copy()
        flow = self.flow[there] + amount
        more = self.edge_cost(flow, there) - self.cost[there]
        seen[there] = self._new_cost(flow, there, flow > _EPSILON) - more
        return seen

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
        if self.hub_fixed_eur is not None:
            self._trade_eur += float(self._opening_eur(piece.hub))
        self.room[piece.hub] -= amount
        if self.hub_fixed_eur is not None:
            self._trade_eur -= float(self._opening_eur(piece.hub))

    def _opening_eur(self, hubs: int | slice = slice(None)) -> FloatArray:
        """Fixed cost [EUR/a] of hubs that are not used yet; 0 of the others."""
        unused = self.room[hubs] >= self.capacity[hubs] - _EPSILON
        return np.where(unused, 0.0 if self.hub_fixed_eur is None else self.hub_fixed_eur[hubs], 0.0)

    def join(self, client: int, *, even_at_a_loss: bool = False) -> None:
        """Join what is not yet joined of a client, where it pays, along the cheapest extra pipe.

        A client larger than the room of its best hub is split over several hubs when that is cheaper
        than carrying all of it to one; what no hub has room for stays out. ``in_parts``, it is also tried to
        send no more along pipes that lie or must be laid than they have room for.
        """
        most = math.inf if even_at_a_loss else float(self.worth[client])
        if not self.in_parts:
            self._fill(client, most, self._cheapest)
            return
        before = self.remove(client)
        results = []
        for choose in (self._cheapest, self._cheapest_part):
            self.put(client, before)
            self._fill(client, most, choose)
            # who joins even at a loss, or must, joins as far as it can
            out = 0.0 if math.isfinite(most) else round(float(self.amount[client]) - self.joined(client), 9)
            results.append((out, self.objective(), self.remove(client)))
        self.put(client, min(results, key=lambda result: result[:2])[2])

    def _fill(
        self, client: int, most: float, choose: Callable[[int, float, float], tuple[Piece, float] | None]
    ) -> None:
        """Join what is not yet joined of a client, piece by piece."""
        left = float(self.amount[client]) - self.joined(client)
        while left > _EPSILON:
            choice = choose(client, left, most)
            if choice is None:
                return
            piece, _ = choice
            self.put(client, (piece,))
            left -= piece.amount

    def _cheapest_part(self, client: int, amount: float, most: float) -> tuple[Piece, float] | None:
        """Return the piece that is cheapest per unit: all of it, or what a given pipe or a hub has room for."""
        best = self._cheapest(client, amount, most)
        assert self.terms is not None
        there, laid = self.terms.there, np.flatnonzero(self.terms.laid)
        in_laid = self.price.capacity_per_a[self.price.size_of(self.flow[laid])] - self.flow[laid]
        in_hubs = self.room[self.within_reach[client]]
        rooms = np.concatenate([self.terms.free[there] - self.flow[there], in_laid, in_hubs])
        for part in np.unique(rooms[(rooms > _EPSILON) & (rooms < amount - _EPSILON)])[::-1][:_PARTS].tolist():
            hubs = self.within_reach[client] & (self.room >= part - _EPSILON)
            choice = self._route(client, part, hubs, most) if hubs.any() else None
            if choice and (best is None or choice[1] / part < best[1] / best[0].amount):
                best = choice
        return best

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
        hub_eur = self.hub_cost * amount * UNITS_PER_AMOUNT
        if self.hub_fixed_eur is not None:
            hub_eur = hub_eur + self._opening_eur()
        np.minimum.at(end_price, self.hub_node[which], hub_eur[which])
        extra_eur, end, edges = routing.join(
            ground.indptr,
            ground.indices,
            ground.arc_edge,
            metre=self._metre,
            crossing=ground.crossing_eur,
            tie=self._tie,
            flow=self.flow,
            cost=self._seen_cost(amount),
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
        hub = int(at_end[np.argmin(hub_eur[at_end])])
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
