"""`passerelle serve` and `passerelle keys`, as processes: starting, refusing to start, stopping, and being killed."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from service.cli import main

PATIENCE_S = 60
COMMAND = [sys.executable, "-c", "from service.cli import main; main()"]
PARAGRAPH = "Le port de Brest accueille ce soir un navire école. Les habitants viennent nombreux sur le quai.\n\n"


@dataclass(frozen=True)
class Ended:
    status: int
    stdout: str
    stderr: str


class Run(Protocol):
    """Runs the command in this process."""

    def __call__(self, *arguments: str, **environment: str) -> Ended: ...


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str, **environment: str) -> Ended:
        for name, value in ({"PASSERELLE_STATE_DIR": str(tmp_path)} | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["passerelle", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *capsys.readouterr())

    return command


class Process:
    """A `passerelle serve` on a free port; its log is read as it comes."""

    def __init__(self, state: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            env=os.environ | {"PASSERELLE_STATE_DIR": str(state)} | environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        self.log: list[dict[str, Any]] = []
        for line in self._process.stderr:
            self.log.append(json.loads(line))
            if self.log[-1]["message"] == "listening":
                break
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.log[-1]['port']}", timeout=PATIENCE_S)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        self.log.extend(json.loads(line) for line in self._process.stderr)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < deadline
            try:
                if self.client.get("/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> int:
        """Its exit status."""
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        status = self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self._process.stderr is not None
        self._process.stderr.close()
        self.client.close()
        return status

    def end(self) -> None:
        if self._process.poll() is None:
            self.send(signal.SIGKILL)


@contextmanager
def process(state: Path, **environment: str) -> Iterator[Process]:
    started = Process(state, **environment)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.end()


def test_keys_are_made_listed_and_revoked(run: Run) -> None:
    made = run("keys", "add", "desk", "--rate-limit", "5/second", "--quota", "1000")
    token = made.stdout.strip()
    assert (made.status, token.startswith("psk_")) == (0, True)
    assert "only now" in made.stderr
    assert run("keys", "revoke", "desk").status == 0
    listed = run("keys", "list").stdout
    assert listed.rstrip("\n").split("\t")[2:] == ["5/second", "1000", "revoked"]
    assert token.rpartition("_")[2] not in listed


def test_the_command_is_the_librarys_and_the_services_in_one(run: Run) -> None:
    shown = run("--help").stdout
    for name in ("translate", "model", "serve", "keys"):
        assert name in shown
    assert "import" in run("model", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "complaint"),
    [
        (["keys", "revoke", "nobody"], {}, "no key in use"),
        (["keys", "add", "desk", "--rate-limit", "fast"], {}, "600/minute"),
        (["serve", "--host", "0.0.0.0"], {}, "PASSERELLE_OPEN=true"),
        (["serve"], {"PASSERELLE_MAX_TEXTS": "many"}, "PASSERELLE_MAX_TEXTS='many'"),
        (["serve", "--host", "192.0.2.1"], {"PASSERELLE_OPEN": "true"}, "cannot listen on 192.0.2.1"),
        (["serve", "--port", "70000"], {}, "--port"),
    ],
)
def test_what_cannot_start_says_why_in_one_line(
    run: Run, arguments: list[str], environment: dict[str, str], complaint: str
) -> None:
    ended = run(*arguments, **environment)
    assert ended.status == 2
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_model_that_cannot_be_loaded_ends_the_service(tmp_path: Path) -> None:
    served = Process(tmp_path, PASSERELLE_MODEL=str(tmp_path / "nowhere"))
    assert served.wait() == 1
    critical = [line for line in served.log if line["level"] == "critical"]
    assert "nowhere" in critical[0]["reason"]


def test_sigterm_under_load_fails_no_request_that_was_accepted(tmp_path: Path) -> None:
    with process(tmp_path) as served:
        stop = threading.Event()

        def visit(number: int) -> list[int]:
            """Statuses until the service is gone; a connection that is refused was not accepted."""
            statuses = []
            while not stop.is_set():
                try:
                    answer = httpx.post(
                        f"{served.client.base_url}/v1/translate",
                        json={"text": [PARAGRAPH.strip()] * 3 + [str(number)]},
                        timeout=PATIENCE_S,
                    )
                except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError) as error:
                    statuses.append(0 if isinstance(error, httpx.ConnectError) else -1)
                    break
                statuses.append(answer.status_code)
                if answer.status_code != 200:
                    break
            return statuses

        with ThreadPoolExecutor(8) as threads:
            visitors = [threads.submit(visit, number) for number in range(8)]
            time.sleep(1)
            assert served.send(signal.SIGTERM) == 0
            stop.set()
            statuses = [status for visitor in visitors for status in visitor.result()]
        assert statuses.count(200) > 0
        assert set(statuses) <= {200, 503, 0, -1}
        # What the log says was taken in, was answered.
        accepted = [line for line in served.log if line.get("route") == "/v1/translate"]
        assert {line["status"] for line in accepted} <= {200, 503}
        assert sum(line["status"] == 200 for line in accepted) == statuses.count(200)


@pytest.mark.system
def test_a_job_survives_kill_and_restart(tmp_path: Path) -> None:
    document = (PARAGRAPH * 1500).encode()
    lease = {"PASSERELLE_JOB_LEASE_S": "2"}
    with process(tmp_path, **lease) as served:
        job = served.client.post("/v1/jobs", files={"file": ("long.txt", io.BytesIO(document))}).json()
        deadline = time.monotonic() + PATIENCE_S
        while served.client.get(f"/v1/jobs/{job['id']}").json()["state"] != "running":
            assert time.monotonic() < deadline
        time.sleep(1)
        assert served.send(signal.SIGKILL) == -signal.SIGKILL
    with process(tmp_path, **lease) as served:
        deadline = time.monotonic() + 4 * PATIENCE_S
        while (state := served.client.get(f"/v1/jobs/{job['id']}").json()["state"]) != "done":
            assert state in ("running", "queued")
            assert time.monotonic() < deadline
            time.sleep(0.2)
        result = served.client.get(f"/v1/jobs/{job['id']}/result").text
    assert result.count("\n\n") == 1500


@pytest.mark.system
def test_a_job_is_given_back_on_sigterm_and_done_after_the_restart(tmp_path: Path) -> None:
    document = (PARAGRAPH * 1500).encode()
    with process(tmp_path) as served:
        job = served.client.post("/v1/jobs", files={"file": ("long.txt", io.BytesIO(document))}).json()
        time.sleep(1.5)
        assert served.send(signal.SIGTERM) == 0
    with process(tmp_path) as served:
        deadline = time.monotonic() + 4 * PATIENCE_S
        while served.client.get(f"/v1/jobs/{job['id']}").json()["state"] != "done":
            assert time.monotonic() < deadline
            time.sleep(0.2)
