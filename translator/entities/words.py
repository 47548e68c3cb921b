"""The words of a text as names are made of them, and what is known of them: which are French, which are given names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from translator.entities.folding import unaccented

_ELISION = re.compile(r"(?:(?:[CcDdJjLlMmNnSsTt]|[Qq]u|[Ll]orsqu|[Pp]uisqu|[Jj]usqu|[Qq]uoiqu|[Pp]resqu)')+")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|(?<=\w)['&](?=[^\W\d_])|(?<=\w)-(?=[^\W\d_])|[\u0300-\u036f])*+")
_BEFORE_VERBS = "CJMNST"
"""Elided words that only a verb follows: before a capital they are part of a name, « M'Baye », « N'Guessan »."""

TITLES = re.compile(
    "(?:mmes?|mm|mlles?|melles?|mgr|dre?|pr|ste?|sir|lord|lady|miss|mrs?|présidente?|ministre|général|colonel|capitaine|roi|reine"
    "|prince|princesse|pape|docteur|professeure?|sénat(?:eur|rice)|maire|juge|maître|me)"
)
_COMPOUNDED = {"Jean", "Marie", "Anne", "Pierre", "Louis", "Charles", "Paul", "François", "Claude", "José", "Juan"}
"""Given names that form others: « Jean-Loup »."""

_ACCENTED = {"A": "àâ", "E": "éèê", "I": "î", "O": "ô"}
_SENTENCE_ENDS = ".!?…"
_OPENERS = '«»"([{•*–—- '
_CLOSERS = ("»", " »", '"', ' "')
_FRENCH_LETTERS = re.compile("[a-zàâæçéèêëîïôœùûüÿ'-]*")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*-(?:(?:d[eu]s?|las?|les?|sur|sous|en|aux?|lès|et)-|[dl]')+[^\W\d_].*")


@dataclass(frozen=True, slots=True)
class Token:
    """``word == text[start:end]``, without elided words; `initial` says that its place may have given it a capital."""

    start: int
    end: int
    word: str
    initial: bool

    @property
    def capital(self) -> bool:
        return any(map(str.isupper, self.word))


class OrdinaryWords:
    """What English says in another way even where French has a capital; measured on parallel text, see `ordinary.txt`.

    Lower case: a word of the language; with "=" before it, one whose capital inside a sentence means a name, with "~",
    one that English has too and writes with the same capital, « la Commission ».
    Capitalised: a name that English spells in another way, or a given name that is kept where a name follows.
    All capitals: an acronym.
    """

    def __init__(self, words: frozenset[str], given: frozenset[str] = frozenset()) -> None:
        self._words = words
        self._bare = frozenset(map(unaccented, words))
        self._given = given

    @classmethod
    def load(cls) -> "OrdinaryWords":
        return cls(_lines("ordinary.txt"), _lines("given.txt"))

    def __contains__(self, word: str) -> bool:
        """Whether `word`, capitalised inside a sentence, is translated; a compound is where all its parts are."""
        if word in self._words:
            return True
        if self.common(word):
            return "=" + word.lower() not in self._words
        parts = word.split("-")
        return len(parts) > 1 and all(map(self.common, parts)) and not is_place(word)

    @property
    def common_words(self) -> Iterator[str]:
        """The words of the language, in lower case."""
        return (word.lstrip("=~") for word in self._words if word.islower())

    def common(self, word: str) -> bool:
        """Whether `word` is one of the language, which a name only looks like."""
        lowered = word.lower()
        if lowered in self._words:
            return True
        # A capital often goes without its accent: « Etat », « A ».
        return len(word) > 1 and any(first + lowered[1:] in self._words for first in _ACCENTED.get(word[0], ""))

    def alike(self, word: str) -> bool:
        """Whether English writes `word`, capitalised inside a sentence, as French does."""
        return "~" + word.lower() in self._words

    def shouted(self, word: str) -> bool:
        """Whether `word`, in capitals with or without accents, may be one of the language."""
        return all(unaccented(part) in self._bare for part in word.split("-"))

    def may_begin_name(self, word: str) -> bool:
        """Whether `word` belongs to a name when one follows it: « Pierre », « Donald »."""
        return self.given(word) or (word in self._words and not self.common(word))

    def given(self, word: str) -> bool:
        """Whether `word` is a given name, simple or compound, so that a capitalised word after it is a surname."""
        return word in self._given or (word.partition("-")[0] in _COMPOUNDED and word.istitle() and "-" in word)


def tokens(text: str, ordinary: OrdinaryWords, *, shouting: bool = False) -> list[Token]:
    """The words of a plain text, in order."""
    found: list[Token] = []
    for match in _WORD.finditer(text):
        start = match.start()
        elision = _ELISION.match(text, start, match.end())
        if elision is not None and elision.end() < match.end():
            named = not shouting and _may_be_named(text, elision)
            if not named or ordinary.common(text[elision.end() : match.end()]):
                start = elision.end()
        word = text[start : match.end()]
        initial = start == match.start() and _begins(text, start, match.end(), found[-1] if found else None)
        found.append(Token(start, match.end(), word, initial))
    return found


def is_foreign(word: str) -> bool:
    """Whether `word` has a letter that French does not use."""
    return _FRENCH_LETTERS.fullmatch(word.lower()) is None


def is_place(word: str) -> bool:
    """Whether `word` is a compound such as « Rivière-des-Prairies », which is a name whatever its parts are."""
    return _COMPOUND.fullmatch(word) is not None and word[0].isupper() and _last_part(word)[:1].isupper()


def _last_part(word: str) -> str:
    return re.split("[-']", word)[-1]


def _may_be_named(text: str, elision: re.Match[str]) -> bool:
    return elision.group()[0] in _BEFORE_VERBS and len(elision.group()) == len("M'") and text[elision.end()].isupper()


def _begins(text: str, start: int, end: int, before: Token | None) -> bool:
    """Whether the word at `start` has its capital from the place, not from itself; one quoted word has its own."""
    position = start
    while position > 0 and text[position - 1] in _OPENERS:
        position -= 1
    if position == 0:
        return True
    if text[position - 1] in _SENTENCE_ENDS:
        abbreviation = before is not None and before.end == position - 1 and _abbreviates(before.word)
        return not (text[position - 1] == "." and abbreviation)
    if text[position] == '"' and text[position - 1].isalnum():
        return False
    opened = text[position:start].strip(" ([{")
    return bool(opened) and not text.startswith(_CLOSERS, end)


def _abbreviates(word: str) -> bool:
    return (len(word) == 1 and word.isupper()) or TITLES.fullmatch(word.lower()) is not None


def _lines(name: str) -> frozenset[str]:
    text = (files("translator.entities") / name).read_text(encoding="utf-8")
    return frozenset(line for line in _uncommented(text))


def _uncommented(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line and not line.startswith("#"))
