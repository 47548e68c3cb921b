"""Merges the concurrent calls of all requests into batches, so that many small requests cost what one large one does.

`Scheduler` stands before one real engine; each request gets a `Session`, which is an `Engine` of its own. A batch
holds segments of equal `Decoding` and equal width, one from each session in turn, so a long article and a
one-line request advance alike. No more batches are handed out than the engine has workers: what waits, waits here,
where it can be cancelled, overtaken or refused. Batches are started by whichever thread made room (the caller that
submits, the worker that finished); one more thread watches the clock for waiting time and deadlines.
"""

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Protocol

from service.turns import Call, Item, Line, Priority, Turns
from translator.engines import Batch, Decoding, Engine, Hypotheses
from translator.errors import CancelledError, DeadlineError, OverloadedError, PasserelleError

MIN_BATCH_TOKENS: Final = 128
"""Batches begin with this many pieces and never shrink below: three sentences of 40 or six of 20, which cost 5% a
sentence more than the largest batches do (measured with the shipped model, beam 4)."""
MAX_DECODINGS: Final = 64
"""Settings whose batch size is remembered; more come only from callers that vary them on purpose."""

SHORT_ROOM: Final = 2
"""A call of one batch at most may enter until the queue is this many times full: its turn comes soon all the same, and
long articles must not shut the door on short requests."""

INITIAL_TOKENS_PER_S: Final = 1000.0
SMOOTHING: Final = 0.2
MAX_RETRY_AFTER_S: Final = 60.0


class Observer(Protocol):
    """Told of every batch; called from the engine's threads, must return at once."""

    def batch_finished(self, *, segments: int, tokens: int, waited_s: float, seconds: float) -> None:
        """`tokens` are source pieces; `waited_s` is the time that the oldest segment spent in the queue."""
        ...


@dataclass(eq=False, slots=True)
class Session:
    """The engine as one request sees it; made by `Scheduler.session`. Thread-safe.

    Attributes:
        expected_tokens: what all its calls together may come to; its first call is let in or refused by this.
    """

    scheduler: "Scheduler"
    line: Line
    expected_tokens: int = 0
    admitted: bool = False

    @property
    def description(self) -> str:
        return self.scheduler.engine.description

    @property
    def workers(self) -> int:
        return self.scheduler.engine.workers

    def width(self, pieces: int) -> int:
        return self.scheduler.engine.width(pieces)

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        """Queue a batch; its segments may run in several batches, beside those of others.

        Raises:
            OverloadedError: the queue is full and nothing of this session was let in before.
            CancelledError, DeadlineError: the session is over.
        """
        return self.scheduler.submit(self, batch, decoding)

    def cancel(self, error: PasserelleError | None = None) -> None:
        """End the session: queued work is dropped, open futures and later calls fail with `error`."""
        self.scheduler.end(self.line, error or CancelledError("the request was cancelled"))

    def close(self) -> None:
        """Same as `cancel`; the engine itself stays."""
        self.cancel()


