"""Parquet as a stream of records: batches of rows, all other columns and the schema's metadata unchanged."""

import contextlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from translator.errors import DocumentError, InputError, MissingExtraError
from translator.formats.records import Record, RecordWriter
from translator.formats.refusal import reason
from translator.formats.template import Selection

BATCH_ROWS = 1024


class ParquetTable:
    """Raises: as `open_table`."""

    def __init__(self, source: BinaryIO, selection: Selection) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError as error:
            raise MissingExtraError("reading Parquet", "tables") from error
        try:
            self._file = pyarrow.parquet.ParquetFile(source)
        except (pyarrow.ArrowException, ValueError, OSError) as error:
            raise DocumentError(f"not a Parquet file: {reason(error)}") from error
        self._schema = self._file.schema_arrow
        names = self._schema.names
        texts = [field.name for field in self._schema if _is_text(field.type)]
        column = selection.column or (texts[0] if len(texts) == 1 else None)
        if column is None or column not in texts:
            what = f"no column of strings named {column!r}" if column else "no single column of strings; name one"
            raise InputError(f"the table has {what}: it has {', '.join(texts) or 'none'}")
        self._column: str = column
        self._into: str = selection.into or column
        self._at = names.index(self._into) if self._into in names else len(names)

    def records(self) -> Iterator[Record]:
        import pyarrow

        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=BATCH_ROWS):
                values = batch.column(batch.schema.get_field_index(self._column)).to_pylist()
                for row, value in enumerate(values):
                    number += 1
                    yield Record(number, number, value if value and value.strip() else None, (batch, row))
        except (pyarrow.ArrowException, ValueError, OSError) as error:
            raise DocumentError(f"the Parquet file is damaged after record {number}: {reason(error)}") from error

    def writer(self, target: BinaryIO, *, head: bool = True) -> RecordWriter:
        del head  # a Parquet file always has its schema
        return _ParquetWriter(target, self._schema, self._into, self._at, self._column)


class _ParquetWriter:
    def __init__(self, target: BinaryIO, schema: Any, into: str, at: int, column: str) -> None:
        import pyarrow
        import pyarrow.parquet

        field = schema.field(into) if at < len(schema.names) else pyarrow.field(into, schema.field(column).type)
        self._field = field if _is_text(field.type) else pyarrow.field(into, pyarrow.string())
        self._schema = schema.set(at, self._field) if at < len(schema.names) else schema.append(self._field)
        self._writer = pyarrow.parquet.ParquetWriter(target, self._schema)
        self._at, self._same = at, into == column
        self._batch: Any = None
        self._rows: list[int] = []
        self._values: list[str | None] = []

    def write(self, record: Record, translation: str | None) -> None:
        batch, row = record.raw
        if batch is not self._batch:
            self._flush()
            self._batch = batch
        original = batch.column(self._at)[row].as_py() if self._same else None
        self._rows.append(row)
        self._values.append(translation if translation is not None else original)

    def _flush(self) -> None:
        import pyarrow

        if self._rows:
            taken = self._batch.take(pyarrow.array(self._rows))
            columns = list(taken.columns)
            columns[self._at : self._at + 1] = [pyarrow.array(self._values, self._field.type)]
            self._writer.write_batch(pyarrow.record_batch(columns, schema=self._schema))
        self._rows, self._values = [], []

    def close(self) -> None:
        self._flush()
        with contextlib.closing(self._writer):
            pass


def _is_text(kind: Any) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind))
