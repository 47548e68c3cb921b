"""What has a fixed shape: addresses, codes, numbers, dates, acronyms, emoji.

One pass of one expression; every alternative begins where its own characters cannot have begun before and repeats
possessively or at most a fixed number of times, so the time is linear in the text, whatever the text.
"""

import re
from collections.abc import Callable, Mapping

from translator.document import Span
from translator.entities.dates import date_forms, french_date, french_time, months, time_form
from translator.entities.folding import plain
from translator.entities.numbers import (
    DIGITS,
    ORDINAL_ENDING,
    ROMAN,
    SCALES_FR,
    SPACE,
    WORDS,
    english_form,
    french_values,
    roman_value,
)

_EXTENSIONS = (
    "pdf|docx?|xlsx?|pptx?|od[tsp]|txt|csv|tsv|json|xml|ya?ml|toml|html?|css|md|py|js|ts|java|rs|go|c|h|cpp|sh|sql|ini|cfg"
    "|conf|log|png|jpe?g|gif|svg|webp|mp[34]|avi|mkv|mov|wav|flac|zip|tar|gz|bz2|xz|7z|rar|exe|dll|so|deb|rpm|iso|apk|dmg"
)
_DOMAINS = "com|org|net|fr|eu|int|gov|edu|info|io|be|ch|ca|lu|uk|de|es|it|nl|us|ru|cn|jp|tv|co|me|dev|app|ai"
_UNITS: Mapping[str, str] = {
    unit: unit
    for unit in [
        "km²",
        "km2",
        "m²",
        "m2",
        "cm²",
        "cm2",
        "m³",
        "m3",
        "km/h",
        "m/s",
        "km",
        "cm",
        "mm",
        "µm",
        "nm",
        "kg",
        "mg",
        "µg",
        "g",
        "ml",
        "cl",
        "dl",
        "kWh",
        "MWh",
        "GWh",
        "TWh",
        "kW",
        "MW",
        "GW",
        "kHz",
        "MHz",
        "GHz",
        "Hz",
        "°C",
        "°F",
        "hPa",
        "dB",
        "ha",
        "min",
        "ms",
        "Mbit/s",
        "Gbit/s",
        "kbit/s",
        "mAh",
        "Wh",
    ]
} | {"Go": "GB", "Mo": "MB", "Ko": "KB", "ko": "kB", "To": "TB", "m": "m", "s": "s", "l": "l", "L": "L", "t": "t"}
CURRENCIES: Mapping[str, tuple[str, ...]] = {
    "€": ("€", "EUR", "euro"),
    "EUR": ("€", "EUR", "euro"),
    "$": ("$", "US$", "USD", "dollar", "C$", "CA$"),
    "$US": ("$", "US$", "USD", "dollar"),
    "US$": ("$", "US$", "USD", "dollar"),
    "USD": ("$", "US$", "USD", "dollar"),
    "$CA": ("C$", "CA$", "$", "CAD", "dollar"),
    "CAD": ("C$", "CA$", "$", "CAD", "dollar"),
    "£": ("£", "GBP", "pound", "sterling"),
    "GBP": ("£", "GBP", "pound", "sterling"),
    "¥": ("¥", "JPY", "yen", "yuan"),
    "JPY": ("¥", "JPY", "yen"),
    "CHF": ("CHF", "Swiss franc"),
    "F": ("F", "FRF", "franc"),
}
"""Currency marks of a French text, each with what may stand for it in English."""

_EMOJI = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|[\u2600-\u27bf\u2b05-\u2b55\u231a-\u23ff\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*+"
    "(?:\u200d[\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*+){0,8})"
)
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_CURRENCY = "|".join(re.escape(mark) for mark in sorted(CURRENCIES, key=len, reverse=True))
_SCALE = rf"(?:{'|'.join(sorted(SCALES_FR, key=len, reverse=True))})(?!\w)"

