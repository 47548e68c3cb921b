"""What came through a translation: measures that look at texts only and share no code with the translator.

Texts are compared in NFC with straight apostrophes and plain spaces.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from benchmarks.numerals import english_values, french_values

_WORD = r"[^\W_](?:[^\W_]|[\u0300-\u036f])*"
_TOKEN = re.compile(rf"{_WORD}(?:[-.'&/]{_WORD})*")
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s?$")
_BEFORE_SENTENCE = re.compile(r"(?:^|[?!…:;]|(?<!\b\w)\.)[\s\"'«»“”‘(\[*–—-]*$")
_FRENCH_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
_ENGLISH_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ ,]\d{3})+(?!\d)")
_GROUP_SIGNS = str.maketrans("", "", " ,")
_BRACKETS = "⟦⟧"
_MIN_NAME = 3
"""Letters of a token without a digit that counts."""


@dataclass(slots=True)
class Share:
    """How many of how many; examples of what matters are kept, as far as `EXAMPLES` goes."""

    EXAMPLES = 40

    hits: int = 0
    total: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def percent(self) -> float | None:
        """None where there was nothing to count."""
        return round(100 * self.hits / self.total, 3) if self.total else None

    def count(self, hit: bool, example: str, *, telling: bool = False) -> None:
        """One more case; its example is kept where `hit` is the `telling` outcome: a failure, unless said otherwise."""
        self.total += 1
        self.hits += hit
        if hit is telling and len(self.examples) < self.EXAMPLES:
            self.examples.append(example)

    def add(self, other: Self) -> None:
        """Take in the cases of another share."""
        self.hits += other.hits
        self.total += other.total
        self.examples += other.examples[: self.EXAMPLES - len(self.examples)]


@dataclass(frozen=True, slots=True)
class StressCase:
    """A French sentence and what its translation must contain: one tuple of alternatives for each demand."""

    category: str
    source: str
    demands: tuple[tuple[str, ...], ...]


def clean(text: str) -> str:
    """NFC, straight apostrophes, plain single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").split())


def tokens(text: str) -> list[str]:
    """The tokens of a clean text that must come through wherever English keeps them, each once, in order.

    Letters and digits with inner ``-.'&/``, elisions and possessives cut; those with a digit, or of at least three
    characters with an upper-case letter that is not just a sentence-initial capital.
    """
    found: dict[str, None] = {}
    for match in _TOKEN.finditer(text):
        start, token = match.start(), match.group()
        while elision := _ELISION.match(token):
            start, token = start + elision.end(), token[elision.end() :]
        token = _POSSESSIVE.sub("", token)
        if any(map(str.isdigit, token)) or (len(token) >= _MIN_NAME and _is_name(token, text[:start])):
            found[token] = None
    return list(found)


def has_word(text: str, word: str) -> bool:
    """Whether `word` stands in `text` as a whole word; ``5`` does not stand in ``2.5`` or ``A5``."""
    return _whole(word).search(text) is not None


def measure_retention(
    sources: Sequence[str], references: Sequence[str], outputs: Sequence[str], *, accents: bool = True
) -> tuple[Share, Share]:
    """Verbatim retention, and false copies.

    The first is the share, among the tokens that source and reference have in common, of those in the output. The
    second is the share, among the source's tokens that the reference does not have, of those in the output. Groups of
    three digits (3 000 in French, 3,000 in English) are one token. With `accents` off, a token that the reference only
    writes without its accents (Dvorak for Dvořák) is no false copy, and counts in neither share.
    """
    kept, copied = Share(), Share()
    for source, reference, output in zip(sources, references, outputs, strict=True):
        source_text = _joined(clean(source), _FRENCH_GROUPS)
        reference_text, output_text = (_joined(clean(text), _ENGLISH_GROUPS) for text in (reference, output))
        for token in tokens(source_text):
            present = has_word(output_text, token)
            example = f"{token} | {source} | {output}"
            if has_word(reference_text, token):
                kept.count(present, example)
            elif accents or not has_word(_unaccented(reference_text), _unaccented(token)):
                copied.count(present, example, telling=True)
    return kept, copied


