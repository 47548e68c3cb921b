"""What aligns words, asked for the same pairs: a model's attention, the lexical model of the training, eflomal.

    python -m venv benchmarks/.peers/eflomal && benchmarks/.peers/eflomal/bin/pip install eflomal

needs a C compiler; without it eflomal is left out.
"""

import lzma
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from translator import alignment, models
from translator.conversion import convert, read_json
from translator.document import AlignmentHeads
from translator.engines.ctranslate2 import CTranslate2Engine
from translator.errors import InputError
from translator.normalization import normalizer
from translator.tokenization import END_PIECE, UNKNOWN_PIECE, Tokenizer

CORPORA: Final = ("newstest0812", "nc10k", "europarl_news")
"""What the lexical models learn from, in this order, until there are enough pairs; nearest to news first."""
RECIPE: Final = "training/passerelle.toml"
PEER: Final = Path(__file__).parent / ".peers" / "eflomal" / "bin"
WORDS: Final = {
    "fr": re.compile(r"[^\W\d_]+['’](?=\w)|\d+(?:[.,]\d+)*|\w+|[^\w\s]"),
    "en": re.compile(r"['’](?:s|t|m|d|re|ve|ll)\b|\d+(?:[.,]\d+)*|\w+|[^\w\s]", re.IGNORECASE),
}

Range = tuple[int, int]
Link = tuple[int, int]
"""A source word and a target word."""
Weights = Mapping[Link, float]
Texts = Sequence[tuple[str, str]]
"""Sources and targets."""


def cut(text: str, language: str) -> list[Range]:
    """Words and single signs; an elided « l' », a number with its comma and an English « 's » are one word each."""
    return [match.span() for match in WORDS[language].finditer(text)]


class Attention:
    """The attention of one model on the pairs, turned into word links by the translator's own code."""

    def __init__(self, directory: Path, pairs: Texts) -> None:
        self._directory, self._pairs = directory, pairs
        self._manifest = models.Manifest.read(directory)
        config = read_json(directory / "config.json")
        self._layers, self._heads = int(config["decoder_layers"]), int(config["decoder_attention_heads"])
        tokenizer, normalize = Tokenizer(directory), normalizer(self._manifest.normalizer)
        self._sources = [normalize(source) for source, _ in pairs]
        self._targets = [normalize(target) for _, target in pairs]
        self.source_pieces = tokenizer.encode(self._sources)
        self.target_pieces = tokenizer.encode_target(self._targets)

    def choices(self) -> dict[str, AlignmentHeads]:
        """All heads of each layer together and each head alone, as the step that makes a piece and as the next one."""
        found = {}
        for layer in range(self._layers):
            for late in (False, True):
                step = "reads" if late else "makes"
                all_heads = tuple(range(self._heads))
                found[f"layer {layer}, all heads, step that {step}"] = AlignmentHeads(layer, all_heads, late)
                for head in all_heads:
                    found[f"layer {layer}, head {head}, step that {step}"] = AlignmentHeads(layer, (head,), late)
        return found

    @property
    def chosen(self) -> AlignmentHeads | None:
        """The heads that the model's manifest names."""
        return self._manifest.alignment

    def links(self, heads: AlignmentHeads | None) -> list[Weights]:
        with tempfile.TemporaryDirectory() as folder:
            convert(self._directory, Path(folder), alignment=heads)
            engine = CTranslate2Engine(Path(folder), threads=1, late_attention=heads is not None and heads.late)
        rows = engine.attention(self.source_pieces, self.target_pieces)
        engine.close()
        return [self._words(index, attention) for index, attention in enumerate(rows)]

    def pieces_to_words(self, index: int, links: Sequence[Link]) -> Weights:
        """Word links of a pair from links between its pieces."""
        rows = np.zeros((len(self.target_pieces[index]), len(self.source_pieces[index])))
        for source, target in links:
            rows[target, source] = 1.0
        return self._words(index, rows.tolist())

    def _words(self, index: int, attention: Sequence[Sequence[float]]) -> Weights:
        source, target = self._pairs[index]
        source_ranges, target_ranges = (
            _mapped(alignment.piece_ranges(pieces[index]), alignment.offset_map(texts[index], text))
            for pieces, texts, text in (
                (self.source_pieces, self._sources, source),
                (self.target_pieces, self._targets, target),
            )
        )
        sources, targets = cut(source, "fr"), cut(target, "en")
        found: dict[Link, float] = {}
        for link in alignment.word_links(source, target, source_ranges, target_ranges, attention):
            key = (_over(sources, link.source_start), _over(targets, link.target_start))
            found[key] = found.get(key, 0.0) + link.weight
        return found


