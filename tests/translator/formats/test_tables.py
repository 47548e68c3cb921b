"""Records stream through in order; a bad one says why, and the next one is read."""

import io
import json
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator.errors import DocumentError, InputError
from translator.formats import Record, Selection, open_table
from translator.formats import rows as rows_module
from translator.formats.rows import Dialect, join, split

Convert = Callable[..., bytes]

CSV = 'id;texte;x\r\n1;"Le ""pont""\r\nsuite";a\r\n2;pain;"b"\r\n\r\n3;;c\r\n'


def stream(data: bytes, format: str, **selection: object) -> tuple[list[Record], bytes]:
    """The records of a table, and the table with each text in capitals."""
    table = open_table(io.BytesIO(data), format, Selection(**selection))  # type: ignore[arg-type]
    out = io.BytesIO()
    writer = table.writer(out)
    found = []
    for record in table.records():
        found.append(record)
        writer.write(record, record.text.upper() if record.text else None)
    writer.close()
    return found, out.getvalue()


class TestDelimited:
    def test_identity(self, same: Convert) -> None:
        assert same(CSV, "csv", column="texte") == CSV.encode()

    def test_in_place(self) -> None:
        records, out = stream(CSV.encode(), "csv", column="texte")
        assert [(record.number, record.line, record.text) for record in records] == [
            (1, 2, 'Le "pont"\r\nsuite'), (2, 4, "pain"), (3, 5, None), (4, 6, None),
        ]  # fmt: skip
        assert out.decode() == 'id;texte;x\r\n1;"LE ""PONT""\r\nSUITE";a\r\n2;PAIN;"b"\r\n\r\n3;;c\r\n'

    def test_into_a_new_column(self) -> None:
        _, out = stream(CSV.encode(), "csv", column="texte", into="en")
        assert out.decode() == (
            'id;texte;x;en\r\n1;"Le ""pont""\r\nsuite";a;"LE ""PONT""\r\nSUITE"\r\n2;pain;"b";PAIN\r\n\r\n3;;c;\r\n'
        )

    def test_into_a_column_that_is_there(self) -> None:
        _, out = stream(b"fr\ten\nun\t\n", "tsv", column="fr", into="en")
        assert out == b"fr\ten\nun\tUN\n"

    def test_by_number_without_heading(self) -> None:
        records, out = stream(b"1,un\n2,deux\n", "csv", column="2")
        assert [record.text for record in records] == ["un", "deux"]
        assert out == b"1,UN\n2,DEUX\n"

    def test_a_bad_row_is_told_and_the_next_is_read(self) -> None:
        records, out = stream(b"a,b\n1\nx,\xff\n2,deux\n", "csv", column="b")
        assert [record.problem for record in records] == [
            "1 fields where the first row has 2", "not valid utf-8 at byte 2 of the row", None,
        ]  # fmt: skip
        assert out == b"a,b\n1\nx,\xff\n2,DEUX\n"

    def test_a_quote_that_never_closes(self) -> None:
        records, _ = stream(b'a,b\n1,"un\n2,deux\n', "csv", column="b")
        assert [record.problem for record in records] == ["a quote is opened and never closed"]

    def test_a_quote_inside_a_field_is_a_character(self) -> None:
        records, _ = stream(b'a,b\n1,5" de long\n2,"x" y\n3,trois\n', "csv", column="b")
        assert [record.text for record in records] == ['5" de long', '"x" y', "trois"]

    def test_a_row_beyond_the_limit_is_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rows_module, "MAX_ROW_BYTES", 100)
        for format, selection in (("csv", {"column": "a"}), ("lines", {})):
            records, _ = stream(b"a\n" + b"x" * 1000 + b"\nun\n", format, **selection)
            assert [record.text for record in records[-2:]] == [None, "un"]
            assert "longer than 100 bytes" in str(records[-2].problem)

    @pytest.mark.parametrize(("column", "reason"), [("z", "no column 'z', only a, b"), (None, "name the column")])
    def test_columns_must_be_there(self, column: str | None, reason: str) -> None:
        with pytest.raises(InputError, match=reason):
            stream(b"a,b\n1,2\n", "csv", column=column)

    def test_utf16_is_refused(self) -> None:
        with pytest.raises(DocumentError, match="UTF-16"):
            stream("a,b\n".encode("utf-16"), "csv", column="a")

    def test_a_document_is_refused_at_its_first_bad_row(self, same: Convert) -> None:
        with pytest.raises(DocumentError, match="line 2, record 1: 1 fields"):
            same(b"a,b\n1\n", "csv", column="b")

    @given(st.lists(st.text(alphabet='ab ,"\né', max_size=8), min_size=1, max_size=5))
    def test_fields_come_back(self, values: list[str]) -> None:
        dialect = Dialect(",")
        row = join([dialect.spell(value, "") for value in values], dialect)
        assert [dialect.value(field) for field in split(row, dialect)] == values

    @given(st.lists(st.lists(st.text(alphabet='ab ,"\né', max_size=8), min_size=2, max_size=2), max_size=6))
    def test_any_table_comes_back(self, values: list[list[str]]) -> None:
        dialect = Dialect(",")
        data = "a,b\n" + "".join(join([dialect.spell(v, '"') for v in row], dialect) + "\n" for row in values)
        records, _ = stream(data.encode(), "csv", column="b")
        assert [record.text for record in records] == [row[1] if row[1].strip() else None for row in values]


