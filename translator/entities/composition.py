"""All finders of a text put together: one span for each entity, the longest first, and only what must survive."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from translator.document import Span
from translator.entities.english import EnglishStretches
from translator.entities.lexicon import Lexicon
from translator.entities.names import Names
from translator.entities.patterns import Patterns
from translator.entities.words import OrdinaryWords

_CAPITALISED = re.compile(r"[^\W\d_][\w'’-]*")
_LONGEST_GIVEN = len("Marie-Emmanuelle ")
_LAST_WORD = re.compile(r"(?<![\w'’-])([A-ZÀ-Þ][\w-]+) $")
_NOT_PART_OF_A_NAME = " \t\n.,;:«»\"'’()-"


class _Finder(Protocol):
    def find(self, segments: Sequence[str]) -> list[tuple[Span, ...]]: ...


class CompositeRecogniser:
    """English stretches, patterns and lexicon, then names; `model`, where given, adds names that the rules miss."""

    def __init__(
        self, patterns: Patterns, lexicon: Lexicon, names: Names, ordinary: OrdinaryWords, model: _Finder | None = None
    ) -> None:
        self._patterns = patterns
        self._lexicon = lexicon
        self._names = names
        self._ordinary = ordinary
        self._english = EnglishStretches(ordinary)
        self._model = model

    def find(self, segments: Sequence[str]) -> list[tuple[Span, ...]]:
        fixed = [
            disjoint(
                (*self._english.find(segment), *self._lexicon.find(segment), *self._patterns.find(segment)),
                len(segment),
            )
            for segment in segments
        ]
        fixed = [
            [span for span in spans if not (self._changes(segment, span) or self._is_surname(segment, span))]
            for segment, spans in zip(segments, fixed, strict=True)
        ]
        named: list[list[Span]] = self._names.find(segments, fixed)
        if self._model is not None:
            more = self._model.find(segments)
            named = [
                [*light, *self._must_survive(segment, spans, first)]
                for segment, light, spans, first in zip(segments, named, more, fixed, strict=True)
            ]
        return [
            tuple(disjoint((*first, *second), len(segment))) if second else tuple(first)
            for segment, first, second in zip(segments, fixed, named, strict=True)
        ]

    def _changes(self, segment: str, span: Span) -> bool:
        """Whether English writes an acronym differently, in a way that the lexicon does not tell."""
        return span.label == "ACRONYM" and not span.targets and segment[span.start : span.end] in self._ordinary

    def _is_surname(self, segment: str, span: Span) -> bool:
        """« Françoise Mercure » is no planet: one word of the lexicon after a given name."""
        mention = segment[span.start : span.end]
        if span.label not in ("PLACE", "NAME") or not (mention.isalpha() and mention[0].isupper()):
            return False
        given = _LAST_WORD.search(segment, max(0, span.start - _LONGEST_GIVEN), span.start)
        return given is not None and self._ordinary.given(given[1])

    def _must_survive(self, segment: str, spans: Iterable[Span], taken: Sequence[Span]) -> Iterable[Span]:
        """Of a model's names, those that hold nothing which is translated or already found."""
        covered = bytearray(len(segment))
        for span in taken:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
        for span in spans:
            if any(covered[span.start : span.end]):
                continue
            words = [match[0] for match in _CAPITALISED.finditer(segment, span.start, span.end)]
            if words and words[0][0].isupper() and not any(word in self._ordinary for word in words):
                mention = segment[span.start : span.end]
                start = span.end - len(mention.lstrip(_NOT_PART_OF_A_NAME))
                end = span.start + len(mention.rstrip(_NOT_PART_OF_A_NAME))
                yield Span(start, end, "entity", span.label)


def disjoint(spans: Sequence[Span], length: int) -> list[Span]:
    """Those of `spans` that do not overlap a longer one, or an earlier one of the list that is as long; in order."""
    if len(spans) < 2:
        return list(spans)
    covered = bytearray(length)
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start - span.end):
        if not any(covered[span.start : span.end]):
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)
