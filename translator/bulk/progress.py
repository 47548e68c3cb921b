"""How far a run is: counts, words a second and the time left, shown on a terminal only."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from translator.bulk.units import Outcome


@dataclass(slots=True)
class Counts:
    """What this run has done; `started` and the time since are in seconds of a steady clock."""

    files: int = 0
    records: int = 0
    words: int = 0
    characters: int = 0
    failures: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, outcome: Outcome) -> None:
        self.files += outcome.files
        self.records += outcome.records
        self.words += outcome.words
        self.characters += outcome.characters
        self.failures += len(outcome.failures)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def words_per_s(self) -> float:
        return self.words / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Meter:
    """A line on the terminal; without one, nothing."""

    progress: Progress | None
    task: TaskID

    def show(self, counts: Counts, advance: int) -> None:
        """Count `advance` bytes of input as done."""
        if self.progress is not None:
            text = f"{counts.files} files, {counts.records} records, {counts.words} words"
            text += f", {counts.words_per_s:.0f} words/s" + (f", {counts.failures} failed" if counts.failures else "")
            self.progress.update(self.task, advance=advance, description=text)


@contextlib.contextmanager
def meter(total: int) -> Iterator[Meter]:
    """A meter for `total` bytes of input."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Meter(None, TaskID(0))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield Meter(progress, progress.add_task("starting", total=total))