class TestJsonLines:
    def test_fields(self) -> None:
        data = '{"id": 1, "t": "un é"}\n{"id": 2, "t": null}\n\n{"t": 3}\n{\n"x"\n'.encode()
        records, out = stream(data, "jsonl", column="t")
        assert [(record.text, record.problem and record.problem[:8]) for record in records] == [
            ("un é", None), (None, None), (None, None), (None, "not a st"), (None, "bad JSON"), (None, "no field"),
        ]  # fmt: skip
        assert out == data.replace("un é".encode(), "UN É".encode())

    def test_into(self) -> None:
        _, out = stream(b'{"a": {"t": "un"}}\n', "jsonl", column="a.t", into="en")
        assert [json.loads(line) for line in out.splitlines()] == [{"a": {"t": "un"}, "en": "UN"}]

    def test_strings(self) -> None:
        assert stream(b'"un"\n"deux"', "jsonl")[1] == b'"UN"\n"DEUX"'


class TestLines:
    def test_lines_keep_their_ends(self) -> None:
        assert stream(b"\xef\xbb\xbfun\r\n\n  deux\n\xff\nfin", "lines")[1] == b"\xef\xbb\xbfUN\r\n\n  DEUX\n\xff\nFIN"


class TestParquet:
    def table(self) -> bytes:
        out = io.BytesIO()
        table = pa.table({"i": [1, 2, 3], "t": ["un", None, "trois"]}).replace_schema_metadata({"qui": "nous"})
        pq.write_table(table, out)
        return out.getvalue()

    def test_in_place_and_into(self) -> None:
        _, out = stream(self.table(), "parquet")
        table = pq.read_table(io.BytesIO(out))
        assert table.to_pydict() == {"i": [1, 2, 3], "t": ["UN", None, "TROIS"]}
        assert table.schema.metadata[b"qui"] == b"nous"
        _, out = stream(self.table(), "parquet", column="t", into="en")
        assert pq.read_table(io.BytesIO(out)).to_pydict()["en"] == ["UN", None, "TROIS"]

    def test_many_batches_stay_in_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("translator.formats.parquet.BATCH_ROWS", 7)
        out = io.BytesIO()
        pq.write_table(pa.table({"t": [f"mot {number}" for number in range(50)]}), out)
        _, written = stream(out.getvalue(), "parquet")
        assert pq.read_table(io.BytesIO(written)).to_pydict()["t"] == [f"MOT {number}" for number in range(50)]

    def test_refusals(self) -> None:
        with pytest.raises(DocumentError, match="not a Parquet file"):
            stream(b"PAR1 no", "parquet")
        with pytest.raises(InputError, match="no column of strings named 'i'"):
            stream(self.table(), "parquet", column="i")
