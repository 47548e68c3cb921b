"""What has a fixed shape: addresses, codes, numbers, dates, acronyms, emoji; found in one pass of one expression."""

import re
from collections.abc import Callable, Mapping

from translator.document import Span
from translator.entities.dates import MINUTES_PER_HOUR, date_forms, french_date, french_time, time_form
from translator.entities.folding import plain
from translator.entities.number_words import DECADES_EN
from translator.entities.numbers import (
    DIGITS,
    ORDINAL_ENDING,
    ROMAN,
    SPACE,
    english_form,
    french_values,
    ordinal_ending,
    roman_value,
)
from translator.entities.shapes import CURRENCIES, CURRENCY_WORDS, UNITS, expression

_VERBATIM = {
    "CODE_SPAN": "CODE",
    "CODE_SHAPE": "CODE",
    "VERSION": "CODE",
    "UUID": "UUID",
    "EMAIL": "EMAIL",
    "HANDLE": "HANDLE",
    "HASHTAG": "HASHTAG",
    "FILE": "FILE",
    "PHONE": "PHONE",
    "ISBN": "ISBN",
    "EMOJI": "EMOJI",
    "LAW_NUMBER": "LAW",
}
_CLOCK_BEFORE = re.compile(
    rf"(?<!\w)(?:à|dès|vers|avant|jusqu'à|il est|à partir de|à compter de){SPACE}$", re.IGNORECASE
)
_CLOCK_OR_DURATION_BEFORE = re.compile(rf"(?<!\w)(?:après|depuis|entre|et|de|minuit){SPACE}$", re.IGNORECASE)
_MEASURED_BEFORE = re.compile(
    rf"(?<!\w)(?:(?:plus|moins|près|lors|délai|durée|journée|semaine) de|pendant|durant|toutes les|en|environ){SPACE}$",
    re.IGNORECASE,
)
_DURATION_AFTER = re.compile(
    rf"{SPACE}(?:de{SPACE}(?!l[ae]\b|l')[a-zà-ÿ]|d'|par{SPACE}|plus{SPACE}tard|avant{SPACE}l|après{SPACE}l)"
)
_RANGE_AFTER = re.compile(rf"{SPACE}(?:à|et|jusqu'à){SPACE}\d")
_GLUED = re.compile(r"(\d{1,9})(?:ans?|mois|jours?|euros?|dollars?|heures?|minutes?|millions?|milliards?|personnes?)")
_MOSTLY_CAPITALS = 0.6
_LEAST_SPELLED = 20
"""A single number word below this is an article, an adjective or an idiom as often as a number."""


class Patterns:
    """Finds the spans of one segment; holds only the compiled expression."""

    def __init__(self) -> None:
        self._expression = expression()
        self._makers: Mapping[str, Callable[[str, re.Match[str]], Span | None]] = {
            "URL": _address,
            "URL_BARE": _address,
            "DOI": _address,
            "IBAN": _iban,
            "DATE_NUMERIC": _date,
            "DATE": _date,
            "DECADE": _decade,
            "SECOND_DECADE": _decade,
            "PAIR": _pair,
            "TIME": _time,
            "LAW": _law,
            "ORDINAL": _ordinal,
            "NUMBER": _number,
            "ALPHANUMERIC": _alphanumeric,
            "ACRONYM": _acronym,
            "SPELLED": _spelled,
        }

    def find(self, segment: str) -> list[Span]:
        """Spans of `segment`, in order, without overlaps."""
        text = plain(segment)
        shouting = is_shouting(text)
        found: list[Span] = []
        for match in self._expression.finditer(text):
            name = str(match.lastgroup)
            if name in _VERBATIM:
                found.append(_span(match.start(), match.end(), _VERBATIM[name]))
                continue
            if name == "ACRONYM" and shouting:
                continue
            maker = self._makers.get(name)
            span = maker(text, match) if maker else None
            if span is not None:
                found.append(span)
        return found


