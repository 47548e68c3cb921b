"""Threads that do jobs, and hold them while they do."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from service.errors import RequestError
from service.jobs import Done, Job, Jobs, JobState
from service.logs import LOGGER, describe
from translator.errors import CancelledError, InputError, MissingExtraError, OverloadedError

POLL_S: Final = 0.5
"""How long a job of another process may go unseen; those of this one wake the runner."""
RENEWALS_PER_LEASE: Final = 3
PURGE_EVERY_S: Final = 60

_log = logging.getLogger(f"{LOGGER}.jobs")


class Work:
    """A job in progress, as the function that does it sees it: say how it is cancelled, and call `advance`."""

    def __init__(self) -> None:
        self.progress = (0, 0)
        self._lock = threading.Lock()
        self._cancelled = False
        self._stop: Callable[[], None] = lambda: None

    def cancelled_by(self, stop: Callable[[], None]) -> None:
        """Call `stop`, from another thread, when the job is deleted or the service stops; at once where it was."""
        with self._lock:
            self._stop = stop
            late = self._cancelled
        if late:
            stop()

    def cancel(self) -> None:
        """The job is not wanted any more, or not now."""
        with self._lock:
            self._cancelled = True
            stop = self._stop
        stop()

    def advance(self, done: int, total: int) -> None:
        """Characters done, and all characters; told to the owner at the next renewal of the lease."""
        self.progress = (done, total)


Worker = Callable[[Job, Path, Path, Work], Done]
"""Translates the first path into the second."""


class JobRunner:
    """Threads that take jobs and have `worker` do them; one more renews the leases."""

    def __init__(self, jobs: Jobs, worker: Worker, *, threads: int, finished: Callable[[JobState], None]) -> None:
        self._jobs = jobs
        self._worker = worker
        self._finished = finished
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[str, Work] = {}
        targets = [self._run] * threads + [self._renew]
        self._threads = [threading.Thread(target=target, name="jobs", daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Interrupt what runs and give it back."""
        self._stopping.set()
        self._jobs.created.set()
        with self._lock:
            running = list(self._running.values())
        for work in running:
            work.cancel()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            job = self._jobs.claim()
            if job is not None:
                self._do(job)
            elif not self._stopping.is_set():
                self._jobs.created.wait(POLL_S)
                self._jobs.created.clear()

    def _do(self, job: Job) -> None:
        source, target = self._jobs.source_path(job.id, job.name), self._jobs.target_path(job.id, job.name)
        work = Work()
        with self._lock:
            self._running[job.id] = work
            if self._stopping.is_set():
                work.cancel()
        try:
            done = self._worker(job, source, target, work)
        except (CancelledError, OverloadedError):
            self._jobs.release(job.id)
        except (InputError, MissingExtraError, RequestError) as error:
            self._close(job, error=str(error))
        except Exception as error:
            if self._stopping.is_set():
                self._jobs.release(job.id)
            else:
                _log.error("job failed", extra={"job": job.id, "error": describe(error)})
                self._close(job, error="the service failed on this document; the log has the reason under the job's id")
        else:
            self._close(job, done=done)
        finally:
            with self._lock:
                del self._running[job.id]

    def _close(self, job: Job, *, done: Done | None = None, error: str | None = None) -> None:
        self._jobs.finish(job.id, done=done, error=error)
        self._finished("done" if error is None else "failed")

    def _renew(self) -> None:
        purged_at = float("-inf")
        while not self._stopping.wait(min(1.0, self._jobs.lease_s / RENEWALS_PER_LEASE)):
            with self._lock:
                running = list(self._running.items())
            for identity, work in running:
                done, total = work.progress
                if not self._jobs.renew(identity, done=done, total=total):
                    work.cancel()
            if time.monotonic() - purged_at > PURGE_EVERY_S:
                purged_at = time.monotonic()
                self._jobs.purge()
