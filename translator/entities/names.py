"""Names by their capitals, without a model: what no list translates must come through as it stands.

A capital alone proves little: ordinary words (a list beside this module) have one where a sentence or a title begins.
Those are translated; only words that no list has, or that a name carries along, are demanded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from translator.document import Span
from translator.entities.folding import plain, unaccented
from translator.entities.patterns import is_shouting

_ELISION = re.compile(r"(?:(?:[CcDdJjLlMmNnSsTt]|[Qq]u|[Ll]orsqu|[Pp]uisqu|[Jj]usqu|[Qq]uoiqu|[Pp]resqu)')+")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|(?<=\w)['&](?=[^\W\d_])|(?<=\w)-(?=[^\W\d_])|[\u0300-\u036f])*+")
_FOREIGN_PARTICLES = re.compile(
    "(?:al|el|ben|bin|ibn|bint|abu|abou|van|von|vom|zum?|der|den|te[nr]|da|das|dos?|di|del|dell[ao]|dei|degli|y|ould|ag)"
)
_TITLES = re.compile(
    "(?:mmes?|mm|mlles?|mgr|dre?|pr|ste?|sir|lord|lady|miss|mrs?|présidente?|ministre|général|colonel|capitaine|roi|reine"
    "|prince|princesse|pape|docteur|professeure?|sénat(?:eur|rice)|maire|juge|maître|me)"
)
_SENTENCE_ENDS = ".!?…"
_OPENERS = '«»"([{•*–—- '
_TRANSLITERATED = re.compile(
    r"^tch|^ch[tnkmlv]|khou|chkov|iakov|echk|[vw]itch$|tch(?:ev|enko|ou|ik|in)|chtch|dj[aeiou]|ïev|ieff$|kha?ï|oï$|(?<=[aeo])ï[aek]",
    re.IGNORECASE,
)
"""French spellings of Russian and Arabic names, which English spells another way."""

_NEXT = re.compile(r" ?([A-ZÀ-Þ](?:'[A-ZÀ-Þ]|[^\W\d_A-ZÀ-Þ])[^\W\d_]*(?:-[^\W\d_]+)*|[A-Z]\.)")
_INITIAL = re.compile(r" [A-Z]\.")
_SUFFIXES = re.compile(
    r"(?:tions?|ments?|ques?|istes?|ismes?|eurs?|euses?|ières?|ais|aise|aises|ois|oise|oises|iens?|iennes?|ées?|és|ants?"
    r"|antes?|aux|elles?|ités?|ages?|ons|ez|aient|ait|er|ir|ures?|ences?|ances?|ifs?|ives?)$"
)
_CLOSERS = ("»", " »", '"', ' "')
_MANY = re.compile(
    r"\b(?:[Ll]es|[DdCcMmTtSs]es|[Aa]ux|[Nn]os|[Vv]os|[Ll]eurs|[Dd]eux|[Tt]rois|[Dd]es|nombreux|certains) $"
)
"""What stands before a people, « les Munichois », which is translated."""

_SHORTEST_SHOUTED = 4
"""Letters; shorter ones are acronyms as often as names."""

_LONGEST_NAME = 8
"""Words of a run."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    initial: bool


