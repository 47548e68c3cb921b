"""Names by their capitals, without a model: what no dictionary translates must come through as it stands.

A capital alone proves nothing: ordinary words (a list beside this module) are capitalised at the start of a sentence and
in titles of institutions, and those are translated. Only words that are in no list, or that a name carries along, are demanded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from translator.document import Span
from translator.entities.folding import plain
from translator.entities.patterns import is_shouting

_ELISION = re.compile(r"(?:(?:[CcDdJjLlMmNnSsTt]|[Qq]u|[Ll]orsqu|[Pp]uisqu|[Jj]usqu|[Qq]uoiqu|[Pp]resqu)')+")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|(?<=\w)['&](?=[^\W\d_])|(?<=\w)-(?=[^\W\d_])|[\u0300-\u036f])*+")
_FOREIGN_PARTICLES = frozenset(
    [
        "al",
        "el",
        "ben",
        "bin",
        "ibn",
        "bint",
        "abu",
        "abou",
        "van",
        "von",
        "vom",
        "zu",
        "zum",
        "der",
        "den",
        "ten",
        "ter",
        "da",
        "das",
        "do",
        "dos",
        "di",
        "del",
        "della",
        "dello",
        "dei",
        "degli",
        "y",
        "ould",
        "ag",
        "af",
    ]
)
_FRENCH_PARTICLES = frozenset(("de", "du", "d'", "des", "la", "le"))
_TITLES = frozenset(
    [
        "m",
        "mm",
        "mme",
        "mmes",
        "mlle",
        "me",
        "mgr",
        "dr",
        "pr",
        "st",
        "ste",
        "sir",
        "lord",
        "lady",
        "miss",
        "mr",
        "mrs",
        "président",
        "présidente",
        "ministre",
        "général",
        "colonel",
        "capitaine",
        "roi",
        "reine",
        "prince",
        "princesse",
        "pape",
        "docteur",
        "professeur",
        "sénateur",
        "maire",
        "juge",
        "maître",
    ]
)
_SENTENCE_ENDS = ".!?…:;"
_OPENERS = '«»"([{•*–—- '
_TRANSLITERATED = re.compile(r"tch|dj|kh?ï|ieff|ïev|oï|ou(?=[aeiï])|chtch", re.IGNORECASE)
"""French spellings of Russian and Arabic names, which English spells another way."""

_SUFFIXES = re.compile(
    r"(?:tions?|ments?|ques?|istes?|ismes?|eurs?|euses?|ières?|ais|aise|aises|ois|oise|oises|iens?|iennes?|ées?|és|ants?"
    r"|antes?|aux|elles?|ités?|ages?|ons|ez|aient|ait|er|ir|ures?|ences?|ances?|ifs?|ives?)$"
)
_LONGEST_NAME = 8
"""Words of a run."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    initial: bool


