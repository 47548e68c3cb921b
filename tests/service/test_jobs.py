"""Jobs outlive threads, processes and restarts: leases, renewal, giving back, and expiry."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import pytest

from service.errors import Cause, RequestError
from service.jobs import MAX_ATTEMPTS, Done, Job, Jobs
from service.runners import JobRunner, Work, Worker
from service.store import Store
from translator.errors import CancelledError, DocumentError

PATIENCE_S = 20
OWNER = "clé"


class Open(Protocol):
    """Opens the table in a directory; it is closed with the test."""

    def __call__(
        self, directory: Path, *, lease_s: float = 60, expiry_h: float = 1, max_per_owner: int = 5
    ) -> Jobs: ...


@pytest.fixture
def jobs_in() -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(directory: Path, *, lease_s: float = 60, expiry_h: float = 1, max_per_owner: int = 5) -> Jobs:
            store = stack.enter_context(closing(Store(directory)))
            return Jobs(store, lease_s=lease_s, expiry_h=expiry_h, max_per_owner=max_per_owner)

        yield opened


def create(jobs: Jobs, text: str = "bonjour", name: str = "note.txt") -> Job:
    return jobs.create(OWNER, name, "auto", {"lines": "keep"}, io.BytesIO(text.encode()))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def shout(job: Job, source: Path, target: Path, work: Work) -> Done:
    text = source.read_text()
    target.write_text(text.upper())
    return Done(len(text), "text")


class Running:
    """A runner that is stopped at the end of the block."""

    def __init__(self, jobs: Jobs, worker: Worker = shout) -> None:
        self.ended: list[str] = []
        self._runner = JobRunner(jobs, worker, threads=1, finished=self.ended.append)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.stop()


def test_a_job_is_done_and_its_result_kept(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path)
    job = create(jobs)
    assert (job.state, job.options) == ("queued", {"lines": "keep"})
    with pytest.raises(RequestError) as early:
        jobs.result(OWNER, job.id)
    assert early.value.cause is Cause.NOT_READY
    with Running(jobs) as running:
        wait_for(lambda: jobs.get(OWNER, job.id).state == "done")
    assert running.ended == ["done"]
    assert jobs.result(OWNER, job.id).read_text() == "BONJOUR"
    finished = jobs.get(OWNER, job.id)
    assert (finished.characters, finished.format) == (7, "text")
    assert jobs.result_name(finished) == "note.en.txt"


def test_a_result_is_named_after_the_format_that_was_written(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path)
    names = {}
    for name, written in (("a.pdf", "text"), ("B.HTM", "html"), ("c.d.docx", "docx"), ("sans", "markdown")):
        job = create(jobs, name=name)
        jobs.finish(job.id, done=Done(1, written))
        names[name] = jobs.result_name(jobs.get(OWNER, job.id))
        jobs.delete(OWNER, job.id)
    assert names == {"a.pdf": "a.en.txt", "B.HTM": "B.en.HTM", "c.d.docx": "c.d.en.docx", "sans": "sans.en.md"}


def test_a_job_is_nobody_elses(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path)
    job = create(jobs)
    for method in (jobs.get, jobs.result, jobs.delete):
        with pytest.raises(RequestError) as caught:
            method("autre", job.id)
        assert caught.value.cause is Cause.UNKNOWN
    assert jobs.list("autre") == []
    assert jobs.list(OWNER) == [job]


def test_two_runners_never_take_the_same_job(tmp_path: Path, jobs_in: Open) -> None:
    jobs, elsewhere = jobs_in(tmp_path, max_per_owner=100), jobs_in(tmp_path)
    created = {create(jobs).id for _ in range(40)}
    claimed: list[str] = []

    def take(table: Jobs) -> None:
        while (job := table.claim()) is not None:
            claimed.append(job.id)

    threads = [threading.Thread(target=take, args=(table,)) for table in (jobs, elsewhere, jobs, elsewhere)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(created)


def test_a_job_whose_process_died_is_taken_up_again_when_its_lease_is_over(tmp_path: Path, jobs_in: Open) -> None:
    died = jobs_in(tmp_path, lease_s=0.3)
    job = create(died)
    assert died.claim() is not None
    after = jobs_in(tmp_path)
    assert after.claim() is None
    with Running(after):
        wait_for(lambda: after.get(OWNER, job.id).state == "done")
    assert after.result(OWNER, job.id).read_text() == "BONJOUR"


def test_a_job_that_kills_the_process_again_and_again_is_given_up(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path, lease_s=0.001)
    job = create(jobs)
    for _ in range(MAX_ATTEMPTS):
        assert jobs.claim() is not None
        time.sleep(0.01)
    assert jobs.claim() is None
    failed = jobs.get(OWNER, job.id)
    assert failed.state == "failed"
    assert failed.error is not None
    assert "stopped" in failed.error


def test_a_lease_is_renewed_while_the_work_goes_on(tmp_path: Path, jobs_in: Open) -> None:
    jobs, rival = jobs_in(tmp_path, lease_s=0.3), jobs_in(tmp_path)
    go_on = threading.Event()
    job = create(jobs)

    def slow(job: Job, source: Path, target: Path, work: Work) -> Done:
        work.advance(3, 9)
        assert go_on.wait(PATIENCE_S)
        return shout(job, source, target, work)

    with Running(jobs, slow):
        wait_for(lambda: jobs.get(OWNER, job.id).done == 3)
        time.sleep(0.5)
        assert rival.claim() is None
        assert jobs.get(OWNER, job.id).total == 9
        go_on.set()
        wait_for(lambda: jobs.get(OWNER, job.id).state == "done")


def interruptible(started: threading.Event) -> Worker:
    def worker(job: Job, source: Path, target: Path, work: Work) -> Done:
        cancelled = threading.Event()
        work.cancelled_by(cancelled.set)
        started.set()
        assert cancelled.wait(PATIENCE_S)
        raise CancelledError("stopped")

    return worker


def test_stopping_gives_the_job_back_and_the_next_runner_does_it(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path)
    job = create(jobs)
    started = threading.Event()
    with Running(jobs, interruptible(started)):
        assert started.wait(PATIENCE_S)
    assert jobs.get(OWNER, job.id).state == "queued"
    with Running(jobs_in(tmp_path)):
        wait_for(lambda: jobs.get(OWNER, job.id).state == "done")


def test_deleting_a_job_stops_it_and_removes_its_files(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path, lease_s=0.2)
    job = create(jobs)
    started = threading.Event()
    with Running(jobs, interruptible(started)) as running:
        assert started.wait(PATIENCE_S)
        jobs.delete(OWNER, job.id)
        second = create(jobs)
        started.clear()
        assert started.wait(PATIENCE_S)
        assert jobs.get(OWNER, second.id).state == "running"
        assert running.ended == []
    assert not jobs.source_path(job.id, job.name).parent.exists()


def test_bad_input_fails_the_job_with_its_reason_and_a_fault_of_ours_without(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path)

    def worker(job: Job, source: Path, target: Path, work: Work) -> Done:
        if job.name == "faux.docx":
            raise DocumentError("faux.docx is no zip archive")
        raise ValueError("texte secret de l'utilisateur")

    bad, fault = create(jobs, name="faux.docx"), create(jobs)
    with Running(jobs, worker) as running:
        wait_for(lambda: jobs.get(OWNER, fault.id).state == "failed")
    assert running.ended == ["failed", "failed"]
    assert jobs.get(OWNER, bad.id).error == "faux.docx is no zip archive"
    reason = jobs.get(OWNER, fault.id).error
    assert reason is not None
    assert "secret" not in reason
    with pytest.raises(RequestError) as caught:
        jobs.result(OWNER, bad.id)
    assert caught.value.cause is Cause.INVALID


def test_finished_jobs_expire_and_others_do_not(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path, expiry_h=1e-9)
    done, waiting = create(jobs), create(jobs)
    jobs.finish(done.id, done=Done(7, "text"))
    time.sleep(0.01)
    jobs.purge()
    assert [job.id for job in jobs.list(OWNER)] == [waiting.id]
    assert not jobs.source_path(done.id, done.name).exists()
    assert jobs.source_path(waiting.id, waiting.name).read_text() == "bonjour"


def test_an_owner_has_so_many_jobs_and_no_more(tmp_path: Path, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path, max_per_owner=2)
    first = create(jobs)
    create(jobs)
    with pytest.raises(RequestError) as caught:
        create(jobs)
    assert caught.value.cause is Cause.RATE
    jobs.delete(OWNER, first.id)
    create(jobs)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.txt", "x.t\0xt", "x." + "y" * 300, "é", "a.docx/../b.sh "])
def test_no_name_leads_out_of_the_jobs_folder(tmp_path: Path, name: str, jobs_in: Open) -> None:
    jobs = jobs_in(tmp_path)
    job = create(jobs, name=name)
    path = jobs.source_path(job.id, name)
    assert path.read_text() == "bonjour"
    assert path.resolve().parent == (tmp_path / "jobs" / job.id).resolve()
