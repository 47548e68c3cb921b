"""The words of numbers, French and English, with their values."""

from collections.abc import Mapping


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


SCALES_FR: Mapping[str, tuple[int, str]] = {
    "mille": (10**3, "thousand"),
    "million": (10**6, "million"),
    "millions": (10**6, "million"),
    "milliard": (10**9, "billion"),
    "milliards": (10**9, "billion"),
    "billion": (10**12, "trillion"),
    "billions": (10**12, "trillion"),
}
"""Value and English word of each French scale word."""

ABBREVIATED_SCALES_FR: Mapping[str, tuple[int, str]] = {
    "k": SCALES_FR["mille"],
    "M": SCALES_FR["million"],
    "Md": SCALES_FR["milliard"],
    "Mds": SCALES_FR["milliard"],
    "Mrd": SCALES_FR["milliard"],
    "Mrds": SCALES_FR["milliard"],
}
SCALES_EN: Mapping[str, int] = {
    "hundred": 10**2,
    "thousand": 10**3,
    "k": 10**3,
    "million": 10**6,
    "millions": 10**6,
    "m": 10**6,
    "mn": 10**6,
    "billion": 10**9,
    "billions": 10**9,
    "bn": 10**9,
    "b": 10**9,
    "trillion": 10**12,
    "trillions": 10**12,
    "tn": 10**12,
}
_LONGEST_ABBREVIATION = 2

_TO_NINETEEN_FR = _listed(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    " dix-sept dix-huit dix-neuf"
)
SMALL_FR: Mapping[str, int] = {word: value for value, word in enumerate(_TO_NINETEEN_FR)} | {
    "une": 1,
    "vingt": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "soixante-dix": 70,
    "septante": 70,
    "quatre-vingt": 80,
    "quatre-vingts": 80,
    "huitante": 80,
    "octante": 80,
    "quatre-vingt-dix": 90,
    "nonante": 90,
}
LARGE_FR: Mapping[str, int] = {"cent": 100, "cents": 100} | {word: value for word, (value, _) in SCALES_FR.items()}

_TO_NINETEEN_EN = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_ORDINALS_EN = _listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth"
)
_TENS_EN = _listed("twenty thirty forty fifty sixty seventy eighty ninety")
DECADES_EN = tuple(word[:-1] + "ies" for word in _TENS_EN)
"""From the twenties to the nineties."""

SMALL_EN: Mapping[str, int] = (
    {word: value for value, word in enumerate(_TO_NINETEEN_EN)}
    | {word: value for value, word in enumerate(_ORDINALS_EN, start=1)}
    | {word: 10 * tens for tens, word in enumerate(_TENS_EN, start=2)}
    | {word[:-1] + "ieth": 10 * tens for tens, word in enumerate(_TENS_EN, start=2)}
    | {word: 10 * tens for tens, word in enumerate(DECADES_EN, start=2)}
    | {"dozen": 12}
)
LARGE_EN: Mapping[str, int] = {
    word: value for word, value in SCALES_EN.items() if len(word) > _LONGEST_ABBREVIATION
} | {"hundredth": 10**2, "thousandth": 10**3, "millionth": 10**6}
