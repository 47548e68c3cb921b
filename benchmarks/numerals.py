"""The values of numbers in French and English text, for a judge that shares no code with the translator.

A group of digits may be read in two ways (1,500 is 1.5 or 1500): every reading counts.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

Values = frozenset[Fraction]

_DIGITS = re.compile(r"(?<!\d)\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?![\d])|\d+(?:[.,]\d+)*")
_CLOCK = re.compile(r" ?(?:[hH]|heures?)(?![^\W\d_])")
_ENGLISH_HALF = re.compile(r" and a half(?![^\W\d_])")
_DECADE = re.compile(r"\bannées $")
_HALF = re.compile(r" et demie?(?![^\W\d_])")
_FRENCH_SCALE = re.compile(r" ?(milliers?|mille|millions?|milliards?|billions?|Md|M)(?![^\W\d_]|\.)")
_ENGLISH_SCALE = re.compile(r"[ -]?(thousand|million|billion|trillion|bn|m|k)(?![^\W_])", re.IGNORECASE)
_FRENCH_SCALES = {"mille": 10**3, "millier": 10**3, "million": 10**6, "M": 10**6, "milliard": 10**9, "Md": 10**9}
_ENGLISH_SCALES = {"thousand": 10**3, "k": 10**3, "million": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9}
_TRILLION = 10**12
_HALF_DAY = 12
_HUNDRED = 100
_CENTURY = 1900
_THOUSAND_DIGITS = 3
_WORDS = re.compile(r"[a-z]+")
_ONES = """
    zero one two three four five six seven eight nine
    ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_ORDINALS = """
    zeroth first second third fourth fifth sixth seventh eighth ninth
    tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBER_WORDS = (
    {word: value for words in (_ONES, _ORDINALS) for value, word in enumerate(words.split())}
    | {word: 10 * ten for ten, word in enumerate(_TENS.split(), start=2)}
    | {word[:-1] + "ies": 10 * ten for ten, word in enumerate(_TENS.split(), start=2)}
    | {word[:-1] + "ieth": 10 * ten for ten, word in enumerate(_TENS.split(), start=2)}
    | {"once": 1, "twice": 2, "dozen": 12}
)
_SCALE_WORDS = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


@dataclass(frozen=True, slots=True)
class Number:
    """A digit group as it stands, and every value that its translation may have."""

    text: str
    values: Values


def french_values(text: str) -> list[Number]:
    """Every digit group of a French text. With a scale word (1,5 million, 2 millions et demi) only the scaled value
    counts. An hour (18 h 45, 21 heures) may be given in twelve hours, a
    decade (années 90) with its century.
    """
    numbers: list[Number] = []
    for match in _DIGITS.finditer(text):
        for group, readings in _readings(match.group()):
            values = set(readings)
            rest = text[match.end() :]
            if scale := _FRENCH_SCALE.match(rest):
                factor = _FRENCH_SCALES.get(scale.group(1).removesuffix("s"), _TRILLION)
                half = Fraction(1, 2) if _HALF.match(rest, scale.end()) else 0
                values = {(value + half) * factor for value in readings}
            elif _CLOCK.match(rest):
                values |= {value - _HALF_DAY for value in readings if value > _HALF_DAY}
                values |= {Fraction(_HALF_DAY) for value in readings if value == 0}
            elif _DECADE.search(text, 0, match.start()):
                values |= {value + _CENTURY for value in readings if value < _HUNDRED}
            numbers.append(Number(group, frozenset(values)))
    return numbers


def english_values(text: str) -> list[Values]:
    """Every number of an English text, in digits or words: the value as it stands and, before a scale word, scaled."""
    found: list[Values] = []
    for match in _DIGITS.finditer(text):
        scale = _ENGLISH_SCALE.match(text[match.end() :])
        factor = _ENGLISH_SCALES.get(scale.group(1).lower(), _TRILLION) if scale else 1
        half = Fraction(1, 2) if _ENGLISH_HALF.match(text, match.end() + (scale.end() if scale else 0)) else 0
        for _, readings in _readings(match.group()):
            readings = frozenset(value + half for value in readings)
            found.append(frozenset({*readings, *(value * factor for value in readings)}))
    return found + _word_values(text)


def _readings(digits: str) -> list[tuple[str, Values]]:
    """A run of digits and separators as one number of several readings, or as several numbers (12.06.2012)."""
    parts = re.split(r"[., ]", digits)
    separators = re.findall(r"[., ]", digits)
    readings: set[Fraction] = set()
    if not separators or (_is_grouped(parts, separators) and parts[0] != "0"):
        readings.add(Fraction("".join(parts)))
    if separators and separators[-1] not in {" ", *separators[:-1]} and _is_grouped(parts[:-1], separators[:-1]):
        readings.add(Fraction("".join(parts[:-1]) + "." + parts[-1]))
    if readings:
        return [(digits, frozenset(readings))]
    return [(part, frozenset({Fraction(part)})) for part in parts]


def _is_grouped(parts: list[str], separators: list[str]) -> bool:
    """Whether the parts are one whole number: alone, or groups of three behind one kind of separator."""
    groups = all(len(part) == _THOUSAND_DIGITS for part in parts[1:]) and len(parts[0]) <= _THOUSAND_DIGITS
    return not separators or (groups and len(set(separators)) == 1)


def _word_values(text: str) -> list[Values]:
    """Numbers in words: runs such as "one hundred and twenty-five thousand"."""
    found: list[Values] = []
    total, current, open_run = Fraction(0), Fraction(0), False

    def close() -> None:
        nonlocal total, current, open_run
        if open_run:
            found.append(frozenset({total + current}))
        total, current, open_run = Fraction(0), Fraction(0), False

    end = 0
    for match in _WORDS.finditer(text.lower()):
        word = match.group().removesuffix("s") if match.group().removesuffix("s") in _SCALE_WORDS else match.group()
        if open_run and text[end : match.start()].strip(" -") and word != "and":
            close()
        end = match.end()
        if word in _NUMBER_WORDS:
            value = Fraction(_NUMBER_WORDS[word])
            if current % _HUNDRED and not (current % _HUNDRED >= 20 and value < 10):
                close()
            current, open_run = current + value, True
        elif word in _SCALE_WORDS and (open_run or text[: match.start()].lower().endswith(("a ", "a-"))):
            scale = _SCALE_WORDS[word]
            current = (current or Fraction(1)) * scale
            if scale > _HUNDRED:
                total, current = total + current, Fraction(0)
            open_run = True
        elif word != "and":
            close()
    close()
    return found