class OrdinaryWords:
    """Words that are translated even where they have a capital, and acronyms that English writes in another way."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words

    @classmethod
    def load(cls) -> "OrdinaryWords":
        text = (files("translator.entities") / "ordinary.txt").read_text(encoding="utf-8")
        return cls(frozenset(text.split()))

    def __contains__(self, word: str) -> bool:
        """Whether `word` is ordinary; of a compound, whether all of its parts are."""
        if word in self._words or self.common(word):
            return True
        parts = word.split("-")
        return len(parts) > 1 and all(part in self._words or self.common(part) for part in parts)

    def common(self, word: str) -> bool:
        """Whether `word` is one of the language, which a name only looks like: it is listed in lower case."""
        return word.lower() in self._words


class Names:
    """Finds the names of one text by the shape of its words and by what the whole text says about them."""

    def __init__(self, ordinary: OrdinaryWords) -> None:
        self._ordinary = ordinary

    def find(self, segments: Sequence[str], taken: Sequence[Sequence[Span]]) -> list[list[Span]]:
        """Spans of each segment, in order, none of which overlaps one of `taken` (ordered, one list a segment)."""
        texts = [plain(segment) for segment in segments]
        tokens = [list(_tokens(text)) for text in texts]
        shouting = [is_shouting(text) for text in texts]
        inner = {
            token.word
            for row, loud in zip(tokens, shouting, strict=True)
            if not loud
            for token in row
            if not token.initial and token.word[0].isupper()
        }
        lower = {token.word for row in tokens for token in row if token.word.islower()}
        return [
            [] if loud else self._segment(text, row, spans, inner, lower)
            for text, row, spans, loud in zip(texts, tokens, taken, shouting, strict=True)
        ]

    def _segment(
        self, text: str, tokens: list[_Token], taken: Sequence[Span], inner: set[str], lower: set[str]
    ) -> list[Span]:
        found: list[Span] = []
        run: list[_Token] = []
        blocked = iter(taken)
        block = next(blocked, None)
        for token in tokens:
            while block is not None and block.end <= token.start:
                block = next(blocked, None)
                _flush(run, found)
            covered = block is not None and block.start < token.end
            if covered or (run and (not _adjacent(text, run[-1], token) or len(run) >= _LONGEST_NAME)):
                _flush(run, found)
            if covered:
                continue
            word = token.word
            if _capital(word):
                if self._is_name(token, run, inner, lower, text):
                    run.append(token)
                else:
                    _flush(run, found)
            elif run and word.lower() in _FOREIGN_PARTICLES:
                run.append(token)
            else:
                _flush(run, found)
        _flush(run, found)
        return found

    def _is_name(self, token: _Token, run: list[_Token], inner: set[str], lower: set[str], text: str) -> bool:
        word = token.word
        if len(word) == 1:
            return text[token.end : token.end + 1] == "." and _name_follows(text, token.end + 1, self._ordinary)
        if _TRANSLITERATED.search(word):
            return False
        if word in self._ordinary:
            if not self._ordinary.common(word) and _name_follows(text, token.end, self._ordinary):
                return True
            return (
                bool(run)
                and not run[-1].initial
                and word.lower() not in _TITLES
                and len(run[-1].word) > 1
                and _capital(run[-1].word)
                and word.lower() not in lower
                and not _SUFFIXES.search(word)
            )
        if not token.initial or run:
            return True
        if word.lower() in lower:
            return False
        return word in inner or any(map(str.isupper, word[1:])) or _name_follows(text, token.end, self._ordinary)


def _tokens(text: str) -> "list[_Token]":
    tokens = []
    for match in _WORD.finditer(text):
        start = match.start()
        elision = _ELISION.match(text, start, match.end())
        if elision is not None and elision.end() < match.end():
            start = elision.end()
        word = text[start : match.end()]
        before = text[max(0, match.start() - 4) : match.start()].rstrip(_OPENERS)
        at_start = match.start() <= 3 and not before
        quoted = match.start() > 0 and text[: match.start()][-2:].strip(" ") in ("«", '"', "“", "(", "-", "•")
        initial = (at_start or before[-1:] in tuple(_SENTENCE_ENDS) or quoted) and start == match.start()
        tokens.append(_Token(start, match.end(), word, initial))
    return tokens


def _capital(word: str) -> bool:
    return word[0].isupper() or any(map(str.isupper, word[1:]))


def _adjacent(text: str, before: _Token, after: _Token) -> bool:
    gap = text[before.end : after.start]
    return gap in (" ", "-", "'") or (gap in (". ", ".") and len(before.word) == 1)


def _name_follows(text: str, position: int, ordinary: OrdinaryWords) -> bool:
    match = re.compile(r" ?([A-ZÀ-Þ][^\W\d_]+|[A-Z]\.)").match(text, position)
    return match is not None and (match[1].endswith(".") or match[1] not in ordinary)


def _flush(run: list[_Token], found: list[Span]) -> None:
    while run and not _capital(run[-1].word):
        run.pop()
    if run:
        start = run[0].start
        label = "PERSON" if len(run) > 1 else "NAME"
        found.append(Span(start, run[-1].end, "entity", label))
    run.clear()
