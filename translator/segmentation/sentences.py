"""Where French sentences end inside a block: a mark, then the word before it and what follows it decide.

Every regular expression here is possessive and every look back is bounded, so the time is linear for any text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from translator.segmentation.abbreviations import (
    BEFORE_NAME,
    BEFORE_NUMBER,
    ELIDED,
    LABELS,
    MARKED_NAMES,
    NEVER_LAST,
    PARTICLES,
    STARTERS,
    UNITS_BEFORE_NUMBER,
    WORDS_OF_ONE_LETTER,
)
from translator.segmentation.assembly import BLANK, Offsets

MAX_WORD_CHARACTERS = 40
"""Before a mark, this much is read to judge it; no abbreviation is longer."""

MAX_BRACKET_CHARACTERS = 1000
"""A bracket that opened further back than this is taken for a mistake."""

_EMOJI = "\u2600-\u27bf\u2b50\u2b55\ufe0f\u200d\U0001f000-\U0001faff"
_MARK = re.compile(
    rf"(?P<marks>[.!?…]++)"
    rf"(?P<closers>(?:\[\d{{1,3}}\]|[»”›\"’')\]]|[ \u00a0\u202f]?(?:[!?…»”›]|[{_EMOJI}]++))*+)"
    rf"|\t[{BLANK}]*+"
)
_GAP = re.compile(rf"[{BLANK}]*+")
_INLINE_DASH = re.compile(rf"[-–—•][{BLANK}]++(?=[^{BLANK}])")
_OPENERS = re.compile(rf"[«“„‹\"‘'(\[¿¡*_–—\-•.…{BLANK}]{{0,16}}+")
_SYMBOL = re.compile(rf"[{_EMOJI}@#€$£&]")
_WORD = re.compile(r"\w++")
_REVERSED_TOKEN = re.compile(r"[\w.\-°§º]*+")
_ENUMERATOR = re.compile(r"\d{1,3}|[a-zA-Z]|[IVX]{1,5}")
_DOTTED = re.compile(r"[A-ZÀ-Þ]\w?(?:\.-?[A-ZÀ-Þ]\w?)++|[A-ZÀ-Þ]-[A-ZÀ-Þ]")
_REFERENCE = re.compile(r"[IVXLCDM]++(?![\w'’])|[A-Z](?=[.,;)\d]|-\d)|[A-Z] \d")
_FOOTNOTE = re.compile(r"\[\d{1,3}\]")
_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def sentences(text: str, start: int, end: int) -> Iterator[Offsets]:
    """The sentences of the block ``text[start:end]``, which begins and ends with something visible."""
    opened, first_word = start, _first_word(text, start, end)
    quotes, counted = 0, start
    only_small = text[start:end].islower()
    for mark in _MARK.finditer(text, start, end):
        if mark.start() < opened:
            continue
        stop = mark.end()
        if mark["marks"] is None:
            cell_end = _cell_end(text, opened, mark)
            if cell_end:
                yield opened, cell_end
                opened, first_word = stop, _first_word(text, stop, end)
            continue
        following = _gap(text, stop, end)
        if following == stop or first_word > mark.start():
            continue
        if text[following : following + 1] == '"':
            quotes, counted = quotes + text.count('"', counted, following), following
            after_quote = _gap(text, following + 1, end)
            if quotes % 2 and after_quote != following + 1:
                stop, following = following + 1, after_quote
        if following < end and _Mark(text, end, opened, first_word, mark, following).ends_sentence(only_small):
            yield opened, stop
            dash = _INLINE_DASH.match(text, following, end)
            opened = dash.end() if dash else following
            first_word = _first_word(text, opened, end)
    yield opened, end


def _gap(text: str, position: int, end: int) -> int:
    gap = _GAP.match(text, position, end)
    return gap.end() if gap else position


def _first_word(text: str, position: int, end: int) -> int:
    word = _WORD.search(text, position, end)
    return word.start() if word else end


def _cell_end(text: str, opened: int, tab: re.Match[str]) -> int:
    """End of the cell before a tab, or 0 where the tab is indentation or trails a line."""
    stop = tab.start()
    while stop > opened and text[stop - 1] == " ":
        stop -= 1
    inside = stop > opened and text[stop - 1] not in _LINE_BREAKS and _LINE_BREAKS.isdisjoint(tab[0])
    return stop if inside else 0


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark with a blank behind it, in a block that ends at `end`; the sentence opened at `opened`, its first word
    is at `first_word`, what follows the blank is at `following`."""

    text: str
    end: int
    opened: int
    first_word: int
    match: re.Match[str]
    following: int

    def ends_sentence(self, only_small: bool) -> bool:
        """`only_small`: the block has no capitals, so its sentences begin with small letters."""
        text = self.text
        opener = _OPENERS.match(text, self.following, self.end)
        position = opener.end() if opener else self.following
        if position >= self.end or self._is_bracketed():
            return False
        begins = text[position]
        number = begins.isdigit()
        if begins.islower() and not text[position + 1 : position + 2].isupper():
            return only_small and self._ends_before_small_letter()
        if not (number or begins.isalpha() or _SYMBOL.match(begins)):
            return False
        if self.match["marks"] == ".":
            return self._ends_at_period(position, number)
        before = text[self.match.start() - 1]
        if number and self.match["marks"][0] != "!":
            return not before.isdigit()
        return before == "!" or self._token() not in MARKED_NAMES or self._is_starter(position, particles=False)

    def _token(self) -> str:
        """The word that the mark is attached to; it may hold full stops, hyphens and digits."""
        position = self.match.start()
        backwards = _REVERSED_TOKEN.match(self.text[max(self.opened, position - MAX_WORD_CHARACTERS) : position][::-1])
        return backwards[0][::-1].lstrip("-.") if backwards else ""

    def _is_bracketed(self) -> bool:
        """Whether the mark belongs to a bracket inside the sentence: "(sic !)", "[…]"."""
        closers = _FOOTNOTE.sub("", self.match["closers"])
        position = self.match.start()
        for opening, closing in ("()", "[]"):
            if closing in closers:
                bracket = self.text.rfind(opening, max(self.opened, position - MAX_BRACKET_CHARACTERS), position)
                if bracket > self.first_word:
                    return True
        return False

    def _ends_before_small_letter(self) -> bool:
        token = self._token()
        return (
            not self.match["closers"]
            and self.match["marks"][0] in ".!?"
            and (self.match["marks"] != "." or (len(token) > 1 and token.isalpha()))
            and not self.match["marks"].startswith("..")
            and not (token in NEVER_LAST or token in BEFORE_NUMBER or token in BEFORE_NAME)
        )

    def _ends_at_period(self, position: int, number: bool) -> bool:
        token = self._token()
        if not token:
            return True
        key = token.capitalize() if token.isupper() and token.isalpha() and len(token) > 2 else token
        small = token.lower()
        token_start = self.match.start() - len(token)
        previous = self.text[max(self.opened, token_start - MAX_WORD_CHARACTERS) : token_start].rstrip()
        if _ENUMERATOR.fullmatch(token) and (
            token_start <= self.first_word or (token.isdigit() and previous[-1:] == ":")
        ):
            return False
        if key in NEVER_LAST:
            return False
        if previous[-1:].isdigit() and (len(token) == 1 or token in UNITS_BEFORE_NUMBER) and token.islower():
            return not (number and token in UNITS_BEFORE_NUMBER)
        if small in BEFORE_NUMBER:
            return not (number or _REFERENCE.match(self.text, position, self.end))
        if len(token) == 1 and token.isalpha() and token not in WORDS_OF_ONE_LETTER:
            return not number and self._ends_at_initial(token, previous, position)
        if key in BEFORE_NAME or small in BEFORE_NAME:
            return not number and self._is_starter(position, particles=not token.startswith("J.-C"))
        if _DOTTED.fullmatch(token):
            return not number and self._is_starter(position, particles="-" in token)
        return True

    def _ends_at_initial(self, initial: str, previous: str, position: int) -> bool:
        words = previous.split()
        last = words[-1] if words else ""
        if initial.isupper() and last.rpartition("'")[2] in LABELS:
            return True
        if initial == "M" and not (last.istitle() and len(words) > 1):
            return False
        return self._is_starter(position, particles=True)

    def _is_starter(self, position: int, *, particles: bool) -> bool:
        """Whether the word at `position` begins a sentence, not a name; `particles` doubts "Le" before a capital."""
        match = _WORD.match(self.text, position, self.end)
        if not match:
            return False
        word = match[0].capitalize() if match[0].isupper() else match[0]
        after = self.text[match.end() : match.end() + 1]
        if after in (".", "-") or (word in ELIDED and after not in ("'", "’")) or word not in STARTERS:
            return False
        if not particles or word not in PARTICLES:
            return True
        following = _gap(self.text, match.end() + (word in ELIDED), self.end)
        return self.text[following : following + 1].islower()
