"""Local search: start with everybody joined, then let clients and branches move or leave while it pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import numpy as np

from infraplan.network.compiled import search as compiled
from infraplan.network.compiled.ledger import CompiledLedger
from infraplan.network.ledger import Ledger
from infraplan.network.opening import open_trunks

# passes over all clients; the search stops earlier as soon as a pass changes nothing
_PASSES = 8
_LARGE_BRANCH, _SMALL_BRANCH = 30, 4
# rounds of bringing everybody in again, and guests that a client may try to replace at a full hub
_CYCLES, _GUESTS = 3, 5
_WORTH_A_CYCLE = 1.0e-3
_GAIN = 1.0e-6

Stop = Callable[[], bool]
Tell = Callable[[float], None]


def explore(ledger: Ledger, *, should_stop: Stop | None = None, progress: Tell | None = None) -> None:
    """Search from scratch, from two openings: clients joined one by one, and trunks found together.

    Where pipes lie already, both are tried with clients whole and in parts that fit these pipes.
    """
    if _is_plain(ledger):
        _compile(ledger, partial(compiled.explore, should_stop=should_stop, progress=progress))
        return
    stop = should_stop or (lambda: False)
    results = []
    for in_parts, opening in product((False, True) if ledger.in_parts else (False,), (None, open_trunks)):
        ledger.in_parts = in_parts
        ledger.restore([() for _ in ledger.pieces])
        if opening is not None:
            opening(ledger)
        _cycle(ledger, thorough=True, stop=stop)
        results.append((ledger.objective(), list(ledger.pieces)))
    ledger.restore(min(results, key=lambda result: result[0])[1])
    settle(ledger, should_stop=stop)


def settle(ledger: Ledger, *, should_stop: Stop | None = None, progress: Tell | None = None) -> None:
    """Search from the network as it stands: bring everybody in, let those leave that do not pay, while it gains."""
    if _is_plain(ledger):
        _compile(ledger, partial(compiled.settle, should_stop=should_stop, progress=progress))
        return
    stop = should_stop or (lambda: False)
    for _ in range(_CYCLES):
        before, pieces = ledger.objective(), list(ledger.pieces)
        _cycle(ledger, thorough=False, stop=stop)
        gain = before - ledger.objective()
        if gain < 0.0:
            ledger.restore(pieces)
        if stop() or gain <= _WORTH_A_CYCLE * max(1.0, abs(before)):
            return


def _is_plain(ledger: Ledger) -> bool:
    """Say whether the compiled search knows all there is to the question: no given pipes, no fixed costs of hubs."""
    return ledger.terms is None and ledger.hub_fixed_eur is None


def _compile(ledger: Ledger, search: Callable[[CompiledLedger], None]) -> None:
    """Search with compiled books, and write what was found into those of the interpreter."""
    books = CompiledLedger.of(ledger)
    search(books)
    ledger.restore(books.pieces)


def fill(ledger: Ledger) -> None:
    """Join whoever is left out and pays on the ground as it is now."""
    for client in _by_size(ledger):
        ledger.join(client)


def _cycle(ledger: Ledger, *, thorough: bool, stop: Callable[[], bool]) -> None:
    """Join everybody, even at a loss, so that trunks can form; then improve until nothing pays any more.

    A thorough cycle also moves large branches: worth its time from scratch, not after a small change.
    """
    for client in _by_size(ledger):
        ledger.join(client, even_at_a_loss=True)
    for _ in range(_PASSES):
        before = ledger.objective()
        _reinsert(ledger, stop)
        _prune(ledger, stop)
        _move_branches(ledger, stop, largest_group=_LARGE_BRANCH if thorough else _SMALL_BRANCH)
        if stop() or before - ledger.objective() <= _GAIN * max(1.0, abs(before)):
            break
    _make_room(ledger, stop)


def _by_size(ledger: Ledger) -> list[int]:
    """Clients that must join first, then the largest first."""
    must = np.isinf(ledger.worth)
    return [int(client) for client in np.lexsort((np.arange(len(must)), -ledger.amount, ~must))]


def _make_room(ledger: Ledger, stop: Callable[[], bool]) -> None:
    """Let a client that found the hubs full take the place of the one that is worth least."""
    out = [c for c in _by_size(ledger) if ledger.joined(c) < float(ledger.amount[c]) - _GAIN]
    full = ledger.room < _GAIN
    if not out or not full.any():
        return
    for client in out:
        reach = ledger.within_reach[client] & full
        guests = [
            c
            for c, parts in enumerate(ledger.pieces)
            if ledger.worth[c] < ledger.worth[client] and any(reach[part.hub] for part in parts)
        ]
        for guest in sorted(guests, key=lambda c: (ledger.worth[c], c))[:_GUESTS]:
            if stop():
                return
            if _exchange(ledger, client, guest):
                break


def _exchange(ledger: Ledger, client: int, guest: int) -> bool:
    """Put ``client`` in the place of ``guest`` if that pays; what room is left goes back to the guest."""
    before = ledger.objective() if np.isfinite(ledger.worth[client]) else np.inf
    mine, theirs = ledger.remove(client), ledger.remove(guest)
    ledger.join(client)
    ledger.join(guest)
    if ledger.joined(client) > 0.0 and ledger.objective() < before - _GAIN:
        return True
    ledger.remove(client)
    ledger.remove(guest)
    ledger.put(guest, theirs)
    ledger.put(client, mine)
    return False


def _reinsert(ledger: Ledger, stop: Callable[[], bool]) -> None:
    """Take each client off and join it again where it is now cheapest, or leave it out."""
    for client in _by_size(ledger):
        if stop():
            return
        before = ledger.objective()
        old = ledger.remove(client)
        ledger.join(client)
        if ledger.objective() > before + _GAIN:
            ledger.remove(client)
            ledger.put(client, old)


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
