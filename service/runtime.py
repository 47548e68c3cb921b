"""What lives as long as the app, and the one way of a request to the translator.

Every API goes through `Runtime.call` or `Runtime.stream`: they take a slot, charge the quota, run the work in a thread
on a session of the scheduler, and end it when its time is over or its client is gone. The event loop never waits for
a model, a file or the database. An API module needs nothing but: a token for `doorman.admit`, `check_texts`, one of
these two calls, `jobs` for documents, and errors raised as they come.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from service.auth import Doorman, Principal
from service.errors import Cause, RequestError
from service.glossaries import Glossaries
from service.jobs import Done, Job, Jobs
from service.limits import Concurrency
from service.metrics import Metrics
from service.readiness import Loaded, ModelHost
from service.runners import JobRunner, Work
from service.scheduler import Session
from service.settings import Settings
from service.store import Keys, Store, Usage
from service.threads import RequestThreads
from service.turns import Priority
from translator.errors import CancelledError, DeadlineError
from translator.formats import translate_document
from translator.memory import Memory
from translator.memory import Store as MemoryStore
from translator.pipeline import Translator

T = TypeVar("T")

CHARACTERS_PER_TOKEN: Final = 4
"""Of French, on the shipped vocabulary; only sizes the queue."""
HEARTBEAT_S: Final = 10.0


class Runtime:
    """Everything that one app owns.

    Args:
        load: makes the translator; called in a thread, so that the probes answer meanwhile.
    """

    def __init__(self, settings: Settings, load: Callable[[], Translator]) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.store = Store(settings.state_dir)
        self.keys = Keys(self.store)
        self.usage = Usage(self.store)
        self.glossaries = Glossaries(self.store)
        self.jobs = Jobs(
            self.store,
            lease_s=settings.job_lease_s,
            expiry_h=settings.job_expiry_h,
            max_per_owner=settings.max_jobs_per_key,
        )
        self.doorman = Doorman(settings, self.keys)
        self.concurrency = Concurrency(settings)
        self.memory = (
            Memory(MemoryStore(settings.memory_entries, settings.memory_path)) if settings.memory_entries else None
        )
        self.host = ModelHost(settings, load, self.metrics)
        self._loader: threading.Thread | None = None
        self._runner: JobRunner | None = None
        self._threads = RequestThreads(settings.max_concurrent)
        self._watch()

    def start(self) -> None:
        """Begin to load the model; returns at once."""
        self._loader = self.host.load(self._start_jobs)

    def _start_jobs(self, loaded: Loaded) -> None:
        worker = partial(self._translate_job, loaded)
        threads = self.settings.job_workers
        self._runner = JobRunner(self.jobs, worker, threads=threads, finished=self.metrics.job_finished)

    def drain(self) -> None:
        """Refuse new calls; those in flight go on."""
        self.host.drain()

    async def close(self) -> None:
        """Let the calls in flight finish, give running jobs back, free the model."""
        self.drain()
        deadline = time.monotonic() + self.settings.shutdown_timeout_s
        while self.concurrency.running and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._loader is not None:
            self._loader.join()
        if self._runner is not None:
            self._runner.stop()
        loaded = self.host.loaded
        if loaded is not None:
            loaded.scheduler.close()
        self._threads.close()
        if loaded is not None:
            loaded.translator.close()
        if self.memory is not None:
            self.memory.store.close()
        self.store.close()

    # What every request needs.

    @property
    def model_name(self) -> str:
        """Of the model that is loaded."""
        loaded = self.host.loaded
        return "" if loaded is None else loaded.translator.model.name

    async def call(self, request: Request, principal: Principal, characters: int, work: Callable[[Translator], T]) -> T:
        """Run `work` in a thread, on a translator whose segments are batched with those of all other requests.

        Raises:
            OverloadedError: no room, or not ready.
            RequestError: the quota is used up, or too many calls of this key run.
            DeadlineError: it took longer than `request_timeout_s`.
            CancelledError: the client went away.
        """

        def charged(translator: Translator) -> T:
            with self._charged(principal, characters):
                return work(translator)

        async with self._visit(request, principal, characters) as (translator, over):
            future = await self._threads.begin(characters, over, partial(charged, translator))
            began = time.monotonic()
            try:
                either: set[asyncio.Future[Any]] = {future, over}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if future.done():
                    self.metrics.stage_finished("pipeline", time.monotonic() - began)
                    return future.result()
                raise over.result()
            finally:
                future.cancel()

    async def stream(
        self, request: Request, principal: Principal, characters: int, work: Callable[[Translator], Iterator[T]]
    ) -> AsyncGenerator[T | None]:
        """The items of `work` as they come; None every `HEARTBEAT_S` in which nothing came. Raises as `call` does."""
        loop = asyncio.get_running_loop()
        items: asyncio.Queue[T | BaseException | None] = asyncio.Queue()

        def put(item: T | BaseException | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop ended first
                loop.call_soon_threadsafe(items.put_nowait, item)

        def pump(translator: Translator) -> None:
            try:
                with self._charged(principal, characters):
                    for item in work(translator):
                        put(item)
            except BaseException as error:
                put(error)
            else:
                put(None)

        async with self._visit(request, principal, characters) as (translator, over):
            await self._threads.begin(characters, over, partial(pump, translator))
            over.add_done_callback(lambda task: None if task.cancelled() else put(task.result()))
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        item = await items.get()
                except TimeoutError:
                    yield None
                    continue
                if isinstance(item, BaseException):
                    raise item
                if item is None:
                    return
                yield item

    @asynccontextmanager
    async def _visit(
        self, request: Request, principal: Principal, characters: int
    ) -> AsyncIterator[tuple[Translator, "asyncio.Task[Exception]"]]:
        """A slot and a session; the task ends, with the reason, when the session has to."""
        loaded = self.host.ready()
        with self.concurrency.slot(principal):
            timeout_s = self.settings.request_timeout_s
            tokens = characters // CHARACTERS_PER_TOKEN
            session = loaded.scheduler.session(timeout_s=timeout_s, expected_tokens=tokens)
            over = asyncio.create_task(_end_of(request, session, timeout_s))
            try:
                yield self._translator(loaded, session, principal.id), over
            finally:
                over.cancel()
                session.cancel()

    def _translator(self, loaded: Loaded, session: Session, owner: str) -> Translator:
        memory = None if self.memory is None else self.memory.scoped(owner)
        return loaded.translator.with_engine(session).with_memory(memory)

    @contextlib.contextmanager
    def _charged(self, principal: Principal, characters: int) -> Iterator[None]:
        """Count the characters against the quota; what fails is not counted."""
        if not self.usage.charge(principal.id, characters, principal.quota):
            raise self._quota_error(principal.quota)
        try:
            yield
        except BaseException:
            self.usage.refund(principal.id, characters)
            raise

    @staticmethod
    def _quota_error(quota: int | None) -> RequestError:
        return RequestError(Cause.QUOTA, f"the quota of {quota} characters a month is used up")

    # Jobs.

    async def admit_document(self, principal: Principal) -> None:
        """Before a job is made: its characters are counted when it is done, for only its reader knows them.

        Raises:
            OverloadedError: the service is shutting down or not ready.
            RequestError: the quota is used up.
        """
        self.host.ready()
        quota = principal.quota
        if quota is not None and await run_in_threadpool(self.usage.used, principal.id) >= quota:
            raise self._quota_error(quota)

    def _translate_job(self, loaded: Loaded, job: Job, source: Path, target: Path, work: Work) -> Done:
        session = loaded.scheduler.session(priority=Priority.BACKGROUND)
        work.cancelled_by(session.cancel)
        try:
            translator = self._translator(loaded, session, job.owner)
            report = translate_document(source, target, job.format, translator, progress=work.advance, **job.options)
        finally:
            session.cancel()
        self.usage.charge(job.owner, report.characters, None)
        self.metrics.translated((), report.characters)
        return Done(report.characters, report.output)

    def _watch(self) -> None:
        watch = self.metrics.watch
        watch("passerelle_requests_running", "Translation calls in flight", lambda: self.concurrency.running)
        watch("passerelle_queue_tokens", "Source pieces that wait", lambda: self._scheduled("waiting_tokens"))
        watch("passerelle_batches_running", "Batches at the engine", lambda: self._scheduled("running_batches"))
        if (memory := self.memory) is not None:
            watch("passerelle_memory_hits", "Segments found in the memory", lambda: memory.store.hits)
            watch("passerelle_memory_faults", "Reads and writes its file failed", lambda: memory.store.faults)
            watch("passerelle_memory_misses", "Segments not found there", lambda: memory.store.misses)

    def _scheduled(self, name: str) -> float:
        loaded = self.host.loaded
        return 0.0 if loaded is None else float(getattr(loaded.scheduler, name))


async def _end_of(request: Request, session: Session, timeout_s: float) -> Exception:
    """Ends the session when its time is over or its client is gone, and says which it was."""
    error: CancelledError | DeadlineError
    try:
        async with asyncio.timeout(timeout_s):
            while (await request.receive())["type"] != "http.disconnect":
                pass
        error = CancelledError("the client went away")
    except TimeoutError:
        error = DeadlineError(f"the request took longer than the {timeout_s:g} s that are allowed")
    session.cancel(error)
    return error


async def runtime_of(request: Request) -> Runtime:
    """The runtime of the app that serves this request; a dependency of routes, async to cost no thread."""
    runtime: Any = request.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime
