"""Test sets are read whole and parallel, or refused."""

from pathlib import Path

import pytest

from benchmarks.testsets import read_set
from translator.errors import InputError


def write(folder: Path, french: str, english: str) -> None:
    (folder / "petit.fr").write_text(french, encoding="utf-8")
    (folder / "petit.en").write_text(english, encoding="utf-8")


def test_lines_stay_parallel_and_limits_spread(tmp_path: Path) -> None:
    write(tmp_path, "".join(f"ligne {n}\n" for n in range(10)), "".join(f"line {n}\n" for n in range(10)))
    whole, part = read_set("petit", tmp_path), read_set("petit", tmp_path, limit=5)
    assert len(whole.sources) == 10
    assert part.sources == tuple(f"ligne {n}" for n in range(0, 10, 2))
    assert part.references == tuple(f"line {n}" for n in range(0, 10, 2))
    assert part.checksum == whole.checksum
    assert whole.words == 20


def test_only_the_line_feed_ends_a_line(tmp_path: Path) -> None:
    write(tmp_path, "un\u2028deux\ntrois\n", "one two\nthree\n")
    assert len(read_set("petit", tmp_path).sources) == 2


def test_unequal_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        read_set("petit", tmp_path)
    write(tmp_path, "un\ndeux\n", "one\n")
    with pytest.raises(InputError, match=r"2 lines .* 1"):
        read_set("petit", tmp_path)
