"""Tables and lines as streams of records, for files of any size: one record is in memory at a time, or one batch.

A record that cannot be read says why, and the next one is read. What is not translated is written as it was read.
"""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from translator.document import MarkedText
from translator.errors import DocumentError, InputError
from translator.formats.json_strings import strings
from translator.formats.parquet import ParquetTable
from translator.formats.records import Record, RecordWriter, Table
from translator.formats.refusal import reason
from translator.formats.rows import Dialect, join, rows, split
from translator.formats.template import Selection, Template

UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


class _Streamed:
    """A writer of the tables whose records are bytes."""

    def __init__(self, target: BinaryIO, head: bytes, spell: Callable[[Record, str], bytes]) -> None:
        self._target = target
        self._spell = spell
        target.write(head)

    def write(self, record: Record, translation: str | None) -> None:
        unchanged = translation is None or record.text is None
        self._target.write(record.raw if unchanged else self._spell(record, translation or ""))

    def close(self) -> None:
        self._target.flush()


class LineTable:
    """Each line is a record; a line break at its end stays as it is."""

    def __init__(self, source: BinaryIO, selection: Selection) -> None:
        self._rows = rows(source, None)
        self._encoding = selection.encoding or "utf-8"

    def records(self) -> Iterator[Record]:
        for number, row in enumerate(self._rows, 1):
            if row.problem:
                yield Record(number, row.line, None, row.raw, row.problem)
                continue
            try:
                text = row.raw.decode(self._encoding)
            except UnicodeDecodeError as error:
                problem = f"not valid {self._encoding} at byte {error.start} of the line"
                yield Record(number, row.line, None, row.raw, problem)
                continue
            yield self._record(number, row.line, text, row.raw)

    def _record(self, number: int, line: int, text: str, raw: bytes) -> Record:
        content = text.removeprefix("\ufeff").rstrip("\r\n")
        return Record(number, line, content if content.strip() else None, raw)

    def writer(self, target: BinaryIO, *, head: bool = True) -> RecordWriter:
        del head  # lines have none
        return _Streamed(target, b"", self._spell)

    def _spell(self, record: Record, translation: str) -> bytes:
        text = record.raw.decode(self._encoding)
        content = text.removeprefix("\ufeff").rstrip("\r\n")
        start = text.index(content)
        new = text[:start] + " ".join(translation.splitlines()) + text[start + len(content) :]
        return bytes(new.encode(self._encoding, "replace"))


class JsonTable(LineTable):
    """Each line is a JSON value: an object whose field is translated, or a string."""

    def __init__(self, source: BinaryIO, selection: Selection) -> None:
        super().__init__(source, selection)
        self._field, self._into = selection.column, selection.into

    def _record(self, number: int, line: int, text: str, raw: bytes) -> Record:
        if not text.strip("\ufeff \t\r\n"):
            return Record(number, line, None, raw)
        try:
            value = json.loads(text.removeprefix("\ufeff"))
        except (json.JSONDecodeError, RecursionError) as error:
            return Record(number, line, None, raw, f"bad JSON: {error}")
        for name in self._field.split(".") if self._field else ():
            if not isinstance(value, dict) or name not in value:
                return Record(number, line, None, raw, f"no field {self._field!r}")
            value = value[name]
        if value is None:
            return Record(number, line, None, raw)
        if not isinstance(value, str):
            hint = "" if self._field else "; name the field to translate with --column"
            return Record(number, line, None, raw, f"not a string but {type(value).__name__}{hint}")
        return Record(number, line, value if value.strip() else None, raw)

    def _spell(self, record: Record, translation: str) -> bytes:
        text: str = record.raw.decode(self._encoding)
        spelled = json.dumps(translation, ensure_ascii=text.isascii())
        wanted = "." + (self._into or self._field or "") if self._field else ""
        place = next(((start, end) for path, start, end in strings(text) if path == wanted), None)
        if place:
            return (text[: place[0]] + spelled + text[place[1] :]).encode(self._encoding)
        at = text.rindex("}")
        return f"{text[:at].rstrip()}, {json.dumps(self._into)}: {spelled}{text[at:]}".encode(self._encoding)


