"""Local search: start with everybody joined, then let clients and branches move or leave while it pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from infraplan.model import IntArray
from infraplan.network.ledger import UNITS_PER_AMOUNT, Ledger
from infraplan.network.opening import open_trunks

# passes over all clients; the search stops earlier as soon as a pass changes nothing
_PASSES = 8
_LARGE_BRANCH, _SMALL_BRANCH = 30, 4
_GAIN = 1.0e-6


def improve(ledger: Ledger, *, thorough: bool, should_stop: Callable[[], bool] | None = None) -> None:
    """Move clients and branches until nothing pays any more (or ``should_stop`` says so).

    A thorough search also moves large branches: worth its time from scratch, not after a small change.
    """
    stop = should_stop or (lambda: False)
    order = np.argsort(-ledger.amount, kind="stable")
    for _ in range(_PASSES):
        before = ledger.objective()
        _reinsert(ledger, order, stop)
        _prune(ledger, stop)
        _move_branches(ledger, stop, largest_group=_LARGE_BRANCH if thorough else _SMALL_BRANCH)
        if stop() or before - ledger.objective() <= _GAIN * max(1.0, abs(before)):
            return


def explore(ledger: Ledger, *, should_stop: Callable[[], bool] | None = None) -> None:
    """Search from scratch, from two openings: clients joined one by one, and trunks found together."""
    join_all(ledger)
    improve(ledger, thorough=True, should_stop=should_stop)
    one_by_one, total = list(ledger.pieces), ledger.objective()
    open_trunks(ledger)
    join_all(ledger)
    improve(ledger, thorough=True, should_stop=should_stop)
    if total < ledger.objective():
        ledger.restore(one_by_one)


def join_all(ledger: Ledger) -> None:
    """Join every client, even at a loss, the largest first, so that trunks can form."""
    for client in np.argsort(-ledger.amount, kind="stable"):
        ledger.join(int(client), even_at_a_loss=True)


def _reinsert(ledger: Ledger, order: IntArray, stop: Callable[[], bool]) -> None:
    """Take each client off and join it again where it is now cheapest, or leave it out."""
    for client in order:
        if stop():
            return
        before = ledger.objective()
        old = ledger.remove(int(client))
        ledger.join(int(client))
        if ledger.objective() > before + _GAIN:
            ledger.remove(int(client))
            ledger.put(int(client), old)


def branches(ledger: Ledger) -> Iterator[tuple[int, ...]]:
    """Yield each distinct group of clients that share some edge, the smallest groups first."""
    users: dict[int, list[int]] = {}
    for client, pieces in enumerate(ledger.pieces):
        for edge in {int(e) for piece in pieces for e in piece.edges}:
            users.setdefault(edge, []).append(client)
    groups = {tuple(group) for group in users.values() if len(group) > 1}
    yield from sorted(groups, key=lambda g: (len(g), g))


def _prune(ledger: Ledger, stop: Callable[[], bool]) -> None:
    """Let whole branches leave that cost more than they are worth."""
    for group in branches(ledger):
        if stop():
            return
        if not all(ledger.pieces[client] for client in group):
            continue
        if not np.isfinite(ledger.worth[list(group)]).all():
            continue
        before = ledger.objective()
        old = {client: ledger.remove(client) for client in group}
        if ledger.objective() > before - _GAIN:
            for client, pieces in old.items():
                ledger.put(client, pieces)


def _move_branches(ledger: Ledger, stop: Callable[[], bool], *, largest_group: int) -> None:
    """Take a whole branch off and join its clients again, so that they can move together."""
    for group in branches(ledger):
        if stop() or len(group) > largest_group:
            return
        if not all(ledger.pieces[client] for client in group):
            continue
        before = ledger.objective()
        old = {client: ledger.remove(client) for client in group}
        for client in sorted(group, key=lambda c: (-ledger.amount[c], c)):
            ledger.join(client, even_at_a_loss=True)
        _drop_losers(ledger, group)
        if ledger.objective() > before - _GAIN:
            for client in group:
                ledger.remove(client)
            for client, pieces in old.items():
                ledger.put(client, pieces)


def _drop_losers(ledger: Ledger, group: tuple[int, ...]) -> None:
    for client in group:
        if not np.isfinite(ledger.worth[client]) or not ledger.pieces[client]:
            continue
        before = ledger.objective()
        pieces = ledger.remove(client)
        if ledger.objective() >= before - _GAIN:
            ledger.put(client, pieces)


def worth_of(ledger: Ledger) -> float:
    """Yearly worth of what is joined [EUR/a]; clients that must join count as zero."""
    return sum(
        ledger.joined(client) * UNITS_PER_AMOUNT * float(worth)
        for client, worth in enumerate(ledger.worth)
        if np.isfinite(worth)
    )