# The order is the priority among those that begin at one place.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("CODE_SPAN", r"`[^`\n]{1,200}`"),
    ("URL", r"(?<![\w@/])(?:https?|ftps?|sftp|ssh|file|mailto|tel)://?[^\s<>\"«»“”]{1,2000}"),
    (
        "URL_BARE",
        rf"(?<![\w@./-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,6}}(?:{_DOMAINS})(?![\w-])(?:[/?#:][^\s<>\"«»“”]{{0,2000}})?",
    ),
    ("EMAIL", r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}(?!\w)"),
    ("UUID", r"(?<!\w)[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?!\w)"),
    ("DOI", r"(?<!\w)10\.\d{4,9}/[^\s\"<>«»]{1,200}"),
    ("HANDLE", r"(?<![\w@./])@[A-Za-z_]\w{0,49}(?!\w)"),
    ("HASHTAG", r"(?<![\w&#/])#(?=\d{0,50}[^\W\d])\w{1,140}(?!\w)"),
    (
        "CODE_SHAPE",
        r"\{\{[^{}\n]{1,80}\}\}|\$\{[^{}\n]{1,80}\}|%\(\w{1,40}\)[sdif]|(?<!\w)--[a-z][\w-]{1,40}"
        r"|(?<![\w$])\$[A-Z_]{2,40}(?!\w)|(?<![\w.])[A-Za-z]\w{0,60}(?:\.\w{1,60}){0,4}\(\)"
        r"|(?<!\w)(?=[^\W_]{0,60}_)[A-Za-z]\w{1,120}(?!\w)",
    ),
    (
        "FILE",
        rf"(?<![\w./\\~-])(?:[A-Za-z]:\\|~?/|\.{{1,2}}/)?(?:[\w.@-]{{1,80}}[/\\]){{0,12}}[\w@-]{{1,80}}(?:\.[\w-]{{1,20}}){{0,3}}\.(?:{_EXTENSIONS})(?![\w])"
        r"|(?<![\w./~-])(?:~|\.{1,2})?(?:/[\w.-]{1,80}){2,12}(?![\w])",
    ),
    ("IBAN", r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)"),
    (
        "ISBN",
        r"(?<![\w-])(?<=ISBN )[\d][\d -]{8,16}[\dX](?!\w)|(?<![\w-])97[89][- ]?\d(?:[- ]?\d){8}[- ]?[\dX](?![\w-])",
    ),
    (
        "PHONE",
        r"(?<![\w+])(?:\+\d{1,3}|00\d{2})(?:[ .\-]?\(?\d{1,4}\)?){2,6}(?![\w])"
        r"|(?<![\w+.,])0[1-9](?:([ .-]?)\d{2})(?:\1\d{2}){3}(?![\w])",
    ),
    (
        "DATE_NUMERIC",
        r"(?<![\w/.-])(?:\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2})(?![\w/]|-\d)",
    ),
    (
        "VERSION",
        r"(?<![\w.])v?\d{1,5}(?:\.\d{1,5}){2,6}(?![\w.]?\d)(?<!\.\d\d\d\.\d\d\d)|(?<![\w.])v\d{1,4}(?:\.\d{1,4})?(?!\w)",
    ),
    (
        "ALWAYS",
        rf"(?<!\w)24{SPACE}?h(?:eures)?(?:/| sur )24(?!\w)|(?<!\w)7{SPACE}?j(?:ours)?(?:/| sur )7(?!\w)|(?<!\w)[247]{{1,2}}/[247]{{1,2}}(?!\w)",
    ),
    (
        "LAW",
        r"(?<!\w)\d{2,4}/\d{1,4}/(?:CEE?|UE|Euratom)(?!\w)|(?<!\w)[LRDAC]\.?[ \u00a0]?\d{1,4}(?:[-/.]\d{1,5}){1,4}(?!\w)",
    ),
    (
        "LAW_NUMBER",
        r"(?<=n° )\d{2,4}[-/]\d{1,6}(?!\w)|(?<=n°)\d{2,4}[-/]\d{1,6}(?!\w)|(?<=article )\d{1,4}(?:-\d{1,4}){1,3}(?!\w)",
    ),
    ("DATE", "{date}"),
    ("DECADE", r"(?<!\w)années[ \u00a0](?:\d0|\d{3}0)(?!\w)"),
    (
        "TIME",
        rf"(?<![\w,.])(?:[01]?\d|2[0-4]){SPACE}?(?:h(?:{SPACE}?[0-5]\d)?|H(?:[0-5]\d)|heures?{SPACE}[0-5]\d|:[0-5]\d)(?![\w:/])"
        rf"|(?<![\w,.])(?:[01]?\d|2[0-4]){SPACE}heures?(?!\w)",
    ),
    ("ORDINAL", rf"(?<![\w-])(?:\d{{1,4}}{ORDINAL_ENDING}|(?!Le\b){ROMAN}(?:e|er|ère|re|ème|ᵉ|ᵉʳ))(?!\w)"),
    (
        "NUMBER",
        rf"(?<![\w])(?:(?:[$€£¥])[ \u00a0\u202f]?)?{DIGITS}"
        rf"(?:{SPACE}?(?P<percent>%|‰)|{SPACE}(?P<words>pour{SPACE}cent)(?!\w)"
        rf"|{SPACE}?(?P<scale>{_SCALE})|{SPACE}?(?P<short>Mrds?|Mds?|M|k)?{SPACE}?(?P<currency>{_CURRENCY})(?!\w)"
        rf"|{SPACE}?(?P<unit>{_UNIT})(?![\w/])|(?![^\W_]))(?P<end>)",
    ),
    (
        "ALPHANUMERIC",
        r"(?<![\w])(?=[^\W_]{0,24}\d|[^\W\d_]{1,24}[-/][^\W_]{0,24}\d)[^\W_]{1,40}(?:[-/.][^\W_]{1,24}){0,5}(?!\w)",
    ),
    (
        "ACRONYM",
        rf"(?<![\w.])(?:(?:[{_CAPITAL}]\.){{2,8}}(?:[{_CAPITAL}](?!\w))?|[{_CAPITAL}]{{2,24}}(?:[-&/][{_CAPITAL}0-9]{{1,24}}){{0,4}}(?!\w))",
    ),
    ("SPELLED", rf"(?<![\w-])(?i:{WORDS})(?![\w-])"),
    ("EMOJI", _EMOJI),
)
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
_CLOCK_BEFORE = re.compile(rf"(?:à|dès|vers|avant|après|jusqu'à|depuis|entre|et|de){SPACE}$", re.IGNORECASE)
_MOSTLY_CAPITALS = 0.6
_LEAST_SPELLED = 20
"""A single number word below this is an article, an adjective or an idiom as often as a number."""


