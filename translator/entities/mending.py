"""What a model got nearly right of a number is put right where it stands: to translate again costs more and says less.

Digits that it doubled or dropped are written again, a unit or a currency that it left out is added. Only what is
certain is mended; the rest is left to a repair.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from translator.document import Span
from translator.entities.dates import NOON, find_doubled, french_date
from translator.entities.folding import plain
from translator.entities.numbers import DIGITS, english_form, english_numbers, french_values, ordinal_ending

_NUMERIC = {"NUMBER", "PERCENT", "MONEY", "QUANTITY", "DATE", "TIME", "PAIR"}
_MEASURED = {"PERCENT", "MONEY", "QUANTITY", "TIME"}
_DECADE = re.compile(r"\d+0s")
_FRENCH = re.compile(DIGITS)
_ENGLISH = re.compile(r"(?<![\w.,])(\d{1,3}(?: \d{3}(?!\d))+(?:[.,]\d+)*|\d+(?:[.,]\d+)*)(st|nd|rd|th)?(?![\w]|[.,]\d)")
_LEAST_DIGITS = 2
"""A single digit of the target may be any word of the source, except before a scale or a percent sign."""

_MEASURE_AFTER = re.compile(r" ?%| (?:percent|per cent|thousand|million|billion)")
_GLUED = re.compile(r"(?<=\d)(?!(?:st|nd|rd|th|am|pm)\b)([^\W\d_]{2,})( \1\b)?")
_TWICE_AFTERNOON = re.compile(r"(?:1[3-9]|2[0-3]):\d{2} ?p\.?m\b\.?")
_DOTTED_TIME = re.compile(r"(\d{1,2})\.\d{2}")
_SCALE_PLURAL = re.compile(r"(?<=\d )(thousand|million|billion|trillion)s(?: of)?(?= )")

_SIGN_BEFORE = re.compile(r"[A-Z]{1,3}[$€£¥] ?$|[$€£¥] ?$")
_SIGN_AFTER = re.compile(r" ?(?:[%‰$€£¥]|(?:EUR|USD|GBP|CHF)\b)")
_UNIT_SLIP = re.compile(r" (?:m[aes]|[bcdfghjklmpqrtvwxyz]{1,2})\b")
"""What a model may have made of a unit: letters that are no English word."""


@dataclass(frozen=True, slots=True)
class Edit:
    """``target[start:end]`` becomes `text`."""

    start: int
    end: int
    text: str


def edits(
    source: str,
    spans: Sequence[Span],
    target: str,
    places: Sequence[tuple[int, int] | None],
    taken: Sequence[tuple[int, int]] = (),
) -> list[Edit]:
    """Disjoint edits that bring lost numbers among the spans back; where none can be, those of clumsy ones.

    ``places[i]`` is where ``spans[i]`` stands in `target`, None where it was lost; in the ranges `taken` others stand.
    """
    numeric = [
        (span, place)
        for span, place in zip(spans, places, strict=True)
        if span.kind == "entity" and span.label in _NUMERIC
    ]
    if not numeric:
        return []
    text = plain(target)
    lost = [span for span, place in numeric if place is None]
    if lost:
        free = _blanked(text, [*taken, *(place for place in places if place is not None)])
        found = _measure_edits(source, lost, free) or _digit_edits(source, lost, free)
        if found:
            return found
    tidied = (_tidy_edit(source, span, text, place) for span, place in numeric if place is not None)
    return [edit for edit in tidied if edit is not None]


def _tidy_edit(source: str, span: Span, text: str, place: tuple[int, int]) -> Edit | None:
    """A number or a month said twice; “11boxes”; “at 6.30”; “14:30 p.m.”; “4.5 billions of years”."""
    again = " " + text[place[0] : place[1]]
    if text.startswith(again, place[1]) and not text[place[1] + len(again) :][:1].isalnum() and again[1:].isdigit():
        mention = source[span.start : span.end]
        return (
            None
            if mention in source[span.end : span.end + len(again) + 1]
            else Edit(place[1], place[1] + len(again), "")
        )
    glued = _GLUED.match(text, place[1])
    if glued and not source[span.end : span.end + 1].isalnum():
        return Edit(place[1], place[1] + len(glued[1]), "") if glued[2] else Edit(place[1], place[1], " ")
    dotted = _DOTTED_TIME.fullmatch(text, *place) if span.label == "TIME" else None
    if dotted:
        return Edit(dotted.end(1), dotted.end(1) + 1, ":")
    afternoon = _TWICE_AFTERNOON.match(text, place[0]) if span.label == "TIME" else None
    if afternoon and span.targets:
        return Edit(place[0], afternoon.end(), span.targets[0])
    if text.startswith("- ", place[0]):
        return Edit(place[0], place[0] + len("- "), "-")
    if span.label == "DATE":
        date = french_date(plain(source[span.start : span.end]))
        doubled = find_doubled(text, date, *place) if date else None
        return Edit(*doubled, span.targets[0]) if doubled else None
    plural = _SCALE_PLURAL.search(text, place[0], min(len(text), place[1] + len(" of ")))
    return Edit(plural.start(), plural.end(), plural[1]) if plural else None


def _digit_edits(source: str, lost: Iterable[Span], text: str) -> list[Edit]:
    """Edits that give the numbers of `lost` spans their digits, where the target has them doubled or cut short.

    A group of digits is another one's slip where only repeats tell them apart (“20111” for 2011), or where it is the
    only one without an owner and holds the other's digits in order.
    """
    free = list(_ENGLISH.finditer(text))
    wanted = []
    for span in lost:
        for digits in _FRENCH.findall(plain(source[span.start : span.end])):
            same = next((match for match in free if match[1] == english_form(digits) and not match[2]), None)
            if same is None:
                wanted.append(english_form(digits))
            else:
                free.remove(same)
    free = [match for match in free if len(match[1]) >= _LEAST_DIGITS or _MEASURE_AFTER.match(text, match.end())]
    found = []
    for form in wanted:
        slips = [match for match in free if _collapsed(match[1]) == _collapsed(form)]
        if len(wanted) == len(free) == 1 and not slips:
            slips = [match for match in free if _within(match[1], form) or _within(form, match[1])]
        if len(slips) == 1:
            free.remove(slips[0])
            whole = form.replace(",", "")
            ending = ordinal_ending(int(whole)) if slips[0][2] and whole.isdigit() else ""
            found.append(Edit(slips[0].start(), slips[0].end(), form + ending))
    return found


def _measure_edits(source: str, lost: Iterable[Span], text: str) -> list[Edit]:
    """Edits that give back its unit, currency or half of the day to a number that has only its value left."""
    numbers = [
        number
        for number in english_numbers(text)
        if "-" not in text[number.start - 1 : number.start] + text[number.end : number.end + 1]
    ]
    found = []
    for span in lost:
        negative = span.targets[:1] and span.targets[0].startswith("-")
        if not span.targets or not (span.label in _MEASURED or negative or _DECADE.fullmatch(span.targets[0])):
            continue
        values = _values(span.label, plain(source[span.start : span.end]))
        number = next((number for number in numbers if number.value in values), None)
        if number is not None:
            numbers.remove(number)
            sign = _SIGN_BEFORE.search(text, max(0, number.start - len("NT$ ")), number.start)
            after = (_UNIT_SLIP if span.label == "QUANTITY" else _SIGN_AFTER).match(text, number.end)
            start, end, form = (
                sign.start() if sign else number.start,
                after.end() if after else number.end,
                span.targets[0],
            )
            if negative and text.startswith(form[1:], start):
                end = start + len(form[1:])
            doubled = form.endswith(".") and text.startswith(".", end) and not text.startswith("..", end)
            found.append(Edit(start, end + doubled, form))
    return found


def _values(label: str, mention: str) -> set[Decimal]:
    if label != "TIME":
        return set(french_values(mention)[0])
    hours = [Decimal(part) for part in re.findall(r"\d+", mention)]
    return {hours[0], hours[0] % NOON} if len(hours) == 1 else set()


def applied(target: str, edits: Sequence[Edit]) -> str:
    """`target` with disjoint `edits`."""
    for edit in sorted(edits, key=lambda edit: -edit.start):
        target = target[: edit.start] + edit.text + target[edit.end :]
    return target


def moved(offset: int, edits: Iterable[Edit]) -> int:
    """Where an offset of a target is after `edits`, none of which it lies in."""
    return offset + sum(len(edit.text) - (edit.end - edit.start) for edit in edits if edit.end <= offset)


def _blanked(text: str, taken: Iterable[tuple[int, int]]) -> str:
    characters = list(text)
    for start, end in taken:
        characters[start:end] = " " * (end - start)
    return "".join(characters)


def _collapsed(digits: str) -> str:
    return "".join(digit for digit, _ in groupby(filter(str.isdigit, digits)))


def _within(digits: str, longer: str) -> bool:
    rest = iter(longer)
    return all(digit in rest for digit in filter(str.isdigit, digits))