class OrdinaryWords:
    """What English says in another way even where French has a capital; measured on parallel text, see `ordinary.txt`.

    Lower case: a word of the language; with "=" before it, one whose capital inside a sentence means a name.
    Capitalised: a name that English spells in another way, or a given name that is kept where a name follows.
    All capitals: an acronym.
    """

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._bare = frozenset(map(unaccented, words))

    @classmethod
    def load(cls) -> "OrdinaryWords":
        text = (files("translator.entities") / "ordinary.txt").read_text(encoding="utf-8")
        return cls(frozenset(line for line in text.splitlines() if not line.startswith("#")))

    def __contains__(self, word: str) -> bool:
        """Whether `word`, capitalised inside a sentence, is translated; a compound is where all its parts are."""
        if word in self._words:
            return True
        if self.common(word):
            return "=" + word.lower() not in self._words
        parts = word.split("-")
        return len(parts) > 1 and all(map(self.common, parts))

    def common(self, word: str) -> bool:
        """Whether `word` is one of the language, which a name only looks like."""
        return word.lower() in self._words

    def shouted(self, word: str) -> bool:
        """Whether `word`, in capitals with or without accents, may be one of the language."""
        return all(unaccented(part) in self._bare for part in word.split("-"))

    def may_begin_name(self, word: str) -> bool:
        """Whether `word` belongs to a name when one follows it: « Pierre », « Donald »."""
        return word in self._words


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
            self._segment(text, row, spans, inner, lower, loud)
            for text, row, spans, loud in zip(texts, tokens, taken, shouting, strict=True)
        ]

    def _segment(
        self, text: str, tokens: list[_Token], taken: Sequence[Span], inner: set[str], lower: set[str], loud: bool
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
            if len(run) == 1 and self._stands_alone(run[0].word):
                _flush(run, found)
            if loud:
                named = self._is_shouted_name(word)
            else:
                named = _capital(word) and self._is_name(token, run, inner, lower, text)
            if named or (run and (loud or not _capital(word)) and _FOREIGN_PARTICLES.fullmatch(word.lower())):
                run.append(token)
            else:
                _flush(run, found)
        _flush(run, found)
        return found

    def _stands_alone(self, word: str) -> bool:
        return self._ordinary.common(word) and not self._ordinary.may_begin_name(word)

    def _is_shouted_name(self, word: str) -> bool:
        """Among capitals only a word that is not of the language shows itself as a name."""
        return (
            len(word) >= _SHORTEST_SHOUTED and not self._ordinary.shouted(word) and not _SUFFIXES.search(word.lower())
        )

    def _is_name(self, token: _Token, run: list[_Token], inner: set[str], lower: set[str], text: str) -> bool:
        word = token.word
        lowered = word.lower()
        if _TITLES.fullmatch(lowered) or _TRANSLITERATED.search(word):
            return False
        if len(word) == 1:
            dotted = text.startswith(".", token.end)
            title = word == "M" and not run and not _INITIAL.match(text, token.end + 1)
            return dotted and not title and _name_follows(text, token.end + 1, self._ordinary)
        if word in self._ordinary:
            if self._ordinary.may_begin_name(word) and _name_follows(text, token.end, self._ordinary):
                return True
            carried = (
                bool(run)
                and not self._ordinary.common(run[-1].word)
                and len(run[-1].word) > 1
                and _capital(run[-1].word)
            )
            return carried and lowered not in lower and not _SUFFIXES.search(word)
        if (
            _SUFFIXES.search(word)
            and word.endswith(("s", "x"))
            and _MANY.search(text, max(0, token.start - 12), token.start)
        ):
            return False
        if not token.initial or run:
            return True
        if lowered in lower or self._ordinary.common(word):
            return False
        return word in inner or any(map(str.isupper, word[1:])) or _NEXT.match(text, token.end) is not None


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for match in _WORD.finditer(text):
        start = match.start()
        elision = _ELISION.match(text, start, match.end())
        if elision is not None and elision.end() < match.end():
            start = elision.end()
        word = text[start : match.end()]
        initial = start == match.start() and _begins(text, start, match.end(), tokens[-1] if tokens else None)
        tokens.append(_Token(start, match.end(), word, initial))
    return tokens


def _begins(text: str, start: int, end: int, before: _Token | None) -> bool:
    """Whether the word at `start` has its capital from the place, not from itself; one quoted word has its own."""
    position = start
    while position > 0 and text[position - 1] in _OPENERS:
        position -= 1
    if position == 0:
        return True
    if text[position - 1] in _SENTENCE_ENDS:
        abbreviation = before is not None and before.end == position - 1 and _abbreviates(before.word)
        return not (text[position - 1] == "." and abbreviation)
    opened = text[position:start].strip(" ([{")
    return bool(opened) and not text.startswith(_CLOSERS, end)


def _abbreviates(word: str) -> bool:
    return (len(word) == 1 and word.isupper()) or _TITLES.fullmatch(word.lower()) is not None


def _capital(word: str) -> bool:
    return word[0].isupper() or any(map(str.isupper, word[1:]))


def _adjacent(text: str, before: _Token, after: _Token) -> bool:
    gap = text[before.end : after.start]
    return gap in (" ", "-", "'") or (gap in (". ", ".") and len(before.word) == 1)


def _name_follows(text: str, position: int, ordinary: OrdinaryWords) -> bool:
    match = _NEXT.match(text, position)
    return match is not None and (match[1].endswith(".") or match[1] not in ordinary)


def _flush(run: list[_Token], found: list[Span]) -> None:
    while run and _FOREIGN_PARTICLES.fullmatch(run[-1].word.lower()):
        run.pop()
    if run:
        start = run[0].start
        label = "PERSON" if len(run) > 1 else "NAME"
        found.append(Span(start, run[-1].end, "entity", label))
    run.clear()
