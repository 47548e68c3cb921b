"""Text to pieces and back, by the sentencepiece models of a model directory."""

from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from translator.errors import ModelError

END_PIECE = "</s>"
UNKNOWN_PIECE = "<unk>"


def _load(path: Path) -> sentencepiece.SentencePieceProcessor:
    if not path.is_file():
        raise ModelError(f"{path} is missing; a model directory needs source.spm and target.spm")
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError) as error:
        raise ModelError(f"{path} is not a sentencepiece model ({error})") from error


class Tokenizer:
    """The two sentencepiece models of `directory`, ``source.spm`` and ``target.spm``. Thread-safe.

    Raises:
        ModelError: a file is missing or is no sentencepiece model.
    """

    def __init__(self, directory: Path) -> None:
        self._source = _load(directory / "source.spm")
        self._target = _load(directory / "target.spm")

    def encode(self, texts: Sequence[str]) -> list[list[str]]:
        """Source pieces of each text, without the end symbol."""
        # One by one: for a list, sentencepiece starts threads, which costs a short text many times its encoding.
        return [self._source.encode(_encodable(text), out_type=str) for text in texts]

    def encode_target(self, texts: Sequence[str]) -> list[list[str]]:
        """Target pieces of each text, for scoring a given translation."""
        return self._target.encode([_encodable(text) for text in texts], out_type=str)  # type: ignore[no-any-return]

    def decode(self, pieces: Sequence[str]) -> str:
        """The text of target pieces; unknown pieces vanish."""
        known = [piece for piece in pieces if piece != UNKNOWN_PIECE]
        text = self._target.decode(known) if known else ""
        return str(text)

    def offsets(self, pieces: Sequence[str]) -> list[tuple[int, int]]:
        """Start and end of each target piece in ``decode(pieces)``.

        The ends are those of the decoded prefixes, so pieces that make one character together share it.
        """
        ends = [len(self.decode(pieces[: count + 1])) for count in range(len(pieces))]
        return list(zip([0, *ends[:-1]], ends, strict=True))


def _encodable(text: str) -> str:
    """A lone surrogate has no UTF-8 form and so no pieces; the replacement character stands for it."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
