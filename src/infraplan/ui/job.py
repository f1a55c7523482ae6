"""Making a plan in the background, so that it can be watched and stopped."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

from infraplan import plan as story
from infraplan.core import Scenario, kernels
from infraplan.plan import Ground, Plan
from infraplan.routes import GroundKey, ground_key
from infraplan.study import Study, open_case


class Stopped(Exception):
    """The visitor stopped the job before its search began."""


@dataclass
class Job:
    """One plan in the making: how far it is [0..1], what is being done, and its end."""

    scenario: Scenario
    share: float = 0.0
    what: str = ""
    stop_asked: Event = field(default_factory=Event)
    end: Future[Plan] = field(default_factory=Future)

    @property
    def done(self) -> bool:
        """Whether the job has ended, well or not."""
        return self.end.done()

    def stop(self) -> None:
        """Ask the job to end; a search that has begun gives the best networks so far."""
        self.stop_asked.set()

    def result(self) -> Plan | None:
        """Return the plan, or None when the job was stopped before the search.

        Raises
        ------
        InfraplanError
            The user's mistake, as ``make_plan`` found it.
        """
        try:
            return self.end.result()
        except Stopped:
            return None

    def note_progress(self, share: float, what: str) -> None:
        """Note the progress. Before the search there is nothing to show yet, so a stop ends the job here."""
        self.share, self.what = share, what
        if self.stop_asked.is_set() and what in GROUND_WORK:
            raise Stopped


GROUNDS_KEPT = 4
# What is done before the search begins (see ``plan.prepare``); later a stop gives the best networks so far.
GROUND_WORK = frozenset({"cost surface", "trunk routes", "junctions", "regions", "candidate graph"})


def start(
    study: Study,
    scenario: Scenario,
    *,
    shared: dict[GroundKey, Ground],
    own: dict[GroundKey, Ground],
    previous: Plan | None,
) -> Job:
    """Begin to make a plan, on a ground made earlier if one fits; keep a new one.

    ``shared`` holds the grounds of all visitors, ``own`` those of this one. A ground on which he drew stays his own.
    Where none fits, that of the ``previous`` plan gives what the change left as it was.
    """
    job = Job(scenario)

    # nice: people look at a page meanwhile
    kernels.compile_ahead(nice=True)

    def work() -> Plan:
        key = ground_key(open_case(study, scenario))
        made = story.make_plan(
            study,
            scenario,
            ground=shared.get(key) or own.get(key) or (None if previous is None else previous.ground),
            start=previous,
            progress=job.note_progress,
            should_stop=job.stop_asked.is_set,
        )
        _keep(made.ground, own if is_private(scenario) else shared)
        return made

    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="infraplan-plan")
    job.end = worker.submit(work)
    worker.shutdown(wait=False)
    return job


def is_private(scenario: Scenario) -> bool:
    """Return whether the ground of a scenario holds something that only this visitor knows."""
    return bool(scenario.drawing)


def _keep(ground: Ground, grounds: dict[GroundKey, Ground]) -> None:
    """Keep a ground, and drop the oldest when there are many."""
    grounds.pop(ground.key, None)
    grounds[ground.key] = ground
    for key in list(grounds)[:-GROUNDS_KEPT]:
        grounds.pop(key, None)
