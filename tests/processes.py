"""`passerelle serve` as a process of its own: started, watched through its log, asked, signalled and killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 60
COMMAND = [sys.executable, "-c", "from service.cli import main; main()"]


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
        self.foreign: list[str] = []
        for line in self._process.stderr:
            self._note(line)
            if self.log and self.log[-1]["message"] == "listening":
                break
        assert self.log, self.foreign
        self.port: int = self.log[-1]["port"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE_S)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _note(self, line: str) -> None:
        """What is not of our log is kept apart: a reader that gave up would let the pipe fill, and the service stop."""
        try:
            self.log.append(json.loads(line))
        except json.JSONDecodeError:
            self.foreign.append(line)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._note(line)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert time.monotonic() < deadline, self.foreign
            try:
                if self.client.get("/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)

    def gauge(self, name: str) -> float:
        """One figure of /metrics."""
        lines = self.client.get("/metrics").text.splitlines()
        return float(next(line.partition(" ")[2] for line in lines if line.startswith(f"{name} ")))

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
    """A service that is ready when the block begins, and gone when it ends."""
    started = Process(state, **environment)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.end()
