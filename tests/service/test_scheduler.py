"""The scheduler before a small deterministic engine: what is merged, whose turn it is, and what is dropped."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.scheduler import MIN_BATCH_TOKENS, Scheduler
from service.turns import Priority
from translator.engines import Batch, Decoding, Hypotheses, Hypothesis
from translator.errors import CancelledError, DeadlineError, OverloadedError

DECODING = Decoding()
PATIENCE_S = 20


class Reverser:
    """Turns every segment round. With a gate, a batch begins only when the gate lets one through."""

    description = "reverser"

    def __init__(self, *, workers: int = 1, gated: bool = False, fails: bool = False, step: int = 1) -> None:
        self.workers = workers
        self._step = step
        self.batches: list[tuple[tuple[tuple[str, ...], ...], Decoding]] = []
        self.gate = threading.Semaphore(0) if gated else None
        self.most_running = 0
        self._fails = fails
        self._running = 0
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(workers)

    def width(self, pieces: int) -> int:
        return -(-pieces // self._step) * self._step

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        with self._lock:
            self._running += 1
            self.most_running = max(self.most_running, self._running)
            self.batches.append((tuple(map(tuple, batch)), decoding))
        return self._executor.submit(self._translate, batch)

    def _translate(self, batch: Batch) -> list[Hypotheses]:
        if self.gate is not None:
            assert self.gate.acquire(timeout=PATIENCE_S)
        with self._lock:
            self._running -= 1
        if self._fails:
            raise RuntimeError("the engine is out of order")
        return [(Hypothesis(tuple(reversed(pieces)), -1.0),) for pieces in batch]

    def close(self) -> None:
        self._executor.shutdown()


def pieces_of(future: "Future[list[Hypotheses]]") -> list[list[str]]:
    return [list(hypotheses[0].pieces) for hypotheses in future.result(PATIENCE_S)]


@pytest.fixture
def gated() -> Iterator[tuple[Reverser, Scheduler]]:
    engine = Reverser(gated=True)
    scheduler = Scheduler(engine, max_wait_s=0)
    yield engine, scheduler
    assert engine.gate is not None
    engine.gate.release(10_000)
    scheduler.close()
    engine.close()


def occupy(scheduler: Scheduler) -> "Future[list[Hypotheses]]":
    """Keep the only worker busy, so that what comes next has to queue."""
    return scheduler.session().submit([["occupied"] * 9], DECODING)


@settings(max_examples=25, deadline=None)
@given(
    calls=st.lists(st.lists(st.lists(st.sampled_from("abcd"), max_size=4), max_size=6), max_size=12),
    workers=st.integers(1, 3),
    max_batch_tokens=st.integers(1, 20),
)
def test_every_call_gets_its_own_results_in_order(
    calls: list[list[list[str]]], workers: int, max_batch_tokens: int
) -> None:
    engine = Reverser(workers=workers, step=2)
    scheduler = Scheduler(engine, max_batch_tokens=max_batch_tokens)
    with ThreadPoolExecutor(4) as threads:
        futures = list(threads.map(lambda batch: scheduler.session().submit(batch, DECODING), calls))
    assert [pieces_of(future) for future in futures] == [[piece[::-1] for piece in batch] for batch in calls]
    assert engine.most_running <= workers
    for batch, _ in engine.batches:
        (width,) = {engine.width(len(pieces)) for pieces in batch}
        assert len(batch) == 1 or len(batch) * width <= max_batch_tokens
    scheduler.close()
    engine.close()


def test_calls_of_different_sessions_share_a_batch_when_width_and_decoding_are_equal(
    gated: tuple[Reverser, Scheduler],
) -> None:
    engine, scheduler = gated
    first = occupy(scheduler)
    other = Decoding(beam_size=1)
    futures = [
        scheduler.session().submit([["un"], ["deux", "mots"]], DECODING),
        scheduler.session().submit([["trois", "mots"]], DECODING),
        scheduler.session().submit([["autres", "réglages"]], other),
    ]
    assert engine.gate is not None
    engine.gate.release(10)
    results = [pieces_of(future) for future in [first, *futures]][1:]
    assert results == [[["un"], ["mots", "deux"]], [["mots", "trois"]], [["réglages", "autres"]]]
    assert [batch for batch, _ in engine.batches[1:]] == [
        (("un",),),
        (("trois", "mots"), ("deux", "mots")),
        (("autres", "réglages"),),
    ]
    assert [decoding for _, decoding in engine.batches[1:]] == [DECODING, DECODING, other]


def test_a_one_line_request_overtakes_an_article(gated: tuple[Reverser, Scheduler]) -> None:
    engine, scheduler = gated
    occupied = occupy(scheduler)
    article = scheduler.session().submit([["phrase"] * (1 + index % 30) for index in range(5_000)], DECODING)
    line = scheduler.session().submit([["bonjour"] * 31], DECODING)
    assert engine.gate is not None
    engine.gate.release(3)
    assert pieces_of(occupied)
    assert pieces_of(line) == [["bonjour"] * 31]
    assert not article.done()
    assert len(engine.batches) <= 4
    engine.gate.release(10_000)
    assert len(pieces_of(article)) == 5_000


def test_short_requests_go_before_articles_and_share_their_batch_with_short_ones_only(
    gated: tuple[Reverser, Scheduler],
) -> None:
    engine, scheduler = gated
    occupy(scheduler)
    articles = [scheduler.session().submit([["phrase"] * 20] * 100, DECODING) for _ in range(3)]
    lines = [scheduler.session().submit([[word] * 20], DECODING) for word in ("bonjour", "merci")]
    assert engine.gate is not None
    engine.gate.release(2)
    assert [pieces_of(line) for line in lines] == [[["bonjour"] * 20], [["merci"] * 20]]
    assert engine.batches[1][0] == (("bonjour",) * 20, ("merci",) * 20)
    engine.gate.release(10_000)
    assert [len(pieces_of(article)) for article in articles] == [100] * 3


def test_a_request_that_comes_back_for_a_repair_goes_before_those_that_only_begin(
    gated: tuple[Reverser, Scheduler],
) -> None:
    engine, scheduler = gated
    assert engine.gate is not None
    session = scheduler.session()
    first = session.submit([["essai"]], DECODING)
    engine.gate.release(1)
    assert pieces_of(first) == [["essai"]]
    occupied = occupy(scheduler)
    others = [scheduler.session().submit([["autre"] * length], DECODING) for length in range(2, 6)]
    again = session.submit([["reprise"] * 7], DECODING)
    engine.gate.release(2)
    assert pieces_of(occupied)
    assert pieces_of(again) == [["reprise"] * 7]
    assert not any(other.done() for other in others)
    engine.gate.release(10)
    assert [len(pieces_of(other)[0]) for other in others] == [2, 3, 4, 5]


def test_the_foreground_goes_first_and_the_background_still_advances(gated: tuple[Reverser, Scheduler]) -> None:
    engine, scheduler = gated
    occupy(scheduler)
    background = scheduler.session(priority=Priority.BACKGROUND)
    job = background.submit([["fond"] * length for length in range(40, 60)], DECODING)
    front = scheduler.session().submit([["devant"] * length for length in range(1, 30)], DECODING)
    assert engine.gate is not None
    engine.gate.release(10_000)
    pieces_of(front)
    pieces_of(job)
    kinds = [batch[0][0] for batch, _ in engine.batches[1:]]
    assert kinds[0] == "devant"
    share = kinds[: kinds.index("devant") + 29]
    assert 2 <= share.count("fond") <= 6
    assert background.line.done == 20


def test_a_full_queue_refuses_new_sessions_at_once_but_lets_admitted_ones_go_on() -> None:
    engine = Reverser(gated=True)
    scheduler = Scheduler(engine, max_queue_tokens=10, max_batch_tokens=4, max_wait_s=0)
    occupied = occupy(scheduler)
    admitted = scheduler.session()
    futures = [admitted.submit([["mot"] * 10], DECODING)]
    refused = scheduler.session()
    with pytest.raises(OverloadedError) as caught:
        refused.submit([["mot"] * 5], DECODING)
    short = [scheduler.session().submit([["court"] * 4], DECODING) for _ in range(2)]
    with pytest.raises(OverloadedError):
        refused.submit([["court"] * 4], DECODING)
    assert 1 <= caught.value.retry_after_s <= 60
    futures.append(admitted.submit([["mot"] * 10], DECODING))
    job = scheduler.session(priority=Priority.BACKGROUND).submit([["fond"] * 20], DECODING)
    assert engine.gate is not None
    engine.gate.release(10)
    assert [pieces_of(future) for future in futures] == [[["mot"] * 10]] * 2
    assert pieces_of(occupied)
    assert [pieces_of(future) for future in short] == [[["court"] * 4]] * 2
    assert pieces_of(job) == [["fond"] * 20]
    assert pieces_of(refused.submit([["mot"]], DECODING)) == [["mot"]]
    scheduler.close()
    engine.close()


def test_a_text_larger_than_the_whole_queue_is_taken_when_nothing_waits() -> None:
    engine = Reverser()
    scheduler = Scheduler(engine, max_queue_tokens=3)
    assert pieces_of(scheduler.session().submit([["mot"] * 50], DECODING)) == [["mot"] * 50]
    scheduler.close()
    engine.close()


def test_cancelled_work_never_reaches_the_engine(gated: tuple[Reverser, Scheduler]) -> None:
    engine, scheduler = gated
    occupied = occupy(scheduler)
    gone = scheduler.session()
    future = gone.submit([["parti"]] * 100, DECODING)
    stays = scheduler.session().submit([["reste"]], DECODING)
    gone.cancel()
    with pytest.raises(CancelledError):
        future.result(PATIENCE_S)
    with pytest.raises(CancelledError):
        gone.submit([["encore"]], DECODING)
    assert engine.gate is not None
    engine.gate.release(10)
    assert pieces_of(occupied)
    assert pieces_of(stays) == [["reste"]]
    assert all("parti" not in piece for batch, _ in engine.batches for piece in batch)
    assert scheduler.waiting_tokens == 0


def test_a_cancelled_future_costs_nothing(gated: tuple[Reverser, Scheduler]) -> None:
    engine, scheduler = gated
    occupied = occupy(scheduler)
    session = scheduler.session()
    dropped, kept = session.submit([["non"]], DECODING), session.submit([["oui"]], DECODING)
    assert dropped.cancel()
    assert engine.gate is not None
    engine.gate.release(10)
    assert pieces_of(occupied)
    assert pieces_of(kept) == [["oui"]]
    assert [batch for batch, _ in engine.batches[1:]] == [(("oui",),)]


def test_cancelling_during_the_batch_frees_the_caller_at_once(gated: tuple[Reverser, Scheduler]) -> None:
    engine, scheduler = gated
    session = scheduler.session()
    future = session.submit([["long"]], DECODING)
    assert engine.batches
    session.cancel()
    with pytest.raises(CancelledError):
        future.result(PATIENCE_S)
    after = scheduler.session().submit([["suivant"]], DECODING)
    assert engine.gate is not None
    engine.gate.release(2)
    assert pieces_of(after) == [["suivant"]]


def test_a_deadline_that_passes_in_the_queue_fails_the_call_and_drops_its_work(
    gated: tuple[Reverser, Scheduler],
) -> None:
    engine, scheduler = gated
    occupied = occupy(scheduler)
    late = scheduler.session(timeout_s=0.05).submit([["tard"]], DECODING)
    with pytest.raises(DeadlineError):
        late.result(PATIENCE_S)
    assert engine.gate is not None
    engine.gate.release(1)
    assert pieces_of(occupied)
    assert len(engine.batches) == 1


def test_a_failing_engine_fails_the_calls_of_its_batch_and_nothing_hangs() -> None:
    engine = Reverser(fails=True)
    scheduler = Scheduler(engine)
    futures = [scheduler.session().submit([["a"], ["b", "c"]], DECODING) for _ in range(5)]
    for future in futures:
        with pytest.raises(RuntimeError, match="out of order"):
            future.result(PATIENCE_S)
    engine.close()
    assert scheduler.running_batches == 0
    assert scheduler.waiting_tokens == 0
    scheduler.close()


def test_an_engine_that_finishes_at_once_does_not_exhaust_the_stack() -> None:
    class Immediate(Reverser):
        def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
            future: Future[list[Hypotheses]] = Future()
            future.set_result([(Hypothesis(tuple(pieces), 0.0),) for pieces in batch])
            return future

    scheduler = Scheduler(Immediate(), max_batch_tokens=1, max_wait_s=0)
    texts = [["mot", str(index)] for index in range(3_000)]
    assert pieces_of(scheduler.session().submit(texts, DECODING)) == texts
    scheduler.close()


def test_batches_begin_small_and_grow_and_shrink_towards_the_time_that_one_should_take() -> None:
    class Slow(Reverser):
        delay_s = 0.0

        def _translate(self, batch: Batch) -> list[Hypotheses]:
            time.sleep(self.delay_s * len(batch))
            return super()._translate(batch)

    engine = Slow()
    scheduler = Scheduler(engine, max_batch_tokens=1024, max_batch_s=0.05, max_wait_s=0)
    pieces_of(scheduler.session().submit([["m"]] * 8_000, DECODING))
    fast = [len(batch) for batch, _ in engine.batches]
    assert fast[0] == MIN_BATCH_TOKENS
    assert max(fast) == 1024
    engine.delay_s = 0.001
    pieces_of(scheduler.session().submit([["m"]] * 2_500, DECODING))
    slow = [len(batch) for batch, _ in engine.batches[len(fast) :]]
    assert all(size < 512 for size in slow[4:])
    scheduler.close()
    engine.close()


def test_a_storm_of_cancellations_leaves_the_scheduler_empty_and_working() -> None:
    engine = Reverser(workers=2)
    scheduler = Scheduler(engine, max_batch_tokens=8)

    def visit(number: int) -> str:
        session = scheduler.session()
        future = session.submit([["mot"] * (1 + number % 5)] * 10, DECODING)
        if number % 2:
            session.cancel()
        try:
            return "done" if len(future.result(PATIENCE_S)) == 10 else "short"
        except CancelledError:
            return "cancelled"

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(visit, range(400)))
    assert all(outcome == "done" for outcome in itertools.islice(outcomes, 0, None, 2))
    assert set(outcomes) <= {"done", "cancelled"}
    assert scheduler.waiting_tokens == 0
    assert pieces_of(scheduler.session().submit([["encore"]], DECODING)) == [["encore"]]
    scheduler.close()
    engine.close()


def test_closing_fails_what_waits_and_refuses_what_comes(gated: tuple[Reverser, Scheduler]) -> None:
    engine, scheduler = gated
    occupied = occupy(scheduler)
    waiting = scheduler.session().submit([["attend"]], DECODING)
    scheduler.close()
    with pytest.raises(OverloadedError):
        waiting.result(PATIENCE_S)
    with pytest.raises(OverloadedError):
        scheduler.session().submit([["tard"]], DECODING)
    assert engine.gate is not None
    engine.gate.release(1)
    assert pieces_of(occupied) == [["occupied"] * 9]


def test_the_observer_hears_of_every_segment_once() -> None:
    class Counter:
        segments = 0
        tokens = 0

        def batch_finished(self, *, segments: int, tokens: int, waited_s: float, seconds: float) -> None:
            assert waited_s >= 0
            assert seconds >= 0
            self.segments += segments
            self.tokens += tokens

    counter = Counter()
    engine = Reverser()
    scheduler = Scheduler(engine, observer=counter)
    pieces_of(scheduler.session().submit([["a"], ["b", "c"], ["d", "e"]], DECODING))
    engine.close()
    scheduler.close()
    assert (counter.segments, counter.tokens) == (3, 5)
