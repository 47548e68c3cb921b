"""Signals: a job outlives kill -9 and SIGTERM, and SIGTERM under load fails nothing that was accepted."""

import io
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from processes import PATIENCE_S, Process, process

pytestmark = pytest.mark.system

PARAGRAPHS = 1500
SHARED_JOBS = 2
VISITORS = 8
PARAGRAPH = (
    "Le port de Brest accueille ce soir un navire école. Les habitants viennent nombreux sur le quai numéro {}.\n\n"
)
DOCUMENT = "".join(PARAGRAPH.format(number) for number in range(PARAGRAPHS)).encode()


def wait_for_state(served: Process, job: str, wanted: str, patience_s: float = 4 * PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while (state := served.client.get(f"/v1/jobs/{job}").json()["state"]) != wanted:
        assert state in ("queued", "running"), served.log[-1]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def create(served: Process) -> str:
    return str(served.client.post("/v1/jobs", files={"file": ("long.txt", io.BytesIO(DOCUMENT))}).json()["id"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_job_outlives_the_process(tmp_path: Path, number: signal.Signals) -> None:
    """Killed, its lease has to run out first; told to end, the service gives it back at once."""
    lease = {"PASSERELLE_JOB_LEASE_S": "2"}
    with process(tmp_path, **lease) as served:
        job = create(served)
        wait_for_state(served, job, "running")
        while served.client.get(f"/v1/jobs/{job}").json()["characters_done"] == 0:
            time.sleep(0.05)
        assert served.send(number) == (-number if number is signal.SIGKILL else 0)
    with process(tmp_path, **lease) as served:
        wait_for_state(served, job, "done")
        result = served.client.get(f"/v1/jobs/{job}/result").text
    assert result.count("\n\n") == PARAGRAPHS
    assert all(str(number) in result for number in range(PARAGRAPHS))


def test_two_services_share_one_state_directory(tmp_path: Path) -> None:
    """Each takes jobs, whichever was asked, and none is done twice."""
    with process(tmp_path) as one, process(tmp_path) as other:
        jobs = [create(served) for served in (one, other) * SHARED_JOBS]
        for job in jobs:
            wait_for_state(one, job, "done")
        assert len({other.client.get(f"/v1/jobs/{job}/result").text for job in jobs}) == 1
        finished = [served.gauge('passerelle_jobs_total{state="done"}') for served in (one, other)]
    assert sum(finished) == len(jobs)
    assert all(finished)


def test_sigterm_under_load_fails_no_request_that_was_accepted(tmp_path: Path) -> None:
    """A connection that is refused or reset before its request was read was not accepted: the log tells which were."""
    with process(tmp_path, PASSERELLE_MEMORY_ENTRIES="0") as served:
        url = f"{served.url}/v1/translate"
        stop = threading.Event()

        def visit(number: int) -> list[int]:
            statuses: list[int] = []
            text = PARAGRAPH.strip().format(number)
            while not stop.is_set() and set(statuses) <= {200}:
                try:
                    statuses.append(httpx.post(url, json={"text": [text] * 3}, timeout=PATIENCE_S).status_code)
                except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
                    break
            return statuses

        with ThreadPoolExecutor(VISITORS) as threads:
            visitors = [threads.submit(visit, number) for number in range(VISITORS)]
            try:
                time.sleep(2)
                assert served.send(signal.SIGTERM) == 0
            finally:
                stop.set()
            statuses = [status for visitor in visitors for status in visitor.result()]
        accepted = [line["status"] for line in served.log if line.get("route") == "/v1/translate"]
    assert set(accepted) <= {200, 503}
    assert accepted.count(200) == statuses.count(200) > VISITORS
