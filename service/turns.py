"""Whose turn it is: the queues of all sessions, and which of their segments make the next batch.

A data structure without threads or clocks; the scheduler guards it with its lock.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from translator.engines import Decoding, Hypotheses
from translator.errors import PasserelleError

BACKGROUND_SHARE: Final = 8
"""Every so many batches one starts from the background, so that jobs advance however busy the foreground is."""

SHORT_TOKENS: Final = 128
"""A session with no more than this waiting is short: it goes before long ones, and the batch that it begins takes
nothing of theirs: with five sentences of an article beside it, one of 20 pieces takes three times its own time
(measured with the shipped model, beam 4)."""
LONG_SHARE: Final = 4
"""Every so many batches one starts from whoever is next, long or short."""


class Priority(IntEnum):
    """Whose turn comes first; the background gets what the foreground leaves, and a small share in any case."""

    INTERACTIVE = 0
    BACKGROUND = 1


@dataclass(eq=False, slots=True)
class Call:
    """One `submit`. It is settled once: by its last segment, by the first failure, or by the end of its session."""

    future: "Future[list[Hypotheses]]"
    results: list[Hypotheses]
    missing: int
    started: bool = False
    settled: bool = False

    def start(self) -> bool:
        """Whether its caller still wants it; afterwards the future can no longer be cancelled."""
        if not self.started and not self.settled:
            self.started = self.future.set_running_or_notify_cancel()
            self.settled = not self.started
        return not self.settled


@dataclass(eq=False, slots=True)
class Item:
    """One segment of a call; `since` is when it came, on the monotonic clock."""

    line: "Line"
    call: Call
    index: int
    pieces: tuple[str, ...]
    width: int
    since: float

    @property
    def tokens(self) -> int:
        """Even a segment without pieces has to be seen waiting."""
        return max(1, len(self.pieces))


Shape = tuple[Decoding, int]
"""What segments of one batch have in common: decoding and width."""


@dataclass(eq=False, slots=True)
class Line:
    """What one session has waiting, `tokens` in all. `error` is why it is over; `done` counts segments."""

    priority: Priority
    deadline: float | None
    error: PasserelleError | None = None
    done: int = 0
    tokens: int = 0
    queues: dict[Shape, deque[Item]] = field(default_factory=dict)
    calls: set[Call] = field(default_factory=set)

    @property
    def short(self) -> bool:
        return self.tokens <= SHORT_TOKENS

    def push(self, item: Item, decoding: Decoding) -> None:
        self.tokens += item.tokens
        self.queues.setdefault((decoding, item.width), deque()).append(item)

    def oldest(self) -> Shape:
        return min(self.queues, key=lambda shape: self.queues[shape][0].since)

    def pop(self, shape: Shape) -> Item | None:
        """The next segment like `shape`, if there is one."""
        queue = self.queues.get(shape)
        if queue is None:
            return None
        item = queue.popleft()
        self.tokens -= item.tokens
        if not queue:
            del self.queues[shape]
        return item


class Turns:
    """The lines that have something waiting, in the order of their turns."""

    def __init__(self) -> None:
        self._ready: dict[Priority, deque[Line]] = {priority: deque() for priority in Priority}
        self._number = 0
        self.tokens = dict.fromkeys(Priority, 0)

    def __iter__(self) -> Iterator[Line]:
        for lines in self._ready.values():
            yield from lines

    @property
    def waiting(self) -> int:
        """Source pieces that wait, of all priorities."""
        return sum(self.tokens.values())

    def add(self, items: list[Item], decoding: Decoding) -> None:
        """Queue the segments of one call. What goes on (a repair, the next window) comes before what only begins: a
        request must not wait in the whole queue twice."""
        line = items[0].line
        if not line.queues and line.done:
            self._ready[line.priority].appendleft(line)
        elif not line.queues:
            self._ready[line.priority].append(line)
        line.calls.add(items[0].call)
        for item in items:
            line.push(item, decoding)
            self.tokens[line.priority] += item.tokens

    def remove(self, line: Line) -> None:
        """Drop what a line has waiting."""
        if line.queues:
            self._ready[line.priority].remove(line)
        self.tokens[line.priority] -= line.tokens
        line.tokens = 0
        line.queues.clear()

    def seed(self) -> tuple[Line, Shape]:
        """The line whose turn it is, and what its oldest segment is like. The next turn is another's."""
        self._number += 1
        line = next(self._ordered())
        if self._number % LONG_SHARE and self._number % BACKGROUND_SHARE:
            line = next((other for other in self._ready[line.priority] if other.short), line)
        self._ready[line.priority].remove(line)
        self._ready[line.priority].append(line)
        return line, line.oldest()

    def _ordered(self) -> Iterator[Line]:
        order = sorted(Priority, reverse=self._number % BACKGROUND_SHARE == 0)
        return (line for priority in order for line in self._ready[priority])

    def take(self, first: Line, shape: Shape, budget: int) -> list[Item]:
        """Segments like `shape`, one from each line in turn, beginning with `first`, up to `budget` pieces, padding
        counted; a short line shares with short ones only. What nobody wants any more is dropped: none may be left."""
        width = shape[1]
        others = (line for line in self._ordered() if line is not first and (line.short or not first.short))
        lines = deque([first, *others])
        items: list[Item] = []
        while lines and (not items or (len(items) + 1) * width <= budget):
            line = lines.popleft()
            item = line.pop(shape)
            if item is None:
                continue
            lines.append(line)
            self.tokens[line.priority] -= item.tokens
            if not line.queues:
                self._ready[line.priority].remove(line)
            if item.call.start():
                items.append(item)
            else:
                line.calls.discard(item.call)
        return items
