"""Whether each entity of a source is in its translation: every mention needs an occurrence of its own.

A mention matches one of its English forms, or itself where it has none; numbers, dates and times match by value.
Mentions get occurrences in order, and one is moved (augmenting paths, Kuhn 1955) where that helps another mention.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from translator.document import Span
from translator.entities.dates import NOON, Clock, english_times, find_date, french_date, french_time
from translator.entities.folding import Folded, composed, fold, whole
from translator.entities.measures import has_measure
from translator.entities.numbers import Number, english_numbers, french_values

_WORD = re.compile(r"\w+")
_BY_VALUE = {"NUMBER", "PERCENT", "MONEY", "QUANTITY"}
_BY_DIGITS = {"PHONE", "IBAN", "ISBN"}
_SHORT_ACRONYM = 3
_LAST_DAY = 31
"""French says only a day with a number that English may make an ordinal: “the 7th”, not “the 211th”."""

_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)$")
_WIDEST_LINK = len(" people and ")
"""Characters between the two numbers of a pair."""

_LONGEST_FORM = 300
"""Characters; a longer form is looked for as it stands, which keeps the time linear."""

_MOST_MOVES = 2000
"""Steps of the search for a better assignment, for one text."""

_MINUS = re.compile(r"(?<![\w-])- ?$")
_NEGATIVE = re.compile(
    r"\b(?:minus|negative|below|under|down|less|lower|off|f[ae]ll\w*|drop\w*|declin\w*|decreas\w*|los[est]\w*|cut|fewer"
    r"|shr[aiu]nk\w*|contract\w*|slump\w*|plung\w*|slid\w*)\b",
    re.IGNORECASE,
)
_SIGN_REACH = 30
"""Characters before and after a number in which a word may say that it is negative."""

_BEFORE_NUMBER = re.compile(r"(?:[A-Z]{0,3}[$€£¥]|EUR|USD|GBP|JPY|CHF) ?$")
_AFTER_NUMBER = re.compile(r" ?(?:%|‰|[$€£¥]|EUR\b|USD\b|GBP\b|CHF\b)|[ -]?(?:per ?cent|percent)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a mention came out: `form == target[start:end]`."""

    start: int
    end: int
    form: str


def verify(source: str, spans: Sequence[Span], target: str) -> list[Occurrence | None]:
    """For each of `spans` of `source` its own occurrence in `target`, or None where it has none."""
    if not spans:
        return []
    text = _Target(fold(target))
    groups: dict[tuple[str, str, tuple[str, ...]], list[int]] = defaultdict(list)
    for index, span in enumerate(spans):
        groups[span.label, source[span.start : span.end], span.targets].append(index)
    candidates: list[list[tuple[int, int]]] = [[] for _ in spans]
    for (label, mention, targets), members in groups.items():
        places = text.places(label, composed(mention), targets)
        for index in members:
            candidates[index] = places
    chosen = _assign(candidates, list(groups.values()), len(text.folded.text))
    return [None if place is None else _occurrence(text.folded, target, *place) for place in chosen]


def _occurrence(folded: Folded, target: str, start: int, end: int) -> Occurrence:
    first, last = folded.original(start, end)
    return Occurrence(first, last, target[first:last])


