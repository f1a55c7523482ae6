"""Arrivals: how much still arrives, and the CO2 it avoids, when only some corridors are built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from infraplan.appraisal.ranking.sending import (
    TINY,
    Pipes,
    Planned,
    Search,
    Senders,
    Sent,
    Turns,
    Ways,
    send,
    send_again,
    unravel,
)
from infraplan.core import CandidateGraph, FloatArray, IntArray, Network, PipePrice
from infraplan.networks import Corridors

FIGURES = ("avoided", "avoided_system", "avoided_direct", "biogenic_stored")
"""What a unit that arrives brings, as columns of the credit (``_kt_per_a``); the first decides who goes first."""
BoolArray = npt.NDArray[np.bool_]
# above this share of rerouted places, solving afresh is faster
_FEW = 0.25


@dataclass(frozen=True)
class Year:
    """CO2 per unit of each place [kt per unit], one figure per entry of ``FIGURES``, and the capacity of hubs [unit/a].

    Both by carrier and id.
    """

    brings: Mapping[tuple[str, str], tuple[float, ...]]
    held: Mapping[tuple[str, str], float]


def read_year(credit: pd.DataFrame, hubs: pd.DataFrame) -> Year:
    """Read a year from the tables ``credit`` and ``hubs`` of ``ranking.rank``."""
    first = credit.drop_duplicates(["carrier", "place_id"])
    amount = first["amount"].to_numpy(dtype=float)
    brings = np.zeros((len(first), len(FIGURES)))
    for column, figure in enumerate(FIGURES):
        if f"{figure}_kt_per_a" in first:
            tonnes = first[f"{figure}_kt_per_a"].to_numpy(dtype=float)
            np.divide(tonnes, amount, out=brings[:, column], where=amount > 0.0)
    rows = brings.tolist()
    keys = zip(first["carrier"], first["place_id"], strict=True)
    held = zip(zip(hubs["carrier"], hubs["hub_id"], strict=True), hubs["capacity"], strict=True)
    return Year({key: tuple(row) for key, row in zip(keys, rows, strict=True)}, dict(held))


@dataclass(frozen=True)
class Lines:
    """Connected pipes of one carrier and the joins in them, as arrays; the same in every year.

    Attributes
    ----------
    node_a, node_b, room, corridor
        Ends, room in either direction [unit/a] and corridor of every pipe.
    places, place_node, joined
        Id, node and amount joined by the network [unit/a] of every place.
    hubs, hub_node
        Id and node of every hub.
    ways, way_place
        Pipes of every join, from its place on, and the number of that place.
    """

    carrier: str
    node_a: IntArray
    node_b: IntArray
    room: FloatArray
    corridor: npt.NDArray[np.object_]
    places: tuple[str, ...]
    place_node: IntArray
    joined: FloatArray
    hubs: tuple[str, ...]
    hub_node: IntArray
    ways: tuple[IntArray, ...]
    way_place: IntArray

    @property
    def nodes(self) -> int:
        """Return the number of nodes."""
        return len(self.pipes.first) - 1

    @cached_property
    def pipes(self) -> Pipes:
        """Return the pipes, and those at each node."""
        nodes = int(np.concatenate([self.node_a, self.node_b, self.place_node, self.hub_node]).max()) + 1
        ends = np.concatenate([self.node_a, self.node_b])
        order = np.argsort(ends, kind="stable")
        first = np.searchsorted(ends[order], np.arange(nodes + 1)).astype(np.int64)
        return Pipes(self.node_a, self.node_b, self.room, first, order % len(self.node_a))

    @cached_property
    def planned(self) -> Planned:
        """Return the planned ways of each place: those of its joins."""
        by_place = np.argsort(self.way_place, kind="stable")
        ways = [self.ways[join] for join in by_place.tolist()]
        return Planned(
            np.searchsorted(self.way_place[by_place], np.arange(len(self.places) + 1)).astype(np.int64),
            np.cumsum([0, *(len(way) for way in ways)]).astype(np.int64),
            np.concatenate([np.empty(0, np.int64), *ways]),
        )

    def make_search(self) -> Search:
        """Return work space for a search."""
        return Search(np.zeros(self.nodes, np.int64), np.empty(self.nodes, np.int64), np.empty(self.nodes, np.int64))

    @cached_property
    def corridors(self) -> tuple[tuple[str, BoolArray], ...]:
        """Return each corridor and a mask of its pipes."""
        names, number = np.unique(self.corridor.astype(str), return_inverse=True)
        return tuple((str(name), number == i) for i, name in enumerate(names))

    def send(self, year: Year, amounts: Mapping[tuple[str, str], float] | None = None) -> Arrivals:
        """Set the amounts of places and the capacity of hubs in one year.

        ``amounts`` [unit/a] by carrier and place replaces the amounts joined by the network.
        """
        keys = [(self.carrier, place) for place in self.places]
        nothing = (0.0,) * len(FIGURES)
        return Arrivals(
            self,
            self.joined if amounts is None else np.array([amounts.get(key, 0.0) for key in keys], dtype=float),
            np.array([year.brings.get(key, nothing) for key in keys], dtype=float).reshape(len(keys), len(FIGURES)),
            np.array([year.held.get((self.carrier, hub), 0.0) for hub in self.hubs], dtype=float),
        )


@dataclass(frozen=True)
class Arrivals:
    """Amounts of places and capacity of hubs in one year: the input to ask what arrives when pipes are missing.

    Attributes
    ----------
    amount
        Amount of each place [unit/a].
    brings
        CO2 [kt per unit]: one row per place, one column per entry of ``FIGURES``.
    capacity
        Capacity of each hub [unit/a].
    """

    lines: Lines
    amount: FloatArray
    brings: FloatArray
    capacity: FloatArray

    @cached_property
    def _order(self) -> IntArray:
        """Return the places, the most CO2 per unit first."""
        return np.argsort(-self.brings[:, 0], kind="stable").astype(np.int64)

    @cached_property
    def _held(self) -> FloatArray:
        """Return the capacity of the hubs at each node [unit/a]."""
        held = np.zeros(self.lines.nodes)
        np.add.at(held, self.lines.hub_node, self.capacity)
        return held

    @cached_property
    def _turns(self) -> Turns:
        """Return the turn of each place, and the places at each node."""
        by_node = np.argsort(self.lines.place_node, kind="stable").astype(np.int64)
        return Turns(
            np.argsort(self._order, kind="stable").astype(np.int64),
            np.searchsorted(self.lines.place_node[by_node], np.arange(self.lines.nodes + 1)).astype(np.int64),
            by_node,
        )

    @cached_property
    def _whole(self) -> Sent:
        """Return what arrives when every pipe is built."""
        return self._send(np.ones(len(self.lines.corridor), dtype=bool))

    @cached_property
    def _ways(self) -> Ways:
        """Return the ways by which it arrives."""
        lines, whole = self.lines, self._whole
        # each way uses up a place, a pipe or a hub
        most = len(lines.places) + len(lines.room) + lines.nodes
        room, count = len(lines.planned.pipes) + most, -1
        while count < 0:
            ways = Ways(
                np.empty(most, np.int64), np.empty(most), np.zeros(most + 1, np.int64), np.empty(room, np.int64)
            )
            arrived = Senders(lines.place_node, whole.arrived)
            held = self._held - whole.sink
            count = unravel(lines.pipes, arrived, whole.flow.copy(), held, lines.make_search(), ways)
            room *= 2
        return Ways(
            ways.place[:count].copy(),
            ways.amount[:count].copy(),
            ways.first[: count + 1].copy(),
            ways.pipes[: ways.first[count]].copy(),
        )

    @cached_property
    def _broken(self) -> Mapping[str, IntArray]:
        """Return the ways through each corridor."""
        ways = self._ways
        names, number = np.unique(self.lines.corridor.astype(str), return_inverse=True)
        way = np.repeat(np.arange(len(ways.place)), np.diff(ways.first))
        passed = np.unique(np.column_stack([number[ways.pipes], way]), axis=0)
        at = np.searchsorted(passed[:, 0], np.arange(len(names) + 1))
        return {str(name): passed[at[i] : at[i + 1], 1].astype(np.int64) for i, name in enumerate(names)}

    @property
    def _senders(self) -> Senders:
        return Senders(self.lines.place_node, self.amount)

    def _send(self, built: BoolArray) -> Sent:
        lines, none = self.lines, np.empty(0, np.int64)
        sent = Sent(np.zeros(len(self.amount)), np.zeros(len(lines.room)), self._held.copy())
        nobody = Turns(none, np.zeros(lines.nodes + 1, np.int64), none)
        send(lines.pipes, built, self._senders, self._order, lines.planned, nobody, sent, lines.make_search())
        return sent

    def arrive(self, built: BoolArray) -> FloatArray:
        """Return how much of each place arrives [unit/a] when only the ``built`` pipes exist, the best places first.

        A place that lost its planned way takes another one, as far as the pipes there have room.
        """
        return self._send(built).arrived

    def arrive_without(self, corridor_id: str) -> FloatArray:
        """Return how much of each place arrives [unit/a] when only one corridor is missing.

        The result equals that of ``arrive``; only places with a way through the corridor, and those cut short, are
        solved again.
        """
        lines, whole = self.lines, self._whole
        built, broken = lines.corridor != corridor_id, self._broken[corridor_id]
        short = whole.arrived < self.amount * (1.0 - TINY)
        short[self._ways.place[broken]] = True
        again = np.flatnonzero(short)
        if len(again) > _FEW * len(self.amount):
            return self.arrive(built)
        again = again[np.argsort(self._turns.turn[again])].astype(np.int64)
        sent = Sent(whole.arrived.copy(), whole.flow.copy(), whole.sink.copy())
        search = lines.make_search()
        send_again(lines.pipes, built, self._senders, self._turns, self._ways, sent, search, broken, again)
        return sent.arrived

    def bring(self, built: BoolArray) -> FloatArray:
        """Return ``FIGURES`` [kt/a] when only the ``built`` pipes exist (see ``arrive``)."""
        return np.asarray(self.arrive(built) @ self.brings, dtype=float)

    def last_in(self) -> Iterator[tuple[str, FloatArray]]:
        """Yield each corridor with the loss of ``FIGURES`` [kt/a] without it."""
        everything = self._whole.arrived @ self.brings
        for corridor_id, _ in self.lines.corridors:
            yield corridor_id, np.asarray(everything - self.arrive_without(corridor_id) @ self.brings, dtype=float)

    def first_in(self) -> Iterator[tuple[str, FloatArray]]:
        """Yield each corridor with ``FIGURES`` [kt/a] if only it were built."""
        nothing = self.bring(np.zeros(len(self.lines.corridor), dtype=bool))
        for corridor_id, inside in self.lines.corridors:
            yield corridor_id, self.bring(inside) - nothing


def lay_out(
    corridors: Corridors,
    networks: Mapping[str, Network],
    *,
    candidates: CandidateGraph,
    hubs: pd.DataFrame,
    prices: Mapping[str, PipePrice] | None = None,
) -> list[Lines]:
    """Return the joins and pipes of every carrier as arrays, one set for each connected part.

    ``hubs`` gives the ``place_id`` of each ``hub_id``. ``prices`` give the capacity of the pipes; without them a pipe
    carries only its planned flow.
    """
    place_of = dict(zip(hubs["hub_id"], hubs["place_id"], strict=True))
    pipes = pd.DataFrame(corridors.segments.drop(columns="geometry"))
    found = []
    for carrier, network in networks.items():
        if not len(network.segments):
            continue
        segments = pipes[np.asarray(pipes["carrier"] == carrier)]
        joined: dict[str, float] = {}
        for place, amount in zip(network.joins["place_id"], network.joins["amount"], strict=True):
            joined[place] = joined.get(place, 0.0) + amount
        places, used = tuple(sorted(joined)), tuple(sorted(set(network.joins["hub_id"])))
        row_of = {edge: row for row, edge in enumerate(segments["edge"].tolist())}
        number = {place: i for i, place in enumerate(places)}
        whole = Lines(
            carrier,
            segments["node_from"].to_numpy(dtype=np.int64),
            segments["node_to"].to_numpy(dtype=np.int64),
            room_of(segments, None if prices is None else prices[carrier]),
            segments["corridor_id"].to_numpy(dtype=object),
            places,
            np.array([candidates.node_of[place] for place in places], dtype=np.int64),
            np.array([joined[place] for place in places], dtype=float),
            used,
            np.array([candidates.node_of[place_of[hub]] for hub in used], dtype=np.int64),
            tuple(np.array([row_of[edge] for edge in edges], dtype=np.int64) for edges in network.joins["edges"]),
            np.array([number[place] for place in network.joins["place_id"]], dtype=np.int64),
        )
        found += _split(whole)
    return found


def _split(whole: Lines) -> list[Lines]:
    """Return the connected parts; leave out places and hubs without a pipe, as no corridor matters to them."""
    nodes, spot = np.unique(
        np.concatenate([whole.node_a, whole.node_b, whole.place_node, whole.hub_node]), return_inverse=True
    )
    pipes, places = len(whole.node_a), len(whole.places)
    a, b, at, hub_at = np.split(spot.reshape(-1), [pipes, 2 * pipes, 2 * pipes + places])
    _, island = connected_components(coo_matrix((np.ones(pipes), (a, b)), (len(nodes),) * 2), directed=False)
    parts = []
    for part in np.unique(island[a]).tolist():
        mine, here, hubs = (np.flatnonzero(island[ends] == part) for ends in (a, at, hub_at))
        joins = np.flatnonzero(np.isin(whole.way_place, here))
        local, row, number = np.cumsum(island == part) - 1, np.zeros(pipes, np.int64), np.zeros(places, np.int64)
        row[mine], number[here] = np.arange(len(mine)), np.arange(len(here))
        parts.append(
            Lines(
                whole.carrier,
                local[a[mine]],
                local[b[mine]],
                whole.room[mine],
                whole.corridor[mine],
                tuple(whole.places[i] for i in here.tolist()),
                local[at[here]],
                whole.joined[here],
                tuple(whole.hubs[i] for i in hubs.tolist()),
                local[hub_at[hubs]],
                tuple(row[whole.ways[join]] for join in joins.tolist()),
                number[whole.way_place[joins]],
            )
        )
    return parts


def room_of(segments: pd.DataFrame, price: PipePrice | None) -> FloatArray:
    """Return the capacity of the pipes of segments [unit/a]: at least their flow, which may run in older pipes."""
    flow = segments["flow"].to_numpy(dtype=float)
    if price is None:
        return flow
    size = np.searchsorted(price.dn_mm, segments["dn_mm"].to_numpy(dtype=float) - 1e-9)
    return np.asarray(np.maximum(flow, price.capacity_per_a[size] * segments["pipes"].to_numpy(dtype=float)), float)
