"""What tables of every format give and take: records, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `text` is None where there is nothing to translate; `problem` says why it could not be read.

    `number` counts records and `line` lines of the file, both from 1. `raw` is for the writer of the same table.
    """

    number: int
    line: int
    text: str | None
    raw: Any
    problem: str | None = None


class RecordWriter(Protocol):
    """Writes records in the order given."""

    def write(self, record: Record, translation: str | None) -> None:
        """Write a record with its translation, or as it was."""
        ...

    def close(self) -> None:
        """Write what is still held back; the target stays open."""
        ...


class Table(Protocol):
    """A table that is read once, from its start."""

    def records(self) -> Iterator[Record]:
        """The records in order."""
        ...

    def writer(self, target: BinaryIO, *, head: bool = True) -> RecordWriter:
        """A writer of the same format; `head` says whether it starts with the heading of the table, if there is one."""
        ...
