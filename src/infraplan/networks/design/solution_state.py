"""The books of a network while it is being designed: who is joined along which edges, and what it costs.

The numbers are in the arrays that the kernels of `routing.books` and `routing.rearranging` work on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from infraplan.core import EdgeArrays, FloatArray, IntArray, PipePrice
from infraplan.networks.design import books, connections, local_moves
from infraplan.networks.design.branches import Branches, Memo
from infraplan.networks.design.terms import Terms
from infraplan.routes import spreading

# a route may not be free: equal routes are decided by length, at a millionth of the thinnest pipe
_TIE_BREAK = 1.0e-6
_EPSILON = books.EPSILON
UNITS_PER_AMOUNT = books.UNITS_PER_AMOUNT
# arcs looked at between two looks at whether to stop: some 50 ms
_WORK_BETWEEN_LOOKS = 1_000_000
# arcs that one search looks at; then the best hub found will do
_ENOUGH_ARCS = 50_000
# room for pieces and for their edges, beyond those in use
_SLOTS_PER_CLIENT, _EDGES_PER_SLOT = 4, 64

Stop = Callable[[], bool]
Tell = Callable[[float], None]
Arrays = tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True)
class PathFlow:
    """Part of a client's amount on its way along ``edges`` to hub number ``hub``."""

    hub: int
    amount: float
    edges: IntArray


