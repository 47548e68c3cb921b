"""The shapes of entities as expressions, in order of priority among those that begin at one place.

Every shape begins where its own characters cannot have begun before and repeats possessively or at most a fixed number
of times, so that the time is linear in the text, whatever the text.
"""

import re
from collections.abc import Mapping

from translator.entities.dates import months
from translator.entities.number_words import LARGE_FR, SCALES_FR, SMALL_FR
from translator.entities.numbers import DIGITS, ORDINAL_ENDING, ROMAN, SPACE, WORDS

_EXTENSIONS = (
    "pdf|docx?|xlsx?|pptx?|od[tsp]|txt|csv|tsv|json|xml|ya?ml|toml|html?|css|md|py|js|ts|java|rs|go|c|h|cpp|sh|sql|ini|cfg"
    "|conf|log|png|jpe?g|gif|svg|webp|mp[34]|avi|mkv|mov|wav|flac|zip|tar|gz|bz2|xz|7z|rar|exe|dll|so|deb|rpm|iso|apk|dmg"
)
_DOMAINS = (
    "com|org|net|fr|eu|int|gov|edu|info|io|be|ch|ca|lu|uk|de|es|it|nl|us|ru|cn|jp|tv|co|me|dev|app|ai"
    "|at|au|br|cz|dk|dz|fi|gr|hr|hu|ie|ma|mx|pl|pt|ro|sk|sn|tn|tr|ua"
)
UNITS: Mapping[str, str] = {
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
    "$ US": ("$", "US$", "USD", "dollar"),
    "US$": ("$", "US$", "USD", "dollar"),
    "USD": ("$", "US$", "USD", "dollar"),
    "$CA": ("C$", "CA$", "$", "CAD", "dollar"),
    "$ CA": ("C$", "CA$", "$", "CAD", "dollar"),
    "CAD": ("C$", "CA$", "$", "CAD", "dollar"),
    "£": ("£", "GBP", "pound", "sterling"),
    "GBP": ("£", "GBP", "pound", "sterling"),
    "¥": ("¥", "JPY", "yen", "yuan"),
    "JPY": ("¥", "JPY", "yen"),
    "CHF": ("CHF", "Swiss franc"),
    "F": ("F", "FRF", "franc"),
}
"""Currency marks of a French text, each with what may stand for it in English."""

CURRENCY_WORDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "euro": ("€", CURRENCIES["€"]),
    "dollar": ("$", (*CURRENCIES["$"], "CAD", "A$", "AUD")),
    "livre": ("£", CURRENCIES["£"]),
    "yen": (" yen", CURRENCIES["JPY"]),
    "yuan": (" yuan", ("yuan", "renminbi", "RMB", "CNY", "¥")),
    "rouble": (" roubles", ("rouble", "ruble", "RUB", "₽")),
}
"""Currencies in words (beginning of the French word): what is written with a number, and what may stand in English."""

_CURRENCY_WORD = (
    "(?:euros?|dollars?|livres?[ \u00a0]sterling|yens?|yuans?|roubles?)(?![\\w-])"
    "(?![ \u00a0](?:\\w+(?:iens?|ains?|ais|ques?|CFA|suisses?)|US|CFA|suisses?|belges?)(?!\\w))"
)
"""Not with an adjective: whose dollars they are is left to the translation."""

_EMOJI = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|[\u2600-\u27bf\u2b05-\u2b55\u231a-\u23ff\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]*+"
    "(?:\u200d[\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*+){0,8}){1,16}+"
)
_MINUS = r"(?<![)\]%°€$£¥.,/:'-])(?<!\d )-(?=[$€£¥]?\d)"
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_CURRENCY = "|".join(re.escape(mark) for mark in sorted(CURRENCIES, key=len, reverse=True))
_UNCOUNTED = r"(?<!\d[ \u00a0])" + "".join(
    rf"(?<!{word}[ \u00a0])" for word in (*SMALL_FR, *LARGE_FR, "plusieurs", "quelques")
)
"""« dans deux années 20 magasins » names no decade."""

_DECADES = "vingt|trente|quarante|cinquante|soixante(?:-dix)?|quatre-vingts?(?:-dix)?"
_SCALE = rf"(?:{'|'.join(sorted(SCALES_FR, key=len, reverse=True))})(?!\w)"

