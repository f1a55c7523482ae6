"""Local search: start with everybody joined, then let clients and branches move or leave while it pays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from infraplan.model import IntArray
from infraplan.network.ledger import Ledger
from infraplan.network.opening import open_trunks

# passes over all clients; the search stops earlier as soon as a pass changes nothing
_PASSES = 8
_LARGE_BRANCH, _SMALL_BRANCH = 30, 4
# rounds of bringing everybody in again, and guests that a client may try to replace at a full hub
_CYCLES, _GUESTS = 3, 5
_WORTH_A_CYCLE = 1.0e-3
_GAIN = 1.0e-6


def explore(ledger: Ledger, *, should_stop: Callable[[], bool] | None = None) -> None:
    """Search from scratch, from two openings: clients joined one by one, and trunks found together."""
    stop = should_stop or (lambda: False)
    results = []
    for opening in (None, open_trunks):
        ledger.clear()
        if opening is not None:
            opening(ledger)
        _cycle(ledger, thorough=True, stop=stop)
        results.append((ledger.objective(), ledger.keep()))
    ledger.bring_back(min(results, key=lambda result: result[0])[1])
    settle(ledger, should_stop=stop)


def settle(ledger: Ledger, *, should_stop: Callable[[], bool] | None = None) -> None:
    """Search from the network as it stands: bring everybody in, let those leave that do not pay, while it gains."""
    stop = should_stop or (lambda: False)
    for _ in range(_CYCLES):
        before, kept = ledger.objective(), ledger.keep()
        _cycle(ledger, thorough=False, stop=stop)
        gain = before - ledger.objective()
        if gain < 0.0:
            ledger.bring_back(kept)
        if stop() or gain <= _WORTH_A_CYCLE * max(1.0, abs(before)):
            return


def fill(ledger: Ledger) -> None:
    """Join whoever is left out and pays on the ground as it is now."""
    ledger.join_all(_by_size(ledger))


def _cycle(ledger: Ledger, *, thorough: bool, stop: Callable[[], bool]) -> None:
    """Join everybody, even at a loss, so that trunks can form; then improve until nothing pays any more.

    A thorough cycle also moves large branches: worth its time from scratch, not after a small change.
    """
    order = _by_size(ledger)
    ledger.join_all(order, most=np.inf)
    for _ in range(_PASSES):
        before = ledger.objective()
        ledger.reinsert(order, stop)
        ledger.prune(ledger.branches(), stop)
        ledger.move(ledger.branches(), stop, largest=_LARGE_BRANCH if thorough else _SMALL_BRANCH)
        if stop() or before - ledger.objective() <= _GAIN * max(1.0, abs(before)):
            break
    out = order[ledger.left()[order] > _GAIN]
    ledger.exchange(out, stop, guests=_GUESTS)


def _by_size(ledger: Ledger) -> IntArray:
    """Clients that must join first, then the largest first."""
    must = np.isinf(ledger.worth)
    return np.lexsort((np.arange(len(must)), -ledger.amount, ~must))
