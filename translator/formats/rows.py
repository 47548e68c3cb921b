"""Lines and rows of delimited text with their raw spelling, read with a bound on their length."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

MAX_ROW_BYTES = 16 * 2**20
_DELIMITERS = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"(?:[^"]|"")*+"')


@dataclass(frozen=True, slots=True)
class Row:
    """The bytes of a row, its line break included. `line` is that of its start, from 1."""

    raw: bytes
    line: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are told apart; a field may be quoted, with quotes doubled inside."""

    delimiter: str

    @classmethod
    def of(cls, first: bytes, delimiter: str | None) -> "Dialect":
        """The dialect of a heading: the delimiter that it has most of, outside quotes."""
        bare = re.sub(rb'"[^"]*"', b"", first)
        return cls(delimiter or max(_DELIMITERS, key=lambda candidate: bare.count(candidate.encode())))

    def value(self, field: str) -> str:
        """What a raw field says."""
        quoted = len(field) > 1 and field.startswith('"') and field.endswith('"')
        return field[1:-1].replace('""', '"') if quoted else field

    def spell(self, value: str, like: str) -> str:
        """A value as a raw field, quoted where it must be or where `like` was."""
        quoted = (
            like.startswith('"') or any(c in value for c in ('"', "\n", "\r", self.delimiter)) or value != value.strip()
        )
        return '"' + value.replace('"', '""') + '"' if quoted else value


def split(row: str, dialect: Dialect) -> list[str]:
    """The raw fields of a row. A quote inside a field that does not start with one is a character."""
    return [row[start:end] for start, end, _ in _fields(row, dialect)]


def _fields(row: str, dialect: Dialect) -> Iterator[tuple[int, int, bool]]:
    """The range of each field, and whether it opens a quote that it does not close."""
    position = 0
    while True:
        quoted = _QUOTED.match(row, position)
        end = row.find(dialect.delimiter, quoted.end() if quoted else position)
        yield position, end if end >= 0 else len(row), not quoted and row.startswith('"', position)
        if end < 0:
            return
        position = end + len(dialect.delimiter)


def join(fields: Sequence[str], dialect: Dialect) -> str:
    """The inverse of `split`."""
    return dialect.delimiter.join(fields)


def rows(source: BinaryIO, dialect: Dialect | None, first: bytes = b"") -> Iterator[Row]:
    """The rows of a stream; with a dialect, a quoted field may hold line breaks. A row beyond the limit is a problem.

    Args:
        first: what has already been read, up to a line break or the end of its limit.
    """
    line, pending = 1, first
    while True:
        raw = pending + (source.readline(MAX_ROW_BYTES + 1) if not pending.endswith(b"\n") else b"")
        pending = b""
        if not raw:
            return
        start = line
        line += raw.endswith(b"\n")
        while dialect and len(raw) <= MAX_ROW_BYTES and raw.endswith(b"\n") and _unclosed(raw, dialect):
            more = _until_quote(source, MAX_ROW_BYTES + 1 - len(raw))
            if not more:
                break
            raw += more
            line += more.count(b"\n")
        if len(raw) > MAX_ROW_BYTES:
            while raw and not raw.endswith(b"\n"):
                raw = source.readline(MAX_ROW_BYTES)
            line += 1 if raw else 0
            yield Row(b"\n", start, f"longer than {MAX_ROW_BYTES} bytes; left out")
        elif dialect and _unclosed(raw, dialect):
            yield Row(raw, start, "a quote is opened and never closed")
        else:
            yield Row(raw, start)


def _until_quote(source: BinaryIO, limit: int) -> bytes:
    """Lines up to one that holds a quote, so that a field of many lines is looked at once."""
    parts: list[bytes] = []
    while limit > 0 and (part := source.readline(limit)):
        parts.append(part)
        limit -= len(part)
        if b'"' in part:
            break
    return b"".join(parts)


def _unclosed(raw: bytes, dialect: Dialect) -> bool:
    """Whether a row ends inside quotes."""
    if b'"' not in raw:
        return False
    # Each byte stands for itself here: only the delimiter and the quote matter, and both are ASCII.
    row = raw.decode("latin-1").removeprefix("\xef\xbb\xbf")
    return any(is_open for _, _, is_open in _fields(row, dialect))