def is_shouting(text: str) -> bool:
    """Whether a text of several words is in capitals, which then say nothing about its words."""
    letters = [character for character in text if character.isalpha()]
    return " " in text.strip() and sum(map(str.isupper, letters)) > _MOSTLY_CAPITALS * len(letters)


def _span(start: int, end: int, label: str, targets: tuple[str, ...] = ()) -> Span:
    return Span(start, end, "entity", label, targets)


def _address(_text: str, match: re.Match[str]) -> Span | None:
    """The address without the punctuation of the sentence; a closing bracket stays where one was opened."""
    value = match.group()
    while value and (
        value[-1] in ".,;:!?'\"*_…"
        or (
            value[-1] in ")]"
            and value.count(value[-1]) > value.count("([") + value.count("(" if value[-1] == ")" else "[")
        )
    ):
        value = value[:-1]
    label = "DOI" if match["DOI"] else "URL"
    return _span(match.start(), match.start() + len(value), label) if value else None


def _iban(_text: str, match: re.Match[str]) -> Span | None:
    bare = match.group().replace(" ", "")
    rearranged = bare[4:] + bare[:4]
    valid = int("".join(str(int(character, 36)) for character in rearranged)) % 97 == 1
    return _span(match.start(), match.end(), "IBAN") if valid else None


def _date(_text: str, match: re.Match[str]) -> Span | None:
    date = french_date(match.group())
    if date is None:
        return _span(match.start(), match.end(), "CODE")
    forms = date_forms(date)
    if match["DATE_NUMERIC"]:
        forms = (match.group(), *forms)
    return _span(match.start(), match.end(), "DATE", forms)


def _decade(_text: str, match: re.Match[str]) -> Span:
    """« les années 80 » is "the 80s", "the 1980s", "the '80s" or "the eighties"; the first fits any century."""
    years = match.group().split()[-1]
    if not years.isdigit():
        years = f"{int(french_values(years)[0][0])}"
    full = years if len(years) > 2 else f"19{years}"
    tens = int(full[-2:]) // 10
    spelled = DECADES_EN[tens - 2 : tens - 1] if tens >= 2 else ()
    short = full[-2:]
    forms = (f"{years}s", f"{full}s", f"{full}'s", f"{short}s", f"'{short}s", f"{short}'s", *spelled)
    return _span(match.start(), match.end(), "DATE", tuple(dict.fromkeys(forms)))


def _pair(_text: str, match: re.Match[str]) -> Span:
    """« 3-2 », « 2012-2013 »: two numbers that stay beside each other."""
    first, last = match.group().split("-")
    return _span(match.start(), match.end(), "PAIR", (match.group(), f"{first} to {last}"))


def _time(text: str, match: re.Match[str]) -> Span | None:
    mention = match.group()
    minutes = french_time(mention)
    if minutes is None:
        return None
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    if _is_clock(text, match, exact=rest > 0 or ":" in mention):
        return _span(match.start(), match.end(), "TIME", (time_form(minutes),))
    form = f"{hours} hour" if hours == 1 else f"{hours} hours"
    return _span(match.start(), match.end(), "TIME", (f"{form} {rest} minutes" if rest else form,))


def _is_clock(text: str, match: re.Match[str], *, exact: bool) -> bool:
    """Whether hours are a time of day, « à 9 heures », not a duration, « plus de 9 heures », as far as words tell."""
    before = max(0, match.start() - 16), match.start()
    if _MEASURED_BEFORE.search(text, *before) or _DURATION_AFTER.match(text, match.end()):
        return False
    if exact or _CLOCK_BEFORE.search(text, *before):
        return True
    within = _RANGE_AFTER.match(text, match.end()) or re.search(
        r"\d ?(?:h|heures)? (?:et|à) $", text[before[0] : before[1]]
    )
    return bool(_CLOCK_OR_DURATION_BEFORE.search(text, *before)) and within is not None


def _law(_text: str, match: re.Match[str]) -> Span:
    """« 95/46/CE » is "95/46/EC"."""
    value = match.group()
    for french, english in (("/CEE", "/EEC"), ("/CE", "/EC"), ("/UE", "/EU")):
        if value.endswith(french):
            return _span(match.start(), match.end(), "LAW", (value[: -len(french)] + english,))
    return _span(match.start(), match.end(), "LAW")


