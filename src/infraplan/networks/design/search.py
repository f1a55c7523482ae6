"""Local search: start with everybody joined, then let clients and branches move or leave while it pays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from infraplan.core import IntArray
from infraplan.networks.design.slope_scaling import open_trunks
from infraplan.networks.design.solution_state import SolutionState

# most passes over all clients; the search stops earlier if a pass changes nothing
_PASSES = 8
_LARGE_BRANCH, _SMALL_BRANCH = 30, 4
# large branches are moved while the clients are few: their number times the largest branch stays below this
_CLIENTS_TIMES_BRANCH = 12_000
# rounds of bringing everybody in again, and guests that a client may try to replace at a full hub
_CYCLES, _GUESTS = 3, 5
_WORTH_A_CYCLE = 1.0e-3
_GAIN = 1.0e-6
# the most work of one cycle from scratch, and after that [arcs looked at]: only continents get there
_MOST_WORK, _LESS_WORK = 150_000_000, 40_000_000
# share of the work that the search from scratch takes
_EXPLORED = 0.75

Stop = Callable[[], bool]
Tell = Callable[[float], None]


def explore(solution: SolutionState, *, should_stop: Stop | None = None, progress: Tell | None = None) -> None:
    """Search from scratch, with clients whole and, where pipes exist or are forced, also in parts that fit these."""
    stop, report_progress = should_stop or (lambda: False), progress or (lambda share: None)
    also_in_parts = solution.in_parts
    steps = 2 if also_in_parts else 1
    solution.in_parts = False
    _try_openings(solution, stop, lambda share: report_progress(_EXPLORED * share / steps))
    if also_in_parts:
        whole, whole_eur = solution.keep(), solution.objective()
        solution.clear()
        solution.in_parts = True
        _try_openings(solution, stop, lambda share: report_progress(_EXPLORED * (1.0 + share) / steps))
        if solution.objective() >= whole_eur:
            solution.bring_back(whole)
    settle(solution, should_stop=stop, progress=lambda share: report_progress(_EXPLORED + (1.0 - _EXPLORED) * share))


def _try_openings(solution: SolutionState, stop: Stop, report_progress: Tell) -> None:
    """Search from two starts: clients joined one by one, and trunks found together."""
    twin, failed = solution.twin(), threading.Event()

    def search_from_trunks() -> None:
        def stop_here() -> bool:
            return failed.is_set() or stop()

        open_trunks(twin)
        _cycle(twin, thorough=True, stop=stop_here)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(search_from_trunks)
        try:
            _cycle(solution, thorough=True, stop=stop, report_progress=report_progress)
        except BaseException:
            failed.set()
            raise
        other.result()
    if twin.objective() < solution.objective():
        solution.bring_back(twin.keep())


def settle(solution: SolutionState, *, should_stop: Stop | None = None, progress: Tell | None = None) -> None:
    """Improve the network as it stands: join everybody, remove clients that do not pay, and repeat while it gains."""
    stop, report_progress = should_stop or (lambda: False), progress or (lambda share: None)
    for number in range(_CYCLES):
        if stop():
            return
        before, kept = solution.objective(), solution.keep()
        _cycle(solution, thorough=False, stop=stop, report_progress=_part(report_progress, number, _CYCLES))
        gain = before - solution.objective()
        if gain < 0.0:
            solution.bring_back(kept)
        if gain <= _WORTH_A_CYCLE * max(1.0, abs(before)):
            return


def fill(solution: SolutionState) -> None:
    """Join clients left out that pay on the ground as it is now."""
    solution.join_all(_by_size(solution))


def _cycle(solution: SolutionState, *, thorough: bool, stop: Stop, report_progress: Tell | None = None) -> None:
    """Join everybody, even at a loss, so that trunks can form; then improve until nothing pays any more.

    A thorough cycle also moves large branches: worth its time from scratch, not after a small change. However
    it ends, branches that do not pay are gone.
    """
    order, report_progress = _by_size(solution), report_progress or (lambda share: None)
    until = solution.work + (_MOST_WORK if thorough else _LESS_WORK)
    steps = 3 * _PASSES
    largest = max(_SMALL_BRANCH, min(_LARGE_BRANCH, _CLIENTS_TIMES_BRANCH // max(1, len(order))))

    def enough() -> bool:
        return solution.work > until or stop()

    solution.join_all(order, most=np.inf, stop=stop)
    for step in range(0, steps, 3):
        before = solution.objective()
        solution.reinsert(order, enough, _part(report_progress, step, steps))
        solution.prune(solution.branches(), stop)
        most = largest if thorough else _SMALL_BRANCH
        solution.move(solution.branches(), enough, _part(report_progress, step + 1, steps), largest=most)
        if enough() or before - solution.objective() <= _GAIN * max(1.0, abs(before)):
            break
    solution.exchange(
        order[solution.left()[order] > _GAIN], enough, _part(report_progress, steps - 1, steps), guests=_GUESTS
    )
    if enough():
        solution.prune(solution.branches(), lambda: False)


def _part(report_progress: Tell, step: int, steps: int) -> Tell:
    """Report the overall progress from the progress of one step."""
    return lambda share: report_progress((step + share) / steps)


def _by_size(solution: SolutionState) -> IntArray:
    """Return clients that must join first, then the largest first."""
    must = np.isinf(solution.worth)
    return np.lexsort((np.arange(len(must)), -solution.amount, ~must))
