"""Dates and times of day by value, month names from CLDR.

« 3 mars 2020 » is "March 3, 2020" and "the 3rd of March 2020"; « 14 h 30 » is "2:30 p.m.".
"""

import re
from dataclasses import dataclass
from functools import cache

from babel import Locale

from translator.entities.numbers import SPACE, Number

NOON = 12
MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 24 * MINUTES_PER_HOUR
_PM_WORDS = r"(?:[ap]\.? ?m\b\.?|o'clock|in the (?:morning|afternoon|evening)|at night|hrs?\b|hours\b)"
_TIME_EN = re.compile(
    rf"(?<![\w:.,])(?P<hour>\d{{1,2}})(?:[:.h ]?(?P<minute>[0-5]\d))?(?![\d])(?: ?h\b)?(?: ?(?P<half>{_PM_WORDS}))?"
    r"|\b(?P<noon>noon|midday|midnight)\b",
    re.IGNORECASE,
)
_DAY_TO_MONTH = re.compile(r"[ -]|,? of ")
_MONTH_TO_DAY = re.compile(r"\.?,?[ -](?:the )?")
_TIME_FR = re.compile(rf"(\d{{1,2}}){SPACE}?(?:heures?|h|:|H){SPACE}?(\d{{2}})?")


@dataclass(frozen=True, slots=True)
class Date:
    """A day of a month, a month of a year, or all three."""

    day: int | None
    month: int
    year: int | None


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it stands in an English text; `minutes` holds the minutes after midnight it may mean."""

    start: int
    end: int
    minutes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Months:
    """Month names of both languages, by number from 1; `french` and `english` match any of them."""

    by_french: dict[str, int]
    by_english: dict[str, int]
    names: tuple[str, ...]
    french: str

    def english(self, month: int) -> str:
        return self.names[month - 1]


@cache
def months() -> Months:
    """The months, from CLDR, with their abbreviations."""
    by_french: dict[str, int] = {}
    by_english: dict[str, int] = {}
    for language, table in (("fr", by_french), ("en", by_english)):
        formats = Locale(language).months["format"]
        for width in ("wide", "abbreviated"):
            table.update({name.lower(): number for number, name in formats[width].items()})
    by_english["sept"] = by_english["sep"]
    names = sorted(by_french, key=len, reverse=True)
    english = Locale("en").months["format"]["wide"]
    return Months(
        by_french,
        by_english,
        tuple(english[number] for number in range(1, 13)),
        "(?:" + "|".join(map(re.escape, names)) + ")",
    )


def french_date(text: str) -> Date | None:
    """The date of a mention that the recogniser found, or None."""
    numeric = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})", text)
    if numeric:
        return Date(int(numeric[1]), int(numeric[2]), int(numeric[3])) if 1 <= int(numeric[2]) <= NOON else None
    iso = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    if iso:
        return Date(int(iso[3]), int(iso[2]), int(iso[1])) if 1 <= int(iso[2]) <= NOON else None
    match = re.fullmatch(
        rf"(?i:(?:(\d{{1,2}})(?:er)?[ -])?({months().french})(?:[ -](\d{{4}}))?)", re.sub(SPACE, " ", text)
    )
    if match is None:
        return None
    return Date(
        int(match[1]) if match[1] else None, months().by_french[match[2].lower()], int(match[3]) if match[3] else None
    )


def date_forms(date: Date) -> tuple[str, ...]:
    """English forms, the one to write first."""
    month = months().english(date.month)
    if date.day is None:
        return (f"{month} {date.year}",)
    if date.year is None:
        return f"{month} {date.day}", f"{date.day} {month}"
    return f"{month} {date.day}, {date.year}", f"{date.day} {month} {date.year}"


def find_date(text: str, date: Date, numbers: list[Number]) -> list[tuple[int, int]]:
    """Where `date` may stand in a folded English text, its month included when it is beside the day.

    A day that shares its month with another (“from 3 to 5 March”) counts alone, when month and year are in the text.
    """
    wanted_years = {date.year, date.year % 100 if date.year else None}
    day_and_month: list[tuple[int, int]] = []
    alone: list[tuple[int, int]] = []
    names = [
        match for match in re.finditer(r"[A-Za-z]{3,}", text) if months().by_english.get(match[0].lower()) == date.month
    ]
    years = [number for number in numbers if date.year is not None and number.value == date.year]
    if date.day is None:
        for name in names:
            after = next((year for year in years if 0 <= year.start - name.end() <= len(", of ")), None)
            if after:
                day_and_month.append((name.start(), after.end))
        return day_and_month or ([(year.start, year.end) for year in years] if names else [])
    if not names or (date.year is not None and not years):
        return _numeric_dates(text, date, wanted_years)
    for day in (number for number in numbers if number.value == date.day):
        beside = [
            name
            for name in names
            if _DAY_TO_MONTH.fullmatch(text, day.end, max(day.end, name.start()))
            or _MONTH_TO_DAY.fullmatch(text, name.end(), max(name.end(), day.start))
        ]
        if not beside:
            alone.append((day.start, day.end))
            continue
        start, end = min(day.start, beside[0].start()), max(day.end, beside[0].end())
        year = next((year for year in years if 0 < year.start - end <= len(", of ")), None)
        day_and_month.append((start, year.end if year else end))
    return day_and_month + alone + _numeric_dates(text, date, wanted_years)


def find_doubled(text: str, date: Date, start: int, end: int) -> tuple[int, int] | None:
    """The range of a date in ``text[start:end]`` that says its month twice, “October 3 October 2025”, both included."""
    if date.day is None:
        return None
    month = months().english(date.month)
    year = rf"(?:,? {date.year})?" if date.year else ""
    again = re.compile(rf",? {month}(?!\w){year}").match(text, end) if month in text[start:end] else None
    before = re.compile(rf"(?<!\w){month} $").search(text, 0, start) if month in text[start:end] else None
    if again is None and before is None:
        return None
    return before.start() if before else start, again.end() if again else end


def _numeric_dates(text: str, date: Date, years: set[int | None]) -> list[tuple[int, int]]:
    found = []
    for match in re.finditer(r"(?<!\d)(\d{1,4})[/.-](\d{1,2})(?:[/.-](\d{1,4}))?(?!\d)", text):
        parts = [int(part) for part in match.groups() if part]
        pair = {date.day, date.month}
        if (set(parts[:2]) == pair and (len(parts) == 2 or parts[2] in years)) or (
            len(parts) > 2 and parts[0] in years and set(parts[1:]) == pair
        ):
            found.append((match.start(), match.end()))
    return found


def french_time(text: str) -> int | None:
    """Minutes after midnight of a French time of day, or None where it can only be a duration."""
    match = _TIME_FR.match(text)
    if match is None:
        return None
    minutes = int(match[1]) * MINUTES_PER_HOUR + int(match[2] or 0)
    return minutes if minutes <= MINUTES_PER_DAY else None


def time_form(minutes: int) -> str:
    """A time of day as English writes it."""
    hour, minute = divmod(minutes % MINUTES_PER_DAY, MINUTES_PER_HOUR)
    half = "a.m." if hour < NOON else "p.m."
    shown = (hour - 1) % NOON + 1
    return f"{shown}:{minute:02} {half}" if minute else f"{shown} {half}"


def english_times(text: str) -> list[Clock]:
    """All that may be a time of day in a folded English text; a bare number is none."""
    clocks: list[Clock] = []
    for match in _TIME_EN.finditer(text):
        if match["noon"]:
            minutes = (0, MINUTES_PER_DAY) if match["noon"].lower() == "midnight" else (NOON * MINUTES_PER_HOUR,)
            clocks.append(Clock(match.start(), match.end(), minutes))
            continue
        if not match["minute"] and not match["half"]:
            continue
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        half = (match["half"] or "").lower()
        noon = NOON * MINUTES_PER_HOUR
        base = hour * MINUTES_PER_HOUR + minute
        if half.startswith("p") or "afternoon" in half or "evening" in half:
            times: tuple[int, ...] = ((base % noon) + noon, base)
        elif half.startswith("a") or "morning" in half:
            times = (base % noon, base)
        elif hour <= NOON:
            times = (base, (base + noon) % MINUTES_PER_DAY)
        else:
            times = (base,)
        clocks.append(Clock(match.start(), match.end(), times))
    return clocks
