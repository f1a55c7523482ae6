"""A network while it is being designed: who is joined along which edges, and what it costs.

The numbers are in the arrays that the kernels work on (``kernel_state``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from infraplan.core import EdgeArrays, FloatArray, IntArray, PipePrice
from infraplan.networks.design import connections, flow_accounts, local_moves, path_search
from infraplan.networks.design.branches import Branches, Memo
from infraplan.networks.design.kernel_state import (
    COST,
    CROSSING,
    DONE,
    EDGE_COLUMNS,
    EPSILON,
    FLOW,
    METRE,
    OVERFLOW,
    PIPES,
    POOL,
    SLOTS,
    TERM_COLUMNS,
    TIE,
    UNITS_PER_AMOUNT,
    Clients,
    DesignState,
    Graph,
    Hubs,
    Loads,
    PathFlows,
    Prices,
    Workspace,
)
from infraplan.networks.design.move_memory import MoveMemory
from infraplan.networks.design.path_flows import PathFlow, list_path_flows, make_flows, packed
from infraplan.networks.design.terms import Terms
from infraplan.routes import spreading

# no route may be free: equal routes are decided by length, at a millionth of the thinnest pipe's cost
_TIE_BREAK = 1.0e-6
# arcs looked at between two looks at whether to stop: some 50 ms
_WORK_BETWEEN_LOOKS = 1_000_000
# arcs that one search looks at; beyond them the best hub found is taken
_ENOUGH_ARCS = 50_000
# room for path flows and for their edges, beyond those in use
_SLOTS_PER_CLIENT, _EDGES_PER_SLOT = 4, 64

Stop = Callable[[], bool]
Tell = Callable[[float], None]


@dataclass
class SolutionState:
    """Mutable state of one design: flow per edge, room per hub, path flows per client.

    Costs are EUR/a; amounts kt/a or GWh/a; worth and hub cost EUR per t or MWh. ``strip_factor`` is the price factor
    of each edge, less than 1 where another carrier opened the strip; ``hub_fixed_eur`` is paid where a hub is used at
    all. ``within_reach`` says which hubs (columns) a client (row) may be joined to. ``in_parts`` says whether clients
    are also sent in parts that fit existing or forced pipes.
    """

    graph: EdgeArrays
    price: PipePrice
    strip_factor: FloatArray
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
        edges = np.zeros((len(self.graph.length_m), EDGE_COLUMNS))
        self._metre, self._tie = edges[:, METRE], edges[:, TIE]
        self.flow, self.cost = edges[:, FLOW], edges[:, COST]
        edges[:, CROSSING] = self.graph.crossing_eur
        self.room = self.capacity.astype(float).copy()
        none = np.zeros(len(self.capacity))
        fixed_eur = none if self.hub_fixed_eur is None else _plain(self.hub_fixed_eur, float)
        self._loads = Loads(edges, self.room, none.copy(), fixed_eur.copy(), np.zeros(2))
        self.memo = Memo(self.graph, len(self.amount))
        self._state = DesignState(
            graph=Graph(
                _plain(self.graph.indptr, np.int32),
                _plain(np.column_stack([self.graph.indices, self.graph.arc_edge]), np.int32),
            ),
            prices=Prices(
                _plain(self.price.capacity_per_a, float),
                _plain(self.price.annual_eur_per_m, float),
                self.price.crossing_factor * self.price.crossing_annuity,
                np.empty((0, TERM_COLUMNS)) if self.terms is None else self.terms.table,
            ),
            clients=Clients(_plain(self.client_node, np.int64), _plain(self.amount, float), _plain(self.worth, float)),
            hubs=self._list_hubs(fixed_eur),
            reach=_plain(self.within_reach, bool),
            fitted=np.empty(0, np.int64),
            loads=self._loads,
            flows=self._no_flows(),
            space=self._make_space(),
        )
        self.in_parts = self.terms is not None and self.terms.any_pipe
        self._lay(self.strip_factor)
        if self.terms is not None:
            self._price_edges()

    def _list_hubs(self, fixed_eur: FloatArray) -> Hubs:
        first_at, next_at = np.full(self.graph.nodes, -1, np.int32), np.full(len(fixed_eur), -1, np.int32)
        for hub in range(len(fixed_eur) - 1, -1, -1):
            next_at[hub], first_at[self.hub_node[hub]] = first_at[self.hub_node[hub]], hub
        return Hubs(_plain(self.hub_cost, float), fixed_eur, first_at, next_at)

    def _make_space(self) -> Workspace:
        nodes, arcs = self.graph.nodes, len(self.graph.indices)
        return Workspace(
            distance=np.full(nodes, np.inf),
            parent_arc=np.empty(nodes, np.int32),
            parent_node=np.empty(nodes, np.int32),
            heap_keys=np.empty(arcs + 2),
            heap_nodes=np.empty(arcs + 2, np.int32),
            met=np.empty(nodes, np.int32),
            open_hubs=np.zeros(len(self.capacity), np.uint8),
            heads=np.empty(len(self.amount), np.int32),
            seen_tiles=self.memo.seen,
            tile_of=self.memo.tile_of,
            work=np.array([0, _ENOUGH_ARCS]),
        )

    def _no_flows(self) -> PathFlows:
        slots = _SLOTS_PER_CLIENT * len(self.amount) + _EDGES_PER_SLOT
        return make_flows(len(self.amount), slots, slots * _EDGES_PER_SLOT)

    @property
    def in_parts(self) -> bool:
        """Return whether clients may be sent in parts."""
        return bool(len(self._state.fitted))

    @in_parts.setter
    def in_parts(self, yes: bool) -> None:
        fitted = self.terms.pipes if yes and self.terms is not None else np.empty(0, np.int64)
        self._state = self._state._replace(fitted=fitted)

    def _lay(self, strip_factor: FloatArray) -> None:
        self.strip_factor = strip_factor
        np.multiply(self.graph.weighted_m, strip_factor, out=self._metre)
        np.multiply(self._metre, self.price.annual_eur_per_m[0] * _TIE_BREAK, out=self._tie)
        if self.terms is not None:
            self._metre[self.terms.forbidden] = np.inf

    def _price_edges(self) -> None:
        self.cost[:] = self.edge_cost(self.flow)
        self._loads.money[PIPES] = self.cost.sum()

    def reprice(self, strip_factor: FloatArray) -> None:
        """Keep the joins and change the prices of edges."""
        if np.array_equal(strip_factor, self.strip_factor):
            return
        self.memo.change(self.graph, np.flatnonzero(strip_factor != self.strip_factor))
        self._lay(strip_factor)
        self._price_edges()

    def edge_cost(self, flow: FloatArray, edges: IntArray | slice = slice(None)) -> FloatArray:
        """Return the yearly cost [EUR/a] of ``edges`` with ``flow``: the thinnest pipe that fits, or several thickest.

        An existing pipe with room costs its reuse, if that is less; a forced pipe costs even if empty.
        """
        if self.terms is None:
            return self._new_cost(flow, edges, flow > EPSILON)
        cost = self._new_cost(flow, edges, (flow > EPSILON) | self.terms.laid[edges])
        reused = self.terms.reused(flow, edges)
        return np.where(reused, np.minimum(cost, self.terms.reuse_eur[edges]), cost)

    def _new_cost(self, flow: FloatArray, edges: IntArray | slice, laid: npt.NDArray[np.bool_]) -> FloatArray:
        """Return the yearly cost [EUR/a] of new pipes on ``edges`` where they are ``laid``."""
        price = self.price
        size = price.size_of(flow)
        cost = (
            price.annual_eur_per_m[size] * self._metre[edges]
            + self._state.prices.crossing_annual[size] * self.graph.crossing_eur[edges]
        )
        return np.asarray(np.where(laid, cost * price.pipes_of(flow), 0.0))

    def objective(self) -> float:
        """Return the yearly cost of pipes and hubs minus the worth of joined clients [EUR/a]."""
        return float(self._loads.money.sum())

    @property
    def work(self) -> int:
        """Return the arcs looked at so far: a measure of effort that is the same on every machine."""
        return int(self._state.space.work[DONE])

    def twin(self) -> SolutionState:
        """Return a state of the same problem, with nobody joined."""
        twin = replace(self)
        twin.in_parts = self.in_parts
        return twin

    # --- who is joined how ----------------------------------------------------------------------------------

    @property
    def path_flows(self) -> list[tuple[PathFlow, ...]]:
        """Return the path flows of each client, in the order they were added."""
        return list_path_flows(self._state.flows)

    def joined(self, client: int) -> float:
        """Return the amount of ``client`` that is joined."""
        return float(flow_accounts.joined_amount(self._state.flows, client))

    def all_joined(self) -> FloatArray:
        """Return the joined amount of each client."""
        kept = self.keep()  # packed: the path flows of a client stand side by side
        some = np.flatnonzero(kept.first >= 0)
        owner = np.repeat(some, np.diff(np.append(kept.first[some], len(kept.amount))))
        return np.asarray(np.bincount(owner, weights=kept.amount, minlength=len(kept.first)), dtype=float)

    def left(self) -> FloatArray:
        """Return the amount of each client that is not joined."""
        return np.asarray(self.amount - self.all_joined(), dtype=float)

    def put(self, client: int, path_flows: tuple[PathFlow, ...]) -> None:
        """Join a client along given path flows."""
        for added in path_flows:
            used = self._state.flows.used
            while used[SLOTS] == len(self._state.flows.next) or (
                used[POOL] + len(added.edges) > len(self._state.flows.pool)
            ):
                self._make_room()
                used = self._state.flows.used
            flow_accounts.put_path(self._state, client, added.hub, added.amount, added.edges)
        self.memo.forget()

    def restore(self, path_flows: list[tuple[PathFlow, ...]]) -> None:
        """Restore earlier ``path_flows``."""
        self.clear()
        for client, mine in enumerate(path_flows):
            self.put(client, mine)

    def clear(self) -> None:
        """Remove all joins."""
        self.bring_back(self._no_flows())

    def keep(self) -> PathFlows:
        """Return the joins, for ``bring_back``."""
        return packed(self._state.flows, 0, 0)

    def bring_back(self, kept: PathFlows) -> None:
        """Restore the joins that ``keep`` returned."""
        slots = _SLOTS_PER_CLIENT * len(self.amount) + _EDGES_PER_SLOT
        self._state = self._state._replace(flows=packed(kept, slots, slots * _EDGES_PER_SLOT))
        self.flow[:], self.cost[:], self.room[:], self._loads.money[:] = 0.0, 0.0, self.capacity, 0.0
        self._loads.taken[:], self._loads.unpaid_eur[:] = 0.0, self._state.hubs.fixed_eur
        if self.terms is not None:
            self._price_edges()
        flow_accounts.book_all(self._state)
        self.memo.forget()

    def break_even(self, client: int) -> float:
        """Return the worth per unit at which joining the present network would pay; NaN where no hub has room."""
        while True:
            hub, amount, extra_eur = path_search.quote(self._state, client, np.inf)
            if not self._ran_out():
                return float("nan") if hub < 0 else float(extra_eur / (amount * UNITS_PER_AMOUNT))

    # --- moves ----------------------------------------------------------------------------------------------

    def join_all(self, order: IntArray, *, most: float = np.nan, stop: Stop | None = None) -> None:
        """Join the remaining amount of each client for less than ``most`` per unit (nan: than its worth).

        A client larger than the room of its best hub is split over several hubs if that is cheaper than sending all of
        it to one; what no hub has room for is left out.
        """

        def join(begin: int, work: int) -> int:
            return local_moves.join_all(self._state, self._memory, order, begin, most, work)

        self._go(join, len(order), stop)

    def reinsert(self, order: IntArray, stop: Stop, report_progress: Tell) -> None:
        """Take each client off and join it again where it is now cheapest, or leave it out."""

        def reinsert(begin: int, work: int) -> int:
            return local_moves.reinsert(self._state, self._memory, order, begin, work)

        self._go(reinsert, len(order), stop, report_progress)

    def branches(self) -> Branches:
        """Return each distinct group of clients that share some edge, the smallest groups first."""
        _, steps = flow_accounts.count_used(self._state.flows)
        edges, clients = np.empty(steps, np.int64), np.empty(steps, np.int64)
        flow_accounts.list_users(self._state.flows, edges, clients)
        return Branches.of(edges, clients, amount=self.amount)

    def prune(self, found: Branches, stop: Stop) -> None:
        """Remove whole branches that cost more than they are worth."""
        less, touched = np.zeros(len(self.flow)), np.empty(len(self.flow), np.int64)

        def prune(begin: int, work: int) -> int:
            return local_moves.prune_groups(
                self._state, self._memory, found.starts, found.members, less, touched, begin, work
            )

        self._go(prune, len(found), stop)

    def move(self, found: Branches, stop: Stop, report_progress: Tell, *, largest: int) -> None:
        """Take whole branches of up to ``largest`` clients off and join them again, so that they can move together."""
        rows = self.memo.rows(found.names)

        def move(begin: int, work: int) -> int:
            return local_moves.move_groups(
                self._state, self._memory, found.starts, found.members, found.by_size, rows, largest, begin, work
            )

        self._go(move, len(found), stop, report_progress)

    def exchange(self, order: IntArray, stop: Stop, report_progress: Tell, *, guests: int) -> None:
        """Let each client take the place of one of the ``guests`` worth least at hubs that are full now."""
        full = self.room < local_moves.GAIN
        by_worth = np.lexsort((np.arange(len(self.worth)), self.worth))

        tried = np.empty(guests, np.int64)

        def exchange(begin: int, work: int) -> int:
            return local_moves.make_room(self._state, self._memory, order, full, by_worth, tried, begin, work)

        self._go(exchange, len(order), stop, report_progress)

    def send_all(self, unit_price: FloatArray, surcharge: FloatArray) -> FloatArray:
        """Join every client at fixed prices per unit; return the amount asked of each hub."""
        graph = self.graph
        distance, parent_arc, parent_node = spreading.dijkstra_csr(
            graph.indptr,
            graph.indices,
            unit_price[graph.arc_edge],
            self.hub_node.astype(np.int32),
            (self.hub_cost + surcharge) * UNITS_PER_AMOUNT,
        )
        hub_of = np.full(graph.nodes, -1, np.int32)
        for hub in np.argsort(self.hub_cost + surcharge, kind="stable")[::-1]:  # the cheapest last
            hub_of[self.hub_node[hub]] = hub
        order = np.argsort(-self.amount, kind="stable")
        while True:
            self.clear()
            wanted = np.zeros(len(self.capacity))
            connections.send_along_tree(self._state, order, parent_arc, parent_node, hub_of, distance, wanted)
            if not self._ran_out():
                return wanted

    @property
    def _memory(self) -> MoveMemory:
        if self.in_parts:  # which parts are tried depends on more than the surroundings
            self.memo.forget()
        return self.memo.arrays

    def _go(
        self, move: Callable[[int, int], int], count: int, stop: Stop | None = None, report_progress: Tell | None = None
    ) -> None:
        """Run a kernel over its list in slices; give it more room if it ran out."""
        place = 0
        while place < count and not (stop is not None and stop()):
            place = move(place, _WORK_BETWEEN_LOOKS)
            self._ran_out()
            if report_progress is not None:
                report_progress(place / count)

    def _ran_out(self) -> bool:
        """Make room if a kernel ran out of it, or soon will; return whether it ran out."""
        flows = self._state.flows
        out = bool(flows.used[OVERFLOW])
        if out or 2 * flows.used[SLOTS] > len(flows.next) or 2 * flows.used[POOL] > len(flows.pool):
            self._make_room()
        return out

    def _make_room(self) -> None:
        flows = self._state.flows
        self._state = self._state._replace(flows=packed(flows, 2 * len(flows.next), 2 * len(flows.pool)))


def _plain(values: npt.ArrayLike, kind: Any) -> npt.NDArray[Any]:
    """Return a copy that the kernels can take: contiguous, writable, of one kind."""
    return np.array(values, dtype=kind, order="C")
