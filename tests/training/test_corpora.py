"""Reading folders of parallel text, and refusing what cannot be read."""

import lzma
from pathlib import Path

import pytest

from training.corpora import find_corpora, read_pairs
from translator.errors import InputError


def test_reads_tables_compressed_tables_and_pairs_of_files(tmp_path: Path) -> None:
    (tmp_path / "plain.tsv").write_text("Le four chauffe.\tThe oven heats.\nseul\n", encoding="utf-8")
    (tmp_path / "packed.tsv.xz").write_bytes(lzma.compress("La pâte lève.\tThe dough rises.\n".encode()))
    (tmp_path / "pair.fr").write_text("Un\u2028deux\nTrois\r\n", encoding="utf-8")
    (tmp_path / "pair.en").write_text("One two\nThree\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("not a corpus", encoding="utf-8")
    found = find_corpora(tmp_path)
    assert sorted(found) == ["packed", "pair", "plain"]
    assert list(found["plain"].rows()) == [("Le four chauffe.", "The oven heats."), None]
    assert list(found["packed"].rows()) == [("La pâte lève.", "The dough rises.")]
    assert list(found["pair"].rows()) == [("Un\u2028deux", "One two"), ("Trois", "Three")]


def test_misaligned_files_name_both_counts(tmp_path: Path) -> None:
    (tmp_path / "a.fr").write_text("un\ndeux\n", encoding="utf-8")
    (tmp_path / "a.en").write_text("one\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.fr has 2 lines and a\.en has 1"):
        list(find_corpora(tmp_path)["a"].rows())


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no corpus"),
        ({"a.fr": b"un\n"}, r"a\.en is missing"),
        ({"a.en": b"one\n"}, r"a\.fr is missing"),
        ({"a.tsv": b"un\tone\n", "a.tsv.xz": lzma.compress(b"un\tone\n")}, "exists twice"),
    ],
)
def test_folders_that_are_refused(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        find_corpora(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        find_corpora(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", b"un\tone\ndeux\n", r"a\.tsv:2: not two columns"),
        ("a.tsv", b"", "empty"),
        ("a.tsv", b"\xff\tone\n", "no readable UTF-8"),
        ("a.tsv.xz", b"not xz", "no readable UTF-8"),
    ],
)
def test_test_sets_must_be_whole(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_pairs(find_corpora(tmp_path)["a"])