def measure_numbers(sources: Sequence[str], outputs: Sequence[str]) -> Share:
    """The share of the source's digit groups whose value the output has, each on an occurrence of its own."""
    share = Share()
    for source, output in zip(map(clean, sources), map(clean, outputs), strict=True):
        free = english_values(output)
        for number in french_values(source):
            match = next((values for values in free if values & number.values), None)
            if match is not None:
                free.remove(match)
            share.count(match is not None, f"{number.text} | {source} | {output}")
    return share


def measure_demands(cases: Sequence[StressCase], outputs: Sequence[str]) -> tuple[Share, dict[str, Share]]:
    """The share of demands met, in all and by category; each takes a place of its own, the longest one first."""
    total: Share = Share()
    categories: dict[str, Share] = {}
    for case, output in zip(cases, map(clean, outputs), strict=True):
        share = Share()
        text = output
        for alternatives in sorted(case.demands, key=lambda forms: -max(map(len, forms))):
            place = _place(text, alternatives)
            if place is not None:
                text = text[: place[0]] + "\n" * (place[1] - place[0]) + text[place[1] :]
            share.count(place is not None, f"{' | '.join(alternatives)} | {case.source} | {output}")
        total.add(share)
        categories.setdefault(case.category, Share()).add(share)
    return total, categories


def count_strays(sources: Sequence[str], outputs: Sequence[str], shapes: Sequence[str] = ()) -> int:
    """Placeholders in the outputs that the sources do not have: brackets, and the shapes of the model."""
    strays = 0
    for source, output in zip(sources, outputs, strict=True):
        marks = [*_BRACKETS, *(shape for shape in shapes if not set(shape) & set(_BRACKETS))]
        strays += sum(max(0, _count(output, mark) - _count(source, mark)) for mark in marks)
    return strays


def measure_terms(glossary: dict[str, str], sources: Sequence[str], outputs: Sequence[str]) -> Share:
    """The share of the glossary's terms in the sources that have their target in the output.

    Whole words in any case; a part of a compound (vice-président) is none.
    """
    share = Share()
    for source, output in zip(map(clean, sources), map(clean, outputs), strict=True):
        for term, target in glossary.items():
            wanted = len(re.findall(rf"(?<![\w-]){re.escape(term.casefold())}(?![\w-])", source.casefold()))
            given = len(_whole(target.casefold()).findall(output.casefold()))
            for number in range(wanted):
                share.count(number < given, f"{term} | {source} | {output}")
    return share


def read_stress(lines: Iterable[str]) -> list[StressCase]:
    """The cases of a stress file. Raises ValueError for a line without a demand, naming it."""
    cases: list[StressCase] = []
    category = ""
    for number, line in enumerate(lines, start=1):
        if line.startswith("# "):
            category = line[2:].strip()
            continue
        source, *demands = line.rstrip("\n").split("\t")
        if not source or not demands or not all(demands):
            raise ValueError(f"line {number}: a sentence and at least one demand are needed, tabs between them")
        forms = tuple(tuple(clean(form) for form in demand.split(" | ")) for demand in demands)
        cases.append(StressCase(category, source, forms))
    return cases


def _is_name(token: str, before: str) -> bool:
    if any(map(str.isupper, token[1:])):
        return True
    return token[0].isupper() and _BEFORE_SENTENCE.search(before) is None


def _unaccented(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _joined(text: str, groups: re.Pattern[str]) -> str:
    return groups.sub(lambda match: match.group().translate(_GROUP_SIGNS), text)


def _whole(word: str) -> re.Pattern[str]:
    """`word` between other characters than letters, digits and the inner signs of a number."""
    before = r"(?<![^\W_])" + (r"(?<!\d[.,])" if word[0].isdigit() else "")
    after = r"(?![^\W_])" + (r"(?![.,]\d)" if word[-1].isdigit() else "")
    return re.compile((before if word[0].isalnum() else "") + re.escape(word) + (after if word[-1].isalnum() else ""))


def _place(text: str, alternatives: Sequence[str]) -> tuple[int, int] | None:
    for form in sorted(alternatives, key=len, reverse=True):
        if match := _whole(form).search(text):
            return match.span()
    return None


def _count(text: str, mark: str) -> int:
    pattern = re.escape(mark)
    return len(re.findall(rf"(?<!\w){pattern}(?!\w)" if mark[0].isalnum() else pattern, text))
