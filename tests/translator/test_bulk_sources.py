"""Names of outputs: each source has its own, on every file system."""

import pytest

from translator.bulk.sources import Source, output_names
from translator.errors import InputError


def sources(*names: str) -> list[Source]:
    return [Source(f"/in{number}/{name}", name, 1, "") for number, name in enumerate(names)]


def test_names_are_those_of_the_input() -> None:
    assert output_names(sources("a/x.txt", "b.docx"), "auto", by_case=True) == ["a/x.txt", "b.docx"]


def test_a_pdf_comes_out_as_text_beside_one_of_its_name() -> None:
    assert output_names(sources("x.pdf", "x.txt"), "auto", by_case=True) == ["x.pdf.txt", "x.txt"]


def test_where_case_is_not_told_apart_the_later_name_is_numbered() -> None:
    names = ("A/Note.txt", "a/note.txt", "a/NOTE.txt", "é.txt", "e\u0301.txt")
    assert output_names(sources(*names), "auto", by_case=True) == list(names)
    assert output_names(sources(*names), "auto", by_case=False) == [
        "A/Note.txt", "a/note~2.txt", "a/NOTE~3.txt", "é.txt", "e\u0301~2.txt",
    ]  # fmt: skip


def test_names_of_the_run_itself_are_left_free() -> None:
    assert output_names(sources("errors.jsonl", "a/errors.jsonl"), "auto", by_case=True) == [
        "errors~2.jsonl", "a/errors.jsonl",
    ]  # fmt: skip


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(InputError, match=r"/in0/x\.txt and /in1/x\.txt would both be written to x\.txt"):
        output_names(sources("x.txt", "x.txt"), "auto", by_case=True)
