"""Terms found in a text, whole words only, by one Aho-Corasick pass over a text made comparable."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ahocorasick

from translator.document import Span
from translator.glossary.files import parse_rows, read_rows
from translator.glossary.forms import english_plural, french_plurals, with_case
from translator.glossary.terms import Row, Term, checked
from translator.normalization import composed
from translator.protection import resolve

LABEL = "TERM"
_PLAIN = str.maketrans(
    dict.fromkeys("’ʼ‘´`′", "'") | dict.fromkeys("‐‑", "-") | dict.fromkeys("\u00a0\u202f\u2009\t\r\n", " ")
)
_ELISIONS = frozenset(["c", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "puisqu", "qu", "quoiqu", "s", "t"])
_AFTER_APOSTROPHE = re.compile(r"'s?(?!\w)")
_AFTER_HYPHEN = re.compile(r"-(?:(?:ci|là)\b|\W|$)")
_ADDRESS_MARKS = ("://", "@", "www.")
_CHUNK = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class _Form:
    """One way a term stands in a text; `source` and `targets` in the case that the glossary gives them."""

    source: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms, ready to be found. Thread-safe; building takes time once, finding does not grow with their number.

    A match in the term's own case goes before one in another case, whose targets take the case of the text. Elided
    words (l’, d’, qu’ …) may stand before a term. With `inflect` its regular French plurals are found too; the target
    is then written in the plural and accepted in both numbers. Apostrophes, hyphens, spaces and composed accents are
    the same in all their variants. A term without a target comes through as it stands in the text.
    """

    terms: tuple[Term, ...]
    inflect: bool = False
    _forms: dict[str, tuple[_Form, ...]] = field(init=False, repr=False, compare=False)
    _automaton: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        forms = _forms(self.terms, inflect=self.inflect)
        automaton = ahocorasick.Automaton()
        for key in forms:
            automaton.add_word(key, key)
        automaton.make_automaton()
        object.__setattr__(self, "_forms", forms)
        object.__setattr__(self, "_automaton", automaton)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, str], *, inflect: bool = False) -> "Glossary":
        """A glossary of sources and their targets.

        Raises:
            GlossaryError: an empty source, or text that cannot be a term.
        """
        rows = [Row(f"glossary, {source!r}", source, (target,)) for source, target in mapping.items()]
        return cls(checked(rows), inflect)

    @classmethod
    def load(cls, path: Path | str, *, inflect: bool = False) -> "Glossary":
        """A glossary from a TSV, CSV, JSON or TBX-Basic file.

        Raises:
            GlossaryError: the file cannot be read or has an invalid row.
        """
        return cls(checked(read_rows(Path(path))), inflect)

    @classmethod
    def parse(cls, content: bytes, format: str, *, name: str = "glossary", inflect: bool = False) -> "Glossary":
        """A glossary from the content of a file in the format ``tsv``, ``csv``, ``json`` or ``tbx``.

        Raises:
            GlossaryError: as for `load`, with `name` in the place of the file's.
        """
        return cls(checked(parse_rows(content, format, name=name)), inflect)

    def __len__(self) -> int:
        return len(self.terms)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that decides what is found, in hexadecimal: part of a translation memory's key."""
        content = json.dumps([self.inflect, [(term.source, term.targets) for term in self.terms]], ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def find(self, text: str) -> tuple[Span, ...]:
        """Disjoint glossary spans of `text`, in order; of overlapping terms the longest, then the first.

        `targets` is never empty; its first form is the one to write.
        """
        if not self._forms:
            return ()
        folded, starts = _fold(text)
        lowered = _lower(folded)
        addresses = _addresses(lowered)
        spans = []
        for last, key in self._automaton.iter(lowered):
            start, end = last + 1 - len(key), last + 1
            if _is_whole(folded, start, end) and not _is_inside(addresses, start, end):
                begin, stop = (starts[start], starts[end]) if starts else (start, end)
                targets = self._targets(key, folded[start:end]) or (text[begin:stop],)
                spans.append(Span(begin, stop, "glossary", LABEL, targets))
        return resolve(spans)

    def _targets(self, key: str, found: str) -> tuple[str, ...]:
        forms = self._forms[key]
        form = next((form for form in forms if form.source == found), forms[0])
        return tuple(dict.fromkeys(with_case(target, form.source, found) for target in form.targets))


def _forms(terms: tuple[Term, ...], *, inflect: bool) -> dict[str, tuple[_Form, ...]]:
    """What each lower-case key may mean; a term's own form goes before the plural of another."""
    forms = [_Form(_fold(term.source)[0], term.targets) for term in terms]
    if inflect:
        for form in tuple(forms):
            targets = tuple(plural for target in form.targets for plural in (english_plural(target), target))
            forms += (_Form(plural, targets) for plural in french_plurals(form.source))
    by_key: dict[str, tuple[_Form, ...]] = {}
    for form in forms:
        key = _lower(form.source)
        by_key[key] = (*by_key.get(key, ()), form)
    return by_key


def _fold(text: str) -> tuple[str, list[int] | None]:
    """Text composed and plain; the original's offset of each character and of the end, None where none moved."""
    if text.isascii() or composed(text) == text:
        return text.translate(_PLAIN), None
    pieces: list[str] = []
    starts: list[int] = []
    begin = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not unicodedata.combining(text[end]):
            piece = composed(text[begin:end])
            pieces.append(piece)
            starts += [begin] * len(piece)
            begin = end
    return "".join(pieces).translate(_PLAIN), [*starts, len(text)]


def _lower(text: str) -> str:
    """Lower case that moves no offset: the few letters that would become two stay."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is no part of a longer word, compound or name; « l’ » before it is a word apart."""
    if text[start].isalnum() and start > 0:
        before = text[start - 1]
        joined = before in "'-.&" and text[start - 2 : start - 1].isalnum()
        if _in_word(before) or (joined and not _parts_before(text, start, end)):
            return False
    if text[end - 1].isalnum() and end < len(text):
        after = text[end]
        if after == "'":
            return bool(_AFTER_APOSTROPHE.match(text, end))
        if after == "-":
            return bool(_AFTER_HYPHEN.match(text, end)) or _is_acronym(text[start:end])
        return not _in_word(after) and not (after in ".&" and text[end + 1 : end + 2].isalnum())
    return True


def _parts_before(text: str, start: int, end: int) -> bool:
    """Whether the apostrophe or hyphen before `start` separates two words: « l’OTAN », « Russie-OTAN »."""
    if text[start - 1] == "'":
        first = start - 1
        while first > 0 and text[first - 1].isalpha():
            first -= 1
        return text[first : start - 1].lower() in _ELISIONS
    return text[start - 1] == "-" and _is_acronym(text[start:end])


def _is_acronym(text: str) -> bool:
    return len(text) > 1 and text.isupper()


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.combining(character) > 0


def _addresses(text: str) -> list[tuple[int, int]]:
    """Where URLs and e-mail addresses stand: a term inside one is not a word."""
    if not any(mark in text for mark in _ADDRESS_MARKS):
        return []
    chunks = _CHUNK.finditer(text)
    return [chunk.span() for chunk in chunks if any(mark in chunk.group() for mark in _ADDRESS_MARKS)]


def _is_inside(intervals: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(first <= start and end <= last and (start, end) != (first, last) for first, last in intervals)
