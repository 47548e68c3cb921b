"""Names that change on the way to English, « Bagdad » to "Baghdad" and « mardi » to "Tuesday": the file and CLDR.

A match is a whole word, accents of capitals may be missing, and the longest name that begins first wins.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import ahocorasick
from babel import Locale

from translator.document import Span
from translator.entities.folding import plain, unaccented, whole

_LABELS = {"PERSON", "ORG", "PLACE", "WORK", "ACRONYM"}
_COUNTRY_CODE = re.compile(r"[A-Z]{2}")
_GIVEN_NAMES = {"Dominique", "Maurice", "Réunion", "Curaçao", "Jersey", "Salvador"}
"""CLDR territories whose name alone is more often a person, a common noun or the same in English."""

_SHORT = 3
_NOT_BEFORE_A_PERSON = (" à", " en", " au", " aux", " de", " du", "d'", " la", " le", " les", "l'", "La", "Le", "Les")
_ALSO_SURNAMES = {"Hollande"}
_BEFORE_A_COUNTRY = ("la ", "La ", "en ", "En ", "de ", "-")
_NEXT_NAME = re.compile(r" ([A-ZÀ-Þ][a-zà-ÿ]{2,})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One French name and its English forms, the one to write first."""

    french: str
    english: tuple[str, ...]
    label: str


class Lexicon:
    """Finds the names of `entries`; the first entry of a French name counts, later ones add their forms."""

    def __init__(self, entries: Iterable[Entry], languages: Mapping[str, str]) -> None:
        self._languages = languages
        self._language = re.compile(
            r"\ben (" + "|".join(sorted(map(re.escape, languages), key=len, reverse=True)) + r")(?!\w)"
        )
        by_french: dict[str, Entry] = {}
        for entry in entries:
            known = by_french.get(entry.french)
            if known is not None:
                forms = tuple(dict.fromkeys(known.english + entry.english))
                entry = Entry(known.french, forms, known.label)
            by_french[entry.french] = entry
        by_key: dict[str, list[Entry]] = {}
        for entry in by_french.values():
            by_key.setdefault(_key(entry.french), []).append(entry)
        self._automaton = ahocorasick.Automaton()
        for key, alternatives in by_key.items():
            self._automaton.add_word(key, alternatives)
        self._automaton.make_automaton()

    @classmethod
    def load(cls) -> "Lexicon":
        """The lexicon that is shipped with the library, and CLDR's countries and languages."""
        text = (files("translator.entities") / "lexicon.tsv").read_text(encoding="utf-8")
        rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
        entries = [
            Entry(french, tuple(english.split(" | ")), label if label in _LABELS else "NAME")
            for french, english, label, _source in rows
        ]
        return cls([*entries, *_countries(), *_calendar()], _language_names())

    def find(self, segment: str) -> list[Span]:
        """Spans of `segment`, in order, without overlaps."""
        text = plain(segment)
        found = [
            Span(start, end, "entity", entry.label, _forms(text, start, entry))
            for start, end, entry in self.mentions(segment)
        ]
        found.extend(
            Span(match.start(1), match.end(1), "entity", "NAME", (self._languages[match[1]],))
            for match in self._language.finditer(text)
        )
        return found

    def mentions(self, segment: str) -> list[tuple[int, int, Entry]]:
        """Where entries stand in `segment`, in order, without overlaps: start, end, entry."""
        text = plain(segment)
        matches: list[tuple[int, int, Entry]] = []
        for last, alternatives in self._automaton.iter(_key(text)):
            if len(alternatives) > 1:
                # The entry that is spelled as the text goes before one that only sounds like it.
                mention = text[last + 1 - len(alternatives[0].french) : last + 1]
                alternatives = sorted(alternatives, key=lambda entry: entry.french != mention)
            for entry in alternatives:
                start, end = last + 1 - len(entry.french), last + 1
                if whole(text, start, end) and _spelled_alike(text, start, end, entry.french):
                    matches.append((start, end, entry))
                    break
        matches.sort(key=lambda match: (match[0], -match[1]))
        found: list[tuple[int, int, Entry]] = []
        covered = 0
        for start, end, entry in matches:
            if start >= covered and not _part_of_a_name(text, start, end, entry):
                found.append((start, end, entry))
                covered = end
        return found


