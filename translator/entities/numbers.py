"""Numbers by value, French and English, in digits and in words: « 1,5 million » and "1.5 million" are the same thing.

Values are exact decimals. A mention may be read in two ways (« 1.500 »): then it has two values.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from translator.entities.number_words import (
    ABBREVIATED_SCALES_FR,
    LARGE_EN,
    LARGE_FR,
    SCALES_EN,
    SCALES_FR,
    SMALL_EN,
    SMALL_FR,
)

SPACE = "[ \u00a0\u202f\u2009]"
LONGEST_NUMBER = 40
"""Digits; a longer run is compared as text, which keeps the arithmetic short."""

DIGITS = (
    rf"(?:\d{{1,3}}(?:{SPACE}\d{{3}})++(?!\d)(?:,\d++)?|\d{{1,3}}(?:\.\d{{3}})++(?!\d)(?:,\d++)?"
    r"|\d{1,3}(?:,\d{3}){2,}+(?!\d)|\d++(?:[.,]\d++)?)"
)
"""A French number in digits: « 3 000 », « 1.500.000 », « 3,5 », « 1.5 »."""


def _alternatives(words: Mapping[str, int]) -> str:
    return "|".join(re.escape(word).replace("\\-", "[-‑ ]") for word in sorted(words, key=len, reverse=True))


_WORD_FR = rf"(?:{_alternatives({**SMALL_FR, **LARGE_FR})})(?![\w])"
WORDS = rf"(?:{_WORD_FR}(?:(?:[ \-‑\u00a0]|[ -]et[ -](?=une?\b|onze\b)){_WORD_FR})*+)"
"""A French number in words."""

_WORD_EN = rf"(?:{_alternatives({**SMALL_EN, **LARGE_EN})})(?![\w])"
_WORDS_EN = rf"(?:{_WORD_EN}(?:(?:[ \-]|,? and |-and-){_WORD_EN})*+)"

_PARTS_FR = re.compile(_WORD_FR, re.IGNORECASE)
_PARTS_EN = re.compile(_WORD_EN, re.IGNORECASE)

ROMAN = r"(?=[XVIL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
ORDINAL_ENDING = r"(?:er|ère|re|ers|i?ème|i?èmes|i?éme|eme|è|e|es|nd|nde|ᵉ|ᵉʳ)"
_ROMAN_ONLY = re.compile(ROMAN)
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}

_DIGITS_FR = re.compile(
    rf"(?P<digits>{DIGITS})"
    rf"(?:{SPACE}?(?P<scale>{'|'.join(SCALES_FR)}|Mrds?|Mds?|[kM])(?![^\W\d_])(?P<half> et demie?)?)?"
)
_ENGLISH = re.compile(
    r"(?<![\w])(?<!\d[.,])(?!(?<=\d:)\d{3})"
    r"(?P<digits>\d{1,3}(?:(?:,\d{3})++|(?: \d{3})++)(?!\d)(?:\.\d++)?|\d{1,3}(?:\.\d{3}){2,}+(?!\d)"
    r"|\d++(?:[.,]\d++)?)(?![.,]\d|:\d{3})"
    r"(?:(?P<ending>st|nd|rd|th|s)\b)?"
    rf"(?:[ -]?(?P<scale>{'|'.join(sorted(SCALES_EN, key=len, reverse=True))})(?![^\W_]))?"
    rf"|(?<![\w])(?i:(?P<words>{_WORDS_EN}))",
)
_HALF = re.compile(r"(?:[ -]and[ -]a[ -]half| 1/2| ?½)(?:[ -](million|billion|trillion))?")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in an English text. `coefficient` is what stands before a scale word (1.5 in "1.5 million")."""

    start: int
    end: int
    value: Decimal
    coefficient: Decimal | None = None


def roman_value(text: str) -> int | None:
    """The value of a Roman numeral below 90, or None."""
    if not text or not _ROMAN_ONLY.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[letter] for letter in text]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


def french_values(text: str) -> tuple[tuple[Decimal, ...], bool]:
    """The values that a French mention may have, and whether a scale word is a part of it.

    Empty where `text` holds no number that can be read.
    """
    match = _DIGITS_FR.search(text)
    if match is None:
        roman = re.match(ROMAN, text)
        value = roman_value(roman.group()) if roman else None
        if value is not None:
            return (Decimal(value),), False
        spelled = next(_spelled(text, 0, _PARTS_FR, SMALL_FR, LARGE_FR), None)
        return ((spelled.value,), False) if spelled else ((), False)
    digits, scale = match["digits"], match["scale"]
    if len(digits) > LONGEST_NUMBER:
        return (), False
    factor = 1
    if scale:
        factor = (SCALES_FR.get(scale) or ABBREVIATED_SCALES_FR[scale])[0]
    half = Decimal("0.5") if match["half"] else Decimal(0)
    return tuple((value + half) * factor for value in _readings(digits)), bool(scale)


