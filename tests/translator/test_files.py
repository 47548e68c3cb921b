import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translator import files
from translator.errors import EncodingError, InputError


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_chunks_joined_are_the_text(text: str) -> None:
    text = "".join(character for character in text if character.isprintable() or character in "\r\n\t")

    assert "".join(files.read_chunks(io.BytesIO(text.encode()), name="x")) == text


def test_chunks_end_at_paragraphs_and_stay_small() -> None:
    text = ("Un paragraphe entier, avec deux phrases. En voici la seconde.\n\n") * 20_000
    chunks = list(files.read_chunks(io.BytesIO(text.encode()), name="x"))

    assert "".join(chunks) == text
    assert len(chunks) > 3
    assert all(chunk.endswith("\n\n") for chunk in chunks)
    assert max(map(len, chunks)) < 2 * files.CHUNK_CHARACTERS


def test_an_invalid_byte_is_named_with_its_offset_and_a_way_out() -> None:
    data = "Un été à la plage, déjà passé, a été très agréable.".encode("cp1252")
    with pytest.raises(EncodingError, match=r"notes\.txt: byte 0xE9 at offset 3 .* try --encoding cp1252") as caught:
        list(files.read_chunks(io.BytesIO(data), name="notes.txt"))

    assert caught.value.offset == 3
    assert "".join(files.read_chunks(io.BytesIO(data), name="notes.txt", encoding="cp1252")).startswith("Un été")


def test_the_offset_is_right_past_the_first_block() -> None:
    data = "é".encode() * files.READ_BYTES + b"\xff fin"
    with pytest.raises(EncodingError) as caught:
        list(files.read_chunks(io.BytesIO(data), name="x"))

    assert caught.value.offset == 2 * files.READ_BYTES


def test_a_truncated_character_at_the_end_is_an_error() -> None:
    with pytest.raises(EncodingError) as caught:
        list(files.read_chunks(io.BytesIO(b"fin \xc3"), name="x"))

    assert caught.value.offset == 4


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(InputError, match="binary"):
        list(files.read_chunks(io.BytesIO(bytes(range(256)) * 20), name="x"))


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(InputError, match="unknown encoding 'klingon'"):
        list(files.read_chunks(io.BytesIO(b"a"), name="x", encoding="klingon"))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")

    def fill() -> None:
        with files.atomic(target) as file:
            file.write(b"new")
            raise OSError(28, os.strerror(28))

    with pytest.raises(OSError, match="No space"):
        fill()

    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_finished_write_replaces_the_file_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    target.chmod(0o600)
    with files.atomic(target) as file:
        file.write(b"new")

    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"), files.atomic(tmp_path / "no" / "out.txt"):
        pass
