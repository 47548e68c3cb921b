"""Who does the units: this process, or several of this machine. Each keeps as many units in work as it has workers.

An executor takes units as it needs them and gives outcomes in any order. A worker that dies takes no unit with it: its
unit is cut into single parts and tried again, and a part that kills its worker twice is a failure.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final, Protocol

from translator.bulk.units import DocumentPart, Failure, Job, Outcome, Part, Unit
from translator.bulk.worker import Worker
from translator.engines.ctranslate2 import available_cores
from translator.errors import InputError, OutputError, PasserelleError

MAX_DEATHS_OF_PART: Final = 2
MAX_DEATHS_AT_START: Final = 3
MEMORY_PER_PROCESS: Final = 700 * 2**20
BYTES_WORTH_A_PROCESS: Final = 200_000
"""Below, a process takes longer to start than it saves."""
THREADS_PER_PROCESS: Final = 2
"""On two cores, one process with two threads was faster than two with one, in half the memory (benchmarks/bulk.py)."""


class Executor(Protocol):
    """Does units, wherever."""

    def run(self, units: Iterable[Unit]) -> Iterator[Outcome]:
        """Do the units; outcomes come as they are ready, in any order.

        Raises:
            OutputError: nothing can be written.
            PasserelleError: workers cannot start.
        """
        ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """All in this process, with the engine's threads."""

    job: Job

    def run(self, units: Iterable[Unit]) -> Iterator[Outcome]:
        worker: Worker | None = None
        try:
            for unit in units:
                worker = worker or Worker(self.job)
                yield worker.work(unit)
        finally:
            if worker is not None:
                worker.close()


def split(unit: Unit) -> list[Unit]:
    """A unit for each part."""
    return [Unit((part,)) for part in unit.parts]


class Retries:
    """Units whose worker died, and what becomes of them: a part is given up when it met `max_deaths`."""

    def __init__(self, max_deaths: int) -> None:
        self._max_deaths = max_deaths
        self._deaths: dict[str, int] = {}
        self.units: deque[Unit] = deque()

    def add(self, unit: Unit) -> Outcome | None:
        """Take a unit back; an outcome where it is given up."""
        if len(unit.parts) > 1:
            self.units.extend(split(unit))
            return None
        part = unit.parts[0]
        deaths = self._deaths[part.target] = self._deaths.get(part.target, 0) + 1
        if deaths < self._max_deaths:
            self.units.append(unit)
            return None
        return Outcome(size=part.size, failures=(_death(part, deaths),))

    def next(self, units: Iterator[Unit]) -> Unit | None:
        """The next unit to do, those taken back first."""
        return self.units.popleft() if self.units else next(units, None)


def _death(part: Part, deaths: int) -> Failure:
    what = "its worker" if isinstance(part, DocumentPart) else f"the worker of records {part.first} and following"
    return Failure(part.name, part.target, f"{what} died {deaths} times; is there enough memory?")


@dataclass(slots=True)
class _Running:
    """A worker process; `unit` is what it has in work, `ready` whether its model is loaded."""

    process: SpawnProcess
    connection: Connection
    unit: Unit | None = None
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Processes:
    """`processes` workers, each with `job.threads` threads."""

    job: Job
    processes: int

    def run(self, units: Iterable[Unit]) -> Iterator[Outcome]:
        source = iter(units)
        retries = Retries(MAX_DEATHS_OF_PART)
        running: list[_Running] = []
        deaths_at_start = 0
        upcoming = retries.next(source)
        try:
            while True:
                for one in running:
                    if upcoming is not None and one.ready and one.unit is None:
                        one.unit = upcoming
                        _send(one.connection, upcoming)
                        upcoming = retries.next(source)
                while upcoming is not None and len(running) < self.processes:
                    running.append(self._start())
                if upcoming is None and not any(one.unit for one in running):
                    return
                waiting = {one.connection: one for one in running if one.unit or not one.ready}
                for connection in wait(list(waiting)):
                    one = waiting[connection]  # type: ignore[index]
                    try:
                        answer = one.connection.recv()
                    except (EOFError, ConnectionResetError):
                        running.remove(one)
                        one.process.join()
                        if one.unit is not None:
                            given_up = retries.add(one.unit)
                            upcoming = upcoming or retries.next(source)
                            if given_up:
                                yield given_up
                        else:
                            deaths_at_start += 1
                            if deaths_at_start >= MAX_DEATHS_AT_START:
                                raise PasserelleError(
                                    "workers die before they start; is there memory for so many --processes?"
                                ) from None
                        continue
                    if isinstance(answer, Exception):
                        raise answer
                    one.ready, one.unit = True, None
                    if answer is not None:
                        deaths_at_start = 0
                        yield answer
        finally:
            for one in running:
                one.process.kill()
                one.process.join()

    def _start(self) -> _Running:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self.job, theirs), daemon=True)
        process.start()
        theirs.close()
        return _Running(process, ours)


def _send(connection: Connection, unit: Unit) -> None:
    try:
        connection.send(unit)
    except (BrokenPipeError, ConnectionResetError):  # it died; reading from it says so
        return


def _serve(job: Job, connection: Connection) -> None:
    """A worker process: units in, outcomes out, until the other end goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run is told, and ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        worker = Worker(job)
        connection.send(None)  # ready
        while True:
            connection.send(worker.work(connection.recv()))
    except (EOFError, BrokenPipeError):
        sys.exit()
    except OutputError as error:
        connection.send(error)
    except PasserelleError as error:
        connection.send(InputError(str(error)))


def _end_with_parent() -> None:
    """A run that was killed must leave nothing behind that writes."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def planned(job: Job, size: int, processes: int | None, threads: int | None) -> tuple[Job, int]:
    """The job with its threads, and the number of processes: one for two cores where neither is given.

    What is around the model is Python, a fourteenth of the work, and processes share no interpreter; but little work is
    not worth starting any, and each needs memory. A GPU is fed by one.

    Args:
        size: bytes of input.
    """
    cores = available_cores()
    if processes is None:
        room = max(1, _free_memory() // MEMORY_PER_PROCESS)
        wanted = 1 if _on_gpu(job.device) else max(1, cores // (threads or THREADS_PER_PROCESS))
        processes = max(1, min(wanted, room, size // BYTES_WORTH_A_PROCESS))
    if threads is None and not _on_gpu(job.device):
        threads = max(1, cores // processes)
    return replace(job, threads=threads), processes


def _on_gpu(device: str) -> bool:
    import ctranslate2

    return device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)


def _free_memory() -> int:
    """Bytes that may be used; where the system does not say, more than enough."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            values = dict(line.split(":", 1) for line in file)
        return int(values["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):
        return sys.maxsize
