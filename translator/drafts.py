"""A segment before and after the model: which units it gives, and how their outcomes become a finished segment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from translator.alignment import Link
from translator.decoding import Outcome, Unit
from translator.document import Document, Entity, EntityStatus, Segment, SourceSegment, Span
from translator.segmentation import split_clauses
from translator.typography import polish

MAX_FORCED_SPANS: Final = 8
"""Keep and glossary spans in one unit; a segment with more is cut at clause boundaries first."""
NUMERIC_LABELS: Final = frozenset({"NUMBER", "PERCENT", "MONEY", "QUANTITY", "DATE", "TIME"})
"""Entities whose figures typography may write the English way; all others stay as they are."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment on its way.

    Attributes:
        spans: disjoint, in order, offsets in the segment.
        parts: the segment cut into units, None where it is copied.
        linked: whether word links are needed, to place marks.
    """

    index: int
    source: SourceSegment
    spans: tuple[Span, ...]
    parts: Document | None
    linked: bool = False

    @property
    def units(self) -> tuple[Unit, ...]:
        """What goes to the model, each with its own spans; a span that a cut went through is left out."""
        if self.parts is None:
            return ()
        return tuple(
            Unit(part.text, tuple(_shift(self.spans[index], -part.start) for index in self._within(part)))
            for part in self.parts.segments
        )

    def _within(self, part: SourceSegment) -> list[int]:
        return [i for i, span in enumerate(self.spans) if part.start <= span.start and span.end <= part.end]

    def finish(
        self, outcomes: Sequence[Outcome], *, typography: bool, opened: bool
    ) -> tuple[Segment, tuple[Link, ...], bool]:
        """The finished segment, its word links (source offsets in the segment), and whether a quote stays open."""
        source = self.source
        if self.parts is None:
            places: list[tuple[int, int] | None] = [(span.start, span.end) for span in self.spans]
            segment = self._segment(source.text, None, "copied", places, frozenset(), ())
            return segment, (), opened
        target = self.parts.prefix
        places = [None] * len(self.spans)
        repaired: set[int] = set()
        links: list[Link] = []
        for part, outcome in zip(self.parts.segments, outcomes, strict=True):
            base = len(target)
            for index, place, number in zip(
                self._within(part), outcome.places, range(len(outcome.places)), strict=True
            ):
                places[index] = None if place is None else (base + place[0], base + place[1])
                if number in outcome.repaired:
                    repaired.add(index)
            links += [link.moved(part.start, base) for link in outcome.links]
            target += outcome.target + part.separator
        alternatives = outcomes[0].alternatives if len(outcomes) == 1 else ()
        if typography:
            guarded = [
                place
                for place, span in zip(places, self.spans, strict=True)
                if place is not None and span.label not in NUMERIC_LABELS
            ]
            alternatives = tuple(polish(text, source.text, opened=opened)[0] for text in alternatives)
            target, moves, opened = polish(target, source.text, protected=guarded, opened=opened)
            places = [None if place is None else (moves[place[0]], moves[place[1]]) for place in places]
            links = [
                link._replace(target_start=moves[link.target_start], target_end=moves[link.target_end])
                for link in links
            ]
        status = "degenerate" if any(outcome.degenerate for outcome in outcomes) else "translated"
        score = sum(outcome.score for outcome in outcomes) / len(outcomes) if outcomes else None
        segment = self._segment(target, score, status, places, frozenset(repaired), alternatives)
        return segment, tuple(links), opened

    def _segment(
        self,
        target: str,
        score: float | None,
        status: str,
        places: Sequence[tuple[int, int] | None],
        repaired: frozenset[int],
        alternatives: tuple[str, ...],
    ) -> Segment:
        source = self.source
        entities = tuple(
            self._entity(span, place, target, index in repaired)
            for index, (span, place) in enumerate(zip(self.spans, places, strict=True))
        )
        return Segment(
            index=self.index,
            source=source.text,
            target=target,
            start=source.start,
            end=source.end,
            separator=source.separator,
            score=score,
            status=status,  # type: ignore[arg-type]
            entities=entities,
            alternatives=alternatives,
        )

    def _entity(self, span: Span, place: tuple[int, int] | None, target: str, repaired: bool) -> Entity:
        text = self.source.text[span.start : span.end]
        form = None if place is None else target[place[0] : place[1]]
        status: EntityStatus = (
            "lost" if form is None else "repaired" if repaired else "kept" if form == text else "translated"
        )
        start, end = place or (None, None)
        return Entity(
            text, span.label, self.source.start + span.start, self.source.start + span.end, form, start, end, status
        )


def cut(text: str, spans: Sequence[Span], fits: Callable[[str], bool], *, whole: bool) -> Document:
    """A segment as units: itself where it fits (`whole`), else its clauses; halved while forced spans are too many."""
    if whole:
        parts = Document("", (SourceSegment(text, 0, len(text), ""),))
    else:
        parts = split_clauses(text, fits, protected=[(span.start, span.end) for span in spans])
    result: list[SourceSegment] = []
    for part in parts.segments:
        inner = [_shift(span, -part.start) for span in spans if part.start <= span.start and span.end <= part.end]
        half = (len(part.text) + 1) // 2
        if sum(span.kind != "entity" for span in inner) <= MAX_FORCED_SPANS or half == len(part.text):
            result.append(part)
            continue
        halves = cut(part.text, inner, _no_longer_than(half), whole=False)
        if len(halves.segments) < 2:
            result.append(part)
            continue
        *rest, last = halves.segments
        last = replace(last, separator=last.separator + part.separator)
        result += [replace(one, start=part.start + one.start, end=part.start + one.end) for one in (*rest, last)]
    return Document(parts.prefix, tuple(result))


def _no_longer_than(characters: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= characters


def _shift(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.kind, span.label, span.targets)