class _Target:
    """One folded target and what has been looked up in it; each index is made when it is first needed."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self._words: dict[str, list[int]] | None = None
        self._numbers: list[Number] | None = None
        self._values: dict[Decimal, list[Number]] = {}
        self._coefficients: dict[Decimal, list[Number]] = {}
        self._times: list[Clock] | None = None

    def places(self, label: str, mention: str, targets: tuple[str, ...]) -> list[tuple[int, int]]:
        """Candidates for a mention, best first, without repeats."""
        forms = tuple(map(composed, targets))
        by_value = label in _BY_VALUE or label in ("DATE", "TIME")
        places = self._forms(mention, forms or (mention,))
        if by_value and forms and (label != "DATE" or (any(map(str.isdigit, mention)) and not mention.isdigit())):
            places += self._forms(mention, (mention,))
        if label in _BY_VALUE:
            places += self._by_value(label, mention)
        elif label == "DATE":
            date = french_date(mention)
            if date is not None:
                places = find_date(self.folded.text, date, self.numbers) + places
        elif label == "TIME":
            places += self._by_time(mention)
        elif label == "PAIR":
            places += self._by_pair(mention)
        elif label in _BY_DIGITS:
            places += self._by_digits(mention)
        return list(dict.fromkeys(places))

    @property
    def numbers(self) -> list[Number]:
        if self._numbers is None:
            self._numbers = english_numbers(self.folded.text)
            for number in self._numbers:
                self._values.setdefault(number.value, []).append(number)
                if number.coefficient is not None:
                    self._coefficients.setdefault(number.coefficient, []).append(number)
        return self._numbers

    def _forms(self, mention: str, forms: tuple[str, ...]) -> list[tuple[int, int]]:
        places: list[tuple[int, int]] = []
        loud = mention.isupper()
        for form in forms:
            if form:
                places += self._form(form, loud)
        return places

    def _form(self, form: str, loud: bool) -> list[tuple[int, int]]:
        text = self.folded.text
        word = _WORD.search(form)
        if word is None or len(form) > _LONGEST_FORM:
            return [(match.start(), match.end()) for match in re.finditer(re.escape(form), text)]
        if self._words is None:
            self._words = defaultdict(list)
            for match in _WORD.finditer(text):
                self._words[match[0].lower()].append(match.start())
        any_case = loud and len(form) > _SHORT_ACRONYM
        lowered = form.lower()
        places = []
        for position in self._words.get(word[0].lower(), ()):
            start = position - word.start()
            end = start + len(form)
            if start < 0 or not whole(text, start, end) or _in_a_number(text, start, end) or _cuts_sign(text, start):
                continue
            have = text[start:end]
            if (
                have == form
                or (any_case and have.lower() == lowered)
                or (form[0].islower() and have[:1].isupper() and have[1:] == form[1:])
            ):
                places.append((start, end))
        return places

    def _by_value(self, label: str, mention: str) -> list[tuple[int, int]]:
        values, scaled = french_values(mention)
        if not values or not self.numbers:
            return []
        exact = [number for value in values for number in self._values.get(value, ())]
        shared = [] if scaled else [number for value in values for number in self._coefficients.get(value, ())]
        if label == "NUMBER":
            text = self.folded.text
            exact = [one for one in exact if one.value <= _LAST_DAY or not _ORDINAL.search(text, one.start, one.end)]
        places = [self._with_marks(number) for number in exact + shared]
        if mention.startswith("-"):
            places = [place for place in map(self._with_sign, places) if place is not None]
        return [place for place in places if has_measure(label, mention, self.folded.text, *place)]

    def _with_sign(self, place: tuple[int, int]) -> tuple[int, int] | None:
        """A place with its minus; as it is where words say what a minus would, None where nothing does."""
        text, (start, end) = self.folded.text, place
        sign = _MINUS.search(text, max(0, start - 3), start)
        if sign is not None:
            return sign.start(), end
        around = text[max(0, start - _SIGN_REACH) : start] + " " + text[end : end + _SIGN_REACH]
        return place if _NEGATIVE.search(around) else None

    def _with_marks(self, number: Number) -> tuple[int, int]:
        text = self.folded.text
        before = _BEFORE_NUMBER.search(text, max(0, number.start - 5), number.start)
        after = _AFTER_NUMBER.match(text, number.end)
        return before.start() if before else number.start, after.end() if after else number.end

    def _by_time(self, mention: str) -> list[tuple[int, int]]:
        if self._times is None:
            self._times = english_times(self.folded.text)
        minutes = french_time(mention)
        places = [(clock.start, clock.end) for clock in self._times if minutes in clock.minutes]
        parts = [Decimal(part) for part in re.findall(r"\d+", mention)]
        numbers = self.numbers
        if len(parts) == 1 or parts[1] == 0:
            readings = {parts[0], parts[0] % NOON}
            spoken = [number for number in numbers if number.value in readings and self._is_hour(number)]
            return places + [(number.start, number.end) for number in spoken]
        for first, second in pairwise(numbers):
            if (first.value, second.value) == (parts[0], parts[1]):
                places.append((first.start, second.end))
        hours = parts[0] + parts[1] / 60
        return places + [(number.start, number.end) for number in numbers if number.value == hours]

    def _is_hour(self, number: Number) -> bool:
        """Whether a number says that it is one of hours: “nine hours”, “between 9 and 10 a.m.”."""
        return has_measure("TIME", "", self.folded.text, number.start, number.end)

    def _by_pair(self, mention: str) -> list[tuple[int, int]]:
        """Both numbers, one right after the other: "between 60 and 100", "three to two"."""
        wanted = tuple(Decimal(part) for part in mention.split("-"))
        return [
            (first.start, second.end)
            for first, second in pairwise(self.numbers)
            if (first.value, second.value) == wanted and second.start - first.end <= _WIDEST_LINK
        ]

    def _by_digits(self, mention: str) -> list[tuple[int, int]]:
        characters = [character for character in mention if character.isalnum()]
        expression = r"(?<!\w)" + r"[ .()/-]{0,3}".join(characters) + r"(?!\w)"
        return [(match.start(), match.end()) for match in re.finditer(expression, self.folded.text)]


def _cuts_sign(text: str, start: int) -> bool:
    """Whether a form begins inside the sign of another currency: "$100" is not in "NT$100"."""
    return text[start] in "$€£¥" and text[start - 1 : start].isalpha()


def _in_a_number(text: str, start: int, end: int) -> bool:
    """Whether digits go on beyond a decimal sign: "3" is not in "3.9"."""
    before = text[max(0, start - 2) : start + 1]
    after = text[end - 1 : end + 2]
    return any(
        len(part) > 2 and part[0].isdigit() and part[1] in ".," and part[2].isdigit() for part in (before, after)
    )


def _assign(
    candidates: list[list[tuple[int, int]]], groups: list[list[int]], length: int
) -> list[tuple[int, int] | None]:
    """Disjoint places for as many mentions as can be; the scarce and the long ones choose first."""
    owner: list[int] = [-1] * length
    chosen: list[tuple[int, int] | None] = [None] * len(candidates)
    moves = _MOST_MOVES

    def owners(place: tuple[int, int]) -> set[int]:
        return {holder for holder in owner[place[0] : place[1]] if holder >= 0}

    def take(index: int, place: tuple[int, int]) -> None:
        chosen[index] = place
        owner[place[0] : place[1]] = [index] * (place[1] - place[0])

    def free(index: int) -> None:
        place = chosen[index]
        assert place is not None
        owner[place[0] : place[1]] = [-1] * (place[1] - place[0])
        chosen[index] = None

    def improve(index: int, banned: set[tuple[int, int]]) -> bool:
        nonlocal moves
        for place in candidates[index]:
            if place in banned or moves <= 0:
                continue
            moves -= 1
            banned.add(place)
            holders = owners(place)
            if not holders:
                take(index, place)
                return True
            if len(holders) > 1:
                continue
            (holder,) = holders
            held = chosen[holder]
            assert held is not None
            free(holder)
            take(index, place)
            if improve(holder, banned):
                return True
            free(index)
            take(holder, held)
        return False

    groups = sorted(groups, key=lambda group: _urgency(candidates[group[0]], len(group)))
    for group in groups:
        waiting = iter(group)
        index = next(waiting, None)
        for place in candidates[group[0]]:
            if index is None:
                break
            if not owners(place):
                take(index, place)
                index = next(waiting, None)
    for group in groups:
        for index in group:
            if chosen[index] is None and not improve(index, set()):
                break
    return chosen


def _urgency(places: list[tuple[int, int]], mentions: int) -> tuple[int, int]:
    longest = max((end - start for start, end in places), default=0)
    return len(places) - mentions, -longest
