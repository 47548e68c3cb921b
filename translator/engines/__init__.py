"""What runs the model: one protocol, two implementations with the same results (ctranslate2, transformers)."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Decoding:
    """How hypotheses are searched; equal values may share a batch.

    `max_length_ratio` and `max_length_margin` bound the target: pieces of its source times the ratio, plus the margin.
    A hypothesis that reaches the bound is unfinished.
    """

    beam_size: int = 4
    hypotheses: int = 1
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    max_length_ratio: float = 3.0
    max_length_margin: int = 16
    attention: bool = False

    def bound(self, pieces: int) -> int:
        """The longest target of a source of so many pieces."""
        return int(pieces * self.max_length_ratio) + self.max_length_margin


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A target in pieces, without the end symbol.

    `score` is the log-probability divided by the number of pieces, the end symbol counted. `attention` has one row for
    each piece and one column for each source piece. `finished` is False where the length
    bound came first.
    """

    pieces: tuple[str, ...]
    score: float
    finished: bool = True
    attention: tuple[tuple[float, ...], ...] | None = None


Batch = Sequence[Sequence[str]]
"""Source segments in pieces, without the end symbol."""

Hypotheses = tuple[Hypothesis, ...]
"""What one segment gave, best first."""


class Engine(Protocol):
    """Runs batches. `submit` returns at once; the future holds the hypotheses in the order of the batch.

    Thread-safe. A future that is cancelled before its batch starts costs nothing.
    """

    @property
    def description(self) -> str:
        """Library, device, compute type and threads, in words."""
        ...

    @property
    def workers(self) -> int:
        """Batches that are worked on at the same time."""
        ...

    def width(self, pieces: int) -> int:
        """Positions that a segment of so many pieces takes. Beside others of its width its hypotheses are those that it
        has alone."""
        ...

    def submit(self, batch: Batch, decoding: Decoding) -> "Future[list[Hypotheses]]":
        """Queue a batch, of segments of one width.

        Raises:
            OverloadedError: no room for the batch now.
        """
        ...

    def close(self) -> None:
        """Free the model; further calls fail."""
        ...
