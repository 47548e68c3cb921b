"""Text in capitals, a headline say, as it would stand in a sentence: models read that far better.

Every character keeps its place, so that offsets in the one hold in the other.
"""

import re
from collections import defaultdict
from functools import cached_property
from typing import Final

from translator.entities.folding import plain, unaccented, whole
from translator.entities.lexicon import Lexicon
from translator.entities.words import OrdinaryWords

MIN_WORDS: Final = 3
MIN_ORDINARY_WORDS: Final = 2
"""Fewer in capitals may be a name, a code or an abbreviation."""
_SOME_LETTERS: Final = 3
_SHORT_ACRONYM: Final = 4
"""An unknown word of no more letters stays in capitals: « CGT », « EDF »."""

_WORD = re.compile(r"[^\W\d_]+")
_NEXT_WORD = re.compile(r"[ -]([^\W\d_]+)")
_ROMAN = re.compile(r"(?=[IVXLC]{2})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})E?")
_INITIAL = re.compile(r"[^\W\d_]\.")


class Capitals:
    """Tells text in capitals and sets it in lower case; what it needs is read at the first such text."""

    def lowered(self, text: str) -> str | None:
        """`text` with capitals only where a sentence and its names have them; None where it is not in capitals.

        Accents that capitals left out come back where only one word of the language can be meant.
        """
        if not text.isupper() or len(text.lower()) != len(text):
            return None
        words = [match[0].lower() for match in _WORD.finditer(text)]
        ordinary = [word for word in words if word in self._spellings]
        if len(words) < MIN_WORDS or len(ordinary) < MIN_ORDINARY_WORDS or max(map(len, ordinary)) < _SOME_LETTERS:
            return None
        letters = list(text)
        for match in _WORD.finditer(text):
            if whole(plain(text), match.start(), match.end()):
                letters[match.start() : match.end()] = self._spelled(text, match)
        for start, end, entry in self._lexicon.mentions(text):
            letters[start:end] = entry.french
        first = next(index for index, letter in enumerate(letters) if letter.isalpha())
        letters[first] = letters[first].upper()
        return "".join(letters)

    def _spelled(self, text: str, match: re.Match[str]) -> str:
        word = match[0]
        if len(word) == 1:
            return word if _INITIAL.match(text, match.start()) else word.lower()
        known = self._spellings.get(word.lower(), ())
        if known and self._before_name(text, match):
            return word.title()
        if known:
            return word.lower() if word.lower() in known or len(known) > 1 else next(iter(known))
        if _ROMAN.fullmatch(word):
            return word[:-1] + word[-1:].replace("E", "e")
        return word if len(word) <= _SHORT_ACRONYM else word.title()

    def _before_name(self, text: str, match: re.Match[str]) -> bool:
        """« JEAN CASTEX », but not « UN JEAN »."""
        following = _NEXT_WORD.match(text, match.end())
        return (
            self._ordinary.given(match[0].title())
            and following is not None
            and following[1].lower() not in self._spellings
        )

    @cached_property
    def _ordinary(self) -> OrdinaryWords:
        return OrdinaryWords.load()

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon.load()

    @cached_property
    def _spellings(self) -> dict[str, frozenset[str]]:
        """The words of the language by how they may stand in capitals: as they are, and without accents."""
        spellings: defaultdict[str, set[str]] = defaultdict(set)
        for word in self._ordinary.common_words:
            for key in {word, unaccented(word)}:
                spellings[key].add(word)
        return {key: frozenset(words) for key, words in spellings.items()}


def capitalised(text: str) -> str:
    """`text` in capitals, every character in its place."""
    return "".join(upper if len(upper := character.upper()) == 1 else character for character in text)
