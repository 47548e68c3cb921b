"""English inside a French text, « NATO Mission in Iraq »: a quotation or a title in English stays as it is.

Words tell: at least one that only English has, and none that only French has.
"""

# ruff: noqa: SIM905  lists of words are read more easily as text

import re

from translator.document import Span
from translator.entities.folding import plain
from translator.entities.words import OrdinaryWords

_ENGLISH = frozenset(
    "the of and for with from by at is are was were this that these to my your his her our their we you it not be how"
    " what who when where which has have will would can all only about into over after before without against".split()
)
"""None of these is a French word."""

_ENGLISH_INSIDE = frozenset(("in", "as"))
"""Of these too a quotation of several words is made, if it has no word of French."""

_FRENCH = frozenset(
    "le la les un une du des de au aux et ou en dans par pour sur avec sans que qui ne pas ce cette ces son sa ses leur"
    " leurs il elle ils elles nous vous je tu est sont mais donc où se si y".split()
)
_JOINING = ("of", "the", "for", "and", "to", "with", "in", "at", "on", "a")
_QUOTED = re.compile(r'"([^"\n]{3,400})"')
_BRACKETED = re.compile(r"\(([^()\n]{3,200})\)")
_TITLE = re.compile(rf"(?<![\w'-])[A-Z][\w'-]*(?: (?:[A-Z][\w'-]*|{'|'.join(_JOINING)})(?![\w'-])){{2,12}}")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_FRENCH_LETTERS = re.compile("[àâçèêëîïôûùœæ]|(?<!\\w)(?:[cdjlmnst]|qu)'\\w", re.IGNORECASE)
_SHORTEST = 2
_SHORTEST_UNMARKED = 3
"""Words of a quotation; of one without a word that only English has."""


class EnglishStretches:
    """Finds the quotations, brackets and titles of a segment that are English."""

    def __init__(self, ordinary: OrdinaryWords) -> None:
        self._ordinary = ordinary

    def find(self, segment: str) -> list[Span]:
        """Spans of `segment`, inside its quotes and brackets; they may overlap."""
        text = plain(segment)
        found = [
            self._span(text, match.start(1), match.end(1))
            for expression in (_QUOTED, _BRACKETED)
            for match in expression.finditer(text)
        ]
        found += [self._title(text, match) for match in _TITLE.finditer(text)]
        return [span for span in found if span is not None]

    def _span(self, text: str, start: int, end: int) -> Span | None:
        words = [word[0] for word in _WORD.finditer(text, start, end)]
        return _stretch(text, start, end) if self._is_english(text[start:end], words) else None

    def _is_english(self, text: str, words: list[str]) -> bool:
        lowered = [word.lower() for word in words]
        if len(words) < _SHORTEST or _FRENCH_LETTERS.search(text) or not _FRENCH.isdisjoint(lowered):
            return False
        if not _ENGLISH.isdisjoint(lowered):
            return True
        return len(words) >= _SHORTEST_UNMARKED and not _ENGLISH_INSIDE.isdisjoint(lowered[1:-1])

    def _title(self, text: str, match: re.Match[str]) -> Span | None:
        """A run of capitals with small English words inside, « Bank of America »; not the French word before it."""
        words = list(_WORD.finditer(text, match.start(), match.end()))
        while (
            words and (words[0][0].lower() in _FRENCH or self._ordinary.common(words[0][0])) and words[0].start() == 0
        ):
            words.pop(0)
        while words and words[-1][0] in _JOINING:
            words.pop()
        if len(words) < _SHORTEST_UNMARKED or not words[0][0][0].isupper():
            return None
        inside = [word[0] for word in words[1:-1]]
        if _ENGLISH.isdisjoint(inside) or not _FRENCH.isdisjoint(word[0].lower() for word in words):
            return None
        return _stretch(text, words[0].start(), words[-1].end())


def _stretch(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    return Span(start, start + len(inner.strip()), "entity", "WORK")