def _ordinal(text: str, match: re.Match[str]) -> Span | None:
    values, _ = french_values(match.group())
    roman = re.match(ROMAN, match.group())
    if not values:
        return None
    value = int(values[0])
    if value == 0 or (roman and roman.group() and roman_value(roman.group()) is None):
        return None
    first = (f"{value}{ordinal_ending(value)}",)
    named = text[: match.start()].rstrip().rpartition(" ")[2]
    if roman and match.group().endswith("er") and named[:1].isupper():
        return _span(match.start(), match.end(), "NUMBER", (roman.group(), *first))
    return _span(match.start(), match.end(), "NUMBER", first)


def _number(_text: str, match: re.Match[str]) -> Span:
    mention = match.group()
    minus = "-" if mention[0] == "-" else ""
    prefix = mention[len(minus)] if mention[len(minus)] in "$€£¥" else ""
    digits = re.search(DIGITS, mention)
    assert digits is not None
    scale = match["scale"] or match["short"] or ""
    value = english_form(f"{digits.group()},5" if match["half"] else digits.group(), scale)
    start, end = match.span()
    if match["percent"] or match["words"]:
        return _span(start, end, "PERCENT", (f"{minus}{value}{match['percent'] or '%'}",))
    if match["unit"]:
        return _span(start, end, "QUANTITY", (f"{minus}{value} {UNITS[match['unit']]}",))
    word = match["currency_word"] or match["scaled_word"]
    if word and not prefix:
        written = next(written for stem, (written, _) in CURRENCY_WORDS.items() if word.startswith(stem))
        form = f"{value}{written}" if written[0] == " " else f"{written}{value}"
        return _span(start, end, "MONEY", (minus + form,))
    currency = match["currency"] or prefix
    if currency:
        sign = CURRENCIES[currency][0]
        return _span(start, end, "MONEY", (f"{minus}{sign}{' ' if sign[-1].isalpha() else ''}{value}",))
    return _span(start, end, "NUMBER", (minus + value,))


def _alphanumeric(text: str, match: re.Match[str]) -> Span | None:
    """Codes such as « A320neo »; French words around a hyphen are left to the translation."""
    value = match.group()
    start = match.start()
    parts = list(re.finditer(r"[^\W_]+", value))
    while parts and _is_word(parts[-1].group()):
        parts.pop()
    while parts and _is_word(parts[0].group()):
        parts.pop(0)
    if not parts or any(_is_word(part.group()) for part in parts):
        return None
    start, end = start + parts[0].start(), start + parts[-1].end()
    code = text[start:end]
    if glued := _GLUED.fullmatch(code):
        # « 26ans » lacks its space.
        return _span(start, start + len(glued[1]), "NUMBER")
    if not any(map(str.isdigit, code)) or re.fullmatch(rf"\d+{ORDINAL_ENDING}", code):
        return None
    if any(map(str.isalpha, code)):
        return _span(start, end, "CODE")
    return _span(start, end, "NUMBER") if code.isdigit() else None


def _is_word(part: str) -> bool:
    return part.isalpha() and part.islower() and len(part) > 1


def _acronym(_text: str, match: re.Match[str]) -> Span | None:
    value = match.group()
    if roman_value(value) is not None:
        return _span(match.start(), match.end(), "NUMBER", (value,))
    return _span(match.start(), match.end(), "ACRONYM")


def _spelled(_text: str, match: re.Match[str]) -> Span | None:
    """« deux cents » is demanded, « deux », « cent » and « un » are not: "both", "a hundred times", "the one"."""
    mention = match.group()
    values, _ = french_values(mention)
    single = re.fullmatch(r"(?i:cents?|mille|millions?|milliards?|billions?|une?)", mention)
    if not values or values[0] < _LEAST_SPELLED or single:
        return None
    return _span(match.start(), match.end(), "NUMBER", (f"{int(values[0]):,}",))