SHAPES: tuple[tuple[str, str], ...] = (
    ("CODE_SPAN", r"`[^`\n]{1,200}`"),
    ("URL", r"(?<![\w@/])(?:https?|ftps?|sftp|ssh|file|mailto|tel)://?[^\s<>\"«»“”]{1,2000}"),
    (
        "URL_BARE",
        rf"(?<![\w@./-])(?:(?:[^\W_]|-){{1,63}}\.){{1,6}}(?:{_DOMAINS})(?![\w-])(?:[/?#:][^\s<>\"«»“”]{{0,2000}})?",
    ),
    ("EMAIL", r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}(?!\w)"),
    ("UUID", r"(?<!\w)[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?!\w)"),
    ("DOI", r"(?<!\w)10\.\d{4,9}/[^\s\"<>«»]{1,200}"),
    ("HANDLE", r"(?<![\w@./])@[A-Za-z_]\w{0,49}(?!\w)"),
    ("HASHTAG", r"(?<![\w&#/])#(?=\d{0,50}[^\W\d])\w{1,140}(?!\w)"),
    (
        "FILE",
        (
            rf"(?<![\w./\\~-])(?:[A-Za-z]:\\|~?/|\.{{1,2}}/)?(?:[\w.@-]{{1,80}}[/\\]){{0,12}}[\w@-]{{1,80}}(?:\.[\w-]{{1,20}}){{0,3}}\.(?:{_EXTENSIONS})(?![\w])"
            r"|(?<![\w./~-])(?:~|\.{1,2})?(?:/[\w.-]{1,80}){2,12}(?![\w])"
        ),
    ),
    (
        "CODE_SHAPE",
        (
            r"\{\{[^{}\n]{1,80}\}\}|\$\{[^{}\n]{1,80}\}|%\(\w{1,40}\)[sdif]|(?<!\w)--[a-z][\w-]{1,40}"
            r"|(?<![\w$])\$[A-Z_]{2,40}(?!\w)|(?<![\w.])[A-Za-z]\w{0,60}(?:\.\w{1,60}){0,4}\(\)"
            r"|(?<!\w)(?=[^\W_]{0,60}_)[A-Za-z]\w{1,120}(?!\w)"
            r"|(?<![\w-])[a-z][a-z0-9]{0,30}(?:-[a-z0-9]{1,30}){1,6}(?= --?[a-z])"
            r"|(?<![\w/.,-])\d{1,24}[/-][A-Z]{2,12}(?![\w/-])|(?<![\w:.,])\d{3,6}:\d{4}(?![\w:.,]?\d)"
        ),
    ),
    ("IBAN", r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)"),
    (
        "ISBN",
        r"(?<![\w-])(?<=ISBN )[\d][\d -]{8,16}[\dX](?!\w)|(?<![\w-])97[89][- ]?\d(?:[- ]?\d){8}[- ]?[\dX](?![\w-])",
    ),
    (
        "PHONE",
        (
            r"(?<![\w+])(?:\+\d{1,3}|00\d{2})(?:[ .\-]?\(?\d{1,4}\)?){2,6}(?![\w])"
            r"|(?<![\w+.,])0[1-9](?P<gap>[ .-]?)\d{2}(?:(?P=gap)\d{2}){3}(?![\w])"
        ),
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
        rf"(?<!\w)(?:24{SPACE}?h(?:eures)?(?:/| sur )24|7{SPACE}?j(?:ours)?(?:/| sur )7|24/7|7/7)(?!\w)",
    ),
    (
        "LAW",
        r"(?<!\w)\d{2,4}/\d{1,4}/(?:CEE?|UE)(?!\w)|(?<!\w)[LRDAC]\.?[ \u00a0]?\d{1,4}(?:[-/.]\d{1,5}){1,4}(?!\w)",
    ),
    (
        "LAW_NUMBER",
        r"(?<=n° )\d{2,4}[-/]\d{1,6}(?!\w)|(?<=n°)\d{2,4}[-/]\d{1,6}(?!\w)|(?<=article )\d{1,4}(?:-\d{1,4}){1,3}(?!\w)",
    ),
    ("DATE", "{date}"),
    ("PAIR", r"(?<![\w/.,-])\d{1,4}-\d{1,4}(?![\w/%$€£-]|[.,]\d)"),
    ("DECADE", rf"(?<!\w){_UNCOUNTED}années[ \u00a0](?:\d0|\d{{3}}0|{_DECADES})(?!\w)(?! à \d{{3}}[1-9])"),
    (
        "SECOND_DECADE",
        r"(?:(?<=années[ \u00a0]\d0 et )|(?<=années[ \u00a0]\d{3}0 et ))(?:\d0|\d{3}0)(?!\w|[.,]\d)",
    ),
    (
        "TIME",
        (
            rf"(?<![\w,.])(?:[01]?\d|2[0-4]){SPACE}?"
            rf"(?:h(?:{SPACE}?[0-5]\d)?|H(?:[0-5]\d)|heures?{SPACE}[0-5]\d|:[0-5]\d)(?![\w:/])"
            rf"|(?<![\w,.])(?:[01]?\d|2[0-4]){SPACE}heures?(?!\w)"
        ),
    ),
    (
        "ORDINAL",
        rf"(?<![\w-])(?:\d{{1,4}}{ORDINAL_ENDING}(?! de finale)|(?!Le\b){ROMAN}(?:e|er|ère|re|ème|ᵉ|ᵉʳ))(?!\w)",
    ),
    (
        "NUMBER",
        (
            rf"(?<![\w])(?:{_MINUS})?(?:(?:[$€£¥])[ \u00a0\u202f]?)?{DIGITS}"
            rf"(?:{SPACE}?(?P<percent>%|‰)|{SPACE}(?P<words>pour{SPACE}cent)(?!\w)"
            rf"|{SPACE}?(?P<scale>{_SCALE})(?P<half> et demie?(?!\w))?"
            rf"(?:{SPACE}d(?:e{SPACE}|')(?P<scaled_word>{_CURRENCY_WORD}))?"
            rf"|{SPACE}(?P<currency_word>{_CURRENCY_WORD})"
            rf"|{SPACE}?(?P<short>Mrds?|Mds?|M|k)?{SPACE}?(?P<currency>{_CURRENCY})(?!\w)"
            rf"|{SPACE}?(?P<unit>{_UNIT})(?![\w/'])|(?![^\W_]))"
        ),
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


def expression() -> re.Pattern[str]:
    """All shapes in one expression; the name of the group that matched is the shape's."""
    month = months().french
    day = r"(?:1er|[12]?\d|3[01])(?:er)?"
    date = (
        rf"(?<![\w,.])(?:{day}[ \u00a0-](?i:{month})(?:[ \u00a0-](?:1\d|20)\d\d)?"
        rf"|(?<!\w)(?i:{month})[ \u00a0](?:1\d|20)\d\d)(?!\w)"
    )
    return re.compile("|".join(f"(?P<{name}>{date if name == 'DATE' else shape})" for name, shape in SHAPES))
