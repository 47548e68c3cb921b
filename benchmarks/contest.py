"""Contestants in processes of their own, asked in turn: a job a line in, an answer a line out.

A process of its own gives each its own memory figure, and lets peers live in other environments. In each round every
contestant gets the same job, in an order that turns, so that ratios within a round are fair on a busy machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

_LAST_LINE: Final = 300
"""Characters of an error's last line that are kept as the reason."""
_ROOT: Final = Path(__file__).resolve().parent.parent


class ContestantError(Exception):
    """A contestant could not start or finish; the text is the last line that it wrote."""


@dataclass(slots=True)
class Process:
    """One worker process; `command` must answer each JSON line of its input with one on its output.

    `environment` is added to this process's own.
    """

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    _child: "subprocess.Popen[str] | None" = None
    _errors: Path = field(default_factory=lambda: Path(tempfile.mkstemp(prefix="contestant-")[1]))

    def __enter__(self) -> Self:
        environment = {**os.environ, **self.environment}
        with self._errors.open("w", encoding="utf-8") as errors:
            self._child = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                cwd=_ROOT,
                env=environment,
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._errors.unlink(missing_ok=True)

    def send(self, job: Mapping[str, object]) -> None:
        """Hand over a job; `receive` waits for its answer."""
        assert self._child is not None
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(job) + "\n")
            self._child.stdin.flush()
        except BrokenPipeError as error:
            raise ContestantError(self._reason()) from error

    def receive(self) -> dict[str, Any]:
        """The answer to the job that was sent.

        Raises:
            ContestantError: the process ended instead.
        """
        assert self._child is not None
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self._child.wait()
            raise ContestantError(self._reason())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _reason(self) -> str:
        written = self._errors.read_text(encoding="utf-8", errors="replace")
        lines = [line.strip() for line in written.splitlines() if line.strip()]
        return lines[-1].replace(str(_ROOT), ".").replace(str(Path.home()), "~")[:_LAST_LINE] if lines else "no message"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one contestant gave for one job: `texts` in order, wall seconds as the asker saw them, processor seconds of
    all its processes, which others on the machine change less."""

    texts: list[str]
    seconds: float
    cpu_seconds: float
    tokens: int
    latencies: list[float]
    rss_mib: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """A name and its processes; several of them share a job's texts, dealt out evenly."""

    name: str
    processes: tuple[Process, ...]

    def ask(self, texts: Sequence[str], **settings: object) -> Answer:
        """Give the texts to the processes and wait for all.

        Raises:
            ContestantError: a process ended.
        """
        count = len(self.processes)
        start = time.perf_counter()
        for index, process in enumerate(self.processes):
            process.send({"texts": texts[index::count], **settings})
        answers = [process.receive() for process in self.processes]
        seconds = time.perf_counter() - start
        merged = [""] * len(texts)
        for index, answer in enumerate(answers):
            merged[index::count] = answer["texts"]
        return Answer(
            merged,
            seconds,
            sum(answer.get("cpu_seconds", 0.0) for answer in answers),
            sum(answer.get("tokens", 0) for answer in answers),
            [second for answer in answers for second in answer.get("latencies", [])],
            sum(answer["rss_mib"] for answer in answers),
        )


def turned(contestants: Sequence[Contestant], round_number: int) -> list[Contestant]:
    """The order of a round: every contestant is first once."""
    shift = round_number % len(contestants)
    return [*contestants[shift:], *contestants[:shift]]


def python(module: str, *arguments: str) -> list[str]:
    """The command of a module in this environment."""
    return [sys.executable, "-m", module, *arguments]