class Patterns:
    """Finds the spans of one segment; holds only the compiled expression."""

    def __init__(self) -> None:
        month = months().french
        day = r"(?:1er|[12]?\d|3[01])(?:er)?"
        date = (
            rf"(?<![\w,.])(?:{day}[ \u00a0-](?i:{month})(?:[ \u00a0-](?:1\d|20)\d\d)?"
            rf"|(?<!\w)(?i:{month})[ \u00a0](?:1\d|20)\d\d)(?!\w)"
        )
        self._expression = re.compile(
            "|".join(f"(?P<{name}>{date if shape == '{date}' else shape})" for name, shape in _SHAPES)
            .replace(r"\1", r"(?P=gap)")
            .replace("([ .-]?)", "(?P<gap>[ .-]?)")
        )
        self._makers: Mapping[str, Callable[[str, re.Match[str]], Span | None]] = {
            "URL": _address,
            "URL_BARE": _address,
            "DOI": _address,
            "IBAN": _iban,
            "DATE_NUMERIC": _date,
            "DATE": _date,
            "DECADE": _decade,
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
            shape = match.lastgroup if match.lastgroup not in ("gap", "end") else None
            name = shape or ("NUMBER" if match["NUMBER"] else "PHONE")
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
    years = match.group()[-4:].strip().strip("s")
    digits = years if years.isdigit() and len(years) == len("1980") else match.group()[-2:]
    short = f"{digits[-2:]}s"
    full = (f"{digits}s",) if len(digits) > 2 else (f"19{digits}s",)
    tens = dict(
        zip(
            range(20, 100, 10),
            ["twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"],
            strict=True,
        )
    )
    spelled = tens.get(int(digits[-2:]))
    return _span(
        match.start(),
        match.end(),
        "DATE",
        (*full, short, f"'{short}", *((spelled,) if spelled else ()), f"{full[0][:-1]}'s"),
    )


def _time(text: str, match: re.Match[str]) -> Span | None:
    mention = match.group()
    minutes = french_time(mention)
    if minutes is None:
        return None
    after_preposition = _CLOCK_BEFORE.search(text, max(0, match.start() - 10), match.start()) is not None
    hours = mention.split("h")[0].strip()
    if not after_preposition and (mention.endswith(("h", "heures", "heure"))):
        return _span(match.start(), match.end(), "TIME", (f"{hours} hours" if hours != "1" else "1 hour",))
    return _span(match.start(), match.end(), "TIME", (time_form(minutes),))


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
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    first = (f"{value}{ending}",)
    named = text[: match.start()].rstrip().rpartition(" ")[2]
    if roman and roman.group() and named[:1].isupper():
        return _span(match.start(), match.end(), "NUMBER", (roman.group(), *first))
    return _span(match.start(), match.end(), "NUMBER", first)


def _number(_text: str, match: re.Match[str]) -> Span:
    mention = match.group()
    prefix = mention[0] if mention[0] in "$€£¥" else ""
    digits = re.search(DIGITS, mention)
    assert digits is not None
    value = english_form(digits.group(), match["scale"] or match["short"] or "")
    start, end = match.span()
    if match["percent"] or match["words"]:
        return _span(start, end, "PERCENT", (f"{value}{match['percent'] or '%'}",))
    if match["unit"]:
        return _span(start, end, "QUANTITY", (f"{value} {_UNITS[match['unit']]}",))
    currency = match["currency"] or prefix
    if currency:
        sign = CURRENCIES[currency][0]
        return _span(start, end, "MONEY", (f"{sign}{' ' if sign[-1].isalpha() else ''}{value}",))
    return _span(start, end, "NUMBER", (value,))


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
    if not any(map(str.isdigit, code)):
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
    return _span(match.start(), match.end(), "NUMBER", (english_form(f"{int(values[0])}"),))