class Scheduler:
    """One queue before one engine.

    Args:
        max_queue_tokens: source pieces of interactive sessions that may wait before new sessions are refused.
        max_batch_tokens: source pieces in a batch, padding counted.
        max_batch_s: time that a batch should take; batches grow and shrink towards it, because a request that comes
            in waits for a batch in progress.
        max_wait_s: time that the first segment of an empty queue waits for company.
        observer: told of every batch.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        max_queue_tokens: int = 65_536,
        max_batch_tokens: int = 1024,
        max_batch_s: float = 0.05,
        max_wait_s: float = 0.002,
        observer: Observer | None = None,
    ) -> None:
        self.engine = engine
        self._max_queue_tokens = max_queue_tokens
        self._max_batch_tokens = max_batch_tokens
        self._max_batch_s = max_batch_s
        self._max_wait_s = max_wait_s
        self._observer = observer
        self._lock = threading.Condition()
        self._turns = Turns()
        self._opened_at = 0.0
        self._running = 0
        self._turn = 0
        self._budgets: dict[Decoding, int] = {}
        self._tokens_per_s = INITIAL_TOKENS_PER_S
        self._closed = False
        self._filling = threading.local()
        self._clock = threading.Thread(target=self._watch, name="scheduler", daemon=True)
        self._clock.start()

    def session(
        self,
        *,
        priority: Priority = Priority.INTERACTIVE,
        timeout_s: float | None = None,
        expected_tokens: int = 0,
    ) -> Session:
        """A new engine for one request, whose work must be done within `timeout_s`."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        return Session(self, Line(priority, deadline), expected_tokens)

    @property
    def waiting_tokens(self) -> int:
        """Source pieces in the queue, of all priorities."""
        return self._turns.waiting

    @property
    def running_batches(self) -> int:
        return self._running

    def close(self) -> None:
        """Fail all that waits with `OverloadedError`; batches in progress come to their end. The engine stays open."""
        with self._lock:
            self._closed = True
            waiting = list(self._turns)
            self._lock.notify_all()
        for line in waiting:
            self.end(line, OverloadedError("the service is shutting down"))
        self._clock.join()

    def submit(self, session: Session, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        """For `Session.submit`."""
        call = Call(Future(), [()] * len(batch), len(batch))
        if not batch:
            call.future.set_result([])
            return call.future
        now = time.monotonic()
        items = [
            Item(session.line, call, index, tuple(pieces), self.engine.width(len(pieces)), now)
            for index, pieces in enumerate(batch)
        ]
        tokens = sum(item.tokens for item in items)
        with self._lock:
            self._admit(session, max(tokens, session.expected_tokens))
            if not self._turns.waiting:
                self._opened_at = now
            self._turns.add(items, decoding)
            self._lock.notify()
        self._fill()
        return call.future

    def _admit(self, session: Session, tokens: int) -> None:
        """Only the first call of an interactive session can be refused: half an article is no use to anyone."""
        if session.line.error is not None:
            raise session.line.error
        if self._closed:
            raise OverloadedError("the service is shutting down")
        priority = session.line.priority
        if priority is Priority.INTERACTIVE and not session.admitted:
            waiting = self._turns.tokens[priority]
            room = self._max_queue_tokens * (SHORT_ROOM if tokens <= self._max_batch_tokens else 1)
            if waiting and waiting + tokens > room:
                delay_s = min(MAX_RETRY_AFTER_S, max(1.0, waiting / (self._tokens_per_s * self.engine.workers)))
                raise OverloadedError("the service has as much work as it can take", retry_after_s=delay_s)
        session.admitted = True

    def end(self, line: Line, error: PasserelleError) -> None:
        """For `Session.cancel`: drop what a line has waiting; its open calls, and those to come, fail."""
        with self._lock:
            line.error = line.error or error
            self._turns.remove(line)
            abandoned = [call for call in line.calls if call.start()]
            line.calls.clear()
            for call in abandoned:
                call.settled = True
        for call in abandoned:
            call.future.set_exception(line.error)

    def _fill(self) -> None:
        """Hand out batches while there is room; an engine that finishes at once must not make this recurse."""
        if getattr(self._filling, "active", False):
            return
        self._filling.active = True
        try:
            while (batch := self._next()) is not None:
                self._start(*batch)
        finally:
            self._filling.active = False

    def _next(self) -> tuple[list[Item], Decoding] | None:
        """The batch to start now; None where there is no room, no work, or company is waited for."""
        with self._lock:
            while self._running < self.engine.workers:
                waiting = self._turns.waiting
                young = time.monotonic() - self._opened_at < self._max_wait_s
                if not waiting or (young and waiting < self._max_batch_tokens):
                    return None
                line, shape = self._turns.seed()
                items = self._turns.take(line, shape, self._budget(shape[0]))
                if items:
                    self._running += 1
                    return items, shape[0]
            return None

    def _start(self, items: list[Item], decoding: Decoding) -> None:
        started = time.monotonic()
        try:
            future = self.engine.submit([item.pieces for item in items], decoding)
        except Exception as error:
            future = Future()
            future.set_exception(error)
        future.add_done_callback(lambda done: self._finish(items, decoding, started, done))

    def _finish(self, items: list[Item], decoding: Decoding, started: float, done: "Future[list[Hypotheses]]") -> None:
        seconds = time.monotonic() - started
        tokens = sum(len(item.pieces) for item in items)
        error = done.exception()
        settled: list[Call] = []
        with self._lock:
            self._running -= 1
            if error is None:
                self._adapt(decoding, tokens, seconds)
            for rank, item in enumerate(items):
                call = item.call
                item.line.done += 1
                call.missing -= 1
                if error is None:
                    call.results[item.index] = done.result()[rank]
                if not call.settled and (error is not None or not call.missing):
                    call.settled = True
                    item.line.calls.discard(call)
                    settled.append(call)
        self._fill()
        for call in settled:
            if error is None:
                call.future.set_result(call.results)
            else:
                call.future.set_exception(error)
        if self._observer is not None and error is None:
            waited_s = started - min(item.since for item in items)
            self._observer.batch_finished(segments=len(items), tokens=tokens, waited_s=waited_s, seconds=seconds)

    def _budget(self, decoding: Decoding) -> int:
        return self._budgets.get(decoding, min(MIN_BATCH_TOKENS, self._max_batch_tokens))

    def _adapt(self, decoding: Decoding, tokens: int, seconds: float) -> None:
        """Move the size of batches towards `max_batch_s`; a batch that was small by want of work says nothing."""
        seconds = max(seconds, 1e-6)
        self._tokens_per_s += SMOOTHING * (tokens / seconds - self._tokens_per_s)
        budget = self._budget(decoding)
        if seconds > self._max_batch_s or tokens * 2 > budget:
            if len(self._budgets) >= MAX_DECODINGS:
                self._budgets.clear()
            aim = tokens * self._max_batch_s / seconds
            moved = round(budget + 0.5 * (min(aim, 2 * budget) - budget))
            self._budgets[decoding] = min(self._max_batch_tokens, max(MIN_BATCH_TOKENS, moved))

    def _watch(self) -> None:
        while True:
            with self._lock:
                if self._closed:
                    return
                now = time.monotonic()
                waiting = list(self._turns)
                expired = [line for line in waiting if line.deadline is not None and line.deadline <= now]
                moments = [line.deadline for line in waiting if line.deadline is not None]
                window = self._opened_at + self._max_wait_s
                if waiting and window > now:
                    moments.append(window)
                due = bool(waiting) and self._running < self.engine.workers and window <= now
                if not expired and not due:
                    self._lock.wait(min(moments) - now if moments else None)
                    continue
            for line in expired:
                self.end(line, DeadlineError("the time limit passed while the request waited for its turn"))
            self._fill()