@dataclass
class SolutionState:
    """Mutable state of one design: flow per edge, room per hub, pieces per client.

    Costs are EUR/a; amounts kt/a or GWh/a; worth and hub cost EUR per t or MWh; ``hub_fixed_eur`` is paid where
    a hub is used at all. ``within_reach`` says which hubs (columns) a client (row) may be joined to. ``in_parts``,
    it is also tried to send clients in parts that fit the pipes that lie or must be laid.
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
    flow: FloatArray = field(init=False)
    cost: FloatArray = field(init=False)
    room: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        m = len(self.ground.length_m)
        self._edges = np.zeros((m, books.COLUMNS))
        self._metre, self._tie = self._edges[:, books.METRE], self._edges[:, books.TIE]
        self.flow, self.cost = self._edges[:, books.FLOW], self._edges[:, books.COST]
        self._edges[:, books.CROSSING] = self.ground.crossing_eur
        self.room = self.capacity.astype(float).copy()
        self._crossing_annual = self.price.crossing_factor * self.price.crossing_annuity
        self._money = np.zeros(2)
        none = np.zeros(len(self.capacity))
        self._fixed = none if self.hub_fixed_eur is None else _plain(self.hub_fixed_eur, float)
        self._taken, self._opening = none.copy(), self._fixed.copy()
        self.memo = Memo(self.ground, len(self.amount))
        self._books = self._open()
        self._pieces = self._empty()
        self.in_parts = self.terms is not None and self.terms.any_pipe
        self._lay(self.ground_factor)
        if self.terms is not None:
            self._price_edges()

    def _open(self) -> tuple[Arrays, Arrays, Arrays, Arrays, Arrays]:
        """Return ground, price, question, network and spare room as the kernels want them."""
        ground, hubs = self.ground, len(self.capacity)
        hub_at, hub_next = np.full(ground.nodes, -1, np.int32), np.full(hubs, -1, np.int32)
        for hub in range(hubs - 1, -1, -1):
            hub_next[hub], hub_at[self.hub_node[hub]] = hub_at[self.hub_node[hub]], hub
        n, arcs = ground.nodes, len(ground.indices)
        spare = (
            np.full(n, np.inf), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(arcs + 2),
            np.empty(arcs + 2, np.int32), np.empty(n, np.int32), np.zeros(hubs, np.uint8),
            np.empty(len(self.amount), np.int32), self.memo.seen, self.memo.tile_of, np.array([0, _ENOUGH_ARCS]),
        )  # fmt: skip
        price = self.price
        return (
            (_plain(ground.indptr, np.int32), _plain(np.column_stack([ground.indices, ground.arc_edge]), np.int32)),
            (
                _plain(price.capacity_per_a, float), _plain(price.annual_eur_per_m, float), self._crossing_annual,
                np.empty((0, books.TERMS)) if self.terms is None else self.terms.given,
            ),
            (
                _plain(self.client_node, np.int64), _plain(self.amount, float), _plain(self.worth, float),
                _plain(self.hub_node, np.int64), _plain(self.hub_cost, float), hub_at, hub_next,
                _plain(self.within_reach, bool), self._fixed, np.empty(0, np.int64),
            ),
            (self._edges, self.room, self._money, self._taken, self._opening),
            spare,
        )  # fmt: skip

    def _empty(self) -> Arrays:
        clients = len(self.amount)
        nothing = (
            np.full(clients, -1, np.int32), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0),
            np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32), np.zeros(3, np.int64),
        )  # fmt: skip
        slots = _SLOTS_PER_CLIENT * clients + _EDGES_PER_SLOT
        return tuple(books.pack(nothing, slots, slots * _EDGES_PER_SLOT))

    @property
    def _all(self) -> tuple[Arrays, Arrays, Arrays, Arrays, Arrays, Arrays]:
        ground, price, asked, net, spare = self._books
        return ground, price, asked, net, self._pieces, spare

    @property
    def in_parts(self) -> bool:
        """Say whether clients may be sent in parts."""
        return bool(len(self._books[2][-1]))

    @in_parts.setter
    def in_parts(self, yes: bool) -> None:
        ground, price, asked, net, spare = self._books
        fitted = self.terms.pipes if yes and self.terms is not None else np.empty(0, np.int64)
        self._books = ground, price, (*asked[:-1], fitted), net, spare

    def _lay(self, ground_factor: FloatArray) -> None:
        self.ground_factor = ground_factor
        np.multiply(self.ground.weighted_m, ground_factor, out=self._metre)
        np.multiply(self._metre, self.price.annual_eur_per_m[0] * _TIE_BREAK, out=self._tie)
        if self.terms is not None:
            self._metre[self.terms.forbidden] = np.inf

    def _price_edges(self) -> None:
        self.cost[:] = self.edge_cost(self.flow)
        self._money[books.PIPES] = self.cost.sum()

    def move_to(self, ground_factor: FloatArray) -> None:
        """Go on with the same joins on other ground."""
        if np.array_equal(ground_factor, self.ground_factor):
            return
        self.memo.change(self.ground, np.flatnonzero(ground_factor != self.ground_factor))
        self._lay(ground_factor)
        self._price_edges()

    def edge_cost(self, flow: FloatArray, edges: IntArray | slice = slice(None)) -> FloatArray:
        """Yearly cost [EUR/a] of ``edges`` carrying ``flow``: the thinnest pipe that can, or several thickest.

        Where a pipe lies that has room, that of using it if it is less; a pipe that must be laid costs even empty.
        """
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

    def objective(self) -> float:
        """Yearly cost of pipes and hubs minus the worth of what is joined [EUR/a]."""
        return float(self._money.sum())

    @property
    def work(self) -> int:
        """Arcs looked at so far: what the search took, the same on every machine."""
        return int(self._books[-1][-1][0])

    def twin(self) -> SolutionState:
        """Return books of the same question, with nobody joined."""
        twin = replace(self)
        twin.in_parts = self.in_parts
        return twin

    # --- who is joined how ----------------------------------------------------------------------------------

    @property
    def pieces(self) -> list[tuple[PathFlow, ...]]:
        """The pieces of each client, as they were put on."""
        first, following, hubs, parts, begins, lengths, pool, _ = self._pieces
        listed = []
        for head in first.tolist():
            mine, slot = [], head
            while slot >= 0:
                edges = pool[begins[slot] : begins[slot] + lengths[slot]].astype(np.int64)
                mine.append(PathFlow(int(hubs[slot]), float(parts[slot]), edges))
                slot = int(following[slot])
            listed.append(tuple(mine[::-1]))
        return listed

    def joined(self, client: int) -> float:
        """Amount of ``client`` that is joined."""
        return float(books.joined(self._pieces, client))

    def all_joined(self) -> FloatArray:
        """Amount of each client that is joined."""
        first, _, _, parts, *_ = self.keep()  # packed: the parts of a client stand together
        some = np.flatnonzero(first >= 0)
        owner = np.repeat(some, np.diff(np.append(first[some], len(parts))))
        return np.asarray(np.bincount(owner, weights=parts, minlength=len(first)), dtype=float)

    def left(self) -> FloatArray:
        """Amount of each client that is not joined."""
        return np.asarray(self.amount - self.all_joined(), dtype=float)

    def put(self, client: int, pieces: tuple[PathFlow, ...]) -> None:
        """Join a client along given pieces."""
        for piece in pieces:
            if self._pieces[7][books.SLOTS] == len(self._pieces[1]):
                self._make_room()
            while self._pieces[7][books.POOL] + len(piece.edges) > len(self._pieces[6]):
                self._make_room()
            first, following, hubs, parts, begins, lengths, pool, used = self._pieces
            slot, begin = used[books.SLOTS], used[books.POOL]
            hubs[slot], parts[slot], begins[slot], lengths[slot] = piece.hub, piece.amount, begin, len(piece.edges)
            pool[begin : begin + len(piece.edges)] = piece.edges
            used[books.SLOTS] += 1
            used[books.POOL] += len(piece.edges)
            following[slot], first[client] = first[client], slot
            ground, price, asked, net, _ = self._books
            books.book(ground, price, asked, net, self._pieces, client, slot, 1.0)
        self.memo.forget()

    def restore(self, pieces: list[tuple[PathFlow, ...]]) -> None:
        """Go back to what ``pieces`` held before."""
        self.clear()
        for client, parts in enumerate(pieces):
            self.put(client, parts)

    def clear(self) -> None:
        """Take everybody off."""
        self.bring_back(self._empty())

    def keep(self) -> Arrays:
        """Return who is joined how, for ``bring_back``."""
        return tuple(books.pack(self._pieces, 0, 0))

    def bring_back(self, kept: Arrays) -> None:
        """Go back to what was kept."""
        slots = _SLOTS_PER_CLIENT * len(self.amount) + _EDGES_PER_SLOT
        self._pieces = tuple(books.pack(kept, slots, slots * _EDGES_PER_SLOT))
        self.flow[:], self.cost[:], self.room[:], self._money[:] = 0.0, 0.0, self.capacity, 0.0
        self._taken[:], self._opening[:] = 0.0, self._fixed
        if self.terms is not None:
            self._price_edges()
        ground, price, asked, net, _ = self._books
        for client, head in enumerate(self._pieces[0].tolist()):
            if head >= 0:
                books.put_back(ground, price, asked, net, self._pieces, client, head)
        self.memo.forget()

    def break_even(self, client: int) -> float:
        """Worth per unit at which joining the network as it stands would pay; NaN where no hub has room."""
        while True:
            hub, amount, extra_eur = connections.quote(*self._all, client, np.inf)
            if not self._ran_out():
                return float("nan") if hub < 0 else float(extra_eur / (amount * UNITS_PER_AMOUNT))

    # --- moves ----------------------------------------------------------------------------------------------

    def join_all(self, order: IntArray, *, most: float = np.nan, stop: Stop | None = None) -> None:
        """Join what is not yet joined of each client for less than ``most`` per unit (nan: than its worth).

        A client larger than the room of its best hub is split over several hubs when that is cheaper
        than carrying all of it to one; what no hub has room for stays out.
        """
        self._go(lambda begin, work: local_moves.join_all(*self._moving, order, begin, most, work), len(order), stop)

    def reinsert(self, order: IntArray, stop: Stop, tell: Tell) -> None:
        """Take each client off and join it again where it is now cheapest, or leave it out."""
        self._go(lambda begin, work: local_moves.reinsert(*self._moving, order, begin, work), len(order), stop, tell)

    def branches(self) -> Branches:
        """Return each distinct group of clients that share some edge, the smallest groups first."""
        return Branches.of(*books.list_users(self._pieces), amount=self.amount)

    def prune(self, found: Branches, stop: Stop) -> None:
        """Let whole branches leave that cost more than they are worth."""
        less, touched = np.zeros(len(self.flow)), np.empty(len(self.flow), np.int64)

        def prune(begin: int, work: int) -> int:
            groups = found.starts, found.members
            return int(local_moves.prune_groups(*self._moving, *groups, less, touched, begin, work))

        self._go(prune, len(found), stop)

    def move(self, found: Branches, stop: Stop, tell: Tell, *, largest: int) -> None:
        """Take whole branches of up to ``largest`` clients off and join them again, so that they can move together."""
        rows = self.memo.rows(found.names)

        def move(begin: int, work: int) -> int:
            groups = found.starts, found.members, found.by_size, rows
            return int(local_moves.move_groups(*self._moving, *groups, largest, begin, work))

        self._go(move, len(found), stop, tell)

    def exchange(self, order: IntArray, stop: Stop, tell: Tell, *, guests: int) -> None:
        """Let each client take the place of one of the ``guests`` worth least at hubs that are full now."""
        full = self.room < local_moves.GAIN
        by_worth = np.lexsort((np.arange(len(self.worth)), self.worth))

        def exchange(begin: int, work: int) -> int:
            return int(local_moves.make_room(*self._moving, order, full, by_worth, guests, begin, work))

        self._go(exchange, len(order), stop, tell)

    def send_all(self, unit_price: FloatArray, surcharge: FloatArray) -> FloatArray:
        """Join every client at fixed prices per unit; return what each hub was asked to take."""
        ground = self.ground
        distance, parent_arc, parent_node = spreading.dijkstra_csr(
            ground.indptr,
            ground.indices,
            unit_price[ground.arc_edge],
            self.hub_node.astype(np.int32),
            (self.hub_cost + surcharge) * UNITS_PER_AMOUNT,
        )
        hub_of = np.full(ground.nodes, -1, np.int32)
        for hub in np.argsort(self.hub_cost + surcharge, kind="stable")[::-1]:  # the cheapest last
            hub_of[self.hub_node[hub]] = hub
        order = np.argsort(-self.amount, kind="stable")
        while True:
            self.clear()
            wanted = connections.send(*self._all, order, parent_arc, parent_node, hub_of, distance)
            if not self._ran_out():
                return np.asarray(wanted)

    @property
    def _moving(self) -> tuple[Arrays, Arrays, Arrays, Arrays, Arrays, Arrays, Arrays]:
        if self.in_parts:  # which parts are tried depends on more than the surroundings
            self.memo.forget()
        return *self._all, self.memo.arrays

    def _go(
        self, move: Callable[[int, int], int], count: int, stop: Stop | None = None, tell: Tell | None = None
    ) -> None:
        """Run a kernel over its list in slices, and give it room when it ran out."""
        place = 0
        while place < count and not (stop is not None and stop()):
            place = move(place, _WORK_BETWEEN_LOOKS)
            self._ran_out()
            if tell is not None:
                tell(place / count)

    def _ran_out(self) -> bool:
        """Make room if a kernel ran out of it, or soon will; say whether it did."""
        used = self._pieces[7]
        out = bool(used[books.OVERFLOW])
        if out or 2 * used[books.SLOTS] > len(self._pieces[1]) or 2 * used[books.POOL] > len(self._pieces[6]):
            self._make_room()
        return out

    def _make_room(self) -> None:
        self._pieces = tuple(books.pack(self._pieces, 2 * len(self._pieces[1]), 2 * len(self._pieces[6])))


def _plain(values: npt.ArrayLike, kind: Any) -> npt.NDArray[Any]:
    """Return a copy that the kernels can take: contiguous, writable, of one kind."""
    return np.array(values, dtype=kind, order="C")