class Learned:
    """What an aligner finds that learns from text: the pairs, after others that it learns from too."""

    def __init__(self, attention: Attention, pairs: Texts, taught: Texts) -> None:
        self._attention, self._pairs, self._taught = attention, pairs, taught

    def lexical(self, directory: Path) -> list[Weights]:
        """By ``python -m training align``, which aligns pieces."""
        tokenizer, attention = Tokenizer(directory), self._attention
        normalize = normalizer(models.Manifest.read(directory).normalizer)
        ids = read_json(directory / "vocab.json")
        arrays: dict[str, np.typing.NDArray[np.uint16]] = {}
        for name, side, encode, pieces in (
            ("f", 0, tokenizer.encode, attention.source_pieces),
            ("e", 1, tokenizer.encode_target, attention.target_pieces),
        ):
            lines = [*encode([normalize(pair[side]) for pair in self._taught]), *pieces]
            rows = [[ids.get(piece, ids[UNKNOWN_PIECE]) for piece in (*line, END_PIECE)] for line in lines]
            arrays[name + "i"] = np.array([index for row in rows for index in row], np.uint16)
            arrays[name + "l"] = np.array([len(row) for row in rows], np.uint16)
        with tempfile.TemporaryDirectory() as folder:
            prepared = Path(folder) / "prepared"
            prepared.mkdir()
            np.savez(prepared / "train.npz", **arrays)  # type: ignore[arg-type]
            shutil.copyfile(directory / "source.spm", prepared / "spm.model")
            command = [sys.executable, "-m", "training", "align", RECIPE, "--work", folder]
            subprocess.run(command, check=True, capture_output=True)
            with np.load(prepared / "links.npz") as stored:
                counts, links = stored["count"], stored["links"]
        ends = np.cumsum(counts)
        found = []
        for index in range(len(self._pairs)):
            row = len(self._taught) + index
            of_row = links[ends[row] - counts[row] : ends[row] - 1]  # the last links the end symbols
            found.append(attention.pieces_to_words(index, [(int(one), int(other)) for other, one in of_row]))
        return found

    def peer(self) -> dict[str, list[Weights]]:
        """By eflomal (Östling and Tiedemann 2016), which aligns words."""
        lines = [*self._taught, *self._pairs]
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: str(Path(folder) / name) for name in ("fr", "en", "forward", "backward")}
            for side, language in enumerate(WORDS):
                text = "\n".join(" ".join(WORDS[language].findall(line[side].lower())) for line in lines)
                Path(paths[language]).write_text(text + "\n", encoding="utf-8")
            files_of = ["-s", paths["fr"], "-t", paths["en"], "-f", paths["forward"], "-r", paths["backward"]]
            subprocess.run([PEER / "python", PEER / "eflomal-align", *files_of], check=True, capture_output=True)
            forward, backward = (
                [
                    {(int(one), int(other)) for one, _, other in (link.partition("-") for link in row.split())}
                    for row in Path(paths[name]).read_text().split("\n")[-len(self._pairs) - 1 : -1]
                ]
                for name in ("forward", "backward")
            )
        both = [one & other for one, other in zip(forward, backward, strict=True)]
        ways = {"forward": forward, "backward": backward, "both": both}
        return {name: [dict.fromkeys(links, 1.0) for links in found] for name, found in ways.items()}


def taught(folder: Path, count: int) -> list[tuple[str, str]]:
    """The first pairs of `CORPORA`.

    Raises:
        InputError: a file is missing.
    """
    rows: list[tuple[str, str]] = []
    for name in CORPORA:
        path = folder / f"{name}.tsv.xz"
        if not path.is_file():
            raise InputError(f"{path} is missing; name the folder of the training text with --corpora")
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in islice(lines, count - len(rows)):
                source, _, target = line.rstrip("\n").partition("\t")
                rows.append((source, target))
    return rows


def _over(words: Sequence[Range], position: int) -> int:
    """The word that holds a position."""
    return next(index for index, (start, end) in enumerate(words) if start <= position < end)


def _mapped(ranges: Sequence[Range], offsets: Sequence[int]) -> list[Range]:
    last = len(offsets) - 1
    return [(offsets[min(start, last)], offsets[min(end, last)]) for start, end in ranges]
