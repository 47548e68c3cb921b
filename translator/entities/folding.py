"""Text made comparable, so that a curly apostrophe or a decomposed accent never hides an entity.

A folded text keeps, for each of its characters, where that character came from: an occurrence that is found in it is
an occurrence in the original.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from translator import normalization

_EQUIVALENTS = {
    "'": "’‘ʼʹ′´＇",
    '"': "“”„‟«»″＂",
    "-": "‐‑‒–—―−﹣－",
    " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\n\r",
    "%": "％",
}
_CONTROLS = re.compile("[\t\n\r]")
_TABLE = {ord(variant): plain for plain, variants in _EQUIVALENTS.items() for variant in variants}


@dataclass(frozen=True, slots=True)
class Folded:
    """`text[i]` came from the original's `starts[i]` up to `starts[i + 1]`; `starts` is None where nothing moved."""

    text: str
    starts: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open interval of the original for one of the folded text."""
        if self.starts is None:
            return start, end
        return self.starts[start], self.starts[end]


def plain(text: str) -> str:
    """`text` with one kind of apostrophe, quote, dash and space; every character stays where it was."""
    return text if text.isascii() and not _CONTROLS.search(text) else text.translate(_TABLE)


def fold(text: str) -> Folded:
    """`text` composed (NFC) and plain, with its offsets."""
    if text.isascii() or normalization.composed(text) == text:
        return Folded(plain(text))
    pieces: list[str] = []
    starts: list[int] = []
    begin = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue
        piece = normalization.composed(text[begin:end])
        pieces.append(piece)
        starts.extend([begin] * len(piece))
        begin = end
    starts.append(len(text))
    return Folded("".join(pieces).translate(_TABLE), starts)


def composed(text: str) -> str:
    """`text` as `fold` would make it, without offsets."""
    return fold(text).text


def unaccented(text: str) -> str:
    """Lower case without accents, exactly as long as `text`: the key under which a lexicon is searched."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := character.lower()) == 1 else character for character in text)
    return lowered.translate(_BARE)


def _bare(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isalpha() else character


_LATIN_ACCENTED = [chr(point) for point in range(0xC0, 0x250)]
_BARE = {ord(character): _bare(character) for character in _LATIN_ACCENTED} | _TABLE


def joins(character: str) -> bool:
    """Whether `character` continues a word: a letter, a digit, an underscore or a combining mark."""
    return character.isalnum() or character == "_" or unicodedata.combining(character) != 0


def whole(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is not a part of a longer word, at either end."""
    if start > 0 and joins(text[start]) and joins(text[start - 1]):
        return False
    return not (end < len(text) and end > start and joins(text[end - 1]) and joins(text[end]))
