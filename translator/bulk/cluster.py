"""The units done by a Ray cluster: an actor for each share of processors, with one model, doing a unit at a time.

Losing a node loses nothing: a unit whose actor is gone is done by another, and writing twice writes the same once.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from translator.bulk.executors import Retries
from translator.bulk.units import Job, Outcome, Unit
from translator.bulk.worker import Worker
from translator.errors import InputError, MissingExtraError, OutputError, PasserelleError

DEFAULT_THREADS: Final = 1
MAX_DEATHS_AT_START: Final = 8
MAX_DEATHS_OF_PART: Final = 5
"""More than on one machine: whole nodes go, and the part is seldom the reason."""
ADDRESS_VARIABLE: Final = "RAY_ADDRESS"


@dataclass(slots=True)
class _Actor:
    handle: Any
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class RayCluster:
    """As many actors as the cluster has room for; nodes may come and go.

    Attributes:
        address: of the cluster; None for the one of the environment, or of this machine.
        actors: at most so many; None for all that there is room for.
    """

    job: Job
    address: str | None = None
    actors: int | None = None

    def run(self, units: Iterable[Unit]) -> Iterator[Outcome]:
        ray = _ray()
        started = not ray.is_initialized()
        if started:
            address = self.address or os.environ.get(ADDRESS_VARIABLE)
            try:
                ray.init(address=address, log_to_driver=False, logging_level="error", include_dashboard=False)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise InputError(f"no Ray cluster at {address}: {error}; start one with `ray start --head`") from error
        try:
            yield from self._run(ray, iter(units))
        finally:
            if started:
                ray.shutdown()

    def _run(self, ray: Any, source: Iterator[Unit]) -> Iterator[Outcome]:
        job = replace(self.job, threads=self.job.threads or DEFAULT_THREADS)
        gpus = 1 if job.device == "cuda" else 0
        kind = ray.remote(num_cpus=job.threads, num_gpus=gpus, max_restarts=0, max_task_retries=0)(_Remote)
        retries = Retries(MAX_DEATHS_OF_PART)
        waiting: dict[Any, _Actor] = {}
        idle: list[_Actor] = []
        deaths_at_start = 0
        upcoming = retries.next(source)
        try:
            while True:
                while idle and upcoming is not None:
                    actor = idle.pop()
                    actor.unit = upcoming
                    waiting[actor.handle.work.remote(upcoming)] = actor
                    upcoming = retries.next(source)
                working = sum(actor.unit is not None for actor in waiting.values())
                if upcoming is None and not working:
                    return
                starting = len(waiting) - working
                if upcoming is not None and not starting and self._has_room(ray, job, working):
                    handle = kind.remote(job)
                    waiting[handle.ready.remote()] = _Actor(handle)
                # Whoever comes back frees room, and so may a node that joins: look again after a while.
                ready, _ = ray.wait(list(waiting), num_returns=1, timeout=1.0)
                for reference in ready:
                    actor = waiting.pop(reference)
                    try:
                        outcome = ray.get(reference)
                    except ray.exceptions.RayTaskError as error:
                        raise _ours(error) from error
                    except ray.exceptions.RayError as error:
                        if actor.unit is None:
                            deaths_at_start += 1
                            if deaths_at_start >= MAX_DEATHS_AT_START:
                                raise PasserelleError(f"workers of the cluster do not start: {error}") from error
                        elif given_up := retries.add(actor.unit):
                            yield given_up
                        upcoming = upcoming or retries.next(source)
                        continue
                    actor.unit = None
                    idle.append(actor)
                    deaths_at_start = 0
                    if outcome is not None:
                        yield outcome
        finally:
            for actor in (*idle, *waiting.values()):
                ray.kill(actor.handle)

    def _has_room(self, ray: Any, job: Job, working: int) -> bool:
        """Whether one more actor would start now; the first one is asked for in any case."""
        if self.actors is not None and working >= self.actors:
            return False
        return not working or ray.available_resources().get("CPU", 0) >= (job.threads or DEFAULT_THREADS)


class _Remote:
    """The worker as an actor: made at once, loaded when it is asked whether it is ready."""

    def __init__(self, job: Job) -> None:
        self._worker = Worker(job)

    def ready(self) -> None:
        """Nothing; the call returns once the model is loaded."""

    def work(self, unit: Unit) -> Outcome:
        return self._worker.work(unit)


def _ours(error: Any) -> Exception:
    """What the worker itself raised."""
    cause = error.cause
    return cause if isinstance(cause, OutputError) else PasserelleError(f"a worker failed: {cause!r}")


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("--cluster ray", "ray") from error
    return ray