class DelimitedTable:
    """CSV and TSV; quoted fields may hold line breaks, and fields that are not translated keep their spelling."""

    def __init__(self, source: BinaryIO, selection: Selection, delimiter: str | None) -> None:
        self._encoding = selection.encoding or "utf-8"
        first = source.readline(1 << 20)
        if first.startswith(_WIDE_BOMS):
            raise DocumentError("a table in UTF-16 cannot be read as a stream; convert it to UTF-8 first")
        self._dialect = Dialect.of(first, delimiter)
        self._rows = rows(source, self._dialect, first)
        self._head: bytes | None = None
        self._pending: Any = None
        self._choose(selection)

    def _choose(self, selection: Selection) -> None:
        """Find the columns by the heading."""
        head = next(self._rows, None)
        try:
            names = [self._dialect.value(field) for field in self._decoded(head.raw)] if head else []
        except UnicodeDecodeError as error:
            raise DocumentError(f"the first row is not valid {self._encoding} at byte {error.start}") from error
        listed = reason(", ".join(names)) or "none"
        if names:
            names[0] = names[0].removeprefix("\ufeff")
        column = selection.column if selection.column is not None else (names[0] if len(names) == 1 else None)
        if column is None:
            raise InputError(f"name the column to translate; the table has {listed}")
        self._into = selection.into
        if column in names:
            self._head = head.raw if head else b""
            self._column = names.index(column)
            self._target = names.index(selection.into) if selection.into in names else -1
        elif column.isdecimal() and 0 < int(column) <= len(names):
            self._pending = head
            self._column = int(column) - 1
            self._target = -1
        else:
            raise InputError(f"the table has no column {column!r}, only {listed}")
        self._width = len(names)

    def _decoded(self, raw: bytes) -> list[str]:
        return split(raw.decode(self._encoding).rstrip("\r\n"), self._dialect)

    def records(self) -> Iterator[Record]:
        number = 0
        pending = [self._pending] if self._pending else []
        for row in (row for source in (pending, self._rows) for row in source):
            number += 1
            if row.problem or not row.raw.strip():
                yield Record(number, row.line, None, row.raw, row.problem)
                continue
            try:
                fields = self._decoded(row.raw)
            except UnicodeDecodeError as error:
                problem = f"not valid {self._encoding} at byte {error.start} of the row"
                yield Record(number, row.line, None, row.raw, problem)
                continue
            if len(fields) != self._width:
                problem = f"{len(fields)} fields where the first row has {self._width}"
                yield Record(number, row.line, None, row.raw, problem)
                continue
            text = self._dialect.value(fields[self._column])
            yield Record(number, row.line, text if text.strip() else None, row.raw)

    def writer(self, target: BinaryIO, *, head: bool = True) -> RecordWriter:
        heading = self._head or b""
        if heading and self._into and self._target < 0:
            text = heading.decode(self._encoding)
            ending = text[len(text.rstrip("\r\n")) :]
            name = self._dialect.spell(self._into, "")
            heading = (text.rstrip("\r\n") + self._dialect.delimiter + name + ending).encode(self._encoding)
        return _DelimitedWriter(target, heading if head else b"", self._spell, self._widen)

    def _widen(self, record: Record) -> bytes:
        """A row without a translation in a table that gains a column."""
        appended = self._into and self._target < 0 and record.problem is None and record.raw.strip()
        return self._spell(record, "") if appended else record.raw

    def _spell(self, record: Record, translation: str) -> bytes:
        text: str = record.raw.decode(self._encoding)
        content = text.rstrip("\r\n")
        fields = split(content, self._dialect)
        if self._into and self._target < 0:
            fields.append(self._dialect.spell(translation, ""))
        else:
            at = self._target if self._into else self._column
            fields[at] = self._dialect.spell(translation, fields[at])
        return (join(fields, self._dialect) + text[len(content) :]).encode(self._encoding, "replace")


class _DelimitedWriter(_Streamed):
    def __init__(
        self, target: BinaryIO, head: bytes, spell: Callable[[Record, str], bytes], widen: Callable[[Record], bytes]
    ) -> None:
        super().__init__(target, head, spell)
        self._widen = widen

    def write(self, record: Record, translation: str | None) -> None:
        if translation is None or record.text is None:
            self._target.write(self._widen(record))
        else:
            super().write(record, translation)


def open_table(source: BinaryIO, format: str, selection: Selection) -> Table:
    """A table by the name of its format: lines, jsonl, csv, tsv or parquet.

    Raises:
        InputError: no column of that name, or none named where there are several.
        DocumentError: it cannot be read at all.
        MissingExtraError: Parquet without pyarrow.
    """
    if format == "lines":
        return LineTable(source, selection)
    if format == "jsonl":
        return JsonTable(source, selection)
    if format == "parquet":
        return ParquetTable(source, selection)
    return DelimitedTable(source, selection, "\t" if format == "tsv" else None)


def reader(format: str) -> Callable[[bytes, Selection], Template]:
    """A table as a document that is read whole; its first bad record refuses it."""

    def read(data: bytes, selection: Selection) -> Template:
        table = open_table(io.BytesIO(data), format, selection)
        records = list(table.records())
        for record in records:
            if record.problem:
                raise DocumentError(f"line {record.line}, record {record.number}: {record.problem}")

        def fill(results: Sequence[MarkedText]) -> bytes:
            out = io.BytesIO()
            writer = table.writer(out)
            rest = iter(results)
            for record in records:
                new = None if record.text is None else next(rest).text
                writer.write(record, None if new == record.text and not selection.into else new)
            writer.close()
            return out.getvalue()

        return Template(tuple(MarkedText(r.text) for r in records if r.text is not None), fill, "keep")

    return read