def _countries() -> list[Entry]:
    french, english = Locale("fr").territories, Locale("en").territories
    entries = []
    for code, name in french.items():
        if not _COUNTRY_CODE.fullmatch(code) or code not in english or set(name) & set("(.") or name in _GIVEN_NAMES:
            continue
        form = plain(english[code])
        entries.append(Entry(plain(name), (form.replace(" & ", " and "), form) if " & " in form else (form,), "PLACE"))
    return entries


def _calendar() -> list[Entry]:
    """Days of the week, and months but for March, whose name is a planet's too."""
    french, english = Locale("fr"), Locale("en")
    days = [(name, english.days["format"]["wide"][number]) for number, name in french.days["format"]["wide"].items()]
    months = [
        Entry(name, (english.months["format"]["wide"][number], english.months["format"]["abbreviated"][number]), "DATE")
        for number, name in french.months["format"]["wide"].items()
        if name != "mars"
    ]
    singular = [Entry(name, (day, f"{day}s"), "DATE") for name, day in days]
    return [*singular, *(Entry(f"{name}s", (f"{day}s", day), "DATE") for name, day in days), *months]


def _language_names() -> dict[str, str]:
    french, english = Locale("fr").languages, Locale("en").languages
    return {
        plain(name): plain(english[code])
        for code, name in french.items()
        if len(code) <= _SHORT and code in english and name.isalpha() and name.islower() and len(name) > _SHORT
    }


def _spelled_alike(text: str, start: int, end: int, french: str) -> bool:
    """Accents may be missing on capitals, hyphens anywhere; all capitals stand for any case in all but short names."""
    mention = text[start:end]
    if mention == french:
        return True
    if mention.isupper() and end - start > _SHORT:
        return True
    return all(
        have == want
        or (have == " " and want == "-")
        or (have.isupper() and want.isupper() and have.lower() == unaccented(want))
        or (place == 0 and have.isupper() and want.islower() and unaccented(have) == unaccented(want))
        for place, (have, want) in enumerate(zip(mention, french, strict=True))
    )


def _part_of_a_name(text: str, start: int, end: int, entry: Entry) -> bool:
    """« Paris Hilton », « Florence Foster »: the place is somebody's given name."""
    if entry.label != "PLACE" or " " in entry.french or not _NEXT_NAME.match(text, end):
        return False
    return start == 0 or not text[:start].rstrip().endswith(_NOT_BEFORE_A_PERSON)


def _forms(text: str, start: int, entry: Entry) -> tuple[str, ...]:
    """Inside a longer name, « Air Algérie », the French form may stay; « Hollande » without an article is a person."""
    if entry.french in _ALSO_SURNAMES and not text[:start].endswith(_BEFORE_A_COUNTRY):
        return (entry.french,)
    before = text[: start - 1].rpartition(" ")[2] if start > 0 and text[start - 1] in " -" else ""
    inside = before[:1].isupper() and before[-1].isalpha() and len(before) < start - 1
    forms = (*entry.english, entry.french) if inside and entry.french not in entry.english else entry.english
    mention = text[start : start + len(entry.french)]
    if mention.isupper() and len(mention) > _SHORT and not entry.french.isupper():
        # « WASHINGTON (Agence) - » stays loud.
        return (forms[0].upper(), *forms)
    if mention in forms and _accents(mention) <= _accents(forms[0]) and _letters(mention) == _letters(forms[0]):
        # « Bogota » gets no accent that its author did without, « Tel-Aviv » keeps its hyphen, « Fifa » its case.
        return (mention, *(form for form in forms if form != mention))
    return forms


def _key(text: str) -> str:
    return unaccented(text).replace("-", " ")


def _letters(name: str) -> str:
    """The letters of a name, without accents and case."""
    return "".join(filter(str.isalpha, unicodedata.normalize("NFD", name.casefold())))


def _accents(name: str) -> int:
    return sum(map(unicodedata.combining, unicodedata.normalize("NFD", name)))
