"""Tables and long texts in shards of records: always cut the same way, stored as translations, put together in order.

A shard's file holds one translation for each text of its records, and nothing of the table, so that any worker can
make it from the texts alone. The table itself is read twice, once to hand texts out and once to be written.
"""

import codecs
import json
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, cast

from translator import files
from translator.bulk import places
from translator.document import Lines
from translator.errors import InputError
from translator.formats import Record, RecordWriter, Selection, Table, open_table

TABLES: Final = frozenset(["jsonl", "csv", "tsv", "parquet", "lines"])
CHUNKS: Final = "chunks"
"""Plain text of any length: its records are stretches of it that end where a paragraph does."""
MAX_WHOLE_TEXT_BYTES: Final = 1 << 20
SHARD_CHARACTERS: Final = 300_000
"""A shard ends at this many characters even with few records: what a kill can lose is bounded."""
UNTRANSLATED: Final = "could not be translated; left as it was"
_PLAIN: Final = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})
"""For encodings that lack typographic characters, as ISO 8859-1 does."""
_WIDE: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def stream_kind(format: str, size: int) -> str | None:
    """How a file of a format is streamed: one of `TABLES`, `CHUNKS`, or None for a document that is read whole."""
    if format in TABLES:
        return format
    return CHUNKS if format == "text" and size > MAX_WHOLE_TEXT_BYTES else None


def lines_of(kind: str) -> Lines:
    """What line breaks mean in the records of a kind."""
    return "auto" if kind == CHUNKS else "keep"


def open_records(file: BinaryIO, kind: str, selection: Selection, name: str) -> Table:
    """The records of a file. Raises: as `open_table`."""
    return _ChunkTable(file, selection, name) if kind == CHUNKS else open_table(file, kind, selection)


def cut(records: Iterator[Record], records_per_shard: int) -> Iterator[list[Record]]:
    """Records in shards; where they are cut depends on nothing but the records."""
    shard: list[Record] = []
    size = 0
    for record in records:
        shard.append(record)
        size += len(record.text or "")
        if len(shard) >= records_per_shard or size >= SHARD_CHARACTERS:
            yield shard
            shard, size = [], 0
    if shard:
        yield shard


def texts(shard: Sequence[Record]) -> tuple[str, ...]:
    """What is to be translated of a shard."""
    return tuple(record.text for record in shard if record.text is not None)


def file_name(number: int) -> str:
    """The name of shard `number`, from 0."""
    return f"{number:08}.json"


def encode(translations: Sequence[str | None]) -> bytes:
    """A shard's file; None stands for a text that could not be translated."""
    return json.dumps(translations).encode("ascii")


def assembled(table: Table, writer: RecordWriter, folder: str, records_per_shard: int) -> Iterator[tuple[Record, str]]:
    """Write a table from its shards; gives each bad record with the reason.

    Raises:
        LookupError: a shard is missing.
        InputError: the table is not the one that was translated.
    """
    for number, shard in enumerate(cut(table.records(), records_per_shard)):
        wanted = texts(shard)
        stored: list[str | None] = []
        if wanted:
            stored = _stored(places.join(folder, file_name(number)))
        if len(stored) != len(wanted):
            raise InputError("the file was changed while it was translated; it is translated anew with --resume")
        rest = iter(stored)
        for record in shard:
            translation = None if record.text is None else next(rest)
            if record.problem:
                yield record, record.problem
            elif record.text is not None and translation is None:
                yield record, UNTRANSLATED
            writer.write(record, translation)
    writer.close()


def _stored(path: str) -> list[str | None]:
    try:
        file = places.open_source(path)
    except FileNotFoundError as error:
        raise LookupError(path) from error
    with file:
        return cast(list[str | None], json.load(file))


class _ChunkTable:
    """A text as records that joined give it back."""

    def __init__(self, source: BinaryIO, selection: Selection, name: str) -> None:
        self._source, self._name = source, name
        head = source.read(len(codecs.BOM_UTF8))
        source.seek(0)
        wide = next((encoding for bom, encoding in _WIDE if head.startswith(bom)), None)
        self._encoding = wide or selection.encoding or "utf-8"

    def records(self) -> Iterator[Record]:
        line = 1
        for number, chunk in enumerate(files.read_chunks(self._source, name=self._name, encoding=self._encoding), 1):
            text = chunk.removeprefix("\ufeff") if number == 1 else chunk
            yield Record(number, line, text if text.strip() else None, chunk)
            line += chunk.count("\n")

    def writer(self, target: BinaryIO, *, head: bool = True) -> RecordWriter:
        del head  # a text has none
        return _ChunkWriter(target, self._encoding)


class _ChunkWriter:
    def __init__(self, target: BinaryIO, encoding: str) -> None:
        self._target, self._encoding = target, encoding

    def write(self, record: Record, translation: str | None) -> None:
        chunk: str = record.raw
        if translation is not None:
            chunk = ("\ufeff" if record.number == 1 and chunk.startswith("\ufeff") else "") + translation
        try:
            data = chunk.encode(self._encoding)
        except UnicodeEncodeError:
            data = chunk.translate(_PLAIN).encode(self._encoding, "replace")
        self._target.write(data)

    def close(self) -> None:
        self._target.flush()
