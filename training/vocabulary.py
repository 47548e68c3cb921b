"""Joint sentencepiece vocabulary with byte fallback and placeholder pieces, and the training text as numbers.

Identity is a model's vocabulary: to go on from weights, keep the vocabulary that they were trained with.
"""

import random
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import sentencepiece

from training.config import Recipe
from training.placeholders import PLACEHOLDERS
from training.workplace import Workplace
from translator.errors import InputError

END_ID = 0
_BLOCK_LINES = 50_000
_MAX_SENTENCES = 800_000
_MAX_SENTENCE_BYTES = 4000


def make_vocabulary(recipe: Recipe, work: Workplace, *, keep: Path | None = None) -> int:
    """Learn the vocabulary, or keep the sentencepiece model `keep`, then encode the prepared text; the size comes back.

    Raises:
        InputError: nothing is prepared, or `keep` lacks a placeholder piece or has its end symbol elsewhere.
    """
    if not work.text.is_file():
        raise InputError(f"{work.text} is missing; run `python -m training prepare` first")
    if keep is not None:
        _checked(keep)
        if not (work.sentencepiece.exists() and work.sentencepiece.samefile(keep)):
            shutil.copyfile(keep, work.sentencepiece)
    else:
        _learn(recipe, work)
    pieces = _checked(work.sentencepiece)
    _encode(work.text, work.arrays, pieces, origin=True)
    if work.development.is_file():
        _encode(work.development, work.development_arrays, pieces, origin=False)
    else:
        work.development_arrays.unlink(missing_ok=True)
    return int(pieces.get_piece_size())


def _learn(recipe: Recipe, work: Workplace) -> None:
    """Lines for each corpus as the recipe says; all of them where it says nothing."""
    wanted = [corpus.vocabulary_lines for corpus in recipe.corpora]
    lines: list[list[str]] = [[] for _ in wanted]
    for origin, french, english in _rows(work.text):
        lines[origin] += [french, english]
    chance = random.Random(recipe.seed)
    if any(wanted):
        lines = [chance.choices(rows, k=2 * count) if rows else [] for rows, count in zip(lines, wanted, strict=True)]
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(line for rows in lines for line in rows),
            model_prefix=str(work.sentencepiece.with_suffix("")),
            vocab_size=recipe.vocabulary.size,
            model_type="unigram",
            character_coverage=recipe.vocabulary.character_coverage,
            byte_fallback=True,
            split_digits=True,
            normalization_rule_name="identity",
            user_defined_symbols=list(PLACEHOLDERS),
            input_sentence_size=_MAX_SENTENCES,
            shuffle_input_sentence=True,
            max_sentence_length=_MAX_SENTENCE_BYTES,
            bos_id=-1,
            pad_id=-1,
            eos_id=END_ID,
            unk_id=1,
            num_threads=2,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise InputError(f"[vocabulary] size {recipe.vocabulary.size} does not fit the text: {error}") from error


def _checked(path: Path) -> sentencepiece.SentencePieceProcessor:
    try:
        pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError) as error:
        raise InputError(f"{path}: no sentencepiece model ({error})") from error
    missing = [symbol for symbol in PLACEHOLDERS if pieces.id_to_piece(pieces.piece_to_id(symbol)) != symbol]
    if missing:
        raise InputError(f"{path}: the vocabulary lacks {' '.join(missing)}")
    if pieces.eos_id() != END_ID:
        raise InputError(f"{path}: the end symbol must be piece {END_ID}, not {pieces.eos_id()}")
    return pieces


def _rows(path: Path) -> Iterable[tuple[int, str, str]]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            origin, french, english = line.rstrip("\n").split("\t")
            yield int(origin), french, english


def _encode(source: Path, target: Path, pieces: sentencepiece.SentencePieceProcessor, *, origin: bool) -> None:
    """Ids and lengths of both sides (end symbol included), one after the other, as uint16 and int32."""
    arrays = {}
    with source.open(encoding="utf-8", newline="\n") as lines:
        columns = list(zip(*(line.rstrip("\n").split("\t") for line in lines), strict=True))
    for side, texts in zip("fe", columns[-2:], strict=True):
        ids = [np.array([*row, END_ID], np.uint16) for block in _blocks(texts) for row in pieces.encode(block)]
        arrays[f"{side}i"] = np.concatenate(ids)
        arrays[f"{side}l"] = np.array([len(row) for row in ids], np.int32)
    if origin:
        arrays["origin"] = np.array(columns[0], dtype=np.uint8)
    with target.open("wb") as out:
        np.savez(out, **arrays)  # type: ignore[arg-type]


def _blocks(texts: Sequence[str]) -> Iterable[list[str]]:
    for start in range(0, len(texts), _BLOCK_LINES):
        yield list(texts[start : start + _BLOCK_LINES])