def _readings(digits: str) -> tuple[Decimal, ...]:
    """« 1.234 » is 1234 or 1.234, « 1,500 » likewise; « 1.500 », « 1.500.000 » and « 3 000,5 » are clear."""
    bare = re.sub(SPACE, "", digits)
    if "." in bare and "," in bare:
        return (Decimal(bare.replace(".", "").replace(",", ".")),)
    if bare.count(".") > 1 or bare.count(",") > 1:
        return (Decimal(bare.replace(".", "").replace(",", "")),)
    decimal = Decimal(bare.replace(",", "."))
    if re.fullmatch(r"[1-9]\d{0,2}\.\d{2}0", bare):
        return (Decimal(bare.replace(".", "")),)
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", bare):
        return decimal, Decimal(bare.replace(".", "").replace(",", ""))
    return (decimal,)


def english_numbers(text: str) -> list[Number]:
    """All numbers of an English text, in order; `text` is folded."""
    found: list[Number] = []
    for match in _ENGLISH.finditer(text):
        if match["words"]:
            found.extend(_spelled(text, match.start(), _PARTS_EN, SMALL_EN, LARGE_EN, match.end()))
            continue
        digits = match["digits"]
        if len(digits) > LONGEST_NUMBER or not _ends_well(digits, match["ending"]):
            continue
        value = _english_value(digits)
        if match["scale"]:
            scaled = Number(match.start(), match.end(), value * SCALES_EN[match["scale"]], value)
            found.append(scaled)
        else:
            found.append(Number(match.start(), match.end(), value))
    return [_with_half(text, number) for number in found]


def _ends_well(digits: str, ending: str | None) -> bool:
    """Not so "21th", nor "20s", which is no number but a decade."""
    return ending is None or ending == ordinal_ending(int(re.sub(r"\D", "", digits)[-2:]))


def ordinal_ending(value: int) -> str:
    """The letters of an English ordinal in digits: "st" for 21, "th" for 11."""
    return "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _english_value(digits: str) -> Decimal:
    if re.fullmatch(r"\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?", digits) or digits.count(".") > 1:
        groups = digits.replace(",", "").replace(" ", "")
        return Decimal(groups.replace(".", "") if digits.count(".") > 1 else groups)
    return Decimal(digits.replace(",", "."))


def _with_half(text: str, number: Number) -> Number:
    half = _HALF.match(text, number.end)
    if half is None:
        return number
    value = number.value if number.coefficient is None else number.coefficient
    scale = Decimal(SCALES_EN[half[1]]) if half[1] else number.value / (value or 1)
    value += Decimal("0.5")
    return Number(number.start, half.end(), value * scale, value if half[1] or number.coefficient else None)


def _spelled(
    text: str,
    start: int,
    parts: re.Pattern[str],
    small: Mapping[str, int],
    large: Mapping[str, int],
    end: int | None = None,
) -> Iterator[Number]:
    """Numbers in words, left to right; a word that cannot continue a number begins the next one."""
    total = group = 0
    first = last = -1
    previous = 0
    lowest_scale = 10**15
    for match in parts.finditer(text, start, len(text) if end is None else end):
        word = re.sub("[‑ ]", "-", match.group().lower())
        if word in small:
            value = small[word]
            fits = first < 0 or (previous >= 100) or (previous >= 20 and value < (20 if previous in (60, 80) else 10))
            if not fits or (first >= 0 and value == 0):
                yield Number(first, last, Decimal(total + group))
                total, group, first, lowest_scale = 0, 0, -1, 10**15
            group += value
        else:
            value = large[word]
            if value == 100:
                if previous >= 100 and first >= 0 and group >= 100:
                    yield Number(first, last, Decimal(total + group))
                    total, group, first, lowest_scale = 0, 0, -1, 10**15
                group = (group or 1) * 100
            elif value >= lowest_scale:
                yield Number(first, last, Decimal(total))
                total, group, first, lowest_scale = (group or 1) * value, 0, match.start(), value
            else:
                total += (group or (1 if total == 0 else 0)) * value
                group, lowest_scale = 0, value
        if first < 0:
            first = match.start()
        last, previous = match.end(), value
    if first >= 0:
        yield Number(first, last, Decimal(total + group))


def english_form(digits: str, scale: str = "") -> str:
    """A French number in digits, with its scale word, as English writes it: « 3 000 » → "3,000"."""
    bare = re.sub(SPACE, "", digits)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", bare) and (bare.count(".") > 1 or "," in bare):
        bare = bare.replace(".", "")
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){2,}", bare):
        bare = bare.replace(",", "")
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3}|\.\d{2}0)", bare):
        # Thousands, as many French texts write them, more often than three decimals: English has the same.
        bare = bare.replace(".", ",")
        return f"{bare} {_scale_word(scale)}" if scale else bare
    whole, mark, fraction = bare.partition("," if "," in bare else ".")
    grouped = whole != digits and len(whole) > 3 and re.search(SPACE + r"|\.\d{3}", digits)
    if grouped:
        whole = f"{int(whole):,}" if len(whole) < LONGEST_NUMBER else whole
    number = f"{whole}.{fraction}" if mark else whole
    if not scale:
        return number
    return f"{number} {_scale_word(scale)}"


def _scale_word(scale: str) -> str:
    return (SCALES_FR.get(scale) or ABBREVIATED_SCALES_FR[scale])[1]
