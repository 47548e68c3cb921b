"""Units, currencies and percent signs: what of them may stand beside a number in an English text.

A number whose measure is gone says something else, so that the measure belongs to the number's accepted forms.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from translator.entities.shapes import CURRENCIES, CURRENCY_WORDS, UNITS

_PREFIXES = {"k": "kilo", "c": "centi", "d": "deci", "m": "milli", "µ": "micro", "n": "nano", "h": "hecto"} | {
    "M": "mega",
    "G": "giga",
    "T": "tera",
    "K": "kilo",
}
_BASES = {
    "m": "met(?:er|re)s?",
    "g": "gram(?:me)?s?",
    "l": "lit(?:er|re)s?",
    "W": "watts?",
    "Wh": "watt[ -]?hours?",
    "Ah": "amp(?:ere)?[ -]?hours?",
    "Hz": "hertz",
    "Pa": "pascals?",
    "B": "bytes?",
    "bit/s": "bits? per second",
}
_OWN_WORDS = {
    "km/h": "kilomet(?:er|re)s?(?: per | an |[ -])hour|k[mp]h",
    "m/s": "met(?:er|re)s?(?: per | a )second",
    "ha": "hectares?",
    "t": "(?:metric )?ton(?:ne)?s?",
    "min": "minutes?",
    "ms": "milliseconds?",
    "s": "seconds?",
    "dB": "decibels?",
    "°C": "°|degrees?|celsius|centigrade",
    "°F": "°|degrees?|fahrenheit",
}
_PERCENT = re.compile(r"[%‰]|(?<!\w)(?:per ?cent(?:age)?|pct)(?!\w)|per-cent", re.IGNORECASE)
_HOURS = re.compile(
    r"[ap]\.? ?m\b|(?<![^\W\d])(?:h|hrs?|hours?|o'clock)\b|-hours?\b|in the (?:morning|afternoon|evening)|at night",
    re.IGNORECASE,
)
_SIGN = re.compile(r"[A-Z]{0,3}[$€£¥]")
_REACH = len("0 to 30 thousand Canadian dollars")
"""Characters after a number in which its measure may stand, as in "between 3 and 5 million euros"."""

_BEFORE = len("US$ ")
_CLAUSE_END = re.compile(r"[.;:!?](?:\s|$)|\n")


def has_measure(label: str, mention: str, text: str, start: int, end: int) -> bool:
    """Whether the number at ``text[start:end]`` (folded) has the measure that the French `mention` names.

    True for a mention that names none; False where the sign of another currency is a part of the number.
    """
    expression = _expression(label, mention)
    if expression is None:
        return True
    if label == "MONEY" and any(sign not in currency_marks(mention) for sign in _SIGN.findall(text[start:end])):
        return False
    clause = _CLAUSE_END.search(text, end, end + _REACH)
    stop = clause.start() if clause else min(len(text), end + _REACH)
    return expression.search(text, max(0, start - _BEFORE), stop) is not None


def currency_marks(mention: str) -> tuple[str, ...]:
    """What may stand in English for the currency of a French mention; empty where it names none."""
    for mark in sorted(CURRENCIES, key=len, reverse=True):
        if mark in mention:
            return CURRENCIES[mark]
    for word, (_, marks) in CURRENCY_WORDS.items():
        if word in mention:
            return marks
    return ()


@lru_cache(1024)
def _expression(label: str, mention: str) -> re.Pattern[str] | None:
    if label == "PERCENT":
        return _PERCENT
    if label == "TIME":
        return _HOURS
    if label == "MONEY":
        marks = currency_marks(mention)
        return re.compile("|".join(map(_mark, marks)), re.IGNORECASE) if marks else None
    unit = next((unit for unit in sorted(UNITS, key=len, reverse=True) if mention.endswith(unit)), None)
    if label != "QUANTITY" or unit is None:
        return None
    words = "|".join(_words(UNITS[unit]))
    return re.compile(rf"(?<![^\W\d_])(?:{re.escape(UNITS[unit])}(?!\w)|(?i:{words})(?!\w))")


def _mark(mark: str) -> str:
    return (
        rf"(?<!\w){re.escape(mark)}(?:e?s)?(?!\w)|(?<=\d){re.escape(mark)}(?!\w)"
        if mark[-1].isalpha()
        else re.escape(mark)
    )


def _words(unit: str) -> Iterator[str]:
    """Expressions for a unit in words; those of a square or a cube say so."""
    if unit in _OWN_WORDS:
        yield _OWN_WORDS[unit]
        return
    power = {"²": "square|sq", "2": "square|sq", "³": "cubic|cu", "3": "cubic|cu"}.get(unit[-1])
    symbol = unit[:-1] if power else unit
    if power:
        yield rf"{re.escape(symbol)}[23²³]"
    for prefix, spelled in {"": "", **_PREFIXES}.items():
        base = _BASES.get(symbol.removeprefix(prefix)) if symbol.startswith(prefix) else None
        if base:
            words = spelled + base
            yield rf"(?:{power})\.?[ -]{words}" if power else words
