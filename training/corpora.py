"""Reads parallel text from a folder: ``NAME.tsv[.xz]`` (French, tab, English) or ``NAME.fr`` with ``NAME.en``.

Lines end at a line feed and nowhere else, so that both sides of a pair of files always count the same.
"""

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from translator.errors import InputError

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ParallelText:
    """One corpus: a single file of pairs, or the French file beside the English one."""

    name: str
    paths: tuple[Path, ...]

    def rows(self) -> Iterator[Pair | None]:
        """The pairs in order; None for a row that is no pair.

        Raises:
            InputError: the two files differ in their number of lines, or one is no UTF-8 text.
        """
        try:
            if len(self.paths) == 1:
                for line in _lines(self.paths[0]):
                    cells = line.split("\t")
                    yield (cells[0], cells[1]) if len(cells) == 2 else None
                return
            french, english = self.paths
            for pair in zip_longest(_lines(french), _lines(english)):
                if None in pair:
                    raise InputError(_misaligned(french, english))
                yield pair
        except (UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
            raise InputError(f"{self.paths[0]}: no readable UTF-8 text ({error})") from error


def find_corpora(*folders: Path) -> dict[str, ParallelText]:
    """Every corpus of the folders by its name.

    Raises:
        InputError: no folder, no corpus in it, one that exists twice, or a file without its other language.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; give one with .tsv, .tsv.xz or .fr and .en files")
    named = ", ".join(map(str, folders))
    found: dict[str, ParallelText] = {}
    for path in (path for folder in folders for path in sorted(folder.iterdir())):
        name, _, ending = path.name.partition(".")
        if ending in ("tsv", "tsv.xz"):
            paths: tuple[Path, ...] = (path,)
        elif ending == "fr":
            paths = (path, path.with_suffix(".en"))
        elif ending == "en":
            if not path.with_suffix(".fr").is_file():
                raise InputError(f"{path}: {name}.fr is missing beside it")
            continue
        else:
            continue
        if not paths[-1].is_file():
            raise InputError(f"{path}: {name}.en is missing beside it")
        if name in found:
            raise InputError(f"{named}: corpus {name} exists twice ({path.name}, {found[name].paths[0].name})")
        found[name] = ParallelText(name, paths)
    if not found:
        raise InputError(f"{named}: no corpus; .tsv, .tsv.xz, or .fr beside .en are read")
    return found


def read_pairs(text: ParallelText) -> list[Pair]:
    """Every pair of a corpus that is small and must be whole (a test set).

    Raises:
        InputError: a row is no pair, or there is none.
    """
    pairs: list[Pair] = []
    for number, row in enumerate(text.rows(), 1):
        if row is None:
            raise InputError(f"{text.paths[0]}:{number}: not two columns parted by one tab")
        pairs.append(row)
    if not pairs:
        raise InputError(f"{text.paths[0]}: empty; no pair to read")
    return pairs


def _lines(path: Path) -> Iterator[str]:
    with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as lines:
        for line in lines:
            yield line.decode("utf-8").removesuffix("\n").removesuffix("\r")


def _misaligned(french: Path, english: Path) -> str:
    counts = [sum(1 for _ in _lines(path)) for path in (french, english)]
    return (
        f"{french.name} has {counts[0]} lines and {english.name} has {counts[1]}: "
        "line n of one must translate line n of the other; align the files again"
    )
